package import Foundations
internal import Glibc
internal import Synchronization

/// A disk in memory: files, what of them is flushed, and faults at the n-th operation.
///
/// Programs reach it as a `FileSystem` and SQLite by its VFS. All of them belong to one machine: a power cut ends every
/// open file, and what follows on the old handles fails until the machine starts again on what is left.
///
/// `@unchecked`: a simulation runs in one thread.
package final class SimulatedDisk: FileSystem, @unchecked Sendable {
  /// What happens at an operation that changes the disk.
  package enum Fault: Sendable, Hashable {
    /// The power is cut: neither this operation nor any later one happens.
    case powerCut
    /// No room for writes for so many operations.
    case full(operations: Int)
    /// One operation fails.
    case failure
  }

  /// A disk as it was, its files by their paths below the root: for clones, backups and the beginning of every
  /// simulation.
  package struct Image {
    fileprivate var files: [String: Pages]

    /// With one file in the place of another, and of what SQLite keeps beside that.
    package func moving(_ source: String, to target: String) -> Image {
      var image = self
      for beside in ["-wal", "-shm", "-journal"] { image.files[target + beside] = nil }
      image.files[target] = image.files.removeValue(forKey: source)
      return image
    }
  }

  /// The folder at which this disk stands in SQLite's file names.
  package let root: String
  private var files: [String: DiskFile] = [:]
  /// Files that were removed since anything was last flushed: a power cut may bring them back. As with a journalling
  /// file system, names reach the disk in their order, and with whatever is flushed next.
  private var removed: [String: DiskFile] = [:]
  /// Changing operations since the disk was made.
  package private(set) var operations = 0
  private var fault: (at: Int, fault: Fault)?
  /// Counts the starts: what was opened before one is dead.
  private(set) var generation = 0
  /// Whether the power is cut.
  package private(set) var isDead = false
  /// Whether the planned fault has struck since it was planned.
  package private(set) var hasStruck = false
  /// A disk that says it has flushed and has not.
  package var liesAboutFlushing = false

  private static let disks = Mutex<[String: Weak]>([:])
  private static let number = Mutex(0)

  private struct Weak: @unchecked Sendable { weak var disk: SimulatedDisk? }

  package init(_ image: Image? = nil) {
    SimulatedVFS.register()
    let number = Self.number.withLock { number in
      number += 1
      return number
    }
    root = "/simulated/\(number)"
    let name = String(number)
    Self.disks.withLock { $0[name] = Weak(disk: self) }
    if let image { restore(image) }
  }

  deinit {
    let name = String(root.split(separator: "/").last ?? "")
    Self.disks.withLock { $0[name] = nil }
  }

  /// The disk a path of SQLite's is on.
  static func holding(_ path: String) -> SimulatedDisk? {
    let parts = path.split(separator: "/", maxSplits: 2)
    guard parts.count == 3, parts[0] == "simulated" else { return nil }
    return disks.withLock { $0[String(parts[1])]?.disk }
  }

  // MARK: Images, faults, power cuts

  /// The disk as programs see it now.
  package var image: Image {
    Image(
      files: Dictionary(
        uniqueKeysWithValues: files.map { (String($0.key.dropFirst(root.count)), $0.value.content) }))
  }

  /// Starts the machine on another disk's content, as restored from a backup.
  package func restore(_ image: Image) {
    files = Dictionary(uniqueKeysWithValues: image.files.map { (root + $0.key, DiskFile($0.value)) })
    removed = [:]
    isDead = false
    generation += 1
    planNothing()
  }

  /// Plans a fault at the n-th changing operation from now, from 1.
  package func plan(_ fault: Fault, after operations: Int) {
    self.fault = (self.operations + operations, fault)
    hasStruck = false
  }

  /// No fault is to come.
  package func planNothing() {
    fault = nil
    hasStruck = false
  }

  /// Cuts the power now: open files are dead.
  package func cutPower() { isDead = true }

  /// Starts the machine after a power cut, on what is left.
  /// - Parameter chance: decides what became of everything that was not flushed.
  package func start(_ chance: inout some RandomNumberGenerator) {
    let policy = Int.random(in: 0...3, using: &chance)
    var left: [String: DiskFile] = [:]
    for (path, file) in files.merging(removed, uniquingKeysWith: { first, _ in first }).sorted(by: { $0.key < $1.key })
    {
      let wasRemoved = files[path] == nil
      if !file.isLinked || wasRemoved, !Bool.random(using: &chance) { continue }
      left[path] = DiskFile(file.remains { Self.fate($0, policy, &chance) })
    }
    files = left
    removed = [:]
    isDead = false
    generation += 1
    planNothing()
  }

  /// - Parameter policy: 0 loses everything, 1 keeps everything, others decide for each change.
  private static func fate(
    _ change: DiskFile.Change, _ policy: Int, _ chance: inout some RandomNumberGenerator
  ) -> [DiskFile.Change] {
    switch policy {
    case 0: return []
    case 1: return [change]
    default: break
    }
    switch (Int.random(in: 0...2, using: &chance), change) {
    case (0, _): return []
    case (1, .write(let bytes, let position)):
      // Torn: a disk writes sectors whole, in any order.
      return stride(from: 0, to: bytes.count, by: sectorBytes).compactMap { start in
        guard Bool.random(using: &chance) else { return nil }
        return .write(Array(bytes[start..<min(bytes.count, start + sectorBytes)]), at: position + start)
      }
    default: return [change]
    }
  }

  private static let sectorBytes = 512

  /// Counts a changing operation and lets the planned fault strike.
  /// - Returns: the errno of a failure; nil where the operation may go on.
  func strike(needsRoom: Bool) -> Int32? {
    guard !isDead else { return EIO }
    operations += 1
    guard let fault, operations >= fault.at else { return nil }
    switch fault.fault {
    case .powerCut:
      hasStruck = true
      isDead = true
      return EIO
    case .full(let count):
      guard operations < fault.at + count else { return nil }
      guard needsRoom else { return nil }
      hasStruck = true
      return ENOSPC
    case .failure:
      guard !hasStruck else { return nil }
      hasStruck = true
      return EIO
    }
  }

  // MARK: Files

  func file(_ path: String) -> DiskFile? { files[path] }

  /// What was written to a file is on the disk, and with it every name there is.
  func flush(_ file: DiskFile) {
    guard !liesAboutFlushing else { return }
    file.flush()
    flushNames()
  }

  private func flushNames() {
    removed = [:]
    for file in files.values { file.link() }
  }

  func make(_ path: String) -> DiskFile {
    let file = DiskFile()
    files[path] = file
    removed[path] = nil
    return file
  }

  func delete(_ path: String, durably: Bool) {
    guard let file = files.removeValue(forKey: path) else { return }
    if durably { flushNames() } else if file.isLinked { removed[path] = file }
  }

  package var sqliteName: String? { SimulatedVFS.name }

  package func bytes(at path: String) -> Int64? {
    if let file = files[path] { return Int64(file.content.count) }
    return files.keys.contains { $0.hasPrefix(path + "/") } ? 0 : nil
  }

  /// The disk has no clock.
  package func changedAt(_ path: String) -> Instant? { nil }

  package func names(in folder: String) -> [String] {
    files.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.utf8.count + 1)) }
  }

  package func makeFolder(_ path: String) throws(FileFailure) { if isDead { throw FileFailure(EIO) } }

  package func open(_ path: String, _ use: FileUse) throws(FileFailure) -> any OpenFile {
    guard !isDead else { throw FileFailure(EIO) }
    switch use {
    case .read, .readGiven:
      guard let file = files[path] else { throw FileFailure(ENOENT) }
      return SimulatedFile(self, file)
    case .update:
      if let file = files[path] { return SimulatedFile(self, file) }
      return SimulatedFile(self, try fresh(path))
    case .create:
      guard let known = files[path] else { return SimulatedFile(self, try fresh(path)) }
      let file = SimulatedFile(self, known)
      try file.truncate(toBytes: 0)
      return file
    }
  }

  private func fresh(_ path: String) throws(FileFailure) -> DiskFile {
    if let number = strike(needsRoom: true) { throw FileFailure(number) }
    return make(path)
  }

  package func replace(_ target: String, with source: String) throws(FileFailure) {
    if let number = strike(needsRoom: false) { throw FileFailure(number) }
    guard let file = files.removeValue(forKey: source) else { throw FileFailure(ENOENT) }
    files[target] = file
    removed[target] = nil
    if let number = strike(needsRoom: false) { throw FileFailure(number) }
    flushNames()
  }

  package func remove(_ path: String) throws(FileFailure) {
    if let number = strike(needsRoom: false) { throw FileFailure(number) }
    delete(path, durably: false)
  }
}

