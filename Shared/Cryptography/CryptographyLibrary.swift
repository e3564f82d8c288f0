internal import COpenSSL

/// The library that does the arithmetic.
package enum CryptographyLibrary {
  /// Its name and version, as it gives them: `OpenSSL 3.0.…`.
  package static var version: String {
    guard let text = unsafe OpenSSL_version(OPENSSL_VERSION) else { return "OpenSSL" }
    return unsafe String(cString: text).split(separator: " ").prefix(2).joined(separator: " ")
  }
}
