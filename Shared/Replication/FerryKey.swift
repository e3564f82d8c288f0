package import Cryptography
package import Foundations
internal import Wire

/// The key that ferry files for the server are sealed to, as the county publishes it: vouched for by the key that
/// signs, which every device has from its enrolment. One key must never both sign and decrypt.
package struct FerryKey: Sendable {
  package let key: SM2.EncryptionKey
  /// `{key, signature}`, both in hexadecimal: it travels in JSON as well.
  package let value: Value

  /// Vouches for a key.
  package init(_ key: SM2.EncryptionKey, signedBy signer: SigningKey) throws(Problem) {
    self.key = key
    value = [
      "key": .text(Hexadecimal.text(key.publicBytes)),
      "signature": .text(Hexadecimal.text(try signer.sign(Self.message(key.publicBytes)))),
    ]
  }

  /// The key of a published document; nil where it is none, or not vouched for by this signer.
  package init?(_ value: Value?, of signer: VerifyingKey) {
    guard let value, let bytes = value["key"]?.text.flatMap({ Hexadecimal.bytes($0) }),
      let signature = value["signature"]?.text.flatMap({ Hexadecimal.bytes($0) }),
      signer.verify(signature, of: Self.message(bytes)), let key = try? SM2.EncryptionKey(publicBytes: bytes)
    else { return nil }
    self.key = key
    self.value = value
  }

  private static func message(_ key: [UInt8]) -> [UInt8] { CBOR.encode(["bangban-encryption-key-1", .bytes(key)]) }
}
