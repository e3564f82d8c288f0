internal import Application
internal import Assistant
internal import CaptureStore
internal import Casework
internal import Cryptography
internal import Forwarding
internal import Foundations
internal import Journal
internal import Replication
internal import SimulatedDisk
internal import Synchronizer
internal import TestValues

/// Why a run failed: what was promised, and what was found instead.
package struct Violation: Error, Sendable, Hashable {
  /// The promise, in a few stable words.
  package let rule: String
  package let detail: String

  init(_ rule: String, _ detail: String) {
    self.rule = rule
    self.detail = detail
  }
}

/// A county in one process, one thread and one seed: the server, its devices, the line between them, and the oracle
/// that knows what everybody did and was told.
final class World {
  let template: Template
  let time = WorldTime()
  let server: SimulatedServer
  private(set) var devices: [SimulatedDevice]
  let oracle: Oracle
  let plant: Plant?
  var trace = Trace()
  /// Windows whose own systems take nothing any more where the county looks for them.
  var gone: Set<WindowID> = []
  /// Requests whose sender has given up, and that still arrive.
  var delayed: [(device: SimulatedDevice, question: ServerQuestion)] = []
  /// Requests that arrived once and may come again.
  var delivered: [(device: SimulatedDevice, question: ServerQuestion)] = []
  let newerDevice: NewerDevice
  /// Whether the second version of the catalogue was published once.
  var hasPublished = false
  private(set) var lines: [SimulatedLine] = []
  /// Copies of devices' disks that were put by, by their place.
  private var copies: [Int: (image: SimulatedDisk.Image, memory: DiskMemory)] = [:]
  /// Backups of the server, each with its log.
  private var backups: [(image: SimulatedDisk.Image, history: History)] = []
  /// Sealed files on their way.
  let mail = Mail()

  init(_ template: Template, _ script: Script, plant: Plant?) throws {
    self.template = template
    self.plant = plant
    server = try SimulatedServer(template, time, systems: script.systems, plant: plant)
    let time = time
    devices = script.devices.enumerated().map { SimulatedDevice(index: $0, template.devices[$1], time) }
    newerDevice = NewerDevice(template.devices[script.newerDevice])
    oracle = Oracle(devices)
    lines = devices.map { SimulatedLine(self, $0) }
    for (device, line) in zip(devices, lines) {
      device.line = line
      try plant?.prepare(device: device.disk)
    }
  }

  /// Lets go of everything in a circle: one process runs thousands of worlds.
  func end() {
    for device in devices { device.unplug() }
    lines = []
    delayed = []
    delivered = []
  }

  /// Lets everything of a script happen, then lets the faults stop and everything drain.
  /// - Throws: the first `Violation`.
  func run(_ script: Script) throws {
    oracle.tally.count("worlds with \(script.systems) of the windows' own systems")
    for event in script.events { try perform(event) }
    try drain(SeededGenerator(script.seed ^ 0xD5A1))
  }

  // MARK: Events

  private func perform(_ event: Event) throws {
    var chance = SeededGenerator(event.seed)
    let device = machine(event)
    begin(event, device, &chance)
    time.pass(milliseconds: Int64(chance.number(1...600)) * 1000)
    var outcome = "done"
    do {
      outcome = try Deeds(world: self, device: device).perform(event, &chance)
    } catch let problem as Problem {
      outcome = problem.code
      try oracle.tolerate(
        problem, event, strokes: device.disk.hasStruck || server.disk.hasStruck, crashed: device.disk.isDead)
    }
    try end(device, &chance)
    try look(event, device)
    trace.add("\(event.line) \(outcome)")
    try observe(device, event)
  }

  /// A device, or a copy of it.
  private func machine(_ event: Event) -> SimulatedDevice {
    let device = devices[event.device % originals]
    let twins = devices.dropFirst(originals).filter { $0.original == device.index }
    var chance = SeededGenerator(event.seed ^ 0x7717)
    // Who needs no new identity asks for none.
    if event.kind == .enrol, let stopped = chance.pick(devices.filter(\.memory.needsIdentity)) { return stopped }
    return chance.pick([device] + twins) ?? device
  }

  private func begin(_ event: Event, _ device: SimulatedDevice, _ chance: inout SeededGenerator) {
    server.random.seed(chance.next())
    for each in devices { each.random.seed(chance.next()) }
    lines[device.index].begin(event.faults)
    for fault in event.faults {
      switch fault {
      case .deviceDisk(let fault, let operations): device.disk.plan(fault, after: operations)
      // A backup is made ready on a part of the disk that nothing else uses (`SimulatedServer.restore`).
      case .serverDisk where event.kind == .restoreServer: break
      case .serverDisk(let fault, let operations): server.disk.plan(fault, after: operations)
      case .line: break
      }
    }
  }

  private func end(_ device: SimulatedDevice, _ chance: inout SeededGenerator) throws {
    try restartIfDead(&chance)
    if device.disk.isDead { device.restart(&chance) }
    device.disk.planNothing()
    server.disk.planNothing()
    if chance.once(in: 6) { device.end() }
  }

