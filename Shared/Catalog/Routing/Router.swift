package import Foundations

/// Finds the window that receives a proceeding. Pure: the same case and the same windows always give the same answer.
package struct Router: Sendable {
  private let matter: Matter
  private let division: String
  private let candidates: [Candidate]

  /// A window that serves this case's place, applicant and matter.
  private struct Candidate: Sendable {
    let window: WindowDescription
    /// How many digits of the division it is there for.
    let digits: Int
    /// Whether it was named for this matter.
    let isNamed: Bool
  }

  /// Whom a proceeding is for: a department, and the text it was printed in.
  private struct Addressee {
    let department: Department
    let printed: String
  }

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
    let router = Router(matter, applicantKind, division, windows)
    if let item = matter.item(item) {
      return router.route(item, organisationKind ?? (applicantKind == .person ? .individual : .enterprise))
    }
    guard item == .wholeMatter, matter.items.isEmpty else {
      return .unrouted(because: "“\(matter.name)”里没有事项“\(item)”。")
    }
    return router.routeWhole()
  }

  private init(_ matter: Matter, _ kind: SubjectKind, _ division: String, _ windows: [WindowDescription]) {
    self.matter = matter
    self.division = division
    candidates = windows.compactMap { window in
      guard window.serves(matter.id, kind), let digits = window.coverage(of: division) else { return nil }
      return Candidate(window: window, digits: digits, isNamed: window.matters.contains(matter.id))
    }
  }

  // MARK: - The two roads

  /// A matter without items goes whole to the comprehensive window, or to one that was named for it.
  private func routeWhole() -> RoutingDecision {
    guard let window = best(where: { ($0.window.comprehensive && $0.window.level == .county) || $0.isNamed }) else {
      return .unrouted(because: "“\(matter.name)”没有列出事项，应由综合窗口受理，但 \(division) 没有综合窗口。")
    }
    return .window(window.id, because: "“\(matter.name)”没有列出事项，整件由\(window.name)受理。")
  }

  private func route(_ item: ServiceItem, _ organisationKind: OrganisationKind) -> RoutingDecision {
    let lead = item.authority == nil ? self.lead(of: item.id, organisationKind) : nil
    guard let authority = item.authority ?? lead?.authority else {
      return .unrouted(because: "“\(item.name)”没有写明责任单位，“\(matter.name)”也没有牵头单位。")
    }
    let condition = lead?.when.map { "（\($0)）" } ?? ""
    let reason = lead == nil ? "“\(item.name)”由\(authority)办理" : "“\(item.name)”由牵头单位\(authority)\(condition)办理"
    let addressees = Department.alternatives(in: authority).map { Addressee(department: $0, printed: authority) }
    if item.level == .town, let window = townWindow(for: addressees) {
      return .window(window.id, because: "\(reason)，在乡镇办，归\(window.name)。")
    }
    for addressee in addressees {
      if let window = best(for: addressee, where: { $0.window.level == .county || $0.isNamed }) {
        return .window(window.id, because: "\(reason)，归\(window.name)。")
      }
    }
    return .unrouted(because: "\(reason)，但 \(division) 没有它的窗口。")
  }

  /// The town's centre takes whatever is handled in the town; a town window of just that authority goes before it.
  private func townWindow(for addressees: [Addressee]) -> WindowDescription? {
    for addressee in addressees {
      if let window = best(for: addressee, where: { $0.window.level == .town }) { return window }
    }
    return best { $0.window.level == .town && $0.window.comprehensive }
  }

  // MARK: - Rules

  /// The lead 牵头 of an item: first by the stage the item belongs to, then by the kind of organisation.
  private func lead(of item: ItemID, _ organisationKind: OrganisationKind) -> LeadRule? {
    let ofStage = matter.lead.filter { $0.items.isEmpty || $0.items.contains(item) }
    return ofStage.first { $0.subject == organisationKind } ?? ofStage.first { $0.subject == nil } ?? ofStage.first
  }

  /// How well a window stands for an addressee: 2 for itself, 1 for the department above it, nil for neither.
  /// A window named for the matter that lists no authority stands for all of them.
  private func exactness(of candidate: Candidate, for addressee: Addressee) -> Int? {
    if candidate.window.authorities.isEmpty { return candidate.isNamed ? 2 : nil }
    if candidate.window.authorities.contains(addressee.printed) { return 2 }
    if candidate.window.departments.contains(addressee.department) { return 2 }
    return addressee.department.parent != nil && candidate.window.departments.contains(addressee.department.root)
      ? 1 : nil
  }

  private func best(where isFit: (Candidate) -> Bool) -> WindowDescription? {
    first(candidates.filter(isFit).map { (candidate: $0, exactness: 0) })
  }

  private func best(for addressee: Addressee, where isFit: (Candidate) -> Bool) -> WindowDescription? {
    first(
      candidates.filter(isFit).compactMap { candidate in
        exactness(of: candidate, for: addressee).map { (candidate: candidate, exactness: $0) }
      })
  }

  private func first(_ ranked: [(candidate: Candidate, exactness: Int)]) -> WindowDescription? {
    func rank(_ entry: (candidate: Candidate, exactness: Int)) -> (Int, Int, Int, String) {
      let (candidate, exactness) = entry
      return (-candidate.digits, candidate.isNamed ? 0 : 1, -exactness, candidate.window.id.text)
    }
    return ranked.min { rank($0) < rank($1) }?.candidate.window
  }
}
