internal import CSQLite
internal import Foundations

/// One connection to one SQLite database.
///
/// Not Sendable: its owner confines it to one thread, one serial executor or one lock, and SQLite's own mutexes are
/// left out. All that is committed has reached the disk (write-ahead log, `synchronous=FULL`).
@safe package final class Connection {
  /// How a database is opened.
  package enum Mode: Sendable {
    /// Makes the file if there is none, readable by its owner only.
    case create
    /// The file must be there and writable.
    case readWrite
    case readOnly
  }

  /// When a commit has reached the disk (https://sqlite.org/pragma.html#pragma_synchronous).
  package enum Durability: String, Sendable {
    /// Before the commit returns: what all real data needs.
    case full = "FULL"
    /// At the next checkpoint: a power cut may lose the last commits, never the database.
    case normal = "NORMAL"
    /// Whenever the kernel likes: for tests and benchmarks.
    case off = "OFF"
  }

  /// What becomes of the write-ahead log when the last connection closes.
  package enum ClosingLog: Sendable {
    /// Copied into the database and removed: for programs that stay.
    case merged
    /// Left beside the database for the next program, and copied once it is longer than so many bytes: a program that
    /// starts for every single change would make, copy and remove a log each time, with a wait for the disk at every
    /// step. All that was committed is in database and log together.
    case kept(bytesMax: Int64)
  }

  let handle: OpaquePointer
  /// Compiled statements by their SQL text. It does not shrink: texts are written in the source, so they are few.
  private var statements: [String: Statement] = [:]
  /// How long the log that stays may be; nil for one that SQLite removes.
  private var logBytesMax: Int64?
  /// How many statements were compiled, for tests that a hot path compiles none.
  package private(set) var compiledCount = 0

  /// Opens a database.
  /// - Parameters:
  ///   - path: a file, or `:memory:` for a database that dies with the connection.
  ///   - checkpointPages: how many pages of the log are copied into the database at once, by the commit that passes
  ///     them. Rows under random keys change the same pages over and over: the more of the log is copied at once, the
  ///     fewer pages are written twice, and the longer that one commit takes.
  ///   - lockWaitMilliseconds: how long to wait for another connection before giving up as `.locked`.
  ///   - fileSystem: SQLite's name (VFS) for the file system the path is in; nil for the machine's.
  package init(
    path: String, mode: Mode, durability: Durability = .full, closingLog: ClosingLog = .merged,
    checkpointPages: Int = 1000, lockWaitMilliseconds: Int = Limits.lockWaitMilliseconds, fileSystem: String? = nil
  ) throws(StorageError) {
    unsafe handle = try Self.open(path, mode, fileSystem)
    // From here on a throw releases the handle through deinit: every stored property is set.
    unsafe sqlite3_busy_timeout(handle, Int32(clamping: lockWaitMilliseconds))
    try configure(mode, durability, waiting: .milliseconds(lockWaitMilliseconds))
    unsafe sqlite3_wal_autocheckpoint(handle, Int32(clamping: checkpointPages))
    if case .kept(let bytesMax) = closingLog {
      try keepLog()
      logBytesMax = bytesMax
    }
  }

  private func keepLog() throws(StorageError) {
    var isKept: Int32 = 1
    for result in [
      unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &isKept),
      unsafe bangban_sqlite_db_config_int(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1),
    ] where result != SQLITE_OK { throw failure(result) }
  }

  /// Copies a log that has grown into the database and empties it. Whoever opens a log reads all of it, and how much of
  /// it was copied before is forgotten with the last connection: only an empty one begins anew.
  private func emptyGrownLog() {
    guard let logBytesMax, unsafe bangban_sqlite_log_bytes(handle) > logBytesMax else { return }
    // Another program is at work: it will do it.
    unsafe sqlite3_busy_timeout(handle, 0)
    unsafe sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
  }

  // close_v2: statements that are still held elsewhere stay valid, and the connection closes with the last of them.
  deinit {
    statements = [:]
    emptyGrownLog()
    unsafe sqlite3_close_v2(handle)
  }

  /// Set once, before the first connection of the program.
  private static let countsNoMemory = bangban_sqlite_count_no_memory() == SQLITE_OK

  private static func open(
    _ path: String, _ mode: Mode, _ fileSystem: String?
  ) throws(StorageError) -> OpaquePointer {
    _ = countsNoMemory
    let name = try fileName(path)
    var flags = mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
    flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    if fileSystem == nil {
      try prepare(name, mode)
    } else if mode == .create {
      // Other file systems have no modes and no remains: what they hold is nobody else's.
      flags |= SQLITE_OPEN_CREATE
    }
    var opened: OpaquePointer?
    let result = unsafe sqlite3_open_v2(name, &opened, flags, fileSystem)
    guard let handle = unsafe opened else {
      throw StorageError(extendedCode: result, systemError: 0, message: "out of memory", sql: nil)
    }
    guard result == SQLITE_OK else {
      let error = unsafe Self.error(handle, result, sql: nil)
      unsafe sqlite3_close_v2(handle)
      throw error
    }
    return unsafe handle
  }

  /// What SQLite leaves to the machine: that nobody else may read the file, and that it is no remains of another.
  private static func prepare(_ name: String, _ mode: Mode) throws(StorageError) {
    guard name != ":memory:" else { return }
    if mode == .create {
      let systemError = unsafe bangban_create_private_file(name)
      guard systemError == 0 else { throw .file(systemError: systemError) }
    }
    // SQLite takes a file shorter than its smallest page for an empty database and would write over the remains.
    guard !(1..<512).contains(unsafe bangban_file_bytes(name)) else {
      throw StorageError(.unreadable, extendedCode: SQLITE_NOTADB, "the file is too short to be a database")
    }
  }

  /// The path as SQLite takes it: Debian's library reads names that begin with `file:` as URIs with options.
  static func fileName(_ path: String) throws(StorageError) -> String {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw .misuse("the path is empty or has a zero byte") }
    return path.hasPrefix("file:") ? "./" + path : path
  }

  private func configure(
    _ mode: Mode, _ durability: Durability, waiting wait: Duration
  ) throws(StorageError) {
    // Hardening as https://sqlite.org/security.html advises: a database file may have come from anywhere.
    for (option, value) in [
      (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0), (SQLITE_DBCONFIG_ENABLE_FKEY, 1),
      (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
    ] as [(Int32, Int32)] {
      let result = unsafe bangban_sqlite_db_config_int(handle, option, value)
      guard result == SQLITE_OK else { throw failure(result) }
    }
    // Temporary tables would otherwise leave personal data in files beside the database.
    try execute("PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON")
    guard mode != .readOnly else {
      // The first read finds out whether this is a database at all.
      _ = try one("PRAGMA schema_version") { $0.integer(0) }
      return
    }
    // SQLite quietly opens a write-protected file for reading.
    guard unsafe sqlite3_db_readonly(handle, "main") == 0 else {
      throw StorageError(.readOnly, extendedCode: SQLITE_READONLY, "the file is write-protected")
    }
    let journal = try switchToLog(waiting: wait)
    guard journal == "wal" || journal == "memory" else {
      throw StorageError(.failed, "journal mode is \(journal)")
    }
    try execute("PRAGMA synchronous=\(durability.rawValue)")
  }

  /// Turns the write-ahead log on. Of programs that open a new database at the same time each holds what another waits
  /// for, and SQLite tells all but one of them at once that it is locked: they ask again.
  /// - Returns: the journal mode that the database has then.
  private func switchToLog(waiting wait: Duration) throws(StorageError) -> String {
    let end = ContinuousClock.now + wait
    while true {
      do throws(StorageError) {
        return try one("PRAGMA journal_mode=WAL") { $0.text(0) } ?? ""
      } catch {
        guard error.failure == .locked, ContinuousClock.now < end else { throw error }
        sqlite3_sleep(Self.lockPauseMilliseconds)
      }
    }
  }

  /// Between two attempts that SQLite does not make by itself.
  private static let lockPauseMilliseconds: Int32 = 5

  /// What SQLite says about its last call on a connection.
  @unsafe static func error(_ handle: OpaquePointer, _ result: Int32, sql: String?) -> StorageError {
    let extended = unsafe sqlite3_extended_errcode(handle)
    // A misuse or a range error is not always recorded on the connection; then its message would be another call's.
    let isRecorded = extended & 0xFF == result & 0xFF
    let words = unsafe isRecorded ? sqlite3_errmsg(handle) : sqlite3_errstr(result)
    return StorageError(
      extendedCode: isRecorded ? extended : result, systemError: unsafe sqlite3_system_errno(handle),
      message: unsafe words.map { unsafe String(cString: $0) } ?? "", sql: sql)
  }

  func failure(_ result: Int32, sql: String? = nil) -> StorageError { unsafe Self.error(handle, result, sql: sql) }

  /// Runs a script of one or more statements without parameters.
  package func execute(_ sql: String) throws(StorageError) {
    let result = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw failure(result, sql: sql) }
  }

  /// The compiled statement of an SQL text, kept for the next time.
  ///
  /// The caller has it alone until it lets go of it: asked for again meanwhile, as by a query within the rows of the
  /// same query, the text is compiled a second time.
  package func statement(_ sql: String) throws(StorageError) -> Statement {
    if let index = statements.index(forKey: sql) {
      if isKnownUniquelyReferenced(&statements.values[index]) {
        let kept = statements.values[index]
        kept.reset()
        return kept
      }
      compiledCount += 1
      return try unsafe Statement(database: handle, sql: sql, isKept: false)
    }
    compiledCount += 1
    let made = try unsafe Statement(database: handle, sql: sql, isKept: true)
    statements[sql] = made
    return made
  }

  /// Rows changed by the last INSERT, UPDATE or DELETE.
  package var changes: Int { unsafe Int(clamping: sqlite3_changes64(handle)) }

  /// The rowid of the last INSERT.
  package var lastInsertRowID: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

  /// Whether a transaction is open.
  package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }
}
