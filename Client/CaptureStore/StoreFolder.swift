package import Foundations
internal import Glibc
internal import SQLite

/// The home folder and the files in it; all of them for their owner only.
package enum StoreFolder {
  /// Makes a folder and those above it.
  /// - Throws: `store.read-only` or `store.full` where it cannot be made.
  package static func make(_ path: String, in files: any FileSystem = MachineFiles()) throws(Problem) {
    try touching { () throws(FileFailure) in try files.makeFolder(path) }
  }

  /// Runs what touches files; a failure becomes what it means for the person who waits.
  static func touching<Result>(_ body: () throws(FileFailure) -> Result) throws(Problem) -> Result {
    do throws(FileFailure) {
      return try body()
    } catch {
      switch error.number {
      case ENOSPC, EDQUOT: throw Problem(.storeFull)
      case EACCES, EPERM, EROFS: throw Problem(.storeReadOnly)
      default: throw ProblemKind.attachmentMissing.with("errno \(error.number)")
      }
    }
  }
}
