internal import FoundationEssentials
internal import Foundations
internal import Glibc
internal import Terminal

/// Folders, programs and telling: what all acts of the demonstration stand on. Everything on loopback, every port the
/// kernel's choice, every file below one temporary folder.
final class DemoStage {
  let folder: String
  private let session: Session
  private let pauseMilliseconds: Int
  private let programs: [String: String]
  private var calls = 0
  private var servers: [ChildProcess] = []
  /// What is counted for the summary.
  var counts: [String: Int64] = [:]

  /// - Throws: `demo.start` where a program is missing.
  init(_ session: Session, isFast: Bool) throws(Problem) {
    self.session = session
    pauseMilliseconds = isFast || !Machine.isTerminal(STDOUT_FILENO) ? 0 : 500
    var programs: [String: String] = [:]
    guard let own = Machine.executable() else { throw ProblemKind.demoStart.with("bangban") }
    programs["bangban"] = own
    for name in ["bangban-server", "bangban-window-sample"] {
      guard let path = Self.find(name, beside: own) else { throw ProblemKind.demoStart.with("找不到 \(name)") }
      programs[name] = path
    }
    self.programs = programs
    folder = try Self.temporaryFolder()
  }

  /// Next to this program, else along `$PATH`.
  private static func find(_ name: String, beside own: String) -> String? {
    let folder = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)])
    let paths = (Machine.variable("PATH") ?? "").split(separator: ":").map(String.init)
    return ([folder] + paths).map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
  }

  private static func temporaryFolder() throws(Problem) -> String {
    let parent = Machine.variable("TMPDIR") ?? "/tmp"
    let name = "\(parent)/bangban-demo-\(Base32.text(SystemRandom().bytes(8)))"
    guard unsafe mkdir(name, 0o700) == 0 else { throw ProblemKind.demoStart.with(name) }
    return name
  }

  // MARK: Telling

  func title(_ text: String) {
    session.output.line()
    session.output.line(session.output.style(.heading, "【\(text)】"))
  }

  /// One step as it happens.
  func tell(_ text: String) {
    for (index, line) in Width.wrapped(text, to: session.output.columns - 4).enumerated() {
      session.output.line((index == 0 ? "  " : "    ") + line)
    }
    Machine.sleep(milliseconds: pauseMilliseconds)
  }

  /// A result that was looked at, not assumed.
  func check(_ isTrue: Bool, _ text: String) throws(Problem) {
    guard isTrue else { throw ProblemKind.demoFailed.with(text) }
    session.output.line("  " + session.output.style(.good, "✓ ") + text)
    Machine.sleep(milliseconds: pauseMilliseconds)
  }

  func count(_ name: String, _ number: Int = 1) { counts[name, default: 0] += Int64(number) }

  // MARK: Files

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  @discardableResult
  func write(_ text: String, to name: String) throws(Problem) -> String {
    let file = path(name)
    let written = FileManager.default.createFile(
      atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    guard written else { throw ProblemKind.demoStart.with(file) }
    return file
  }

  func makeFolder(_ name: String) throws(Problem) -> String {
    let made = path(name)
    guard unsafe mkdir(made, 0o700) == 0 else { throw ProblemKind.demoStart.with(made) }
    return made
  }

  /// Removes everything, after success only: after a failure somebody looks.
  func removeFolder() { try? FileManager.default.removeItem(atPath: folder) }

  // MARK: Programs

  /// Only what the programs need: nothing of the person's own Bangban.
  private var environment: [String: String] {
    var environment = ["HOME": folder, "PATH": Machine.variable("PATH") ?? "/usr/bin:/bin", "LANG": "C.UTF-8"]
    for name in ["TMPDIR", "LD_LIBRARY_PATH"] { environment[name] = Machine.variable(name) }
    return environment
  }

  private func start(_ program: String, _ arguments: [String]) throws(Problem) -> ChildProcess {
    calls += 1
    let logs = path("log-\(padded(calls, 3))-\(program)")
    return try ChildProcess(programs[program] ?? program, arguments, environment: environment, logs: logs)
  }

  /// Runs a program to its end.
  /// - Parameter allowed: exit statuses that are as they should be.
  func run(
    _ program: String, _ arguments: [String], allowed: Set<Int32> = [0], secondsMax: Int = 120
  ) throws(Problem) -> (status: Int32, lines: [Value]) {
    let result = try start(program, arguments).finish(secondsMax: secondsMax)
    guard allowed.contains(result.status) else {
      let words = arguments.filter { !$0.hasPrefix(folder) }.prefix(6).joined(separator: " ")
      throw ProblemKind.demoFailed.with("\(program) \(words) 返回 \(result.status)：\(result.errors.prefix(400).trimmed)")
    }
    var lines: [Value] = []
    for line in result.output.split(separator: "\n") { lines.append(try JSONReader.document(Array(line.utf8))) }
    return (result.status, lines)
  }

  /// Starts a program that serves, and waits until it does.
  func serve(_ program: String, _ arguments: [String]) throws(Problem) -> (process: ChildProcess, url: String) {
    let process = try start(program, arguments)
    servers.append(process)
    return (process, try process.listeningURL(secondsMax: 30))
  }

  func stopServers() {
    for server in servers { server.stop() }
    servers = []
  }
}

extension ProblemKind {
  static let demoFailed = ProblemKind("demo.failed", "演示在这一步没有得到应有的结果：{}", remedy: "现场都留着，可以进去看。")
}
