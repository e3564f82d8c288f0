internal import COpenSSL

/// A running digest. Its memory is wiped when it is released.
@safe struct HashContext: ~Copyable {
  private let handle: OpaquePointer
  static let digestBytes = 32

  init(_ function: HashFunction) {
    guard let made = unsafe EVP_MD_CTX_new() else { stop("out of memory") }
    unsafe handle = made
    guard unsafe EVP_DigestInit_ex2(made, function.handle, nil) == 1 else { stop("a digest did not begin") }
  }

  /// A digest that goes on from where another one stands. The other is only read, so several threads may do this.
  init(copying other: borrowing HashContext) {
    guard let made = unsafe EVP_MD_CTX_new() else { stop("out of memory") }
    unsafe handle = made
    become(other)
  }

  deinit { unsafe EVP_MD_CTX_free(handle) }

  /// Goes on from where another digest stands.
  func become(_ other: borrowing HashContext) {
    guard unsafe EVP_MD_CTX_copy_ex(handle, other.handle) == 1 else { stop("a digest was not copied") }
  }

  func update(_ bytes: UnsafeRawBufferPointer) {
    guard unsafe EVP_DigestUpdate(handle, bytes.baseAddress, bytes.count) == 1 else { stop("a digest did not go on") }
  }

  func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }
  func update(_ bytes: ArraySlice<UInt8>) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

  /// Ends the digest; only `become` may follow.
  func finish() -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: Self.digestBytes) { buffer, count in
      guard unsafe EVP_DigestFinal_ex(handle, buffer.baseAddress, nil) == 1 else { stop("a digest did not end") }
      count = Self.digestBytes
    }
  }
}

/// SM3 cryptographic hash algorithm (GB/T 32905-2016): 32 bytes.
package enum SM3 {
  /// The digest of a message that is there whole.
  package static func digest(_ bytes: [UInt8]) -> [UInt8] {
    let context = HashContext(.sm3)
    context.update(bytes)
    return context.finish()
  }

  /// A digest over bytes that arrive in pieces.
  package struct Hasher: ~Copyable {
    private let context = HashContext(.sm3)

    package init() {}
    /// Takes the next piece.
    package mutating func update(_ bytes: [UInt8]) { context.update(bytes) }
    /// Takes the next piece.
    package mutating func update(_ bytes: ArraySlice<UInt8>) { context.update(bytes) }
    /// The digest of all pieces, 32 bytes.
    package consuming func finish() -> [UInt8] { context.finish() }
  }
}

/// SHA-256 (FIPS 180-4), for the interfaces of others that ask for it: 32 bytes.
package enum SHA256 {
  /// The digest of a message that is there whole.
  package static func digest(_ bytes: [UInt8]) -> [UInt8] {
    let context = HashContext(.sha256)
    context.update(bytes)
    return context.finish()
  }
}

/// The key of an HMAC (RFC 2104), with both padded key blocks hashed beforehand: a short message costs two blocks.
final class HMACKey: Sendable {
  // Only ever read after init, by copying.
  private nonisolated(unsafe) let inner: HashContext
  private nonisolated(unsafe) let outer: HashContext
  private static let blockBytes = 64

  init(_ function: HashFunction, _ key: [UInt8]) {
    var block = key
    if block.count > Self.blockBytes {
      let context = HashContext(function)
      context.update(key)
      block = context.finish()
    }
    block += [UInt8](repeating: 0, count: Self.blockBytes - block.count)
    unsafe inner = HashContext(function)
    unsafe inner.update(block.map { $0 ^ 0x36 })
    unsafe outer = HashContext(function)
    unsafe outer.update(block.map { $0 ^ 0x5C })
  }

  /// The code of what the closure feeds into the digest.
  func code(_ feed: (borrowing HashContext) -> Void) -> [UInt8] {
    let context = unsafe HashContext(copying: inner)
    feed(context)
    let digest = context.finish()
    unsafe context.become(outer)
    context.update(digest)
    return context.finish()
  }
}

/// HMAC (RFC 2104) with SM3, as GB/T 15852.2 has it: 32 bytes.
package enum HMACSM3 {
  /// A key made ready, for more than one message.
  package final class Key: Sendable {
    let state: HMACKey
    package init(_ key: [UInt8]) { state = HMACKey(.sm3, key) }
    /// The code of a message, 32 bytes.
    package func code(_ message: [UInt8]) -> [UInt8] { state.code { $0.update(message) } }
  }

  /// The code of one message under a key of any length, 32 bytes.
  package static func code(_ message: [UInt8], key: [UInt8]) -> [UInt8] { Key(key).code(message) }
}

/// HMAC (RFC 2104) with SHA-256, for the interfaces of others that ask for it: 32 bytes.
package enum HMACSHA256 {
  /// A key made ready, for more than one message.
  package final class Key: Sendable {
    let state: HMACKey
    package init(_ key: [UInt8]) { state = HMACKey(.sha256, key) }
    /// The code of a message, 32 bytes.
    package func code(_ message: [UInt8]) -> [UInt8] { state.code { $0.update(message) } }
  }

  /// The code of one message under a key of any length, 32 bytes.
  package static func code(_ message: [UInt8], key: [UInt8]) -> [UInt8] { Key(key).code(message) }
}
