package import Cryptography
package import Foundations
package import Replication
internal import Wire

/// Pinning versions: what exactly was submitted.
extension ApplicationState {
  /// What a submission pins: the registers and materials as its author had seen them.
  package struct Snapshot: Sendable, Hashable {
    package let values: [String: Value]
    package let heads: [String: [OperationID]]
    package let materials: [MaterialEntry]
    package let conflicts: [String]

    /// SM3 over the CBOR of `{values, materials, deferred}`; materials as [material, content], sorted.
    package func digest(deferred: [String]) -> Digest {
      let entries = materials.map { CBOR.encode([.text($0.material), $0.content.value]) }
        .sorted { $0.lexicographicallyPrecedes($1) }
      let value: Value = [
        "values": .object(values), "materials": .array(entries.map(Value.bytes)),
        "deferred": .array(deferred.sorted().map(Value.text)),
      ]
      return Digest.sm3(CBOR.encode(value))
    }
  }

  /// How much of a version's digest a submission states at least: whoever judges computes the whole, and a beginning is
  /// enough to notice that the author had seen something else.
  package static let claimedDigestBytes = 8

  /// The snapshot that somebody sees who knows only some operations.
  package func snapshot(knowing knows: (OperationID) -> Bool) -> Snapshot {
    var values: [String: Value] = [:]
    var heads: [String: [OperationID]] = [:]
    var conflicts: [String] = []
    for (register, state) in registers {
      let seen = state.seen(by: knows)
      let current = seen.heads
      guard let first = current.first else { continue }
      if !first.value.isNull { values[register] = first.value }
      heads[register] = current.map(\.operation)
      if seen.isInConflict { conflicts.append(register) }
    }
    let removed = Set(removals.filter { knows($0.key) }.values)
    let materials = attachments.filter { knows($0.operation) && !removed.contains($0.operation) }
    return Snapshot(values: values, heads: heads, materials: materials, conflicts: conflicts.sorted())
  }

  /// What a device sees of this application now: everything folded in.
  package var currentSnapshot: Snapshot { snapshot { _ in true } }

  /// The pinned version a submission makes.
  /// - Throws: the code with which the submission is refused.
  func pin(_ header: OperationHeader, payload: Value, at: Instant) throws(SubmissionRefusal) -> PinnedVersion {
    guard let number = payload["version"]?.integer, number == Int64(versions.count) + 1 else {
      throw SubmissionRefusal(code: "submit.version")
    }
    let snapshot = snapshot { id in
      id.device == header.id.device ? id.counter < header.id.counter : id.counter <= header.saw[id.device] ?? 0
    }
    guard snapshot.conflicts.isEmpty else { throw SubmissionRefusal(code: "submit.conflict") }
    let deferred = (payload["defer"]?.array ?? []).compactMap(\.text)
    let digest = snapshot.digest(deferred: deferred)
    guard let claimed = payload["digest"]?.bytes, claimed.count >= Self.claimedDigestBytes,
      digest.bytes.starts(with: claimed)
    else { throw SubmissionRefusal(code: "submit.digest") }
    return PinnedVersion(
      number: number, digest: digest.text, operation: header.id, at: at, values: snapshot.values,
      heads: snapshot.heads, materials: snapshot.materials, deferred: deferred,
      answers: (payload["answers"]?.array ?? []).compactMap(\.text).map { ProceedingID($0) })
  }
}

/// Why a submission is refused.
struct SubmissionRefusal: Error {
  let code: String
}
