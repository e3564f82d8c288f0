internal import COpenSSL
internal import Foundations

/// A key pair or a public key as OpenSSL holds it. The typed keys of `SM2` wrap it, one kind for each use.
@safe final class SM2Key: Sendable {
  let privateBytes: [UInt8]?
  let publicBytes: [UInt8]
  // Never changed after init; OpenSSL allows concurrent use with a context for each call.
  nonisolated(unsafe) let handle: OpaquePointer

  /// A new pair.
  convenience init(random: some RandomSource) throws(Problem) {
    try self.init(privateBytes: try Self.curve().randomPrivate(random))
  }

  /// - Throws: `key.invalid` unless this is a private key of the curve.
  init(privateBytes: [UInt8]) throws(Problem) {
    let curve = try Self.curve()
    guard curve.isPrivate(privateBytes) else { throw ProblemKind.keyInvalid.with("SM2") }
    publicBytes = try curve.publicKey(ofPrivate: privateBytes)
    self.privateBytes = privateBytes
    unsafe handle = try curve.key(publicBytes: publicBytes, privateBytes: privateBytes)
  }

  /// - Throws: `key.invalid` unless this is a point of the curve.
  init(publicBytes: [UInt8]) throws(Problem) {
    let curve = try Self.curve()
    guard curve.isPublic(publicBytes) else { throw ProblemKind.keyInvalid.with("SM2") }
    self.publicBytes = publicBytes
    privateBytes = nil
    unsafe handle = try curve.key(publicBytes: publicBytes, privateBytes: nil)
  }

  deinit { unsafe EVP_PKEY_free(handle) }

  private static func curve() throws(Problem) -> SM2Curve {
    guard let curve = SM2Curve.shared else { throw ProblemKind.cryptographyFailed.with("SM2") }
    return curve
  }
}

/// SM2 public key cryptography (GB/T 32918-2016). Keys for signing and keys for encrypting are different types, since
/// one key must never do both.
package enum SM2 {
  package static let privateKeyBytes = SM2Curve.privateBytes
}
