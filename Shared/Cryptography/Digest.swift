internal import Foundations

/// An SM3 digest as operations, versions and attachments are named by it. Its text is `sm3:` and 64 hexadecimal digits.
package struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
  package static let byteCount = 32
  private static let prefix = "sm3:"

  // Four big-endian words: no allocation, and their order is that of the bytes.
  private let first: UInt64
  private let second: UInt64
  private let third: UInt64
  private let fourth: UInt64

  /// The digest of these bytes.
  package init(of bytes: [UInt8]) { self.init(trusted: SM3.digest(bytes)) }

  /// A digest computed elsewhere; nil unless it is 32 bytes long.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(trusted: Array(bytes))
  }

  /// Reads the text form; nil for anything else.
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count == Self.prefix.utf8.count + 2 * Self.byteCount, text.hasPrefix(Self.prefix),
      let bytes = Hexadecimal.bytes(text.dropFirst(Self.prefix.count)), Hexadecimal.text(bytes) == text.dropFirst(4)
    else { return nil }
    self.init(bytes: bytes)
  }

  private init(trusted bytes: [UInt8]) {
    (first, second, third, fourth) = unsafe bytes.withUnsafeBytes { bytes in
      func word(_ index: Int) -> UInt64 {
        unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
      }
      return (word(0), word(1), word(2), word(3))
    }
  }

  package var bytes: [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      unsafe raw.storeBytes(of: first.bigEndian, toByteOffset: 0, as: UInt64.self)
      unsafe raw.storeBytes(of: second.bigEndian, toByteOffset: 8, as: UInt64.self)
      unsafe raw.storeBytes(of: third.bigEndian, toByteOffset: 16, as: UInt64.self)
      unsafe raw.storeBytes(of: fourth.bigEndian, toByteOffset: 24, as: UInt64.self)
      count = Self.byteCount
    }
  }

  /// Its first bits as a number.
  /// - Parameter count: 1–63.
  package func firstBits(_ count: Int) -> Int { Int(first >> UInt64(64 - count)) }

  /// `sm3:` and 64 hexadecimal digits in lower case.
  package var text: String { Self.prefix + Hexadecimal.text(bytes) }
  package var description: String { text }

  package static func < (left: Digest, right: Digest) -> Bool {
    (left.first, left.second, left.third, left.fourth) < (right.first, right.second, right.third, right.fourth)
  }
}
