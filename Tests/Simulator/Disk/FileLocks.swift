internal import CSQLite

/// Who holds which of SQLite's locks on a database file (https://sqlite.org/lockingv3.html).
struct FileLocks {
  private var levels: [ObjectIdentifier: Int32] = [:]

  /// Whether nobody else stands in the way of a level; if so it is taken.
  mutating func take(_ level: Int32, for holder: ObjectIdentifier) -> Bool {
    let own = levels[holder] ?? SQLITE_LOCK_NONE
    guard level > own else { return true }
    let others = levels.filter { $0.key != holder }.values
    let isFree =
      switch level {
      case SQLITE_LOCK_SHARED: others.allSatisfy { $0 < SQLITE_LOCK_PENDING }
      case SQLITE_LOCK_RESERVED: others.allSatisfy { $0 < SQLITE_LOCK_RESERVED }
      default: others.allSatisfy { $0 == SQLITE_LOCK_NONE }
      }
    if isFree { levels[holder] = level }
    return isFree
  }

  mutating func release(to level: Int32, for holder: ObjectIdentifier) {
    guard level < levels[holder] ?? SQLITE_LOCK_NONE else { return }
    levels[holder] = level == SQLITE_LOCK_NONE ? nil : level
  }

  var isReserved: Bool { levels.values.contains { $0 >= SQLITE_LOCK_RESERVED } }
}

/// The memory that connections to one write-ahead log share, with its locks (https://sqlite.org/walformat.html).
@safe final class SharedMemory {
  private var regions = unsafe [UnsafeMutableRawPointer]()
  private var shared: [ObjectIdentifier: Set<Int32>] = [:]
  private var exclusive: [Int32: ObjectIdentifier] = [:]

  deinit { forget() }

  private func forget() {
    while let region = unsafe regions.popLast() { unsafe region.deallocate() }
  }

  /// A region; nil where it is not there and is not to be made.
  func region(_ index: Int, bytes: Int, extend: Bool) -> UnsafeMutableRawPointer? {
    while unsafe regions.count <= index {
      guard extend else { return nil }
      let region = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
      unsafe region.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      unsafe regions.append(region)
    }
    return unsafe regions[index]
  }

  func lock(_ slots: Range<Int32>, isExclusive: Bool, _ holder: ObjectIdentifier) -> Bool {
    guard slots.allSatisfy({ exclusive[$0] == nil || exclusive[$0] == holder }) else { return false }
    if isExclusive {
      let others = shared.filter { $0.key != holder }.values
      guard others.allSatisfy({ $0.isDisjoint(with: slots) }) else { return false }
      for slot in slots { exclusive[slot] = holder }
    } else {
      shared[holder, default: []].formUnion(slots)
    }
    return true
  }

  func unlock(_ slots: Range<Int32>, isExclusive: Bool, _ holder: ObjectIdentifier) {
    if isExclusive {
      for slot in slots where exclusive[slot] == holder { exclusive[slot] = nil }
    } else {
      shared[holder]?.subtract(slots)
    }
  }

  func leave(_ holder: ObjectIdentifier, deleting: Bool) {
    shared[holder] = nil
    exclusive = exclusive.filter { $0.value != holder }
    if deleting { forget() }
  }
}
