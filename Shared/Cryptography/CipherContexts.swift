internal import CGcrypt
internal import Synchronization

/// Ciphers of libgcrypt with one key in one mode, for all threads. A cipher knows the round keys and where it is in one
/// message: it is used by one thread at a time, and there are as many as there ever were threads at once.
final class CipherContexts: Sendable {
  private let key: [UInt8]
  private let mode: gcry_cipher_modes
  private let idle: Mutex<[CipherContext]>

  /// - Parameter key: of SM4, 16 bytes; the callers in this module see to that.
  init(_ key: [UInt8], _ mode: gcry_cipher_modes) {
    self.key = key
    self.mode = mode
    idle = Mutex([CipherContext(key, mode)])
  }

  /// Lends a cipher. Where it stands in a message is for the borrower to say first.
  func withOne<Result>(_ body: (OpaquePointer) -> Result) -> Result {
    let context = idle.withLock { $0.popLast() } ?? CipherContext(key, mode)
    defer { idle.withLock { $0.append(context) } }
    return unsafe body(context.handle)
  }
}

/// One cipher. Its memory is wiped when it is released.
@safe private final class CipherContext: @unchecked Sendable {
  // Used by whoever has taken it out of the idle ones, nobody else.
  let handle: OpaquePointer

  init(_ key: [UInt8], _ mode: gcry_cipher_modes) {
    var made: OpaquePointer?
    guard SymmetricLibrary.isReady, key.count == SM4CTR.keyBytes,
      unsafe gcry_cipher_open(&made, SM4CTR.algorithm, Int32(mode.rawValue), 0) == 0,
      let opened = unsafe made, unsafe gcry_cipher_setkey(opened, key, key.count) == 0
    else { stop("a cipher did not begin") }
    unsafe handle = opened
  }

  deinit { unsafe gcry_cipher_close(handle) }
}
