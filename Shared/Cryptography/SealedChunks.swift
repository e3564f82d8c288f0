package import Foundations

/// Seals a file in chunks, so that an attachment never needs to be in memory whole.
///
/// A sealed file is its header (version ‖ nonce) and its chunks (ciphertext ‖ tag). All chunks but the last hold
/// `chunkBytes`; each tag also covers the place, the chunk's index and whether it is the last, so that chunks can be
/// neither exchanged, dropped, repeated nor cut off (the STREAM construction, Hoang, Reyhanitabar, Rogaway and Vizár,
/// "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015). Each file has a key of its own.
package struct SealedChunks: Sendable {
  /// Plaintext in each chunk but the last.
  package static let chunkBytes = 64 << 10
  /// A chunk with its tag.
  package static let sealedChunkBytes = chunkBytes + Sealer.tagBytes
  package static let headerBytes = 1 + Sealer.nonceBytes
  private static let version: UInt8 = 2

  /// What stands before the chunks.
  package let header: [UInt8]
  private let cipher: SM4Key
  private let authentication: HMACKey
  private let framedPlace: [UInt8]
  private let publicName: String

  /// Begins a new file.
  /// - Parameter random: 16 bytes are taken for the file's nonce.
  package init(_ sealer: Sealer, at place: SealPlace, random: some RandomSource) {
    self.init(sealer, place, header: [Self.version] + random.bytes(Sealer.nonceBytes))
  }

  /// Reads a file that begins with this header.
  /// - Throws: `seal.invalid` if it is no such header.
  package init(_ sealer: Sealer, at place: SealPlace, header: [UInt8]) throws(Problem) {
    guard header.count == Self.headerBytes, header[0] == Self.version else {
      throw ProblemKind.sealInvalid.with(place.publicName)
    }
    self.init(sealer, place, header: header)
  }

  private init(_ sealer: Sealer, _ place: SealPlace, header: [UInt8]) {
    self.header = header
    let encryptionKey = sealer.chunkRoot.code { $0.update(header + Array("encryption".utf8)) }
    cipher = SM4Key(Array(encryptionKey.prefix(SM4CTR.keyBytes)))
    authentication = HMACKey(.sm3, sealer.chunkRoot.code { $0.update(header + Array("authentication".utf8)) })
    framedPlace = place.framed
    publicName = place.publicName
  }

  /// How many chunks a plaintext of this size has; an empty one has one, which is empty.
  package static func chunkCount(plainBytes: Int) -> Int { max(1, (plainBytes + chunkBytes - 1) / chunkBytes) }

  /// The size of the sealed file.
  package static func sealedBytes(plainBytes: Int) -> Int {
    headerBytes + plainBytes + chunkCount(plainBytes: plainBytes) * Sealer.tagBytes
  }

  /// - Parameters:
  ///   - plain: `chunkBytes`, or up to that in the last chunk.
  ///   - index: from 0.
  package func seal(_ plain: ArraySlice<UInt8>, index: Int, isLast: Bool) -> [UInt8] {
    var chunk: [UInt8] = []
    chunk.reserveCapacity(plain.count + Sealer.tagBytes)
    appendCiphertext(of: plain, counter: counter(index), cipher: cipher, to: &chunk)
    chunk += tag(of: chunk[...], index, isLast)
    return chunk
  }

  /// - Throws: `seal.invalid` if this is not, unaltered, that chunk of that file in that place.
  package func open(_ chunk: ArraySlice<UInt8>, index: Int, isLast: Bool) throws(Problem) -> [UInt8] {
    let ciphertext = chunk.dropLast(Sealer.tagBytes)
    guard index >= 0, chunk.count >= Sealer.tagBytes, isLast || ciphertext.count == Self.chunkBytes,
      ciphertext.count <= Self.chunkBytes,
      constantTimeEqual(tag(of: ciphertext, index, isLast), chunk.suffix(Sealer.tagBytes))
    else { throw ProblemKind.sealInvalid.with(publicName) }
    var plain: [UInt8] = []
    plain.reserveCapacity(ciphertext.count)
    appendCiphertext(of: ciphertext, counter: counter(index), cipher: cipher, to: &plain)
    return plain
  }

  /// A whole file at once.
  package static func seal(
    _ plain: [UInt8], with sealer: Sealer, at place: SealPlace, random: some RandomSource
  ) -> [UInt8] {
    let chunks = SealedChunks(sealer, at: place, random: random)
    var file = chunks.header
    file.reserveCapacity(sealedBytes(plainBytes: plain.count))
    let count = chunkCount(plainBytes: plain.count)
    for index in 0..<count {
      let piece = plain.dropFirst(index * chunkBytes).prefix(chunkBytes)
      file += chunks.seal(piece, index: index, isLast: index + 1 == count)
    }
    return file
  }

  /// A whole file at once.
  /// - Throws: `seal.invalid`.
  package static func open(_ file: [UInt8], with sealer: Sealer, at place: SealPlace) throws(Problem) -> [UInt8] {
    let chunks = try SealedChunks(sealer, at: place, header: Array(file.prefix(headerBytes)))
    var rest = file.dropFirst(headerBytes)
    var plain: [UInt8] = []
    plain.reserveCapacity(rest.count)
    var index = 0
    repeat {
      let piece = rest.prefix(sealedChunkBytes)
      rest = rest.dropFirst(sealedChunkBytes)
      plain += try chunks.open(piece, index: index, isLast: rest.isEmpty)
      index += 1
    } while !rest.isEmpty
    return plain
  }

  /// The chunk's index, then the blocks within the chunk: no two blocks of a file share a counter.
  private func counter(_ index: Int) -> [UInt8] {
    UInt64(clamping: index).bigEndianBytes + [UInt8](repeating: 0, count: 8)
  }

  private func tag(of ciphertext: ArraySlice<UInt8>, _ index: Int, _ isLast: Bool) -> ArraySlice<UInt8> {
    let prefix = framedPlace + UInt64(clamping: index).bigEndianBytes + [isLast ? 1 : 0]
    return authentication.code {
      $0.update(prefix)
      $0.update(ciphertext)
    }.prefix(Sealer.tagBytes)
  }
}
