internal import Foundations
internal import Glibc

/// The text of a table as a spreadsheet saved it: UTF-8 with or without a mark, UTF-16 with one (“Unicode 文本”), or
/// GBK, which is what Excel on a Chinese machine calls CSV.
enum TableText {
  /// - Returns: UTF-8, without marks; tabs between the cells become commas.
  /// - Throws: `table.encoding` for text in none of these.
  static func utf8(_ bytes: [UInt8]) throws(Problem) -> [UInt8] {
    let text = try decoded(bytes)
    return Array(separated(text).utf8)
  }

  private static func decoded(_ bytes: [UInt8]) throws(Problem) -> String {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      guard let text = String(validating: bytes.dropFirst(3), as: UTF8.self) else { throw Problem(.tableEncoding) }
      return text
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      let isLittle = bytes[0] == 0xFF
      let units = stride(from: 2, to: bytes.count - 1, by: 2).map { place in
        isLittle
          ? UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8 : UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1])
      }
      guard let text = String(validating: units, as: UTF16.self) else { throw Problem(.tableEncoding) }
      return text
    }
    guard !bytes.contains(0) else { throw Problem(.tableEncoding) }
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    guard let converted = chinese(bytes), let text = String(validating: converted, as: UTF8.self) else {
      throw Problem(.tableEncoding)
    }
    return text
  }

  /// GB 18030, which GBK and GB 2312 are parts of, in UTF-8; nil for bytes that are none of it.
  private static func chinese(_ bytes: [UInt8]) -> [UInt8]? {
    let converter = unsafe iconv_open("UTF-8", "GB18030")
    guard unsafe converter != iconv_t(bitPattern: -1) else { return nil }
    defer { _ = unsafe iconv_close(converter) }
    var input = bytes.map { CChar(bitPattern: $0) }
    // A character of two bytes takes three in UTF-8; one of four takes four.
    var output = [CChar](repeating: 0, count: bytes.count * 2 + 4)
    let written: Int? = unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        var (from, to) = (source.baseAddress, target.baseAddress)
        var (left, room) = (source.count, target.count)
        let all = target.count
        let outcome = unsafe iconv(converter, &from, &left, &to, &room)
        return outcome == -1 || left != 0 ? nil : all - room
      }
    }
    return written.map { output.prefix($0).map { UInt8(bitPattern: $0) } }
  }

  /// Without Excel's `sep=` line; a table parted by tabs, as “Unicode 文本” is, is parted by commas afterwards.
  private static func separated(_ text: String) -> String {
    var rest = text[...]
    if rest.lowercased().hasPrefix("sep="), let end = rest.firstIndex(where: \.isNewline) {
      rest = rest[rest.index(after: end)...]
    }
    let head = rest.prefix { !$0.isNewline }
    guard head.contains("\t"), !head.contains(",") else { return String(rest) }
    let lines = rest.split(omittingEmptySubsequences: false) { $0.isNewline }
    return lines.map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map { cell in
        cell.contains(",") && !cell.hasPrefix("\"") ? "\"\(cell)\"" : String(cell)
      }.joined(separator: ",")
    }.joined(separator: "\n")
  }
}
