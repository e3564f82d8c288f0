package import Foundations
package import Journal
internal import Replication

/// A server whose backup was put back.
///
/// Its log ends where the backup ended; what came after it lies with the devices and is brought back by them
/// (`Returning`). Until then nothing may be given out twice: neither sequences, which count on a new timeline, nor ids
/// of the server's own operations, nor numbers of devices, nor a dispatch that the lost log may have sent.
package enum Restoration {
  /// `DispatchRow.failure` of what the lost log may have sent: the receiver is asked before it is told again.
  static let maybeSent = DispatchRow.maybeArrived + "restored"

  /// What an administrator is told.
  package struct Report: Sendable, Hashable {
    package let timeline: String
    /// The last sequence of the backup.
    package let through: Int64
    package let operations: Int64
    package let devices: Int
  }

  /// How far the registry's revision jumps: no device may take an older registry for the one it has.
  private static let revisionsPassedOver: Int64 = 1_000_000

  /// Begins a new timeline on a journal that was put back, in one transaction.
  /// - Parameters:
  ///   - timeline: its name, never used before.
  ///   - actor: for the audit chain.
  package static func begin(
    _ writer: any JournalWriter, timeline: String, now: Instant, actor: String
  ) throws(Problem) -> Report {
    let last = try writer.lastSequence()
    let lineage = try County.lineage(writer).restored(through: last, as: timeline)
    try writer.setDocument(RegistryKey.settings, RegistryKey.timeline, lineage.value)
    try writer.setDocument(RegistryKey.settings, RegistryKey.restored, .integer(now.milliseconds))
    // Later than any revision of a log that was put back from this very backup before, and lost in its turn.
    let revision = max(try County.revision(writer) + revisionsPassedOver, now.milliseconds)
    try writer.setDocument(RegistryKey.settings, RegistryKey.revision, .integer(revision))
    for station in try writer.stations() { try CaseService.passOverNumbers(station.id, writer) }
    try doubtDispatches(writer)
    try writer.addAudit(at: now, actor: actor, action: "server.restore", subject: timeline)
    return Report(
      timeline: timeline, through: last, operations: last, devices: try writer.devices().count { $0.status == .active })
  }

  /// What was queued when the backup was made may have gone out since.
  private static func doubtDispatches(_ writer: any JournalWriter) throws(Problem) {
    for var row in try writer.dispatches(dead: false, limit: Int.max) where row.status == "queued" {
      row.failure = maybeSent
      try writer.setDispatch(row)
    }
  }
}
