extension Connection {
  /// Runs a statement and returns how many rows it changed.
  @discardableResult
  package func run(_ sql: String, _ arguments: [Binding] = []) throws(StorageError) -> Int {
    try statement(sql).run(arguments)
    return changes
  }

  /// Every row of a query, as the closure reads it.
  package func query<Row>(
    _ sql: String, _ arguments: [Binding] = [], _ row: (Statement) -> Row
  ) throws(StorageError) -> [Row] {
    try query(sql, arguments) { statement throws(StorageError) in row(statement) }
  }

  /// Every row of a query, as the closure reads it; the closure may throw.
  package func query<Row, Failure: StorageFailure>(
    _ sql: String, _ arguments: [Binding] = [], _ row: (Statement) throws(Failure) -> Row
  ) throws(Failure) -> [Row] {
    let statement = try Self.raising(Failure.self) { () throws(StorageError) in try self.statement(sql) }
    // A statement that is not reset holds its snapshot, and the log could not be checkpointed past it.
    defer { statement.reset() }
    try Self.raising(Failure.self) { () throws(StorageError) in try statement.bind(arguments) }
    var rows: [Row] = []
    while try Self.raising(Failure.self, { () throws(StorageError) in try statement.step() }) {
      rows.append(try row(statement))
    }
    return rows
  }

  /// The first row of a query, or nil if it has none.
  package func one<Row>(
    _ sql: String, _ arguments: [Binding] = [], _ row: (Statement) -> Row
  ) throws(StorageError) -> Row? {
    try one(sql, arguments) { statement throws(StorageError) in row(statement) }
  }

  /// The first row of a query, or nil if it has none; the closure may throw.
  package func one<Row, Failure: StorageFailure>(
    _ sql: String, _ arguments: [Binding] = [], _ row: (Statement) throws(Failure) -> Row
  ) throws(Failure) -> Row? {
    let statement = try Self.raising(Failure.self) { () throws(StorageError) in try self.statement(sql) }
    defer { statement.reset() }
    let isFound = try Self.raising(Failure.self) { () throws(StorageError) in
      try statement.bind(arguments)
      return try statement.step()
    }
    return isFound ? try row(statement) : nil
  }

  /// Runs storage code for a caller that throws another type.
  @discardableResult
  static func raising<Result, Failure: StorageFailure>(
    _ type: Failure.Type, _ body: () throws(StorageError) -> Result
  ) throws(Failure) -> Result {
    do { return try body() } catch { throw Failure(storage: error) }
  }
}
