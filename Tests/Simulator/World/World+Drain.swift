internal import Assistant
internal import Casework
internal import Cryptography
internal import Forwarding
internal import Foundations
internal import Journal
internal import Replication
internal import TestValues

/// The end of a world: the faults stop, and everything comes to rest.
extension World {
  private static let roundsMax = 12

  /// The faults have stopped: after bounded rounds everything is everywhere.
  func drain(_ seed: SeededGenerator) throws {
    var chance = seed
    for device in devices { device.clock.offsetMilliseconds = 0 }
    for (device, question) in delayed { _ = deliver(question, from: device) }
    delayed = []
    // What the server does every hour.
    try wellBehaved("erasing") { try server.service.removeDropped(from: server.blobs) }
    let administrator = Deeds(world: self, device: devices[0])
    try wellBehaved("windows") { try administrator.openWindows() }
    try wellBehaved("windows' own systems") { try administrator.openSystems() }
    if hasPublished { _ = try wellBehaved("catalogue") { try administrator.publish() } }
    // How long the log was when a device had nothing left to exchange.
    var settled: [Int: Int] = [:]
    for round in 1...Self.roundsMax {
      time.pass(milliseconds: 3_600_000)
      for device in devices where settled[device.index] != oracle.log.count {
        let before = oracle.log.count
        server.random.seed(chance.next())
        device.random.seed(chance.next())
        lines[device.index].begin([])
        let isUpToDate = try exchange(device)
        // What an attachment sets going comes behind the page, with the next exchange.
        settled[device.index] = isUpToDate && before == oracle.log.count ? before : nil
      }
      if settled.values.compactMap(\.self).count == devices.count { try settleTray(&chance) }
      let outbox = try forwardAll(&chance)
      trace.add("round \(round), outbox \(outbox)")
      if outbox == 0, devices.allSatisfy({ settled[$0.index] == oracle.log.count }) { return try checkEnd() }
    }
    throw Violation("everything drains", "after \(Self.roundsMax) rounds something is still on its way")
  }

  private static let endings: Set<String> = [
    "device.revoked", "sync.forked", "sync.restored", "device.stopped", "device.not-enrolled",
  ]

  /// An exchange without faults; a device that learns that its identity has ended gets another one.
  /// - Returns: whether it has nothing left to exchange.
  private func exchange(_ device: SimulatedDevice) throws -> Bool {
    let ending: Problem?
    var isUpToDate = false
    do throws(Problem) {
      isUpToDate = try device.assistant().sync { _ in }["upToDate"] == true
      ending = nil
    } catch {
      ending = error
    }
    trace.add("device \(device.index) syncs \(ending?.code ?? "")")
    // Whoever was shut out has just heard what lies in the tray of this very server.
    if let ending, ["device.revoked", "sync.forked"].contains(ending.code) { device.memory.reviewed = 0 }
    try observe(device, nil)
    guard let ending else {
      if oracle.revoked[device.id] != nil { throw Violation("a revoked device is told so", "device \(device.index)") }
      return isUpToDate
    }
    guard Self.endings.contains(ending.code) else {
      throw Violation("everything drains", "sync of device \(device.index): \(ending.code) \(ending.detail ?? "")")
    }
    trace.add("device \(device.index) enrols")
    let deeds = Deeds(world: self, device: device)
    try wellBehaved("enrolment of device \(device.index)") {
      do { try deeds.enrol() } catch let problem as Problem where problem.code == "enroll.code-invalid" {
        // Used up by keys that went with a disk: the person is told so and asks for another.
        try deeds.enrol()
      }
    }
    try noteSuccession(device)
    try observe(device, nil)
    return false
  }

  /// Nothing is left lying in the review tray: what follows on another entry is decided after that.
  private func settleTray(_ chance: inout SeededGenerator) throws {
    var open = oracle.tray.filter { $0.value == .open }.keys.sorted()
    while !open.isEmpty {
      var later: [Digest] = []
      for digest in open where try !settle(digest, &chance) { later.append(digest) }
      guard later.count < open.count else { break }
      open = later
    }
    // Whatever anybody had has been brought.
    for (operation, digest) in oracle.history.waiting.sorted(by: { $0.key < $1.key }) {
      // What waited behind another one is judged with that.
      let waits = try server.service.journal.read { reader throws(Problem) in try reader.waiting(operation) != nil }
      guard waits else { continue }
      oracle.declined.insert(digest)
      _ = try wellBehaved("waiting") {
        try server.service.decline(operation.text, why: "没有内容", from: server.blobs, actor: "admin")
      }
    }
    try observe(devices[0], nil)
  }

  /// Takes an entry in, or sets it aside where that is not possible.
  /// - Returns: false where another has to be decided first.
  private func settle(_ digest: Digest, _ chance: inout SeededGenerator) throws -> Bool {
    let deeds = Deeds(world: self, device: devices[0])
    server.random.seed(chance.next())
    do throws(Problem) { _ = try deeds.admit(digest) } catch {
      guard error.code != "tray.earlier-open" else { return false }
      try wellBehaved("tray") { try deeds.decline(digest) }
    }
    return true
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
    for device in devices {
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
