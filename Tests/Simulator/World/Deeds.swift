internal import Application
internal import Assistant
internal import CaptureStore
internal import Casework
internal import Catalog
internal import Cryptography
internal import Forwarding
internal import Foundations
internal import Journal
internal import Replication
internal import SimulatedDisk
internal import Synchronizer
internal import TestValues

/// What people do, through the same calls as the commands and the API.
struct Deeds {
  let world: World
  let device: SimulatedDevice

  /// Does what an event says.
  /// - Returns: a word for the trace.
  /// - Throws: the problem that the person was told.
  func perform(_ event: Event, _ chance: inout SeededGenerator) throws -> String {
    switch event.kind {
    case .act: return try act(event, &chance)
    case .handle: return try handle(event, &chance)
    case .windows: return try changeWindows(&chance)
    case .endpoint: return try moveSystem(&chance)
    case .forward: return try forward(failsOnce: event.faults.isEmpty ? 6 : 2, seed: chance.next())
    case .publish: return try publish()
    case .newerDevice: return try world.newerDevice.perform(world, &chance)
    case .clockJump: return jump(&chance)
    case .oldRequest: return arriveLate(&chance)
    case .revoke: return try revoke()
    case .clone: return world.clone(device) ? "done" : "nothing"
    case .review: return try review(&chance)
    case .enrol:
      // A device that works takes no other identity.
      guard device.memory.needsIdentity else { return "nothing" }
      try enrol()
    case .ferryOut, .ferryIn, .ferryAnswer, .ferryRead:
      return try FerryDeeds(world: world, device: device).perform(event.kind, &chance)
    case .restoreDevice:
      device.end()
      return world.copyOrRestore(device) ? "restored" : "copied"
    case .restoreServer: return try world.backUpOrRestore(event.faults, &chance)
    case .backUp: return try world.backUp()
    case .forgedReturn: return try forgeReturn(&chance)
    case .purge: return try purge(&chance)
    case .reassign: return try reassign(&chance)
    case .days:
      world.time.pass(milliseconds: Int64(chance.number(4...9)) * 86_400_000)
      return "deemed \(try world.server.service.passDay().deemed)"
    case .hold: return try hold(&chance)
    case .consent: return try consent(&chance)
    case .decide: return try decide(event, &chance)
    case .reboot: device.reboot()
    case .devicePowerCut: device.disk.cutPower()
    case .serverPowerCut: world.server.disk.cutPower()
    case .sync:
      if chance.once(in: 2) { try narrow(pageMax: chance.number(1...8)) }
      let exchange = try device.assistant().sync { _ in }
      if exchange["freed"] != nil { world.noteLetGo() }
      try planted?.synchronised()
    case .create:
      // A few applications are enough to collide on.
      guard world.oracle.applications.count < 4 else { return try change(.edit, &chance) }
      try create(&chance)
    default: return try change(event.kind, &chance)
    }
    return "done"
  }

  var planted: PlantedHand? { world.plant.map { PlantedHand(plant: $0, device: device) } }

  /// Lets pages be as small as they get on a line that keeps failing, and smaller.
  private func narrow(pageMax: Int) throws {
    try device.store().change { session throws(Problem) in
      var record = try session.record()
      record.pageMax = pageMax
      try session.setRecord(record)
    }
  }

  // MARK: On a device

  static let names = ["王一", "李二", "张三", "赵四"]

  /// Begins a draft that leaves the device only once its applicant agrees.
  private func hold(_ chance: inout SeededGenerator) throws -> String {
    let held = try device.store().read { session throws(Problem) in try session.heldDrafts() }
    guard held.count < 2, world.oracle.applications.count < 5 else { return "nothing" }
    let (document, _) = document(consent: false, &chance)
    _ = try device.assistant().new(document)
    return "done"
  }

  private func consent(_ chance: inout SeededGenerator) throws -> String {
    let held = try device.store().read { session throws(Problem) in try session.heldDrafts() }
    guard let id = chance.pick(held.sorted())?.text else { return "nothing" }
    _ = try device.assistant().consent(id)
    world.oracle.told(device, wrote: [:], application: id)
    return "done"
  }

