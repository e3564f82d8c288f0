package import Foundations
package import Journal
internal import Replication

/// Whom the former server had shut out: a laptop that was stolen yesterday must not come back with the day before, nor
/// a token that another had taken the place of. And which timelines it had: what was written on them, files among it,
/// is old.
package struct ShutOut: Sendable {
  private let devices: [DeviceRow]
  private let users: [UserRow]
  private let tokens: [(digest: [UInt8], row: TokenRow)]
  private let lineage: Lineage?
  /// Since when somebody is to look who may get in; nil where that is in order.
  private let unchecked: Value?

  /// - Parameter former: the journal that a backup takes the place of.
  package init(_ former: any JournalReader) throws(Problem) {
    devices = try former.devices().filter { $0.status == .revoked }
    users = try former.users().filter(\.disabled)
    tokens = try former.tokens()
    lineage = try County.lineage(former)
    unchecked = try former.document(RegistryKey.settings, RegistryKey.unchecked)
  }

  /// Whether it is all: the former server was itself put back over one that nobody could read, and since then nobody
  /// has looked.
  package var isComplete: Bool { unchecked == nil }

  /// Notes in a journal that was put back that nobody knows whom the former server had shut out. Windows' tokens stand
  /// as in the backup: ending them all would lock out every window of the county on its worst day for one that may have
  /// been replaced since.
  package static func distrust(_ writer: any JournalWriter, now: Instant) throws(Problem) {
    try writer.setDocument(RegistryKey.settings, RegistryKey.unchecked, .integer(now.milliseconds))
  }

  /// Whether somebody is still to look who may get in.
  package static func isUnchecked(_ reader: any JournalReader) throws(Problem) -> Bool {
    try reader.document(RegistryKey.settings, RegistryKey.unchecked) != nil
  }

  /// Somebody has looked.
  package static func confirm(_ writer: any JournalWriter, now: Instant, actor: String) throws(Problem) {
    guard try isUnchecked(writer) else { return }
    try writer.setDocument(RegistryKey.settings, RegistryKey.unchecked, nil)
    try writer.addAudit(at: now, actor: actor, action: "access.checked", subject: "-")
  }

  /// Shuts them out of a journal that was put back.
  /// - Parameter actor: for the audit chain.
  /// - Returns: the devices that are revoked again.
  package func carryOver(to writer: any JournalWriter, now: Instant, actor: String) throws(Problem) -> [String] {
    if let lineage {
      let restored = try County.lineage(writer).replacing(lineage)
      try writer.setDocument(RegistryKey.settings, RegistryKey.timeline, restored.value)
    }
    try writer.setDocument(RegistryKey.settings, RegistryKey.unchecked, unchecked)
    // What the former server did not let in gets in no more; what it did, as long as it would have.
    try writer.endTokens(at: now)
    for token in tokens { try writer.setToken(digest: token.digest, token.row) }
    var revoked: [String] = []
    for former in devices {
      guard let device = try writer.device(former.id), device.status != .revoked else { continue }
      try CaseService.revoke(device, writer)
      try writer.addAudit(at: now, actor: actor, action: "device.revoke", subject: device.id.text)
      revoked.append(device.id.text)
    }
    for former in users {
      guard var user = try writer.user(former.id), !user.disabled else { continue }
      user.disabled = true
      try writer.setUser(user)
      try writer.addAudit(at: now, actor: actor, action: "user.disable", subject: user.id.text)
    }
    return revoked
  }
}
