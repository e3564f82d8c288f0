package import Foundations
package import Journal
internal import Replication

/// Whom the former server had shut out: a laptop that was stolen yesterday must not come back with the day before. And
/// which timelines it had: what was written on them, files among it, is old.
package struct ShutOut: Sendable {
  private let devices: [DeviceRow]
  private let users: [UserRow]
  private let lineage: Lineage?

  /// Nobody.
  package init() { (devices, users, lineage) = ([], [], nil) }

  /// - Parameter former: the journal that a backup takes the place of.
  package init(_ former: any JournalReader) throws(Problem) {
    devices = try former.devices().filter { $0.status == .revoked }
    users = try former.users().filter(\.disabled)
    lineage = try County.lineage(former)
  }

  /// Shuts them out of a journal that was put back.
  /// - Parameter actor: for the audit chain.
  /// - Returns: the devices that are revoked again.
  package func carryOver(to writer: any JournalWriter, now: Instant, actor: String) throws(Problem) -> [String] {
    if let lineage {
      let restored = try County.lineage(writer).replacing(lineage)
      try writer.setDocument(RegistryKey.settings, RegistryKey.timeline, restored.value)
    }
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
