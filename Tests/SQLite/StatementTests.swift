import Foundations
import SQLite
import XCTest

final class StatementTests: StorageTestCase {
  func testValuesComeBackAsTheyWentIn() throws {
    let connection = try tableConnection()
    let values: [Binding] = [
      .null, 0, .integer(.min), .integer(.max), "", "贵州省 黔东南 𠮷", "zero\u{0}inside",
      .text(String(repeating: "长", count: 70_000)),
      .blob([]), .blob([0]), .blob([0, 255, 0]), .blob([UInt8](repeating: 7, count: 200_000)),
    ]
    for (index, value) in values.enumerated() {
      try connection.run("INSERT INTO t VALUES (?, ?)", [.integer(Int64(index)), value])
    }
    let read = try connection.query("SELECT typeof(v), v FROM t ORDER BY id") { row -> Binding in
      switch row.text(0) {
      case "null": .init(row.optionalText(1))
      case "integer": .integer(row.integer(1))
      case "text": .text(row.text(1))
      default: .blob(row.blob(1))
      }
    }
    XCTAssertEqual(read, values)
  }

  func testEmptyIsNotNull() throws {
    let connection = try tableConnection()
    try connection.run("INSERT INTO t VALUES (1, ?), (2, ?), (3, ?)", ["", .blob([]), nil])
    let nulls = try connection.query("SELECT v FROM t ORDER BY id") { [$0.isNull(0), $0.optionalText(0) == nil] }
    XCTAssertEqual(nulls, [[false, false], [false, false], [true, true]])
    XCTAssertNil(try connection.one("SELECT v FROM t WHERE id = 3") { $0.optionalBlob(0) } ?? nil)
    XCTAssertNil(try connection.one("SELECT v FROM t WHERE id = 3") { $0.optionalInteger(0) } ?? nil)
  }

  func testNoRowIsNil() throws {
    XCTAssertNil(try tableConnection().one("SELECT id FROM t") { $0.integer(0) })
  }

  func testStatementsAreCompiledOnce() throws {
    let connection = try tableConnection()
    let before = connection.compiledCount
    for index in Int64(0)..<100 { try connection.run("INSERT INTO t VALUES (?, ?)", [.integer(index), nil]) }
    for _ in 0..<100 { _ = try connection.query("SELECT id FROM t") { $0.integer(0) } }
    XCTAssertEqual(connection.compiledCount, before + 2)
  }

  func testQueryWithinItsOwnRowsGetsAStatementOfItsOwn() throws {
    let connection = try tableConnection()
    try connection.run("INSERT INTO t VALUES (1, 10), (2, 20)")
    let sums = try connection.query("SELECT v FROM t ORDER BY id") { row throws(StorageError) -> Int64 in
      let all = try connection.query("SELECT v FROM t ORDER BY id") { $0.integer(0) }
      return row.integer(0) + all.reduce(0, +)
    }
    XCTAssertEqual(sums, [40, 50])
  }

  func testSteppingByHandAndRunningAgain() throws {
    let connection = try tableConnection()
    let insert = try connection.statement("INSERT INTO t VALUES (?, ?)")
    try insert.run(1, "a")
    try insert.run(2, "b")
    XCTAssertEqual(connection.lastInsertRowID, 2)
    let select = try connection.statement("SELECT v FROM t WHERE id >= ?")
    try select.bind(2, at: 1)
    XCTAssertTrue(try select.step())
    XCTAssertEqual(select.text(0), "b")
    XCTAssertEqual(select.columnCount, 1)
    XCTAssertFalse(try select.step())
    XCTAssertEqual(try connection.run("DELETE FROM t"), 2)
  }

  func testStatementOutlivesItsConnection() throws {
    let statement = try connection().statement("SELECT 7")
    XCTAssertTrue(try statement.step())
    XCTAssertEqual(statement.integer(0), 7)
  }

  func testBadSQLIsAnErrorWithItsText() throws {
    let connection = try tableConnection()
    for sql in [
      "SELEC 1", "SELECT nothing FROM t", "SELECT * FROM nowhere", "", "-- only a comment", "SELECT \"v", "\u{0}",
    ] {
      let error = failure { try connection.run(sql) }
      XCTAssertEqual(error?.failure, .failed, sql)
      XCTAssertEqual(error?.sql, sql)
    }
    XCTAssertEqual(failure { try connection.execute("CREATE TABLE") }?.sql, "CREATE TABLE")
    XCTAssertEqual(try count(connection), 0)
  }

  func testWrongNumberOfArgumentsIsRefused() throws {
    let connection = try tableConnection()
    XCTAssertNotNil(failure { try connection.run("INSERT INTO t VALUES (?, ?)", [1]) })
    XCTAssertNotNil(failure { try connection.run("INSERT INTO t VALUES (?, ?)", [1, 2, 3]) })
    let statement = try connection.statement("SELECT ?")
    XCTAssertNotNil(failure { try statement.bind(1, at: 2) })
    XCTAssertNotNil(failure { try statement.bind("x", at: .max) })
    XCTAssertEqual(try count(connection), 0)
  }

  func testColumnsThatAreNotThereReadAsNull() throws {
    let statement = try connection().statement("SELECT 1")
    XCTAssertTrue(try statement.step())
    XCTAssertTrue(statement.isNull(5))
    XCTAssertEqual(statement.text(-1), "")
    XCTAssertEqual(statement.blob(.max), [])
  }

  func testErrorNeverHoldsBoundValues() throws {
    let connection = try tableConnection()
    let secret = "522601199001010012"
    try connection.run("INSERT INTO t VALUES (1, ?)", [.text(secret)])
    let error = failure { try connection.run("INSERT INTO t VALUES (2, ?)", [.text(secret)]) }
    XCTAssertEqual(error?.isDuplicate, true)
    XCTAssertEqual(error?.isConstraint, true)
    XCTAssertEqual(error?.problem.code, "store.failed")
    XCTAssertFalse("\(String(describing: error)) \(error?.problem.value ?? nil)".contains(secret))
  }
}
