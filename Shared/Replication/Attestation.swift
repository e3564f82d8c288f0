package import Cryptography
package import Foundations
internal import Wire

/// The server's word, for a page of an answer, that it had committed these operations with these judgements.
///
/// Whoever holds a page can prove each line of it later, whoever wrote it: to a server that has lost them, the server's
/// own signature says that they were part of its log, when they had arrived, and what had become of them.
package struct Attestation: Sendable, Hashable {
  package let timeline: String
  /// One digest of 32 bytes an operation, in the order of the page.
  package let leaves: [UInt8]
  /// SM2 signature of the server's own key, r ‖ s, 64 bytes.
  package let signature: [UInt8]

  package init(timeline: String, leaves: [UInt8], signature: [UInt8]) {
    self.timeline = timeline
    self.leaves = leaves
    self.signature = signature
  }

  /// What stands for one operation: SM3 over the CBOR array [id, digest, judgement].
  package static func leaf(_ id: OperationID, _ digest: Digest, _ judgement: Judgement) -> Digest {
    Digest.sm3(CBOR.encode([.text(id.text), .bytes(digest.bytes), OperationCoding.value(judgement)]))
  }

  /// What stands for each operation of a page; nil where one has not been judged.
  package static func leaves(_ page: [JudgedOperation]) -> [Digest]? {
    let leaves = Parallel.map(page, fewest: Parallel.pageMin) { judged in
      judged.judgement.map { leaf(judged.operation.id, judged.operation.digest, $0) }
    }
    let known = leaves.compactMap(\.self)
    return known.count == page.count ? known : nil
  }

  /// What is signed: the CBOR array ["bangban-attestation-1", timeline, leaves].
  package static func message(timeline: String, leaves: [UInt8]) -> [UInt8] {
    CBOR.encode(["bangban-attestation-1", .text(timeline), .bytes(leaves)])
  }

  /// Whether the signature is the server's.
  package func isSigned(by key: VerifyingKey) -> Bool {
    leaves.count.isMultiple(of: Digest.byteCount)
      && key.verify(signature, of: Self.message(timeline: timeline, leaves: leaves))
  }

  /// Its name: SM3 over what is signed.
  package var digest: Digest { Digest.sm3(Self.message(timeline: timeline, leaves: leaves)) }

  package var count: Int { leaves.count / Digest.byteCount }

  /// The digest at a place; nil where there is none.
  package func leaf(at place: Int) -> [UInt8]? {
    guard place >= 0, place < count else { return nil }
    return Array(leaves[place * Digest.byteCount..<(place + 1) * Digest.byteCount])
  }

  /// The CBOR array [timeline, leaves, signature].
  package var value: Value { [.text(timeline), .bytes(leaves), .bytes(signature)] }

  /// Reads what `value` writes; nil for anything else.
  package init?(_ value: Value?) {
    guard let parts = value?.array, parts.count == 3, let timeline = parts[0].text, timeline.utf8.count <= 64,
      let leaves = parts[1].bytes, leaves.count.isMultiple(of: Digest.byteCount),
      leaves.count <= Digest.byteCount * Limits.operationsPerPageMax * 2, let signature = parts[2].bytes,
      signature.count == 64
    else { return nil }
    self.init(timeline: timeline, leaves: leaves, signature: signature)
  }
}

/// A page's attestation as a device receives it, with the place of each operation in it.
package struct AttestedPage: Sendable {
  package let attestation: Attestation
  package let places: [OperationID: Int]

  /// The attestation that an answer carries.
  /// - Parameter ownDigest: the digest of the device's own operation of a counter; nil where it never wrote so far.
  /// - Returns: nil where it carries none, or speaks of operations that the device never wrote.
  package init?(
    _ answer: SyncAnswer, device: DeviceID, ownDigest: (_ counter: Int64) throws(Problem) -> Digest?
  ) throws(Problem) {
    guard let signature = answer.attestation else { return nil }
    var leaves: [UInt8] = []
    var places: [OperationID: Int] = [:]
    guard let page = Attestation.leaves(answer.operations) else { return nil }
    for (judged, leaf) in zip(answer.operations, page) {
      places[judged.operation.id] = leaves.count / Digest.byteCount
      leaves += leaf.bytes
    }
    for counter in answer.judgements.keys.sorted() {
      guard let judgement = answer.judgements[counter], let digest = try ownDigest(counter) else { return nil }
      let id = OperationID(device, counter)
      places[id] = leaves.count / Digest.byteCount
      leaves += Attestation.leaf(id, digest, judgement).bytes
    }
    attestation = Attestation(timeline: answer.cursor.timeline, leaves: leaves, signature: signature)
    self.places = places
  }
}
