internal import Application
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication
internal import Wire

/// Canonical bytes of a payload.
func CBORPayload(_ value: Value) -> [UInt8] { CBOR.encode(value) }

/// The rows that are computed from an application's operations. `verify` computes them again and compares.
enum Projection {
  /// Writes the rows of an application.
  static func write(_ state: ApplicationState, _ journal: any JournalWriter) throws(Problem) {
    try journal.setApplication(row(state), terms: SearchTerm.of(state), proceedings: proceedings(state))
  }

  /// The application's row.
  static func row(_ state: ApplicationState) -> ApplicationRow {
    ApplicationRow(
      id: state.id, code: state.code, matter: state.matter, station: state.station, status: state.status.rawValue,
      version: state.version?.number ?? 0, lastSequence: state.lastSequence, submittedAt: state.versions.first?.at,
      digest: digest(state).bytes)
  }

  /// SM3 over the CBOR of the view, without dates that depend on the calendar.
  static func digest(_ state: ApplicationState) -> Digest {
    Digest.sm3(CBOR.encode(state.view(due: { _ in nil }, name: \.text)))
  }

  /// The proceedings' rows.
  static func proceedings(_ state: ApplicationState) -> [ProceedingRow] {
    state.proceedings.map { proceeding in
      ProceedingRow(
        id: proceeding.id, application: state.id, window: proceeding.window, status: proceeding.status.rawValue,
        version: proceeding.version, receivedAt: proceeding.receivedAt, lastSequence: state.lastSequence)
    }
  }
}
