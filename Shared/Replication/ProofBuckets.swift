package import Cryptography
package import Foundations
internal import Wire

/// What both ends must agree on about one sequenced operation.
package struct ProofEntry: Sendable, Hashable {
  package let operation: OperationID
  package let digest: Digest
  package let sequence: Int64
  /// `Disposition.text`.
  package let disposition: String

  package init(operation: OperationID, digest: Digest, sequence: Int64, disposition: String) {
    self.operation = operation
    self.digest = digest
    self.sequence = sequence
    self.disposition = disposition
  }

  /// The CBOR array [id, digest, sequence, disposition].
  package var value: Value {
    [.text(operation.text), .bytes(digest.bytes), .integer(sequence), .text(disposition)]
  }

  /// Reads what `value` writes; nil for anything else.
  package init?(_ value: Value) {
    guard let parts = value.array, parts.count == 4, let operation = parts[0].text.flatMap(OperationID.init(text:)),
      let digest = parts[1].bytes.flatMap(Digest.init(bytes:)), let sequence = parts[2].integer,
      let disposition = parts[3].text
    else { return nil }
    self.init(operation: operation, digest: digest, sequence: sequence, disposition: disposition)
  }

  /// The bucket it stands in: the first ten bits of the operation's own digest, which are as good as random.
  package var bucket: Int { digest.firstBits(10) }
}

