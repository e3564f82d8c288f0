package import Foundations

/// Rows turned into columns and back, without loss.
///
/// Fifty applications of one matter have the same field names and alike values; side by side by column they compress
/// far better than one after another. The transposition knows nothing of applications: it works on any values.
package enum Columns {
  /// What a packed column begins with.
  private enum Form: Int64 {
    /// The values as they are.
    case plain = 0
    /// The same value in every row.
    case constant = 1
    /// Objects: shapes (lists of keys), the shape of each row, and for each shape one column a key.
    case objects = 2
  }

  /// Why packed columns do not unpack.
  package enum Failure: Error, Sendable, Hashable { case malformed }

  /// Fewer rows than this are smaller as they are.
  private static let columnRowsMin = 4

  /// Objects within objects are transposed so deep; each level of theirs takes three of the message's.
  private static let levelsMax = 4

  /// Packs rows.
  package static func pack(_ rows: [Value]) -> Value { pack(rows, level: 0) }

  private static func pack(_ rows: [Value], level: Int) -> Value {
    if rows.count > 1, let first = rows.first, rows.allSatisfy({ $0 == first }) {
      return [.integer(Form.constant.rawValue), first]
    }
    guard level < levelsMax, rows.count >= columnRowsMin, rows.allSatisfy({ $0.object != nil }) else {
      return .array([.integer(Form.plain.rawValue)] + rows)
    }
    var shapes: [Shape] = []
    var shapeOfRow: [Value] = []
    // By value, whose equality is that of bytes: a shape must give back the very keys it was made of.
    var indexes: [Value: Int] = [:]
    var last = 0
    for row in rows {
      let members = row.object ?? [:]
      // Most rows have the shape of the one before.
      if shapes.isEmpty || !shapes[last].take(members) {
        let spelled = Value.array(members.keys.map(Value.text))
        last = indexes[spelled] ?? shapes.count
        if last == shapes.count {
          indexes[spelled] = last
          shapes.append(Shape(members))
        }
        _ = shapes[last].take(members)
      }
      shapeOfRow.append(.integer(Int64(last)))
    }
    return [
      .integer(Form.objects.rawValue), .array(shapes.map { .array($0.keys.map(Value.text)) }), pack(shapeOfRow),
      .array(shapes.map { .array($0.columns.map { pack($0, level: level + 1) }) }),
    ]
  }

  /// Rows with the same keys, key by key.
  private struct Shape {
    private let first: Members
    private(set) var columns: [[Value]]

    /// - Parameter first: a row of this shape, which is not taken yet.
    init(_ first: Members) {
      self.first = first
      columns = Array(repeating: [], count: first.count)
    }

    var keys: [String] { first.keys }

    /// Takes a row with these very keys.
    /// - Returns: false where it has others.
    mutating func take(_ members: Members) -> Bool {
      guard members.hasKeys(of: first) else { return false }
      for (column, value) in members.values.enumerated() { columns[column].append(value) }
      return true
    }
  }

  /// Unpacks what `pack` made.
  /// - Parameter count: how many rows there must be; the caller has bounded it.
  package static func unpack(_ packed: Value, count: Int) throws(Failure) -> [Value] {
    var cellsLeft = Limits.valuesMax
    return try unpack(packed, count: count, level: 0, cellsLeft: &cellsLeft)
  }

  /// - Parameter cellsLeft: a few bytes can name many constant columns of many rows: cells are what is counted.
  private static func unpack(
    _ packed: Value, count: Int, level: Int, cellsLeft: inout Int
  ) throws(Failure) -> [Value] {
    cellsLeft -= max(count, 1)
    guard level <= 2 * levelsMax, cellsLeft >= 0, let parts = packed.array,
      let form = parts.first?.integer.flatMap(Form.init)
    else { throw .malformed }
    switch form {
    case .plain:
      guard parts.count == count + 1 else { throw .malformed }
      return Array(parts.dropFirst())
    case .constant:
      guard parts.count == 2 else { throw .malformed }
      return Array(repeating: parts[1], count: count)
    case .objects:
      guard parts.count == 4, let shapes = parts[1].array, let columns = parts[3].array, shapes.count == columns.count,
        shapes.count <= count
      else { throw .malformed }
      let shapeOfRow = try unpack(parts[2], count: count, level: level + 1, cellsLeft: &cellsLeft)
      return try rows(
        shapes: shapes, columns: columns, shapeOfRow: shapeOfRow, level: level, cellsLeft: &cellsLeft)
    }
  }

  private static func rows(
    shapes: [Value], columns: [Value], shapeOfRow: [Value], level: Int, cellsLeft: inout Int
  ) throws(Failure) -> [Value] {
    var counts = [Int](repeating: 0, count: shapes.count)
    var indexes: [Int] = []
    for shape in shapeOfRow {
      guard let index = shape.integer, shapes.indices.contains(Int(clamping: index)) else { throw .malformed }
      counts[Int(index)] += 1
      indexes.append(Int(index))
    }
    var rowsOfShape: [[Members]] = []
    for (shape, (column, count)) in zip(shapes, zip(columns, counts)) {
      guard let keys = shape.array, let packed = column.array, keys.count == packed.count else { throw .malformed }
      let texts = keys.compactMap(\.text)
      guard texts.count == keys.count, let names = MemberKeys(texts) else { throw .malformed }
      var columns: [[Value]] = []
      for values in packed {
        columns.append(try unpack(values, count: count, level: level + 1, cellsLeft: &cellsLeft))
      }
      rowsOfShape.append((0..<count).reversed().map { row in names.members(columns.map { $0[row] }) })
    }
    return indexes.map { index in .object(rowsOfShape[index].removeLast()) }
  }
}
