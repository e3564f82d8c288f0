package import Cryptography
package import Foundations
package import Replication
internal import SQLite

/// What the exchange by ferry files needs of the store.
extension StoreSession {
  /// The county's key for ferry files; nil where this device has not heard of one, or nobody it trusts vouches for it.
  package func ferryKey() throws(Problem) -> FerryKey? {
    guard let signer = try? VerifyingKey(publicBytes: identity.serverKey) else { return nil }
    return FerryKey(try document("ferry"), of: signer)
  }

  /// Has the next request numbered after what the server has seen, if this store knows of fewer.
  package func goOn(after number: Int64) throws(Problem) {
    let last = try meta("request")?.integer ?? 0
    if last < number { _ = try takeRequestNumber(atLeast: number) }
  }

  /// Notes what the server said of attachments that this device asked about.
  /// - Parameters:
  ///   - arrived: those that are whole there.
  ///   - unneeded: those that nobody there waits for: the operation that named them was refused. Where this device has
  ///     unsent work on the application, that operation may be still to come, and the attachment goes on waiting.
  package func settleAttachments(arrived: [Digest], unneeded: [Digest]) throws(Problem) {
    for digest in arrived {
      try run("UPDATE blobs SET uploaded = bytes, complete = 1 WHERE digest = ?", [.text(digest.text)])
    }
    for digest in unneeded {
      try run(
        """
        UPDATE blobs SET complete = 1 WHERE digest = ? AND application NOT IN (SELECT application FROM held)
        AND application NOT IN (SELECT application FROM operations WHERE author = ? AND sequence IS NULL)
        """, [.text(digest.text), .text(identity.device.text)])
    }
    let left = try store.sql { connection throws(StorageError) in
      try connection.query(
        "SELECT DISTINCT application FROM blobs WHERE complete AND application NOT IN (SELECT id FROM applications)", []
      ) { ApplicationID($0.text(0)) }
    }
    for application in left { try dropOfLeft(application) }
  }
}
