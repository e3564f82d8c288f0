package import Casework
internal import Cryptography
package import Foundations

/// Attachments as files of the server: encrypted, named by the digest of their plain bytes, and while they come by
/// their sender as well.
///
/// A file is 16 bytes of counter and SM4-CTR ciphertext, so that an upload goes on at any byte. There is no tag beside
/// it: *an attachment is whole only if its bytes have the digest it is named by*, which is checked when the last byte
/// has come and again whenever it is read.
package struct BlobFiles: AttachmentStore, Sendable {
  private let folder: String
  private let key: [UInt8]
  private let random: any RandomSource
  private let files: any FileSystem

  /// - Parameters:
  ///   - folder: made if it is not there, readable by its owner only.
  ///   - storeKey: the server's store key; the files' key is derived from it.
  ///   - files: what the folder is in.
  package init(
    folder: String, storeKey: [UInt8], random: any RandomSource, files: any FileSystem = MachineFiles()
  ) throws(Problem) {
    self.folder = folder
    self.random = random
    self.files = files
    key = Array(HMACSM3.code(Array("bangban-blobs".utf8), key: storeKey).prefix(SM4CTR.keyBytes))
    try Self.touching("mkdir") { () throws(FileFailure) in try files.makeFolder(folder) }
  }

  /// Where an attachment lies that is whole.
  private func path(_ digest: String) throws(Problem) -> String {
    // Only a well-formed digest ever becomes a file name.
    guard let digest = Digest(digest) else { throw Problem(.blobDigest) }
    return folder + "/" + Hexadecimal.text(digest.bytes)
  }

  /// Where lies what one device has sent of it.
  private func path(_ digest: String, from device: DeviceID) throws(Problem) -> String {
    try path(digest) + "." + Hexadecimal.text(Array(Digest.sm3(Array(device.text.utf8)).bytes.prefix(8)))
  }

  private func plainBytes(at path: String) -> Int64 {
    max(0, (files.bytes(at: path) ?? 0) - Int64(SM4CTR.counterBytes))
  }

  /// How many bytes of an attachment have come from a device.
  package func received(_ digest: String, from device: DeviceID) throws(Problem) -> Int64 {
    plainBytes(at: try path(digest, from: device))
  }

  /// The size of an attachment that is whole.
  package func bytes(_ digest: String) throws(Problem) -> Int64 { plainBytes(at: try path(digest)) }

  /// Appends bytes at an offset. They are there after a crash of the program, and after a power cut once `flush` has
  /// returned.
  /// - Parameter offset: must be what `received` says.
  package func append(
    _ bytes: [UInt8], to digest: String, from device: DeviceID, at offset: Int64
  ) throws(Problem) {
    let path = try path(digest, from: device)
    let file = try Self.touching("open") { () throws(FileFailure) in try files.open(path, .update) }
    // A ferry file may bring what another process is receiving over the network. The lock goes with the file.
    try Self.touching("lock") { () throws(FileFailure) in try file.lock() }
    // Until the lock was there, the file may have become the attachment itself, or been dropped.
    guard files.bytes(at: path) != nil, plainBytes(at: path) == offset else {
      throw ProblemKind.blobOffset.with(String(offset))
    }
    let counter: [UInt8]
    if offset == 0 {
      counter = random.bytes(SM4CTR.counterBytes)
      try Self.touching("truncate") { () throws(FileFailure) in
        try file.truncate(toBytes: 0)
        try file.write(counter, at: 0)
      }
    } else {
      counter = try Self.whole(file, SM4CTR.counterBytes, at: 0)
    }
    let box = try apply(bytes, counter: counter, at: offset)
    try Self.touching("write") { () throws(FileFailure) in
      try file.write(box, at: offset + Int64(SM4CTR.counterBytes))
    }
  }

  /// Returns when what a device has sent is on the disk.
  package func flush(_ digest: String, from device: DeviceID) throws(Problem) {
    let path = try path(digest, from: device)
    guard files.bytes(at: path) != nil else { return }
    try Self.touching("flush") { () throws(FileFailure) in try files.open(path, .update).flush() }
  }

  /// The whole attachment.
  /// - Throws: `blob.damaged` where the bytes do not have the digest.
  package func read(_ digest: String) throws(Problem) -> [UInt8] {
    var plain: [UInt8] = []
    _ = try inspect(digest) { plain += $0 }
    return plain
  }

  /// Looks at all bytes of an attachment, piece by piece.
  /// - Parameter take: gets each piece of `pieceBytes`, and the rest, before the digest is known.
  /// - Returns: how many bytes it has.
  /// - Throws: `blob.damaged` where the bytes do not have the digest.
  func inspect(_ digest: String, _ take: ([UInt8]) -> Void) throws(Problem) -> Int64 {
    let path = try path(digest)
    guard let file = try? files.open(path, .read) else { throw Problem(.blobDamaged) }
    let bytes = plainBytes(at: path)
    guard try isWhole(digest, file, bytes: bytes, take) else { throw Problem(.blobDamaged) }
    return bytes
  }

  /// Whether an attachment is here with the digest it is named by; read piece by piece.
  package func isWhole(_ digest: String) throws(Problem) -> Bool {
    do {
      _ = try inspect(digest) { _ in }
      return true
    } catch {
      guard error.kind == .blobDamaged else { throw error }
      return false
    }
  }

  /// Bytes of an attachment that is whole, wherever they begin. Nobody has looked whether they are what they should be.
  func bytes(of digest: String, at offset: Int64, count: Int) throws(Problem) -> [UInt8] {
    guard let file = try? files.open(try path(digest), .read) else { throw Problem(.blobDamaged) }
    return try plain(file, counter: try Self.whole(file, SM4CTR.counterBytes, at: 0), at: offset, count: count)
  }

  private func plain(
    _ file: any OpenFile, counter: [UInt8], at offset: Int64, count: Int
  ) throws(Problem) -> [UInt8] {
    try apply(
      try Self.whole(file, count, at: Int64(SM4CTR.counterBytes) + offset), counter: counter, at: offset)
  }

  /// What of an attachment is in memory at once.
  static let pieceBytes = 256 << 10

  /// Keeps what a device has sent as the attachment itself, if it has the digest; else drops it, and the upload begins
  /// again.
  ///
  /// Invariant: *only what a device has sent itself, whole, proves that it has it.* The attachment may be here from
  /// somebody else, so that it being here says nothing.
  package func keep(_ digest: String, from device: DeviceID) throws(Problem) -> AttachmentKeeping {
    let partial = try path(digest, from: device)
    guard let file = try? files.open(partial, .read) else { return .nothing }
    try Self.touching("lock") { () throws(FileFailure) in try file.lock() }
    // Another process may have been faster, with a ferry file.
    guard files.bytes(at: partial) != nil else { return .nothing }
    let bytes = plainBytes(at: partial)
    guard try isWhole(digest, file, bytes: bytes) else {
      try drop(digest, from: device)
      return .damaged
    }
    let final = try path(digest)
    try Self.touching("rename") { () throws(FileFailure) in try files.replace(final, with: partial) }
    return .whole(bytes: bytes)
  }

  /// Whether all bytes of a file together have the digest; read piece by piece.
  private func isWhole(
    _ digest: String, _ file: any OpenFile, bytes size: Int64, _ take: ([UInt8]) -> Void = { _ in }
  ) throws(Problem) -> Bool {
    let counter = try Self.whole(file, SM4CTR.counterBytes, at: 0)
    var hasher = SM3.Hasher()
    var offset: Int64 = 0
    while offset < size {
      let count = Int(min(Int64(Self.pieceBytes), size - offset))
      let piece = try plain(file, counter: counter, at: offset, count: count)
      hasher.update(piece)
      take(piece)
      offset += Int64(count)
    }
    return Digest(bytes: hasher.finish())?.text == digest
  }

  /// Drops what has come from a device.
  package func drop(_ digest: String, from device: DeviceID) throws(Problem) {
    try? files.remove(try path(digest, from: device))
  }

  /// Drops what has come of attachments where nothing more came since a time. Nothing is lost: whoever goes on with one
  /// is told that nothing is here, and begins anew.
  /// - Returns: how many uploads.
  package func dropUnfinished(since time: Instant) throws(Problem) -> Int {
    var dropped = 0
    for name in try Self.touching("list", { () throws(FileFailure) in try files.names(in: folder) }) {
      let path = folder + "/" + name
      // Only what is still to become an attachment has its sender in its name.
      guard name.contains("."), let changedAt = files.changedAt(path), changedAt < time else { continue }
      guard let file = try? files.open(path, .read) else { continue }
      try Self.touching("lock") { () throws(FileFailure) in try file.lock() }
      // Somebody may have gone on with it just now.
      guard let changedAt = files.changedAt(path), changedAt < time else { continue }
      try Self.touching("remove") { () throws(FileFailure) in try files.remove(path) }
      dropped += 1
    }
    return dropped
  }

  /// Removes an attachment, and what any of these devices has sent of it; what is not there is no problem.
  package func drop(_ digest: String, senders: [DeviceID]) throws(Problem) {
    for sender in senders { try drop(digest, from: sender) }
    try? files.remove(try path(digest))
  }

  private static func whole(_ file: any OpenFile, _ count: Int, at offset: Int64) throws(Problem) -> [UInt8] {
    guard let bytes = try? file.read(at: offset, count: count), bytes.count == count else {
      throw Problem(.blobDamaged)
    }
    return bytes
  }

  /// SM4-CTR from any byte of the stream.
  private func apply(_ bytes: [UInt8], counter: [UInt8], at offset: Int64) throws(Problem) -> [UInt8] {
    let skip = Int(offset % Int64(SM4CTR.counterBytes))
    let block = UInt64(offset / Int64(SM4CTR.counterBytes))
    let padded = [UInt8](repeating: 0, count: skip) + bytes
    guard let output = SM4CTR.apply(padded, key: key, counter: Self.advance(counter, by: block)) else {
      throw ProblemKind.blobStorage.with("cipher")
    }
    return Array(output.dropFirst(skip))
  }

  /// The counter, a big-endian number of 16 bytes, moved on by a number of blocks.
  private static func advance(_ counter: [UInt8], by blocks: UInt64) -> [UInt8] {
    var output = counter
    var carry = blocks
    for index in output.indices.reversed() where carry > 0 {
      let sum = UInt64(output[index]) + (carry & 0xFF)
      output[index] = UInt8(truncatingIfNeeded: sum)
      carry = (carry >> 8) + (sum >> 8)
    }
    return output
  }

  private static func touching<Result>(
    _ what: String, _ body: () throws(FileFailure) -> Result
  ) throws(Problem) -> Result {
    do throws(FileFailure) { return try body() } catch { throw ProblemKind.blobStorage.with(what) }
  }
}

