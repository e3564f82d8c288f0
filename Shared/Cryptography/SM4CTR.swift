internal import CGcrypt

/// SM4 block cipher (GB/T 32907-2016) in counter mode (GB/T 17964-2021). Encrypting and decrypting are the same.
///
/// It hides and does not protect from change: use `Sealer`, unless a standard asks for this alone.
package enum SM4CTR {
  package static let keyBytes = 16
  package static let counterBytes = 16

  static let algorithm = Int32(GCRY_CIPHER_SM4.rawValue)
  static var isAvailable: Bool { SymmetricLibrary.isReady && bangban_has_cipher(algorithm) == 1 }

  /// The bytes encrypted or decrypted; nil unless key and first counter block are 16 bytes each.
  package static func apply(_ bytes: [UInt8], key: [UInt8], counter: [UInt8]) -> [UInt8]? {
    guard key.count == keyBytes, counter.count == counterBytes else { return nil }
    let cipher = SM4Key(key)
    return unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
      unsafe bytes.withUnsafeBytes { unsafe cipher.apply($0, counter: counter, to: buffer.baseAddress) }
      count = bytes.count
    }
  }
}

/// An SM4 key with its round keys computed, for all threads.
final class SM4Key: Sendable {
  private let contexts: CipherContexts

  /// - Parameter key: 16 bytes; the callers in this module see to that.
  init(_ key: [UInt8]) { contexts = CipherContexts(key, GCRY_CIPHER_MODE_CTR) }

  /// Encrypts or decrypts into memory of the same size.
  @unsafe func apply(_ bytes: UnsafeRawBufferPointer, counter: [UInt8], to output: UnsafeMutablePointer<UInt8>?) {
    unsafe contexts.withOne { handle in
      guard unsafe gcry_cipher_setctr(handle, counter, counter.count) == 0,
        unsafe bytes.isEmpty || gcry_cipher_encrypt(handle, output, bytes.count, bytes.baseAddress, bytes.count) == 0
      else { stop("a cipher did not go on") }
    }
  }
}
