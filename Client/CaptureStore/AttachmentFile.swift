internal import Cryptography
package import Foundations

/// Attachments beside the database: sealed in chunks, named by the digest of their plain bytes.
struct AttachmentFolder {
  let path: String
  let sealer: Sealer
  let files: any FileSystem

  init(home: String, sealer: Sealer, files: any FileSystem) {
    path = home + "/attachments"
    self.sealer = sealer
    self.files = files
  }

  private static let partialSuffix = ".partial"
  /// The largest attachment is sealed in seconds; what was not written to for so long never will be.
  private static let partialSecondsMax: Int64 = 3600

  private func file(_ digest: Digest) -> String { path + "/" + Hexadecimal.text(digest.bytes) }

  private func place(_ digest: Digest) -> SealPlace { SealPlace("attachments", digest.text, "bytes") }

  /// The digest and size of a file.
  /// - Throws: `attachment.unreadable`, `attachment.empty`, `attachment.too-large`.
  static func measure(_ path: String, in files: any FileSystem) throws(Problem) -> (
    digest: Digest, bytes: Int64, head: [UInt8]
  ) {
    let name = String(path.split(separator: "/").last ?? "")
    guard let source = try? files.open(path, .readGiven), let bytes = source.regularBytes() else {
      throw ProblemKind.attachmentUnreadable.with(name)
    }
    guard bytes > 0 else { throw ProblemKind.attachmentEmpty.with(name) }
    guard bytes <= Int64(Limits.attachmentBytesMax) else { throw ProblemKind.attachmentTooLarge.with(name) }
    var hasher = SM3.Hasher()
    var position: Int64 = 0
    var head: [UInt8] = []
    while position < bytes {
      let start = position
      let piece = try StoreFolder.touching { () throws(FileFailure) in
        try source.read(at: start, count: SealedChunks.chunkBytes)
      }
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
    // One that was damaged since is healed by its original.
    if has(digest), isSound(digest, bytes: bytes) { return }
    try StoreFolder.make(path, in: files)
    // Two commands may seal the same file at once.
    let partial = file(digest) + ".\(Hexadecimal.text(random.bytes(8)))" + Self.partialSuffix
    do throws(Problem) {
      try seal(source, to: partial, digest: digest, bytes: bytes, random: random)
      try StoreFolder.touching { () throws(FileFailure) in try files.replace(file(digest), with: partial) }
    } catch {
      try? files.remove(partial)
      throw error
    }
  }

  /// Removes what sealings left that were killed: its name is known to nobody, and so nothing else ever would.
  func removeAbandoned(now: Instant) {
    for name in (try? files.names(in: path)) ?? [] where name.hasSuffix(Self.partialSuffix) {
      let file = path + "/" + name
      guard let changed = files.changedAt(file), changed.adding(seconds: Self.partialSecondsMax) < now else { continue }
      try? files.remove(file)
    }
  }

  private func seal(
    _ source: String, to target: String, digest: Digest, bytes: Int64, random: some RandomSource
  ) throws(Problem) {
    let input = try open(source, .readGiven)
    let output = try open(target, .create)
    let chunks = SealedChunks(sealer, at: place(digest), random: random)
    try write(chunks.header, to: output, at: 0)
    var end = Int64(chunks.header.count)
    var hasher = SM3.Hasher()
    let count = SealedChunks.chunkCount(plainBytes: Int(clamping: bytes))
    for index in 0..<count {
      let position = Int64(index) * Int64(SealedChunks.chunkBytes)
      let piece = try read(
        input, at: position, count: Int(clamping: min(Int64(SealedChunks.chunkBytes), bytes - position)))
      hasher.update(piece)
      let chunk = chunks.seal(piece[...], index: index, isLast: index + 1 == count)
      try write(chunk, to: output, at: end)
      end += Int64(chunk.count)
    }
    // The file may have changed between the two readings; its name would then be a lie.
    guard hasher.finish() == digest.bytes else {
      throw ProblemKind.attachmentUnreadable.with(String(source.split(separator: "/").last ?? ""))
    }
    try StoreFolder.touching { () throws(FileFailure) in try output.flush() }
  }

  private func open(_ path: String, _ use: FileUse) throws(Problem) -> any OpenFile {
    try StoreFolder.touching { () throws(FileFailure) in try files.open(path, use) }
  }

  private func read(_ file: any OpenFile, at position: Int64, count: Int) throws(Problem) -> [UInt8] {
    try StoreFolder.touching { () throws(FileFailure) in try file.read(at: position, count: count) }
  }

  private func write(_ bytes: [UInt8], to file: any OpenFile, at position: Int64) throws(Problem) {
    try StoreFolder.touching { () throws(FileFailure) in try file.write(bytes, at: position) }
  }

  /// Plain bytes of an attachment from a position.
  /// - Parameter count: at most this many; fewer at the end.
  func read(_ digest: Digest, bytes: Int64, at position: Int64, count: Int) throws(Problem) -> [UInt8] {
    guard has(digest) else { throw ProblemKind.attachmentMissing.with(digest.text) }
    let input = try open(file(digest), .read)
    let chunks = try SealedChunks(
      sealer, at: place(digest), header: try read(input, at: 0, count: SealedChunks.headerBytes))
    let total = SealedChunks.chunkCount(plainBytes: Int(clamping: bytes))
    let end = min(bytes, position + Int64(count))
    var output: [UInt8] = []
    var next = position
    while next < end {
      let index = Int(next / Int64(SealedChunks.chunkBytes))
      let offset = Int64(SealedChunks.headerBytes) + Int64(index) * Int64(SealedChunks.sealedChunkBytes)
      let sealed = try read(input, at: offset, count: SealedChunks.sealedChunkBytes)
      let plain = try chunks.open(sealed[...], index: index, isLast: index + 1 == total)
      let start = Int(next - Int64(index) * Int64(SealedChunks.chunkBytes))
      let piece = plain.dropFirst(start).prefix(Int(end - next))
      guard !piece.isEmpty else { throw ProblemKind.attachmentMissing.with(digest.text) }
      output += piece
      next += Int64(piece.count)
    }
    return output
  }

  /// Whether all of it is there and has the digest.
  func isSound(_ digest: Digest, bytes: Int64) -> Bool {
    var hasher = SM3.Hasher()
    var position: Int64 = 0
    while position < bytes {
      guard let piece = try? read(digest, bytes: bytes, at: position, count: SealedChunks.chunkBytes) else {
        return false
      }
      hasher.update(piece)
      position += Int64(piece.count)
    }
    return hasher.finish() == digest.bytes
  }

  func has(_ digest: Digest) -> Bool { files.bytes(at: file(digest)) != nil }

  func remove(_ digest: Digest) { try? files.remove(file(digest)) }
}

extension ProblemKind {
  package static let attachmentUnreadable = ProblemKind(
    "attachment.unreadable", "附件读不出来：{}", remedy: "请检查文件位置和权限，附件须是普通文件。")
  package static let attachmentEmpty = ProblemKind("attachment.empty", "附件是空文件：{}", remedy: "请重新拍照或扫描后再添加。")
  package static let attachmentTooLarge = ProblemKind(
    "attachment.too-large", status: 413, "附件超过 64 MB：{}", remedy: "请压缩或分成几个文件后再添加。")
}
