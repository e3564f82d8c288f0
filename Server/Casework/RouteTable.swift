internal import Application
internal import Catalog
internal import Foundations
internal import Synchronization

/// Everything that splitting and routing an application depends on, besides the county itself.
struct RouteQuestion: Hashable, Sendable {
  let matter: MatterID
  /// Of the matter's file.
  let matterVersion: Int
  let items: [ItemID]
  let subject: SubjectKind
  let organisation: OrganisationKind?
  /// Nine digits, or the county's six.
  let town: String
  let version: Int64
  /// What the station may do that captured it; nil for one that the county does not know.
  let level: StationLevel?
  /// Materials whose files have not arrived.
  let lacking: Set<String>
}

/// Routings that were worked out, so that the same question is not thought through and written out for every
/// application: a county's windows and matters change seldom, and the table lives and dies with the `County` it was
/// made for.
package final class RouteTable: Sendable {
  /// A county has some hundred matters in a few dozen towns, of which a few are asked for again and again; a full
  /// table is begun anew.
  private static let entriesMax = 4096

  private let acts = Mutex<[RouteQuestion: OwnAct]>([:])

  package init() {}

  /// The `route` of an application, worked out now or before.
  func act(_ question: RouteQuestion, _ workOut: () -> OwnAct) -> OwnAct {
    if let known = acts.withLock({ $0[question] }) { return known }
    let act = workOut()
    acts.withLock {
      if $0.count >= Self.entriesMax { $0 = [:] }
      $0[question] = act
    }
    return act
  }
}
