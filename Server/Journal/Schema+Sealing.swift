internal import Cryptography
internal import Foundations
internal import SQLite

/// The second version of the schema: the county's own people are sealed too.
///
/// Before it, an account's id was its name, the audit chain repeated it, and names of devices, which may be somebody's,
/// stood unsealed.
struct StaffSealing {
  let seals: JournalSeals

  /// Carries a journal over: names sealed, accounts under opaque ids, the audit chain reckoned anew over them.
  func apply(_ connection: Connection) throws(StorageError) {
    let ids = try sealUsers(connection)
    try sealDevices(connection)
    for (name, id) in ids {
      try connection.run(
        "UPDATE tokens SET holder = ? WHERE holder = ?", [.text("user:\(id)"), .text("user:\(name)")])
    }
    try rewriteAudit(connection, ids)
  }

  /// - Returns: name to opaque id.
  private func sealUsers(_ connection: Connection) throws(StorageError) -> [String: String] {
    try connection.execute(
      """
      CREATE TABLE users_sealed(
        id TEXT PRIMARY KEY, term INTEGER NOT NULL, name BLOB NOT NULL, role TEXT NOT NULL, window TEXT,
        disabled INTEGER NOT NULL, secret BLOB NOT NULL, salt BLOB NOT NULL) STRICT, WITHOUT ROWID;
      """)
    var ids: [String: String] = [:]
    for name in try connection.query("SELECT id FROM users", [], { $0.text(0) }) {
      let id = UserRow.newID(seals.random).text
      ids[name] = id
      try connection.run(
        """
        INSERT INTO users_sealed(id, term, name, role, window, disabled, secret, salt)
          SELECT ?, ?, ?, role, window, disabled, secret, salt FROM users WHERE id = ?
        """, [.text(id), .integer(seals.userTerm(name)), .blob(seal(name, "users", id)), .text(name)])
    }
    // What is dropped is overwritten: every connection deletes securely.
    try connection.execute(
      """
      DROP TABLE users;
      ALTER TABLE users_sealed RENAME TO users;
      CREATE INDEX users_term ON users(term);
      """)
    return ids
  }

  private func sealDevices(_ connection: Connection) throws(StorageError) {
    try connection.execute(
      """
      CREATE TABLE devices_sealed(
        id TEXT PRIMARY KEY, station TEXT NOT NULL, name BLOB NOT NULL, number TEXT NOT NULL, status TEXT NOT NULL,
        signing BLOB NOT NULL, encryption BLOB NOT NULL, enrolled INTEGER, seen INTEGER) STRICT, WITHOUT ROWID;
      """)
    for (id, name) in try connection.query("SELECT id, name FROM devices", [], { ($0.text(0), $0.text(1)) }) {
      try connection.run(
        """
        INSERT INTO devices_sealed(id, station, name, number, status, signing, encryption, enrolled, seen)
          SELECT id, station, ?, number, status, signing, encryption, enrolled, seen FROM devices WHERE id = ?
        """, [.blob(seal(name, "devices", id)), .text(id)])
    }
    try connection.execute("DROP TABLE devices; ALTER TABLE devices_sealed RENAME TO devices;")
  }

  private func seal(_ name: String, _ table: String, _ row: String) -> [UInt8] {
    seals.sealer.seal(Array(name.utf8), at: SealPlace(table, row, "name"), random: seals.random)
  }

  /// A chain that held names cannot keep its digests without them; its last line says that it was reckoned anew.
  private func rewriteAudit(_ connection: Connection, _ ids: [String: String]) throws(StorageError) {
    let rows = try connection.query("SELECT number, at, actor, action, subject, digest FROM audit ORDER BY number") {
      AuditRow(
        number: $0.integer(0), at: Instant(milliseconds: $0.integer(1)), actor: $0.text(2), action: $0.text(3),
        subject: $0.text(4), digest: $0.blob(5))
    }
    var previous: [UInt8] = []
    for row in rows {
      var opaque = row
      opaque.actor = ids[row.actor] ?? row.actor
      if row.action.hasPrefix("user.") { opaque.subject = ids[row.subject] ?? "-" }
      opaque.digest = AuditChain.digest(opaque, after: previous)
      previous = opaque.digest
      try connection.run(
        "UPDATE audit SET actor = ?, subject = ?, digest = ? WHERE number = ?",
        [.text(opaque.actor), .text(opaque.subject), .blob(opaque.digest), .integer(row.number)])
    }
    guard let last = rows.last else { return }
    let now = try connection.one("SELECT unixepoch() * 1000", []) { $0.integer(0) } ?? last.at.milliseconds
    var note = AuditRow(
      number: last.number + 1, at: Instant(milliseconds: now), actor: "migration", action: "audit.reseal",
      subject: "2", digest: [])
    note.digest = AuditChain.digest(note, after: previous)
    try connection.run(
      "INSERT INTO audit(number, at, actor, action, subject, digest) VALUES(?,?,?,?,?,?)",
      [
        .integer(note.number), note.at.binding, .text(note.actor), .text(note.action), .text(note.subject),
        .blob(note.digest),
      ])
  }
}
