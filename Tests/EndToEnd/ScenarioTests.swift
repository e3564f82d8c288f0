import Foundation
import Foundations
import Synchronization
import TestNetwork
import Transport
import Wire
import XCTest

/// Scenarios 1, 3, 27 and 30 with real programs.
final class ScenarioTests: XCTestCase {
  private func port(_ url: String) throws -> UInt16 {
    guard let port = UInt16(url.split(separator: ":").last ?? "") else { throw Failure("no port in \(url)") }
    return port
  }

  /// A device that reaches its county over a wire that can be cut.
  private func wired() throws -> (county: County, device: Device, proxy: CuttingProxy, id: String) {
    let county = try County(self)
    let device = try county.device("a")
    let proxy = try CuttingProxy(to: try port(county.url))
    addTeardownBlock { proxy.stop() }
    try device.ask("config", "server", proxy.url)
    let id = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: false))["id"]?.text ?? ""
    try device.sync()
    return (county, device, proxy, id)
  }

  /// A program that somebody else's thread is to end.
  private final class Victim: Sendable {
    private let process = Mutex<Int32>(0)
    func set(_ id: Int32) { process.withLock { $0 = id } }
    func kill() {
      _ = EndToEndTests.wait(seconds: 5) { process.withLock { $0 } != 0 }
      process.withLock { _ = Glibc.kill($0, SIGKILL) }
    }
  }

  private func check(_ county: County, _ device: Device, _ id: String, job: String) throws {
    XCTAssertEqual(try device.sync()["refused"], 0)
    XCTAssertEqual(try device.ask("doctor")["unsent"], 0)
    let shown = try county.administer("show", id).first
    XCTAssertEqual(shown?["fields"]?["w.job"]?.text, job, "no loss")
    let edits = (shown?["timeline"]?.array ?? []).count { $0["kind"] == "write" }
    XCTAssertEqual(edits, (try device.ask("show", id)["timeline"]?.array ?? []).count { $0["kind"] == "write" })
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    XCTAssertEqual(try county.administer("applications").count, 1, "no duplicate")
    XCTAssertEqual(try county.administer("tray", "list"), [])
    try county.checkVerify()
  }

  func testScenario01KilledBetweenTheServersCommitAndTheAcknowledgement() throws {
    let (county, device, proxy, id) = try wired()
    // The client dies when the server has answered and before it gets a byte of that.
    for round in 1...3 {
      try device.ask("edit", id, "w.job=第\(round)次")
      let victim = Victim()
      proxy.arm(nil) { victim.kill() }
      let sync = try device.spawn(["sync"])
      victim.set(sync.processID)
      XCTAssertEqual(sync.finish().status, 137)
      proxy.arm(nil)
      XCTAssertEqual(try device.ask("show", id)["sync"], "partial", "it was not told")
      XCTAssertEqual(try county.administer("show", id).first?["fields"]?["w.job"]?.text, "第\(round)次", "committed")
      XCTAssertEqual(try device.sync()["refused"], 0)
    }
    try check(county, device, id, job: "第3次")
    // The server dies at the same moment, and nobody gets the answer.
    for round in 4...5 {
      try device.ask("edit", id, "w.job=第\(round)次")
      let victim = Victim()
      victim.set(county.serverID)
      proxy.arm(CuttingProxy.Cut(.answer, after: 0)) { victim.kill() }
      XCTAssertEqual(try device.run("sync").status, 4)
      county.killServer()
      try county.start()
      proxy.arm(nil)
      XCTAssertEqual(try device.sync()["refused"], 0)
    }
    try check(county, device, id, job: "第5次")
  }

  /// Every byte is cut in one process (`CutTests`); here every ninety-seventh of the exchange of real programs.
  func testScenario03TheExchangeOfRealProgramsCutConverges() throws {
    let (county, device, proxy, id) = try wired()
    var cuts = 0
    for direction in CuttingProxy.Direction.allCases {
      var bytes = 0
      while true {
        let job = "\(direction)之\(1000 + bytes)"
        try device.ask("edit", id, "w.job=\(job)")
        proxy.arm(CuttingProxy.Cut(direction, after: bytes))
        let outcome = try device.run("sync")
        let isWhole = proxy.passed(direction) < bytes
        XCTAssertTrue(outcome.status == 4 || outcome.status == 0 && isWhole, "\(direction) \(bytes): \(outcome.status)")
        proxy.arm(nil)
        XCTAssertEqual(try device.sync()["upToDate"], true, "\(direction) \(bytes)")
        XCTAssertEqual(try device.ask("show", id)["sync"], "synced")
        if isWhole { break }
        cuts += 1
        bytes += 97
      }
    }
    XCTAssertGreaterThan(cuts, 5)
    try check(county, device, id, job: try device.ask("show", id)["fields"]?["w.job"]?.text ?? "")
  }

  // MARK: 27

  func testScenario27HostileBodiesAreRefusedByTypeInBoundedMemory() throws {
    let county = try County(self)
    let device = try county.device("a")
    try device.sync()
    let bomb = try Deflate.compress([UInt8](repeating: 0, count: 256 << 20))
    let head: Value = ["d", 1, .bytes([UInt8](repeating: 0, count: 64))]
    let empty = Value.bytes([])
    // What comes before the bomb is sound, or nobody would get as far as that.
    let sound = Value.bytes(try Deflate.compress(CBOR.encode(.null)))
    let before = try memory(of: county.serverID)
    let (sync, enroll) = ("/v1/sync", "/v1/enroll")
    let bodies: [(String, String, [UInt8], code: String)] = [
      ("bomb", sync, CBOR.encode([1, head, nil, .bytes(bomb), empty, empty, empty]), "document.too-large"),
      (
        "bomb of numbers", sync, CBOR.encode([1, head, nil, sound, empty, .bytes([1] + bomb), empty]),
        "document.too-large"
      ),
      (
        "bomb of texts", sync, CBOR.encode([2, head, nil, sound, empty, empty, .bytes([1] + bomb)]),
        "document.too-large"
      ),
      ("nesting", sync, [UInt8](repeating: 0x81, count: 4 << 20), "sync.malformed"),
      ("count", sync, [0x9B, 0x7F] + [UInt8](repeating: 0xFF, count: 7), "sync.malformed"),
      ("length", sync, [0x5B, 0x7F] + [UInt8](repeating: 0xFF, count: 7), "sync.malformed"),
      ("text", sync, [0x82, 0x01, 0x63, 0xFF, 0xFE, 0xFD], "sync.malformed"),
      ("nesting", enroll, Array(String(repeating: "[", count: 60_000).utf8), "document.malformed"),
      ("text", enroll, Array("{\"code\":\"".utf8) + [0xFF, 0xC0, 0x80] + Array("\"}".utf8), "document.malformed"),
      (
        "number", enroll, Array(("{\"code\":1" + String(repeating: "0", count: 60_000) + "}").utf8),
        "document.malformed"
      ),
      (
        "members", enroll, Array(("{" + (0..<9000).map { "\"\($0)\":0" }.joined(separator: ",") + "}").utf8),
        "document.too-large"
      ),
    ]
    for (name, path, body, code) in bodies {
      for _ in 0..<2 {
        let answer = try county.send(
          "POST", path, headers: [("Content-Type", path == sync ? "application/cbor" : "application/json")], body: body)
        XCTAssertTrue((400...499).contains(answer.status), "\(name): \(answer.status)")
        XCTAssertEqual((try? JSONReader.read(answer.body))?["code"]?.text, code, "\(path) \(name)")
      }
    }
    let grown = try memory(of: county.serverID) - before
    print("27: \(bodies.count) hostile bodies, twice each; the server's peak grew by \(grown >> 10) MiB")
    XCTAssertLessThan(grown, 160 << 10)
    XCTAssertEqual(try device.sync()["upToDate"], true)
    try county.checkVerify()
  }

  /// The most that a process has had in memory, KiB.
  private func memory(of process: Int32) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
  }

  // MARK: 30

  func testScenario30AWindowThatAcceptedBeforeTheWorkerDiedHasItOnceOrItStandsAsUnknown() throws {
    let county = try County(self)
    let device = try county.device("a")
    let secret = try county.write(
      "whsec_" + Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString(), to: "secret")
    let store = county.folder + "/window"
    let window = try county.spawn(
      .windowSample, ["--listen", "127.0.0.1:0", "--secret-file", secret, "--store", store, "--hang-after-accept"])
    let url = try window.listeningURL()
    for each in try county.administer("window", "list") {
      try county.administer("window", "endpoint", each["id"]?.text ?? "", "--url", url, "--secret-file", secret)
    }
    let made = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: true))
    try device.sync()
    func received() -> [String] { county.files(in: "window").filter { $0.hasSuffix(".json") } }
    /// What the window was told of one dispatch, and asked about it, in order.
    func requests(_ id: String) -> [Substring] {
      window.errors.split(separator: "\n").filter { $0.contains("id=\(id) ") }.map { $0.prefix { $0 != " " } }
    }
    XCTAssertTrue(EndToEndTests.wait(seconds: 30) { !received().isEmpty }, "the window has it, and does not answer")
    county.killServer()
    try county.start()
    func rows() throws -> [Value] { try county.administer("outbox", "list") }
    // It is asked, not told again, before the time of the request is over.
    _ = try EndToEndTests.wait(seconds: 40) {
      try rows().allSatisfy { ["delivered", "unknown"].contains($0["status"]?.text) }
    }
    let all = try rows()
    XCTAssertFalse(all.isEmpty)
    for row in all {
      XCTAssertTrue(["delivered", "unknown"].contains(row["status"]?.text), "\(row)")
      let name = (row["id"]?.text ?? "").replacing("sm3:", with: "")
      XCTAssertEqual(received().count { $0.hasSuffix("/\(name).json") }, 1, "one filing")
      let heard = requests(row["id"]?.text ?? "")
      XCTAssertEqual(heard.first, "POST")
      XCTAssertEqual(heard.count { $0 == "POST" }, 1, "told twice: \(window.errors)")
      XCTAssertGreaterThan(heard.count, 1, "it was asked: \(window.errors)")
    }
    XCTAssertEqual(received().count, all.count)
    XCTAssertEqual(try device.ask("show", made["id"]?.text ?? "")["status"], "submitted")
    try county.checkVerify()
  }
}
