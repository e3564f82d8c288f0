internal import Foundations

/// JSON whose keys keep the order they were given, laid out for people: whatever fits on a line stays on it.
indirect enum OrderedJSON {
  case value(Value)
  case array([OrderedJSON])
  case object([(key: String, value: OrderedJSON)])

  /// The longest a line gets before its content is broken up, in Unicode scalars.
  private static let lineLengthMax = 110

  /// The text of a file, with a line break at its end. The outermost object is always broken up.
  var fileText: String { laidOut(indent: "", lead: 0, isOutermost: true) + "\n" }

  private var isEmpty: Bool {
    switch self {
    case .value: false
    case .array(let items): items.isEmpty
    case .object(let members): members.isEmpty
    }
  }

  private var compact: String {
    switch self {
    case .value(let value): JSON.text(value)
    case .array(let items): "[" + items.map(\.compact).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.key)): \($0.value.compact)" }.joined(separator: ", ") + "}"
    }
  }

  private func laidOut(indent: String, lead: Int, isOutermost: Bool = false) -> String {
    let line = compact
    if case .value = self { return line }
    if !isOutermost, isEmpty || indent.count + lead + line.unicodeScalars.count <= Self.lineLengthMax { return line }
    let inner = indent + "  "
    switch self {
    case .value: return line
    case .array(let items):
      let lines = items.map { inner + $0.laidOut(indent: inner, lead: 0) }
      return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
    case .object(let members):
      let lines = members.map { member in
        let key = Self.quoted(member.key)
        return "\(inner)\(key): " + member.value.laidOut(indent: inner, lead: key.unicodeScalars.count + 2)
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }
  }

  private static func quoted(_ text: String) -> String { JSON.text(.text(text)) }
}

extension OrderedJSON {
  static func text(_ text: String) -> OrderedJSON { .value(.text(text)) }

  /// A value with a set order of its own keys; keys that `order` does not know follow in byte order.
  static func ordered(_ value: Value, by order: [String]) -> OrderedJSON {
    switch value {
    case .array(let items): return .array(items.map { ordered($0, by: order) })
    case .object(let members):
      let keys = order.filter { members[$0] != nil } + members.keys.filter { !order.contains($0) }.sorted()
      return .object(keys.map { (key: $0, value: ordered(members[$0] ?? .null, by: order)) })
    default: return .value(value)
    }
  }
}
