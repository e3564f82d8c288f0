internal import Foundations
internal import Terminal

/// The acts at the windows, up to the proof that everybody holds the same.
extension DemoCast {
  // MARK: Act 5: submitted, split, forwarded

  func submitAndForward() throws(Problem) {
    stage.title("第五幕　提交：自动拆分，各到各的窗口")
    try clerk.ask("submit", id(Self.birth))
    try clerk.sync()
    let proceedings = try clerk.show(id(Self.birth))["proceedings"]?.array ?? []
    let windows = Set(proceedings.compactMap { $0["window"]?.text })
    try stage.check(
      proceedings.count >= 3 && windows.count >= 2,
      "“\(Self.birth)”拆成 \(proceedings.count) 个子办件，送到 \(windows.count) 个窗口")
    for proceeding in proceedings {
      let status = Words.status(Words.text(proceeding["status"]))
      stage.tell("\(Words.text(proceeding["item"])) → \(Words.text(proceeding["window"]))：\(status)")
    }
    try awaitOwnSystem()
    for name in [Self.birth, Self.work, Self.school] {
      stage.count("proceedings", try server.proceedings(of: id(name)).count)
    }
  }

  /// The window's own system refused once; the outbox tells again until it is taken.
  private func awaitOwnSystem() throws(Problem) {
    let end = Machine.bootMilliseconds() + 120_000
    var mine: [Value] = []
    while Machine.bootMilliseconds() < end {
      mine = try server.administer("outbox", "list").filter {
        $0["window"]?.text == ownSystem.window || $0["window"]?["id"]?.text == ownSystem.window
      }
      if !mine.isEmpty, mine.allSatisfy({ $0["status"] == "delivered" }) { break }
      Machine.sleep(milliseconds: 200)
    }
    let attempts = mine.compactMap { $0["attempts"]?.integer }.max() ?? 0
    try stage.check(
      !mine.isEmpty && mine.allSatisfy { $0["status"] == "delivered" } && attempts >= 2,
      "\(ownSystem.name)的系统先出错，自动重发后收下：\(mine.count) 件，最多试了 \(attempts) 次，一件不重")
    stage.count("dispatches", try server.administer("outbox", "list").count)
  }

  // MARK: Act 6: the windows answer

  func answerAndClose() throws(Problem) {
    stage.title("第六幕　窗口办理，结果回到村里")
    let work = try firstOpen(Self.work)
    try server.act(work.window, work.id, ["action": "accept"])
    try colleague.sync()
    try stage.check(
      try status(of: work.id, Self.work, on: colleague) == "accepted", "“\(work.item)”受理了，\(colleague.person)同步后就看到")
    try correct()
    try closeSchool()
  }

  /// One window asks for a correction; the volunteer answers it.
  private func correct() throws(Problem) {
    let target = try firstOpen(Self.school)
    let field = try DemoDocument.field(try matter(Self.school), type: "choice")
    let until = ChinaTime.date(SystemClock().now()).adding(days: 10).text
    let defect: Value = ["field": .text(field.id), "problem": "今年不能这样领取", "remedy": "请和申请人商量后另选一种"]
    try server.act(target.window, target.id, ["action": "correct", "defects": [defect], "until": .text(until)])
    stage.count("corrections")
    let exchange = try volunteer.run(["sync"], allowed: [3])
    try stage.check(exchange.status == 3, "\(volunteer.person)同步：程序提醒有一件要补正")
    let todo = try volunteer.list("todo")
    try stage.check(
      todo.contains {
        $0["kind"]?.text?.hasPrefix("correction") == true && $0["id"]?.text?.hasPrefix(id(Self.school)) == true
      },
      "待办里写明：\(field.name)要另选，\(until) 前补正")
    try volunteer.ask(
      "edit", id(Self.school), "\(field.id)=\(field.options.first { $0 != field.example } ?? field.example)")
    let answered = try volunteer.ask("submit", id(Self.school))
    try volunteer.sync()
    try stage.check(answered["version"] == 2, "\(volunteer.person)问清楚后改好，交了第 2 版")
  }

