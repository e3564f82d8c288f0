import Assistant
import Casework
import Catalog
import Foundation
import Foundations
import Journal
import Synchronizer
import TestSupport
import XCTest

/// What ends an enrolment early burns no code: the same command goes on.
final class EnrolmentTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!
  private var keys: String { laptop.home + "/enrolling.keys" }

  override func setUpWithError() throws {
    village = try Village()
    laptop = Laptop(home: village.bench.folder + "/home-\(UUID().uuidString)", clock: village.bench.clock)
  }

  private func code() throws -> String {
    try village.bench.service.inviteDevice(station: village.bench.stations[0].id, name: "测试机", actor: "test").1
  }

  private func enroll(_ code: String) throws -> Value {
    try laptop.assistant().enroll(url: village.url, code: code, name: "王帮办")
  }

  private func cut(_ code: String, _ fault: BadLine.Fault = .answerLost) -> Problem? {
    let assistant = laptop.assistant()
    assistant.line = { address, _ in BadLine(HTTPLine(address: address)) { _, _ in fault } }
    return problem { _ = try assistant.enroll(url: village.url, code: code, name: "王帮办") }
  }

  func testACutEnrolmentGoesOnWithTheSameCode() throws {
    let code = try code()
    let told = try XCTUnwrap(cut(code))
    XCTAssertEqual(told.code, "network.interrupted")
    XCTAssertTrue(told.kind.remedy.contains("再运行一次同样的命令"), told.kind.remedy)
    let attributes = try FileManager.default.attributesOfItem(atPath: keys)
    XCTAssertEqual((attributes[.posixPermissions] as? NSNumber)?.intValue, 0o600)
    XCTAssertTrue(try laptop.assistant().hasUnfinishedEnrolment)
    XCTAssertEqual(try enroll(code.lowercased())["unfinished"], nil)
    XCTAssertFalse(FileManager.default.fileExists(atPath: keys), "the store has them")
    try laptop.sync()
    let devices = try village.bench.journal.read { reader throws(Problem) in try reader.devices() }
    XCTAssertEqual(devices.filter { $0.status == .active }.count, 1)
  }

  func testADiskThatIsFullAtTheEndBurnsNoCode() throws {
    let code = try code()
    // In the way of the store's file, as a disk without room is.
    let wall = laptop.home + "/store.db.partial"
    try FileManager.default.createDirectory(atPath: wall, withIntermediateDirectories: true)
    XCTAssertEqual(problem { _ = try enroll(code) }?.kind.exit, .storage)
    try FileManager.default.removeItem(atPath: wall)
    _ = try enroll(code)
    try laptop.sync()
  }

  func testAnotherPassphraseIsToldAndDestroysNothing() throws {
    let code = try code()
    _ = cut(code)
    let kept = FileManager.default.contents(atPath: keys)
    XCTAssertNotNil(kept)
    let right = laptop.passphrase
    laptop.passphrase = "这次换了一个口令"
    let told = problem { _ = try enroll(code) }
    XCTAssertEqual(told?.code, "enroll.pending-passphrase")
    XCTAssertEqual(told?.message.contains("enrolling.keys"), true)
    XCTAssertEqual(FileManager.default.contents(atPath: keys), kept)
    laptop.passphrase = right
    _ = try enroll(code)
  }

  func testAnotherCodeIsToldOfTheOneBefore() throws {
    let code = try code()
    _ = cut(code)
    let kept = FileManager.default.contents(atPath: keys)
    let told = try XCTUnwrap(problem { _ = try enroll("0000-0000-0000-0000") })
    XCTAssertEqual(told.code, "enroll.code-invalid")
    XCTAssertTrue(told.message.contains(code.prefix(4)) && told.message.contains(village.url), told.message)
    XCTAssertEqual(FileManager.default.contents(atPath: keys), kept)
    let other = try self.code()
    XCTAssertEqual(try enroll(other)["unfinished"]?.text, String(code.prefix(4)))
    try laptop.sync()
  }

  func testARefusedCodeLeavesNothing() throws {
    XCTAssertEqual(problem { _ = try enroll("0000-0000-0000-0000") }?.code, "enroll.code-invalid")
    XCTAssertFalse(FileManager.default.fileExists(atPath: keys))
    laptop.passphrase = "另外选的一个口令"
    _ = try enroll(try code())
  }

  func testKeysThatAStoreHasAreDroppedWhenItIsOpened() throws {
    let code = try code()
    _ = cut(code)
    let kept = FileManager.default.contents(atPath: keys)
    _ = try enroll(code)
    XCTAssertTrue(FileManager.default.createFile(atPath: keys, contents: kept))
    _ = try laptop.assistant().todo()
    XCTAssertFalse(FileManager.default.fileExists(atPath: keys))
  }

  func testAFirstEnrolmentThatReachesNobodyAdvisesWhatWorksThere() throws {
    let nobody = try XCTUnwrap(
      problem { _ = try laptop.assistant().enroll(url: "http://127.0.0.1:1", code: try code(), name: nil) })
    XCTAssertEqual(nobody.code, "network.unreachable")
    for word in ["再同步", "config server", "办件"] { XCTAssertFalse(nobody.message.contains(word), word) }
    XCTAssertTrue(nobody.kind.remedy.contains("enroll"))
    XCTAssertFalse(nobody.kind.remedy.contains("同步") || nobody.kind.remedy.contains("config server"))
  }

  func testWhoeverCannotBeAskedToUnlockIsNotToldToUnlock() throws {
    _ = try enroll(try code())
    let nobody = Assistant(home: laptop.home, environment: laptop.environment, passphrase: .none)
    let refused = try XCTUnwrap(problem { _ = try nobody.unlock(seconds: 60) })
    XCTAssertEqual(refused.code, "store.locked-passphrase")
    XCTAssertFalse(refused.kind.remedy.contains("unlock"), refused.kind.remedy)
    XCTAssertTrue(refused.kind.remedy.contains("--passphrase-file"))
    XCTAssertEqual(problem { _ = try nobody.todo() }?.kind.remedy.contains("bangban unlock"), true)
  }
}
