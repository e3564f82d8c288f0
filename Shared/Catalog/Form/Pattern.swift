/// A small regular expression: what a form's `pattern` may be. FoundationEssentials has none, and the language's own is
/// slow to start.
///
/// Known are literals, `.`, `[a-z]`, `[^…]`, `\d`, `\w`, `\s`, escaped signs, groups, `|`, and `?`, `*`, `+`, `{n}`,
/// `{n,}`, `{m,n}`. The whole text must match, as with HTML's `pattern`; `^` and `$` at the ends change nothing.
///
/// Matching follows all alternatives at once (Ken Thompson, "Regular Expression Search Algorithm", CACM 1968): its time
/// is text × pattern, whatever either is.
package struct Pattern: Sendable, Hashable {
  enum Instruction: Sendable, Hashable {
    case one(CharacterSet)
    /// Goes on at both places.
    case split(Int, Int)
    case jump(Int)
    case start
    case end
    case accept
  }

  /// Which characters one place takes.
  struct CharacterSet: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>] = []
    var negated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
      ranges.contains { $0.contains(scalar.value) } != negated
    }
  }

  /// Instructions in one pattern at most; `{m,n}` is written out.
  static let instructionsMax = 4000

  private let program: [Instruction]

  /// Compiles an expression; nil if it is not one, or too large.
  package init?(_ expression: String) {
    guard let node = PatternParser.parse(expression) else { return nil }
    var program: [Instruction] = []
    guard Self.emit(node, to: &program), program.count < Self.instructionsMax else { return nil }
    self.program = program + [.accept]
  }

  /// Whether the whole text matches.
  package func matches(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    var current: Set<Int> = []
    follow(0, at: 0, of: scalars.count, into: &current)
    for (index, scalar) in scalars.enumerated() {
      var next: Set<Int> = []
      for place in current {
        guard case .one(let set) = program[place], set.contains(scalar) else { continue }
        follow(place + 1, at: index + 1, of: scalars.count, into: &next)
      }
      if next.isEmpty { return false }
      current = next
    }
    return current.contains(program.count - 1)
  }

  /// All places reachable without taking a character.
  private func follow(_ start: Int, at position: Int, of count: Int, into places: inout Set<Int>) {
    var open = [start]
    while let place = open.popLast() {
      guard places.insert(place).inserted else { continue }
      switch program[place] {
      case .split(let first, let second): open += [first, second]
      case .jump(let target): open.append(target)
      case .start: if position == 0 { open.append(place + 1) }
      case .end: if position == count { open.append(place + 1) }
      case .one, .accept: break
      }
    }
  }

  /// Writes a node behind the program; false once it is too large.
  private static func emit(_ node: PatternParser.Node, to program: inout [Instruction]) -> Bool {
    guard program.count < instructionsMax else { return false }
    switch node {
    case .one(let set): program.append(.one(set))
    case .start: program.append(.start)
    case .end: program.append(.end)
    case .sequence(let nodes): return nodes.allSatisfy { emit($0, to: &program) }
    case .either(let left, let right):
      let split = program.count
      program.append(.jump(0))
      guard emit(left, to: &program) else { return false }
      let jump = program.count
      program.append(.jump(0))
      program[split] = .split(split + 1, jump + 1)
      guard emit(right, to: &program) else { return false }
      program[jump] = .jump(program.count)
    case .repeated(let inner, let low, let high):
      for _ in 0..<low { guard emit(inner, to: &program) else { return false } }
      guard let high else { return emitLoop(inner, to: &program) }
      return emitOptional(inner, times: high - low, to: &program)
    }
    return true
  }

  private static func emitLoop(_ inner: PatternParser.Node, to program: inout [Instruction]) -> Bool {
    let split = program.count
    program.append(.jump(0))
    guard emit(inner, to: &program) else { return false }
    program.append(.jump(split))
    program[split] = .split(split + 1, program.count)
    return true
  }

  private static func emitOptional(
    _ inner: PatternParser.Node, times: Int, to program: inout [Instruction]
  ) -> Bool {
    var splits: [Int] = []
    for _ in 0..<times {
      splits.append(program.count)
      program.append(.jump(0))
      guard emit(inner, to: &program) else { return false }
    }
    for split in splits { program[split] = .split(split + 1, program.count) }
    return true
  }
}
