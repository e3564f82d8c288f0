internal import Cryptography
package import Foundations
internal import Glibc

/// An open file that closes itself.
struct FileHandle: ~Copyable {
  let descriptor: Int32

  /// The corresponding C function is `open`.
  init(_ path: String, _ flags: Int32) throws(Problem) {
    let opened = unsafe open(path, flags | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw StoreFolder.failure(errno) }
    descriptor = opened
  }

  deinit { _ = close(descriptor) }

  /// The size of a regular file; nil for anything else.
  func regularBytes() -> Int64? {
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int64(facts.st_size)
  }

  /// Up to `count` bytes from a position; fewer only at the file's end.
  func read(at position: Int64, count: Int) throws(Problem) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = unsafe buffer.withUnsafeMutableBytes {
        unsafe pread(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, off_t(position) + off_t(filled))
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw StoreFolder.failure(errno) }
      if got == 0 { break }
      filled += got
    }
    return filled == count ? buffer : Array(buffer.prefix(filled))
  }

  func write(_ bytes: [UInt8]) throws(Problem) {
    var written = 0
    while written < bytes.count {
      let put = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if put < 0 && errno == EINTR { continue }
      guard put > 0 else { throw StoreFolder.failure(errno) }
      written += put
    }
  }

  /// Returns when everything written has reached the disk.
  func flush() throws(Problem) {
    guard fsync(descriptor) == 0 else { throw StoreFolder.failure(errno) }
  }
}

/// Attachments beside the database: sealed in chunks, named by the digest of their plain bytes.
struct AttachmentFolder {
  let path: String
  let sealer: Sealer

  init(home: String, sealer: Sealer) {
    path = home + "/attachments"
    self.sealer = sealer
  }

  private func file(_ digest: Digest) -> String { path + "/" + Hexadecimal.text(digest.bytes) }

  private func place(_ digest: Digest) -> SealPlace { SealPlace("attachments", digest.text, "bytes") }

  /// The digest and size of a file.
  /// - Throws: `attachment.unreadable`, `attachment.empty`, `attachment.too-large`.
  static func measure(_ path: String) throws(Problem) -> (digest: Digest, bytes: Int64, head: [UInt8]) {
    let name = String(path.split(separator: "/").last ?? "")
    guard let source = try? FileHandle(path, O_RDONLY | O_NONBLOCK), let bytes = source.regularBytes() else {
      throw ProblemKind.attachmentUnreadable.with(name)
    }
    guard bytes > 0 else { throw ProblemKind.attachmentEmpty.with(name) }
    guard bytes <= Int64(Limits.attachmentBytesMax) else { throw ProblemKind.attachmentTooLarge.with(name) }
    var hasher = SM3.Hasher()
    var position: Int64 = 0
    var head: [UInt8] = []
    while position < bytes {
      let piece = try source.read(at: position, count: SealedChunks.chunkBytes)
      guard !piece.isEmpty else { break }
      if position == 0 { head = Array(piece.prefix(16)) }
      hasher.update(piece)
      position += Int64(piece.count)
    }
    guard position == bytes, let digest = Digest(bytes: hasher.finish()) else {
      throw ProblemKind.attachmentUnreadable.with(name)
    }
    return (digest, bytes, head)
  }

  /// Seals a file into the folder. It is whole and on the disk when this returns.
  func take(_ source: String, digest: Digest, bytes: Int64, random: some RandomSource) throws(Problem) {
    guard !has(digest) else { return }
    try StoreFolder.make(path)
    let partial = file(digest) + ".\(getpid()).partial"
    do throws(Problem) {
      try seal(source, to: partial, digest: digest, bytes: bytes, random: random)
      guard unsafe rename(partial, file(digest)) == 0 else { throw StoreFolder.failure(errno) }
      try FileHandle(path, O_RDONLY | O_DIRECTORY).flush()
    } catch {
      StoreFolder.remove(partial)
      throw error
    }
  }

  private func seal(
    _ source: String, to target: String, digest: Digest, bytes: Int64, random: some RandomSource
  ) throws(Problem) {
    let input = try FileHandle(source, O_RDONLY | O_NONBLOCK)
    let output = try FileHandle(target, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
    let chunks = SealedChunks(sealer, at: place(digest), random: random)
    try output.write(chunks.header)
    var hasher = SM3.Hasher()
    let count = SealedChunks.chunkCount(plainBytes: Int(clamping: bytes))
    for index in 0..<count {
      let position = Int64(index) * Int64(SealedChunks.chunkBytes)
      let piece = try input.read(
        at: position, count: Int(clamping: min(Int64(SealedChunks.chunkBytes), bytes - position)))
      hasher.update(piece)
      try output.write(chunks.seal(piece[...], index: index, isLast: index + 1 == count))
    }
    // The file may have changed between the two readings; its name would then be a lie.
    guard hasher.finish() == digest.bytes else {
      throw ProblemKind.attachmentUnreadable.with(String(source.split(separator: "/").last ?? ""))
    }
    try output.flush()
  }

  /// Plain bytes of an attachment from a position.
  /// - Parameter count: at most this many; fewer at the end.
  func read(_ digest: Digest, bytes: Int64, at position: Int64, count: Int) throws(Problem) -> [UInt8] {
    guard has(digest) else { throw ProblemKind.attachmentMissing.with(digest.text) }
    let input = try FileHandle(file(digest), O_RDONLY | O_NOFOLLOW)
    let chunks = try SealedChunks(
      sealer, at: place(digest), header: try input.read(at: 0, count: SealedChunks.headerBytes))
    let total = SealedChunks.chunkCount(plainBytes: Int(clamping: bytes))
    let end = min(bytes, position + Int64(count))
    var output: [UInt8] = []
    var next = position
    while next < end {
      let index = Int(next / Int64(SealedChunks.chunkBytes))
      let offset = Int64(SealedChunks.headerBytes) + Int64(index) * Int64(SealedChunks.sealedChunkBytes)
      let sealed = try input.read(at: offset, count: SealedChunks.sealedChunkBytes)
      let plain = try chunks.open(sealed[...], index: index, isLast: index + 1 == total)
      let start = Int(next - Int64(index) * Int64(SealedChunks.chunkBytes))
      let piece = plain.dropFirst(start).prefix(Int(end - next))
      guard !piece.isEmpty else { throw ProblemKind.attachmentMissing.with(digest.text) }
      output += piece
      next += Int64(piece.count)
    }
    return output
  }

  func has(_ digest: Digest) -> Bool { StoreFolder.exists(file(digest)) }

  func remove(_ digest: Digest) { StoreFolder.remove(file(digest)) }
}

extension ProblemKind {
  package static let attachmentUnreadable = ProblemKind(
    "attachment.unreadable", "附件读不出来：{}", remedy: "请检查文件位置和权限，附件须是普通文件。")
  package static let attachmentEmpty = ProblemKind("attachment.empty", "附件是空文件：{}", remedy: "请重新拍照或扫描后再添加。")
  package static let attachmentTooLarge = ProblemKind(
    "attachment.too-large", status: 413, "附件超过 64 MB：{}", remedy: "请压缩或分成几个文件后再添加。")
}
