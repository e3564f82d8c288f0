internal import Application
internal import CaptureStore
internal import Casework
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// One line of the server's log as the oracle keeps it.
struct LogEntry {
  let judged: JudgedOperation

  var operation: Replication.Operation { judged.operation }
  var id: OperationID { operation.id }
  var application: ApplicationID { operation.header.application }
  var sequence: Int64 { judged.judgement?.sequence ?? 0 }
  var disposition: Disposition { judged.judgement?.disposition ?? .quarantined("?") }

  var line: String { "\(sequence) \(id) \(operation.header.kind) \(disposition)" }
}

/// A plain full history: what everybody did and was told. After every event it is compared with what the programs hold.
final class Oracle {
  /// What a person who got no refusal was told.
  private enum Promise {
    /// These registers, and perhaps more, in at least one operation on an application.
    case wrote([String: Value], application: String?)
    /// These registers and no others, unless they said so already.
    case mayWrite([String: Value], application: String)
    case settled(Value)
  }

  let devices: [SimulatedDevice]
  private(set) var log: [LogEntry] = []
  /// Every operation that a device has saved.
  private(set) var saved: [OperationID: Digest] = [:]
  /// What of others each device had when it was last looked at.
  var held: [DeviceID: Set<OperationID>] = [:]
  /// The highest counter of each device.
  private(set) var counters: [DeviceID: Int64] = [:]
  /// Of each operation, what its author had of the application before: whose values it surely saw.
  private(set) var seen: [OperationID: Set<OperationID>] = [:]
  /// The running digest of each device over what it has saved.
  private(set) var runnings: [DeviceID: Digest] = [:]
  /// What the server told devices that it holds.
  private(set) var acknowledged: [DeviceID: Int64] = [:]
  /// Bodies that windows' own systems have filed, by key.
  private(set) var filings: [String: Value] = [:]
  private var filedVersions: [String: String] = [:]
  /// Devices that the administrator has stopped.
  private(set) var revoked: Set<DeviceID> = []
  private var windowsTold: Set<PersonID> = []
  private var promise: Promise?
  private var wasRefused = false
  private var mayHaveCrashed = false
  private var mustReadAnew = false
  private(set) var doubleFiling: String?

  init(_ devices: [SimulatedDevice]) { self.devices = devices }

  // MARK: What people are told

  func told(_ device: SimulatedDevice, wrote: [String: Value], application: String?) {
    promise = .wrote(wrote, application: application)
  }

  func told(_ device: SimulatedDevice, mayWrite: [String: Value], application: String) {
    promise = .mayWrite(mayWrite, application: application)
  }

  func told(_ device: SimulatedDevice, settled value: Value) { promise = .settled(value) }

  func toldWindow(_ person: PersonID) { windowsTold.insert(person) }

  /// Refusals are answers; the disk and the line fail only where they were made to.
  func tolerate(_ problem: Problem, _ event: Event, strokes: Bool, crashed: Bool) throws {
    wasRefused = true
    mayHaveCrashed = crashed
    let isExpected =
      switch problem.kind.exit {
      case .storage: strokes
      case .offline: strokes || event.faults.contains { if case .line = $0 { true } else { false } }
      case .done, .refused, .usage, .attention: true
      }
    guard isExpected else {
      throw Violation("nothing fails without a fault", "\(event.line): \(problem.code) \(problem.detail ?? "")")
    }
  }

  func noteAcknowledgement(_ counter: Int64, _ device: SimulatedDevice) {
    acknowledged[device.id] = max(acknowledged[device.id] ?? 0, counter)
  }

  func noteFiling(_ key: String, _ body: [UInt8]) {
    guard filings[key] == nil, let value = try? JSONReader.read(body) else { return }
    filings[key] = value
    let what = "\(value["data"]?["id"]?.text ?? "") version \(value["data"]?["version"]?.integer ?? 0)"
    if let other = filedVersions[what], other != key { doubleFiling = what }
    filedVersions[what] = key
  }

  func noteRevoked(_ device: DeviceID) { revoked.insert(device) }

  /// A device of another make has saved an operation.
  func noteSaved(_ operation: Replication.Operation) { saved[operation.id] = operation.digest }

  /// The server's power was cut: what it has now is compared with everything it had.
  func serverRestarted() { mustReadAnew = true }

  // MARK: The server's log

  /// Reads what is new in the log. Each operation has one sequence without gaps, one judgement, and is the very one
  /// that its device saved.
  func readLog(_ service: CaseService) throws {
    let known = mustReadAnew ? 0 : log.count
    mustReadAnew = false
    let entries = try service.journal.read { reader throws(Problem) in
      try reader.operations(after: Int64(known), limit: 100_000)
    }.map(LogEntry.init)
    try compare(entries.prefix(log.count - known), known)
    for entry in entries.dropFirst(log.count - known) { try append(entry) }
  }

  private func compare(_ entries: ArraySlice<LogEntry>, _ start: Int) throws {
    for (index, entry) in log[start...].enumerated() {
      guard index < entries.count, entries[index].judged == entry.judged else {
        throw Violation("what the server has committed stays", entry.line)
      }
    }
  }

  private func append(_ entry: LogEntry) throws {
    guard entry.sequence == Int64(log.count) + 1 else {
      throw Violation("sequences have no gaps", "after \(log.count) comes \(entry.line)")
    }
    let author = entry.id.device
    guard entry.id.counter == (logged[author] ?? 0) + 1 else {
      throw Violation("an operation takes effect once, in order", entry.line)
    }
    logged[author] = entry.id.counter
    try checkOrigin(entry)
    noteScope(entry)
    if author.text == "server" {
      seen[entry.id] = Set(applications[entry.application, default: []].map { log[$0].id })
    }
    applications[entry.application, default: []].append(log.count)
    log.append(entry)
    touched.insert(entry.application)
  }

