import Application
import Foundations
import Replication
import XCTest

/// What must hold between fields, and what happens where two people's edits break it together.
final class RelationTests: XCTestCase {
  func testRelationsOfTimesAndOfNumbers() {
    let notAfter = FieldRelation(.notAfter, "a", "b")
    let table: [(String, String, Bool)] = [
      ("2025-09-02", "2025-09-04", true), ("2025-09-04", "2025-09-04", true), ("2025-09-05", "2025-09-04", false),
      // As exactly as both are.
      ("2025-09-30", "2025-09", true), ("2025-10", "2025-09-30", false), ("2025-09", "2025-09-01", true),
      ("2025-09-04T23:50:00+08:00", "2025-09-04", true), ("2025-09-04T23:50:00+08:00", "2025-09-03", false),
      // Half past midnight in China, the day before in Greenwich.
      ("2025-09-03T16:30:00Z", "2025-09-03", false),
      ("", "2025-09-03", true), ("不知道", "2025-09-03", false),
    ]
    for (first, second, expected) in table {
      XCTAssertEqual(notAfter.holds(["a": .text(first), "b": .text(second)]), expected, "\(first) \(second)")
    }
    XCTAssertTrue(notAfter.holds(["a": "2025-09-03"]))
    XCTAssertTrue(notAfter.holds(["a": 3, "b": 2]), "what is no text is the form's business")
    let different = FieldRelation(.different, "a", "b")
    XCTAssertFalse(different.holds(["a": "61083019991231988X", "b": "61083019991231988x"]))
    XCTAssertTrue(different.holds(["a": "61083019991231988X", "b": "610830199403129818"]))
    XCTAssertEqual(FieldRelation(notAfter.value), notAfter)
    for bad: Value in [nil, [], ["later", "a", "b"], ["notAfter", "a"], ["notAfter", 1, "b"]] {
      XCTAssertNil(FieldRelation(bad))
    }
  }

  private func state(_ rules: Value, _ set: Value) throws -> ApplicationState {
    let id = OperationID(DeviceID("alice"), 1)
    let payload: Value = [
      "matter": "m", "matterVersion": 1, "code": "L-1", "station": "s", "consent": ["given": true], "rules": rules,
      "set": set,
    ]
    let header = OperationHeader(
      id: id, application: ApplicationID(createdBy: id), person: PersonID("p"), kind: .create,
      claimedAt: Instant(milliseconds: 0))
    return try XCTUnwrap(
      ApplicationState(
        creating: JudgedOperation(
          Operation(header: header, salt: [UInt8](repeating: 1, count: 12), payload: [], content: payload),
          Judgement(
            sequence: 1, disposition: .applied, receivedAt: header.claimedAt, capturedAt: header.claimedAt,
            captureDoubtful: false))))
  }

  func testABrokenRelationIsAConflictOfBothFieldsAndOfItsOwnKind() throws {
    let rules: Value = [["notAfter", "a", "b"], ["later", "x", "y"], ["different", "p", "q"]]
    let whole = try state(rules, ["a": "2025-09-02", "b": "2025-09-04", "p": "1", "q": "2"])
    XCTAssertEqual(whole.conflicts, [])
    XCTAssertEqual(whole.openingRelations.count, 2, "a kind of a later program breaks nothing here")
    let broken = try state(rules, ["a": "2025-09-05", "b": "2025-09-04", "p": "1", "q": "2", "z": "3"])
    XCTAssertEqual(broken.conflicts, ["a", "b"])
    XCTAssertEqual(broken.currentSnapshot.conflicts, ["a", "b"])
    let view = broken.conflictsView { $0.text }
    XCTAssertEqual(view.map { $0["kind"] }, ["rule", "rule"])
    XCTAssertEqual(view.first?["against"], ["b"])
    XCTAssertEqual(view.first?["candidates"]?.array?.count, 1)
  }

  func testAFieldInAGroupStandsForItsGroup() throws {
    let group = Register.group("who")
    let broken = try state(
      [["different", "p", "q"]], .object([group: ["p": "1", "name": "甲"], "q": "1"]))
    XCTAssertEqual(broken.conflicts, [group, "q"].sorted())
    XCTAssertEqual(broken.standsAgainst(group), ["q"])
    XCTAssertEqual(broken.standsAgainst("q"), ["p"])
  }
}
