import Foundations
import XCTest

@testable import Catalog

/// Who acts for whom (rules.md 5.2), and what a newer file of a matter says otherwise.
final class MandateTests: XCTestCase {
  private func act(_ agent: String, _ applicant: String, day: Int64 = 0, accounts: [String] = []) -> AgentUse.Act {
    AgentUse.Act(
      agent: agent, agentName: "李四", applicant: applicant, accounts: accounts,
      at: Instant(milliseconds: 1_795_000_000_000 + day * 86_400_000))
  }

  func testSection52AnAgentUsedUnusuallyOftenIsFlagged() {
    let often = (0..<20).map { act("often", "p\($0)", day: Int64($0)) }
    let slow = (0..<20).map { act("slow", "p\($0)", day: Int64($0) * 3) }
    let loyal = (0..<40).map { _ in act("loyal", "one") }
    let uses = AgentUse.summary(slow + loyal + often)
    XCTAssertEqual(uses.map(\.agent), ["often", "slow", "loyal"])
    XCTAssertEqual(uses.map(\.flags), [[.many], [], []])
    XCTAssertEqual(uses.map(\.applicants), [20, 20, 1])
    XCTAssertEqual(AgentUse.summary(Array(often.dropLast())).first?.flags, [])
  }

  func testSection52OneAccountForTwoApplicantsIsFlagged() {
    let same = [act("a", "p1", accounts: ["62"]), act("a", "p2", accounts: ["62"])]
    XCTAssertEqual(AgentUse.summary(same).first?.flags, [.account])
    let own = [act("a", "p1", accounts: ["62"]), act("a", "p1", accounts: ["62"]), act("a", "p2", accounts: ["63"])]
    XCTAssertEqual(AgentUse.summary(own).first?.flags, [])
    // Another agent's applicant with that account is another matter.
    XCTAssertEqual(AgentUse.summary([same[0], act("b", "p2", accounts: ["62"])]).map(\.flags), [[], []])
  }

  func testSection53TheAgeCountsFromTheBirthdayOn() throws {
    var matter = Depth.matter(items: [Depth.item("a"), Depth.item("b")])
    matter.items[1].asksWill = true
    let agent: Value = ["name": "李四", "idNumber": "32083019870412980X"]
    func problem(_ day: String, _ rules: WillRules = WillRules(), items: [String] = ["b"]) throws -> Problem? {
      rules.problem(
        Guidance(matter, answers: [:], named: items.map { ItemID($0) }),
        applicant: ["idNumber": "362133196506159814"], agent: agent, mandate: [:], today: try XCTUnwrap(CivilDate(day)))
    }
    XCTAssertNil(try problem("2025-06-14"))
    XCTAssertEqual(try problem("2025-06-15")?.code, "mandate.will", "sixty today")
    XCTAssertNil(try problem("2025-06-15", items: ["a"]))
    XCTAssertNotNil(try problem("2025-06-15", WillRules(county: ["willScope": "all"]), items: ["a"]))
    XCTAssertNil(try problem("2026-06-15", WillRules(county: ["willAge": 80])))
  }

  func testSection53AnAgentUnderTheApplicantsOwnNumberPutsNoEndToTheQuestion() throws {
    let number: Value = "362133196506159814"
    let today = try XCTUnwrap(CivilDate("2025-06-15"))
    let agent: Value = ["name": "李四", "idNumber": number, "relation": "邻居"]
    XCTAssertTrue(WillRules().concerns(applicant: ["idNumber": number], agent: agent, today: today))
    XCTAssertFalse(WillRules().concerns(applicant: ["idNumber": number], agent: nil, today: today))
    let rules = MandateRules(
      Guidance(Depth.matter(items: [Depth.item("a")]), answers: [:]), applicant: ["idNumber": number], agent: agent,
      mandate: [:], values: [:], today: today)
    XCTAssertEqual(rules.problems.map(\.code), ["agent.is-applicant"])
  }

  func testADifferenceNamesWhatIsNewGoneAndOtherwise() {
    let old = Depth.matter(
      items: [Depth.item("a", promised: 5), Depth.item("b")],
      fields: [Depth.field("x", maxLength: 30), Depth.field("y"), Depth.field("same")],
      materials: [Depth.material("m")])
    var new = old
    new.version = 2
    new.items[0].limit?.promised = 3
    new.items.removeLast()
    new.fields.removeAll { $0.id == "y" }
    new.fields[0].maxLength = 10
    new.fields.append(Depth.field("z"))
    new.materials[0].deferrable = true
    let changes = MatterDifference(from: old, to: new).changes
    XCTAssertEqual(changes.map(\.id), ["a", "b", "x", "y", "z", "m"])
    XCTAssertNil(changes.first { $0.id == "y" }?.after)
    XCTAssertNil(changes.first { $0.id == "z" }?.before)
    XCTAssertEqual(MatterDifference(from: old, to: old).changes, [])
    let said = changes.flatMap { [$0.before, $0.after] }.compactMap(\.self).joined()
    XCTAssertTrue(said.contains("文字") && said.contains("自备"), said)
    for type in FieldType.allCases where type.rawValue.count > 1 { XCTAssertFalse(said.contains(type.rawValue), said) }
    // A pattern is written for programs: that it is another is told, not what it is.
    var stricter = old
    stricter.fields[0].pattern = "[0-9]{4}"
    var strictest = old
    strictest.fields[0].pattern = "[0-9]{5}"
    XCTAssertEqual(
      MatterDifference(from: stricter, to: strictest).changes.compactMap(\.after).map { $0.contains("和以前不一样") }, [true])
    XCTAssertFalse(MatterDifference(from: old, to: stricter).changes.contains { $0.after?.contains("[") == true })
  }

  func testR18ASavingIsWhatIsNotAskedAgain() {
    let matter = Depth.matter(
      items: [Depth.item("a"), Depth.item("b", agency: "no")],
      fields: [Depth.field("p.name", items: ["a", "b"]), Depth.field("only", items: ["a"])],
      materials: [Depth.material("m", items: ["a", "b"]), Depth.material("e", .certificate, items: ["b"])])
    let saved = Savings(Guidance(matter, answers: [:]))
    XCTAssertEqual([saved.fieldsPrinted, saved.fieldsAsked], [3 + 6, 2 + 3])
    XCTAssertEqual([saved.papersPrinted, saved.papersAsked], [3, 1])
    XCTAssertEqual([saved.tripsPrinted, saved.tripsNow], [2, 1])
  }
}
