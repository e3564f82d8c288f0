import Application
import Assistant
import CaptureStore
import Casework
import Catalog
import FoundationEssentials
import Foundations
import Journal
import Replication
import Synchronizer
import TestSupport
import XCTest

/// The main job on a real store, over real HTTP, with the real server.
final class ClientMainJobTests: XCTestCase {
  private var village: Village!

  override func setUpWithError() throws { village = try Village() }

  func testEnrolCaptureSubmitSyncAndShow() throws {
    let laptop = try village.laptop()
    let made = try laptop.assistant().new(try village.document(submit: true))
    XCTAssertEqual(made["missing"], [])
    XCTAssertEqual(made["version"], 1)
    let id = try XCTUnwrap(made["id"]?.text)
    XCTAssertEqual(try laptop.assistant().show(id)["sync"], "pending")
    let summary = try laptop.sync()
    XCTAssertEqual(summary["upToDate"], true, "\(summary)")
    XCTAssertEqual(summary["refused"], 0)
    let shown = try laptop.assistant().show(String(id.prefix(8)))
    XCTAssertEqual(shown["sync"], "synced")
    XCTAssertEqual(shown["status"], "submitted")
    XCTAssertEqual(shown["applicant"]?["name"], "张三丰")
    XCTAssertFalse(try XCTUnwrap(shown["proceedings"]?.array).isEmpty)
    XCTAssertEqual(shown["code"], made["code"])
    let quiet = try laptop.sync()
    XCTAssertEqual(quiet["requests"], 1)
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
  }

  /// It brings the whole catalogue, over whatever line there is.
  func testTheAnswerToAnEnrolmentGoesOverTheLinePacked() throws {
    let (_, code) = try village.bench.service.inviteDevice(
      station: village.bench.stations[0].id, name: "测试机", actor: "test")
    let laptop = Laptop(home: village.bench.folder + "/packed", clock: village.bench.clock).assistant()
    let line = WeighingLine(HTTPLine(address: village.url))
    laptop.line = { _, _ in line }
    _ = try laptop.enroll(url: village.url, code: code, name: nil)
    XCTAssertEqual(line.answers.count, 1)
    let (sent, told) = try XCTUnwrap(line.answers.first.map { (Int($0.bytesReceived), $0.body.count) })
    XCTAssertLessThan(sent * 4, told)
  }

  func testADayIsOneRequestAndUsesTheDictionary() throws {
    let laptop = try village.laptop()
    for _ in 0..<12 { _ = try laptop.assistant().new(try village.document(submit: true)) }
    let summary = try laptop.sync()
    XCTAssertLessThanOrEqual(try XCTUnwrap(summary["requests"]?.integer), 2, "\(summary)")
    XCTAssertEqual(summary["refused"], 0)
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertLessThan(try XCTUnwrap(summary["bytesSent"]?.integer), 40_000)
  }

