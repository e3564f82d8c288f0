internal import Casework
internal import Cryptography
internal import FoundationEssentials
package import Foundations
internal import Glibc

/// Attachments as files of the server: encrypted, named by the digest of their plain bytes.
///
/// A file is 16 bytes of counter and SM4-CTR ciphertext, so that an upload goes on at any byte. There is no tag beside
/// it: *an attachment is whole only if its bytes have the digest it is named by*, which is checked when the last byte
/// has come and again whenever it is read.
package struct BlobFiles: AttachmentStore, Sendable {
  private let folder: String
  private let key: [UInt8]
  private let random: any RandomSource

  /// - Parameters:
  ///   - folder: made if it is not there, readable by its owner only.
  ///   - storeKey: the server's store key; the files' key is derived from it.
  package init(folder: String, storeKey: [UInt8], random: any RandomSource) throws(Problem) {
    self.folder = folder
    self.random = random
    key = Array(HMACSM3.code(Array("bangban-blobs".utf8), key: storeKey).prefix(SM4CTR.keyBytes))
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw ProblemKind.blobStorage.with("mkdir")
    }
  }

  private func path(_ digest: String) throws(Problem) -> String {
    // Only a well-formed digest ever becomes a file name.
    guard let digest = Digest(digest) else { throw Problem(.blobDigest) }
    return folder + "/" + Hexadecimal.text(digest.bytes)
  }

  /// How many bytes of an attachment have arrived.
  package func received(_ digest: String) throws(Problem) -> Int64 {
    let path = try path(digest)
    var information = stat()
    guard unsafe stat(path, &information) == 0 else { return 0 }
    return max(0, Int64(information.st_size) - Int64(SM4CTR.counterBytes))
  }

  /// Appends bytes at an offset.
  /// - Parameter offset: must be what `received` says.
  package func append(_ bytes: [UInt8], to digest: String, at offset: Int64) throws(Problem) {
    let path = try path(digest)
    let handle = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard handle >= 0 else { throw ProblemKind.blobStorage.with("open") }
    defer { close(handle) }
    // A ferry file may bring what another process is receiving over the network. The lock goes with the handle.
    guard flock(handle, LOCK_EX) == 0 else { throw ProblemKind.blobStorage.with("lock") }
    guard try received(digest) == offset else { throw ProblemKind.blobOffset.with(String(offset)) }
    let counter: [UInt8]
    if offset == 0 {
      counter = random.bytes(SM4CTR.counterBytes)
      guard ftruncate(handle, 0) == 0 else { throw ProblemKind.blobStorage.with("truncate") }
      try Self.write(counter, handle, at: 0)
    } else {
      counter = try Self.read(handle, SM4CTR.counterBytes, at: 0)
    }
    try Self.write(try apply(bytes, counter: counter, at: offset), handle, at: offset + Int64(SM4CTR.counterBytes))
    guard fsync(handle) == 0 else { throw ProblemKind.blobStorage.with("fsync") }
  }

  /// The whole attachment.
  /// - Throws: `blob.damaged` where the bytes do not have the digest.
  package func read(_ digest: String) throws(Problem) -> [UInt8] {
    let size = try received(digest)
    let handle = unsafe open(try path(digest), O_RDONLY | O_CLOEXEC)
    guard handle >= 0 else { throw Problem(.blobDamaged) }
    defer { close(handle) }
    let counter = try Self.read(handle, SM4CTR.counterBytes, at: 0)
    let box = try Self.read(handle, Int(size), at: Int64(SM4CTR.counterBytes))
    let plain = try apply(box, counter: counter, at: 0)
    guard Digest.sm3(plain).text == digest else { throw Problem(.blobDamaged) }
    return plain
  }

  private static let pieceBytes = 1 << 20

  /// Whether all bytes together have the digest; read piece by piece.
  package func isWhole(_ digest: String) throws(Problem) -> Bool {
    let size = try received(digest)
    let handle = unsafe open(try path(digest), O_RDONLY | O_CLOEXEC)
    guard handle >= 0 else { return false }
    defer { close(handle) }
    let counter = try Self.read(handle, SM4CTR.counterBytes, at: 0)
    var hasher = SM3.Hasher()
    var offset: Int64 = 0
    while offset < size {
      let count = Int(min(Int64(Self.pieceBytes), size - offset))
      let box = try Self.read(handle, count, at: Int64(SM4CTR.counterBytes) + offset)
      hasher.update(try apply(box, counter: counter, at: offset))
      offset += Int64(count)
    }
    return Digest(bytes: hasher.finish())?.text == digest
  }

  /// Drops what has arrived: the bytes were not those of the digest, and the upload begins again.
  package func drop(_ digest: String) throws(Problem) {
    _ = unsafe unlink(try path(digest))
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

  private static func write(_ bytes: [UInt8], _ handle: Int32, at offset: Int64) throws(Problem) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe pwrite(handle, buffer.baseAddress.map { unsafe $0 + done }, bytes.count - done, Int(offset) + done)
      }
      guard count > 0 else { throw ProblemKind.blobStorage.with("write") }
      done += count
    }
  }

  private static func read(_ handle: Int32, _ count: Int, at offset: Int64) throws(Problem) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe pread(handle, buffer.baseAddress.map { unsafe $0 + done }, count - done, Int(offset) + done)
      }
      guard got > 0 else { throw Problem(.blobDamaged) }
      done += got
    }
    return bytes
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
}
