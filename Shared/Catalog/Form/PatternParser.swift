/// Reads the text of a `Pattern`.
struct PatternParser {
  indirect enum Node {
    case one(Pattern.CharacterSet)
    case start
    case end
    case sequence([Node])
    case either(Node, Node)
    case repeated(Node, low: Int, high: Int?)
  }

  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  private static let repeatMax = 1000
  private static let depthMax = 20

  private init(_ text: String) { scalars = Array(text.unicodeScalars) }

  /// The tree of an expression; nil if it is not one.
  static func parse(_ text: String) -> Node? {
    var parser = PatternParser(text)
    guard let node = parser.alternatives(), parser.peek == nil else { return nil }
    return node
  }

  private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    position += 1
    return true
  }

  private mutating func alternatives() -> Node? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthMax, var node = sequence() else { return nil }
    while take("|") {
      guard let next = sequence() else { return nil }
      node = .either(node, next)
    }
    return node
  }

  private mutating func sequence() -> Node? {
    var nodes: [Node] = []
    while let next = peek, next != "|", next != ")" {
      guard let node = repeated() else { return nil }
      nodes.append(node)
    }
    return .sequence(nodes)
  }

  private mutating func repeated() -> Node? {
    guard let node = atom() else { return nil }
    let bounds: (Int, Int?)
    if take("?") {
      bounds = (0, 1)
    } else if take("*") {
      bounds = (0, nil)
    } else if take("+") {
      bounds = (1, nil)
    } else if take("{") {
      guard let counts = counts() else { return nil }
      bounds = counts
    } else {
      return node
    }
    // A repeat of a repeat is a typing error in every form we have seen.
    if let next = peek, "?*+{".unicodeScalars.contains(next) { return nil }
    return .repeated(node, low: bounds.0, high: bounds.1)
  }

  /// What stands between braces, the opening one already taken.
  private mutating func counts() -> (Int, Int?)? {
    guard let low = number() else { return nil }
    if take("}") { return (low, low) }
    guard take(",") else { return nil }
    if take("}") { return (low, nil) }
    guard let high = number(), take("}"), low <= high else { return nil }
    return (low, high)
  }

  private mutating func number() -> Int? {
    var number = 0
    let start = position
    while let digit = peek, 48...57 ~= digit.value, number <= Self.repeatMax {
      number = number * 10 + Int(digit.value) - 48
      position += 1
    }
    return position > start && number <= Self.repeatMax ? number : nil
  }

  private mutating func atom() -> Node? {
    guard let scalar = peek else { return nil }
    position += 1
    switch scalar {
    case "^": return .start
    case "$": return .end
    case ".": return .one(Pattern.CharacterSet(ranges: [10...10], negated: true))
    case "(":
      if take("?") { guard take(":") else { return nil } }
      guard let inner = alternatives(), take(")") else { return nil }
      return inner
    case "[": return characterClass()
    case "\\": return escaped().map { .one(Pattern.CharacterSet(ranges: $0)) }
    case "?", "*", "+", "{", "}", "]", ")", "|": return nil
    default: return .one(Pattern.CharacterSet(ranges: [scalar.value...scalar.value]))
    }
  }

  /// What a backslash means, which is already taken.
  private mutating func escaped() -> [ClosedRange<UInt32>]? {
    guard let scalar = peek else { return nil }
    position += 1
    switch scalar {
    case "d": return [48...57]
    case "w": return [48...57, 65...90, 95...95, 97...122]
    case "s": return [9...13, 32...32, 0x3000...0x3000]
    case "n": return [10...10]
    case "t": return [9...9]
    case "u": return unicode().map { [$0...$0] }
    default:
      // Letters and digits behind a backslash mean something elsewhere; here they mean a mistake.
      let isWord = scalar.properties.isAlphabetic || 48...57 ~= scalar.value
      return isWord ? nil : [scalar.value...scalar.value]
    }
  }

  /// Four hexadecimal digits.
  private mutating func unicode() -> UInt32? {
    guard position + 4 <= scalars.count else { return nil }
    var digits = String.UnicodeScalarView()
    digits.append(contentsOf: scalars[position..<position + 4])
    position += 4
    let text = String(digits)
    return text.utf8.count == 4 && !text.hasPrefix("+") && !text.hasPrefix("-") ? UInt32(text, radix: 16) : nil
  }

  private mutating func characterClass() -> Node? {
    var set = Pattern.CharacterSet(negated: take("^"))
    while let scalar = peek, scalar != "]" {
      position += 1
      guard let first = scalar == "\\" ? escaped() : [scalar.value...scalar.value] else { return nil }
      let single = first.count == 1 && first[0].count == 1
      guard single, peek == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
        set.ranges += first
        continue
      }
      position += 1
      guard let scalar = peek else { return nil }
      position += 1
      guard let last = scalar == "\\" ? escaped() : [scalar.value...scalar.value], last.count == 1, last[0].count == 1,
        first[0].lowerBound <= last[0].lowerBound
      else { return nil }
      set.ranges.append(first[0].lowerBound...last[0].lowerBound)
    }
    return take("]") && !set.ranges.isEmpty ? .one(set) : nil
  }
}