  func testAttachmentsGoAfterwardsAndGoOnWhereTheyStopped() throws {
    let laptop = try village.laptop()
    var document = try village.document(submit: false)
    let file = village.bench.folder + "/scan.jpg"
    let bytes = [0xFF, 0xD8, 0xFF] + (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
    _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    let material = try XCTUnwrap(village.bench.matter("qingjian-04").materials.first { $0.source == .own }?.id)
    document["materials"]?[material] = ["scan.jpg"]
    let id = try XCTUnwrap(try laptop.assistant().new(document, folder: village.bench.folder)["id"]?.text)
    let summary = try laptop.sync()
    XCTAssertEqual(summary["attachmentBytes"], .integer(Int64(bytes.count)))
    XCTAssertEqual(summary["upToDate"], true)
    let entry = try laptop.assistant().show(id)["materials"]?[material]?.array?.first
    XCTAssertEqual(entry?["mediaType"], "image/jpeg")
    XCTAssertEqual(try laptop.sync()["attachmentBytes"], 0)
  }

  func testTwoLaptopsCollideAndSettle() throws {
    let first = try village.laptop()
    let second = try village.laptop()
    let id = try XCTUnwrap(try first.assistant().new(try village.document(submit: false))["id"]?.text)
    try first.sync()
    try second.sync()
    XCTAssertEqual(try second.assistant().show(id)["sync"], "synced")
    _ = try first.assistant().edit(id, [Assignment("mo.name", .text("李四"))])
    _ = try second.assistant().edit(id, [Assignment("mo.name", .text("李斯"))])
    try first.sync()
    let summary = try second.sync()
    XCTAssertEqual(summary["conflicts"], 1)
    let conflict = try XCTUnwrap(try second.assistant().conflicts(id).first)
    XCTAssertEqual(conflict["field"], "mo.name")
    XCTAssertEqual(conflict["candidates"]?.array?.count, 2)
    XCTAssertEqual(problem { _ = try second.assistant().submit(id, deferring: []) }?.code, "submit.conflict")
    XCTAssertTrue(try second.assistant().todo().contains { $0["kind"] == "conflict" })
    let settled = try second.assistant().resolve(id, field: "mo.name", take: 2, value: nil)
    XCTAssertEqual(settled["value"], conflict["candidates"]?.array?[1]["value"])
    try second.sync()
    try first.sync()
    XCTAssertEqual(try first.assistant().conflicts(nil), [])
    XCTAssertEqual(try first.assistant().show(id)["fields"]?["mo.name"], settled["value"])
    XCTAssertEqual(try first.assistant().show(id)["fields"], try second.assistant().show(id)["fields"])
  }

  /// Each edit is sound by itself; together they cannot be true, and a person is asked before anything is handed in.
  func testTwoEditsThatBreakARuleTogetherAreAConflict() throws {
    let first = try village.laptop()
    let second = try village.laptop()
    let document = try village.document("qingjian-15", submit: false)
    let id = try XCTUnwrap(try first.assistant().new(document)["id"]?.text)
    _ = try first.assistant().edit(
      id,
      [Assignment("de.deathTime", .text("2025-09-02T06:20:00+08:00")), Assignment("de.cremDate", .text("2025-09-10"))])
    try first.sync()
    try second.sync()
    XCTAssertEqual(try first.assistant().conflicts(id), [])
    _ = try first.assistant().edit(id, [Assignment("de.deathTime", .text("2025-09-08T06:20:00+08:00"))])
    _ = try second.assistant().edit(id, [Assignment("de.cremDate", .text("2025-09-04"))])
    try first.sync()
    try second.sync()
    try first.sync()
    for laptop in [first, second] {
      let conflicts = try laptop.assistant().conflicts(id)
      XCTAssertEqual(conflicts.map { $0["field"] }, ["de.cremDate", "de.deathTime"])
      XCTAssertEqual(conflicts.map { $0["kind"] }, ["rule", "rule"])
      XCTAssertEqual(conflicts.first?["because"], "死亡时间不晚于火化日期")
    }
    XCTAssertTrue(try second.assistant().todo().contains { $0["text"]?.text?.contains("前后对不上") == true })
    XCTAssertEqual(problem { _ = try second.assistant().submit(id, deferring: []) }?.code, "submit.conflict")
    XCTAssertEqual(
      problem { _ = try second.assistant().resolve(id, field: "de.cremDate", take: 1, value: nil) }?.code,
      "resolve.rule")
    _ = try second.assistant().resolve(id, field: "de.cremDate", take: nil, value: "2025-09-09")
    XCTAssertEqual(try second.assistant().conflicts(id), [])
    try second.sync()
    try first.sync()
    XCTAssertEqual(try first.assistant().conflicts(id), [])
    XCTAssertEqual(try first.assistant().submit(id, deferring: [])["version"], 1)
    XCTAssertEqual(try first.sync()["refused"], 0)
  }

  func testACorrectionComesBackIsAnsweredAndTheCaseCloses() throws {
    let laptop = try village.laptop()
    let made = try laptop.assistant().new(try village.document(submit: true))
    let id = try XCTUnwrap(made["id"]?.text)
    try laptop.sync()
    let application = ApplicationID(id)
    let proceeding = try XCTUnwrap(
      try village.bench.state(application).proceedings.first { $0.status == .dispatched })
    _ = try village.bench.service.act(
      proceeding.id,
      body: [
        "action": "correct", "version": 1, "until": "2026-12-01",
        "defects": [
          ["field": "mo.phone", "problem": "号码打不通", "remedy": "请换一个号码"],
          ["material": "m02", "problem": "看不清", "remedy": "重新拍一张"],
        ],
      ], actor: village.bench.actor(proceeding))
    try laptop.sync()
    let todo = try laptop.assistant().todo()
    XCTAssertEqual(todo.first?["kind"], "correction")
    XCTAssertEqual(todo.first?["due"], "2026-12-01")
    _ = try laptop.assistant().edit(id, [Assignment("mo.phone", .text("13887654321"))])
    XCTAssertEqual(try laptop.assistant().edit(id, [Assignment("nb.name", .text("新名"))])["late"], true)
    let answer = try laptop.assistant().submit(id, deferring: [])
    XCTAssertEqual(answer["version"], 2)
    XCTAssertEqual(answer["untouched"]?.array?.map { $0["material"] }, ["m02"], "nobody has touched the paper")
    let summary = try laptop.sync()
    XCTAssertEqual(summary["refused"], 0)
    XCTAssertEqual(try village.bench.state(application).version?.values["mo.phone"], "13887654321")
    XCTAssertTrue(try laptop.assistant().todo().contains { $0["kind"] == "refused" }, "the late edit waits")
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
  }

  func testALateEditAsksForNothingOnceTheApplicationHasEnded() throws {
    let laptop = try village.laptop()
    func refused() throws -> [Value] { try laptop.assistant().todo().filter { $0["kind"] == "refused" } }
    func late(_ name: String) throws -> String {
      let id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)
      try laptop.sync()
      XCTAssertEqual(try laptop.assistant().edit(id, [Assignment("mo.name", .text(name))])["late"], true)
      try laptop.sync()
      XCTAssertEqual(try refused().map { $0["id"]?.text }, [id])
      return id
    }
    func assertTold(_ id: String, _ status: Value) throws {
      try laptop.sync()
      XCTAssertEqual(try refused(), [])
      let shown = try laptop.assistant().show(id)
      XCTAssertEqual(shown["status"], status)
      XCTAssertTrue((shown["timeline"]?.array ?? []).contains { $0["code"] == "late" }, "the timeline keeps it")
    }
    let closed = try late("李四")
    for proceeding in try village.bench.state(ApplicationID(closed)).proceedings where proceeding.status == .dispatched
    {
      _ = try village.bench.service.act(
        proceeding.id, body: ["action": "reject", "version": 1, "reason": "条件不符"],
        actor: village.bench.actor(proceeding))
    }
    try assertTold(closed, "closed")
    let withdrawn = try late("李斯")
    _ = try laptop.assistant().withdraw(withdrawn, why: "不办了")
    try assertTold(withdrawn, "withdrawn")
  }

