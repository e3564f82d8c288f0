import Foundations
import Replication
import XCTest

/// Where two logs part after backups were put back.
final class LineageTests: XCTestCase {
  private func lineage(_ past: [(String, Int64)], _ current: String) -> Lineage {
    Lineage(past: past.map { Lineage.Past(timeline: $0.0, through: $0.1) }, current: current)
  }

  func testWhereDeviceAndServerPart() {
    let table: [(name: String, device: Lineage, server: Lineage, expected: Lineage.Relation)] = [
      ("nothing happened", lineage([], "1"), lineage([], "1"), .same),
      ("put back once", lineage([], "1"), lineage([("1", 80)], "2"), .parted(at: 80)),
      ("known already", lineage([("1", 80)], "2"), lineage([("1", 80)], "2"), .same),
      (
        "twice, the device saw the first", lineage([("1", 80)], "2"), lineage([("1", 80), ("2", 90)], "3"),
        .parted(at: 90)
      ),
      ("twice, the device saw neither", lineage([], "1"), lineage([("1", 80), ("2", 90)], "3"), .parted(at: 80)),
      ("an older backup than the first", lineage([("1", 80)], "2"), lineage([("1", 60)], "3"), .parted(at: 60)),
      (
        "a backup of before the first was put back, but later", lineage([("1", 80)], "2"), lineage([("1", 95)], "3"),
        .parted(at: 80)
      ),
      ("an empty backup", lineage([], "1"), lineage([("1", 0)], "2"), .parted(at: 0)),
      ("a server that was made anew", lineage([("1", 80)], "2"), lineage([], "9"), .foreign),
      ("another county", lineage([], "1"), lineage([("8", 70)], "9"), .foreign),
    ]
    for (name, device, server, expected) in table { XCTAssertEqual(device.relation(to: server), expected, name) }
  }

  func testATimelineThatABackupTookThePlaceOfHasEnded() {
    let first = Lineage(current: "a")
    let second = first.restored(through: 60, as: "b")
    let third = first.restored(through: 40, as: "c").replacing(second)
    XCTAssertTrue(third.hasEnded("a"))
    XCTAssertTrue(third.hasEnded("b"))
    XCTAssertFalse(third.hasEnded("c"))
    XCTAssertEqual(second.relation(to: third), .parted(at: 40))
    XCTAssertEqual(first.relation(to: third), .parted(at: 40))
    XCTAssertEqual(first.restored(through: 40, as: "c").replacing(first), first.restored(through: 40, as: "c"))
    XCTAssertEqual(third.replacing(Lineage(current: "z")), third, "another county's tells nothing")
    XCTAssertEqual(Lineage(third.value), third)
  }

  func testALineageComesBackFromItsValue() {
    for lineage in [lineage([], "1"), lineage([("1", 80), ("2", 90)], "3")] {
      XCTAssertEqual(Lineage(lineage.value), lineage)
    }
    for bad: Value? in [nil, .null, [], [1], ["1", ["2"]], ["1", ["2", -1]], ["1", [2, 2]]] {
      XCTAssertNil(Lineage(bad))
    }
    XCTAssertNil(Lineage(.array([Value](repeating: ["1", 2], count: 2000))))
    XCTAssertEqual(lineage([], "1").restored(through: 5, as: "2"), lineage([("1", 5)], "2"))
  }

  func testADeviceGoesBackToWhereBothStandAndNoFurther() {
    func rewound(at position: Int64, _ sequence: Int64, to: Int64, firstLost: Int64?) -> DeviceRecord {
      DeviceMachine.rewound(
        DeviceRecord(
          counter: 9, acknowledged: 7, cursor: Cursor(timeline: "1", position: position, sequence: sequence),
          pageMax: 200), to: to, timeline: "2", firstLost: firstLost)
    }
    XCTAssertEqual(
      rewound(at: 90, 90, to: 80, firstLost: 5),
      DeviceRecord(
        counter: 9, acknowledged: 4, cursor: Cursor(timeline: "2", position: 80, sequence: 80), pageMax: 200))
    XCTAssertEqual(
      rewound(at: 70, 33, to: 80, firstLost: nil),
      DeviceRecord(
        counter: 9, acknowledged: 7, cursor: Cursor(timeline: "2", position: 70, sequence: 33), pageMax: 200))
    XCTAssertEqual(
      rewound(at: 70, 70, to: 80, firstLost: 9).acknowledged, 7, "what was not acknowledged is sent anyway")
  }
}
