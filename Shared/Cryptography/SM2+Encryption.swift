internal import COpenSSL
package import Foundations

extension SM2 {
  /// The public key that a secret is encrypted to.
  package final class EncryptionKey: Sendable {
    private let key: SM2Key

    /// - Throws: `key.invalid` unless these are 65 bytes that are a point of the curve.
    package init(publicBytes: [UInt8]) throws(Problem) { key = try SM2Key(publicBytes: publicBytes) }

    /// 65 bytes: 4, x, y.
    package var publicBytes: [UInt8] { key.publicBytes }

    /// Encrypts a short secret such as a key.
    /// - Returns: the ciphertext in DER (GM/T 0009-2012, section 7.2).
    /// - Throws: `cryptography.failed` if OpenSSL has no randomness or memory.
    package func encrypt(_ secret: [UInt8]) throws(Problem) -> [UInt8] {
      let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key.handle, nil)
      defer { unsafe EVP_PKEY_CTX_free(context) }
      var count = 0
      guard unsafe EVP_PKEY_encrypt_init(context) == 1,
        unsafe EVP_PKEY_encrypt(context, nil, &count, secret, secret.count) == 1
      else { throw failure("encryption") }
      var output = [UInt8](repeating: 0, count: count)
      guard unsafe EVP_PKEY_encrypt(context, &output, &count, secret, secret.count) == 1 else {
        throw failure("encryption")
      }
      return Array(output.prefix(count))
    }
  }

  /// The private key that opens what was encrypted to its public key.
  package final class DecryptionKey: Sendable {
    private let key: SM2Key
    package let encryptionKey: EncryptionKey

    /// A new key.
    package convenience init(random: some RandomSource) throws(Problem) { try self.init(SM2Key(random: random)) }

    /// - Throws: `key.invalid` unless these are 32 bytes, big-endian, from 1 to n − 2.
    package convenience init(privateBytes: [UInt8]) throws(Problem) {
      try self.init(SM2Key(privateBytes: privateBytes))
    }

    private init(_ key: SM2Key) throws(Problem) {
      self.key = key
      encryptionKey = try EncryptionKey(publicBytes: key.publicBytes)
    }

    /// 32 bytes, to be kept sealed.
    package var privateBytes: [UInt8] { key.privateBytes ?? [] }

    /// - Throws: `envelope.invalid` if the ciphertext was altered or encrypted to another key.
    package func decrypt(_ ciphertext: [UInt8]) throws(Problem) -> [UInt8] {
      let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key.handle, nil)
      defer {
        unsafe EVP_PKEY_CTX_free(context)
        ERR_clear_error()
      }
      // The secret is shorter than its ciphertext, whose size therefore serves as the bound.
      var output = [UInt8](repeating: 0, count: ciphertext.count)
      var count = output.count
      guard !ciphertext.isEmpty, unsafe EVP_PKEY_decrypt_init(context) == 1,
        unsafe EVP_PKEY_decrypt(context, &output, &count, ciphertext, ciphertext.count) == 1, count <= output.count
      else { throw ProblemKind.envelopeInvalid.with("SM2") }
      return Array(output.prefix(count))
    }
  }
}

/// Data that only the holder of one private key can open: a fresh key encrypted with SM2, and a box sealed with it.
///
/// An envelope is version ‖ length of the encrypted key (2 bytes, big-endian) ‖ encrypted key ‖ box.
package enum Envelope {
  private static let version: UInt8 = 1
  private static let headerBytes = 3

  /// - Parameters:
  ///   - purpose: what the envelope is for; it opens for the same purpose only.
  ///   - random: the fresh key and the box's nonce.
  /// - Throws: `cryptography.failed` if OpenSSL has no randomness or memory.
  package static func seal(
    _ plain: [UInt8], to recipient: SM2.EncryptionKey, purpose: String, random: some RandomSource
  ) throws(Problem) -> [UInt8] {
    let key = random.bytes(Sealer.keyBytes)
    let wrapped = try recipient.encrypt(key)
    let box = try Sealer(key: key).seal(plain, at: place(purpose), random: random)
    return [version, UInt8(truncatingIfNeeded: wrapped.count >> 8), UInt8(truncatingIfNeeded: wrapped.count)] + wrapped
      + box
  }

  /// - Throws: `envelope.invalid` if it was altered, cut, made for another purpose or for another key.
  package static func open(
    _ envelope: [UInt8], with key: SM2.DecryptionKey, purpose: String
  ) throws(Problem) -> [UInt8] {
    guard envelope.count > headerBytes, envelope[0] == version else {
      throw ProblemKind.envelopeInvalid.with(purpose)
    }
    let wrappedBytes = Int(envelope[1]) << 8 | Int(envelope[2])
    let wrapped = envelope.dropFirst(headerBytes).prefix(wrappedBytes)
    let box = envelope.dropFirst(headerBytes + wrappedBytes)
    do throws(Problem) {
      return try Sealer(key: key.decrypt(Array(wrapped))).open(Array(box), at: place(purpose))
    } catch {
      // One answer for every fault: which step failed is nobody's business but the owner's.
      throw ProblemKind.envelopeInvalid.with(purpose)
    }
  }

  private static func place(_ purpose: String) -> SealPlace { SealPlace("envelope", purpose, "") }
}
