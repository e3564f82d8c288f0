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

/// A laptop with a real store that the county moves to another station.
final class LaptopReassignmentTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  private func move(_ station: Int) throws {
    let device = try laptop.assistant().store().identity.device
    _ = try village.bench.service.reassignDevice(device, station: village.bench.stations[station].id, actor: "test")
  }

  private func capture(_ laptop: Laptop) throws -> (id: String, code: String) {
    let made = try laptop.assistant().new(try village.document(submit: true))
    return (try XCTUnwrap(made["id"]?.text), try XCTUnwrap(made["code"]?.text))
  }

  private func codes(_ laptop: Laptop) throws -> [String] {
    try laptop.assistant().list(status: nil, text: nil, limit: 100).compactMap { $0["code"]?.text }
  }

  /// Whether any payload of an application is in the store still.
  private func keepsPayload(of id: String) throws -> Bool {
    try laptop.assistant().store().read { session throws(Problem) in
      try session.operations(of: ApplicationID(id)).contains { !$0.operation.isErased }
    }
  }

  func testItLearnsItsStationGetsItsApplicationsAndKeepsNoneOfTheFormers() throws {
    let resident = try village.laptop(at: 1)
    let theirs = try capture(resident)
    try resident.sync()
    let mine = try capture(laptop)
    try laptop.sync()
    _ = try laptop.assistant().note(mine.id, "对旧办件的修改")
    let unsent = try capture(laptop)
    try move(1)
    let summary = try laptop.sync()
    XCTAssertEqual(summary["station"], .text(village.bench.stations[1].name))
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertEqual(try codes(laptop), [theirs.code])
    XCTAssertFalse(try keepsPayload(of: mine.id))
    XCTAssertFalse(try keepsPayload(of: unsent.id))
    XCTAssertEqual(try laptop.assistant().list(status: nil, text: "张三丰", limit: 10).count, 1)
    XCTAssertTrue(try laptop.assistant().todo().contains { $0["kind"] == "tray" && $0["id"] == .text(mine.id) })
    XCTAssertEqual(try village.bench.state(ApplicationID(unsent.id)).status, .submitted)
    XCTAssertEqual(try village.bench.service.trayItems(limit: 10).map { $0["code"] }, ["scope.left"])
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
    let next = try capture(laptop)
    try laptop.sync()
    XCTAssertEqual(try village.bench.state(ApplicationID(next.id)).station, village.bench.stations[1].id)
    XCTAssertEqual(Set([mine.code, unsent.code, theirs.code, next.code]).count, 4)
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testAnAttachmentOfWhatHasLeftIsSentAndKeptNoLonger() throws {
    let mine = try capture(laptop)
    try laptop.sync()
    let file = village.bench.folder + "/scan.pdf"
    _ = FileManager.default.createFile(atPath: file, contents: Data("%PDF 一页".utf8))
    _ = try laptop.assistant().attach(mine.id, material: "m02", files: [file])
    try move(1)
    try laptop.sync()
    XCTAssertEqual(try codes(laptop), [])
    let digest = Digest.sm3(Array("%PDF 一页".utf8)).text
    XCTAssertEqual(
      try village.bench.journal.read { reader throws(Problem) in try reader.blob(digest)?.complete }, true)
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: laptop.home + "/attachments"), [])
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
  }

  func testWhatIsWrittenWhileItLearnsGoesFirstAsOneOfTheStationItKnew() throws {
    let mine = try capture(laptop)
    try laptop.sync()
    try move(1)
    var during: (id: String, code: String)?
    let assistant = laptop.assistant()
    assistant.line = { address, _ in
      BadLine(HTTPLine(address: address)) { number, _ in
        // The answer that tells of the move is under way.
        if number == 1 { during = try? self.capture(self.laptop) }
        return .none
      }
    }
    XCTAssertEqual(try assistant.sync { _ in }["upToDate"], true)
    let written = try XCTUnwrap(during)
    XCTAssertEqual(try village.bench.state(ApplicationID(written.id)).station, village.bench.stations[0].id)
    XCTAssertEqual(try village.bench.state(ApplicationID(written.id)).status, .submitted)
    XCTAssertFalse(try keepsPayload(of: mine.id))
    XCTAssertEqual(try codes(laptop), [])
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
  }

  func testThereAndBackNothingIsMissing() throws {
    let mine = try capture(laptop)
    try laptop.sync()
    let before = try laptop.assistant().show(mine.id)
    try move(1)
    try laptop.sync()
    XCTAssertEqual(try codes(laptop), [])
    try move(0)
    try laptop.sync()
    XCTAssertEqual(try laptop.assistant().show(mine.id), before)
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
  }

  func testADraftHeldBackBelongsToTheStationWhereItsApplicantAgrees() throws {
    var document = try village.document(submit: false)
    document["consent"] = false
    let made = try laptop.assistant().new(document)
    let id = try XCTUnwrap(made["id"]?.text)
    try move(1)
    try laptop.sync()
    XCTAssertEqual(try codes(laptop), [made["code"]?.text], "it is in no scope and cannot leave one")
    _ = try laptop.assistant().consent(id)
    XCTAssertEqual(try laptop.sync()["refused"], 0)
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).station, village.bench.stations[1].id)
    XCTAssertEqual(try codes(laptop), [made["code"]?.text])
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testALostAnswerWhileItMovesCostsNothing() throws {
    let resident = try village.laptop(at: 1)
    let theirs = try capture(resident)
    try resident.sync()
    _ = try capture(laptop)
    try laptop.sync()
    try move(1)
    for lost in 1...3 {
      let assistant = laptop.assistant()
      assistant.line = { address, _ in
        BadLine(HTTPLine(address: address)) { number, _ in number == lost ? .answerLost : .none }
      }
      _ = problem { _ = try assistant.sync { _ in } }
    }
    try laptop.sync()
    XCTAssertEqual(try codes(laptop), [theirs.code])
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
  }
}
