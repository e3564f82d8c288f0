/// When a transaction takes the write lock.
package enum TransactionKind: String, Sendable {
  /// At once: nobody else writes between its first read and its last write.
  case immediate = "BEGIN IMMEDIATE"
  /// At its first write, which fails as `.locked` if another connection wrote since its first read. For reading only.
  case deferred = "BEGIN DEFERRED"
}

extension Connection {
  /// Runs the body in a transaction: all of it is committed, or none.
  ///
  /// Spell the closure's error type, as in `{ () throws(Problem) in … }`.
  /// - Throws: what the body throws, after rolling back; a failed begin or commit as the same type, also rolled back.
  ///   A transaction within a transaction is a mistake of the program and is thrown as one; see `savepoint`.
  @discardableResult
  package func transaction<Result, Failure: StorageFailure>(
    _ kind: TransactionKind = .immediate, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try Self.raising(Failure.self) { () throws(StorageError) in try begin(kind) }
    do {
      let result = try body()
      try Self.raising(Failure.self) { () throws(StorageError) in try self.run("COMMIT") }
      return result
    } catch {
      rollBack()
      throw error
    }
  }

  /// The same for a body that throws errors of any type.
  @discardableResult
  package func transaction<Result>(
    _ kind: TransactionKind = .immediate, _ body: () throws -> Result
  ) throws -> Result {
    try begin(kind)
    do {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      rollBack()
      throw error
    }
  }

  /// Runs the body so that its changes alone can be undone: if it throws, the transaction round it goes on without
  /// them. Outside a transaction it is one. Savepoints nest.
  @discardableResult
  package func savepoint<Result, Failure: StorageFailure>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try Self.raising(Failure.self) { () throws(StorageError) in try self.run("SAVEPOINT body") }
    do {
      let result = try body()
      try Self.raising(Failure.self) { () throws(StorageError) in try self.run("RELEASE body") }
      return result
    } catch {
      // After a full disk SQLite may have rolled the whole transaction back, and the savepoint with it.
      if isInTransaction {
        do throws(StorageError) {
          try run("ROLLBACK TO body")
          try run("RELEASE body")
        } catch {
          rollBack()
        }
      }
      throw error
    }
  }

  private func begin(_ kind: TransactionKind) throws(StorageError) {
    guard !isInTransaction else { throw .misuse("a transaction within a transaction", sql: kind.rawValue) }
    try run(kind.rawValue)
  }

  /// Undoes the open transaction, unless SQLite has done so itself, as it does after a full disk.
  private func rollBack() {
    guard isInTransaction else { return }
    // ROLLBACK cannot meaningfully fail, and the error that led here is the one to report.
    _ = try? run("ROLLBACK")
  }
}
