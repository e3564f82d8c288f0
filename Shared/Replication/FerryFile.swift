package import Cryptography
package import Foundations
internal import Wire

/// A ferry file 摆渡文件: what goes over the network otherwise, on a stick that anybody may carry.
///
/// "BBfy" ‖ version ‖ direction ‖ length of the envelope (2 bytes, big-endian) ‖ envelope ‖ chunks (`SealedChunks`).
/// The envelope is for one reader and holds CBOR [writer, key, signature]; the chunks are sealed with the key and hold
/// frames, each after its length (4 bytes, big-endian).
///
/// Who carries it reads nothing, not even who wrote it. The signature is over the key, the writer, the reader and the
/// direction: only these two know the key, so that whatever is sealed with it comes from the one that signed, and
/// nobody can pass it on as meant for somebody else. That no chunk is missing, twice or elsewhere is what the chunks'
/// own tags say. A file is read once, from its beginning to its end, whatever its size.
package enum FerryFile {
  /// For whom a file is. It opens in one direction only.
  package enum Direction: String, Sendable {
    case toServer = "ferry-to-server"
    case toDevice = "ferry-to-device"

    /// In the file's head, so that a person who takes the wrong one of two is told so.
    var byte: UInt8 { self == .toServer ? 1 : 2 }

    var place: SealPlace { SealPlace("ferry", rawValue, "frames") }
  }

  /// What every ferry file begins with.
  package static let magic = Array("BBfy".utf8)
  static let version: UInt8 = 1
  static let headBytes = magic.count + 4
  /// Far above a writer's id, a key, a signature and their wrapping.
  static let envelopeBytesMax = 1024
  /// A request or a page, and what is around it.
  package static let frameBytesMax = Limits.bodyBytesMax + (64 << 10)
  static let lengthBytes = 4

  /// What every file in one direction begins with. A file may be written over by the next one that goes the same way;
  /// one that goes the other way is somebody else's, who may not have read it yet.
  package static func beginning(_ direction: Direction) -> [UInt8] { magic + [version, direction.byte] }

  /// How the server is called as the writer of a file, and as an author.
  package static let server = DeviceID("server")

  /// What is signed.
  static func message(_ direction: Direction, writer: DeviceID, reader: [UInt8], key: [UInt8]) -> [UInt8] {
    CBOR.encode([
      "bangban-ferry-1", .text(direction.rawValue), .text(writer.text), .bytes(reader),
      .bytes(Digest(of: key).bytes),
    ])
  }
}

/// Writes a ferry file, piece by piece.
package struct FerryWriter {
  private let chunks: SealedChunks
  private let write: ([UInt8]) throws(Problem) -> Void
  private var buffer: [UInt8] = []
  private var index = 0
  /// How long the file is so far.
  package private(set) var bytes: Int64 = 0

  /// Begins a file.
  /// - Parameters:
  ///   - reader: who alone can open it.
  ///   - signer: the writer's key.
  ///   - random: the file's key and nonces.
  ///   - write: puts bytes at the file's end.
  /// - Throws: what `write` throws; `cryptography.failed`.
  package init(
    _ direction: FerryFile.Direction, from writer: DeviceID, to reader: SM2.EncryptionKey, signer: SigningKey,
    random: some RandomSource, write: @escaping ([UInt8]) throws(Problem) -> Void
  ) throws(Problem) {
    let key = random.bytes(Sealer.keyBytes)
    let message = FerryFile.message(direction, writer: writer, reader: reader.publicBytes, key: key)
    let head = CBOR.encode([.text(writer.text), .bytes(key), .bytes(try signer.sign(message))])
    let envelope = try Cryptography.Envelope.seal(
      head, to: reader, purpose: direction.rawValue, random: random)
    chunks = SealedChunks(try Sealer(key: key), at: direction.place, random: random)
    self.write = write
    let length = [UInt8(truncatingIfNeeded: envelope.count >> 8), UInt8(truncatingIfNeeded: envelope.count)]
    try put(FerryFile.beginning(direction) + length + envelope + chunks.header)
  }

  private mutating func put(_ piece: [UInt8]) throws(Problem) {
    try write(piece)
    bytes += Int64(piece.count)
  }

  /// Adds a frame.
  /// - Throws: `document.too-large` for one that no reader would take; what the file's `write` throws.
  package mutating func append(_ frame: FerryFrame) throws(Problem) {
    let frame = frame.bytes
    guard frame.count <= FerryFile.frameBytesMax else {
      throw ProblemKind.documentTooLarge.with("\(frame.count) > \(FerryFile.frameBytesMax)")
    }
    buffer += (0..<FerryFile.lengthBytes).map { UInt8(truncatingIfNeeded: frame.count >> (24 - 8 * $0)) }
    buffer += frame
    var start = 0
    // The last chunk is marked as such: one that is full waits until something follows it.
    while buffer.count - start > SealedChunks.chunkBytes {
      let piece = buffer[start..<start + SealedChunks.chunkBytes]
      try put(chunks.seal(piece, index: index, isLast: false))
      index += 1
      start += SealedChunks.chunkBytes
    }
    buffer.removeFirst(start)
  }

  /// Ends the file; nothing may follow.
  package mutating func finish() throws(Problem) {
    try put(chunks.seal(buffer[...], index: index, isLast: true))
    buffer = []
  }
}

