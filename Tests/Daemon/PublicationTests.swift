import Catalog
import Cryptography
import FoundationEssentials
import Foundations
import Journal
import XCTest

@testable import Daemon

/// What keeps a catalogue from being published: a laptop holds drafts on the forms that were out before.
final class PublicationTests: XCTestCase {
  private func matter(
    _ id: String = "xuyi-90", version: String = "1", more: String = "", limit: String = "\"statutory\": 20",
    fields: String = "", detail: String = "full"
  ) -> String {
    """
    {
      "id": "\(id)",
      "name": "试办一件事",
      "source": {"jurisdiction": "盱眙县", "level": "county", "division": "320830", "title": "清单", "number": 1},
      "detail": "\(detail)",
      "version": \(version),
      "subjects": ["person"],
      "conditions": ["有户口"],
      "lead": [{"authority": "县民政局"}],\(more)
      "items": [
        {"id": "i01", "name": "甲", "choice": "standard", "level": "county", "limit": {\(limit), "unit": "workingDays"}}
      ],
      "fields": [\(fields)
        {"id": "name", "name": "姓名", "type": "text", "required": true, "example": "张三"}
      ]
    }
    """
  }

  private func publish(_ bench: Bench, _ command: String = "publish") -> Bench.Outcome {
    bench.run("catalog", command, bench.folder + "/dir")
  }

  /// Code and place of every fault.
  private func faults(_ outcome: Bench.Outcome) -> [String] {
    ([outcome.problem] + (outcome.problem["others"]?.array ?? [])).map {
      "\($0["code"]?.text ?? "") \($0["message"]?.text ?? "")"
    }
  }

  // MARK: Versions

  func testAFormThatWasChangedNeedsAHigherVersion() throws {
    let bench = try Bench.initialised()
    _ = try bench.file("dir/a.json", matter())
    _ = try bench.file("dir/b.json", matter("xuyi-91"))
    XCTAssertEqual(publish(bench).status, .done)
    let before = bench.run("catalog", "coverage", "--all").value
    let added = "\n{\"id\": \"job\", \"name\": \"职业\", \"type\": \"text\", \"required\": true, \"example\": \"农民\"},"
    _ = try bench.file("dir/a.json", matter(fields: added))
    _ = try bench.file("dir/b.json", matter("xuyi-91", fields: added))
    let warned = publish(bench, "validate").value["warnings"]?.array ?? []
    XCTAssertEqual(warned.filter { $0["code"] == "catalog.version-used" }.map { $0["file"] }, ["a.json", "b.json"])
    let refused = publish(bench)
    XCTAssertEqual(refused.status, .refused)
    XCTAssertEqual(faults(refused).count, 2)
    for (fault, name) in zip(faults(refused), ["a.json", "b.json"]) {
      XCTAssertTrue(fault.hasPrefix("catalog.version-used"), fault)
      XCTAssertTrue(fault.contains("\(name) 第 6 行 version") && fault.contains("至少要写 2"), fault)
    }
    XCTAssertEqual(bench.run("catalog", "coverage", "--all").value, before)
    _ = try bench.file("dir/a.json", matter(version: "2", fields: added))
    _ = try bench.file("dir/b.json", matter("xuyi-91", version: "7", fields: added))
    XCTAssertEqual(publish(bench).value["changed"], ["xuyi-90", "xuyi-91"])
    _ = try bench.file("dir/b.json", matter("xuyi-91", version: "6", fields: added))
    XCTAssertEqual(publish(bench).code, "catalog.version-used", "no version goes back")
  }

  func testWhatWasPublishedBeforeMayBePutBackAndItsVersionIsNotUsedAgain() throws {
    let bench = try Bench.initialised()
    let added = "\n{\"id\": \"job\", \"name\": \"职业\", \"type\": \"text\", \"required\": true, \"example\": \"农民\"},"
    let other = added.replacing("职业", with: "工作")
    for text in [matter(), matter(), matter(version: "2", fields: added), matter()] {
      _ = try bench.file("dir/a.json", text)
      XCTAssertEqual(publish(bench).status, .done, text)
    }
    for version in ["1", "2"] {
      _ = try bench.file("dir/a.json", matter(version: version, fields: other))
      XCTAssertEqual(publish(bench).code, "catalog.version-used", version)
    }
    _ = try bench.file("dir/a.json", matter().replacing("\n", with: "\n "))
    XCTAssertEqual(publish(bench).status, .done, "blanks say nothing")
    _ = try bench.file("dir/a.json", matter(version: "3", fields: other))
    XCTAssertEqual(publish(bench).status, .done)
  }