  /// Found by the simulator: the second edit did not name the first, which was late, and so stood against it.
  func testTwoLateEditsOfOneFieldDoNotStandAgainstEachOther() throws {
    let laptop = try village.laptop()
    let id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)
    try laptop.sync()
    XCTAssertEqual(try laptop.assistant().edit(id, [Assignment("mo.name", .text("李四"))])["late"], true)
    XCTAssertEqual(try laptop.assistant().edit(id, [Assignment("mo.name", .text("李斯"))])["late"], true)
    XCTAssertEqual(try laptop.assistant().submit(id, deferring: [])["version"], 2)
    XCTAssertEqual(try laptop.sync()["refused"], 0)
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).version?.values["mo.name"], "李斯")
  }

  func testALateEditCanBeTakenBack() throws {
    let laptop = try village.laptop()
    let id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)
    try laptop.sync()
    let before = try XCTUnwrap(try laptop.assistant().show(id)["fields"]?["mo.name"]?.text)
    _ = try laptop.assistant().edit(id, [Assignment("mo.name", .text("李四"))])
    XCTAssertEqual(try laptop.assistant().edit(id, [Assignment("mo.name", .text(before))])["late"], true)
    _ = try laptop.assistant().submit(id, deferring: [])
    try laptop.sync()
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).version?.values["mo.name"], .text(before))
  }

  func testWithoutANetworkEverythingStaysAndExitIsFour() throws {
    let laptop = try village.laptop()
    let id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)
    _ = try laptop.assistant().config(name: "server", value: "http://127.0.0.1:9")
    let failure = problem { try laptop.sync() }
    XCTAssertEqual(failure?.kind.exit, .offline)
    XCTAssertEqual(try laptop.assistant().show(id)["sync"], "pending")
    _ = try laptop.assistant().config(name: "server", value: village.url)
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
  }

  func testARevokedDeviceIsToldAndLosesNothing() throws {
    let laptop = try village.laptop()
    let id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)
    try village.bench.journal.write { writer throws(Problem) in
      for var device in try writer.devices() {
        device.status = .revoked
        try writer.setDevice(device)
      }
    }
    let refusal = problem { try laptop.sync() }
    XCTAssertEqual(refusal?.code, "device.revoked")
    XCTAssertEqual(refusal?.kind.exit, .refused)
    XCTAssertEqual(try laptop.assistant().show(id)["version"], 1)
  }

  func testAUsedCodeAndASecondEnrolmentAreRefused() throws {
    let laptop = try village.laptop()
    XCTAssertEqual(
      problem { _ = try laptop.assistant().enroll(url: village.url, code: "x", name: nil) }?.code,
      "device.already-enrolled")
    let other = Laptop(home: village.bench.folder + "/other", clock: village.bench.clock)
    XCTAssertEqual(
      problem { _ = try other.assistant().enroll(url: village.url, code: "wrong", name: nil) }?.code,
      "enroll.code-invalid")
    XCTAssertEqual(problem { _ = try other.assistant().show("a") }?.code, "device.not-enrolled")
  }
}

/// A line that keeps what came over it.
final class WeighingLine: ServerLine {
  private let line: any ServerLine
  private(set) var answers: [ServerAnswer] = []

  init(_ line: any ServerLine) { self.line = line }

  func ask(_ question: ServerQuestion) throws(Problem) -> ServerAnswer {
    let answer = try line.ask(question)
    answers.append(answer)
    return answer
  }
}
