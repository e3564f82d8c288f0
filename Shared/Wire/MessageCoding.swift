package import Foundations

/// What both ends know of the objects in their messages: lists of keys, from the forms of the catalogue. An object
/// whose keys stand in one of them is written without keys.
package struct MessageTemplates: Sendable, Hashable {
  /// Each list in the order of the object's encoding.
  package let templates: [[String]]
  private let holding: [String: [Int]]

  package init(_ templates: [[String]]) {
    self.templates = templates
    var holding: [String: [Int]] = [:]
    for (index, keys) in templates.enumerated() where keys.allSatisfy(Self.hasOneSpelling) {
      for key in keys { holding[key, default: []].append(index) }
    }
    self.holding = holding
  }

  package static let none = MessageTemplates([])

  /// A key that Swift may take for another one must keep its own bytes, and stays out of templates.
  private static func hasOneSpelling(_ key: String) -> Bool { key.utf8.allSatisfy { $0 < 0x80 } }

  /// The shortest template that has all these keys.
  func template(for keys: some Collection<String>) -> Int? {
    guard keys.allSatisfy(Self.hasOneSpelling) else { return nil }
    guard let rarest = keys.min(by: { (holding[$0]?.count ?? 0) < (holding[$1]?.count ?? 0) }) else { return nil }
    return (holding[rarest] ?? []).filter { index in keys.allSatisfy { (holding[$0] ?? []).contains(index) } }
      .min { templates[$0].count < templates[$1].count }
  }
}

/// The encoding of message bodies: CBOR's heads (RFC 8949) with the parts that compress differently kept apart.
///
/// Salts and digests are random and stay uncompressed; numbers, dates and telephone numbers need four bits a character;
/// Chinese text needs two bytes instead of three; the keys of forms need nothing at all. What remains is deflated. It
/// is no store format: operations are digested and kept as plain CBOR.
package struct MessageCoding {
  /// The four streams of a body.
  package struct Streams: Sendable, Hashable {
    /// Structure and texts, to be deflated.
    package var structure: [UInt8]
    /// Contents of short byte strings.
    package var random: [UInt8]
    /// Texts of digits, one character a byte, 0–15.
    package var digits: [UInt8]
    /// How many characters each text of digits has. The structure says it too; packing needs it beforehand.
    package var digitLengths: [Int] = []
    /// The texts of digits packed by `packedDigits`, where they came so; nil where `digits` has them.
    package var packedDigits: [UInt8]?
    /// Chinese texts in UTF-16, big-endian.
    package var wide: [UInt8]

    package init(structure: [UInt8] = [], random: [UInt8] = [], digits: [UInt8] = [], wide: [UInt8] = []) {
      self.structure = structure
      self.random = random
      self.digits = digits
      self.wide = wide
    }
  }

  /// Byte strings of at most this length count as random; longer ones may be files.
  static let randomBytesMax = 128
  /// Texts shorter than this are not worth being set apart.
  private static let digitsMin = 4
  static let alphabet = Array("0123456789-:T+LX".utf8)
  private static let codes: [UInt8: UInt8] = Dictionary(
    uniqueKeysWithValues: alphabet.enumerated().map { ($1, UInt8($0)) })

  private let templates: MessageTemplates
  private var streams = Streams()

  private init(templates: MessageTemplates) { self.templates = templates }

  /// The streams of a value.
  package static func encode(_ value: Value, templates: MessageTemplates) -> Streams {
    var coding = MessageCoding(templates: templates)
    coding.append(value)
    return coding.streams
  }

  private mutating func append(_ value: Value) {
    switch value {
    case .bytes(let bytes) where bytes.count <= Self.randomBytesMax:
      CBOR.appendHead(2, UInt64(bytes.count), to: &streams.structure)
      streams.random += bytes
    case .text(let text): append(text)
    case .array(let items):
      CBOR.appendHead(4, UInt64(items.count), to: &streams.structure)
      for item in items { append(item) }
    case .object(let members): append(members)
    default: CBOR.append(value, to: &streams.structure)
    }
  }

  /// A text set apart is written as its length and, in the lowest bit, the stream it stands in.
  private mutating func append(_ text: String) {
    let codes = text.utf8.count >= Self.digitsMin ? text.utf8.compactMap { Self.codes[$0] } : []
    if !codes.isEmpty, codes.count == text.utf8.count {
      CBOR.appendHead(6, UInt64(codes.count) << 1, to: &streams.structure)
      streams.digits += codes
      streams.digitLengths.append(codes.count)
      return
    }
    let units = Array(text.utf16)
    guard units.contains(where: { (0x4E00...0x9FFF).contains($0) }), units.count * 2 < text.utf8.count else {
      CBOR.append(.text(text), to: &streams.structure)
      return
    }
    CBOR.appendHead(6, UInt64(units.count) << 1 | 1, to: &streams.structure)
    for unit in units {
      streams.wide.append(UInt8(unit >> 8))
      streams.wide.append(UInt8(unit & 0xFF))
    }
  }

  private mutating func append(_ members: Members) {
    guard !members.isEmpty, let index = templates.template(for: members.keys) else {
      CBOR.appendHead(5, UInt64(members.count), to: &streams.structure)
      for (key, value) in members {
        CBOR.append(.text(key), to: &streams.structure)
        append(value)
      }
      return
    }
    let keys = templates.templates[index]
    CBOR.appendHead(7, UInt64(index + Self.firstTemplate), to: &streams.structure)
    for start in stride(from: 0, to: keys.count, by: 8) {
      var bits: UInt8 = 0
      for (bit, key) in keys[start..<min(start + 8, keys.count)].enumerated() where members[key] != nil {
        bits |= 1 << UInt8(bit)
      }
      streams.structure.append(bits)
    }
    for key in keys { if let value = members[key] { append(value) } }
  }

  /// Simple values below this are CBOR's own.
  static let firstTemplate = 32

  /// Reads what `encode` made.
  package static func decode(_ streams: Streams, templates: MessageTemplates) throws(CBOR.Failure) -> Value {
    var reader = MessageReader(streams: streams, templates: templates)
    let value = try reader.value(depth: 0)
    guard reader.isAtEnd else { throw .trailingBytes }
    return value
  }
}

