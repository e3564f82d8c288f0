internal import Foundations

/// All commands, in the order of `help`.
enum CommandTable {
  static let commands: [CommandSpec] =
    [demo] + deviceCommands + catalogueCommands + captureCommands + followCommands + exchangeCommands + toolCommands

  /// Commands of the contract that this version has not.
  static let notBuilt = ["recover", "rate", "suggest", "import", "backup", "restore"]

  static func command(_ path: [String]) -> CommandSpec? { commands.first { $0.path == path } }

  // Positionals and options that several commands share.
  static let id = PositionalSpec("ID", "办件的编号，写开头几位就行")
  static let matter = PositionalSpec("MATTER", "一件事的名称或编号")

  private static let demo = CommandSpec(
    path: ["demo"], group: .start, summary: "在这台电脑上完整演示一遍：离线填写、同步、并存、办理、送达",
    options: [.flag("--fast", "不停顿")],
    notes: ["演示用的数据放在临时文件夹里，不会碰到真实办件。"], examples: ["demo", "demo --fast"],
    run: { invocation, session throws(Problem) in try Demo.run(invocation, session) })
}
