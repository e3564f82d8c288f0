/// A Swift file taken apart far enough for the rules: what is code, comment and string, its words, its declarations.
struct SwiftSource: Sendable {
  /// What a byte belongs to. Code inside `\( )` of a string is code.
  enum Part: UInt8 { case code, comment, string }

  /// A string literal: the bytes between its quotes.
  struct Literal: Sendable {
    let content: Range<Int>
  }

  /// A name or keyword, or one byte of punctuation.
  struct Token: Sendable {
    let range: Range<Int>
    let line: Int
    let isName: Bool
    /// The first on its line.
    let opensLine: Bool
  }

  let bytes: [UInt8]
  let parts: [Part]
  let literals: [Literal]
  let tokens: [Token]
  let declarations: [Declaration]
  private(set) var imports: [Import] = []
  /// Where each line begins.
  let lineStarts: [Int]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var lexer = Lexer(bytes)
    lexer.run()
    parts = lexer.parts
    literals = lexer.literals.sorted { $0.content.lowerBound < $1.content.lowerBound }
    (tokens, lineStarts) = Self.tokens(bytes, lexer.parts)
    var outline = Outline(bytes, tokens)
    outline.run()
    declarations = outline.declarations
    imports = findImports()
  }

  /// How many lines the file has; a closing newline opens none.
  var lineCount: Int { lineStarts.last == bytes.count ? lineStarts.count - 1 : lineStarts.count }

  /// The bytes of a line, from 1, without its newline.
  func line(_ number: Int) -> ArraySlice<UInt8> {
    guard number >= 1, number <= lineStarts.count else { return [] }
    let end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    return bytes[lineStarts[number - 1]..<max(end, lineStarts[number - 1])]
  }

  /// The line of a byte, from 1.
  func line(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low + 1
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  func text(_ token: Token) -> String { text(token.range) }

  /// The string literals that begin inside a stretch of the file.
  func literals(in range: Range<Int>) -> [Literal] { literals.filter { range.contains($0.content.lowerBound) } }

  private static func tokens(_ bytes: [UInt8], _ parts: [Part]) -> ([Token], [Int]) {
    var tokens: [Token] = []
    var lineStarts = [0]
    var position = 0
    var line = 1
    var opensLine = true
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\n") {
        line += 1
        lineStarts.append(position + 1)
        opensLine = true
      } else if parts[position] == .code, byte > 32 {
        let start = position
        if isWord(byte) {
          while position + 1 < bytes.count, isWord(bytes[position + 1]), parts[position + 1] == .code { position += 1 }
        }
        tokens.append(Token(range: start..<position + 1, line: line, isName: isWord(byte), opensLine: opensLine))
        opensLine = false
      } else if parts[position] == .string {
        opensLine = false
      }
      position += 1
    }
    return (tokens, lineStarts)
  }
}

/// Tells code from comments and strings: nested comments, raw and multi-line strings, interpolation. Regex literals
/// are not known; this tree has none.
private struct Lexer {
  private enum Mode {
    /// Code; inside an interpolation `parentheses` are open.
    case code(parentheses: Int)
    case string(pounds: Int, isMultiline: Bool, start: Int)
  }

  private let bytes: [UInt8]
  private var position = 0
  private var modes: [Mode] = [.code(parentheses: 0)]
  private(set) var parts: [SwiftSource.Part]
  private(set) var literals: [SwiftSource.Literal] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    parts = Array(repeating: .code, count: bytes.count)
  }

  mutating func run() {
    while position < bytes.count {
      switch modes.last {
      case .string(let pounds, let isMultiline, let start): string(pounds, isMultiline, start)
      case .code(let parentheses): code(parentheses)
      case nil: return
      }
    }
  }

  private func byte(_ offset: Int) -> UInt8 { position + offset < bytes.count ? bytes[position + offset] : 0 }

  private mutating func mark(_ count: Int, _ part: SwiftSource.Part) {
    for _ in 0..<count where position < bytes.count {
      parts[position] = part
      position += 1
    }
  }

  private mutating func code(_ parentheses: Int) {
    switch bytes[position] {
    case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
      while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { mark(1, .comment) }
    case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"):
      comment()
    case UInt8(ascii: "\""), UInt8(ascii: "#"):
      if !open() { position += 1 }
    case UInt8(ascii: "(") where parentheses > 0:
      modes[modes.count - 1] = .code(parentheses: parentheses + 1)
      position += 1
    case UInt8(ascii: ")") where parentheses == 1:
      modes.removeLast()
      mark(1, .string)
    case UInt8(ascii: ")") where parentheses > 1:
      modes[modes.count - 1] = .code(parentheses: parentheses - 1)
      position += 1
    default:
      position += 1
    }
  }

  private mutating func comment() {
    var depth = 0
    repeat {
      if byte(0) == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
        depth += 1
        mark(2, .comment)
      } else if byte(0) == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
        depth -= 1
        mark(2, .comment)
      } else {
        mark(1, .comment)
      }
    } while depth > 0 && position < bytes.count
  }

  /// Opens a string literal if one begins here.
  private mutating func open() -> Bool {
    var pounds = 0
    while byte(pounds) == UInt8(ascii: "#") { pounds += 1 }
    guard byte(pounds) == UInt8(ascii: "\"") else { return false }
    let quotes = byte(pounds + 1) == UInt8(ascii: "\"") && byte(pounds + 2) == UInt8(ascii: "\"")
    // A multi-line literal has nothing but white space after its quotes; `#"""#` is a raw literal of one quote.
    var after = pounds + 3
    while byte(after) == 32 || byte(after) == 9 || byte(after) == 13 { after += 1 }
    let isMultiline = quotes && (byte(after) == UInt8(ascii: "\n") || position + after >= bytes.count)
    mark(pounds + (isMultiline ? 3 : 1), .string)
    modes.append(.string(pounds: pounds, isMultiline: isMultiline, start: position))
    return true
  }

  private mutating func string(_ pounds: Int, _ isMultiline: Bool, _ start: Int) {
    switch bytes[position] {
    case UInt8(ascii: "\\") where hasPounds(pounds, at: 1):
      if byte(1 + pounds) == UInt8(ascii: "(") {
        mark(2 + pounds, .string)
        modes.append(.code(parentheses: 1))
      } else {
        mark(2 + pounds, .string)
      }
    case UInt8(ascii: "\"") where !isMultiline && hasPounds(pounds, at: 1):
      close(start, 1 + pounds)
    case UInt8(ascii: "\"")
    where isMultiline && byte(1) == UInt8(ascii: "\"") && byte(2) == UInt8(ascii: "\"") && hasPounds(pounds, at: 3):
      close(start, 3 + pounds)
    case UInt8(ascii: "\n") where !isMultiline:
      // Not Swift; the next line starts afresh rather than the rest of the file being lost.
      close(start, 0)
    default:
      mark(1, .string)
    }
  }

  private func hasPounds(_ count: Int, at offset: Int) -> Bool {
    (0..<count).allSatisfy { byte(offset + $0) == UInt8(ascii: "#") }
  }

  private mutating func close(_ start: Int, _ count: Int) {
    literals.append(SwiftSource.Literal(content: start..<position))
    mark(count, .string)
    modes.removeLast()
  }
}
