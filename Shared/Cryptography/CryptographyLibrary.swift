internal import COpenSSL

/// The library that does the arithmetic.
package enum CryptographyLibrary {
  /// The library made ready before its first use. It reads no configuration of the machine's: what is sealed and signed
  /// must not depend on it, and libcurl is told by us what it may do. And it is not to take itself apart when the
  /// process ends: the kernel does that. Both together take it longer than sealing a form.
  static let isReady =
    OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CONFIG), nil) == 1

  /// Its name and version, as it gives them: `OpenSSL 3.0.…`.
  package static var version: String {
    guard let text = unsafe OpenSSL_version(OPENSSL_VERSION) else { return "OpenSSL" }
    return unsafe String(cString: text).split(separator: " ").prefix(2).joined(separator: " ")
  }
}
