import Application
import Assistant
import Casework
import Catalog
import Foundations
import Replication
import TestSupport
import XCTest

/// Scenarios 9 to 14 and 16: people who did not see each other, each with a real store, over HTTP, on a real journal.
final class MergeScenarioTests: XCTestCase {
  private var village: Village!
  private var laptops: [Assistant] = []

  override func setUpWithError() throws {
    village = try Village()
    laptops = try village.open(2)
  }

  private var first: Assistant { laptops[0] }
  private var second: Assistant { laptops[1] }

  private func sync(_ laptop: Assistant) throws { _ = try laptop.sync { _ in } }

  /// An application that all laptops have.
  private func shared(_ matter: String = "qingjian-04", submit: Bool = false) throws -> String {
    let id = try XCTUnwrap(try first.new(try village.document(matter, submit: submit))["id"]?.text)
    try everybody()
    return id
  }

  private func everybody() throws { try Village.everybody(laptops) }

  private func edit(_ laptop: Assistant, _ id: String, _ field: String, _ value: Value) throws {
    _ = try laptop.edit(id, [Assignment(field, .value(value))])
  }

  private func state(_ id: String) throws -> ApplicationState { try village.bench.state(ApplicationID(id)) }

  private func candidates(_ laptop: Assistant, _ id: String, _ field: String) throws -> Set<String> {
    let conflict = try laptop.conflicts(id).first { $0["field"]?.text == field }
    return Set((conflict?["candidates"]?.array ?? []).compactMap { $0["value"]?.text })
  }

  /// Every replica derives the same application, and nothing differs from the server's log.
  private func checkAgreement(_ id: String, line: UInt = #line) throws {
    let shown = try laptops.map { try $0.show(id) }
    for each in shown {
      for key in ["fields", "status", "versions", "proceedings", "late"] {
        XCTAssertEqual(each[key], shown[0][key], key, line: line)
      }
    }
    for laptop in laptops { XCTAssertEqual(try laptop.prove()["differ"], [], line: line) }
    XCTAssertEqual(try village.bench.service.verify().problems, [], line: line)
  }

  func testScenario09EditsOfDifferentFieldsBothSurviveWithoutAConflict() throws {
    let id = try shared()
    try edit(first, id, "mo.name", "李四")
    try edit(second, id, "mo.phone", "13887654321")
    try everybody()
    for laptop in laptops {
      let fields = try laptop.show(id)["fields"]
      XCTAssertEqual(fields?["mo.name"], "李四")
      XCTAssertEqual(fields?["mo.phone"], "13887654321")
      XCTAssertEqual(try laptop.conflicts(id), [])
    }
    try checkAgreement(id)
  }

  func testScenario10EditsOfTheSameFieldAreBothVisibleAndHoldForwardingUntilSettled() throws {
    let id = try shared()
    try edit(first, id, "mo.name", "李四")
    try edit(second, id, "mo.name", "李斯")
    try everybody()
    for laptop in laptops {
      XCTAssertEqual(try candidates(laptop, id, "mo.name"), ["李四", "李斯"])
      XCTAssertEqual(problem { _ = try laptop.submit(id, deferring: []) }?.code, "submit.conflict")
    }
    try everybody()
    XCTAssertEqual(try village.bench.service.outbox(dead: false, limit: 10), [], "nothing goes out meanwhile")
    XCTAssertEqual(try state(id).proceedings, [])
    _ = try second.resolve(id, field: "mo.name", take: nil, value: "李斯")
    _ = try second.submit(id, deferring: [])
    try everybody()
    XCTAssertEqual(try state(id).version?.values["mo.name"], "李斯")
    XCTAssertFalse(try village.bench.service.outbox(dead: false, limit: 10).isEmpty)
    try checkAgreement(id)
  }

  func testScenario11AnOfflineChainAgainstOneEditIsInConflictOnlyWhereBothTouched() throws {
    let id = try shared()
    for (field, value) in [
      ("mo.name", "李一"), ("mo.phone", "13800000001"), ("mo.name", "李二"), ("hk.householder", "王一"),
      ("nb.weight", 3400), ("mo.name", "李三"), ("hk.householder", "王二"),
    ] as [(String, Value)] { try edit(first, id, field, value) }
    try edit(second, id, "hk.householder", "王别人")
    try sync(second)
    try everybody()
    for laptop in laptops {
      XCTAssertEqual(try laptop.conflicts(id).map { $0["field"] }, ["hk.householder"])
      XCTAssertEqual(try candidates(laptop, id, "hk.householder"), ["王二", "王别人"], "the ends of the two chains")
      let fields = try laptop.show(id)["fields"]
      XCTAssertEqual(fields?["mo.name"], "李三")
      XCTAssertEqual(fields?["mo.phone"], "13800000001")
      XCTAssertEqual(fields?["nb.weight"], 3400)
    }
    try checkAgreement(id)
  }

