import Foundation
import Foundations
import SQLite
import XCTest

/// Erasure with the programs as they are, and files as they lie.
final class PurgeProgramTests: XCTestCase {
  private static let secrets = ["慕容示例丹", "610830198507120020", "枣林则沟路八十八号", "周二晚上再来", "王记粮油代办"]

  private func find(_ secrets: [String], in files: [String], line: UInt = #line) {
    XCTAssertFalse(files.isEmpty, line: line)
    for file in files {
      let bytes = FileManager.default.contents(atPath: file) ?? Data()
      for secret in secrets {
        for encoding in [String.Encoding.utf8, .utf16LittleEndian, .utf16BigEndian] {
          guard let needle = secret.data(using: encoding) else { continue }
          XCTAssertNil(bytes.range(of: needle), "\(secret) stands in \(file)", line: line)
        }
      }
    }
  }

  private func document(_ device: Device) throws -> Value {
    var document = Documents.complete(try device.matter("qingjian-10"), submit: true)
    document["fields"]?["w.name"] = "慕容示例丹"
    document["fields"]?["w.idNo"] = "610830198507120020"
    document["fields"]?["w.hukouAddr"] = ["division": "610830100201", "detail": "枣林则沟路八十八号"]
    document["applicant"] = [
      "kind": "person", "name": "慕容示例丹", "idNumber": "610830198507120020", "phone": "13912345678",
    ]
    return document
  }

  func testScenario17NothingComesBackAndTheEditIsInTheReviewTray() throws {
    let county = try County(self)
    let device = try county.device("a")
    let away = try county.device("b", person: "李志强")
    let id = try device.capture(try document(device))["id"]?.text ?? ""
    try device.ask("note", id, "周二晚上再来")
    let material = try device.matter("qingjian-10")["materials"]?.array?.first?["id"]?.text ?? ""
    let file = try county.write("王记粮油代办", to: "材料.txt")
    XCTAssertEqual(try device.run("attach", id, material, file).status, 0)
    try device.sync()
    try away.sync()
    XCTAssertEqual(try away.list("list", "--text", "慕容示例丹").count, 1, "it is there and can be found")
    try away.ask("note", id, "三百天前写的")
    let blobs = county.files(in: "server/blobs").count
    XCTAssertEqual(blobs, 1)

    let live = try county.attempt("purge", id, "--why", "本人要求")
    XCTAssertEqual(live.code, "purge.live")
    try device.ask("withdraw", id, "--why", "不办了")
    try device.sync()
    XCTAssertEqual(try county.attempt("purge", id, "--why", " ").code, "purge.reason")
    let beginning = try county.attempt("purge", String(id.dropLast()), "--why", "本人要求")
    XCTAssertEqual(beginning.code, "purge.name", "what cannot be undone is named whole")
    XCTAssertEqual(try county.administer("purge", id, "--why", "本人要求").first?["attachments"], 1)
    XCTAssertEqual(try county.attempt("purge", id, "--why", "本人要求").code, "purge.done")
    XCTAssertEqual(county.files(in: "server/blobs").count, 0)
    try county.checkVerify()

    try device.sync()
    let shown = try device.ask("show", id)
    XCTAssertEqual(shown["status"], "erased")
    XCTAssertEqual(shown["erasure"]?["why"], "本人要求")
    XCTAssertEqual(shown["fields"], [:])
    XCTAssertEqual(try device.list("list", "--text", "慕容示例丹"), [])
    XCTAssertEqual(try device.run("note", id, "还想写").code, "application.erased")
    XCTAssertEqual(try device.run("receipt", id).code, "receipt.erased", "submitting it is no way")
    XCTAssertEqual(county.files(in: "a").filter { $0.contains("attachments/") }, [])

    XCTAssertEqual(try away.run("sync").status, 3)
    XCTAssertEqual(try away.ask("show", id)["notes"], [])
    XCTAssertTrue(try away.list("todo").contains { $0["kind"] == "tray" && $0["id"]?.text == id })
    let entry = try XCTUnwrap(try county.administer("tray", "list").first { $0["code"] == "application.erased" })
    let entryID = entry["id"]?.text ?? ""
    XCTAssertEqual(try county.administer("tray", "show", entryID).first?["content"]?["text"], "三百天前写的")
    XCTAssertEqual(try county.attempt("tray", "admit", entryID).code, "tray.refused")
    try county.administer("tray", "decline", entryID, "--why", "已清除")
    XCTAssertEqual(try county.administer("tray", "show", entryID).first?["content"], .null)

    for each in [device, away] {
      let proof = try each.ask("prove")
      XCTAssertEqual(proof["differ"], [])
      XCTAssertEqual(try each.run("doctor").status, 0)
    }
    try county.checkVerify()
    let seen = try XCTUnwrap(try county.administer("show", id).first)
    for secret in Self.secrets + ["三百天前写的"] { XCTAssertFalse(JSON.text(seen).contains(secret)) }
    for each in [device, away] { try each.ask("lock") }
    find(Self.secrets, in: county.files(in: "a") + county.files(in: "b") + county.files(in: "server"))
    county.stop()
    find(Self.secrets, in: county.files(in: "a") + county.files(in: "b") + county.files(in: "server"))
  }

  /// The sealed boxes themselves leave the files: whoever finds the key later finds nothing to open.
  func testTheSealedContentsLeaveTheFiles() throws {
    let county = try County(self)
    let device = try county.device("a")
    let id = try device.capture(try document(device))["id"]?.text ?? ""
    try device.sync()
    let boxes = try sealedBoxes(county, id)
    XCTAssertFalse(boxes.isEmpty)
    try county.administer("purge", id, "--why", "本人要求", "--although-live")
    try device.sync()
    try device.ask("lock")
    county.stop()
    for file in county.files(in: "a") + county.files(in: "server") {
      let bytes = FileManager.default.contents(atPath: file) ?? Data()
      for box in boxes { XCTAssertNil(bytes.range(of: Data(box)), "a sealed box still lies in \(file)") }
    }
  }

  /// What the server and the laptop hold sealed of an application; the middle of each, which no page border cuts off.
  private func sealedBoxes(_ county: County, _ id: String) throws -> [[UInt8]] {
    let server = try Connection(path: county.home + "/journal.db", mode: .readOnly).query(
      "SELECT body FROM operations WHERE application = ?", [.text(id)]
    ) { $0.blob(0) }
    let device = try Connection(path: county.folder + "/a/store.db", mode: .readOnly).query(
      """
      SELECT content_sealed FROM operations WHERE application = ?1
      UNION SELECT view_sealed FROM applications WHERE id = ?1
      """, [.text(id)]
    ) { $0.blob(0) }
    return (server + device).filter { $0.count >= 64 }.map { Array($0[16..<48]) }
  }
}
