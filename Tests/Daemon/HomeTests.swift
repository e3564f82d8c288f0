import FoundationEssentials
import Foundations
import Journal
import XCTest

@testable import Daemon

final class HomeTests: XCTestCase {
  func testInitSetsUpACountyAndPrintsThePasswordOnce() throws {
    let bench = Bench()
    let began = ContinuousClock.now
    let outcome = bench.run("init", "--county", "盱眙县", "--demo")
    XCTAssertLessThan(ContinuousClock.now - began, .seconds(6), "a debug build on a busy machine")
    XCTAssertEqual(outcome.status, .done, outcome.error)
    XCTAssertEqual(outcome.values.count, 1)
    XCTAssertEqual(outcome.value["county"], ["division": "320830", "name": "盱眙县"])
    XCTAssertEqual(outcome.value["matters"], 145)
    XCTAssertEqual(outcome.value["examplesLeftOut"], 0)
    XCTAssertEqual(outcome.value["administrator"]?["name"], "admin")
    let password = try XCTUnwrap(outcome.value["administrator"]?["password"]?.text)
    XCTAssertEqual(password.count, 17)
    let users = bench.run("user", "list")
    XCTAssertEqual(users.values.map { $0["name"] }, ["admin"])
    XCTAssertFalse(users.output.contains(password))
    XCTAssertEqual(bench.run("verify").status, .done)
  }

  func testFilesAreForTheServersAccountAlone() throws {
    let bench = try Bench.initialised()
    for folder in ["", "keys", "blobs"] { XCTAssertEqual(bench.mode(folder), 0o700, folder) }
    for file in ["journal.db", "keys/store.key", "keys/signing.key", "keys/recovery.key"] {
      XCTAssertEqual(bench.mode(file), 0o600, file)
    }
    XCTAssertEqual(try HomeFiles.names(in: bench.home).filter { $0.hasPrefix(".") }, [], "nothing is left behind")
  }

  func testInitNeverGoesOverAHome() throws {
    let bench = try Bench.initialised()
    let key = try bench.journal()
    _ = key
    let again = bench.run("init", "--county", "清涧县")
    XCTAssertEqual(again.status, .refused)
    XCTAssertEqual(again.code, "server.exists")
    XCTAssertEqual(bench.run("station", "list").values.count, 15, "the first county is still there")
    let other = Bench()
    _ = try other.file("home/precious.txt", "x")
    XCTAssertEqual(other.run("init", "--county", "清涧县").code, "server.folder")
  }

  func testUnknownCountyNamesTheKnownOnesAndLeavesNothing() throws {
    let bench = Bench()
    let outcome = bench.run("init", "--county", "某县")
    XCTAssertEqual(outcome.status, .refused)
    XCTAssertEqual(outcome.code, "county.unknown")
    for name in ["盱眙县", "320830", "清涧县", "兴国县", "涟水县", "赣榆区"] {
      XCTAssertTrue(outcome.problem["message"]?.text?.contains(name) == true, name)
    }
    XCTAssertFalse(HomeFiles.isFolder(bench.home))
  }

  func testEveryBuiltInCountyCanBeSetUpByItsCode() throws {
    for code in ["320830", "320826", "360732", "320707", "610830"] {
      let bench = Bench()
      let outcome = bench.run("init", "--county", code)
      XCTAssertEqual(outcome.status, .done, outcome.error)
      XCTAssertEqual(outcome.value["county"]?["division"], .text(code))
    }
  }

  func testExamplesAreLeftOutUnlessItIsADemonstration() throws {
    let bench = try Bench.initialised(demo: false)
    XCTAssertFalse(bench.run("catalog", "list", "--all").output.contains("\"detail\":\"example\""))
    let counts = bench.run("catalog", "coverage", "--all").value
    XCTAssertEqual(counts["example"], 0)
    let all = try Bench.initialised().run("catalog", "coverage", "--all").value
    XCTAssertEqual(all["matters"], 145)
    XCTAssertEqual(all["outline"], counts["outline"])
    XCTAssertEqual(
      bench.run("window", "list").values.count, try Bench.initialised().run("window", "list").values.count,
      "windows do not hang on what is published")
  }

  func testWithoutAHomeEveryCommandSaysHowToMakeOne() {
    let bench = Bench()
    for arguments in [
      ["serve"], ["station", "list"], ["catalog", "list"], ["verify"], ["doctor"], ["device", "list"],
      ["applications"], ["backup", bench.folder + "/b"], ["user", "list"],
    ] {
      let outcome = bench.run(["--json"] + arguments)
      XCTAssertEqual(outcome.status, .refused, "\(arguments)")
      XCTAssertEqual(outcome.code, "server.not-initialised", "\(arguments)")
    }
    XCTAssertFalse(HomeFiles.isFolder(bench.home), "asking makes nothing")
  }

  func testLostOrBrokenKeyIsNamed() throws {
    let bench = try Bench.initialised()
    _ = try bench.file("home/keys/store.key", "abc\n")
    let outcome = bench.run("station", "list")
    XCTAssertEqual(outcome.status, .storage)
    XCTAssertEqual(outcome.code, "server.key")
  }

