import Foundation
import Foundations
import SQLite
import XCTest

final class ConnectionTests: StorageTestCase {
  func testNewFileIsPrivate() throws {
    let connection = try tableConnection()
    for name in ["store.db", "store.db-wal", "store.db-shm"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: path(name))
      XCTAssertEqual(attributes[.posixPermissions] as? Int, 0o600, name)
    }
    XCTAssertEqual(try connection.one("PRAGMA journal_mode") { $0.text(0) }, "wal")
    XCTAssertEqual(try connection.one("PRAGMA foreign_keys") { $0.integer(0) }, 1)
    XCTAssertEqual(try connection.one("PRAGMA trusted_schema") { $0.integer(0) }, 0)
  }

  func testCommitsReachTheDiskUnlessToldOtherwise() throws {
    for (durability, number) in [(Connection.Durability.full, Int64(2)), (.normal, 1), (.off, 0)] {
      let connection = try Connection(path: path(), mode: .create, durability: durability)
      XCTAssertEqual(try connection.one("PRAGMA synchronous") { $0.integer(0) }, number)
    }
    let usual = try Connection(path: path(), mode: .readWrite)
    XCTAssertEqual(try usual.one("PRAGMA synchronous") { $0.integer(0) }, 2)
    XCTAssertEqual(try usual.one("PRAGMA busy_timeout") { Int($0.integer(0)) }, Limits.lockWaitMilliseconds)
  }

  func testMissingFileIsMadeOnlyWhenAsked() throws {
    XCTAssertEqual(failure { _ = try connection(mode: .readWrite) }?.problem.code, "store.unreadable")
    XCTAssertEqual(failure { _ = try connection(mode: .readOnly) }?.problem.code, "store.unreadable")
    XCTAssertFalse(FileManager.default.fileExists(atPath: path()))
    XCTAssertNoThrow(try connection())
  }

  func testPathsThatCannotBeOpened() throws {
    for path in ["", "a\u{0}b", folder, folder + "/none/store.db"] {
      XCTAssertNotNil(failure { _ = try Connection(path: path, mode: .create) }, path)
    }
    // A path is never a URI, whose options could change how the file is opened.
    XCTAssertNotNil(failure { _ = try Connection(path: "file:\(path("uri.db"))?mode=rwc", mode: .create) })
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("uri.db")))
  }

  func testNotADatabase() throws {
    let text = Data(String(repeating: "这不是数据库。", count: 500).utf8)
    try text.write(to: URL(fileURLWithPath: path()))
    for mode in [Connection.Mode.create, .readWrite, .readOnly] {
      XCTAssertEqual(failure { _ = try connection(mode: mode) }?.problem.code, "store.unreadable")
    }
    XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: path())), text)
  }

  func testTruncatedFile() throws {
    var connection: Connection? = try tableConnection()
    for index in Int64(0)..<500 {
      try connection?.run("INSERT INTO t VALUES (?, ?)", [.integer(index), .text("行\(index)")])
    }
    try connection?.checkpoint()
    connection = nil
    let whole = try Data(contentsOf: URL(fileURLWithPath: path()))
    for count in [1, 99, 100, 4095, 4096, 4097, whole.count / 2, whole.count - 1] {
      try whole.prefix(count).write(to: URL(fileURLWithPath: path()))
      let error = failure {
        let damaged = try self.connection(mode: .readWrite)
        _ = try damaged.query("SELECT id, v FROM t") { $0.text(1) }
        XCTAssertNotEqual(try damaged.integrityCheck(), [], "\(count)")
        throw StorageError(.unreadable, "found by the check")
      }
      XCTAssertEqual(error?.problem.code, "store.unreadable", "\(count) bytes")
    }
  }

  func testReadOnlyConnectionRefusesToWrite() throws {
    let writer = try tableConnection()
    let reader = try connection(mode: .readOnly)
    XCTAssertEqual(failure { try reader.run("INSERT INTO t VALUES (1, 1)") }?.problem.code, "store.read-only")
    try writer.run("INSERT INTO t VALUES (1, 1)")
    XCTAssertEqual(try count(reader), 1)
  }

  func testWriteProtectedFileAndFolder() throws {
    // The superuser may write anywhere but in the kernel's own trees.
    XCTAssertEqual(
      failure { _ = try Connection(path: "/proc/self/store.db", mode: .create) }?.problem.kind.exit, .storage)
    guard geteuid() != 0 else { return }
    _ = try tableConnection()
    try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path())
    XCTAssertEqual(failure { _ = try connection() }?.problem.code, "store.read-only")
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder)
    XCTAssertEqual(failure { _ = try connection("other.db") }?.problem.code, "store.read-only")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
  }

  func testLockedByAnotherConnection() throws {
    let first = try tableConnection()
    let second = try connection()
    try first.transaction {
      try first.run("INSERT INTO t VALUES (1, 1)")
      XCTAssertEqual(failure { try second.run("INSERT INTO t VALUES (2, 2)") }?.problem.code, "store.locked")
      XCTAssertEqual(failure { try second.transaction {} }?.failure, .locked)
      XCTAssertEqual(try count(second), 0, "readers see the last commit and do not wait")
    }
    try second.run("INSERT INTO t VALUES (2, 2)")
    XCTAssertEqual(try count(first), 2)
  }

  func testFullDiskLeavesNothingHalfWritten() throws {
    let connection = try tableConnection()
    try connection.run("INSERT INTO t VALUES (1, 1)")
    let pages = try connection.one("PRAGMA page_count") { $0.integer(0) } ?? 0
    _ = try connection.one("PRAGMA max_page_count=\(pages + 2)") { $0.integer(0) }
    let error = failure {
      try connection.transaction {
        for id in 2..<100 {
          try connection.run(
            "INSERT INTO t VALUES (?, ?)", [.integer(Int64(id)), .blob([UInt8](repeating: UInt8(id), count: 2000))])
        }
      }
    }
    XCTAssertEqual(error?.problem.code, "store.full")
    XCTAssertEqual(error?.problem.kind.exit, .storage)
    XCTAssertFalse(connection.isInTransaction)
    XCTAssertEqual(try count(connection), 1)
    XCTAssertEqual(try connection.integrityCheck(), [])
  }

  func testBackupIsOneWholePrivateFile() throws {
    let connection = try tableConnection()
    for index in Int64(0)..<300 {
      try connection.run("INSERT INTO t VALUES (?, ?)", [.integer(index), .text("行\(index)")])
    }
    let reader = try self.connection(mode: .readOnly)
    try Data("older".utf8).write(to: URL(fileURLWithPath: path("copy.db")))
    try connection.backup(to: path("copy.db"))
    try connection.run("DELETE FROM t")
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("copy") }, ["copy.db"])
    XCTAssertEqual(
      try FileManager.default.attributesOfItem(atPath: path("copy.db"))[.posixPermissions] as? Int, 0o600)
    let copy = try self.connection("copy.db", mode: .readOnly)
    XCTAssertEqual(try count(copy), 300)
    XCTAssertEqual(try copy.integrityCheck(), [])
    XCTAssertEqual(try count(reader), 0)
  }

  func testFailedBackupLeavesTheOlderOne() throws {
    let connection = try tableConnection()
    try FileManager.default.createDirectory(atPath: path("target"), withIntermediateDirectories: true)
    XCTAssertNotNil(failure { try connection.backup(to: path("target")) })
    XCTAssertNotNil(failure { try connection.backup(to: path("none/copy.db")) })
    XCTAssertNotNil(failure { try connection.backup(to: "") })
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("target.partial")))
  }

  func testCheckpointEmptiesTheLog() throws {
    let connection = try tableConnection()
    try connection.run("INSERT INTO t VALUES (1, 1)")
    XCTAssertTrue(try connection.checkpoint())
    XCTAssertEqual(try FileManager.default.attributesOfItem(atPath: path("store.db-wal"))[.size] as? Int, 0)
    let reader = try self.connection(mode: .readOnly)
    try reader.transaction(.deferred) {
      XCTAssertEqual(try count(reader), 1)
      try connection.run("INSERT INTO t VALUES (2, 2)")
      XCTAssertFalse(try connection.checkpoint(), "a reader still needs the log")
    }
    XCTAssertTrue(try connection.checkpoint())
  }

  func testBrokenReferenceIsFound() throws {
    let connection = try connection()
    try connection.execute("CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a)")
    XCTAssertEqual(failure { try connection.run("INSERT INTO b VALUES (1)") }?.isConstraint, true)
    XCTAssertEqual(try connection.integrityCheck(), [])
    try connection.execute("PRAGMA foreign_keys=OFF; INSERT INTO b VALUES (1)")
    XCTAssertEqual(try connection.integrityCheck(), ["row 1 of b refers to a missing row of a"])
  }
}
