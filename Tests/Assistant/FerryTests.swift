import API
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

extension Laptop {
  func device() throws -> DeviceID { try assistant().store().identity.device }

  /// Writes a file for the county.
  func file() throws -> [UInt8] {
    let sink = Stick()
    _ = try assistant().ferry(from: nil, to: { bytes throws(Problem) in sink.bytes += bytes })
    return sink.bytes
  }

  /// Takes a file from the county in.
  @discardableResult
  func take(_ file: [UInt8]) throws -> Value {
    let stick = Stick(file)
    return try assistant().ferry(from: { count throws(Problem) in stick.read(count) }, to: nil)
  }
}

extension Village {
  @discardableResult
  func take(_ file: [UInt8]) throws -> FerryIntake {
    let stick = Stick(file)
    return try bench.service.takeFerry(key: bench.encryptionKey, attachments: blobs, actor: "test") {
      count throws(Problem) in stick.read(count)
    }
  }

  func file(for laptop: Laptop) throws -> [UInt8] {
    let stick = Stick()
    _ = try bench.service.writeFerry(for: laptop.device(), actor: "test") { bytes throws(Problem) in
      stick.bytes += bytes
    }
    return stick.bytes
  }

  /// There and back.
  @discardableResult
  func ferry(_ laptop: Laptop) throws -> Value {
    try take(laptop.file())
    return try laptop.take(file(for: laptop))
  }

  func sequences() throws -> Int64 { try bench.journal.read { reader throws(Problem) in try reader.lastSequence() } }

  /// That this laptop and the server hold the same, and the server what its log says.
  func checkAgreement(_ laptops: Laptop..., line: UInt = #line) throws {
    for laptop in laptops {
      let proof = try laptop.assistant().prove()
      XCTAssertEqual(proof["differ"], [], line: line)
      XCTAssertEqual(proof["unsent"], 0, line: line)
      XCTAssertEqual(try laptop.assistant().doctor()["ok"], true, line: line)
    }
    XCTAssertEqual(try bench.service.verify().problems, [], line: line)
  }
}

/// A file on a stick.
final class Stick {
  var bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  func read(_ count: Int) -> [UInt8] {
    let piece = Array(bytes[position..<min(position + count, bytes.count)])
    position += piece.count
    return piece
  }
}

/// The exchange by files between real stores and the real server.
final class FerryTests: XCTestCase {
  private var village: Village!

  override func setUpWithError() throws { village = try Village() }

  private func new(_ laptop: Laptop, submit: Bool = true) throws -> String {
    try XCTUnwrap(try laptop.assistant().new(try village.document(submit: submit))["id"]?.text)
  }

  func testAStickCarriesWorkThereAndJudgementsBack() throws {
    let (laptop, colleague) = (try village.laptop(), try village.laptop())
    let id = try new(laptop)
    let back = try village.ferry(laptop)
    XCTAssertEqual(back["upToDate"], true)
    XCTAssertGreaterThan(try XCTUnwrap(back["pushed"]?.integer), 0)
    XCTAssertGreaterThan(try XCTUnwrap(back["pulled"]?.integer), 0, "what the county did with it")
    let shown = try laptop.assistant().show(id)
    XCTAssertEqual(shown["sync"], "synced")
    XCTAssertEqual(shown["status"], "submitted")
    XCTAssertFalse(try XCTUnwrap(shown["proceedings"]?.array).isEmpty)
    try village.ferry(colleague)
    XCTAssertEqual(try colleague.assistant().show(id)["status"], "submitted", "a colleague's file brings it, too")
    try village.checkAgreement(laptop, colleague)
  }

