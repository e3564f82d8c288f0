/// A declaration of a Swift file.
struct Declaration: Sendable {
  enum Kind: Sendable { case type, protocolType, extensionOfType, function, initializer, variable, other }

  let kind: Kind
  /// Name of the type or function; the keyword for what has none.
  let name: String
  /// `package`, `public` or `open`.
  let isShared: Bool
  /// First line with attributes and modifiers, from 1.
  let line: Int
  /// Whether it is the first thing on its line, so that a comment above can be its own.
  let opensLine: Bool
  /// Index of the declaration it stands in.
  let parent: Int?
  /// Whether something stands between its parentheses.
  var hasParameters = false
  /// The lines of its opening and closing brace; nil without a body.
  var body: ClosedRange<Int>?
}

/// Finds the declarations of a file by their keywords and braces.
struct Outline {
  private static let modifiers: Set<String> = [
    "package", "public", "open", "private", "fileprivate", "internal", "static", "final", "class", "mutating",
    "nonmutating", "override", "required", "convenience", "indirect", "nonisolated", "isolated", "lazy", "weak",
    "unowned", "dynamic", "consuming", "borrowing", "distributed", "prefix", "postfix", "infix", "unsafe", "safe",
  ]
  private static let kinds: [String: Declaration.Kind] = [
    "struct": .type, "class": .type, "enum": .type, "actor": .type, "protocol": .protocolType,
    "extension": .extensionOfType, "func": .function, "init": .initializer, "deinit": .function,
    "subscript": .function, "var": .variable, "let": .variable, "case": .other, "typealias": .other,
    "associatedtype": .other, "import": .other, "return": .other, "if": .other, "for": .other, "while": .other,
    "guard": .other, "switch": .other, "do": .other,
  ]

  private let bytes: [UInt8]
  private let tokens: [SwiftSource.Token]
  private(set) var declarations: [Declaration] = []
  /// For each open brace, the declaration whose body it opens, its line, and the declaration that still waits for its
  /// body behind it: a default argument may hold a closure.
  private var braces: [(owner: Int?, line: Int, waiting: Int?)] = []
  /// The declaration whose body a brace would open.
  private var pending: Int?
  /// Open parentheses and brackets, counted anew inside every brace.
  private var depths = [0]

  init(_ bytes: [UInt8], _ tokens: [SwiftSource.Token]) {
    self.bytes = bytes
    self.tokens = tokens
  }

  mutating func run() {
    var index = 0
    while index < tokens.count {
      let token = tokens[index]
      if token.isName || bytes[token.range.lowerBound] == UInt8(ascii: "@") {
        index = opensStatement(index) ? statement(at: index) : index + 1
      } else {
        punctuation(bytes[token.range.lowerBound], token.line)
        index += 1
      }
    }
  }

  private func text(_ index: Int) -> String {
    guard tokens.indices.contains(index) else { return "" }
    return String(decoding: bytes[tokens[index].range], as: UTF8.self)
  }

  private func opensStatement(_ index: Int) -> Bool {
    guard depths.last == 0 else { return false }
    guard index > 0, !tokens[index].opensLine else { return true }
    switch bytes[tokens[index - 1].range.lowerBound] {
    case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ";"): return true
    default: return false
    }
  }

  private mutating func punctuation(_ byte: UInt8, _ line: Int) {
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: "["):
      depths[depths.count - 1] += 1
    case UInt8(ascii: ")"), UInt8(ascii: "]"):
      depths[depths.count - 1] -= 1
    case UInt8(ascii: "{"):
      let isBody = depths.last == 0
      braces.append((isBody ? pending : nil, line, isBody ? nil : pending))
      pending = nil
      depths.append(0)
    case UInt8(ascii: "}"):
      guard let brace = braces.popLast() else { return }
      depths.removeLast()
      pending = brace.waiting
      if let owner = brace.owner { declarations[owner].body = brace.line...line }
    default:
      break
    }
  }

  /// Reads attributes, modifiers and keyword; returns the index of the first token that is left.
  private mutating func statement(at start: Int) -> Int {
    var index = start
    var isShared = false
    while index < tokens.count {
      let word = text(index)
      if word == "@" {
        index = skipArguments(index + 2)
      } else if Self.modifiers.contains(word), !(word == "class" && !Self.isModifier(text(index + 1))) {
        isShared = isShared || word == "package" || word == "public" || word == "open"
        index = skipArguments(index + 1)
      } else {
        break
      }
    }
    guard let kind = Self.kinds[text(index)], isDeclaration(index) else { return max(index, start + 1) }
    guard kind != .other else {
      pending = nil
      return index + 1
    }
    let isNamed = kind != .initializer && text(index) != "subscript" && text(index) != "deinit"
    var declaration = Declaration(
      kind: kind, name: isNamed ? text(index + 1) : text(index), isShared: isShared, line: tokens[start].line,
      opensLine: tokens[start].opensLine, parent: braces.last { $0.owner != nil }?.owner)
    declaration.hasParameters = hasParameters(after: index)
    declarations.append(declaration)
    pending = declarations.count - 1
    return index + 1
  }

  /// Whether `class` before this word is a modifier, as in `class func`, and not the keyword of a type.
  private static func isModifier(_ next: String) -> Bool { kinds[next] != nil || modifiers.contains(next) }

  /// `actor` and `init` are ordinary names, too: `actor.name = …` and `init(…)` without a body are no declarations.
  private func isDeclaration(_ index: Int) -> Bool {
    guard text(index) == "actor" else { return true }
    return tokens.indices.contains(index + 1) && tokens[index + 1].isName && !tokens[index + 1].opensLine
  }

  /// Skips `(…)` directly at an index.
  private func skipArguments(_ index: Int) -> Int {
    guard text(index) == "(", tokens[index].range.lowerBound == tokens[index - 1].range.upperBound else { return index }
    var depth = 0
    var end = index
    repeat {
      if text(end) == "(" { depth += 1 } else if text(end) == ")" { depth -= 1 }
      end += 1
    } while depth > 0 && end < tokens.count
    return end
  }

  private func hasParameters(after index: Int) -> Bool {
    var end = index
    while end < tokens.count, text(end) != "(" {
      if text(end) == "{" || text(end) == "}" { return false }
      end += 1
    }
    return end + 1 < tokens.count && text(end + 1) != ")"
  }
}
