package import Foundations
internal import Wire

/// What a device signs of a request that appends to an attachment.
///
/// It does not cover the bytes: the server would have to hold them all back until the last one is there, and a cut
/// would lose them. *The digest that names an attachment proves the whole of it*, whoever altered a byte of it and
/// wherever; what the signature has to prove is who sends, to what, and from where on.
package enum UploadSignature {
  /// `Bangban-Scheme`: what is signed; without it the whole body is, as other requests are.
  package static let scheme = "bangban-upload-1"

  /// CBOR array ["bangban-upload-1", "PATCH", path, device, time, nonce, offset, count, completes].
  package static func message(
    path: String, device: DeviceID, time: Int64, nonce: String, offset: Int64, count: Int64, completes: Bool
  ) -> [UInt8] {
    CBOR.encode([
      .text(scheme), "PATCH", .text(path), .text(device.text), .integer(time), .text(nonce), .integer(offset),
      .integer(count), .bool(completes),
    ])
  }
}
