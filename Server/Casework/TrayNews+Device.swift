internal import Application
internal import Foundations
internal import Journal
internal import Replication

extension TrayNews {
  /// What has changed in the review tray of what concerns a device: its own work under every identity it had, and the
  /// work of others on what it sees.
  /// - Parameter change: up to which change the device was told.
  /// - Returns: nil where nothing has.
  static func since(_ change: Int64, for device: DeviceRow, _ reader: any JournalReader) throws(Problem) -> TrayNews? {
    let found = try reader.reviews(
      after: change, by: try identities(device.id, reader), in: Intake.scopes(device) + [scope(device)],
      limit: entriesMax + 1)
    let rows = found.prefix(entriesMax)
    guard let last = rows.last else { return nil }
    return TrayNews(
      through: last.change, more: found.count > entriesMax, entries: rows.map { TrayEntry($0.row) })
  }

  /// Applications of which a device hears what lies in the review tray, and nothing else: nobody pulls by this scope.
  static func scope(_ device: DeviceRow) -> String { "tray:\(device.id.text)" }

  /// The identities that a device has and had: each was handed on with the signature of the one before.
  private static func identities(_ device: DeviceID, _ reader: any JournalReader) throws(Problem) -> Set<DeviceID> {
    var found: Set<DeviceID> = []
    var next: DeviceID? = device
    while let current = next, found.count < identitiesMax, found.insert(current).inserted {
      next = try reader.document(RegistryKey.predecessors, current.text)?.text.map { DeviceID($0) }
    }
    return found
  }

  /// A device changes its identity once in years.
  private static let identitiesMax = 100
}

extension TrayEntry {
  fileprivate init(_ row: ReviewRow) {
    self.init(
      id: row.id, operation: row.operation.id, application: row.operation.header.application,
      kind: row.operation.header.kind, reason: row.reason, receivedAt: row.receivedAt, status: row.status,
      settledAt: row.settledAt, note: row.status == .declined ? row.note : nil)
  }
}