/// Reads a ferry file, piece by piece: memory is bounded by one frame, whatever the file's size.
package struct FerryReader {
  /// Who wrote and signed it.
  package let writer: DeviceID
  private let chunks: SealedChunks
  private let read: (Int) throws(Problem) -> [UInt8]
  /// Sealed bytes that were read ahead, to know whether a chunk is the last.
  private var ahead: [UInt8]
  private var buffer: [UInt8] = []
  private var position = 0
  private var index = 0
  private var ended = false

  /// Opens a file.
  /// - Parameters:
  ///   - key: the reader's own.
  ///   - read: the file's next bytes, fewer than asked for only at its end.
  ///   - verifyingKey: of the writer a file names.
  /// - Throws: `ferry.foreign`, `ferry.version`, `ferry.direction`, `ferry.other-reader`, `ferry.signature`; what the
  ///   closures throw.
  package init(
    _ direction: FerryFile.Direction, key: SM2.DecryptionKey, read: @escaping (Int) throws(Problem) -> [UInt8],
    verifyingKey: (DeviceID) throws(Problem) -> VerifyingKey
  ) throws(Problem) {
    let head = try read(FerryFile.headBytes)
    guard head.count == FerryFile.headBytes, head.starts(with: FerryFile.magic) else { throw Problem(.ferryForeign) }
    let version = head[FerryFile.magic.count]
    guard version == FerryFile.version else { throw ProblemKind.ferryVersion.with(String(version)) }
    guard head[FerryFile.magic.count + 1] == direction.byte else {
      throw ProblemKind.ferryDirection.with(direction == .toDevice ? "设备写给县里的" : "县里写给设备的")
    }
    let length = Int(head[head.count - 2]) << 8 | Int(head[head.count - 1])
    guard length <= FerryFile.envelopeBytesMax else { throw Problem(.ferryReader) }
    let envelope = try read(length)
    guard let plain = try? Cryptography.Envelope.open(envelope, with: key, purpose: direction.rawValue),
      let parts = (try? CBOR.decode(plain))?.array, parts.count == 3, let writer = parts[0].text,
      let fileKey = parts[1].bytes, let signature = parts[2].bytes, let sealer = try? Sealer(key: fileKey)
    else { throw Problem(.ferryReader) }
    self.writer = DeviceID(writer)
    let message = FerryFile.message(
      direction, writer: self.writer, reader: key.encryptionKey.publicBytes, key: fileKey)
    guard try verifyingKey(self.writer).verify(signature, of: message) else { throw Problem(.ferrySignature) }
    guard let chunks = try? SealedChunks(sealer, at: direction.place, header: read(SealedChunks.headerBytes)) else {
      throw ProblemKind.ferryDamaged.with("1")
    }
    self.chunks = chunks
    self.read = read
    ahead = try read(SealedChunks.sealedChunkBytes)
  }

  /// The next frame; nil at the end. Those of later programs are `unknown`.
  /// - Throws: `ferry.damaged`; what the file's `read` throws.
  package mutating func next() throws(Problem) -> FerryFrame? {
    let header = try take(FerryFile.lengthBytes)
    if header.isEmpty { return nil }
    let length = header.reduce(0) { $0 << 8 | Int($1) }
    guard header.count == FerryFile.lengthBytes, length <= FerryFile.frameBytesMax else { throw damaged(at: index) }
    let bytes = try take(length)
    guard bytes.count == length, let frame = FerryFrame(bytes) else { throw damaged(at: index) }
    return frame
  }

  /// The next plain bytes; fewer only at the end.
  private mutating func take(_ count: Int) throws(Problem) -> [UInt8] {
    while buffer.count - position < count, !ended { try openChunk() }
    let piece = Array(buffer[position..<min(position + count, buffer.count)])
    position += piece.count
    if position > SealedChunks.chunkBytes || position == buffer.count {
      buffer.removeFirst(position)
      position = 0
    }
    return piece
  }

  private mutating func openChunk() throws(Problem) {
    let sealed = ahead
    ahead = sealed.count == SealedChunks.sealedChunkBytes ? try read(SealedChunks.sealedChunkBytes) : []
    ended = ahead.isEmpty
    guard let plain = try? chunks.open(sealed[...], index: index, isLast: ended) else { throw damaged(at: index + 1) }
    buffer += plain
    index += 1
  }

  /// - Parameter chunk: the one that was reached, from one: enough to see whether two tries end at the same place.
  private func damaged(at chunk: Int) -> Problem { ProblemKind.ferryDamaged.with(String(max(chunk, 1))) }
}
