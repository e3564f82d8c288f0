internal import Application
internal import Cryptography
internal import Foundations
internal import Replication
internal import Wire

/// What an application's projection is made of.
enum ProjectionSource: Sendable {
  /// It stands in this transaction already.
  case state(ApplicationState)
  /// All of its operations, in the order of the fold, or all after a state.
  case operations([JudgedOperation], after: ApplicationState?)
  /// All of them as they lie in the store, and what is drafted behind them.
  case stored([SealedOperation], drafted: [Operation])

  /// - Throws: `store.unreadable`, `seal.invalid`.
  func state(by sealer: Sealer) throws(Problem) -> ApplicationState? {
    switch self {
    case .state(let state): return state
    case .operations(let operations, after: nil): return ApplicationState.fold(operations)
    case .operations(let operations, after: var state?):
      for judged in operations { state.fold(judged) }
      return state
    case .stored(let rows, let drafted):
      var operations: [JudgedOperation] = []
      for row in rows { operations.append(try row.open(by: sealer)) }
      return ApplicationState.fold(operations + drafted.map { JudgedOperation($0, nil) })
    }
  }
}

/// A projection as it is written. Pure, so that a page's are made on all cores.
struct StoredProjection: Sendable {
  let row: ApplicationRow
  /// The row's view, sealed.
  let view: [UInt8]
  /// Keys of what it can be found by.
  let terms: Set<Int64>
  let state: ApplicationState

  /// - Returns: nil where the operations make no application.
  /// - Throws: `store.unreadable`, `seal.invalid`.
  init?(
    _ source: ProjectionSource, own: Set<DeviceID>, sealer: Sealer, index: KeyedIndex, nonce: [UInt8]
  ) throws(Problem) {
    guard let state = try source.state(by: sealer) else { return nil }
    row = ApplicationRow(state, own: own)
    view = sealer.seal(
      CBOR.encode(row.view), at: SealPlace("applications", row.id.text, "view"), nonce: nonce)
    terms = index.terms(of: state)
    self.state = state
  }
}

extension ApplicationRow {
  /// - Parameter own: the identities this device has and had.
  init(_ state: ApplicationState, own: Set<DeviceID>) {
    self.init(
      id: state.id, code: state.code, matter: state.matter, status: state.status.rawValue,
      version: state.version?.number ?? 0, updated: state.timeline.map(\.at).max() ?? state.createdAt,
      sync: state.syncState, conflicts: Int64(state.openConflicts.count + state.contestedDuplicates.count),
      attention: Attention(state, own: own), questions: Int64(state.openDuplicates.count),
      view: state.listedView)
  }

  /// Of a stored view what a listing shows: an earlier program kept the whole `show` object.
  static func listed(_ view: Value) -> Value {
    guard case .object(let members) = view, members.count > ApplicationState.listedMembers.count else { return view }
    return .object(members.filter { ApplicationState.listedMembers.contains($0.key) })
  }
}

extension KeyedIndex {
  /// The keys of what an application can be found by.
  func terms(of state: ApplicationState) -> Set<Int64> {
    Set(SearchTerm.of(state).map { term($0.kind, $0.value) })
  }
}
