internal import Glibc

/// Bytes as hexadecimal text, lower case.
package enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Two characters a byte.
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.underestimatedCount * 2)
    for byte in bytes {
      output.append(digits[Int(byte >> 4)])
      output.append(digits[Int(byte & 15)])
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// The bytes of a hexadecimal text of either case; nil for anything else.
  package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count.isMultiple(of: 2) else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(characters.count / 2)
    for index in stride(from: 0, to: characters.count, by: 2) {
      guard let high = nibble(characters[index]), let low = nibble(characters[index + 1]) else { return nil }
      output.append(high << 4 | low)
    }
    return output
  }

  private static func nibble(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension Hexadecimal {
  /// Two characters a byte; the same for what is an array already, at a fraction of the cost.
  package static func text(_ bytes: [UInt8]) -> String {
    unsafe String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
      for (index, byte) in bytes.enumerated() {
        unsafe buffer[2 * index] = digits[Int(byte >> 4)]
        unsafe buffer[2 * index + 1] = digits[Int(byte & 15)]
      }
      return bytes.count * 2
    }
  }
}

/// Bytes as Crockford's base 32 in lower case: no i, l, o, u, so that a code survives being read over the telephone.
package enum Base32 {
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

  /// Five bits a character, the last one padded with zero bits.
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var output: [UInt8] = []
    var buffer: UInt32 = 0
    var bits = 0
    for byte in bytes {
      buffer = buffer << 8 | UInt32(byte)
      bits += 8
      while bits >= 5 {
        bits -= 5
        output.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
      }
    }
    if bits > 0 { output.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
    return String(decoding: output, as: UTF8.self)
  }

  /// A text in groups of so many characters, joined by hyphens: `ab12-cd34`.
  package static func grouped(_ text: some StringProtocol, by count: Int) -> String {
    var output = ""
    for (index, character) in text.enumerated() {
      if index > 0, index.isMultiple(of: count) { output.append("-") }
      output.append(character)
    }
    return output
  }
}

extension StringProtocol {
  /// The text without what cannot be seen at its ends (`isInvisible`). A variation selector behind a character stays:
  /// it is part of how a name is written.
  package var trimmed: String {
    if let first = unicodeScalars.first, let last = unicodeScalars.last, first.isPlainlyVisible, last.isPlainlyVisible {
      return String(self)
    }
    guard let start = unicodeScalars.firstIndex(where: { !$0.isInvisible }),
      let end = unicodeScalars.lastIndex(where: { !$0.isInvisible || $0.properties.isVariationSelector })
    else { return "" }
    return String(self[start...end])
  }

  /// Full-width letters, digits and signs (U+FF01–U+FF5E, and the ideographic space) as their ASCII twins:
  /// Chinese input methods produce them inside numbers.
  package var halfWidth: String {
    // Every full-width sign begins with the byte EF in UTF-8, the ideographic space with E3.
    if utf8.allSatisfy({ $0 != 0xEF && $0 != 0xE3 }) { return String(self) }
    return String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.value {
          case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
          case 0x3000: " "
          default: scalar
          }
        }))
  }
}

extension String {
  /// As any text's; what forms consist of mostly begins and ends with what a byte tells to be visible.
  package var trimmed: String {
    var text = self
    let isTrimmed = text.withUTF8 { bytes in
      guard let first = unsafe bytes.first, let last = unsafe bytes.last else { return false }
      let begins = 0x21...0x7E ~= first || Self.beginsChinese(first)
      let ends = unsafe 0x21...0x7E ~= last || bytes.count >= 3 && Self.beginsChinese(bytes[bytes.count - 3])
      return begins && ends
    }
    return isTrimmed ? self : self[...].trimmed
  }

  /// As any text's.
  package var halfWidth: String {
    var text = self
    let isHalf = text.withUTF8 { bytes in unsafe bytes.allSatisfy { $0 != 0xEF && $0 != 0xE3 } }
    return isHalf ? self : self[...].halfWidth
  }

  /// Whether a character of three bytes begins so that is certainly no white space: U+5000 to U+9FFF.
  private static func beginsChinese(_ byte: UInt8) -> Bool { 0xE5...0xE9 ~= byte }

  /// The text of these bytes; nil unless they are UTF-8.
  ///
  /// `String(validating:as:)` says the same, at several times the cost for the short texts that forms consist of:
  /// whatever `String(decoding:as:)` had to repair no longer has the same bytes.
  package init?(checking bytes: ArraySlice<UInt8>) {
    var text = String(decoding: bytes, as: UTF8.self)
    let isUnchanged = text.withUTF8 { own in
      unsafe bytes.withUnsafeBytes { given in
        guard own.count == given.count, let own = own.baseAddress, let start = given.baseAddress else {
          return own.count == given.count
        }
        return unsafe memcmp(own, start, given.count) == 0
      }
    }
    guard isUnchanged else { return nil }
    self = text
  }

  /// The order of two texts by their bytes: below, at or above zero.
  package func compareBytes(_ other: String) -> Int {
    var (left, right) = (self, other)
    return left.withUTF8 { left in
      right.withUTF8 { right in
        guard let first = left.baseAddress, let second = right.baseAddress else { return left.count - right.count }
        let order = unsafe memcmp(first, second, min(left.count, right.count))
        return order == 0 ? left.count - right.count : Int(order)
      }
    }
  }
}

extension Unicode.Scalar {
  /// What nobody sees: white space, what Unicode says to leave out where it is not known (zero-width characters, soft
  /// hyphens, the Hangul filler), and the Braille cell without dots.
  package var isInvisible: Bool {
    if isPlainlyVisible { return false }
    return properties.isWhitespace || properties.isDefaultIgnorableCodePoint || value == 0x2800
  }

  /// Certainly no white space: visible ASCII and the common Chinese characters, told without Unicode's tables, which
  /// cost more than all else that is done with most texts. False only says "look closer".
  package var isPlainlyVisible: Bool { 0x21...0x7E ~= value || 0x4E00...0x9FFF ~= value }
}
