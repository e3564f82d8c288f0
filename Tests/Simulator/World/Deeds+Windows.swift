internal import Application
internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Replication
internal import SimulatedDisk
internal import TestValues

/// What windows do with what lies in their queues.
extension Deeds {
  /// What every day brings: accept, return, decide, and what follows.
  func act(_ event: Event, _ chance: inout SeededGenerator) throws -> String {
    guard let (window, line) = chance.pick(try queues()), let id = line["id"]?.text else { return "nothing" }
    var planned = Self.action(line, &chance)
    if chance.once(in: 3), let settled = try settlement(of: id, window, &chance) { planned = settled }
    return try carryOut(planned, on: id, window, event, &chance)
  }

  /// What is rarer: a look before its time, a value put right on the spot, more days, a visit, somebody to be heard, a
  /// promise that was not kept.
  func handle(_ event: Event, _ chance: inout SeededGenerator) throws -> String {
    guard let (window, line) = chance.pick(try queues()), let id = line["id"]?.text else { return "nothing" }
    let action = try carryOut(Self.rarer(line, &chance), on: id, window, event, &chance)
    world.oracle.tally.count("rarer actions of windows")
    return action
  }

  /// A window is there for others from now on, or for its own again; and what had none is looked at once more, as by
  /// the command that changes windows.
  func changeWindows(_ chance: inout SeededGenerator) throws -> String {
    guard let window = chance.pick(SimulatedMatters.windows) else { return "nothing" }
    let service = world.server.service
    let isAway = try service.journal.read { reader throws(Problem) in
      try reader.document(RegistryKey.windows, window.id.text) != WindowCoding.value(window)
    }
    try Self.set([isAway ? window : window.forOthers], service)
    let routed = try service.routeUnrouted()
    if routed > 0 { world.oracle.tally.count("windows found later") }
    return "\(window.id.text) \(isAway ? "is back" : "is away"), \(routed) routed"
  }

  /// A window's own system goes, or the administrator sets where it is now.
  func moveSystem(_ chance: inout SeededGenerator) throws -> String {
    guard let window = chance.pick(world.server.ownSystems) else { return "nothing" }
    if world.gone.insert(window).inserted { return "\(window.text) is gone" }
    world.gone.remove(window)
    return "\(window.text) is back, \(try connect(window)) again"
  }

  /// Lets the county reach all windows' own systems.
  func openSystems() throws(Problem) {
    world.gone = []
    for window in world.server.ownSystems { _ = try connect(window) }
  }

  /// - Returns: how many dispatches go out again.
  private func connect(_ window: WindowID) throws(Problem) -> Int {
    let now = world.server.clock.now()
    let again = try world.server.service.journal.write { writer throws(Problem) in
      guard var endpoint = try writer.endpoint(window) else { return 0 }
      endpoint.disabled = false
      try writer.setEndpoint(endpoint)
      return try writer.queueAgain(to: window, at: now)
    }
    if again > 0 { world.oracle.tally.count("dispatches given up and sent again") }
    return again
  }

  /// Has all windows serve what they are there for.
  func openWindows() throws(Problem) {
    try Self.set(SimulatedMatters.windows, world.server.service)
    _ = try world.server.service.routeUnrouted()
  }

  private static func set(_ windows: [WindowDescription], _ service: CaseService) throws(Problem) {
    try service.journal.write { writer throws(Problem) in
      for window in windows {
        try writer.setDocument(RegistryKey.windows, window.id.text, WindowCoding.value(window))
      }
      try County.touch(writer)
    }
  }

  private func queues() throws(Problem) -> [(window: WindowID, line: Value)] {
    var queue: [(window: WindowID, line: Value)] = []
    for window in SimulatedMatters.windows.map(\.id) {
      let lines = try world.server.service.queue(window, status: nil, limit: 50)["items"]?.array ?? []
      queue += lines.map { (window, $0) }
    }
    return queue
  }

  private func carryOut(
    _ planned: Value?, on id: String, _ window: WindowID, _ event: Event, _ chance: inout SeededGenerator
  ) throws -> String {
    guard var body = planned else { return "nothing" }
    // A deadline lies ahead of the day on which it is set, wherever the server's clock has jumped to.
    if body["until"] != nil { body["until"] = .text(ChinaTime.date(world.server.clock.now()).adding(days: 37).text) }
    let key = "key-\(event.number)"
    let actor = Actor(person: PersonID("window:\(window.text)#\(event.number)"), window: window, seesAll: false)
    for attempt in 0...(chance.once(in: 3) ? 1 : 0) {
      // A window that got no answer asks again under the same key.
      do {
        _ = try world.server.service.act(ProceedingID(id), body: body, actor: actor, idempotencyKey: key)
      } catch {
        guard attempt > 0, !world.server.disk.hasStruck else { throw error }
        throw Violation("a repeated request changes nothing", "\(id) \(error.code)")
      }
      if world.server.disk.isDead { break }
      world.oracle.toldWindow(actor.person)
    }
    return body["action"]?.text ?? ""
  }

