internal import Foundations

/// How far a county is with one of its targets.
package struct TargetProgress: Sendable, Equatable {
  package let target: CountyTarget
  /// What the catalogue shows; nil where only people can count it, or where nothing is worked out yet.
  package let reached: Int?

  /// Whether it is reached; nil where that cannot be said.
  package var isReached: Bool? {
    guard let reached, let value = target.value else { return nil }
    return reached >= value
  }
}

extension CountyTargets {
  /// How far the county is with each target.
  package func progress(in catalog: MatterCatalog, sharing: SharingRegister) -> [TargetProgress] {
    let figures = CountyFigures(catalog, county: code, sharing: sharing)
    return targets.map { TargetProgress(target: $0, reached: figures.figure($0.kind)) }
  }
}

/// The figures of one county's catalogue.
package struct CountyFigures: Sendable {
  private let visible: [Matter]
  private let own: [Matter]
  private let worked: [Matter]
  private let sharing: SharingRegister

  /// - Parameter county: its six digits.
  package init(_ catalog: MatterCatalog, county: String, sharing: SharingRegister) {
    visible = catalog.visible(to: county)
    own = visible.filter { $0.source.division == county }
    worked = visible.filter { $0.detail != .outline }
    self.sharing = sharing
  }

  /// The figure of a kind of target; nil where there is nothing to compute it from.
  package func figure(_ kind: CountyTarget.Kind) -> Int? {
    switch kind {
    case .matters: visible.count
    case .listed: own.count
    case .confirmed: visible.count { $0.detail == .full }
    case .sharing: sharingPercent
    case .compression: compressionPercent
    case .window: worked.count(where: isRoutable)
    case .departments: worked.map(departments).min()
    case .certificates: sharing.entries.count
    case .manual: nil
    }
  }

  /// Materials that need not be handed in, of all that are asked for, over all worked-out matters: rounded down, so
  /// that a target is never called reached when it is not.
  private var sharingPercent: Int? {
    let asked = worked.flatMap(\.materials).filter { $0.source != .system && $0.required }
    return asked.isEmpty ? nil : asked.count { $0.isExempt(by: sharing) } * 100 / asked.count
  }

  /// By how much the promises of all items are shorter than the law, over the sums of their days: rounded down.
  private var compressionPercent: Int? {
    let limits = worked.filter { own.isEmpty || $0.source.division == own[0].source.division }.flatMap(\.items)
      .compactMap(\.limit).filter { $0.compressionPercent != nil }
    let statutory = limits.reduce(0) { $0 + ($1.statutory ?? 0) }
    let promised = limits.reduce(0) { $0 + ($1.promised ?? 0) }
    return statutory == 0 ? nil : (statutory - promised) * 100 / statutory
  }

  private func isRoutable(_ matter: Matter) -> Bool {
    matter.authorities.allSatisfy { Department.alternatives(in: $0).contains { $0.code != nil } }
  }

  /// Those that are one department under several names count once.
  private func departments(_ matter: Matter) -> Int {
    Set(matter.authorities.flatMap { Department.alternatives(in: $0).prefix(1) }.map(\.root)).count
  }
}

extension MaterialRequirement {
  /// Whether nobody has to bring it: it is fetched, verified, the result of another item, or in the register.
  package func isExempt(by register: SharingRegister) -> Bool {
    source != .own && source != .system || register.exemption(of: self) != nil
  }
}

extension TimeLimit {
  /// A century: whoever writes more days has not meant days.
  static let daysMax = 36_525

  /// By how many per cent the promise is shorter than the law, rounded down; nil where there is nothing to compare.
  package var compressionPercent: Int? {
    guard let statutory, let promised, (1...Self.daysMax).contains(statutory), promised <= statutory else { return nil }
    return (statutory - promised) * 100 / statutory
  }
}
