/// Bytes in pages. A copy shares the pages until one of them is written, so that images of whole disks cost little.
struct Pages {
  static let pageBytes = 4096

  private var pages: [[UInt8]] = []
  private(set) var count = 0

  init() {}

  /// Bytes from a position; zeroes stand for what lies behind the end.
  func read(_ position: Int, into buffer: UnsafeMutableRawBufferPointer) {
    var done = 0
    while done < buffer.count {
      let (page, offset) = (position + done).quotientAndRemainder(dividingBy: Self.pageBytes)
      let piece = min(buffer.count - done, Self.pageBytes - offset)
      let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + piece])
      if page < pages.count {
        unsafe pages[page].withUnsafeBytes {
          unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + piece]))
        }
      } else {
        for index in target.indices { unsafe target[index] = 0 }
      }
      done += piece
    }
  }

  func bytes(_ position: Int, _ count: Int) -> [UInt8] {
    let held = max(0, min(count, self.count - position))
    return unsafe [UInt8](unsafeUninitializedCapacity: held) { buffer, filled in
      unsafe read(position, into: UnsafeMutableRawBufferPointer(buffer))
      filled = held
    }
  }

  mutating func write(_ source: UnsafeRawBufferPointer, at position: Int) {
    grow(to: position + source.count)
    var done = 0
    while done < source.count {
      let (page, offset) = (position + done).quotientAndRemainder(dividingBy: Self.pageBytes)
      let piece = min(source.count - done, Self.pageBytes - offset)
      unsafe pages[page].withUnsafeMutableBytes {
        unsafe UnsafeMutableRawBufferPointer(rebasing: $0[offset..<offset + piece])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[done..<done + piece]))
      }
      done += piece
    }
  }

  mutating func write(_ bytes: [UInt8], at position: Int) {
    unsafe bytes.withUnsafeBytes { unsafe write($0, at: position) }
  }

  mutating func truncate(to bytes: Int) {
    guard bytes < count else { return grow(to: bytes) }
    let needed = (bytes + Self.pageBytes - 1) / Self.pageBytes
    pages.removeLast(pages.count - needed)
    // What is read again after growing must be zeroes.
    if let last = pages.indices.last, bytes % Self.pageBytes != 0 {
      for index in bytes % Self.pageBytes..<Self.pageBytes { pages[last][index] = 0 }
    }
    count = bytes
  }

  private mutating func grow(to bytes: Int) {
    guard bytes > count else { return }
    let needed = (bytes + Self.pageBytes - 1) / Self.pageBytes
    while pages.count < needed { pages.append([UInt8](repeating: 0, count: Self.pageBytes)) }
    count = bytes
  }
}

/// One file: what programs read, what is surely on the disk, and what was done since.
final class DiskFile {
  /// What was done to a file and has not been flushed.
  enum Change {
    case write([UInt8], at: Int)
    case truncate(Int)
  }

  private(set) var content: Pages
  private var durable: Pages
  private var changes: [Change] = []
  /// Whether the file's name is surely on the disk.
  private(set) var isLinked: Bool
  let memory = SharedMemory()
  var locks = FileLocks()

  init() {
    content = Pages()
    durable = Pages()
    isLinked = false
  }

  init(_ pages: Pages) {
    content = pages
    durable = pages
    isLinked = true
  }

  func write(_ source: UnsafeRawBufferPointer, at position: Int) {
    unsafe content.write(source, at: position)
    changes.append(.write(unsafe Array(source), at: position))
  }

  func truncate(to bytes: Int) {
    content.truncate(to: bytes)
    changes.append(.truncate(bytes))
  }

  func flush() {
    durable = content
    changes = []
    isLinked = true
  }

  /// Gives the file a name that is surely on the disk, whatever of its content is.
  func link() { isLinked = true }

  /// What a power cut leaves of the file.
  /// - Parameter fate: what became of each unflushed change.
  func remains(_ fate: (Change) -> [Change]) -> Pages {
    var left = durable
    for change in changes.flatMap(fate) {
      switch change {
      case .write(let bytes, let position): left.write(bytes, at: position)
      case .truncate(let bytes): left.truncate(to: bytes)
      }
    }
    return left
  }
}