  func testScenario12AGroupIsNeverPutTogetherFromTwoPeoplesWrites() throws {
    let matter = try XCTUnwrap(
      village.bench.matters.first { matter in matter.fields.contains { $0.group == "guardian" } })
    let id = try XCTUnwrap(try first.openDraft(matter: matter.id.text, division: nil)["id"]?.text)
    try everybody()
    let members = matter.fields.filter { $0.group == "guardian" }.map(\.id)
    let (name, number) = (members[0], members[1])
    let whole: [Value] = [
      [name: "甲某", number: "610830199605209824"], [name: "乙某", number: "610830199403129818"],
    ].map { .object($0) }
    for (laptop, value) in zip(laptops, whole) { try edit(laptop, id, "guardian", value) }
    for _ in 0..<3 {
      for laptop in laptops {
        let fields = try laptop.show(id)["fields"]
        let shown: Value = [name: fields?[name] ?? .null, number: fields?[number] ?? .null]
        XCTAssertTrue(whole.contains(shown), "mixed: \(shown)")
        try sync(laptop)
      }
    }
    XCTAssertEqual(try state(id).conflicts, [Register.group("guardian")])
    XCTAssertEqual(try state(id).registers[Register.group("guardian")]?.candidates.map(\.value).count, 2)
    // Who has seen the one that stands corrects a part of it, and the rest stays with it.
    _ = try second.resolve(id, field: "guardian", take: 1, value: nil)
    try edit(second, id, name, "丙某")
    try everybody()
    XCTAssertEqual(try state(id).conflicts, [])
    for laptop in laptops {
      let fields = try laptop.show(id)["fields"]
      XCTAssertEqual(fields?[name], "丙某")
      XCTAssertEqual(fields?[number], whole[0][number])
    }
    try checkAgreement(id)
  }

  /// Two values of one field, known to all; then two people settle them without seeing each other.
  private func settle(_ values: (Value, Value)) throws -> String {
    let id = try shared()
    try edit(first, id, "mo.name", "李四")
    try edit(second, id, "mo.name", "李斯")
    try everybody()
    _ = try first.resolve(id, field: "mo.name", take: nil, value: values.0)
    _ = try second.resolve(id, field: "mo.name", take: nil, value: values.1)
    try everybody()
    return id
  }

  func testScenario13TwoDifferentSettlementsSurfaceAgainAndTwoEqualOnesDoNot() throws {
    let different = try settle(("李四", "李斯"))
    for laptop in laptops { XCTAssertEqual(try candidates(laptop, different, "mo.name"), ["李四", "李斯"]) }
    let equal = try settle(("李司", "李司"))
    for laptop in laptops {
      XCTAssertEqual(try laptop.conflicts(equal), [])
      XCTAssertEqual(try laptop.show(equal)["fields"]?["mo.name"], "李司")
    }
    try checkAgreement(different)
    try checkAgreement(equal)
  }

  func testScenario14AValueTheSettlementHadNotSeenOpensTheConflictAgain() throws {
    laptops.append(try village.open())
    let id = try shared()
    try edit(laptops[2], id, "mo.name", "李丝")
    try edit(first, id, "mo.name", "李四")
    try edit(second, id, "mo.name", "李斯")
    for laptop in [first, second, first] { try sync(laptop) }
    _ = try first.resolve(id, field: "mo.name", take: nil, value: "李四")
    for laptop in [first, second] { try sync(laptop) }
    XCTAssertEqual(try state(id).conflicts, [])
    try everybody()
    for laptop in laptops { XCTAssertEqual(try candidates(laptop, id, "mo.name"), ["李四", "李丝"]) }
    try checkAgreement(id)
  }

  func testScenario16WithdrawalAndSubmissionEndTheSameEverywhereWhoeverIsFirst() throws {
    for withdrawalIsFirst in [true, false] {
      let id = try shared()
      _ = try first.submit(id, deferring: [])
      _ = try second.withdraw(id, why: "不办了")
      let order = withdrawalIsFirst ? [second, first] : [first, second]
      for laptop in order { try sync(laptop) }
      try everybody()
      XCTAssertEqual(try state(id).status, .withdrawn, "withdrawal first: \(withdrawalIsFirst)")
      for laptop in laptops { XCTAssertEqual(try laptop.show(id)["status"], "withdrawn") }
      let open = try state(id).proceedings.filter { !$0.status.isFinal }
      XCTAssertEqual(open.map(\.id), [], "no window works on it")
      if withdrawalIsFirst {
        XCTAssertTrue(try first.todo().contains { $0["kind"] == "refused" }, "who submitted is told")
      }
      try checkAgreement(id)
    }
  }
}