  private func create(_ chance: inout SeededGenerator) throws {
    let (document, intended) = document(consent: true, &chance)
    let made = try device.assistant().new(document)
    world.oracle.told(device, wrote: intended, application: made["id"]?.text)
  }

  /// What somebody fills in, and the registers that must say so.
  private func document(
    consent: Bool, _ chance: inout SeededGenerator
  ) -> (document: Value, intended: Members) {
    let isWhole = !chance.once(in: 4)
    var fields: Members = ["owner": .text(chance.pick(Self.names) ?? "")]
    if chance.once(in: 2) { fields["shop"] = .text(chance.pick(Self.names) ?? "") }
    if isWhole, chance.once(in: 2) { fields.merge(Self.account(&chance)) { _, new in new } }
    var document: Value = [
      "matter": .text(isWhole ? SimulatedMatters.whole : SimulatedMatters.small), "fields": .object(fields),
      "materials": isWhole && !chance.once(in: 4) ? ["m1": ["originals": 1, "copies": 0]] : [:],
      "submit": .bool(!world.oracle.applications.isEmpty && chance.once(in: 2)),
      "applicant": ["kind": "person", "name": "张三丰", "idNumber": "61083019991231988X", "phone": "13912345678"],
    ]
    if !consent { (document["consent"], document["submit"]) = (false, false) }
    var intended = fields.filter { !$0.key.hasPrefix("acc.") }
    let account = fields.filter { $0.key.hasPrefix("acc.") }
    if !account.isEmpty { intended[Register.group(SimulatedMatters.group)] = .object(account) }
    return (document, intended)
  }

  private static func account(_ chance: inout SeededGenerator) -> Members {
    let number = chance.number(1...4)
    return ["acc.bank": .text("银行\(number)"), "acc.number": .text("\(number)000")]
  }

  private func change(_ kind: Event.Kind, _ chance: inout SeededGenerator) throws -> String {
    let (ids, held) = try device.store().read { session throws(Problem) in
      (try session.applicationIDs(), try session.heldDrafts())
    }
    guard let picked = chance.pick(ids) else { return "nothing" }
    let id = picked.text
    // What concerns a held draft becomes an operation once its applicant agrees.
    func toldWrote() { if !held.contains(picked) { oracle.told(device, wrote: [:], application: id) } }
    let assistant = device.assistant()
    let oracle = world.oracle
    switch kind {
    case .edit:
      let field = chance.pick(SimulatedMatters.texts) ?? ""
      let value = Value.text(chance.pick(Self.names) ?? "")
      if try planted?.edit(id, field, value) != true {
        _ = try device.assistant().edit(id, [Assignment(field, .text(value.text ?? ""))])
      }
      oracle.told(device, mayWrite: [field: value], application: id)
    case .editGroup:
      let account = Value.object(Self.account(&chance))
      let register = Register.group(SimulatedMatters.group)
      if try planted?.edit(id, register, account) != true {
        _ = try device.assistant().edit(id, [Assignment(SimulatedMatters.group, .value(account))])
      }
      oracle.told(device, mayWrite: [register: account], application: id)
    case .editDates:
      let (field, value) = (chance.pick(SimulatedMatters.dates) ?? "", "2026-03-0\(chance.number(1...9))")
      _ = try assistant.edit(id, [Assignment(field, .text(value))])
      oracle.told(device, mayWrite: [field: .text(value)], application: id)
    case .note:
      _ = try assistant.note(id, "备注\(chance.number(1...9))")
      toldWrote()
    case .attach:
      let file = try scan(&chance)
      let attached = try assistant.attach(id, material: chance.once(in: 2) ? "m1" : "m2", files: [file])
      if attached.first?["unchanged"] != true { toldWrote() }
    case .attachPaper:
      _ = try assistant.attachPaper(id, material: "m1", originals: 1, copies: Int64(chance.number(0...2)))
      toldWrote()
    case .detach:
      _ = try assistant.detach(id, material: chance.once(in: 2) ? "m1" : "m2", number: chance.number(1...2))
      oracle.tally.count("attachments taken back")
      toldWrote()
    case .submit:
      let submitted = try assistant.submit(id, deferring: chance.once(in: 3) ? ["m1"] : [])
      if submitted["unchanged"] != true { toldWrote() }
    case .resolve: return try resolve(&chance)
    case .withdraw:
      _ = try assistant.withdraw(id, why: "不办了")
      toldWrote()
    case .share:
      let other = chance.pick(world.devices) ?? device
      let scope = chance.once(in: 2) ? "device:\(other.id.text)" : "station:\(other.station.text)"
      _ = try assistant.share(id, with: scope)
      toldWrote()
    default: return try changeForm(kind, picked, isHeld: held.contains(picked), &chance)
    }
    return "done"
  }

