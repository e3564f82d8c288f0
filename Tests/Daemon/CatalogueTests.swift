import Catalog
import FoundationEssentials
import Foundations
import Journal
import SQLite
import XCTest

@testable import Daemon

final class CatalogueTests: XCTestCase {
  private func builtIn() throws -> String { try BuiltInFolder.find { _ in nil } }

  private func matter(_ id: String, version: Int = 1, detail: String = "full", extra: String = "") -> String {
    """
    {
      "id": "\(id)",
      "name": "试办一件事",
      "source": {"jurisdiction": "盱眙县", "level": "county", "division": "320830", "title": "清单", "number": 1},
      "detail": "\(detail)",
      "version": \(version),
      "subjects": ["person"],
      "lead": [{"authority": "县民政局"}],\(extra)
      "fields": [{"id": "name", "name": "姓名", "type": "text", "required": true, "example": "张三"}]
    }
    """
  }

  func testPublishIsAllOrNothingAndNamesFileLineAndReason() throws {
    let bench = try Bench.initialised()
    let before = bench.run("catalog", "coverage", "--all").value
    _ = try bench.file("dir/a.json", matter("xuyi-90"))
    _ = try bench.file("dir/sub/b.json", matter("xuyi-91", extra: "\n  \"colour\": 1,"))
    _ = try bench.file("dir/c.json", "{")
    for command in ["validate", "publish"] {
      let outcome = bench.run("catalog", command, bench.folder + "/dir")
      XCTAssertEqual(outcome.status, .refused)
      let all = [outcome.problem] + (outcome.problem["others"]?.array ?? [])
      XCTAssertEqual(all.compactMap { $0["code"]?.text }.sorted(), ["catalog.key-unknown", "catalog.syntax"])
      let texts = all.compactMap { $0["message"]?.text }.joined(separator: "\n")
      XCTAssertTrue(texts.contains("sub/b.json 第 9 行"), texts)
      XCTAssertTrue(texts.contains("c.json 第 1 行"), texts)
    }
    XCTAssertEqual(bench.run("catalog", "coverage", "--all").value, before)
  }

  func testPublishReplacesTheSetAndSaysWhatChanged() throws {
    let bench = try Bench.initialised()
    _ = try bench.file("dir/a.json", matter("xuyi-90"))
    _ = try bench.file("dir/b.json", matter("xuyi-91", detail: "example"))
    let first = bench.run("catalog", "publish", bench.folder + "/dir")
    XCTAssertEqual(first.status, .done, first.error)
    XCTAssertEqual(first.value["matters"], 1)
    XCTAssertEqual(first.value["examplesLeftOut"], 1)
    XCTAssertEqual(first.value["added"], ["xuyi-90"])
    XCTAssertEqual(first.value["removed"]?.array?.count, 145)
    let second = bench.run("catalog", "publish", bench.folder + "/dir", "--allow-examples")
    XCTAssertEqual(second.value["added"], ["xuyi-91"])
    XCTAssertNotEqual(second.value["catalog"], first.value["catalog"])
    _ = try bench.file("dir/a.json", matter("xuyi-90", version: 2))
    let third = bench.run("catalog", "publish", bench.folder + "/dir", "--allow-examples")
    XCTAssertEqual(third.value["changed"], ["xuyi-90"])
    let listed = bench.run("catalog", "list").values
    XCTAssertEqual(listed.map { $0["id"] }, ["xuyi-90", "xuyi-91"])
    for key in ["id", "name", "county", "level", "lead", "items", "detail"] { XCTAssertNotNil(listed.first?[key], key) }
  }

  func testVersionIsThatOfTheFilesNotOfTheirNames() throws {
    let bench = Bench()
    _ = try bench.file("one/a.json", matter("xuyi-90"))
    _ = try bench.file("two/matters/other.json", matter("xuyi-90"))
    _ = try bench.file("two/calendar.json", "{}")
    let versions = ["one", "two"].map { bench.run("catalog", "validate", bench.folder + "/" + $0).value["catalog"] }
    XCTAssertEqual(versions[0], versions[1])
    XCTAssertEqual(versions[0]?.text?.count, 16)
  }

  func testFoldersThatAreNoCatalogueAreRefused() throws {
    let bench = try Bench.initialised()
    try FileManager.default.createDirectory(atPath: bench.folder + "/empty", withIntermediateDirectories: true)
    XCTAssertEqual(bench.run("catalog", "publish", bench.folder + "/empty").code, "catalog.folder-empty")
    XCTAssertEqual(bench.run("catalog", "publish", bench.folder + "/none").code, "input.unreadable")
    _ = try bench.file("examples/a.json", matter("xuyi-90", detail: "example"))
    XCTAssertEqual(bench.run("catalog", "publish", bench.folder + "/examples").code, "catalog.only-examples")
    XCTAssertEqual(bench.run("catalog", "publish", bench.folder + "/none").status, .refused)
  }

