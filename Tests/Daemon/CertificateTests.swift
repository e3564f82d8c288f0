import Foundation
import Foundations
import Terminal
import XCTest

@testable import Daemon

/// A certificate that ends, or does not fit, is told before the laptops find out.
final class CertificateTests: XCTestCase {
  /// Makes a key and a certificate of its own.
  /// - Parameter days: how long it lasts, from now; it began long ago where they are over.
  private func make(_ bench: Bench, _ name: String, days: Int, passphrase: String? = nil) throws -> (String, String) {
    let (certificate, key) = ("\(bench.folder)/\(name).pem", "\(bench.folder)/\(name).key")
    let hide = passphrase.map { "-passout pass:\($0)" } ?? "-nodes"
    try shell(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \(hide) -days 400 -subj /CN=x "
        + "-addext subjectAltName=IP:127.0.0.1 -keyout \(key) -out \(certificate)")
    // `req` dates nothing back; `x509` does with a negative number of days.
    let secret = passphrase.map { "-passin pass:\($0)" } ?? ""
    try shell("openssl x509 -in \(certificate) -signkey \(key) \(secret) -days \(days) -out \(certificate).new")
    try shell("mv \(certificate).new \(certificate); chmod 600 \(key)")
    return (certificate, key)
  }

  private func shell(_ words: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", words]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    XCTAssertEqual(process.terminationStatus, 0, words)
  }

  /// What `doctor` says of a home whose `server.json` names these.
  private func doctor(_ bench: Bench, _ certificate: String, _ key: String) throws -> (isGood: Bool, text: String) {
    _ = try bench.file("home/server.json", JSON.text(["tlsCert": .text(certificate), "tlsKey": .text(key)]))
    let finding = try XCTUnwrap(bench.run("doctor").values.first { $0["check"] == "certificate" })
    return (finding["ok"] == true, finding["text"]?.text ?? "")
  }

  func testDoctorLooksAtTheCertificateAndItsKey() throws {
    let bench = try Bench.initialised()
    XCTAssertNil(bench.run("doctor").values.first { $0["check"] == "certificate" && $0["ok"] == false })
    let good = try make(bench, "good", days: 200)
    XCTAssertTrue(try doctor(bench, good.0, good.1).isGood)
    XCTAssertFalse(try doctor(bench, good.0, good.1).text.contains("CivilDate"), "a day reads as a day")
    let other = try make(bench, "other", days: 200)
    let soon = try make(bench, "soon", days: 10)
    let over = try make(bench, "over", days: -1)
    let hidden = try make(bench, "hidden", days: 200, passphrase: "geheim")
    let open = try make(bench, "open", days: 200)
    try shell("chmod 644 \(open.1)")
    for (pair, word) in [
      ((good.0, other.1), "不是一对"), (soon, "到期"), (over, "已经过期"), (hidden, "口令"), (open, "别的账号"),
      ((bench.folder + "/none.pem", good.1), "没有这个文件"), ((good.1, good.1), "证书"),
    ] {
      let (isGood, text) = try doctor(bench, pair.0, pair.1)
      XCTAssertFalse(isGood, word)
      XCTAssertTrue(text.contains(word), "\(word): \(text)")
      XCTAssertFalse(text.contains("CivilDate"), text)
    }
  }

  /// Many chains still carry a root that has ended; who connects looks for another way up.
  func testAnotherCertificateOfTheChainThatHasEndedIsNotTheEndOfService() throws {
    let bench = try Bench.initialised()
    let (good, over) = (try make(bench, "good", days: 200), try make(bench, "over", days: -1))
    try shell("cat \(over.0) >>\(good.0)")
    let chain = try doctor(bench, good.0, good.1)
    XCTAssertFalse(chain.isGood)
    XCTAssertEqual(chain.text, "证书链里有一张已过期，请核对")
    let other = try make(bench, "other", days: 200)
    try shell("cat \(other.0) >>\(over.0)")
    XCTAssertTrue(try doctor(bench, over.0, over.1).text.contains("各台设备都连不上"))
  }

