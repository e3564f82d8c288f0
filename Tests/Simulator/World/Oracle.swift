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

  /// Whether the server wrote it, on whichever timeline.
  var isServers: Bool { id.device.isServers }

  var line: String { "\(sequence) \(id) \(operation.header.kind) \(disposition)" }
}

extension DeviceID {
  /// Whether the server writes under it, on whichever timeline.
  var isServers: Bool { text == "server" || text.hasPrefix("server-") }
}

/// A plain full history: what everybody did and was told. After every event it is compared with what the programs hold.
final class Oracle {
  /// What a person who got no refusal was told.
  enum Promise {
    /// These registers, and perhaps more, in at least one operation on an application.
    case wrote(Members, application: String?)
    /// These registers and no others, unless they said so already.
    case mayWrite(Members, application: String)
    case settled(Value)
  }

  var devices: [SimulatedDevice]
  /// The server's log.
  var history = History(timeline: Template.timeline)
  /// The logs of its former timelines, as far as each came.
  var past: [String: History] = [:]
  /// What was lost with a log and has to come back.
  var owed: [Digest: Owed] = [:]
  /// What was filed from a log that was lost.
  var filedBefore: Set<String> = []
  /// Every operation that a computer has saved, whatever became of the computer.
  var saved: [Digest: Replication.Operation] = [:]
  /// Of each operation, what its author had of the application before: whose values it surely saw.
  var seen: [Digest: Set<Digest>] = [:]
  /// Of each operation that stands for another, the one that somebody once entered.
  var origins: [Digest: Digest] = [:]
  /// Bodies that windows' own systems have filed, by key.
  private(set) var filings: Members = [:]
  private var filedVersions: [String: String] = [:]
  /// Identities that the administrator has ended, with the timeline and the length of its log at that time.
  var revoked: [DeviceID: (timeline: String, through: Int64)] = [:]
  /// Identities that the administrator has moved: the timeline and the length of its log at that time, and where to.
  var moved: [DeviceID: (timeline: String, through: Int64, station: StationID)] = [:]
  /// Identities that the administrator has given codes for.
  var invited: Set<DeviceID> = []
  /// Identities whose computers may have lost files: they went back to an earlier copy of their disks, or were ended.
  var bereft: Set<DeviceID> = []
  /// Entries of the tray that the administrator asked to take in.
  var admitted: Set<Digest> = []
  var windowsTold: Set<PersonID> = []
  /// Who acted for a window and was lost with the log: their actions may come back, once.
  var windowsLost: Set<PersonID> = []
  /// What the administrator set aside for good.
  var declined: Set<Digest> = []
  /// What happened how often.
  let tally = Tally()
  private var promise: Promise?
  private var wasRefused = false
  private var mayHaveCrashed = false
  private var mustReadAnew = false
  private(set) var doubleFiling: String?
  /// An application that was filed though it stood behind another one, had ended, or was erased.
  var filedStanding: String?

  init(_ devices: [SimulatedDevice]) { self.devices = devices }

  // MARK: What people are told

  func told(_ device: SimulatedDevice, wrote: Members, application: String?) {
    promise = .wrote(wrote, application: application)
  }