  func testWhatIsConfirmedGetsAVersionThatWasNeverPublished() throws {
    let bench = try Bench.initialised()
    let builtIn = try CatalogFolder.files(in: try BuiltInFolder.find { _ in nil })
    let file = try XCTUnwrap(builtIn.first { $0.name.hasSuffix("-qingjian-24.json") })
    _ = try bench.file("dir/a.json", bytes: file.bytes)
    func confirm(_ basis: String) -> Bench.Outcome {
      bench.run("catalog", "confirm", "qingjian-24", "--by", "高凤琴", "--basis", basis, "--accept-drafts")
    }
    func publishExample() -> Bench.Outcome {
      bench.run("catalog", "publish", bench.folder + "/dir", "--allow-examples")
    }
    XCTAssertEqual(publishExample().status, .done)
    XCTAssertEqual(confirm("一号文件").value["version"], 5, "the built-in one is the fourth")
    XCTAssertEqual(publishExample().status, .done)
    let again = confirm("二号文件")
    XCTAssertEqual(again.value["version"], 6, again.error)
  }

  // MARK: Numbers

  func testDaysThatNobodyCanMeanAreRefused() throws {
    let bench = Bench()
    let most = Int64.max
    let cases = [
      ("\"statutory\": \(most), \"promised\": \(most)", "", "limit.statutory", 2),
      ("\"statutory\": 1001", "", "limit.statutory", 1), ("\"statutory\": 1000, \"promised\": 1001", "", "promised", 2),
      ("\"statutory\": 20, \"extension\": 1001", "", "limit.extension", 1),
      ("\"statutory\": 20", "\n\"overall\": {\"promised\": 3651, \"unit\": \"naturalDays\"},", "overall.promised", 1),
    ]
    for (limit, more, place, count) in cases {
      _ = try bench.file("dir/a.json", matter(more: more, limit: limit))
      let found = faults(publish(bench, "validate"))
      XCTAssertEqual(found.count, count, "\(found)")
      XCTAssertTrue(found.allSatisfy { $0.hasPrefix("catalog.bounds") }, "\(found)")
      XCTAssertTrue(found.contains { $0.contains(place) }, "\(found)")
    }
    let inspected = "\"inspection\": {\"name\": \"勘验\", \"workingDays\": 1001}, \"limit\""
    _ = try bench.file("dir/a.json", matter().replacing("\"limit\"", with: inspected))
    let found = faults(publish(bench, "validate"))
    XCTAssertTrue(found.count == 1 && found[0].contains("inspection.workingDays"), "\(found)")
    _ = try bench.file("dir/a.json", matter(version: String(most)))
    XCTAssertEqual(publish(bench, "validate").code, "catalog.bounds", "there must be a next version")
    _ = try bench.file("dir/a.json", matter(limit: "\"statutory\": 1000, \"promised\": 1000, \"extension\": 1000"))
    XCTAssertEqual(publish(bench, "validate").status, .done)
  }

  // MARK: Forms that nobody can fill in

  private func validate(_ bench: Bench, fields: String) throws -> [String] {
    _ = try bench.file("dir/a.json", matter(fields: fields))
    let outcome = publish(bench, "validate")
    return outcome.status == .done ? [] : faults(outcome)
  }

  private func number(_ id: String, _ pattern: String, _ example: String) -> String {
    """

    {"id": "\(id)", "name": "号码", "type": "text", "required": true, "role": "mo", "element": "no",
     "pattern": "\(pattern)", "example": "\(example)"},
    """
  }

