internal import Cryptography
internal import Foundations
internal import Replication
internal import SQLite
internal import Wire

/// The published catalogue, attachments, the audit chain.
extension SQLiteSession {
  func catalogVersion() throws(Problem) -> String {
    try row("SELECT version FROM catalogs ORDER BY published DESC, version LIMIT 1") { row throws(Problem) in
      row.text(0)
    } ?? ""
  }

  func catalogVersions() throws(Problem) -> [String] {
    try rows("SELECT version FROM catalogs ORDER BY published DESC, version", []) { row throws(Problem) in
      row.text(0)
    }
  }

  func catalogManifest(_ version: String) throws(Problem) -> [String: String]? {
    try row("SELECT manifest FROM catalogs WHERE version = ?", [.text(version)]) { row throws(Problem) in
      ((try? CBOR.decode(row.blob(0)))?.object ?? [:]).compactMapValues(\.text)
    }
  }

  func catalogFile(_ digest: String) throws(Problem) -> [UInt8]? {
    try row("SELECT bytes FROM catalog_files WHERE digest = ?", [.text(digest)]) { row throws(Problem) in row.blob(0) }
  }

  func publishCatalog(
    version: String, manifest: [String: String], files: [String: [UInt8]], at: Instant
  ) throws(Problem) {
    try add(files)
    try run(
      "INSERT OR REPLACE INTO catalogs(version, published, manifest) VALUES(?,?,?)",
      [.text(version), at.binding, Self.binding(manifest)])
  }

  func addFormerCatalog(
    version: String, manifest: [String: String], files: [String: [UInt8]]
  ) throws(Problem) {
    try add(files)
    // The clock may have been set since: only the one in force says what is before it.
    try run(
      """
      INSERT OR IGNORE INTO catalogs(version, published, manifest)
        SELECT ?, coalesce(max(published), 0) - 1, ? FROM catalogs
      """,
      [.text(version), Self.binding(manifest)])
  }

  private func add(_ files: [String: [UInt8]]) throws(Problem) {
    for (digest, bytes) in files {
      // What was damaged on the disk is put right by whoever publishes it once more.
      try run(
        """
        INSERT INTO catalog_files(digest, bytes) VALUES(?,?)
        ON CONFLICT DO UPDATE SET bytes = excluded.bytes WHERE bytes <> excluded.bytes
        """, [.text(digest), .blob(bytes)])
    }
  }

  private static func binding(_ manifest: [String: String]) -> Binding {
    .blob(CBOR.encode(.object(Members(manifest.mapValues(Value.text)))))
  }

  // MARK: Attachments

  func blob(_ digest: String) throws(Problem) -> BlobRow? {
    try row("SELECT digest, bytes, complete FROM blobs WHERE digest = ?", [.text(digest)]) { row throws(Problem) in
      BlobRow(digest: row.text(0), bytes: row.integer(1), complete: row.integer(2) != 0)
    }
  }

  func wholeBlobs(after digest: String, limit: Int) throws(Problem) -> [BlobRow] {
    try rows(
      "SELECT digest, bytes FROM blobs WHERE digest > ? AND complete ORDER BY digest LIMIT ?",
      [.text(digest), .integer(Int64(limit))]
    ) { row throws(Problem) in BlobRow(digest: row.text(0), bytes: row.integer(1), complete: true) }
  }

  func blobClaims(_ digest: String) throws(Problem) -> [BlobClaim] {
    try rows(
      "SELECT application, station, bytes, arrived FROM blob_claims WHERE digest = ? ORDER BY application, station",
      [.text(digest)]
    ) { row throws(Problem) in
      BlobClaim(
        application: ApplicationID(row.text(0)), station: StationID(row.text(1)), bytes: row.integer(2),
        arrived: row.integer(3) != 0)
    }
  }

  func missingBlobs(_ application: ApplicationID) throws(Problem) -> [String] {
    try rows(
      """
      SELECT digest FROM blob_claims WHERE application = ? GROUP BY digest HAVING NOT max(arrived) ORDER BY digest
      """, [.text(application.text)]
    ) { row throws(Problem) in row.text(0) }
  }

  func missingBlobs(in scopes: [String], limit: Int) throws(Problem) -> [String] {
    var found: Set<String> = []
    for scope in scopes {
      found.formUnion(
        try rows(
          """
          SELECT DISTINCT digest FROM (
            SELECT digest FROM blob_claims JOIN places USING(application) JOIN scopes USING(place) WHERE scope = ?
            GROUP BY application, digest HAVING NOT max(arrived))
          ORDER BY digest LIMIT ?
          """, [.text(scope), .integer(Int64(limit))]
        ) { row throws(Problem) in row.text(0) })
    }
    return Array(found.sorted().prefix(limit))
  }