  func told(_ device: SimulatedDevice, mayWrite: Members, application: String) {
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

  /// - Parameter timeline: of the server that told it.
  func noteAcknowledgement(_ counter: Int64, _ device: SimulatedDevice, timeline: String) {
    if timeline == history.timeline {
      history.acknowledged[device.id] = max(history.acknowledged[device.id] ?? 0, counter)
    }
    device.memory.told[timeline] = max(device.memory.told[timeline] ?? 0, counter)
  }

  /// A refusal tells what of a device's work the server has, wherever the device still stands: who is shut out does not
  /// follow a server whose backup was put back.
  func noteRefusal(acknowledging counter: Int64, _ device: SimulatedDevice) {
    let timeline = history.timeline
    noteAcknowledgement(counter, device, timeline: timeline)
    device.memory.toldInRefusals[timeline] = max(device.memory.toldInRefusals[timeline] ?? 0, counter)
  }

  func noteFiling(_ key: String, _ body: [UInt8]) {
    guard filings[key] == nil, let value = try? JSONReader.read(body) else { return }
    noteStanding(value)
    filings[key] = value
    let what = "\(value["data"]?["id"]?.text ?? "") version \(value["data"]?["version"]?.integer ?? 0)"
    if let other = filedVersions[what], other != key { doubleFiling = what }
    filedVersions[what] = key
  }

  /// A device of another make has saved an operation.
  func noteSaved(_ operation: Replication.Operation) { saved[operation.digest] = operation }

  /// The operation that somebody once entered and this one stands for; itself where it stands for none.
  func origin(of digest: Digest) -> Digest { origins[digest] ?? digest }

  /// Whether an operation of somebody's stands for another one.
  func isStandIn(_ digest: Digest) -> Bool { origins[digest] != nil }

  /// The server's power was cut, or something was erased: what it has now is compared with everything it had.
  func readAnew() { mustReadAnew = true }

  // MARK: The server's log

  /// Reads what is new in the log. Each operation has one sequence without gaps, one judgement, and is the very one
  /// that its device saved.
  func readLog(_ service: CaseService) throws {
    let known = mustReadAnew ? 0 : log.count
    mustReadAnew = false
    history.waiting = try service.journal.read { reader throws(Problem) in
      let rows = try reader.waiting(limit: 1000)
      return Dictionary(uniqueKeysWithValues: rows.map { ($0.operation.id, $0.operation.digest) })
    }
    let entries = try service.journal.read { reader throws(Problem) in
      try reader.operations(after: Int64(known), limit: 100_000)
    }.map(LogEntry.init)
    let fresh = entries.dropFirst(log.count - known)
    let purged = Set(fresh.filter { $0.operation.header.kind == .purge }.map(\.application))
    try compare(entries.prefix(log.count - known), known, purged.union(history.purges.keys))
    for entry in fresh { try append(entry, service) }
    try readErased(service)
  }

  /// - Parameter purged: applications whose contents may be gone.
  private func compare(_ entries: ArraySlice<LogEntry>, _ start: Int, _ purged: Set<ApplicationID>) throws {
    for (index, entry) in log[start...].enumerated() {
      guard index < entries.count, entries[index].judged.isSame(as: entry.judged, purged: purged) else {
        throw Violation("what the server has committed stays", entry.line)
      }
    }
  }

  private func append(_ entry: LogEntry, _ service: CaseService) throws {
    guard entry.sequence == Int64(log.count) + 1 else {
      throw Violation("sequences have no gaps", "after \(log.count) comes \(entry.line)")
    }
    // What waits is judged later.
    let between = history.through(entry.id.device) + 1..<max(history.through(entry.id.device) + 1, entry.id.counter)
    let isNext = between.allSatisfy { counter in
      let id = OperationID(entry.id.device, counter)
      return history.has(id) || history.waited.contains(id)
    }
    guard !history.has(entry.id), isNext || wasLost(entry) else {
      throw Violation("an operation takes effect once, in order", entry.line)
    }
    try checkReturn(entry, service)
    try checkOrigin(entry)
    try noteScope(entry, service)
    history.append(entry)
    touched.insert(entry.application)
  }

  private func checkOrigin(_ entry: LogEntry) throws {
    let operation = entry.operation
    guard !entry.isServers else { return try checkOwn(entry) }
    // What was saved while the power went is known once the device was looked at.
    guard let saved = saved[operation.digest] else {
      unknown.append(entry)
      return
    }
    guard saved.id == entry.id else { throw Violation("nothing is changed on its way", entry.line) }
    try count(entry)
  }

  /// The server's own operation: a window's, or one that stands for an entry of the review tray.
  private func checkOwn(_ entry: LogEntry) throws {
    let digest = entry.operation.digest
    let isKnown = seen[digest] != nil
    guard isKnown || entry.id.device == serverAuthor else { throw Violation("nothing comes from nowhere", entry.line) }
    let before = Set(applications[entry.application, default: []].map { log[$0].operation.digest })
    guard let former = Former(in: entry.operation.content) else {
      if !isKnown { seen[digest] = before }
      return
    }
    guard let saved = saved[former.digest], entry.operation.says(the: saved) else {
      throw Violation("nothing comes from nowhere", entry.line)
    }
    guard admitted.contains(former.digest) else { throw Violation("the tray is opened by a person only", entry.line) }
    origins[digest] = origin(of: former.digest)
    guard !isKnown else { return try count(entry) }
    seen[digest] = (seen[former.digest] ?? []).union(
      before.filter { other in seen[former.digest]?.contains { origin(of: $0) == origin(of: other) } == true })
    try count(entry)
  }

  /// Whatever is sent again, restored, copied or taken in: what somebody entered once takes effect once.
  private func count(_ entry: LogEntry) throws {
    guard entry.disposition == .applied || entry.disposition == .late else { return }
    let origin = origin(of: entry.operation.digest)
    if let other = history.effects[origin] {
      throw Violation("what was entered once takes effect once", "\(other), \(entry.line)")
    }
    history.effects[origin] = entry.id
  }

  private func noteScope(_ entry: LogEntry, _ service: CaseService) throws {
    // It may have been erased before anybody looked.
    let content = (saved[entry.operation.digest] ?? entry.operation).content
    if entry.operation.header.kind == .create, history.scopes[entry.application] == nil,
      let (station, sequence) = try scope(opening: entry, content, service)
    {
      history.scopes[entry.application] = ["station:\(station.text)": sequence]
    }
    let isEffective = entry.disposition == .applied || entry.disposition == .late
    // What comes back into an erased application lets in nobody but whoever held it (`noteTold`).
    guard history.purges[entry.application] == nil else { return }
    if entry.operation.header.kind == .share, isEffective, let with = content["with"]?.text,
      history.scopes[entry.application]?[with] == nil
    {
      history.scopes[entry.application, default: [:]][with] = entry.sequence
    }
  }

  /// The station of an application that begins, the one its author's computer was of, as far as that knew; and where it
  /// entered its scope: the tombstone of what was erased may have come back before it.
  private func scope(
    opening entry: LogEntry, _ content: Value, _ service: CaseService
  ) throws -> (StationID, sequence: Int64)? {
    let said = content["station"]?.text.map { StationID($0) }
    guard let author = devices.first(where: { $0.memory.identities.contains(entry.id.device) }) else {
      return said.map { ($0, entry.sequence) }
    }
    guard author.memory.stations.count > 1 || said != author.station else { return (author.station, entry.sequence) }
    return try service.journal.read { reader throws(Problem) in
      for station in author.memory.stations + [said].compactMap(\.self) {
        let sequence = try reader.applications(in: ["station:\(station.text)"])[entry.application]
        if let sequence, sequence <= entry.sequence { return (station, sequence) }
      }
      return nil
    }
  }

  /// Operations in the log that no device was seen to have saved.
  private var unknown: [LogEntry] = []

  // The present log's.
  var log: [LogEntry] { history.log }
  var places: [Digest: Int] { history.places }
  var applications: [ApplicationID: [Int]] { history.applications }
  var tray: [Digest: ReviewStatus] { history.tray }
  private var touched: Set<ApplicationID> = []

  func entries(of application: ApplicationID) -> [LogEntry] { history.entries(of: application) }

  // MARK: After every event

  /// Compares everything that an event may have changed.
  func check(_ device: SimulatedDevice) throws {
    try SavedCheck(self, device).run()
    for entry in unknown {
      guard saved[entry.operation.digest]?.id == entry.id else {
        throw Violation("nothing comes from nowhere", entry.line)
      }
      try count(entry)
    }
    unknown = []
    for (id, counter) in history.acknowledged where counter > history.through(id) {
      guard (history.through(id) + 1...counter).allSatisfy({ history.waits(OperationID(id, $0)) }) else {
        throw Violation("what was acknowledged is there", "\(id), \(counter)")
      }
    }
    for person in windowsTold where log.count(where: { $0.operation.header.person == person }) != 1 {
      throw Violation("a window's action takes effect once", person.text)
    }
    for person in windowsLost where log.count(where: { $0.operation.header.person == person }) > 1 {
      throw Violation("a window's action takes effect once", person.text)
    }
    if let filedStanding {
      throw Violation("what stands still, has ended or is erased goes out to nobody", filedStanding)
    }
    if let doubleFiling { throw Violation("one filing a proceeding and version", doubleFiling) }
    try DeviceCheck(self, device).run()
    for application in touched.sorted() {
      try ApplicationCheck(self, application).run()
      // What came back of a log that was lost may still lack its other half.
      if past.isEmpty { try DuplicateCheck(self, application).run() }
    }
    touched = []
  }

  /// What the person at a device was told in this event.
  func takePromise() -> (promise: Promise?, wasRefused: Bool, mayHaveCrashed: Bool) {
    defer {
      promise = nil
      wasRefused = false
      mayHaveCrashed = false
    }
    return (promise, wasRefused, mayHaveCrashed)
  }
}