/// What `prove` compares: sequenced operations in 1,024 buckets, one digest a bucket.
///
/// The digest of a bucket is the sum, modulo 2^256, of the SM3 over each of its entries as CBOR; 0 for an empty one.
/// Equal sets of operations give equal sums in whatever order they come, so that a sum once reckoned needs only what
/// came since. It finds out what went wrong between two ends that mean well; what one of them could contrive is what
/// the signatures of the batches are for.
package struct ProofBuckets: Sendable, Hashable {
  package static let count = 1024
  private static let wordsPerSum = 4

  /// Four words a bucket, the least significant first.
  private var words = [UInt64](repeating: 0, count: count * wordsPerSum)

  /// Nothing in any bucket.
  package init() {}

  package init(_ entries: some Sequence<ProofEntry>) {
    for entry in entries { add(entry) }
  }

  /// - Parameter digests: what `digests` gave; nil for anything else.
  package init?(digests: [UInt8]) {
    guard digests.count == Self.count * Digest.byteCount else { return nil }
    for index in words.indices {
      let (bucket, word) = index.quotientAndRemainder(dividingBy: Self.wordsPerSum)
      let end = bucket * Digest.byteCount + (Self.wordsPerSum - word) * 8
      words[index] = digests[end - 8..<end].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  /// Adds an entry that is not among them.
  package mutating func add(_ entry: ProofEntry) {
    add(Digest.sm3(CBOR.encode(entry.value)).bytes, to: entry.bucket)
  }

  /// Adds all of others, which are none of these.
  package mutating func add(_ others: ProofBuckets) {
    for bucket in 0..<Self.count { add(others.sum(bucket), to: bucket) }
  }

  /// - Parameter number: 32 bytes, the most significant first.
  private mutating func add(_ number: [UInt8], to bucket: Int) {
    var carry: UInt64 = 0
    for word in 0..<Self.wordsPerSum {
      let end = number.count - word * 8
      let addend = number[end - 8..<end].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      let (sum, overflow) = words[bucket * Self.wordsPerSum + word].addingReportingOverflow(addend)
      let (total, further) = sum.addingReportingOverflow(carry)
      words[bucket * Self.wordsPerSum + word] = total
      carry = overflow || further ? 1 : 0
    }
  }

  private func sum(_ bucket: Int) -> [UInt8] {
    let sum = words[bucket * Self.wordsPerSum..<(bucket + 1) * Self.wordsPerSum].reversed()
    return sum.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
  }

  /// 1,024 digests of 32 bytes, one after another.
  package var digests: [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(Self.count * Digest.byteCount)
    for bucket in 0..<Self.count { output += sum(bucket) }
    return output
  }

  /// SM3 over all digests: where it agrees, nothing differs.
  package var root: Digest { Digest.sm3(digests) }

  /// The buckets in which somebody else's differ from these.
  package func differing(from theirs: ProofBuckets) -> [Int] {
    (0..<Self.count).filter { bucket in
      let range = bucket * Self.wordsPerSum..<(bucket + 1) * Self.wordsPerSum
      return words[range] != theirs.words[range]
    }
  }
}

/// What a device asks of `POST /v1/prove`: CBOR [2, cursor, proof]. The proof is the root over its buckets, 32 bytes;
/// where that differs, the server asks for the digests of all 1,024.
package struct ProofQuestion: Sendable {
  /// What is to be compared: first the one, then the other.
  package enum Proof: Sendable {
    case root(Digest)
    case buckets(ProofBuckets)
  }

  /// The second version: sums. The first had no number, and digests that had to be reckoned anew each time.
  package static let version: Int64 = 2

  package let cursor: Cursor
  package let proof: Proof

  package init(cursor: Cursor, proof: Proof) {
    self.cursor = cursor
    self.proof = proof
  }

  package var bytes: [UInt8] {
    let proof =
      switch proof {
      case .root(let root): root.bytes
      case .buckets(let buckets): buckets.digests
      }
    return CBOR.encode([.integer(Self.version), cursor.value, .bytes(proof)])
  }

  /// Reads a question.
  package static func read(_ bytes: [UInt8]) throws(MessageFailure) -> ProofQuestion {
    guard let parts = (try? CBOR.decode(bytes))?.array else { throw .malformed }
    if parts.count == 2, Cursor(parts[0]) != nil { throw .version(1) }
    guard let version = parts.first?.integer else { throw .malformed }
    guard version == Self.version else { throw .version(version) }
    guard parts.count == 3, let cursor = Cursor(parts[1]), let proof = parts[2].bytes else { throw .malformed }
    if let root = Digest(bytes: proof) { return ProofQuestion(cursor: cursor, proof: .root(root)) }
    guard let buckets = ProofBuckets(digests: proof) else { throw .malformed }
    return ProofQuestion(cursor: cursor, proof: .buckets(buckets))
  }
}

/// What the server answers: CBOR [differing or null, behind].
package struct ProofAnswer: Sendable, Hashable {
  /// What the server has in each bucket that differs; nil where the roots differ and the buckets are asked for.
  package let differing: [Int: [ProofEntry]]?
  /// Applications that have something after the cursor.
  package let behind: [ApplicationID]

  package init(differing: [Int: [ProofEntry]]?, behind: [ApplicationID]) {
    self.differing = differing
    self.behind = behind
  }

  package var bytes: [UInt8] {
    let buckets = differing?.sorted { $0.key < $1.key }.map { bucket, entries -> Value in
      [Value(bucket), .array(entries.map(\.value))]
    }
    return CBOR.encode([buckets.map(Value.array) ?? .null, .array(behind.map { .text($0.text) })])
  }

  /// Reads an answer; nil for anything else.
  package init?(_ bytes: [UInt8]) {
    guard let parts = (try? CBOR.decode(bytes))?.array, parts.count == 2, let behind = parts[1].array else {
      return nil
    }
    self.behind = behind.compactMap(\.text).map { ApplicationID($0) }
    guard let described = parts[0].array else {
      guard parts[0].isNull else { return nil }
      differing = nil
      return
    }
    var buckets: [Int: [ProofEntry]] = [:]
    for bucket in described {
      guard let pair = bucket.array, pair.count == 2, let index = pair[0].integer, let held = pair[1].array,
        (0..<Int64(ProofBuckets.count)).contains(index)
      else { return nil }
      buckets[Int(index)] = held.compactMap { ProofEntry($0) }
    }
    differing = buckets
  }
}
