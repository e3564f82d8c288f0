import Application
import Foundations
import Replication
import XCTest

/// What happens when several devices write without seeing each other.
final class MergeTests: XCTestCase {
  private var bench = Bench()

  override func setUp() {
    bench = Bench()
    for device in [bob, carol] { bench.pull(device) }
  }

  func testDifferentValuesAreAConflictOnEveryReplica() {
    bench.write(alice, "name", "张三丰")
    bench.write(bob, "name", "李四")
    bench.push(alice)
    bench.push(bob)
    XCTAssertEqual(bench.state.conflicts, ["name"])
    XCTAssertEqual(bench.state.registers["name"]?.candidates.map(\.value), ["张三丰", "李四"])
    XCTAssertEqual(bench.state.value("name"), "张三丰", "the first is shown")
    XCTAssertEqual(bench.seen(bob), bench.state)
  }

  func testEqualValuesCollapse() {
    bench.write(alice, "name", "李四")
    bench.write(bob, "name", "李四")
    bench.push(alice)
    bench.push(bob)
    XCTAssertEqual(bench.state.conflicts, [])
    XCTAssertEqual(bench.state.registers["name"]?.heads.count, 2)
  }

  private func makeConflict() {
    bench.write(alice, "name", "甲")
    bench.write(bob, "name", "乙")
    bench.push(alice)
    bench.push(bob)
    for device in [alice, carol] { bench.pull(device) }
  }

  func testASettlementEndsAConflict() {
    makeConflict()
    bench.write(alice, "name", "乙")
    bench.push(alice)
    XCTAssertEqual(bench.state.conflicts, [])
    XCTAssertEqual(bench.state.value("name"), "乙")
    XCTAssertEqual(bench.state.registers["name"]?.heads.count, 1)
  }

  func testAValueTheSettlementHadNotSeenOpensItAgain() {
    makeConflict()
    bench.write(carol, "name", "丙")
    bench.write(alice, "name", "甲")
    bench.push(alice)
    XCTAssertEqual(bench.state.conflicts, [])
    bench.push(carol)
    XCTAssertEqual(bench.state.conflicts, ["name"])
    XCTAssertEqual(bench.state.registers["name"]?.candidates.map(\.value), ["甲", "丙"])
  }

  func testTwoDifferentSettlementsConflictAndTwoEqualOnesDoNot() {
    makeConflict()
    bench.write(alice, "name", "甲")
    bench.write(bob, "name", "乙")
    bench.push(alice)
    bench.push(bob)
    XCTAssertEqual(bench.state.conflicts, ["name"])
    for device in [alice, bob] { bench.pull(device) }
    bench.write(alice, "name", "丁")
    bench.write(bob, "name", "丁")
    bench.push(alice)
    bench.push(bob)
    XCTAssertEqual(bench.state.conflicts, [])
  }

  func testGroupsNeverMix() {
    bench = Bench(set: ["#bank": ["bank": "农行", "account": "1"], "name": "张三"])
    bench.pull(bob)
    bench.write(alice, "#bank", ["bank": "工行", "account": "2"])
    bench.write(bob, "#bank", ["bank": "农行", "account": "3"])
    bench.push(alice)
    bench.push(bob)
    XCTAssertEqual(bench.state.conflicts, ["#bank"])
    XCTAssertEqual(bench.state.fieldValues, ["bank": "工行", "account": "2", "name": "张三"])
    XCTAssertEqual(
      bench.state.registers["#bank"]?.candidates.map(\.value),
      [["bank": "工行", "account": "2"], ["bank": "农行", "account": "3"]])
  }

  func testAFieldInAGroupAndAloneIsShownTheSameEverywhere() {
    for _ in 0..<20 {
      XCTAssertEqual(
        ApplicationState.fieldValues(["#b": ["x": 1, "y": 2], "#a": ["x": 3], "x": 4, "@applicant": ["x": 5]]),
        ["x": 4, "y": 2])
      XCTAssertEqual(ApplicationState.fieldValues(["#b": ["x": 1], "#a": ["x": 3]]), ["x": 3])
    }
  }

