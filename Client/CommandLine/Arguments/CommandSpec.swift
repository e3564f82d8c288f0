internal import Foundations

/// One option of a command, declared once for parser, help and completions.
struct OptionSpec: Sendable, Hashable {
  /// How many values follow.
  enum Arity: Sendable {
    case flag, one
    /// One or more, up to the next option.
    case some
  }

  /// With its dashes: `--from`.
  let name: String
  let arity: Arity
  /// What its value is called in the usage line: `F`, `M`.
  let placeholder: String
  let summary: String
  /// The only words its value may be; empty: any.
  var choices: [String] = []

  static func flag(_ name: String, _ summary: String) -> OptionSpec {
    OptionSpec(name: name, arity: .flag, placeholder: "", summary: summary)
  }

  static func one(_ name: String, _ placeholder: String, _ summary: String, choices: [String] = []) -> OptionSpec {
    OptionSpec(name: name, arity: .one, placeholder: placeholder, summary: summary, choices: choices)
  }

  static func some(_ name: String, _ placeholder: String, _ summary: String) -> OptionSpec {
    OptionSpec(name: name, arity: .some, placeholder: placeholder, summary: summary)
  }

  /// `--from F`, `--defer M…`, `--all`.
  var usage: String {
    switch arity {
    case .flag: name
    case .one: "\(name) \(placeholder)"
    case .some: "\(name) \(placeholder)…"
    }
  }
}

/// One word after a command that is no option.
struct PositionalSpec: Sendable, Hashable {
  enum Arity: Sendable {
    case one, optional
    /// One or more.
    case some
    /// None or more.
    case any
  }

  let name: String
  let arity: Arity
  /// Empty for one that only exists to be answered, not to be offered.
  let summary: String
  var choices: [String] = []

  init(_ name: String, _ summary: String, _ arity: Arity = .one, choices: [String] = []) {
    self.name = name
    self.arity = arity
    self.summary = summary
    self.choices = choices
  }

  var usage: String {
    let shown = choices.isEmpty ? name : choices.joined(separator: "|")
    return switch arity {
    case .one: shown
    case .optional: "[\(shown)]"
    case .some: "\(shown)…"
    case .any: "[\(shown)…]"
    }
  }

  var isRequired: Bool { arity == .one || arity == .some }
  var repeats: Bool { arity == .some || arity == .any }
}

/// One command, declared once for parser, help and completions.
struct CommandSpec: Sendable {
  typealias Handler = @Sendable (Invocation, Session) throws(Problem) -> ExitStatus

  /// `["catalog", "list"]`.
  let path: [String]
  let group: CommandGroup
  /// One line in Chinese.
  let summary: String
  var options: [OptionSpec] = []
  var positionals: [PositionalSpec] = []
  /// What a first-time user has to know, one sentence a line.
  var notes: [String] = []
  /// Command lines that work, without the program's name.
  var examples: [String] = []
  let run: Handler

  var name: String { path.joined(separator: " ") }

  /// `bangban new MATTER [--from F]`.
  var usage: String {
    let words =
      ["bangban", name] + positionals.filter { !$0.summary.isEmpty }.map(\.usage) + options.map { "[\($0.usage)]" }
    return words.joined(separator: " ")
  }

  func option(_ name: String) -> OptionSpec? { options.first { $0.name == name } }
}

/// How commands are grouped in `help`.
enum CommandGroup: String, Sendable, CaseIterable {
  case start = "开始使用"
  case catalogue = "查事项"
  case capture = "填写办件"
  case follow = "跟进办理"
  case exchange = "联网交换"
  case tools = "小工具"
}
