internal import Assistant
internal import Catalog
internal import Foundations
internal import Terminal

/// What one run of the program works with. Nothing here is opened before a command asks for it: `--version` and `check`
/// cost nothing but themselves.
final class Session {
  let globals: GlobalOptions
  let output: Output
  let input: Input
  let clock: any Clock
  private let variable: (String) -> String?
  private var opened: Assistant?
  private let passphrase: PassphrasePrompt
  /// Whether matters are worked-out examples, by id, as far as was asked.
  var exampleMatters: [String: Bool] = [:]
  /// Names of places as the county publishes them; nil where this device has none.
  private(set) lazy var divisions: DivisionRegistry? = try? assistant().divisions()

  init(
    globals: GlobalOptions, output: Output, input: Input, clock: any Clock = SystemClock(),
    variable: @escaping (String) -> String? = Machine.variable
  ) {
    self.globals = globals
    self.output = output
    self.input = input
    self.clock = clock
    self.variable = variable
    passphrase = PassphrasePrompt(globals: globals, output: output, input: input, variable: variable)
  }

  /// The legal day in China.
  var today: CivilDate { ChinaTime.date(clock.now()) }

  /// The device's store, by the first of `--home`, `$BANGBAN_HOME` and the XDG data folder.
  /// - Throws: `device.home-unknown` where not even `$HOME` is set.
  func home() throws(Problem) -> String {
    if let home = globals.home ?? variable("BANGBAN_HOME") { return home }
    // A relative path there is to be ignored (XDG Base Directory Specification 0.8).
    if let data = variable("XDG_DATA_HOME"), data.hasPrefix("/") { return data + "/bangban" }
    guard let home = variable("HOME") else { throw Problem(.homeUnknown) }
    return home + "/.local/share/bangban"
  }

  /// The use cases on this device's store.
  func assistant() throws(Problem) -> Assistant {
    if let opened { return opened }
    let environment = AssistantEnvironment(
      clock: clock, random: SystemRandom(), bootTime: { Machine.bootMilliseconds() }, log: .silent)
    let prompt = passphrase
    let source = PassphraseSource(ask: { () throws(Problem) -> String in try prompt.ask() })
    let assistant = Assistant(home: try home(), environment: environment, passphrase: source)
    opened = assistant
    return assistant
  }

  /// A new passphrase is asked for twice, since nobody sees what is typed.
  /// - Parameter isChosen: whether an enrolment that was cut off has it already.
  func expectNewPassphrase(isChosen: Bool = false) {
    passphrase.isNew = true
    passphrase.isChosen = isChosen
  }

  /// Codes of applications by their ids, each looked up once.
  func codes() -> (String) -> String {
    var known: [String: String] = [:]
    return { [self] id in
      if let code = known[id] { return code }
      let code = id.isEmpty ? "" : (try? assistant().show(id))?["code"]?.text ?? id
      known[id] = code
      return code
    }
  }

  /// A value of the command line: `-` stands for standard input.
  func value(_ text: String) throws(Problem) -> String {
    guard text == "-" else { return text }
    let said = try input.value()
    // A file that is not there, or an input that somebody gave up, clears nothing: that is `FIELD=`.
    guard !said.isEmpty else { throw Problem(.inputEmpty) }
    return said
  }

  /// A document named on the command line: a file, or `-`.
  func document(_ path: String) throws(Problem) -> Value {
    try JSONReader.document(path == "-" ? try input.all() : try Machine.file(path))
  }
}

extension ProblemKind {
  static let homeUnknown = ProblemKind(
    "device.home-unknown", status: 400, exit: .usage, "不知道数据放在哪里", remedy: "请用 --home 指定一个文件夹。")
  static let inputEmpty = ProblemKind(
    "input.empty", status: 400, exit: .usage, "写了 -，却没有读到内容，什么都没有改", remedy: "请把内容从输入给它；要清空一项，写成 FIELD= 。")
  static let inputEnded = ProblemKind(
    "input.ended", status: 400, "输入到这里就结束了，还没有问完", remedy: "bangban list 里找得到的，填到这里的都保存了，可以接着填；找不到的还没有建好，请再运行一次。")
}
