internal import Application
internal import CaptureStore
internal import Cryptography
internal import Foundations
internal import Replication

/// Compares one device with the history.
struct DeviceCheck {
  private let oracle: Oracle
  private let device: SimulatedDevice

  init(_ oracle: Oracle, _ device: SimulatedDevice) {
    self.oracle = oracle
    self.device = device
  }

  private func fail(_ rule: String, _ detail: String) -> Violation {
    Violation(rule, "device \(device.index): \(detail)")
  }

  /// What holds after every event, however much is still on its way.
  func run() throws {
    let memory = device.memory
    let history = oracle.history(of: memory.timeline)
    let (record, chainBreak, running, entries) = try device.store().read { session throws(Problem) in
      let record = try session.record()
      return (
        record, try session.chainBreak(), try session.running(at: record.counter),
        try session.proofEntries(upTo: .max)
      )
    }
    guard chainBreak == nil, running == memory.running else {
      throw fail("what was said to be saved is saved", "the chain breaks at \(chainBreak ?? record.counter)")
    }
    try checkHeld(entries, history)
    let held = Set(entries.map(\.digest))
    device.memory.held = held
    // One that has stopped is told what the log has of its work, not how it was judged.
    for operation in memory.own.prefix(memory.isStopped ? 0 : Int(record.acknowledged))
    where !held.contains(operation.digest) && history.waiting[operation.id] != operation.digest
      && isToBeHere(operation, history, record.cursor)
    {
      throw fail("what is acknowledged has its judgement", operation.id.text)
    }
    try checkCursor(record.cursor, held, history)
    for (application, tombstone) in history.purges where held.contains(tombstone.digest) {
      try checkErased(application, tombstone.sequence)
    }
  }

  /// Whether the judgement of an own operation has come: with its acknowledgement or, once the device has changed its
  /// station, and where the operation had to wait, with its page.
  private func isToBeHere(_ operation: Replication.Operation, _ history: History, _ cursor: Cursor) -> Bool {
    guard let entered = history.entered(operation.header.application, device), entered <= cursor.position else {
      return false
    }
    guard device.memory.stations.count > 1 || history.waited.contains(operation.id) else { return true }
    guard let entry = history.entry(operation.digest),
      let position = history.position(of: entry, entry.application, device)
    else { return false }
    return (position, entry.sequence) <= (cursor.position, cursor.sequence)
  }

  /// Once nothing is on its way any more, a device keeps nothing of what has left its scope.
  func checkLeft() throws {
    let history = oracle.history(of: device.memory.timeline)
    for application in history.scopes.keys.sorted() where history.entered(application, device) == nil {
      let (operations, isListed) = try device.store().read { session throws(Problem) in
        (try session.operations(of: application), try session.isListed(application))
      }
      guard !isListed else { throw fail("what has left the scope is kept no longer", application.text) }
      if let kept = operations.first(where: { !$0.operation.isErased }) {
        throw fail("what has left the scope is kept no longer", kept.operation.id.text)
      }
      if let digest = try device.attachments(of: application).first {
        throw fail("what has left the scope is kept no longer", "attachment \(digest.prefix(12)) of \(application)")
      }
    }
  }

  /// Who has heard of a purge keeps nothing of before it, and of what came later only its own.
  func checkErased(_ application: ApplicationID, _ tombstone: Int64) throws {
    let operations = try device.store().read { session throws(Problem) in try session.operations(of: application) }
    let lost = oracle.past.isEmpty ? [] : try device.lost()
    for judged in operations where !judged.operation.isErased && judged.operation.header.kind != .purge {
      // A log that was lost had its own tombstone.
      let before =
        lost.contains(judged.operation.digest)
        ? oracle.past.values.compactMap { $0.purges[application]?.sequence }.min() ?? tombstone : tombstone
      let isLate = judged.judgement.map { $0.sequence > before } ?? true
      guard isLate, device.memory.identities.contains(judged.operation.id.device) else {
        throw fail("what is purged is gone", judged.operation.id.text)
      }
    }
    let needed = Set(operations.filter { !$0.operation.isErased }.flatMap { oracle.attachments($0.operation.digest) })
    for digest in try device.attachments(of: application) where !needed.contains(digest) {
      throw fail("what is purged is gone", "attachment \(digest.prefix(12)) of \(application)")
    }
  }

