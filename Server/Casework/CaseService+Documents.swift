internal import Application
internal import Catalog
internal import Documents
package import Foundations
internal import Journal
internal import Replication

/// The documents 文书 of applications, for whoever prints them at the county.
extension CaseService {
  /// One document: as `bangban document` prints it.
  /// - Parameters:
  ///   - name: an application's id, its code or an unambiguous beginning of either.
  ///   - which: a kind, a title or a number; nil for the last one issued.
  /// - Throws: `document.none`, `document.unknown`, `document.authority`.
  package func document(of name: String, _ which: String?) throws(Problem) -> Value {
    try journal.read { reader throws(Problem) in
      let county = try county(reader)
      let row = try Self.row(named: name, reader)
      guard let state = ApplicationState.fold(try reader.operations(row.id)) else {
        throw ProblemKind.applicationNotFound.with(name)
      }
      guard state.erasure == nil else { throw Problem(.applicationErased) }
      let station = try reader.station(state.station)
      let around = DocumentSurroundings(
        county: county.name, station: station?.name ?? state.station.text,
        level: county.stationLevels[state.station],
        // The county knows who captured it by an opaque id alone.
        agent: state.createdBy.text, calendar: county.calendar)
      let writer = DocumentWriter(state, matter: county.matter(of: state), around: around)
      return try writer.find(which, now: clock.now()).value(of: state)
    }
  }
}