/// Reads the streams of a message. Nothing is allocated beyond what they hold.
private struct MessageReader {
  private let structure: [UInt8]
  private let random: [UInt8]
  private let digits: [UInt8]
  private var packedDigits: DigitDecoder?
  private let wide: [UInt8]
  private let templates: [[String]]
  private var position = 0
  private var randomPosition = 0
  private var digitsPosition = 0
  private var widePosition = 0
  /// A template's keys cost the sender nothing, so that a hostile one could name many: values are what is counted.
  private var valuesLeft: Int

  init(streams: MessageCoding.Streams, templates: MessageTemplates) {
    structure = streams.structure
    random = streams.random
    digits = streams.digits
    packedDigits = streams.packedDigits.map { DigitDecoder($0, codesMax: Limits.inflatedBytesMax) }
    wide = streams.wide
    self.templates = templates.templates
    valuesLeft = min(structure.count, Limits.valuesMax)
  }

  var isAtEnd: Bool {
    position == structure.count && randomPosition == random.count && digitsPosition == digits.count
      && widePosition == wide.count && packedDigits?.isAtEnd != false
  }

  private mutating func byte() throws(CBOR.Failure) -> UInt8 {
    guard position < structure.count else { throw .truncated }
    defer { position += 1 }
    return structure[position]
  }

  private static func take(
    _ count: UInt64, _ stream: [UInt8], _ position: inout Int
  ) throws(CBOR.Failure) -> ArraySlice<UInt8> {
    guard count <= UInt64(stream.count - position) else { throw .truncated }
    defer { position += Int(count) }
    return stream[position..<position + Int(count)]
  }

  private mutating func argument(_ info: UInt8) throws(CBOR.Failure) -> UInt64 {
    guard info >= 24 else { return UInt64(info) }
    guard info <= 27 else { throw .unsupported }
    var value: UInt64 = 0
    for byte in try Self.take(1 << UInt64(info - 24), structure, &position) { value = value << 8 | UInt64(byte) }
    return value
  }

  mutating func value(depth: Int) throws(CBOR.Failure) -> Value {
    guard depth <= Limits.messageDepthMax else { throw .tooDeep }
    valuesLeft -= 1
    guard valuesLeft >= 0 else { throw structure.count > Limits.valuesMax ? .tooMany : .truncated }
    let head = try byte()
    if head == 0xFB { return .double(Double(bitPattern: try argument(27))) }
    let argument = try argument(head & 31)
    switch head >> 5 {
    case 0, 1:
      guard let number = Int64(exactly: argument) else { throw .unsupported }
      return .integer(head >> 5 == 0 ? number : ~number)
    case 2: return .bytes(try bytes(argument))
    case 3: return .text(try text(argument))
    case 4: return try array(argument, depth: depth)
    case 5: return try object(argument, depth: depth)
    case 6: return .text(argument & 1 == 0 ? try digitText(argument >> 1) : try wideText(argument >> 1))
    default: return try simple(argument, depth: depth)
    }
  }

