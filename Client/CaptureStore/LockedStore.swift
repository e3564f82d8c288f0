internal import Cryptography
package import Foundations
package import Keyring
internal import Replication
internal import SQLite
internal import Wire

/// A store whose key is not at hand yet: what can be asked of the file before anybody has unlocked it.
package final class LockedStore {
  let connection: Connection
  let folder: String
  let environment: StoreEnvironment
  private let keyring: KernelKeyring.Place
  /// Whether nothing can be written here, as on a disk that was put to reading only after an error: everything that is
  /// there can be looked at all the same.
  private let isReadOnly: Bool

  /// The name of the database in the home folder.
  package static let fileName = "store.db"
  /// Bytes of the write-ahead log after which it is copied into the database: some saved forms, which the next start
  /// reads through in a fraction of a millisecond.
  private static let logBytesMax: Int64 = 400 << 10

  /// Pages of the log after which it is copied while the store is open: some pages of an exchange, which write the
  /// same places over and over.
  private static let logPagesMax = 4000
  /// How much of the database is kept in memory at most: a page of an exchange touches a few megabytes of it, and what
  /// does not fit is written before its time and read back.
  private static let cacheKilobytes = 4 << 10

  /// - Throws: `device.not-enrolled` where there is no store; problems `store.…` (exit 5) where it cannot be used.
  package init(
    folder: String, environment: StoreEnvironment, keyring: KernelKeyring.Place = .automatic
  ) throws(Problem) {
    let path = folder + "/" + Self.fileName
    guard try StoreFolder.hasStore(folder, in: environment.files) else { throw Problem(.deviceNotEnrolled) }
    self.folder = folder
    self.environment = environment
    self.keyring = keyring
    (connection, isReadOnly) = try Problem.storing { () throws(StorageError) in
      let (connection, isReadOnly) = try Self.connection(path, environment)
      try Schema.migrator.migrate(connection)
      try connection.execute("PRAGMA cache_size=-\(Self.cacheKilobytes)")
      return (connection, isReadOnly)
    }
  }

  private static func connection(
    _ path: String, _ environment: StoreEnvironment
  ) throws(StorageError) -> (Connection, isReadOnly: Bool) {
    let fileSystem = environment.files.sqliteName
    do throws(StorageError) {
      let connection = try Connection(
        path: path, mode: .readWrite, closingLog: .kept(bytesMax: logBytesMax), checkpointPages: logPagesMax,
        fileSystem: fileSystem)
      return (connection, false)
    } catch {
      guard error.failure == .readOnly else { throw error }
      return (try Connection(path: path, mode: .readOnly, fileSystem: fileSystem), true)
    }
  }

  func meta(_ name: String) throws(Problem) -> Value {
    let bytes = try Problem.storing { () throws(StorageError) in
      try connection.one("SELECT value FROM meta WHERE name = ?", [.text(name)]) { $0.blob(0) }
    }
    guard let bytes, let value = try? CBOR.decode(bytes) else { throw ProblemKind.storeUnreadable.with("meta.\(name)") }
    return value
  }

  /// The keyring's name for this store's key, from the store's random id.
  private func keyName() throws(Problem) -> String { "store-" + (try meta("id").text ?? "") }

  /// What the county publishes is readable without a key.
  package func publicDocument(_ name: String) throws(Problem) -> Value? {
    let bytes = try Problem.storing { () throws(StorageError) in
      try connection.one("SELECT value FROM documents WHERE name = ?", [.text(name)]) { $0.blob(0) }
    }
    return bytes.flatMap { try? CBOR.decode($0) }
  }

  /// Six digits.
  package func countyDivision() throws(Problem) -> String { try meta("identity")["county"]?["division"]?.text ?? "" }

  /// Whether `open` needs no passphrase now.
  package func isUnlocked() throws(Problem) -> Bool { try keyFromKeyring() != nil }

  private func keyFromKeyring() throws(Problem) -> [UInt8]? {
    guard let key = KernelKeyring.load(try keyName(), in: keyring), let sealer = try? Sealer(key: key) else {
      return nil
    }
    return StoreKey.isRight(sealer, check: try meta("check")) ? key : nil
  }

  private func key(_ passphrase: () throws(Problem) -> String) throws(Problem) -> [UInt8] {
    if let key = try keyFromKeyring() { return key }
    return try StoreKey.unwrap(try meta("key"), passphrase: try passphrase())
  }

  /// Opens the store with the key from the keyring, else with the passphrase.
  /// - Throws: `store.passphrase` for a wrong one; what the source throws where nobody can be asked.
  package func open(passphrase: () throws(Problem) -> String) throws(Problem) -> CaptureStore {
    let key = try key(passphrase)
    guard let identity = DeviceIdentity(enrolment: try meta("identity")) else {
      throw ProblemKind.storeUnreadable.with("meta.identity")
    }
    let store = try CaptureStore(
      connection: connection, folder: folder, key: key, identity: identity, environment: environment)
    let (isUpToDate, hasDropped) = try store.read { session throws(Problem) in
      (try session.isUpToDate(), try !session.dropped().isEmpty)
    }
    guard !isReadOnly else { return store }
    if !isUpToDate { try store.change { session throws(Problem) in try session.bringUpToDate() } }
    if hasDropped { try store.removeDropped() }
    // The enrolment may have been cut off behind its last step but one.
    if (try? PendingEnrolment.isKept(in: folder, environment.files)) == true {
      PendingEnrolment.drop(in: folder, environment.files)
    }
    return store
  }

  /// Keeps the key in the kernel for some time. The passphrase is asked for also while it is there: whoever finds the
  /// laptop unlocked does not keep it so.
  /// - Throws: `store.passphrase`; what the source throws where nobody can be asked.
  package func unlock(seconds: Int64, passphrase: () throws(Problem) -> String) throws(Problem) {
    let key = try StoreKey.unwrap(try meta("key"), passphrase: try passphrase())
    try KernelKeyring.store(try keyName(), key, seconds: Int(clamping: max(1, seconds)), in: keyring)
  }

  /// Drops the key from the kernel.
  package func lock() throws(Problem) { KernelKeyring.drop(try keyName(), in: keyring) }
}
