internal import FoundationEssentials
internal import Foundations
internal import Glibc
internal import Terminal

/// One of our other programs, running beside this one. Its output goes into files, so that no full pipe can stop it.
///
/// Ends only processes that it started itself, by their process id.
final class ChildProcess {
  /// What a finished program left.
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  private let pid: pid_t
  private let outputFile: String
  private let errorFile: String
  private var status: Int32?
  /// Milliseconds between two looks.
  private static let lookMilliseconds = 4

  /// - Parameter logs: a path whose `.out` and `.err` get what the program says.
  /// - Throws: `demo.start`.
  init(_ program: String, _ arguments: [String], environment: [String: String], logs: String) throws(Problem) {
    outputFile = logs + ".out"
    errorFile = logs + ".err"
    pid = try Self.spawn(program, arguments, environment, outputFile, errorFile)
  }

  private static func spawn(
    _ program: String, _ arguments: [String], _ environment: [String: String], _ outputFile: String, _ errorFile: String
  ) throws(Problem) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
      unsafe posix_spawn_file_actions_destroy(&actions)
      unsafe posix_spawnattr_destroy(&attributes)
    }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, outputFile, flags, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errorFile, flags, 0o600)
    // This program ignores broken pipes; a child must not inherit that.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var pid: pid_t = 0
    let code = unsafe CStrings.with([program] + arguments) { arguments in
      unsafe CStrings.with(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }) { environment in
        unsafe posix_spawn(&pid, program, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw ProblemKind.demoStart.with("\(program)（\(code)）") }
    return pid
  }

  /// What it has said so far.
  var output: String { Self.text(outputFile) }
  var errors: String { Self.text(errorFile) }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  /// Whether it is still running; takes note of its end.
  var isRunning: Bool {
    if status != nil { return false }
    var code: Int32 = 0
    let ended = unsafe waitpid(pid, &code, WNOHANG)
    if ended == 0 { return true }
    // WIFEXITED and WEXITSTATUS are macros; a signal gives 128 and its number, as a shell says it.
    status = ended < 0 ? -1 : code & 0x7F == 0 ? code >> 8 & 0xFF : 128 + (code & 0x7F)
    return false
  }

  /// Waits for its end.
  /// - Throws: `demo.late` after the time is up; it is ended then.
  func finish(secondsMax: Int) throws(Problem) -> Result {
    guard wait(milliseconds: secondsMax * 1000, until: { !isRunning }) else {
      kill(pid, SIGKILL)
      _ = wait(milliseconds: 2000) { !isRunning }
      throw ProblemKind.demoLate.with("\(secondsMax) 秒")
    }
    return Result(status: status ?? -1, output: output, errors: errors)
  }

  /// The address a server prints once it listens.
  func listeningURL(secondsMax: Int) throws(Problem) -> String {
    let mark = "listening on "
    var url: String?
    _ = wait(milliseconds: secondsMax * 1000) {
      let line = output.split(separator: "\n").first { $0.hasPrefix(mark) }
      // Only a whole line is the whole address.
      if output.hasSuffix("\n") { url = line.map { String($0.dropFirst(mark.count)).trimmed } }
      return url != nil || !isRunning
    }
    guard let url else { throw ProblemKind.demoStart.with(String(errors.prefix(300))) }
    return url
  }

  /// Asks it to finish, as an administrator would; a program that does not is ended.
  /// - Returns: its exit status.
  @discardableResult
  func stop() -> Int32 {
    guard isRunning else { return status ?? -1 }
    kill(pid, SIGTERM)
    if !wait(milliseconds: 20_000, until: { !isRunning }) {
      kill(pid, SIGKILL)
      _ = wait(milliseconds: 2000) { !isRunning }
    }
    return status ?? -1
  }

  private func wait(milliseconds: Int, until isDone: () -> Bool) -> Bool {
    let end = Machine.bootMilliseconds() + Int64(milliseconds)
    while true {
      if isDone() { return true }
      if Machine.bootMilliseconds() > end { return false }
      Machine.sleep(milliseconds: Self.lookMilliseconds)
    }
  }
}

/// Arrays of C strings for `posix_spawn`.
private enum CStrings {
  static func with(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
  ) -> Int32 {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return EINVAL }
      return unsafe body(start)
    }
  }
}

extension ProblemKind {
  static let demoStart = ProblemKind("demo.start", "程序没有启动：{}", remedy: "请确认 bangban-server 和 bangban 装在同一个文件夹。")
  static let demoLate = ProblemKind("demo.late", "程序等了 {} 还没有结束", remedy: "电脑可能太忙，请稍后再演示。")
}
