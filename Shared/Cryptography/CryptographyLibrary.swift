internal import COpenSSL

/// The library that does the arithmetic.
package enum CryptographyLibrary {
  /// The library made ready before its first use. It is not to take itself apart when the process ends, which takes it
  /// longer than saving a form: the kernel does that.
  static let isReady = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

  /// Its name and version, as it gives them: `OpenSSL 3.0.…`.
  package static var version: String {
    guard let text = unsafe OpenSSL_version(OPENSSL_VERSION) else { return "OpenSSL" }
    return unsafe String(cString: text).split(separator: " ").prefix(2).joined(separator: " ")
  }
}
