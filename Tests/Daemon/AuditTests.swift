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
  }
}
