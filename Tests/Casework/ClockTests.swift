import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// Section 1.3: when the law's clocks begin, stop and run out.
final class ClockTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  /// Captured now, synced some days later.
  private func submitted(after days: Int64 = 0) throws -> (device: BenchDevice, id: ApplicationID) {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.submit(id)
    bench.clock.advance(seconds: days * 86_400)
    try device.sync()
    return (device, id)
  }

  private func first(_ id: ApplicationID, _ status: ProceedingStatus = .dispatched) throws -> ProceedingState {
    try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == status })
  }

  @discardableResult
  private func act(_ proceeding: ProceedingState, _ body: Value) throws -> Value {
    var body = body
    body["version"] = .integer(proceeding.version)
    return try bench.service.act(proceeding.id, body: body, actor: bench.actor(proceeding))
  }

  private func code(_ proceeding: ProceedingState, _ body: Value) -> String? {
    bench.refusal { try act(proceeding, body) }?.code
  }

  // MARK: Receipt

  func testSection51AnAgentsPapersAreReceivedAtTheWindow() throws {
    try bench.setLevel("agent")
    // Monday 2026-11-23; synced on Saturday the 28th, a day off.
    let (_, id) = try submitted(after: 5)
    let proceeding = try first(id)
    let version = try XCTUnwrap(try bench.state(id).version)
    XCTAssertEqual(ChinaTime.date(version.at).text, "2026-11-23", "captured")
    XCTAssertEqual(version.arrivedAt.map { ChinaTime.date($0).text }, "2026-11-28", "arrived")
    XCTAssertEqual(proceeding.receivedAt.map { ChinaTime.date($0).text }, "2026-11-28", "at the window")
    let view = try bench.service.proceeding(proceeding.id, actor: bench.actor(proceeding))
    XCTAssertEqual(view["receivedDay"], "2026-11-30", "the next working day counts")
    XCTAssertEqual(view["due"], "2026-12-07")
    try bench.assertVerifies()
  }

  func testSection51WhatAReceivingStationCapturesIsReceivedThen() throws {
    try bench.setLevel("receive")
    let (_, id) = try submitted(after: 2)
    let proceeding = try first(id)
    XCTAssertEqual(proceeding.receivedAt.map { ChinaTime.date($0).text }, "2026-11-23")
    XCTAssertEqual(proceeding.status, .dispatched)
    let view = try bench.service.proceeding(proceeding.id, actor: bench.actor(proceeding))
    XCTAssertEqual(view["due"], "2026-11-30", "five working days from the capture, not from the arrival")
    XCTAssertTrue(try bench.state(id).proceedings.filter { !$0.after.isEmpty }.allSatisfy { $0.receivedAt == nil })
  }

  /// A laptop without a battery starts in 1970, and its clock is put right before the program sees it again.
  func testACaptureThatNobodyWouldBelieveCountsFromTheArrival() throws {
    try bench.setLevel("receive")
    let (device, id) = try submitted(after: Limits.captureDaysMax + 1)
    let state = try bench.state(id)
    XCTAssertEqual(state.createdAt, bench.clock.now())
    XCTAssertEqual(device.lastAnswer?.judgements[1]?.captureDoubtful, true)
    XCTAssertEqual(try first(id).receivedAt, bench.clock.now(), "it does not count as accepted on arrival")
    let (other, old) = try submitted(after: Limits.captureDaysMax)
    XCTAssertEqual(other.lastAnswer?.judgements[1]?.captureDoubtful, false)
    XCTAssertLessThan(try bench.state(old).createdAt, bench.clock.now())
  }

  func testSection51AnAuthorisedStationAcceptsByReceiving() throws {
    try bench.setLevel("accept")
    let (device, id) = try submitted(after: 1)
    let proceeding = try first(id, .accepted)
    XCTAssertEqual(proceeding.manner, .receipt)
    XCTAssertEqual(proceeding.acceptedAt, proceeding.receivedAt)
    XCTAssertEqual(proceeding.acceptedAt.map { ChinaTime.date($0).text }, "2026-11-23")
    let outbox = try bench.service.outbox(dead: false, limit: 100)
    XCTAssertEqual(
      outbox.count, try bench.state(id).proceedings.count { $0.status == .accepted }, "its window gets it all the same")
    try device.sync()
    XCTAssertEqual(try device.state(id), try bench.state(id))
    try bench.assertVerifies()
  }

  // MARK: Counts as accepted

  /// The device says something else of a field, and submits once more.
  private func submitAgain(_ device: BenchDevice, _ id: ApplicationID, _ name: Value, rectifying: Bool = false) throws {
    try device.edit(id, "mo.name", name)
    try device.submit(id, rectifying: rectifying)
    try device.sync()
  }

  func testC26AFurtherVersionThatNobodyAskedForGivesTheWindowNoMoreDays() throws {
    for level in ["agent", "receive"] {
      try bench.setLevel(level)
      let (device, id) = try submitted()
      let received = try XCTUnwrap(try first(id).receivedAt)
      for (name, rectifying): (Value, Bool) in [("李四", false), ("王五", true)] {
        bench.clock.advance(seconds: 2 * 86_400)
        try submitAgain(device, id, name, rectifying: rectifying)
        XCTAssertEqual(try first(id).receivedAt, received, level)
      }
      XCTAssertEqual(try first(id).version, 3)
      XCTAssertEqual(try bench.state(id).rectifications.count, 1)
      XCTAssertEqual(try device.state(id), try bench.state(id))
      // What was asked for and is answered is received anew.
      let proceeding = try first(id)
      try act(
        proceeding,
        [
          "action": "correct", "until": .text(ChinaTime.date(bench.clock.now()).adding(days: 20).text),
          "defects": [["field": "mo.name", "problem": "对不上", "remedy": "照身份证写"]],
        ])
      try device.sync()
      bench.clock.advance(seconds: 86_400)
      try submitAgain(device, id, "赵六")
      XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.receivedAt, bench.clock.now(), level)
      XCTAssertEqual(try device.state(id), try bench.state(id))
    }
    try bench.assertVerifies()
  }

  func testT03FiveDaysRunFromTheReceiptWhateverIsSubmittedMeanwhile() throws {
    try bench.setLevel("receive")
    let (device, id) = try submitted()
    let proceeding = try first(id)
    bench.clock.advance(seconds: 7 * 86_400)
    try submitAgain(device, id, "李四")
    bench.clock.advance(seconds: 86_400)
    XCTAssertGreaterThan(try bench.service.passDay().deemed, 0)
    let deemed = try XCTUnwrap(try bench.state(id).proceeding(proceeding.id))
    XCTAssertEqual(deemed.manner, .deemed)
    XCTAssertEqual(deemed.version, 2)
    XCTAssertEqual(deemed.acceptedAt, proceeding.receivedAt)
    try bench.assertVerifies()
  }

  func testWhatAFurtherVersionNeedsAndIsNotThereStartsTheDaysWhenItComes() throws {
    let (device, id) = try submitted()
    let material = try XCTUnwrap(try first(id).materials.first)
    bench.clock.advance(seconds: 86_400)
    device.write(
      .attach,
      [
        "material": .text(material), "digest": .text("sm3:" + String(repeating: "ab", count: 32)), "bytes": 10,
        "mediaType": "image/jpeg", "name": "a.jpg",
      ], id)
    try device.submit(id)
    try device.sync()
    let waiting = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .awaitingAttachments })
    XCTAssertNil(waiting.receivedAt)
    XCTAssertNil(waiting.receivedBefore)
  }

  func testT03FiveWorkingDaysWithoutAnAnswerAreAcceptance() throws {
    try bench.setLevel("receive")
    let (device, id) = try submitted()
    let proceeding = try first(id)
    bench.clock.advance(seconds: 7 * 86_400)  // Monday the 30th: the fifth working day is not over.
    XCTAssertEqual(try bench.service.passDay().deemed, 0)
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.status, .dispatched)
    bench.clock.advance(seconds: 86_400)
    let dispatched = try bench.state(id).proceedings.count { $0.status == .dispatched }
    XCTAssertEqual(try bench.service.passDay().deemed, dispatched)
    let deemed = try XCTUnwrap(try bench.state(id).proceeding(proceeding.id))
    XCTAssertEqual(deemed.status, .accepted)
    XCTAssertEqual(deemed.manner, .deemed)
    XCTAssertEqual(deemed.acceptedAt, deemed.receivedAt, "from the day of receipt, not the sixth day")
    let operations = try bench.state(id).operations
    XCTAssertEqual(try bench.service.passDay(), CaseService.DailyReport.nothing, "once")
    XCTAssertEqual(try bench.state(id).operations, operations)
    try device.sync()
    XCTAssertEqual(try device.state(id), try bench.state(id))
    try bench.assertVerifies()
  }

  /// The lost log may have an answer that was given in time, and a laptop brings it back.
  func testT03WhatABackupMayNotHaveIsWaitedForAndCountsFromTheReceiptAllTheSame() throws {
    try bench.setLevel("receive")
    let (_, id) = try submitted()
    let proceeding = try first(id)
    bench.clock.advance(seconds: 86_400)
    try bench.journal.write { [bench] writer throws(Problem) in
      guard let now = bench?.clock.now() else { return }
      try writer.setDocument(RegistryKey.settings, RegistryKey.restored, .integer(now.milliseconds))
      try County.touch(writer)
    }
    let (_, later) = try submitted()
    bench.clock.advance(seconds: 13 * 86_400)
    XCTAssertGreaterThanOrEqual(try bench.service.passDay().deemed, 1)
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.status, .dispatched)
    XCTAssertTrue(try bench.state(later).proceedings.contains { $0.manner == .deemed }, "what came in since")
    bench.clock.advance(seconds: 86_400)
    XCTAssertGreaterThanOrEqual(try bench.service.passDay().deemed, 1)
    let deemed = try XCTUnwrap(try bench.state(id).proceeding(proceeding.id))
    XCTAssertEqual(deemed.manner, .deemed)
    XCTAssertEqual(deemed.acceptedAt, deemed.receivedAt)
    try bench.assertVerifies()
  }

  /// The daily look comes within the hour after midnight; a window may be faster.
  func testT03AnAnswerThatComesTooLateFindsWhatIsAccepted() throws {
    try bench.setLevel("receive")
    let (_, id) = try submitted()
    let proceeding = try first(id)
    bench.clock.advance(seconds: 7 * 86_400)
    let correction: Value = [
      "action": "correct", "until": "2026-12-20",
      "defects": [["field": "mo.phone", "problem": "空号", "remedy": "重填"]],
    ]
    XCTAssertNil(code(proceeding, ["action": "verify", "material": "m02", "result": "一致"]), "the last day")
    bench.clock.advance(seconds: 86_400)
    XCTAssertEqual(code(proceeding, correction), "correct.after-acceptance")
    XCTAssertEqual(code(proceeding, ["action": "accept"]), "proceeding.state")
    let deemed = try XCTUnwrap(try bench.state(id).proceeding(proceeding.id))
    XCTAssertEqual(deemed.manner, .deemed)
    XCTAssertEqual(deemed.acceptedAt, deemed.receivedAt)
    try bench.assertVerifies()
  }

  /// While the server waits for answers that a backup may not have, it puts nothing down by itself; the law's days are
  /// over all the same.
  func testT03AcceptedLateAfterARestoreCountsFromTheReceipt() throws {
    try bench.setLevel("receive")
    let (_, id) = try submitted()
    let proceeding = try first(id)
    try bench.journal.write { [bench] writer throws(Problem) in
      guard let now = bench?.clock.now().adding(seconds: 3600) else { return }
      try writer.setDocument(RegistryKey.settings, RegistryKey.restored, .integer(now.milliseconds))
      try County.touch(writer)
    }
    bench.clock.advance(seconds: 8 * 86_400)
    let correction: Value = [
      "action": "correct", "until": "2026-12-20",
      "defects": [["field": "mo.phone", "problem": "空号", "remedy": "重填"]],
    ]
    XCTAssertEqual(code(proceeding, correction), "correct.after-acceptance")
    XCTAssertEqual(code(proceeding, ["action": "reject", "reason": "材料不全"]), "proceeding.state")
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.status, .dispatched)
    let answer = try act(proceeding, ["action": "accept"])
    XCTAssertEqual(answer["status"], "accepted")
    let accepted = try XCTUnwrap(try bench.state(id).proceeding(proceeding.id))
    XCTAssertEqual(accepted.manner, .deemed)
    XCTAssertEqual(accepted.acceptedAt, accepted.receivedAt)
    try bench.assertVerifies()
  }

  func testT03AnAnswerInTimeIsNotOverruled() throws {
    try bench.setLevel("receive")
    let (_, id) = try submitted()
    let proceeding = try first(id)
    try act(proceeding, ["action": "accept"])
    let accepted = try bench.state(id).proceeding(proceeding.id)?.acceptedAt
    bench.clock.advance(seconds: 20 * 86_400)
    _ = try bench.service.passDay()
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.manner, .window)
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.acceptedAt, accepted)
  }

  func testT03ALateSyncOfAReceivingStationIsAcceptedOnArrival() throws {
    try bench.setLevel("receive")
    let (_, id) = try submitted(after: 10)
    let proceeding = try first(id, .accepted)
    XCTAssertEqual(proceeding.manner, .deemed)
    XCTAssertEqual(proceeding.acceptedAt.map { ChinaTime.date($0).text }, "2026-11-23")
    XCTAssertFalse(try bench.service.outbox(dead: false, limit: 100).isEmpty, "its window gets it all the same")
    let audit = try bench.journal.read { reader throws(Problem) in try reader.audit(after: 0, limit: 1000) }
    XCTAssertTrue(audit.contains { $0.action == "proceeding.deem" }, "the county is told")
    try bench.assertVerifies()
  }

  func testT03AnAgentsLateSyncHasLostNothing() throws {
    try bench.setLevel("agent")
    let (_, id) = try submitted(after: 10)
    XCTAssertEqual(try first(id).manner, .window)
  }

  func testSection13TheAnswerToACorrectionStartsTheClockAgain() throws {
    try bench.setLevel("receive")
    let (device, id) = try submitted()
    let proceeding = try first(id)
    try act(
      proceeding,
      [
        "action": "correct", "until": "2026-12-20",
        "defects": [["field": "mo.phone", "problem": "打不通", "remedy": "换一个"]],
      ])
    let waiting = try bench.service.proceeding(proceeding.id, actor: bench.actor(proceeding))
    XCTAssertEqual(waiting["due"], .null, "nothing runs while the applicant is asked")
    bench.clock.advance(seconds: 15 * 86_400)  // Tuesday 2026-12-08
    _ = try bench.service.passDay()
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.status, .correction, "waiting deems nothing")
    try device.sync()
    try device.edit(id, "mo.phone", "13887654321")
    try device.submit(id)
    bench.clock.advance(seconds: 86_400)
    try device.sync()
    let answered = try XCTUnwrap(try bench.state(id).proceeding(proceeding.id))
    XCTAssertEqual(answered.receivedAt.map { ChinaTime.date($0).text }, "2026-12-08", "when it was put right")
    XCTAssertEqual(answered.status, .dispatched)
  }

  // MARK: Standing still

  func testT08OnlyTheEightListedProceduresStopTheClock() throws {
    let (_, id) = try submitted()
    let proceeding = try first(id)
    try act(proceeding, ["action": "accept"])
    for procedure in ["现场勘验", "公示", "等材料", "踏勘"] {
      XCTAssertEqual(
        code(proceeding, ["action": "suspend", "procedure": .text(procedure), "reason": "x", "workingDays": 5]),
        "suspend.not-listed", procedure)
    }
    for procedure in SpecialProcedure.allCases {
      try act(
        proceeding, ["action": "suspend", "procedure": .text(procedure.name), "reason": "依法需要", "workingDays": 5])
      try act(proceeding, ["action": "resume"])
    }
    XCTAssertEqual(SpecialProcedure.allCases.count, 8)
    XCTAssertEqual(
      code(proceeding, ["action": "suspend", "procedure": "听证", "reason": "x"]), "action.field",
      "the notice says how long")
  }

  func testSectionC56AnItemsOwnRuleMayStopTheClock() throws {
    var item = try XCTUnwrap(try bench.matter("qingjian-04").items.first)
    item.special = "现场勘验期间停钟"
    XCTAssertEqual(SpecialProcedure.stopping("现场勘验", item: item), "现场勘验")
    item.special = "现场勘验5工作日内(不停钟)"
    XCTAssertNil(SpecialProcedure.stopping("现场勘验", item: item))
    XCTAssertNil(SpecialProcedure.stopping("现场勘验", item: nil))
  }

  func testSection13AStopLongerThanAnnouncedIsFlagged() throws {
    let (_, id) = try submitted()
    let proceeding = try first(id)
    try act(proceeding, ["action": "accept"])
    let before = try act(proceeding, ["action": "verify", "material": "m01", "result": "一致"])["due"]
    try act(proceeding, ["action": "suspend", "procedure": "检测", "reason": "要检测", "workingDays": 2])
    bench.clock.advance(seconds: 4 * 86_400)  // Friday: four working days
    let stopped = try bench.service.proceeding(proceeding.id, actor: bench.actor(proceeding))
    XCTAssertEqual(stopped["suspension"], ["procedure": "检测", "days": 4, "announced": 2, "overrun": true])
    let resumed = try act(proceeding, ["action": "resume", "explanation": "样品要复检"])
    XCTAssertEqual(resumed["overruns"]?.array?.count, 1)
    XCTAssertNotEqual(resumed["due"], before, "the days do not count")
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.suspensions.first?.explanation, "样品要复检")
  }

  func testSection13PapersAfterAcceptanceStopNothing() throws {
    let (_, id) = try submitted()
    let proceeding = try first(id)
    try act(proceeding, ["action": "accept"])
    XCTAssertEqual(
      code(
        proceeding,
        [
          "action": "correct", "until": "2026-12-01",
          "defects": [["field": "mo.phone", "problem": "缺", "remedy": "补"]],
        ]), "correct.after-acceptance")
  }

  func testT04AnExtensionIsGrantedOnceWithAnApprover() throws {
    let (_, id) = try submitted()
    let proceeding = try first(id)
    try act(proceeding, ["action": "accept"])
    XCTAssertEqual(code(proceeding, ["action": "extend", "days": 5, "reason": "复杂"]), "action.field")
    XCTAssertEqual(
      code(proceeding, ["action": "extend", "days": 16, "reason": "复杂", "approver": "县长"]), "action.field")
    XCTAssertNil(
      code(proceeding, ["action": "extend", "days": 15, "reason": "联办", "approver": "县长"]), "several items together")
    XCTAssertEqual(
      code(proceeding, ["action": "extend", "days": 1, "reason": "再延", "approver": "县长"]), "extend.once")
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.extensionApprover, "县长")
  }

  func testT04AloneAnItemIsExtendedByTenDaysAtMost() throws {
    let matter = try XCTUnwrap(bench.matters.first { $0.items.isEmpty })
    let device = try bench.device()
    let id = device.create(matter)
    try device.submit(id)
    try device.sync()
    let proceeding = try first(id)
    try act(proceeding, ["action": "accept"])
    XCTAssertEqual(
      code(proceeding, ["action": "extend", "days": 11, "reason": "复杂", "approver": "局长"]), "action.field")
    XCTAssertNil(code(proceeding, ["action": "extend", "days": 10, "reason": "复杂", "approver": "局长"]))
  }

  func testT07TheCertificateIsDueTenWorkingDaysAfterTheDecision() throws {
    let (_, id) = try submitted()
    let proceeding = try first(id)
    try act(proceeding, ["action": "accept"])
    let decided = try act(proceeding, ["action": "decide", "outcome": "approve"])
    XCTAssertEqual(decided["certificateDue"], "2026-12-07")
    try act(proceeding, ["action": "issue", "certificate": ["name": "证", "number": "1"]])
    let delivered = try act(proceeding, ["action": "deliver", "method": "自取", "receivedBy": "张三"])
    XCTAssertNil(delivered["certificateDue"])
  }

  // MARK: Rejection

  func testC24NotOurBusinessNamesWhoseItIs() throws {
    let (_, id) = try submitted()
    let proceeding = try first(id)
    for body: Value in [
      ["action": "reject", "reason": "不属于本机关职权范围"], ["action": "reject", "reason": "走错了", "ground": "notOurs"],
    ] {
      XCTAssertEqual(code(proceeding, body), "reject.redirect")
    }
    XCTAssertEqual(code(proceeding, ["action": "reject", "reason": "x", "ground": "mood"]), "action.field")
    XCTAssertNil(
      code(proceeding, ["action": "reject", "reason": "不属于本机关职权范围", "ground": "notOurs", "redirectTo": "县民政局"]))
    XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.redirectTo, "县民政局")
  }

  func testSection11WhatWasReceivedIsAnsweredAndNotDropped() throws {
    let (_, id) = try submitted()
    let proceeding = try first(id)
    XCTAssertEqual(code(proceeding, ["action": "terminate", "reason": "算了"]), "terminate.unanswered")
    let offered = try bench.service.proceeding(proceeding.id, actor: bench.actor(proceeding))["actions"]
    XCTAssertEqual(offered, ["accept", "reject", "correct", "verify", "rectify"])
  }
}
