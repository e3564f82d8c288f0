import Foundation
import Foundations
import SQLite
import XCTest

/// A test with a folder of its own that is gone afterwards.
class StorageTestCase: XCTestCase {
  private(set) var folder = ""

  override func setUpWithError() throws {
    folder = NSTemporaryDirectory() + "bangban-sqlite-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  override func tearDownWithError() throws {
    try FileManager.default.removeItem(atPath: folder)
  }

  func path(_ name: String = "store.db") -> String { folder + "/" + name }

  /// A database that need not survive a power cut.
  func connection(_ name: String = "store.db", mode: Connection.Mode = .create, lockWaitMilliseconds: Int = 50)
    throws -> Connection
  {
    try Connection(path: path(name), mode: mode, durability: .off, lockWaitMilliseconds: lockWaitMilliseconds)
  }

  /// A database with one table `t(id, v)`.
  func tableConnection() throws -> Connection {
    let connection = try connection()
    try connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v ANY UNIQUE) STRICT")
    return connection
  }

  /// The storage error a body throws.
  func failure(file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Void) -> StorageError? {
    do {
      try body()
      XCTFail("nothing was thrown", file: file, line: line)
    } catch let error as StorageError {
      return error
    } catch {
      XCTFail("threw \(error)", file: file, line: line)
    }
    return nil
  }

  func count(_ connection: Connection) throws -> Int64? {
    try connection.one("SELECT count(*) FROM t") { $0.integer(0) }
  }
}
