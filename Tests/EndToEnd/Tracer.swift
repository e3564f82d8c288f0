import Foundation
import Foundations
import XCTest

/// What happens to a program at one of its system calls.
struct Strike: CustomStringConvertible {
  enum Fault: String, CaseIterable {
    /// As a power cut: the call is made, and nothing after it.
    case kill
    case inputOutput = "EIO"
    case noSpace = "ENOSPC"
  }

  let call: String
  let fault: Fault
  /// Which of the calls of this name, from 1.
  let number: Int

  /// Whether the call brings something to the disk, rather than looking at what is there.
  var isWrite: Bool { Self.writes.contains(call) }
  private static let writes: Set = [
    "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "rename", "unlink",
  ]

  /// For `strace -e inject=`.
  var injection: String {
    let effect = fault == .kill ? "signal=KILL" : "error=\(fault.rawValue)"
    return "\(call):\(effect):when=\(number)"
  }

  var description: String { "\(fault.rawValue) at \(call) \(number)" }
}

/// Runs programs under `strace`, which counts their system calls and strikes at one of them.
struct Tracer {
  /// The calls by which something gets to the disk, to the network or from there.
  static let calls = [
    "openat", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "rename",
    "unlink", "mkdir", "fchmod", "newfstatat", "fcntl", "sendto", "recvfrom", "connect",
  ]
  /// Those that change something, and those that tell whether it is there.
  private static let writing: Set = [
    "openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate", "rename", "unlink", "mkdir",
    "fchmod",
  ]

  let county: County
  private let program: String
  private let log: String

  init(_ county: County) throws {
    self.county = county
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let found = folders.map { "\($0)/strace" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let found else { throw Failure("strace is not installed: run Tests/prepare strace") }
    program = found
    log = county.folder + "/strace.log"
  }

  /// The program stays the child of the test, and is ended by its own id; the tracer goes away with it.
  /// - Parameters:
  ///   - strike: nil to watch only.
  ///   - paths: only calls on these files count; empty for all.
  func spawn(
    _ strike: Strike?, _ traced: Program, _ arguments: [String], paths: [String] = [], input: [UInt8]? = nil
  ) throws -> Running {
    try? FileManager.default.removeItem(atPath: log)
    var options = ["-D", "-f", "-q", "-s", "200", "-o", log]
    for path in paths { options += ["-P", path] }
    options += ["-e", "trace=" + (strike?.call ?? Self.calls.joined(separator: ","))]
    if let strike { options += ["-e", "inject=" + strike.injection] }
    return try county.spawn(program, options + [try traced.path()] + arguments, input: input)
  }

  /// Every place at which a command can be struck, as one undisturbed run shows them.
  /// - Parameter folder: places before the first mention of it belong to the start of any program: nothing of ours has
  ///   happened yet.
  func places(_ folder: String) throws -> [Strike] {
    var counts: [String: Int] = [:]
    var places: [(call: String, number: Int)] = []
    var isPastStart = false
    for line in try lines() {
      isPastStart = isPastStart || line.contains(folder)
      guard let call = Self.call(line) else { continue }
      counts[call, default: 0] += 1
      if isPastStart { places.append((call, counts[call] ?? 0)) }
    }
    return places.flatMap { place in
      Strike.Fault.allCases.filter { $0 != .noSpace || Self.writing.contains(place.call) }.map {
        Strike(call: place.call, fault: $0, number: place.number)
      }
    }
  }

  /// Whether the last strike hit: the program may have made fewer calls this time.
  func hasStruck(_ strike: Strike, _ status: Int32) throws -> Bool {
    if strike.fault == .kill { return status == 137 }
    return try lines().contains { $0.contains("(INJECTED)") }
  }

  /// The tracer writes its last line after the program has ended.
  private func lines() throws -> [Substring] {
    let path = log
    func text() -> String { String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self) }
    _ = wait(seconds: 2) { text().hasSuffix("+++\n") }
    return text().split(separator: "\n")
  }

  /// The name of the call that a line begins with, after the number of its thread.
  private static func call(_ line: Substring) -> String? {
    let rest = line.drop { $0.isNumber }.drop { $0 == " " }
    guard let end = rest.firstIndex(of: "("), calls.contains(String(rest[..<end])) else { return nil }
    return String(rest[..<end])
  }
}
