import API
import Application
import Assistant
import CaptureStore
import Casework
import Catalog
import Cryptography
import Foundations
import HTTP
import Journal
import Replication
import Synchronizer
import TestNetwork
import TestSupport
import XCTest

/// Scenarios 7, 15, 22 and 29 on real stores, over HTTP, on a real journal.
final class ScenarioTests: XCTestCase {
  private var village: Village!

  override func setUpWithError() throws { village = try Village() }

  private func capture(_ laptop: Laptop) throws -> String {
    try XCTUnwrap(try laptop.assistant().new(try village.document(submit: false))["id"]?.text)
  }

  private func edit(_ laptop: Laptop, _ id: String, _ name: String) throws {
    _ = try laptop.assistant().edit(id, [Assignment("mo.name", .text(name))])
  }

  func testScenario07OneInvalidOperationOfFiftyIsRefusedVisiblyAndTheOthersApplied() throws {
    let (writer, other) = (try village.laptop(), try village.laptop())
    let (good, bad) = (try capture(writer), try capture(writer))
    try writer.sync()
    try other.sync()
    _ = try other.assistant().withdraw(bad, why: "不办了")
    try other.sync()
    let before = try village.bench.state(ApplicationID(good)).operations
    let assistant = writer.assistant()
    for number in 1...50 {
      // The seventeenth was allowed by all that its writer could know.
      _ = try assistant.edit(number == 17 ? bad : good, [Assignment("mo.name", .text("李" + inWords(number)))])
    }
    let summary = try writer.sync()
    XCTAssertEqual(summary["pushed"], 50)
    XCTAssertEqual(summary["refused"], 1)
    let state = try village.bench.state(ApplicationID(good))
    XCTAssertEqual(state.operations, before + 49)
    XCTAssertEqual(state.timeline.filter { $0.disposition != .applied }, [])
    XCTAssertEqual(state.value("mo.name"), .text("李" + inWords(50)))
    // On the device: in the timeline, and to be done; on the server: in the timeline of the application.
    func refusals(_ view: Value) -> [Value?] {
      (view["timeline"]?.array ?? []).filter { $0["code"] == "application.closed" }.map { $0["kind"] }
    }
    XCTAssertEqual(refusals(try writer.assistant().show(bad)), ["write"])
    XCTAssertEqual(refusals(try village.bench.service.application(bad)), ["write"])
    let todo = try writer.assistant().todo().filter { $0["kind"] == "refused" }
    XCTAssertEqual(todo.map { $0["id"] }, [.text(bad)])
    XCTAssertTrue(todo[0]["text"]?.text?.contains("没有被接受：这个办件已撤回或已办结，不能再这样做") ?? false, "in words, not by its code")
    XCTAssertFalse(todo[0]["text"]?.text?.contains("application.closed") ?? true)
    XCTAssertNotEqual(try village.bench.state(ApplicationID(bad)).value("mo.name"), .text("李" + inWords(17)))
    XCTAssertEqual(try writer.assistant().prove()["differ"], [])
  }

