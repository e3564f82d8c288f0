internal import COpenSSL

/// A key from a passphrase: PBKDF2 (RFC 8018) with HMAC-SM3, slow on purpose.
package enum PassphraseKey {
  /// 32 bytes, for a `Sealer` that wraps the real key.
  /// - Parameters:
  ///   - passphrase: as typed; its UTF-8 is used.
  ///   - salt: at least 16 random bytes, kept beside the wrapped key.
  ///   - rounds: `Limits.passphraseRounds`, kept beside the wrapped key; less than 1 counts as 1.
  package static func derive(passphrase: String, salt: [UInt8], rounds: Int) -> [UInt8] {
    var text = passphrase
    guard AsymmetricLibrary.isReady else { stop("a passphrase was not derived") }
    return unsafe [UInt8](unsafeUninitializedCapacity: Sealer.keyBytes) { buffer, count in
      let result = text.withUTF8 { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
          unsafe PKCS5_PBKDF2_HMAC(
            characters.baseAddress, Int32(clamping: characters.count), salt, Int32(clamping: salt.count),
            Int32(clamping: max(1, rounds)), EVP_sm3(), Int32(Sealer.keyBytes), buffer.baseAddress)
        }
      }
      guard result == 1 else { stop("a passphrase was not derived") }
      count = Sealer.keyBytes
    }
  }
}
