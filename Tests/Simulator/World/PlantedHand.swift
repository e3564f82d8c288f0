internal import Application
internal import Assistant
internal import CaptureStore
internal import Foundations
internal import Replication

/// A hand that goes past the use cases, as a planted bug of theirs would.
struct PlantedHand {
  let plant: Plant
  let device: SimulatedDevice

  /// - Returns: whether the edit was done here, wrongly.
  func edit(_ id: String, _ register: String, _ value: Value) throws -> Bool {
    switch plant {
    case .parentsForgotten: return try write(id, register, value) { _ in [] }
    case .unseenOverwritten:
      // The form was open while news came in; what is saved claims to have seen them.
      _ = try? device.assistant().sync { _ in }
      return false
    case .groupTakenApart:
      guard Register.isGroup(register), var whole = try current(id, register) else { return false }
      whole["acc.bank"] = value["acc.bank"]
      return try write(id, register, whole) { $0.map(\.operation) }
    default: return false
    }
  }

  /// - Returns: whether the decision was written here, wrongly.
  func keepApart(_ id: String, from other: String) throws -> Bool {
    guard plant == .decisionParentsForgotten else { return false }
    _ = try device.store().change { session throws(Problem) in
      try session.append(Deed(.apart, ApplicationID(id), ["other": .text(other)]))
    }
    return true
  }

  private func current(_ id: String, _ register: String) throws -> Value? {
    try device.store().read { session throws(Problem) in try session.state(ApplicationID(id))?.value(register) }
  }

  private func write(
    _ id: String, _ register: String, _ value: Value, parents: @escaping ([RegisterWrite]) -> [OperationID]
  ) throws -> Bool {
    try device.store().change { session throws(Problem) in
      let heads = try session.state(ApplicationID(id))?.registers[register]?.heads ?? []
      let named = parents(heads)
      try session.append(
        Deed(
          .write, ApplicationID(id), ["set": .object([register: value])],
          parents: named.isEmpty ? [:] : [register: named]))
    }
    return true
  }

  /// Where a ferry file is to be read.
  /// - Returns: whether it was dealt with here, wrongly.
  func read(_ answer: Mail.Answer) throws(Problem) -> Bool {
    let isOwn = answer.device == device.id
    switch plant {
    case .ferryPageSkipped where isOwn:
      try device.store().change { session throws(Problem) in
        var record = try session.record()
        let end = Cursor(timeline: answer.cursor.timeline, position: answer.cursor.position, sequence: 0)
        guard end.position > record.cursor.position else { return }
        record.cursor = end
        try session.setRecord(record)
      }
      return true
    case .ferryOfAnotherBelieved where !isOwn:
      try device.store().change { session throws(Problem) in
        var record = try session.record()
        record.acknowledged = max(record.acknowledged, min(record.counter, answer.acknowledged))
        try session.setRecord(record)
      }
      return true
    default: return false
    }
  }

  /// After an exchange.
  func synchronised() throws {
    guard plant == .settledSilently, let conflict = try device.assistant().conflicts(nil).first,
      let id = conflict["id"]?.text, let field = conflict["field"]?.text
    else { return }
    _ = try device.assistant().resolve(id, field: field, take: 1, value: nil)
  }
}
