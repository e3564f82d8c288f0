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
    output.reserveCapacity(3 * UInt64.bitWidth / 8 + table.utf8.count + row.utf8.count + column.utf8.count)
    for part in [table, row, column] {
      let count = UInt64(part.utf8.count)
      for shift in stride(from: 56, through: 0, by: -8) { output.append(UInt8(truncatingIfNeeded: count >> shift)) }
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

/// Seals data at rest: SM4 in Galois/counter mode, whose tag is also over the place.
///
/// A box is version ‖ nonce ‖ ciphertext ‖ tag: 1, 16, as many as the plaintext, and 16 bytes. The nonce is random and
/// so long that no two meet. Boxes of the first version are read, too: SM4 in counter mode, then HMAC-SM3 over version,
/// place, nonce and ciphertext with a key of its own.
package final class Sealer: Sendable {
  package static let keyBytes = 32
  /// How much longer a box is than what is in it.
  package static let overheadBytes = 1 + nonceBytes + tagBytes

  /// Random bytes that every box begins with.
  package static let nonceBytes = 16
  static let tagBytes = SM4GCM.tagBytes
  private static let version: UInt8 = 2
  private static let firstVersion: UInt8 = 1

  private let cipher: SM4GCM
  /// Chunked files have keys of their own, made from this one (`SealedChunks`).
  let chunkRoot: HMACKey
  private let firstCipher: SM4Key
  private let firstAuthentication: HMACKey

  /// - Throws: `key.invalid` unless the key is 32 bytes.
  package init(key: [UInt8]) throws(Problem) {
    guard key.count == Self.keyBytes else { throw ProblemKind.keyInvalid.with("\(key.count) bytes") }
    let root = HMACSM3.Key(key)
    func derived(_ purpose: String) -> [UInt8] { root.code(Array("bangban seal \(purpose)".utf8)) }
    cipher = SM4GCM(Array(derived("2 encryption").prefix(SM4CTR.keyBytes)))
    chunkRoot = HMACKey(.sm3, derived("1 chunks"))
    firstCipher = SM4Key(Array(derived("1 encryption").prefix(SM4CTR.keyBytes)))
    firstAuthentication = HMACKey(.sm3, derived("1 authentication"))
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
    cipher.seal(plain, nonce: nonce[...], context: place.framed, to: &box)
    return box
  }

  /// - Throws: `seal.invalid` if the box was altered, cut, belongs to another place or was sealed with another key.
  package func open(_ box: [UInt8], at place: SealPlace) throws(Problem) -> [UInt8] {
    guard box.count >= Self.overheadBytes else { throw ProblemKind.sealInvalid.with(place.publicName) }
    let nonce = box[1...Self.nonceBytes]
    let sealed = box[(1 + Self.nonceBytes)...]
    let plain =
      switch box[0] {
      case Self.version: cipher.open(sealed, nonce: nonce, context: place.framed)
      case Self.firstVersion: openFirst(sealed, nonce: nonce, at: place)
      default: [UInt8]?.none
      }
    guard let plain else { throw ProblemKind.sealInvalid.with(place.publicName) }
    return plain
  }

  private func openFirst(_ sealed: ArraySlice<UInt8>, nonce: ArraySlice<UInt8>, at place: SealPlace) -> [UInt8]? {
    let ciphertext = sealed.dropLast(Self.tagBytes)
    let tag = firstAuthentication.code {
      $0.update([Self.firstVersion])
      $0.update(place.framed)
      $0.update(nonce)
      $0.update(ciphertext)
    }.prefix(Self.tagBytes)
    guard constantTimeEqual(tag, sealed.suffix(Self.tagBytes)) else { return nil }
    var plain: [UInt8] = []
    plain.reserveCapacity(ciphertext.count)
    appendCiphertext(of: ciphertext, counter: Array(nonce), cipher: firstCipher, to: &plain)
    return plain
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
    // In place: libgcrypt allows input and output to be the same memory.
    let part = unsafe UnsafeRawBufferPointer(start: base + start, count: bytes.count)
    unsafe cipher.apply(part, counter: counter, to: base + start)
  }
}
