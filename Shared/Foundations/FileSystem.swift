internal import Glibc

/// Where a program keeps its own files: the machine's folders, or in simulations a disk in memory that fails as told.
package protocol FileSystem: Sendable {
  /// SQLite's name (VFS) for the same files; nil for its own.
  var sqliteName: String? { get }
  /// The size of what is at a path, in bytes; nil where there is nothing.
  func bytes(at path: String) -> Int64?
  /// Whether there is something at a path.
  /// - Throws: where nobody can tell: a folder above is closed to us, is no folder, or the disk fails.
  func exists(_ path: String) throws(FileFailure) -> Bool
  /// When what is at a path was last written to; nil where there is nothing, or no clock.
  func changedAt(_ path: String) -> Instant?
  /// The names in a folder, in no order, without `.` and `..`.
  func names(in folder: String) throws(FileFailure) -> [String]
  /// Makes a folder and those above it, for their owner only; one that is there must be writable.
  func makeFolder(_ path: String) throws(FileFailure)
  /// Opens a file.
  func open(_ path: String, _ use: FileUse) throws(FileFailure) -> any OpenFile
  /// Puts a finished file in a target's place; a power cut does not undo it once this returns.
  func replace(_ target: String, with source: String) throws(FileFailure)
  /// Removes a file; nothing happens where there is none.
  func remove(_ path: String) throws(FileFailure)
}

extension FileSystem {
  /// Where every path can be looked at.
  package func exists(_ path: String) throws(FileFailure) -> Bool { bytes(at: path) != nil }
}

/// What a file is opened for.
package enum FileUse: Sendable {
  /// A file of our own; symbolic links are not followed.
  case read
  /// A file that a person named: links are followed, and a pipe does not hold us up.
  case readGiven
  /// A new file, or an old one emptied; for its owner only.
  case create
  /// An old file with what is in it, or a new one; for its owner only.
  case update
}

/// An open file, closed with its last reference.
package protocol OpenFile {
  /// The size of a regular file in bytes; nil for anything else.
  func regularBytes() -> Int64?
  /// Up to `count` bytes from a position; fewer only at the file's end.
  func read(at position: Int64, count: Int) throws(FileFailure) -> [UInt8]
  /// Writes all of the bytes at a position.
  func write(_ bytes: [UInt8], at position: Int64) throws(FileFailure)
  /// Cuts the file off behind so many bytes.
  func truncate(toBytes bytes: Int64) throws(FileFailure)
  /// Returns when everything written has reached the disk.
  func flush() throws(FileFailure)
  /// Keeps every other process that asks for it out until the file is closed; waits for one that came before.
  func lock() throws(FileFailure)
}

/// What the system said: its `errno`.
package struct FileFailure: Error, Sendable, Hashable {
  package let number: Int32

  package init(_ number: Int32) { self.number = number }

  /// Whether there is no room: on the disk, in the account's share of it, or in what one file may have (RLIMIT_FSIZE).
  package var isForWantOfRoom: Bool { [ENOSPC, EDQUOT, EFBIG].contains(number) }

  /// The reason for a person.
  package var words: String {
    if isForWantOfRoom { return "空间不够" }
    return switch number {
    case ENOENT: "没有这个文件或文件夹"
    case EACCES, EPERM: "没有权限"
    case EISDIR: "这是一个文件夹"
    case ENOTDIR: "路径里有一段不是文件夹"
    case EROFS: "磁盘只能读"
    case EIO: "磁盘读写出错"
    case ELOOP: "链接绕了圈子，或者不是普通文件"
    case ENAMETOOLONG: "名字太长"
    case EMFILE, ENFILE: "打开的文件太多"
    default: "系统错误 \(number)"
    }
  }
}

