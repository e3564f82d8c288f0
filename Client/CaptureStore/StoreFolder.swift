package import Foundations
internal import Glibc
internal import SQLite

/// The home folder and the files in it; all of them for their owner only.
package enum StoreFolder {
  /// Whether anything is at a path.
  package static func exists(_ path: String) -> Bool {
    var facts = stat()
    return unsafe stat(path, &facts) == 0
  }

  /// Makes a folder and those above it, mode 0700.
  /// - Throws: `store.read-only` or `store.full` where it cannot be made.
  package static func make(_ path: String) throws(Problem) {
    var built = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      built += built.isEmpty && part.isEmpty ? "/" : (built.isEmpty || built.hasSuffix("/") ? "" : "/") + part
      guard !exists(built) else { continue }
      guard unsafe mkdir(built, 0o700) == 0 || errno == EEXIST else { throw failure(errno) }
    }
    guard unsafe access(path, W_OK | X_OK) == 0 else { throw failure(errno) }
  }

  /// Removes a file; nothing happens if it is not there.
  package static func remove(_ path: String) { _ = unsafe unlink(path) }

  /// Names of the entries of a folder, without `.` and `..`; empty where it cannot be read.
  static func names(_ path: String) -> [String] {
    guard let folder = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// What a failed system call means for the person who waits.
  static func failure(_ number: Int32) -> Problem {
    switch number {
    case ENOSPC, EDQUOT: Problem(.storeFull)
    case EACCES, EPERM, EROFS: Problem(.storeReadOnly)
    default: ProblemKind.attachmentMissing.with("errno \(number)")
    }
  }
}
