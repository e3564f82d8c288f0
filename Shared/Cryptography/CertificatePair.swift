internal import COpenSSL
package import Foundations
internal import Glibc

/// A server's certificate, those it hangs on, and its private key, as far as can be told before they are used.
package struct CertificatePair: Sendable, Hashable {
  /// What makes a pair useless.
  package enum Fault: Error, Sendable, Hashable {
    /// There is no certificate in the text.
    case certificate
    /// There is no private key in the text.
    case key
    /// The key opens with a passphrase only, and a server that starts by itself has nobody to ask.
    case passphrase
    /// The key is another certificate's.
    case mismatch
  }

  /// From when the server's own certificate holds.
  package let begins: Instant
  /// Until when the server's own certificate holds.
  package let ends: Instant
  /// Until when all of the others hold; nil where there are none. A root that has ended keeps nobody out who finds
  /// another way up.
  package let othersEnd: Instant?

  /// - Parameters:
  ///   - certificate: PEM (RFC 7468), the server's own certificate first.
  ///   - key: PEM.
  package init(certificate: String, key: String) throws(Fault) {
    guard AsymmetricLibrary.isReady else { throw .certificate }
    // What cannot be read leaves its reason in a queue of the thread's.
    defer { ERR_clear_error() }
    let chain = unsafe Self.source(certificate)
    defer { unsafe BIO_free(chain) }
    guard let own = unsafe PEM_read_bio_X509(chain, nil, noPassphrase, nil) else { throw .certificate }
    defer { unsafe X509_free(own) }
    guard let (begins, ends) = unsafe Self.days(own) else { throw .certificate }
    var othersEnd: Instant?
    while let next = unsafe PEM_read_bio_X509(chain, nil, noPassphrase, nil) {
      defer { unsafe X509_free(next) }
      guard let days = unsafe Self.days(next) else { throw .certificate }
      othersEnd = min(othersEnd ?? days.ends, days.ends)
    }
    guard !key.contains("ENCRYPTED") else { throw .passphrase }
    let text = unsafe Self.source(key)
    defer { unsafe BIO_free(text) }
    guard let pair = unsafe PEM_read_bio_PrivateKey(text, nil, noPassphrase, nil) else { throw .key }
    defer { unsafe EVP_PKEY_free(pair) }
    guard unsafe X509_check_private_key(own, pair) == 1 else { throw .mismatch }
    (self.begins, self.ends, self.othersEnd) = (begins, ends, othersEnd)
  }

  /// A source of OpenSSL's that has a copy of a text in it.
  private static func source(_ text: String) -> OpaquePointer? {
    let bytes = Array(text.utf8)
    let memory = unsafe BIO_new(BIO_s_mem())
    unsafe BIO_write(memory, bytes, Int32(clamping: bytes.count))
    return unsafe memory
  }

  private static func days(_ certificate: OpaquePointer) -> (begins: Instant, ends: Instant)? {
    func instant(_ time: UnsafePointer<ASN1_TIME>?) -> Instant? {
      var parts = unsafe tm()
      guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
      return Instant(milliseconds: Int64(unsafe timegm(&parts)) * 1000)
    }
    guard let begins = unsafe instant(X509_get0_notBefore(certificate)),
      let ends = unsafe instant(X509_get0_notAfter(certificate))
    else { return nil }
    return (begins, ends)
  }
}

/// Answers OpenSSL, which would ask whoever sits at the terminal.
private func noPassphrase(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ forWriting: Int32, _ context: UnsafeMutableRawPointer?
) -> Int32 { -1 }
