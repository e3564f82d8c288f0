internal import Application
internal import CaptureStore
internal import Catalog
internal import Documents
package import Foundations
internal import Replication

/// The documents 文书 of an application, as the county numbered them.
extension Assistant {
  /// One document to read or print: `{id, code, kind, number, title, provisional, text, html}`.
  /// - Parameter which: a kind (`D08`, `受理通知书`) or a number; nil for the last one that was issued, or the paper that a
  ///   station gives before the county has issued any.
  /// - Throws: `document.none`, `document.unknown`, `document.authority`.
  package func document(_ id: String, _ which: String?) throws(Problem) -> Value {
    try store().read { session throws(Problem) in
      let state = try Self.state(named: id, session)
      guard state.erasure == nil else { throw Problem(.applicationErased) }
      let identity = session.identity
      let around = DocumentSurroundings(
        county: identity.countyName, station: identity.stationName, agent: try Self.names(session)(state.createdBy),
        calendar: try Self.calendar(session))
      let writer = DocumentWriter(
        state, matter: try session.matter(state.matter, version: state.formVersion), around: around)
      let ownKind: DocumentKind =
        StationLevel(rawValue: identity.stationLevel.lowercased())?.receives == true ? .receipt : .agencySlip
      let printed = try writer.find(which, ownKind: ownKind, now: environment.clock.now())
      return printed.value(of: state)
    }
  }
}
