/// Rows under headings, aligned by the width of Chinese characters.
package struct Table {
  /// One a column.
  package let headings: [String]
  private var rows: [[String]] = []
  /// Headings of columns that are never cut: codes that other commands need whole.
  private let whole: Set<String>

  /// A table without rows.
  /// - Parameter whole: headings of columns that are never cut, however narrow the screen.
  package init(_ headings: [String], whole: Set<String> = []) {
    self.headings = headings
    self.whole = whole
  }

  /// Whether it has no rows.
  package var isEmpty: Bool { rows.isEmpty }

  /// - Parameter cells: as many as there are headings.
  package mutating func add(_ cells: [String]) { rows.append(cells.map(Width.clean)) }

  /// - Parameters:
  ///   - columns: of the screen; the widest column gives way where the rows do not fit.
  ///   - indent: blanks before every row.
  package func lines(columns: Int, indent: Int = 0, heading: (String) -> String = { $0 }) -> [String] {
    var widths = headings.indices.map { index in
      (rows.map { Width.of($0[index]) } + [Width.of(headings[index])]).max() ?? 0
    }
    let gaps = 2 * max(0, widths.count - 1) + indent
    let excess = widths.reduce(gaps, +) - columns
    let yielding = widths.indices.filter { !whole.contains(headings[$0]) }
    if excess > 0, let widest = yielding.max(by: { widths[$0] < widths[$1] }) {
      widths[widest] = max(min(8, widths[widest]), widths[widest] - excess)
    }
    let head = heading(line(headings, widths))
    return ([head] + rows.map { line($0, widths) }).map { String(repeating: " ", count: indent) + $0 }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      let shown = Width.cut(cell, to: widths[index])
      line += index + 1 < cells.count ? Width.padded(shown, to: widths[index] + 2) : shown
    }
    while line.last == " " { line.removeLast() }
    return line
  }
}
