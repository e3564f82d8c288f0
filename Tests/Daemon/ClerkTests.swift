import FoundationEssentials
import Foundations
import Journal
import XCTest

@testable import Catalog
@testable import Daemon

/// From a clerk's spreadsheets to a matter that the county stands by.
final class ClerkTests: XCTestCase {
  private func sheets(_ bench: Bench, _ change: (String, String) -> String = { $1 }) throws -> [String] {
    try ClerkTemplates.files.prefix(3).map { file in
      try bench.file("sheets/" + file.name, change(file.name, file.text))
    }
  }

  private func importing(_ bench: Bench, _ sheets: [String], _ more: String...) -> Bench.Outcome {
    bench.run(
      ["--json", "catalog", "import", "--matter", "xuyi-90"] + sheets + ["--into", bench.folder + "/dir"] + more)
  }

  private func matter(_ bench: Bench, _ name: String = "xuyi-90.json") throws -> Matter {
    let bytes = Array(try Data(contentsOf: URL(filePath: bench.folder + "/dir/" + name)))
    switch MatterDecoder.decode(CatalogFile(name: name, bytes: bytes)) {
    case .matter(let matter): return matter
    case .refused(let issues): throw try XCTUnwrap(issues.first)
    }
  }

  func testTheTemplatesAreSheetsThatCanBeImported() throws {
    let bench = Bench()
    XCTAssertEqual(bench.run("catalog", "template", bench.folder + "/sheets").status, .done)
    XCTAssertEqual(bench.run("catalog", "template", bench.folder + "/sheets").code, "catalog.template-exists")
    let paths = ["items.csv", "materials.csv", "fields.csv"].map { bench.folder + "/sheets/" + $0 }
    XCTAssertEqual(importing(bench, paths).code, "catalog.import-name")
    let outcome = importing(bench, paths, "--name", "试办一件事")
    XCTAssertEqual(outcome.status, .done, outcome.error)
    XCTAssertEqual(outcome.value["new"], true)
    let made = try matter(bench)
    XCTAssertEqual(made.detail, .example)
    XCTAssertEqual(made.items.map(\.id.text), ["i01", "i02"])
    XCTAssertEqual(made.items[1].prerequisites, [.on([ItemID("i01")], hard: false)])
    XCTAssertEqual(made.items[0].limit?.statutory, 3)
    XCTAssertEqual(made.fields.last?.options.map(\.label), ["金属", "亚克力", "灯箱"])
    XCTAssertEqual(made.fields.last?.example, "1", "the label is stored as its value")
    XCTAssertEqual(made.materials[0].shared, "id-card")
    XCTAssertEqual(bench.run("catalog", "validate", bench.folder + "/dir").status, .done)
  }

  func testWhatTheSheetsDoNotSayStaysAndTheVersionRisesOnlyWithAChange() throws {
    let bench = Bench()
    let paths = try sheets(bench)
    XCTAssertEqual(importing(bench, paths, "--name", "试办一件事").status, .done)
    XCTAssertEqual(importing(bench, paths).value["version"], 1, "nothing changed")
    var held = try matter(bench)
    held.conditions = ["手写的条件"]
    held.items[0].typeCode = "07"
    held.guidance = []
    held.items[1].prerequisites = [
      Prerequisite(
        anyOf: [ItemID("i01")], hard: true, otherwise: Detour(materials: [held.materials[0].id], text: "交原来的证"))
    ]
    _ = try bench.file("dir/xuyi-90.json", MatterEncoder.text(held))
    let changed = try sheets(bench) { name, text in
      name == "items.csv"
        ? text.replacing("门头牌匾设置", with: "牌匾设置").replacing("i01?", with: "i01").replacing("i01？", with: "i01") : text
    }
    let outcome = importing(bench, changed)
    XCTAssertEqual(outcome.value["version"], 2, outcome.error)
    XCTAssertEqual(outcome.value["new"], false)
    let made = try matter(bench)
    XCTAssertEqual(made.conditions, ["手写的条件"])
    XCTAssertEqual(made.items[1].name, "牌匾设置")
    XCTAssertEqual(made.items[1].prerequisites, held.items[1].prerequisites, "another way has no column and stays")
  }

  /// What sheets put right may break a rule that came after it; what they leave wrong is refused.
  func testAMatterFromBeforeARuleIsPutRightBySheets() throws {
    let bench = Bench()
    let paths = try sheets(bench)
    XCTAssertEqual(importing(bench, paths, "--name", "试办一件事").status, .done)
    var held = try matter(bench)
    held.items[1].limit?.statutory = 1500
    held.conditions = ["手写的条件"]
    _ = try bench.file("dir/xuyi-90.json", MatterEncoder.text(held))
    let outcome = importing(bench, paths)
    XCTAssertEqual(outcome.status, .done, outcome.error)
    XCTAssertEqual(outcome.value["version"], 2)
    XCTAssertEqual(try matter(bench).items[1].limit?.statutory, 20)
    XCTAssertEqual(try matter(bench).conditions, ["手写的条件"])
    held.version = 2_000_000
    _ = try bench.file("dir/xuyi-90.json", MatterEncoder.text(held))
    XCTAssertEqual(importing(bench, paths).code, "catalog.bounds", "no sheet speaks of the version")
  }

