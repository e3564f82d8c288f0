internal import CaptureStore
package import Foundations
internal import Replication
internal import Wire

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
  /// Compares the digests of every shared application with the server's.
  package func prove() throws(Problem) -> Proof {
    let (record, entries, applications, held) = try store.read { session throws(Problem) in
      let record = try session.record()
      return (
        record, try session.proofEntries(upTo: record.cursor.position), try session.applicationIDs(),
        try session.heldDrafts()
      )
    }
    let buckets = ProofBuckets(entries)
    let body = CBOR.encode([record.cursor.value, .bytes(buckets.digests)])
    let signature = try DeviceSignature(store, clock: clock, random: random)
    let question = ServerQuestion("POST", "/v1/prove", headers: [("Content-Type", "application/cbor")], body: body)
    let answer = try line.ask(try signature.sign(question))
    guard answer.isSuccess else { throw answer.problem }
    guard let parts = (try? CBOR.decode(answer.body))?.array, parts.count >= 2, let differing = parts[0].array,
      let behind = parts[1].array?.compactMap(\.text)
    else { throw ProblemKind.syncAnswer.with("prove") }
    let differ = try differences(differing, buckets)
    let known = Set(applications.filter { !held.contains($0) }.map(\.text))
    let behindHere = Set(behind).intersection(known).subtracting(differ)
    return Proof(
      applications: known.count, match: known.count - known.intersection(differ).count - behindHere.count,
      differ: differ.sorted(), behind: Set(behind).subtracting(differ).count,
      unsent: record.counter - record.acknowledged, held: held.count)
  }

  /// The applications of the entries that only one side has.
  private func differences(_ differing: [Value], _ buckets: ProofBuckets) throws(Problem) -> Set<String> {
    var names: Set<String> = []
    for described in differing {
      guard let parts = described.array, parts.count == 2, let bucket = parts[0].integer, let entries = parts[1].array
      else { throw ProblemKind.syncAnswer.with("prove") }
      let theirs = Set(entries.compactMap { ProofEntry($0) })
      let ours = Set(buckets.entries(in: Int(clamping: bucket)))
      for entry in theirs.symmetricDifference(ours) {
        let application = try store.read { session throws(Problem) in try session.application(of: entry.operation) }
        names.insert(application?.text ?? entry.operation.text)
      }
    }
    return names
  }
}
