package import Foundations

/// Why the applicant need not bring a material 免交.
package enum MaterialExemption: String, Sendable, CaseIterable {
  /// 电子证照: the electronic certificate is fetched.
  case certificate
  /// 网络核验: verified online.
  case verification
  /// 办结事项共享: the result of another item of this matter.
  case result
  /// Made by the system, and signed by the applicant.
  case system
}

/// The one set of materials 一套材料: requirements of one type, owner and validity are one paper (rules.md 6.4).
package struct MaterialSet: Sendable, Equatable {
  /// One paper, or one that need not be brought.
  package struct Entry: Sendable, Equatable {
    /// The requirement that asks most: an original before a copy, the larger number.
    package let requirement: MaterialRequirement
    /// The ids of the requirements it meets; the first is `requirement.id`.
    package let members: [String]
    /// Chosen items that need it; empty: all.
    package let items: [ItemID]
    package let isRequired: Bool
    /// Nil: the applicant brings it. With no network it is 待核验免交: exempt, verified at sync, and only asked for
    /// where that fails; never a reason for a second way beforehand.
    package let exemption: MaterialExemption?
    /// Whether every requirement it meets may follow later 容缺.
    package let isDeferrable: Bool
  }

  package let entries: [Entry]
  /// How many papers the items ask for one by one.
  package let printed: Int

  /// - Parameters:
  ///   - requirements: those of the chosen items, in any order; the order of the result follows it.
  ///   - isRequired: whether one is needed always, and not only sometimes.
  ///   - sameRoles: roles that are one person.
  ///   - items: the chosen items.
  ///   - registered: the entries of the register of shared data: one that is not among them waives nothing.
  package init(
    _ requirements: [MaterialRequirement], isRequired: (MaterialRequirement) -> Bool, sameRoles: [String: String] = [:],
    items: [ItemID], registered: Set<String>
  ) {
    let people = RoleMap(sameRoles)
    var order: [MaterialKey] = []
    var groups: [MaterialKey: [MaterialRequirement]] = [:]
    for requirement in requirements {
      let key = MaterialKey(requirement, people)
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(requirement)
    }
    entries = order.map { key in Self.entry(groups[key] ?? [], isRequired, items, registered) }
    printed = requirements.filter { $0.source != .system }.reduce(0) { count, requirement in
      count + max(1, requirement.items.isEmpty ? items.count : requirement.items.filter(items.contains).count)
    }
  }

  private static func entry(
    _ group: [MaterialRequirement], _ isRequired: (MaterialRequirement) -> Bool, _ items: [ItemID],
    _ registered: Set<String>
  ) -> Entry {
    // By id, so that the order in which a file lists them changes nothing.
    let sorted = group.sorted { $0.id < $1.id }
    var strictest = sorted.first { $0.isOriginal } ?? sorted[0]
    strictest.copies = sorted.map(\.copies).max() ?? 1
    strictest.main = sorted.contains(where: \.main)
    // Whoever brings it for one item has brought it for all.
    let source = sorted.map(\.source)
    let wanted = sorted.flatMap(\.items)
    let isShared = sorted.contains { $0.shared.map(registered.contains) ?? false }
    return Entry(
      requirement: strictest, members: [strictest.id] + sorted.map(\.id).filter { $0 != strictest.id },
      items: sorted.contains { $0.items.isEmpty } ? [] : items.filter(wanted.contains),
      isRequired: sorted.contains(where: isRequired),
      exemption: source.contains(.own) && !isShared ? nil : exemption(sorted, items, isShared),
      isDeferrable: sorted.allSatisfy(\.deferrable) && !strictest.main)
  }

  private static func exemption(
    _ group: [MaterialRequirement], _ items: [ItemID], _ isShared: Bool
  ) -> MaterialExemption? {
    for requirement in group {
      switch requirement.source {
      case .certificate: return .certificate
      case .verification: return .verification
      // Where the item was done before, the government has its result already.
      case .result: return requirement.resultOf.contains(where: items.contains) ? .result : .verification
      case .system: return .system
      case .own: continue
      }
    }
    return isShared ? .verification : nil
  }

  /// What the applicant must bring.
  package var own: [Entry] { entries.filter { $0.exemption == nil && $0.isRequired } }

  /// What the government has itself, or gets.
  package var exempt: [Entry] { entries.filter { $0.exemption != nil } }

  /// The paper that a requirement is part of.
  package func entry(of id: String) -> Entry? { entries.first { $0.members.contains(id) } }

  /// 材料共享率: of the papers that are always needed those that need not be brought, in percent, rounded down; forms
  /// that the program makes count on neither side. Nil where nothing is needed. 盱眙 asks for 50.
  package var sharingRate: Int? {
    let needed = entries.filter { $0.isRequired && $0.exemption != .system }
    guard !needed.isEmpty else { return nil }
    return needed.filter { $0.exemption != nil }.count * 100 / needed.count
  }
}

/// What makes two requirements one paper.
private struct MaterialKey: Hashable {
  let type: String
  let owner: String
  let validMonths: Int?

  init(_ requirement: MaterialRequirement, _ people: RoleMap) {
    // Without a type it is a paper of its own.
    type = requirement.type ?? "#" + requirement.id
    owner = requirement.owner.map(people.person) ?? ""
    validMonths = requirement.validMonths
  }
}

extension MaterialRequirement {
  /// Whether the original is asked for, to keep or to look at.
  fileprivate var isOriginal: Bool { form?.contains("原件") == true }
}
