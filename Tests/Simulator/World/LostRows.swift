internal import CaptureStore
internal import Cryptography
internal import Foundations
internal import SQLite
internal import SimulatedDisk

extension SimulatedDevice {
  /// What a server has lost has its sequence in the lost log above this.
  private static let lostBase: Int64 = 1 << 40

  /// The digests of what this device has marked as lost, as its database file says.
  func lost() throws -> Set<Digest> {
    let connection = try Connection(
      path: "\(disk.root)\(Template.home)/\(LockedStore.fileName)", mode: .readOnly, fileSystem: disk.sqliteName)
    let digests = try connection.query("SELECT digest FROM operations WHERE sequence > ?", [.integer(Self.lostBase)]) {
      $0.blob(0)
    }
    return Set(digests.compactMap { Digest(bytes: $0) })
  }

  /// The attachments that this device keeps for an application, as its database file says.
  func attachments(of application: ApplicationID) throws -> [String] {
    let connection = try Connection(
      path: "\(disk.root)\(Template.home)/\(LockedStore.fileName)", mode: .readOnly, fileSystem: disk.sqliteName)
    return try connection.query(
      "SELECT digest FROM blobs WHERE application = ? ORDER BY digest", [.text(application.text)]
    ) { $0.text(0) }
  }
}
