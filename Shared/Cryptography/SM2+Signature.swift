internal import COpenSSL
package import Foundations

extension SM2 {
  /// r ‖ s, 32 bytes each.
  package static let signatureBytes = 64

  /// The identity that goes into the digest Z where none is agreed (GM/T 0009-2012, section 10).
  private static let identity = Array("1234567812345678".utf8)

  /// The private key that signs.
  package final class SigningKey: Sendable {
    private let key: SM2Key
    package let verifyingKey: VerifyingKey

    /// A new key.
    package convenience init(random: some RandomSource) throws(Problem) { try self.init(SM2Key(random: random)) }

    /// - Throws: `key.invalid` unless these are 32 bytes, big-endian, from 1 to n − 2.
    package convenience init(privateBytes: [UInt8]) throws(Problem) {
      try self.init(SM2Key(privateBytes: privateBytes))
    }

    private init(_ key: SM2Key) throws(Problem) {
      self.key = key
      verifyingKey = try VerifyingKey(publicBytes: key.publicBytes)
    }

    /// 32 bytes, to be kept sealed.
    package var privateBytes: [UInt8] { key.privateBytes ?? [] }

    /// Signs SM3(Z ‖ message).
    /// - Returns: r ‖ s, 64 bytes; different each time, since OpenSSL draws a fresh number for it.
    /// - Throws: `cryptography.failed` if OpenSSL has no randomness or memory.
    package func sign(_ message: [UInt8]) throws(Problem) -> [UInt8] {
      let context = unsafe EVP_MD_CTX_new()
      defer { unsafe EVP_MD_CTX_free(context) }
      var inner: OpaquePointer?
      // Enough for two integers of 33 bytes and their headers.
      var encoded = [UInt8](repeating: 0, count: 80)
      var count = encoded.count
      guard unsafe EVP_DigestSignInit_ex(context, &inner, "SM3", nil, nil, key.handle, nil) == 1,
        unsafe EVP_PKEY_CTX_set1_id(inner, SM2.identity, Int32(SM2.identity.count)) == 1,
        unsafe EVP_DigestSign(context, &encoded, &count, message, message.count) == 1
      else { throw failure("signature") }
      guard let raw = SM2.raw(encoded: Array(encoded.prefix(count))) else { throw failure("signature") }
      return raw
    }
  }

  /// The public key that checks signatures.
  package final class VerifyingKey: Sendable {
    private let key: SM2Key

    /// - Throws: `key.invalid` unless these are 65 bytes that are a point of the curve.
    package init(publicBytes: [UInt8]) throws(Problem) { key = try SM2Key(publicBytes: publicBytes) }

    /// 65 bytes: 4, x, y.
    package var publicBytes: [UInt8] { key.publicBytes }

    /// Whether this key's owner signed this message; false for anything that is no signature at all.
    package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
      guard let encoded = SM2.encoded(raw: signature) else { return false }
      let context = unsafe EVP_MD_CTX_new()
      defer {
        unsafe EVP_MD_CTX_free(context)
        // A refused signature left a reason in OpenSSL's queue, which nobody asks for.
        ERR_clear_error()
      }
      var inner: OpaquePointer?
      return unsafe EVP_DigestVerifyInit_ex(context, &inner, "SM3", nil, nil, key.handle, nil) == 1
        && EVP_PKEY_CTX_set1_id(inner, SM2.identity, Int32(SM2.identity.count)) == 1
        && EVP_DigestVerify(context, encoded, encoded.count, message, message.count) == 1
    }
  }

  /// r ‖ s from OpenSSL's `SEQUENCE { INTEGER r, INTEGER s }`.
  private static func raw(encoded: [UInt8]) -> [UInt8]? {
    let half = signatureBytes / 2
    return unsafe encoded.withUnsafeBufferPointer { buffer in
      var start = buffer.baseAddress
      guard let parsed = unsafe d2i_ECDSA_SIG(nil, &start, buffer.count) else { return nil }
      defer { unsafe ECDSA_SIG_free(parsed) }
      var r = [UInt8](repeating: 0, count: half)
      var s = r
      guard unsafe BN_bn2binpad(ECDSA_SIG_get0_r(parsed), &r, Int32(half)) == Int32(half),
        unsafe BN_bn2binpad(ECDSA_SIG_get0_s(parsed), &s, Int32(half)) == Int32(half)
      else { return nil }
      return r + s
    }
  }

  /// `SEQUENCE { INTEGER r, INTEGER s }` in DER; nil unless the signature is 64 bytes.
  private static func encoded(raw: [UInt8]) -> [UInt8]? {
    guard raw.count == signatureBytes else { return nil }
    let half = signatureBytes / 2
    let numbers = integer(raw.prefix(half)) + integer(raw.suffix(half))
    return [0x30, UInt8(numbers.count)] + numbers
  }

  /// A DER integer of at most 32 bytes: no leading zero bytes but the one that keeps it from being negative.
  private static func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var digits = Array(bytes.drop { $0 == 0 })
    if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
    return [0x02, UInt8(digits.count)] + digits
  }
}
