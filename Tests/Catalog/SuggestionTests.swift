import Foundations
import XCTest

@testable import Catalog

/// 免申即享: what a family is told of, and what it is not told of.
final class SuggestionTests: XCTestCase {
  private let today = CivilDate("2026-11-28") ?? CivilDate(dayNumber: 0)
  // Invented: 66, 40 and 17 years old on that day.
  private let grandmother = "320707196003159880"
  private let father = "320707198607219871"

  /// The examples of a matter, some of them changed.
  private func captured(
    _ id: String, _ changes: [String: Value?] = [:], applicant: Value = .null, sameRoles: [String: String] = [:]
  ) throws -> CapturedCase {
    let matter = try BuiltIn.catalog().need(id)
    var values = Members(matter.fields.map { ($0.id, $0.example) }, uniquingKeysWith: { first, _ in first })
    for (field, value) in changes { values[field] = value }
    return CapturedCase(matter: matter, values: values, applicant: applicant, sameRoles: sameRoles)
  }

  private func person(_ name: String, _ number: String) -> Value {
    ["kind": "person", "name": .text(name), "idNumber": .text(number)]
  }

  private func suggest(_ cases: [CapturedCase], county: String = "610830") throws -> [Suggestion] {
    Suggestion.all(
      for: Household.all(cases, today: today), matters: try BuiltIn.catalog().visible(to: county), county: county,
      facts: try BuiltIn.facts(), today: today)
  }

  func testAFamilyThatBoughtAHomeIsToldOfTheHousingFund() throws {
    let found = try suggest([try captured("qingjian-02", applicant: person("张立新", "610830198804129814"))])
    let fund = try XCTUnwrap(found.first { $0.matter.text == "qingjian-18" })
    XCTAssertEqual(fund.person, "张立新")
    XCTAssertEqual(fund.toAsk, [])
    XCTAssertEqual(fund.basis, "住房公积金管理条例24")
    XCTAssertTrue(fund.because.contains("张立新") && fund.because.contains("买了自住住房"))
    XCTAssertFalse(found.contains { $0.person == "白玉梅" && $0.matter.text == "qingjian-18" }, "she sold it")
  }

  func testWhatIsOpenOrDecidedForThatPersonIsNotSuggestedAgain() throws {
    let buyer = person("张立新", "610830198804129814")
    let home = try captured("qingjian-02", applicant: buyer)
    let fund = try captured("qingjian-18", applicant: buyer)
    XCTAssertTrue(try suggest([home]).contains { $0.matter.text == "qingjian-18" })
    XCTAssertFalse(try suggest([home, fund]).contains { $0.matter.text == "qingjian-18" })
    let other = try captured("qingjian-18", applicant: person("许国强", "610830198103159893"))
    XCTAssertTrue(try suggest([home, other]).contains { $0.matter.text == "qingjian-18" }, "another household's")
  }

  func testTheSameMatterUnderAnotherListIsTheSame() throws {
    let child = try captured("national-06", ["nb.birthTime": "2026-11-01T08:00:00+08:00"])
    XCTAssertFalse(try suggest([child]).contains { $0.matter.text == "qingjian-04" })
  }

  /// A grandmother who stands in her grandchild's papers as the head of the household.
  func testAGrandmotherIsAskedForHerPensionAndTheChildsParentsAreNot() throws {
    let child = try captured(
      "national-06", ["hk.householderIdNo": .text(grandmother), "hk.householder": "王秀兰"])
    let found = try suggest([child], county: "320707")
    let pension = found.filter { $0.matter.text == "ganyu-17" }
    XCTAssertEqual(pension.count, 1)
    XCTAssertEqual(pension.first?.toAsk.map(\.id), ["receivesPension"])
    XCTAssertTrue(pension.first?.because.contains("是不是已经在领养老金") == true)
    let receives = try captured(
      "ganyu-17", ["p.idNo": .text(grandmother), "p.otherPension": true], applicant: person("王秀兰", grandmother))
    XCTAssertFalse(try suggest([child, receives], county: "320707").contains { $0.matter.text == "ganyu-17" })
  }

