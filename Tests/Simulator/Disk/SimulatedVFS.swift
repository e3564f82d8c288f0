internal import CSQLite
internal import Glibc
internal import Synchronization

/// SQLite's way to simulated disks: a VFS (https://sqlite.org/vfs.html), registered once a process under its own name.
/// Write-ahead logs work as on a real disk: their shared memory and its locks live with the file and die with the
/// power.
enum SimulatedVFS {
  static let name = "bangban-simulated"

  private static let registered: Bool = {
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    unsafe vfs.initialize(to: sqlite3_vfs())
    unsafe vfs.pointee.iVersion = 2
    unsafe vfs.pointee.szOsFile = Int32(MemoryLayout<HandleMemory>.size)
    unsafe vfs.pointee.mxPathname = 512
    unsafe vfs.pointee.zName = UnsafePointer(strdup(name))
    unsafe vfs.pointee.xOpen = { _, path, file, flags, outFlags in unsafe open(path, file, flags, outFlags) }
    unsafe vfs.pointee.xDelete = { _, path, durably in unsafe delete(path, durably) }
    unsafe vfs.pointee.xAccess = { _, path, _, found in unsafe access(path, found) }
    unsafe vfs.pointee.xFullPathname = { _, path, count, output in unsafe fullPath(path, count, output) }
    unsafe vfs.pointee.xRandomness = { _, count, output in unsafe randomness(count, output) }
    // Time stands still while a program waits for a lock: whoever holds it is further up the same stack.
    unsafe vfs.pointee.xSleep = { _, microseconds in microseconds }
    unsafe vfs.pointee.xCurrentTime = { _, output in
      unsafe output?.pointee = 2_461_366.5
      return SQLITE_OK
    }
    unsafe vfs.pointee.xGetLastError = { _, _, _ in unsafe Int32(lastError) }
    unsafe vfs.pointee.xCurrentTimeInt64 = { _, output in
      unsafe output?.pointee = 212_662_065_600_000
      return SQLITE_OK
    }
    return unsafe sqlite3_vfs_register(vfs, 0) == SQLITE_OK
  }()

  static func register() {
    guard registered else { preconditionFailure("SQLite refused the VFS") }
  }

  /// The errno of the last failure, for `sqlite3_system_errno`.
  nonisolated(unsafe) static var lastError: Int32 = 0

  private static func disk(_ path: UnsafePointer<CChar>?) -> (SimulatedDisk, String)? {
    guard let path = unsafe path else { return nil }
    let text = unsafe String(cString: path)
    return SimulatedDisk.holding(text).map { ($0, text) }
  }

  private static func open(
    _ path: UnsafePointer<CChar>?, _ target: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let target = unsafe target else { return SQLITE_CANTOPEN }
    unsafe target.pointee.pMethods = nil
    guard let (disk, path) = unsafe disk(path), !disk.isDead else { return fail(EIO, SQLITE_CANTOPEN) }
    var file = disk.file(path)
    if file == nil {
      guard flags & SQLITE_OPEN_CREATE != 0 else { return fail(ENOENT, SQLITE_CANTOPEN) }
      if let number = disk.strike(needsRoom: true) { return fail(number, SQLITE_CANTOPEN) }
      file = disk.make(path)
    }
    guard let file else { return SQLITE_CANTOPEN }
    let handle = DiskHandle(disk, file, path, deletesOnClose: flags & SQLITE_OPEN_DELETEONCLOSE != 0)
    let memory = unsafe UnsafeMutableRawPointer(target).assumingMemoryBound(to: HandleMemory.self)
    unsafe memory.pointee.handle = Unmanaged.passRetained(handle)
    unsafe target.pointee.pMethods = UnsafePointer(DiskHandle.methods)
    unsafe outFlags?.pointee = flags
    return SQLITE_OK
  }

  private static func delete(_ path: UnsafePointer<CChar>?, _ durably: Int32) -> Int32 {
    guard let (disk, path) = unsafe disk(path) else { return IOError.delete }
    guard disk.file(path) != nil else { return IOError.deleteNothing }
    if let number = disk.strike(needsRoom: false) { return fail(number, IOError.delete) }
    disk.delete(path, durably: durably != 0)
    return SQLITE_OK
  }

  private static func access(_ path: UnsafePointer<CChar>?, _ found: UnsafeMutablePointer<Int32>?) -> Int32 {
    guard let (disk, path) = unsafe disk(path), !disk.isDead else { return fail(EIO, IOError.access) }
    unsafe found?.pointee = disk.file(path) == nil ? 0 : 1
    return SQLITE_OK
  }

  private static func fullPath(
    _ path: UnsafePointer<CChar>?, _ count: Int32, _ output: UnsafeMutablePointer<CChar>?
  ) -> Int32 {
    guard let path = unsafe path, let output = unsafe output, unsafe strlen(path) < count else {
      return SQLITE_CANTOPEN
    }
    unsafe strcpy(output, path)
    return SQLITE_OK
  }

  /// The same bytes in every run: they become the salts of write-ahead logs.
  private static func randomness(_ count: Int32, _ output: UnsafeMutablePointer<CChar>?) -> Int32 {
    for index in 0..<Int(count) { unsafe output?[index] = CChar(truncatingIfNeeded: index &* 37 &+ 11) }
    return count
  }

  static func fail(_ number: Int32, _ result: Int32) -> Int32 {
    unsafe lastError = number
    return number == ENOSPC ? SQLITE_FULL : result
  }
}

/// What SQLite keeps for an open file: its own header, and our handle.
@unsafe struct HandleMemory {
  var header: sqlite3_file
  var handle: Unmanaged<DiskHandle>?
}
