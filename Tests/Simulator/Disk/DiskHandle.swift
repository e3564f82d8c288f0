internal import CSQLite
internal import Glibc

/// One open file of SQLite's on a simulated disk, with the locks it holds.
final class DiskHandle {
  let disk: SimulatedDisk
  let file: DiskFile
  private let path: String
  private let deletesOnClose: Bool
  private let generation: Int
  /// Whether the write-ahead log stays when the database is closed.
  private var keepsLog = false

  init(_ disk: SimulatedDisk, _ file: DiskFile, _ path: String, deletesOnClose: Bool) {
    self.disk = disk
    self.file = file
    self.path = path
    self.deletesOnClose = deletesOnClose
    generation = disk.generation
  }

  private var id: ObjectIdentifier { ObjectIdentifier(self) }
  /// The power was cut since the file was opened, even if the machine runs again.
  private var isDead: Bool { disk.isDead || generation != disk.generation }

  /// The table of functions that SQLite calls; it lives as long as the process.
  nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    unsafe methods.initialize(to: sqlite3_io_methods())
    unsafe methods.pointee.iVersion = 2
    unsafe methods.pointee.xClose = { file in unsafe close(file) }
    unsafe methods.pointee.xRead = { file, buffer, count, position in
      unsafe of(file)?.read(buffer, count, position) ?? SQLITE_IOERR
    }
    unsafe methods.pointee.xWrite = { file, buffer, count, position in
      unsafe of(file)?.write(buffer, count, position) ?? SQLITE_IOERR
    }
    unsafe methods.pointee.xTruncate = { file, bytes in unsafe of(file)?.truncate(bytes) ?? SQLITE_IOERR }
    unsafe methods.pointee.xSync = { file, _ in unsafe of(file)?.flush() ?? SQLITE_IOERR }
    unsafe methods.pointee.xFileSize = { file, bytes in unsafe of(file)?.size(bytes) ?? SQLITE_IOERR }
    unsafe methods.pointee.xLock = { file, level in unsafe of(file)?.lock(level) ?? SQLITE_IOERR }
    unsafe methods.pointee.xUnlock = { file, level in unsafe of(file)?.unlock(level) ?? SQLITE_IOERR }
    unsafe methods.pointee.xCheckReservedLock = { file, found in
      unsafe found?.pointee = of(file)?.file.locks.isReserved == true ? 1 : 0
      return SQLITE_OK
    }
    unsafe methods.pointee.xFileControl = { file, operation, argument in
      unsafe of(file)?.control(operation, argument) ?? SQLITE_NOTFOUND
    }
    unsafe methods.pointee.xSectorSize = { _ in 4096 }
    // As Linux has it: a write leaves the bytes round it alone.
    unsafe methods.pointee.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    unsafe methods.pointee.xShmMap = { file, index, bytes, extend, region in
      unsafe of(file)?.map(index, bytes, extend, region) ?? SQLITE_IOERR
    }
    unsafe methods.pointee.xShmLock = { file, first, count, flags in
      unsafe of(file)?.lockMemory(first, count, flags) ?? SQLITE_IOERR
    }
    unsafe methods.pointee.xShmBarrier = { _ in }
    unsafe methods.pointee.xShmUnmap = { file, deleting in
      unsafe of(file)?.leaveMemory(deleting != 0)
      return SQLITE_OK
    }
    return unsafe methods
  }()

  private static func of(_ file: UnsafeMutablePointer<sqlite3_file>?) -> DiskHandle? {
    guard let file = unsafe file else { return nil }
    let memory = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: HandleMemory.self)
    return unsafe memory.pointee.handle?.takeUnretainedValue()
  }

  private static func close(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
    guard let file = unsafe file, let handle = unsafe of(file) else { return SQLITE_OK }
    handle.file.locks.release(to: SQLITE_LOCK_NONE, for: handle.id)
    handle.file.memory.leave(handle.id, deleting: false)
    if handle.deletesOnClose, !handle.isDead { handle.disk.delete(handle.path, durably: true) }
    let memory = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: HandleMemory.self)
    unsafe memory.pointee.handle?.release()
    unsafe memory.pointee.handle = nil
    return SQLITE_OK
  }

  // MARK: Bytes

  private func read(_ buffer: UnsafeMutableRawPointer?, _ count: Int32, _ position: Int64) -> Int32 {
    guard !isDead else { return SimulatedVFS.fail(EIO, IOError.read) }
    let target = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
    unsafe file.content.read(Int(position), into: target)
    return Int(position) + Int(count) <= file.content.count ? SQLITE_OK : IOError.shortRead
  }

  private func write(_ buffer: UnsafeRawPointer?, _ count: Int32, _ position: Int64) -> Int32 {
    if isDead { return SimulatedVFS.fail(EIO, IOError.write) }
    if let number = disk.strike(needsRoom: true) { return SimulatedVFS.fail(number, IOError.write) }
    unsafe file.write(UnsafeRawBufferPointer(start: buffer, count: Int(count)), at: Int(position))
    return SQLITE_OK
  }

  private func truncate(_ bytes: Int64) -> Int32 {
    if isDead { return SimulatedVFS.fail(EIO, IOError.truncate) }
    if let number = disk.strike(needsRoom: false) { return SimulatedVFS.fail(number, IOError.truncate) }
    file.truncate(to: Int(bytes))
    return SQLITE_OK
  }

  private func flush() -> Int32 {
    if isDead { return SimulatedVFS.fail(EIO, IOError.flush) }
    if let number = disk.strike(needsRoom: false) { return SimulatedVFS.fail(number, IOError.flush) }
    disk.flush(file)
    return SQLITE_OK
  }

  private func size(_ bytes: UnsafeMutablePointer<Int64>?) -> Int32 {
    unsafe bytes?.pointee = Int64(file.content.count)
    return SQLITE_OK
  }

  /// Of all the questions that SQLite may ask, whether the log stays when the last connection closes.
  private func control(_ what: Int32, _ value: UnsafeMutableRawPointer?) -> Int32 {
    guard what == SQLITE_FCNTL_PERSIST_WAL, let value = unsafe value else { return SQLITE_NOTFOUND }
    let wish = unsafe value.assumingMemoryBound(to: Int32.self)
    if unsafe wish.pointee >= 0 { keepsLog = unsafe wish.pointee != 0 }
    unsafe wish.pointee = keepsLog ? 1 : 0
    return SQLITE_OK
  }

  // MARK: Locks

  private func lock(_ level: Int32) -> Int32 {
    guard !isDead else { return SimulatedVFS.fail(EIO, IOError.lock) }
    return file.locks.take(level, for: id) ? SQLITE_OK : SQLITE_BUSY
  }

  private func unlock(_ level: Int32) -> Int32 {
    file.locks.release(to: level, for: id)
    return SQLITE_OK
  }

  private func map(
    _ index: Int32, _ bytes: Int32, _ extend: Int32,
    _ region: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) -> Int32 {
    guard !isDead else { return SimulatedVFS.fail(EIO, IOError.memoryMap) }
    unsafe region?.pointee = file.memory.region(Int(index), bytes: Int(bytes), extend: extend != 0)
    return SQLITE_OK
  }

  private func lockMemory(_ first: Int32, _ count: Int32, _ flags: Int32) -> Int32 {
    let isExclusive = flags & SQLITE_SHM_EXCLUSIVE != 0
    if flags & SQLITE_SHM_UNLOCK != 0 {
      file.memory.unlock(first..<first + count, isExclusive: isExclusive, id)
      return SQLITE_OK
    }
    guard !isDead else { return SimulatedVFS.fail(EIO, IOError.memoryLock) }
    return file.memory.lock(first..<first + count, isExclusive: isExclusive, id) ? SQLITE_OK : SQLITE_BUSY
  }

  private func leaveMemory(_ deleting: Bool) { file.memory.leave(id, deleting: deleting) }
}