  /// The county's own matter must not give way to a new one because something beside it cannot be read.
  func testAFolderThatCannotBeReadIsNotTakenForAnEmptyOne() throws {
    let bench = Bench()
    let folder = bench.folder + "/dir"
    let paths = try sheets(bench)
    XCTAssertEqual(importing(bench, paths, "--name", "试办一件事").status, .done)
    var held = try matter(bench)
    held.conditions = ["手写的条件"]
    _ = try bench.file("dir/xuyi-90.json", MatterEncoder.text(held))
    func refused(_ code: String, line: UInt = #line) throws {
      let outcome = importing(bench, paths, "--name", "另一个名字")
      XCTAssertEqual(outcome.code, code, outcome.error, line: line)
      XCTAssertEqual(try matter(bench).conditions, ["手写的条件"], line: line)
    }
    let link = folder + "/backup.json"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/nowhere/at/all")
    try refused("input.unreadable")
    try FileManager.default.removeItem(atPath: link)
    _ = try bench.file("dir/a/b/c/d/e/f/g/h/deep.json", "{}")
    try refused("catalog.folder-large")
    try FileManager.default.removeItem(atPath: folder + "/a")
    // A comma too few: it may be the very matter.
    _ = try bench.file("dir/broken.json", MatterEncoder.text(held).replacing(",", with: " "))
    try refused("document.malformed")
    try FileManager.default.removeItem(atPath: folder + "/broken.json")
    XCTAssertEqual(importing(bench, paths, "--name", "另一个名字").value["new"], false, "nothing is in the way any more")

    // Another matter under the name that ours would get.
    let other = try bench.file("dir/xuyi-90.json", MatterEncoder.text(held).replacing("xuyi-90", with: "xuyi-91"))
    let bytes = try Data(contentsOf: URL(filePath: other))
    XCTAssertEqual(importing(bench, paths, "--name", "试办一件事").code, "catalog.import-occupied")
    XCTAssertEqual(try Data(contentsOf: URL(filePath: other)), bytes)
    try FileManager.default.removeItem(atPath: other)
    XCTAssertEqual(importing(bench, paths, "--name", "试办一件事").value["new"], true, "an empty folder is empty")
  }

  func testSheetsOfExcelInEveryEncodingAndWithItsQuirks() throws {
    let bench = Bench()
    let plain = try sheets(bench)
    XCTAssertEqual(importing(bench, plain, "--name", "试办一件事").status, .done)
    let wanted = try matter(bench)
    func again(_ encode: (String) -> [UInt8]) throws -> Matter {
      let paths = try ClerkTemplates.files.prefix(3).map { file in
        try bench.file("again/" + file.name, bytes: encode(String(file.text.dropFirst())))
      }
      let outcome = importing(bench, paths)
      XCTAssertEqual(outcome.status, .done, outcome.error)
      return try matter(bench)
    }
    XCTAssertEqual(try again { Array($0.utf8) }, wanted, "UTF-8 without a mark")
    XCTAssertEqual(try again { [0xFF, 0xFE] + $0.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }, wanted)
    let quirks: (String) -> String = { text in
      let lines = text.split(separator: "\r\n").map { $0 + ",,\u{3000}" }
      return "sep=,\r\n" + lines.joined(separator: "\r\n") + "\r\n,,,\r\n"
    }
    XCTAssertEqual(try again { Array(quirks($0).utf8) }, wanted, "a sep line, empty cells and rows")
    let tabs: (String) -> String = { text in text.split(separator: ",").joined(separator: "\t") }
    let bytes = try TableText.utf8(Array(tabs("a,b\nc,d\n").utf8))
    XCTAssertEqual(String(decoding: bytes, as: UTF8.self), "a,b\nc,d\n")
  }

  func testGBKIsRead() throws {
    // 事项编号,事项名称
    let head: [UInt8] = [
      0xCA, 0xC2, 0xCF, 0xEE, 0xB1, 0xE0, 0xBA, 0xC5, 0x2C, 0xCA, 0xC2, 0xCF, 0xEE, 0xC3, 0xFB, 0xB3, 0xC6,
    ]
    XCTAssertEqual(String(decoding: try TableText.utf8(head), as: UTF8.self), "事项编号,事项名称")
    for broken: [UInt8] in [[0xCA], [0x80, 0xFF, 0xFF], [0x61, 0x00]] {
      XCTAssertThrowsError(try TableText.utf8(broken)) { XCTAssertEqual(($0 as? Problem)?.code, "table.encoding") }
    }
  }