  func testBackupIsAHomeThatOpens() throws {
    let bench = try Bench.initialised()
    _ = try bench.file("home/blobs/ab/part", "sealed")
    let outcome = bench.run("backup", bench.folder + "/copy")
    XCTAssertEqual(outcome.status, .done, outcome.error)
    XCTAssertEqual(outcome.value["blobs"], 1)
    XCTAssertEqual(bench.run("backup", bench.folder + "/copy").code, "backup.exists")
    XCTAssertEqual(bench.run(["--json", "--home", bench.folder + "/copy", "station", "list"]).values.count, 15)
    let copy = ServerHome(path: bench.folder + "/copy")
    XCTAssertEqual(HomeFiles.mode(of: copy.storeKeyPath).map { $0 & 0o777 }, 0o600)
    XCTAssertEqual(HomeFiles.mode(of: copy.path).map { $0 & 0o777 }, 0o700)
    XCTAssertEqual(HomeFiles.bytes(of: copy.blobsPath + "/ab/part"), 6)
    XCTAssertNil(HomeFiles.mode(of: copy.recoveryKeyPath))
  }

  func testABackupIsPutBackAndWhatWasThereIsKept() throws {
    let bench = try Bench.initialised()
    XCTAssertEqual(bench.run("backup", bench.folder + "/copy").status, .done)
    let station = try XCTUnwrap(bench.run("station", "list").values.first?["id"]?.text)
    let id = try XCTUnwrap(bench.run("device", "add", "--station", station, "--name", "甲").value["device"]?.text)
    XCTAssertEqual(bench.run("backup", bench.folder + "/later").status, .done)
    XCTAssertEqual(bench.run("device", "revoke", id).status, .done)
    _ = try bench.file("home/blobs/ab/part", "sealed")

    let outcome = bench.run("restore", bench.folder + "/later")
    XCTAssertEqual(outcome.status, .done, outcome.error)
    let former = try XCTUnwrap(outcome.value["former"]?.text)
    XCTAssertEqual(HomeFiles.bytes(of: former + "/blobs/ab/part"), 6)
    XCTAssertTrue(ServerHome(path: former).isInitialised)
    XCTAssertEqual(outcome.value["revoked"], [.text(id)], "a stolen laptop does not come back with the backup")
    XCTAssertEqual(bench.run("device", "list").values.map { $0["status"] }, ["revoked"])
    XCTAssertEqual(bench.run("verify").status, .done)
    let home = ServerHome(path: bench.home)
    XCTAssertEqual(HomeFiles.mode(of: home.storeKeyPath).map { $0 & 0o777 }, 0o600)
    XCTAssertEqual(HomeFiles.mode(of: home.journalPath).map { $0 & 0o777 }, 0o600)
    XCTAssertNotNil(HomeFiles.mode(of: home.recoveryKeyPath), "no backup has it, so it stays")
    XCTAssertTrue(try HomeFiles.names(in: bench.home).allSatisfy { !$0.hasPrefix(".restoring") })

    // The first backup does not know the device at all; its number is not given out again.
    let number = bench.run("device", "list").value["number"]
    XCTAssertEqual(bench.run("restore", bench.folder + "/copy").status, .done)
    XCTAssertEqual(bench.run("device", "list").values, [])
    _ = bench.run("device", "add", "--station", station, "--name", "乙")
    XCTAssertNotEqual(bench.run("device", "list").value["number"], number)
    XCTAssertEqual(bench.run("verify").status, .done)
  }

