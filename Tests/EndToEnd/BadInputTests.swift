import Foundation
import Foundations
import XCTest

/// Documents and arguments as nobody should write them: a clear refusal, nothing saved (issue 2, "Bad input").
final class BadInputTests: XCTestCase {
  private func refused(
    _ outcome: Outcome, _ status: Int32, _ codes: String..., line: UInt = #line
  ) {
    XCTAssertEqual(outcome.status, status, outcome.errors, line: line)
    XCTAssertEqual(outcome.output, "", line: line)
    let problems = [outcome.problem] + (outcome.problem["others"]?.array ?? [])
    XCTAssertFalse(outcome.code.isEmpty, outcome.errors, line: line)
    for code in codes {
      XCTAssertTrue(problems.contains { $0["code"]?.text == code }, "\(code): \(outcome.errors)", line: line)
    }
  }

  /// A complete document with one member changed.
  private func changed(_ document: Value, _ key: String, _ value: Value) -> [UInt8] {
    var copy = document
    copy[key] = value
    return JSON.bytes(copy)
  }

  private func fields(_ document: Value, _ changes: Members) -> [UInt8] {
    changed(document, "fields", .object((document["fields"]?.object ?? [:]).merging(changes) { $1 }))
  }

  func testAPipeInAFilesPlaceIsRefusedAtOnce() throws {
    let county = try County(self, isServing: false)
    try FileManager.default.createDirectory(atPath: county.folder + "/catalog", withIntermediateDirectories: true)
    let pipe = county.folder + "/catalog/a.json"
    XCTAssertEqual(unsafe mkfifo(pipe, 0o600), 0)
    for words in [
      ["device", "recover", "d7k2m9q0", pipe], ["catalog", "validate", county.folder + "/catalog"],
      ["station", "import", pipe],
    ] {
      refused(
        try county.spawn(.server, ["--home", county.home, "--json"] + words).finish(seconds: 10), 1, "input.unreadable")
    }
  }

  func testBadDocumentsAreRefusedAndNothingIsSaved() throws {
    let county = try County(self)
    let device = try county.device("a")
    let good = Documents.complete(try device.matter("qingjian-10"), submit: false)
    let text = JSON.text(good)
    func new(_ bytes: [UInt8]) throws -> Outcome { try device.run("new", "--from", "-", input: bytes) }
    refused(try new(Array(text.utf8.dropLast(20))), 1, "document.malformed")
    refused(try new([]), 1)
    refused(try new(Array("[]".utf8)), 1, "document.type")
    refused(try new(Array(text.utf8) + Array(text.utf8)), 1, "document.malformed")
    let huge = "{\"matter\":\"" + String(repeating: "大", count: 1_750_000) + "\"}"
    refused(try new(Array(huge.utf8)), 1, "document.too-large")
    refused(try device.run("new", "--from", try county.write(huge, to: "huge.json")), 1, "document.too-large")
    // 郑海波 as GBK.
    let name: [UInt8] = [0xD6, 0xA3, 0xBA, 0xA3, 0xB2, 0xA8]
    refused(try new(Array("{\"matter\":\"".utf8) + name + Array("\"}".utf8)), 1)
    refused(try new(Array(String(repeating: "[", count: 200_000).utf8)), 1, "document.malformed")
    refused(try new(Array("{\"matter\":\"a\",\"matter\":\"b\"}".utf8)), 1, "document.malformed")
    refused(try new(changed(good, "matter", "没有这件事")), 1, "matter.unknown")
    refused(try new(changed(good, "matter", 7)), 1, "document.type")
    refused(try new(changed(good, "division", "320830100")), 1, "division.other-county")
    refused(try new(changed(good, "fields", [1])), 1, "document.type")
    refused(try new(changed(good, "submit", "yes")), 1, "document.type")
    refused(try new(changed(good, "items", ["i99", "i98"])), 1, "item.unknown")
    refused(try new(changed(good, "materials", ["m99": ["originals": 1]])), 1, "material.unknown")
    refused(try new(changed(good, "materials", ["m01": ["originals": -1]])), 1)
    refused(try new(changed(good, "materials", ["m01": ["/nowhere/at/all.jpg"]])), 1)
    refused(try new(changed(good, "answers", ["q99": "是"])), 1, "guide.question-unknown")
    refused(try new(changed(good, "applicant", ["kind": "robot", "name": "甲"])), 1, "applicant.kind")
    refused(try new(fields(good, ["w.income": "viel"])), 1)
    refused(try new(fields(good, ["w.base": 4500])), 1)
    refused(try new(fields(good, ["w.start": "2999-01-01"])), 1, "field.range")
    refused(try new(fields(good, ["w.name": .text(String(repeating: "长", count: 60))])), 1, "field.too-long")
    refused(try new(fields(good, ["w.status": "99"])), 1, "field.option")
    refused(try new(fields(good, ["w.job": "a\u{0}b"])), 1)
    refused(try device.run("new", "--from", county.folder), 1)
    refused(try device.run("new", "--from", county.folder + "/none.json"), 1)
    XCTAssertEqual(try device.list("list").count, 0, "nothing is saved")
    XCTAssertEqual(try device.run("doctor").value["unsent"], 0)
    XCTAssertEqual(try new(Array(text.utf8)).status, 0, "the good one is")
  }

