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

  private let payloads = Mutex<[RouteQuestion: EncodedValue]>([:])

  package init() {}

  /// The payload of a routing, worked out now or before.
  func payload(_ question: RouteQuestion, _ workOut: () -> EncodedValue) -> EncodedValue {
    if let known = payloads.withLock({ $0[question] }) { return known }
    let payload = workOut()
    payloads.withLock {
      if $0.count >= Self.entriesMax { $0 = [:] }
      $0[question] = payload
    }
    return payload
  }
}
