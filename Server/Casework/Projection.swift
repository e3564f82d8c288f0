internal import Application
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication
internal import Wire

/// Canonical bytes of a payload.
func CBORPayload(_ value: Value) -> [UInt8] { CBOR.encode(value) }

/// The rows that are computed from an application's operations. `verify` computes them again and compares.
struct Projection: Sendable {
  let row: ApplicationRow
  let terms: [SearchTerm]
  let proceedings: [ProceedingRow]
  let dispatches: [Dispatch]

  /// A proceeding that may go out, in the version it goes out with.
  struct Dispatch: Sendable {
    let id: String
    let proceeding: ProceedingID
    let version: Int64
    let window: WindowID
  }

  init(_ state: ApplicationState) {
    row = ApplicationRow(
      id: state.id, code: state.code, matter: state.matter, station: state.station, status: state.status.rawValue,
      version: state.version?.number ?? 0, lastSequence: state.lastSequence, submittedAt: state.versions.first?.at,
      digest: state.fingerprint.bytes)
    terms = SearchTerm.of(state)
    // By their places: a proceeding is large, and going through them copies each.
    let places = state.proceedings.indices
    proceedings = places.map { Self.row(state.proceedings[$0], of: state) }
    dispatches = places.compactMap { Self.dispatch(state.proceedings[$0]) }
  }

  private static func row(_ proceeding: ProceedingState, of state: ApplicationState) -> ProceedingRow {
    ProceedingRow(
      id: proceeding.id, application: state.id, window: proceeding.window, status: proceeding.status.rawValue,
      version: proceeding.version, receivedAt: proceeding.receivedAt, lastSequence: state.lastSequence,
      awaitsDeferred: proceeding.status == .accepted && !state.deferredOpen(for: proceeding).isEmpty)
  }

  private static func dispatch(_ proceeding: ProceedingState) -> Dispatch? {
    // What counts as accepted without a window's word goes out all the same.
    let isOut = proceeding.status == .dispatched || (proceeding.status == .accepted && proceeding.manner != .window)
    guard isOut, let window = proceeding.window else { return nil }
    return Dispatch(
      id: DispatchID.of(proceeding.id, version: proceeding.version, window: window), proceeding: proceeding.id,
      version: proceeding.version, window: window)
  }
}