  /// Everything wrong is named by sheet, line and column, all at once, and nothing is written.
  func testFaultsAreNamedByLineAndColumn() throws {
    let bench = Bench()
    func faults(_ file: String, _ piece: String, _ replacement: String, line: UInt = #line) throws -> [String] {
      let paths = try sheets(bench) { name, text in
        guard name == file else { return text }
        XCTAssertTrue(text.contains(piece), "the piece is not in the sheet", line: line)
        return text.replacing(piece, with: replacement)
      }
      let outcome = importing(bench, paths, "--name", "试办一件事")
      XCTAssertEqual(outcome.status, .refused, outcome.output, line: line)
      XCTAssertFalse(FileManager.default.fileExists(atPath: bench.folder + "/dir/xuyi-90.json"), line: line)
      return ([outcome.problem] + (outcome.problem["others"]?.array ?? [])).compactMap { $0["message"]?.text }
    }
    let choice = try faults("items.csv", "必办", "必须办")
    XCTAssertTrue(choice[0].contains("items.csv 第 3 行“办理方式”列") && choice[0].contains("必办、选办、看情形"), choice[0])
    let number = try faults("items.csv", ",20,3,", ",二十,3,")
    XCTAssertTrue(number[0].contains("第 3 行“法定时限”列"), number[0])
    let promise = try faults("items.csv", ",20,3,", ",20,30,")
    XCTAssertTrue(promise[0].contains("第 3 行“承诺时限”列"), promise[0])
    let reference = try faults("materials.csv", "自备,i02", "自备,i09")
    XCTAssertTrue(reference[0].contains("materials.csv 第 3 行“用于事项”列"), reference[0])
    let mangled = try faults("fields.csv", "610830198103159893", "6.10830E+17")
    XCTAssertTrue(mangled[0].contains("fields.csv 第 3 行“示例”列") && mangled[0].contains("文本"), mangled[0])
    let digit = try faults("fields.csv", "610830198103159893", "610830198103159894")
    XCTAssertTrue(digit[0].contains("第 3 行“示例”列"), digit[0])
    XCTAssertTrue(try faults("fields.csv", "表单项名称", "项目名")[0].contains("fields.csv"))
    XCTAssertTrue(try faults("items.csv", "i02,", ",")[0].contains("“事项编号”列：不能空着"))
    let both = try faults("items.csv", "必办", "必须办,多,多,多")
    XCTAssertFalse(both.isEmpty)
  }

  func testConfirmingIsRefusedWhileAnythingStandsOpenAndIsAudited() throws {
    let bench = try Bench.initialised()
    var matter = try builtIn("qingjian-24")
    _ = try bench.file("dir/a.json", MatterEncoder.text(matter))
    func confirm(_ more: String...) -> Bench.Outcome {
      bench.run(
        [
          "--json", "catalog", "confirm", "qingjian-24", "--by", "高凤琴", "--basis", "清审办〔2026〕1号", "--in",
          bench.folder + "/dir",
        ]
          + more)
    }
    XCTAssertEqual(confirm().code, "catalog.confirm-drafts")
    matter.conditions = []
    _ = try bench.file("dir/a.json", MatterEncoder.text(matter))
    let warned = confirm("--accept-drafts")
    XCTAssertEqual(warned.code, "catalog.confirm-warnings")
    XCTAssertEqual(warned.problem["others"]?.array?.first?["code"], "catalog.lint.no-conditions")
    matter.conditions = ["有营业执照"]
    _ = try bench.file("dir/a.json", MatterEncoder.text(matter))
    let done = confirm("--accept-drafts")
    XCTAssertEqual(done.status, .done, done.error)
    XCTAssertEqual(done.value["version"], Value(matter.version + 1))
    let confirmed = try self.matter(bench, "a.json")
    XCTAssertEqual(confirmed.detail, .full)
    XCTAssertEqual(DraftMarks.places(in: confirmed), [])
    XCTAssertEqual(confirmed.items[0].basis, "清审办〔2026〕1号", "a ground that was nothing but a mark")
    XCTAssertEqual(confirmed.items[1].basis, matter.items[1].basis, "a ground that was one stays")
    XCTAssertEqual(confirm().code, "catalog.confirm-state", "twice is once")
    let published = bench.run("catalog", "publish", bench.folder + "/dir")
    XCTAssertEqual(published.value["matters"], 1, "no flag is needed for what is confirmed")
    let held = try bench.journal().read { reader throws(Problem) in
      try reader.document("confirmation", "qingjian-24@\(confirmed.version)")
    }
    XCTAssertEqual(held?["by"], "高凤琴")
    XCTAssertEqual(bench.run("verify").status, .done, "the audit chain holds")
  }

