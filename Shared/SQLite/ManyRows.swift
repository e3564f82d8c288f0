/// A statement over many rows at once: each statement costs more than most rows do.
///
/// Rows are taken a few at a time, so that only as many texts are compiled and kept.
package struct ManyRows: Sendable {
  /// How many rows are taken at a time at most.
  package static let most = 16

  /// A text for each number of rows that are taken at a time, from the most to one.
  private let texts: [(rows: Int, sql: String)]

  /// - Parameter text: the SQL around the rows `(?,?),(?,?)`.
  package init(columns: Int, _ text: (_ rows: String) -> String) {
    let row = "(" + Array(repeating: "?", count: columns).joined(separator: ",") + ")"
    texts = [Self.most, 8, 4, 2, 1].map { count in
      (count, text(Array(repeating: row, count: count).joined(separator: ",")))
    }
  }

  /// - Parameters:
  ///   - insertion: `INSERT INTO table(columns)`; all columns are named.
  ///   - act: what follows the rows, as `ON CONFLICT …`.
  package init(_ insertion: String, _ act: String = "") {
    self.init(columns: insertion.split(separator: ",").count) { "\(insertion) VALUES\($0) \(act)" }
  }

  /// The texts for some rows, each with its arguments.
  func pieces(of rows: [[Binding]]) -> [(sql: String, arguments: [Binding])] {
    var pieces: [(sql: String, arguments: [Binding])] = []
    var start = 0
    while let text = texts.first(where: { $0.rows <= rows.count - start }) {
      pieces.append((text.sql, rows[start..<start + text.rows].flatMap { $0 }))
      start += text.rows
    }
    return pieces
  }
}

extension Connection {
  /// Runs a statement over many rows and returns how many rows it changed.
  @discardableResult
  package func run(_ statement: ManyRows, _ rows: [[Binding]]) throws(StorageError) -> Int {
    var changed = 0
    for piece in statement.pieces(of: rows) { changed += try run(piece.sql, piece.arguments) }
    return changed
  }

  /// Every row of a query about many rows, as the closure reads it.
  package func query<Row>(
    _ statement: ManyRows, _ rows: [[Binding]], _ row: (Statement) -> Row
  ) throws(StorageError) -> [Row] {
    var found: [Row] = []
    for piece in statement.pieces(of: rows) { found += try query(piece.sql, piece.arguments, row) }
    return found
  }
}