  /// Under a new identity everything in scope comes anew; what is on a file's later pages has not left it.
  func testOnlyTheLastPageOfAFileIsTheEndOfAllThatIsInScope() throws {
    let colleague = try village.bench.device()
    let large = colleague.create(try village.bench.matter("qingjian-04"))
    for _ in 0..<6 {
      colleague.write(.note, ["text": .text(String(repeating: "长", count: 300_000))], large)
      try colleague.sync()
    }
    let laptop = try village.laptop()
    let id = try new(laptop, submit: false)
    try laptop.sync()
    try village.bench.revoke(laptop.device())
    XCTAssertEqual(problem { try laptop.sync() }?.code, "device.revoked")
    let code = try village.bench.service.inviteDevice(
      station: village.bench.stations[0].id, name: "接替", actor: "test"
    ).1
    _ = try laptop.assistant().enroll(url: village.url, code: code, name: nil)
    _ = try laptop.assistant().edit(id, [Assignment("mo.name", .text("新写的"))])
    try village.ferry(laptop)
    XCTAssertEqual(try laptop.assistant().show(id)["fields"]?["mo.name"], "新写的")
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).value("mo.name"), "新写的")
    XCTAssertTrue(try laptop.assistant().todo().allSatisfy { $0["kind"] != "tray" })
    try village.ferry(laptop)
    XCTAssertEqual(try laptop.assistant().show(id)["fields"]?["mo.name"], "新写的")
    try village.checkAgreement(laptop)
  }

  func testTheSameFileAgainAndOlderFilesChangeNothing() throws {
    let laptop = try village.laptop()
    let id = try new(laptop, submit: false)
    let first = try laptop.file()
    _ = try laptop.assistant().edit(id, [Assignment("mo.name", .text("李四"))])
    let second = try laptop.file()
    try village.take(second)
    let held = try village.sequences()
    for file in [first, second, first] { try village.take(file) }
    XCTAssertEqual(try village.sequences(), held)
    let (early, late) = (try village.file(for: laptop), try village.file(for: laptop))
    XCTAssertEqual(try laptop.take(late)["upToDate"], true)
    for file in [early, late, early] {
      let again = try laptop.take(file)
      XCTAssertEqual(again["pages"], 0)
      XCTAssertEqual(again["pushed"], 0)
      XCTAssertEqual(again["pulled"], 0)
    }
    try village.checkAgreement(laptop)
  }

  func testALostFileCostsNothingInEitherDirection() throws {
    let laptop = try village.laptop()
    _ = try new(laptop)
    _ = try laptop.file()
    _ = try new(laptop)
    try village.take(laptop.file())
    _ = try village.file(for: laptop)
    _ = try new(laptop)
    try village.take(laptop.file())
    XCTAssertEqual(try laptop.take(village.file(for: laptop))["upToDate"], true)
    try village.checkAgreement(laptop)
  }

  func testAFileWhoseNumberTheNetworkHasOvertakenIsTakenAllTheSame() throws {
    let laptop = try village.laptop()
    let id = try new(laptop, submit: false)
    let overtaken = try laptop.file()
    _ = try laptop.assistant().edit(id, [Assignment("mo.name", .text("李四"))])
    try laptop.sync()
    let held = try village.sequences()
    XCTAssertGreaterThan(try village.take(overtaken).operations, 0)
    XCTAssertEqual(try village.sequences(), held, "all of it is here already")
    try laptop.sync()
    try village.checkAgreement(laptop)
  }

  func testAFileThatBringsTheRestOfWhatTheNetworkBeganIsSignedAllTheSame() throws {
    let laptop = try village.laptop()
    _ = try new(laptop, submit: false)
    laptop.sizes.operationsMax = 1
    let file = try laptop.file()
    let assistant = laptop.assistant()
    assistant.line = { address, _ in BadLine(HTTPLine(address: address)) { _, _ in .answerLost } }
    XCTAssertNotNil(problem { _ = try assistant.sync { _ in } })
    XCTAssertEqual(try village.sequences(), 1)
    try village.take(file)
    XCTAssertGreaterThan(try village.sequences(), 1)
    try laptop.sync()
    try village.checkAgreement(laptop)
  }

  func testTheNetworkGoesOnBetweenAFileAndItsAnswer() throws {
    let laptop = try village.laptop()
    _ = try new(laptop)
    try village.take(laptop.file())
    let answer = try village.file(for: laptop)
    _ = try new(laptop)
    let summary = try laptop.sync()
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertEqual(try laptop.take(answer)["pages"], 0, "the network was faster")
    try village.checkAgreement(laptop)
  }

  /// The lost laptop had reported what was acknowledged, and its old copy has written as much since.
  func testAnOlderCopyThatLivesByStickStopsHoweverMuchItHasWritten() throws {
    for written in 1...4 {
      let laptop = try village.laptop()
      let id = try new(laptop, submit: false)
      try village.ferry(laptop)
      let copy = try laptop.copied()
      for number in 1...2 { _ = try laptop.assistant().note(id, "真的\(number)") }
      try village.ferry(laptop)
      _ = try laptop.file()
      try village.take(laptop.file())
      for number in 1...written { _ = try copy.assistant().note(id, "副本的\(number)") }
      _ = problem { try village.take(copy.file()) }
      XCTAssertEqual(problem { try copy.take(village.file(for: copy)) }?.code, "sync.restored", "\(written)")
      XCTAssertEqual(problem { _ = try copy.assistant().note(id, "再写") }?.code, "device.stopped", "\(written)")
    }
  }

  func testAnAnswerThatDoesNotJoinOnIsKeptOutAndANewFileHelps() throws {
    let (laptop, colleague) = (try village.laptop(), try village.laptop())
    _ = try new(laptop)
    try laptop.sync()
    let older = try laptop.copied()
    for _ in 0..<3 {
      _ = try new(colleague)
      try colleague.sync()
      try laptop.sync()
    }
    let answer = try village.file(for: laptop)
    XCTAssertEqual(problem { try older.take(answer) }?.code, "ferry.page-gap")
    XCTAssertEqual(try laptop.take(answer)["pages"], 0)
    let back = try village.ferry(older)
    XCTAssertGreaterThan(try XCTUnwrap(back["pulled"]?.integer), 0)
    try village.checkAgreement(older)
  }

  func testADeviceThatCameBackFromABackupIsToldSoByAFileToo() throws {
    let laptop = try village.laptop()
    _ = try new(laptop)
    try laptop.sync()
    let older = try laptop.copied()
    _ = try new(laptop)
    try laptop.sync()
    try laptop.sync()
    let answer = try village.file(for: laptop)
    XCTAssertEqual(problem { try older.take(answer) }?.code, "sync.restored")
    XCTAssertEqual(
      problem { _ = try older.assistant().new(try village.document(submit: true)) }?.code, "device.stopped")
  }

  /// Found by the simulator: it had something unsent, which a file is no way to offer, and the page was tried again
  /// and again.
  func testADeviceThatCameBackFromABackupAndWroteOnIsToldSoByAFileToo() throws {
    let laptop = try village.laptop()
    _ = try new(laptop)
    try laptop.sync()
    let older = try laptop.copied()
    for _ in 1...3 { _ = try new(laptop) }
    try laptop.sync()
    let unsent = try new(older)
    let answer = try village.file(for: laptop)
    for _ in 1...2 { XCTAssertEqual(problem { try older.take(answer) }?.code, "sync.restored") }
    XCTAssertEqual(try older.assistant().show(unsent)["sync"], "pending", "it is still here")
    XCTAssertEqual(try older.assistant().doctor()["ok"], true)
  }

  func testFilesForOthersAreRefused() throws {
    let (laptop, other) = (try village.laptop(), try village.laptop())
    _ = try new(laptop)
    let file = try laptop.file()
    try village.take(file)
    let answer = try village.file(for: laptop)
    XCTAssertEqual(problem { try other.take(answer) }?.code, "ferry.other-reader")
    XCTAssertEqual(problem { try other.take(file) }?.code, "ferry.direction")
    XCTAssertEqual(problem { try village.take(answer) }?.code, "ferry.direction")
    let elsewhere = try Village()
    XCTAssertEqual(problem { try elsewhere.take(file) }?.code, "ferry.other-reader")
    var cut = answer
    cut.removeLast()
    XCTAssertEqual(problem { try laptop.take(cut) }?.code, "ferry.damaged")
    XCTAssertEqual(try laptop.take(answer)["upToDate"], true)
  }

  func testAMovedLaptopThatLivesByStickLetsGoOfItsFormerStation() throws {
    let (laptop, colleague) = (try village.laptop(), try village.laptop())
    let id = try new(laptop)
    try village.ferry(laptop)
    try village.ferry(colleague)
    let station = village.bench.stations[1].id
    _ = try village.bench.service.reassignDevice(laptop.device(), station: station, actor: "test")
    try village.take(laptop.file())
    let answer = try village.file(for: laptop)
    XCTAssertNotNil(try laptop.take(answer)["station"], "it is told")
    XCTAssertEqual(try laptop.assistant().list(status: nil, text: nil, limit: 10), [], "and nothing is in scope there")
    XCTAssertEqual(try laptop.take(answer)["pages"], 0, "all of it is known")
    XCTAssertEqual(problem { _ = try laptop.assistant().show(id) }?.code, "application.not-found")
    try village.checkAgreement(laptop, colleague)
  }

  func testARevokedDeviceIsToldInTheCounty() throws {
    let laptop = try village.laptop()
    _ = try new(laptop)
    let file = try laptop.file()
    try village.bench.revoke(laptop.assistant().store().identity.device)
    XCTAssertEqual(problem { try village.take(file) }?.code, "device.revoked")
    XCTAssertEqual(problem { _ = try village.file(for: laptop) }?.code, "device.revoked")
  }

  func testADeviceThatKnowsNoKeyOfTheCountySaysSo() throws {
    try village.bench.journal.write { writer throws(Problem) in
      try writer.setDocument(RegistryKey.settings, RegistryKey.ferry, nil)
      try County.touch(writer)
    }
    let laptop = try village.laptop()
    XCTAssertEqual(problem { _ = try laptop.file() }?.code, "ferry.key-unknown")
    try village.bench.service.publish(ferryKey: village.bench.encryptionKey.encryptionKey)
    try laptop.sync()
    XCTAssertNoThrow(try village.ferry(laptop))
  }

  // MARK: Attachments

  private func attached(_ laptop: Laptop, bytes: [UInt8]) throws -> String {
    var document = try village.document(submit: false)
    let name = "scan-\(bytes.count).jpg"
    _ = FileManager.default.createFile(atPath: village.bench.folder + "/" + name, contents: Data(bytes))
    let material = try XCTUnwrap(village.bench.matter("qingjian-04").materials.first { $0.source == .own }?.id)
    document["materials"]?[material] = [.text(name)]
    return try XCTUnwrap(try laptop.assistant().new(document, folder: village.bench.folder)["id"]?.text)
  }

  func testAttachmentsTravelWithTheFileAndAreAcknowledged() throws {
    let laptop = try village.laptop()
    let bytes = [0xFF, 0xD8, 0xFF] + (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
    _ = try attached(laptop, bytes: bytes)
    _ = try attached(laptop, bytes: bytes)
    XCTAssertEqual(try laptop.assistant().doctor()["attachments"], 2)
    let file = try laptop.file()
    XCTAssertLessThan(file.count, bytes.count + 200_000, "the same bytes are carried once")
    XCTAssertEqual(try village.take(file).attachmentBytes, Int64(bytes.count))
    XCTAssertEqual(try village.blobs.read(Digest.sm3(bytes).text), bytes)
    XCTAssertEqual(try village.take(file).attachmentBytes, 0)
    XCTAssertEqual(try laptop.take(village.file(for: laptop))["upToDate"], true)
    XCTAssertEqual(try laptop.assistant().doctor()["attachments"], 0)
    XCTAssertLessThan(try laptop.file().count, 10_000)
    try village.checkAgreement(laptop)
  }

  func testAnEarlierFileDoesNotMakeTheCountyForgetWhatALaterOneAskedAbout() throws {
    let laptop = try village.laptop()
    let early = try laptop.file()
    _ = try attached(laptop, bytes: [1, 2, 3])
    try village.take(laptop.file())
    try village.take(early)
    XCTAssertEqual(try laptop.take(village.file(for: laptop))["upToDate"], true)
  }

  func testAFileGoesOnWhereTheNetworkWasCutAndReplacesWhatIsWrong() throws {
    let laptop = try village.laptop()
    let good = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 5 >> 2) }
    let bad = (0..<1_200_000).map { UInt8(truncatingIfNeeded: $0 &* 3 >> 2) }
    _ = try attached(laptop, bytes: good)
    _ = try attached(laptop, bytes: bad)
    let device = try laptop.assistant().store().identity.device
    try village.blobs.append(Array(good.prefix(700_001)), to: Digest.sm3(good).text, from: device, at: 0)
    try village.blobs.append([1, 2, 3], to: Digest.sm3(bad).text, from: device, at: 0)
    let file = try laptop.file()
    try village.take(file)
    XCTAssertEqual(try village.blobs.read(Digest.sm3(good).text), good)
    XCTAssertEqual(try laptop.take(village.file(for: laptop))["upToDate"], false, "one had other bytes before it")
    try village.take(file)
    XCTAssertEqual(try village.blobs.read(Digest.sm3(bad).text), bad)
    XCTAssertEqual(try laptop.take(village.file(for: laptop))["upToDate"], true)
  }

  // MARK: Time

  func testTheDaysOnTheRoadAreNoPartOfTheCaptureTime() throws {
    let laptop = try village.laptop()
    try laptop.sync()
    laptop.wait(seconds: 3600)
    let captured = village.bench.clock.now()
    let id = try new(laptop)
    let file = try laptop.file()
    laptop.wait(seconds: 2 * 86_400)
    try village.take(file)
    let judgements = try village.bench.journal.read { reader throws(Problem) in
      try reader.operations(ApplicationID(id)).filter { $0.operation.id.device.text != "server" }.map(\.judgement)
    }
    XCTAssertFalse(judgements.isEmpty)
    for judgement in judgements {
      XCTAssertEqual(judgement?.capturedAt, captured)
      XCTAssertEqual(judgement?.captureDoubtful, false)
    }
  }

  func testAClockThatWasNeverComparedIsDoubtful() throws {
    let laptop = try village.laptop()
    let id = try new(laptop)
    let file = try laptop.file()
    laptop.wait(seconds: 86_400)
    try village.take(file)
    let first = try village.bench.journal.read { reader throws(Problem) in
      try reader.operations(ApplicationID(id)).first?.judgement
    }
    XCTAssertEqual(first?.captureDoubtful, true)
    XCTAssertEqual(first?.capturedAt, village.bench.clock.now())
  }
}
