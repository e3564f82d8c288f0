import Application
import Assistant
import Casework
import Catalog
import Foundation
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// What a device knows of an application's life: clocks, documents, one correction, what usually comes back.
final class LifeCycleClientTests: XCTestCase {
  private var village: Village!

  override func setUpWithError() throws { village = try Village() }

  private func capture(_ laptop: Laptop) throws -> String {
    try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)
  }

  private func lines(_ laptop: Laptop, _ kind: String) throws -> [Value] {
    try laptop.assistant().todo().filter { $0["kind"]?.text == kind }
  }

  private func act(_ id: String, _ body: Value, at index: Int = 0) throws {
    let out = try village.bench.state(ApplicationID(id)).proceedings.filter { $0.status == .dispatched }
    var body = body
    body["version"] = .integer(out[index].version)
    _ = try village.bench.service.act(out[index].id, body: body, actor: village.bench.actor(out[index]))
  }

  func testSection13AReceivingStationIsToldByWhenToSyncAndThatItIsLate() throws {
    try village.bench.setLevel("receive")
    let laptop = try village.laptop()
    let id = try capture(laptop)
    let line = try XCTUnwrap(try lines(laptop, "sync").first { $0["id"]?.text == id })
    XCTAssertEqual(line["due"], "2026-11-26", "captured on Monday the 23rd, three working days")
    XCTAssertNil(line["overdue"])
    laptop.wait(seconds: 5 * 86_400)
    let late = try XCTUnwrap(try lines(laptop, "sync").first { $0["id"]?.text == id })
    XCTAssertEqual(late["overdue"], true)
    XCTAssertTrue(try XCTUnwrap(late["text"]?.text).contains("已过最迟同步日"))
    try laptop.sync()
    XCTAssertNil(try lines(laptop, "sync").first { $0["id"]?.text == id })
  }

  func testSection51AnAgentsStationHasNoLatestDay() throws {
    try village.bench.setLevel("agent")
    let laptop = try village.laptop()
    let id = try capture(laptop)
    XCTAssertNil(try lines(laptop, "sync").first { $0["id"]?.text == id })
  }

  func testAnAnswerIsToBeSyncedBeforeTheDeadlineOfItsCorrection() throws {
    for level in ["receive", "agent"] {
      try village.bench.setLevel(level)
      let laptop = try village.laptop()
      let id = try capture(laptop)
      try laptop.sync()
      try act(
        id,
        [
          "action": "correct", "until": "2026-11-24",
          "defects": [["field": "mo.phone", "problem": "打不通", "remedy": "换一个"]],
        ])
      try laptop.sync()
      _ = try laptop.assistant().edit(id, [Assignment("mo.phone", .text("13900000099"))])
      _ = try laptop.assistant().submit(id, deferring: [])
      let line = try XCTUnwrap(try lines(laptop, "sync").first { $0["id"]?.text == id }, level)
      XCTAssertEqual(line["due"], "2026-11-24", "the window may end it then, whatever the three working days say")
      XCTAssertTrue(try XCTUnwrap(line["text"]?.text).contains("补正期限 2026-11-24 前必须同步"))
      XCTAssertNil(line["overdue"])
      try laptop.sync()
      XCTAssertNil(try lines(laptop, "sync").first { $0["id"]?.text == id })
    }
  }

  func testWhatLiesInTheCountysTrayIsNotUrged() throws {
    try village.bench.setLevel("receive")
    let laptop = try village.laptop()
    let id = try capture(laptop)
    let device = try laptop.device()
    try village.bench.revoke(device)
    XCTAssertNotNil(try lines(laptop, "sync").first { $0["id"]?.text == id })
    XCTAssertEqual(problem { try laptop.sync() }?.code, "device.revoked")
    XCTAssertNil(try lines(laptop, "sync").first { $0["id"]?.text == id }, "it was sent in time")
  }

  func testADeferredPaperThatWasAttachedIsOwedUntilItHasArrived() throws {
    let matter = try XCTUnwrap(
      village.bench.matters.first { matter in
        matter.id.text.hasPrefix("qingjian")
          && matter.materials.contains { material in
            material.deferrable && !material.main && material.required && material.source == .own
              && (material.items.isEmpty || material.items.contains(where: matter.defaultItems.contains))
          }
      })
    let material = try XCTUnwrap(
      matter.materials.first { material in
        material.deferrable && !material.main && material.required && material.source == .own
          && (material.items.isEmpty || material.items.contains(where: matter.defaultItems.contains))
      })
    let laptop = try village.laptop()
    var document = try village.document(matter.id.text, submit: false)
    document["materials"]?[material.id] = nil
    let id = try XCTUnwrap(try laptop.assistant().new(document)["id"]?.text)
    _ = try laptop.assistant().submit(id, deferring: [material.id])
    try laptop.sync()
    try act(id, ["action": "accept"])
    try laptop.sync()
    let owed = try XCTUnwrap(try lines(laptop, "deferred").first)
    let path = village.bench.folder + "/later.txt"
    try "补交".write(toFile: path, atomically: true, encoding: .utf8)
    _ = try laptop.assistant().attach(id, material: material.id, files: [path])
    let attached = try lines(laptop, "deferred")
    XCTAssertEqual(attached.count, 1)
    XCTAssertEqual(attached.first?["due"], owed["due"])
    XCTAssertTrue(try XCTUnwrap(attached.first?["text"]?.text).contains("已附上，还没有传到县里"))
    try laptop.sync()
    XCTAssertEqual(try lines(laptop, "deferred"), [])
  }

  func testR05ReturnsReachWhoeverCapturedItAsOneLine() throws {
    let laptop = try village.laptop()
    let id = try capture(laptop)
    try laptop.sync()
    for (index, until) in ["2026-12-08", "2026-12-02"].enumerated() {
      try act(
        id,
        [
          "action": "correct", "until": .text(until),
          "defects": [["field": "mo.phone", "problem": "打不通", "remedy": "换一个"]],
        ], at: index == 0 ? 0 : 0)
    }
    try laptop.sync()
    let corrections = try lines(laptop, "correction")
    XCTAssertEqual(corrections.count, 1, "one for all departments")
    XCTAssertEqual(corrections.first?["due"], "2026-12-02")
    XCTAssertNotNil(corrections.first?["by"]?.text)
    let number = try XCTUnwrap(try village.bench.state(ApplicationID(id)).document(.correction)?.number)
    XCTAssertTrue(try XCTUnwrap(corrections.first?["text"]?.text).contains(number))
    let shown = try laptop.assistant().show(id)
    XCTAssertEqual(shown["correction"]?["until"], "2026-12-02")
    XCTAssertEqual(shown["correction"]?["lines"]?.array?.count, 1, "asked for twice, told once")
    XCTAssertTrue((shown["documents"]?.array ?? []).contains { $0["number"]?.text == number })
  }

  func testWhoCapturedWhatCameBackIsToldInWordsWhereNobodyHereKnowsTheName() throws {
    let (laptop, other) = (try village.laptop(), try village.laptop())
    let id = try capture(laptop)
    try laptop.sync()
    try act(
      id,
      [
        "action": "correct", "until": "2026-12-08",
        "defects": [["field": "mo.phone", "problem": "打不通", "remedy": "换一个"]],
      ])
    try laptop.sync()
    try other.sync()
    let own = try XCTUnwrap(try lines(laptop, "correction").first)
    XCTAssertTrue(own["text"]?.text?.hasSuffix("录入人 王帮办") == true, "\(own)")
    let told = try XCTUnwrap(try lines(other, "correction").first)
    let person = try XCTUnwrap(told["by"]?.text)
    XCTAssertTrue(told["text"]?.text?.hasSuffix("录入人 同事（\(person.suffix(3))）") == true, "\(told)")
  }

  func testSection12ADevicePrintsWhatTheCountyIssuedAndItsOwnPapersBefore() throws {
    try village.bench.setLevel("receive")
    let laptop = try village.laptop()
    let id = try capture(laptop)
    let before = try laptop.assistant().document(id, nil)
    XCTAssertEqual(before["provisional"], true)
    XCTAssertEqual(before["kind"], "D03")
    XCTAssertTrue(try XCTUnwrap(before["text"]?.text).contains("以县里的正式编号为准"))
    XCTAssertEqual(problem { _ = try laptop.assistant().document(id, "D08") }?.code, "document.authority")
    try laptop.sync()
    try act(id, ["action": "accept"])
    try laptop.sync()
    let receipt = try laptop.assistant().document(id, "D03")
    XCTAssertEqual(receipt["provisional"], false)
    XCTAssertEqual(receipt["number"], "清审收〔2026〕0001号")
    let notice = try laptop.assistant().document(id, "受理通知书")
    XCTAssertEqual(notice["kind"], "D08")
    let same = try village.bench.service.document(of: id, "D08")
    XCTAssertEqual(notice["number"], same["number"])
    XCTAssertEqual(notice["text"], same["text"], "the county prints the same words")
  }

  func testSection13WhatAStationGivesForPapersIsWhatItMayDo() throws {
    try village.bench.setLevel("agent")
    let agency = try village.laptop()
    let carried = try capture(agency)
    XCTAssertEqual(try agency.assistant().document(carried, nil)["kind"], "D02")
    XCTAssertEqual(
      problem { _ = try agency.assistant().document(carried, "D03") }?.code, "document.not-received",
      "no authority has received anything")
    XCTAssertEqual(try agency.assistant().receipt(carried)["station"]?["level"], "agent")
    try agency.sync()
    XCTAssertTrue(try text(agency, carried, "D03").contains("站点身份：综合窗口收件（站点代收）"), "now a window has")
    for (level, words) in [
      ("receive", ["站点身份：受委托收件", "不代表受理"]), ("accept", ["站点身份：授权受理", "收件即受理"]),
    ] {
      try village.bench.setLevel(level)
      let laptop = try village.laptop()
      let id = try capture(laptop)
      let receipt = try text(laptop, id, "D03")
      for word in words { XCTAssertTrue(receipt.contains(word), "\(level) lacks \(word):\n\(receipt)") }
      XCTAssertEqual(receipt.contains("不代表受理"), level == "receive")
      XCTAssertEqual(problem { _ = try laptop.assistant().document(id, "D02") }?.code, "document.received")
      XCTAssertEqual(try laptop.assistant().receipt(id)["station"]?["level"], .text(level))
    }
  }

  func testAReceiptNamesWhoHandedItInAndTheStationThatTookIt() throws {
    try village.bench.setLevel("receive")
    let laptop = try village.laptop()
    let id = try capture(laptop)
    _ = try laptop.assistant().addPerson(name: "刘志愿")
    _ = try laptop.assistant().switchPerson(name: "刘志愿")
    XCTAssertEqual(try laptop.assistant().receipt(id)["agent"], "王帮办", "not whoever prints it")
    let (own, other) = (village.bench.stations[0], village.bench.stations[1])
    _ = try laptop.assistant().share(id, with: other.name)
    try laptop.sync()
    let neighbour = try village.laptop(at: 1)
    try neighbour.sync()
    let receipt = try neighbour.assistant().receipt(id)
    XCTAssertEqual(receipt["agent"], .null, "nobody here knows who it was")
    XCTAssertEqual(
      receipt["station"], ["id": .text(own.id.text), "name": .text(own.name), "level": "receive"])
    XCTAssertTrue(try text(neighbour, id, "D03").contains("收件单位：\(own.name)"))
  }

  private func text(_ laptop: Laptop, _ id: String, _ kind: String) throws -> String {
    try XCTUnwrap(try laptop.assistant().document(id, kind)["text"]?.text)
  }

  func testSection8WhatUsuallyComesBackIsToldBeforeLeavingTheHouse() throws {
    let laptop = try village.laptop()
    let id = try capture(laptop)
    try laptop.sync()
    XCTAssertEqual(try laptop.assistant().guide("qingjian-04", answers: [:])["returns"], [])
    try act(
      id,
      [
        "action": "correct", "until": "2026-12-08",
        "defects": [["field": "mo.phone", "problem": "打不通", "remedy": "换一个"]],
      ])
    _ = try village.bench.service.passDay()
    try laptop.sync()
    let warned = try laptop.assistant().guide("qingjian-04", answers: [:])["returns"]?.array ?? []
    XCTAssertEqual(warned.first?["field"], "mo.phone")
    XCTAssertEqual(warned.first?["count"], 1)
    let draft = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: false))["id"]?.text)
    XCTAssertEqual(try laptop.assistant().show(draft)["returns"]?.array?.count, 1)
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
  }

  func testSection42AnAgentDoesNotSignForTheApplicant() throws {
    let laptop = try village.laptop()
    let draft = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: false))["id"]?.text)
    let code = problem { _ = try laptop.assistant().submit(draft, deferring: [], committing: ["m01"]) }?.code
    XCTAssertEqual(code, "submit.not-committable", "the list does not say so")
    XCTAssertEqual(try laptop.assistant().show(draft)["status"], "draft")
  }
}
