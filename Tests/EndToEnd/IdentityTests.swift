import Foundation
import Foundations
import XCTest

/// Clones, backups, new identities: with the programs as they are, and files as they lie.
final class DeviceIdentityTests: XCTestCase {
  /// A copy of a device's home, as from a stolen disk or a backup.
  private func copy(_ device: Device, to name: String) throws -> Device {
    let home = "\(device.county.folder)/\(name)"
    try FileManager.default.copyItem(atPath: device.home, toPath: home)
    return Device(device.county, home: home, station: device.station)
  }

  private func code(_ county: County, station: String) throws -> String {
    try county.administer("device", "add", "--station", station, "--name", "接替").first?["code"]?.text ?? ""
  }

  private func reviews(_ county: County) throws -> [Value] {
    try county.administer("tray", "list").filter { $0["kind"] == "review" }
  }

  /// A device with one synced draft, and a copy of it; both have noted something since, the true one has synced.
  private func forked(_ county: County) throws -> (device: Device, twin: Device, id: String) {
    let device = try county.device("a")
    let id =
      try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: false))["id"]?.text ?? ""
    try device.sync()
    let twin = try copy(device, to: "twin")
    try device.ask("note", id, "真的")
    try twin.ask("note", id, "双胞胎的")
    try device.sync()
    return (device, twin, id)
  }

  func testScenario21TheForkIsFoundAndBothSidesAreKept() throws {
    let county = try County(self)
    let (device, twin, id) = try forked(county)
    for _ in 0..<2 {
      let refused = try twin.run("sync")
      XCTAssertEqual(refused.status, 1)
      XCTAssertEqual(refused.code, "sync.forked")
    }
    let entries = try reviews(county)
    XCTAssertEqual(entries.map { $0["application"] }, [.text(id)], "once, however often it is sent")
    XCTAssertEqual(entries.first?["code"], "sync.forked")
    let stopped = try twin.run("note", id, "还想写")
    XCTAssertEqual(stopped.status, 1)
    XCTAssertEqual(stopped.code, "device.stopped")
    let shown = try twin.ask("show", id)
    XCTAssertEqual(shown["notes"]?.array?.map { $0["text"] }, ["双胞胎的"], "all it holds stays readable")
    XCTAssertEqual(shown["inReview"], 1)
    XCTAssertTrue(try twin.list("todo", allowed: [0, 3]).contains { $0["kind"] == "tray" })
    try device.ask("note", id, "还能写")
    try device.sync()
    XCTAssertEqual(try county.administer("show", id).first?["notes"]?.array?.count, 2)
    try county.checkVerify()
  }

  func testARevokedDeviceLosesNothingAndTheAdministratorDecides() throws {
    let county = try County(self)
    let device = try county.device("a")
    let document = Documents.complete(try device.matter("qingjian-10"), submit: true)
    let id = try device.capture(document)["id"]?.text ?? ""
    try device.sync()
    let number = try county.administer("device", "list").first?["device"]?.text ?? ""
    try county.administer("device", "revoke", number)
    try device.ask("note", id, "停用前写的")
    let draft = try device.capture(document)["code"]?.text ?? ""
    for _ in 0..<2 {
      let refused = try device.run("sync")
      XCTAssertEqual(refused.status, 1)
      XCTAssertEqual(refused.code, "device.revoked")
    }
    XCTAssertEqual(try device.run("prove").code, "device.revoked")
    XCTAssertEqual(try device.run("note", id, "还想写").code, "device.stopped")
    XCTAssertEqual(try device.ask("show", draft)["status"], "submitted", "what it holds stays readable")
    let entries = try reviews(county)
    XCTAssertEqual(entries.first?["code"], "device.revoked")
    let note = entries.first { $0["operation"] == "note" }?["id"]?.text ?? ""
    XCTAssertEqual(try county.administer("tray", "show", note).first?["content"]?["text"], "停用前写的")
    try county.administer("tray", "decline", note, "--why", "已当面核对")
    XCTAssertEqual(try county.attempt("tray", "admit", note).code, "tray.settled")
    for entry in entries where entry["operation"] != "note" {
      try county.administer("tray", "admit", entry["id"]?.text ?? "")
    }
    XCTAssertEqual(try reviews(county).count, 0)
    let admitted = try county.administer("show", draft).first
    XCTAssertEqual(admitted?["status"], "submitted")
    XCTAssertEqual(try county.administer("show", id).first?["notes"], [])
    try county.checkVerify()
  }

  func testAReassignedDeviceWorksForItsNewStationAndKeepsNothingOfTheFormer() throws {
    let county = try County(self)
    let device = try county.device("a")
    let number = try county.administer("device", "list").first?["device"]?.text ?? ""
    let resident = try county.device("b", person: "李志强", station: 1)
    let document = Documents.complete(try device.matter("qingjian-10"), submit: true)
    let theirs = try resident.capture(document)["code"] ?? .null
    try resident.sync()
    let mine = try device.capture(document)
    try device.sync()
    try device.ask("note", mine["id"]?.text ?? "", "改归前写的")
    let unsent = try device.capture(document)
    try county.administer("device", "reassign", number, "--station", resident.station)
    XCTAssertNotNil(try device.sync()["station"])
    XCTAssertEqual(try device.list("list").map { $0["code"] }, [theirs])
    XCTAssertEqual(try device.run("show", mine["id"]?.text ?? "").code, "application.not-found")
    XCTAssertTrue(try device.list("todo", allowed: [0, 3]).contains { $0["kind"] == "tray" })
    let fresh = try device.capture(document)
    try device.sync()
    let stations = Dictionary(
      uniqueKeysWithValues: try county.administer("applications").map { ($0["code"]?.text ?? "", $0["station"]) })
    XCTAssertEqual(stations.count, 4, "no code stands twice")
    XCTAssertEqual(stations[unsent["code"]?.text ?? ""], .text(device.station))
    XCTAssertEqual(stations[fresh["code"]?.text ?? ""], .text(resident.station))
    let entry = try county.administer("tray", "list").first { $0["code"] == "scope.left" }?["id"]?.text ?? ""
    try county.administer("tray", "admit", entry)
    XCTAssertEqual(
      try county.administer("show", mine["id"]?.text ?? "").first?["notes"]?.array?.map { $0["text"] }, ["改归前写的"])
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    XCTAssertEqual(try device.run("doctor").status, 0)
    try county.checkVerify()
  }

  func testANewIdentityLosesAndDoublesNothingHoweverOftenItIsCutOff() throws {
    let county = try County(self)
    let (device, twin, id) = try forked(county)
    let document = Documents.complete(try device.matter("qingjian-10"), submit: true)
    for _ in 0..<8 { _ = try twin.capture(document) }
    XCTAssertEqual(try twin.run("sync").code, "sync.forked")
    let before = try twin.list("list")
    XCTAssertEqual(before.count, 9)
    let code = try code(county, station: device.station)
    let wrong = try twin.run("enroll", county.url, "-", input: Array("0000-0000-0000-0000\n".utf8))
    XCTAssertEqual(wrong.code, "enroll.code-invalid")
    var (killed, done) = (0, false)
    // Fewer than the server lets one address try in a minute.
    for round in 0..<16 where !done {
      let enrolling = try twin.spawn(["enroll", county.url, "-"], input: Array("\(code)\n".utf8))
      // Later and later: before the question, between the answer and the commit, at last behind it.
      usleep(UInt32(round * 25_000))
      if round < 15 { enrolling.kill() }
      let outcome = enrolling.finish()
      if outcome.status == 137 { killed += 1 }
      XCTAssertTrue([0, 137].contains(outcome.status), outcome.errors)
      let doctor = try twin.run("doctor")
      XCTAssertEqual(doctor.status, 0, doctor.errors)
      done = doctor.value["stopped"] == nil
      XCTAssertEqual(try twin.list("list").count, 9)
    }
    XCTAssertTrue(done, "the same code goes on until it is through")
    XCTAssertGreaterThan(killed, 3)
    XCTAssertEqual(try twin.sync()["upToDate"], true)
    XCTAssertEqual(try reviews(county).count, 0)
    XCTAssertEqual(
      Set(try twin.list("list").map { $0["code"] }), Set(before.map { $0["code"] }), "receipts stay what they are")
    XCTAssertEqual(try county.administer("applications").count, 9)
    let notes = try county.administer("show", id).first?["notes"]?.array?.compactMap { $0["text"]?.text } ?? []
    XCTAssertEqual(notes.sorted(), ["双胞胎的", "真的"].sorted())
    XCTAssertEqual(try twin.ask("prove")["differ"], [])
    try device.sync()
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    try county.checkVerify()
  }
}
