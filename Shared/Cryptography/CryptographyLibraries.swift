internal import CGcrypt
internal import COpenSSL

/// OpenSSL, for what is done with key pairs and passphrases.
enum AsymmetricLibrary {
  /// The library made ready before its first use. It reads no configuration of the machine's: what is sealed and signed
  /// must not depend on it, and libcurl is told by us what it may do. And it is not to take itself apart when the
  /// process ends: the kernel does that. Both together take it longer than sealing a form.
  static let isReady =
    OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_LOAD_CONFIG), nil) == 1
}

/// libgcrypt, for digests, codes and ciphers. OpenSSL 3.0 has SM3 and SM4 in plain C; libgcrypt computes SM4 with the
/// processor's own instructions, seven times as fast, and needs no lookup for each digest.
enum SymmetricLibrary {
  /// The first version that does.
  private static let oldest = "1.10.0"
  /// The library made ready before its first use.
  static let isReady = unsafe bangban_gcrypt_begin(oldest) == 1
}

/// The libraries that do the arithmetic.
package enum CryptographyLibraries {
  /// Their names and versions: `OpenSSL 3.0.…, libgcrypt 1.10.…`.
  package static var versions: String {
    var openSSL = "OpenSSL"
    if let text = unsafe OpenSSL_version(OPENSSL_VERSION) {
      openSSL = unsafe String(cString: text).split(separator: " ").prefix(2).joined(separator: " ")
    }
    guard let text = unsafe gcry_check_version(nil) else { return openSSL }
    return unsafe "\(openSSL), libgcrypt \(String(cString: text))"
  }
}