/// An open file of a simulated disk.
private final class SimulatedFile: OpenFile {
  private let disk: SimulatedDisk
  private let file: DiskFile
  private let generation: Int

  init(_ disk: SimulatedDisk, _ file: DiskFile) {
    self.disk = disk
    self.file = file
    generation = disk.generation
  }

  private func strike(needsRoom: Bool) throws(FileFailure) {
    guard generation == disk.generation else { throw FileFailure(EIO) }
    if let number = disk.strike(needsRoom: needsRoom) { throw FileFailure(number) }
  }

  func regularBytes() -> Int64? { Int64(file.content.count) }

  func read(at position: Int64, count: Int) throws(FileFailure) -> [UInt8] {
    guard !disk.isDead, generation == disk.generation else { throw FileFailure(EIO) }
    return file.content.bytes(Int(position), count)
  }

  func write(_ bytes: [UInt8], at position: Int64) throws(FileFailure) {
    try strike(needsRoom: true)
    unsafe bytes.withUnsafeBytes { unsafe file.write($0, at: Int(position)) }
  }

  func truncate(toBytes bytes: Int64) throws(FileFailure) {
    try strike(needsRoom: false)
    file.truncate(to: Int(bytes))
  }

  /// One process runs at a time: nobody else can be at the file.
  func lock() {}

  func flush() throws(FileFailure) {
    try strike(needsRoom: false)
    disk.flush(file)
  }
}