  /// Whatever it holds is what the server's log says, or what one said that was lost; and it is its business.
  private func checkHeld(_ entries: [ProofEntry], _ history: History) throws {
    let lost = oracle.past.isEmpty ? [] : try device.lost()
    for entry in entries {
      let isLost = lost.contains(entry.digest)
      let histories = isLost ? Array(oracle.past.values) : [history]
      guard
        let logged = histories.compactMap({ $0.entry(entry.digest) }).first(where: {
          $0.id == entry.operation && $0.disposition.text == entry.disposition
            && (isLost || $0.sequence == entry.sequence)
        })
      else {
        throw fail(
          "a replica says what the log says",
          "\(entry.operation) at \(entry.sequence) of \(history.timeline) \(entry.disposition)")
      }
      guard oracle.mayHold(logged, device) else { throw fail("nobody gets what is not in scope", logged.line) }
      if !isLost, isNewOfFormer(logged, history) { throw fail("nobody reads on where it was before", logged.line) }
      if !isLost, let last = oracle.revoked[device.id], last.timeline == history.timeline, entry.sequence > last.through
      {
        throw fail("nobody revoked reads anything new", logged.line)
      }
    }
  }

  /// Whether the county had moved the device when something was written that is another station's business.
  private func isNewOfFormer(_ entry: LogEntry, _ history: History) -> Bool {
    guard let moved = oracle.moved[device.id], moved.timeline == history.timeline, entry.sequence > moved.through,
      !device.memory.identities.contains(entry.id.device), !oracle.wasLost(entry)
    else { return false }
    let scopes = history.scopes[entry.application] ?? [:]
    return scopes["station:\(moved.station.text)"] == nil && scopes["device:\(device.id.text)"] == nil
  }

  /// A cursor says that everything of others before it is here.
  private func checkCursor(_ cursor: Cursor, _ held: Set<Digest>, _ history: History) throws {
    for (application, places) in history.applications {
      // What is erased already, and its tombstone on a page that has not come: it is nothing yet, and counts as behind.
      if let tombstone = history.purges[application], !held.contains(tombstone.digest) { continue }
      for place in places {
        let entry = history.log[place]
        guard entry.id.device != device.id, let position = history.position(of: entry, application, device) else {
          continue
        }
        let isBefore = (position, entry.sequence) <= (cursor.position, cursor.sequence)
        if isBefore, !held.contains(entry.operation.digest) { throw fail("a cursor passes nothing by", entry.line) }
      }
    }
  }

  /// Whether an operation of the device's own was refused while it did not see the application, or was let go of with a
  /// former station, and has its place on a page that has not come: its contents come with that.
  private func awaitsContents(
    _ entry: LogEntry, _ application: ApplicationID, _ history: History, _ cursor: Cursor
  ) -> Bool {
    guard device.memory.identities.contains(entry.id.device),
      entry.judged.judgement.map(Scope.refused) == true || device.memory.stations.count > 1,
      let position = history.position(of: entry, application, device)
    else { return false }
    return (position, entry.sequence) > (cursor.position, cursor.sequence)
  }

