package import Foundations
internal import Glibc

/// A program between this machine's terminal and its commands.
package enum Console {
  /// Hands the arguments to the program and ends the process with its exit status; what is thrown is told first,
  /// and that a result did not get out whole.
  package static func main(_ run: ([String]) throws(Problem) -> ExitStatus) -> Never {
    Machine.surviveWrites()
    var status: ExitStatus
    do throws(Problem) {
      status = try run(try Machine.arguments())
    } catch {
      output(isJSON: Machine.isGiven("--json")).problem(error)
      status = error.kind.exit
    }
    if let problem = Machine.outputProblem, status == .done || status == .attention {
      output(isJSON: Machine.isGiven("--json")).problem(problem)
      status = problem.kind.exit
    }
    exit(status.rawValue)
  }

  /// Standard input.
  package static func input() -> Input {
    Input(isTerminal: Machine.isTerminal(STDIN_FILENO)) { count throws(Problem) in try Machine.read(count) }
  }

  /// Standard output and standard error; coloured for a person unless `NO_COLOR` (https://no-color.org) forbids it, as
  /// wide as `COLUMNS` says, else 100.
  package static func output(isJSON: Bool) -> Output {
    let isTerminal = Machine.isTerminal(STDOUT_FILENO) && Machine.isTerminal(STDERR_FILENO)
    return Output(
      isJSON: isJSON,
      isColoured: isTerminal && Machine.variable("NO_COLOR") == nil && Machine.variable("TERM") != "dumb",
      columns: Machine.variable("COLUMNS").flatMap { Int($0) } ?? 100
    ) { channel, text in Machine.write(text, to: channel == .standard ? STDOUT_FILENO : STDERR_FILENO) }
  }
}
