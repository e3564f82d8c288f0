import Foundations
import SQLite
import XCTest

final class TransactionTests: StorageTestCase {
  private struct Stop: Error {}

  private func insert(_ connection: Connection, _ id: Int64) throws(StorageError) {
    try connection.run("INSERT INTO t VALUES (?, ?)", [.integer(id), .integer(id)])
  }

  func testCommitKeepsAndErrorUndoes() throws {
    let connection = try tableConnection()
    XCTAssertEqual(
      try connection.transaction { () throws(StorageError) in
        try insert(connection, 1); return "done"
      }, "done")
    XCTAssertThrowsError(
      try connection.transaction {
        try insert(connection, 2); throw Stop()
      }
    ) { XCTAssert($0 is Stop) }
    XCTAssertFalse(connection.isInTransaction)
    XCTAssertEqual(try count(connection), 1)
  }

  func testBodyMayThrowProblems() throws {
    let connection = try tableConnection()
    let refusal = ProblemKind.documentTooLarge.with("x")
    do throws(Problem) {
      try connection.transaction { () throws(Problem) in
        try Problem.storing { () throws(StorageError) in try insert(connection, 1) }
        throw refusal
      }
      XCTFail("nothing was thrown")
    } catch { XCTAssertEqual(error, refusal) }
    XCTAssertEqual(try count(connection), 0)
  }

  func testStorageFailureBecomesTheBodysType() throws {
    let connection = try tableConnection()
    do throws(Problem) {
      try connection.transaction { () throws(Problem) in
        _ = try connection.query("SELECT * FROM nowhere") { _ throws(Problem) in 1 }
      }
      XCTFail("nothing was thrown")
    } catch { XCTAssertEqual(error.code, "store.failed") }
    XCTAssertFalse(connection.isInTransaction)
  }

  func testNestedTransactionIsRefusedAndUndoesTheOuterOne() throws {
    let connection = try tableConnection()
    let error = failure {
      try connection.transaction {
        try insert(connection, 1)
        try connection.transaction { try insert(connection, 2) }
      }
    }
    XCTAssertEqual(error?.message, "a transaction within a transaction")
    XCTAssertEqual(try count(connection), 0)
  }

  func testFailedCommitRollsBack() throws {
    let connection = try connection()
    try connection.execute(
      """
      CREATE TABLE a (id INTEGER PRIMARY KEY);
      CREATE TABLE t (a REFERENCES a DEFERRABLE INITIALLY DEFERRED)
      """)
    let error = failure {
      let changes: Int = try connection.transaction { try connection.run("INSERT INTO t VALUES (7)") }
      XCTFail("\(changes) rows were committed")
    }
    XCTAssertEqual(error?.isConstraint, true)
    XCTAssertEqual(error?.sql, "COMMIT")
    XCTAssertFalse(connection.isInTransaction)
    XCTAssertEqual(try count(connection), 0)
  }

  func testClosuresOfOneExpression() throws {
    let connection = try tableConnection()
    try connection.transaction { try connection.run("INSERT INTO t VALUES (7, 7)") }
    try connection.transaction(.deferred) { try insert(connection, 1) }
    let n = try connection.transaction { () throws(StorageError) in try connection.run("INSERT INTO t VALUES (8, 8)") }
    XCTAssertEqual(n, 1)
    XCTAssertEqual(try count(connection), 3)
  }

  func testSavepointUndoesOnlyItself() throws {
    let connection = try tableConnection()
    try connection.transaction {
      try insert(connection, 1)
      XCTAssertNotNil(
        failure {
          try connection.savepoint { () throws(StorageError) in
            try insert(connection, 2)
            try connection.savepoint { () throws(StorageError) in try insert(connection, 3) }
            try insert(connection, 1)
          }
        })
      try connection.savepoint { () throws(StorageError) in try insert(connection, 4) }
    }
    XCTAssertEqual(try connection.query("SELECT id FROM t ORDER BY id") { $0.integer(0) }, [1, 4])
  }

  func testErrorAmongRowsResetsTheStatement() throws {
    let connection = try tableConnection()
    try insert(connection, 1)
    for _ in 0..<2 {
      XCTAssertThrowsError(
        try connection.query("SELECT id FROM t") { _ throws(Problem) -> Int in throw Problem(.storeFull) })
    }
    XCTAssertTrue(try connection.checkpoint())
  }
}
