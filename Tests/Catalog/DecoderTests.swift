import Foundations
import XCTest

@testable import Catalog

/// Every rule of the file format refuses the example that breaks it, at the right line.
final class DecoderTests: XCTestCase {
  /// A sound file, one thing a line so that lines can be counted.
  private static let sound = """
    {
      "id": "test-01",
      "name": "试验“一件事”",
      "source": {"jurisdiction": "清涧县", "level": "county", "division": "610830", "title": "清单", "number": 1},
      "detail": "outline",
      "version": 1,
      "subjects": ["person"],
      "items": [
        {"id": "a", "name": "甲", "choice": "standard", "level": "county"},
        {"id": "b", "name": "乙", "choice": "optional", "level": "town", \
      "prerequisites": [{"anyOf": ["a"], "hard": true}]}
      ],
      "fields": [
        {"id": "p.name", "name": "姓名", "type": "text", "required": true, "maxLength": 20, "example": "张三"},
        {"id": "p.age", "name": "年龄", "type": "integer", "required": true, "min": "1", "max": "120", "example": 66},
        {"id": "p.sex", "name": "性别", "type": "choice", "required": false, \
      "options": [{"value": "1", "label": "男"}], "items": ["a"], "example": "1"},
        {"id": "p.no", "name": "编号", "type": "text", "required": false, \
      "pattern": "^[A-Z]\\\\d{9}$", "example": "A123456789"},
        {"id": "p.kin", "name": "亲属", "type": "list", "required": false, "example": [{"name": "李四"}], "columns": [\
      {"id": "name", "name": "姓名", "type": "text", "required": true, "example": "李四"}]}
      ],
      "materials": [
        {"id": "m1", "name": "证明", "required": true, "source": "result", "resultOf": ["a"]}
      ],
      "guidance": [
        {"id": "q1", "text": "问", "answers": [\
      {"label": "是", "effect": "加乙", "addItems": ["b"], "addMaterials": ["m1"], "requireFields": ["p.age"]}]}
      ]
    }
    """

  private func issues(_ text: String) -> [CatalogIssue] { issues(Array(text.utf8)) }

  private func issues(_ bytes: [UInt8]) -> [CatalogIssue] {
    switch MatterDecoder.decode(CatalogFile(name: "f.json", bytes: bytes)) {
    case .matter: []
    case .refused(let issues): issues
    }
  }

  /// Replaces one piece of the sound file and expects exactly one issue.
  private func refuses(
    _ piece: String, _ replacement: String, _ code: String, line: Int, path: String, at testLine: UInt = #line
  ) {
    let parts = Self.sound.split(separator: piece, maxSplits: 1, omittingEmptySubsequences: false)
    XCTAssertEqual(parts.count, 2, "the piece is not in the file", line: testLine)
    let found = issues(parts.joined(separator: replacement))
    XCTAssertEqual(found.map { "\($0.code) \($0.line) \($0.path)" }, ["\(code) \(line) \(path)"], line: testLine)
    XCTAssertTrue(found.allSatisfy { $0.file == "f.json" && !$0.reason.isEmpty }, line: testLine)
  }

  func testTheSoundFileIsReadAndWrittenBack() throws {
    guard case .matter(var matter) = MatterDecoder.decode(CatalogFile(name: "f", bytes: Array(Self.sound.utf8))) else {
      return XCTFail("\(issues(Self.sound))")
    }
    matter.items[1].limit = TimeLimit(statutory: 3, promised: 1, unit: .workingDays, extension: 3)
    (matter.items[1].givesBack, matter.items[1].asksWill) = (true, true)
    matter.items[1].prerequisites[0].otherwise = Detour(materials: ["m1"], text: "交证明")
    let written = CatalogFile(name: "g", bytes: Array(MatterEncoder.text(matter).utf8))
    guard case .matter(let again) = MatterDecoder.decode(written) else { return XCTFail("\(issues(written.bytes))") }
    XCTAssertEqual(again, matter)
  }

  func testKeys() {
    refuses("\"version\": 1,", "\"version\": 1, \"verison\": 1,", "catalog.key-unknown", line: 6, path: "verison")
    refuses("\"version\": 1,", "", "catalog.key-missing", line: 1, path: "version")
    refuses(
      "\"level\": \"town\"", "\"lvl\": 1, \"level\": \"town\"", "catalog.key-unknown", line: 10, path: "items.1.lvl")
    refuses(", \"example\": \"张三\"", "", "catalog.key-missing", line: 13, path: "fields.0.example")
    refuses("\"version\": 1,", "\"version\": 1, \"version\": 2,", "catalog.syntax", line: 6, path: "")
  }