  func testNobodySuggestsAnythingToTheDead() throws {
    let death = try captured(
      "national-13", ["de.idNo": .text(grandmother), "de.deathTime": "2026-11-20T06:00:00+08:00"],
      applicant: person("何志远", father))
    let found = try suggest([death], county: "320707")
    XCTAssertFalse(found.contains { $0.matter.text == "ganyu-17" }, "\(found)")
    XCTAssertFalse(found.contains { $0.matter.text == "national-13" }, "it is open")
  }

  func testAFutureDeathOrAWrongNumberSaysNothing() throws {
    let child = try captured("national-06", ["hk.householderIdNo": "320707196003159881"])
    XCTAssertFalse(
      try suggest([child], county: "320707").contains { $0.matter.text == "ganyu-17" }, "wrong check digit")
  }

  func testFactsOfOneApplicationReachTheOthersOfTheHousehold() throws {
    // The employee of one application is over fifty; another one shares nobody with it.
    let worker = try captured(
      "qingjian-08", ["emp.idNo": "610830197009159868", "emp.name": "白秀珍"], applicant: ["kind": "organisation"])
    let alone = try suggest([worker])
    let pension = try XCTUnwrap(alone.first { $0.matter.text == "qingjian-14" })
    XCTAssertEqual(pension.toAsk.map(\.id), ["receivesPension"])
    let stranger = try captured("qingjian-01", applicant: person("马晓慧", "61083020030516982X"))
    let households = Household.all([worker, stranger, worker], today: today)
    XCTAssertEqual(households.map(\.places), [[0, 2], [1]])
  }

  func testSameRolesMakeTheApplicantTheFather() throws {
    let birth = try captured(
      "national-06", ["fa.idNo": nil, "fa.name": nil], applicant: person("王建国", father), sameRoles: ["fa": "applicant"])
    let later = try captured("qingjian-02", applicant: person("王建国", father))
    XCTAssertEqual(Household.all([birth, later], today: today).count, 1)
  }

  func testOrderIsDeterministicAndWhatIsKnownComesFirst() throws {
    let cases = [
      try captured("qingjian-03", applicant: person("张立新", "610830198804129814")),
      try captured("qingjian-08", ["emp.idNo": "610830197009159868"], applicant: ["kind": "organisation"]),
    ]
    let found = try suggest(cases)
    XCTAssertGreaterThan(found.count, 1)
    XCTAssertEqual(found, try suggest(cases))
    let firstAsked = try XCTUnwrap(found.firstIndex { !$0.toAsk.isEmpty })
    XCTAssertTrue(found[firstAsked...].allSatisfy { !$0.toAsk.isEmpty })
    XCTAssertTrue(found[..<firstAsked].contains { $0.matter.text == "qingjian-18" })
  }

  func testEveryFactCanBeAskedForAndTheBuiltInOnesAreKnown() throws {
    let facts = try BuiltIn.facts()
    let used = Set(try BuiltIn.catalog().matters.flatMap(\.entitlements).flatMap(\.when).map(\.fact))
    XCTAssertTrue(used.allSatisfy { facts[$0]?.question.isEmpty == false })
    XCTAssertTrue(Fact.own.allSatisfy { facts[$0] != nil }, "what the program reads off can be asked for, too")
    XCTAssertGreaterThan(used.count, 8)
  }

  private func read(_ text: String) throws -> FactRegister {
    try FactsDocument.read(CatalogFile(name: "facts.json", bytes: Array(text.utf8)))
  }

