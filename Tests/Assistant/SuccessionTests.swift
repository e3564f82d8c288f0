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

/// A store that has stopped gets a new identity from the administrator, and goes on with all it holds.
final class SuccessionTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  private func code(at station: Int = 0) throws -> String {
    try village.bench.service.inviteDevice(
      station: village.bench.stations[station].id, name: "接替", actor: "test"
    ).1
  }

  @discardableResult
  private func capture(_ laptop: Laptop, submit: Bool = true) throws -> String {
    try XCTUnwrap(try laptop.assistant().new(try village.document(submit: submit))["id"]?.text)
  }

  /// A copy of a laptop that has synced once; both write on, the true one syncs first.
  private func forked() throws -> (twin: Laptop, shared: String) {
    let shared = try capture(laptop, submit: false)
    try laptop.sync()
    let copy = try laptop.copied()
    _ = try laptop.assistant().note(shared, "真的")
    try laptop.sync()
    return (copy, shared)
  }

  private func enroll(_ laptop: Laptop, _ code: String) throws -> Value {
    try laptop.assistant().enroll(url: village.url, code: code, name: nil)
  }

  private func reviews(_ status: ReviewStatus) throws -> [ReviewRow] {
    try village.bench.journal.read { reader throws(Problem) in try reader.reviews(status, limit: 100) }
  }

  func testATwinGoesOnUnderANewIdentityAndNothingIsLostOrDoubled() throws {
    let (twin, shared) = try forked()
    _ = try twin.assistant().note(shared, "双胞胎的")
    let own = try capture(twin)
    let code = try XCTUnwrap(try twin.assistant().show(own)["code"]?.text)
    XCTAssertEqual(problem { try twin.sync() }?.code, "sync.forked")
    let kept = try reviews(.open).count
    XCTAssertGreaterThan(kept, 2)
    village.bench.clock.advance(seconds: 3600)
    let result = try enroll(twin, try self.code())
    XCTAssertEqual(result["reminted"], .integer(Int64(kept)))
    XCTAssertEqual(try twin.assistant().doctor()["ok"], true)
    XCTAssertNil(try twin.assistant().doctor()["stopped"])
    let summary = try twin.sync()
    XCTAssertEqual(summary["pushed"], .integer(Int64(kept)))
    XCTAssertEqual(summary["refused"], 0)
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertEqual(Set(try village.bench.state(ApplicationID(shared)).notes.map(\.text)), ["真的", "双胞胎的"])
    let again = try twin.assistant().show(code)
    XCTAssertEqual(again["status"], "submitted", "the number on the receipt still finds it")
    XCTAssertEqual(try village.bench.state(ApplicationID(try XCTUnwrap(again["id"]?.text))).status, .submitted)
    XCTAssertEqual(try reviews(.open), [], "what came again under the new identity needs no decision")
    XCTAssertEqual(try reviews(.reminted).count, kept)
    XCTAssertEqual(try twin.assistant().list(status: nil, text: nil, limit: 10).count, 2)
    XCTAssertEqual(try twin.assistant().prove()["differ"], [])
    XCTAssertEqual(try twin.assistant().doctor()["ok"], true)
    try laptop.sync()
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testANumberThatStandsTwiceMeansTheOneThatWasNotRefusedInTheCountyToo() throws {
    let (twin, _) = try forked()
    let own = try capture(twin)
    let code = try XCTUnwrap(try twin.assistant().show(own)["code"]?.text)
    XCTAssertEqual(problem { try twin.sync() }?.code, "sync.forked")
    for entry in try reviews(.open) { _ = try village.bench.service.admit(entry.id, actor: "test") }
    let admitted = try XCTUnwrap(try village.bench.service.application(code)["id"])
    _ = try enroll(twin, try self.code())
    try twin.sync()
    let all = try village.bench.journal.read { reader throws(Problem) in
      try reader.applications(since: 0, limit: 10).filter { $0.code == code }.map(\.id)
    }
    XCTAssertEqual(all.count, 2, "it came once more, and was refused")
    XCTAssertEqual(try village.bench.service.application(code)["id"], admitted)
    XCTAssertEqual(try village.bench.service.document(of: code, "D03")["id"], admitted)
    let listed = try village.bench.service.applications(since: 0, limit: 10)
    XCTAssertEqual(listed.filter { $0["code"] == .text(code) }.map { $0["id"] }, [admitted])
    XCTAssertEqual(listed.count, 2)
    XCTAssertEqual(
      try village.bench.service.supervisionSummary()["applications"]?.object?.values.reduce(0) {
        $0 + ($1.integer ?? 0)
      },
      2)
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testClaimedTimesAreKept() throws {
    let (twin, shared) = try forked()
    _ = try twin.assistant().note(shared, "早先写的")
    let claimed = village.bench.clock.now()
    _ = problem { try twin.sync() }
    twin.wait(seconds: 86_400)
    _ = try enroll(twin, try code())
    try twin.sync()
    let entry = try XCTUnwrap(
      try village.bench.state(ApplicationID(shared)).timeline.first { $0.text == "早先写的" })
    XCTAssertLessThanOrEqual(entry.at.milliseconds, claimed.milliseconds + 1000)
  }

  func testScenario20AStoreRestoredFromABackupGoesOnAfterANewCode() throws {
    let id = try capture(laptop, submit: false)
    let backup = laptop.home + "-backup"
    try FileManager.default.copyItem(atPath: laptop.home, toPath: backup)
    try laptop.sync()
    _ = try laptop.assistant().note(id, "备份之后")
    try laptop.sync()
    // The laptop is lost; its backup takes for unsent what the server has long had.
    let restored = Laptop(home: backup, clock: village.bench.clock)
    XCTAssertEqual(problem { try restored.sync() }?.code, "sync.restored")
    XCTAssertEqual(try enroll(restored, try code())["reminted"], 0, "all it held was taken before")
    try restored.sync()
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).operations, try operations(id))
    XCTAssertTrue(
      try restored.assistant().show(id)["notes"]?.array?.contains { $0["text"] == "备份之后" } == true,
      "what was written after the backup comes back")
    XCTAssertEqual(try restored.assistant().prove()["differ"], [])
    XCTAssertEqual(try restored.assistant().doctor()["ok"], true)
    try capture(restored)
    XCTAssertEqual(try restored.sync()["upToDate"], true)
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testWhatIsWrittenUnderANewIdentityStandsOverWhatTheFormerOneWrote() throws {
    let id = try capture(laptop, submit: false)
    for name in ["一", "二", "三"] { _ = try laptop.assistant().edit(id, [Assignment("mo.name", .text(name))]) }
    let backup = laptop.home + "-backup"
    try FileManager.default.copyItem(atPath: laptop.home, toPath: backup)
    _ = try laptop.assistant().note(id, "备份之后")
    try laptop.sync()
    let restored = Laptop(home: backup, clock: village.bench.clock)
    XCTAssertEqual(problem { try restored.sync() }?.code, "sync.restored")
    _ = try enroll(restored, try code())
    // Before it hears anything from the county.
    for name in ["四", "五"] {
      _ = try restored.assistant().edit(id, [Assignment("mo.name", .text(name))])
      XCTAssertEqual(try restored.assistant().show(id)["fields"]?["mo.name"], .text(name))
    }
    try restored.sync()
    let state = try village.bench.state(ApplicationID(id))
    XCTAssertEqual(state.value("mo.name"), "五")
    XCTAssertEqual(state.conflicts, [])
  }

  private func operations(_ id: String) throws -> Int {
    try village.bench.journal.read { reader throws(Problem) in try reader.operations(ApplicationID(id)).count }
  }

  func testALostAnswerToTheEnrolmentIsAskedForAgainWithTheSameCode() throws {
    let (twin, shared) = try forked()
    _ = try twin.assistant().note(shared, "双胞胎的")
    _ = problem { try twin.sync() }
    let code = try code()
    let cut = twin.assistant()
    cut.line = { address, _ in BadLine(HTTPLine(address: address)) { _, _ in .answerLost } }
    XCTAssertEqual(problem { _ = try cut.enroll(url: village.url, code: code, name: nil) }?.kind.exit, .offline)
    XCTAssertEqual(try twin.assistant().doctor()["stopped"], "sync.forked", "nothing has changed yet")
    XCTAssertEqual(try enroll(twin, code)["reminted"], 1)
    try twin.sync()
    XCTAssertEqual(try village.bench.state(ApplicationID(shared)).notes.count, 2)
    let stranger = Laptop(home: laptop.home + "-stranger", clock: village.bench.clock)
    XCTAssertEqual(problem { _ = try enroll(stranger, code) }?.code, "enroll.code-invalid", "for these keys only")
  }

  func testAStoreThatWorksTakesNoOtherIdentity() throws {
    XCTAssertEqual(problem { _ = try enroll(laptop, try code()) }?.code, "device.already-enrolled")
    try laptop.sync()
  }

  func testWithoutACodeATwinGetsNoIdentity() throws {
    let (twin, shared) = try forked()
    _ = try twin.assistant().note(shared, "双胞胎的")
    _ = problem { try twin.sync() }
    XCTAssertEqual(problem { _ = try enroll(twin, "0000-0000-0000-0000") }?.code, "enroll.code-invalid")
    XCTAssertEqual(problem { _ = try twin.assistant().note(shared, "还想写") }?.code, "device.stopped")
    XCTAssertEqual(problem { try twin.sync() }?.code, "sync.forked")
  }

  /// An application of another station that is shared with the laptop.
  private func sharedFromElsewhere() throws -> (other: Laptop, id: String) {
    let other = try village.laptop(at: 1)
    let id = try capture(other, submit: false)
    let device = try laptop.assistant().store().identity.device
    _ = try other.assistant().share(id, with: "device:\(device.text)")
    try other.sync()
    return (other, id)
  }

  func testWhatWasSharedWithTheDeviceStaysSharedWithItsSuccessor() throws {
    let (_, id) = try sharedFromElsewhere()
    let (twin, shared) = try forked()
    _ = try twin.assistant().note(shared, "双胞胎的")
    _ = problem { try twin.sync() }
    _ = try enroll(twin, try code())
    try twin.sync()
    XCTAssertEqual(try twin.assistant().show(id)["id"], .text(id))
    XCTAssertEqual(try twin.assistant().prove()["differ"], [])
  }

  func testAttachmentsOfUnsentApplicationsFollowThem() throws {
    let (twin, _) = try forked()
    let own = try capture(twin, submit: false)
    let file = village.bench.folder + "/scan.pdf"
    _ = FileManager.default.createFile(atPath: file, contents: Data("%PDF 一页".utf8))
    _ = try twin.assistant().attach(own, material: "m02", files: [file])
    let code = try XCTUnwrap(try twin.assistant().show(own)["code"]?.text)
    _ = problem { try twin.sync() }
    _ = try enroll(twin, try self.code())
    XCTAssertEqual(try twin.sync()["upToDate"], true)
    let id = ApplicationID(try XCTUnwrap(try twin.assistant().show(code)["id"]?.text))
    XCTAssertNotEqual(id.text, own)
    let digest = Digest.sm3(Array("%PDF 一页".utf8)).text
    try village.bench.journal.read { reader throws(Problem) in
      XCTAssertEqual(try reader.blobClaims(digest).map(\.application), [id])
      XCTAssertEqual(try reader.blob(digest)?.complete, true)
    }
  }

  func testARevokedLaptopSaysSoSendsItsWorkToTheTrayAndShowsWhatItHolds() throws {
    let shared = try capture(laptop, submit: false)
    try laptop.sync()
    let device = try laptop.assistant().store().identity.device
    _ = try laptop.assistant().note(shared, "停用前写的")
    let file = village.bench.folder + "/scan.pdf"
    _ = FileManager.default.createFile(atPath: file, contents: Data("%PDF 一页".utf8))
    _ = try laptop.assistant().attach(shared, material: "m02", files: [file])
    try village.bench.revoke(device)
    let refused = try XCTUnwrap(problem { try laptop.sync() })
    XCTAssertEqual(refused.code, "device.revoked")
    XCTAssertEqual(problem { _ = try laptop.assistant().note(shared, "还想写") }?.code, "device.stopped")
    let doctor = try laptop.assistant().doctor()
    XCTAssertEqual(doctor["stopped"], "device.revoked")
    XCTAssertEqual(doctor["unsent"], 0)
    XCTAssertEqual(doctor["inReview"], 2)
    XCTAssertEqual(doctor["attachments"], 0, "the scan has gone with its entry")
    XCTAssertEqual(try laptop.assistant().show(shared)["inReview"], 2)
    XCTAssertTrue(try laptop.assistant().todo().contains { $0["kind"] == "tray" })
    let digest = Digest.sm3(Array("%PDF 一页".utf8)).text
    try village.bench.journal.read { reader throws(Problem) in
      XCTAssertEqual(try reader.blob(digest)?.complete, true)
    }
    XCTAssertEqual(problem { _ = try laptop.assistant().prove() }?.code, "device.revoked")
    // One entry is taken in, the other is not; then the laptop gets a new identity and sends both again.
    let entry = try XCTUnwrap(try reviews(.open).first { $0.operation.header.kind == .note })
    _ = try village.bench.service.admit(entry.id, actor: "test")
    _ = try enroll(laptop, try code())
    XCTAssertEqual(try laptop.sync()["refused"], 0, "what was taken in stands once")
    let told = try village.bench.state(ApplicationID(shared)).timeline
    XCTAssertEqual(told.count { $0.code == Disposition.admittedCode }, 1)
    XCTAssertEqual(try village.bench.state(ApplicationID(shared)).notes.map(\.text), ["停用前写的"])
    XCTAssertEqual(try village.bench.state(ApplicationID(shared)).materials.count { $0.material == "m02" }, 1)
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  private func revoke(_ laptop: Laptop) throws {
    let device = try laptop.assistant().store().identity.device
    try village.bench.revoke(device)
    XCTAssertEqual(problem { try laptop.sync() }?.code, "device.revoked")
  }

  func testErasingWhatWasSentAgainErasesItWhereItWasSentBefore() throws {
    let own = try capture(laptop, submit: false)
    let file = village.bench.folder + "/scan.pdf"
    _ = FileManager.default.createFile(atPath: file, contents: Data("%PDF 一页".utf8))
    _ = try laptop.assistant().attach(own, material: "m02", files: [file])
    let code = try XCTUnwrap(try laptop.assistant().show(own)["code"]?.text)
    try revoke(laptop)
    _ = try enroll(laptop, try self.code())
    try laptop.sync()
    let id = try XCTUnwrap(try laptop.assistant().show(code)["id"]?.text)
    XCTAssertNotEqual(id, own)
    XCTAssertFalse(try reviews(.reminted).contains { $0.operation.isErased })
    let purged = try village.bench.service.purge(
      id, why: "本人要求", evenLive: true, from: village.blobs, actor: "test")
    XCTAssertEqual(purged.attachments, 1)
    XCTAssertTrue(try reviews(.reminted).allSatisfy(\.operation.isErased), "under its former id, too")
    XCTAssertNil(
      try village.bench.journal.read { reader throws(Problem) in
        try reader.blob(Digest.sm3(Array("%PDF 一页".utf8)).text)
      })
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testSettingAsideWhatCameTooLateForAPurgeErasesItWhereItWasSentBefore() throws {
    let (twin, shared) = try forked()
    _ = try twin.assistant().note(shared, "副本写的")
    _ = try village.bench.service.purge(shared, why: "本人要求", evenLive: true, from: village.blobs, actor: "test")
    XCTAssertEqual(problem { try twin.sync() }?.code, "sync.forked")
    _ = try enroll(twin, try code())
    try twin.sync()
    XCTAssertEqual(try reviews(.reminted).map(\.operation.isErased), [false])
    let late = try XCTUnwrap(try village.bench.service.trayItems(limit: 10).first?["id"]?.text)
    _ = try village.bench.service.decline(late, why: "本人要求清除", from: village.blobs, actor: "test")
    XCTAssertEqual(try reviews(.reminted).map(\.operation.isErased), [true], "under its former id, too")
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testAnEditOfWhatItsSuccessorDoesNotSeeStandsInTheTray() throws {
    let (other, id) = try sharedFromElsewhere()
    try laptop.sync()
    _ = try laptop.assistant().note(id, "停用前写的")
    let file = village.bench.folder + "/scan.pdf"
    _ = FileManager.default.createFile(atPath: file, contents: Data("%PDF 一页".utf8))
    _ = try laptop.assistant().attach(id, material: "m02", files: [file])
    try revoke(laptop)
    _ = try enroll(laptop, try code())
    XCTAssertEqual(try laptop.sync()["refused"], 2)
    let attachments = laptop.home + "/attachments"
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: attachments), [])
    XCTAssertEqual(problem { _ = try laptop.assistant().show(id) }?.code, "application.not-found")
    let line = try XCTUnwrap(try laptop.assistant().tray().first { $0["status"] == "open" })
    XCTAssertEqual(line["application"], .text(id))
    XCTAssertEqual(line["why"], "办件已不在本站")
    // What it let go of comes back with the application.
    let now = try laptop.assistant().store().identity.device
    _ = try other.assistant().share(id, with: "device:\(now.text)")
    try other.sync()
    try laptop.sync()
    let told = try [laptop!, other].map { try $0.assistant().show(id)["timeline"]?.array?.map { $0["text"] } }
    XCTAssertEqual(told[0], told[1])
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
  }

  func testAForgedPredecessorInheritsNothing() throws {
    let keys = try Enrolment.Keys(random: SystemRandom())
    let forger = try Enrolment.Keys(random: SystemRandom())
    let device = try laptop.assistant().store().identity.device
    let line = HTTPLine(address: village.url)
    let code = try code()
    XCTAssertEqual(
      problem {
        _ = try Enrolment.ask(
          line, code: code, keys: keys,
          predecessor: Enrolment.Predecessor(device: device, key: forger.signing))
      }?.code, "sync.signature")
    XCTAssertNoThrow(try Enrolment.ask(line, code: code, keys: keys), "the refusal has used nothing up")
  }
}
