internal import Cryptography
internal import Foundations
internal import Replication
internal import SQLite
internal import Wire

/// The review tray: what was received and is not part of the log.
extension SQLiteSession {
  private static let columns =
    "id, reason, received, captured, doubtful, header, body, digest, running, status, settled, admitted, note"

  private func reviewRow(_ row: Statement) throws(Problem) -> ReviewRow {
    let id = row.text(0)
    guard let value = try? CBOR.decode(row.blob(5)), let header = try? OperationCoding.header(value),
      let digest = Digest(bytes: row.blob(7)), let status = ReviewStatus(rawValue: row.text(9))
    else { throw ProblemKind.storeUnreadable.with("reviews") }
    var operation = Operation(header: header, erasedWith: digest)
    if let box = row.optionalBlob(6) {
      let body = try open(box, "reviews", id, "body")
      let salt = Array(body.prefix(OperationCoding.saltBytes))
      operation = Operation(header: header, salt: salt, payload: Array(body.dropFirst(salt.count)))
    }
    let note = try row.optionalBlob(12).map { box throws(Problem) in try open(box, "reviews", id, "note") }
    return ReviewRow(
      operation: operation, reason: row.text(1), receivedAt: Instant(milliseconds: row.integer(2)),
      capturedAt: Instant(milliseconds: row.integer(3)), captureDoubtful: row.integer(4) != 0,
      running: row.optionalBlob(8).flatMap(Digest.init(bytes:)), status: status,
      settledAt: Instant(optional: row.optionalInteger(10)),
      admitted: row.optionalText(11).flatMap(OperationID.init(text:)),
      note: note.map { String(decoding: $0, as: UTF8.self) })
  }

  func review(_ id: String) throws(Problem) -> ReviewRow? {
    try row("SELECT \(Self.columns) FROM reviews WHERE id = ?", [.text(id)]) { row throws(Problem) in
      try reviewRow(row)
    }
  }

  func reviews(_ status: ReviewStatus, limit: Int) throws(Problem) -> [ReviewRow] {
    try rows(
      "SELECT \(Self.columns) FROM reviews WHERE status = ? ORDER BY received, author, counter, id LIMIT ?",
      [.text(status.rawValue), .integer(Int64(limit))]
    ) { row throws(Problem) in try reviewRow(row) }
  }

  func reviews(_ device: DeviceID, _ counter: Int64) throws(Problem) -> [ReviewRow] {
    try rows(
      "SELECT \(Self.columns) FROM reviews WHERE author = ? AND counter = ? ORDER BY id",
      [.text(device.text), .integer(counter)]
    ) { row throws(Problem) in try reviewRow(row) }
  }

  func reviews(of application: ApplicationID) throws(Problem) -> [ReviewRow] {
    try rows(
      "SELECT \(Self.columns) FROM reviews WHERE application = ? ORDER BY author, counter, id",
      [.text(application.text)]
    ) { row throws(Problem) in try reviewRow(row) }
  }

  func reviews(by device: DeviceID) throws(Problem) -> [ReviewRow] {
    try rows("SELECT \(Self.columns) FROM reviews WHERE author = ? ORDER BY counter, id", [.text(device.text)]) {
      row throws(Problem) in try reviewRow(row)
    }
  }

