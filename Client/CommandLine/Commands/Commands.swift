internal import Foundations
internal import Terminal

/// All commands, in the order of `help`.
enum Commands {
  static let table = CommandTable<Session>(
    program: "bangban", summary: "bangban 帮办：没有网络也能用的政务服务帮办工具", commands: all, notBuilt: notBuilt,
    globals: [.one("--passphrase-file", "F", "从文件第一行读口令，不再询问")])

  private static let all: [CommandSpec<Session>] =
    [demo] + deviceCommands + [recover] + catalogueCommands + captureCommands + followCommands + [suggest]
    + exchangeCommands
    + toolCommands

  /// Commands of the contract that this version has not.
  static let notBuilt = [
    "rate", "import", "backup", "restore", "receipt verify", "receipt --html",
  ]

  /// Headings of the overview.
  enum Group {
    static let start = "开始使用"
    static let catalogue = "查事项"
    static let capture = "填写办件"
    static let follow = "跟进办理"
    static let exchange = "联网交换"
    static let tools = "小工具"
  }

  // Positionals that several commands share.
  static let id = PositionalSpec("ID", "办件的编号，写开头几位就行")
  static let matter = PositionalSpec("MATTER", "一件事的名称或编号")

  /// `bangban new [MATTER] …`
  static func usage(_ name: String) -> String {
    "bangban " + (table.commands.first { $0.name == name }?.usage ?? name)
  }

  private static let demo = CommandSpec<Session>(
    "demo", group: Group.start, "在这台电脑上完整演示一遍：离线填写、同步、并存、办理、送达",
    options: [.flag("--fast", "不停顿")],
    notes: ["演示用的数据放在临时文件夹里，不会碰到真实办件。"], examples: ["demo", "demo --fast"],
    run: { invocation, session throws(Problem) in try Demo.run(invocation, session) })
}

extension GlobalOptions {
  /// Where the passphrase stands, on the first line.
  var passphraseFile: String? { values["--passphrase-file"] }
}
