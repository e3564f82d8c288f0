import SQLite
import XCTest

/// Statements over many rows at once.
final class ManyRowsTests: StorageTestCase {
  private let insertion = ManyRows("INSERT OR IGNORE INTO t(id, v)")
  private let known = ManyRows(columns: 1) { rows in
    "WITH asked(id) AS (VALUES\(rows)) SELECT t.id FROM asked JOIN t USING (id)"
  }

  func testEveryNumberOfRowsIsWrittenWholeAndCounted() throws {
    let connection = try tableConnection()
    var next: Int64 = 0
    for count in 0...2 * ManyRows.most + 3 {
      let rows = (0..<Int64(count)).map { [Binding.integer(next + $0), .integer(-next - $0)] }
      XCTAssertEqual(try connection.run(insertion, rows), count)
      next += Int64(count)
    }
    XCTAssertEqual(
      try connection.query("SELECT id, v FROM t ORDER BY id") { $0.integer(0) + $0.integer(1) },
      Array(repeating: 0, count: Int(next)))
    let before = connection.compiledCount
    XCTAssertEqual(
      try connection.run(insertion, (0..<20).map { [.integer(next - 10 + $0), .integer(10 - next - $0)] }), 10,
      "those that are there count not")
    XCTAssertEqual(connection.compiledCount, before, "nothing is compiled again")
  }

  func testAQuestionAboutManyRowsFindsThoseThatAreThere() throws {
    let connection = try tableConnection()
    try connection.run(insertion, (0..<50).map { [.integer(2 * $0), .integer($0)] })
    XCTAssertEqual(
      try connection.query(known, (0..<41).map { [.integer($0)] }) { $0.integer(0) }.sorted(),
      (0...20).map { 2 * $0 })
    XCTAssertEqual(try connection.query(known, []) { $0.integer(0) }, [])
  }

  /// Texts and blobs are read where they lie: none may be taken for another, or for nothing.
  func testTextsAndBlobsOfAnySizeComeBackAsTheyWere() throws {
    let connection = try connection()
    try connection.execute("CREATE TABLE boxes(id INTEGER PRIMARY KEY, text TEXT NOT NULL, blob BLOB NOT NULL, free)")
    let boxes = ManyRows("INSERT INTO boxes(id, text, blob, free)")
    let sizes = [0, 1, 15, 16, 1000, 70_000, 3, 0, 200]
    for round in 0..<3 {
      try connection.run(
        boxes,
        sizes.enumerated().map { index, size in
          [
            .integer(Int64(round * sizes.count + index)), .text(String(repeating: "槐", count: size)),
            .blob([UInt8](repeating: UInt8(index), count: size)), .null,
          ]
        })
    }
    let found = try connection.query("SELECT text, blob, free IS NULL FROM boxes ORDER BY id") {
      ($0.text(0), $0.blob(1), $0.integer(2))
    }
    XCTAssertEqual(found.count, 3 * sizes.count)
    for (place, box) in found.enumerated() {
      let size = sizes[place % sizes.count]
      XCTAssertEqual(box.0, String(repeating: "槐", count: size))
      XCTAssertEqual(box.1, [UInt8](repeating: UInt8(place % sizes.count), count: size))
      XCTAssertEqual(box.2, 1)
    }
  }
}
