import Foundation
import Foundations
import XCTest

/// What scripts rely on (contract.md): names of members, exit statuses, nothing else on standard output.
final class ContractTests: XCTestCase {
  func testTheWholeDemoPasses() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/bangban-e2e-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let environment = ["HOME": folder, "TMPDIR": folder, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
    let demo = try Running(
      try Program.bangban.path(), ["demo", "--fast", "--json"], environment: environment, input: nil,
      logs: folder + "/demo")
    let outcome = demo.finish(seconds: 240)
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    XCTAssertEqual(outcome.lines.count, 1)
    for (name, count): (String, Value) in [
      ("devices", 3), ("applications", 3), ("conflicts", 1), ("corrections", 1), ("proveDiffer", 0),
    ] { XCTAssertEqual(outcome.value[name], count, name) }
    for name in ["proceedings", "dispatches", "certificates", "seconds"] {
      XCTAssertGreaterThan(outcome.value[name]?.integer ?? 0, 0, name)
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix("demo.") }
    XCTAssertEqual(left, [], "the demonstration removes what it made")
  }

  // MARK: Shapes

  /// That every line is an object with these members at least.
  private func check(
    _ outcome: Outcome, _ keys: String, rows: ClosedRange<Int> = 1...1, status: Int32 = 0, line: UInt = #line
  ) {
    XCTAssertEqual(outcome.status, status, outcome.errors, line: line)
    XCTAssertTrue(rows.contains(outcome.lines.count), "\(outcome.lines.count) lines", line: line)
    for row in outcome.lines {
      let missing = keys.split(separator: " ").map(String.init).filter { row.object?[$0] == nil }
      XCTAssertEqual(missing, [], "of \(outcome.output.prefix(300))", line: line)
    }
    XCTAssertFalse(outcome.output.contains("\u{1B}"), "no colour", line: line)
  }

  /// That every element of a member has these members.
  private func check(each values: Value?, _ keys: String, line: UInt = #line) {
    let rows = values?.array ?? []
    XCTAssertFalse(rows.isEmpty, "empty", line: line)
    for row in rows {
      let missing = keys.split(separator: " ").map(String.init).filter { row.object?[$0] == nil }
      XCTAssertEqual(missing, [], "of \(row)", line: line)
    }
  }

  func testTheDevicesCommandsAnswerWhatTheContractNames() throws {
    let county = try County(self)
    let code = try county.administer("device", "add", "--station", "s-610830100", "--name", "电脑").first?["code"]
    let device = Device(county, home: county.folder + "/d", station: "s-610830100")
    check(try device.run("enroll", county.url, code?.text ?? "", "--name", "王小兰"), "device station catalog")
    check(try device.run("unlock", "--for", "10m"), "")
    check(try device.run("person", "add", "李志强"), "person name")
    check(try device.run("person", "list"), "person name", rows: 2...2)
    check(try device.run("person", "switch", "李志强"), "person name")
    check(try device.run("config", "server", county.url), "name value")
    let summary = "id name county level lead items detail"
    let own = try device.run("catalog", "list")
    check(own, summary, rows: 25...144)
    let all = try device.run("catalog", "list", "--all")
    check(all, summary, rows: 145...145)
    for matter in all.lines { check(each: matter["items"], "id name authority optional") }
    check(try device.run("catalog", "search", "就业"), summary, rows: 1...145)
    let shown = try device.run("catalog", "show", "qingjian-10")
    check(shown, summary + " fields materials")
    check(each: shown.value["fields"], "id name type required items sensitive example")
    check(each: shown.value["materials"], "id name required source deferrable")
    check(try device.run("guide", "qingjian-10"), "items materials fields workingDays why")
    check(try device.run("workdays", "add", "2026-02-10", "5"), "date")
    check(try device.run("workdays", "between", "2026-02-10", "2026-03-10"), "days")
    check(try device.run("workdays", "is", "2026-02-14"), "workingDay")
    check(try device.run("check", "phone", "13900000001"), "value valid")
    check(try device.run("check", "phone", "1390", "13900000001"), "value valid", rows: 2...2, status: 1)
    check(try device.run("check", "phone", "-", input: Array("1\n2\n\n".utf8)), "value valid code", rows: 2...3)
    check(try device.run("doctor"), "")
    check(try device.run("--version"), "version")
    check(try device.run("help"), "name", rows: 20...60)
    check(try device.run("lock"), "")
  }

