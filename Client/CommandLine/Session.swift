internal import Assistant
internal import Foundations

/// What one run of the program works with. Nothing here is opened before a command asks for it: `--version` and `check`
/// cost nothing but themselves.
final class Session {
  let globals: GlobalOptions
  let output: Output
  let input: Input
  let clock: any Clock
  private let variable: (String) -> String?
  private var opened: Assistant?
  /// A new passphrase is asked for twice, since nobody sees what is typed.
  var asksPassphraseTwice = false
  /// Whether matters are worked-out examples, by id, as far as was asked.
  var exampleMatters: [String: Bool] = [:]

  init(
    globals: GlobalOptions, output: Output, input: Input, clock: any Clock = SystemClock(),
    variable: @escaping (String) -> String? = Machine.variable
  ) {
    self.globals = globals
    self.output = output
    self.input = input
    self.clock = clock
    self.variable = variable
  }

  /// The legal day in China.
  var today: CivilDate { ChinaTime.date(clock.now()) }

  /// The device's store, by the first of `--home`, `$BANGBAN_HOME` and the XDG data folder.
  /// - Throws: `home.unknown` where not even `$HOME` is set.
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
    let passphrase = PassphraseSource(ask: { [self] () throws(Problem) -> String in try self.passphrase() })
    let assistant = Assistant(home: try home(), environment: environment, passphrase: passphrase)
    opened = assistant
    return assistant
  }

  /// Whether this home was ever enrolled, seen from outside: commands that work without a store ask first.
  func hasStore() -> Bool {
    guard let home = try? home() else { return false }
    return Machine.exists(home + "/device.json") || Machine.exists(home + "/store.sqlite")
  }

  /// A value of the command line: `-` stands for standard input.
  func value(_ text: String) throws(Problem) -> String { text == "-" ? try input.value() : text }

  /// A document named on the command line: a file, or `-`.
  func document(_ path: String) throws(Problem) -> Value {
    let bytes = path == "-" ? try input.all() : try Machine.file(path)
    return try Self.json(bytes)
  }

  /// JSON with the place of what is wrong in it.
  static func json(_ bytes: [UInt8]) throws(Problem) -> Value {
    do throws(JSONReader.Failure) {
      return try JSONReader.read(bytes)
    } catch {
      throw ProblemKind.documentMalformed.with("第 \(error.line) 行第 \(error.column) 列，\(error.reason)")
    }
  }
}

// The passphrase: from a file, from the environment, else from the person.
extension Session {
  private static let passphraseCharactersMin = 8

  private func passphrase() throws(Problem) -> String {
    if let path = globals.passphraseFile {
      let bytes = path == "-" ? try input.all() : try Machine.file(path, bytesMax: 64 << 10)
      let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
      guard let text = String(validating: line, as: UTF8.self) else { throw Problem(.inputEncoding) }
      return try checked(text)
    }
    if let text = variable("BANGBAN_PASSPHRASE") { return try checked(text) }
    guard input.isTerminal else { throw Problem(.passphraseNeeded) }
    if !asksPassphraseTwice { return try askHidden("口令：") }
    output.note("请为这台设备设一个口令，至少 8 个字。口令保护群众的个人信息，请记牢，不要写在电脑上。")
    while true {
      let first = try askHidden("设置口令：")
      guard first.count >= Self.passphraseCharactersMin else {
        output.note("口令太短，至少 8 个字，请重新设置。")
        continue
      }
      if try askHidden("再输入一遍：") == first { return first }
      output.note("两遍输入的不一样，请重新设置。")
    }
  }

  private func checked(_ text: String) throws(Problem) -> String {
    if asksPassphraseTwice, text.count < Self.passphraseCharactersMin { throw Problem(.passphraseShort) }
    return text
  }

  private func askHidden(_ question: String) throws(Problem) -> String {
    output.ask(question)
    let line = try Machine.withoutEcho { () throws(Problem) -> String? in try input.line() }
    output.note("")
    guard let line else { throw Problem(.passphraseNeeded) }
    return line
  }
}

extension ProblemKind {
  static let homeUnknown = ProblemKind(
    "home.unknown", status: 400, exit: .usage, "不知道数据放在哪里", remedy: "请用 --home 指定一个文件夹。")
  static let passphraseNeeded = ProblemKind(
    "store.passphrase-needed", status: 401, "需要这台设备的口令", remedy: "请先运行 bangban unlock 解锁，或用 --passphrase-file 指定口令文件。")
  static let passphraseShort = ProblemKind(
    "store.passphrase-short", "口令太短，至少要 8 个字", remedy: "请换一个长一些、自己记得住的口令。")
}
