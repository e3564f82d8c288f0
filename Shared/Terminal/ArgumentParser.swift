internal import Catalog
internal import Foundations

/// Reads a command line against a table of commands. Pure: it looks at nothing but its arguments.
package struct ArgumentParser<Context> {
  /// Longer than any argument that means something; whole documents come through `-`.
  private let argumentBytesMax = 128 << 10

  private let table: CommandTable<Context>

  private var globals = GlobalOptions()
  private var path: [String] = []
  private var command: CommandSpec<Context>?
  private var options: [String: [String]] = [:]
  private var positionals: [String] = []
  /// The first fault about a command; told only if the line does not ask for help.
  private var fault: UsageFault?

  /// - Parameter table: what the program can be asked for.
  package init(_ table: CommandTable<Context>) { self.table = table }

  private var commands: [CommandSpec<Context>] { table.commands }

  /// - Parameter arguments: without the program's name.
  /// - Returns: the options that hold for all commands, even where the rest is wrong, since `--json` shapes the error.
  package mutating func parse(
    _ arguments: [String]
  ) -> (globals: GlobalOptions, request: Result<Request<Context>, UsageFault>) {
    var rest = arguments[...]
    var optionsEnded = false
    for (index, argument) in arguments.enumerated() where argument.utf8.count > argumentBytesMax {
      fault = fault ?? .tooLong(index + 1)
    }
    while fault == nil, let word = rest.popFirst() {
      do throws(UsageFault) {
        if optionsEnded || !Self.isOption(word) {
          try take(word: word)
        } else if word == "--" {
          optionsEnded = true
        } else {
          try take(option: word, &rest)
        }
      } catch {
        fault = error
      }
    }
    // Faults do not hide options that say how to answer.
    while let word = rest.popFirst(), word != "--" { takeFlag(word) }
    return (globals, outcome())
  }

  /// `-` is a value and `-3` a number.
  private static func isOption(_ word: String) -> Bool {
    guard word.hasPrefix("-"), word != "-" else { return false }
    return !word.dropFirst().utf8.allSatisfy { 48...57 ~= $0 }
  }

  private mutating func takeFlag(_ word: String) {
    switch word {
    case "--json": globals.flags.insert("--json")
    case "--help", "-h": globals.flags.insert("--help")
    default: break
    }
  }

  private mutating func take(word: String) throws(UsageFault) {
    if let command {
      // `receipt` may be built where `receipt verify` is not.
      let longer = "\(command.name) \(word)"
      if positionals.isEmpty, table.notBuilt.contains(longer) { throw .commandNotBuilt(longer) }
      positionals.append(word)
      return
    }
    path.append(word)
    if path[0] == "help" { return }
    if let found = commands.first(where: { $0.path == path }) {
      command = found
    } else if commands.contains(where: { $0.path.starts(with: path) }) {
      return
    } else if table.notBuilt.contains(path.joined(separator: " ")) {
      throw .commandNotBuilt(path.joined(separator: " "))
    } else if path.count > 1 {
      let group = path[0]
      let choices = subcommands(of: group)
      throw .subcommandUnknown(
        group: group, word, nearest: Nearest.match(word, among: choices), choices: choices)
    } else {
      let names = Set(commands.map { $0.path[0] }).sorted()
      throw .commandUnknown(word, nearest: Nearest.match(word, among: names))
    }
  }

  private func subcommands(of group: String) -> [String] {
    commands.filter { $0.path.count > 1 && $0.path[0] == group }.map { $0.path[1] }
  }

  private mutating func take(option word: String, _ rest: inout ArraySlice<String>) throws(UsageFault) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = ["-h": "--help", "-V": "--version"][parts[0]] ?? parts[0]
    let inline = parts.count == 2 ? parts[1] : nil
    if let global = table.globals.first(where: { $0.name == name }) {
      take(global: global, try values(global, inline, &rest))
    } else if let spec = command?.option(name) {
      let values = try values(spec, inline, &rest)
      if options[name] != nil, spec.arity != .some { throw .optionTwice(name) }
      for value in values where !spec.choices.isEmpty && !spec.choices.contains(value) {
        throw .choice(
          value, name: name, nearest: Nearest.match(value, among: spec.choices), choices: spec.choices)
      }
      options[name, default: []] += values
    } else if let command, table.notBuilt.contains("\(command.name) \(name)") {
      throw .commandNotBuilt("\(command.name) \(name)")
    } else {
      let known = (table.globals + (command?.options ?? [])).map(\.name)
      throw .optionUnknown(name, nearest: Nearest.match(name, among: known), usage: command.map(usage))
    }
  }

  private func values(
    _ spec: OptionSpec, _ inline: String?, _ rest: inout ArraySlice<String>
  ) throws(UsageFault) -> [String] {
    switch spec.arity {
    case .flag:
      if inline != nil { throw .optionValueUnwanted(spec.name) }
      return []
    case .one:
      if let inline { return [inline] }
      guard let value = rest.first, !Self.isOption(value) || value.first == "-" && !value.hasPrefix("--") else {
        throw .optionValueMissing(spec.name, placeholder: spec.placeholder)
      }
      rest.removeFirst()
      return [value]
    case .some:
      var values = inline.map { [$0] } ?? []
      while inline == nil, let value = rest.first, !Self.isOption(value) {
        values.append(value)
        rest.removeFirst()
      }
      if values.isEmpty { throw .optionValueMissing(spec.name, placeholder: spec.placeholder) }
      return values
    }
  }

  private mutating func take(global: OptionSpec, _ values: [String]) {
    if let value = values.first { globals.values[global.name] = value } else { globals.flags.insert(global.name) }
  }

  /// With the program's name before it.
  private func usage(_ command: CommandSpec<Context>) -> String { "\(table.program) \(command.usage)" }

  private func outcome() -> Result<Request<Context>, UsageFault> {
    if globals.help, fault == nil || command != nil { return .success(.help(path)) }
    if let fault { return .failure(fault) }
    if path.first == "help" { return .success(.help(Array(path.dropFirst()))) }
    if globals.version { return .success(.version) }
    guard let command else {
      return path.isEmpty
        ? .failure(.commandMissing)
        : .failure(.subcommandMissing(group: path[0], choices: subcommands(of: path[0])))
    }
    do throws(UsageFault) {
      try checkPositionals(command)
      for option in command.options where option.isRequired && options[option.name] == nil {
        throw .optionMissing(option.usage, usage: usage(command))
      }
    } catch {
      return .failure(error)
    }
    return .success(.run(command, Invocation(options: options, positionals: positionals)))
  }

  private func checkPositionals(_ command: CommandSpec<Context>) throws(UsageFault) {
    let specs = command.positionals
    for (index, spec) in specs.enumerated() {
      guard positionals.indices.contains(index) else {
        if spec.isRequired { throw .positionalMissing(spec.name, usage: usage(command)) }
        break
      }
      let given = positionals[index]
      if !spec.choices.isEmpty, !spec.choices.contains(given) {
        throw .choice(
          given, name: spec.name, nearest: Nearest.match(given, among: spec.choices), choices: spec.choices)
      }
    }
    if positionals.count > specs.count, specs.last?.repeats != true {
      throw .positionalExcess(positionals[specs.count], usage: usage(command))
    }
  }
}