  func testAnApplicationsCommandsAnswerWhatTheContractNames() throws {
    let county = try County(self)
    let (device, other) = (try county.device("a"), try county.device("b", person: "李志强", station: 1))
    var document = Documents.complete(try device.matter("qingjian-10"), submit: false)
    var fields = document["fields"]?.object ?? [:]
    fields["w.phone"] = nil
    document["fields"] = .object(fields)
    let made = try device.run("new", "--from", "-", input: JSON.bytes(document))
    check(made, "id code missing")
    XCTAssertEqual(made.value["missing"]?.array?.contains("w.phone"), true)
    let id = made.value["id"]?.text ?? ""
    check(try device.run("edit", id, "w.phone=13900000072"), "id")
    check(try device.run("note", id, "-", input: Array("周二上门\n".utf8)), "id")
    let materials = try device.matter("qingjian-10")["materials"]?.array ?? []
    let material = materials.first?["id"]?.text ?? ""
    let file = try county.write([UInt8](repeating: 7, count: 100_000), to: "a.jpg")
    check(try device.run("attach", id, material, file), "digest bytes")
    check(try device.run("attach", id, material, "--paper", "originals=1,copies=2"), "")
    check(try device.run("transfer"), "id", rows: 1...20)
    check(try device.run("consent", id), "id code given at")
    check(try device.run("share", id, "--with", other.station), "id")
    let sums = "pushed pulled refused conflicts attachmentBytes requests bytesSent bytesReceived upToDate"
    check(try device.run("sync"), sums)
    check(try other.run("sync"), sums)
    try device.ask("edit", id, "w.phone=13900000073")
    try other.ask("edit", id, "w.phone=13900000074")
    try device.sync()
    check(try other.run("sync"), sums, status: 3)
    let conflicts = try other.run("conflicts")
    check(conflicts, "id field kind candidates token")
    check(each: conflicts.value["candidates"], "n value by at")
    check(try other.run("todo"), "kind id due text", rows: 1...20)
    let token = conflicts.value["token"]?.text ?? ""
    check(try other.run("resolve", id, "w.phone", "--take", "1", "--of", token), "id field")
    try other.sync()
    try device.sync()
    check(try device.run("submit", id), "id code version receipt")
    try device.sync()
    let shown = try device.run("show", String(id.prefix(8)))
    let keys = "id code matter status version applicant fields materials proceedings conflicts timeline sync"
    check(shown, keys)
    check(each: shown.value["proceedings"], "id item window status version due statutoryDue estimated")
    check(each: shown.value["timeline"], "at kind by text")
    check(try device.run("list", "--status", "submitted", "--limit", "5"), "id code status", rows: 1...5)
    check(try device.run("receipt", id), "")
    check(try device.run("prove"), "applications match differ behind unsent")
    check(try device.run("withdraw", id, "--why", "改日再办"), "id")
    check(try county.attempt("applications"), keys)
    check(try county.attempt("show", id), keys)
  }

