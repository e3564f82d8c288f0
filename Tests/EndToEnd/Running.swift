import Foundation
import Foundations
import XCTest

/// The built programs; they stand beside the test bundle.
enum Program: String {
  case bangban
  case server = "bangban-server"
  case windowSample = "bangban-window-sample"

  /// - Throws: where it was not built: a run without the programs tests nothing, and must not look green.
  func path() throws -> String {
    let bundle = URL(filePath: Bundle(for: Running.self).bundlePath)
    let folders = [bundle, bundle.deletingLastPathComponent()]
    let starter = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
    for folder in folders + [starter, starter.deletingLastPathComponent()] {
      let path = folder.appending(path: rawValue).path
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw Failure("\(rawValue) is not built beside the tests")
  }
}

/// Why a test cannot go on.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// What a finished program left.
struct Outcome {
  /// Its exit status; 128 and the number of the signal that ended it.
  let status: Int32
  let output: String
  let errors: String

  /// Standard output, one JSON value a line; a line that is none is `.null`, which no test takes for a result.
  var lines: [Value] {
    output.split(separator: "\n").map { (try? JSONReader.read(Array($0.utf8))) ?? .null }
  }
  var value: Value { lines.first ?? .null }

  /// The error object of standard error.
  var problem: Value {
    for line in errors.split(separator: "\n") {
      if let value = try? JSONReader.read(Array(line.utf8)), let problem = value["error"] { return problem }
    }
    return .null
  }
  var code: String { problem["code"]?.text ?? "" }
}

/// A program that runs. What it says goes into files, so that no full pipe stops it. Ended by its own process id only.
final class Running {
  private let process = Process()
  private let outputFile: String
  private let errorFile: String

  /// - Parameter logs: a path whose `.out` and `.err` get what the program says.
  init(_ program: String, _ arguments: [String], environment: [String: String], input: [UInt8]?, logs: String) throws {
    outputFile = logs + ".out"
    errorFile = logs + ".err"
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.environment = environment
    let files = [try Self.file(outputFile), try Self.file(errorFile)]
    process.standardOutput = files[0]
    process.standardError = files[1]
    var given: [FileHandle] = []
    if let input {
      try Data(input).write(to: URL(filePath: logs + ".in"))
      given = [try FileHandle(forReadingFrom: URL(filePath: logs + ".in"))]
      process.standardInput = given[0]
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    // The program has its own by now; a test that starts thousands must not keep theirs open.
    for file in files + given { try? file.close() }
  }

  private static func file(_ path: String) throws -> FileHandle {
    guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path)
    else { throw Failure("cannot write \(path)") }
    return handle
  }

  var isRunning: Bool { process.isRunning }
  var processID: Int32 { process.processIdentifier }
  var output: String { Self.text(outputFile) }
  var errors: String { Self.text(errorFile) }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  /// Ends it at once, as a power cut would.
  func kill() {
    if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
    _ = wait(seconds: 10) { !process.isRunning }
  }

  /// Asks it to finish and waits.
  /// - Returns: its exit status.
  @discardableResult
  func stop() -> Int32 {
    if process.isRunning { Glibc.kill(process.processIdentifier, SIGTERM) }
    if !wait(seconds: 40, until: { !process.isRunning }) { kill() }
    return status
  }

  /// Waits for its end; ends it after the time is up, and says so.
  func finish(seconds: Double = 60) -> Outcome {
    if !wait(seconds: seconds, until: { !process.isRunning }) {
      XCTFail("\(process.arguments ?? []) took longer than \(seconds) s")
      kill()
    }
    return Outcome(status: status, output: output, errors: errors)
  }

  private var status: Int32 {
    guard !process.isRunning else { return -1 }
    return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
  }

  /// The address a server prints once it listens.
  func listeningURL() throws -> String {
    let mark = "listening on "
    guard wait(seconds: 40, until: { output.hasSuffix("\n") || !process.isRunning }), output.hasPrefix(mark) else {
      throw Failure("no address: \(output) \(errors)")
    }
    return output.dropFirst(mark.count).trimmed
  }
}

/// Looks every few milliseconds whether something has come true, for a bounded time.
func wait(seconds: Double, until isTrue: () throws -> Bool) rethrows -> Bool {
  let end = ContinuousClock.now + .milliseconds(Int(seconds * 1000))
  while true {
    if try isTrue() { return true }
    if ContinuousClock.now > end { return false }
    usleep(4000)
  }
}
