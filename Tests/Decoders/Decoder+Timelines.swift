internal import Application
internal import Cryptography
internal import Foundations
internal import Replication
internal import Wire

extension Decoder {
  private static let lineage = Lineage(
    past: [Lineage.Past(timeline: "t1", through: 4), Lineage.Past(timeline: "t2", through: 9)], current: "t3")
  private static let attestation: Attestation? = {
    let leaves = operations.flatMap { Attestation.leaf($0.id, $0.digest, judgement).bytes }
    guard let key = try? SigningKey(privateBytes: secret),
      let signature = try? key.sign(Attestation.message(timeline: "t1", leaves: leaves))
    else { return nil }
    return Attestation(timeline: "t1", leaves: leaves, signature: signature)
  }()
  private static let returned = ReturnPage(
    attestations: [attestation].compactMap(\.self),
    operations: operations.enumerated().map { ReturnedOperation($1, judgement, attestation: 0, place: $0) },
    continues: true)

  /// What a device and a restored server say to each other.
  static let timelines: [Decoder] = [
    Decoder("lineage", [CBOR.encode(lineage.value), CBOR.encode(Lineage(current: "t1").value)]) { bytes in
      guard let read = Lineage(try? CBOR.decode(bytes)) else { return false }
      _ = lineage.relation(to: read)
      return Lineage(read.value) == read
    },
    Decoder("attestation", [attestation.map { CBOR.encode($0.value) } ?? []]) { bytes in
      guard let read = Attestation(try? CBOR.decode(bytes)) else { return false }
      return read.leaf(at: read.count) == nil && read.digest.bytes.count == Digest.byteCount
    },
    Decoder("return-page", [returned.bytes(dictionary: nil), returned.bytes(dictionary: dictionary)]) { bytes in
      guard let page = try? ReturnPage.read(bytes, dictionary: known) else { return false }
      return page.operations.allSatisfy { page.proves($0) { _ in true } }
    },
    Decoder(
      "return-receipt",
      [ReturnReceipt(lineage: lineage, taken: 3, known: 2, unproved: 1, missing: [.sm3([1]), .sm3([2])]).bytes]
    ) { ReturnReceipt($0).map { !$0.bytes.isEmpty } ?? false },
  ]

  /// What `prove` asks and is answered.
  static let proofs: [Decoder] = [
    Decoder(
      "proof-question",
      [.root(ProofBuckets([proof]).root), .buckets(ProofBuckets([proof]))].map { (what: ProofQuestion.Proof) in
        ProofQuestion(cursor: Cursor(timeline: "t1", position: 9, sequence: 8), proof: what).bytes
      }
    ) { bytes in
      guard let question = try? ProofQuestion.read(bytes) else { return false }
      guard case .buckets(let buckets) = question.proof else { return true }
      return ProofBuckets([proof]).differing(from: buckets).count <= ProofBuckets.count
    },
    Decoder(
      "proof-answer",
      [
        ProofAnswer(differing: [proof.bucket: [proof]], behind: [ApplicationID("a1")]).bytes,
        ProofAnswer(differing: nil, behind: []).bytes,
      ]
    ) { ProofAnswer($0).map { !$0.bytes.isEmpty } ?? false },
  ]
}
