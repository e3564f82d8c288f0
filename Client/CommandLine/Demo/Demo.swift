internal import Foundations
enum Demo {
  static func run(_ invocation: Invocation, _ session: Session) throws(Problem) -> ExitStatus { .done }
}
