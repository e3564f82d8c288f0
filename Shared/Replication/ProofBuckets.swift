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
}

/// What `prove` compares: sequenced operations in 1,024 buckets, one digest a bucket.
///
/// Pure and the same on both ends: equal sets of operations give equal digests, in whatever order they come.
package struct ProofBuckets: Sendable, Hashable {
  package static let count = 1024

  private let buckets: [Int: [ProofEntry]]

  package init(_ entries: some Sequence<ProofEntry>) {
    buckets = Dictionary(grouping: entries) { Self.bucket(of: $0.operation) }
  }

  /// - Parameter operations: id, digest, sequence and disposition (`Disposition.text`) of each sequenced operation.
  package init(operations: some Sequence<(OperationID, Digest, Int64, String)>) {
    self.init(
      operations.map { ProofEntry(operation: $0.0, digest: $0.1, sequence: $0.2, disposition: $0.3) })
  }

  /// The bucket of an operation: the first ten bits of SM3 of its id's text.
  package static func bucket(of id: OperationID) -> Int {
    let bytes = Digest.sm3(Array(id.text.utf8)).bytes
    return Int(bytes[0]) << 2 | Int(bytes[1] >> 6)
  }

  /// What is in a bucket, in order of operations.
  package func entries(in bucket: Int) -> [ProofEntry] {
    (buckets[bucket] ?? []).sorted { $0.operation < $1.operation }
  }

  /// 1,024 digests of 32 bytes, one after another: SM3 over the bucket's entries as CBOR, sorted by their bytes; 32
  /// zero bytes for an empty bucket.
  package var digests: [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(Self.count * Digest.byteCount)
    for bucket in 0..<Self.count {
      guard let entries = buckets[bucket] else {
        output += [UInt8](repeating: 0, count: Digest.byteCount)
        continue
      }
      let encoded = entries.map { CBOR.encode($0.value) }.sorted { $0.lexicographicallyPrecedes($1) }
      output += Digest.sm3(Array(encoded.joined())).bytes
    }
    return output
  }

  /// The buckets in which somebody else's digests differ from these; every bucket where theirs are not 1,024.
  package func differing(from theirs: [UInt8]) -> [Int] {
    let own = digests
    guard theirs.count == own.count else { return Array(0..<Self.count) }
    return (0..<Self.count).filter { bucket in
      let range = bucket * Digest.byteCount..<(bucket + 1) * Digest.byteCount
      return own[range] != theirs[range]
    }
  }
}
