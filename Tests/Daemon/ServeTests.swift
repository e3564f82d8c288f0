import Foundation
import Foundations
import Transport
import XCTest

@testable import Daemon

/// The real program, started as an operator starts it.
final class ServeTests: XCTestCase {
  static func program() throws -> URL {
    let bundle = URL(filePath: Bundle(for: Self.self).bundlePath)
    let folder =
      bundle.hasDirectoryPath || bundle.pathExtension == "xctest" ? bundle.deletingLastPathComponent() : bundle
    for candidate in [folder, URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()] {
      let url = candidate.appending(path: "bangban-server")
      if FileManager.default.isExecutableFile(atPath: url.path) { return url }
    }
    throw XCTSkip("bangban-server is not built beside the tests")
  }

  private func start(_ bench: Bench, _ listen: String) throws -> (Process, out: Pipe, error: Pipe) {
    let process = Process()
    process.executableURL = try Self.program()
    process.arguments = ["--home", bench.home, "serve", "--listen", listen]
    let (out, error) = (Pipe(), Pipe())
    process.standardOutput = out
    process.standardError = error
    try process.run()
    return (process, out, error)
  }

  private func line(_ pipe: Pipe) -> String {
    String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
  }

  func testTheDailyLookComesAsTheDayBegins() throws {
    func pause(_ time: String) throws -> Int {
      DailyWatch.pauseSeconds(now: try XCTUnwrap(ChinaTime.instant(time)))
    }
    XCTAssertEqual(try pause("2026-12-07T15:00:00+08:00"), 3600)
    XCTAssertEqual(try pause("2026-12-07T23:50:00+08:00"), 600)
    XCTAssertEqual(try pause("2026-12-07T23:59:59.900+08:00"), 1)
    XCTAssertEqual(try pause("2026-12-08T00:00:00+08:00"), 3600)
  }

  func testServesOnOneLineAndEndsWithZeroOnEitherSignal() throws {
    let bench = try Bench.initialised()
    for signal in [SIGTERM, SIGINT] {
      let (process, out, _) = try start(bench, "127.0.0.1:0")
      defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
      let printed = line(out)
      XCTAssertTrue(printed.hasPrefix("listening on http://127.0.0.1:"), printed)
      XCTAssertEqual(printed.filter { $0 == "\n" }.count, 1)
      let url = printed.dropFirst("listening on ".count).trimmed
      XCTAssertEqual(try HTTPClient().send(HTTPClient.Request("GET", url + "/healthz")).status, 200)
      XCTAssertEqual(try HTTPClient().send(HTTPClient.Request("GET", url + "/readyz")).status, 200)
      let second = try start(bench, "127.0.0.1:0")
      second.0.waitUntilExit()
      XCTAssertEqual(second.0.terminationStatus, 1)
      XCTAssertTrue(line(second.error).contains("serve.already-running"))
      let other = try Bench.initialised()
      let taken = try start(other, String(url.dropFirst("http://".count)))
      taken.0.waitUntilExit()
      XCTAssertEqual(taken.0.terminationStatus, 1)
      XCTAssertTrue(line(taken.error).contains("serve.address-in-use"))
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      XCTAssertEqual(process.terminationReason, .exit)
      XCTAssertEqual(process.terminationStatus, 0)
      XCTAssertEqual(line(out), "", "nothing else on standard output")
    }
  }

  func testDropsUploadsWithWhichNobodyWentOn() throws {
    let bench = try Bench.initialised()
    let whole = bench.home + "/blobs/" + String(repeating: "ab", count: 32)
    let (old, fresh) = (whole + ".00", whole + ".11")
    for path in [whole, old, fresh] {
      try Data(repeating: 1, count: 20).write(to: URL(filePath: path))
      let date = Date(timeIntervalSinceNow: path == fresh ? -20 * 86_400 : -40 * 86_400)
      try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }
    let (process, out, _) = try start(bench, "127.0.0.1:0")
    defer { kill(process.processIdentifier, SIGKILL) }
    _ = line(out)
    for _ in 0..<500 where FileManager.default.fileExists(atPath: old) { usleep(10_000) }
    XCTAssertFalse(FileManager.default.fileExists(atPath: old))
    XCTAssertTrue(FileManager.default.fileExists(atPath: fresh), "somebody may go on with it")
    XCTAssertTrue(FileManager.default.fileExists(atPath: whole))
  }

  func testAdministrationTakesEffectBesideARunningServer() throws {
    let bench = try Bench.initialised()
    let (process, out, _) = try start(bench, "127.0.0.1:0")
    defer {
      kill(process.processIdentifier, SIGTERM)
      process.waitUntilExit()
    }
    let url = String(line(out).dropFirst("listening on ".count).trimmed)
    func queue(_ window: String, _ token: String) throws -> Int {
      var request = HTTPClient.Request("GET", "\(url)/v1/windows/\(window)/proceedings")
      request.headers.append(("Authorization", "Bearer \(token)"))
      return try HTTPClient().send(request).status
    }
    XCTAssertEqual(try queue("w-320830-zh", "none"), 401)
    let added = bench.run(
      "window", "add", "--name", "新窗口", "--level", "county", "--comprehensive", "--divisions", "320830")
    let window = try XCTUnwrap(added.value["id"]?.text)
    let token = try XCTUnwrap(bench.run("window", "token", window).value["token"]?.text)
    XCTAssertEqual(try queue(window, token), 200)
  }

  func testTLSNeedsBothFiles() throws {
    let bench = try Bench.initialised()
    XCTAssertEqual(bench.run("serve", "--tls-cert", "x.pem").code, "serve.tls-incomplete")
    let file = try bench.file("x.pem", "no certificate")
    XCTAssertEqual(bench.run("serve", "--tls-cert", file, "--tls-key", file).code, "serve.tls-file")
  }
}
