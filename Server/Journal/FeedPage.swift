internal import Cryptography
package import Foundations
package import Replication
internal import SQLite
internal import Wire

/// An operation as it lies in the log.
struct StoredOperation: Sendable {
  let sequence: Int64
  let disposition: String
  let received: Int64
  let captured: Int64
  let doubtful: Int64
  let header: [UInt8]
  /// Nil once erased.
  let body: [UInt8]?
  let digest: [UInt8]

  /// - Parameter row: `SQLiteSession.columns`.
  init(_ row: Statement) {
    sequence = row.integer(0)
    disposition = row.text(3)
    received = row.integer(4)
    captured = row.integer(5)
    doubtful = row.integer(6)
    header = row.blob(7)
    body = row.optionalBlob(8)
    digest = row.blob(9)
  }

  /// How long header and payload are.
  var bytes: Int { header.count + max(0, (body?.count ?? 0) - Sealer.overheadBytes - OperationCoding.saltBytes) }

  /// - Parameter believing: whether the digest is taken as it stands here. It is for whoever gets the operation sent
  ///   and computes it anew; what is judged by here is computed here.
  /// - Throws: `store.unreadable`, `seal.invalid`.
  func open(by sealer: Sealer, believing: Bool) throws(Problem) -> JudgedOperation {
    let judgement = try SQLiteSession.judgement(
      sequence: sequence, disposition: disposition, received: received, captured: captured, doubtful: doubtful)
    guard let value = try? CBOR.decode(header), let header = try? OperationCoding.header(value) else {
      throw ProblemKind.storeUnreadable.with("operations.header")
    }
    guard let body else {
      return JudgedOperation(Operation(header: header, erasedWith: try SQLiteSession.digest(digest)), judgement)
    }
    let plain = try sealer.open(body, at: SealPlace("operations", header.id.text, "body"))
    let salt = Array(plain.prefix(OperationCoding.saltBytes))
    let payload = Array(plain.dropFirst(salt.count))
    return JudgedOperation(
      believing
        ? Operation(header: header, salt: salt, payload: payload, kept: try SQLiteSession.digest(digest))
        : Operation(header: header, salt: salt, payload: payload), judgement)
  }
}

/// Encodes and seals operations on their way into the log.
package struct OperationSealing: Sendable {
  let sealer: Sealer
  /// One for each.
  let nonces: Nonces

  /// - Parameter place: its own among those that were asked for.
  package func seal(_ operation: Operation, at place: Int) -> SealedOperation {
    let body =
      operation.isErased
      ? nil
      : sealer.seal(
        operation.salt + operation.payload, at: SealPlace("operations", operation.id.text, "body"),
        nonce: nonces[place])
    return SealedOperation(header: CBOR.encode(OperationCoding.value(operation.header)), body: body)
  }
}

/// One page of what a device pulls.
package struct FeedPage: Sendable {
  /// As they lie in the log: opening them takes no connection, which others may be waiting for.
  private let stored: [StoredOperation]
  private let sealer: Sealer?
  package let cursor: Cursor
  package let more: Bool

  /// So many operations take a while to read, to open and to pack: whoever has less to ask goes first (`Patient`).
  package static let longMin = 100

  init(_ stored: [StoredOperation], sealer: Sealer, cursor: Cursor, more: Bool) {
    self.stored = stored
    self.sealer = sealer
    self.cursor = cursor
    self.more = more
  }

  /// A page of nothing.
  package init(at cursor: Cursor) {
    stored = []
    sealer = nil
    self.cursor = cursor
    more = false
  }

  private var isLong: Bool { stored.count >= Self.longMin }

  /// Its operations.
  /// - Throws: `store.unreadable`, `seal.invalid`.
  package func open() throws(Problem) -> [JudgedOperation] {
    guard let sealer else { return [] }
    let open: @Sendable (StoredOperation) -> Result<JudgedOperation, Problem> = { stored in
      Result { () throws(Problem) in try stored.open(by: sealer, believing: true) }
    }
    var operations: [JudgedOperation] = []
    operations.reserveCapacity(stored.count)
    for operation in isLong ? Patient.map(stored, open) : stored.map(open) { operations.append(try operation.get()) }
    return operations
  }
}
