/// Whether a pattern keeps to the plain subset: `^`, `$`, literals, `\d`, an escaped sign, `[…]`, and after one of
/// these `?`, `{n}` or `{m,n}`. No groups, no alternatives, no unbounded repeats, so that matching is linear and a clerk
/// can read it.
struct PatternSyntax {
  private let characters: [Character]
  private var position = 0

  /// Why the pattern is refused; nil where it is sound.
  static func fault(in pattern: String) -> String? {
    var syntax = PatternSyntax(characters: Array(pattern))
    return syntax.check()
  }

  private init(characters: [Character]) { self.characters = characters }

  private mutating func check() -> String? {
    guard characters.first == "^", characters.last == "$", characters.count > 2 else { return "要以 ^ 开头、以 $ 结尾" }
    position = 1
    while position < characters.count - 1 {
      if let fault = atom() ?? quantifier() { return fault }
    }
    return position == characters.count - 1 ? nil : "结尾的 $ 前面多了反斜线"
  }

  private mutating func atom() -> String? {
    switch characters[position] {
    case "\\": return escape()
    case "[": return characterClass()
    case "^", "$", "(", ")", "|", "*", "+", "?", "{", "}", "]", ".": return "“\(characters[position])”不能用在这里"
    default:
      position += 1
      return nil
    }
  }

  /// `\d`, or a sign that would mean something else without the backslash.
  private mutating func escape() -> String? {
    guard position + 1 < characters.count else { return "反斜线后面缺少字符" }
    let escaped = characters[position + 1]
    guard escaped == "d" || "\\^$()|*+?{}[].-/".contains(escaped) else { return "不认识“\\\(escaped)”" }
    position += 2
    return nil
  }

  /// `[A-Z0-9X]`; ranges run upwards; no negation.
  private mutating func characterClass() -> String? {
    position += 1
    let start = position
    while position < characters.count, characters[position] != "]" {
      if characters[position] == "[" || characters[position] == "^" { return "字符组里不能有“\(characters[position])”" }
      if characters[position] == "\\" {
        if let fault = escape() { return fault }
        continue
      }
      if position + 2 < characters.count, characters[position + 1] == "-", characters[position + 2] != "]" {
        guard characters[position] <= characters[position + 2] else { return "字符组里的范围写反了" }
        position += 3
      } else {
        position += 1
      }
    }
    guard position < characters.count else { return "字符组缺少右方括号" }
    guard position > start else { return "字符组是空的" }
    position += 1
    return nil
  }

  private mutating func quantifier() -> String? {
    guard position < characters.count else { return nil }
    if characters[position] == "?" {
      position += 1
      return nil
    }
    guard characters[position] == "{" else { return nil }
    let inside = characters[(position + 1)...].prefix { $0 != "}" }
    let bounds = String(inside).split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    position += inside.count + 2
    guard position <= characters.count else { return "次数缺少右花括号" }
    switch bounds.count {
    case 1: return bounds[0].map { (1...Self.repeatMax).contains($0) } == true ? nil : "次数写法不对"
    case 2:
      guard let low = bounds[0], let high = bounds[1] else { return "次数写法不对" }
      return low >= 0 && low <= high && high <= Self.repeatMax && high > 0 ? nil : "次数写法不对"
    default: return "次数写法不对"
    }
  }

  /// Longest repeat that a field of one line can need.
  private static let repeatMax = 1000
}
