package import Foundations

/// One option of a command, declared once for parser, help and completions.
package struct OptionSpec: Sendable, Hashable {
  /// How many values follow.
  package enum Arity: Sendable {
    case flag, one
    /// One or more, up to the next option.
    case some
  }

  /// With its dashes: `--from`.
  package let name: String
  /// How many values follow.
  package let arity: Arity
  /// What its value is called in the usage line: `F`, `M`.
  package let placeholder: String
  /// One line in Chinese.
  package let summary: String
  /// The only words its value may be; empty: any.
  package var choices: [String] = []
  /// Whether the command cannot be run without it.
  package var isRequired = false

  /// An option without a value.
  package static func flag(_ name: String, _ summary: String) -> OptionSpec {
    OptionSpec(name: name, arity: .flag, placeholder: "", summary: summary)
  }

  /// An option with one value.
  package static func one(
    _ name: String, _ placeholder: String, _ summary: String, choices: [String] = [], required: Bool = false
  ) -> OptionSpec {
    OptionSpec(
      name: name, arity: .one, placeholder: placeholder, summary: summary, choices: choices, isRequired: required)
  }

  /// An option with one value or more.
  package static func some(_ name: String, _ placeholder: String, _ summary: String) -> OptionSpec {
    OptionSpec(name: name, arity: .some, placeholder: placeholder, summary: summary)
  }

  /// `--from F`, `--defer M…`, `[--all]`.
  package var usage: String {
    let shown = choices.isEmpty ? placeholder : choices.joined(separator: "|")
    let words =
      switch arity {
      case .flag: name
      case .one: "\(name) \(shown)"
      case .some: "\(name) \(shown)…"
      }
    return isRequired ? words : "[\(words)]"
  }
}

/// One word after a command that is no option.
package struct PositionalSpec: Sendable, Hashable {
  /// How many words there may be.
  package enum Arity: Sendable {
    case one, optional
    /// One or more.
    case some
    /// None or more.
    case any
  }

  /// As the usage line shows it: `MATTER`.
  package let name: String
  /// How many words there may be.
  package let arity: Arity
  /// One line in Chinese.
  package let summary: String
  /// The only words it may be; empty: any.
  package var choices: [String] = []

  /// - Parameter name: as the usage line shows it.
  package init(_ name: String, _ summary: String, _ arity: Arity = .one, choices: [String] = []) {
    self.name = name
    self.arity = arity
    self.summary = summary
    self.choices = choices
  }

  /// `MATTER`, `[ID]`, `FILE…`.
  package var usage: String {
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
///
/// `Context` is what the program's commands work with: its session.
package struct CommandSpec<Context>: Sendable {
  /// Carries the command out.
  package typealias Handler = @Sendable (Invocation, Context) throws(Problem) -> ExitStatus

  /// `["catalog", "list"]`.
  package let path: [String]
  /// The heading it stands under in the overview.
  package let group: String
  /// One line in Chinese.
  package let summary: String
  /// Its own options; those of the program come on top.
  package let options: [OptionSpec]
  /// The words after it, in order.
  package let positionals: [PositionalSpec]
  /// What a first-time user has to know, one sentence a line.
  package let notes: [String]
  /// Command lines that work, without the program's name.
  package let examples: [String]
  /// Carries it out.
  package let run: Handler

  /// - Parameter path: the command's words, separated by a blank.
  package init(
    _ path: String, group: String, _ summary: String, options: [OptionSpec] = [], positionals: [PositionalSpec] = [],
    notes: [String] = [], examples: [String] = [], run: @escaping Handler
  ) {
    self.path = path.split(separator: " ").map(String.init)
    self.group = group
    self.summary = summary
    self.options = options
    self.positionals = positionals
    self.notes = notes
    self.examples = examples
    self.run = run
  }

  /// The command's words in one text.
  package var name: String { path.joined(separator: " ") }

  /// `new MATTER [--from F]`, without the program's name.
  package var usage: String {
    ([name] + positionals.map(\.usage) + options.map(\.usage)).joined(separator: " ")
  }

  func option(_ name: String) -> OptionSpec? { options.first { $0.name == name } }
}

/// All a program can be asked for.
package struct CommandTable<Context>: Sendable {
  /// The program's name as one types it.
  package let program: String
  /// What the program is, one line in Chinese.
  package let summary: String
  /// In the order of the overview.
  package let commands: [CommandSpec<Context>]
  /// Commands, and options of commands (`sync --to-file`), that this version has not yet: refused as such, absent from
  /// help.
  package let notBuilt: [String]
  /// Options that every command knows beside `GlobalOptions.standard`.
  package let globals: [OptionSpec]

  /// - Parameter globals: further options that every command knows.
  package init(
    program: String, summary: String, commands: [CommandSpec<Context>], notBuilt: [String] = [],
    globals: [OptionSpec] = []
  ) {
    self.program = program
    self.summary = summary
    self.commands = commands
    self.notBuilt = notBuilt
    self.globals = GlobalOptions.standard + globals
  }
}
