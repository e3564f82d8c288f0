import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// One correction 补正: told once, told together (R5, C30).
final class ReturnTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  private func submitted() throws -> (device: BenchDevice, id: ApplicationID, out: [ProceedingState]) {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    device.write(.attach, ["material": "m01", "originals": 1, "copies": 0], id)
    try device.submit(id)
    try device.sync()
    return (device, id, try bench.state(id).proceedings.filter { $0.status == .dispatched })
  }

  private func act(_ id: ProceedingID, _ body: Value) throws {
    let proceeding = try XCTUnwrap(try bench.state(id.application).proceeding(id))
    var body = body
    body["version"] = .integer(proceeding.version)
    _ = try bench.service.act(id, body: body, actor: bench.actor(proceeding))
  }

  private func code(_ id: ProceedingID, _ body: Value) -> String? { bench.refusal { try act(id, body) }?.code }

  private func correct(_ defects: [Value], until: String = "2026-12-08", override: Value? = nil) -> Value {
    var body: Value = ["action": "correct", "until": .text(until), "defects": .array(defects)]
    if let override { body["override"] = override }
    return body
  }

  private let phone: Value = ["field": "mo.phone", "problem": "打不通", "remedy": "换一个"]
  private let childName: Value = ["field": "nb.name", "problem": "写错了", "remedy": "改正"]
  private let paper: Value = ["material": "m01", "problem": "看不清", "remedy": "重拍"]

  private func answer(_ device: BenchDevice, _ id: ApplicationID, _ edits: () throws -> Void) throws {
    try device.sync()
    try edits()
    try device.submit(id)
    try device.sync()
  }

  func testR05ReturnsOfAllDepartmentsAreOneNoticeWithTheEarliestDeadline() throws {
    let (device, id, out) = try submitted()
    XCTAssertGreaterThan(out.count, 1)
    try act(out[0].id, correct([phone, paper], until: "2026-12-08"))
    try act(out[1].id, correct([["field": "mo.phone", "problem": "少一位", "remedy": "换一个"]], until: "2026-12-02"))
    let state = try bench.state(id)
    XCTAssertEqual(state.documents.filter { $0.kind == .correction }.count, 1, "one notice")
    XCTAssertEqual(state.document(.correction)?.proceedings, [out[0].id, out[1].id])
    let notice = try XCTUnwrap(state.openCorrection)
    XCTAssertEqual(notice.until, "2026-12-02")
    XCTAssertEqual(notice.lines.map(\.doer), [.applicant, .agent], "sorted by who must do what")
    XCTAssertEqual(notice.lines.last?.problems, ["打不通", "少一位"], "what two ask for stands once")
    XCTAssertEqual(notice.lines.last?.items, [out[0].itemName, out[1].itemName])
    try device.sync()
    XCTAssertEqual(try device.state(id).openCorrection, notice, "the device says the same")
    let text = try XCTUnwrap(try bench.service.document(of: id.text, "D06")["text"]?.text)
    XCTAssertTrue(text.contains("2026-12-02"))
    XCTAssertTrue(text.contains(out[1].itemName))
    let view = try bench.service.application(id.text)
    XCTAssertEqual(view["correction"]?["until"], "2026-12-02")
  }

  func testC30TheDeadlineLiesAheadAndWithinAYear() throws {
    let (_, _, out) = try submitted()
    for until in ["2020-01-01", "2026-11-22", "2026-11-23", "2027-11-24", "9999-12-31"] {
      XCTAssertEqual(code(out[0].id, correct([phone], until: until)), "correct.until", until)
    }
    XCTAssertEqual(code(out[0].id, correct([phone], until: "bald")), "action.field")
    XCTAssertNil(code(out[0].id, correct([phone], until: "2026-11-24")), "tomorrow")
    XCTAssertNil(code(out[1].id, correct([phone], until: "2027-11-23")), "in a year")
  }

  func testC91NobodyIsLateBeforeTheDeadlineIsOver() throws {
    let (_, _, out) = try submitted()
    try act(out[0].id, correct([phone], until: "2026-12-08"))
    let shown = try bench.service.proceeding(out[0].id, actor: bench.actor(out[0]))
    XCTAssertEqual(shown["until"], "2026-12-08")
    let late: Value = ["action": "terminate", "reason": "补正逾期"]
    XCTAssertEqual(code(out[0].id, late), "terminate.not-overdue")
    bench.clock.advance(seconds: 15 * 86_400)  // The last day.
    XCTAssertEqual(code(out[0].id, late), "terminate.not-overdue")
    bench.clock.advance(seconds: 86_400)
    XCTAssertNil(code(out[0].id, late))
  }

  /// What a receiving station took in on the last day was received in time, and may be three working days on its way.
  func testC91WhatAReceivingStationTookInInTimeIsWaitedFor() throws {
    try bench.setLevel("receive")
    let (_, _, out) = try submitted()
    try act(out[0].id, correct([phone], until: "2026-12-08"))  // A Tuesday.
    let late: Value = ["action": "terminate", "reason": "补正逾期"]
    bench.clock.advance(seconds: 15 * 86_400)
    XCTAssertEqual(code(out[0].id, late), "terminate.not-overdue")
    for _ in 0..<3 {
      bench.clock.advance(seconds: 86_400)
      XCTAssertEqual(code(out[0].id, late), "terminate.may-arrive")
    }
    bench.clock.advance(seconds: 86_400)
    XCTAssertNil(code(out[0].id, late))
  }

  func testC65WhatHasExpiredIsNotIssued() throws {
    let (_, _, out) = try submitted()
    try act(out[0].id, ["action": "accept"])
    try act(out[0].id, ["action": "decide", "outcome": "approve"])
    let certificate = { (until: String) -> Value in
      ["action": "issue", "certificate": ["name": "证", "number": "1", "validUntil": .text(until)]]
    }
    XCTAssertEqual(code(out[0].id, certificate("2026-11-22")), "issue.expired")
    XCTAssertNil(code(out[0].id, certificate("2026-11-23")), "it holds today")
  }

  func testC30TheSamePapersAreReturnedOnce() throws {
    let (device, id, out) = try submitted()
    try act(out[0].id, correct([phone]))
    try answer(device, id) { try device.edit(id, "mo.phone", "13887654321") }
    XCTAssertEqual(code(out[0].id, correct([childName])), "correct.again", "it was there the first time")
    XCTAssertEqual(code(out[0].id, correct([phone, childName])), "correct.again")
    XCTAssertEqual(code(out[0].id, correct([paper])), "correct.again")
    XCTAssertNil(code(out[0].id, correct([phone])), "the new number may be wrong, too")
    XCTAssertEqual(try bench.state(id).repeatedReturns.count, 0)
  }

  func testC30APaperThatWasNewlyBroughtMayBeReturned() throws {
    let (device, id, out) = try submitted()
    try act(out[0].id, correct([paper]))
    try answer(device, id) {
      device.write(.attach, ["material": "m01", "originals": 1, "copies": 1], id)
    }
    XCTAssertNil(code(out[0].id, correct([paper])))
  }

  func testC30ASupervisorsOverrideIsAViolationThatIsCounted() throws {
    let (device, id, out) = try submitted()
    try act(out[0].id, correct([phone]))
    try answer(device, id) { try device.edit(id, "mo.phone", "13887654321") }
    XCTAssertEqual(code(out[0].id, correct([childName], override: ["by": "王主任"])), "action.field", "with a reason")
    XCTAssertNil(code(out[0].id, correct([childName], override: ["by": "王主任", "reason": "首次漏看"])))
    let violation = try XCTUnwrap(try bench.state(id).repeatedReturns.first)
    XCTAssertEqual(violation.round.override?.by, "王主任")
    XCTAssertEqual(violation.round.override?.reason, "首次漏看")
    try device.sync()
    XCTAssertEqual(try device.state(id).repeatedReturns.count, 1, "the station sees it")
    let window = try XCTUnwrap(out[0].window?.text)
    XCTAssertEqual(try bench.service.supervisionSummary()["repeatedReturns"], .object([window: 1]))
    let audit = try bench.journal.read { reader throws(Problem) in try reader.audit(after: 0, limit: 1000) }
    XCTAssertTrue(audit.contains { $0.action == "proceeding.correct.violation" })
    try bench.assertVerifies()
  }

  func testC30AFirstReturnOfAnotherDepartmentIsNoSecondOne() throws {
    let (device, id, out) = try submitted()
    try act(out[0].id, correct([phone]))
    try answer(device, id) { try device.edit(id, "mo.phone", "13887654321") }
    XCTAssertNil(code(out[1].id, correct([childName])))
  }

  func testSection8CausesAreCountedWithoutAnybodysName() throws {
    let (device, id, out) = try submitted()
    try act(
      out[0].id,
      correct([
        ["material": "m01", "problem": "张三丰的身份证过期了", "remedy": "换"],
        ["field": "mo.phone", "problem": "打不通", "remedy": "换"],
      ]))
    let before = device.catalogVersion
    try device.sync()
    XCTAssertEqual(device.catalogVersion, before, "nobody fetches anything for one return")
    _ = try bench.service.passDay()
    try device.sync()
    let changes = try XCTUnwrap(device.lastAnswer?.catalog)
    XCTAssertEqual(changes["matters"], [], "only the counts travel")
    XCTAssertEqual(
      changes["documents"],
      ["returns": ["qingjian-04": ["material:m01": ["expired": 1], "field:mo.phone": ["wrong": 1]]]])
    XCTAssertFalse(JSON.text(changes).contains("张三丰"))
    try device.sync()
    XCTAssertNil(device.lastAnswer?.catalog, "once")
    XCTAssertEqual(try bench.state(id).openCorrection?.lines.count, 2)
  }

  func testSection8EveryCauseIsFoundInTheWordsThatPeopleUse() {
    let said: [(String, ReturnCause)] = [
      ("身份证已过期", .expired), ("照片模糊看不清", .unclear), ("没有盖章", .form), ("姓名与户口簿不一致", .mismatch), ("缺复印件一份", .copies),
      ("未提供委托书", .missing), ("号码有误", .wrong),
    ]
    for (words, cause) in said { XCTAssertEqual(ReturnCause(problem: words), cause, words) }
  }
}
