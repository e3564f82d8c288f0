package import Cryptography
internal import Foundations
internal import Wire

/// An operation that a device brings back to a server that has lost it, with the judgement it had there.
package struct ReturnedOperation: Sendable, Hashable {
  package let operation: Operation
  /// As the lost log had it, its sequence included.
  package let judgement: Judgement
  /// Where the page's attestations speak of it: which of them, at which place.
  package let attestation: Int
  package let place: Int

  package init(_ operation: Operation, _ judgement: Judgement, attestation: Int, place: Int) {
    self.operation = operation
    self.judgement = judgement
    self.attestation = attestation
    self.place = place
  }
}

/// What a device sends to `POST /v1/return`: operations that the server has lost, application by application, each in
/// the order of the lost log. An empty page only asks where the server stands.
package struct ReturnPage: Sendable, Hashable {
  package var attestations: [Attestation]
  package var operations: [ReturnedOperation]
  /// More of the last operation's application follows: nothing is to come of it yet.
  package var continues: Bool

  package init(attestations: [Attestation] = [], operations: [ReturnedOperation] = [], continues: Bool = false) {
    self.attestations = attestations
    self.operations = operations
    self.continues = continues
  }

  /// The page on the wire.
  package func bytes(dictionary: MessageDictionary?) -> [UInt8] {
    let body: Value = [
      .array(attestations.map(\.value)), OperationCoding.pack(operations.map(\.operation)),
      OperationCoding.packJudgements(operations.map(\.judgement)),
      Columns.pack(operations.map { Value($0.attestation) }), Columns.pack(operations.map { Value($0.place) }),
      .bool(continues),
    ]
    return Envelope.seal(head: "return", body: body, dictionary: dictionary)
  }

  /// Reads a page; whether anything in it is proved is the reader's question.
  package static func read(
    _ bytes: [UInt8], dictionary: (_ id: [UInt8]) -> MessageDictionary?
  ) throws(MessageFailure) -> ReturnPage {
    let envelope = try Envelope.open(bytes, dictionary: dictionary)
    guard envelope.head.text == "return", let parts = try envelope.body().array, parts.count == 6,
      let described = parts[0].array, described.count <= Limits.operationsPerRequestMax,
      let operations = try? OperationCoding.unpack(parts[1], countMax: Limits.operationsPerRequestMax),
      let judgements = try? OperationCoding.unpackJudgements(parts[2]), judgements.count == operations.count,
      let numbers = try? Columns.unpack(parts[3], count: operations.count),
      let places = try? Columns.unpack(parts[4], count: operations.count), let continues = parts[5].bool
    else { throw .malformed }
    var page = ReturnPage(continues: continues)
    for value in described {
      guard let attestation = Attestation(value) else { throw .malformed }
      page.attestations.append(attestation)
    }
    for (index, operation) in operations.enumerated() {
      guard let number = numbers[index].integer, (0..<Int64(described.count)).contains(number),
        let place = places[index].integer, (0...Int64(Int32.max)).contains(place)
      else { throw .malformed }
      page.operations.append(
        ReturnedOperation(operation, judgements[index], attestation: Int(number), place: Int(place)))
    }
    return page
  }

  /// Whether the server's own word stands behind an operation of this page.
  /// - Parameter isSigned: whether an attestation of the page is signed by the server's key.
  package func proves(_ returned: ReturnedOperation, isSigned: (_ attestation: Int) -> Bool) -> Bool {
    guard attestations.indices.contains(returned.attestation), isSigned(returned.attestation) else { return false }
    let leaf = Attestation.leaf(returned.operation.id, returned.operation.digest, returned.judgement)
    return attestations[returned.attestation].leaf(at: returned.place) == leaf.bytes
  }
}

/// What the server answers to `POST /v1/return`.
package struct ReturnReceipt: Sendable, Hashable {
  package var lineage: Lineage
  /// Operations that became part of its log again.
  package var taken: Int64
  /// Operations that it had.
  package var known: Int64
  /// Operations that it could not take: nothing proves that they were ever part of its log, or another one is in their
  /// place. What of them another one is in the place of lies in its review tray.
  package var unproved: Int64
  /// Attachments of the device's applications that it lacks.
  package var missing: [Digest]

  package init(lineage: Lineage, taken: Int64 = 0, known: Int64 = 0, unproved: Int64 = 0, missing: [Digest] = []) {
    self.lineage = lineage
    self.taken = taken
    self.known = known
    self.unproved = unproved
    self.missing = missing
  }

  /// CBOR [lineage, taken, known, unproved, all missing digests].
  package var bytes: [UInt8] {
    CBOR.encode([
      lineage.value, .integer(taken), .integer(known), .integer(unproved), .bytes(missing.flatMap(\.bytes)),
    ])
  }

  /// Reads what `bytes` writes; nil for anything else.
  package init?(_ bytes: [UInt8]) {
    guard let parts = (try? CBOR.decode(bytes))?.array, parts.count == 5, let lineage = Lineage(parts[0]),
      let taken = parts[1].integer, let known = parts[2].integer, let unproved = parts[3].integer,
      let missing = parts[4].bytes, missing.count.isMultiple(of: Digest.byteCount)
    else { return nil }
    self.init(
      lineage: lineage, taken: taken, known: known, unproved: unproved,
      missing: stride(from: 0, to: missing.count, by: Digest.byteCount).compactMap {
        Digest(bytes: missing[$0..<$0 + Digest.byteCount])
      })
  }
}
