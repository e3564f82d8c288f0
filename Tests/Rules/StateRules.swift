import Application
import Catalog
import Foundations
import Replication
import XCTest

/// The states C05 to C91 of section 1.1: how one comes into each, and what the clock does there. C24, C26 and C30 are
/// proved at length elsewhere under their number.
final class StateRules: XCTestCase {
  private func handedIn(_ level: StationLevel = .receive, _ changes: Value = [:]) -> Case {
    let handed = Case()
    handed.submit()
    return handed.route(level: level, changes)
  }

  func testC05WhoAsksGetsTheNoticeAndNoClockRuns() throws {
    let guidance = Guidance(Rules.matter, answers: ["q1": "做"])
    let notice = Notice(guidance, forecast: guidance.forecast(accepted: Rules.today, calendar: Rules.calendar))
    let words = notice.sections.flatMap(\.lines).joined(separator: "\n")
    XCTAssertText(words, has: ["年满18周岁", "场所照片", "健康证明", "招牌备案"])
    let stopped = Guidance(Rules.matter, answers: ["q2": "来不了"])
    XCTAssertEqual(stopped.stops, ["本人必须到场，先预约"])
  }

  func testC08ADraftIsNobodysPaperAndNoClockRuns() {
    let draft = Case()
    XCTAssertEqual(draft.state.status, .draft)
    XCTAssertTrue(draft.state.documents.isEmpty)
    XCTAssertEqual(draft.text(.receipt), "", "nothing to print")
  }

  func testC10WhatAnAgentCarriesHasNotBeenReceived() {
    let carried = Case()
    carried.submit()
    let captured = carried.now
    carried.wait(days: 2)
    carried.route(level: .agent)
    XCTAssertGreaterThan(carried.proceeding.receivedAt ?? captured, captured.adding(seconds: 86_400))
    XCTAssertText(carried.text(.agencySlip), has: ["代收", "不代表办理机关已经收件"])
  }

  func testC20ReceiptStartsTheFiveDays() {
    let received = handedIn()
    XCTAssertEqual(received.proceeding.status, .dispatched)
    XCTAssertEqual(received.due?.receivedDay?.text, "2026-11-23")
    XCTAssertEqual(received.due?.due?.text, "2026-11-30", "five working days to answer")
  }

  func testC22WhatNeedsNoPermissionEndsAtOnce() {
    let ended = handedIn().window(.reject, ["reason": "备案即可", "ground": "notNeeded"], issuing: [.notNeeded])
    XCTAssertEqual(ended.proceeding.status, .rejected)
    XCTAssertNil(ended.due, "no clock runs")
    XCTAssertEqual(ended.state.status, .closed)
  }

  func testC31TheAnswerToACorrectionStartsTheFiveDaysAnew() {
    let returned = handedIn(.agent)
    returned.window(
      .correct, ["defects": [["field": "p.phone", "problem": "打不通", "remedy": "换"]], "until": "2026-12-08"])
    XCTAssertNil(returned.due?.due, "while it waits no day runs")
    returned.wait(days: 7)
    returned.laptop(.write, ["set": ["p.phone": "13887654321"]], register: "p.phone")
    XCTAssertEqual(returned.submit(), .applied)
    returned.county(.dispatch, ["states": [returned.item.text: "dispatched"]])
    XCTAssertEqual(returned.due?.receivedDay?.text, "2026-11-30")
    XCTAssertEqual(returned.due?.due?.text, "2026-12-07")
  }

  func testC40AcceptanceStartsTheClockOfTheApproval() {
    let accepted = handedIn()
    accepted.wait(days: 1)
    accepted.window(.accept)
    XCTAssertEqual(accepted.due?.due?.text, "2026-12-01", "five working days were promised")
    XCTAssertEqual(accepted.due?.statutoryDue?.text, "2026-12-22")
  }

  func testC41WhatCountsAsAcceptedCountsFromTheReceipt() {
    let deemed = handedIn()
    XCTAssertFalse(ProceedingClock.isDeemedAccepted(deemed.proceeding, calendar: Rules.calendar, now: deemed.now))
    deemed.wait(days: 8)
    XCTAssertTrue(ProceedingClock.isDeemedAccepted(deemed.proceeding, calendar: Rules.calendar, now: deemed.now))
    deemed.window(.deem)
    XCTAssertEqual(ProceedingClock.acceptedDay(deemed.proceeding, Rules.calendar)?.date.text, "2026-11-23")
  }