  func testOneAnswerMustFitEveryFieldThatItIsFor() throws {
    let bench = Bench()
    let digits = number("a.no", #"^\\d{6}$"#, "123456")
    let found = try validate(bench, fields: digits + number("b.no", "^[A-Z]{2}$", "AB"))
    XCTAssertEqual(found.count, 1, "\(found)")
    XCTAssertTrue(found.allSatisfy { $0.hasPrefix("catalog.example") && $0.contains("a.no") }, "\(found)")
    XCTAssertEqual(try validate(bench, fields: digits + number("b.no", #"^\\d{1,9}$"#, "1")), [])
  }

  func testRequiredExamplesMustAgreeWithAnIdentityNumber() throws {
    func fields(_ birth: String) -> String {
      """

      {"id": "p.idNo", "name": "证号", "type": "id-number", "required": true, "example": "61083019991231988X"},
      {"id": "p.birthDate", "name": "生日", "type": "date", "required": true, "example": "\(birth)"},
      """
    }
    let found = try validate(Bench(), fields: fields("1998-12-31"))
    XCTAssertEqual(found.count, 1, "\(found)")
    XCTAssertTrue(found.allSatisfy { $0.hasPrefix("catalog.example") && $0.contains("生日") }, "\(found)")
    XCTAssertEqual(try validate(Bench(), fields: fields("1999-12-31")), [])
  }

  func testADateMustHaveADayLeft() throws {
    let bench = try Bench.initialised()
    func date(_ min: String, _ max: String) -> String {
      """

      {"id": "day", "name": "日期", "type": "date", "required": true, "min": "\(min)", "max": "\(max)",
       "example": "2020-12-30"},
      """
    }
    for command in ["validate", "publish"] {
      _ = try bench.file("dir/a.json", matter(fields: date("today", "2020-12-31")))
      let found = faults(publish(bench, command))
      XCTAssertEqual(found.count, 1, "\(found)")
      XCTAssertTrue(found[0].hasPrefix("catalog.form-closed") && found[0].contains("2020-12-31"), "\(found)")
      XCTAssertTrue(found[0].contains("a.json 第 14 行"), "\(found)")
    }
    XCTAssertEqual(try validate(bench, fields: date("2020-01-01", "today")), [])
    XCTAssertEqual(
      try validate(
        bench, fields: date("today", "2020-12-31").replacing("\"required\": true", with: "\"required\": false")
      )
      .count, 1, "a field that takes nothing is never meant")
  }

  /// Puts a catalogue in force whose one matter breaks a rule that came after it.
  /// - Parameter other: a sound one beside it.
  private func outgrow(_ bench: Bench, other: (id: String, text: String)) throws -> String {
    let old = matter("xuyi-91", limit: "\"statutory\": 1500")
    let files = ["xuyi-91": old, other.id: other.text].mapValues { Array($0.utf8) }
    let manifest = files.mapValues { Digest.sm3($0).text }
    try bench.journal().write { writer throws(Problem) in
      try writer.publishCatalog(
        version: "old", manifest: manifest,
        files: Dictionary(files.values.map { (Digest.sm3($0).text, $0) }, uniquingKeysWith: { first, _ in first }),
        at: SystemClock().now())
    }
    return old
  }

  func testConfirmingOneMatterLeavesTheOthersAsTheyAreOut() throws {
    let bench = try Bench.initialised()
    let files = try CatalogFolder.files(in: try BuiltInFolder.find { _ in nil })
    let example = try XCTUnwrap(files.first { $0.name.hasSuffix("-qingjian-24.json") })
    let old = try outgrow(bench, other: ("qingjian-24", String(decoding: example.bytes, as: UTF8.self)))
    let outcome = bench.run(
      "catalog", "confirm", "qingjian-24", "--by", "甲", "--basis", "乙", "--accept-drafts")
    XCTAssertEqual(outcome.status, .done, outcome.error)
    let manifest = try bench.journal().read { reader throws(Problem) in
      try reader.catalogManifest(try reader.catalogVersion()) ?? [:]
    }
    XCTAssertEqual(manifest.keys.sorted(), ["qingjian-24", "xuyi-91"])
    XCTAssertEqual(manifest["xuyi-91"], Digest.sm3(Array(old.utf8)).text)
  }

  func testAYoungerRuleOnlyWarnsOfWhatIsOutAndWasNotChanged() throws {
    let bench = try Bench.initialised()
    let other = matter()
    let old = try outgrow(bench, other: ("xuyi-90", other))
    func raised(_ text: String) -> String {
      text.replacing("\"version\": 1", with: "\"version\": 2").replacing("有户口", with: "有户籍")
    }
    _ = try bench.file("dir/a.json", old)
    _ = try bench.file("dir/b.json", raised(other))
    for command in ["validate", "publish"] {
      let outcome = publish(bench, command)
      XCTAssertEqual(outcome.status, .done, outcome.error)
      let warnings = outcome.value["warnings"]?.array ?? []
      XCTAssertEqual(warnings.filter { $0["code"] == "catalog.bounds" }.map { $0["file"] }, ["a.json"], command)
      _ = try bench.file("dir/a.json", raised(old))
      XCTAssertEqual(publish(bench, command).code, "catalog.bounds", "what was changed keeps the rules of today")
      _ = try bench.file("dir/a.json", old)
    }
  }
}
