internal import Cryptography
package import Foundations
internal import Replication
internal import SQLite
internal import Wire

/// A new passphrase with the county's help: nothing of the store is lost with the old one.
extension LockedStore {
  private static let pendingName = "recovering"

  /// What has been asked, until it is answered.
  private struct Pending {
    let id: [UInt8]
    let replyKey: SM2.DecryptionKey

    var value: Value { [.bytes(id), .bytes(replyKey.privateBytes)] }

    init(id: [UInt8], replyKey: SM2.DecryptionKey) {
      self.id = id
      self.replyKey = replyKey
    }

    init?(_ value: Value?) {
      guard let parts = value?.array, parts.count == 2, let id = parts[0].bytes, let bytes = parts[1].bytes,
        let key = try? SM2.DecryptionKey(privateBytes: bytes)
      else { return nil }
      self.init(id: id, replyKey: key)
    }
  }

  private func pending() throws(Problem) -> Pending? {
    let bytes = try Problem.storing { () throws(StorageError) in
      try connection.one("SELECT value FROM meta WHERE name = ?", [.text(Self.pendingName)]) { $0.blob(0) }
    }
    return Pending(bytes.flatMap { try? CBOR.decode($0) })
  }

  private func set(_ name: String, _ value: Value) throws(Problem) {
    try Problem.storing { () throws(StorageError) in
      _ = try connection.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", [.text(name), .blob(CBOR.encode(value))])
    }
  }

  private func device() throws(Problem) -> DeviceID {
    guard let identity = DeviceIdentity(enrolment: try meta("identity")) else {
      throw ProblemKind.storeUnreadable.with("meta.identity")
    }
    return identity.device
  }

  /// What to ask the county. Asking again before there is an answer is the same request: either file will do.
  /// - Throws: `recover.unavailable`.
  package func recoveryRequest() throws(Problem) -> (device: DeviceID, bytes: [UInt8]) {
    try connection.transaction { () throws(Problem) in
      guard let wrapped = try meta("key")["recovery"]?.bytes, let proof = try meta("signing-key").bytes else {
        throw Problem(.recoverUnavailable)
      }
      let asked: Pending
      if let known = try pending() {
        asked = known
      } else {
        // Not sealed: nobody knows the store's key now. It opens nothing without the county's answer and the code.
        asked = Pending(
          id: RecoveryRequest.newID(environment.random),
          replyKey: try SM2.DecryptionKey(random: environment.random))
        try set(Self.pendingName, asked.value)
      }
      let device = try device()
      let request = RecoveryRequest(
        device: device, id: asked.id, replyKey: asked.replyKey.encryptionKey.publicBytes, wrapped: wrapped,
        proof: proof)
      return (device, request.bytes)
    }
  }

  /// Takes the county's answer and sets a new passphrase; the former one opens nothing any more.
  /// - Parameter passphrase: asked only once the answer and the code are known to be right.
  /// - Throws: `recover.none`, `recover.other-device`, `recover.other-request`, `recover.code`, `recover.malformed`;
  ///   `store.passphrase-short`.
  package func recover(
    _ answer: [UInt8], code: String, passphrase: () throws(Problem) -> String
  ) throws(Problem) {
    let answer = try RecoveryAnswer(answer)
    guard answer.device == (try device()) else { throw ProblemKind.recoverOtherDevice.with(answer.device.text) }
    guard let asked = try pending() else { throw Problem(.recoverNone) }
    guard answer.id == asked.id else { throw Problem(.recoverOtherRequest) }
    let key = try answer.storeKey(with: asked.replyKey, code: code)
    guard StoreKey.isRight(try Sealer(key: key), check: try meta("check")) else { throw Problem(.recoverCode) }
    let recoveryKey = DeviceIdentity(enrolment: try meta("identity"))?.recoveryKey
    let wrapped = try StoreKey.wrap(
      key, passphrase: try passphrase(), environment: environment, recoveryKey: recoveryKey)
    try connection.transaction { () throws(Problem) in
      // Another command may have used the answer meanwhile.
      guard try pending()?.id == asked.id else { throw Problem(.recoverNone) }
      try set("key", wrapped)
      try Problem.storing { () throws(StorageError) in
        _ = try connection.run("DELETE FROM meta WHERE name = ?", [.text(Self.pendingName)])
      }
    }
    // The log is kept between commands: without it the file would still open with the former passphrase.
    try Problem.storing { () throws(StorageError) in _ = try connection.checkpoint() }
  }
}