  private func year(_ year: Int, off: [String], work: [String] = ["01-04"]) -> String {
    func list(_ days: [String]) -> String { days.map { "\"\($0)\"" }.joined(separator: ",") }
    return #"{"years":{"\#(year)":{"offWeekdays":[\#(list(off))],"workWeekends":[\#(list(work))]}}}"#
  }

  /// Thirteen holidays, as a notice would have them.
  private static let off2031 = [
    "01-01", "01-22", "01-23", "01-24", "01-27", "01-28", "05-01", "05-02", "10-01", "10-02", "10-03", "10-06", "10-07",
  ]

  func testCalendarImportReplacesAYearAndKeepsTheOthers() throws {
    let bench = try Bench.initialised()
    let held = try bench.journal().read { reader throws(Problem) in try reader.document("data", "calendar") }
    let years = try XCTUnwrap(held?["years"]?.object?.keys.sorted())
    let file = try bench.file("2031.json", year(2031, off: Self.off2031))
    let outcome = bench.run("calendar", "import", file)
    XCTAssertEqual(outcome.status, .done, outcome.error)
    XCTAssertEqual(outcome.value["years"], [2031])
    let merged = try bench.journal().read { reader throws(Problem) in try reader.document("data", "calendar") }
    XCTAssertEqual(merged?["years"]?.object?.keys.sorted(), (years + ["2031"]).sorted())
  }

  func testCalendarWithoutItsHolidaysIsRefusedAndNamesTheDays() throws {
    let bench = try Bench.initialised()
    func held() throws -> Value? {
      try bench.journal().read { reader throws(Problem) in try reader.document("data", "calendar") }
    }
    let before = try held()
    func refused(_ text: String) throws -> String {
      let outcome = bench.run("calendar", "import", try bench.file("calendar.json", text))
      XCTAssertEqual(outcome.code, "calendar.implausible", outcome.output)
      return outcome.problem["message"]?.text ?? ""
    }
    let empty = try refused(year(2026, off: [], work: []))
    XCTAssertTrue(empty.contains("2026 年") && empty.contains("2026-10-01") && empty.contains("261 天"), empty)
    let partial = try refused(year(2031, off: Array(Self.off2031.dropFirst())))
    XCTAssertTrue(partial.contains("2031-01-01") && !partial.contains("2031-10-01"), partial)
    XCTAssertFalse(partial.contains("250 天"), "that many can be: \(partial)")
    let many = try refused(year(2031, off: Self.off2031 + ["03-03", "03-04", "03-05"]))
    XCTAssertTrue(many.contains("246 天"), many)
    let spring = try refused(year(2027, off: ["01-01", "02-05", "04-05"], work: []))
    XCTAssertTrue(spring.contains("2027-02-08") && !spring.contains("2027-02-06"), spring)
    XCTAssertEqual(try held(), before)
  }

  func testCalendarImportSaysWhichDaysChanged() throws {
    let bench = try Bench.initialised()
    XCTAssertEqual(
      bench.run("calendar", "import", try bench.file("a.json", year(2031, off: Self.off2031))).value["changed"], [])
    let corrected = Self.off2031.filter { $0 != "10-07" } + ["06-24"]
    let file = try bench.file("b.json", year(2031, off: corrected, work: []))
    let outcome = bench.run("calendar", "import", file)
    XCTAssertEqual(
      outcome.value["changed"],
      [
        ["date": "2031-01-04", "works": false], ["date": "2031-06-24", "works": false],
        ["date": "2031-10-07", "works": true],
      ])
    _ = bench.run("calendar", "import", try bench.file("a.json", year(2031, off: Self.off2031)))
    let shown = bench.run(["calendar", "import", file]).output
    XCTAssertTrue(shown.contains("2031-10-07 上班") && shown.contains("2031-06-24 休息"), shown)
  }

