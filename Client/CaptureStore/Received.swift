internal import Application
internal import Foundations
internal import Replication
internal import SQLite

/// An application as a page left it, with the keys it is found by: pages cut through what was captured together, and
/// the next one often goes on with it.
struct Standing: Sendable {
  let state: ApplicationState
  let terms: Set<Int64>
}

/// What a page brings of one application, where all the rest of it is known without reading it back.
struct Received: Sendable {
  /// As the page before left it; nil where nothing of it was here.
  let before: Standing?
  private(set) var operations: [JudgedOperation]

  init(_ first: JudgedOperation, after before: Standing?) {
    self.before = before
    operations = [first]
  }

  mutating func append(_ judged: JudgedOperation) { operations.append(judged) }

  /// What its projection is made of; nil where it does not simply go on, as for what entered the scope later.
  var source: ProjectionSource? {
    let ordered = operations.sorted { Self.place($0) < Self.place($1) }
    guard let before else { return .operations(ordered, after: nil) }
    guard let first = ordered.first, Self.place(first) > before.state.lastSequence else { return nil }
    return .operations(ordered, after: before.state)
  }

  private static func place(_ judged: JudgedOperation) -> Int64 { judged.judgement?.sequence ?? .max }
}

/// Applications as the last page left them, and how often other programs had changed the store by then.
struct LastPage {
  let otherChanges: Int64
  let left: [ApplicationID: Standing]
}

extension StoreSession {
  /// Takes up where the last page left off, unless another program has changed anything since. Whatever this program
  /// changes ends it too (`CaptureStore.change`).
  func goOn(after page: LastPage?) throws(Problem) {
    guard let page, try otherChanges() == page.otherChanges else { return }
    earlier = page.left
  }

  /// What the next page may go on with; nil where no page came.
  func lastPage() throws(Problem) -> LastPage? {
    left.isEmpty ? nil : LastPage(otherChanges: try otherChanges(), left: left)
  }

  /// SQLite counts what other connections have committed.
  private func otherChanges() throws(Problem) -> Int64 {
    try store.sql { connection throws(StorageError) in
      try connection.one("PRAGMA data_version") { $0.integer(0) }
    } ?? 0
  }
}
