/// A piece of structured data, independent of how it is written: the payload of an operation, the value of a field,
/// the body of a request. `JSON` and `Wire.CBOR` are its two encodings.
///
/// There is no fractional case for amounts: JSON writes numbers with a fraction as decimal strings, so that no
/// rounding can change what a person entered. `.double` only holds what a foreign document wrote, to be refused by
/// name.
package enum Value: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case double(Double)
  case text(String)
  case bytes([UInt8])
  case array([Value])
  case object(Members)
}

extension Value {
  /// Equal values have equal encodings: texts are compared by their UTF-8 and numbers by their bits, where Swift would
  /// take two spellings of one accent, or 0 and −0, for the same. Packing and digests rely on it.
  package static func == (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.double(let left), .double(let right)): left.bitPattern == right.bitPattern
    case (.text(let left), .text(let right)): left.isSpelled(like: right)
    case (.bytes(let left), .bytes(let right)): left == right
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    default: false
    }
  }

  /// Agrees with `==`: whatever is spelled alike has one hash.
  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(value)
    case .double(let value): hasher.combine(value.bitPattern)
    case .text(let value): hasher.combine(value)
    case .bytes(let value): hasher.combine(value)
    case .array(let items): hasher.combine(items)
    case .object(let members): hasher.combine(members)
    }
  }

  package var isNull: Bool { if case .null = self { true } else { false } }

  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  package var text: String? { if case .text(let value) = self { value } else { nil } }
  package var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
  package var array: [Value]? { if case .array(let value) = self { value } else { nil } }
  package var object: Members? { if case .object(let value) = self { value } else { nil } }

  /// The member of an object; nil for anything that is not an object or has no such member. Writing nil removes it.
  package subscript(key: String) -> Value? {
    get { if case .object(let members) = self { members[key] } else { nil } }
    set {
      var members = object ?? [:]
      members[key] = newValue
      self = .object(members)
    }
  }

  /// Whether this counts as "not given": null, a text in which nothing can be seen, an empty array or object.
  package var isBlank: Bool {
    switch self {
    case .null: true
    case .text(let text): text.unicodeScalars.allSatisfy(\.isInvisible)
    case .array(let items): items.isEmpty
    case .object(let members): members.isEmpty
    case .bool, .integer, .double, .bytes: false
    }
  }

  /// The kind of value in a word for people.
  package var kindName: String {
    switch self {
    case .null: "空值"
    case .bool: "是或否"
    case .integer: "整数"
    case .double: "小数"
    case .text: "文字"
    case .bytes: "二进制内容"
    case .array: "数组"
    case .object: "对象"
    }
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .text(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: Value...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, Value)...) {
    self = .object(Members(elements, uniquingKeysWith: { _, last in last }))
  }
  package init(nilLiteral: ()) { self = .null }

  /// Text, or null where there is none.
  package init(_ text: String?) { self = text.map(Value.text) ?? .null }
  /// A whole number; counts and sizes of this process always fit.
  package init(_ number: some BinaryInteger) { self = .integer(Int64(clamping: number)) }
}

extension String {
  /// Whether two texts are the same bytes; Swift's own equality is that of what a reader sees.
  package func isSpelled(like other: String) -> Bool {
    utf8.count == other.utf8.count && compareBytes(other) == 0
  }
}
