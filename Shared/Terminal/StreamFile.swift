package import Foundations
internal import Glibc

/// A file that is read piece by piece, from its beginning to its end.
package final class InputFile {
  private let descriptor: Int32
  private let name: String

  /// - Parameter pipes: whether a pipe that this program was given, as `<(…)` of a shell names it, is read like a file.
  /// - Throws: `input.unreadable` for what cannot be opened or is no plain file.
  package init(_ path: String, pipes: Bool = false) throws(Problem) {
    name = Machine.shown(path)
    guard !path.utf8.contains(0) else { throw ProblemKind.inputUnreadable.with("文件名里有不能用的字符") }
    // Without waiting: a pipe that nobody writes to would hold the program up before it is refused.
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw ProblemKind.inputUnreadable.with(Machine.reason(path, errno)) }
    var facts = stat()
    let isKnown = unsafe fstat(descriptor, &facts) == 0
    if isKnown, facts.st_mode & S_IFMT == S_IFREG { return }
    // From here on reading waits for the writer, who is there: only a named pipe may have none.
    if isKnown, pipes, facts.st_mode & S_IFMT == S_IFIFO, Self.isOwnDescriptor(path),
      fcntl(descriptor, F_SETFL, O_RDONLY) == 0
    {
      return
    }
    _ = close(descriptor)
    throw ProblemKind.inputUnreadable.with("\(name)（不是普通文件）")
  }

  /// Whether a path names a descriptor that this program was started with.
  private static func isOwnDescriptor(_ path: String) -> Bool {
    if path == "/dev/stdin" { return true }
    return ["/dev/fd/", "/proc/self/fd/"].contains { folder in
      let number = path.dropFirst(folder.count)
      return path.hasPrefix(folder) && !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
  }

  deinit { _ = close(descriptor) }

  /// The next bytes; fewer than asked for only at the end.
  /// - Throws: `input.unreadable` where the medium fails.
  package func read(_ count: Int) throws(Problem) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), count - filled)
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw ProblemKind.inputUnreadable.with(Machine.reason(name, errno)) }
      if got == 0 { break }
      filled += got
    }
    bytes.removeLast(count - filled)
    return bytes
  }
}

/// A file that is written piece by piece. It gets its name when it is whole and on the medium; until then, and if
/// anything fails, whatever had the name before keeps it.
package final class OutputFile {
  private let descriptor: Int32
  private let path: String
  private let partial: String
  private var isPlaced = false

  /// - Parameter magic: how a file begins that may be replaced; any other that has the name already is refused.
  /// - Throws: `output.exists`, `output.unwritable`, `output.full`.
  package init(_ path: String, replacing magic: [UInt8]) throws(Problem) {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw ProblemKind.outputUnwritable.with("文件名里有不能用的字符") }
    if Machine.exists(path) {
      guard let old = try? InputFile(path), (try? old.read(magic.count)) == magic else {
        throw ProblemKind.outputExists.with(Machine.shown(path))
      }
    }
    self.path = path
    partial = path + ".partial"
    _ = unsafe unlink(partial)
    descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  deinit {
    _ = close(descriptor)
    if !isPlaced { _ = unsafe unlink(partial) }
  }

  /// Puts bytes at the end.
  /// - Throws: `output.unwritable`, `output.full`.
  package func write(_ bytes: [UInt8]) throws(Problem) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path) }
      rest = rest.dropFirst(count)
    }
  }

  /// Gives the file its name, once it has reached the medium: a stick may be pulled out the next moment.
  /// - Throws: `output.unwritable`, `output.full`.
  package func finish() throws(Problem) {
    guard fsync(descriptor) == 0, unsafe rename(partial, path) == 0 else { throw Self.failure(path) }
    isPlaced = true
    let folder = unsafe open(Self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    // Not every file system of a stick can do this; the file itself is safe already.
    _ = fsync(folder)
    _ = close(folder)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func failure(_ path: String) -> Problem {
    let code = errno
    if FileFailure(code).isForWantOfRoom { return ProblemKind.outputFull.with(Machine.shown(path)) }
    return ProblemKind.outputUnwritable.with(Machine.reason(path, code))
  }
}

extension ProblemKind {
  /// Something else has the name already.
  package static let outputExists = ProblemKind(
    "output.exists", status: 409, "已有一个别的文件叫这个名字：{}", remedy: "请换一个文件名；原来的文件没有改动。")
  /// A file that cannot be written; the detail names it and says why.
  package static let outputUnwritable = ProblemKind(
    "output.unwritable", status: 500, exit: .storage, "写不进去：{}", remedy: "请检查 U 盘或文件夹能不能写，或者换一个地方。")
  /// Standard output did not take all of the result.
  static let outputIncomplete = ProblemKind(
    "output.incomplete", status: 507, exit: .storage, "结果没有全部写出来：{}。",
    remedy: "命令要做的已经做完，不必重做；请清理磁盘空间，或换一个地方存放结果，再查看一次。")
  /// No room for a file.
  package static let outputFull = ProblemKind(
    "output.full", status: 507, exit: .storage, "空间不够，没有写成：{}", remedy: "请清理 U 盘或换一个地方再试；本机内容没有改动。")
}
