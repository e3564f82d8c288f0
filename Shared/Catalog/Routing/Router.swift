package import Foundations

/// Finds the window that receives a proceeding. Pure: the same case and the same windows always give the same answer.
package struct Router: Sendable {
  private let matter: Matter
  private let kind: SubjectKind
  private let division: String
  private let windows: [WindowDescription]

  /// Routes one proceeding of an application.
  /// - Parameters:
  ///   - item: one of `matter.proceedingItems`.
  ///   - applicantKind: who applies.
  ///   - organisationKind: enterprise or individual business, where known; leads differ by it. A person counts as an
  ///     individual business, an organisation of unknown kind as an enterprise.
  ///   - division: where the case belongs 归属地: a village's 12 digits, a town's 9 or the county's 6.
  ///   - windows: all windows of the server.
  /// - Returns: the most specific window: most digits of the division, then one named for this matter, then one of
  ///   exactly this authority rather than the department above it, then the first by id.
  package static func route(
    item: ItemID, matter: Matter, applicantKind: SubjectKind, organisationKind: OrganisationKind?, division: String,
    windows: [WindowDescription]
  ) -> RoutingDecision {
    let router = Router(
      matter: matter, kind: applicantKind, division: division,
      windows: windows.filter { $0.serves(matter.id, applicantKind) })
    if let item = matter.item(item) {
      return router.route(item, organisationKind ?? (applicantKind == .person ? .individual : .enterprise))
    }
    guard item == .wholeMatter, matter.items.isEmpty else { return .unrouted(because: "“\(matter.name)”里没有事项“\(item)”。") }
    return router.routeWhole()
  }

  // MARK: - The two roads

  /// A matter without items goes whole to the comprehensive window, or to one that was named for it.
  private func routeWhole() -> RoutingDecision {
    let candidates = windows.filter { ($0.comprehensive && $0.level == .county) || isNamed($0) }
    guard let window = best(candidates, for: nil) else {
      return .unrouted(because: "“\(matter.name)”没有列出事项，应由综合窗口受理，但 \(division) 没有综合窗口。")
    }
    return .window(window.id, because: "“\(matter.name)”没有列出事项，整件由\(window.name)受理。")
  }

  private func route(_ item: ServiceItem, _ organisationKind: OrganisationKind) -> RoutingDecision {
    let lead = item.authority == nil ? self.lead(of: item.id, organisationKind) : nil
    guard let authority = item.authority ?? lead?.authority else {
      return .unrouted(because: "“\(item.name)”没有写明责任单位，“\(matter.name)”也没有牵头单位。")
    }
    let source = lead.map { "由牵头单位\($0.authority)办理" + ($0.when.map { "（\($0)）" } ?? "") } ?? "由\(authority)办理"
    if item.level == .town, let window = townWindow(for: authority) {
      return .window(window.id, because: "“\(item.name)”\(source)，在乡镇办，归\(window.name)。")
    }
    for department in Department.alternatives(in: authority) {
      let candidates = windows.filter { ($0.level == .county || isNamed($0)) && match($0, department, authority) != nil }
      if let window = best(candidates, for: (department, authority)) {
        return .window(window.id, because: "“\(item.name)”\(source)，归\(window.name)。")
      }
    }
    return .unrouted(because: "“\(item.name)”\(source)，但 \(division) 没有它的窗口。")
  }

  /// The town's centre takes whatever is handled in the town; a window of just that authority goes before it.
  private func townWindow(for authority: String) -> WindowDescription? {
    let town = windows.filter { $0.level == .town }
    for department in Department.alternatives(in: authority) {
      let candidates = town.filter { match($0, department, authority) != nil }
      if let window = best(candidates, for: (department, authority)) { return window }
    }
    return best(town.filter { $0.comprehensive }, for: nil)
  }

  // MARK: - Rules

  /// The lead 牵头 of an item: first by the stage the item belongs to, then by the kind of organisation.
  private func lead(of item: ItemID, _ organisationKind: OrganisationKind) -> LeadRule? {
    let ofStage = matter.lead.filter { $0.items.isEmpty || $0.items.contains(item) }
    return ofStage.first { $0.subject == organisationKind } ?? ofStage.first { $0.subject == nil } ?? ofStage.first
  }

  private func isNamed(_ window: WindowDescription) -> Bool { window.matters.contains(matter.id) }

  /// How well a window stands for a department: 2 for itself, 1 for the department above it, nil for neither.
  /// A window named for the matter that lists no authority stands for all of them.
  private func match(_ window: WindowDescription, _ department: Department, _ authority: String) -> Int? {
    if window.authorities.isEmpty { return isNamed(window) ? 2 : nil }
    if window.authorities.contains(authority) { return 2 }
    let own = window.authorities.map { Department($0) }
    if own.contains(department) { return 2 }
    return department.parent != nil && own.contains(department.root) ? 1 : nil
  }

  private func best(_ candidates: [WindowDescription], for wanted: (Department, String)?) -> WindowDescription? {
    func rank(_ window: WindowDescription) -> (Int, Int, Int)? {
      guard let digits = window.coverage(of: division) else { return nil }
      let exactness = wanted.flatMap { match(window, $0.0, $0.1) } ?? 0
      return (-digits, isNamed(window) ? 0 : 1, -exactness)
    }
    let ranked = candidates.compactMap { window in rank(window).map { (window: window, rank: $0) } }
    let first = ranked.min { left, right in
      left.rank == right.rank ? left.window.id < right.window.id : left.rank < right.rank
    }
    return first?.window
  }
}
