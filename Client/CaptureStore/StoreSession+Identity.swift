internal import Application
package import Cryptography
package import Foundations
internal import Replication
internal import SQLite

/// A new identity for a store that has stopped.
///
/// Invariant: *what the server has not acknowledged is minted again, once and whole, in the transaction that takes the
/// new identity.* Before it the store is as it was; after it nothing of the former identity waits any more.
extension StoreSession {
  /// The key that signs for this device. One command signs several requests; making the key of its bytes takes as long
  /// as signing one of them.
  package func signingKey() throws(Problem) -> SM2.SigningKey {
    let bytes = try secret("signing-key")
    if let key = store.signingKey, key.privateBytes == bytes { return key }
    let key = try SM2.SigningKey(privateBytes: bytes)
    store.signingKey = key
    return key
  }

  /// Private keys for the identity that is being asked for: made once, so that asking again with the same code, after
  /// whatever cut the first try off, is the same question.
  /// - Parameter fresh: makes a signing key and an encryption key, 32 bytes each.
  package func pendingKeys(
    _ fresh: () throws(Problem) -> (signing: [UInt8], encryption: [UInt8])
  ) throws(Problem) -> (signing: [UInt8], encryption: [UInt8]) {
    if try meta("pending-signing-key") == nil {
      let keys = try fresh()
      try setSecret("pending-signing-key", keys.signing)
      try setSecret("pending-encryption-key", keys.encryption)
    }
    return (try secret("pending-signing-key"), try secret("pending-encryption-key"))
  }

  /// Takes a new identity with the pending keys.
  /// - Parameter enrolment: the server's answer.
  /// - Returns: how many operations were minted again.
  /// - Throws: `enroll.other-county` where another server answered.
  package func adopt(_ enrolment: Value, serverURL: String) throws(Problem) -> Int {
    let former = identity
    guard let identity = DeviceIdentity(enrolment: enrolment), identity.device != former.device,
      identity.serverKey == former.serverKey, identity.countyDivision == former.countyDivision
    else { throw Problem(.enrolOtherCounty) }
    // What was erased says nothing any more that could be said again.
    let unsent = try ownOperations(after: try heldByServer(enrolment), limit: Int.max).filter { !$0.isErased }
    let counters = try acknowledgedCounters()
    try setMeta(
      "former", .array((try formerDevices() + [former.device]).map { .text($0.text) }))
    try replaceIdentity(identity)
    try setSecret("signing-key", try secret("pending-signing-key"))
    try setSecret("encryption-key", try secret("pending-encryption-key"))
    for name in ["pending-signing-key", "pending-encryption-key", "stopped", "reviewed", "forgotten", "offered"] {
      try dropMeta(name)
    }
    // What a server whose backup was put back has lost is brought back under the new identity, too.
    let cursor = Cursor(timeline: try lineage().current, position: 0, sequence: 0)
    try setRecord(
      DeviceRecord(
        counter: Int64(unsent.count), acknowledged: 0, cursor: cursor, pageMax: DeviceMachine.pageStart))
    try set(setting: "server", to: serverURL)
    try takeCatalog(enrolment["catalog"] ?? .null)
    try mintAgain(unsent, former.device, counters)
    try draftAgain()
    try recompute()
    try doubtScope(except: identity.device)
    try forgetTrayMark(keepsOthers: true)
    return unsent.count
  }

  /// Up to which counter the server has this device's work, or gets it back from here with its own word for it. One
  /// that has stopped knows of the last only that it was acknowledged; where a backup was put back since, that is
  /// worth nothing.
  private func heldByServer(_ enrolment: Value) throws(Problem) -> Int64 {
    let acknowledged = try record().acknowledged
    guard let server = Lineage(enrolment["lineage"]), server.current != (try lineage().current) else {
      return acknowledged
    }
    let unjudged = try store.sql { connection throws(StorageError) in
      try connection.one(
        "SELECT min(counter) FROM operations WHERE author = ? AND sequence IS NULL", [.text(identity.device.text)]
      ) { $0.optionalInteger(0) }
    }
    return min(acknowledged, ((unjudged ?? nil) ?? .max) - 1)
  }

  /// The highest acknowledged own counter in each application: what this device had seen of its former self.
  private func acknowledgedCounters() throws(Problem) -> [ApplicationID: Int64] {
    let acknowledged = try record().acknowledged
    let rows = try store.sql { connection throws(StorageError) in
      try connection.query(
        "SELECT application, max(counter) FROM operations WHERE author = ? AND counter <= ? GROUP BY application",
        [.text(identity.device.text), .integer(acknowledged)]
      ) { (ApplicationID($0.text(0)), $0.integer(1)) }
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  private func mintAgain(
    _ unsent: [Operation], _ former: DeviceID, _ counters: [ApplicationID: Int64]
  ) throws(Problem) {
    var reminting = Reminting()
    var running = Chain.start(identity.device)
    let reasons = Dictionary(try tray().map { ($0.operation, $0.reason) }, uniquingKeysWith: { first, _ in first })
    for (index, operation) in unsent.enumerated() {
      let application = operation.header.application
      let minted = reminting.mint(
        operation, as: OperationID(identity.device, Int64(index) + 1),
        salt: store.environment.random.bytes(OperationCoding.saltBytes),
        saw: counters[application].map { [former: $0] } ?? [:])
      running = Chain.next(running, minted.digest)
      let place: [Binding] = [.text(former.text), .integer(operation.id.counter)]
      try run("DELETE FROM operations WHERE author = ? AND counter = ?", place)
      try run("DELETE FROM tray WHERE author = ? AND counter = ?", place)
      try insert(JudgedOperation(minted, nil), running: running)
      if let reason = reasons[operation.id] { try setAside(minted, reason) }
      if minted.header.application != application { try rename(application, minted.header.application) }
      stale.insert(minted.header.application)
    }
  }

  /// Everything that is kept under an application's id follows it.
  func rename(_ former: ApplicationID, _ application: ApplicationID) throws(Problem) {
    try run(
      "UPDATE OR REPLACE blobs SET application = ? WHERE application = ?",
      [.text(application.text), .text(former.text)])
    try unproject(former)
  }

  /// The devices that this store was before.
  package func formerDevices() throws(Problem) -> [DeviceID] {
    (try meta("former")?.array ?? []).compactMap(\.text).map { DeviceID($0) }
  }
}

extension ProblemKind {
  /// The answer to an enrolment came from a server that is not this store's.
  package static let enrolOtherCounty = ProblemKind(
    "enroll.other-county", status: 409, "给这个登记码的不是本县原来的服务器，或者登记码已经用过，身份没有更换。本机内容一样也没有少。",
    remedy: "请核对服务器地址。地址没有错的，是县里的服务器重装过：要由县里把备份（或原来的密钥）放回去，再要登记码也没有用。")
}
