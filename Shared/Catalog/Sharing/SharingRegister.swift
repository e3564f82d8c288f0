internal import Foundations

/// What kind of thing stands in the register of shared data: how a paper need not be handed in.
package enum SharedKind: String, Sendable, CaseIterable {
  /// E: an electronic certificate 电子证照, fetched.
  case certificate
  /// V: data against which something is verified online 网络核验.
  case verification
  /// R: the result of another item 办结事项共享, filled in by itself.
  case result
}

/// One entry of the responsibility list for data sharing 数据共享责任清单 (R036, R183): who provides what to whom, how,
/// and how fresh it is.
package struct SharedResource: Sendable, Equatable {
  package let id: String
  package let name: String
  package let kind: SharedKind
  /// The department that answers for it: one datum, one source.
  package let provider: String
  /// The departments that may use it.
  package let requesters: [String]
  /// What for.
  package let use: String
  /// The data fields that are given, and no others.
  package let fields: [String]
  /// Way of provision 提供方式, update cycle 更新周期, range of the data 数据范围; in words.
  package let way: String
  package let cycle: String
  package let range: String
  package let basis: String?
}

/// The register of shared data and electronic certificates of a county.
package struct SharingRegister: Sendable, Equatable {
  /// In the order of the file.
  package let entries: [SharedResource]
  private let positions: [String: Int]

  /// - Parameter entries: each id once; of two with one id the first stays (`SharingDocument` refuses such files).
  package init(entries: [SharedResource] = []) {
    self.entries = entries
    positions = Dictionary(entries.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The entry of an id; nil where the county has none.
  package subscript(id: String) -> SharedResource? { positions[id].map { entries[$0] } }

  /// A matter as it is used beside this register: what the register does not have waives no paper.
  package func knowing(_ matter: Matter) -> Matter {
    let named = matter.materials.compactMap(\.shared)
    guard !named.isEmpty else { return matter }
    var matter = matter
    matter.registered = Set(named.filter { positions[$0] != nil })
    return matter
  }

  /// By which entry a material need not be handed in 免提交; nil where the applicant has to bring it.
  ///
  /// A paper that the register names is exempt even where the matter's file still lists it as the applicant's own: the
  /// government may not ask for what it can get (国务院令716第7条).
  package func exemption(of material: MaterialRequirement) -> SharedResource? {
    material.shared.flatMap { self[$0] }
  }
}
