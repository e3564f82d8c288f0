internal import Foundations
internal import Terminal

/// One column of a clerk's sheet: its Chinese heading, and what may stand in it.
struct ClerkColumn {
  let heading: String
  /// The key of the catalogue's file that it becomes; problems of that key are shown at this column.
  let key: String
  var isRequired = false
}

/// A sheet that a clerk keeps: rows under Chinese headings. Everything that is wrong is collected, by line and column.
final class ClerkSheet {
  /// One row.
  struct Row {
    let line: Int
    fileprivate let cells: [String: String]
  }

  /// As the person named it.
  let name: String
  let columns: [ClerkColumn]
  private(set) var rows: [Row] = []
  private(set) var problems: [Problem] = []

  /// - Throws: `table.encoding`, `table.quotes`, `table.columns` with the headings that there may be.
  init(name: String, bytes: [UInt8], columns: [ClerkColumn]) throws(Problem) {
    self.name = name
    self.columns = columns
    let table = try CSV.read(try TableText.utf8(bytes)).filter { $0.cells.contains { !Self.clean($0).isEmpty } }
    guard let head = table.first else {
      throw ProblemKind.tableEmpty.with(columns.map(\.heading).joined(separator: ","))
    }
    var headings = head.cells.map(Self.clean)
    while headings.last?.isEmpty == true { headings.removeLast() }
    let known = columns.map(\.heading)
    for heading in headings where !known.contains(heading) {
      let near = known.contains(heading + "编号") ? "，是不是“\(heading)编号”？" : ""
      throw ProblemKind.tableColumns.with(
        "\(name) 不认识“\(UsageFault.shown(heading))”\(near)，可以用 \(known.joined(separator: ","))")
    }
    guard Set(headings).count == headings.count else { throw ProblemKind.tableColumns.with("\(name) 列名重复") }
    let missing = columns.filter { $0.isRequired && !headings.contains($0.heading) }.map(\.heading)
    guard missing.isEmpty else {
      throw ProblemKind.tableColumns.with("\(name) 缺少 \(missing.joined(separator: "、"))")
    }
    for row in table.dropFirst() {
      let cells = row.cells.map(Self.clean)
      if cells.count > headings.count, cells.dropFirst(headings.count).contains(where: { !$0.isEmpty }) {
        problems.append(ProblemKind.tableColumns.with("\(name) 第 \(row.line) 行多出几格"))
      }
      rows.append(
        Row(line: row.line, cells: Dictionary(zip(headings, cells), uniquingKeysWith: { first, _ in first })))
    }
  }

  /// Without blanks of any width, and without the apostrophe with which Excel keeps digits from becoming a number.
  private static func clean(_ cell: String) -> String {
    var text = cell.trimmed
    while let last = text.last, "\u{3000}\u{A0}".contains(last) { text.removeLast() }
    while let first = text.first, "\u{3000}\u{A0}".contains(first) { text.removeFirst() }
    return text.hasPrefix("'") ? String(text.dropFirst()) : text
  }

  // MARK: Cells

  /// A cell; nil where it is blank or the sheet has no such column.
  func text(_ row: Row, _ key: String) -> String? {
    guard let heading = heading(key), let text = row.cells[heading], !text.isEmpty else { return nil }
    if Self.isMangled(text) {
      complain(row, key, "“\(text)”是 Excel 把长数字改成的，请把这一列的格式设为“文本”再填")
      return nil
    }
    return text
  }

  /// A cell that may not be blank.
  func need(_ row: Row, _ key: String) -> String {
    if let text = text(row, key) { return text }
    if heading(key).flatMap({ row.cells[$0] })?.isEmpty != false { complain(row, key, "不能空着") }
    return ""
  }

  /// Whether the sheet has the column at all: what it does not speak of stays as it is.
  func has(_ key: String) -> Bool {
    heading(key).map { heading in rows.contains { $0.cells[heading] != nil } } ?? false
  }

  /// A whole number; `5.0` is how a spreadsheet writes 5.
  func integer(_ row: Row, _ key: String) -> Int? {
    guard let text = text(row, key) else { return nil }
    let plain = text.halfWidth.hasSuffix(".0") ? String(text.halfWidth.dropLast(2)) : text.halfWidth
    guard let number = Int(plain), number >= 0 else {
      complain(row, key, "“\(text)”不是整数")
      return nil
    }
    return number
  }

  /// One of some words.
  func word<Result>(_ row: Row, _ key: String, _ words: [(String, Result)], default standard: Result) -> Result {
    guard let text = text(row, key) else { return standard }
    if let found = words.first(where: { $0.0 == text }) { return found.1 }
    complain(row, key, "不认识“\(text.prefix(20))”，可以用：\(words.map(\.0).joined(separator: "、"))")
    return standard
  }

  func flag(_ row: Row, _ key: String) -> Bool {
    word(row, key, [("是", true), ("否", false), ("√", true), ("×", false)], default: false)
  }

  /// Several values in one cell.
  func list(_ row: Row, _ key: String) -> [String] { Rows.list(text(row, key) ?? "") }

  // MARK: Problems

  func complain(_ row: Row, _ key: String, _ text: String) {
    complain(line: row.line, key, text)
  }

  /// - Parameter index: of the row, from 0.
  func complain(index: Int, _ key: String, _ text: String) {
    complain(line: rows.indices.contains(index) ? rows[index].line : 1, key, text)
  }

  private func complain(line: Int, _ key: String, _ text: String) {
    let place = heading(key).map { "“\($0)”列：" } ?? ""
    problems.append(ProblemKind.rowValue.with("\(name) 第 \(line) 行\(place)\(text)"))
  }

  private func heading(_ key: String) -> String? { columns.first { $0.key == key }?.heading }

  /// `6.1083E+17`.
  private static func isMangled(_ text: String) -> Bool {
    let parts = text.uppercased().split(separator: "E+", omittingEmptySubsequences: false)
    return parts.count == 2 && Int(parts[1]) != nil && parts[0].allSatisfy { $0.isNumber || $0 == "." }
      && !parts[0].isEmpty
  }
}
