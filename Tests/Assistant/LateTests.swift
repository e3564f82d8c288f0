import Application
import Assistant
import Casework
import Foundation
import Foundations
import Replication
import TestSupport
import XCTest

/// What is written after a version was pinned: whoever wrote it is told that the window does not see it.
final class LateTests: XCTestCase {
  private var village: Village!
  private var laptop: Assistant!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.open()
  }

  private func submitted(_ material: inout String) throws -> String {
    let document = try village.document(submit: true)
    material = document["materials"]?.object?.keys.min() ?? ""
    return try XCTUnwrap(try laptop.new(document)["id"]?.text)
  }

  private func scan() throws -> String {
    let path = village.bench.folder + "/scan-\(UUID().uuidString).txt"
    try "一页".write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func checkTold(_ answer: Value?, _ version: Value, canSubmit: Value, line: UInt = #line) {
    XCTAssertEqual(answer?["late"], true, line: line)
    XCTAssertEqual(answer?["version"], version, line: line)
    XCTAssertEqual(answer?["canSubmit"], canSubmit, line: line)
    XCTAssertFalse(answer?["code"]?.isBlank ?? true, line: line)
  }

  func testWhoeverEditsOrAttachesAfterASubmissionIsToldSoAndWhatHelps() throws {
    var material = ""
    let id = try submitted(&material)
    checkTold(try laptop.edit(id, [Assignment("mo.name", .text("李四"))]), 1, canSubmit: true)
    let attached = try laptop.attach(id, material: material, files: [try scan(), try scan()])
    XCTAssertEqual(attached.count, 2)
    for line in attached { checkTold(line, 1, canSubmit: true) }
    checkTold(try laptop.attachPaper(id, material: material, originals: 1, copies: 0), 1, canSubmit: true)
    XCTAssertEqual(try laptop.submit(id, deferring: [])["version"], 2)
    XCTAssertNotEqual(try laptop.edit(id, [Assignment("mo.name", .text("李四"))])["late"], true, "nothing is written")
    let draft = try laptop.new(try village.document(submit: false))["id"]?.text ?? ""
    let paper = try village.document(submit: false)["materials"]?.object?.keys.min() ?? ""
    XCTAssertNil(try laptop.attach(draft, material: paper, files: [try scan()]).first?["late"])
    XCTAssertNil(try laptop.attachPaper(draft, material: paper, originals: 1, copies: 0)["late"])
  }

  func testWhereAWindowHasAcceptedNoFurtherVersionIsAdvised() throws {
    var material = ""
    let id = try submitted(&material)
    _ = try laptop.sync { _ in }
    let proceeding = try XCTUnwrap(
      try village.bench.state(ApplicationID(id)).proceedings.first { $0.status == .dispatched })
    _ = try village.bench.service.act(
      proceeding.id, body: ["action": "accept", "version": 1], actor: village.bench.actor(proceeding))
    _ = try laptop.sync { _ in }
    checkTold(try laptop.edit(id, [Assignment("mo.name", .text("李四"))]), 1, canSubmit: false)
    checkTold(try laptop.attach(id, material: material, files: [try scan()]).first, 1, canSubmit: false)
  }

  func testSubmittingAgainWithNothingChangedWritesNothingAndDisturbsNoWindow() throws {
    var material = ""
    let id = try submitted(&material)
    func writes() throws -> Int { try laptop.show(id)["timeline"]?.array?.count ?? 0 }
    for _ in 0..<2 {
      let before = try writes()
      let again = try laptop.submit(id, deferring: [])
      XCTAssertEqual(again["unchanged"], true)
      XCTAssertEqual(again["version"], 1)
      XCTAssertEqual(again["receipt"], again["code"])
      XCTAssertEqual(try writes(), before)
      _ = try laptop.sync { _ in }
    }
    let proceeding = try XCTUnwrap(
      try village.bench.state(ApplicationID(id)).proceedings.first { $0.status == .dispatched })
    XCTAssertEqual(proceeding.version, 1)
    // A note is no part of a version; an edit is, and so is one that takes an edit back while it waits beside.
    _ = try laptop.note(id, "周二上门")
    XCTAssertEqual(try laptop.submit(id, deferring: [])["unchanged"], true)
    let name = try XCTUnwrap(try laptop.show(id)["fields"]?["mo.name"]?.text)
    _ = try laptop.edit(id, [Assignment("mo.name", .text("李四"))])
    _ = try laptop.edit(id, [Assignment("mo.name", .text(name))])
    let next = try laptop.submit(id, deferring: [])
    XCTAssertNil(next["unchanged"])
    XCTAssertEqual(next["version"], 2)
    XCTAssertEqual(try laptop.submit(id, deferring: [])["unchanged"], true)
    _ = try laptop.sync { _ in }
    let sent = try XCTUnwrap(
      try village.bench.state(ApplicationID(id)).proceedings.first { $0.id == proceeding.id })
    _ = try village.bench.service.act(
      sent.id, body: ["action": "accept", "version": .integer(sent.version)], actor: village.bench.actor(sent))
    _ = try laptop.sync { _ in }
    XCTAssertEqual(problem { _ = try laptop.submit(id, deferring: []) }?.code, "submit.accepted")
  }

  func testShowSaysWhichLateEditsWaitForTheWindow() throws {
    var material = ""
    let id = try submitted(&material)
    _ = try laptop.edit(id, [Assignment("mo.name", .text("李四"))])
    func late() throws -> [Value] {
      (try laptop.show(id)["timeline"]?.array ?? []).filter { $0["code"] == "late" }
    }
    XCTAssertEqual(try late().map { $0["open"] }, [true])
    XCTAssertEqual(try laptop.show(id)["late"]?.array?.first?["fields"]?["mo.name"], "李四")
    _ = try laptop.submit(id, deferring: [])
    XCTAssertEqual(try late().compactMap { $0["open"] }, [], "the second version took it in")
  }

  /// Two laptops that both have it, and wrote otherwise after it was submitted.
  private func lateOnBoth() throws -> (id: String, other: Assistant) {
    var material = ""
    let id = try submitted(&material)
    let other = try village.open()
    try Village.everybody([laptop, other])
    _ = try laptop.edit(id, [Assignment("mo.name", .text("李四"))])
    _ = try other.edit(id, [Assignment("mo.name", .text("李斯"))])
    return (id, other)
  }

  func testLateValuesThatKeepASubmissionBackAreListedAndSettledAsConflicts() throws {
    let (id, other) = try lateOnBoth()
    _ = try other.sync { _ in }
    XCTAssertEqual(try laptop.sync { _ in }["conflicts"], 1)
    XCTAssertEqual(problem { _ = try laptop.submit(id, deferring: []) }?.code, "submit.conflict")
    let conflict = try XCTUnwrap(try laptop.conflicts(nil).first)
    XCTAssertEqual(conflict["field"], "mo.name")
    XCTAssertEqual(conflict["kind"], "value")
    let candidates = (conflict["candidates"]?.array ?? []).compactMap { $0["value"]?.text }
    XCTAssertEqual(Set(candidates), ["李四", "李斯"])
    XCTAssertTrue(try laptop.todo().contains { $0["kind"] == "conflict" })
    XCTAssertEqual(try laptop.show(id)["conflicts"]?.array?.count, 1)
    XCTAssertEqual(try laptop.openForm(id).sight.conflicts, ["mo.name"])
    let settled = try laptop.resolve(id, field: "mo.name", take: 2, value: nil, of: conflict["token"]?.text)
    checkTold(settled, 1, canSubmit: true)
    XCTAssertEqual(settled["value"], .text(candidates[1]))
    XCTAssertEqual(try laptop.conflicts(nil), [])
    XCTAssertEqual(try laptop.submit(id, deferring: [])["version"], 2)
    try Village.everybody([laptop, other])
    XCTAssertEqual(try other.conflicts(nil), [])
    for each in [laptop!, other] {
      XCTAssertEqual(try each.show(id)["fields"]?["mo.name"], .text(candidates[1]))
      XCTAssertEqual(try each.prove()["differ"], [])
      XCTAssertEqual(try each.doctor()["ok"], true)
    }
  }

  func testLateValuesAreSettledByAValueOfOnesOwnAndAskedOfNobodyOnceAWindowDecides() throws {
    let (id, other) = try lateOnBoth()
    try Village.everybody([laptop, other])
    _ = try laptop.resolve(id, field: "mo.name", take: nil, value: "李思")
    XCTAssertEqual(try laptop.conflicts(id), [])
    _ = try other.edit(id, [Assignment("mo.name", .text("李丝"))])
    try Village.everybody([laptop, other])
    XCTAssertEqual(try laptop.conflicts(id).count, 1, "it had not seen what was settled")
    let proceeding = try XCTUnwrap(
      try village.bench.state(ApplicationID(id)).proceedings.first { $0.status == .dispatched })
    _ = try village.bench.service.act(
      proceeding.id, body: ["action": "accept", "version": 1], actor: village.bench.actor(proceeding))
    XCTAssertEqual(try laptop.sync { _ in }["conflicts"], 0)
    XCTAssertEqual(try laptop.conflicts(id), [], "it is the window's to admit one of them")
  }
}
