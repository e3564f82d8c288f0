internal import CGcrypt

/// The hash functions of this module, as libgcrypt numbers them.
enum HashFunction: Sendable {
  case sm3
  case sha256

  static let digestBytes = 32

  var algorithm: Int32 {
    switch self {
    case .sm3: Int32(GCRY_MD_SM3.rawValue)
    case .sha256: Int32(GCRY_MD_SHA256.rawValue)
    }
  }

  var isAvailable: Bool { SymmetricLibrary.isReady && bangban_has_digest(algorithm) == 1 }

  /// Hashes a message that is there whole.
  /// - Parameter output: where the digest's 32 bytes go.
  @unsafe func digest(_ bytes: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer?) {
    guard SymmetricLibrary.isReady else { stop("a digest did not begin") }
    unsafe gcry_md_hash_buffer(algorithm, output, bytes.baseAddress, bytes.count)
  }

  func digest(_ bytes: [UInt8]) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: Self.digestBytes) { buffer, count in
      unsafe bytes.withUnsafeBytes { unsafe digest($0, to: buffer.baseAddress) }
      count = Self.digestBytes
    }
  }
}

/// A running digest or code. Its memory is wiped when it is released.
@safe struct HashContext: ~Copyable {
  private let handle: gcry_md_hd_t
  private let function: HashFunction

  /// - Parameter key: of an HMAC; nil for a digest.
  init(_ function: HashFunction, key: [UInt8]? = nil) {
    var made: gcry_md_hd_t?
    let flags = key == nil ? 0 : GCRY_MD_FLAG_HMAC.rawValue
    guard SymmetricLibrary.isReady, unsafe gcry_md_open(&made, function.algorithm, flags) == 0,
      let opened = unsafe made
    else { stop("a digest did not begin") }
    unsafe handle = opened
    self.function = function
    guard let key else { return }
    guard unsafe gcry_md_setkey(handle, key, key.count) == 0 else { stop("a digest was given no key") }
  }

  /// One that goes on from where another one stands. The other is only read, so several threads may do this.
  init(copying other: borrowing HashContext) {
    var made: gcry_md_hd_t?
    guard unsafe gcry_md_copy(&made, other.handle) == 0, let copied = unsafe made else {
      stop("a digest was not copied")
    }
    unsafe handle = copied
    function = other.function
  }

  deinit { unsafe gcry_md_close(handle) }

  func update(_ bytes: UnsafeRawBufferPointer) { unsafe gcry_md_write(handle, bytes.baseAddress, bytes.count) }
  func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }
  func update(_ bytes: ArraySlice<UInt8>) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

  /// Ends it; nothing may follow.
  func finish() -> [UInt8] {
    guard let result = unsafe gcry_md_read(handle, function.algorithm) else { stop("a digest did not end") }
    return unsafe Array(UnsafeBufferPointer(start: result, count: HashFunction.digestBytes))
  }
}

/// SM3 cryptographic hash algorithm (GB/T 32905-2016): 32 bytes.
package enum SM3 {
  /// The digest of a message that is there whole.
  package static func digest(_ bytes: [UInt8]) -> [UInt8] { HashFunction.sm3.digest(bytes) }

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
  package static func digest(_ bytes: [UInt8]) -> [UInt8] { HashFunction.sha256.digest(bytes) }
}

/// The key of an HMAC (RFC 2104), with both padded key blocks hashed beforehand: a short message costs two blocks.
final class HMACKey: Sendable {
  // Only ever read after init, by copying.
  private nonisolated(unsafe) let keyed: HashContext

  init(_ function: HashFunction, _ key: [UInt8]) { unsafe keyed = HashContext(function, key: key) }

  /// The code of what the closure feeds into the digest.
  func code(_ feed: (borrowing HashContext) -> Void) -> [UInt8] {
    let context = unsafe HashContext(copying: keyed)
    feed(context)
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
