package import Foundations
internal import Glibc
internal import Synchronization

/// The machine as a program meets it: arguments, environment, terminal, files. Beside `StreamFile.swift` the only place
/// here that calls C.
package enum Machine {
  /// The arguments without the program's name.
  /// - Throws: `argument.encoding`: the library would put other characters in the place of bytes it cannot read.
  package static func arguments() throws(Problem) -> [String] {
    var arguments: [String] = []
    let pointers = unsafe UnsafeBufferPointer(
      start: Swift.CommandLine.unsafeArgv, count: Int(Swift.CommandLine.argc))
    for index in pointers.indices.dropFirst() {
      guard let pointer = unsafe pointers[index] else { break }
      guard let text = unsafe String(validatingCString: pointer) else { throw UsageFault.encoding(index).problem }
      arguments.append(text)
    }
    return arguments
  }

  /// Whether an argument was given, even where others cannot be read.
  package static func isGiven(_ argument: String) -> Bool {
    let pointers = unsafe UnsafeBufferPointer(
      start: Swift.CommandLine.unsafeArgv, count: Int(Swift.CommandLine.argc))
    for index in pointers.indices.dropFirst() {
      if let pointer = unsafe pointers[index], unsafe strcmp(pointer, argument) == 0 { return true }
    }
    return false
  }

  /// A variable of the environment; nil for an empty one too.
  package static func variable(_ name: String) -> String? {
    guard let pointer = unsafe getenv(name), let text = unsafe String(validatingCString: pointer), !text.isEmpty
    else { return nil }
    return text
  }

  /// Whether a descriptor is a terminal.
  package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Why standard output could not take what was written; told when the program ends.
  private static let outputFailure = Mutex<FileFailure?>(nil)

  /// The problem of a result that did not get out whole; nil where all of it did.
  static var outputProblem: Problem? {
    outputFailure.withLock { $0 }.map { ProblemKind.outputIncomplete.with($0.words) }
  }

  /// Writes everything. A failure of standard output is kept for the end: what the command does is not to stop half-way
  /// for it. Where nobody reads any more nothing has failed, as at every pipe's left end: whoever left wanted no more,
  /// and the command goes on to its own end and status. What standard error does not take is lost: there is nowhere to
  /// say so.
  package static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if count < 0, errno == EINTR {
        continue
      } else if count < 0, errno == EPIPE {
        return
      } else {
        let failure = FileFailure(count == 0 ? ENOSPC : errno)
        if descriptor == STDOUT_FILENO { outputFailure.withLock { $0 = $0 ?? failure } }
        return
      }
    }
  }

  /// The next bytes of standard input; none at its end.
  package static func read(_ count: Int) throws(Problem) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    while true {
      let got = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw ProblemKind.inputUnreadable.with("标准输入") }
      return Array(bytes.prefix(got))
    }
  }

  /// A whole file, or what comes through a pipe of the shell (`<(…)`, `/dev/stdin`); not a named pipe, nor a folder.
  /// - Throws: `input.unreadable`; `document.too-large` beyond the bound.
  package static func file(_ path: String, bytesMax: Int = Limits.documentBytesMax) throws(Problem) -> [UInt8] {
    let file = try InputFile(path, pipes: true)
    var bytes: [UInt8] = []
    while true {
      let piece = try file.read(64 << 10)
      if piece.isEmpty { return bytes }
      bytes += piece
      guard bytes.count <= bytesMax else {
        throw ProblemKind.documentTooLarge.with("\(Width.clean(path))，最多 \(bytesMax >> 20) MB")
      }
    }
  }

  /// The end of a path, as it is shown to a person.
  package static func shown(_ path: String) -> String { Width.clean(String(path.suffix(80))) }

  static func reason(_ path: String, _ code: Int32) -> String {
    let why = code == ENOENT ? "没有这个文件" : FileFailure(code).words
    return "\(shown(path))（\(why)）"
  }

  /// Whether there is a file or a folder.
  package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// Runs a question with the terminal's echo off, and puts it back whatever happens.
  package static func withoutEcho<Answer>(_ body: () throws(Problem) -> Answer) throws(Problem) -> Answer {
    var settings = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return try body() }
    var silent = settings
    silent.c_lflag &= ~tcflag_t(ECHO)
    _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    defer { _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings) }
    return try body()
  }

  /// Milliseconds since the machine started, sleep included: no one can set this clock.
  package static func bootMilliseconds() -> Int64 {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_BOOTTIME, &time) == 0 else { return 0 }
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Waits.
  package static func sleep(milliseconds: Int) { _ = usleep(UInt32(clamping: max(0, milliseconds)) * 1000) }

  /// Where this program's own file is; nil if the kernel does not say.
  package static func executable() -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return 0 }
      return unsafe readlink("/proc/self/exe", start.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    guard count > 0, count < buffer.count else { return nil }
    return String(validating: buffer.prefix(count), as: UTF8.self)
  }

  /// A peer that goes away, and a file that may not grow any more (RLIMIT_FSIZE), are errors of a write, not the end of
  /// this program.
  package static func surviveWrites() {
    for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
  }
}
