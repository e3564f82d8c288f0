internal import Foundations
internal import Glibc

/// A program under test or its counterpart, run as a whole process: what a person or a script waits for.
struct ProgramRun {
  /// Seconds from the start of the process to its end.
  let seconds: Double
  /// Exit status; 128 and the number of a signal, as a shell says it.
  let status: Int32
  /// The most memory it had in use at one time, in kilobytes.
  ///
  /// The kernel counts what the parent had in use at `vfork` to it as well: only a small parent gets a true figure
  /// (see `Resident`).
  let residentKilobytes: Int

  /// Runs a program to its end.
  /// - Parameters:
  ///   - input: the file that is its standard input.
  ///   - output: the file that gets its standard output; what it says on standard error is dropped.
  static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null",
    output: String = "/dev/null"
  ) throws -> ProgramRun {
    var usage = rusage()
    var code: Int32 = 0
    let seconds = try Measure.seconds {
      let pid = try Spawn.start(
        program, arguments, environment: environment, input: input, output: output, errors: "/dev/null")
      while unsafe wait4(pid, &code, 0, &usage) < 0 {
        guard errno == EINTR else { throw Failure("\(program): errno \(errno)") }
      }
    }
    let status = code & 0x7F == 0 ? code >> 8 & 0xFF : 128 + (code & 0x7F)
    return ProgramRun(seconds: seconds, status: status, residentKilobytes: Int(usage.ru_maxrss))
  }

  /// Runs a program that must succeed and returns its seconds.
  static func seconds(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null",
    statuses: Set<Int32> = [0]
  ) throws -> Double {
    let result = try run(program, arguments, environment: environment, input: input)
    guard statuses.contains(result.status) else { throw Failure(told(program, arguments, result.status)) }
    return result.seconds
  }

  /// Runs a program that must succeed and returns what it printed.
  /// - Parameter statuses: what it may end with.
  static func text(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], scratch: Scratch,
    statuses: Set<Int32> = [0]
  ) throws -> String {
    let output = scratch.path("output")
    let result = try run(program, arguments, environment: environment, output: output)
    guard statuses.contains(result.status) else { throw Failure(told(program, arguments, result.status)) }
    return String(decoding: try Scratch.bytes(output), as: UTF8.self)
  }

  private static func told(_ program: String, _ arguments: [String], _ status: Int32) -> String {
    let name = program.split(separator: "/").last.map(String.init) ?? program
    return "\(name) \(arguments.first ?? "") ended with status \(status)"
  }
}

/// A figure could not be measured.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
