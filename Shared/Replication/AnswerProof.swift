internal import Cryptography
internal import FoundationEssentials
internal import Foundations
internal import Wire

/// What the server signs of an answer to a device, so that the device believes it: *it is the county's, it answers this
/// very question, and not a byte of it is another one.* A confused proxy that hands over somebody else's answer, a bit
/// that was flipped on the way, or a page that asks to log in, changes nothing on a laptop.
///
/// It travels beside the body, in a header: the batches themselves are signed where they must prove something later
/// (`Attestation`), and the ones in ferry files are sealed.
package enum AnswerProof {
  /// The header with the signature in base64, since every answer has one.
  package static let header = "Bangban-Answer"

  /// A signature as the header has it.
  package static func text(_ signature: [UInt8]) -> String { Data(signature).base64EncodedString() }

  /// The signature in a header's text; nil for anything else.
  package static func signature(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map(Array.init) }

  /// The headers of an answer that say how much of an attachment is here; they are signed with it.
  package static let told = ["upload-offset", "upload-complete"]

  /// CBOR array ["bangban-answer-1", method, path, question, status, upload-offset?, upload-complete?, SM3(body)],
  /// where the question is the SM3 of its own signature's text, and of its body where that bears the signature.
  /// - Parameters:
  ///   - signature: the question's `Bangban-Signature`, as it is written there; nil where there is none.
  ///   - header: the answer's header by its lower-case name.
  package static func message(
    method: String, path: String, signature: String?, question: [UInt8], status: Int, header: (String) -> String?,
    body: [UInt8]
  ) -> [UInt8] {
    let asked = signature.map { Digest.sm3(Array($0.utf8)) } ?? Digest.sm3(question)
    let parts: [Value] =
      ["bangban-answer-1", .text(method), .text(path), .bytes(asked.bytes), Value(status)]
      + told.map { name in header(name).map(Value.text) ?? .null } + [.bytes(Digest.sm3(body).bytes)]
    return CBOR.encode(.array(parts))
  }
}
