import Foundations
import SQLite
import Terminal
import XCTest

@testable import Daemon

/// The audit chain of a county, as whoever can write its database may leave it.
final class AuditTests: XCTestCase {
  func testVerifyNoticesThatTheAuditChainWasCutShort() throws {
    let bench = try Bench.initialised()
    for name in ["甲", "乙", "丙"] {
      let added = bench.run("station", "add", "--name", name, "--division", "320830101200")
      XCTAssertEqual(added.status, .done, added.error)
    }
    XCTAssertEqual(bench.run("verify").status, .done)
    let connection = try Connection(path: bench.home + "/journal.db", mode: .readWrite)
    try connection.run("DELETE FROM audit WHERE number > (SELECT max(number) - 3 FROM audit)", [])
    XCTAssertEqual(bench.run("verify").code, "verify.failed")
    // Nor does it help to take away what says where it ends.
    try connection.run("DELETE FROM documents WHERE kind = 'audit'", [])
    XCTAssertEqual(bench.run("verify").code, "verify.failed")
    try connection.run("INSERT INTO documents VALUES('audit', 'end', x'4101')", [])
    XCTAssertEqual(bench.run("verify").code, "verify.failed")
    add(bench, "丁")
    XCTAssertEqual(bench.run("verify").code, "verify.failed", "the next line does not make it a note of this server's")
  }

  private func add(_ bench: Bench, _ name: String) {
    let added = bench.run("station", "add", "--name", name, "--division", "320830101200")
    XCTAssertEqual(added.status, .done, added.error)
  }

  private func numbers(_ connection: Connection) throws -> [Int64] {
    try connection.query("SELECT number FROM audit ORDER BY number", []) { $0.integer(0) }
  }

  func testLinesThatWereCutOffStayMissingWhereTheChainGoesOn() throws {
    for change in [
      "DELETE FROM audit WHERE number > (SELECT max(number) - 2 FROM audit)", "DELETE FROM audit",
      "UPDATE audit SET digest = x'01' WHERE number = (SELECT max(number) FROM audit)",
    ] {
      let bench = try Bench.initialised()
      for name in ["甲", "乙", "丙"] { add(bench, name) }
      let connection = try Connection(path: bench.home + "/journal.db", mode: .readWrite)
      let before = try XCTUnwrap(numbers(connection).last)
      try connection.run(change, [])
      add(bench, "丁")
      XCTAssertEqual(try numbers(connection).last, before + 1, change)
      XCTAssertEqual(bench.run("verify").code, "verify.failed", change)
    }
  }

  func testANoteThatWasTakenAwayStaysAway() throws {
    let bench = try Bench.initialised()
    for name in ["甲", "乙"] { add(bench, name) }
    let connection = try Connection(path: bench.home + "/journal.db", mode: .readWrite)
    try connection.run("DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)", [])
    try connection.run("DELETE FROM documents WHERE kind = 'audit'", [])
    add(bench, "丙")
    XCTAssertEqual(bench.run("verify").code, "verify.failed")
  }

  /// An earlier program that still runs writes lines and no note.
  func testTheChainGoesOnFromLinesThatAnEarlierProgramWrote() throws {
    let bench = try Bench.initialised()
    add(bench, "甲")
    let connection = try Connection(path: bench.home + "/journal.db", mode: .readWrite)
    let note = try XCTUnwrap(
      connection.one("SELECT value FROM documents WHERE kind = 'audit' AND key = 'end'", []) { $0.blob(0) })
    add(bench, "乙")
    try connection.run("UPDATE documents SET value = ? WHERE kind = 'audit' AND key = 'end'", [.blob(note)])
    add(bench, "丙")
    let outcome = bench.run("verify")
    XCTAssertEqual(outcome.status, .done, outcome.output)
    // Lines in the place of those that were noted are no earlier program's.
    try connection.run(
      "UPDATE audit SET digest = x'01' WHERE number = (SELECT max(number) FROM audit)", [])
    try connection.run(
      """
      INSERT INTO audit SELECT number + 1, at, actor, action, subject, x'02' FROM audit ORDER BY number DESC LIMIT 1
      """, [])
    add(bench, "丁")
    XCTAssertEqual(bench.run("verify").code, "verify.failed")
  }
}
