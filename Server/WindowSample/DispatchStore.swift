internal import FoundationEssentials
internal import Foundations
internal import Glibc
internal import Synchronization

/// Dispatches as files, each kept once.
///
/// Invariant: *a dispatch is answered with success only when its file is whole and on the disk.*
final class DispatchStore: Sendable {
  /// Two requests with the same id must not both find it missing.
  private let lock = Mutex(())
  private let folder: String

  /// - Throws: `sample.file` if the folder cannot be made.
  init(_ folder: String) throws(Problem) {
    self.folder = folder
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw ProblemKind.sampleFile.with(folder)
    }
  }

  func has(_ id: String) -> Bool { FileManager.default.fileExists(atPath: path(id)) }

  /// Keeps a dispatch.
  /// - Returns: whether it is new.
  /// - Throws: `sample.file`.
  func add(_ id: String, _ body: [UInt8]) throws(Problem) -> Bool {
    try lock.withLock { _ throws(Problem) in
      guard !has(id) else { return false }
      let temporary = path(id) + ".part"
      guard Self.write(body, to: temporary), unsafe rename(temporary, path(id)) == 0, Self.synchronize(folder) else {
        _ = unsafe unlink(temporary)
        throw ProblemKind.sampleFile.with(folder)
      }
      return true
    }
  }

  /// The digits of Bangban's own ids, `sm3:…`; those of any other sender in a form that is no path.
  private func path(_ id: String) -> String {
    let parts = id.split(separator: ":", omittingEmptySubsequences: false)
    let isDigest = parts.count == 2 && parts[0] == "sm3" && Hexadecimal.bytes(parts[1])?.count == 32
    return "\(folder)/\(isDigest ? parts[1].lowercased() : "id-" + Hexadecimal.text(id.utf8)).json"
  }

  private static func write(_ bytes: [UInt8], to path: String) -> Bool {
    // Dispatches tell about people: nobody else on the machine reads them.
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return false }
    defer { _ = close(descriptor) }
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return fsync(descriptor) == 0
  }

  /// Brings the folder's new entry to the disk.
  private static func synchronize(_ folder: String) -> Bool {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { _ = close(descriptor) }
    return fsync(descriptor) == 0
  }
}