  func testTypesAndValues() {
    refuses("\"version\": 1", "\"version\": \"1\"", "catalog.type", line: 6, path: "version")
    refuses("\"maxLength\": 20", "\"maxLength\": 2.5", "catalog.type", line: 13, path: "fields.0.maxLength")
    refuses("\"hard\": true", "\"hard\": 1", "catalog.type", line: 10, path: "items.1.prerequisites.0.hard")
    refuses("[\"person\"]", "\"person\"", "catalog.type", line: 7, path: "subjects")
    refuses("[\"person\"]", "[]", "catalog.empty", line: 7, path: "subjects")
    refuses("\"name\": \"甲\"", "\"name\": \"\"", "catalog.empty", line: 9, path: "items.0.name")
    refuses("\"outline\"", "\"done\"", "catalog.value-unknown", line: 5, path: "detail")
    refuses("\"integer\"", "\"int\"", "catalog.value-unknown", line: 14, path: "fields.1.type")
    refuses(
      "\"level\": \"county\", \"div", "\"level\": \"area\", \"div", "catalog.value-unknown", line: 4,
      path: "source.level")
  }

  func testIdentifiers() {
    refuses("\"test-01\"", "\"test.01\"", "catalog.id-format", line: 2, path: "id")
    refuses("\"test-01\"", "\"试验\"", "catalog.id-format", line: 2, path: "id")
    refuses("\"id\": \"q1\"", "\"id\": \"q 1\"", "catalog.id-format", line: 23, path: "guidance.0.id")
    refuses(
      "\"id\": \"b\", \"name\": \"乙\"", "\"id\": \"a\", \"name\": \"乙\"", "catalog.duplicate", line: 10,
      path: "items.1.id", others: true)
    refuses("\"p.sex\"", "\"p.age\"", "catalog.duplicate", line: 15, path: "fields.2.id")
    refuses("\"610830\"", "\"61083\"", "catalog.id-format", line: 4, path: "source.division")
  }

  /// As `refuses`, where one slip breaks several rules: the named one is among them.
  private func refuses(
    _ piece: String, _ replacement: String, _ code: String, line: Int, path: String, others: Bool,
    at testLine: UInt = #line
  ) {
    let parts = Self.sound.split(separator: piece, maxSplits: 1, omittingEmptySubsequences: false)
    let found = issues(parts.joined(separator: replacement)).map { "\($0.code) \($0.line) \($0.path)" }
    XCTAssertTrue(found.contains("\(code) \(line) \(path)"), "\(found)", line: testLine)
  }

  func testReferences() {
    refuses(
      "\"anyOf\": [\"a\"]", "\"anyOf\": [\"z\"]", "catalog.reference", line: 10, path: "items.1.prerequisites.0.anyOf.0"
    )
    refuses("\"items\": [\"a\"]", "\"items\": [\"z\"]", "catalog.reference", line: 15, path: "fields.2.items.0")
    refuses(
      "\"resultOf\": [\"a\"]", "\"resultOf\": [\"z\"]", "catalog.reference", line: 20, path: "materials.0.resultOf.0")
    refuses(", \"resultOf\": [\"a\"]", "", "catalog.reference", line: 20, path: "materials.0.resultOf")
    refuses("[\"m1\"]", "[\"m2\"]", "catalog.reference", line: 23, path: "guidance.0.answers.0.addMaterials.0")
    refuses("[\"p.age\"]", "[\"age\"]", "catalog.reference", line: 23, path: "guidance.0.answers.0.requireFields.0")
    refuses(
      "\"addItems\": [\"b\"]", "\"addItems\": [\"c\"]", "catalog.reference", line: 23,
      path: "guidance.0.answers.0.addItems.0")
  }

  func testSection66AnotherWayLeadsSomewhereElse() throws {
    let place = "items.1.prerequisites.0.otherwise"
    func otherwise(_ text: String, hard: Bool = true) -> String { "\"hard\": \(hard), \"otherwise\": {\(text)}" }
    refuses(
      "\"hard\": true", otherwise("\"materials\": [\"m1\"]"), "catalog.key-missing", line: 10, path: "\(place).text")
    refuses("\"hard\": true", otherwise("\"text\": \"改\""), "catalog.empty", line: 10, path: place)
    refuses(
      "\"hard\": true", otherwise("\"text\": \"改\", \"materials\": [\"m1\"]", hard: false), "catalog.bounds", line: 10,
      path: place)
    refuses(
      "\"hard\": true", otherwise("\"text\": \"改\", \"materials\": [\"m9\"]"), "catalog.reference", line: 10,
      path: "\(place).materials.0")
    refuses(
      "\"hard\": true", otherwise("\"text\": \"改\", \"items\": [\"a\"]"), "catalog.bounds", line: 10,
      path: "\(place).items.0")
    // What is gone to instead must not wait for what would wait for it.
    refuses(
      "\"hard\": true", otherwise("\"text\": \"改\", \"items\": [\"b\"]"), "catalog.cycle", line: 10,
      path: "items.1.prerequisites", others: true)
  }

