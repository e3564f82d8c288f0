internal import Foundations
internal import Replication

/// What becomes of late amendments.
extension ApplicationState {
  /// The window took a late amendment in (its own write carries the values) or declined it.
  ///
  /// One window's word settles it for all: whatever is still being judged has it from now on, but for a value in whose
  /// place another version says something else, which the window had not before it.
  mutating func settleLate(_ context: FoldContext, at index: Int) {
    guard let target = context.payload["operation"]?.text.flatMap(OperationID.init(text:)),
      let position = late.firstIndex(where: { $0.operation == target })
    else { return }
    let amendment = late.remove(at: position)
    guard context.header.kind == .admit else { return }
    takeIn(materialOf: amendment)
    let set = context.payload["set"]?.object ?? [:]
    let before = versions.first { $0.number == proceedings[index].version }?.standing ?? [:]
    let live = proceedings.indices.filter { $0 == index || !proceedings[$0].status.isFinal }
    let judged = Set(live.map { proceedings[$0].version })
    for place in versions.indices where judged.contains(versions[place].number) {
      let standing = versions[place].standing
      versions[place].rectified.merge(set.filter { standing[$0.key] == before[$0.key] }) { _, admitted in admitted }
      if let entry = amendment.material { versions[place].admitted.append(entry) }
      if let removed = amendment.removes { versions[place].released.insert(removed) }
    }
  }

  /// The entry that a late amendment takes out.
  package func entry(removedBy amendment: LateAmendment) -> MaterialEntry? {
    guard let target = amendment.removes else { return nil }
    return (attachments + late.compactMap(\.material)).first { $0.operation == target }
  }
}
