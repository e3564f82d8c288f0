import Catalog
import Foundations
import XCTest

/// Every warning is given for the file that deserves it, at the right place, and for no other.
final class LintTests: XCTestCase {
  /// A matter nobody would object to.
  private static let sound = """
    {
      "id": "ganyu-90",
      "name": "试办一件事",
      "source": {"jurisdiction": "赣榆区", "level": "county", "division": "320707", "title": "清单", "number": 1},
      "detail": "full",
      "version": 1,
      "subjects": ["person"],
      "lead": [{"authority": "区民政局"}],
      "conditions": ["年满18周岁"],
      "items": [
        {"id": "a", "name": "甲", "authority": "区人社局", "choice": "standard", \
    "limit": {"statutory": 20, "promised": 10, "unit": "workingDays"}, "basis": "社会保险法16", \
    "agency": "yes", "level": "county"},
        {"id": "b", "name": "乙", "choice": "conditional", "limit": {"promised": 1, "unit": "workingDays"}, \
    "basis": "社会保险法17", "agency": "no", "level": "county"}
      ],
      "fields": [
        {"id": "p.name", "name": "姓名", "type": "text", "required": true, "example": "张三"},
        {"id": "p.no", "name": "编号", "type": "text", "required": false, "items": ["b"], "example": "1"}
      ],
      "materials": [
        {"id": "m1", "name": "申请书", "required": true, "source": "own", "main": true},
        {"id": "m2", "name": "身份证", "required": true, "source": "certificate", "shared": "id-card"}
      ],
      "guidance": [
        {"id": "q1", "text": "要乙吗", "answers": [
          {"label": "要", "effect": "加乙", "addItems": ["b"]},
          {"label": "不要", "effect": "不办乙"},
          {"label": "都不办", "effect": "那就不用来", "stop": true}
        ]}
      ]
    }
    """

  private static let context = LintContext(
    sharing: try? SharingDocument.read(
      CatalogFile(
        name: "sharing.json",
        bytes: Array(
          """
          {"entries": [{"id": "id-card", "name": "身份证", "kind": "certificate", "provider": "公安", "requesters": ["人社"],
          "use": "核对", "fields": ["姓名"], "way": "接口", "cycle": "实时", "range": "全国"}]}
          """.utf8))), compression: ["320707": 50])

  private func lint(_ text: String, _ context: LintContext = LintTests.context) throws -> [CatalogIssue] {
    let file = CatalogFile(name: "f.json", bytes: Array(text.utf8))
    switch MatterDecoder.decode(file) {
    case .matter(let matter): return CatalogLint.check(matter, in: file, context)
    case .refused(let issues): throw try XCTUnwrap(issues.first)
    }
  }

  private func warns(
    _ piece: String, _ replacement: String, _ code: String, line: Int, path: String, at testLine: UInt = #line
  ) throws {
    let parts = Self.sound.split(separator: piece, maxSplits: 1, omittingEmptySubsequences: false)
    XCTAssertEqual(parts.count, 2, "the piece is not in the file", line: testLine)
    let found = try lint(parts.joined(separator: replacement))
    XCTAssertEqual(
      found.map { "\($0.code) \($0.line) \($0.path)" }, ["catalog.lint.\(code) \(line) \(path)"], line: testLine)
    XCTAssertTrue(found.allSatisfy { !$0.reason.isEmpty && $0.file == "f.json" }, line: testLine)
  }

  func testTheSoundMatterHasNoWarning() throws { XCTAssertEqual(try lint(Self.sound), []) }

  func testWhatIsMissing() throws {
    try warns("\"conditions\": [\"年满18周岁\"],", "", "no-conditions", line: 3, path: "name")
    try warns("\"basis\": \"社会保险法17\", ", "", "no-basis", line: 12, path: "items.1")
    try warns("\"agency\": \"no\", ", "", "no-agency", line: 12, path: "items.1")
    try warns("\"limit\": {\"promised\": 1, \"unit\": \"workingDays\"}, ", "", "no-limit", line: 12, path: "items.1")
    try warns("\"detail\": \"full\"", "\"detail\": \"outline\"", "outline", line: 5, path: "detail")
  }

