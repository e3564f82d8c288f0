internal import Foundations
internal import Glibc
internal import Terminal

/// The program `bangban`.
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
    let isTerminal = Machine.isTerminal(STDOUT_FILENO) && Machine.isTerminal(STDERR_FILENO)
    return Output(
      isJSON: isJSON,
      isColoured: isTerminal && Machine.variable("NO_COLOR") == nil && Machine.variable("TERM") != "dumb",
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
        session.output.result(["version": .text(ProgramVersion.text)]) { ["bangban \(ProgramVersion.text)"] }
        return .done
      case .success(.help(let path)): return try help(path, session)
      case .success(.run(let command, let invocation)): return try command.run(invocation, session)
      }
    } catch {
      tell(error, session.output)
      return error.kind.exit
    }
  }

  /// A problem; of one with the network also that nothing is lost.
  private static func tell(_ problem: Problem, _ output: Output) {
    output.problem(problem)
    let isTold = problem.message.contains("保存在本机")
    if problem.kind.exit == .offline, !isTold, !output.isJSON { output.note("  办件都已保存在本机，不会丢失。") }
  }

  private static func help(_ path: [String], _ session: Session) throws(Problem) -> ExitStatus {
    let lines = try Help.lines(path, Commands.table, columns: session.output.columns)
    let found = Commands.table.commands.filter { $0.path.starts(with: path) }
    session.output.results(found.map(value)) {
      let hint = "第一次用？运行 bangban demo 看一遍完整过程。"
      return path.isEmpty ? lines + [hint] : lines
    }
    return .done
  }

  /// `{name, usage, summary, options, examples}`.
  private static func value(_ command: CommandSpec<Session>) -> Value {
    [
      "name": .text(command.name), "usage": .text("bangban \(command.usage)"), "summary": .text(command.summary),
      "options": .array(
        command.options.map { ["name": .text($0.name), "usage": .text($0.usage), "summary": .text($0.summary)] }),
      "examples": .array(command.examples.map { .text("bangban \($0)") }),
    ]
  }
}

/// The version of this program.
enum ProgramVersion {
  static let text = "0.1.0"
}
