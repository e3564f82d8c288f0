internal import CaptureStore
package import Foundations
internal import Replication

/// What `prove` found.
package struct Proof: Sendable, Hashable {
  package let applications: Int
  package let match: Int
  /// Ids of applications, or of operations whose application is not here.
  package let differ: [String]
  /// Applications that were touched after this device's last sync.
  package let behind: Int
  package let unsent: Int64
  /// Drafts that are held back: nothing of them is shared.
  package let held: Int
}

extension Synchronizer {
  /// Compares the digests of every shared application with the server's: first one over all of them, and only where
  /// that differs those of the buckets.
  package func prove() throws(Problem) -> Proof {
    let standing = try standing()
    let cursor = standing.record.cursor
    var answer = try ask(ProofQuestion(cursor: cursor, proof: .root(standing.buckets.root)))
    if answer.differing == nil {
      answer = try ask(ProofQuestion(cursor: cursor, proof: .buckets(standing.buckets)))
    }
    guard let differing = answer.differing else { throw ProblemKind.syncAnswer.with("prove") }
    let differ = try differences(differing, upTo: cursor.position)
    let behind = Set(answer.behind.map(\.text)).subtracting(differ)
    let lacking = try store.read { session throws(Problem) in
      var count = 0
      for name in differ.union(behind) where try session.isListed(ApplicationID(name)) { count += 1 }
      return count
    }
    return Proof(
      applications: standing.applications, match: standing.applications - lacking,
      differ: differ.sorted(), behind: behind.count, unsent: standing.record.counter - standing.record.acknowledged,
      held: standing.held)
  }

  /// What this device holds of what is shared, and up to where.
  private struct Standing {
    let record: DeviceRecord
    let buckets: ProofBuckets
    let applications: Int
    let held: Int
  }

  private func standing() throws(Problem) -> Standing {
    try store.change { session throws(Problem) in
      let record = try session.record()
      let held = try session.heldDrafts()
      let listed = try session.applicationCount()
      return Standing(
        record: record, buckets: try session.proofBuckets(upTo: record.cursor.position),
        applications: listed - held.count, held: held.count)
    }
  }

  private func ask(_ question: ProofQuestion) throws(Problem) -> ProofAnswer {
    let signature = try DeviceSignature(store, clock: clock, random: random)
    let answer = try line.ask(
      try signature.sign(
        ServerQuestion(
          "POST", "/v1/prove", headers: [("Content-Type", "application/cbor")], body: question.bytes)))
    guard answer.isSuccess else { throw answer.problem }
    guard let read = ProofAnswer(answer.body) else { throw ProblemKind.syncAnswer.with("prove") }
    return read
  }

  /// The applications of the entries that only one side has.
  private func differences(
    _ differing: [Int: [ProofEntry]], upTo sequence: Int64
  ) throws(Problem) -> Set<String> {
    guard !differing.isEmpty else { return [] }
    return try store.read { session throws(Problem) in
      let ours = Set(try session.proofEntries(upTo: sequence, in: Set(differing.keys)))
      var names: Set<String> = []
      for entry in Set(differing.values.joined()).symmetricDifference(ours) {
        names.insert(try session.application(of: entry.operation)?.text ?? entry.operation.text)
      }
      return names
    }
  }
}