  func testCalendarWithFaultsChangesNothing() throws {
    let bench = try Bench.initialised()
    func held() throws -> Value? {
      try bench.journal().read { reader throws(Problem) in try reader.document("data", "calendar") }
    }
    let before = try held()
    // 2031-01-04 is a Saturday, 2031-01-01 a Wednesday.
    let faults = [
      #"{"years":{"2031":{"offWeekdays":["01-04"],"workWeekends":["01-01"]}}}"#, #"{"years":{"31":{}}}"#, "[]", "{}",
      "no",
    ]
    for (index, text) in faults.enumerated() {
      let outcome = bench.run("calendar", "import", try bench.file("\(index).json", text))
      XCTAssertEqual(outcome.status, .refused, text)
      XCTAssertTrue(["calendar.invalid", "document.malformed"].contains(outcome.code), text)
    }
    XCTAssertEqual(try held(), before)
  }

  func testVillagesComeFromATable() throws {
    let bench = try Bench.initialised()
    let table = "\u{FEFF}code12,name,type,parent9\r\n320830101201,旧街村,220,320830101\r\n\"320830101202\",\"东,村\",,\r\n"
    let outcome = bench.run("division", "import", try bench.file("v.csv", table))
    XCTAssertEqual(outcome.status, .done, outcome.error)
    XCTAssertEqual(outcome.value["villages"], 2)
    XCTAssertEqual(
      bench.run("station", "add", "--name", "东村站", "--division", "320830101202").value["division"], "320830101202")
    // Towns that are imported again leave the villages alone.
    let again = bench.run("division", "import", try builtIn() + "/divisions.json")
    XCTAssertEqual(again.status, .done, again.error)
    let facts = try bench.journal().read { reader throws(Problem) in try CountyFacts(reader) }
    XCTAssertEqual(facts.divisions.name(of: "320830101201"), "旧街村")
    let bad = "320830101203,西村\n320830999201,无镇村\n123,短\n"
    let refused = bench.run("division", "import", try bench.file("bad.csv", bad))
    XCTAssertEqual(refused.code, "division.invalid")
    XCTAssertTrue(refused.problem["message"]?.text?.contains("第 2 行") == true)
    XCTAssertEqual(refused.problem["others"]?.array?.count, 1)
    let unchanged = try bench.journal().read { reader throws(Problem) in try CountyFacts(reader) }
    XCTAssertNil(unchanged.divisions.name(of: "320830101203"))
  }

  func testTablesInOtherEncodingsAndWithLooseQuotesAreRefused() throws {
    let bench = try Bench.initialised()
    let gbk: [UInt8] = [0x33, 0x2C, 0xBE, 0xC9, 0xBD, 0xD6, 0x0A]
    XCTAssertEqual(bench.run("division", "import", try bench.file("gbk.csv", bytes: gbk)).code, "table.encoding")
    let quotes = bench.run("station", "import", try bench.file("q.csv", "name,division\n\"甲,320830101\n"))
    XCTAssertEqual(quotes.code, "table.quotes")
    XCTAssertTrue(quotes.problem["message"]?.text?.contains("第 2 行") == true)
    XCTAssertEqual(bench.run("station", "import", try bench.file("e.csv", "")).code, "table.empty")
    XCTAssertEqual(bench.run("station", "import", try bench.file("c.csv", "name,town\n甲,乙\n")).code, "table.columns")
  }

  func testTablesAreReadAsTheStandardWritesThem() throws {
    let rows = try CSV.read(Array("a,b\r\n\"x\r\ny\",\"\"\"q\"\"\"\n\n,\nlast".utf8))
    XCTAssertEqual(
      rows,
      [
        CSV.Row(line: 1, cells: ["a", "b"]), CSV.Row(line: 2, cells: ["x\r\ny", "\"q\""]),
        CSV.Row(line: 5, cells: ["", ""]), CSV.Row(line: 6, cells: ["last"]),
      ])
    for text in ["\"a", "\"a\"b", "a\n\"b\nc"] { XCTAssertThrowsError(try CSV.read(Array(text.utf8)), text) }
  }

  func testACatalogueThatWasDamagedOnTheDiskIsNamedAndPublishedAnew() throws {
    let bench = try Bench.initialised()
    let connection = try Connection(path: bench.home + "/journal.db", mode: .readWrite)
    try connection.run(
      "UPDATE catalog_files SET bytes = CAST(replace(CAST(bytes AS TEXT), '新生儿', '新生见') AS BLOB)")
    XCTAssertGreaterThan(connection.changes, 0)
    let problems = bench.run("verify")
    XCTAssertNotEqual(problems.status, .done)
    XCTAssertTrue(problems.value["problems"]?.array?.allSatisfy { $0.text?.contains("摘要不符") == true } ?? false)
    let folder = try builtIn()
    XCTAssertEqual(bench.run("catalog", "publish", folder, "--allow-examples").status, .done)
    XCTAssertEqual(bench.run("verify").status, .done)
  }

}
