internal import CSQLite

/// A value for a parameter of a statement.
package enum Binding: Sendable, Hashable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])

  package init(_ text: String?) { self = text.map(Binding.text) ?? .null }
  package init(_ bytes: [UInt8]?) { self = bytes.map(Binding.blob) ?? .null }
  package init(_ integer: Int64?) { self = integer.map(Binding.integer) ?? .null }

  /// How many bytes a text or a blob has.
  fileprivate var byteCount: Int {
    switch self {
    case .null, .integer: 0
    case .text(let text): text.utf8.count
    case .blob(let bytes): bytes.count
    }
  }
}

extension Binding: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(stringLiteral value: String) { self = .text(value) }
  package init(nilLiteral: ()) { self = .null }
}

/// A compiled statement, and the row it stands on.
///
/// Confined like its connection. Parameters count from 1, columns from 0, as in SQLite. Columns convert as SQLite does
/// (https://sqlite.org/c3ref/column_blob.html): NULL reads as 0 and as an empty text or blob.
@safe package final class Statement {
  private let handle: OpaquePointer
  package let sql: String
  /// The texts and blobs of all parameters, where SQLite reads them until `reset`: a copy of its own for each would
  /// have to be allocated and freed.
  private var held = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// More room than this is not kept for the next time.
  private static let keptBytesMax = 64 << 10

  /// Compiles the first statement of an SQL text.
  init(database: OpaquePointer, sql: String, isKept: Bool) throws(StorageError) {
    var text = sql
    var compiled: OpaquePointer?
    let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
    let result = text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        unsafe sqlite3_prepare_v3(database, characters.baseAddress, Int32(clamping: bytes.count), flags, &compiled, nil)
      }
    }
    guard result == SQLITE_OK else { throw unsafe Connection.error(database, result, sql: sql) }
    guard let compiled = unsafe compiled else { throw .misuse("there is no statement in the SQL text", sql: sql) }
    unsafe handle = compiled
    self.sql = sql
  }

  // close_v2 keeps the connection's memory until its last statement is gone, so the order of release is free.
  deinit {
    unsafe sqlite3_finalize(handle)
    unsafe held.deallocate()
  }

  private func check(_ result: Int32) throws(StorageError) {
    guard result == SQLITE_OK else { throw failure(result) }
  }

  private func failure(_ result: Int32) -> StorageError {
    guard let database = unsafe sqlite3_db_handle(handle) else { return .misuse("no connection", sql: sql) }
    return unsafe Connection.error(database, result, sql: sql)
  }

  // MARK: Parameters, counted from 1

  /// Binds NULL.
  /// - Throws: a misuse where there is no such parameter.
  package func bindNull(at position: Int) throws(StorageError) {
    try check(unsafe sqlite3_bind_null(handle, Int32(clamping: position)))
  }

  /// Binds a whole number.
  /// - Throws: a misuse where there is no such parameter.
  package func bind(_ value: Int64, at position: Int) throws(StorageError) {
    try check(unsafe sqlite3_bind_int64(handle, Int32(clamping: position), value))
  }

  /// Binds a text, which SQLite copies; an empty one is not NULL.
  /// - Throws: a misuse where there is no such parameter; `full` where memory or SQLite's bound of 1 GB is.
  package func bind(_ value: String, at position: Int) throws(StorageError) {
    var text = value
    let result = text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        // No bytes have no address, which SQLite would take for NULL.
        guard let start = characters.baseAddress else {
          return unsafe sqlite3_bind_text(handle, Int32(clamping: position), "", 0, bangban_sqlite_transient())
        }
        return unsafe sqlite3_bind_text64(
          handle, Int32(clamping: position), start, UInt64(bytes.count), bangban_sqlite_transient(), UInt8(SQLITE_UTF8))
      }
    }
    try check(result)
  }

  /// Binds bytes, which SQLite copies; no bytes are not NULL.
  /// - Throws: as for a text.
  package func bind(_ value: [UInt8], at position: Int) throws(StorageError) {
    let result = unsafe value.withUnsafeBytes { bytes in
      // No bytes may have no address, which SQLite would take for NULL.
      unsafe bytes.isEmpty
        ? sqlite3_bind_zeroblob(handle, Int32(clamping: position), 0)
        : sqlite3_bind_blob64(
          handle, Int32(clamping: position), bytes.baseAddress, UInt64(bytes.count), bangban_sqlite_transient())
    }
    try check(result)
  }

  /// Binds all parameters in order.
  /// - Throws: also when there are more or fewer values than parameters; SQLite would read the missing ones as NULL.
  package func bind(_ values: [Binding]) throws(StorageError) {
    let expected = unsafe Int(sqlite3_bind_parameter_count(handle))
    guard expected == values.count else {
      throw .misuse("\(values.count) values for \(expected) parameters", sql: sql)
    }
    makeRoom(values.reduce(0) { $0 + $1.byteCount })
    var start = 0
    for index in values.indices {
      switch values[index] {
      case .null: try bindNull(at: index + 1)
      case .integer(let integer): try bind(integer, at: index + 1)
      case .text(let text):
        var text = text
        let count = text.withUTF8 { unsafe hold(UnsafeRawBufferPointer($0), at: start) }
        try check(
          unsafe sqlite3_bind_text64(
            handle, Int32(clamping: index + 1),
            held.baseAddress.map { unsafe ($0 + start).assumingMemoryBound(to: CChar.self) },
            UInt64(count), nil, UInt8(SQLITE_UTF8)))
        start += count
      case .blob(let bytes):
        let count = unsafe bytes.withUnsafeBytes { unsafe hold($0, at: start) }
        try check(
          unsafe sqlite3_bind_blob64(
            handle, Int32(clamping: index + 1), held.baseAddress.map { unsafe UnsafeRawPointer($0 + start) },
            UInt64(count), nil))
        start += count
      }
    }
  }

  /// Makes room for the bytes of all parameters, and an address for those that have none: SQLite would take no address
  /// for NULL.
  private func makeRoom(_ count: Int) {
    guard unsafe held.count < max(1, count) else { return }
    unsafe held.deallocate()
    unsafe held = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1024, count), alignment: 16)
  }

  private func hold(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int {
    if let from = bytes.baseAddress, let to = unsafe held.baseAddress {
      unsafe (to + start).copyMemory(from: from, byteCount: bytes.count)
    }
    return bytes.count
  }

  // MARK: Running

  /// Moves to the next row.
  /// - Returns: false when there is none. A statement that fails is reset.
  package func step() throws(StorageError) -> Bool {
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let result:
      let error = failure(result)
      reset()
      throw error
    }
  }

  /// Makes the statement ready to run again and forgets its parameters.
  package func reset() {
    // The result repeats the failure of the last step, which has been thrown already.
    _ = unsafe sqlite3_reset(handle)
    _ = unsafe sqlite3_clear_bindings(handle)
    guard unsafe held.count > Self.keptBytesMax else { return }
    unsafe held.deallocate()
    unsafe held = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  /// Binds, runs to the end and resets.
  package func run(_ arguments: Binding...) throws(StorageError) { try run(arguments) }

  /// Binds, runs to the end and resets.
  package func run(_ arguments: [Binding]) throws(StorageError) {
    defer { reset() }
    try bind(arguments)
    while try step() {}
  }

  // MARK: Columns of the row the statement stands on, counted from 0

  /// Columns of the result; 0 for a statement that gives no rows.
  package var columnCount: Int { unsafe Int(sqlite3_column_count(handle)) }

  /// Whether the column is NULL; true for a column that is not there.
  package func isNull(_ column: Int) -> Bool {
    unsafe sqlite3_column_type(handle, Int32(clamping: column)) == SQLITE_NULL
  }

  /// The column as a whole number; 0 for NULL.
  package func integer(_ column: Int) -> Int64 { unsafe sqlite3_column_int64(handle, Int32(clamping: column)) }

  /// The column as a whole number; nil for NULL.
  package func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }

  /// The column as text, empty for NULL; bytes that are not UTF-8 become U+FFFD.
  package func text(_ column: Int) -> String {
    // The text first: it may convert the column, and the count is that of the last conversion.
    guard let start = unsafe sqlite3_column_text(handle, Int32(clamping: column)) else { return "" }
    let count = unsafe Int(sqlite3_column_bytes(handle, Int32(clamping: column)))
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// The column as text; nil for NULL.
  package func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

  /// The column's bytes; none for NULL.
  package func blob(_ column: Int) -> [UInt8] {
    guard let start = unsafe sqlite3_column_blob(handle, Int32(clamping: column)) else { return [] }
    let count = unsafe Int(sqlite3_column_bytes(handle, Int32(clamping: column)))
    return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }

  /// The column's bytes; nil for NULL.
  package func optionalBlob(_ column: Int) -> [UInt8]? { isNull(column) ? nil : blob(column) }
}
