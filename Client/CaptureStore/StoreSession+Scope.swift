internal import Application
package import Foundations
internal import Replication
internal import SQLite

/// What a device may see, and what it lets go of.
extension StoreSession {
  /// Takes the station the server has moved this device to. Everything in its new scope comes anew, from the beginning;
  /// what has not come by the end has left it.
  /// - Parameter assignment: `{assignment, number, station}`.
  /// - Throws: `sync.contradiction` for anything else.
  package func move(_ assignment: Value) throws(Problem) {
    guard let moved = identity.moved(assignment) else { throw ProblemKind.syncContradiction.with("assignment") }
    try replaceIdentity(moved)
    var record = try record()
    record.cursor = Cursor(timeline: record.cursor.timeline, position: 0, sequence: 0)
    try setRecord(record)
    try forgetTrayMark(keepsOthers: false)
    try doubtScope(except: nil)
  }

  /// Takes every application for one that may have left the scope, until the server sends it again.
  /// - Parameter author: whose operations nobody else has yet; nil where there is none.
  func doubtScope(except author: DeviceID?) throws(Problem) {
    confirmed = []
    isScopeDoubted = nil
    try run(
      """
      INSERT OR IGNORE INTO unconfirmed SELECT DISTINCT application FROM operations
      WHERE (?1 IS NULL OR author <> ?1) AND application IN (SELECT id FROM applications)
      """, [Binding(author?.text)])
  }

  /// An application is in scope.
  func confirm(_ application: ApplicationID) throws(Problem) {
    guard confirmed.insert(application).inserted, try isDoubted() else { return }
    try run("DELETE FROM unconfirmed WHERE application = ?", [.text(application.text)])
  }

  /// Whether any application may have left the scope: mostly none has.
  package func isDoubted() throws(Problem) -> Bool {
    if let isScopeDoubted { return isScopeDoubted }
    let isDoubted = try store.sql { connection throws(StorageError) in
      try connection.one("SELECT EXISTS (SELECT 1 FROM unconfirmed)") { $0.integer(0) != 0 }
    }
    isScopeDoubted = isDoubted
    return isDoubted ?? true
  }

  /// Everything in scope has been received: lets go of what was not among it.
  package func leaveUnconfirmed() throws(Problem) {
    let left = try store.sql { connection throws(StorageError) in
      try connection.query("SELECT application FROM unconfirmed ORDER BY application") { ApplicationID($0.text(0)) }
    }
    for application in left { try leave(application) }
    if !left.isEmpty { try run("DELETE FROM unconfirmed") }
  }

  /// The contents of an application were erased: nothing of it stays, except this device's own edits that came too late
  /// to be erased with it. These stand in the tray until a person has decided.
  func erase(_ application: ApplicationID, _ erasure: Erasure) throws(Problem) {
    let own = try ownDevices()
    try run("UPDATE county_tray SET note_sealed = NULL WHERE application = ?", [.text(application.text)])
    var kept: [String] = []
    for judged in try operations(of: application) where !judged.operation.isErased {
      let operation = judged.operation
      // Tombstones say nothing personal, and one of a lost log is still to be brought back.
      guard operation.header.kind != .purge else { continue }
      // Somebody else's late edit is for who wrote it, and for the county.
      if own.contains(operation.id.device), erasure.isTooLate(judged.judgement) {
        try setAside(operation, Erasure.refusalCode)
        if case .file(let digest, _, _, _)? = MaterialContent(operation.content) { kept.append(digest) }
      } else {
        try run(
          "UPDATE operations SET content_sealed = NULL WHERE author = ? AND counter = ?",
          [.text(operation.id.device.text), .integer(operation.id.counter)])
        hasErased = true
      }
    }
    try dropAttachments(of: application, unsent: true, except: kept)
  }

  /// An application left this device's scope: no payload of it stays, except this device's unsent edits. These, and the
  /// edits that were refused because it had left, stand in the tray; what was sent is with the county, under a former
  /// identity, too.
  /// A held draft is in no scope and cannot leave one.
  package func leave(_ application: ApplicationID) throws(Problem) {
    guard try !isHeld(application) else { return }
    let own = try ownDevices()
    let acknowledged = try record().acknowledged
    for judged in try operations(of: application) where own.contains(judged.operation.id.device) {
      let id = judged.operation.id
      let isUnsent = id.device == identity.device && id.counter > acknowledged
      if judged.judgement.map(Scope.refused) ?? isUnsent { try setAside(judged.operation, Scope.left) }
    }
    // What the county had and has lost is unsent again; what it has still to get back of others' nobody else may hold.
    try run(
      """
      UPDATE operations SET content_sealed = NULL WHERE application = ?1
        AND NOT (author = ?2 AND counter > ?3 AND coalesce(sequence, ?4) >= ?4)
        AND NOT (?5 AND sequence > ?4 AND attestation IS NOT NULL)
      """,
      [
        .text(application.text), .text(identity.device.text), .integer(acknowledged), .integer(Self.lostBase),
        .integer(try isReturning() ? 1 : 0),
      ])
    try unproject(application)
    try leaveTray(application)
    try dropAttachments(of: application)
  }

  /// A person has decided that one of this device's edits, which came too late to be erased with its application, goes
  /// as well: nothing of it stays either.
  func eraseDeclined(_ entry: TrayEntry) throws(Problem) {
    guard let late = try operation(entry.operation)?.operation, TrayEntry.id(of: late.digest) == entry.id,
      !late.isErased, try state(entry.application)?.erasure != nil
    else { return }
    let place: [Binding] = [.text(late.id.device.text), .integer(late.id.counter)]
    try run("UPDATE operations SET content_sealed = NULL WHERE author = ? AND counter = ?", place)
    try run("DELETE FROM tray WHERE author = ? AND counter = ?", place)
    hasErased = true
    stale.insert(entry.application)
    var kept: [String] = []
    for other in try operations(of: entry.application) where other.operation.id != late.id {
      if case .file(let digest, _, _, _)? = MaterialContent(other.operation.content) { kept.append(digest) }
    }
    try dropAttachments(of: entry.application, unsent: true, except: kept)
  }

  /// An edit of this device's was still to be sent when its application left the scope: it is with the county now, and
  /// nobody would tell this device that it is erased there. It comes again with the application.
  /// - Parameter isRefused: whether it goes on standing in the tray.
  func letGo(ofLeft application: ApplicationID, _ counter: Int64, isRefused: Bool) throws(Problem) {
    let place: [Binding] = [.text(identity.device.text), .integer(counter)]
    let isSetAside = try store.sql { connection throws(StorageError) in
      try connection.one("SELECT 1 FROM tray WHERE author = ? AND counter = ?", place) { _ in true } ?? false
    }
    guard isRefused || isSetAside, try !isListed(application) else { return }
    try run("UPDATE operations SET content_sealed = NULL WHERE author = ? AND counter = ?", place)
    if !isRefused { try run("DELETE FROM tray WHERE author = ? AND counter = ?", place) }
  }
}
