internal import Application
internal import Cryptography
package import Foundations
package import Replication
internal import SQLite

/// An entry of the county's review tray, as this device keeps it.
package struct CountyTrayRow: Sendable, Hashable {
  package let entry: TrayEntry
  /// Somebody here has taken note of how it ended.
  package let isSeen: Bool
}

/// What of this device's work, and of others' on what it sees, lies or lay in the county's review tray 待处理.
///
/// Invariant: *what was set aside stands among what is to be done until a person here has taken note of it.*
extension StoreSession {
  /// Up to which change of the county's tray this device knows it.
  package func trayMark() throws(Problem) -> Int64 { try meta("tray")?.integer ?? 0 }

  /// Takes what has changed; nothing happens where it is known already.
  /// - Returns: whether anything was new.
  package func take(_ news: TrayNews) throws(Problem) -> Bool {
    guard news.through > (try trayMark()) else { return false }
    for entry in news.entries {
      try dropKeptAside(entry)
      if entry.status == .declined { try eraseDeclined(entry) }
      if entry.status == .admitted { try sendAdmitted(entry) }
      try run(
        """
        INSERT INTO county_tray VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)
        ON CONFLICT (id) DO UPDATE SET status = ?8, settled = ?9, note_sealed = ?10,
          seen = CASE WHEN status = ?8 THEN seen ELSE 0 END
        """,
        [
          .text(entry.id), .text(entry.operation.device.text), .integer(entry.operation.counter),
          .text(entry.application.text), .text(entry.kind.text), .text(entry.reason),
          .integer(entry.receivedAt.milliseconds), .text(entry.status.rawValue),
          Binding(entry.settledAt?.milliseconds),
          entry.note.map { store.seal(Array($0.utf8), "county_tray", entry.id, "note") } ?? .null,
        ])
    }
    try setMeta("tray", .integer(news.through))
    return true
  }

  /// The county takes in after all what it had refused: it waits for the file that this device was told nobody needs.
  private func sendAdmitted(_ entry: TrayEntry) throws(Problem) {
    guard entry.kind == .attach, try ownDevices().contains(entry.operation.device),
      let attached = try operation(entry.operation)?.operation, !attached.isErased,
      TrayEntry.id(of: attached.digest) == entry.id,
      case .file(let digest, _, _, _)? = MaterialContent(attached.content)
    else { return }
    try sendAgain([digest].compactMap { Digest($0) })
  }

  /// What is known of the county's tray, the oldest first; of one application or of all.
  package func countyTray(_ application: ApplicationID? = nil) throws(Problem) -> [CountyTrayRow] {
    let rows = try store.sql { connection throws(StorageError) in
      try connection.query(
        """
        SELECT id, author, counter, application, kind, reason, received, status, settled, note_sealed, seen
        FROM county_tray\(application == nil ? "" : " WHERE application = ?") ORDER BY received, author, counter, id
        """, application.map { [.text($0.text)] } ?? []
      ) { row in
        (
          id: row.text(0), operation: OperationID(DeviceID(row.text(1)), row.integer(2)),
          application: ApplicationID(row.text(3)), kind: OperationKind(row.text(4)), reason: row.text(5),
          received: row.integer(6), status: row.text(7), settled: row.optionalInteger(8), note: row.optionalBlob(9),
          seen: row.integer(10)
        )
      }
    }
    var found: [CountyTrayRow] = []
    for row in rows {
      guard let status = ReviewStatus(rawValue: row.status) else {
        throw ProblemKind.storeUnreadable.with("county_tray")
      }
      let note = try row.note.map { box throws(Problem) in try store.open(box, "county_tray", row.id, "note") }
      found.append(
        CountyTrayRow(
          entry: TrayEntry(
            id: row.id, operation: row.operation, application: row.application, kind: row.kind, reason: row.reason,
            receivedAt: Instant(milliseconds: row.received), status: status,
            settledAt: row.settled.map { Instant(milliseconds: $0) },
            note: note.map { String(decoding: $0, as: UTF8.self) }),
          isSeen: row.seen != 0))
    }
    return found
  }

  /// The operations that the county has and has not judged yet, since they wait for others; of one application or of
  /// all. One that has stopped is told only that the county has its work, not what has become of it.
  package func waiting(_ application: ApplicationID? = nil) throws(Problem) -> [Operation] {
    guard try stopped() == nil else { return [] }
    // The index alone tells which; most of what lies in it has not been sent, and is not to be looked up row by row.
    let ofOne = application == nil ? "" : " AND application = ?3"
    return try operations(
      """
      WHERE (author, counter) IN (SELECT author, counter FROM operations INDEXED BY operations_unsequenced
        WHERE sequence IS NULL AND NOT (author = ?1 AND counter > ?2)\(ofOne))
      """,
      [.text(identity.device.text), .integer(try record().acknowledged)]
        + (application.map { [.text($0.text)] } ?? [])
    ).map(\.operation)
  }

  /// An operation; nil where it is not here.
  package func operation(_ id: OperationID) throws(Problem) -> JudgedOperation? {
    try operations(
      "WHERE author = ? AND counter = ?", [.text(id.device.text), .integer(id.counter)]
    ).first
  }

  /// What people call an application; nil where it is not here.
  package func code(of application: ApplicationID) throws(Problem) -> String? {
    try store.sql { connection throws(StorageError) in
      try connection.one("SELECT code FROM applications WHERE id = ?", [.text(application.text)]) { $0.text(0) }
    }
  }

  /// A person has taken note of how an entry ended; of all that have ended for nil.
  /// - Returns: how many there were.
  package func noteSeen(_ id: String?) throws(Problem) -> Int {
    let count = try countyTray().count { $0.entry.status != .open && !$0.isSeen && (id == nil || $0.entry.id == id) }
    try run(
      "UPDATE county_tray SET seen = 1 WHERE status <> 'open' AND (?1 IS NULL OR id = ?1)", [Binding(id)])
    return count
  }

  /// Another log, station or identity: what is still known of the tray comes anew.
  /// - Parameter keepsOthers: whether this device still sees what it saw.
  func forgetTrayMark(keepsOthers: Bool) throws(Problem) {
    try dropMeta("tray")
    try run("DELETE FROM county_tray WHERE status = 'open'")
    guard !keepsOthers else { return }
    for row in try countyTray() { try dropOthers(row) }
  }

  /// An application is not this device's to see any more: what became of its own edits stays.
  func leaveTray(_ application: ApplicationID) throws(Problem) {
    for row in try countyTray(application) { try dropOthers(row) }
  }

  private func dropOthers(_ row: CountyTrayRow) throws(Problem) {
    guard try !ownDevices().contains(row.entry.operation.device) else { return }
    try run("DELETE FROM county_tray WHERE id = ?", [.text(row.entry.id)])
  }
}