  /// Admits or declines what came late, where something did.
  private func settlement(of id: String, _ window: WindowID, _ chance: inout SeededGenerator) throws -> Value? {
    let actor = Actor(person: PersonID("window:\(window.text)"), window: window, seesAll: false)
    let proceeding = try world.server.service.proceeding(ProceedingID(id), actor: actor)
    guard let late = chance.pick(proceeding["late"]?.array ?? []) else { return nil }
    let action: Value = chance.once(in: 2) ? "admit" : "decline"
    return [
      "action": action, "version": proceeding["version"] ?? .null, "operation": late["operation"] ?? .null,
      "reason": "已核实",
    ]
  }

  private static func action(_ line: Value, _ chance: inout SeededGenerator) -> Value? {
    let status = line["status"]?.text.flatMap(ProceedingStatus.init(rawValue:)) ?? .waiting
    var body: Value
    switch status {
    case .dispatched:
      switch chance.number(0...7) {
      case 0: body = ["action": "reject", "reason": "不属本窗口", "redirectTo": "别的窗口"]
      case 1, 2: body = correction(&chance)
      default: body = ["action": "accept"]
      }
    case .accepted:
      switch chance.number(0...4) {
      case 0 where chance.once(in: 2): body = ["action": "decide", "outcome": "refuse", "reason": "条件不符"]
      case 1: body = ["action": "verify", "material": "m1", "result": "一致"]
      case 2: body = ["action": "suspend", "procedure": "检验", "reason": "要检验", "workingDays": 3]
      default: body = ["action": "decide", "outcome": "approve"]
      }
    case .suspended: body = ["action": "resume"]
    case .decided: body = ["action": "issue", "certificate": ["name": "证", "number": "1"]]
    case .issued: body = ["action": "deliver", "method": "自取", "receivedBy": "本人"]
    case .waiting, .awaitingAttachments, .correction:
      guard chance.once(in: 4) else { return nil }
      body = ["action": "terminate", "reason": "重复"]
    default: return nil
    }
    body["version"] = line["version"] ?? .null
    return body
  }

  private static func correction(_ chance: inout SeededGenerator) -> Value {
    var body: Value = [
      "action": "correct", "until": "2026-12-30",
      "defects": [["field": "owner", "problem": "名字不清", "remedy": "请重新填写"]],
    ]
    if chance.once(in: 2) { body["defects"] = [["material": "m1", "problem": "看不清", "remedy": "请重拍"]] }
    return body
  }

  private static func rarer(_ line: Value, _ chance: inout SeededGenerator) -> Value? {
    let status = line["status"]?.text.flatMap(ProceedingStatus.init(rawValue:)) ?? .waiting
    var body: Value
    switch status {
    case .waiting: body = ["action": "preview"]
    case .preReview: body = chance.once(in: 2) ? ["action": "clear", "opinion": "可以"] : correction(&chance)
    case .dispatched:
      body = [
        "action": "rectify", "fields": ["owner": .text(chance.pick(names) ?? "")], "confirmedBy": "张三丰",
        "reason": "写错了字",
      ]
    case .accepted, .suspended:
      body =
        chance.pick([
          ["action": "extend", "days": 5, "reason": "要实地核实", "approver": "王主任"],
          ["action": "inspect", "by": ["李四", "王五"], "finding": "与申请一致"],
          ["action": "notify", "parties": "邻居", "content": "有意见请五日内提出"],
          ["action": "discredit", "note": "容缺的材料没有补"],
        ]) ?? .null
    default: body = chance.once(in: 2) ? ["action": "discredit", "note": "没有补"] : ["action": "repair", "reason": "已补"]
    }
    body["version"] = line["version"] ?? .null
    return body
  }
}

extension WindowDescription {
  /// The same window for an authority that no matter names.
  fileprivate var forOthers: WindowDescription {
    WindowDescription(id: id, name: name, level: level, authorities: ["县残联"], divisions: divisions)
  }
}