/// The machine's files.
package struct MachineFiles: FileSystem {
  package init() {}

  package var sqliteName: String? { nil }

  /// The corresponding C function is `stat`.
  package func bytes(at path: String) -> Int64? {
    var facts = stat()
    return unsafe stat(path, &facts) == 0 ? Int64(facts.st_size) : nil
  }

  /// The corresponding C function is `stat`.
  package func exists(_ path: String) throws(FileFailure) -> Bool {
    var facts = stat()
    if unsafe stat(path, &facts) == 0 { return true }
    guard errno == ENOENT else { throw FileFailure(errno) }
    return false
  }

  /// The corresponding C function is `stat`.
  package func changedAt(_ path: String) -> Instant? {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { return nil }
    return Instant(milliseconds: Int64(facts.st_mtim.tv_sec) * 1000 + Int64(facts.st_mtim.tv_nsec) / 1_000_000)
  }

  /// The corresponding C functions are `opendir` and `readdir`.
  package func names(in folder: String) throws(FileFailure) -> [String] {
    guard let stream = unsafe opendir(folder) else { throw FileFailure(errno) }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Mode 0700.
  package func makeFolder(_ path: String) throws(FileFailure) {
    var built = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      built += built.isEmpty && part.isEmpty ? "/" : (built.isEmpty || built.hasSuffix("/") ? "" : "/") + part
      guard bytes(at: built) == nil else { continue }
      guard unsafe mkdir(built, 0o700) == 0 || errno == EEXIST else { throw FileFailure(errno) }
    }
    guard unsafe access(path, W_OK | X_OK) == 0 else { throw FileFailure(errno) }
  }

  /// Mode 0600.
  package func open(_ path: String, _ use: FileUse) throws(FileFailure) -> any OpenFile {
    let flags =
      switch use {
      case .read: O_RDONLY | O_NOFOLLOW
      case .readGiven: O_RDONLY | O_NONBLOCK
      case .create: O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW
      case .update: O_RDWR | O_CREAT | O_NOFOLLOW
      }
    return try MachineFile(path, flags)
  }

  /// The corresponding C functions are `rename` and `fsync` of the folder.
  package func replace(_ target: String, with source: String) throws(FileFailure) {
    guard unsafe rename(source, target) == 0 else { throw FileFailure(errno) }
    let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
    try MachineFile(folder, O_RDONLY | O_DIRECTORY).flush()
  }

  /// The corresponding C function is `unlink`.
  package func remove(_ path: String) throws(FileFailure) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw FileFailure(errno) }
  }
}

/// A file descriptor of the machine.
private final class MachineFile: OpenFile {
  private let descriptor: Int32

  init(_ path: String, _ flags: Int32) throws(FileFailure) {
    descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileFailure(errno) }
  }

  deinit { if descriptor >= 0 { _ = close(descriptor) } }

  func regularBytes() -> Int64? {
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int64(facts.st_size)
  }

  func read(at position: Int64, count: Int) throws(FileFailure) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = unsafe buffer.withUnsafeMutableBytes {
        unsafe pread(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, off_t(position) + off_t(filled))
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw FileFailure(errno) }
      if got == 0 { break }
      filled += got
    }
    return filled == count ? buffer : Array(buffer.prefix(filled))
  }

  func write(_ bytes: [UInt8], at position: Int64) throws(FileFailure) {
    var written = 0
    while written < bytes.count {
      let put = unsafe bytes.withUnsafeBytes {
        unsafe pwrite(
          descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written, off_t(position) + off_t(written))
      }
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw FileFailure(put == 0 ? ENOSPC : errno) }
      written += put
    }
  }

  func truncate(toBytes bytes: Int64) throws(FileFailure) {
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw FileFailure(errno) }
  }

  func flush() throws(FileFailure) {
    guard fsync(descriptor) == 0 else { throw FileFailure(errno) }
  }

  /// The corresponding C function is `flock`.
  func lock() throws(FileFailure) {
    guard flock(descriptor, LOCK_EX) == 0 else { throw FileFailure(errno) }
  }
}