extension ProblemKind {
  package static let blobStorage = ProblemKind(
    "blob.storage", status: 507, exit: .storage, "附件存不下来（{}）。", remedy: "请检查服务器的磁盘；设备会接着传。")
  package static let blobDigest = ProblemKind(
    "blob.digest", status: 400, "附件的编号不对。", remedy: "附件编号是 sm3: 加 64 位十六进制。")
  package static let blobDamaged = ProblemKind(
    "blob.damaged", status: 409, "附件的内容与它的编号不符。", remedy: "请从头再传一次。")
  package static let blobOffset = ProblemKind(
    "blob.offset", status: 409, "附件应从第 {} 字节接着传。", remedy: "程序会自动从那里接着传。")
  package static let blobTooLarge = ProblemKind(
    "blob.too-large", status: 413, "附件比登记的大小还长。", remedy: "请重新添加这个附件。")
  package static let blobLimit = ProblemKind(
    "blob.limit", status: 413, "附件超过 {} MB。", remedy: "请压缩或分成几个文件后再添加。")
  package static let blobDeviceOnly = ProblemKind(
    "blob.device-only", status: 403, "附件只能由登记的设备上传。", remedy: "窗口令牌只能读取附件；要补材料请由站点在办件里添加。")
  package static let blobCompleted = ProblemKind(
    "blob.completed", status: 400, "附件已经收全，不能再添加内容。", remedy: "不用再传。")
  package static let blobLength = ProblemKind(
    "blob.length", status: 400, "附件的长度前后说得不一样。", remedy: "请重新添加这个附件。")
  package static let blobRequest = ProblemKind(
    "blob.request", status: 400, "上传附件的请求不完整：{}。", remedy: "请检查发出请求的程序；写法见 /openapi.json。")
  package static let blobMediaType = ProblemKind(
    "blob.media-type", status: 415, "附件要以 {} 上传。", remedy: "请检查发出请求的程序；写法见 /openapi.json。")
  package static let blobTakenOver = ProblemKind(
    "blob.taken-over", status: 409, "同一个附件已由更新的一次上传接着传。", remedy: "不用处理；程序会自动接着传。")
  package static let blobRange = ProblemKind(
    "blob.range", status: 416, "附件没有这一段。", remedy: "请按附件的长度重新取。")
}
