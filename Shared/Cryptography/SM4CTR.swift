internal import COpenSSL

/// SM4 block cipher (GB/T 32907-2016) in counter mode (GB/T 17964-2021). Encrypting and decrypting are the same.
///
/// It hides and does not protect from change: use `Sealer`, unless a standard asks for this alone.
package enum SM4CTR {
  package static let keyBytes = 16
  package static let counterBytes = 16

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

/// An SM4 key with its round keys computed.
@safe final class SM4Key: Sendable {
  // Only ever read after init, by copying.
  private nonisolated(unsafe) let template: OpaquePointer

  /// - Parameter key: 16 bytes; the callers in this module see to that.
  init(_ key: [UInt8]) {
    guard let made = unsafe EVP_CIPHER_CTX_new() else { stop("out of memory") }
    unsafe template = made
    guard key.count == SM4CTR.keyBytes,
      unsafe EVP_EncryptInit_ex2(made, CipherFunction.sm4CTR.handle, key, nil, nil) == 1
    else { stop("a cipher did not begin") }
  }

  deinit { unsafe EVP_CIPHER_CTX_free(template) }

  /// Encrypts or decrypts into memory of the same size.
  @unsafe func apply(_ bytes: UnsafeRawBufferPointer, counter: [UInt8], to output: UnsafeMutablePointer<UInt8>?) {
    guard let context = unsafe EVP_CIPHER_CTX_new() else { stop("out of memory") }
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    guard counter.count == SM4CTR.counterBytes, unsafe EVP_CIPHER_CTX_copy(context, template) == 1,
      unsafe EVP_EncryptInit_ex2(context, nil, nil, counter, nil) == 1
    else { stop("a cipher was not copied") }
    // OpenSSL counts in 32-bit integers.
    let pieceBytes = 1 << 30
    for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
      let piece = Int32(clamping: min(pieceBytes, bytes.count - start))
      var written: Int32 = 0
      let input = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      guard
        unsafe EVP_EncryptUpdate(
          context, output.map { unsafe $0 + start }, &written, input.map { unsafe $0 + start }, piece) == 1,
        written == piece
      else { stop("a cipher did not go on") }
    }
  }
}
