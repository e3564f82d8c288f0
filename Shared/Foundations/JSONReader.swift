/// A strict JSON reader (RFC 8259) that knows where it is.
///
/// The toolchain's decoder names neither line nor column, silently keeps the last of two equal keys and has no bound of
/// ours on depth; a clerk who edits a catalogue by hand needs all three.
package struct JSONReader {
  /// Why a text is not JSON, and where. Lines and columns count from 1, columns in bytes.
  package struct Failure: Error, Sendable, Hashable {
    package let reason: String
    package let line: Int
    package let column: Int
  }

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  private let depthMax: Int
  /// Line of each object member by its path (`fields.0.name`), when asked for.
  private var lines: [String: Int]?
  /// The path of the value that is being read; nil where it is too long to be recorded.
  private var path: String? = ""
  private static let pathBytesMax = 512
  /// The line at `countedPosition`: members come in the order of the text, so that each byte is looked at once.
  private var countedLine = 1
  private var countedPosition = 0

  private init(_ bytes: [UInt8], depthMax: Int, recordsLines: Bool) {
    self.bytes = bytes
    self.depthMax = depthMax
    lines = recordsLines ? [:] : nil
  }

  /// Reads one JSON text, with nothing but white space after it.
  /// - Parameters:
  ///   - bytes: UTF-8; a byte order mark is skipped, since Windows editors write one.
  ///   - depthMax: how deep arrays and objects may nest.
  package static func read(_ bytes: [UInt8], depthMax: Int = Limits.jsonDepthMax) throws(Failure) -> Value {
    var reader = JSONReader(bytes, depthMax: depthMax, recordsLines: false)
    return try reader.document()
  }

  /// Reads one JSON text from outside.
  /// - Throws: `document.malformed` with the line and column of what is wrong in it, and never the text itself.
  package static func document(_ bytes: [UInt8]) throws(Problem) -> Value {
    do throws(Failure) {
      return try read(bytes)
    } catch {
      throw ProblemKind.documentMalformed.with("第 \(error.line) 行第 \(error.column) 列，\(error.reason)")
    }
  }

  /// Reads one JSON text and says on which line each member stands.
  /// - Returns: the value, and the line by dotted path (`items.2.name`).
  package static func readWithLines(_ bytes: [UInt8]) throws(Failure) -> (value: Value, lines: [String: Int]) {
    var reader = JSONReader(bytes, depthMax: Limits.jsonDepthMax, recordsLines: true)
    let value = try reader.document()
    return (value, reader.lines ?? [:])
  }

  private mutating func document() throws(Failure) -> Value {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    skipSpace()
    let result = try value()
    skipSpace()
    guard position == bytes.count else { throw failure("内容结束以后还有多余的文字") }
    return result
  }

  private func failure(_ reason: String) -> Failure {
    let seen = bytes[..<min(position, bytes.count)]
    let line = 1 + seen.lazy.filter { $0 == 0x0A }.count
    let column = 1 + seen.reversed().prefix { $0 != 0x0A }.count
    return Failure(reason: reason, line: line, column: column)
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func value() throws(Failure) -> Value {
    guard let byte = peek() else { throw failure("文字没有写完") }
    switch byte {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw failure("有不认识的字符，文字要加英文引号")
    }
  }

  private mutating func literal(_ word: StaticString, _ value: Value) throws(Failure) -> Value {
    for expected in word.description.utf8 {
      guard peek() == expected else { throw failure("有不认识的词，只能是 true、false 或 null") }
      position += 1
    }
    return value
  }

  private mutating func enter() throws(Failure) {
    depth += 1
    guard depth <= depthMax else { throw failure("嵌套超过 \(depthMax) 层") }
  }

  private mutating func object() throws(Failure) -> Value {
    try enter()
    position += 1
    var members: [String: Value] = [:]
    skipSpace()
    if peek() == UInt8(ascii: "}") {
      position += 1
      depth -= 1
      return .object([:])
    }
    while true {
      skipSpace()
      guard peek() == UInt8(ascii: "\"") else { throw failure("这里应是用英文引号括起来的名称") }
      let keyPosition = position
      let key = try string()
      noteLine(key, at: keyPosition)
      skipSpace()
      guard peek() == UInt8(ascii: ":") else { throw failure("名称后面缺英文冒号") }
      position += 1
      skipSpace()
      let value = try inside(key) { (reader) throws(Failure) in try reader.value() }
      guard members.updateValue(value, forKey: key) == nil else {
        position = keyPosition
        throw failure("名称“\(key)”写了两次")
      }
      skipSpace()
      switch peek() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        depth -= 1
        return .object(Members(members))
      default: throw failure("这里缺英文逗号或右花括号 }")
      }
    }
  }

  private mutating func array() throws(Failure) -> Value {
    try enter()
    position += 1
    var items: [Value] = []
    skipSpace()
    if peek() == UInt8(ascii: "]") {
      position += 1
      depth -= 1
      return .array(items)
    }
    while true {
      skipSpace()
      noteLine(String(items.count), at: position)
      items.append(try inside(String(items.count)) { (reader) throws(Failure) in try reader.value() })
      skipSpace()
      switch peek() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        depth -= 1
        return .array(items)
      default: throw failure("这里缺英文逗号或右方括号 ]")
      }
    }
  }

  private mutating func inside(
    _ key: String, _ body: (inout JSONReader) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard lines != nil else { return try body(&self) }
    let outer = path
    path = joined(key)
    let result = try body(&self)
    path = outer
    return result
  }

  private func joined(_ key: String) -> String? {
    guard let path, path.utf8.count + key.utf8.count < Self.pathBytesMax else { return nil }
    return path.isEmpty ? key : path + "." + key
  }

  private mutating func noteLine(_ key: String, at position: Int) {
    guard lines != nil else { return }
    while countedPosition < position {
      if bytes[countedPosition] == 0x0A { countedLine += 1 }
      countedPosition += 1
    }
    if let path = joined(key) { lines?[path] = countedLine }
  }

  private mutating func number() throws(Failure) -> Value {
    let start = position
    if peek() == UInt8(ascii: "-") { position += 1 }
    let digitsStart = position
    try digits()
    if bytes[digitsStart] == UInt8(ascii: "0"), position > digitsStart + 1 {
      throw failure("数字不能以 0 开头")
    }
    var whole = true
    if peek() == UInt8(ascii: ".") {
      whole = false
      position += 1
      try digits()
    }
    if let byte = peek(), byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      whole = false
      position += 1
      if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if whole, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw failure("数字太大") }
    return .double(number)
  }

  private mutating func digits() throws(Failure) {
    let start = position
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else { throw failure("这里应是数字") }
  }

  private mutating func string() throws(Failure) -> String {
    position += 1
    var start = position
    var text: [UInt8] = []
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        // Hardly any text has an escape in it.
        if !text.isEmpty { text += bytes[start..<position] }
        guard let result = String(checking: text.isEmpty ? bytes[start..<position] : text[...]) else {
          throw failure("文字不是 UTF-8 编码")
        }
        position += 1
        return result
      case UInt8(ascii: "\\"):
        text += bytes[start..<position]
        position += 1
        text += try escape()
        start = position
      case 0..<0x20: throw failure("文字里有控制字符，换行要写成 \\n")
      default: position += 1
      }
    }
    throw failure("文字后面缺英文引号")
  }

  private mutating func escape() throws(Failure) -> [UInt8] {
    guard let byte = peek() else { throw failure("文字没有写完") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(Character(try unicodeEscape())).utf8)
    default: throw failure("反斜杠后面的写法不认识")
    }
  }

  private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
    let first = try hexadecimalUnit()
    if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
    guard (0xD800..<0xDC00).contains(first), peek() == UInt8(ascii: "\\") else {
      throw failure("\\u 写法只有半个字符")
    }
    position += 1
    guard peek() == UInt8(ascii: "u") else { throw failure("\\u 写法只有半个字符") }
    position += 1
    let second = try hexadecimalUnit()
    guard (0xDC00..<0xE000).contains(second) else { throw failure("\\u 写法只有半个字符") }
    let code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
    guard let scalar = Unicode.Scalar(code) else { throw failure("\\u 写法没有对应的字符") }
    return scalar
  }

  private mutating func hexadecimalUnit() throws(Failure) -> UInt16 {
    // Digits only: the integer initializers would take a sign for one.
    guard position + 4 <= bytes.count,
      let unit = Hexadecimal.bytes(String(decoding: bytes[position..<position + 4], as: UTF8.self)), unit.count == 2
    else { throw failure("\\u 后面应是四位十六进制数字") }
    position += 4
    return UInt16(unit[0]) << 8 | UInt16(unit[1])
  }
}
