package import Cryptography
package import Foundations
package import Replication
internal import Wire

/// Pinning versions: what exactly was submitted.
extension ApplicationState {
  /// What a submission pins: the registers and materials as its author had seen them.
  package struct Snapshot: Sendable, Hashable {
    package let values: Members
    package let materials: [MaterialEntry]
    package let conflicts: [String]

    /// What a version would be called that pins this.
    package func digest(deferred: [String]) -> Digest {
      PinnedVersion.digest(values: values, materials: materials, deferred: deferred)
    }

    /// Whether a version says the same already; what a window has put right on the spot since is part of it.
    package func isPinned(by version: PinnedVersion) -> Bool {
      let standing = version.standing.filter { !$0.value.isNull }
      return digest(deferred: version.deferred)
        == PinnedVersion.digest(values: standing, materials: version.materials, deferred: version.deferred)
    }
  }

  /// How much of a version's digest a submission states at least: whoever judges computes the whole, and a beginning is
  /// enough to notice that the author had seen something else.
  package static let claimedDigestBytes = 8

  /// The snapshot that somebody sees who knows only some operations.
  /// - Parameter late: late amendments that count in it as if they had been in time.
  package func snapshot(knowing knows: (OperationID) -> Bool, taking late: [LateAmendment]) -> Snapshot {
    let taken = Set(late.map(\.operation))
    // Registers have no order, and members put in one by one would be moved each time.
    var shown: [(String, Value)] = []
    shown.reserveCapacity(registers.count)
    var conflicts: [String] = []
    for (register, state) in registers {
      if let value = state.onlyValue(seenBy: knows, taking: taken) {
        if !value.isNull { shown.append((register, value)) }
        continue
      }
      let current = state.heads(seenBy: knows, taking: taken)
      guard let first = current.first else { continue }
      if !first.value.isNull { shown.append((register, first.value)) }
      if RegisterState.candidates(current).count > 1 { conflicts.append(register) }
    }
    let removed = Set(removals.filter { knows($0.key) }.values).union(late.compactMap(\.removes))
    let materials = (attachments.filter { knows($0.operation) } + late.compactMap(\.material))
      .filter { !removed.contains($0.operation) }
    let values = Members(uniqueKeysWithValues: shown)
    let all = Set(conflicts).union(registersBreakingRelations(values))
    return Snapshot(values: values, materials: materials, conflicts: all.sorted())
  }

  /// What a submission would pin now, were it made on this device: everything folded in.
  package var currentSnapshot: Snapshot { snapshot(knowing: { _ in true }, taking: amendments { _ in true }) }

  /// The late amendments that a submission takes in: an answer to a correction none, since all that was not asked for
  /// stays closed; any other all that its author had seen.
  private func amendments(knowing knows: (OperationID) -> Bool) -> [LateAmendment] {
    inCorrection.isEmpty ? late.filter { knows($0.operation) } : []
  }

  /// What the author of an operation had seen of this application: its own earlier operations, and others' up to what
  /// the header says.
  private static func seen(by header: OperationHeader) -> (OperationID) -> Bool {
    { id in
      id.device == header.id.device ? id.counter < header.id.counter : id.counter <= header.saw[id.device] ?? 0
    }
  }

  /// The version a submission pins, as its author had seen the application.
  private func version(
    pinnedBy header: OperationHeader, _ payload: Value, at: Instant
  ) -> (version: PinnedVersion, conflicts: [String]) {
    let knows = Self.seen(by: header)
    let snapshot = snapshot(knowing: knows, taking: amendments(knowing: knows))
    let deferred = (payload["defer"]?.array ?? []).compactMap(\.text)
    let version = PinnedVersion(
      number: payload["version"]?.integer ?? Int64(versions.count) + 1, operation: header.id, at: at,
      values: snapshot.values, materials: snapshot.materials, deferred: deferred,
      commitments: (payload["commit"]?.array ?? []).compactMap(MaterialCommitment.init),
      answers: (payload["answers"]?.array ?? []).compactMap(\.text).map { ProceedingID($0) })
    return (version, snapshot.conflicts)
  }

  /// The code with which a submission is refused; nil where it is in order.
  /// - Parameter pinned: the version it pins.
  func refusal(
    ofSubmission header: OperationHeader, _ payload: Value, pinning pinned: inout PinnedVersion?
  ) -> String? {
    guard payload["version"]?.integer == Int64(versions.count) + 1 else { return "submit.version" }
    var (version, conflicts) = version(pinnedBy: header, payload, at: header.claimedAt)
    let digest = version.computedDigest
    version.known.digest = digest
    pinned = version
    guard conflicts.isEmpty else { return "submit.conflict" }
    guard let claimed = payload["digest"]?.bytes, claimed.count >= Self.claimedDigestBytes,
      digest.bytes.starts(with: claimed)
    else { return "submit.digest" }
    let asked = inCorrection
    guard version.answers.isEmpty == asked.isEmpty, Set(version.answers).isSubset(of: asked) else {
      return "submit.correction"
    }
    return changesItems(version.values) ? "submit.items" : nil
  }

