import Application
import CaptureStore
import Foundations
import Replication
import SQLite
import XCTest

/// Stores of earlier programs.
final class SchemaTests: XCTestCase {
  private struct Contents: Equatable {
    let operations: [JudgedOperation]
    let counter: Int64
    let unsent: Int64
    let schema: [String]
  }

  private func contents(_ store: CaptureStore, _ applications: [ApplicationID]) throws -> Contents {
    let schema = try store.connection.query("SELECT type || ' ' || name || ' ' || sql FROM sqlite_schema ORDER BY 1") {
      $0.text(0)
    }
    return try store.read { session throws(Problem) in
      XCTAssertNil(try session.chainBreak())
      XCTAssertEqual(try session.differingProjections(), [])
      var operations: [JudgedOperation] = []
      for id in applications { operations += try session.operations(of: id) }
      return Contents(
        operations: operations, counter: try session.record().counter, unsent: try session.unsentCount(),
        schema: schema)
    }
  }

  /// Makes the store one of version 13, whose operations had no row numbers.
  private func turnBack(_ connection: Connection) throws {
    let beside = try connection.query(
      """
      SELECT sql FROM sqlite_schema
      WHERE sql IS NOT NULL AND (type = 'trigger' OR (type = 'index' AND tbl_name = 'operations'))
      """
    ) { $0.text(0) }
    let triggers = try connection.query("SELECT name FROM sqlite_schema WHERE type = 'trigger'") { $0.text(0) }
    for trigger in triggers { try connection.execute("DROP TRIGGER \(trigger)") }
    try connection.execute(
      """
      CREATE TABLE former (
        author TEXT NOT NULL, counter INTEGER NOT NULL, application TEXT NOT NULL,
        header BLOB NOT NULL, content_sealed BLOB, digest BLOB NOT NULL,
        running BLOB, sequence INTEGER, judgement BLOB, attestation INTEGER, place INTEGER,
        PRIMARY KEY (author, counter)) WITHOUT ROWID;
      INSERT INTO former SELECT * FROM operations;
      DROP TABLE operations;
      ALTER TABLE former RENAME TO operations;
      ALTER TABLE blobs DROP COLUMN backups;
      ALTER TABLE blobs DROP COLUMN shed;
      PRAGMA user_version = 13;
      """)
    for sql in beside { try connection.execute(sql) }
  }

  func testTheOperationsOfAnEarlierStoreStayAsTheyAre() throws {
    let bench = try StoreBench()
    var applications: [ApplicationID] = []
    var before: Contents?
    do {
      let store = try bench.open()
      for name in ["令狐甲", "令狐乙", "令狐丙"] {
        applications.append(
          try store.change { session throws(Problem) in try StoreBench.create(session, name: name) })
      }
      for id in applications {
        try store.change { session throws(Problem) in
          _ = try session.append(Deed(.note, id, ["text": .text(String(repeating: "长", count: 700))]))
        }
      }
      before = try contents(store, applications)
      try turnBack(store.connection)
      XCTAssertNil(try? store.connection.query("SELECT rowid FROM operations") { $0.integer(0) })
    }
    let store = try bench.open()
    XCTAssertEqual(try contents(store, applications), before)
    XCTAssertEqual(try store.connection.query("SELECT rowid FROM operations") { $0.integer(0) }.count, 6)
    let id = try store.change { session throws(Problem) in try StoreBench.create(session) }
    XCTAssertEqual(try contents(store, applications + [id]).counter, 7)
  }
}
