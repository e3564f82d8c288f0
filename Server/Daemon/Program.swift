internal import Foundations
internal import Terminal

/// The program `bangban-server`.
@main
enum Program {
  static func main() {
    Console.main { arguments in
      Runner.run(arguments) { globals in
        Session(globals: globals, output: Console.output(isJSON: globals.json), input: Console.input())
      }
    }
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
