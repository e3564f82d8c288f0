internal import Foundations

/// Options that every command knows; they may stand anywhere.
struct GlobalOptions: Sendable, Hashable {
  var home: String?
  var json = false
  var passphraseFile: String?
  var help = false
  var version = false

  static let specs: [OptionSpec] = [
    .one("--home", "DIR", "办件数据放在哪个文件夹"),
    .flag("--json", "输出给程序读的 JSON"),
    .one("--passphrase-file", "F", "从文件第一行读口令，不再询问"),
    .flag("--help", "显示这个命令怎么用"),
    .flag("--version", "显示版本"),
  ]
}

/// A command line that was understood.
struct Invocation: Sendable {
  let command: CommandSpec
  var options: [String: [String]] = [:]
  var positionals: [String] = []

  /// The value of an option that is given at most once.
  func option(_ name: String) -> String? { options[name]?.first }
  func values(_ name: String) -> [String] { options[name] ?? [] }
  func flag(_ name: String) -> Bool { options[name] != nil }

  /// A positional the parser has made sure of; the empty text for an optional one that is absent.
  subscript(index: Int) -> String { positionals.indices.contains(index) ? positionals[index] : "" }

  func rest(from index: Int) -> [String] { Array(positionals.dropFirst(index)) }

  /// A whole number not below zero.
  /// - Throws: `argument.number`.
  func count(_ name: String) throws(Problem) -> Int? {
    guard let text = option(name) else { return nil }
    guard let number = Int(text), number >= 0 else { throw UsageFault.notANumber(name, text).problem }
    return number
  }
}

/// What a command line asks for.
enum Request: Sendable {
  case run(Invocation)
  /// Help for a command by its path; nil for the overview.
  case help([String]?)
  case version
}
