/// Reads the text of a `Pattern`.
struct PatternParser {
  /// What stands between `^` and `$`.
  private let scalars: [Unicode.Scalar]
  private var position = 0

  /// The longest repeat that a field of one line can need.
  private static let repeatMax = 1000

  /// The steps of an expression, repeats written out.
  static func steps(_ expression: String) throws(PatternFault) -> [Pattern.Step] {
    let scalars = Array(expression.unicodeScalars)
    guard scalars.count > 2, scalars.first == "^", scalars.last == "$" else {
      throw PatternFault(reason: "要以 ^ 开头、以 $ 结尾")
    }
    var parser = PatternParser(scalars: Array(scalars.dropFirst().dropLast()))
    return try parser.all()
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func all() throws(PatternFault) -> [Pattern.Step] {
    var steps: [Pattern.Step] = []
    while let next = peek {
      let ranges = try atom(next)
      let (low, high) = try counts()
      guard steps.count + high <= Pattern.stepsMax else { throw PatternFault(reason: "太长了") }
      for count in 0..<high { steps.append(Pattern.Step(ranges: ranges, isOptional: count >= low)) }
    }
    return steps
  }

  private mutating func atom(_ scalar: Unicode.Scalar) throws(PatternFault) -> [ClosedRange<UInt32>] {
    position += 1
    switch scalar {
    case "\\": return try escaped()
    case "[": return try characterClass()
    case "^", "$", "(", ")", "|", "*", "+", "?", "{", "}", "]", ".":
      throw PatternFault(reason: "“\(scalar)”不能用在这里")
    default: return [scalar.value...scalar.value]
    }
  }

  /// What a backslash, which is already taken, makes of the next character: `\d`, or a sign that would mean something
  /// else without it.
  private mutating func escaped() throws(PatternFault) -> [ClosedRange<UInt32>] {
    guard let scalar = peek else { throw PatternFault(reason: "结尾的 $ 前面多了反斜线") }
    position += 1
    if scalar == "d" { return [48...57] }
    guard "\\^$()|*+?{}[].-/".unicodeScalars.contains(scalar) else { throw PatternFault(reason: "不认识“\\\(scalar)”") }
    return [scalar.value...scalar.value]
  }

  /// `[A-Z0-9X]`, the opening bracket already taken; ranges run upwards; no negation.
  private mutating func characterClass() throws(PatternFault) -> [ClosedRange<UInt32>] {
    var ranges: [ClosedRange<UInt32>] = []
    while let scalar = peek, scalar != "]" {
      let first = try member()
      guard first.count == 1, peek == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
        ranges.append(first)
        continue
      }
      position += 1
      let last = try member()
      guard last.count == 1, first.lowerBound <= last.lowerBound else { throw PatternFault(reason: "字符组里的范围写反了") }
      ranges.append(first.lowerBound...last.lowerBound)
    }
    guard peek != nil else { throw PatternFault(reason: "字符组缺少右方括号") }
    position += 1
    guard !ranges.isEmpty else { throw PatternFault(reason: "字符组是空的") }
    return ranges
  }

  /// One character of a class, or the digits of `\d`.
  private mutating func member() throws(PatternFault) -> ClosedRange<UInt32> {
    guard let scalar = peek else { throw PatternFault(reason: "字符组缺少右方括号") }
    position += 1
    switch scalar {
    case "\\": return try escaped()[0]
    case "[", "^": throw PatternFault(reason: "字符组里不能有“\(scalar)”")
    default: return scalar.value...scalar.value
    }
  }

  /// How often the atom before stands: once unless a repeat follows.
  private mutating func counts() throws(PatternFault) -> (low: Int, high: Int) {
    if peek == "?" {
      position += 1
      return (0, 1)
    }
    guard peek == "{" else { return (1, 1) }
    let inside = scalars[(position + 1)...].prefix { $0 != "}" }
    position += inside.count + 2
    guard position <= scalars.count else { throw PatternFault(reason: "次数缺少右花括号") }
    let bounds = inside.split(separator: ",", omittingEmptySubsequences: false).map(number)
    guard 1...2 ~= bounds.count, let low = bounds[0], let high = bounds[bounds.count - 1], low <= high, high > 0 else {
      throw PatternFault(reason: "次数写法不对")
    }
    return (low, high)
  }

  private func number(_ digits: ArraySlice<Unicode.Scalar>) -> Int? {
    guard 1...4 ~= digits.count, digits.allSatisfy({ 48...57 ~= $0.value }) else { return nil }
    let number = digits.reduce(0) { $0 * 10 + Int($1.value) - 48 }
    return number <= Self.repeatMax ? number : nil
  }
}
