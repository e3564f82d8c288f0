package import Cryptography
package import Foundations
internal import Wire

/// The running digest of one author's operations: R(0) = SM3 of the author's name, R(n) = SM3(R(n-1) ‖ digest(n)).
/// Two histories that agree at a counter agree at every counter before it.
package enum Chain {
  /// The running digest before the first operation.
  package static func start(_ author: DeviceID) -> Digest {
    Digest.sm3(Array("bangban-chain \(author.text)".utf8))
  }

  /// The running digest after one more operation.
  package static func next(_ running: Digest, _ operation: Digest) -> Digest {
    Digest.sm3(running.bytes + operation.bytes)
  }
}

/// A signed run of one author's operations, kept so that any holder can later prove who wrote them, even after
/// payloads were erased.
package struct Batch: Sendable, Hashable {
  package let author: DeviceID
  /// The author's strictly growing request number.
  package let number: Int64
  package let firstCounter: Int64
  package let digests: [Digest]
  /// SM3 over everything of the request that is not an operation.
  package let control: Digest
  /// SM2 signature, r ‖ s, 64 bytes.
  package let signature: [UInt8]

  package init(
    author: DeviceID, number: Int64, firstCounter: Int64, digests: [Digest], control: Digest, signature: [UInt8]
  ) {
    self.author = author
    self.number = number
    self.firstCounter = firstCounter
    self.digests = digests
    self.control = control
    self.signature = signature
  }

  /// What is signed: CBOR of ["bangban-batch-1", author, number, control, first counter, all digests].
  package static func message(
    author: DeviceID, number: Int64, firstCounter: Int64, digests: [Digest], control: Digest
  ) -> [UInt8] {
    CBOR.encode([
      "bangban-batch-1", .text(author.text), .integer(number), .bytes(control.bytes), .integer(firstCounter),
      .bytes(digests.flatMap(\.bytes)),
    ])
  }

  /// Whether the signature is the author's.
  package func isSigned(by key: VerifyingKey) -> Bool {
    key.verify(
      signature,
      of: Batch.message(
        author: author, number: number, firstCounter: firstCounter, digests: digests, control: control))
  }
}

/// Where a device stands in the server's log: (timeline, sequence), and where it stands inside the operations that
/// entered its scope at one sequence.
package struct Cursor: Sendable, Hashable {
  /// A restored server starts a new timeline.
  package let timeline: String
  /// Everything in scope that came, or entered the scope, up to this sequence has been received.
  package let position: Int64
  /// Of what entered at `position`, everything up to this sequence has been received.
  package let sequence: Int64

  package init(timeline: String, position: Int64, sequence: Int64) {
    self.timeline = timeline
    self.position = position
    self.sequence = sequence
  }

  /// The cursor of a device that has received nothing.
  package static let start = Cursor(timeline: "", position: 0, sequence: 0)

  package var value: Value { [.text(timeline), .integer(position), .integer(sequence)] }

  package init?(_ value: Value?) {
    guard let parts = value?.array, parts.count == 3, let timeline = parts[0].text, timeline.utf8.count <= 64,
      let position = parts[1].integer, position >= 0, let sequence = parts[2].integer, sequence >= 0
    else { return nil }
    self.init(timeline: timeline, position: position, sequence: sequence)
  }
}
