package import Foundations

/// Deterministic CBOR (RFC 8949, section 4.2): equal values give equal bytes on every device, so that a digest over
/// them means the same everywhere. Only what `Value` can hold is written and read; everything else is refused.
package enum CBOR {
  /// Why bytes are not one of our values.
  package enum Failure: Error, Sendable, Hashable {
    case truncated
    case trailingBytes
    case unsupported
    case notDeterministic
    case tooDeep
    /// More than `Limits.valuesMax` values.
    case tooMany
    case invalidText
  }

  /// The bytes of a value.
  package static func encode(_ value: Value) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(256)
    append(value, to: &output)
    return output
  }

  /// Appends the bytes of a value.
  package static func append(_ value: Value, to output: inout [UInt8]) {
    switch value {
    case .null: output.append(0xF6)
    case .bool(let bool): output.append(bool ? 0xF5 : 0xF4)
    case .integer(let number):
      if number >= 0 {
        appendHead(0, UInt64(number), to: &output)
      } else {
        appendHead(1, UInt64(bitPattern: ~number), to: &output)
      }
    case .double(let number):
      output.append(0xFB)
      appendBigEndian(number.bitPattern, 8, to: &output)
    case .bytes(let bytes):
      appendHead(2, UInt64(bytes.count), to: &output)
      output += bytes
    case .text(let text): appendText(text, to: &output)
    case .array(let items):
      appendHead(4, UInt64(items.count), to: &output)
      for item in items { append(item, to: &output) }
    case .object(let members):
      appendHead(5, UInt64(members.count), to: &output)
      for (key, value) in members {
        appendText(key, to: &output)
        append(value, to: &output)
      }
    }
  }

  private static func appendText(_ text: String, to output: inout [UInt8]) {
    var text = text
    text.withUTF8 { bytes in
      appendHead(3, UInt64(bytes.count), to: &output)
      unsafe output.append(contentsOf: bytes)
    }
  }

  static func appendHead(_ major: UInt8, _ argument: UInt64, to output: inout [UInt8]) {
    switch argument {
    case 0..<24: output.append(major << 5 | UInt8(argument))
    case 24...0xFF:
      output.append(major << 5 | 24)
      output.append(UInt8(argument))
    case 0x100...0xFFFF:
      output.append(major << 5 | 25)
      appendBigEndian(argument, 2, to: &output)
    case 0x1_0000...0xFFFF_FFFF:
      output.append(major << 5 | 26)
      appendBigEndian(argument, 4, to: &output)
    default:
      output.append(major << 5 | 27)
      appendBigEndian(argument, 8, to: &output)
    }
  }

  private static func appendBigEndian(_ number: UInt64, _ count: Int, to output: inout [UInt8]) {
    for shift in (0..<count).reversed() { output.append(UInt8(truncatingIfNeeded: number >> UInt64(shift * 8))) }
  }

  /// Room is reserved for so many items at most before the first has been read.
  static let reservedItemsMax = 1024

  /// Reads exactly one value. What can be read is what `encode` writes, byte for byte.
  /// - Parameter bytes: at most what the caller has already bounded.
  package static func decode(_ bytes: [UInt8]) throws(Failure) -> Value {
    var reader = Reader(bytes: bytes)
    let value = try reader.value(depth: 0)
    guard reader.position == bytes.count else { throw .trailingBytes }
    return value
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0
    var valuesLeft = Limits.valuesMax

    mutating func byte() throws(Failure) -> UInt8 {
      guard position < bytes.count else { throw .truncated }
      defer { position += 1 }
      return bytes[position]
    }

    mutating func take(_ count: UInt64) throws(Failure) -> ArraySlice<UInt8> {
      guard count <= UInt64(bytes.count - position) else { throw .truncated }
      let slice = bytes[position..<position + Int(count)]
      position += Int(count)
      return slice
    }

    mutating func number(_ count: UInt64) throws(Failure) -> UInt64 {
      try take(count).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func argument(_ info: UInt8) throws(Failure) -> UInt64 {
      let (argument, minimum): (UInt64, UInt64) =
        switch info {
        case 0..<24: (UInt64(info), 0)
        case 24: (try number(1), 24)
        case 25: (try number(2), 0x100)
        case 26: (try number(4), 0x1_0000)
        case 27: (try number(8), 0x1_0000_0000)
        default: throw .unsupported
        }
      guard argument >= minimum else { throw .notDeterministic }
      return argument
    }

    mutating func text(_ count: UInt64) throws(Failure) -> String {
      let slice = try take(count)
      guard let text = String(checking: slice) else { throw .invalidText }
      return text
    }

    mutating func value(depth: Int) throws(Failure) -> Value {
      guard depth <= Limits.jsonDepthMax else { throw .tooDeep }
      valuesLeft -= 1
      guard valuesLeft >= 0 else { throw .tooMany }
      let head = try byte()
      if head >> 5 == 7 { return try simple(head) }
      let argument = try argument(head & 31)
      switch head >> 5 {
      case 0:
        guard let number = Int64(exactly: argument) else { throw .unsupported }
        return .integer(number)
      case 1:
        guard let number = Int64(exactly: argument) else { throw .unsupported }
        return .integer(~number)
      case 2: return .bytes(Array(try take(argument)))
      case 3: return .text(try text(argument))
      case 4: return try array(argument, depth: depth)
      case 5: return try object(argument, depth: depth)
      default: throw .unsupported
      }
    }

    private mutating func simple(_ head: UInt8) throws(Failure) -> Value {
      switch head {
      case 0xF4: return .bool(false)
      case 0xF5: return .bool(true)
      case 0xF6: return .null
      case 0xFB: return .double(Double(bitPattern: try number(8)))
      default: throw .unsupported
      }
    }

    private mutating func array(_ count: UInt64, depth: Int) throws(Failure) -> Value {
      // Every item takes a byte at least: a count beyond the rest is a lie, and reserves nothing.
      guard count <= UInt64(bytes.count - position) else { throw .truncated }
      var items: [Value] = []
      items.reserveCapacity(min(Int(count), CBOR.reservedItemsMax))
      for _ in 0..<count { items.append(try value(depth: depth + 1)) }
      return .array(items)
    }

    private mutating func object(_ count: UInt64, depth: Int) throws(Failure) -> Value {
      guard count <= UInt64(bytes.count - position) / 2 else { throw .truncated }
      var members = Members()
      members.reserveCapacity(min(Int(count), CBOR.reservedItemsMax))
      for _ in 0..<count {
        let head = try byte()
        guard head >> 5 == 3 else { throw .unsupported }
        let key = try text(try argument(head & 31))
        guard members.append(key, try value(depth: depth + 1)) else { throw .notDeterministic }
      }
      // Two spellings of one accent are one key to some readers: kept as one, they would not be written as two again.
      guard !members.hasTwins else { throw .notDeterministic }
      return .object(members)
    }
  }
}
