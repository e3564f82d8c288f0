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
    try checkHeld(entries)
    let held = Set(entries.map(\.digest))
    device.memory.held = held
    // One that has stopped is told what the log has of its work, not how it was judged.
    for operation in memory.own.prefix(memory.isStopped ? 0 : Int(record.acknowledged))
    where !held.contains(operation.digest) && oracle.entered(operation.header.application, device) != nil {
      throw fail("what is acknowledged has its judgement", operation.id.text)
    }
    try checkCursor(record.cursor, held)
  }

  /// Whatever it holds is what the server's log says, and is its business.
  private func checkHeld(_ entries: [ProofEntry]) throws {
    for entry in entries {
      guard entry.sequence >= 1, entry.sequence <= oracle.log.count else {
        throw fail("a replica says what the log says", "\(entry.operation) at \(entry.sequence)")
      }
      let logged = oracle.log[Int(entry.sequence) - 1]
      guard logged.id == entry.operation, logged.operation.digest == entry.digest,
        logged.disposition.text == entry.disposition
      else { throw fail("a replica says what the log says", "\(logged.line), here \(entry.disposition)") }
      guard oracle.mayHold(logged, device) else { throw fail("nobody gets what is not in scope", logged.line) }
      if let last = oracle.revoked[device.id], entry.sequence > last {
        throw fail("nobody revoked reads anything new", logged.line)
      }
    }
  }

  /// A cursor says that everything of others before it is here.
  private func checkCursor(_ cursor: Cursor, _ held: Set<Digest>) throws {
    for (application, places) in oracle.applications {
      for place in places {
        let entry = oracle.log[place]
        guard entry.id.device != device.id, let position = oracle.position(of: entry, application, device) else {
          continue
        }
        let isBefore = (position, entry.sequence) <= (cursor.position, cursor.sequence)
        if isBefore, !held.contains(entry.operation.digest) { throw fail("a cursor passes nothing by", entry.line) }
      }
    }
  }

  /// What holds after an exchange, whole or broken off: every application in scope is here as far as the cursor says,
  /// and says what the log up to there says.
  func runProjections() throws {
    // One that has stopped shows what it holds, until it goes on under another identity.
    guard !device.memory.isStopped else { return }
    let (rows, cursor) = try device.store().read { session throws(Problem) in
      (try session.applications(limit: Int.max), try session.record().cursor)
    }
    let here = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
    for application in oracle.applications.keys.sorted() where oracle.entered(application, device) != nil {
      let entries = oracle.entries(of: application).filter { entry in
        // A copy of this device may have written there before it was known to be one.
        guard entry.id.device != device.id else { return device.memory.held.contains(entry.operation.digest) }
        let position = oracle.position(of: entry, application, device) ?? .max
        return (position, entry.sequence) <= (cursor.position, cursor.sequence)
      }
      guard let state = ApplicationState.fold(entries.map(\.judged)) else { continue }
      // What is not sent yet, or was not answered, shows as a forecast.
      guard here[application].map({ $0.sync == "synced" }) ?? true else { continue }
      guard let row = here[application] else {
        throw fail("everything in scope is everywhere in scope", application.text)
      }
      let view = state.view(due: { _ in nil }, name: \.text)
      guard row.view == view else {
        throw fail("replicas project the same application", "\(application): \(Self.differences(row.view, view))")
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

extension Oracle {
  /// The sequence at which an application entered a device's scope; nil where it has not.
  func entered(_ application: ApplicationID, _ device: SimulatedDevice) -> Int64? {
    let scopes = scopes[application] ?? [:]
    return [scopes["station:\(device.station.text)"], scopes["device:\(device.id.text)"]].compactMap(\.self).min()
  }

  /// Whether a device may have an operation: it wrote it, or the application was once its business.
  func mayHold(_ entry: LogEntry, _ device: SimulatedDevice) -> Bool {
    let identities = device.memory.identities
    if identities.contains(entry.id.device) || entered(entry.application, device) != nil { return true }
    return identities.contains { scopes[entry.application]?["device:\($0.text)"] != nil }
  }

  /// Where in the device's feed an operation comes first.
  func position(of entry: LogEntry, _ application: ApplicationID, _ device: SimulatedDevice) -> Int64? {
    entered(application, device).map { max($0, entry.sequence) }
  }

  /// Compares a device after an exchange.
  func checkProjections(_ device: SimulatedDevice) throws { try DeviceCheck(self, device).runProjections() }
}