  func testTheServersCommandsAnswerWhatTheContractNames() throws {
    let county = try County(self)
    let device = try county.device("a")
    check(try county.attempt("station", "list"), "id name division level windows", rows: 2...99)
    check(try county.attempt("window", "list"), "id name level authorities divisions", rows: 3...99)
    check(try county.attempt("device", "add", "--station", device.station, "--name", "新的"), "code")
    check(try county.attempt("device", "list"), "device name station status", rows: 2...2)
    check(try county.attempt("user", "list"), "name role")
    check(try county.attempt("user", "add", "李华", "--role", "supervisor"), "name role password")
    check(try county.attempt("user", "password", "李华"), "password")
    check(try county.attempt("user", "disable", "李华"), "name")
    check(try county.attempt("catalog", "list"), "id name county items detail", rows: 25...145)
    check(try county.attempt("catalog", "coverage"), "")
    check(try county.attempt("window", "token", "w-610830-rs"), "token")
    _ = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: true))
    try device.sync()
    check(try county.attempt("applications"), "id code matter status version proceedings")
    try checkScreen(county)
    check(try county.attempt("applications", "--since", "100000"), "", rows: 0...0)
    check(try county.attempt("tray", "list"), "kind id application", rows: 0...9)
    let outbox = try county.attempt("outbox", "list")
    check(outbox, "id proceeding window status attempts", rows: 1...9)
    for row in outbox.lines {
      XCTAssertTrue(["queued", "delivered", "unknown", "dead"].contains(row["status"]), "\(row)")
    }
    check(try county.attempt("outbox", "list", "--dead"), "", rows: 0...0)
    check(try county.attempt("outbox", "redeliver", outbox.value["id"]?.text ?? ""), "id")
    _ = try device.capture(Documents.complete(try device.matter("qingjian-04"), submit: true))
    try device.sync()
    try checkLimit(county)
    check(try county.attempt("backup", county.folder + "/backup"), "")
    check(try county.attempt("verify"), "")
    check(try county.attempt("--version"), "version")
  }

  // MARK: Errors

  func testErrorsAreOneObjectOnStandardErrorWithTheirStatus() throws {
    let county = try County(self)
    let device = try county.device("a")
    let made = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: false))
    let id = made["id"]?.text ?? ""
    func check(_ outcome: Outcome, _ status: Int32, _ code: String? = nil, line: UInt = #line) {
      XCTAssertEqual(outcome.status, status, outcome.errors, line: line)
      XCTAssertEqual(outcome.output, "", line: line)
      for key in ["code", "message", "remedy"] {
        XCTAssertFalse((outcome.problem[key]?.text ?? "").isEmpty, "\(key): \(outcome.errors)", line: line)
      }
      if let code { XCTAssertEqual(outcome.code, code, line: line) }
      let lines = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("{") }
      XCTAssertEqual(lines.count, 1, outcome.errors, line: line)
    }
    check(try device.run("edit", id, "w.idNo=610830199204179856"), 1, "field.id-number.checksum")
    check(try device.run("show", "zzzz"), 1, "application.not-found")
    check(try device.run("workdays", "add", "2031-01-01", "3"), 1, "calendar.missing")
    let stranger = Device(county, home: county.folder + "/nobody", station: "")
    check(try stranger.run("list"), 1, "device.not-enrolled")
    check(try stranger.run("enroll", county.url, "wrong-code"), 1)
    check(try device.run("shwo", id), 2)
    check(try device.run("show"), 2)
    check(try device.run("list", "--limit", "many"), 2)
    check(try device.run("import", "x.csv", "--matter", "qingjian-10"), 2, "command.not-built")
    check(try county.attempt("statoin", "list"), 2)
    check(try county.attempt("show", "zzzz"), 1)
    check(try county.attempt("device", "add", "--station", "none", "--name", "x"), 1)
    let wrong = try county.write("falsch und lang\n", to: "wrong")
    try device.ask("lock")
    check(try device.run("--passphrase-file", wrong, "list"), 1, "store.passphrase")
    county.stop()
    check(try device.run("sync"), 4)
    check(try device.run("prove"), 4)
    try Data("not a database, but long enough to be looked at".utf8).write(to: URL(filePath: device.home + "/store.db"))
    check(try device.run("list"), 5)
  }

  /// On the administrator's screen codes are whole, and everything else is in plain words.
  private func checkScreen(_ county: County) throws {
    let rows = try county.attempt("applications").lines
    let screen = try county.spawn(.server, ["--home", county.home, "applications"]).finish().output
    for row in rows { XCTAssertTrue(screen.contains((row["code"]?.text ?? "?") + " "), screen) }
    XCTAssertFalse(screen.contains("+08:00") || screen.contains("submitted") || screen.contains("inProgress"), screen)
    let outbox = try county.attempt("outbox", "list").value
    let sent = try county.spawn(.server, ["--home", county.home, "outbox", "list"]).finish().output
    XCTAssertTrue(sent.contains((outbox["id"]?.text ?? "?") + " "), sent)
    XCTAssertFalse(sent.contains(outbox["status"]?.text ?? "?"), sent)
  }

  /// A list that was cut says so, on the screen and to programs.
  private func checkLimit(_ county: County) throws {
    let all = try county.attempt("outbox", "list").lines
    XCTAssertGreaterThan(all.count, 1)
    let some = try county.attempt("outbox", "list", "--limit", "1").lines
    XCTAssertEqual(some, [all.first, ["more": true]])
    let screen = try county.spawn(.server, ["--home", county.home, "outbox", "list", "--limit", "1"]).finish().output
    XCTAssertTrue(screen.contains("没有列完"), screen)
    XCTAssertEqual(try county.attempt("outbox", "list", "--limit", String(all.count)).lines, all)
  }

  func testTheTourOfTheReadmeSubmits() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let block = try XCTUnwrap(
      text.components(separatedBy: "```json\n").dropFirst().first { $0.contains("\"w.form\"") }?
        .components(separatedBy: "```").first)
    let device = try County(self).device("a")
    let id = try XCTUnwrap(try device.run(["new", "--from", "-"], input: Array(block.utf8)).value["id"]?.text)
    XCTAssertEqual(try device.run("attach", id, "m04", "--paper", "originals=1,copies=0").status, 0)
    XCTAssertEqual(try device.run("edit", id, "w.income=4200").status, 0)
    let submitted = try device.run("submit", id)
    XCTAssertEqual(submitted.status, 0, submitted.errors)
  }
}
