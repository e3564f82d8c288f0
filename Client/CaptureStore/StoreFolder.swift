package import Foundations
internal import Glibc
internal import SQLite

/// The home folder and the files in it; all of them for their owner only.
package enum StoreFolder {
  /// Makes a folder and those above it.
  /// - Throws: `store.read-only`, `store.full` or `store.inaccessible` where it cannot be made.
  package static func make(_ path: String, in files: any FileSystem = MachineFiles()) throws(Problem) {
    do throws(FileFailure) {
      try files.makeFolder(path)
    } catch {
      throw problem(error, path)
    }
  }

  /// Whether a home has a store.
  /// - Throws: `store.read-only` or `store.inaccessible` where nobody can tell: whoever took that for "none" would
  ///   enrol anew and leave unsent work behind; `store.left-over` where only the log of one is there.
  package static func hasStore(_ home: String, in files: any FileSystem) throws(Problem) -> Bool {
    if try exists(LockedStore.fileName, home, files) { return true }
    // SQLite would play such a log back into whatever is put under the name that it belongs to.
    for log in ["-wal", "-journal"].map({ LockedStore.fileName + $0 }) where try exists(log, home, files) {
      // Another program may have made the store meanwhile.
      guard try exists(LockedStore.fileName, home, files) else { throw ProblemKind.storeLeftOver.with(log) }
      return true
    }
    return false
  }

  /// Whether there is a file of this name.
  /// - Throws: as `hasStore`.
  static func exists(_ name: String, _ home: String, _ files: any FileSystem) throws(Problem) -> Bool {
    do throws(FileFailure) { return try files.exists(home + "/" + name) } catch { throw inaccessible(error, home) }
  }

  /// What a failure means for the person who waits.
  static func problem(_ failure: FileFailure, _ folder: String) -> Problem {
    switch failure.number {
    case _ where failure.isForWantOfRoom: Problem(.storeFull)
    case EACCES, EPERM, EROFS: ProblemKind.storeReadOnly.with(shown(folder))
    default: inaccessible(failure, folder)
    }
  }

  private static func inaccessible(_ failure: FileFailure, _ folder: String) -> Problem {
    ProblemKind.storeInaccessible.with("\(shown(folder))（\(failure.words)）")
  }

  private static func shown(_ path: String) -> String { String(path.suffix(80)) }

  /// Runs what touches an attachment's file; a failure becomes what it means for the person who waits.
  static func touching<Result>(_ body: () throws(FileFailure) -> Result) throws(Problem) -> Result {
    do throws(FileFailure) {
      return try body()
    } catch {
      switch error.number {
      case _ where error.isForWantOfRoom: throw Problem(.storeFull)
      case EACCES, EPERM, EROFS: throw Problem(.storeReadOnly)
      default: throw ProblemKind.attachmentMissing.with(error.words)
      }
    }
  }
}
