internal import Foundations
internal import Glibc
internal import SQLite
internal import Terminal

/// Folders and files of a home: nobody but the server's own account reads them, and none is ever there by half.
enum HomeFiles {
  static let folderMode: mode_t = 0o700
  static let fileMode: mode_t = 0o600

  /// For what is written to be published, as far as the umask lets it.
  static let publicFolderMode: mode_t = 0o755
  static let publicFileMode: mode_t = 0o644

  /// Makes a folder, and those above it, for the owner alone unless said otherwise; one that is there stays as it is.
  static func makeFolder(_ path: String, mode: mode_t = folderMode) throws(Problem) {
    if isFolder(path) { return }
    let parent = self.parent(of: path)
    if parent != path, !isFolder(parent) { try makeFolder(parent, mode: mode) }
    guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else { throw failure(path) }
  }

  /// Writes a file whole: beside its place first, onto the disk, then into its place.
  /// - Throws: `store.full`, `store.failed`.
  static func write(_ bytes: [UInt8], to path: String, mode: mode_t = fileMode) throws(Problem) {
    let partial = path + ".partial"
    _ = unsafe unlink(partial)
    let descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw failure(path) }
    let isSafe = writeAll(bytes[...], to: descriptor) && fsync(descriptor) == 0
    let code = errno
    _ = close(descriptor)
    guard isSafe else {
      _ = unsafe unlink(partial)
      throw failure(path, code)
    }
    try move(partial, to: path)
  }

  /// Writes a private key: in hexadecimal, one line.
  static func write(key: [UInt8], to path: String) throws(Problem) {
    try write(Array((Hexadecimal.text(key) + "\n").utf8), to: path)
  }

  private static func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Gives a file or folder its place, and brings the change of both folders onto the disk.
  static func move(_ path: String, to place: String) throws(Problem) {
    guard unsafe rename(path, place) == 0 else { throw failure(place) }
    for folder in Set([parent(of: place), parent(of: path)]) { syncFolder(folder) }
  }

  /// Takes a file away from everyone but its owner.
  static func restrict(_ path: String) throws(Problem) {
    guard unsafe chmod(path, fileMode) == 0 else { throw failure(path) }
  }

  /// Copies a file piece by piece, whatever its size, and onto the disk.
  /// - Parameter mayBeGone: whether somebody may have removed it meanwhile.
  /// - Returns: whether it was there.
  /// - Throws: `input.unreadable`, `store.full`, `home.unwritable`.
  @discardableResult
  static func copy(_ path: String, to place: String, mayBeGone: Bool = false) throws(Problem) -> Bool {
    let source = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else {
      if mayBeGone, errno == ENOENT { return false }
      throw unreadable(path, FileFailure(errno))
    }
    defer { close(source) }
    let target = unsafe open(place, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, fileMode)
    guard target >= 0 else { throw failure(place) }
    defer { close(target) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(source, $0.baseAddress, $0.count) }
      if count == 0 { break }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw unreadable(path, FileFailure(errno)) }
      guard writeAll(buffer[..<count], to: target) else { throw failure(place) }
    }
    guard fsync(target) == 0 else { throw failure(place) }
    return true
  }

  private static let depthMax = 6

  /// Copies a folder of attachments with all that is in it, onto the disk; one that is not there is empty.
  ///
  /// A server may be at work on it. What is still coming is left out, its name has its sender behind a dot: a restored
  /// server has it sent from the beginning. And what is gone when its turn comes was erased.
  @discardableResult
  static func copyFolder(_ path: String, to place: String, depth: Int = 0) throws(Problem) -> (files: Int, bytes: Int64)
  {
    guard depth < depthMax else { throw ProblemKind.unexpected.with("folders") }
    var (files, bytes) = (0, Int64(0))
    try makeFolder(place)
    guard isFolder(path) else { return (files, bytes) }
    for name in try names(in: path) where !name.contains(".") {
      let from = path + "/" + name
      if isFolder(from) {
        let inner = try copyFolder(from, to: place + "/" + name, depth: depth + 1)
        files += inner.files
        bytes += inner.bytes
      } else if try copy(from, to: place + "/" + name, mayBeGone: true) {
        files += 1
        bytes += self.bytes(of: place + "/" + name)
      }
    }
    return (files, bytes)
  }

  /// A file's size; 0 where there is none.
  static func bytes(of path: String) -> Int64 {
    var status = stat()
    let code = unsafe stat(path, &status)
    return code == 0 ? Int64(status.st_size) : 0
  }

  /// Removes a file or a folder with all that is in it; what is not there is no problem.
  static func remove(_ path: String) {
    if isFolder(path), !isLink(path) {
      for name in (try? names(in: path)) ?? [] { remove(path + "/" + name) }
      _ = unsafe rmdir(path)
    } else {
      _ = unsafe unlink(path)
    }
  }

  /// Removes a folder in which nothing is; any other stays.
  static func removeEmpty(_ path: String) { _ = unsafe rmdir(path) }

  /// The names in a folder, sorted, without `.` and `..`.
  static func names(in path: String) throws(Problem) -> [String] {
    do throws(FileFailure) { return try MachineFiles().names(in: path).sorted() } catch {
      throw unreadable(path, error)
    }
  }

  static func isFolder(_ path: String) -> Bool { mode(of: path).map { $0 & S_IFMT == S_IFDIR } ?? false }

  /// Type and permissions of what a path leads to; nil where there is nothing.
  static func mode(of path: String) -> mode_t? {
    var status = stat()
    let code = unsafe stat(path, &status)
    return code == 0 ? status.st_mode : nil
  }

  static func isWritableFolder(_ path: String) -> Bool {
    guard isFolder(path) else { return false }
    return unsafe access(path, W_OK | X_OK) == 0
  }

  /// Bytes that may still be written where a folder lies; nil where the system does not say.
  static func freeBytes(_ path: String) -> Int64? {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { return nil }
    return Int64(
      clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }

  /// A path without the slashes that a person, or a shell, puts behind a folder's name.
  static func withoutSlash(_ path: String) -> String {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
    return String(trimmed)
  }

  static func parent(of path: String) -> String {
    let trimmed = withoutSlash(path)
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    let code = unsafe lstat(path, &status)
    return code == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func syncFolder(_ path: String) {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    _ = close(descriptor)
  }

  /// What is told where something cannot be read.
  static func unreadable(_ path: String, _ failure: FileFailure) -> Problem {
    ProblemKind.inputUnreadable.with("\(Machine.shown(path))（\(failure.words)）")
  }

  private static func failure(_ path: String, _ code: Int32 = errno) -> Problem {
    if FileFailure(code).isForWantOfRoom { return Problem(.storeFull) }
    return ProblemKind.homeUnwritable.with(
      "\(Width.clean(String(path.suffix(80))))（\(FileFailure(code).words)）")
  }
}

extension ProblemKind {
  static let homeUnwritable = ProblemKind(
    "home.unwritable", status: 500, exit: .storage, "写不进去：{}。", remedy: "请检查文件夹的权限，或用 --home 换一个文件夹。")
}
