import Dispatch
import Foundations
import SQLite
import Synchronization
import XCTest

final class MigratorTests: StorageTestCase {
  private let device: Int32 = 0x6262_6b64
  private let journal: Int32 = 0x6262_6b6a
  private let first = Migration(1, "CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT")
  private let second = Migration(2, "ALTER TABLE t ADD COLUMN name TEXT; INSERT INTO t VALUES (1, 'x')")

  private func version(_ connection: Connection) throws -> Int64? {
    try connection.one("PRAGMA user_version") { $0.integer(0) }
  }

  func testEmptyDatabaseGetsEveryMigrationOnce() throws {
    let connection = try connection()
    let migrator = Migrator(applicationID: device, [first, second])
    XCTAssertEqual(try migrator.check(connection), 0)
    for _ in 0..<2 { try migrator.migrate(connection) }
    XCTAssertEqual(try version(connection), 2)
    XCTAssertEqual(try count(connection), 1)
    XCTAssertEqual(try migrator.check(connection), 2)
    XCTAssertEqual(try connection.one("PRAGMA application_id") { $0.integer(0) }, Int64(device))
  }

  func testOlderDatabaseIsBroughtForward() throws {
    let connection = try connection()
    try Migrator(applicationID: device, [first]).migrate(connection)
    try connection.run("INSERT INTO t VALUES (9)")
    try Migrator(applicationID: device, [first, second]).migrate(connection)
    XCTAssertEqual(try count(connection), 2)
  }

  func testFailedMigrationLeavesTheVersionBefore() throws {
    let connection = try connection()
    let broken = Migration(2, "INSERT INTO t VALUES (5); INSERT INTO nowhere VALUES (1)")
    XCTAssertNotNil(failure { try Migrator(applicationID: device, [first, broken]).migrate(connection) })
    XCTAssertEqual(try version(connection), 1)
    XCTAssertEqual(try count(connection), 0)
    try Migrator(applicationID: device, [first, second]).migrate(connection)
    XCTAssertEqual(try version(connection), 2)
  }

  func testNewerSchemaIsLeftAlone() throws {
    let connection = try connection()
    try Migrator(applicationID: device, [first, second]).migrate(connection)
    let older = Migrator(applicationID: device, [first])
    XCTAssertEqual(failure { try older.migrate(connection) }?.problem.code, "store.newer-schema")
    XCTAssertEqual(try version(connection), 2)
  }

  func testOtherKindsAreLeftAlone() throws {
    let connection = try connection()
    try Migrator(applicationID: journal, [first]).migrate(connection)
    let migrator = Migrator(applicationID: device, [first, second])
    XCTAssertEqual(failure { try migrator.migrate(connection) }?.problem.code, "store.wrong-kind")
    let foreign = try self.connection("foreign.db")
    try foreign.execute("CREATE TABLE someone_elses (x)")
    XCTAssertEqual(failure { try migrator.migrate(foreign) }?.problem.code, "store.wrong-kind")
    XCTAssertEqual(try foreign.query("SELECT name FROM sqlite_schema") { $0.text(0) }, ["someone_elses"])
  }

  func testGapsInTheListAreRefused() throws {
    let connection = try connection()
    for list in [[second], [second, first], [first, first], [first, Migration(3, "SELECT 1")]] {
      XCTAssertNotNil(failure { try Migrator(applicationID: device, list).migrate(connection) })
    }
    XCTAssertEqual(try version(connection), 0)
  }

  func testProgramsThatStartTogetherMigrateOnce() throws {
    let migrator = Migrator(applicationID: device, [first, second])
    // How they meet is another matter each time.
    for round in 0..<40 {
      let path = path() + "-\(round)"
      let problems = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        do {
          try migrator.migrate(try Connection(path: path, mode: .create, durability: .off))
        } catch { problems.withLock { $0.append("\(error)") } }
      }
      XCTAssertEqual(problems.withLock { $0 }, [])
      XCTAssertEqual(try count(try Connection(path: path, mode: .readWrite)), 1)
    }
  }
}