  func testPrerequisitesMustNotRunInACircle() {
    refuses("\"anyOf\": [\"a\"]", "\"anyOf\": [\"b\"]", "catalog.cycle", line: 10, path: "items.1.prerequisites")
    refuses(
      "\"name\": \"甲\", ", "\"name\": \"甲\", \"prerequisites\": [{\"anyOf\": [\"b\"], \"hard\": false}], ",
      "catalog.cycle", line: 9,
      path: "items.0.prerequisites")
  }

  func testBoundsPatternsOptionsAndExamples() {
    refuses("\"min\": \"1\"", "\"min\": \"121\"", "catalog.bounds", line: 14, path: "fields.1.min", others: true)
    refuses("\"min\": \"1\"", "\"min\": \"one\"", "catalog.bounds", line: 14, path: "fields.1.min")
    refuses("\"maxLength\": 20", "\"min\": \"1\"", "catalog.bounds", line: 13, path: "fields.0.min")
    refuses("^[A-Z]", "[A-Z]", "catalog.pattern", line: 16, path: "fields.3.pattern")
    refuses("\\\\d{9}", "(\\\\d)+", "catalog.pattern", line: 16, path: "fields.3.pattern")
    refuses(
      "\"options\": [{\"value\": \"1\", \"label\": \"男\"}], ", "", "catalog.options", line: 15,
      path: "fields.2.options", others: true)
    refuses("\"example\": \"1\"", "\"example\": \"2\"", "catalog.example", line: 15, path: "fields.2.example")
    refuses("\"example\": 66", "\"example\": 200", "catalog.example", line: 14, path: "fields.1.example")
    refuses("\"example\": 66", "\"example\": \"66\"", "catalog.example", line: 14, path: "fields.1.example")
    refuses("\"example\": \"张三\"", "\"example\": null", "catalog.example", line: 13, path: "fields.0.example")
    refuses("{\"name\": \"李四\"}", "{\"nom\": \"李四\"}", "catalog.example", line: 17, path: "fields.4.example")
  }

  func testPatternsKeepToThePlainSubset() {
    for pattern in [
      "^(a|b)$", "^a*$", "^a+$", "^.$", "^[^a]$", "^[a$", "^a{3,2}$", "^a{2000}$", "^?$", "^a{2$", "a", "^\\\\w$",
      "^a\\\\$",
    ] {
      refuses("^[A-Z]\\\\d{9}$", pattern, "catalog.pattern", line: 16, path: "fields.3.pattern", others: true)
    }
  }

  func testEncodingSizeAndSyntax() {
    var bytes = Array(Self.sound.utf8)
    let gbk: [UInt8] = [0xD5, 0xC5]
    bytes.replaceSubrange(40..<42, with: gbk)
    XCTAssertEqual(issues(bytes).map(\.code), ["catalog.encoding"])
    XCTAssertEqual(issues(bytes).map(\.line), [3])
    XCTAssertEqual(issues([0xFF, 0xFE, 0x7B, 0x00]).map(\.code), ["catalog.encoding"])
    XCTAssertEqual(issues("{\n \"id\": \"a\"\n \"name\": 1}").map { "\($0.code) \($0.line)" }, ["catalog.syntax 3"])
    XCTAssertEqual(
      issues(Array(repeating: 0x20, count: Limits.documentBytesMax + 1)).map(\.code), ["catalog.too-large"])
    XCTAssertEqual(issues("[]").first?.code, "catalog.type")
    XCTAssertEqual(
      issues([0xEF, 0xBB, 0xBF] + Array(Self.sound.utf8)), [], "editors on Windows write a byte order mark")
  }

  func testAllFaultsOfAllFilesAreReported() {
    let first = Self.sound.split(separator: "\"outline\"").joined(separator: "\"done\"")
    let second = first.split(separator: "\"version\": 1,").joined(separator: "\"verison\": 1,")
    let files = [
      CatalogFile(name: "1.json", bytes: Array(first.utf8)), CatalogFile(name: "2.json", bytes: Array(second.utf8)),
      CatalogFile(name: "3.json", bytes: Array(Self.sound.utf8)),
    ]
    guard case .refused(let issues) = MatterCatalog.read(files, version: "") else { return XCTFail() }
    XCTAssertEqual(
      issues.map { "\($0.file) \($0.line) \($0.code)" },
      [
        "1.json 5 catalog.value-unknown", "2.json 1 catalog.key-missing", "2.json 5 catalog.value-unknown",
        "2.json 6 catalog.key-unknown",
      ])
    XCTAssertTrue(issues.last?.reason.contains("“version”") == true, "the nearest key is named")
    let problem = CatalogIssue.problem(issues)
    XCTAssertEqual(problem?.code, "catalog.value-unknown")
    XCTAssertEqual(problem?.others.count, 3)
    XCTAssertTrue(problem?.message.contains("1.json 第 5 行") == true)
  }
}
