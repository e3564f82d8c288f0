internal import Cryptography
package import Foundations
internal import SQLite
internal import Wire

/// The private keys with which an enrolment was asked for, kept until its store stands: the server gives a code's
/// identity to these keys and to no others, and whatever cuts its answer off must not lose them.
package struct PendingEnrolment: Sendable {
  /// The file in the home folder, sealed under the passphrase of the store that is to be.
  package static let fileName = "enrolling.keys"
  private static let place = SealPlace("enrolling", "keys", "value")
  private static let bytesMax = 64 << 10

  /// What was asked first.
  package let address: String
  package let code: String
  /// 32 bytes each.
  package let signingKey: [UInt8]
  package let encryptionKey: [UInt8]

  package init(address: String, code: String, signingKey: [UInt8], encryptionKey: [UInt8]) {
    self.address = address
    self.code = code
    self.signingKey = signingKey
    self.encryptionKey = encryptionKey
  }

  /// Whether a home has some.
  /// - Throws: `store.inaccessible` where nobody can tell.
  package static func isKept(in home: String, _ files: any FileSystem) throws(Problem) -> Bool {
    try StoreFolder.exists(fileName, home, files)
  }

  /// Puts them into the home folder; they are on the disk when this returns.
  /// - Throws: `store.passphrase-short`; `store.full`, `store.read-only` or `store.inaccessible`.
  package func keep(in home: String, passphrase: String, environment: StoreEnvironment) throws(Problem) {
    let (files, random) = (environment.files, environment.random)
    let key = random.bytes(Sealer.keyBytes)
    let plain = CBOR.encode([.text(address), .text(code), .bytes(signingKey), .bytes(encryptionKey)])
    let bytes = CBOR.encode([
      "key": try StoreKey.wrap(key, passphrase: passphrase, environment: environment, recoveryKey: nil),
      "box": .bytes(try Sealer(key: key).seal(plain, at: Self.place, random: random)),
    ])
    let path = home + "/" + Self.fileName
    let partial = path + ".partial"
    do throws(FileFailure) {
      let file = try files.open(partial, .create)
      try file.write(bytes, at: 0)
      try file.flush()
      try files.replace(path, with: partial)
    } catch {
      try? files.remove(partial)
      throw StoreFolder.problem(error, home)
    }
  }

  /// Those that a home has; nil where it has none.
  /// - Throws: `enroll.pending-passphrase`; `store.unreadable`, `store.inaccessible`. The file stays as it is.
  package static func kept(
    in home: String, passphrase: String, _ files: any FileSystem
  ) throws(Problem) -> PendingEnrolment? {
    guard try isKept(in: home, files) else { return nil }
    let bytes: [UInt8]
    do throws(FileFailure) {
      bytes = try files.open(home + "/" + fileName, .read).read(at: 0, count: bytesMax)
    } catch {
      throw StoreFolder.problem(error, home)
    }
    guard let value = try? CBOR.decode(bytes), let wrapped = value["key"], let box = value["box"]?.bytes else {
      throw ProblemKind.storeUnreadable.with(fileName)
    }
    let key: [UInt8]
    do throws(Problem) {
      key = try StoreKey.unwrap(wrapped, passphrase: passphrase)
    } catch {
      if error.kind == .storePassphrase { throw ProblemKind.enrolPendingPassphrase.with(fileName) }
      throw ProblemKind.storeUnreadable.with(fileName)
    }
    guard let plain = try? Sealer(key: key).open(box, at: place), let parts = (try? CBOR.decode(plain))?.array,
      parts.count == 4, let address = parts[0].text, let code = parts[1].text, let signing = parts[2].bytes,
      let encryption = parts[3].bytes
    else { throw ProblemKind.storeUnreadable.with(fileName) }
    return PendingEnrolment(address: address, code: code, signingKey: signing, encryptionKey: encryption)
  }

  /// Drops them: the store has them, or nobody has heard of them.
  package static func drop(in home: String, _ files: any FileSystem) {
    try? files.remove(home + "/" + fileName)
  }
}