  func testServeRefusesWhatCannotServeAndSaysWhy() throws {
    let bench = try Bench.initialised()
    let (good, other) = (try make(bench, "good", days: 200), try make(bench, "other", days: 200))
    let hidden = try make(bench, "hidden", days: 200, passphrase: "geheim")
    for (pair, word) in [((good.0, other.1), "不是一对"), (hidden, "口令")] {
      let outcome = bench.run(
        "serve", "--listen", "127.0.0.1:0", "--tls-cert", pair.0, "--tls-key", pair.1)
      XCTAssertEqual(outcome.code, "http.certificate")
      XCTAssertTrue(outcome.problem["message"]?.text?.contains(word) == true, outcome.error)
    }
  }

  /// A terminal that closes and a person who asks for the renewed certificate send the same signal.
  func testAServerAtATerminalReloadsAndEndsWhenTheTerminalIsClosed() throws {
    let bench = try Bench.initialised()
    let master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // TIOCSPTLCK and TIOCGPTN, which are macros that Swift does not see: let its other end be opened, and which it is.
    var (locked, number): (Int32, Int32) = (0, -1)
    XCTAssertEqual(unsafe ioctl(master, 0x4004_5431, &locked), 0)
    XCTAssertEqual(unsafe ioctl(master, 0x8004_5430, &number), 0)
    let slave = unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    XCTAssertTrue(Machine.isTerminal(slave))
    let process = Process()
    process.executableURL = try ServeTests.program()
    process.arguments = ["--home", bench.home, "serve", "--listen", "127.0.0.1:0"]
    let (out, log) = (Pipe(), Pipe())
    process.standardInput = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
    process.standardOutput = out
    process.standardError = log
    try process.run()
    close(slave)
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    XCTAssertFalse(out.fileHandleForReading.availableData.isEmpty)
    var told = ""
    kill(process.processIdentifier, SIGHUP)
    while !told.contains("event=reloaded") {
      let data = log.fileHandleForReading.availableData
      guard !data.isEmpty else { return XCTFail("it ended: \(told)") }
      told += String(decoding: data, as: UTF8.self)
    }
    close(master)
    kill(process.processIdentifier, SIGHUP)
    process.waitUntilExit()
    XCTAssertEqual(process.terminationReason, .exit)
    XCTAssertEqual(process.terminationStatus, 0)
  }

  /// A renewed certificate is in use from the next connection on, without a new process and with everything answered.
  func testHangUpTakesTheRenewedCertificateAndKeepsTheOldWhereThatIsBad() throws {
    let bench = try Bench.initialised()
    let pair = try make(bench, "own", days: 10)
    let process = Process()
    process.executableURL = try ServeTests.program()
    process.arguments = [
      "--home", bench.home, "serve", "--listen", "127.0.0.1:0", "--tls-cert", pair.0, "--tls-key", pair.1,
    ]
    let (out, log) = (Pipe(), bench.folder + "/log")
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    process.standardOutput = out
    process.standardError = FileHandle(forWritingAtPath: log)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    let line = String(decoding: out.fileHandleForReading.availableData, as: UTF8.self)
    let address = String(line.dropFirst("listening on https://".count).trimmed)
    func served() throws -> String {
      let print = "openssl s_client -connect \(address) </dev/null 2>/dev/null | openssl x509 -noout -fingerprint"
      try shell("\(print) >\(bench.folder)/print")
      return String(decoding: FileManager.default.contents(atPath: bench.folder + "/print") ?? Data(), as: UTF8.self)
    }
    func logged(_ word: String) -> Bool {
      for _ in 0..<1000 {
        let text = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
        if text.contains(word) { return true }
        usleep(10_000)
      }
      return false
    }
    XCTAssertTrue(logged("event=certificate"), "it ends within thirty days")
    let first = try served()
    XCTAssertFalse(first.isEmpty)
    // What does not fit is not taken: the laptops would all be shut out.
    let other = try make(bench, "other", days: 200)
    try shell("cp \(pair.1) \(bench.folder)/kept; cp \(other.1) \(pair.1)")
    kill(process.processIdentifier, SIGHUP)
    XCTAssertTrue(logged("http.certificate"))
    XCTAssertEqual(try served(), first)
    try shell("cp \(other.0) \(pair.0)")
    kill(process.processIdentifier, SIGHUP)
    XCTAssertTrue(logged("event=reloaded"))
    XCTAssertNotEqual(try served(), first)
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    XCTAssertEqual(process.terminationReason, .exit)
    XCTAssertEqual(process.terminationStatus, 0)
  }
}