  func testConfirmingThePublishedOnePublishesIt() throws {
    let bench = try Bench.initialised()
    _ = try bench.file("dir/a.json", MatterEncoder.text(try builtIn("qingjian-24")))
    _ = try bench.file("dir/b.json", MatterEncoder.text(try builtIn("qingjian-17")))
    let before = bench.run("catalog", "publish", bench.folder + "/dir", "--allow-examples").value["catalog"]
    let outcome = bench.run(
      "catalog", "confirm", "qingjian-24", "--by", "高凤琴", "--basis", "文件", "--accept-drafts")
    XCTAssertEqual(outcome.status, .done, outcome.error)
    let listed = bench.run("catalog", "list", "--all").values
    XCTAssertEqual(listed.map { $0["detail"] }, ["example", "full"])
    XCTAssertNotEqual(bench.run("catalog", "coverage", "--all").value["catalog"], before)
    XCTAssertEqual(bench.run("catalog", "coverage", "--all").value["full"], 1)
    XCTAssertEqual(
      bench.run("catalog", "confirm", "none-1", "--by", "甲", "--basis", "乙").code, "catalog.confirm-unknown")
  }

  func testStrictMakesErrorsOfWarnings() throws {
    let bench = Bench()
    _ = try bench.file("dir/a.json", MatterEncoder.text(try builtIn("ganyu-01")))
    let plain = bench.run("catalog", "validate", bench.folder + "/dir")
    XCTAssertEqual(plain.status, .done)
    XCTAssertEqual(plain.value["warnings"]?.array?.first?["code"], "catalog.lint.outline")
    let strict = bench.run("catalog", "validate", bench.folder + "/dir", "--strict")
    XCTAssertEqual(strict.status, .refused)
    XCTAssertEqual(strict.code, "catalog.lint.outline")
  }

  func testTheRegisterIsPublishedWithTheCatalogueAndCheckedStrictly() throws {
    let bench = try Bench.initialised()
    func held() throws -> Value? {
      try bench.journal().read { reader throws(Problem) in try reader.document("data", "sharing") }
    }
    let before = try XCTUnwrap(try held(), "init publishes the built-in one")
    _ = try bench.file("dir/matters/a.json", MatterEncoder.text(try builtIn("qingjian-24")))
    XCTAssertEqual(bench.run("catalog", "publish", bench.folder + "/dir", "--allow-examples").status, .done)
    XCTAssertEqual(try held(), before, "a folder without one changes nothing")
    _ = try bench.file("dir/sharing.json", #"{"entries": [{"id": "x"}]}"#)
    let refused = bench.run("catalog", "publish", bench.folder + "/dir", "--allow-examples")
    XCTAssertEqual(refused.code, "catalog.key-missing")
    XCTAssertTrue(refused.problem["message"]?.text?.contains("sharing.json 第 1 行") == true)
    XCTAssertEqual(try held(), before)
    _ = try bench.file("dir/sharing.json", #"{"entries": []}"#)
    XCTAssertEqual(bench.run("catalog", "publish", bench.folder + "/dir", "--allow-examples").status, .done)
    XCTAssertEqual(try held(), ["entries": []])
    let warned = bench.run("catalog", "validate", bench.folder + "/dir").value["warnings"]?.array ?? []
    XCTAssertTrue(warned.contains { $0["code"] == "catalog.lint.shared-unknown" })
  }

  func testCoverageTellsHowFarTheTargetsAre() throws {
    let bench = try Bench.initialised()
    let own = bench.run("catalog", "coverage").value["targets"]?.array ?? []
    XCTAssertEqual(Set(own.compactMap { $0["county"]?.text }), ["盱眙县"])
    let kinds = own.first { $0["line"] == "R006" }
    XCTAssertEqual(kinds?["target"], 75)
    XCTAssertEqual(kinds?["reached"], 80)
    XCTAssertEqual(kinds?["met"], true)
    XCTAssertEqual(own.first { $0["line"] == "R012" }?["met"], false)
    let all = bench.run("catalog", "coverage", "--all").value["targets"]?.array ?? []
    XCTAssertEqual(Set(all.compactMap { $0["county"]?.text }).count, 5)
  }

  private func builtIn(_ id: String) throws -> Matter {
    let files = try CatalogFolder.files(in: try BuiltInFolder.find { _ in nil })
    let file = try XCTUnwrap(files.first { $0.name.hasSuffix("-\(id).json") })
    guard case .matter(let matter) = MatterDecoder.decode(file) else { throw Problem(.unexpected) }
    return matter
  }
}
