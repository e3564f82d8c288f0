package import Foundations

/// What is wrong with a command line, as data; the words are `UsageFault.problem`.
package enum UsageFault: Error, Sendable, Hashable {
  case commandMissing
  case commandUnknown(String, nearest: String?)
  case commandNotBuilt(String)
  case subcommandMissing(group: String, choices: [String])
  case subcommandUnknown(group: String, String, nearest: String?, choices: [String])
  case optionUnknown(String, nearest: String?, usage: String?)
  case optionValueMissing(String, placeholder: String)
  case optionValueUnwanted(String)
  case optionTwice(String)
  case optionMissing(String, usage: String)
  case positionalMissing(String, usage: String)
  case positionalExcess(String, usage: String)
  case choice(String, name: String, nearest: String?, choices: [String])
  case notANumber(String, String)
  case shape(String, expected: String)
  case encoding(Int)
  case tooLong(Int)
  case inputTwice
}

extension UsageFault {
  /// The fault in words. What was typed is shown shortened and without control characters: it may be anything.
  package var problem: Problem {
    switch self {
    case .commandMissing: Problem(.commandMissing)
    case .commandUnknown(let word, let nearest): Self.unknown(.commandUnknown, word, nearest)
    case .commandNotBuilt(let name): ProblemKind.commandNotBuilt.with(Self.shown(name))
    case .subcommandMissing(let group, let choices):
      ProblemKind.subcommandMissing.with("\(group) \(choices.joined(separator: "、\(group) "))")
    case .subcommandUnknown(let group, let word, let nearest, let choices):
      Self.unknown(.commandUnknown, "\(group) \(word)", nearest.map { "\(group) \($0)" }, choices)
    case .optionUnknown(let word, let nearest, let usage):
      Self.unknown(.optionUnknown, word, nearest, usage: usage)
    case .optionValueMissing(let name, let placeholder):
      ProblemKind.optionValueMissing.with("\(name) \(placeholder)")
    case .optionValueUnwanted(let name): ProblemKind.optionValueUnwanted.with(name)
    case .optionTwice(let name): ProblemKind.optionTwice.with(name)
    case .optionMissing(let option, let usage): ProblemKind.optionMissing.with("\(option)。用法：\(usage)")
    case .positionalMissing(let name, let usage): ProblemKind.argumentMissing.with("\(name)。用法：\(usage)")
    case .positionalExcess(let word, let usage):
      ProblemKind.argumentExcess.with("“\(Self.shown(word))”。用法：\(usage)")
    case .choice(let word, let name, let nearest, let choices):
      Self.unknown(.argumentChoice, word, nearest, choices, name: name)
    case .notANumber(let name, let text): ProblemKind.argumentNumber.with("\(name) \(Self.shown(text))")
    case .shape(let word, let expected): ProblemKind.argumentShape.with("“\(Self.shown(word))”，应当像 \(expected)")
    case .encoding(let position): ProblemKind.argumentEncoding.with("第 \(position) 个")
    case .tooLong(let position): ProblemKind.argumentTooLong.with("第 \(position) 个")
    case .inputTwice: Problem(.argumentInputTwice)
    }
  }

  private static func unknown(
    _ kind: ProblemKind, _ word: String, _ nearest: String?, _ choices: [String] = [], name: String? = nil,
    usage: String? = nil
  ) -> Problem {
    var detail = name.map { "\($0)：" } ?? ""
    detail += "“\(shown(word))”"
    if let nearest {
      detail += "。您是不是想用 \(nearest) ？"
    } else if !choices.isEmpty {
      detail += "。可以用：\(choices.joined(separator: "、"))"
    } else if let usage {
      detail += "。用法：\(usage)"
    }
    return kind.with(detail)
  }

  /// A word as typed, for a sentence.
  package static func shown(_ word: String) -> String {
    let clean = Width.clean(String(word.prefix(40)))
    return word.count > 40 ? clean + "…" : clean
  }
}

extension ProblemKind {
  private static func usage(_ code: String, _ message: String, _ remedy: String) -> ProblemKind {
    ProblemKind(code, status: 400, exit: .usage, message, remedy: remedy)
  }

  static let commandMissing = usage("command.missing", "没有说要做什么", "在程序名后面写 help，可以看到全部命令。")
  static let commandUnknown = usage("command.unknown", "没有这个命令：{}", "在程序名后面写 help，可以看到全部命令。")
  static let commandNotBuilt = usage("command.not-built", "这个版本还不能用：{}", "请等待新版本，或换一种办法；help 列出现在能用的。")
  static let subcommandMissing = usage("command.incomplete", "命令没有写完，后面应当是：{}", "请补全后再运行。")
  static let optionUnknown = usage("option.unknown", "没有这个选项：{}", "在命令后面加 --help 可以看它的全部选项。")
  static let optionValueMissing = usage("option.value-missing", "选项后面缺少内容：{}", "请补上内容；要从键盘或管道读入就写一个减号 - 。")
  static let optionValueUnwanted = usage("option.value-unwanted", "这个选项后面不带内容：{}", "请去掉等号和后面的内容。")
  static let optionMissing = usage("option.missing", "缺少选项：{}", "请补上后再运行。")
  static let optionTwice = usage("option.twice", "这个选项只能写一次：{}", "请去掉多余的。")
  static let argumentMissing = usage("argument.missing", "缺少：{}", "在命令后面加 --help 可以看例子。")
  static let argumentExcess = usage("argument.excess", "多出来的内容：{}", "内容里有空格时，请用引号括起来。")
  static let argumentChoice = usage("argument.choice", "不认识的{}", "请从列出的里面选一个。")
  static let argumentNumber = usage("argument.number", "这里应当是整数：{}", "请写数字，例如 5。")
  /// A word of the command line that cannot be read; the detail says how it should look.
  package static let argumentShape = usage("argument.shape", "写法不对：{}", "在命令后面加 --help 可以看例子。")
  static let argumentEncoding = usage("argument.encoding", "{}参数不是 UTF-8 文字", "请在 UTF-8 的终端里输入。")
  static let argumentTooLong = usage("argument.too-long", "{}参数太长", "长内容请写一个减号 - ，再从管道或文件读入。")
  static let argumentInputTwice = usage("argument.stdin-twice", "减号 - 只能写一次，因为输入只有一份", "其余的请写在命令里，或写进文件。")
}