  /// What became of it at the server is known even where nobody got an answer.
  private func look(_ event: Event, _ device: SimulatedDevice) throws {
    guard [.revoke, .enrol, .reassign].contains(event.kind) else { return }
    try server.service.journal.read { reader throws(Problem) in
      guard let row = try reader.device(device.id) else { return }
      if row.status == .revoked { oracle.noteRevoked(device.id) }
      if row.assignment > 0 { oracle.noteMoved(row) }
    }
    try noteSuccession(device)
  }

  /// What the server hands on to a device's new identity, whoever knows of it already.
  func noteSuccession(_ device: SimulatedDevice) throws {
    guard let invited = device.invited else { return }
    let given = try server.service.journal.read { reader throws(Problem) in
      try reader.applications(in: ["device:\(invited.text)"])
    }
    try oracle.noteSuccession(invited, after: device.id, given: given)
  }

  private func restartIfDead(_ chance: inout SeededGenerator) throws {
    guard server.disk.isDead else { return }
    try server.restart(&chance)
    oracle.readAnew()
    trace.add("server restarted")
  }

  /// Looks at everything that the event may have changed.
  func observe(_ device: SimulatedDevice, _ event: Event?) throws {
    let before = oracle.log.count
    try oracle.readLog(server.service)
    try oracle.readTray(server.service)
    for entry in oracle.log[before...] { trace.add(entry.line) }
    try oracle.check(device)
    if event == nil || event?.kind == .sync || event?.kind == .ferryRead { try oracle.checkProjections(device) }
  }

  // MARK: Copies of disks

  /// Puts a copy of a device's disk by, or starts the machine on the copy that there is.
  /// - Returns: whether the machine went back.
  func copyOrRestore(_ device: SimulatedDevice) -> Bool {
    guard let copy = copies[device.index] else {
      copies[device.index] = (device.disk.image, device.memory)
      return false
    }
    device.disk.restore(copy.image)
    oracle.noteRestored(device, to: copy.memory)
    return true
  }

  /// How often a county has to put a backup back.
  private static let restoresMax = 2

  /// The first backup that holds all that devices have let go of.
  private var firstWhole = 0

  /// Devices have let go of what the last backup holds: nobody puts an older one back.
  func noteLetGo() {
    firstWhole = max(0, backups.count - 1)
    oracle.tally.count("exchanges that let go of attachments")
  }

  /// Makes a backup of the server.
  func backUp() throws -> String {
    backups.append((try server.backup(), oracle.history))
    return "backup at \(oracle.log.count)"
  }

  /// Makes a backup of the server, or puts one back.
  func backUpOrRestore(_ faults: [Event.Fault], _ chance: inout SeededGenerator) throws -> String {
    guard let backup = chance.pick(Array(backups[firstWhole...])), oracle.past.count < Self.restoresMax,
      !chance.once(in: 4)
    else {
      return try backUp()
    }
    let length = oracle.log.count
    let timeline = plant == .authorKept ? "t2" : "t\(oracle.past.count + 2)"
    do { try server.restore(backup.image, as: timeline, faults: faults, &chance) } catch let problem as Problem {
      guard !faults.isEmpty, problem.kind.exit == .storage else { throw problem }
      oracle.tally.count("restores of the server cut off")
      return "cut off"
    }
    oracle.tally.count("restores of the server")
    oracle.noteServerRestored(to: backup.history, as: timeline)
    // Codes that were given out since are worth nothing.
    for device in devices { (device.code, device.invited) = (nil, nil) }
    return "from \(length) back to \(oracle.log.count)"
  }

  /// How many devices there are at first.
  private var originals: Int { lines.count - twins }
  private var twins = 0
  private static let twinsMax = 2

  /// Lets a copy of a device go on beside it.
  /// - Returns: whether there is one; a county has so many thieves.
  func clone(_ device: SimulatedDevice) -> Bool {
    guard twins < Self.twinsMax else { return false }
    twins += 1
    let twin = SimulatedDevice(index: devices.count, copyOf: device, time)
    let line = SimulatedLine(self, twin)
    twin.line = line
    devices.append(twin)
    oracle.add(twin)
    lines.append(line)
    return true
  }

  // MARK: The line

  /// Brings a question to the server; nil where no answer comes because the power went.
  func deliver(
    _ question: ServerQuestion, from device: SimulatedDevice, arrived: Int? = nil
  ) -> ServerAnswer? {
    let answer = server.answer(question, arrived: arrived)
    if question.path == "/v1/sync" || question.path == "/v1/return" { delivered.append((device, question)) }
    return answer
  }
}

/// What happened, a line each; two runs of one seed have the same.
struct Trace {
  private(set) var lines: [String] = []

  mutating func add(_ line: String) { lines.append(line) }

  var digest: Digest { Digest.sm3(Array(lines.joined(separator: "\n").utf8)) }
}
