internal import Catalog
internal import Foundations
internal import Synchronization

/// Routing decisions that were made, so that the same question is not thought through for every application: a
/// county's windows and matters change seldom, and the table lives and dies with the `County` it was made for.
package final class RouteTable: Sendable {
  private struct Question: Hashable {
    let matter: MatterID
    let item: ItemID
    let subject: SubjectKind
    let organisation: OrganisationKind?
    let division: String
  }

  /// A table never grows beyond this; a county has some hundred items in a few hundred villages.
  private static let entriesMax = 100_000

  private let decisions = Mutex<[Question: RoutingDecision]>([:])

  package init() {}

  /// The window for one item, decided now or before.
  func route(
    _ item: ItemID, _ matter: Matter, _ subject: SubjectKind, _ organisation: OrganisationKind?, _ division: String,
    windows: [WindowDescription]
  ) -> RoutingDecision {
    // Windows serve towns at the finest: villages of one town share their answer.
    let town = String(division.prefix(9))
    let question = Question(
      matter: matter.id, item: item, subject: subject, organisation: organisation, division: town)
    if let known = decisions.withLock({ $0[question] }) { return known }
    let decision = Router.route(
      item: item, matter: matter, applicantKind: subject, organisationKind: organisation, division: town,
      windows: windows)
    decisions.withLock { if $0.count < Self.entriesMax { $0[question] = decision } }
    return decision
  }
}
