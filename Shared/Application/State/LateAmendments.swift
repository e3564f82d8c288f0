package import Foundations
internal import Replication

/// Whose business late amendments are, and what becomes of them.
extension ApplicationState {
  /// The late amendments that a proceeding's window sees and settles: those about what it sees of the form and the
  /// materials. What is no business of any proceeding that still goes on would wait for ever: any window may settle it.
  package func late(for proceeding: ProceedingState) -> [LateAmendment] {
    late.filter { amendment in
      concerns(amendment, proceeding)
        || !proceedings.contains { !$0.status.isFinal && concerns(amendment, $0) }
    }
  }

  private func concerns(_ amendment: LateAmendment, _ proceeding: ProceedingState) -> Bool {
    let materials = [amendment.material, entry(removedBy: amendment)].compactMap { $0?.material }
    return materials.contains(where: proceeding.materials.contains)
      || amendment.values.keys.contains(where: Register.shownToAllWindows.contains)
      || fieldValues(of: amendment).keys.contains(where: proceeding.fields.contains)
  }

  /// What an amendment says of fields, groups taken apart; one that clears a group clears all it ever had.
  package func fieldValues(of amendment: LateAmendment) -> Members {
    var values = Self.fieldValues(amendment.values)
    for (register, value) in amendment.values where Register.isGroup(register) && value.isNull {
      values[register] = nil
      let names = (registers[register]?.writes ?? []).flatMap { $0.value.object?.keys ?? [] }
      for name in names where values[name] == nil { values[name] = .null }
    }
    return values
  }

  /// The window took a late amendment in (its own write carries the values) or declined it.
  ///
  /// One window's word settles it for all: whatever is still being judged has it from now on, but for a value in whose
  /// place another version says something else, which the window had not before it.
  mutating func settleLate(_ context: FoldContext, at index: Int) {
    guard let target = context.payload["operation"]?.text.flatMap(OperationID.init(text:)),
      let position = late.firstIndex(where: { $0.operation == target })
    else { return }
    let amendment = late.remove(at: position)
    guard context.header.kind == .admit else {
      declined[target] = Remark(
        operation: context.header.id, text: context.payload["reason"]?.text ?? "", person: context.header.person,
        at: context.at)
      return
    }
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
