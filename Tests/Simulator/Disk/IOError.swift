internal import CSQLite

/// SQLite's extended result codes for failed I/O (https://sqlite.org/rescode.html), which are macros that compute.
enum IOError {
  static let read = code(1)
  static let shortRead = code(2)
  static let write = code(3)
  static let flush = code(4)
  static let truncate = code(6)
  static let delete = code(10)
  static let access = code(13)
  static let lock = code(15)
  static let memoryLock = code(20)
  static let memoryMap = code(21)
  static let deleteNothing = code(23)

  private static func code(_ number: Int32) -> Int32 { SQLITE_IOERR | number << 8 }
}
