internal import Cryptography
internal import Foundations
internal import Replication
internal import SQLite
internal import Wire

/// The 32 random bytes that everything is sealed with, and how they are kept: wrapped under the passphrase, and to the
/// county's recovery key, so that a forgotten passphrase does not destroy unsent work.
enum StoreKey {
  private static let place = SealPlace("meta", "key", "value")
  private static let checkPlace = SealPlace("meta", "check", "value")
  private static let saltBytes = 16

  /// Wraps a new key: `{salt, rounds, box, recovery?}`.
  static func wrap(
    _ key: [UInt8], passphrase: String, environment: StoreEnvironment, recoveryKey: [UInt8]?
  ) throws(Problem) -> Value {
    let random = environment.random
    guard passphrase.count >= Limits.givenPassphraseCharactersMin else {
      throw ProblemKind.passphraseShort.with(String(Limits.givenPassphraseCharactersMin))
    }
    let salt = random.bytes(saltBytes)
    let rounds = environment.passphraseRounds
    let derived = PassphraseKey.derive(passphrase: passphrase, salt: salt, rounds: rounds)
    var wrapped: Value = [
      "salt": .bytes(salt), "rounds": Value(rounds),
      "box": .bytes(try Sealer(key: derived).seal(key, at: place, random: random)),
    ]
    if let recoveryKey {
      let recipient = try SM2.EncryptionKey(publicBytes: recoveryKey)
      wrapped["recovery"] = .bytes(
        try Envelope.seal(key, to: recipient, purpose: Recovery.storeKeyPurpose, random: random))
    }
    return wrapped
  }

  /// - Throws: `store.passphrase` where the passphrase is another one.
  static func unwrap(_ wrapped: Value, passphrase: String) throws(Problem) -> [UInt8] {
    guard let salt = wrapped["salt"]?.bytes, let rounds = wrapped["rounds"]?.integer, rounds > 0,
      let box = wrapped["box"]?.bytes
    else { throw ProblemKind.storeUnreadable.with("meta.key") }
    let derived = PassphraseKey.derive(passphrase: passphrase, salt: salt, rounds: Int(clamping: rounds))
    let sealer = try Sealer(key: derived)
    guard let key = try? sealer.open(box, at: place) else { throw Problem(.storePassphrase) }
    return key
  }

  /// A box by which a key from the keyring is known to be this store's.
  static func check(_ sealer: Sealer, random: some RandomSource) -> Value {
    .bytes(sealer.seal(Array("bangban".utf8), at: checkPlace, random: random))
  }

  static func isRight(_ sealer: Sealer, check: Value) -> Bool {
    (try? sealer.open(check.bytes ?? [], at: checkPlace)) != nil
  }
}
