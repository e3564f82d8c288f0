package import Foundations

/// Where a sealed box belongs. A box that is moved elsewhere does not open there, so nobody with access to the file
/// can exchange one person's data for another's.
package struct SealPlace: Sendable, Hashable {
  package let table: String
  package let row: String
  package let column: String

  package init(_ table: String, _ row: String, _ column: String) {
    self.table = table
    self.row = row
    self.column = column
  }

  package init(_ table: String, _ row: Int64, _ column: String) { self.init(table, String(row), column) }

  /// Each part with its length before it, so that two different places never give the same bytes.
  var framed: [UInt8] {
    var output: [UInt8] = []
    for part in [table, row, column] {
      output += UInt64(part.utf8.count).bigEndianBytes
      output += part.utf8
    }
    return output
  }

  /// For messages: the row could tell whom it is about.
  var publicName: String { "\(table).\(column)" }
}

extension UInt64 {
  var bigEndianBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * $0)) } }
}

/// Seals data at rest: SM4 in counter mode, then HMAC-SM3 over the place, the nonce and the ciphertext.
///
/// A box is version ‖ nonce ‖ ciphertext ‖ tag: 1, 16, as many as the plaintext, and 16 bytes. OpenSSL 3.0 has no
/// SM4-GCM, so the two are composed here: the tag is over the ciphertext (encrypt-then-MAC), with a key of its own, and
/// is checked before anything is decrypted.
package final class Sealer: Sendable {
  package static let keyBytes = 32
  /// How much longer a box is than what is in it.
  package static let overheadBytes = 1 + nonceBytes + tagBytes

  /// Random bytes that every box begins with.
  package static let nonceBytes = 16
  static let tagBytes = 16
  private static let version: UInt8 = 1

  let cipher: SM4Key
  let authentication: HMACKey
  /// Chunked files have keys of their own, made from this one (`SealedChunks`).
  let chunkRoot: HMACKey

  /// - Throws: `key.invalid` unless the key is 32 bytes.
  package init(key: [UInt8]) throws(Problem) {
    guard key.count == Self.keyBytes else { throw ProblemKind.keyInvalid.with("\(key.count) bytes") }
    let root = HMACSM3.Key(key)
    cipher = SM4Key(Array(root.code(Array("bangban seal 1 encryption".utf8)).prefix(SM4CTR.keyBytes)))
    authentication = HMACKey(.sm3, root.code(Array("bangban seal 1 authentication".utf8)))
    chunkRoot = HMACKey(.sm3, root.code(Array("bangban seal 1 chunks".utf8)))
  }

  /// - Parameter random: 16 bytes are taken for the nonce.
  package func seal(_ plain: [UInt8], at place: SealPlace, random: some RandomSource) -> [UInt8] {
    seal(plain, at: place, nonce: random.bytes(Self.nonceBytes))
  }

  /// - Parameter nonce: 16 random bytes, used for this box alone.
  package func seal(_ plain: [UInt8], at place: SealPlace, nonce: [UInt8]) -> [UInt8] {
    var box: [UInt8] = []
    box.reserveCapacity(plain.count + Self.overheadBytes)
    box.append(Self.version)
    box += nonce
    appendCiphertext(of: plain[...], counter: nonce, cipher: cipher, to: &box)
    box += tag(of: box[...], at: place)
    return box
  }

  /// - Throws: `seal.invalid` if the box was altered, cut, belongs to another place or was sealed with another key.
  package func open(_ box: [UInt8], at place: SealPlace) throws(Problem) -> [UInt8] {
    guard box.count >= Self.overheadBytes, box[0] == Self.version,
      constantTimeEqual(tag(of: box.dropLast(Self.tagBytes), at: place), box.suffix(Self.tagBytes))
    else { throw ProblemKind.sealInvalid.with(place.publicName) }
    var plain: [UInt8] = []
    let nonce = Array(box[1...Self.nonceBytes])
    let ciphertext = box[(1 + Self.nonceBytes)..<(box.count - Self.tagBytes)]
    plain.reserveCapacity(ciphertext.count)
    appendCiphertext(of: ciphertext, counter: nonce, cipher: cipher, to: &plain)
    return plain
  }

  /// The tag over place and box; the box begins with version and nonce, whose lengths are fixed.
  private func tag(of box: ArraySlice<UInt8>, at place: SealPlace) -> ArraySlice<UInt8> {
    let framed = place.framed
    return authentication.code {
      $0.update([Self.version])
      $0.update(framed)
      $0.update(box.dropFirst())
    }.prefix(Self.tagBytes)
  }
}

/// Nonces for many boxes, taken at once and in a fixed order, so that boxes may be made on all cores.
package struct Nonces: Sendable {
  private let bytes: [UInt8]

  /// - Parameter random: 16 bytes are taken for each.
  package init(_ count: Int, _ random: some RandomSource) { bytes = random.bytes(count * Sealer.nonceBytes) }

  /// The nonce of a box.
  package subscript(_ index: Int) -> [UInt8] {
    Array(bytes[index * Sealer.nonceBytes..<(index + 1) * Sealer.nonceBytes])
  }
}

/// Appends bytes encrypted or decrypted in counter mode.
func appendCiphertext(of bytes: ArraySlice<UInt8>, counter: [UInt8], cipher: SM4Key, to output: inout [UInt8]) {
  let start = output.count
  output += bytes
  unsafe output.withUnsafeMutableBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return }
    // In place: OpenSSL allows input and output to be the same memory.
    let part = unsafe UnsafeRawBufferPointer(start: base + start, count: bytes.count)
    unsafe cipher.apply(part, counter: counter, to: base + start)
  }
}