  /// Whether a further version would be of other items than those that were split into proceedings: an added one would
  /// lie with no window, and one that was taken out would be handled all the same. Where another way is asked for the
  /// answer may add items; which ones only the catalogue knows.
  /// - Parameter values: what it would pin.
  package func changesItems(_ values: Members) -> Bool {
    guard let former = versions.last, !proceedings.isEmpty else { return false }
    func items(_ values: Members) -> Set<String> { Set((values[Register.items]?.array ?? []).compactMap(\.text)) }
    let chosen = items(values)
    guard chosen != items(former.values) else { return false }
    let split = Set(proceedings.indices.map { proceedings[$0].id.item.text })
    let isDetoured = proceedings.indices.contains { place in
      proceedings[place].status == .correction && !proceedings[place].detouredFrom.isEmpty
    }
    return isDetoured ? !chosen.isSuperset(of: split) : chosen != split
  }

  /// Pins a version. It was judged before and is not judged again: replicas that hold less still agree on it.
  ///
  /// Invariant: *a submission closes what it pins: edits its author had not seen become late, late ones it had seen and
  /// takes in are late no longer.* What windows wrote and it had not seen stands in the version all the same.
  ///
  /// - Parameter context: of the submission, with the version where judging worked it out a moment ago.
  mutating func pin(_ context: FoldContext) -> PinnedVersion {
    let (header, at) = (context.header, context.at)
    var pinned = context.pinned ?? version(pinnedBy: header, context.payload, at: at).version
    pinned.at = at
    pinned.arrivedAt = context.arrivedAt
    pinned.isCaptureDoubtful = context.isDoubtful
    let knows = Self.seen(by: header)
    takeIn(amendments(knowing: knows))
    setAside(knowing: knows, open: Set(pinned.deferred))
    pinned.rectified = windowValues(unseenBy: knows)
    versions.append(pinned)
    return pinned
  }

  /// What windows wrote, by register, and an author had not seen: only who saw it writes over it. Where somebody said
  /// otherwise beside it, the author among them, the register is in conflict instead, and shown as one.
  private func windowValues(unseenBy knows: (OperationID) -> Bool) -> Members {
    func isUnseen(_ write: RegisterWrite) -> Bool { write.standing == .window && !knows(write.operation) }
    var values: [(String, Value)] = []
    for (register, state) in registers where state.writes.contains(where: isUnseen) {
      let heads = state.heads
      if let shown = heads.first, heads.allSatisfy(isUnseen) { values.append((register, shown.value)) }
    }
    return Members(uniqueKeysWithValues: values)
  }

  private mutating func takeIn(_ amendments: [LateAmendment]) {
    guard !amendments.isEmpty else { return }
    let taken = Set(amendments.map(\.operation))
    for register in Set(amendments.flatMap(\.values.keys)) { registers[register]?.mark(taken, applied: true) }
    for amendment in amendments { takeIn(materialOf: amendment) }
    late.removeAll { taken.contains($0.operation) }
  }

  /// A late amendment's material is there from now on, or gone.
  mutating func takeIn(materialOf amendment: LateAmendment) {
    if let entry = amendment.material { attachments.append(entry) }
    if let target = amendment.removes { removals[amendment.operation] = target }
  }

  /// Makes late what agents wrote and a submission's author had not seen. What windows wrote stands.
  private mutating func setAside(knowing knows: (OperationID) -> Bool, open: Set<String>) {
    var unseen: [OperationID: LateAmendment] = [:]
    var written: [OperationID: [(String, Value)]] = [:]
    for (register, state) in registers {
      for write in state.writes where write.applied && write.standing != .window && !knows(write.operation) {
        if unseen[write.operation] == nil {
          unseen[write.operation] = LateAmendment(write.operation, write.person, write.at)
        }
        written[write.operation, default: []].append((register, write.value))
      }
    }
    for (operation, values) in written { unseen[operation]?.values = Members(uniqueKeysWithValues: values) }
    for entry in attachments where !knows(entry.operation) && !open.contains(entry.material) {
      var amendment = LateAmendment(entry.operation, entry.person, entry.at)
      amendment.material = entry
      unseen[entry.operation] = amendment
    }
    for line in timeline {
      guard let target = removals[line.operation], !knows(line.operation) else { continue }
      let material = attachments.first { $0.operation == target }?.material
      guard material.map(open.contains) != true else { continue }
      var amendment = LateAmendment(line.operation, line.person, line.at)
      amendment.removes = target
      unseen[line.operation] = amendment
    }
    guard !unseen.isEmpty else { return }
    let aside = Set(unseen.keys)
    for register in Set(unseen.values.flatMap(\.values.keys)) { registers[register]?.mark(aside, applied: false) }
    attachments.removeAll { aside.contains($0.operation) }
    for operation in aside { removals[operation] = nil }
    for index in timeline.indices where aside.contains(timeline[index].operation) {
      timeline[index].code = Disposition.late.text
      if let amendment = unseen[timeline[index].operation] { late.append(amendment) }
    }
  }
}

extension PinnedVersion {
  /// The digest of what is pinned here.
  var computedDigest: Digest { Self.digest(values: values, materials: materials, deferred: deferred) }

  /// SM3 over the CBOR of `{values, materials, deferred}`; materials as [material, content], sorted.
  static func digest(values: Members, materials: [MaterialEntry], deferred: [String]) -> Digest {
    let entries = materials.map { CBOR.encode([.text($0.material), $0.content.value]) }
      .sorted { $0.lexicographicallyPrecedes($1) }
    let value: Value = [
      "values": .object(values), "materials": .array(entries.map(Value.bytes)),
      "deferred": .array(deferred.sorted().map(Value.text)),
    ]
    return Digest.sm3(CBOR.encode(value))
  }
}
