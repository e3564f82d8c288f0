internal import CKeyring
internal import Glibc

/// A secret in a file of mode 0600 on a file system that lives in memory: gone when the machine goes down, and never
/// on a disk unless the system swaps.
///
/// Format: expiry as milliseconds of the boot clock (8 bytes, big endian), then the secret. The boot clock cannot be
/// set back, and the file does not outlive it. Nothing is believed about a file that another user could have put there:
/// it must be a regular file with one name, of this user, that nobody else may read, and never a symbolic link.
struct MemoryFile: ~Copyable {
  private let folder: Int32
  private let name: String

  /// - Returns: nil unless the folder is on tmpfs or ramfs and either this user's own or, like `/dev/shm`, one of
  ///   root's in which nobody removes another's files.
  init?(folder path: String, name: String) {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    guard bangban_is_in_memory(descriptor) != 0, Self.isTrusted(descriptor) else {
      _ = close(descriptor)
      return nil
    }
    folder = descriptor
    self.name = "bangban-\(geteuid())-\(name)"
  }

  deinit { _ = close(folder) }

  private static func isTrusted(_ folder: Int32) -> Bool {
    var facts = stat()
    guard unsafe fstat(folder, &facts) == 0 else { return false }
    let isOpenToOthers = facts.st_mode & (S_IWGRP | S_IWOTH) != 0
    let isSticky = facts.st_mode & S_ISVTX != 0
    return facts.st_uid == geteuid() && !isOpenToOthers || facts.st_uid == 0 && isSticky
  }

  /// Replaces the file at once, whatever stood there under its name.
  /// - Returns: whether it is there now.
  func write(_ bytes: [UInt8], seconds: Int) -> Bool {
    let (life, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
    let (end, late) = Self.now().addingReportingOverflow(life)
    let expiry = overflow || late ? UInt64.max : end
    let content = (0..<8).map { UInt8(truncatingIfNeeded: expiry >> UInt64(56 - 8 * $0)) } + bytes
    let draft = "\(name).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let file = unsafe openat(folder, draft, flags, 0o600)
    guard file >= 0 else { return false }
    // The umask may have taken bits away, but none is added by it.
    let written = unsafe content.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
    _ = close(file)
    if written == content.count, unsafe renameat(folder, draft, folder, name) == 0 { return true }
    _ = unsafe unlinkat(folder, draft, 0)
    return false
  }

  /// The secret; nil if there is none that can be trusted. An expired one is removed.
  func read() -> [UInt8]? {
    // O_NONBLOCK: a pipe that someone put there must not hold us up.
    let file = unsafe openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { _ = close(file) }
    var facts = stat()
    guard unsafe fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_uid == geteuid(),
      facts.st_mode & 0o777 & ~0o600 == 0, facts.st_nlink == 1
    else { return nil }
    var buffer = [UInt8](repeating: 0, count: KernelKeyring.secretBytesMax + 9)
    let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
    guard (9..<buffer.count).contains(count) else { return nil }
    let expiry = buffer.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    guard Self.now() < expiry else {
      remove()
      return nil
    }
    return Array(buffer[8..<count])
  }

  func remove() { _ = unsafe unlinkat(folder, name, 0) }

  /// Milliseconds since the machine came up, sleep included.
  private static func now() -> UInt64 {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_BOOTTIME, &time) == 0 else { return UInt64.max }
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }
}
