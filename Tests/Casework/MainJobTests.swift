import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import SQLite
import TestSupport
import XCTest

/// The main job on a real journal: submit, split, route, act, correct, decide, close.
final class MainJobTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  /// A device, and an application of 新生儿出生 that it has submitted and synced.
  private func submitted() throws -> (device: BenchDevice, id: ApplicationID) {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.submit(id)
    try device.sync()
    return (device, id)
  }

  /// The window sends the application back for the mother's telephone number.
  private func askForAnotherPhone(_ proceeding: ProceedingState) throws {
    _ = try bench.service.act(
      proceeding.id,
      body: [
        "action": "correct", "version": 1, "until": "2026-12-01",
        "defects": [["field": "mo.phone", "problem": "号码打不通", "remedy": "请换一个号码"]],
      ], actor: bench.actor(proceeding))
  }

  func testSubmittingSplitsRoutesAndQueuesOnce() throws {
    let (_, id) = try submitted()
    let state = try bench.state(id)
    XCTAssertEqual(state.status, .submitted)
    XCTAssertEqual(state.proceedings.count, try bench.matter("qingjian-04").defaultItems.count)
    for proceeding in state.proceedings {
      XCTAssertNotNil(proceeding.window, proceeding.itemName)
      XCTAssertEqual(proceeding.status, proceeding.after.isEmpty ? .dispatched : .waiting, proceeding.itemName)
    }
    XCTAssertTrue(state.proceedings.contains { $0.status == .waiting }, "prerequisites hold something back")
    let outbox = try bench.service.outbox(dead: false, limit: 100)
    XCTAssertEqual(outbox.count, state.proceedings.count { $0.status == .dispatched })
    try bench.assertVerifies()
  }

  func testTheSameRequestTwiceHasOneEffectAndTheSameAcknowledgement() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.submit(id)
    let bytes = try device.request()
    let first = try SyncAnswer.read(try bench.service.sync(bytes)) { _ in nil }
    let outbox = try bench.service.outbox(dead: false, limit: 100).count
    for _ in 0..<10 {
      let again = try SyncAnswer.read(try bench.service.sync(bytes)) { _ in nil }
      XCTAssertEqual(again.acknowledged, first.acknowledged)
    }
    XCTAssertEqual(try bench.service.outbox(dead: false, limit: 100).count, outbox)
    XCTAssertEqual(try bench.state(id).operations, 3)
    try bench.assertVerifies()
  }

  func testAnOlderRequestNumberGetsNoPage() throws {
    let device = try bench.device()
    device.create(try bench.matter("qingjian-04"))
    let old = try device.request()
    try device.sync()
    XCTAssertThrowsError(try bench.service.sync(old)) { XCTAssertEqual(($0 as? Problem)?.code, "sync.stale") }
  }

  func testAForgedSignatureReadsAndWritesNothing() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    let thief = try bench.device(at: 1)
    let forged = BenchDevice(id: device.id, station: device.station, key: thief.key, bench: bench)
    forged.own = device.own
    forged.counter = device.counter
    XCTAssertThrowsError(try bench.service.sync(try forged.request())) {
      XCTAssertEqual(($0 as? Problem)?.code, "sync.signature")
    }
    XCTAssertNil(try bench.find(id))
  }

  func testAnotherStationSeesNothingUntilItIsShared() throws {
    let first = try bench.device()
    let second = try bench.device(at: 1)
    let id = first.create(try bench.matter("qingjian-04"))
    try first.sync()
    try second.sync()
    XCTAssertThrowsError(try second.state(id))
    first.write(.share, ["with": .text("station:\(second.station.text)")], id)
    try first.sync()
    try second.sync()
    XCTAssertEqual(try second.state(id).code, try first.state(id).code)
    XCTAssertEqual(try second.state(id).shares, ["station:\(second.station.text)"])
  }

  func testTwoEditsOfOneFieldAreAConflictOnBothAndSettleOnBoth() throws {
    let first = try bench.device()
    let second = try bench.device(at: 1)
    let id = first.create(try bench.matter("qingjian-04"))
    first.write(.share, ["with": .text("device:\(second.id.text)")], id)
    try first.sync()
    try second.sync()
    try first.edit(id, "mo.name", "李四")
    try second.edit(id, "mo.name", "李斯")
    try first.sync()
    try second.sync()
    try first.sync()
    XCTAssertEqual(try first.state(id).conflicts, ["mo.name"])
    XCTAssertEqual(try second.state(id).conflicts, ["mo.name"])
    try second.edit(id, "mo.name", "李斯")
    try second.sync()
    try first.sync()
    XCTAssertEqual(try first.state(id).conflicts, [])
    XCTAssertEqual(try first.state(id).value("mo.name"), "李斯")
    XCTAssertEqual(try first.state(id), try second.state(id))
    try bench.assertVerifies()
  }

  func testAWindowCorrectsTheAnswerComesBackAndTheApplicationCloses() throws {
    let (device, id) = try submitted()
    let first = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    try askForAnotherPhone(first)
    try device.sync()
    XCTAssertEqual(try device.state(id).status, .correction)
    try device.edit(id, "mo.phone", "13887654321")
    try device.edit(id, "nb.name", "不该改")
    try device.submit(id)
    try device.sync()
    let answered = try bench.state(id)
    XCTAssertEqual(answered.versions.count, 2)
    XCTAssertEqual(answered.version?.values["mo.phone"], "13887654321")
    XCTAssertNotEqual(answered.version?.values["nb.name"], "不该改", "only what was named is open")
    XCTAssertEqual(answered.late.count, 1)
    for _ in 0..<10 where try bench.state(id).status != .closed { try finishOpenProceedings(id) }
    XCTAssertEqual(try bench.state(id).status, .closed)
    try device.sync()
    let closed = try device.state(id)
    XCTAssertEqual(closed.status, .closed)
    XCTAssertEqual(closed.proceedings.first { $0.id == first.id }?.certificate?["number"], "证字1号")
    XCTAssertEqual(closed, try bench.state(id))
    try bench.assertVerifies()
  }

  func testWhoeverHasNotBegunJudgesTheLatestVersionAndReadsOnlyItsOwnHistory() throws {
    let (device, id) = try submitted()
    let first = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    let waiting = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .waiting })
    try askForAnotherPhone(first)
    device.write(.note, ["text": "家里只有老人"], id)
    try device.sync()
    try device.edit(id, "mo.phone", "13887654321")
    try device.submit(id)
    try device.sync()
    XCTAssertEqual(try bench.state(id).proceeding(waiting.id)?.version, 2)
    XCTAssertEqual(try bench.state(id).proceeding(first.id)?.status, .dispatched)
    let view = try bench.service.proceeding(waiting.id, actor: bench.actor(waiting))
    let kinds = Set((view["history"]?.array ?? []).compactMap { $0["kind"]?.text })
    XCTAssertEqual(kinds, ["create", "submit", "route"])
    try bench.assertVerifies()
  }

  private func finishOpenProceedings(_ id: ApplicationID) throws {
    for proceeding in try bench.state(id).proceedings where proceeding.status == .dispatched {
      let actor = bench.actor(proceeding)
      let version = Value.integer(proceeding.version)
      func act(_ body: Value) throws {
        var body = body
        body["version"] = version
        _ = try bench.service.act(proceeding.id, body: body, actor: actor)
      }
      try act(["action": "accept"])
      try act(["action": "decide", "outcome": "approve"])
      try act(["action": "issue", "certificate": ["name": "结果", "number": "证字1号"]])
      try act(["action": "deliver", "method": "站点自取", "receivedBy": "张三"])
    }
  }

  func testAMatterWithoutItemsIsOneProceedingAtTheComprehensiveWindow() throws {
    let matter = try XCTUnwrap(bench.matters.first { $0.items.isEmpty })
    let device = try bench.device()
    let id = device.create(matter)
    try device.submit(id)
    try device.sync()
    let proceedings = try bench.state(id).proceedings
    XCTAssertEqual(proceedings.map(\.window?.text), ["w-610830-zh"])
  }

  func testAFailedPrerequisiteEndsWhatStandsOnIt() throws {
    let (_, id) = try submitted()
    let state = try bench.state(id)
    let waiting = try XCTUnwrap(
      state.proceedings.first { waiting in
        !waiting.after.isEmpty
          && waiting.after.joined().allSatisfy { state.proceeding(ProceedingID(id, $0))?.status == .dispatched }
      })
    for alternatives in waiting.after {
      for item in alternatives {
        let upstream = try XCTUnwrap(state.proceeding(ProceedingID(id, item)))
        _ = try bench.service.act(
          upstream.id,
          body: ["action": "reject", "version": 1, "reason": "不属于本机关职权", "redirectTo": "县公安局"],
          actor: bench.actor(upstream))
      }
    }
    XCTAssertEqual(try bench.state(id).proceeding(waiting.id)?.status, .terminated)
    try bench.assertVerifies()
  }

  func testActionsThatDoNotFitAreRefusedWithTheirReason() throws {
    let (_, id) = try submitted()
    let proceeding = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    let actor = bench.actor(proceeding)
    func code(_ body: Value, _ actor: Actor? = nil) -> String? {
      do {
        _ = try bench.service.act(proceeding.id, body: body, actor: actor ?? bench.actor(proceeding))
        return nil
      } catch { return error.code }
    }
    XCTAssertEqual(code(["action": "decide", "version": 1, "outcome": "approve"]), "proceeding.state")
    XCTAssertEqual(code(["action": "accept", "version": 2]), "proceeding.version")
    XCTAssertEqual(code(["action": "fly", "version": 1]), "action.unknown")
    XCTAssertEqual(code(["action": "reject", "version": 1]), "action.field")
    let stranger = Actor(person: PersonID("x"), window: WindowID("w-other"), seesAll: false)
    XCTAssertEqual(code(["action": "accept", "version": 1], stranger), "proceeding.not-found")
    XCTAssertNil(code(["action": "accept", "version": 1], actor))
  }

  func testARepeatedActionWithItsIdempotencyKeyHappensOnce() throws {
    let (_, id) = try submitted()
    let proceeding = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    let body: Value = ["action": "accept", "version": 1]
    let before = try bench.state(id).operations
    for _ in 0..<3 {
      let answer = try bench.service.act(
        proceeding.id, body: body, actor: bench.actor(proceeding), idempotencyKey: "k1")
      XCTAssertEqual(answer["status"], "accepted")
    }
    XCTAssertEqual(try bench.state(id).operations, before + 1)
  }

  func testOneBadOperationDoesNotBlockTheOthers() throws {
    let device = try bench.device()
    let matter = try bench.matter("qingjian-04")
    let good = device.create(matter)
    let bad = device.create(matter, overriding: ["mo.phone": "这不是电话"])
    let other = device.create(matter)
    try device.sync()
    XCTAssertNoThrow(try bench.state(good))
    XCTAssertEqual(try bench.state(bad).refusal, "field.phone.format")
    XCTAssertEqual(try device.state(bad).refusal, "field.phone.format", "the reason is visible on both sides")
    XCTAssertNil(try bench.state(other).refusal)
    XCTAssertEqual(device.lastAnswer?.acknowledged, 3)
    let tray = try bench.service.trayItems(limit: 10)
    XCTAssertEqual(tray.compactMap { $0["code"]?.text }, ["field.phone.format"])
  }

  func testVerificationFindsAnOperationThatIsKeptAsAnotherApplications() throws {
    let device = try bench.device()
    for _ in 0..<2 { try device.submit(device.create(bench.matter("qingjian-04"))) }
    try device.sync()
    try bench.assertVerifies()
    try Connection(path: bench.folder + "/journal.db", mode: .readWrite).execute(
      "UPDATE operations SET place = 3 - place WHERE sequence = 1")
    XCTAssertTrue(try bench.service.verify().problems.contains { $0.contains("1 条操作记在别的办件名下") })
  }

  func testWhatCannotBeAnsweredIsTakenInAllTheSame() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    // A damaged row that only the answer needs: who the device was before.
    let file = try Connection(path: bench.folder + "/journal.db", mode: .readWrite)
    try file.run("INSERT INTO documents(kind, key, value) VALUES('predecessor', ?, x'FF')", [.text(device.id.text)])
    XCTAssertThrowsError(try device.sync()) { XCTAssertEqual(($0 as? Problem)?.kind, .storeUnreadable) }
    let taken = try bench.journal.read { journal throws(Problem) in try journal.operations(id).count }
    XCTAssertEqual(taken, 1)
    try file.execute("DELETE FROM documents WHERE kind = 'predecessor'")
    try device.sync()
    XCTAssertEqual(device.judged[id]?.count, 1)
  }

  func testPagesLoseNothingAndRepeatNothing() throws {
    let writer = try bench.device()
    let matter = try bench.matter("qingjian-04")
    for _ in 0..<23 { writer.create(matter) }
    try writer.sync()
    let reader = try bench.device()
    let requests = try reader.sync(pageMax: 5)
    XCTAssertEqual(requests, 5)
    XCTAssertEqual(reader.judged.count, 23)
  }

  func testATokenThatWasReplacedSaysSo() throws {
    func code(_ token: String) -> String? {
      do {
        _ = try bench.service.actor(token: token)
        return nil
      } catch { return error.code }
    }
    let now = bench.clock.now()
    try bench.journal.write { writer throws(Problem) in
      try writer.setToken("one", holder: "window:w-1", until: nil)
      try writer.endTokens(of: "window:w-1", at: now)
      try writer.setToken("two", holder: "window:w-1", until: nil)
    }
    XCTAssertEqual(code("one"), "token.ended")
    XCTAssertNil(code("two"))
    XCTAssertEqual(code("three"), "token.invalid")
  }

  func testAnAttachmentHoldsItsProceedingUntilItIsWhole() throws {
    let device = try bench.device()
    let matter = try bench.matter("qingjian-04")
    let material = try XCTUnwrap(matter.materials.first { $0.items.isEmpty || $0.items.count > 1 })
    let id = device.create(matter)
    let digest = "sm3:" + String(repeating: "ab", count: 32)
    device.write(
      .attach,
      [
        "material": .text(material.id), "digest": .text(digest), "bytes": 10, "mediaType": "image/jpeg",
        "name": "a.jpg",
      ], id)
    try device.submit(id)
    try device.sync()
    let waiting = try bench.state(id).proceedings.filter { $0.status == .awaitingAttachments }
    XCTAssertFalse(waiting.isEmpty)
    XCTAssertEqual(Set(waiting.map(\.awaits)), [[material.id]], "it says for what")
    let window = try XCTUnwrap(waiting.first)
    let seen = try bench.service.proceeding(window.id, actor: bench.actor(window))
    XCTAssertEqual(seen["awaits"], [["id": .text(material.id), "name": .text(material.name)]])
    try bench.service.blobArrived(digest, bytes: 10, from: device.id)
    for proceeding in waiting {
      XCTAssertEqual(try bench.state(id).proceeding(proceeding.id)?.status, .dispatched)
    }
    try bench.assertVerifies()
  }
}

extension CountyBench {
  /// Everything that can be recomputed recomputes to what is stored.
  func assertVerifies(file: StaticString = #filePath, line: UInt = #line) throws {
    XCTAssertEqual(try service.verify().problems, [], file: file, line: line)
  }
}