  func setBlob(_ row: BlobRow) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO blobs(digest, bytes, complete) VALUES(?,?,?)",
      [.text(row.digest), .integer(row.bytes), .integer(row.complete ? 1 : 0)])
  }

  func addBlobRow(_ digest: String, bytes: Int64) throws(Problem) {
    try run(
      "INSERT OR IGNORE INTO blobs(digest, bytes, complete) VALUES(?,?,0)", [.text(digest), .integer(bytes)])
  }

  func addBlob(_ digest: String, claim: BlobClaim) throws(Problem) {
    try addBlobRow(digest, bytes: claim.bytes)
    try run(
      """
      INSERT INTO blob_claims(application, digest, station, bytes, arrived) VALUES(?,?,?,?,?)
      ON CONFLICT DO UPDATE SET arrived = max(arrived, excluded.arrived)
      """,
      [
        .text(claim.application.text), .text(digest), .text(claim.station?.text ?? ""), .integer(claim.bytes),
        .integer(claim.arrived ? 1 : 0),
      ])
  }

  func setArrived(_ digest: String, from device: DeviceRow, applications: [ApplicationID]) throws(Problem) {
    try run(
      """
      UPDATE blob_claims SET arrived = 1 WHERE digest = ?1 AND application IN
      (SELECT application FROM expected_blobs WHERE author = ?2 AND digest = ?1)
      """, [.text(digest), .text(device.id.text)])
    try run(
      "UPDATE expected_blobs SET arrived = 1 WHERE author = ? AND digest = ?", [.text(device.id.text), .text(digest)])
    for application in applications {
      try run(
        "UPDATE blob_claims SET arrived = 1 WHERE digest = ? AND application = ? AND station = ?",
        [.text(digest), .text(application.text), .text(device.station.text)])
    }
  }

  func loseBlob(_ digest: String) throws(Problem) {
    for change in ["blobs SET complete", "blob_claims SET arrived", "expected_blobs SET arrived"] {
      try run("UPDATE \(change) = 0 WHERE digest = ?", [.text(digest)])
    }
  }

  // MARK: Audit

  func audit(after number: Int64, limit: Int) throws(Problem) -> [AuditRow] {
    try rows(
      "SELECT number, at, actor, action, subject, digest FROM audit WHERE number > ? ORDER BY number LIMIT ?",
      [.integer(number), .integer(Int64(limit))]
    ) { row throws(Problem) in
      AuditRow(
        number: row.integer(0), at: Instant(milliseconds: row.integer(1)), actor: row.text(2), action: row.text(3),
        subject: row.text(4), digest: row.blob(5))
    }
  }

  func auditEnd() throws(Problem) -> AuditEnd? {
    guard let value = try document(AuditEnd.place.kind, AuditEnd.place.key) else { return nil }
    return try AuditEnd(value, seals)
  }

  /// The end that is on record; `isReadable` is false where what stands there is not this server's.
  private func notedEnd() throws(Problem) -> (end: AuditEnd?, isReadable: Bool) {
    do { return (try auditEnd(), true) } catch {
      guard error.kind == .sealInvalid else { throw error }
      return (nil, false)
    }
  }

  /// What the next line hangs on. Lines that were cut off stay missing: the chain goes on behind the one that was noted
  /// as the last. Lines behind that one an earlier program wrote, which knows no note; they hang on the noted one, or
  /// are nobody's.
  private func auditPredecessor(_ last: AuditEnd?, _ noted: AuditEnd?) throws(Problem) -> AuditEnd? {
    guard let last, let noted, last.number > noted.number else { return noted ?? last }
    let stands = try row("SELECT digest FROM audit WHERE number = ?", [.integer(noted.number)]) { row throws(Problem) in
      row.blob(0)
    }
    return stands == noted.digest ? last : AuditEnd(number: last.number, digest: noted.digest)
  }

  func addAudit(at: Instant, actor: String, action: String, subject: String) throws(Problem) {
    let last = try row("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1") { row throws(Problem) in
      AuditEnd(number: row.integer(0), digest: row.blob(1))
    }
    let noted = try notedEnd()
    let previous = try auditPredecessor(last, noted.end)
    var entry = AuditRow(
      number: (previous?.number ?? 0) + 1, at: at, actor: actor, action: action, subject: subject, digest: [])
    entry.digest = AuditChain.digest(entry, after: previous?.digest ?? [])
    try run(
      "INSERT INTO audit(number, at, actor, action, subject, digest) VALUES(?,?,?,?,?,?)",
      [
        .integer(entry.number), at.binding, .text(actor), .text(action), .text(subject), .blob(entry.digest),
      ])
    // A note that was taken away or replaced is not made good: `verify` is to go on saying so.
    guard noted.isReadable, noted.end != nil || last == nil else { return }
    let end = AuditEnd(number: entry.number, digest: entry.digest)
    try setDocument(AuditEnd.place.kind, AuditEnd.place.key, end.sealed(seals))
  }
}

extension SQLiteSession: JournalWriter {}
