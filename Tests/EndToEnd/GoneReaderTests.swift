import Foundation
import Foundations
import Transport
import XCTest

/// Whoever reads what a program says may go away: the program does what it was asked all the same.
final class GoneReaderTests: XCTestCase {
  /// Runs a program whose standard output or standard error is a pipe that nobody reads any more.
  /// - Returns: its exit status, and what it said on the other channel.
  private func deaf(
    _ county: County, _ program: Program, _ words: [String], to channel: String
  ) throws -> (status: Int32, said: String) {
    let (status, said) = (county.folder + "/status", county.folder + "/said")
    let script = """
      status=$1; said=$2; shift 2
      { sleep 0.3; if [ \(channel) = out ]; then "$0" "$@" 2>"$said"; else "$0" "$@" 2>&1 >"$said"; fi
        echo $? >"$status"; } | true
      """
    let outcome = try county.spawn(
      "/bin/sh", ["-c", script, try program.path(), status, said] + words
    ).finish()
    XCTAssertEqual(outcome.status, 0, outcome.errors)
    func text(_ path: String) -> String {
      String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
    return (Int32(text(status).trimmed) ?? -1, text(said))
  }

  func testACommandGoesOnAndEndsWithItsOwnStatus() throws {
    let county = try County(self)
    let device = try county.device("a")
    _ = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: true))
    let file = county.folder + "/out.ferry"
    try device.ask("sync", "--to-file", file)
    let bad = try county.write("no ferry file", to: "bad.ferry")

    let home = ["--home", county.home]
    let taken = try deaf(county, .server, home + ["ferry", "in", file, bad, file], to: "out")
    XCTAssertEqual(taken.status, 1, "one of them is bad")
    XCTAssertTrue(taken.said.contains("ferry.foreign"), taken.said)
    XCTAssertEqual(try county.administer("applications").count, 1)
    let listed = try deaf(county, .server, home + ["station", "list"], to: "out")
    XCTAssertEqual(listed.status, 0)
    XCTAssertEqual(listed.said, "", "a listing in a pipe to head is quiet")

    XCTAssertEqual(try deaf(county, .bangban, ["--home", device.home, "submit", "NOSUCH"], to: "error").status, 1)
    XCTAssertEqual(try deaf(county, .bangban, ["--home", device.home, "nonsense"], to: "error").status, 2)
    XCTAssertEqual(try deaf(county, .server, home + ["nonsense"], to: "error").status, 2)
  }

  func testAServerWhoseLogNobodyReadsServesOnAndStopsInGoodOrder() throws {
    let county = try County(self, isServing: false)
    let log = Pipe()
    let process = Process()
    process.executableURL = URL(filePath: try Program.server.path())
    process.arguments = ["--home", county.home, "serve", "--listen", "127.0.0.1:0"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = log
    try process.run()
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let url = line.dropFirst("listening on ".count).trimmed
    try log.fileHandleForReading.close()
    try log.fileHandleForWriting.close()
    for _ in 0..<3 {
      XCTAssertEqual(try HTTPClient().send(HTTPClient.Request("GET", url + "/healthz")).status, 200)
    }
    XCTAssertTrue(process.isRunning)
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    XCTAssertEqual(process.terminationReason, .exit)
    XCTAssertEqual(process.terminationStatus, 0)
  }
}
