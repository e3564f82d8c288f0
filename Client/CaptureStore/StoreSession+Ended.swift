package import Cryptography
package import Foundations
internal import SQLite

/// An attachment of an application that ended long ago.
package struct EndedBlob: Sendable, Hashable {
  package let blob: Blob
  /// How many backups of the county this device knew of when it was looked at.
  package let backups: Int64
  /// Whether enough backups hold it, if the county still has it.
  package let isBackedUp: Bool
}

/// What the county says of an attachment that this device has sent.
package enum BlobStanding: Sendable, Hashable {
  case whole
  /// Not all of it, and it is waited for.
  case incomplete
  /// Nobody there waits for it, and nobody has it.
  case unknown
}

/// Letting go of attachments: a county whose backup is put back gets what it lost from its devices, so that their
/// copies of what has ended stay until backups hold it (replication, section 5). What an application says is never let
/// go of.
extension StoreSession {
  private static let lookedName = "ended"

  /// Whether it is time to look for attachments that may go: once a day and after each backup of the county.
  package func mayLetGo() throws(Problem) -> Bool {
    let number = try backups()
    return try number > 0 ? meta(Self.lookedName) != looked(number) : false
  }

  /// How many backups the county has told of.
  private func backups() throws(Problem) -> Int64 { try document("backups")?["number"]?.integer ?? 0 }

  /// Attachments that the county is to be asked about: so that backups are counted from there on, and once more before
  /// they go.
  /// - Parameters:
  ///   - keptDays: how many days after an application's end nothing is asked.
  ///   - backupsHolding: how many backups have to hold one before it goes. One that was under way when it was counted
  ///     from may not; the one after that has begun later.
  package func endedBlobs(keptDays: Int, backupsHolding: Int64) throws(Problem) -> [EndedBlob] {
    let number = try backups()
    let before = try now().time.adding(seconds: -Int64(keptDays) * 86_400)
    let rows = try store.sql { connection throws(StorageError) in
      try connection.query(
        """
        SELECT digest, application, bytes, coalesce(backups, ?2) FROM blobs JOIN applications ON application = id
        WHERE complete AND NOT shed AND NOT damaged AND (backups IS NULL OR (backups >= 0 AND backups < ?2 - ?3))
          AND status IN ('closed', 'withdrawn') AND sync = 'synced' AND attention & ~?4 = 0 AND updated < ?1
          AND application NOT IN (SELECT application FROM held)
        ORDER BY updated, digest LIMIT ?5
        """,
        [
          .integer(before.milliseconds), .integer(number), .integer(backupsHolding),
          .integer(Attention.denied.rawValue),
          .integer(Int64(Limits.endedQuestionsMax)),
        ]
      ) { ($0.text(0), $0.text(1), $0.integer(2), $0.integer(3)) }
    }
    if rows.count < Limits.endedQuestionsMax { try setMeta(Self.lookedName, looked(number)) }
    return rows.compactMap { digest, application, bytes, counted in
      Digest(digest).map {
        EndedBlob(
          blob: Blob(digest: $0, application: ApplicationID(application), bytes: bytes, uploaded: bytes),
          backups: number, isBackedUp: counted < number - backupsHolding)
      }
    }
  }

  private func looked(_ number: Int64) throws(Problem) -> Value {
    [.text(ChinaTime.date(try now().time).text), .integer(number)]
  }

  /// Takes in what the county said of one, and lets go of it where enough backups hold it.
  /// - Returns: whether the file here is not needed any more.
  package func settle(_ ended: EndedBlob, _ standing: BlobStanding) throws(Problem) -> Bool {
    let isGoing = standing == .whole && ended.isBackedUp
    let (change, value): (String, Int64) =
      switch standing {
      case .whole: isGoing ? ("shed = ?", 1) : ("backups = ?", ended.backups)
      case .incomplete: ("complete = 0, backups = NULL, uploaded = ?", 0)
      // It is kept for good: whoever takes in what names it will ask for it.
      case .unknown: ("backups = ?", -1)
      }
    let digest = ended.blob.digest.text
    // It may have been attached once more meanwhile.
    try run(
      "UPDATE blobs SET \(change) WHERE digest = ? AND application = ? AND complete",
      [.integer(value), .text(digest), .text(ended.blob.application.text)])
    if isGoing { try noteDropped([digest]) }
    return isGoing
  }

  /// Has backups counted anew: another backup was put back.
  func doubtBackups() throws(Problem) {
    try run("UPDATE blobs SET backups = NULL WHERE backups IS NOT NULL", [])
    try dropMeta(Self.lookedName)
  }

  /// Whether the county alone keeps an attachment that this device has sent.
  package func isShed(_ digest: Digest) throws(Problem) -> Bool {
    try store.sql { connection throws(StorageError) in
      try connection.one("SELECT 1 FROM blobs WHERE digest = ? AND shed LIMIT 1", [.text(digest.text)]) { _ in true }
    } ?? false
  }
}
