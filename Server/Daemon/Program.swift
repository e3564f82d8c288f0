internal import Foundations
internal import Glibc
internal import Terminal

/// The program `bangban-server`.
@main
enum Program {
  static func main() {
    Machine.ignoreBrokenPipes()
    let status: ExitStatus
    do throws(Problem) {
      status = Runner.run(try Machine.arguments(), session)
    } catch {
      output(isJSON: Machine.isGiven("--json")).problem(error)
      status = error.kind.exit
    }
    exit(status.rawValue)
  }

  private static func session(_ globals: GlobalOptions) -> Session {
    let input = Input(isTerminal: Machine.isTerminal(STDIN_FILENO)) { count throws(Problem) in try Machine.read(count) }
    return Session(globals: globals, output: output(isJSON: globals.json), input: input)
  }

  private static func output(isJSON: Bool) -> Output {
    Output(
      isJSON: isJSON,
      isColoured: Machine.isTerminal(STDOUT_FILENO) && Machine.variable("NO_COLOR") == nil
        && Machine.variable("TERM") != "dumb",
      columns: Machine.variable("COLUMNS").flatMap { Int($0) } ?? 100
    ) { channel, text in Machine.write(text, to: channel == .standard ? STDOUT_FILENO : STDERR_FILENO) }
  }
}

/// Carries out what a command line asks for; the tests' way in as well.
enum Runner {
  static func run(_ arguments: [String], _ makeSession: (GlobalOptions) -> Session) -> ExitStatus {
    var parser = ArgumentParser(Commands.table)
    let (globals, request) = parser.parse(arguments)
    let session = makeSession(globals)
    do throws(Problem) {
      switch request {
      case .failure(let fault): throw fault.problem
      case .success(.version):
        session.output.result(["version": .text(ProgramVersion.text)]) { ["bangban-server \(ProgramVersion.text)"] }
        return .done
      case .success(.help(let path)):
        let lines = try Help.lines(path, Commands.table, columns: session.output.columns)
        session.output.raw(lines.joined(separator: "\n"))
        return .done
      case .success(.run(let command, let invocation)): return try command.run(invocation, session)
      }
    } catch {
      session.output.problem(error)
      return error.kind.exit
    }
  }
}

/// The version of this program.
enum ProgramVersion {
  static let text = "0.1.0"
}
