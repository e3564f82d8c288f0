package import Foundations

/// The words of `help`: the overview, and each command's own page.
package enum Help {
  /// - Parameters:
  ///   - path: the command's words; empty for the overview, a group's word for its commands.
  ///   - columns: of the screen.
  /// - Throws: `command.unknown` with the nearest one.
  package static func lines<Context>(
    _ path: [String], _ table: CommandTable<Context>, columns: Int
  ) throws(Problem) -> [String] {
    guard let first = path.first else { return overview(table, columns: columns) }
    if let command = table.commands.first(where: { $0.path == path }) { return page(command, table, columns) }
    let group = table.commands.filter { $0.path.starts(with: path) }
    if !group.isEmpty { return group.flatMap { page($0, table, columns) + [""] }.dropLast() }
    var parser = ArgumentParser(table)
    if case .failure(let fault) = parser.parse(path).request { throw fault.problem }
    throw UsageFault.commandUnknown(first, nearest: nil).problem
  }

  private static func overview<Context>(_ table: CommandTable<Context>, columns: Int) -> [String] {
    var lines = [table.summary, "", "用法：\(table.program) 命令 [选项]"]
    var groups: [String] = []
    for command in table.commands where !groups.contains(command.group) { groups.append(command.group) }
    let width = (table.commands.map { Width.of($0.name) }.max() ?? 0) + 2
    for group in groups {
      lines += ["", group]
      lines += table.commands.filter { $0.group == group }.map { "  \(Width.padded($0.name, to: width))\($0.summary)" }
    }
    return lines + ["", "每个命令都可以加："] + options(table.globals, columns)
      + ["", "某个命令怎么用：\(table.program) help 命令。任何内容都可以写成减号 - ，从标准输入读入。"]
  }

  private static func page<Context>(
    _ command: CommandSpec<Context>, _ table: CommandTable<Context>, _ columns: Int
  ) -> [String] {
    var lines = [command.summary, "", "用法：\(table.program) \(command.usage)"]
    let width = (command.positionals.map { Width.of($0.name) }.max() ?? 0) + 2
    if !command.positionals.isEmpty { lines.append("") }
    lines += command.positionals.map { "  \(Width.padded($0.name, to: width))\($0.summary)" }
    if !command.options.isEmpty { lines += ["", "选项："] + options(command.options, columns) }
    if !command.notes.isEmpty { lines += [""] + command.notes.flatMap { Width.wrapped($0, to: columns) } }
    if !command.examples.isEmpty { lines += ["", "例子："] + command.examples.map { "  \(table.program) \($0)" } }
    return lines
  }

  private static func options(_ specs: [OptionSpec], _ columns: Int) -> [String] {
    let names = specs.map { $0.arity == .flag ? $0.name : "\($0.name) \($0.placeholder)" }
    let width = (names.map(Width.of).max() ?? 0) + 2
    return zip(specs, names).flatMap { spec, name in
      let choices = spec.choices.isEmpty ? "" : "（\(spec.choices.joined(separator: "、"))）"
      let must = spec.isRequired ? "（必填）" : ""
      let wrapped = Width.wrapped(spec.summary + choices + must, to: max(20, columns - width - 2))
      return wrapped.enumerated().map { index, text in
        "  \(Width.padded(index == 0 ? name : "", to: width))\(text)"
      }
    }
  }
}
