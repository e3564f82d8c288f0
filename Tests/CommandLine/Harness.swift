import Foundations
import Terminal
import XCTest

@testable import CommandLine

/// Runs the program in this process, with what it says caught.
struct Harness {
  var environment: [String: String] = ["HOME": "/nonexistent"]
  var input = ""
  var isTerminal = false

  struct Outcome {
    let status: ExitStatus
    let output: String
    let errors: String

    /// Standard output as JSON, one value a line.
    var values: [Value] {
      output.split(separator: "\n").compactMap { try? JSONReader.read(Array($0.utf8)) }
    }

    /// The stable code on standard error, with `--json`.
    var code: String? { (try? JSONReader.read(Array(errors.utf8)))?["error"]?["code"]?.text }
  }

  /// A clock that stands still.
  struct StillClock: Clock {
    func now() -> Instant { ChinaTime.instant("2026-11-21T09:30:00+08:00") ?? Instant(milliseconds: 0) }
  }

  func run(_ arguments: String...) -> Outcome { run(arguments) }

  func run(_ arguments: [String]) -> Outcome { run(arguments, inputBytes: Array(input.utf8)) }

  func run(_ arguments: [String], inputBytes: [UInt8]) -> Outcome {
    let caught = Caught()
    let source = Source(bytes: inputBytes)
    let status = Runner.run(arguments) { globals in
      Session(
        globals: globals,
        output: Output(isJSON: globals.json, isColoured: false, columns: 100) { channel, text in
          if channel == .standard { caught.output += text } else { caught.errors += text }
        },
        input: Input(isTerminal: isTerminal) { count throws(Problem) in source.next(count) }, clock: StillClock(),
        variable: { environment[$0] })
    }
    return Outcome(status: status, output: caught.output, errors: caught.errors)
  }

  private final class Caught {
    var output = ""
    var errors = ""
  }

  private final class Source {
    private let bytes: [UInt8]
    private var place = 0
    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Three bytes at a time, so that every boundary is met.
    func next(_ count: Int) -> [UInt8] {
      let part = bytes[place..<min(bytes.count, place + min(count, 3))]
      place += part.count
      return Array(part)
    }
  }
}