  func testWritesOfDifferentFieldsBothStand() {
    bench.write(alice, "name", "甲")
    bench.write(bob, "phone", "138")
    bench.push(bob)
    bench.push(alice)
    XCTAssertEqual(bench.state.fieldValues, ["name": "甲", "phone": "138"])
    XCTAssertEqual(bench.state.conflicts, [])
  }

  func testOnlyParentsThatWereNeverReceivedAreUnknown() {
    let refused = bench.record(bob, .write, ["set": ["name": "乙"]], parents: ["name": [OperationID(carol, 9)]])
    bench.push(bob)
    func unknown(_ parents: [String: [OperationID]]) -> [OperationID] {
      bench.state.unknownParents(
        of: OperationHeader(
          id: OperationID(bob, 7), application: bench.id, person: PersonID("p"), kind: .write, parents: parents,
          claimedAt: Instant(milliseconds: 1)))
    }
    XCTAssertEqual(unknown(["name": [refused], "phone": [OperationID(alice, 1)]]), [], "kept aside is received")
    XCTAssertEqual(unknown(["name": [OperationID(carol, 9), refused]]), [OperationID(carol, 9)])
    XCTAssertEqual(unknown(["x": [refused]]), [refused], "of that register only")
  }

  func testAWriteWhoseParentNeverArrivedWaitsVisibly() {
    let id = bench.record(
      bob, .write, ["set": ["name": "乙"]], parents: ["name": [OperationID(carol, 9)]])
    XCTAssertEqual(bench.push(bob), .quarantined("parent.missing"))
    XCTAssertEqual(bench.state.value("name"), "张三")
    XCTAssertEqual(bench.state.timeline.last?.code, "parent.missing")
    let next = bench.record(bob, .write, ["set": ["name": "丙"]], parents: ["name": [id]])
    bench.push(bob)
    XCTAssertEqual(bench.disposition(next), .applied, "what was kept aside was received all the same")
    XCTAssertEqual(bench.state.value("name"), "张三", "it never saw the first value, which stands beside it")
    XCTAssertEqual(bench.state.conflicts, ["name"])
  }

  func testMaterialsAreAddWins() {
    let first = bench.attach(alice, "id-card")
    bench.push(alice)
    bench.pull(bob)
    bench.detach(bob, first)
    let second = bench.attach(alice, "id-card", originals: 2)
    bench.push(bob)
    bench.push(alice)
    XCTAssertEqual(bench.state.materials.map(\.operation), [second], "what the remover had not seen stays")
    bench.detach(alice, first)
    bench.push(alice)
    XCTAssertEqual(bench.state.materials.map(\.operation), [second], "taken out twice is taken out once")
  }

  func testWhatIsNotThereCannotBeTakenOut() {
    XCTAssertEqual(bench.disposition(bench.detach(bob, OperationID(alice, 77))), nil)
    XCTAssertEqual(bench.push(bob), .refused("material.not-there"))
    bench.record(bob, .detach, ["operation": 7])
    XCTAssertEqual(bench.push(bob), .refused("material.not-there"))
  }

  func testUnreadableMaterialsAreKeptAside() {
    let wrong: [Value] = [
      ["material": "m"], ["material": "m", "originals": 0, "copies": 0],
      ["material": "m", "originals": -1, "copies": 2],
      ["material": "m", "originals": .integer(.max), "copies": .integer(.max)], ["digest": "sm3:00", "bytes": 1],
      ["material": "m", "digest": "sm3:00"], ["material": "m", "digest": "sm3:00", "bytes": -1],
    ]
    for payload in wrong {
      bench.record(bob, .attach, payload)
      XCTAssertEqual(bench.push(bob), .quarantined("operation.unreadable"), JSON.text(payload))
    }
    XCTAssertEqual(bench.state.materials, [])
  }
}
