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
  /// - Throws: `document.none`, `document.unknown`, `document.authority`, `document.not-received`, `document.received`.
  package func document(_ id: String, _ which: String?) throws(Problem) -> Value {
    try store().read { session throws(Problem) in
      let state = try Self.state(named: id, session)
      guard state.erasure == nil else { throw Problem(.applicationErased) }
      let station = try CapturingStation(of: state, session)
      let around = DocumentSurroundings(
        county: session.identity.countyName, station: station.name, level: station.level,
        agent: try Self.names(session)(state.createdBy), calendar: try Self.calendar(session))
      let writer = DocumentWriter(
        state, matter: try session.matter(state.matter, version: state.formVersion), around: around)
      let printed = try writer.find(which, now: environment.clock.now())
      return printed.value(of: state)
    }
  }
}

/// The station that took an application in, as far as this device knows it: its own, or another one that it was moved
/// from or that shares the application with it.
struct CapturingStation {
  let id: StationID
  let name: String
  /// What the county said when it split the application, else what this device knows of its own station.
  let level: StationLevel?

  init(of state: ApplicationState, _ session: StoreSession) throws(Problem) {
    let identity = session.identity
    let isOwn = state.station == identity.station
    id = state.station
    let listed = isOwn ? nil : try session.document("stations")?.array?.first { $0["id"]?.text == state.station.text }
    name = isOwn ? identity.stationName : listed?["name"]?.text ?? state.station.text
    level =
      state.proceedings.lazy.compactMap(\.level).first
      ?? (isOwn ? StationLevel(rawValue: identity.stationLevel.lowercased()) : nil)
  }

  /// `{id, name, level}`; the level null where this device does not know it.
  var value: Value { ["id": .text(id.text), "name": .text(name), "level": Value(level?.rawValue)] }
}
