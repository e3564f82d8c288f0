package import Foundations
internal import Replication
internal import SQLite

/// Why a device writes no more under its identity.
package enum StopReason: String, Sendable {
  /// Two computers wrote under one identity.
  case forked = "sync.forked"
  /// This store is an older copy of itself.
  case restored = "sync.restored"
  /// The county ended it.
  case revoked = "device.revoked"

  /// The reason as people read it.
  package var words: String {
    switch self {
    case .forked: "有两台电脑用同一个身份写过"
    case .restored: "这台电脑是从旧备份恢复的"
    case .revoked: "县里已停用这台电脑"
    }
  }
}

/// Whether this device may write, and what of its work lies in the county's review tray.
///
/// Invariant: *a device that has stopped shows everything it holds, and writes nothing until it has a new identity.*
extension StoreSession {
  /// Stops writing under this identity.
  package func stop(_ reason: StopReason) throws(Problem) { try setMeta("stopped", .text(reason.rawValue)) }

  /// Why the device has stopped writing; nil while it writes.
  package func stopped() throws(Problem) -> StopReason? {
    try meta("stopped")?.text.flatMap(StopReason.init(rawValue:))
  }

  /// Notes that the server does not know this device any more: its backup was put back, and the device was enrolled
  /// later. It goes on writing; with a new code it gets a new identity.
  package func noteForgotten() throws(Problem) { try setMeta("forgotten", true) }

  /// Whether this device may be given a new identity.
  package func needsIdentity() throws(Problem) -> Bool {
    let isForgotten = try meta("forgotten") != nil
    return try stopped() != nil || isForgotten
  }

  /// The own counter up to which the server has everything that it did not acknowledge, in its review tray; 0 where it
  /// has nothing there.
  package func reviewed() throws(Problem) -> Int64 { try meta("reviewed")?.integer ?? 0 }

  /// Notes up to where the server has everything of this device, in its log or its review tray.
  package func setReviewed(_ counter: Int64) throws(Problem) { try setMeta("reviewed", .integer(counter)) }

  /// Notes that operations up to a counter stand in a request: whether it arrives, and who acts upon it, nobody here
  /// may ever hear.
  package func noteOffered(through counter: Int64) throws(Problem) {
    if counter > (try offered()) { try setMeta("offered", .integer(counter)) }
  }

  /// The own counter up to which others may have what this device wrote.
  func offered() throws(Problem) -> Int64 { max(try meta("offered")?.integer ?? 0, try record().acknowledged) }

  /// How many operations wait to be sent.
  package func unsentCount() throws(Problem) -> Int64 {
    let record = try record()
    return max(0, record.counter - max(record.acknowledged, try reviewed()))
  }

  /// How many operations the server has and has not judged yet, since they wait for others; of one application or of
  /// all; as `waiting`, without reading them. What has left this device's scope is told to those who see it.
  package func waitingCount(_ application: ApplicationID? = nil) throws(Problem) -> Int64 {
    guard try stopped() == nil else { return 0 }
    let acknowledged = try record().acknowledged
    // Of one application in a statement of its own: one for both could not use the index.
    let one = application.map { [Binding.text($0.text)] } ?? []
    return try store.sql { connection throws(StorageError) in
      try connection.one(
        """
        SELECT count(*) FROM operations INDEXED BY operations_unsequenced
        WHERE sequence IS NULL AND NOT (author = ?1 AND counter > ?2)\(one.isEmpty ? "" : " AND application = ?3")
          AND application IN (SELECT id FROM applications)
        """,
        [.text(identity.device.text), .integer(acknowledged)] + one
      ) { $0.integer(0) }
    } ?? 0
  }

  /// How many operations lie in the county's review tray, of one application or of all.
  package func inReviewCount(_ application: ApplicationID? = nil) throws(Problem) -> Int64 {
    let (acknowledged, reviewed) = (try record().acknowledged, try reviewed())
    guard reviewed > acknowledged else { return 0 }
    return try store.sql { connection throws(StorageError) in
      try connection.one(
        """
        SELECT count(*) FROM operations
        WHERE author = ?1 AND counter > ?2 AND counter <= ?3 AND (?4 IS NULL OR application = ?4)
        """,
        [
          .text(identity.device.text), .integer(acknowledged), .integer(reviewed), Binding(application?.text),
        ]
      ) { $0.integer(0) }
    } ?? 0
  }
}
