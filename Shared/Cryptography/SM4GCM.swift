internal import CGcrypt

/// SM4 in Galois/counter mode (GB/T 36624-2018, NIST SP 800-38D): encrypts, and notices every change.
/// What is kept goes through `Sealer`.
package final class SM4GCM: Sendable {
  package static let tagBytes = 16

  private let contexts: CipherContexts

  /// - Parameter key: 16 bytes; the callers see to that.
  package init(_ key: [UInt8]) { contexts = CipherContexts(key, GCRY_CIPHER_MODE_GCM) }

  /// Appends the ciphertext and its tag.
  /// - Parameters:
  ///   - nonce: used for this message alone.
  ///   - context: what the tag is over besides the ciphertext.
  package func seal(_ plain: [UInt8], nonce: ArraySlice<UInt8>, context: [UInt8], to output: inout [UInt8]) {
    let start = output.count
    output += plain
    output += repeatElement(0, count: Self.tagBytes)
    unsafe contexts.withOne { handle in
      unsafe output.withUnsafeMutableBytes { buffer in
        let text = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + plain.count])
        let tag = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[(start + plain.count)...])
        guard unsafe begin(handle, nonce, context),
          unsafe text.isEmpty || gcry_cipher_encrypt(handle, text.baseAddress, text.count, nil, 0) == 0,
          unsafe gcry_cipher_gettag(handle, tag.baseAddress, tag.count) == 0
        else { stop("a cipher did not go on") }
      }
    }
  }

  /// What `seal` appended, opened; nil where it, its nonce or its context was changed.
  package func open(_ sealed: ArraySlice<UInt8>, nonce: ArraySlice<UInt8>, context: [UInt8]) -> [UInt8]? {
    guard sealed.count >= Self.tagBytes else { return nil }
    let tag = sealed.suffix(Self.tagBytes)
    var plain = Array(sealed.dropLast(Self.tagBytes))
    let isWhole = unsafe contexts.withOne { handle in
      unsafe plain.withUnsafeMutableBytes { text in
        guard unsafe begin(handle, nonce, context),
          unsafe text.isEmpty || gcry_cipher_decrypt(handle, text.baseAddress, text.count, nil, 0) == 0
        else { stop("a cipher did not go on") }
        return unsafe tag.withUnsafeBytes { unsafe gcry_cipher_checktag(handle, $0.baseAddress, $0.count) } == 0
      }
    }
    return isWhole ? plain : nil
  }

  @unsafe private func begin(_ handle: OpaquePointer, _ nonce: ArraySlice<UInt8>, _ context: [UInt8]) -> Bool {
    unsafe nonce.withUnsafeBytes { unsafe gcry_cipher_setiv(handle, $0.baseAddress, $0.count) } == 0
      && (context.isEmpty || gcry_cipher_authenticate(handle, context, context.count) == 0)
  }
}