  func testR18PromiseIsAtMostHalfTheLawWhereTheCountyAsksForIt() throws {
    try warns("\"promised\": 10", "\"promised\": 11", "promise", line: 11, path: "items.0.limit.promised")
    let text = Self.sound.split(separator: "\"promised\": 10").joined(separator: "\"promised\": 11")
    XCTAssertEqual(try lint(text, LintContext()), [], "another county asks for no such thing")
  }

  func testAuthorities() throws {
    try warns("区民政局", "区某某办", "authority-unknown", line: 8, path: "lead.0.authority")
    let text = Self.sound.split(separator: "区民政局").joined(separator: "区某某办")
    XCTAssertEqual(try lint(text, LintContext(authorities: ["区某某办"])), [], "a window lists it")
  }

  func testMaterials() throws {
    try warns(
      "\"shared\": \"id-card\"", "\"shared\": \"id-crad\"", "shared-unknown", line: 20, path: "materials.1.shared")
    try warns(", \"shared\": \"id-card\"", "", "not-registered", line: 20, path: "materials.1")
    let bare = Self.sound.split(separator: ", \"main\": true").joined()
    XCTAssertEqual(try lint(bare).map(\.code), ["catalog.lint.no-main", "catalog.lint.no-main"])
    let groundless = Self.sound.split(separator: "\"basis\": \"社会保险法16\", ").joined()
      .split(separator: "\"basis\": \"社会保险法17\", ").joined()
    XCTAssertTrue(try lint(groundless).map(\.code).contains("catalog.lint.material-basis"))
  }

  func testFields() throws {
    try warns(
      "\"name\": \"编号\"", "\"name\": \"姓名\"", "same-name", line: 16, path: "fields.1.name")
    let idle = Self.sound.split(separator: ", \"addItems\": [\"b\"]").joined()
    XCTAssertEqual(
      try lint(idle).map(\.code).sorted(), ["catalog.lint.field-unneeded", "catalog.lint.item-unreachable"])
  }

  func testAQuestionThatChangesNothing() throws {
    try warns(
      "\"guidance\": [",
      "\"guidance\": [{\"id\": \"q0\", \"text\": \"天气好吗\", \"answers\": [{\"label\": \"好\", \"effect\": \"无\"}]},",
      "no-effect", line: 22, path: "guidance.0")
  }

  /// No path of guidance ends without a notice or a reasoned stop.
  func testAPathThatEndsWithNothingIsFound() throws {
    try warns(
      "\"effect\": \"不办乙\"", "\"effect\": \"不办\", \"removeItems\": [\"a\"]", "path-empty", line: 22, path: "guidance")
    let question = """
      {"id": "q2", "text": "真的吗", "answers": [{"label": "是", "effect": "去乙", "removeItems": ["b"]}]}
      """
    let both = Self.sound.split(separator: "\"stop\": true}\n    ]}").joined(
      separator: "\"stop\": true}]},\n\(question)")
    let found = try lint(both)
    XCTAssertEqual(found.map { "\($0.code) \($0.path)" }, ["catalog.lint.path-contradiction guidance.1.answers.0"])
    let apart = both.split(separator: "\"text\": \"真的吗\"").joined(
      separator: "\"text\": \"真的吗\", \"when\": [{\"question\": \"q1\", \"answers\": [\"不要\"]}]")
    XCTAssertEqual(try lint(apart), [], "the two answers never meet")
  }

  func testAConfirmedMatterHoldsNoDraft() throws {
    try warns("社会保险法17", "【知】待县里确认", "draft", line: 12, path: "items.1.basis")
    let example = Self.sound.split(separator: "社会保险法17").joined(separator: "【知】待县里确认")
      .split(separator: "\"full\"").joined(separator: "\"example\"")
    XCTAssertEqual(try lint(example), [], "an example may say what is to be confirmed")
  }

  /// The worked-out matters that we hand to counties: nothing that a household would be wrongly told.
  func testBuiltInExamplesHaveNothingThatBlocksConfirmation() throws {
    let documents = try BuiltIn.documents()
    let context = LintContext(sharing: documents.sharing, compression: ["320707": 50])
    for file in BuiltIn.files {
      guard case .matter(let matter) = MatterDecoder.decode(file), matter.detail != .outline else { continue }
      for issue in CatalogLint.check(matter, in: file, context) where issue.blocksConfirmation {
        XCTFail("\(issue.file):\(issue.line) \(issue.path) \(issue.code) \(issue.detail)")
      }
    }
  }
}
