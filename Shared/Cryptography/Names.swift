/// The names by which `Replication` calls what is here; SM2 is the only signature Bangban has.
package typealias SigningKey = SM2.SigningKey
package typealias VerifyingKey = SM2.VerifyingKey

extension Digest {
  /// The digest of these bytes.
  package static func sm3(_ bytes: [UInt8]) -> Digest { Digest(of: bytes) }
}

extension SM2.VerifyingKey {
  /// Whether this key's owner signed this message.
  package func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool { isValid(signature, for: message) }
}
