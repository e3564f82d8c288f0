internal import Application
internal import CaptureStore
internal import Foundations
internal import Replication

/// Compares what a device has saved with what was entered on it: what was said to be saved is saved, what was refused
/// is not, and a device that was ended goes on only under an identity that the administrator gave it.
struct SavedCheck {
  private let oracle: Oracle
  private let device: SimulatedDevice
  private let told: (promise: Oracle.Promise?, wasRefused: Bool, mayHaveCrashed: Bool)

  init(_ oracle: Oracle, _ device: SimulatedDevice) {
    self.oracle = oracle
    self.device = device
    told = oracle.takePromise()
  }

  private func fail(_ rule: String, _ detail: String) -> Violation {
    Violation(rule, "device \(device.index): \(detail)")
  }

  func run() throws {
    let memory = device.memory
    let (id, station, record, timeline, standing, fresh) = try device.store().read { session throws(Problem) in
      let id = session.identity.device
      return (
        id, session.identity.station, try session.record(), try session.lineage().current,
        (stopped: try session.stopped(), reviewed: try session.reviewed(), needs: try session.needsIdentity()),
        try session.ownOperations(after: id == memory.id ? Int64(memory.own.count) : 0, limit: 10_000)
      )
    }
    if id == memory.id {
      try checkFresh(fresh, counter: record.counter)
    } else {
      try checkIdentity(id, fresh)
    }
    guard record.counter == Int64(device.memory.own.count) else {
      throw fail("counters have no gaps", "\(record.counter), not \(device.memory.own.count)")
    }
    if timeline != device.memory.timeline { follow(timeline) }
    try checkAcknowledged(record, reviewed: standing.reviewed)
    device.memory.move(to: station)
    device.memory.isStopped = standing.stopped != nil
    device.memory.needsIdentity = standing.needs
  }

  private func checkFresh(_ fresh: [Replication.Operation], counter: Int64) throws {
    let before = Int64(device.memory.own.count)
    guard counter == before + Int64(fresh.count), fresh.map(\.id.counter) == Array((before..<counter).map { $0 + 1 })
    else { throw fail("counters have no gaps", "\(before), then \(fresh.map(\.id))") }
    if told.wasRefused, !told.mayHaveCrashed, !fresh.isEmpty {
      throw fail("what was refused is not saved", "\(fresh.map(\.id))")
    }
    if told.promise == nil, !told.wasRefused, !fresh.isEmpty {
      throw fail("nothing is written that nobody entered", "\(fresh.map(\.id))")
    }
    if device.memory.isStopped, !fresh.isEmpty {
      throw fail("a device that has stopped writes nothing", "\(fresh.map(\.id))")
    }
    for operation in fresh { oracle.noteSaved(operation, on: device) }
    try checkPromise(fresh)
  }

  /// Everything that is not in the log goes on under the new identity, in its order and as it was.
  private func checkIdentity(_ id: DeviceID, _ minted: [Replication.Operation]) throws {
    let own = Dictionary(uniqueKeysWithValues: device.memory.own.map { ($0.digest, $0) })
    var former: [Replication.Operation] = []
    for operation in minted {
      guard let before = Former(in: operation.content).flatMap({ own[$0.digest] }), operation.says(the: before) else {
        throw fail("what is minted again says the same", "\(operation.id)")
      }
      guard before.id.counter > former.last?.id.counter ?? 0 else {
        throw fail("what is unsent is minted again once", "\(operation.id) for \(before.id)")
      }
      former.append(before)
    }
    // What it holds of a log that was lost it brings back under the new identity.
    let again = Set(former.map(\.digest))
    let lost = try device.memory.own.first {
      try !again.contains($0.digest) && oracle.places[$0.digest] == nil && !device.memory.held.contains($0.digest)
        && !isOutsiders($0) && !isLetGo($0)
    }
    if let lost {
      throw fail("nothing is lost with an identity", lost.id.text)
    }
    try oracle.noteIdentity(id, minted, for: former, on: device)
  }

  /// Whether a log that was lost had an edit and had refused it, since its device did not see the application any more:
  /// such a device keeps no contents of it, and the county alone had them.
  private func isOutsiders(_ operation: Replication.Operation) -> Bool {
    oracle.past.values.contains { $0.entry(operation.digest)?.judged.judgement.map(Scope.refused) ?? false }
  }

  /// Whether its application had left the device's scope, once a log that was lost had it.
  private func isLetGo(_ operation: Replication.Operation) throws -> Bool {
    guard oracle.past.values.contains(where: { $0.entry(operation.digest) != nil }) else { return false }
    return try device.store().read { session throws(Problem) in
      try session.operation(operation.id)?.operation.isErased == true
    }
  }

