internal import Foundations

/// Comma-separated values (RFC 4180), as spreadsheets save them: quoted cells, either line ending, a byte order mark.
enum CSV {
  /// One row, and the line of the file it begins on.
  struct Row: Equatable {
    let line: Int
    let cells: [String]
  }

  static let rowsMax = 100_000
  private static let cellsMax = 200

  /// - Throws: `table.encoding` unless it is UTF-8, `table.quotes` with the line, `table.too-large`.
  static func read(_ bytes: [UInt8]) throws(Problem) -> [Row] {
    var bytes = bytes[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { throw Problem(.tableEncoding) }
    var reader = Reader(rest: Array(text.utf8))
    return try reader.rows()
  }

  private struct Reader {
    let rest: [UInt8]
    private var position = 0
    private var line = 1

    init(rest: [UInt8]) { self.rest = rest }

    private var next: UInt8? { position < rest.count ? rest[position] : nil }

    mutating func rows() throws(Problem) -> [Row] {
      var rows: [Row] = []
      while next != nil {
        let start = line
        let cells = try row()
        // A line of nothing is how editors end a file.
        if cells == [""] { continue }
        guard rows.count < rowsMax, cells.count <= cellsMax else {
          throw ProblemKind.tableTooLarge.with("第 \(start) 行")
        }
        rows.append(Row(line: start, cells: cells))
      }
      return rows
    }

    private mutating func row() throws(Problem) -> [String] {
      var cells = [try cell()]
      while next == UInt8(ascii: ",") {
        position += 1
        cells.append(try cell())
      }
      if next == 0x0D { position += 1 }
      if next == 0x0A { position += 1 }
      line += 1
      return cells
    }

    private mutating func cell() throws(Problem) -> String {
      guard next == UInt8(ascii: "\"") else {
        let start = position
        while let byte = next, byte != UInt8(ascii: ","), byte != 0x0A, byte != 0x0D { position += 1 }
        return String(decoding: rest[start..<position], as: UTF8.self)
      }
      position += 1
      let start = line
      var bytes: [UInt8] = []
      while let byte = next {
        position += 1
        if byte == UInt8(ascii: "\"") {
          guard next == UInt8(ascii: "\"") else {
            guard next == nil || [UInt8(ascii: ","), 0x0A, 0x0D].contains(next) else { break }
            return String(decoding: bytes, as: UTF8.self)
          }
          position += 1
        }
        if byte == 0x0A { line += 1 }
        bytes.append(byte)
      }
      throw ProblemKind.tableQuotes.with("第 \(start) 行")
    }
  }
}

extension ProblemKind {
  static let tableEncoding = ProblemKind(
    "table.encoding", status: 400, "表格不是 UTF-8 编码。", remedy: "在 Excel 里请另存为“CSV UTF-8（逗号分隔）”。")
  static let tableQuotes = ProblemKind("table.quotes", status: 400, "表格里的引号没有配对：{}。", remedy: "请检查这一行的引号。")
  static let tableTooLarge = ProblemKind("table.too-large", status: 413, "表格太大：{}。", remedy: "请分成几个文件导入。")
}
