import Foundations
import XCTest

/// `kill -9` at any moment, on either end: what was answered is there, nothing is half, nothing is twice.
final class KillTests: XCTestCase {
  private static let names = ["w.job", "w.platform", "w.archiveOrg", "w.name"]

  func testEveryAnsweredEditSurvivesKillingTheClient() throws {
    let county = try County(self)
    let device = try county.device("a")
    let made = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: false))
    let id = made["id"]?.text ?? ""
    // How long an undisturbed edit takes, so that the kills fall before, into and after its commit.
    let began = ContinuousClock.now
    try device.ask("edit", id, "w.job=第零次")
    var micros = max(2000, Int((ContinuousClock.now - began) / .microseconds(1)))
    var answered: [String: String] = [:]
    var (killed, survived) = (0, 0)
    for round in 0..<45 {
      let words = [Self.names[round % 2], Self.names[2 + round % 2]]
      // A name has no digits.
      let value = "第" + String(repeating: "又", count: round) + "次"
      // Two fields in one command: both or neither.
      let edit = try device.spawn(["edit", id] + words.map { "\($0)=\(value)" })
      usleep(UInt32(Int.random(in: 0...(micros * 5 / 4))))
      edit.kill()
      let outcome = edit.finish()
      // However busy the machine is, the kills fall before, into and after the commit, four of five before the end.
      micros = outcome.status == 0 ? micros * 8 / 10 : micros * 21 / 20
      let shown = try device.run("show", id)
      XCTAssertEqual(shown.status, 0, shown.errors)
      let stored = words.filter { shown.value["fields"]?[$0]?.text == value }
      XCTAssertTrue(stored.isEmpty || stored.count == 2, "half of an edit: \(stored)")
      if outcome.status == 0 { XCTAssertEqual(stored.count, 2, "answered, and lost") }
      if outcome.status == 137 { killed += 1 }
      if stored.count == 2 {
        survived += 1
        for word in words { answered[word] = value }
      }
      for (word, value) in answered { XCTAssertEqual(shown.value["fields"]?[word]?.text, value, word) }
    }
    XCTAssertGreaterThanOrEqual(killed, 30, "of 45, \(survived) stored")
    XCTAssertEqual(try device.list("list").count, 1)
    XCTAssertEqual(try device.run("doctor").status, 0)
    try device.sync()
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    try county.checkVerify()
  }

  func testKillingAConsentLetsTheDraftGoWholeOrNotAtAll() throws {
    let county = try County(self)
    let device = try county.device("a")
    var document = Documents.complete(try device.matter("qingjian-10"), submit: false)
    document["consent"] = false
    let first = try device.capture(document)["id"]?.text ?? ""
    let began = ContinuousClock.now
    try device.ask("consent", first)
    var micros = max(2000, Int((ContinuousClock.now - began) / .microseconds(1)))
    var drafted: [String] = []
    var (killed, held, released) = (0, 0, 0)
    for round in 0..<30 {
      let id = try device.capture(document)["id"]?.text ?? ""
      for edit in 0...round % 4 { try device.ask("edit", id, "w.job=第\(round)次之\(edit)") }
      let before = try device.ask("show", id)
      drafted.append(id)
      let operations = Int64(before["timeline"]?.array?.count ?? 0)
      let unsent = try device.ask("doctor")["unsent"]?.integer ?? -1
      let consent = try device.spawn(["consent", id])
      usleep(UInt32(Int.random(in: 0...(micros * 5 / 4))))
      consent.kill()
      let outcome = consent.finish()
      // However busy the machine is, the kills fall before, into and after the commit.
      micros = outcome.status == 0 ? micros * 9 / 10 : micros * 21 / 20
      let after = try device.ask("show", id)
      let given = after["consent"]?["given"] == true
      XCTAssertEqual(after["held"], .bool(!given))
      XCTAssertEqual(after["fields"], before["fields"])
      XCTAssertEqual(after["timeline"]?.array?.count, before["timeline"]?.array?.count)
      let taken = (try device.ask("doctor")["unsent"]?.integer ?? -1) - unsent
      XCTAssertEqual(taken, given ? operations : 0, "half of a consent")
      if outcome.status == 0 { XCTAssertTrue(given, "answered, and lost") }
      if outcome.status == 137 { killed += 1 }
      if given { released += 1 } else { held += 1 }
    }
    XCTAssertGreaterThanOrEqual(killed, 10, "of 30")
    XCTAssertGreaterThan(held, 2)
    XCTAssertGreaterThan(released, 2)
    XCTAssertEqual(try device.sync()["held"], .integer(Int64(held)))
    XCTAssertEqual(try county.administer("applications").count, released + 1)
    for id in drafted { try device.ask("consent", id) }
    XCTAssertEqual(try device.run("doctor").status, 0)
    XCTAssertEqual(try device.sync()["refused"], 0)
    XCTAssertEqual(try county.administer("applications").count, drafted.count + 1)
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    try county.checkVerify()
  }

  func testKillingTheServerDuringSyncsLosesAndDoublesNothing() throws {
    let county = try County(self)
    let devices = [try county.device("a"), try county.device("b", person: "李志强", station: 1)]
    let document = Documents.complete(try devices[0].matter("qingjian-10"), submit: false)
    let file = try county.write((0..<1_500_000).map { _ in UInt8.random(in: 0...255) }, to: "photo.jpg")
    var applications = 0
    for round in 0..<12 {
      for device in devices {
        let id = try device.capture(document)["id"]?.text ?? ""
        if round % 3 == 0 { _ = try device.list("attach", id, "m01", file) }
        try device.ask("submit", id)
        applications += 1
      }
      let syncs = try devices.map { try $0.spawn(["sync"]) }
      usleep(UInt32.random(in: 5_000...120_000))
      county.killServer()
      for sync in syncs {
        let outcome = sync.finish()
        XCTAssertTrue([0, 3, 4].contains(outcome.status), "\(outcome.status) \(outcome.errors)")
      }
      try county.start()
    }
    for _ in 0..<2 { for device in devices { try device.sync() } }
    for device in devices {
      XCTAssertEqual(try device.ask("doctor")["unsent"], 0)
      let proof = try device.ask("prove")
      XCTAssertEqual(proof["differ"], [])
      XCTAssertEqual(proof["applications"], .integer(Int64(applications / 2)))
    }
    let known = try county.administer("applications")
    XCTAssertEqual(known.count, applications)
    XCTAssertEqual(Set(known.compactMap { $0["code"]?.text }).count, applications)
    let rows = try county.administer("outbox", "list")
    XCTAssertEqual(Set(rows.compactMap { $0["id"]?.text }).count, rows.count)
    let pairs = rows.map { "\($0["proceeding"]?.text ?? "") \($0["version"]?.integer ?? 0)" }
    XCTAssertEqual(Set(pairs).count, pairs.count, "dispatched twice")
    XCTAssertEqual(try county.administer("tray", "list"), [])
    try county.checkVerify()
  }
}