  private mutating func bytes(_ count: UInt64) throws(CBOR.Failure) -> [UInt8] {
    count <= UInt64(MessageCoding.randomBytesMax)
      ? Array(try Self.take(count, random, &randomPosition)) : Array(try Self.take(count, structure, &position))
  }

  private mutating func text(_ count: UInt64) throws(CBOR.Failure) -> String {
    guard let text = String(checking: try Self.take(count, structure, &position)) else {
      throw .invalidText
    }
    return text
  }

  private mutating func digitText(_ count: UInt64) throws(CBOR.Failure) -> String {
    let codes = try packedDigits == nil ? Self.take(count, digits, &digitsPosition) : unpackedDigits(count)
    guard codes.allSatisfy({ Int($0) < MessageCoding.alphabet.count }) else { throw .unsupported }
    return unsafe String(unsafeUninitializedCapacity: codes.count) { buffer in
      for (index, code) in codes.enumerated() { unsafe buffer[index] = MessageCoding.alphabet[Int(code)] }
      return codes.count
    }
  }

  private mutating func unpackedDigits(_ count: UInt64) throws(CBOR.Failure) -> ArraySlice<UInt8> {
    guard let codes = packedDigits?.text(count) else { throw .truncated }
    return codes[...]
  }

  private mutating func wideText(_ count: UInt64) throws(CBOR.Failure) -> String {
    let bytes = try Self.take(count << 1, wide, &widePosition)
    let units = unsafe [UInt16](unsafeUninitializedCapacity: bytes.count / 2) { buffer, count in
      var place = bytes.startIndex
      while place < bytes.endIndex {
        unsafe buffer[count] = UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1])
        (place, count) = (place + 2, count + 1)
      }
    }
    guard let text = String(validating: units, as: UTF16.self) else { throw .invalidText }
    return text
  }

  private mutating func array(_ count: UInt64, depth: Int) throws(CBOR.Failure) -> Value {
    guard count <= UInt64(structure.count - position) else { throw .truncated }
    var items: [Value] = []
    items.reserveCapacity(min(Int(count), CBOR.reservedItemsMax))
    for _ in 0..<count { items.append(try value(depth: depth + 1)) }
    return .array(items)
  }

  private mutating func object(_ count: UInt64, depth: Int) throws(CBOR.Failure) -> Value {
    guard count <= UInt64(structure.count - position) else { throw .truncated }
    var (texts, values): ([String], [Value]) = ([], [])
    texts.reserveCapacity(min(Int(count), CBOR.reservedItemsMax))
    values.reserveCapacity(min(Int(count), CBOR.reservedItemsMax))
    for _ in 0..<count {
      let head = try byte()
      guard head >> 5 == 3 else { throw .unsupported }
      texts.append(try text(try argument(head & 31)))
      values.append(try value(depth: depth + 1))
    }
    return try Self.object(texts, values)
  }

  private static func object(_ keys: [String], _ values: [Value]) throws(CBOR.Failure) -> Value {
    guard let keys = MemberKeys(keys) else { throw .notDeterministic }
    return .object(keys.members(values))
  }

  private mutating func simple(_ argument: UInt64, depth: Int) throws(CBOR.Failure) -> Value {
    switch argument {
    case 20: return .bool(false)
    case 21: return .bool(true)
    case 22: return .null
    default: break
    }
    guard argument >= UInt64(MessageCoding.firstTemplate),
      argument - UInt64(MessageCoding.firstTemplate) < UInt64(templates.count)
    else { throw .unsupported }
    let keys = templates[Int(argument) - MessageCoding.firstTemplate]
    let bits = try Self.take(UInt64((keys.count + 7) / 8), structure, &position)
    var (texts, values): ([String], [Value]) = ([], [])
    for (index, key) in keys.enumerated() where bits[bits.startIndex + index / 8] >> UInt8(index % 8) & 1 == 1 {
      texts.append(key)
      values.append(try value(depth: depth + 1))
    }
    return try Self.object(texts, values)
  }
}