  func testC42WhatWasPutOffIsDueTwoWorkingDaysBeforeThePromisedDayOfItsUnit() {
    let limits: [(rule: Value, promised: String, due: String)] = [
      (["natural": true, "promised": 15, "statutory": 30], "2026-12-08", "2026-12-04"),
      // The last of its days is a Sunday, and gives way to the Monday.
      (["natural": true, "promised": 20, "statutory": 30], "2026-12-14", "2026-12-10"),
      (["natural": true, "promised": 1, "statutory": 3], "2026-11-24", "2026-11-24"),
      // Where nothing is promised, the day of the law stands as the promised one on the notice.
      (["promised": .null, "statutory": 10], "2026-12-07", "2026-12-03"),
    ]
    for (rule, promised, due) in limits {
      let deferred = Case()
      deferred.submit(deferring: ["m2"])
      deferred.route(level: .receive, rule).window(.accept)
      XCTAssertEqual(deferred.due?.due?.text, promised, "\(rule)")
      XCTAssertEqual(deferred.due?.deferralDue?.text, due, "\(rule)")
    }
  }

  func testC42WhatWasPutOffIsOwedAndNotGranted() {
    let deferred = Case()
    deferred.submit(deferring: ["m2"])
    deferred.route(level: .receive).window(.accept)
    XCTAssertEqual(deferred.refusal(.decide, ["outcome": "approve"]), "decide.deferred")
    XCTAssertNil(deferred.refusal(.suspend), "it may be examined")
    XCTAssertEqual(deferred.due?.deferralDue?.text, "2026-11-26", "two working days before the promise ends")
    deferred.laptop(.attach, ["material": "m2", "originals": 1, "copies": 0])
    XCTAssertNil(deferred.refusal(.decide, ["outcome": "approve"]))
  }

  func testC43WhatWasPromisedInsteadIsOwedNoMore() {
    let committed = Case()
    committed.submit(committing: ["m2"])
    committed.route(level: .receive).window(.accept)
    XCTAssertNil(committed.refusal(.decide, ["outcome": "approve"]))
    XCTAssertEqual(committed.state.deferredOpen, [])
  }

  func testC45APreviewIsNoAcceptanceAndStartsNoClock() {
    let waiting = Case()
    waiting.submit()
    waiting.route(level: .agent, status: "waiting", ["after": [["x"]]]).window(.preview)
    XCTAssertEqual(waiting.proceeding.status, .preReview)
    XCTAssertNil(waiting.due)
    XCTAssertEqual(waiting.refusal(.accept), "proceeding.state")
    waiting.window(.clear, ["opinion": "齐全"])
    XCTAssertTrue(waiting.proceeding.isPreviewed)
  }

  func testC50NothingIsDecidedBeforeItWasAccepted() {
    let received = handedIn()
    XCTAssertEqual(received.refusal(.decide, ["outcome": "approve"]), "proceeding.state")
    received.window(.accept)
    XCTAssertNil(received.refusal(.decide, ["outcome": "approve"]))
  }

  func testC52TellingOthersStopsNoClock() {
    let told = handedIn().window(.accept)
    let due = told.due
    told.window(.notify, ["parties": "邻居", "content": "采光"])
    XCTAssertEqual(told.due, due)
  }

  func testC55ASpecialProcedureStopsTheClockForItsDays() {
    let stopped = handedIn().window(.accept)
    stopped.window(.suspend, ["procedure": "检验", "reason": "要检验", "workingDays": 3])
    XCTAssertEqual(stopped.proceeding.status, .suspended)
    stopped.wait(days: 2)
    XCTAssertEqual(stopped.due?.suspension?.days, 2)
    stopped.window(.resume)
    XCTAssertEqual(stopped.due?.due?.text, "2026-12-02", "two working days later than the 30th")
  }

  func testC56AnInspectionStopsNoClockAndHasItsOwn() {
    let inspected = handedIn(.receive, ["inspection": ["name": "联合勘验", "workingDays": 3]]).window(.accept)
    let due = inspected.due
    XCTAssertEqual(due?.inspectionDue?.text, "2026-11-26")
    inspected.window(.inspect, ["by": ["甲", "乙"], "finding": "合格"])
    XCTAssertEqual(inspected.due?.due, due?.due)
    XCTAssertEqual(inspected.proceeding.inspection?.by.count, 2)
  }