  private func checkOrigin(_ entry: LogEntry) throws {
    guard entry.id.device.text != "server" else { return }
    // What was saved while the power went is known once the device was looked at.
    guard let digest = saved[entry.id] else {
      unknown.append(entry)
      return
    }
    guard digest == entry.operation.digest else { throw Violation("nothing is changed on its way", entry.line) }
  }

  private func noteScope(_ entry: LogEntry) {
    let content = entry.operation.content
    if entry.operation.header.kind == .create, scopes[entry.application] == nil,
      let author = devices.first(where: { $0.id == entry.id.device })
    {
      scopes[entry.application] = ["station:\(author.station.text)": entry.sequence]
    }
    let isEffective = entry.disposition == .applied || entry.disposition == .late
    if entry.operation.header.kind == .share, isEffective, let with = content["with"]?.text,
      scopes[entry.application]?[with] == nil
    {
      scopes[entry.application, default: [:]][with] = entry.sequence
    }
  }

  /// By application, the scopes it is in and the sequence at which it entered each.
  private(set) var scopes: [ApplicationID: [String: Int64]] = [:]
  /// Operations in the log that no device was seen to have saved.
  private var unknown: [LogEntry] = []

  /// The highest counter of each author in the log.
  private(set) var logged: [DeviceID: Int64] = [:]
  /// Places in the log by application.
  private(set) var applications: [ApplicationID: [Int]] = [:]
  private var touched: Set<ApplicationID> = []

  func entries(of application: ApplicationID) -> [LogEntry] { applications[application, default: []].map { log[$0] } }

  // MARK: After every event

  /// Compares everything that an event may have changed.
  func check(_ device: SimulatedDevice) throws {
    try checkSaved(device)
    for entry in unknown where saved[entry.id] != entry.operation.digest {
      throw Violation("nothing comes from nowhere", entry.line)
    }
    unknown = []
    for device in devices {
      guard acknowledged[device.id] ?? 0 <= logged[device.id] ?? 0 else {
        throw Violation("what was acknowledged is there", "device \(device.index), \(acknowledged[device.id] ?? 0)")
      }
    }
    for person in windowsTold where log.count(where: { $0.operation.header.person == person }) != 1 {
      throw Violation("a window's action takes effect once", person.text)
    }
    if let doubleFiling { throw Violation("one filing a proceeding and version", doubleFiling) }
    try DeviceCheck(self, device).run()
    for application in touched.sorted() { try ApplicationCheck(self, application).run() }
    touched = []
  }

  /// What was said to be saved is saved, and what was refused is not.
  private func checkSaved(_ device: SimulatedDevice) throws {
    defer {
      promise = nil
      wasRefused = false
      mayHaveCrashed = false
    }
    let before = counters[device.id] ?? 0
    let (counter, fresh) = try device.store().read { session throws(Problem) in
      (try session.record().counter, try session.ownOperations(after: before, limit: 10_000))
    }
    guard counter == before + Int64(fresh.count), fresh.map(\.id.counter) == Array((before..<counter).map { $0 + 1 })
    else { throw Violation("counters have no gaps", "device \(device.index): \(before), then \(fresh.map(\.id))") }
    if wasRefused, !mayHaveCrashed, !fresh.isEmpty {
      throw Violation("what was refused is not saved", "device \(device.index): \(fresh.map(\.id))")
    }
    if promise == nil, !wasRefused, !fresh.isEmpty {
      throw Violation("nothing is written that nobody entered", "device \(device.index): \(fresh.map(\.id))")
    }
    for operation in fresh { note(operation, device) }
    counters[device.id] = counter
    try checkPromise(fresh, device)
  }

  private func note(_ operation: Replication.Operation, _ device: SimulatedDevice) {
    saved[operation.id] = operation.digest
    runnings[device.id] = Chain.next(runnings[device.id] ?? Chain.start(device.id), operation.digest)
    // What of others was here before the event began, and everything of its own.
    let own = (1..<operation.id.counter).map { OperationID(device.id, $0) }
    seen[operation.id] = (held[device.id] ?? []).union(own)
  }

  /// Whether registers say only this already, late values beside the version among them.
  private func isShown(_ wanted: [String: Value], _ application: String, _ device: SimulatedDevice) throws -> Bool {
    let state = try device.store().read { session throws(Problem) in try session.state(ApplicationID(application)) }
    return wanted.allSatisfy { register, value in
      let shown = Set(state?.shown(register) ?? [])
      let values = (state?.registers[register]?.writes ?? []).filter { shown.contains($0.operation) }.map(\.value)
      return !values.isEmpty && values.allSatisfy { $0 == value }
    }
  }

  private func checkPromise(_ fresh: [Replication.Operation], _ device: SimulatedDevice) throws {
    let writes = fresh.compactMap { $0.content["set"]?.object }
    let what = "device \(device.index)"
    switch promise {
    case .wrote(let wanted, let application):
      guard let first = fresh.first, application == nil || first.header.application.text == application else {
        throw Violation("what was said to be saved is saved", what)
      }
      guard wanted.allSatisfy({ writes.first?[$0.key] == $0.value }) else {
        throw Violation("what is saved is what was entered", first.id.text)
      }
    case .mayWrite(let wanted, let application):
      let isSaved = writes.isEmpty ? try isShown(wanted, application, device) : writes == [wanted]
      guard isSaved else { throw Violation("what is saved is what was entered", "\(what), \(application)") }
    case .settled(let value):
      guard writes.count == 1, writes.first?.values.first == value else {
        throw Violation("what is saved is what was entered", what)
      }
    case nil: break
    }
  }
}
