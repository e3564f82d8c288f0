import Application
import Assistant
import Casework
import Foundation
import Foundations
import Replication
import TestSupport
import XCTest

/// What a window denies is brought to the station's attention, and stays there until somebody has acted upon it.
final class OutcomeTests: XCTestCase {
  private var village: Village!
  private var laptop: Assistant!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.open()
  }

  private func submitted() throws -> String {
    let id = try XCTUnwrap(try laptop.new(try village.document(submit: true))["id"]?.text)
    try exchange()
    return id
  }

  private func exchange() throws { _ = try laptop.sync { _ in } }

  /// Every proceeding of a status gets the same from its window.
  private func act(_ id: String, _ body: Value, on status: ProceedingStatus = .dispatched) throws {
    for proceeding in try village.bench.state(ApplicationID(id)).proceedings where proceeding.status == status {
      var body = body
      body["version"] = .integer(proceeding.version)
      _ = try village.bench.service.act(proceeding.id, body: body, actor: village.bench.actor(proceeding))
    }
  }

  private func lines(_ kind: String) throws -> [String] {
    try laptop.todo().filter { $0["kind"]?.text == kind }.compactMap { $0["text"]?.text }
  }

  /// All that was out, whatever goes out when that has ended.
  private func end(_ id: String, _ body: Value) throws {
    for _ in 0..<8 { try act(id, body) }
    for _ in 0..<8 { try act(id, ["action": "terminate", "reason": "前置事项没有办成"], on: .waiting) }
  }

  func testARejectionIsToldWithItsNoticeUntilThatWasHandedOver() throws {
    let id = try submitted()
    try end(id, ["action": "reject", "reason": "不属于本机关职权", "redirectTo": "县民政局"])
    try exchange()
    let state = try village.bench.state(ApplicationID(id))
    let told = try XCTUnwrap(try lines("notice").first)
    XCTAssertEqual(try lines("notice").count, 1, "one for all its items")
    let number = try XCTUnwrap(state.document(.rejection)?.number)
    for part in ["不予受理", "不予受理通知书 \(number)", "交给申请人", "bangban tray --seen \(state.code)"] {
      XCTAssertTrue(told.contains(part), "\(part) is not in \(told)")
    }
    let listed = try XCTUnwrap(try laptop.list(status: nil, text: nil, limit: 9).first)
    XCTAssertEqual(listed["status"], "closed", "scripts read it so")
    XCTAssertEqual(listed["denial"], "rejected")
    XCTAssertEqual(try laptop.show(id)["denial"], "rejected")
    XCTAssertEqual(try laptop.seeTray("all")["seen"], 0, "a notice is handed over, not looked at")
    XCTAssertEqual(try lines("notice").count, 1)
    XCTAssertGreaterThan(try XCTUnwrap(try laptop.seeTray(state.code)["seen"]?.integer), 0)
    XCTAssertEqual(try lines("notice"), [])
    XCTAssertEqual(try laptop.seeTray(id)["seen"], 0)
    XCTAssertEqual(try laptop.doctor()["ok"], true)
  }

  func testARefusalStandsUntilItsWindowHasDeliveredIt() throws {
    let id = try submitted()
    try act(id, ["action": "accept"])
    try act(id, ["action": "decide", "outcome": "refuse", "reason": "不符合条件"], on: .accepted)
    try exchange()
    XCTAssertTrue(try XCTUnwrap(try lines("notice").first).contains("不予批准（不予决定书 "))
    XCTAssertEqual(try laptop.show(id)["status"], "inProgress", "it is still to be delivered")
    let open = try village.bench.state(ApplicationID(id)).proceedings.filter { !$0.status.isFinal && $0.outcome == nil }
    XCTAssertEqual(try laptop.show(id)["denial"], open.isEmpty ? "refused" : nil)
    try act(id, ["action": "deliver", "method": "当面", "receivedBy": "张三丰"], on: .decided)
    try exchange()
    XCTAssertFalse(try lines("notice").contains { $0.contains("不予批准") }, "the window has recorded who received it")
    try end(id, ["action": "reject", "reason": "材料不实"])
    try exchange()
    XCTAssertEqual(try laptop.show(id)["status"], "closed")
    XCTAssertEqual(try laptop.show(id)["denial"], "refused", "the gravest of what its items ended with")
  }

  func testATerminationIsToldAndAWithdrawalIsNot() throws {
    let (ended, withdrawn) = (try submitted(), try submitted())
    try act(ended, ["action": "accept"])
    try act(ended, ["action": "terminate", "reason": "申请人不再具备条件"], on: .accepted)
    _ = try laptop.withdraw(withdrawn, why: "不办了")
    try exchange()
    let told = try lines("notice")
    XCTAssertEqual(told.count, 1)
    XCTAssertTrue(told.first?.contains("已终止（终止办理通知书 ") == true, "\(told)")
    let listed = try laptop.list(status: nil, text: nil, limit: 9)
    XCTAssertNil(listed.first { $0["id"]?.text == withdrawn }?["denial"])
  }

  func testWhereOneItemWasGrantedTheApplicationIsDone() throws {
    let id = try submitted()
    try act(id, ["action": "accept"])
    let first = try XCTUnwrap(
      try village.bench.state(ApplicationID(id)).proceedings.first { $0.status == .accepted })
    _ = try village.bench.service.act(
      first.id, body: ["action": "decide", "outcome": "approve", "version": .integer(first.version)],
      actor: village.bench.actor(first))
    try act(id, ["action": "deliver", "method": "当面", "receivedBy": "张三丰"], on: .decided)
    for _ in 0..<8 {
      try act(id, ["action": "terminate", "reason": "申请人不再具备条件"], on: .accepted)
      try act(id, ["action": "reject", "reason": "不属于本机关职权", "redirectTo": "县民政局"])
      try act(id, ["action": "terminate", "reason": "前置事项没有办成"], on: .waiting)
    }
    try exchange()
    XCTAssertEqual(try laptop.show(id)["status"], "closed")
    XCTAssertNil(try laptop.show(id)["denial"])
  }

  func testALateEditThatAWindowDeclinedIsToldWithItsReasonUntilSeen() throws {
    let id = try submitted()
    try act(id, ["action": "accept"])
    _ = try laptop.edit(id, [Assignment("mo.phone", .text("13900000099"))])
    try exchange()
    XCTAssertTrue(try XCTUnwrap(try lines("refused").first).contains("等窗口决定"))
    let state = try village.bench.state(ApplicationID(id))
    let late = try XCTUnwrap(state.late.first)
    let proceeding = try XCTUnwrap(state.proceedings.first { state.late(for: $0).contains(late) })
    _ = try village.bench.service.act(
      proceeding.id,
      body: [
        "action": "decline", "version": .integer(proceeding.version), "operation": .text(late.operation.text),
        "reason": "电话与本人核对不符",
      ], actor: village.bench.actor(proceeding))
    try exchange()
    let told = try lines("refused")
    XCTAssertEqual(told.count, 1)
    for part in ["窗口没有采纳：电话与本人核对不符", "bangban tray --seen \(state.code)"] {
      XCTAssertTrue(told.first?.contains(part) == true, "\(part) is not in \(told)")
    }
    XCTAssertEqual(try laptop.seeTray(state.code)["seen"], 1)
    XCTAssertEqual(try lines("refused"), [])
    XCTAssertEqual(try laptop.doctor()["ok"], true)
  }

  func testASubmissionThatWasRefusedIsNotToldOnceAnotherStands() throws {
    let id = try submitted()
    let other = try village.open()
    try Village.everybody([laptop, other])
    for (one, field, text) in [(other, "mo.name", "李四"), (laptop!, "mo.phone", "13900000099")] {
      _ = try one.edit(id, [Assignment(field, .text(text))])
      _ = try one.submit(id, deferring: [])
      _ = try one.sync { _ in }
    }
    let refused = try lines("refused").filter { $0.contains("提交第2版") }
    XCTAssertEqual(refused.count, 1)
    XCTAssertTrue(refused.first?.hasSuffix("没有被接受：别人已经先提交了一版；请用 bangban show 核对，还要改的再提交一次") == true, "\(refused)")
    _ = try laptop.submit(id, deferring: [])
    try exchange()
    XCTAssertEqual(try laptop.show(id)["version"], 3)
    XCTAssertEqual(try lines("refused"), [])
  }

  func testWhatHasEndedSaysSoBeforeAnythingElse() throws {
    let id = try submitted()
    _ = try laptop.withdraw(id, why: "不办了")
    for _ in 0..<2 {
      XCTAssertEqual(problem { _ = try laptop.submit(id, deferring: []) }?.code, "application.closed")
      let rectified = problem {
        _ = try laptop.rectify(id, [Assignment("mo.phone", .text("13900000099"))], confirmedBy: "张三丰")
      }
      XCTAssertEqual(rectified?.code, "application.closed")
      try exchange()
    }
  }

  func testOfADraftThatNoWindowEverHadNoneIsToHear() throws {
    let draft = try XCTUnwrap(try laptop.new(try village.document(submit: false))["id"]?.text)
    XCTAssertEqual(try laptop.withdraw(draft, why: "不办了")["unsubmitted"], true)
    XCTAssertNil(try laptop.withdraw(try submitted(), why: "不办了")["unsubmitted"])
  }
}
