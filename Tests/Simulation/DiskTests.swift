import Foundations
import SQLite
import SimulatedDisk
import TestValues
import XCTest

/// The disk in memory loses what a real one may lose, and nothing else.
final class DiskTests: XCTestCase {
  private func write(_ disk: SimulatedDisk, _ name: String, _ text: String, flush: Bool) throws {
    let file = try disk.open(disk.root + name, .create)
    try file.write(Array(text.utf8), at: 0)
    if flush { try file.flush() }
  }

  private func read(_ disk: SimulatedDisk, _ name: String) -> String? {
    guard let file = try? disk.open(disk.root + name, .read) else { return nil }
    return (try? file.read(at: 0, count: 1000)).map { String(decoding: $0, as: UTF8.self) }
  }

  func testFlushedFilesSurviveEveryPowerCutAndOthersSome() throws {
    var fates: Set<String?> = []
    for seed in UInt64(0)..<60 {
      let disk = SimulatedDisk()
      try write(disk, "/kept", "kept", flush: true)
      let file = try disk.open(disk.root + "/kept", .update)
      try file.write(Array("KEPT".utf8), at: 0)
      try write(disk, "/lost", "lost", flush: false)
      disk.cutPower()
      XCTAssertThrowsError(try file.write([1], at: 0))
      var chance = SeededGenerator(seed)
      disk.start(&chance)
      XCTAssertThrowsError(try file.flush(), "a handle from before")
      XCTAssertTrue(["kept", "KEPT"].contains(read(disk, "/kept")), "seed \(seed)")
      fates.insert(read(disk, "/lost"))
    }
    XCTAssertTrue(fates.isSuperset(of: [nil, "lost"]), "\(fates)")
  }

  func testTheNthOperationFails() throws {
    let disk = SimulatedDisk()
    disk.plan(.full(operations: 2), after: 3)
    try write(disk, "/a", "", flush: false)
    XCTAssertThrowsError(try write(disk, "/b", "b", flush: false)) {
      XCTAssertEqual(($0 as? FileFailure)?.number, 28)
    }
    XCTAssertTrue(disk.hasStruck)
    disk.planNothing()
    try write(disk, "/b", "b", flush: true)
    XCTAssertEqual(read(disk, "/b"), "b")
  }

  func testCommittedRowsSurviveACutAtEveryWrite() throws {
    for cut in 1...60 {
      let disk = SimulatedDisk()
      let path = disk.root + "/test.db"
      var committed = 0
      do {
        let connection = try Connection(path: path, mode: .create, fileSystem: disk.sqliteName)
        try connection.execute("CREATE TABLE rows(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
        disk.plan(.powerCut, after: cut)
        for number in 1...20 {
          try connection.run("INSERT INTO rows VALUES (?, ?)", [.integer(Int64(number)), .text("第\(number)行")])
          committed = number
        }
      } catch {
        XCTAssertTrue(disk.isDead, "\(error)")
      }
      disk.cutPower()
      var chance = SeededGenerator(UInt64(cut))
      disk.start(&chance)
      let connection = try Connection(path: path, mode: .readWrite, fileSystem: disk.sqliteName)
      XCTAssertEqual(try connection.integrityCheck(), [])
      let count = try connection.one("SELECT count(*) FROM rows") { Int($0.integer(0)) } ?? 0
      XCTAssertTrue(count == committed || count == committed + 1, "cut \(cut): \(count), told \(committed)")
    }
  }

  func testAWriteAheadLogIsSharedByConnections() throws {
    let disk = SimulatedDisk()
    let path = disk.root + "/test.db"
    let writer = try Connection(path: path, mode: .create, fileSystem: disk.sqliteName)
    try writer.execute("CREATE TABLE rows(id INTEGER PRIMARY KEY) STRICT")
    let reader = try Connection(path: path, mode: .readOnly, fileSystem: disk.sqliteName)
    try reader.transaction(.deferred) { () throws(StorageError) in
      XCTAssertEqual(try reader.one("SELECT count(*) FROM rows") { $0.integer(0) }, 0)
      try writer.run("INSERT INTO rows VALUES (1)")
      XCTAssertEqual(try reader.one("SELECT count(*) FROM rows") { $0.integer(0) }, 0, "its own snapshot")
    }
    XCTAssertEqual(try reader.one("SELECT count(*) FROM rows") { $0.integer(0) }, 1)
    let copy = SimulatedDisk(disk.image)
    let other = try Connection(path: copy.root + "/test.db", mode: .readWrite, fileSystem: copy.sqliteName)
    XCTAssertEqual(try other.one("SELECT count(*) FROM rows") { $0.integer(0) }, 1)
  }
}
