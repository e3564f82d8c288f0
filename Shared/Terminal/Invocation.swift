package import Foundations

/// Options that every command knows; they may stand anywhere.
package struct GlobalOptions: Sendable, Hashable {
  /// Values by option name.
  package var values: [String: String] = [:]
  /// Options without a value that were given.
  package var flags: Set<String> = []

  /// None given.
  package init() {}

  /// `--home`.
  package var home: String? { values["--home"] }
  /// `--json`: results and errors for programs.
  package var json: Bool { flags.contains("--json") }
  var help: Bool { flags.contains("--help") }
  var version: Bool { flags.contains("--version") }

  /// What every program of ours knows.
  static let standard: [OptionSpec] = [
    .one("--home", "DIR", "数据放在哪个文件夹"),
    .flag("--json", "输出给程序读的 JSON"),
    .flag("--help", "显示这个命令怎么用"),
    .flag("--version", "显示版本"),
  ]
}

/// A command line that was understood.
package struct Invocation: Sendable, Hashable {
  var options: [String: [String]] = [:]
  /// The words after the command.
  package var positionals: [String] = []

  /// The value of an option that is given at most once.
  package func option(_ name: String) -> String? { options[name]?.first }
  /// All values of an option.
  package func values(_ name: String) -> [String] { options[name] ?? [] }
  /// Whether an option was given.
  package func flag(_ name: String) -> Bool { options[name] != nil }

  /// A positional, or an option that the parser has made sure of; the empty text for an optional one that is absent.
  package subscript(index: Int) -> String { positionals.indices.contains(index) ? positionals[index] : "" }
  /// A required option's value.
  package subscript(name: String) -> String { option(name) ?? "" }

  /// A whole number not below zero.
  /// - Throws: `argument.number`.
  package func count(_ name: String) throws(Problem) -> Int? {
    guard let text = option(name) else { return nil }
    guard let number = Int(text), number >= 0 else { throw UsageFault.notANumber(name, text).problem }
    return number
  }
}

/// What a command line asks for.
package enum Request<Context>: Sendable {
  case run(CommandSpec<Context>, Invocation)
  /// Help for a command by its path; empty for the overview.
  case help([String])
  case version
}
