internal import Glibc

/// What is printed: the table on standard output, progress on standard error.
enum Report {
  /// A Markdown table whose columns stand one below the other in a terminal too.
  static func table(_ figures: [Figure]) -> String {
    let rows =
      [["what", "reach", "measured", "reached"]]
      + figures.map { [$0.what, $0.reach, $0.value, $0.reached ? "yes" : "no"] }
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
    return ([line(rows[0]), rule] + rows.dropFirst().map(line)).joined(separator: "\n")
  }

  /// Tells how far it has come.
  static func note(_ text: String) {
    let line = text + "\n"
    _ = unsafe line.withCString { unsafe write(STDERR_FILENO, $0, strlen($0)) }
  }
}
