import Application
import Assistant
import CaptureStore
import Casework
import Cryptography
import Foundation
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// Attachments of what has ended go from a laptop once backups of the county hold them, and not before.
final class EndedTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!
  private static let material = "m02"
  private static let text = "一张扫描件"
  private var bytes: Int64 { Int64(Self.text.utf8.count) }

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  private func scan() throws -> String {
    let path = village.bench.folder + "/scan-\(UUID().uuidString)"
    try Self.text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func draft() throws -> String {
    var document = try village.document(submit: false)
    document["materials"]?[Self.material] = nil
    return try XCTUnwrap(try laptop.assistant().new(document)["id"]?.text)
  }

  /// An application with a file that the county has.
  private func sent() throws -> String {
    let id = try draft()
    _ = try laptop.assistant().attach(id, material: Self.material, files: [try scan()])
    try laptop.sync()
    return id
  }

  private func end(_ id: String) throws {
    _ = try laptop.assistant().withdraw(id, why: "不办了")
    try laptop.sync()
  }

  private func ended() throws -> String {
    let id = try sent()
    try end(id)
    return id
  }

  private func pass(days: Int64) { laptop.wait(seconds: days * 86_400) }

  private func backUp(_ village: Village? = nil) throws {
    try (village ?? self.village).bench.journal.write { writer throws(Problem) in try BackupCount.add(writer) }
  }

  private var files: Int {
    get throws { try FileManager.default.contentsOfDirectory(atPath: laptop.home + "/attachments").count }
  }

  /// As many backups as it takes, with an exchange after each.
  @discardableResult
  private func letGo(_ village: Village? = nil) throws -> Value {
    for _ in 0..<3 {
      try backUp(village)
      let value = try laptop.sync()
      XCTAssertNil(value["freed"])
    }
    try backUp(village)
    return try laptop.sync()
  }

  func testAFileGoesOnceTwoBackupsHoldIt() throws {
    let id = try ended()
    pass(days: 31)
    XCTAssertNil(try laptop.sync()["freed"], "no backup was made yet")
    let value = try letGo()
    XCTAssertEqual(value["freed"], .integer(bytes))
    XCTAssertEqual(value["upToDate"], true)
    XCTAssertEqual(try files, 0)
    XCTAssertNil(try laptop.sync()["freed"], "once")
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
    XCTAssertEqual(
      try laptop.assistant().show(id)["materials"]?[Self.material]?.array?.first?["digest"]?.text,
      Digest.sm3(Array(Self.text.utf8)).text, "what the application says stays")
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
  }

  func testWhatGoesOnOrEndedNotLongAgoKeepsItsFiles() throws {
    let open = try sent()
    pass(days: 31)
    try letGo()
    XCTAssertEqual(try files, 1, "a draft")
    try end(open)
    pass(days: 29)
    try letGo()
    XCTAssertEqual(try files, 1, "not thirty days")
    // A second application names the same file, and goes on.
    let other = try sent()
    pass(days: 31)
    try letGo()
    XCTAssertEqual(try files, 1, "another one needs it")
    try end(other)
    pass(days: 31)
    try letGo()
    XCTAssertEqual(try files, 0)
  }

  func testOneBackupIsNotEnoughHoweverOftenIsAsked() throws {
    _ = try ended()
    pass(days: 31)
    try backUp()
    for _ in 0..<4 {
      try laptop.sync()
      pass(days: 1)
    }
    XCTAssertEqual(try files, 1)
  }

  func testAfterABackupIsPutBackTheFileIsGivenBackAndCountedAnew() throws {
    let path = village.bench.folder + "/backup"
    try village.bench.journal.backup(to: path)
    _ = try ended()
    pass(days: 31)
    for _ in 0..<3 {
      try backUp()
      try laptop.sync()
    }
    let restored = try Village(CountyBench(village.bench, restoring: path))
    _ = try laptop.assistant().config(name: "server", value: restored.url)
    let value = try laptop.sync()
    XCTAssertEqual(value["attachmentBytes"], .integer(bytes), "the county gets it back")
    // Withdrawn, it has ended there, too, once the county has said so again.
    try laptop.sync()
    XCTAssertEqual(try files, 1)
    XCTAssertEqual(try letGo(restored)["freed"], .integer(bytes))
  }

  func testWhatTheCountyHasNotGotIsSentAgainInsteadOfGoing() throws {
    _ = try ended()
    pass(days: 31)
    let digest = Digest.sm3(Array(Self.text.utf8))
    // Its file was lost there.
    try village.bench.journal.write { writer throws(Problem) in
      try writer.loseBlob(digest.text)
    }
    try backUp()
    try laptop.sync()
    XCTAssertEqual(try laptop.sync()["attachmentBytes"], .integer(bytes))
    XCTAssertEqual(try files, 1)
  }

  func testWhatTheCountyAloneKeepsIsNamedWithoutBeingSent() throws {
    _ = try ended()
    pass(days: 31)
    try letGo()
    let id = try draft()
    let file = TakenFile(
      digest: Digest.sm3(Array(Self.text.utf8)), bytes: bytes, mediaType: "image/jpeg", name: "scan.jpg")
    try laptop.assistant().store().change { session throws(Problem) in
      try session.append(
        Deed(
          .attach, ApplicationID(id),
          [
            "material": .text(Self.material), "digest": .text(file.digestText), "bytes": .integer(bytes),
            "mediaType": .text(file.mediaType), "name": .text(file.name),
          ]))
      try session.addBlob(file, application: ApplicationID(id))
    }
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true, "nothing is damaged")
    let written = try laptop.assistant().ferry(from: nil, to: { _ throws(Problem) in })
    XCTAssertEqual(written["unreadable"], 0, "nor is it missed on a stick")
    XCTAssertEqual(written["attachmentBytes"], 0)
    let value = try laptop.sync()
    XCTAssertEqual(value["upToDate"], true)
    XCTAssertEqual(value["attachmentBytes"], 0)
    // Attached by hand, it is here again.
    _ = try laptop.assistant().attach(id, material: Self.material, files: [try scan()])
    XCTAssertEqual(try files, 1)
    XCTAssertEqual(try laptop.sync()["upToDate"], true)
  }
}
