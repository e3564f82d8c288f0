package import Foundations
package import Replication

/// Who wrote a value, in the order in which provisional values are shown: windows before stations.
package enum Standing: Int, Sendable, Comparable {
  case window, station, unsent
  package static func < (left: Standing, right: Standing) -> Bool { left.rawValue < right.rawValue }
}

/// One write of a register.
package struct RegisterWrite: Sendable, Hashable {
  package let operation: OperationID
  package let value: Value
  /// The heads this write saw.
  package fileprivate(set) var saw: [OperationID]
  /// Only applied writes can be heads; late and refused ones still carry ancestry.
  package fileprivate(set) var applied: Bool
  package let person: PersonID
  package let at: Instant
  package let standing: Standing
  /// Nil for this device's own unsent writes.
  package let sequence: Int64?
}

/// One register of an application: a field, a group of fields, or one of `Register`.
///
/// Invariant: *a value leaves only by a write that saw it.*
package struct RegisterState: Sendable {
  package private(set) var writes: [RegisterWrite] = []
  /// Where each write stands, and `unmet` for what a write saw that is not among them. Empty while there are few: those
  /// are looked through.
  private var places: [OperationID: Int] = [:]

  /// A register that nobody has written.
  package init() {}

  private init(_ writes: [RegisterWrite]) {
    self.writes = writes
    if writes.count > Self.lookedThroughMax { for index in writes.indices { note(index) } }
  }

  /// Adds a write in the order of the log; ancestry is read off `saw`, not off this order.
  ///
  /// Who was let in without a parent may name what is written later under that id, by a device that came back from a
  /// backup, and that write may have seen it: of two that would each stand over the other only the later one does.
  /// - Parameter twins: writes that say the same: whoever saw one of them has seen this one.
  package mutating func add(_ write: RegisterWrite, alike twins: [OperationID] = []) {
    if !twins.isEmpty {
      for index in writes.indices where writes[index].saw.contains(where: twins.contains) {
        guard !descends(write, from: writes[index].operation) else { continue }
        writes[index].saw.append(write.operation)
      }
    }
    // Of many the table knows whether any of them could have seen it.
    if places.isEmpty || places[write.operation] != nil {
      for index in writes.indices where writes[index].saw.contains(write.operation) {
        guard descends(write, from: writes[index].operation) else { continue }
        writes[index].saw.removeAll { $0 == write.operation }
      }
    }
    writes.append(write)
    if !places.isEmpty {
      note(writes.count - 1)
    } else if writes.count > Self.lookedThroughMax {
      for index in writes.indices { note(index) }
    }
  }

  /// Enters a write in the table of places.
  private mutating func note(_ index: Int) {
    if places[writes[index].operation, default: Self.unmet] == Self.unmet { places[writes[index].operation] = index }
    for seen in writes[index].saw where places[seen] == nil { places[seen] = Self.unmet }
  }

  private static let unmet = -1

  /// The write of an operation, the first one if there should be several; nil where there is none.
  private func place(of operation: OperationID) -> Int? {
    guard !places.isEmpty else { return writes.firstIndex { $0.operation == operation } }
    return places[operation].flatMap { $0 == Self.unmet ? nil : $0 }
  }

  private func seen(by operation: OperationID) -> [OperationID] { place(of: operation).map { writes[$0].saw } ?? [] }

  /// Whether a write that is not among these saw one that is, itself or through others.
  private func descends(_ write: RegisterWrite, from ancestor: OperationID) -> Bool {
    var seen: Set<OperationID> = []
    var open = write.saw
    while let next = open.popLast() {
      if next == ancestor { return true }
      if seen.insert(next).inserted { open += self.seen(by: next) }
    }
    return false
  }

  /// Whether this operation wrote the register, whatever became of it.
  package func wasWritten(by operation: OperationID) -> Bool { place(of: operation) != nil }

  /// Of some operations those that did not write the register.
  func unwritten(by operations: [OperationID]) -> [OperationID] { operations.filter { !wasWritten(by: $0) } }

  /// Makes writes applied ones, or late ones.
  mutating func mark(_ operations: Set<OperationID>, applied: Bool) {
    for index in writes.indices where operations.contains(writes[index].operation) { writes[index].applied = applied }
  }

  /// Up to so many writes are looked through; a table of more is worth its making.
  private static let lookedThroughMax = 8

  /// The applied writes that no other applied write descends from; ancestry runs through late and refused ones.
  /// In the order in which they are shown: (authority, sequence), unsent last.
  package var heads: [RegisterWrite] {
    if writes.count == 1, let only = writes.first { return only.applied ? [only] : [] }
    var covered: Set<OperationID> = []
    for write in writes where write.applied {
      var open = write.saw
      // Whatever is covered has had its own ancestors covered: each write is walked through once.
      while let next = open.popLast() {
        if covered.insert(next).inserted { open += seen(by: next) }
      }
    }
    return writes.filter { $0.applied && !covered.contains($0.operation) }.sorted(by: Self.shownBefore)
  }

  private static func shownBefore(_ left: RegisterWrite, _ right: RegisterWrite) -> Bool {
    if left.standing != right.standing { return left.standing < right.standing }
    let (leftSequence, rightSequence) = (left.sequence ?? Int64.max, right.sequence ?? Int64.max)
    return leftSequence != rightSequence ? leftSequence < rightSequence : left.operation < right.operation
  }

  /// The value that is shown: the first head's; nil where nothing was written or it was cleared.
  package var value: Value? {
    if let value = onlyValue(seenBy: { _ in true }, taking: []) { return value.isNull ? nil : value }
    guard let value = heads.first?.value, !value.isNull else { return nil }
    return value
  }

  /// The heads with different values, each value once; more than one is a conflict.
  package var candidates: [RegisterWrite] { Self.candidates(heads) }

  /// Of some heads those with different values.
  static func candidates(_ heads: [RegisterWrite]) -> [RegisterWrite] {
    guard heads.count > 1 else { return heads }
    var seen: Set<Value> = []
    return heads.filter { seen.insert($0.value).inserted }
  }

  package var isInConflict: Bool { writes.count > 1 && candidates.count > 1 }

  /// The value of a register that was written once, as nearly every one was, by a write that is its head for somebody
  /// who had seen only some operations; nil for all others. What else a write says is not copied for it.
  func onlyValue(seenBy knows: (OperationID) -> Bool, taking late: Set<OperationID>) -> Value? {
    guard writes.count == 1, writes[0].applied || late.contains(writes[0].operation), knows(writes[0].operation) else {
      return nil
    }
    return writes[0].value
  }

  /// The heads as they stood for somebody who had seen only some operations, some late ones counted in.
  func heads(seenBy knows: (OperationID) -> Bool, taking late: Set<OperationID>) -> [RegisterWrite] {
    // Nearly every register was written once.
    if writes.count == 1, let only = writes.first {
      return knows(only.operation) && (only.applied || late.contains(only.operation)) ? [only] : []
    }
    var state = RegisterState(writes.filter { knows($0.operation) })
    if !late.isEmpty { state.mark(late, applied: true) }
    return state.heads
  }
}

extension RegisterState: Hashable {
  /// The table of places follows from the writes.
  package static func == (left: RegisterState, right: RegisterState) -> Bool { left.writes == right.writes }

  /// Agrees with `==`.
  package func hash(into hasher: inout Hasher) { hasher.combine(writes) }
}
