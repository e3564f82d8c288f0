/// Writes values as JSON (RFC 8259): UTF-8, keys in byte order, so that equal values give equal text.
package enum JSON {
  /// The compact form, one line.
  package static func text(_ value: Value) -> String {
    String(decoding: bytes(value), as: UTF8.self)
  }

  /// The compact form, one line, as bytes.
  package static func bytes(_ value: Value) -> [UInt8] {
    var output: [UInt8] = []
    append(value, to: &output)
    return output
  }

  /// The indented form, for files that people read.
  package static func pretty(_ value: Value) -> String {
    var output = ""
    appendPretty(value, indent: "", to: &output)
    return output + "\n"
  }

  private static func append(_ value: Value, to output: inout [UInt8]) {
    switch value {
    case .null: output += "null".utf8
    case .bool(let value): output += (value ? "true" : "false").utf8
    case .integer(let value): output += String(value).utf8
    // JSON has no word for what is not a finite number; a foreign program's bytes may hold one all the same.
    case .double(let value): output += (value.isFinite ? String(value) : "null").utf8
    case .text(let value): appendQuoted(value, to: &output)
    case .bytes(let value): appendQuoted(Hexadecimal.text(value), to: &output)
    case .array(let items):
      output.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        append(item, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      for (index, key) in members.keys.sorted().enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        appendQuoted(key, to: &output)
        output.append(UInt8(ascii: ":"))
        append(members[key] ?? .null, to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  private static func appendQuoted(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): output += "\\\"".utf8
      case UInt8(ascii: "\\"): output += "\\\\".utf8
      case 0x0A: output += "\\n".utf8
      case 0x0D: output += "\\r".utf8
      case 0x09: output += "\\t".utf8
      case 0..<0x20:
        output += "\\u00".utf8
        output += Hexadecimal.text([byte]).utf8
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  private static func appendPretty(_ value: Value, indent: String, to output: inout String) {
    let inner = indent + "  "
    switch value {
    case .array(let items) where !items.isEmpty:
      output += "[\n"
      for (index, item) in items.enumerated() {
        output += inner
        appendPretty(item, indent: inner, to: &output)
        output += index + 1 < items.count ? ",\n" : "\n"
      }
      output += indent + "]"
    case .object(let members) where !members.isEmpty:
      output += "{\n"
      for (index, key) in members.keys.sorted().enumerated() {
        output += inner + text(.text(key)) + ": "
        appendPretty(members[key] ?? .null, indent: inner, to: &output)
        output += index + 1 < members.count ? ",\n" : "\n"
      }
      output += indent + "}"
    default: output += text(value)
    }
  }
}
