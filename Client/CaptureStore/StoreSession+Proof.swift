internal import Cryptography
package import Foundations
package import Replication
internal import SQLite
internal import Wire

/// What `prove` compares of this device: every sequenced operation of the applications it sees, erased ones included.
extension StoreSession {
  /// The sums over everything up to a sequence. Those reckoned before are gone on from, and these are kept for the
  /// next time; they go by themselves once anything under them is changed, by whichever hand.
  package func proofBuckets(upTo sequence: Int64) throws(Problem) -> ProofBuckets {
    let kept = try keptProof(upTo: sequence)
    var buckets = kept?.buckets ?? ProofBuckets()
    if sequence > kept?.position ?? 0 {
      try eachProofEntry(after: kept?.position ?? 0, upTo: sequence) { buckets.add($0) }
      try run("DELETE FROM proofs")
      try run("INSERT INTO proofs VALUES (?, ?)", [.integer(sequence), .blob(buckets.digests)])
    }
    // What a log had that the server has lost is compared as long as it has not come anew.
    try eachProofEntry(after: max(sequence, Self.lostBase), upTo: .max) { buckets.add($0) }
    return buckets
  }

  private func keptProof(upTo sequence: Int64) throws(Problem) -> (position: Int64, buckets: ProofBuckets)? {
    let kept = try store.sql { connection throws(StorageError) in
      try connection.one(
        "SELECT position, sums FROM proofs WHERE position <= ? ORDER BY position DESC LIMIT 1", [.integer(sequence)]
      ) { ($0.integer(0), $0.blob(1)) }
    }
    guard let (position, sums) = kept else { return nil }
    guard let buckets = ProofBuckets(digests: sums) else { throw ProblemKind.storeUnreadable.with("proofs.sums") }
    return (position, buckets)
  }

  /// Whether the sums that are kept are what the operations give.
  package func isProofTrue() throws(Problem) -> Bool {
    guard let kept = try keptProof(upTo: .max) else { return true }
    var buckets = ProofBuckets()
    try eachProofEntry(after: 0, upTo: kept.position) { buckets.add($0) }
    return buckets == kept.buckets
  }

  /// Every sequenced operation up to a sequence, as `prove` compares them, and those of a log that the server has lost.
  /// - Parameter buckets: only those in these; nil for all.
  package func proofEntries(upTo sequence: Int64, in buckets: Set<Int>? = nil) throws(Problem) -> [ProofEntry] {
    var entries: [ProofEntry] = []
    for (first, last) in [(0, sequence), (max(sequence, Self.lostBase), .max)] {
      try eachProofEntry(after: first, upTo: last) { entry in
        if buckets?.contains(entry.bucket) ?? true { entries.append(entry) }
      }
    }
    return entries
  }

  private func eachProofEntry(
    after first: Int64, upTo last: Int64, _ body: (ProofEntry) -> Void
  ) throws(Problem) {
    // From the beginning on all rows are read as they lie; later ones are found by their sequence. None is kept.
    let (table, plain) = first == 0 ? ("operations", "+") : ("operations INDEXED BY operations_by_sequence", "")
    _ = try store.connection.query(
      """
      SELECT author, counter, digest, judgement FROM \(table) WHERE \(plain)sequence > ? AND \(plain)sequence <= ?
      AND \(plain)application IN (SELECT id FROM applications)
      """, [.integer(first), .integer(last)]
    ) { row throws(Problem) in
      guard let digest = Digest(bytes: row.blob(2)), let value = try? CBOR.decode(row.blob(3)),
        let judgement = try? OperationCoding.judgement(value)
      else { throw ProblemKind.storeUnreadable.with("operations.judgement") }
      body(
        ProofEntry(
          operation: OperationID(DeviceID(row.text(0)), row.integer(1)), digest: digest, sequence: judgement.sequence,
          disposition: judgement.disposition.text))
    }
  }
}
