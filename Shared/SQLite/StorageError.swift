internal import CSQLite
package import Foundations

/// What a database could not do. It names the SQL text, whose values are always parameters, and never a bound value.
package struct StorageError: Error, Sendable, Hashable {
  /// What the failure means for the person who waits; one `ProblemKind` each.
  package enum Failure: Sendable, Hashable {
    /// No space left on the disk, or the database's own bound is reached.
    case full
    /// Another program kept the database longer than `Limits.lockWaitMilliseconds`.
    case locked
    /// Not a database, damaged, or the disk does not deliver it.
    case unreadable
    /// The file, its folder or the connection does not allow writing.
    case readOnly
    /// A newer program has changed the schema.
    case newerSchema
    /// A database of another kind, such as the server's journal where the device's store was expected.
    case wrongKind
    /// Anything else: a broken constraint, or a mistake in the program.
    case failed
  }

  package let failure: Failure
  /// SQLite's extended result code (https://sqlite.org/rescode.html).
  package let extendedCode: Int32
  /// SQLite's own words.
  package let message: String
  /// The statement, with `?` where values were bound.
  package let sql: String?

  /// SQLite's primary result code.
  package var code: Int32 { extendedCode & 0xFF }

  package init(_ failure: Failure, extendedCode: Int32 = 0, _ message: String, sql: String? = nil) {
    self.failure = failure
    self.extendedCode = extendedCode
    self.message = message
    self.sql = sql
  }

  /// - Parameter systemError: the `errno` of the system call that failed, 0 if none did.
  init(extendedCode: Int32, systemError: Int32, message: String, sql: String?) {
    self.init(
      Self.failure(code: extendedCode & 0xFF, systemError: systemError), extendedCode: extendedCode, message, sql: sql)
  }

  /// A call that the program should not have made: the wrong number of arguments, a transaction within a transaction.
  static func misuse(_ message: String, sql: String? = nil) -> StorageError {
    StorageError(.failed, extendedCode: SQLITE_MISUSE, message, sql: sql)
  }

  /// A file that could not be made, replaced or removed.
  static func file(systemError: Int32) -> StorageError {
    let text = unsafe strerror(systemError).map { unsafe String(cString: $0) } ?? "error \(systemError)"
    return StorageError(extendedCode: SQLITE_CANTOPEN, systemError: systemError, message: text, sql: nil)
  }

  private static func failure(code: Int32, systemError: Int32) -> Failure {
    switch code {
    case SQLITE_FULL: .full
    case SQLITE_IOERR, SQLITE_CANTOPEN:
      switch systemError {
      case _ where FileFailure(systemError).isForWantOfRoom: .full
      case EACCES, EROFS, EPERM: .readOnly
      default: .unreadable
      }
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .locked
    case SQLITE_READONLY, SQLITE_PERM: .readOnly
    case SQLITE_NOTADB, SQLITE_CORRUPT: .unreadable
    default: .failed
    }
  }

  /// Whether a UNIQUE or PRIMARY KEY constraint refused the row: it is there already.
  package var isDuplicate: Bool {
    extendedCode == bangban_sqlite_constraint_unique || extendedCode == bangban_sqlite_constraint_primarykey
      || extendedCode == bangban_sqlite_constraint_rowid
  }

  /// Whether any constraint refused the row.
  package var isConstraint: Bool { code == SQLITE_CONSTRAINT }
}

/// An error type that a storage failure can become, so that a transaction's body may throw `StorageError` or `Problem`.
package protocol StorageFailure: Error {
  init(storage: StorageError)
}

extension StorageError: StorageFailure {
  package init(storage: StorageError) { self = storage }
}

extension Problem: StorageFailure {
  package init(storage: StorageError) { self = storage.problem }

  /// Runs storage code and turns its failure into a problem, for callers whose border is `Problem`.
  package static func storing<Result: ~Copyable>(
    _ body: () throws(StorageError) -> Result
  ) throws(Problem) -> Result {
    do { return try body() } catch { throw error.problem }
  }
}
