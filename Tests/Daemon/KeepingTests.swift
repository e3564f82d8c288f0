import FoundationEssentials
import Foundations
import Journal
import SQLite
import Terminal
import XCTest

@testable import Daemon

/// Homes in which several commands are at work, or in which one was cut short; and backups of a server that works on.
final class KeepingTests: XCTestCase {
  private func session(_ bench: Bench) -> Session {
    var globals = GlobalOptions()
    globals.values["--home"] = bench.home
    return Session(
      globals: globals, output: Output(isJSON: true, isColoured: false, columns: 80) { _, _ in },
      input: Input(isTerminal: false) { _ in [] })
  }

  private func audited(_ action: String, _ bench: Bench) throws -> Int {
    try bench.journal().read { reader throws(Problem) in
      try reader.audit(after: 0, limit: 1000).count { $0.action == action }
    }
  }

  // MARK: Backups

  func testABackupLeavesOutWhatIsUnderWayOrGoesMeanwhile() throws {
    let bench = try Bench.initialised()
    let name = String(repeating: "ab", count: 32)
    _ = try bench.file("home/blobs/\(name).0011223344556677", "part")
    // A file that is listed and not there any more when its turn comes.
    let gone = bench.home + "/blobs/" + String(repeating: "cd", count: 32)
    try FileManager.default.createSymbolicLink(atPath: gone, withDestinationPath: bench.folder + "/nowhere")
    _ = try bench.file("home/blobs/\(name)", "whole")
    let outcome = bench.run("backup", bench.folder + "/copy")
    XCTAssertEqual(outcome.status, .done, outcome.error)
    XCTAssertEqual(outcome.value["blobs"], 1)
    XCTAssertEqual(try HomeFiles.names(in: bench.folder + "/copy/blobs"), [name])
  }

