internal import FoundationEssentials
internal import Synchronization

/// One line a happening on standard error, `key=value`, for journald. Record contents never appear in a log.
package final class Log: Sendable {
  /// How much is told.
  package enum Level: Int, Sendable, Comparable {
    case debug, info, warning, error
    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  private let minimum: Level
  private let write: @Sendable (String) -> Void

  /// - Parameter write: gets one line without its line feed.
  package init(minimum: Level, write: @escaping @Sendable (String) -> Void) {
    self.minimum = minimum
    self.write = write
  }

  /// A log that tells nothing, for tests and for the client.
  package static let silent = Log(minimum: .error) { _ in }

  /// Writes one line.
  package func callAsFunction(_ level: Level, _ event: StaticString, _ facts: [(String, String)] = []) {
    guard level >= minimum else { return }
    var line = "level=\(level) event=\(event)"
    for (key, value) in facts {
      let plain = value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
      line += " \(key)=" + (plain && !value.isEmpty ? value : JSON.text(.text(value)))
    }
    write(line)
  }
}