  /// Leaves nothing of a county's database that could be read.
  private func ruinDatabase(_ bench: Bench) throws {
    for end in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: bench.home + "/journal.db" + end) }
    _ = try bench.file("home/journal.db", String(repeating: "x", count: 100_000))
  }

  func testFormsPublishedSinceStayKnownWhereTheFormerDatabaseCanBeRead() throws {
    for isReadable in [true, false] {
      let bench = try Bench.initialised()
      let before = try bench.journal().read { reader throws(Problem) in try reader.catalogVersion() }
      XCTAssertEqual(bench.run("backup", bench.folder + "/copy").status, .done)
      let now = Instant(milliseconds: 4_000_000_000_000)
      try bench.journal().write { writer throws(Problem) in
        let manifest = try writer.catalogManifest(before) ?? [:]
        try writer.publishCatalog(version: "later", manifest: manifest, files: [:], at: now)
      }
      if !isReadable { try ruinDatabase(bench) }
      let outcome = bench.run("restore", bench.folder + "/copy")
      XCTAssertEqual(outcome.status, isReadable ? .done : .attention, outcome.error)
      XCTAssertEqual(outcome.value["catalogs"], isReadable ? ["later"] : [])
      XCTAssertEqual(outcome.value["checkAccess"], .bool(!isReadable))
      let (inForce, known) = try bench.journal().read { reader throws(Problem) in
        (try reader.catalogVersion(), try reader.catalogVersions())
      }
      XCTAssertEqual(inForce, before)
      XCTAssertEqual(known, isReadable ? [before, "later"] : [before])
      XCTAssertEqual(bench.run("verify").status, .done)
    }
  }

  func testStationsAndWindowsAddedSinceAreThereAgainWhereTheFormerDatabaseCanBeRead() throws {
    for isReadable in [true, false] {
      let bench = try Bench.initialised()
      XCTAssertEqual(bench.run("backup", bench.folder + "/copy").status, .done)
      let secret = try bench.file("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
      let added = ["window", "add", "--name", "县残联窗口", "--level", "county", "--divisions", "320830", "--id", "w-new"]
      XCTAssertEqual(bench.run(added + ["--authorities", "县残联"]).status, .done)
      let station = bench.run("station", "add", "--name", "新站", "--division", "320830101200", "--id", "s-new")
      XCTAssertEqual(station.status, .done, station.error)
      for window in ["w-new", "w-320830-zh"] {
        let set = bench.run("window", "endpoint", window, "--url", "http://10.1.2.3/", "--secret-file", secret)
        XCTAssertEqual(set.status, .done, set.error)
      }
      if !isReadable { try ruinDatabase(bench) }
      let outcome = bench.run("restore", bench.folder + "/copy")
      XCTAssertEqual(outcome.value["stations"], isReadable ? ["s-new"] : [])
      XCTAssertEqual(bench.run("station", "list").values.contains { $0["id"] == "s-new" }, isReadable)
      XCTAssertEqual(outcome.value["windows"], isReadable ? ["w-new"] : [])
      XCTAssertEqual(outcome.value["endpoints"], isReadable ? ["w-320830-zh", "w-new"] : [])
      let listed = bench.run("window", "list").values
      XCTAssertEqual(listed.contains { $0["id"] == "w-new" }, isReadable)
      XCTAssertEqual(
        listed.first { $0["id"] == "w-320830-zh" }?["endpoint"], isReadable ? "http://10.1.2.3/" : nil)
      XCTAssertEqual(bench.run("verify").status, .done)
    }
  }

  /// What comes back of a lost station or window is for nobody else who is added afterwards.
  func testAfterARestoreNobodyGetsAnIdThatTheLostLogMayHaveGivenOut() throws {
    let bench = try Bench.initialised()
    XCTAssertEqual(bench.run("backup", bench.folder + "/copy").status, .done)
    func add() -> [Value?] {
      [
        bench.run("station", "add", "--name", "新站", "--division", "320830101200").value["id"],
        bench.run(
          "window", "add", "--name", "新窗口", "--level", "county", "--divisions", "320830", "--comprehensive"
        ).value["id"],
      ]
    }
    var given = add().compactMap { $0?.text }
    XCTAssertEqual(given, ["s-320830101200-1", "w-320830-1"])
    for _ in 1...2 {
      // Nobody can know what the last one has given out.
      try ruinDatabase(bench)
      XCTAssertEqual(bench.run("restore", bench.folder + "/copy").value["operations"], 0)
      given += add().compactMap { $0?.text }
    }
    XCTAssertEqual(Set(given).count, 6, "\(given)")
  }

  func testWhatIsNoBackupIsNotPutBackAndNothingChanges() throws {
    let bench = try Bench.initialised()
    XCTAssertEqual(bench.run("restore", bench.folder + "/nothing").code, "restore.not-a-backup")
    XCTAssertEqual(bench.run("backup", bench.folder + "/copy").status, .done)
    // A page of it is gone.
    var bytes = try XCTUnwrap(FileManager.default.contents(atPath: bench.folder + "/copy/journal.db"))
    for index in 8192..<min(24_576, bytes.count) { bytes[index] = 0xA5 }
    XCTAssertTrue(FileManager.default.createFile(atPath: bench.folder + "/copy/journal.db", contents: bytes))
    let damaged = bench.run("restore", bench.folder + "/copy")
    XCTAssertEqual(damaged.status, .storage, damaged.error)
    XCTAssertEqual(bench.run("verify").status, .done)
    XCTAssertEqual(bench.run("station", "list").values.count, 15)
    let lock = try HomeLock(ServerHome(path: bench.home).lockPath)
    let beside = bench.run("restore", bench.folder + "/copy")
    XCTAssertEqual(beside.code, "serve.already-running")
    XCTAssertTrue(beside.error.contains("请先停止 serve"), beside.error)
    lock.release()
  }

  func testDoctorAsksForTheRecoveryKeyToBeMoved() throws {
    let bench = try Bench.initialised()
    let before = bench.run("doctor")
    XCTAssertEqual(before.status, .attention)
    XCTAssertEqual(before.values.filter { $0["ok"] == false }.map { $0["check"] }, ["recovery-key"])
    HomeFiles.remove(bench.home + "/keys/recovery.key")
    XCTAssertEqual(bench.run("doctor").status, .done)
  }

  func testConfigurationRefusesWhatItDoesNotKnow() throws {
    let bench = try Bench.initialised()
    _ = try bench.file("home/server.json", #"{"listn":"127.0.0.1:1"}"#)
    let outcome = bench.run("serve")
    XCTAssertEqual(outcome.status, .usage)
    XCTAssertEqual(outcome.code, "server.configuration")
  }
}
