internal import Cryptography
internal import Dispatch
package import Foundations
internal import SQLite
internal import Synchronization

/// The journal in one SQLite file: enough for a county.
///
/// One connection writes, one at a time; a few read beside it, each in a snapshot of its own. Every call blocks its
/// thread, so none may come from Swift's cooperative pool.
package final class SQLiteJournal: CaseJournal {
  /// How many connections read at the same time: as many again as patient work can hold, for all others.
  private static let readersMax = max(4, 2 * Patient.threadsMax)
  /// 32 MiB of log: a county's terms and proceedings lie under random keys, a thousand pages of them are two requests.
  private static let checkpointPages = 8192

  private let files: any FileSystem
  private let writer: Confined
  private let readers: Mutex<[Confined]>
  private let readersFree = DispatchSemaphore(value: SQLiteJournal.readersMax)

  /// Opens a journal, making it where there is none.
  /// - Parameters:
  ///   - path: the database file.
  ///   - key: the server's 32-byte store key; payloads and names are sealed under keys derived from it.
  ///   - random: nonces.
  ///   - durable: false only in tests and benchmarks that measure something else.
  ///   - files: what the path is in.
  package init(
    path: String, key: [UInt8], random: any RandomSource, durable: Bool = true,
    files: any FileSystem = MachineFiles()
  ) throws(Problem) {
    let seals = try JournalSeals(key: key, random: random)
    self.files = files
    let connection = try Problem.storing { () throws(StorageError) in
      let connection = try Connection(
        path: path, mode: .create, durability: durable ? .full : .off,
        checkpointPages: Self.checkpointPages, fileSystem: files.sqliteName)
      let migrator = Schema.migrator(seals)
      let found = try migrator.check(connection)
      try migrator.migrate(connection)
      // What a step sealed must not stay readable in the log beside the file.
      if found < migrator.version { try connection.checkpoint() }
      return connection
    }
    writer = Confined(SQLiteSession(connection: connection, seals: seals))
    var opened: [Confined] = []
    for _ in 0..<Self.readersMax {
      let reader = try Problem.storing { () throws(StorageError) in
        try Connection(path: path, mode: .readOnly, fileSystem: files.sqliteName)
      }
      opened.append(Confined(SQLiteSession(connection: reader, seals: seals)))
    }
    readers = Mutex(opened)
  }

  /// As `CaseJournal.read`; waits while all readers are in use.
  /// - Throws: what the body throws, and `store.…`.
  package func read<Result>(_ body: (any JournalReader) throws(Problem) -> Result) throws(Problem) -> Result {
    readersFree.wait()
    defer { readersFree.signal() }
    guard let reader = readers.withLock({ $0.popLast() }) else { throw ProblemKind.unexpected.with("journal readers") }
    defer { readers.withLock { $0.append(reader) } }
    return try reader.run { session throws(Problem) in
      try session.connection.transaction(.deferred) { () throws(Problem) in try body(session) }
    }
  }

  /// As `CaseJournal.write`: one writer at a time.
  /// - Throws: what the body throws, and `store.…`.
  package func write<Result>(_ body: (any JournalWriter) throws(Problem) -> Result) throws(Problem) -> Result {
    try writer.run { session throws(Problem) in
      try session.writing { () throws(Problem) in
        try session.connection.transaction(.immediate) { () throws(Problem) in
          let result = try body(session)
          try session.writeTold()
          return result
        }
      }
    }
  }

  /// As `CaseJournal.emptyLog`.
  package func emptyLog() throws(Problem) {
    try writer.run { session throws(Problem) in
      try Problem.storing { () throws(StorageError) in _ = try session.connection.checkpoint() }
    }
  }

  /// An online copy of the whole database.
  /// - Parameter path: where the database's own file lies, too.
  package func backup(to path: String) throws(Problem) {
    try writer.run { session throws(Problem) in
      try Problem.storing { () throws(StorageError) in try session.connection.backup(to: path, in: files) }
    }
  }

  /// SQLite's own check; empty where nothing is wrong.
  package func integrityProblems() throws(Problem) -> [String] {
    try writer.run { session throws(Problem) in
      try Problem.storing { () throws(StorageError) in try session.connection.integrityCheck() }
    }
  }
}

/// A session that only one thread at a time can reach.
///
/// `@unchecked`: the connection is not Sendable, and the lock is what confines it.
private final class Confined: @unchecked Sendable {
  private let session: SQLiteSession
  private let free = DispatchSemaphore(value: 1)

  init(_ session: SQLiteSession) { self.session = session }

  func run<Result>(_ body: (SQLiteSession) throws(Problem) -> Result) throws(Problem) -> Result {
    free.wait()
    defer { free.signal() }
    return try body(session)
  }
}

/// What is sealed in the journal, and where.
struct JournalSeals: Sendable {
  let sealer: Sealer
  let index: KeyedIndex
  let random: any RandomSource

  init(key: [UInt8], random: any RandomSource) throws(Problem) {
    sealer = try Sealer(key: key)
    index = KeyedIndex(key: key)
    self.random = random
  }

  /// By what an account is found: its name, keyed.
  func userTerm(_ name: String) -> Int64 { index.term("user", name) }
}

/// One connection with what it needs to read and write rows.
final class SQLiteSession {
  let connection: Connection
  let seals: JournalSeals
  /// What this transaction was told to write and has not written yet.
  var told = ToldRows()
  var isWriting = false

  init(connection: Connection, seals: JournalSeals) {
    self.connection = connection
    self.seals = seals
  }

  /// All rows of a query.
  func rows<Row>(
    _ sql: String, _ arguments: [Binding] = [], _ row: (Statement) throws(Problem) -> Row
  ) throws(Problem) -> [Row] {
    try writeTold()
    return try connection.query(sql, arguments, row)
  }

  /// The first row of a query.
  func row<Row>(
    _ sql: String, _ arguments: [Binding] = [], _ row: (Statement) throws(Problem) -> Row
  ) throws(Problem) -> Row? {
    try writeTold()
    return try connection.one(sql, arguments, row)
  }

  /// Runs a statement that changes something.
  func run(_ sql: String, _ arguments: [Binding]) throws(Problem) {
    try writeTold()
    do { try connection.run(sql, arguments) } catch { throw error.problem }
  }

  func seal(_ plain: [UInt8], _ table: String, _ row: String, _ column: String) -> [UInt8] {
    seals.sealer.seal(plain, at: SealPlace(table, row, column), random: seals.random)
  }

  func open(_ box: [UInt8], _ table: String, _ row: String, _ column: String) throws(Problem) -> [UInt8] {
    try seals.sealer.open(box, at: SealPlace(table, row, column))
  }
}

extension Instant {
  var binding: Binding { .integer(milliseconds) }

  init?(optional milliseconds: Int64?) {
    guard let milliseconds else { return nil }
    self.init(milliseconds: milliseconds)
  }
}
