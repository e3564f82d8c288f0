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
  /// Requests whose sender has given up, and that still arrive.
  var delayed: [(device: SimulatedDevice, question: ServerQuestion)] = []
  /// Requests that arrived once and may come again.
  var delivered: [(device: SimulatedDevice, question: ServerQuestion)] = []
  let newerDevice: NewerDevice
  private var lines: [SimulatedLine] = []
  /// Copies of disks that were put by: of devices by their place, of the server under -1.
  private var copies: [Int: SimulatedDisk.Image] = [:]

  init(_ template: Template, _ script: Script, plant: Plant?) throws {
    self.template = template
    self.plant = plant
    server = try SimulatedServer(template, time, plant: plant)
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

  /// Lets everything of a script happen, then lets the faults stop and everything drain.
  /// - Throws: the first `Violation`.
  func run(_ script: Script) throws {
    for event in script.events { try perform(event) }
    try drain(SeededGenerator(script.seed ^ 0xD5A1))
  }

  // MARK: Events

  private func perform(_ event: Event) throws {
    var chance = SeededGenerator(event.seed)
    let device = devices[event.device % devices.count]
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
    trace.add("\(event.line) \(outcome)")
    try observe(device, event)
  }

  private func begin(_ event: Event, _ device: SimulatedDevice, _ chance: inout SeededGenerator) {
    server.random.seed(chance.next())
    for each in devices { each.random.seed(chance.next()) }
    lines[device.index].begin(event.faults)
    for fault in event.faults {
      switch fault {
      case .deviceDisk(let fault, let operations): device.disk.plan(fault, after: operations)
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

  private func restartIfDead(_ chance: inout SeededGenerator) throws {
    guard server.disk.isDead else { return }
    try server.restart(&chance)
    oracle.serverRestarted()
    trace.add("server restarted")
  }

  /// Looks at everything that the event may have changed.
  func observe(_ device: SimulatedDevice, _ event: Event?) throws {
    let before = oracle.log.count
    try oracle.readLog(server.service)
    for entry in oracle.log[before...] { trace.add(entry.line) }
    try oracle.check(device)
    if event == nil || event?.kind == .sync { try oracle.checkProjections(device) }
  }

  // MARK: Copies of disks

  /// Puts a copy of a disk by, or starts the machine on the copy that there is.
  /// - Parameter place: of a device, or -1 for the server.
  /// - Returns: whether the machine went back.
  func copyOrRestore(_ disk: SimulatedDisk, _ place: Int) -> Bool {
    guard let copy = copies.removeValue(forKey: place) else {
      copies[place] = disk.image
      return false
    }
    disk.restore(copy)
    return true
  }

  /// Lets a copy of a device go on beside it.
  func clone(_ device: SimulatedDevice) {
    let twin = SimulatedDevice(index: devices.count, copyOf: device, time)
    let line = SimulatedLine(self, twin)
    twin.line = line
    devices.append(twin)
    lines.append(line)
  }

  // MARK: The line

  /// Brings a question to the server; nil where no answer comes because the power went.
  func deliver(
    _ question: ServerQuestion, from device: SimulatedDevice, arrived: Int? = nil
  ) -> ServerAnswer? {
    let answer = server.answer(question, arrived: arrived)
    if question.path == "/v1/sync" { delivered.append((device, question)) }
    return answer
  }

  // MARK: The end

  private static let roundsMax = 6

  /// The faults have stopped: after bounded rounds everything is everywhere.
  private func drain(_ seed: SeededGenerator) throws {
    var chance = seed
    for device in devices { device.clock.offsetMilliseconds = 0 }
    for (device, question) in delayed { _ = deliver(question, from: device) }
    delayed = []
    // How long the log was when a device had nothing left to exchange.
    var settled: [Int: Int] = [:]
    for round in 1...Self.roundsMax {
      time.pass(milliseconds: 3_600_000)
      for device in devices where settled[device.index] != oracle.log.count {
        let before = oracle.log.count
        server.random.seed(chance.next())
        device.random.seed(chance.next())
        lines[device.index].begin([])
        guard !oracle.revoked.contains(device.id) else {
          try settleRevoked(device)
          settled[device.index] = before
          continue
        }
        let summary = try wellBehaved("sync of device \(device.index)") { try device.assistant().sync { _ in } }
        try observe(device, nil)
        // What an attachment sets going comes behind the page, with the next exchange.
        settled[device.index] = summary["upToDate"] == true && before == oracle.log.count ? before : nil
      }
      let outbox = try forwardAll(&chance)
      trace.add("round \(round), outbox \(outbox)")
      if outbox == 0, devices.allSatisfy({ settled[$0.index] == oracle.log.count }) { return try checkEnd() }
    }
    throw Violation("everything drains", "after \(Self.roundsMax) rounds something is still on its way")
  }

  /// A device that was revoked is told so, and keeps what it has.
  private func settleRevoked(_ device: SimulatedDevice) throws {
    do {
      _ = try device.assistant().sync { _ in }
      throw Violation("a revoked device is told so", "device \(device.index)")
    } catch let problem as Problem {
      guard problem.code == "device.revoked" else {
        throw Violation("a revoked device is told so", "device \(device.index): \(problem.code)")
      }
    }
    try observe(device, nil)
  }

  /// - Returns: how many dispatches still wait.
  private func forwardAll(_ chance: inout SeededGenerator) throws -> Int {
    _ = try wellBehaved("forwarding") {
      try Deeds(world: self, device: devices[0]).forward(failsOnce: 0, seed: chance.next())
    }
    return try wellBehaved("outbox") { try server.service.queuedDispatches() }
  }

  /// Nothing may go wrong any more once the faults have stopped.
  private func wellBehaved<Result>(_ what: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let problem as Problem {
      throw Violation("everything drains", "\(what): \(problem.code) \(problem.detail ?? "")")
    }
  }

  private func checkEnd() throws {
    for device in devices where !oracle.revoked.contains(device.id) {
      let proof = try wellBehaved("prove of device \(device.index)") { try device.assistant().prove() }
      guard proof["differ"] == [], proof["behind"] == 0, proof["unsent"] == 0 else {
        throw Violation("prove finds no difference", "device \(device.index): \(JSON.text(proof))")
      }
    }
    for device in devices {
      let doctor = try wellBehaved("doctor of device \(device.index)") { try device.assistant().doctor() }
      guard doctor["ok"] == true else {
        throw Violation("the store is sound", "device \(device.index): \(JSON.text(doctor))")
      }
    }
    try wellBehaved("the county's end") { try CountyCheck(oracle: oracle, server: server).run() }
  }
}

/// What happened, a line each; two runs of one seed have the same.
struct Trace {
  private(set) var lines: [String] = []

  mutating func add(_ line: String) { lines.append(line) }

  var digest: Digest { Digest.sm3(Array(lines.joined(separator: "\n").utf8)) }
}
