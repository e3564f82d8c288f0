internal import Foundations

/// `help`: an overview by groups, or one command in full. All of it comes from the table of commands.
enum Help {
  static func print(_ words: [String], _ session: Session) throws(Problem) -> ExitStatus {
    let output = session.output
    let found = CommandTable.commands.filter { $0.path.starts(with: words) }
    if words.isEmpty {
      output.results(found.map(value)) { overview(output) }
      return .done
    }
    if found.isEmpty {
      var parser = ArgumentParser(commands: CommandTable.commands, notBuilt: CommandTable.notBuilt)
      // The parser knows the nearest one.
      if case .failure(let fault) = parser.parse(words).request { throw fault.problem }
      throw UsageFault.commandUnknown(words.joined(separator: " "), nearest: nil).problem
    }
    output.results(found.map(value)) {
      found.count == 1 ? found.flatMap { page($0, output) } : found.map { "  \($0.usage)\n      \($0.summary)" }
    }
    return .done
  }

  /// `{name, usage, summary, options, examples}`.
  private static func value(_ command: CommandSpec) -> Value {
    [
      "name": .text(command.name), "usage": .text(command.usage), "summary": .text(command.summary),
      "options": .array(
        command.options.map { ["name": .text($0.name), "usage": .text($0.usage), "summary": .text($0.summary)] }),
      "examples": .array(command.examples.map { .text("bangban \($0)") }),
    ]
  }

  private static func overview(_ output: Output) -> [String] {
    var lines = [output.style(.heading, "bangban 帮办：没有网络也能用的政务服务帮办工具"), "", "用法：bangban 命令 [内容…] [选项…]"]
    let width = (CommandTable.commands.map { Width.of($0.name) }.max() ?? 0) + 2
    for group in CommandGroup.allCases {
      lines += ["", output.style(.heading, group.rawValue)]
      lines += CommandTable.commands.filter { $0.group == group }
        .map { "  " + Width.padded($0.name, to: width) + $0.summary }
    }
    lines += ["", output.style(.heading, "到处都能用的选项")]
    lines += options(GlobalOptions.specs)
    lines += ["", "bangban help 命令 看一个命令的详细用法和例子。第一次用？运行 bangban demo 看一遍完整过程。"]
    return lines
  }

  private static func page(_ command: CommandSpec, _ output: Output) -> [String] {
    var lines = [output.style(.heading, command.summary), "", "用法：\(command.usage)"]
    let positionals = command.positionals.filter { !$0.summary.isEmpty }
    if !positionals.isEmpty {
      let width = (positionals.map { Width.of($0.name) }.max() ?? 0) + 2
      lines += [""] + positionals.map { "  " + Width.padded($0.name, to: width) + $0.summary + choices($0.choices) }
    }
    if !command.options.isEmpty { lines += ["", output.style(.heading, "选项")] + options(command.options) }
    if !command.notes.isEmpty { lines += [""] + command.notes }
    if !command.examples.isEmpty {
      lines += ["", output.style(.heading, "例子")] + command.examples.map { "  bangban \($0)" }
    }
    lines += ["", "另外可用：" + GlobalOptions.specs.map(\.usage).joined(separator: "  ")]
    return lines
  }

  private static func choices(_ words: [String]) -> String {
    words.isEmpty ? "" : "：" + words.joined(separator: "、")
  }

  private static func options(_ specs: [OptionSpec]) -> [String] {
    let width = (specs.map { Width.of($0.usage) }.max() ?? 0) + 2
    return specs.map { "  " + Width.padded($0.usage, to: width) + $0.summary }
  }
}
