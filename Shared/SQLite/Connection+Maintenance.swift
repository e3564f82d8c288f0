internal import CSQLite
package import Foundations

extension Connection {
  /// Copies the database, as it is at this moment, into a file of its own while others go on working.
  ///
  /// The copy is written beside the target under another name and takes its place when it is whole and on the disk:
  /// a backup that fails leaves an older one untouched.
  /// - Parameter files: what the path is in.
  package func backup(to path: String, in files: any FileSystem = MachineFiles()) throws(StorageError) {
    let target = try Self.fileName(path)
    let partial = target + ".partial"
    try Self.touching { () throws(FileFailure) in try files.remove(partial) }
    do throws(StorageError) {
      try copy(into: partial, fileSystem: files.sqliteName)
      try Self.touching { () throws(FileFailure) in try files.replace(target, with: partial) }
    } catch {
      try? files.remove(partial)
      throw error
    }
  }

  private static func touching(_ body: () throws(FileFailure) -> Void) throws(StorageError) {
    do { try body() } catch { throw .file(systemError: error.number) }
  }

  private func copy(into path: String, fileSystem: String?) throws(StorageError) {
    let copy = try Connection(path: path, mode: .create, fileSystem: fileSystem)
    // No log beside the copy: it is one file when it is done.
    _ = try copy.one("PRAGMA journal_mode=DELETE") { $0.text(0) }
    guard let backup = unsafe sqlite3_backup_init(copy.handle, "main", handle, "main") else {
      throw unsafe Self.error(copy.handle, SQLITE_ERROR, sql: nil)
    }
    // All pages in one step are one snapshot; in WAL mode writers do not wait for it.
    let stepped = unsafe sqlite3_backup_step(backup, -1)
    let finished = unsafe sqlite3_backup_finish(backup)
    guard stepped == SQLITE_DONE else { throw unsafe Self.error(copy.handle, stepped, sql: nil) }
    guard finished == SQLITE_OK else { throw unsafe Self.error(copy.handle, finished, sql: nil) }
    // The header came with the pages and asks for a log; without one the copy can be read from a write-protected disk.
    _ = try copy.one("PRAGMA journal_mode=DELETE") { $0.text(0) }
  }

  /// Reads the whole database and names what is damaged in it (SQLite's words); empty if nothing is.
  package func integrityCheck() throws(StorageError) -> [String] {
    let structure = try query("PRAGMA integrity_check") { $0.text(0) }.filter { $0 != "ok" }
    let references = try query("PRAGMA foreign_key_check") { row in
      "row \(row.integer(1)) of \(row.text(0)) refers to a missing row of \(row.text(2))"
    }
    return structure + references
  }

  /// Moves the write-ahead log into the database file and empties the log.
  /// - Returns: false if another connection still reads from the log, so that a part of it stays.
  @discardableResult
  package func checkpoint() throws(StorageError) -> Bool {
    var logFrames: Int32 = 0
    var movedFrames: Int32 = 0
    let result = unsafe sqlite3_wal_checkpoint_v2(
      handle, "main", SQLITE_CHECKPOINT_TRUNCATE, &logFrames, &movedFrames)
    if result & 0xFF == SQLITE_BUSY { return false }
    guard result == SQLITE_OK else { throw failure(result) }
    return true
  }
}
