import Foundation
import Foundations
import TestValues
import XCTest

/// A county's backup put back: with the programs as they are, and the server killed in between.
final class RestoreTests: XCTestCase {
  private func dispatches(_ county: County) throws -> [String] {
    try county.administer("outbox", "list").compactMap { $0["id"]?.text }
  }

  private func act(_ county: County, _ action: Value) throws {
    let item = try XCTUnwrap(try county.queue("w-610830-rs", "?status=dispatched").first)
    let id = try XCTUnwrap(item["id"]?.text)
    var body = action
    body["version"] = item["version"] ?? 1
    let answer = try county.ask("POST", "/v1/proceedings/\(id)/actions", window: "w-610830-rs", body: body)
    XCTAssertEqual(answer.status, 200, JSON.text(answer.value))
  }

  func testScenario18TheServerOfYesterdayIsTheServerOfTodayAfterEverybodyHasSynced() throws {
    let county = try County(self)
    let (station, visitor) = (try county.device("a"), try county.device("b", person: "李志强"))
    let document = Documents.complete(try station.matter("qingjian-10"), submit: false)
    let old = try XCTUnwrap(try station.capture(document)["id"]?.text)
    try station.sync()
    try visitor.sync()
    try county.administer("backup", county.folder + "/yesterday")

    var generator = SeededGenerator(18)
    let photo = try county.write(generator.bytes(700_000), to: "photo.jpg")
    let fresh = try XCTUnwrap(try visitor.capture(document)["id"]?.text)
    _ = try visitor.list("attach", fresh, "m04", photo)
    try visitor.ask("submit", fresh, allowed: [0, 3])
    try visitor.ask("note", old, "邻居来问过")
    try visitor.sync()
    try act(county, ["action": "accept"])
    try station.sync()
    try visitor.sync()
    let sent = Set(try dispatches(county))
    let told = try station.ask("show", fresh)
    try visitor.ask("note", fresh, "还没有上传")

    // The disk is gone in the middle of the day.
    county.killServer()
    XCTAssertEqual(try county.attempt("restore", county.folder + "/nowhere").status, 1)
    let restored = try XCTUnwrap(try county.administer("restore", county.folder + "/yesterday").first)
    XCTAssertNotNil(restored["former"]?.text)
    try county.start()
    XCTAssertNil(try county.administer("applications").first { $0["id"] == .text(fresh) })

    // Killed once more while it is being given back what it lost.
    let syncing = try visitor.spawn(["sync"])
    usleep(30_000)
    county.killServer()
    XCTAssertTrue([0, 3, 4].contains(syncing.finish().status))
    try county.start()
    try visitor.sync()
    try station.sync()
    let now = try station.ask("show", fresh)
    XCTAssertEqual(now["proceedings"], told["proceedings"], "what the window did is there again, and so are its days")
    XCTAssertEqual(now["status"], told["status"])
    XCTAssertEqual(now["notes"]?.array?.last?["text"], "还没有上传")
    XCTAssertTrue(sent.isSuperset(of: try dispatches(county)), "nothing goes out a second time")
    for device in [station, visitor] {
      let proof = try device.ask("prove")
      XCTAssertEqual(proof["differ"], [])
      XCTAssertEqual(proof["unsent"], 0)
      XCTAssertEqual(try device.ask("doctor")["ok"], true)
    }
    try county.checkVerify()
    XCTAssertTrue(
      try county.administer("applications").contains { $0["id"] == .text(fresh) && $0["status"] == told["status"] })
    // A further day of work.
    let third = try XCTUnwrap(try station.capture(document)["id"]?.text)
    try station.sync()
    try visitor.sync()
    XCTAssertEqual(try visitor.ask("show", third)["sync"], "synced")
    try county.checkVerify()
  }

  func testAnAttachmentThatTheBackupHasLostIsSentAgain() throws {
    let county = try County(self)
    let station = try county.device("a")
    let document = Documents.complete(try station.matter("qingjian-10"), submit: false)
    let id = try XCTUnwrap(try station.capture(document)["id"]?.text)
    var generator = SeededGenerator(31)
    let photo = try county.write(generator.bytes(70_000), to: "photo.jpg")
    _ = try station.list("attach", id, "m04", photo)
    try station.ask("submit", id, allowed: [0, 3])
    try station.sync()
    let backup = county.folder + "/yesterday"
    try county.administer("backup", backup)
    for name in try FileManager.default.contentsOfDirectory(atPath: backup + "/blobs") {
      try FileManager.default.removeItem(atPath: backup + "/blobs/" + name)
    }
    county.killServer()
    let restored = try county.attempt("restore", backup)
    XCTAssertEqual(restored.status, 3, restored.errors)
    XCTAssertEqual(restored.lines.first?["attachmentsLost"], 1)
    try county.start()
    try station.sync()
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: county.home + "/blobs").count, 1)
    let verified = try county.attempt("verify")
    XCTAssertEqual(verified.lines.first?["attachments"], 1, verified.errors)
  }

  /// Wherever it is killed, the second try knows what the first one would have: whom the former server had shut out,
  /// and the recovery key, of which no backup has a copy.
  func testKilledAtAnyRenameARestoreGoesOnFromTheFormerServer() throws {
    let county = try County(self, isServing: false)
    let station = try county.administer("station", "list").first?["id"]?.text ?? ""
    let added = try county.administer("device", "add", "--station", station, "--name", "被偷的").first
    let stolen = try XCTUnwrap(added?["device"]?.text)
    let backup = county.folder + "/yesterday"
    try county.administer("backup", backup)
    try county.administer("device", "revoke", stolen)
    let keyPath = county.home + "/keys/recovery.key"
    let key = try XCTUnwrap(FileManager.default.contents(atPath: keyPath))
    let tracer = try Tracer(county)
    var struck = 0
    for number in 1... {
      let strike = Strike(call: "rename", fault: .kill, number: number)
      let running = try tracer.spawn(strike, .server, ["--json", "--home", county.home, "restore", backup])
      let outcome = running.finish()
      guard outcome.status == 137 else {
        XCTAssertEqual(outcome.status, 0, outcome.errors)
        break
      }
      struck += 1
      if !FileManager.default.fileExists(atPath: county.home + "/journal.db") {
        XCTAssertEqual(try county.attempt("station", "list").code, "restore.unfinished", "\(strike)")
        XCTAssertEqual(try county.attempt("init", "--county", "清涧县").code, "restore.unfinished", "\(strike)")
      }
      let again = try county.attempt("restore", backup)
      XCTAssertEqual(again.status, 0, "\(strike): \(again.errors)")
      XCTAssertEqual(
        try county.administer("device", "list").first { $0["device"] == .text(stolen) }?["status"], "revoked",
        "\(strike)")
      XCTAssertEqual(FileManager.default.contents(atPath: keyPath), key, "\(strike)")
      let names = try FileManager.default.contentsOfDirectory(atPath: county.home)
      XCTAssertEqual(names.filter { $0.hasPrefix(".") || $0.hasPrefix("restoring") }, [], "\(strike)")
      XCTAssertEqual(
        names.filter { name in
          name.hasPrefix("before-restore-")
            && !FileManager.default.fileExists(atPath: county.home + "/\(name)/journal.db")
        }, [], "\(strike): the log of a database lies beside it")
    }
    XCTAssertGreaterThan(struck, 5)
  }
}