  func testAFailedBackupIsNotOnRecordAndSaysWhatCouldNotBeRead() throws {
    let bench = try Bench.initialised()
    let link = bench.home + "/blobs/" + String(repeating: "cd", count: 32)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: link)
    let outcome = bench.run("backup", bench.folder + "/copy")
    XCTAssertEqual(outcome.code, "input.unreadable", outcome.error)
    XCTAssertEqual(try audited("server.backup", bench), 0)
    XCTAssertEqual(try counted(bench), 0)
    XCTAssertFalse(HomeFiles.isFolder(bench.folder + "/copy"))
    HomeFiles.remove(link)
    XCTAssertEqual(bench.run("backup", bench.folder + "/copy").status, .done)
    XCTAssertEqual(try audited("server.backup", bench), 1)
    XCTAssertEqual(try counted(bench), 1, "what devices are told")
  }

  /// How many backups the server says there are.
  private func counted(_ bench: Bench) throws -> Int64 {
    try bench.journal().read { reader throws(Problem) in
      try reader.document("settings", "backups")?["number"]?.integer ?? 0
    }
  }

  func testBackupsAreMadeOneAfterTheOther() throws {
    let bench = try Bench.initialised()
    let lock = try HomeLock(folder: bench.home + "/keys", isShared: false, taken: .backupRunning)
    XCTAssertEqual(bench.run("backup", bench.folder + "/copy").code, "backup.running")
    lock.release()
    XCTAssertEqual(bench.run("backup", bench.folder + "/copy").status, .done)
    XCTAssertEqual(try counted(bench), 1)
  }

  func testABackupsFolderMayBeNamedWithASlash() throws {
    let bench = try Bench.initialised()
    let outcome = bench.run("backup", bench.folder + "/copy//")
    XCTAssertEqual(outcome.status, .done, outcome.error)
    XCTAssertTrue(ServerHome(path: bench.folder + "/copy").isInitialised)
    XCTAssertEqual(try HomeFiles.names(in: bench.folder).sorted(), ["copy", "home"])
  }

  // MARK: Commands beside a restore

  func testNothingIsRestoredWhileACommandIsAtWork() throws {
    let bench = try Bench.initialised()
    XCTAssertEqual(bench.run("backup", bench.folder + "/copy").status, .done)
    try {
      let other = session(bench)
      let casework = try other.casework()
      XCTAssertEqual(bench.run("restore", bench.folder + "/copy").code, "restore.in-use")
      XCTAssertEqual(bench.run("station", "list").status, .done, "all others work side by side")
      withExtendedLifetime((other, casework)) {}
    }()
    XCTAssertEqual(bench.run("restore", bench.folder + "/copy").status, .done)
  }

  func testNoCommandWorksBesideARestore() throws {
    let bench = try Bench.initialised()
    let alone = try HomeLock(folder: bench.home, isShared: false, taken: .restoreInUse)
    XCTAssertEqual(bench.run("station", "list").code, "restore.running")
    alone.release()
    XCTAssertEqual(bench.run("station", "list").status, .done)
  }

  // MARK: init

  func testAnInitThatFailsRemovesNothingOfAnother() throws {
    let bench = Bench()
    let builder = HomeBuilder(home: ServerHome(path: bench.home), random: SystemRandom())
    XCTAssertThrowsError(
      try builder.build { _, _ throws(Problem) in
        // What another one put there meanwhile.
        try HomeFiles.makeFolder(bench.home + "/keys")
        try HomeFiles.write([1], to: bench.home + "/keys/store.key")
        throw Problem(.storeFull)
      })
    XCTAssertEqual(HomeFiles.bytes(of: bench.home + "/keys/store.key"), 1)
    XCTAssertEqual(try HomeFiles.names(in: bench.home), ["keys"])
  }

  func testOfTwoInitsAtOnceOneIsRefused() throws {
    let bench = Bench()
    let builder = HomeBuilder(home: ServerHome(path: bench.home), random: SystemRandom())
    _ = try builder.build { _, _ throws(Problem) in
      XCTAssertEqual(bench.run("init", "--county", "盱眙县").code, "server.in-use")
    }
    XCTAssertTrue(ServerHome(path: bench.home).isInitialised)
  }

  func testKeysWithoutADatabaseAreMovedAsideAndKept() throws {
    let bench = try Bench.initialised()
    let key = FileManager.default.contents(atPath: bench.home + "/keys/store.key")
    HomeFiles.remove(bench.home + "/journal.db")
    let outcome = bench.run("init", "--county", "清涧县")
    XCTAssertEqual(outcome.status, .done, outcome.error)
    let aside = try XCTUnwrap(outcome.value["former"]?.text)
    XCTAssertEqual(FileManager.default.contents(atPath: aside + "/keys/store.key"), key)
    XCTAssertNotEqual(FileManager.default.contents(atPath: bench.home + "/keys/store.key"), key)
    XCTAssertEqual(bench.run("verify").status, .done)
  }

  // MARK: Recovery key

  func testDoctorFindsARecoveryKeyWhereverOneWasLeft() throws {
    for place in ["before-restore-aaaa", "before-init-aaaa", ".restoring-aaaa", ".new-aaaa"] {
      let bench = try Bench.initialised()
      HomeFiles.remove(bench.home + "/keys/recovery.key")
      XCTAssertEqual(bench.run("doctor").status, .done)
      _ = try bench.file("home/\(place)/keys/recovery.key", "x")
      let finding = bench.run("doctor").values.first { $0["check"] == "recovery-key" }
      XCTAssertEqual(finding?["ok"], false, place)
      XCTAssertTrue(finding?["text"]?.text?.contains(place) == true, place)
    }
  }

  // MARK: Other counties

  func testABackupOfAnotherServerIsPutBackOnlyWhereThatIsMeant() throws {
    let other = Bench()
    XCTAssertEqual(other.run("init", "--county", "清涧县").status, .done)
    let copy = other.folder + "/copy"
    XCTAssertEqual(other.run("backup", copy).status, .done)
    let unused = try Bench.initialised()
    XCTAssertNotEqual(unused.run("restore", copy).code, "restore.other-server", "nobody has worked with it yet")
    XCTAssertEqual(unused.run("station", "list").values, other.run("station", "list").values)
    let bench = try Bench.initialised()
    let station = try XCTUnwrap(bench.run("station", "list").values.first?["id"]?.text)
    XCTAssertEqual(bench.run("device", "add", "--station", station, "--name", "甲").status, .done)
    let before = bench.run("station", "list").values
    let refused = bench.run("restore", copy)
    XCTAssertEqual(refused.code, "restore.other-server", refused.error)
    XCTAssertEqual(bench.run("station", "list").values, before)
    let meant = bench.run("restore", copy, "--replace-other")
    XCTAssertEqual(meant.status, .attention, meant.error)
    XCTAssertEqual(meant.value["checkAccess"], true)
    XCTAssertEqual(bench.run("station", "list").values, other.run("station", "list").values)
    XCTAssertNil(HomeFiles.mode(of: bench.home + "/keys/recovery.key"), "the other county's opens nothing here")
    XCTAssertEqual(bench.run("verify").status, .done)
  }
}
