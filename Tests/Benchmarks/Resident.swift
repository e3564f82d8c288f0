internal import Foundations
internal import Glibc

/// Memory of a whole process.
///
/// A process that is started by `vfork` is charged with what its parent had in use, until it is `exec`'d; the mark
/// stays. So programs are started by this program run anew, which is small at that moment.
enum Resident {
  /// The hidden argument by which this program runs another one and prints its memory.
  static let argument = "--resident"

  /// What the hidden argument does: prints `status kilobytes`.
  static func carryOut(_ arguments: [String]) throws {
    guard let program = arguments.first else { throw Failure("no program") }
    var environment: [String: String] = [:]
    for name in ["BANGBAN_HOME", "BANGBAN_PASSPHRASE"] { environment[name] = Spawn.variable(name) }
    let run = try ProgramRun.run(program, Array(arguments.dropFirst()), environment: environment)
    print(run.status, run.residentKilobytes)
  }

  /// The most memory a program has in use at one time, in bytes.
  static func bytes(
    _ program: String, _ arguments: [String], environment: [String: String], scratch: Scratch
  ) throws -> Int {
    let text = try ProgramRun.text(
      Programs.own(), [argument, program] + arguments, environment: environment, scratch: scratch)
    let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard numbers.count == 2 else { throw Failure("no memory figure of \(arguments.first ?? program)") }
    // Two of many made-up people may be one, which is told.
    guard DeviceStore.statuses.contains(Int32(clamping: numbers[0])) else {
      throw Failure("\(arguments.first ?? program) ended with status \(numbers[0])")
    }
    return numbers[1] * 1024
  }

  /// Memory of a running process in bytes: in use now, and at most so far.
  static func bytes(of pid: pid_t) throws -> (now: Int, most: Int) {
    let lines = String(decoding: try Scratch.bytes("/proc/\(pid)/status"), as: UTF8.self).split(separator: "\n")
    func kilobytes(_ name: String) throws -> Int {
      guard let line = lines.first(where: { $0.hasPrefix(name + ":") }),
        let number = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
      else { throw Failure("the kernel does not tell \(name)") }
      return number
    }
    return (try kilobytes("VmRSS") * 1024, try kilobytes("VmHWM") * 1024)
  }
}

/// Bytes as megabytes of a million.
func megabytes(_ bytes: Int) -> String { rounded(Double(bytes) / 1e6, 1) + " MB" }
