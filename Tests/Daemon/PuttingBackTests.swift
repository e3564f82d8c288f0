import Foundation
import Foundations
import Journal
import Replication
import Terminal
import XCTest

@testable import Daemon

/// What a restored server knows of the one it takes the place of: whom that had shut out, which tokens it had ended.
final class PuttingBackTests: XCTestCase {
  private var bench: Bench!

  override func setUpWithError() throws { bench = try Bench.initialised() }

  private func backup(_ name: String = "copy") -> String {
    let path = bench.folder + "/" + name
    let outcome = bench.run("backup", path)
    XCTAssertEqual(outcome.status, .done, outcome.error)
    return path
  }

  /// A laptop that is in use.
  private func enrolled() throws -> DeviceID {
    let station = try XCTUnwrap(bench.run("station", "list").values.first?["id"]?.text)
    let id = try XCTUnwrap(bench.run("device", "add", "--station", station, "--name", "甲").value["device"]?.text)
    try bench.journal().write { writer throws(Problem) in
      guard var row = try writer.device(DeviceID(id)) else { return }
      row.status = .active
      try writer.setDevice(row)
    }
    return DeviceID(id)
  }

  private func doctor(_ check: String) -> Value? {
    bench.run("doctor").values.first { $0["check"] == .text(check) }?["ok"]
  }

  func testWhereThereIsNoFormerServerNobodyIsToldThatAccessIsAsItWas() throws {
    let id = try enrolled()
    let copy = backup()
    XCTAssertEqual(bench.run("device", "revoke", id.text).status, .done)
    HomeFiles.remove(bench.home)

    let outcome = bench.run("restore", copy)
    XCTAssertEqual(outcome.status, .done, outcome.error)
    XCTAssertEqual(outcome.value["checkAccess"], true)
    XCTAssertEqual(outcome.value["former"], .null)
    XCTAssertEqual(doctor("access"), false)
    // It is not forgotten before somebody says that it was seen to: not by the next restore either.
    XCTAssertEqual(bench.run("restore", copy).status, .attention)
    XCTAssertEqual(doctor("access"), false)
    let copyOfIt = backup("unchecked")
    _ = bench.run("doctor", "--access-checked")
    XCTAssertEqual(doctor("access"), true)
    let again = bench.run("restore", copyOfIt)
    XCTAssertEqual(again.status, .done, again.error)
    XCTAssertEqual(doctor("access"), true, "the server it was restored over had been seen to")
    XCTAssertEqual(bench.run("verify").status, .done)
  }

  func testTheRecoveryKeyIsMovedAndNotLeftBehind() throws {
    let copy = backup()
    let outcome = bench.run("restore", copy)
    XCTAssertEqual(outcome.status, .done, outcome.error)
    let former = ServerHome(path: try XCTUnwrap(outcome.value["former"]?.text))
    XCTAssertNotNil(HomeFiles.mode(of: bench.home + "/keys/recovery.key"))
    XCTAssertNil(HomeFiles.mode(of: former.recoveryKeyPath))
  }

  func testWhatAKilledRestoreLeftIsClearedAway() throws {
    let copy = backup()
    _ = try bench.file("home/.restoring-aaaa/keys/store.key", "x")
    _ = try bench.file("home/.new-aaaa/keys/recovery.key", "x")
    XCTAssertEqual(bench.run("restore", copy).status, .done)
    XCTAssertEqual(try HomeFiles.names(in: bench.home).filter { $0.hasPrefix(".") }, [])
  }

  // MARK: Tokens

  private func tokens(_ bench: Bench) throws -> [String: Bool] {
    let now = SystemClock().now()
    return try bench.journal().read { reader throws(Problem) in
      var valid: [String: Bool] = [:]
      for token in ["first", "second"] {
        valid[token] = try reader.token(token).map { $0.until.map { $0 > now } ?? true }
      }
      return valid
    }
  }

  private func give(_ token: String) throws {
    try bench.journal().write { writer throws(Problem) in
      try writer.endTokens(of: "window:w-320830-zh", at: SystemClock().now())
      try writer.setToken(token, holder: "window:w-320830-zh", until: nil)
    }
  }

  func testTokensStandAsTheyStoodOnTheFormerServer() throws {
    try give("first")
    let copy = backup()
    try give("second")
    XCTAssertEqual(bench.run("restore", copy).status, .done)
    XCTAssertEqual(try tokens(bench), ["first": false, "second": true])
  }

  /// All windows of the county would be locked out on its worst day.
  func testWithoutTheFormerServerTokensStandAndWhoeverReplacedOneIsTold() throws {
    try give("first")
    let copy = backup()
    HomeFiles.remove(bench.home)
    XCTAssertTrue(bench.run(["restore", copy]).output.contains("换过的窗口令牌，请马上再换一次"))
    XCTAssertEqual(try tokens(bench), ["first": true])
  }

  func testWhatIsNoWholeServerTakesNobodysPlace() throws {
    let id = try enrolled()
    let whole = backup()
    let signing = try Data(contentsOf: URL(filePath: bench.home + "/keys/signing.key"))
    for (file, bytes) in [
      ("journal.db", ""), ("keys/signing.key", ""), ("keys/signing.key", "ab"), ("keys/store.key", "zz"),
      ("keys/encryption.key", ""), ("keys/encryption.key", "不是密钥"), ("keys/encryption.key", nil),
    ] as [(String, String?)] {
      let copy = bench.folder + "/damaged-\(UUID().uuidString)"
      try FileManager.default.copyItem(atPath: whole, toPath: copy)
      try FileManager.default.removeItem(atPath: copy + "/" + file)
      if let bytes { try Data(bytes.utf8).write(to: URL(filePath: copy + "/" + file)) }
      let outcome = bench.run("restore", copy)
      XCTAssertEqual(outcome.code, "restore.damaged", "\(file) \(bytes ?? "-")")
      XCTAssertEqual(try Data(contentsOf: URL(filePath: bench.home + "/keys/signing.key")), signing)
      XCTAssertEqual(bench.run("device", "list").values.first?["device"]?.text, id.text, "nothing has changed")
    }
    XCTAssertEqual(bench.run("restore", whole).status, .done)
  }

}
