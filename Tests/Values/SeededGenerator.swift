package import Foundations

/// SplitMix64: the same numbers in every run, so that a failing seed replays.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(_ seed: UInt64) { state = seed }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// A number from a range.
  package mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  /// True once in so many times.
  package mutating func once(in times: Int) -> Bool { number(1...times) == 1 }

  /// Any bytes.
  package mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

  /// Text of the kinds that break readers: quotes, escapes, both spellings of an accent, Chinese, emoji, controls.
  package mutating func text(lengthMax: Int = 12) -> String {
    let pool: [String] = [
      "a", "b", "7", "0", "-", " ", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "\u{7F}", "é", "e\u{301}", "\u{212A}",
      "张", "村",
      "，", "😀", "\u{FEFF}", "\u{2028}", "{", "]", "13912345678", "2026-11-21",
    ]
    return (0..<number(0...lengthMax)).map { _ in pool[number(0...pool.count - 1)] }.joined()
  }

  /// Any value that both encodings can hold: no bytes, no fractions that are not finite.
  package mutating func value(depthMax: Int = 4) -> Value {
    switch number(0...(depthMax > 0 ? 9 : 6)) {
    case 0: return .null
    case 1: return .bool(once(in: 2))
    case 2: return .integer(Int64(bitPattern: next()))
    case 3: return .integer(Int64(number(-70_000...70_000)))
    case 4:
      let double = Double(bitPattern: next())
      return .double(double.isFinite ? double : 0.5)
    case 5, 6: return .text(text())
    case 7: return .array((0..<number(0...5)).map { _ in value(depthMax: depthMax - 1) })
    default: return .object(object(depthMax: depthMax - 1))
    }
  }

  /// Any object.
  package mutating func object(depthMax: Int = 3) -> Members {
    // A dictionary has no two spellings of one key, and what was written by anybody else is not read either.
    var members: [String: Value] = [:]
    for _ in 0..<number(0...5) { members[text(lengthMax: 4)] = value(depthMax: depthMax) }
    return Members(members)
  }

  /// The same bytes with one thing wrong: a bit, a byte, a piece missing, a piece twice.
  package mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    guard !bytes.isEmpty else { return [UInt8(truncatingIfNeeded: next())] }
    var copy = bytes
    let place = number(0...copy.count - 1)
    switch number(0...4) {
    case 0: copy[place] ^= 1 << UInt8(number(0...7))
    case 1: copy[place] = UInt8(truncatingIfNeeded: next())
    case 2: copy.removeSubrange(place..<min(copy.count, place + number(1...4)))
    case 3: copy.insert(contentsOf: copy[place..<min(copy.count, place + number(1...8))], at: place)
    default: copy.removeLast(copy.count - place)
    }
    return copy
  }
}