  func reviews(
    after change: Int64, by devices: Set<DeviceID>, in scopes: [String], limit: Int
  ) throws(Problem) -> [(row: ReviewRow, change: Int64)] {
    func marks(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ",") }
    return try rows(
      """
      SELECT \(Self.columns), changed FROM reviews WHERE changed > ? AND (author IN (\(marks(devices.count)))
        OR EXISTS(SELECT 1 FROM places JOIN scopes USING(place) WHERE places.application = reviews.application
          AND scope IN (\(marks(scopes.count)))))
      ORDER BY changed LIMIT ?
      """,
      [.integer(change)] + devices.sorted().map { .text($0.text) } + scopes.map { .text($0) }
        + [.integer(Int64(limit))]
    ) { row throws(Problem) in (row: try reviewRow(row), change: row.integer(13)) }
  }

  func reviewCount(_ device: DeviceID) throws(Problem) -> Int {
    try row("SELECT count(*) FROM reviews WHERE author = ?", [.text(device.text)]) { row throws(Problem) in
      Int(clamping: row.integer(0))
    } ?? 0
  }

  func reviewBatches(_ device: DeviceID) throws(Problem) -> [Batch] {
    try rows(
      "SELECT number, first, control, signature, digests FROM review_batches WHERE author = ? ORDER BY number",
      [.text(device.text)]
    ) { row throws(Problem) in
      let bytes = row.blob(4)
      guard let control = Digest(bytes: row.blob(2)), bytes.count.isMultiple(of: Digest.byteCount) else {
        throw ProblemKind.storeUnreadable.with("review_batches")
      }
      let digests = stride(from: 0, to: bytes.count, by: Digest.byteCount).compactMap {
        Digest(bytes: Array(bytes[$0..<$0 + Digest.byteCount]))
      }
      return Batch(
        author: device, number: row.integer(0), firstCounter: row.integer(1), digests: digests, control: control,
        signature: row.blob(3))
    }
  }

  func reviewAuthors() throws(Problem) -> [DeviceID] {
    try rows("SELECT DISTINCT author FROM reviews ORDER BY author") { row throws(Problem) in DeviceID(row.text(0)) }
  }

  func setReview(_ row: ReviewRow) throws(Problem) {
    let operation = row.operation
    let body =
      operation.isErased ? nil : seal(operation.salt + operation.payload, "reviews", row.id, "body")
    try run(
      """
      INSERT OR REPLACE INTO reviews(\(Self.columns), author, counter, application)
        VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
      """,
      [
        .text(row.id), .text(row.reason), row.receivedAt.binding, row.capturedAt.binding,
        .integer(row.captureDoubtful ? 1 : 0), .blob(CBOR.encode(OperationCoding.value(operation.header))),
        Binding(body), .blob(operation.digest.bytes), Binding(row.running?.bytes), .text(row.status.rawValue),
        Binding(row.settledAt?.milliseconds), Binding(row.admitted?.text),
        Binding(row.note.map { seal(Array($0.utf8), "reviews", row.id, "note") }),
        .text(operation.id.device.text), .integer(operation.id.counter), .text(operation.header.application.text),
      ])
  }

  func expectedBlobs(_ digest: String, from device: DeviceID) throws(Problem) -> [BlobClaim] {
    try rows(
      "SELECT application, bytes, arrived FROM expected_blobs WHERE author = ? AND digest = ?",
      [.text(device.text), .text(digest)]
    ) { row throws(Problem) in
      BlobClaim(
        application: ApplicationID(row.text(0)), station: nil, bytes: row.integer(1), arrived: row.integer(2) != 0)
    }
  }

  func expectBlob(
    _ digest: String, from device: DeviceID, application: ApplicationID, bytes: Int64
  ) throws(Problem) {
    try addBlobRow(digest, bytes: bytes)
    // Who has sent it once has it, whatever names it next.
    try run(
      """
      INSERT OR IGNORE INTO expected_blobs(author, digest, application, bytes, arrived)
      VALUES(?1, ?2, ?3, ?4, EXISTS(SELECT 1 FROM expected_blobs WHERE author = ?1 AND digest = ?2 AND arrived))
      """, [.text(device.text), .text(digest), .text(application.text), .integer(bytes)])
  }

  func addReviewBatch(_ batch: Batch) throws(Problem) {
    try run(
      """
      INSERT OR IGNORE INTO review_batches(author, number, signature, first, control, digests) VALUES(?,?,?,?,?,?)
      """,
      [
        .text(batch.author.text), .integer(batch.number), .blob(batch.signature), .integer(batch.firstCounter),
        .blob(batch.control.bytes), .blob(batch.digests.flatMap(\.bytes)),
      ])
  }
}
