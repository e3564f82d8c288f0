internal import Foundations
internal import Terminal

/// A table that somebody imports: CSV with a first row of headings, or JSON objects.
struct Rows {
  /// One row by heading.
  struct Row {
    /// Of the file, or the number of the object.
    let line: Int
    let cells: [String: String]

    /// The cell without white space at its ends; empty where there is none.
    func text(_ column: String) -> String { (cells[column] ?? "").trimmed }

    /// Yes or no, in the words of people, spreadsheets and programs; no where the cell is empty.
    /// - Throws: `table.value` for any other word.
    func flag(_ column: String) throws(Problem) -> Bool {
      switch text(column).halfWidth.lowercased() {
      case "true", "1", "yes", "是": return true
      case "false", "0", "no", "否", "": return false
      default: throw ProblemKind.rowValue.with("\(column) 应是“是”或“否”，不是“\(UsageFault.shown(text(column)))”")
      }
    }
  }

  static let faultsMax = 50

  let rows: [Row]
  var count: Int { rows.count }

  /// - Parameter headings: what a column may be called besides, as counties write it.
  /// - Throws: `table.columns` with the headings that there may be, `document.malformed`, problems of CSV.
  static func read(
    _ bytes: [UInt8], columns: [String], required: [String], headings: [String: String] = [:]
  ) throws(Problem) -> Rows {
    let rows = try isJSON(bytes) ? objects(bytes, columns, headings) : cells(bytes, columns, headings)
    guard let first = rows.first else { throw ProblemKind.tableEmpty.with(columns.joined(separator: ",")) }
    let missing = required.filter { first.cells[$0] == nil }
    guard missing.isEmpty else { throw ProblemKind.tableColumns.with("缺少 \(missing.joined(separator: "、"))") }
    return Rows(rows: rows)
  }

  /// Does something with each row.
  /// - Throws: the first problem with all further ones, each with its line; what happened before must be rolled back.
  static func each(_ rows: Rows, _ body: (Row) throws(Problem) -> Void) throws(Problem) {
    var problems: [Problem] = []
    for row in rows.rows where problems.count < faultsMax {
      do throws(Problem) {
        try body(row)
      } catch {
        // Of the store's problems the first is enough.
        if error.kind.exit == .storage { throw error }
        problems.append(error.kind.with("第 \(row.line) 行，\(error.detail ?? "")"))
      }
    }
    guard var problem = problems.first else { return }
    problem.others = Array(problems.dropFirst())
    throw problem
  }

  /// Fails where two rows have the same in a column: the later would take the place of the earlier.
  /// - Throws: `table.value` for every row whose cell has stood before.
  func requireUnique(_ column: String) throws(Problem) {
    var lines: [String: Int] = [:]
    try Self.each(self) { row throws(Problem) in
      let text = row.text(column)
      guard !text.isEmpty else { return }
      if let line = lines.updateValue(row.line, forKey: text) {
        throw ProblemKind.rowValue.with("\(column) “\(UsageFault.shown(text))”和第 \(line) 行的一样")
      }
    }
  }

  /// Several values in one cell, with any of the usual signs between them.
  static func list(_ text: String) -> [String] {
    text.split { ";；、,，\n".contains($0) }.map { String($0).trimmed }.filter { !$0.isEmpty }
  }

  static func isJSON(_ bytes: [UInt8]) -> Bool {
    let start = bytes.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
    return start == UInt8(ascii: "{") || start == UInt8(ascii: "[")
  }

  // MARK: - The two forms

  private static func cells(
    _ bytes: [UInt8], _ columns: [String], _ names: [String: String]
  ) throws(Problem) -> [Row] {
    let table = try CSV.read(try TableText.utf8(bytes))
    guard let head = table.first else { return [] }
    let headings = head.cells.map { $0.trimmed.lowercased() }
    for heading in headings where !columns.contains(names[heading] ?? heading) {
      throw ProblemKind.tableColumns.with("不认识“\(UsageFault.shown(heading))”，可以用 \(columns.joined(separator: ","))")
    }
    let places = try places(headings, names)
    return try table.dropFirst().map { row throws(Problem) in
      guard row.cells.count <= headings.count else { throw ProblemKind.tableColumns.with("第 \(row.line) 行多出几格") }
      return Row(
        line: row.line, cells: places.filter { $0.value < row.cells.count }.mapValues { row.cells[$0] })
    }
  }

  /// At which place each column stands. A table may have the name of something beside its code, and the code is what it
  /// is known by; of other headings that mean the same nobody knows which one holds.
  private static func places(_ headings: [String], _ names: [String: String]) throws(Problem) -> [String: Int] {
    var places: [String: Int] = [:]
    for (place, heading) in headings.enumerated() {
      let column = names[heading] ?? heading
      guard let former = places[column].map({ headings[$0] }) else {
        places[column] = place
        continue
      }
      guard former != heading else { throw ProblemKind.tableColumns.with("列名“\(heading)”重复") }
      switch (former.hasSuffix("代码"), heading.hasSuffix("代码")) {
      case (true, false): break
      case (false, true): places[column] = place
      default: throw ProblemKind.tableColumns.with("“\(former)”和“\(heading)”是同一列，只能留一列")
      }
    }
    return places
  }

  /// One array of objects, or one object a line, as `list --json` prints them; what else an object says is passed over.
  private static func objects(
    _ bytes: [UInt8], _ columns: [String], _ names: [String: String]
  ) throws(Problem) -> [Row] {
    var values: [Value]
    if let whole = try? JSONReader.read(bytes) {
      values = whole.array ?? [whole]
    } else {
      let lines = bytes.split(separator: 0x0A).filter { !$0.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } }
      guard lines.count > 1 else { values = [try JSONReader.document(bytes)]; return [] }
      values = []
      for (index, line) in lines.enumerated() {
        guard let value = try? JSONReader.read(Array(line)) else {
          throw ProblemKind.documentMalformed.with("第 \(index + 1) 行")
        }
        values.append(value)
      }
    }
    return try values.enumerated().map { index, value throws(Problem) in
      guard let members = value.object else { throw ProblemKind.tableColumns.with("第 \(index + 1) 项应是对象") }
      let headings = members.keys.filter { columns.contains(names[$0] ?? $0) }.sorted()
      let cells = try places(headings, names).mapValues { text(members[headings[$0]] ?? .null) }
      return Row(line: index + 1, cells: cells)
    }
  }

  private static func text(_ value: Value) -> String {
    switch value {
    case .text(let text): text
    case .array(let items): items.map(text).joined(separator: ";")
    case .bool(let bool): bool ? "true" : "false"
    case .integer(let number): String(number)
    case .null, .double, .bytes, .object: ""
    }
  }
}

extension ProblemKind {
  static let tableEmpty = ProblemKind("table.empty", status: 400, "表格是空的。第一行应是列名：{}", remedy: "请补上内容后再导入。")
  static let tableColumns = ProblemKind("table.columns", status: 400, "表格的列不对：{}。", remedy: "请照帮助里的列名改正后再导入。")
  static let rowValue = ProblemKind("table.value", "内容不对：{}。", remedy: "请改正后再试；没有导入任何内容。")
}
