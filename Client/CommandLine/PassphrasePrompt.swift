internal import Assistant
internal import Foundations
internal import Terminal

/// Where the passphrase comes from: a file, the environment, else the person.
///
/// `@unchecked`: a run of the program has one thread, and only that one asks.
final class PassphrasePrompt: @unchecked Sendable {
  private let globals: GlobalOptions
  private let output: Output
  private let input: Input
  private let variable: (String) -> String?
  /// At enrolment: rules are told, and what is typed is asked for twice.
  var isNew = false
  /// Whether an enrolment that was cut off has one already, which is asked for once.
  var isChosen = false

  init(globals: GlobalOptions, output: Output, input: Input, variable: @escaping (String) -> String?) {
    self.globals = globals
    self.output = output
    self.input = input
    self.variable = variable
  }

  /// - Throws: `store.locked-passphrase` where nobody can be asked; `store.passphrase-needed` for a new one.
  func ask() throws(Problem) -> String {
    if let path = globals.passphraseFile { return try firstLine(of: path) }
    if let text = variable("BANGBAN_PASSPHRASE") { return text }
    guard input.isTerminal else { return try unasked() }
    if isNew { return isChosen ? try askHidden("上次的登记没有做完，请输入上次设的口令：") : try askTwice() }
    return try askHidden("口令：")
  }

  /// Nothing is locked where the passphrase is yet to be chosen.
  private func unasked() throws(Problem) -> String {
    if isNew { throw Problem(.passphraseNeeded) }
    return try PassphraseSource.none.ask()
  }

  private func firstLine(of path: String) throws(Problem) -> String {
    let bytes = path == "-" ? try input.all() : try Machine.file(path, bytesMax: 64 << 10)
    guard let text = String(validating: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self) else {
      throw Problem(.inputEncoding)
    }
    return text
  }

  private func askTwice() throws(Problem) -> String {
    output.note("请为这台设备设一个口令，至少 \(Limits.passphraseCharactersMin) 个字。口令保护群众的个人信息，请记牢，不要写在电脑上。")
    while true {
      let first = try askHidden("设置口令（输入时不显示）：")
      guard first.count >= Limits.passphraseCharactersMin else {
        output.note("口令太短，至少 \(Limits.passphraseCharactersMin) 个字，请重新设置。")
        continue
      }
      if try askHidden("再输入一遍：") == first { return first }
      output.note("两遍输入的不一样，请重新设置。")
    }
  }

  private func askHidden(_ question: String) throws(Problem) -> String {
    output.ask(question)
    let line = try Machine.withoutEcho { () throws(Problem) -> String? in try input.line() }
    output.note("")
    guard let line else { return try unasked() }
    return line
  }
}

extension ProblemKind {
  /// A new passphrase, where nobody can be asked.
  static let passphraseNeeded = ProblemKind(
    "store.passphrase-needed", status: 403, "要设一个新口令，这里没有人可以问。",
    remedy: "请在终端里运行，或者用 --passphrase-file、BANGBAN_PASSPHRASE 给出新口令。")
}
