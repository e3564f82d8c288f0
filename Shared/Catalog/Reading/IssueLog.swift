internal import Foundations

/// Collects everything that is wrong with one file, so that a person is told all of it at once.
/// It lives on one call stack; lines are looked up at the end, because finding them costs more than reading.
final class IssueLog {
  struct Entry {
    let path: String
    let kind: ProblemKind
    let detail: String
  }

  private(set) var entries: [Entry] = []

  func note(_ kind: ProblemKind, at path: String, _ detail: String) {
    entries.append(Entry(path: path, kind: kind, detail: detail))
  }

  /// The issues in the order of their lines.
  /// - Parameters:
  ///   - lines: line by path; a path that is not there takes the line of its nearest parent.
  func issues(file: String, lines: [String: Int]) -> [CatalogIssue] {
    entries.enumerated()
      .map { index, entry in (index: index, line: Self.line(of: entry.path, in: lines), entry: entry) }
      .sorted { ($0.line, $0.index) < ($1.line, $1.index) }
      .map { found in
        let entry = found.entry
        return CatalogIssue(file: file, line: found.line, path: entry.path, kind: entry.kind, detail: entry.detail)
      }
  }

  private static func line(of path: String, in lines: [String: Int]) -> Int {
    var parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    while !parts.isEmpty {
      if let line = lines[parts.joined(separator: ".")] { return line }
      parts.removeLast()
    }
    return 1
  }
}
