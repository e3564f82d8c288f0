import Application
import Assistant
import CaptureStore
import Casework
import Catalog
import Cryptography
import FoundationEssentials
import Foundations
import Journal
import Replication
import Synchronizer
import TestSupport
import XCTest

/// A server whose backup was put back gets back from the devices what it lost, and nobody is told anything twice.
final class RestorationTests: XCTestCase {
  var village: Village!
  var first: Laptop!
  var second: Laptop!

  override func setUpWithError() throws {
    village = try Village()
    first = try village.laptop()
    second = try village.laptop()
  }

  // MARK: Means

  @discardableResult
  func capture(_ laptop: Laptop, submit: Bool = true) throws -> String {
    try XCTUnwrap(try laptop.assistant().new(try village.document(submit: submit))["id"]?.text)
  }

  func captureWithFile(_ laptop: Laptop) throws -> String {
    var document = try village.document(submit: true)
    let file = village.bench.folder + "/scan.jpg"
    let bytes = [0xFF, 0xD8, 0xFF] + (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
    _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    let material = try XCTUnwrap(village.bench.matter("qingjian-04").materials.first { $0.source == .own }?.id)
    document["materials"]?[material] = ["scan.jpg"]
    return try XCTUnwrap(try laptop.assistant().new(document, folder: village.bench.folder)["id"]?.text)
  }

  func backup() throws -> String {
    let path = village.bench.folder + "/backup-\(UUID().uuidString)"
    try village.bench.journal.backup(to: path)
    return path
  }

  /// The county after its backup was put back, at another address; the laptops are told it.
  func restore(_ backup: String, _ laptops: [Laptop]) throws -> Village {
    let restored = try Village(CountyBench(village.bench, restoring: backup))
    for laptop in laptops { try point(laptop, at: restored) }
    return restored
  }

  func point(_ laptop: Laptop, at village: Village) throws {
    _ = try laptop.assistant().config(name: "server", value: village.url)
  }

  func act(_ id: String, _ body: Value, in village: Village? = nil) throws {
    let bench = (village ?? self.village).bench
    let proceeding = try XCTUnwrap(
      try bench.state(ApplicationID(id)).proceedings.first { $0.status != .waiting && !$0.status.isFinal })
    var body = body
    body["version"] = .integer(proceeding.version)
    _ = try bench.service.act(proceeding.id, body: body, actor: bench.actor(proceeding))
  }

  /// All of an application that must not change when it is brought back.
  func story(_ id: String, _ village: Village) throws -> [String] {
    let state = try village.bench.state(ApplicationID(id))
    return [state.status.rawValue, state.code, state.station.text, "\(state.versions.map(\.number))"]
      + state.timeline.map { "\($0.operation) \($0.at.milliseconds) \($0.kind) \($0.code ?? "")" }
      + state.proceedings.map { "\($0.id) \($0.status) \($0.receivedAt?.milliseconds ?? 0) \($0.version)" }
      + state.registers.keys.sorted().map { "\($0) \(JSON.text(state.value($0) ?? .null))" }
  }

  func dispatches(_ village: Village) throws -> [String] {
    try village.bench.journal.read { reader throws(Problem) in
      try reader.dispatches(dead: false, limit: 1000).map { "\($0.id) \($0.version)" }.sorted()
    }
  }

  func operations(_ village: Village) throws -> Set<OperationID> {
    Set(
      try village.bench.journal.read { reader throws(Problem) in
        try reader.operations(after: 0, limit: 100_000).map(\.operation.id)
      })
  }

  /// A day before the backup, and one after it: work of both laptops, an attachment, a window's answers.
  func twoDays() throws -> (backup: String, old: String, fresh: String) {
    let old = try capture(first)
    try first.sync()
    try second.sync()
    let backup = try backup()
    village.bench.clock.advance(seconds: 3600)
    let fresh = try captureWithFile(first)
    try first.sync()
    _ = try second.assistant().note(old, "邻居来问过")
    try second.sync()
    try act(old, ["action": "accept"])
    try act(old, ["action": "decide", "outcome": "approve"])
    try act(fresh, ["action": "accept"])
    _ = try first.assistant().edit(fresh, [Assignment("mo.name", .text("李四"))])
    try first.sync()
    try second.sync()
    return (backup, old, fresh)
  }

  // MARK: Tests

  func testScenario18ARestoredServerGetsBackEverythingAndForwardsNothingTwice() throws {
    let (backup, old, fresh) = try twoDays()
    let (before, sent) = (try operations(village), try dispatches(village))
    let stories = [try story(old, village), try story(fresh, village)]
    village.bench.clock.advance(seconds: 86_400)
    let restored = try restore(backup, [first, second])
    XCTAssertNil(try restored.bench.find(ApplicationID(fresh)))

    let summary = try first.sync()
    XCTAssertGreaterThan(try XCTUnwrap(summary["returned"]?.integer), 5)
    XCTAssertEqual(summary["refused"], 0)
    XCTAssertEqual(summary["attachmentBytes"], 200_003, "the attachment is sent again")
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertEqual(try story(old, restored), stories[0])
    XCTAssertEqual(try story(fresh, restored), stories[1])
    XCTAssertEqual(try operations(restored), before, "everything is there once, windows' answers among it")
    XCTAssertTrue(
      Set(sent).isSuperset(of: try dispatches(restored)), "nothing goes out that had not; what was answered not at all")

    XCTAssertNil(try second.sync()["returned"], "what one has brought back is not brought back by another")
    try restored.checkAgreement(first, second)
    XCTAssertEqual(try first.assistant().show(fresh)["sync"], "synced")
    XCTAssertNil(try first.sync()["returned"])
    XCTAssertEqual(try first.sync()["requests"], 1)
    // And on it goes, on the new timeline.
    try act(old, ["action": "issue", "certificate": ["name": "证", "number": "1"]], in: restored)
    let third = try capture(second)
    try second.sync()
    try first.sync()
    XCTAssertEqual(try first.assistant().show(third)["status"], "submitted")
    try restored.checkAgreement(first, second)
  }

  func testWhatALostLaptopWroteComesBackFromItsNeighbour() throws {
    let (backup, old, fresh) = try twoDays()
    let stories = [try story(old, village), try story(fresh, village)]
    let restored = try restore(backup, [first, second])
    // The one that wrote it is at the bottom of the river.
    XCTAssertGreaterThan(try XCTUnwrap(try second.sync()["returned"]?.integer), 5)
    XCTAssertEqual(try story(old, restored), stories[0])
    XCTAssertEqual(try story(fresh, restored), stories[1])
    try restored.checkAgreement(second)
    // It was fished out: its chain takes up what the neighbour brought.
    let before = try operations(restored)
    XCTAssertEqual(try first.sync()["upToDate"], true)
    XCTAssertEqual(try operations(restored), before)
    XCTAssertEqual(try story(fresh, restored), stories[1])
    try restored.checkAgreement(first, second)
  }

  func testWhatWasWrittenMeanwhileFollowsBehind() throws {
    let (backup, old, fresh) = try twoDays()
    _ = try first.assistant().note(fresh, "恢复以前写的，还没有上传")
    let restored = try restore(backup, [first, second])
    let own = try capture(second)
    try second.sync()
    try first.sync()
    try second.sync()
    let state = try restored.bench.state(ApplicationID(fresh))
    XCTAssertEqual(state.notes.map(\.text), ["恢复以前写的，还没有上传"])
    XCTAssertEqual(try restored.bench.state(ApplicationID(own)).status, .submitted)
    XCTAssertEqual(try restored.bench.state(ApplicationID(old)).notes.count, 1)
    try restored.checkAgreement(first, second)
  }

  func testCutsWhileBringingBackLoseNothing() throws {
    let (backup, old, fresh) = try twoDays()
    let stories = [try story(old, village), try story(fresh, village)]
    let restored = try restore(backup, [first, second])
    first.sizes.operationsMax = 1
    for cut in 1... {
      // The line breaks at one question, a later one each time, and the laptop is started anew.
      let assistant = first.assistant()
      assistant.line = { address, _ in
        BadLine(HTTPLine(address: address)) { number, _ in
          guard number == 1 + cut % 5 else { return .none }
          return cut.isMultiple(of: 2) ? .requestLost : .answerLost
        }
      }
      guard let failure = problem({ _ = try assistant.sync { _ in } }) else { break }
      XCTAssertEqual(failure.kind.exit, .offline, "cut \(cut)")
      XCTAssertNotNil(try first.assistant().show(fresh)["code"]?.text, "cut \(cut)")
      guard cut < 40 else { return XCTFail("it never ends") }
    }
    XCTAssertEqual(try first.assistant().doctor()["ok"], true)
    XCTAssertEqual(try story(old, restored), stories[0])
    XCTAssertEqual(try story(fresh, restored), stories[1])
    try restored.checkAgreement(first)
  }

  func testADeviceEnrolledAfterTheBackupGetsANewCodeAndBringsItsWorkAlong() throws {
    try first.sync()
    let backup = try backup()
    let late = try village.laptop()
    let id = try capture(late)
    try late.sync()
    try act(id, ["action": "accept"])
    try late.sync()
    let draft = try capture(late, submit: false)
    let unsent = try XCTUnwrap(try late.assistant().show(draft)["code"]?.text)
    let told = try story(id, village)
    let restored = try restore(backup, [late])
    let refusal = problem { try late.sync() }
    XCTAssertEqual(refusal?.code, "device.not-enrolled")
    XCTAssertTrue(refusal?.kind.remedy.contains("bangban enroll") == true)
    XCTAssertEqual(try late.assistant().list(status: nil, text: nil, limit: 10).count, 2)
    let (_, code) = try restored.bench.service.inviteDevice(
      station: restored.bench.stations[0].id, name: "新码", actor: "test")
    _ = try late.assistant().enroll(url: restored.url, code: code, name: nil)
    XCTAssertGreaterThan(try XCTUnwrap(try late.sync()["returned"]?.integer), 2)
    XCTAssertEqual(try story(id, restored), told)
    XCTAssertEqual(try late.assistant().show(unsent)["status"], "draft")
    try restored.checkAgreement(late)
    try point(first, at: restored)
    try first.sync()
    XCTAssertEqual(try first.assistant().show(id)["status"], "inProgress")
    try restored.checkAgreement(first, late)
  }

  /// A copy that learned only that the server had its work holds no proof of it: it is minted again.
  func testACopyThatWasFoundOldBringsItsWorkToARestoredServer() throws {
    try first.sync()
    let backup = try backup()
    let id = try capture(first, submit: false)
    let copy = try first.copied()
    let code = try XCTUnwrap(try copy.assistant().show(id)["code"]?.text)
    _ = try first.assistant().note(id, "副本没有的")
    try first.sync()
    XCTAssertEqual(problem { try copy.sync() }?.code, "sync.restored")
    XCTAssertFalse(try copy.assistant().todo().contains { $0["kind"] == "waiting" }, "nothing says that it waits")
    // The other one is lost, and with the server's disk all it had sent.
    let restored = try restore(backup, [copy])
    let (_, fresh) = try restored.bench.service.inviteDevice(
      station: restored.bench.stations[0].id, name: "新码", actor: "test")
    _ = try copy.assistant().enroll(url: restored.url, code: fresh, name: nil)
    try copy.sync()
    let now = try XCTUnwrap(try copy.assistant().show(code)["id"]?.text)
    XCTAssertEqual(try restored.bench.state(ApplicationID(now)).status, .draft)
    try restored.checkAgreement(copy)
  }

  func testADeviceInvitedBeforeTheBackupAndEnrolledAfterItGetsANewCodeToo() throws {
    let bench = village.bench
    let station = bench.stations[0].id
    let (_, invitation) = try bench.service.inviteDevice(station: station, name: "早约的", actor: "test")
    let backup = try backup()
    let late = Laptop(home: bench.folder + "/invited", clock: bench.clock)
    _ = try late.assistant().enroll(url: village.url, code: invitation, name: "王帮办")
    let id = try capture(late)
    try late.sync()
    let told = try story(id, village)
    let restored = try restore(backup, [late])
    XCTAssertEqual(problem { try late.sync() }?.code, "device.not-enrolled")
    let (_, code) = try restored.bench.service.inviteDevice(station: station, name: "新码", actor: "test")
    _ = try late.assistant().enroll(url: restored.url, code: code, name: nil)
    try late.sync()
    XCTAssertEqual(try story(id, restored), told)
    try restored.checkAgreement(late)
  }

  func testACopyThatWroteInTheOthersPlaceAfterARestoreStopsTheOtherForGood() throws {
    try first.sync()
    let twin = try first.copied()
    let backup = try backup()
    let lost = try capture(first)
    try first.sync()
    _ = try capture(first)
    // So that some request begins behind what was kept aside, which it does not bring itself.
    first.sizes.operationsMax = 1
    let restored = try restore(backup, [first, twin])
    _ = try capture(twin)
    try twin.sync()
    // However often it asks: its work goes on from a history that only the review tray knows.
    for _ in 0..<3 { XCTAssertEqual(problem { try first.sync() }?.code, "sync.forked") }
    let (_, code) = try restored.bench.service.inviteDevice(
      station: restored.bench.stations[0].id, name: "新码", actor: "test")
    _ = try first.assistant().enroll(url: restored.url, code: code, name: nil)
    try first.sync()
    XCTAssertEqual(try first.assistant().list(status: nil, text: nil, limit: 10).count, 3)
    XCTAssertEqual(try first.assistant().show(lost)["status"], "submitted")
    try restored.checkAgreement(first)
  }

  func testNumbersOfDevicesAreNotGivenOutAgain() throws {
    let backup = try backup()
    let late = try village.laptop()
    let number = try late.assistant().store().identity.number
    let restored = try restore(backup, [])
    for _ in 0..<3 { XCTAssertNotEqual(try restored.laptop().assistant().store().identity.number, number) }
  }

  func testADeviceThatIsShutOutIsToldSoThoughItKnowsNothingOfTheRestoredServer() throws {
    let (backup, _, fresh) = try twoDays()
    let unsent = try capture(first)
    let restored = try restore(backup, [first, second])
    let device = try first.device()
    try restored.bench.journal.write { writer throws(Problem) in
      guard var row = try writer.device(device) else { return }
      row.status = .revoked
      try writer.setDevice(row)
    }
    XCTAssertEqual(problem { try first.sync() }?.code, "device.revoked")
    XCTAssertEqual(try first.assistant().show(unsent)["sync"], "pending")
    let (_, code) = try restored.bench.service.inviteDevice(
      station: restored.bench.stations[0].id, name: "新码", actor: "test")
    _ = try first.assistant().enroll(url: restored.url, code: code, name: nil)
    XCTAssertGreaterThan(try XCTUnwrap(try first.sync()["returned"]?.integer), 5)
    XCTAssertEqual(try first.assistant().show(fresh)["sync"], "synced")
    try second.sync()
    try restored.checkAgreement(first, second)
  }

  func testADeviceThatHasExchangedNothingYetFollowsLikeAllOthers() throws {
    let backup = try backup()
    let restored = try restore(backup, [first])
    try first.sync()
    let own = try first.assistant().store().read { session throws(Problem) in try session.lineage() }
    let theirs = try restored.bench.journal.read { reader throws(Problem) in
      try restored.bench.service.county(reader).lineage
    }
    XCTAssertEqual(own, theirs)
  }

  func testWhereTheCaseHasMovedOnTheFormerAnswerIsShownAndDoesNothing() throws {
    let id = try capture(first, submit: false)
    try first.sync()
    try second.sync()
    let backup = try backup()
    _ = try first.assistant().submit(id, deferring: [])
    try first.sync()
    try act(id, ["action": "accept"])
    try second.sync()
    let restored = try restore(backup, [first, second])
    // The first laptop knows of the submission alone, brings it back, and the county routes it anew.
    try first.sync()
    try act(id, ["action": "reject", "reason": "不属于本窗口", "redirectTo": "县公安局"], in: restored)
    try second.sync()
    let state = try restored.bench.state(ApplicationID(id))
    XCTAssertEqual(state.proceedings.filter { $0.status == .rejected }.count, 1, "what the window decided now counts")
    XCTAssertTrue(state.timeline.contains { $0.kind == "accept" && $0.code == "timeline.superseded" })
    try first.sync()
    try restored.checkAgreement(first, second)
    // A person looks at it, and it lies in the tray as the server's own.
    let superseded = try restored.bench.service.trayItems(limit: 10).filter { $0["code"] == "timeline.superseded" }
    XCTAssertFalse(superseded.isEmpty)
    for entry in superseded {
      _ = try restored.bench.service.decline(
        try XCTUnwrap(entry["id"]?.text), why: "已另行办理", from: restored.blobs, actor: "test")
    }
    try restored.checkAgreement(first, second)
  }

  /// Of two applications for the same one comes back after the other, which has ended meanwhile.
  func testWhoComesBackIsToldOfADuplicateThatHasEnded() throws {
    let other = try village.laptop(at: 1)
    let backup = try backup()
    let one = try capture(first)
    try first.sync()
    let two = try capture(other)
    try other.sync()
    _ = try other.assistant().withdraw(two, why: "重复了")
    let restored = try restore(backup, [first, other])
    try other.sync()
    try first.sync()
    let (here, there) = (ApplicationID(one), ApplicationID(two))
    XCTAssertEqual(try restored.bench.state(there).duplicate(here)?.status, .live)
    XCTAssertEqual(try restored.bench.state(here).duplicate(there)?.status, .withdrawn)
    for laptop in [other, first!] { try laptop.sync() }
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  func testTheSameBackupPutBackTwice() throws {
    let (backup, old, fresh) = try twoDays()
    let restored = try restore(backup, [first, second])
    try first.sync()
    _ = try first.assistant().note(old, "在第二条时间线上")
    try first.sync()
    try second.sync()
    let stories = [try story(old, restored), try story(fresh, restored)]
    let again = try restore(backup, [first, second])
    try second.sync()
    XCTAssertEqual(try story(old, again).count, stories[0].count)
    try first.sync()
    XCTAssertEqual(try again.bench.state(ApplicationID(old)).notes.map(\.text), ["邻居来问过", "在第二条时间线上"])
    XCTAssertEqual(try again.bench.state(ApplicationID(fresh)).status, .inProgress)
    try second.sync()
    try again.checkAgreement(first, second)
  }

  func testAStationThatOnlyUsesFilesBringsBackTheSame() throws {
    let (backup, old, fresh) = try twoDays()
    let stories = [try story(old, village), try story(fresh, village)]
    let early = try first.file()
    let stale = try village.file(for: first)
    let restored = try restore(backup, [first, second])
    XCTAssertEqual(restored.bench.refusal { _ = try restored.take(early) }?.code, "ferry.timeline")
    try first.take(restored.file(for: first))
    XCTAssertEqual(try first.take(stale)["pages"], 0, "a file of the lost log changes nothing any more")
    try restored.ferry(first)
    XCTAssertEqual(try story(old, restored), stories[0])
    XCTAssertEqual(try story(fresh, restored), stories[1])
    try restored.ferry(first)
    try second.sync()
    try restored.checkAgreement(first, second)
  }

  func testNothingIsTakenBackWithoutTheServersOwnWord() throws {
    let (backup, _, fresh) = try twoDays()
    let again = try restore(backup, [second])
    let id = try second.device()
    let device = try XCTUnwrap(try again.bench.journal.read { reader throws(Problem) in try reader.device(id) })
    let page = try lostPage(of: second, after: again)
    XCTAssertGreaterThan(page.operations.count, 3)
    func unproved(_ change: (inout ReturnPage) throws -> Void) throws -> Int64 {
      var changed = page
      try change(&changed)
      let receipt = try XCTUnwrap(
        ReturnReceipt(
          try again.bench.service.takeBack(changed.bytes(dictionary: nil), device: device, from: again.blobs)))
      XCTAssertEqual(receipt.taken, 0)
      return receipt.unproved
    }
    let total = Int64(page.operations.count)
    // Words of another server, bent leaves, a mended judgement, a mended content, another place.
    XCTAssertEqual(
      try unproved { page in
        let forger = try SigningKey(random: SystemRandom())
        page.attestations = try page.attestations.map {
          let message = Attestation.message(timeline: $0.timeline, leaves: $0.leaves)
          return Attestation(timeline: $0.timeline, leaves: $0.leaves, signature: try forger.sign(message))
        }
      }, total)
    XCTAssertEqual(
      try unproved { page in
        page.attestations = page.attestations.map {
          Attestation(timeline: $0.timeline, leaves: $0.leaves.map { $0 ^ 1 }, signature: $0.signature)
        }
      }, total)
    XCTAssertEqual(
      try unproved { page in
        page.operations = page.operations.map {
          let judgement = Judgement(
            sequence: $0.judgement.sequence, disposition: .refused("x"), receivedAt: $0.judgement.receivedAt,
            capturedAt: $0.judgement.capturedAt, captureDoubtful: false)
          return ReturnedOperation($0.operation, judgement, attestation: $0.attestation, place: $0.place)
        }
      }, total)
    XCTAssertEqual(
      try unproved { page in
        page.operations = page.operations.map {
          let operation = Operation(
            header: $0.operation.header, salt: $0.operation.salt, payload: [0xA0])
          return ReturnedOperation(operation, $0.judgement, attestation: $0.attestation, place: $0.place)
        }
      }, total)
    XCTAssertNil(try again.bench.find(ApplicationID(fresh)))
    XCTAssertEqual(try again.bench.service.verify().problems, [])
  }

  /// What a laptop would bring back, as a page.
  private func lostPage(of laptop: Laptop, after village: Village) throws -> ReturnPage {
    let lineage = try village.bench.journal.read { reader throws(Problem) in
      try village.bench.service.county(reader).lineage
    }
    return try laptop.assistant().store().change { session throws(Problem) in
      guard case .parted(let sequence) = try session.lineage().relation(to: lineage) else { return ReturnPage() }
      try session.followRestored(lineage, lostAfter: sequence)
      return try session.lost(after: .start, countMax: 1000, bytesMax: 1 << 20)?.page ?? ReturnPage()
    }
  }
}
