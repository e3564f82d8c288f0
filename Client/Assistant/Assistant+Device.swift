internal import CaptureStore
internal import Cryptography
package import Foundations
internal import Replication
internal import Synchronizer

/// The device itself: enrolment, locking, people, settings.
extension Assistant {
  /// Whether this home has a store already.
  /// - Throws: `store.inaccessible` where nobody can tell.
  package var hasStore: Bool {
    get throws(Problem) { try StoreFolder.hasStore(home, in: environment.files) }
  }

  /// Enrols this device and fetches the catalogue: `{device, station, catalog, unfinished?}`, the last being how the
  /// other code begins with which an enrolment here was cut off; a store that has stopped writing gets a new identity
  /// and keeps all it holds: `reminted` says how many operations go out anew under it.
  /// - Parameters:
  ///   - url: the server's address.
  ///   - code: one-time code from the administrator.
  ///   - name: the first person who uses the device.
  /// - Throws: `device.already-enrolled`; `enroll.code-invalid`, `enroll.pending-passphrase`; problems of the network
  ///   and the store.
  package func enroll(url: String, code: String, name: String?) throws(Problem) -> Value {
    // Everything that can fail here is tried before the code is used up.
    try StoreFolder.make(home, in: environment.files)
    let address = try HTTPLine.checked(url)
    guard try !hasStore else { return try enrollAgain(address, code) }
    return try enrollFirst(address, code, name: name)
  }

  static func enrolled(_ answer: Value) -> Value {
    [
      "device": answer["device"] ?? .null, "station": answer["station"]?["name"] ?? .null,
      "catalog": answer["catalog"]?["version"] ?? .null,
    ]
  }

  /// Gives a store that has stopped a new identity. Cut off anywhere, the same command with the same code goes on.
  private func enrollAgain(_ address: String, _ code: String) throws(Problem) -> Value {
    let store = try store()
    let random = environment.random
    let (device, key, pending) = try store.change { session throws(Problem) in
      guard try session.needsIdentity() else { throw Problem(.deviceEnrolled) }
      let pending = try session.pendingKeys { () throws(Problem) in
        let fresh = try Enrolment.Keys(random: random)
        return (fresh.signing.privateBytes, fresh.encryption.privateBytes)
      }
      return (session.identity.device, try session.secret("signing-key"), pending)
    }
    let authorities = try store.read { session throws(Problem) in try session.setting("authorities") ?? "" }
    let answer = try Enrolment.ask(
      line(address, authorities.isEmpty ? nil : authorities), code: code,
      keys: try Enrolment.Keys(signing: pending.signing, encryption: pending.encryption),
      predecessor: Enrolment.Predecessor(device: device, key: try SM2.SigningKey(privateBytes: key)))
    var value = Self.enrolled(answer)
    value["reminted"] = try store.change { session throws(Problem) in
      // Another command may have finished this meanwhile.
      guard session.identity.device == device else { throw Problem(.deviceEnrolled) }
      return Value(try session.adopt(answer, serverURL: address))
    }
    return value
  }

  /// Keeps the store's key in the kernel: `{unlocked, seconds}`.
  package func unlock(seconds: Int64) throws(Problem) -> Value {
    do throws(Problem) {
      try locked().unlock(seconds: seconds, passphrase: passphrase.ask)
    } catch {
      guard error.kind == .storeLockedPassphrase else { throw error }
      // Everywhere else it helps to unlock first.
      throw Problem(error.kind.advising("请在终端里运行，或者用 --passphrase-file、BANGBAN_PASSPHRASE 提供口令。"))
    }
    return ["unlocked": true, "seconds": .integer(seconds)]
  }

  /// Drops the key: `{unlocked}`.
  package func lock() throws(Problem) -> Value {
    try locked().lock()
    return ["unlocked": false]
  }

  /// Asks the county for help with a forgotten passphrase: `{device}`.
  /// - Parameter write: puts the request where the person wants it, before it counts as made.
  /// - Throws: `recover.unavailable`; what `write` throws.
  package func askForRecovery(write: (_ device: String, _ request: [UInt8]) throws(Problem) -> Void) throws(Problem)
    -> Value
  {
    let (device, request) = try locked().recoveryRequest()
    try write(device.text, request)
    return ["device": .text(device.text)]
  }

  /// What a request begins with.
  package static var recoveryMagic: [UInt8] { Recovery.requestMagic }
  /// Bytes that an answer has at most.
  package static var recoveryBytesMax: Int { Recovery.fileBytesMax }

  /// Sets a new passphrase with the county's answer: `{recovered, unsent, held, attachments}`.
  /// - Throws: `recover.…`, `store.passphrase-short`.
  package func recover(answer: [UInt8], code: String) throws(Problem) -> Value {
    let locked = try locked()
    var new = ""
    try locked.recover(answer, code: code) { () throws(Problem) in
      new = try passphrase.ask()
      return new
    }
    return try locked.open { () throws(Problem) in new }.read { session throws(Problem) in
      [
        "recovered": true, "unsent": .integer(try session.unsentCount()), "held": Value(try session.heldDrafts().count),
        "attachments": Value(try session.blobsToSend().count),
      ]
    }
  }

  // MARK: People

  /// Adds a person who shares this device: `{person, name}`.
  /// - Throws: `person.exists`, `text.empty`.
  package func addPerson(name: String) throws(Problem) -> Value {
    let name = name.trimmed
    guard !name.isEmpty, name.count <= 50 else { throw ProblemKind.textEmpty.with("姓名") }
    return try store().change { session throws(Problem) in
      guard try !session.people().contains(where: { $0.name == name }) else {
        throw ProblemKind.personExists.with(name)
      }
      let id = try session.addPerson(name)
      return ["person": .text(id.text), "name": .text(name)]
    }
  }

  /// The people who share this device: `{person, name, current}` each.
  package func listPersons() throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      let current = try session.person()
      return try session.people().map {
        ["person": .text($0.id.text), "name": .text($0.name), "current": .bool($0.id == current)]
      }
    }
  }

  /// Says who works now: `{person, name}`.
  /// - Parameter name: a name or an id.
  /// - Throws: `person.unknown`.
  package func switchPerson(name: String) throws(Problem) -> Value {
    let name = name.trimmed
    return try store().change { session throws(Problem) in
      guard let person = try session.people().first(where: { $0.name == name || $0.id.text == name }) else {
        throw ProblemKind.personUnknown.with(String(name.prefix(50)))
      }
      try session.set(setting: "person", to: person.id.text)
      return ["person": .text(person.id.text), "name": .text(person.name)]
    }
  }

  // MARK: Settings

  /// Settings that people may see and change.
  private static let settings = ["server", "authorities"]

  /// Reads all settings, reads one, or writes one: `{name, value}` each.
  /// - Throws: `config.unknown`.
  package func config(name: String?, value: String?) throws(Problem) -> [Value] {
    if let name, !Self.settings.contains(name) { throw ProblemKind.configUnknown.with(String(name.prefix(40))) }
    return try store().change { session throws(Problem) in
      if let name, let value {
        try session.set(setting: name, to: name == "server" ? try HTTPLine.checked(value) : value)
      }
      var lines: [Value] = []
      for setting in Self.settings where name == nil || setting == name {
        lines.append(["name": .text(setting), "value": Value(try session.setting(setting))])
      }
      return lines
    }
  }
}