  private func resolve(_ chance: inout SeededGenerator) throws -> String {
    let conflicts = try device.assistant().conflicts(nil)
    guard let conflict = chance.pick(conflicts), let id = conflict["id"]?.text, let field = conflict["field"]?.text,
      let candidates = conflict["candidates"]?.array, !candidates.isEmpty
    else { return "nothing" }
    let choice = chance.number(1...candidates.count)
    _ = try device.assistant().resolve(id, field: field, take: choice, value: nil)
    if conflict["kind"] == "duplicate" {
      world.oracle.told(device, wrote: [:], application: id)
    } else {
      world.oracle.told(device, settled: candidates[choice - 1]["value"] ?? .null)
    }
    return "done"
  }

  /// A file somebody scanned: few different ones, so that several applications name the same.
  private func scan(_ chance: inout SeededGenerator) throws(Problem) -> String {
    let number = chance.number(1...5)
    let path = device.disk.root + "/scan\(number).pdf"
    let bytes = Array("%PDF\(number)".utf8) + (0..<number * 300).map { UInt8(truncatingIfNeeded: $0 &* number) }
    do {
      let file = try device.disk.open(path, .create)
      try file.write(bytes, at: 0)
      try file.flush()
    } catch {
      throw ProblemKind.attachmentUnreadable.with("scan")
    }
    return path
  }

  // MARK: At the county

  /// One look of the outbox worker, without its threads.
  func forward(failsOnce: Int, seed: UInt64) throws(Problem) -> String {
    let service = world.server.service
    let line = WindowSystem(world.oracle, seed: seed, failsOnce: failsOnce, gone: world.gone)
    let outbox: any Outbox = service
    let courier = Courier(outbox: outbox, settings: ForwardingSettings(), line: line) { false }
    var outcomes: [String] = []
    for row in try outbox.dueDispatches(now: outbox.clock.now(), of: 256, except: []) {
      outcomes.append(try courier.carry(row).rawValue)
    }
    return outcomes.joined(separator: " ")
  }

  /// Publishes the second version of the catalogue, as the command does, also once more after it was lost.
  func publish() throws(Problem) -> String {
    let server = world.server
    let hasRules = world.plant != .rulesForgotten
    world.hasPublished = true
    try server.service.journal.write { writer throws(Problem) in
      try Template.publish(version: 2, hasRules: hasRules, writer, at: server.clock.now())
    }
    let released = try server.service.judgeWaiting()
    if released > 0 { world.oracle.tally.count("forms waited for") }
    return "\(released) released"
  }

  // MARK: To machines, on the line

  private func jump(_ chance: inout SeededGenerator) -> String {
    let seconds = Int64(chance.number(-260_000...260_000))
    if chance.once(in: 4) {
      world.server.clock.offsetMilliseconds += seconds * 10
      return "server \(seconds / 100) s"
    }
    device.clock.offsetMilliseconds += seconds * 1000
    return "\(seconds) s"
  }

  private func arriveLate(_ chance: inout SeededGenerator) -> String {
    if !world.delayed.isEmpty {
      let (sender, question) = world.delayed.remove(at: chance.number(0...world.delayed.count - 1))
      return "status \(world.deliver(question, from: sender)?.status ?? 0)"
    }
    guard let (sender, question) = chance.pick(world.delivered) else { return "nothing" }
    return "status \(world.deliver(question, from: sender)?.status ?? 0)"
  }
}