  /// A county declares a fact of its own, and says which field tells it.
  func testACountyDeclaresFactsAndTheirFields() throws {
    let own = try read(
      #"""
      {"facts": [{"id": "age", "question": "多大年纪", "number": true}, {"id": "widowed", "question": "是不是丧偶"}],
       "sources": [{"field": "job.status", "fact": "widowed", "of": "applicant", "reading": "map",
                    "map": {"2": "true"}, "else": "false"}]}
      """#)
    var matter = try BuiltIn.catalog().need("qingjian-18")
    let condition = FactCondition(fact: "widowed", values: ["true"])
    matter.entitlements = [Entitlement(when: [condition], reason: "丧偶")]
    let graduate = try captured("qingjian-01", ["job.status": "2"], applicant: person("马晓慧", "61083020030516982X"))
    func found(_ facts: FactRegister) throws -> [Suggestion] {
      Suggestion.all(
        for: Household.all([graduate], today: today), matters: [matter], county: "610830", facts: facts, today: today)
    }
    XCTAssertEqual(try found(own).map(\.reason), ["丧偶"])
    XCTAssertEqual(try found(try BuiltIn.facts()), [], "the built-in facts know nothing of it")
    let file = CatalogFile(name: "m", bytes: Array(MatterEncoder.text(matter).utf8))
    let warned = CatalogLint.check(matter, in: file, LintContext(facts: try BuiltIn.facts()))
    XCTAssertTrue(warned.contains { $0.code == "catalog.lint.fact" && $0.blocksConfirmation }, "\(warned.map(\.code))")
    XCTAssertFalse(
      CatalogLint.check(matter, in: file, LintContext(facts: own)).contains { $0.code == "catalog.lint.fact" })
    matter.entitlements[0].when = [FactCondition(fact: "age", values: ["60"])]
    XCTAssertTrue(
      CatalogLint.check(matter, in: file, LintContext(facts: own)).contains { $0.code == "catalog.lint.fact" },
      "a number")
  }

  func testAFactsFileIsReadStrictlyAndItsFieldsAreLookedFor() throws {
    let facts = #"""
      "facts": [{"id": "a", "question": "甲"}, {"id": "n", "question": "乙", "number": true, "household": true}]
      """#
    let bad: [(String, String)] = [
      (#"{"field": "x", "fact": "b", "of": "d", "reading": "word"}"#, "catalog.reference"),
      (#"{"field": "x", "fact": "a", "of": "d", "reading": "daysSince"}"#, "catalog.bounds"),
      (#"{"field": "x", "fact": "a", "reading": "word"}"#, "catalog.bounds"),
      (#"{"field": "x", "fact": "n", "of": "d", "reading": "number"}"#, "catalog.bounds"),
      (#"{"field": "x", "fact": "a", "of": "d", "reading": "present"}"#, "catalog.bounds"),
      (#"{"field": "x", "fact": "a", "of": "d", "reading": "map"}"#, "catalog.bounds"),
      (#"{"field": "x", "fact": "a", "of": "d", "reading": "word", "else": "b"}"#, "catalog.bounds"),
      (#"{"field": "x", "fact": "a", "of": "d", "reading": "guess"}"#, "catalog.value-unknown"),
      (#"{"field": "x", "fact": "a", "whose": "d", "reading": "word"}"#, "catalog.key-unknown"),
    ]
    for (source, code) in bad {
      XCTAssertThrowsError(try read("{\(facts), \"sources\": [\(source)]}"), source) { error in
        let problem = error as? Problem
        XCTAssertTrue(([problem] + (problem?.others ?? [])).contains { $0?.code == code }, "\(source): \(error)")
      }
    }
    XCTAssertThrowsError(
      try read(#"{"facts": [{"id": "a", "question": "甲"}, {"id": "a", "question": "乙"}], "sources": []}"#))
    let matters = try BuiltIn.catalog().matters
    let file = CatalogFile(name: "facts.json", bytes: [])
    func warnings(_ source: String) throws -> [String] {
      let register = try read("{\(facts), \"sources\": [\(source)]}")
      return FactsDocument.warnings(register, in: file, matters: matters).map { "\($0.code) \($0.path)" }
    }
    XCTAssertEqual(
      try warnings(#"{"field": "d.levl", "fact": "a", "of": "d", "reading": "word"}"#),
      ["catalog.lint.fact-field sources.0.field"])
    XCTAssertEqual(
      try warnings(#"{"field": "d.level", "fact": "a", "of": "d", "reading": "flag"}"#),
      ["catalog.lint.fact-field sources.0.reading"])
    XCTAssertEqual(
      try warnings(#"{"field": "d.level", "fact": "a", "of": "zz", "reading": "word"}"#),
      ["catalog.lint.fact-field sources.0.of"])
    XCTAssertEqual(FactsDocument.warnings(try BuiltIn.facts(), in: file, matters: matters).map(\.reason), [])
  }

  func testAnEmptyDeviceSuggestsNothing() throws { XCTAssertEqual(try suggest([]), []) }
}