  /// It has met a server whose backup was put back: only what it knows to have been judged there after the backup is
  /// acknowledged no more.
  private func follow(_ timeline: String) {
    let former = device.memory.timeline
    device.memory.timeline = timeline
    let history = oracle.history(of: timeline)
    guard !former.isEmpty else { return }
    guard case .parted(let sequence) = oracle.history(of: former).lineage.relation(to: history.lineage) else { return }
    let (memory, acknowledged) = (device.memory, device.memory.acknowledged)
    func isThere(_ operation: Replication.Operation) -> Bool {
      history.places[operation.digest].map { $0 < sequence } ?? false
    }
    let lost = memory.own.firstIndex { !memory.held.contains($0.digest) || !isThere($0) }
    if let lost { device.memory.acknowledged = min(acknowledged, Int64(lost)) }
    // Of what left its scope it holds no contents any more, and may know all the same how it was judged.
    let unknown = memory.own.firstIndex { operation in
      !isThere(operation)
        || (!memory.held.contains(operation.digest)
          && history.entered(operation.header.application, device) != nil)
    }
    let known = min(acknowledged, unknown.map { Int64($0) } ?? acknowledged)
    device.memory.told[timeline] = max(memory.told[timeline] ?? 0, known)
    device.memory.reviewed = 0
  }

  /// What it believes the county to have, the county has: in its log, in its review tray.
  private func checkAcknowledged(_ record: DeviceRecord, reviewed: Int64) throws {
    let memory = device.memory
    let history = oracle.history(of: memory.timeline)
    let inRefusals = memory.toldInRefusals.values.max() ?? 0
    let told = max(memory.told[memory.timeline] ?? 0, inRefusals, memory.acknowledged)
    guard record.acknowledged <= told else {
      throw fail("only the server acknowledges", "\(record.acknowledged), not \(told)")
    }
    guard record.acknowledged >= memory.acknowledged else {
      throw fail("what is acknowledged stays so", "\(record.acknowledged), before \(memory.acknowledged)")
    }
    for operation in memory.own.prefix(Int(record.acknowledged))
    where history.places[operation.digest] == nil && history.waiting[operation.id] != operation.digest
      && !isToldInRefusal(operation)
    {
      throw fail("what was acknowledged is there", operation.id.text)
    }
    if reviewed > record.acknowledged, reviewed != memory.reviewed {
      for operation in memory.own[Int(record.acknowledged)..<min(memory.own.count, Int(reviewed))]
      where oracle.places[operation.digest] == nil && oracle.tray[operation.digest] == nil {
        throw fail("what is said to lie in the tray lies there", operation.id.text)
      }
    }
    device.memory.acknowledged = record.acknowledged
    device.memory.reviewed = reviewed
  }

  /// Whether a server that refused this device said that it had an operation, and had it.
  private func isToldInRefusal(_ operation: Replication.Operation) -> Bool {
    device.memory.toldInRefusals.contains { timeline, counter in
      operation.id.counter <= counter && oracle.history(of: timeline).places[operation.digest] != nil
    }
  }

  /// Whether registers say only this already, late values beside the version among them.
  private func isShown(_ wanted: Members, _ application: String) throws -> Bool {
    let state = try device.store().read { session throws(Problem) in try session.state(ApplicationID(application)) }
    return wanted.allSatisfy { register, value in
      let shown = Set(state?.shown(register) ?? [])
      let values = (state?.registers[register]?.writes ?? []).filter { shown.contains($0.operation) }.map(\.value)
      return !values.isEmpty && values.allSatisfy { $0 == value }
    }
  }

  private func checkPromise(_ fresh: [Replication.Operation]) throws {
    let writes = fresh.compactMap { $0.content["set"]?.object }
    switch told.promise {
    case .wrote(let wanted, let application):
      guard let first = fresh.first, application == nil || first.header.application.text == application else {
        throw fail("what was said to be saved is saved", "nothing new")
      }
      guard wanted.allSatisfy({ writes.first?[$0.key] == $0.value }) else {
        throw fail("what is saved is what was entered", first.id.text)
      }
    case .mayWrite(let wanted, let application):
      let isSaved = writes.isEmpty ? try isShown(wanted, application) : writes == [wanted]
      guard isSaved else { throw fail("what is saved is what was entered", application) }
    case .settled(let value):
      guard writes.count == 1, writes.first?.values.first == value else {
        throw fail("what is saved is what was entered", "a settlement")
      }
    case nil: break
    }
  }
}