  func testC57AnExtensionIsGrantedOnce() {
    let extended = handedIn().window(.accept).window(.extend, ["days": 10, "reason": "复杂", "approver": "局长"])
    XCTAssertEqual(extended.due?.statutoryDue?.text, "2027-01-05", "thirty working days, New Year not among them")
    XCTAssertEqual(extended.due?.estimated, true, "2027 has no arrangement yet")
    XCTAssertEqual(extended.refusal(.extend), "extend.once")
  }

  func testC60AGrantMayHaveACertificateAndC61ARefusalNone() {
    let granted = handedIn().window(.accept).window(.decide, ["outcome": "approve"])
    XCTAssertNil(granted.refusal(.issue))
    let refused = handedIn().window(.accept).window(.decide, ["outcome": "refuse", "reason": "不符"])
    XCTAssertEqual(refused.refusal(.issue), "issue.refused")
    XCTAssertEqual(refused.proceeding.reason, "不符")
  }

  func testC61ARefusalIsDeliveredToo() {
    let refused = handedIn().window(.accept).window(.decide, ["outcome": "refuse", "reason": "不符"])
    XCTAssertNil(refused.refusal(.deliver))
  }

  func testC65TheCertificateIsDueTenWorkingDaysAfterTheDecision() {
    let granted = handedIn().window(.accept).window(.decide, ["outcome": "approve"])
    XCTAssertEqual(granted.due?.certificateDue?.text, "2026-12-07")
    granted.window(.issue, ["certificate": ["name": "许可证", "number": "1"]])
    XCTAssertEqual(granted.proceeding.status, .issued)
  }

  func testC70DeliverySaysHowAndToWhom() {
    let delivered = handedIn().window(.accept).window(.decide, ["outcome": "approve"])
    delivered.window(.deliver, ["method": "邮寄", "receivedBy": "王小明", "waybill": "EMS1"])
    XCTAssertEqual(delivered.proceeding.delivery?["waybill"], "EMS1")
    XCTAssertTrue(delivered.proceeding.status.isFinal)
  }

  func testC75TheEndIsTheDecisionAndNotTheDelivery() {
    let ended = handedIn().window(.accept).window(.decide, ["outcome": "approve"])
    ended.wait(days: 3)
    ended.window(.deliver, ["method": "窗口", "receivedBy": "王小明"], issuing: [.completion])
    XCTAssertText(ended.text(.completion), has: ["办结时间：2026-11-23", "送达时间：2026-11-26"])
  }

  func testC85TheArchiveListsWhatWasIssued() {
    let ended = handedIn().window(.accept, issuing: [.acceptance]).window(.decide, ["outcome": "approve"])
    ended.window(.deliver, ["method": "窗口", "receivedBy": "王小明"], issuing: [.delivery, .archiveList])
    XCTAssertText(ended.text(.archiveList), has: ["受理通知书", "送达回证", "第1版", "不再以纸质归档"])
  }

  func testC90WhoWithdrawsBeforeTheDecisionEndsIt() {
    let withdrawn = handedIn().window(.accept)
    XCTAssertEqual(withdrawn.laptop(.withdraw, ["why": "不开了"]), .applied)
    XCTAssertEqual(withdrawn.proceeding.status, .terminated)
    let decided = handedIn().window(.accept).window(.decide, ["outcome": "approve"])
    XCTAssertEqual(decided.laptop(.withdraw, ["why": "不开了"]), .refused("withdraw.decided"))
  }

  func testC91WhatIsNotPutRightIsEndedAndWhatWasReceivedIsAnsweredFirst() {
    let received = handedIn()
    XCTAssertEqual(received.refusal(.terminate), "terminate.unanswered")
    received.window(.correct, ["defects": [["material": "m1", "problem": "缺", "remedy": "补"]], "until": "2026-12-08"])
    XCTAssertNil(received.refusal(.terminate))
    received.window(.terminate, ["reason": "逾期没有补正"], issuing: [.termination])
    XCTAssertTrue(received.proceeding.status.isFinal)
    XCTAssertText(received.text(.termination), has: ["逾期没有补正", "退还", "重新申请", "60日内"])
  }
}
