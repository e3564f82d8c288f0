internal import Cryptography
internal import Foundations
internal import Replication
internal import SQLite

/// Erasing: sealed contents leave the file; what is needed to verify stays.
extension SQLiteSession {
  /// The place of the application that is bound.
  private static let placed = "(SELECT place FROM places WHERE application = ?)"

  func erase(_ application: ApplicationID, except tombstone: OperationID) throws(Problem) {
    let id = Binding.text(application.text)
    try run(
      "UPDATE operations SET body = NULL WHERE place = \(Self.placed) AND NOT (author = ? AND counter = ?)",
      [id, .text(tombstone.device.text), .integer(tombstone.counter)])
    // An open entry has nothing left that a person could decide about.
    try run(
      """
      UPDATE reviews SET body = NULL, note = NULL, status = CASE status WHEN 'open' THEN 'declined' ELSE status END
      WHERE application = ?
      """, [id])
    try run("DELETE FROM waiting WHERE application = ?", [id])
    try run("DELETE FROM proceedings WHERE place = \(Self.placed)", [id])
    try run("UPDATE outbox SET failure = NULL WHERE place = \(Self.placed)", [id])
    try withdrawDispatches(of: application) { _ in true }
  }

  func erase(_ operation: Operation) throws(Problem) {
    // A copy of its device may have written something else under the same id.
    let which: [Binding] = [
      .text(operation.id.device.text), .integer(operation.id.counter), .blob(operation.digest.bytes),
    ]
    for table in ["operations", "reviews"] {
      try run("UPDATE \(table) SET body = NULL WHERE author = ? AND counter = ? AND digest = ?", which)
    }
  }

  func dropBlob(_ digest: String, of application: ApplicationID) throws(Problem) -> Bool {
    let blob = Binding.text(digest)
    for table in ["blob_claims", "expected_blobs"] {
      try run("DELETE FROM \(table) WHERE digest = ? AND application = ?", [blob, .text(application.text)])
    }
    let names = try row(
      """
      SELECT (SELECT count(*) FROM blob_claims WHERE digest = ?1)
        + (SELECT count(*) FROM expected_blobs WHERE digest = ?1)
      """, [blob]
    ) { row throws(Problem) in row.integer(0) }
    guard names == 0 else { return false }
    try run("DELETE FROM blobs WHERE digest = ?", [blob])
    return true
  }
}