  /// What holds after an exchange, whole or broken off: every application in scope is here as far as the cursor says,
  /// and says what the log up to there says.
  func runProjections() throws {
    // One that has stopped shows what it holds, until it goes on under another identity.
    guard !device.memory.isStopped else { return }
    let history = oracle.history(of: device.memory.timeline)
    let (rows, cursor) = try device.store().read { session throws(Problem) in
      (try session.applications(limit: Int.max), try session.record().cursor)
    }
    let lost = oracle.past.isEmpty ? [] : try device.lost()
    let here = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
    for application in history.applications.keys.sorted() where history.entered(application, device) != nil {
      // What is marked as lost stands behind all that the server has.
      guard
        !oracle.past.values.contains(where: {
          $0.entries(of: application).contains { lost.contains($0.operation.digest) }
        })
      else { continue }
      let entries = history.entries(of: application).filter { entry in
        // What it had under a former identity it still has, however far it has pulled under the present one.
        if device.memory.held.contains(entry.operation.digest) { return true }
        // A copy of this device may have written there before it was known to be one.
        guard entry.id.device != device.id else { return false }
        let position = history.position(of: entry, application, device) ?? .max
        return (position, entry.sequence) <= (cursor.position, cursor.sequence)
      }
      guard !entries.contains(where: { awaitsContents($0, application, history, cursor) }) else { continue }
      guard let state = ApplicationState.fold(entries.map(\.judged)) else { continue }
      // Nothing was opened: what it was to be is there under another identity, and this one is listed nowhere.
      guard !Disposition.standsElsewhere(state.refusal) else { continue }
      // What is not sent yet, or was not answered, shows as a forecast.
      guard here[application].map({ $0.sync == "synced" }) ?? true else { continue }
      guard let row = here[application] else {
        throw fail("everything in scope is everywhere in scope", application.text)
      }
      let view = state.view(due: { _ in nil }, name: \.text)
      let shown = try device.store().read { session throws(Problem) in
        try session.state(application)?.view(due: { _ in nil }, name: \.text)
      }
      guard shown == view else {
        throw fail(
          "replicas project the same application", "\(application): \(Self.differences(shown ?? .null, view))")
      }
      guard row.view == state.listedView else {
        throw fail(
          "replicas list what they hold", "\(application): \(Self.differences(row.view, state.listedView))")
      }
    }
  }

  /// The members of two objects that differ, each as it is here and as it should be.
  private static func differences(_ here: Value, _ there: Value) -> String {
    let keys = Set((here.object ?? [:]).keys).union((there.object ?? [:]).keys)
    let differing = keys.sorted().filter { here[$0] != there[$0] }
    return differing.map { "\($0) \(JSON.text(here[$0] ?? .null)), not \(JSON.text(there[$0] ?? .null))" }
      .joined(separator: "; ")
  }
}

extension History {
  /// The sequence at which an application entered a device's scope; nil where it has not.
  func entered(_ application: ApplicationID, _ device: SimulatedDevice) -> Int64? {
    let scopes = scopes[application] ?? [:]
    return [scopes["station:\(device.station.text)"], scopes["device:\(device.id.text)"]].compactMap(\.self).min()
  }

  /// Where in the device's feed an operation comes first.
  func position(of entry: LogEntry, _ application: ApplicationID, _ device: SimulatedDevice) -> Int64? {
    entered(application, device).map { max($0, entry.sequence) }
  }
}

extension Oracle {
  /// Whether a device may have an operation: it wrote it, or the application was once its business.
  func mayHold(_ entry: LogEntry, _ device: SimulatedDevice) -> Bool {
    device.memory.identities.contains(entry.id.device)
      || ([history] + past.values).contains { mayHold(entry.application, device, $0) }
  }

  /// Whether an application was a device's business in a log.
  func mayHold(_ application: ApplicationID, _ device: SimulatedDevice, _ history: History) -> Bool {
    let scopes = history.scopes[application] ?? [:]
    return device.memory.identities.contains { scopes["device:\($0.text)"] != nil }
      || device.memory.stations.contains { scopes["station:\($0.text)"] != nil }
  }

  /// Compares a device after an exchange.
  func checkProjections(_ device: SimulatedDevice) throws { try DeviceCheck(self, device).runProjections() }
}
