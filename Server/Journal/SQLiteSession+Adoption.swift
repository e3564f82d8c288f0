internal import Cryptography
internal import Foundations
internal import Replication
internal import SQLite
internal import Wire

/// Operations that devices brought back.
extension SQLiteSession {
  func adoptedThrough(_ device: DeviceID) throws(Problem) -> Int64 {
    try row("SELECT coalesce(max(counter), 0) FROM adopted WHERE author = ?", [.text(device.text)]) {
      row throws(Problem) in row.integer(0)
    } ?? 0
  }

  private static let adoptionColumns = "author, counter, attestation, place, judgement"

  func adoptions(after id: OperationID?, limit: Int) throws(Problem) -> [AdoptionRow] {
    try rows(
      """
      SELECT \(Self.adoptionColumns) FROM adopted
      WHERE (author, counter) > (?, ?) ORDER BY author, counter LIMIT ?
      """, [.text(id?.device.text ?? ""), .integer(id?.counter ?? 0), .integer(Int64(limit))]
    ) { row throws(Problem) in try Self.adoption(row) }
  }

  func adoption(_ id: OperationID) throws(Problem) -> AdoptionRow? {
    try row(
      "SELECT \(Self.adoptionColumns) FROM adopted WHERE author = ? AND counter = ?",
      [.text(id.device.text), .integer(id.counter)]
    ) { row throws(Problem) in try Self.adoption(row) }
  }

  private static func adoption(_ row: Statement) throws(Problem) -> AdoptionRow {
    guard let attestation = Digest(bytes: row.blob(2)), let value = try? CBOR.decode(row.blob(4)),
      let judgement = try? OperationCoding.judgement(value)
    else { throw ProblemKind.storeUnreadable.with("adopted") }
    return AdoptionRow(
      operation: OperationID(DeviceID(row.text(0)), row.integer(1)), attestation: attestation,
      place: Int(clamping: row.integer(3)), judgement: judgement)
  }

  func attestation(_ digest: Digest) throws(Problem) -> Attestation? {
    try row("SELECT timeline, leaves, signature FROM attestations WHERE digest = ?", [.blob(digest.bytes)]) {
      row throws(Problem) in
      Attestation(timeline: row.text(0), leaves: row.blob(1), signature: row.blob(2))
    }
  }

  func addAdoption(_ row: AdoptionRow, _ attestation: Attestation) throws(Problem) {
    try run(
      "INSERT OR IGNORE INTO attestations(digest, timeline, leaves, signature) VALUES(?,?,?,?)",
      [
        .blob(row.attestation.bytes), .text(attestation.timeline), .blob(attestation.leaves),
        .blob(attestation.signature),
      ])
    try run(
      "INSERT INTO adopted(author, counter, attestation, place, judgement) VALUES(?,?,?,?,?)",
      [
        .text(row.operation.device.text), .integer(row.operation.counter), .blob(row.attestation.bytes),
        .integer(Int64(row.place)), .blob(CBOR.encode(OperationCoding.value(row.judgement))),
      ])
  }

  func chain(_ operation: OperationID, running: Digest) throws(Problem) {
    try run(
      "UPDATE operations SET running = ? WHERE author = ? AND counter = ?",
      [.blob(running.bytes), .text(operation.device.text), .integer(operation.counter)])
  }
}
