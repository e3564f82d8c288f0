internal import Foundations
internal import Glibc

/// The program `bangban`.
@main
enum Program {
  static func main() {
    Machine.ignoreBrokenPipes()
    let isTerminal = Machine.isTerminal(STDOUT_FILENO) && Machine.isTerminal(STDERR_FILENO)
    let parsed: (globals: GlobalOptions, request: Result<Request, UsageFault>)
    var encodingProblem: Problem?
    do throws(Problem) {
      var parser = ArgumentParser(commands: CommandTable.commands, notBuilt: CommandTable.notBuilt)
      parsed = parser.parse(try Machine.arguments())
    } catch {
      encodingProblem = error
      parsed = (GlobalOptions(), .failure(.commandMissing))
    }
    let output = Output(
      isJSON: parsed.globals.json,
      isColoured: isTerminal && Machine.variable("NO_COLOR") == nil && Machine.variable("TERM") != "dumb",
      columns: Machine.variable("COLUMNS").flatMap { Int($0) } ?? 100
    ) { channel, text in Machine.write(text, to: channel == .standard ? STDOUT_FILENO : STDERR_FILENO) }
    if let encodingProblem {
      output.problem(encodingProblem)
      exit(encodingProblem.kind.exit.rawValue)
    }
    let input = Input(isTerminal: Machine.isTerminal(STDIN_FILENO)) { count throws(Problem) in try Machine.read(count) }
    let session = Session(globals: parsed.globals, output: output, input: input)
    exit(Runner.run(parsed.request, session).rawValue)
  }
}

/// Carries out what a command line asks for; the tests' way in as well.
enum Runner {
  static func run(_ request: Result<Request, UsageFault>, _ session: Session) -> ExitStatus {
    do throws(Problem) {
      switch request {
      case .failure(let fault): throw fault.problem
      case .success(.version):
        session.output.result(["version": .text(ProgramVersion.text)]) { ["bangban \(ProgramVersion.text)"] }
        return .done
      case .success(.help(let path)): return try Help.print(path ?? [], session)
      case .success(.run(let invocation)): return try invocation.command.run(invocation, session)
      }
    } catch {
      session.output.problem(error)
      return error.kind.exit
    }
  }

  /// Parses and runs, as `main` does.
  static func run(arguments: [String], session makeSession: (GlobalOptions) -> Session) -> ExitStatus {
    var parser = ArgumentParser(commands: CommandTable.commands, notBuilt: CommandTable.notBuilt)
    let (globals, request) = parser.parse(arguments)
    return run(request, makeSession(globals))
  }
}

/// The version of this program.
enum ProgramVersion {
  static let text = "0.1.0"
}