  /// Every proceeding of the student's application is accepted, decided, issued and delivered.
  private func closeSchool() throws(Problem) {
    // An item may wait for another one's result, so that the rounds have a bound, not a number.
    for _ in 0..<10 {
      let open = try server.proceedings(of: id(Self.school)).filter { !Self.isFinal($0.status) }
      if open.isEmpty { break }
      for proceeding in open where proceeding.status == "dispatched" {
        let certificate: Value = [
          "name": .text("\(proceeding.item)办理结果"), "number": .text("DEMO-\(proceeding.id.suffix(3))-2026"),
        ]
        try server.act(proceeding.window, proceeding.id, ["action": "accept"])
        try server.act(proceeding.window, proceeding.id, ["action": "decide", "outcome": "approve"])
        try server.act(proceeding.window, proceeding.id, ["action": "issue", "certificate": certificate])
        try server.act(
          proceeding.window, proceeding.id,
          ["action": "deliver", "method": "代办员送达", "receivedBy": .text(volunteer.person)])
        stage.count("certificates")
        stage.tell("\(proceeding.item)：受理、决定、制证、送达")
      }
    }
    try volunteer.sync()
    let closed = try volunteer.show(id(Self.school))
    let proceedings = closed["proceedings"]?.array ?? []
    try stage.check(closed["status"] == "closed", "“\(Self.school)”办结，\(volunteer.person)的电脑上也是已办结")
    try stage.check(
      !proceedings.isEmpty
        && proceedings.allSatisfy { $0["certificate"]?.isBlank == false && $0["delivery"]?.isBlank == false },
      "\(proceedings.count) 本结果的名称、编号和送达情况都记在办件里")
  }

  private static func isFinal(_ status: String) -> Bool {
    ["rejected", "delivered", "closed", "terminated"].contains(status)
  }

  /// A proceeding that lies at its window.
  private func firstOpen(_ name: String) throws(Problem) -> DemoProceeding {
    guard let open = try server.proceedings(of: id(name)).first(where: { $0.status == "dispatched" }) else {
      throw ProblemKind.demoFailed.with("“\(name)”没有到任何窗口")
    }
    return open
  }

  private func status(of proceeding: String, _ name: String, on device: DemoDevice) throws(Problem) -> String? {
    let proceedings = try device.show(id(name))["proceedings"]?.array ?? []
    return proceedings.first { $0["id"]?.text == proceeding }?["status"]?.text
  }

  // MARK: Act 7: proof

  func proveAll() throws(Problem) {
    stage.title("第七幕　核对：谁的都不多，谁的都不少")
    for device in devices { try device.sync() }
    var differ = 0
    for device in devices {
      let proof = try device.ask("prove")
      let different = proof["differ"]?.array?.count ?? 0
      differ += different
      try stage.check(
        different == 0 && (proof["applications"]?.integer ?? 0) > 0,
        "\(device.person)的 \(Words.text(proof["applications"])) 个办件和服务器逐条一致")
    }
    stage.counts["proveDiffer"] = Int64(differ)
    try server.administer("verify")
    try stage.check(true, "服务器从操作日志重算全部办件和审计链，全部一致")
    try stage.check(server.stop() == 0, "服务器正常关机")
  }
}

/// A proceeding as the server's administration shows it.
struct DemoProceeding {
  let id: String
  let item: String
  let status: String
  /// The window's id.
  let window: String
}

extension DemoCountyServer {
  /// The proceedings of an application, with their windows' ids, which come from the windows' own queues.
  func proceedings(of application: String) throws(Problem) -> [DemoProceeding] {
    let shown = try administer("show", application).first?["proceedings"]?.array ?? []
    let windows = try windowIDs()
    return shown.map { proceeding in
      let window = Words.text(proceeding["window"])
      return DemoProceeding(
        id: Words.text(proceeding["id"]), item: Words.text(proceeding["item"]),
        status: Words.text(proceeding["status"]),
        window: windows[window] ?? window)
    }
  }

  private func windowIDs() throws(Problem) -> [String: String] {
    var ids: [String: String] = [:]
    for window in try administer("window", "list") { ids[Words.text(window["name"])] = Words.text(window["id"]) }
    return ids
  }
}
