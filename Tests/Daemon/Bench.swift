import FoundationEssentials
import Foundations
import Journal
import Terminal
import XCTest

@testable import Daemon

/// A home in a temporary folder, and the program's commands run on it within this process.
final class Bench {
  let folder: String
  var environment: [String: String] = [:]
  var input: [UInt8] = []

  init() {
    folder = FileManager.default.temporaryDirectory.path + "/bangban-daemon-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var home: String { folder + "/home" }

  struct Outcome {
    let status: ExitStatus
    let output: String
    let error: String

    /// What stands on standard output, one JSON value a line.
    var values: [Value] {
      output.split(separator: "\n").compactMap { try? JSONReader.read(Array($0.utf8)) }
    }
    var value: Value { values.first ?? .null }
    /// The one object on standard error.
    var problem: Value { (try? JSONReader.read(Array(error.utf8)))?["error"] ?? .null }
    var code: String { problem["code"]?.text ?? "" }
  }

  /// Runs a command with `--home` and `--json`.
  @discardableResult
  func run(_ arguments: String...) -> Outcome { run(["--json"] + arguments) }

  /// Runs a command with `--home`.
  func run(_ arguments: [String]) -> Outcome {
    var (output, error) = ("", "")
    let status = Runner.run(["--home", home] + arguments) { globals in
      Session(
        globals: globals,
        output: Output(isJSON: globals.json, isColoured: false, columns: 100) { channel, text in
          if channel == .standard { output += text } else { error += text }
        },
        input: Input(isTerminal: false) { _ in
          defer { self.input = [] }
          return self.input
        }, variable: { self.environment[$0] })
    }
    return Outcome(status: status, output: output, error: error)
  }

  /// Writes a file beside the home.
  func file(_ name: String, _ text: String) throws -> String { try file(name, bytes: Array(text.utf8)) }

  func file(_ name: String, bytes: [UInt8]) throws -> String {
    let path = folder + "/" + name
    let parent = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  /// Permissions of what lies in the home.
  func mode(_ path: String) -> Int {
    Int(HomeFiles.mode(of: home + "/" + path).map { $0 & 0o777 } ?? 0)
  }

  /// The journal, as the running server would have it.
  func journal() throws -> SQLiteJournal { try ServerHome(path: home).openJournal(random: SystemRandom()) }

  /// A home of 盱眙县. It is set up once and copied: deriving the password and reading the catalogue take longer than
  /// all else.
  static func initialised(demo: Bool = true) throws -> Bench {
    let bench = Bench()
    try FileManager.default.copyItem(atPath: unsafe (demo ? demonstration : plain).home, toPath: bench.home)
    return bench
  }

  nonisolated(unsafe) private static let demonstration = template(["--demo"])
  nonisolated(unsafe) private static let plain = template([])

  private static func template(_ options: [String]) -> Bench {
    let bench = Bench()
    let outcome = bench.run(["--json", "init", "--county", "盱眙县"] + options)
    XCTAssertEqual(outcome.status, .done, outcome.error)
    return bench
  }
}
