internal import Application
internal import Catalog
internal import Cryptography
package import Foundations
internal import Replication
package import SQLite
internal import Wire

/// The device's store: operations, what is derived from them, and everything else the device must not forget.
///
/// One connection of one command; commands run beside each other, each change in one immediate transaction.
package final class CaptureStore {
  package let connection: Connection
  package let folder: String
  /// Who this device is, as it was at the beginning of the last transaction: another command may have changed it.
  package internal(set) var identity: DeviceIdentity
  let sealer: Sealer
  let index: KeyedIndex
  let environment: StoreEnvironment
  /// The key that signed last.
  var signingKey: SM2.SigningKey?
  /// Matters that were read: one command asks for its matter several times.
  var matters: [MatterID: Matter] = [:]
  /// What the page of an exchange that was written last left; nil once anything else was changed.
  private var lastPage: LastPage?
  /// The register of shared data that came with it; nil before it was asked for.
  var sharing: SharingRegister?

  init(
    connection: Connection, folder: String, key: [UInt8], identity: DeviceIdentity, environment: StoreEnvironment
  ) throws(Problem) {
    self.connection = connection
    self.folder = folder
    self.identity = identity
    self.environment = environment
    sealer = try Sealer(key: key)
    index = KeyedIndex(key: key)
  }

  // MARK: Creating

  /// Makes the store of a device that has just been enrolled: whole, or not at all.
  /// - Parameters:
  ///   - enrolment: the server's answer.
  ///   - signingKey, encryptionKey: the device's private keys, 32 bytes each.
  ///   - person: the name of the first person who uses this device.
  /// - Throws: `device.already-enrolled`; problems `store.…`.
  package static func create(
    folder: String, enrolment: Value, serverURL: String, signingKey: [UInt8], encryptionKey: [UInt8],
    passphrase: String, person: String, environment: StoreEnvironment
  ) throws(Problem) {
    guard let identity = DeviceIdentity(enrolment: enrolment) else { throw ProblemKind.storeFailed.with("enrolment") }
    let random = environment.random
    let key = random.bytes(Sealer.keyBytes)
    let wrapped = try StoreKey.wrap(
      key, passphrase: passphrase, environment: environment, recoveryKey: identity.recoveryKey)
    let path = folder + "/" + LockedStore.fileName
    // Built in memory and written at one go: a file that is there is complete.
    let connection = try Problem.storing { () throws(StorageError) in
      let connection = try Connection(path: ":memory:", mode: .create)
      try Schema.migrator.migrate(connection)
      return connection
    }
    let store = try CaptureStore(
      connection: connection, folder: folder, key: key, identity: identity, environment: environment)
    try store.change { session throws(Problem) in
      try session.setMeta("id", .text(Hexadecimal.text(random.bytes(16))))
      try session.setMeta("key", wrapped)
      try session.setMeta("check", StoreKey.check(store.sealer, random: random))
      try session.setMeta("identity", identity.value)
      try session.setSecret("signing-key", signingKey)
      try session.setSecret("encryption-key", encryptionKey)
      // It stands on the server's timeline from the beginning: where a backup is put back before its first exchange, it
      // follows like all others.
      let lineage = Lineage(enrolment["lineage"])
      let cursor = Cursor(timeline: lineage?.current ?? Cursor.start.timeline, position: 0, sequence: 0)
      try session.setRecord(
        DeviceRecord(counter: 0, acknowledged: 0, cursor: cursor, pageMax: DeviceMachine.pageStart))
      if let lineage { try session.setLineage(lineage) }
      try session.set(setting: "server", to: serverURL)
      try session.takeCatalog(enrolment["catalog"] ?? .null)
      let first = try session.addPerson(person)
      try session.set(setting: "person", to: first.text)
    }
    let files = environment.files
    guard try !StoreFolder.hasStore(folder, in: files) else { throw Problem(.deviceEnrolled) }
    try StoreFolder.make(folder + "/attachments", in: files)
    try Problem.storing { () throws(StorageError) in try connection.backup(to: path, in: files) }
    PendingEnrolment.drop(in: folder, files)
  }

  // MARK: Changing and reading

  /// Runs a change: all of it is on the disk when this returns, or none of it.
  /// - Parameter isRequest: whether it only makes a request, and so touches no application.
  package func change<Result>(
    isRequest: Bool = false, _ body: (StoreSession) throws(Problem) -> Result
  ) throws(Problem) -> Result {
    let session = StoreSession(store: self)
    let before = isRequest ? nil : lastPage.take()
    let (result, page) = try connection.transaction { () throws(Problem) in
      try session.readIdentity()
      try session.goOn(after: before)
      let result = try body(session)
      try session.finish()
      return (result, try session.lastPage())
    }
    if !isRequest { lastPage = page }
    // The change stands already; what fails here is done when the store is opened next.
    if session.hasDropped { try? removeDropped() }
    // What was erased still lies in the database's own log.
    if session.hasErased { _ = try? connection.checkpoint() }
    return result
  }

  /// Removes the files of attachments that no application names any more.
  func removeDropped() throws(Problem) {
    try connection.transaction { () throws(Problem) in try StoreSession(store: self).removeDropped() }
  }

  /// Reads from one snapshot.
  package func read<Result>(_ body: (StoreSession) throws(Problem) -> Result) throws(Problem) -> Result {
    try connection.transaction(.deferred) { () throws(Problem) in
      let session = StoreSession(store: self)
      try session.readIdentity()
      return try body(session)
    }
  }

  /// Runs SQL whose failure becomes a problem.
  func sql<Result>(_ body: (Connection) throws(StorageError) -> Result) throws(Problem) -> Result {
    do { return try body(connection) } catch { throw error.problem }
  }

  // MARK: Sealing

  func seal(_ plain: [UInt8], _ table: String, _ row: String, _ column: String) -> Binding {
    .blob(sealer.seal(plain, at: SealPlace(table, row, column), random: environment.random))
  }

  func open(_ box: [UInt8], _ table: String, _ row: String, _ column: String) throws(Problem) -> [UInt8] {
    try sealer.open(box, at: SealPlace(table, row, column))
  }
}

extension CaptureStore {
  /// Whether a passphrase may guard a new store.
  /// - Throws: `store.passphrase-short`.
  package static func check(passphrase: String) throws(Problem) {
    guard passphrase.count >= Limits.givenPassphraseCharactersMin else {
      throw ProblemKind.passphraseShort.with(String(Limits.givenPassphraseCharactersMin))
    }
  }
}
