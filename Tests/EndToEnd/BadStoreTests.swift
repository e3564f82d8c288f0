import Foundation
import Foundations
import SQLite
import Transport
import XCTest

/// Files that are damaged, foreign, newer, read-only or on a full disk: exit 5, and nothing is half written.
final class BadStoreTests: XCTestCase {
  private func unusable(_ outcome: Outcome, _ codes: String..., line: UInt = #line) {
    XCTAssertEqual(outcome.status, 5, outcome.errors, line: line)
    XCTAssertEqual(outcome.output, "", line: line)
    XCTAssertTrue(codes.isEmpty || codes.contains(outcome.code), outcome.errors, line: line)
  }

  /// A device with one application, not synced.
  private func prepared() throws -> (county: County, device: Device, id: String) {
    let county = try County(self)
    let device = try county.device("a")
    let made = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: false))
    return (county, device, made["id"]?.text ?? "")
  }

  func testDamagedStoresAreLeftAsTheyAre() throws {
    let (county, device, id) = try prepared()
    let store = device.home + "/store.db"
    // Commands leave the log beside the file; whoever opens it otherwise copies it in.
    do { _ = try Connection(path: store, mode: .readWrite) }
    let good = try XCTUnwrap(FileManager.default.contents(atPath: store))
    for (name, bytes): (String, Data) in [
      ("random", Data((0..<200_000).map { _ in UInt8.random(in: 0...255) })), ("short", Data("SQLite".utf8)),
      ("truncated", good.prefix(good.count / 2)), ("a stub", good.prefix(300)),
      ("garbled", good.prefix(4096) + Data((4096..<good.count).map { _ in UInt8.random(in: 0...255) })),
    ] {
      for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store + suffix) }
      try bytes.write(to: URL(filePath: store))
      for command in [["list"], ["show", id], ["edit", id, "w.job=a"], ["sync"], ["unlock"]] {
        let outcome = try device.run(command)
        XCTAssertEqual(outcome.status, 5, "\(name) \(command): \(outcome.output) \(outcome.errors)")
        XCTAssertFalse(outcome.code.isEmpty, outcome.errors)
      }
      XCTAssertEqual(FileManager.default.contents(atPath: store), bytes, "\(name): not touched")
    }
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store + suffix) }
    try good.write(to: URL(filePath: store))
    XCTAssertEqual(try device.ask("show", id)["id"]?.text, id)
    XCTAssertEqual(try device.run("doctor").status, 0)
    try county.checkVerify()
  }

  func testNewerAndForeignDatabasesAreLeftAlone() throws {
    let (county, device, _) = try prepared()
    county.stop()
    for (file, newer) in [(device.home + "/store.db", "store.newer-schema"), (county.home + "/journal.db", "")] {
      func attempt() throws -> Outcome {
        newer.isEmpty ? try county.attempt("applications") : try device.run("list")
      }
      var version: Int64 = 0
      do {
        let connection = try Connection(path: file, mode: .readWrite)
        version = try connection.one("PRAGMA user_version", []) { row in row.integer(0) } ?? 0
        try connection.execute("PRAGMA user_version = \(version + 1)")
      }
      unusable(try attempt(), "store.newer-schema")
      do {
        let connection = try Connection(path: file, mode: .readWrite)
        try connection.execute("PRAGMA user_version = \(version); PRAGMA application_id = 1234")
      }
      unusable(try attempt(), "store.wrong-kind")
    }
  }

  func testAFullDiskLosesNothing() throws {
    let (_, device, id) = try prepared()
    let program = try Program.bangban.path()
    let store = device.home + "/store.db"
    let size = try XCTUnwrap(FileManager.default.contents(atPath: store)).count
    // A bound on the size of files stands for the disk: too small for the first byte, and for somewhere in between.
    var refusals = 0
    for blocks in [0, 1, 8, 24, size / 1024 - 8] {
      let script =
        "(trap '' XFSZ; ulimit -f \(blocks); \"$0\" --home \"$1\" --json edit \"$2\" w.job=第\(blocks)次 "
        + "w.phone=13900000088; echo \"status $?\") 2>&1 | cat"
      // The bound holds for what the program says, too; the pipe takes it out of it.
      let said = try device.county.spawn("/bin/sh", ["-c", script, program, device.home, id]).finish().output
      let shown = try device.ask("show", id)
      XCTAssertEqual(shown["id"]?.text, id, "earlier data is readable after \(blocks) blocks")
      if said.contains("\"error\"") {
        refusals += 1
        XCTAssertTrue(said.contains("\"store.") && said.contains("status 5"), said)
        XCTAssertNotEqual(shown["fields"]?["w.job"]?.text, "第\(blocks)次", "refused means not done")
      } else {
        XCTAssertEqual(shown["fields"]?["w.job"]?.text, "第\(blocks)次", "done means done: \(said)")
        XCTAssertEqual(shown["fields"]?["w.phone"]?.text, "13900000088")
      }
    }
    XCTAssertGreaterThan(refusals, 0)
    XCTAssertEqual(try device.run("doctor").status, 0)
    XCTAssertEqual(try device.run("edit", id, "w.job=又有空间了").status, 0)
  }

  func testAServerWithoutRoomIsNotReadyUntilThereIsSome() throws {
    let program = "/usr/bin/prlimit"
    try XCTSkipUnless(FileManager.default.isExecutableFile(atPath: program), "nothing to bound a running program with")
    let (county, device, id) = try prepared()
    // A bound on the size of files stands for the disk.
    func bound(_ size: String) throws {
      let outcome = try county.spawn(program, ["--pid", "\(county.serverID)", "--fsize=\(size):unlimited"]).finish()
      XCTAssertEqual(outcome.status, 0, outcome.errors)
    }
    try device.ask("note", id, "满了以前")
    // What is mapped into memory beside the log is not what is to fail.
    let log = FileManager.default.contents(atPath: county.home + "/journal.db-wal")?.count ?? 0
    try bound("\(max(log, 32 << 10))")
    XCTAssertEqual(try county.send("GET", "/readyz").status, 200, "nobody has tried to write")
    XCTAssertNotEqual(try device.run("sync").status, 0)
    let answer = try county.send("GET", "/readyz")
    XCTAssertEqual(answer.status, 503)
    XCTAssertEqual(answer.problem.code, "server.not-ready")
    XCTAssertTrue(answer.problem.message.contains("存不了东西：数据文件"), answer.problem.message)
    XCTAssertEqual(try county.send("GET", "/readyz").status, 503)
    XCTAssertEqual(try county.send("GET", "/healthz").status, 200)
    try bound("unlimited")
    XCTAssertEqual(try county.send("GET", "/readyz").status, 200)
    try device.sync()
    try county.checkVerify()
  }

  func testAReadOnlyStoreRefusesToWrite() throws {
    try XCTSkipIf(geteuid() == 0, "root may write everywhere")
    let (_, device, id) = try prepared()
    let files = FileManager.default
    try files.setAttributes([.posixPermissions: 0o400], ofItemAtPath: device.home + "/store.db")
    try files.setAttributes([.posixPermissions: 0o500], ofItemAtPath: device.home)
    defer { try? files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: device.home) }
    unusable(try device.run("edit", id, "w.job=a"))
  }

  func testAHomeThatCannotBeReadIsNotTakenForNone() throws {
    let (county, device, id) = try prepared()
    for command in [["list"], ["show", id], ["enroll", county.url, "x"], ["doctor"]] {
      let outcome = try county.spawn(.bangban, ["--home", device.home + "/store.db", "--json"] + command).finish()
      XCTAssertEqual(outcome.status, 5, "\(command): \(outcome.errors)")
    }
  }

  func testAResultThatDoesNotGetOutIsExitFive() throws {
    let (county, device, id) = try prepared()
    func full(_ program: Program, _ words: [String], to target: String = "/dev/full") throws -> Outcome {
      try county.spawn("/bin/sh", ["-c", "\"$0\" \"$@\" >\(target)", try program.path()] + words).finish()
    }
    let home = ["--home", device.home]
    unusable(try full(.bangban, home + ["list", "--json"]), "output.incomplete")
    unusable(try full(.bangban, home + ["show", id, "--json"]), "output.incomplete")
    unusable(try full(.server, ["--home", county.home, "catalog", "list", "--json"]), "output.incomplete")
    let person = try full(.bangban, home + ["list"])
    XCTAssertEqual(person.status, 5)
    XCTAssertTrue(person.errors.contains("空间不够"), person.errors)
    XCTAssertEqual(try full(.bangban, home + ["list"], to: "/dev/null").status, 0)
  }

  func testAStoreHeldByAnotherProgramIsWaitedForThenTold() throws {
    let (_, device, id) = try prepared()
    let connection = try Connection(path: device.home + "/store.db", mode: .readWrite)
    try connection.execute("BEGIN IMMEDIATE")
    let began = ContinuousClock.now
    unusable(try device.run("edit", id, "w.job=a"), "store.locked")
    XCTAssertGreaterThan(ContinuousClock.now - began, .seconds(8))
    try connection.execute("ROLLBACK")
    XCTAssertEqual(try device.ask("show", id)["fields"]?["w.job"], "外卖配送")
    XCTAssertEqual(try device.run("edit", id, "w.job=a").status, 0)
  }

  func testWithoutTheRightServerTheWorkIsSafe() throws {
    let (county, device, id) = try prepared()
    let certificate = county.folder + "/server"
    let words =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x "
      + "-addext subjectAltName=IP:127.0.0.1 -keyout '\(certificate).key' -out '\(certificate).pem'"
    XCTAssertEqual(try county.spawn("/bin/sh", ["-c", words]).finish().status, 0)
    func offline(_ url: String, line: UInt = #line) throws {
      try device.ask("config", "server", url)
      let outcome = try device.run("sync")
      XCTAssertEqual(outcome.status, 4, "\(url): \(outcome.errors)", line: line)
      XCTAssertEqual(try device.ask("doctor")["ok"], true, line: line)
      XCTAssertEqual(try device.ask("show", id)["sync"], "pending", line: line)
    }
    let address = county.url
    try offline("http://127.0.0.1:1")
    try offline("http://nowhere.invalid:8420")
    try offline("https://" + address.dropFirst("http://".count))
    county.stop()
    try offline(address)
    try county.start("--tls-cert", certificate + ".pem", "--tls-key", certificate + ".key")
    try offline(county.url)
    try offline(address)
    let person = try county.spawn(.bangban, ["--home", device.home, "sync"]).finish()
    XCTAssertEqual(person.status, 4)
    XCTAssertTrue(person.errors.contains("本机"), "it says that nothing is lost: \(person.errors)")
    try device.ask("config", "server", county.url)
    try device.ask("config", "authorities", certificate + ".pem")
    XCTAssertEqual(try device.sync()["upToDate"], true)
  }
}