  func testScenario15AnEditWhileASyncRunsStaysPending() throws {
    let laptop = try village.laptop()
    let id = try capture(laptop)
    try laptop.sync()
    let proxy = try CuttingProxy(to: village.server.port)
    defer { proxy.stop() }
    let assistant = laptop.assistant()
    let url = proxy.url
    // The request that would bring what was written meanwhile is lost.
    assistant.line = { _, _ in
      BadLine(HTTPLine(address: url)) { number, _ in number > 1 ? .requestLost : .none }
    }
    try edit(laptop, id, "李前")
    // The request is on the server, the answer not yet here: another command of the same device writes.
    let (home, clock, passphrase) = (laptop.home, laptop.clock, laptop.passphrase)
    proxy.arm(nil) {
      let meanwhile = Laptop(home: home, clock: clock)
      meanwhile.passphrase = passphrase
      do {
        _ = try meanwhile.assistant().edit(id, [Assignment("mo.name", .text("李中"))])
        _ = try meanwhile.assistant().edit(id, [Assignment("mo.phone", .text("13800000015"))])
      } catch { XCTFail("\(error)") }
    }
    XCTAssertEqual(problem { _ = try assistant.sync { _ in } }?.kind.exit, .offline)
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).value("mo.name"), "李前", "only what was sent is there")
    let shown = try laptop.assistant().show(id)
    XCTAssertEqual(shown["fields"]?["mo.name"], "李中", "not lost")
    XCTAssertEqual(shown["sync"], "partial", "not acknowledged")
    XCTAssertEqual(try laptop.assistant().doctor()["unsent"], 2)
    try laptop.sync()
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).value("mo.name"), "李中")
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).value("mo.phone"), "13800000015")
    XCTAssertEqual(try laptop.assistant().show(id)["sync"], "synced")
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
  }

  // MARK: 22

  /// A laptop whose clock stands elsewhere.
  private func laptop(clock: String) throws -> Laptop {
    let (_, code) = try village.bench.service.inviteDevice(
      station: village.bench.stations[0].id, name: "测试机", actor: "test")
    let laptop = Laptop(home: village.bench.folder + "/clock-\(clock)", clock: BenchClock(clock))
    _ = try laptop.assistant().enroll(url: village.url, code: code, name: "王帮办")
    return laptop
  }

  private func judgement(_ id: String, of laptop: Laptop, last: Bool = true) throws -> Judgement {
    let device = try laptop.assistant().store().identity.device
    let all = try village.bench.journal.read { reader throws(Problem) in
      try reader.operations(ApplicationID(id)).filter { $0.operation.id.device == device }.compactMap(\.judgement)
    }
    return try XCTUnwrap(last ? all.last : all.first)
  }

  /// Time passes on a laptop and in the world.
  private func wait(_ laptop: Laptop, seconds: Int64) {
    laptop.wait(seconds: seconds)
    village.bench.clock.advance(seconds: seconds)
  }

  func testScenario22ClocksDecideNothingAndTheLegalTimeSaysWhenItIsDoubtful() throws {
    let right = try village.laptop()
    for start in ["1970-01-01T08:00:10+08:00", "2038-01-19T11:14:06+08:00"] {
      let wrong = try laptop(clock: start)
      try wrong.sync()
      wait(wrong, seconds: 60)
      // Wrong, but steady: the offset is known at the next contact.
      let captured = village.bench.clock.now()
      // Nothing that a wrong date forbids: who was born later has no number yet.
      let draft = try wrong.assistant().openDraft(matter: "qingjian-04", division: nil)
      let id = try XCTUnwrap(draft["id"]?.text)
      wait(wrong, seconds: 7200)
      try wrong.sync()
      let steady = try judgement(id, of: wrong, last: false)
      XCTAssertEqual(steady.capturedAt, captured, start)
      XCTAssertFalse(steady.captureDoubtful, start)
      XCTAssertEqual(steady.receivedAt, village.bench.clock.now(), start)
      // Who saw a value replaces it, whatever the clocks say; who did not, does not.
      try right.sync()
      try edit(right, id, "李对")
      try right.sync()
      try wrong.sync()
      try edit(wrong, id, "李错")
      try wrong.sync()
      XCTAssertEqual(try village.bench.state(ApplicationID(id)).value("mo.name"), "李错", start)
      XCTAssertEqual(try village.bench.state(ApplicationID(id)).conflicts, [], start)
      // Set by ten years after the edit and before the contact: the time of arrival, flagged.
      try edit(wrong, id, "李跳")
      wait(wrong, seconds: 60)
      wrong.clock.advance(seconds: 315_360_000)
      try wrong.sync()
      let jumped = try judgement(id, of: wrong)
      XCTAssertTrue(jumped.captureDoubtful, start)
      XCTAssertEqual(jumped.capturedAt, village.bench.clock.now(), start)
      try right.sync()
      XCTAssertEqual(try right.assistant().show(id)["fields"]?["mo.name"], "李跳", start)
      for laptop in [wrong, right] { XCTAssertEqual(try laptop.assistant().prove()["differ"], [], start) }
    }
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testScenario22WhoeverJudgesAnApplicationSeesThatItsReceiptIsDoubtful() throws {
    try village.bench.setLevel("receive")
    let right = try village.laptop()
    let wrong = try laptop(clock: "2038-01-19T11:14:06+08:00")
    for laptop in [right, wrong] { try laptop.sync() }
    func submitted(by laptop: Laptop) throws -> String {
      try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)
    }
    let (sure, doubtful) = (try submitted(by: right), try submitted(by: wrong))
    wrong.clock.advance(seconds: 315_360_000)
    for laptop in [right, wrong, right, wrong] { try laptop.sync() }
    for (id, isDoubtful) in [(sure, Value?.none), (doubtful, true)] {
      let views = [
        try right.assistant().show(id), try wrong.assistant().show(id), try village.bench.service.application(id),
      ]
      for view in views { XCTAssertEqual(view["proceedings"]?.array?.first?["receivedDoubtful"], isDoubtful) }
      let proceeding = try XCTUnwrap(try village.bench.state(ApplicationID(id)).proceedings.first)
      let actor = village.bench.actor(proceeding)
      let whole = try village.bench.service.proceeding(proceeding.id, actor: actor)
      XCTAssertEqual(whole["receivedDoubtful"], isDoubtful)
      let receipt = try village.bench.service.document(of: id, "D03")["text"]?.text
      XCTAssertEqual(receipt?.contains("存疑"), isDoubtful != nil)
    }
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  // MARK: 29

  func testScenario29AnOldClientKeepsWhatItDoesNotKnowPassesItOnAndStillUploads() throws {
    let old = try village.laptop()
    let id = try capture(old)
    try old.sync()
    // A newer program writes a kind that nobody here knows, and something beside it.
    let newer = try village.bench.device()
    try newer.sync()
    newer.write(
      OperationKind("voice-note"), ["set": ["mo.name": "听来的"], "sound": .bytes([1, 2, 3])], ApplicationID(id))
    newer.write(.note, ["text": "又来一条"], ApplicationID(id))
    try newer.sync()
    try publishNewerForm()
    try old.sync()
    let unknown = try XCTUnwrap(newer.own[1])
    let kept = try old.assistant().store().read { session throws(Problem) in
      try session.operations(of: ApplicationID(id)).first { $0.operation.id == unknown.id }
    }
    XCTAssertEqual(kept?.operation, unknown, "byte for byte")
    XCTAssertEqual(kept?.judgement?.disposition, .quarantined("operation.kind-unknown"))
    let shown = try old.assistant().show(id)
    XCTAssertNotEqual(shown["fields"]?["mo.name"], "听来的")
    XCTAssertTrue(shown["timeline"]?.array?.contains { $0["code"] == "operation.kind-unknown" } ?? false)
    // Its own work goes up as ever, with a form that it cannot read in its catalogue.
    try edit(old, id, "李旧")
    let another = try capture(old)
    let summary = try old.sync()
    XCTAssertEqual(summary["refused"], 0)
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).value("mo.name"), "李旧")
    XCTAssertNotNil(try village.bench.find(ApplicationID(another)))
    // Whoever comes later gets it from the server; this device says the same of it as the server does.
    let later = try village.laptop()
    try later.sync()
    for laptop in [old, later] { XCTAssertEqual(try laptop.assistant().prove()["differ"], []) }
    XCTAssertEqual(
      try later.assistant().store().read { session throws(Problem) in
        try session.operations(of: ApplicationID(id)).first { $0.operation.id == unknown.id }?.operation
      }, unknown)
  }

  /// The catalogue gets a matter of a later format.
  private func publishNewerForm() throws {
    let file = JSON.bytes(["id": "qingjian-99", "format": 99, "name": "以后的事", "holograms": [["id": "h1"]]])
    let digest = Digest.sm3(file).text
    try village.bench.journal.write { writer throws(Problem) in
      var manifest = try writer.catalogManifest("v1") ?? [:]
      manifest["qingjian-99"] = digest
      try writer.publishCatalog(
        version: "v2", manifest: manifest, files: [digest: file],
        at: self.village.bench.clock.now())
      try County.touch(writer)
    }
  }
}
