import Foundations
import TestValues
import Wire
import XCTest

final class ColumnsTests: XCTestCase {
  private func unpacks(_ packed: Value, _ count: Int) -> Bool { (try? Columns.unpack(packed, count: count)) != nil }

  private func assertComesBack(_ rows: [Value], file: StaticString = #filePath, line: UInt = #line) {
    let back = try? Columns.unpack(Columns.pack(rows), count: rows.count)
    // By bytes: that is what digests are made of.
    XCTAssertEqual(back.map { $0.map(CBOR.encode) }, rows.map(CBOR.encode), file: file, line: line)
  }

  func testRowsComeBackAsTheyWere() {
    var generator = SeededGenerator(1971)
    for _ in 0..<2000 {
      assertComesBack((0..<generator.number(0...9)).map { _ in generator.value() })
      let shapes = (0..<3).map { _ in generator.object(depthMax: 2) }
      assertComesBack(
        (0..<generator.number(0...12)).map { _ in
          var row = shapes[generator.number(0...2)]
          for key in row.keys.sorted() where generator.once(in: 3) { row[key] = generator.value(depthMax: 3) }
          return .object(row)
        })
    }
  }

  func testRowsThatOnlyLookAlikeKeepTheirBytes() {
    assertComesBack(["é", "e\u{301}"])
    assertComesBack([.double(0), .double(-0.0)])
    assertComesBack(Array(repeating: ["é": 1], count: 4) + Array(repeating: ["e\u{301}": 1], count: 4))
    assertComesBack([["a": "é"], ["a": "e\u{301}"], ["a": "é"], ["a": "é"]])
    assertComesBack([.double(.nan), .double(.nan)])
  }

  func testEqualRowsAreWrittenOnce() {
    let row: Value = ["kind": "write", "text": "很长的一段话"]
    XCTAssertEqual(Columns.pack(Array(repeating: row, count: 1000)), [1, row])
    XCTAssertEqual(Columns.pack([row]), [0, row])
    XCTAssertEqual(Columns.pack([]), [0])
  }

  func testDeepRowsStayWithinWhatAMessageMayNest() throws {
    func deep(_ levels: Int, _ leaf: Value) -> Value { levels == 0 ? leaf : ["a": deep(levels - 1, leaf)] }
    for levels in 0...Limits.jsonDepthMax {
      let rows = (0..<5).map { deep(levels, .integer($0)) }
      assertComesBack(rows)
      let message: Value = [1, [2, [3, [4, Columns.pack(rows)]]]]
      let streams = MessageCoding.encode(message, templates: .none)
      XCTAssertEqual(try MessageCoding.decode(streams, templates: .none), message, "\(levels) levels")
    }
  }

  func testWhatPackNeverWritesIsRefused() {
    let refused: [(Value, Int)] = [
      (.null, 1), ([], 1), (["a"], 1), ([9, 1], 1), ([-1], 0), ([0], 1), ([0, 1], 2), ([0, 1, 2], 1), ([1], 1),
      ([1, 2, 3], 1),
      ([2], 1), ([2, [], [0], []], 1), ([2, [["a"]], [0, 0], []], 1), ([2, [["a"]], [0, 1], [[[0, 1]]]], 1),
      ([2, [["a"]], [0, -1], [[[0, 1]]]], 1), ([2, [["a"]], [0, .integer(.max)], [[[0, 1]]]], 1),
      ([2, [["a"]], [0, "0"], [[[0, 1]]]], 1), ([2, [["a", "b"]], [0, 0], [[[0, 1]]]], 1),
      ([2, [["a"]], [0, 0], [[[0, 1, 2]]]], 1), ([2, [[1]], [0, 0], [[[0, 1]]]], 1),
      ([2, ["a"], [0, 0], [[[0, 1]]]], 1),
      ([2, [["a"]], [0, 0], [1]], 1), ([2, [["a"], ["b"]], [0, 0], [[[0, 1]], [[0]]]], 1),
    ]
    for (packed, count) in refused { XCTAssertFalse(unpacks(packed, count), JSON.text(packed)) }
    XCTAssertTrue(unpacks([2, [["a"]], [0, 0], [[[0, 1]]]], 1))
  }

  func testManyConstantColumnsOfManyRowsAreRefusedBeforeTheyAreMade() {
    let keys = (0..<2_000).map { Value.text("k\($0)") }
    let columns = Value.array(Array(repeating: [1, nil], count: keys.count))
    XCTAssertFalse(unpacks([2, .array([.array(keys)]), [1, 0], .array([columns])], 2000))
  }

  func testColumnsWithinColumnsWithoutEndAreRefused() {
    var packed: Value = [1, 0]
    for _ in 0..<40 { packed = [2, [["a"]], [1, 0], [[packed]]] }
    XCTAssertFalse(unpacks(packed, 2000))
    var shapes: Value = [1, 0]
    for _ in 0..<40 { shapes = [2, [[]], shapes, [[]]] }
    XCTAssertFalse(unpacks(shapes, 2000))
  }

  func testNoDamageCrashesUnpacking() {
    var generator = SeededGenerator(1980)
    var unpacked = 0
    for _ in 0..<10_000 {
      let shape = generator.object(depthMax: 1)
      let rows = (0..<6).map { index in Value.object(shape.merging(["n": .integer(Int64(index))]) { $1 }) }
      guard let damaged = try? CBOR.decode(generator.damaged(CBOR.encode(Columns.pack(rows)))) else { continue }
      if let back = try? Columns.unpack(damaged, count: 6) {
        unpacked += 1
        XCTAssertEqual(back.count, 6)
      }
    }
    XCTAssertGreaterThan(unpacked, 100)
  }
}