  func testEachUnknownKeyAndEachWrongValueIsNamed() throws {
    let county = try County(self)
    let device = try county.device("a")
    var document = Documents.complete(try device.matter("qingjian-10"), submit: false)
    document["feilds"] = [:]
    document["zzz"] = 1
    let bytes = fields(document, ["w.nmae": "甲", "w.edu": "99", "w.idNo": "610830199204179856", "other": 1])
    let outcome = try device.run("new", "--from", "-", input: bytes)
    refused(outcome, 1, "document.key-unknown", "field.option", "field.id-number.checksum")
    let problems = [outcome.problem] + (outcome.problem["others"]?.array ?? [])
    for name in ["feilds", "zzz", "w.nmae", "w.edu", "w.idNo", "other"] {
      XCTAssertTrue(problems.contains { $0["field"]?.text?.contains(name) == true }, "\(name): \(outcome.errors)")
    }
    XCTAssertFalse(outcome.errors.contains("610830199204179856"), "contents stay out of errors")
    XCTAssertEqual(try device.list("list").count, 0)
  }

  func testBadArgumentsAreRefused() throws {
    let county = try County(self)
    let device = try county.device("a")
    let made = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: false))
    let id = made["id"]?.text ?? ""
    let long = String(repeating: "长", count: 33_000)
    refused(try device.run("edit", id, "w.job=" + long), 1, "field.too-long")
    refused(try device.run("edit", long, "w.job=a"), 1)
    refused(try device.run("show", long), 1)
    refused(try device.run("note", id, long), 1)
    refused(try device.run(long), 2)
    refused(try device.run("list", "--status", long), 2)
    refused(try device.run("edit", id, "w.job"), 2)
    refused(try device.run("edit", id, "=a"), 2)
    refused(try device.run("edit", id, "w.hukouAddr:={\"a\""), 1)
    refused(try device.run("edit", id, "w.hukouAddr:=" + String(repeating: "[", count: 60_000)), 1)
    refused(try device.run("edit", id, "没有这一项=1"), 1)
    refused(try device.run("attach", id, "m01", county.folder + "/none.jpg"), 1)
    refused(try device.run("attach", id, "m01", county.folder), 1)
    refused(try device.run("attach", id, "m01", "--paper", "originals=1000"), 2)
    refused(try device.run("attach", id, "m01", try county.write([], to: "empty.jpg")), 1)
    refused(try device.run("share", id, "--with", "../../x"), 1)
    refused(try device.run("submit", id, "--defer", "m99"), 1)
    refused(try device.run("config", "server", "ftp://x"), 2, "network.url")
    refused(try device.run("config", "server", "https://name:word@x"), 2, "network.url")
    XCTAssertEqual(try device.run("list", "--text", long).output, "")
    XCTAssertEqual(try device.run("list", "--text", long).status, 0)
    // A byte that is no UTF-8, in a value and in place of a command.
    for words in ["edit \(id) \"w.job=$(printf '\\377\\376')\"", "\"$(printf '\\300\\257')\""] {
      let program = try Program.bangban.path()
      let shell = try county.spawn(
        "/bin/sh", ["-c", "exec \"$0\" --home \"$1\" --json \(words)", program, device.home])
      refused(shell.finish(), 2, "argument.encoding")
    }
    let shown = try device.ask("show", id)
    XCTAssertEqual(shown["fields"]?["w.job"], "外卖配送", "unchanged")
    XCTAssertEqual(shown["notes"], [])
    XCTAssertEqual(try device.run("doctor").status, 0)
  }

  func testBadFilesForTheServerAreRefusedAndChangeNothing() throws {
    let county = try County(self, isServing: false)
    let before = try county.administer("catalog", "coverage")
    let counts = try (county.administer("station", "list").count, county.administer("window", "list").count)
    let gbk = try county.write([0xD6, 0xA3, 0x2C, 0xBA, 0xA3, 0x0A], to: "gbk.csv")
    let random = try county.write((0..<5000).map { _ in UInt8.random(in: 0...255) }, to: "random.json")
    let deep = try county.write(String(repeating: "{\"a\":", count: 100_000), to: "deep.json")
    let rows = try county.write(
      "name,division,level,id\n好站点,610830100000,receive,s-new\n坏站点,320830100000,receive,s-bad\n", to: "rows.csv")
    for file in [gbk, random, deep, rows, county.folder, county.folder + "/none"] {
      for command in [["station", "import"], ["window", "import"], ["calendar", "import"], ["division", "import"]] {
        let running = try county.spawn(.server, ["--home", county.home, "--json"] + command + [file])
        refused(running.finish(), 1)
      }
    }
    try FileManager.default.createDirectory(atPath: county.folder + "/catalog", withIntermediateDirectories: true)
    let shown = try county.write("{\"id\": \"x-1\",\n \"name\": 7}", to: "catalog/x-1.json")
    refused(try county.attempt("catalog", "validate", county.folder + "/catalog"), 1)
    let outcome = try county.attempt("catalog", "publish", county.folder + "/catalog", "--allow-examples")
    refused(outcome, 1)
    XCTAssertTrue(outcome.errors.contains("x-1.json"), "the file is named: \(outcome.errors) \(shown)")
    refused(try county.attempt("init", "--county", "没有县", "--demo"), 1)
    refused(try county.attempt("init", "--county", "清涧县", "--demo"), 1)
    XCTAssertEqual(try county.administer("catalog", "coverage"), before)
    XCTAssertEqual(try county.administer("station", "list").count, counts.0)
    XCTAssertEqual(try county.administer("window", "list").count, counts.1)
    try county.checkVerify()
  }
}
