internal import Cryptography
internal import Foundations
internal import Replication
internal import SQLite
internal import Wire

/// Operations that were received and wait for a parent, or for their contents: acknowledged, and not judged yet.
extension SQLiteSession {
  private static let columns = "received, captured, doubtful, header, body, running, digest, assignment"

  private func waitingRow(_ row: Statement) throws(Problem) -> WaitingRow {
    guard let value = try? CBOR.decode(row.blob(3)), let header = try? OperationCoding.header(value),
      let running = Digest(bytes: row.blob(5))
    else { throw ProblemKind.storeUnreadable.with("waiting") }
    let body = try open(row.blob(4), "waiting", header.id.text, "body")
    let salt = Array(body.prefix(OperationCoding.saltBytes))
    // Without contents it has no salt either.
    let operation =
      salt.isEmpty
      ? Operation(header: header, erasedWith: try Self.digest(row.blob(6)))
      : Operation(header: header, salt: salt, payload: Array(body.dropFirst(salt.count)))
    return WaitingRow(
      operation: operation, running: running,
      receivedAt: Instant(milliseconds: row.integer(0)), capturedAt: Instant(milliseconds: row.integer(1)),
      captureDoubtful: row.integer(2) != 0, assignment: row.optionalInteger(7))
  }

  func waiting(_ application: ApplicationID) throws(Problem) -> [WaitingRow] {
    try rows(
      "SELECT \(Self.columns) FROM waiting WHERE application = ? ORDER BY author, counter", [.text(application.text)]
    ) { row throws(Problem) in try waitingRow(row) }
  }

  func waits(in application: ApplicationID, of author: DeviceID?) throws(Problem) -> Bool {
    try row(
      "SELECT 1 FROM waiting WHERE application = ?1 AND (?2 IS NULL OR author = ?2) LIMIT 1",
      [.text(application.text), Binding(author?.text)]
    ) { row throws(Problem) in true } ?? false
  }

  func waitsForContents(in application: ApplicationID, of author: DeviceID) throws(Problem) -> Bool {
    // A box with nothing in it: neither salt nor payload.
    try row(
      "SELECT 1 FROM waiting WHERE application = ? AND author = ? AND length(body) <= ? LIMIT 1",
      [.text(application.text), .text(author.text), .integer(Int64(Sealer.overheadBytes))]
    ) { row throws(Problem) in true } ?? false
  }

  func waiting(_ operation: OperationID) throws(Problem) -> WaitingRow? {
    try row(
      "SELECT \(Self.columns) FROM waiting WHERE author = ? AND counter = ?",
      [.text(operation.device.text), .integer(operation.counter)]
    ) { row throws(Problem) in try waitingRow(row) }
  }

  func waiting(limit: Int) throws(Problem) -> [WaitingRow] {
    try rows(
      "SELECT \(Self.columns) FROM waiting ORDER BY received, author, counter LIMIT ?", [.integer(Int64(limit))]
    ) { row throws(Problem) in try waitingRow(row) }
  }

  func setWaiting(_ row: WaitingRow) throws(Problem) {
    let operation = row.operation
    try run(
      """
      INSERT INTO waiting(\(Self.columns), author, counter, application) VALUES(?,?,?,?,?,?,?,?,?,?,?)
      """,
      [
        row.receivedAt.binding, row.capturedAt.binding, .integer(row.captureDoubtful ? 1 : 0),
        .blob(CBOR.encode(OperationCoding.value(operation.header))),
        .blob(seal(operation.salt + operation.payload, "waiting", operation.id.text, "body")),
        .blob(row.running.bytes), .blob(operation.digest.bytes), Binding(row.assignment),
        .text(operation.id.device.text),
        .integer(operation.id.counter), .text(operation.header.application.text),
      ])
  }

  func dropWaiting(_ operation: OperationID) throws(Problem) {
    try run(
      "DELETE FROM waiting WHERE author = ? AND counter = ?",
      [.text(operation.device.text), .integer(operation.counter)])
  }

  func authors() throws(Problem) -> [DeviceID] {
    try rows("SELECT device FROM authors ORDER BY device") { row throws(Problem) in DeviceID(row.text(0)) }
  }
}
