/// How probable each digit is at each place of texts of one length, learnt from those before: identity numbers,
/// telephone numbers and dates are alike in length, and at most places far from random. Both ends learn the same from
/// the same texts, in whole numbers, so that no machine differs from another.
private struct DigitModel {
  /// Probabilities have so many bits.
  static let scaleBits: UInt64 = 16
  /// Longer texts, and places behind this, share what they learn.
  private static let lengthMax = 63
  /// A code has four bits, each asked under those before it: fifteen questions at a place, and one left empty.
  private static let questions = 16
  /// What was seen so often is learnt; later texts change it by no less.
  private static let seenMax: Int32 = 120
  /// No bit is ever certain.
  private static let doubtMin: Int32 = 32

  /// The probability of a one, and how often it was asked.
  private struct Answer {
    var one = Int32(1) << 15
    var seen: Int32 = 0
  }

  /// By length, made when the first text of that length comes.
  private var answers = [[Answer]](repeating: [], count: lengthMax + 1)

  /// Where the questions about a place begin: the length, and the index of the first.
  mutating func place(_ position: Int, of count: Int) -> (length: Int, start: Int) {
    let length = min(count, Self.lengthMax)
    if answers[length].isEmpty {
      answers[length] = Array(repeating: Answer(), count: (Self.lengthMax + 1) * Self.questions)
    }
    return (length, min(position, Self.lengthMax) * Self.questions)
  }

  /// The probability of a one, of 65,536.
  func one(_ length: Int, _ question: Int) -> UInt64 {
    let most = (Int32(1) << Int32(Self.scaleBits)) - Self.doubtMin
    return UInt64(min(max(answers[length][question].one, Self.doubtMin), most))
  }

  /// Learns what the bit was: much at first, less and less later.
  mutating func learn(_ length: Int, _ question: Int, _ bit: UInt8) {
    let target: Int32 = bit == 1 ? 1 << Int32(Self.scaleBits) : 0
    var answer = answers[length][question]
    answer.one += (target - answer.one) * 2 / (2 * answer.seen + 3)
    if answer.seen < Self.seenMax { answer.seen += 1 }
    answers[length][question] = answer
  }
}

/// Codes of 0–15 as one number between zero and one, narrowed by every bit in proportion to its probability (arithmetic
/// coding, Witten, Neal and Cleary 1987): what was to be expected takes hardly any room.
struct DigitEncoder {
  private var model = DigitModel()
  private var low: UInt32 = 0
  private var high = UInt32.max
  private var output: [UInt8] = []

  /// Packs texts, one after another.
  /// - Parameter lengths: how many codes each text has; they are not packed.
  static func pack(_ codes: [UInt8], lengths: [Int]) -> [UInt8] {
    var encoder = DigitEncoder()
    var start = 0
    for length in lengths {
      for position in 0..<length { encoder.add(codes[start + position], position, of: length) }
      start += length
    }
    return encoder.finish()
  }

  private mutating func add(_ code: UInt8, _ position: Int, of count: Int) {
    let (length, start) = model.place(position, of: count)
    var node = 1
    for shift in [3, 2, 1, 0] as [UInt8] {
      let bit = code >> shift & 1
      let one = model.one(length, start + node)
      let middle = low + UInt32((UInt64(high - low) * one) >> DigitModel.scaleBits)
      if bit == 1 { high = middle } else { low = middle + 1 }
      while (low ^ high) >> 24 == 0 {
        output.append(UInt8(high >> 24))
        low <<= 8
        high = high << 8 | 0xFF
      }
      model.learn(length, start + node, bit)
      node = node * 2 + Int(bit)
    }
  }

  /// Ends with as few bytes as tell the number apart; behind the last one stand zeros.
  private consuming func finish() -> [UInt8] {
    if low > 0 { output.append(UInt8(low >> 24) + 1) }
    return output
  }
}

/// Reads what `DigitEncoder` packed, text by text.
struct DigitDecoder {
  private let packed: [UInt8]
  private var model = DigitModel()
  private var low: UInt32 = 0
  private var high = UInt32.max
  private var number: UInt32 = 0
  private var position = 0
  /// A few bytes could go on for ever: no honest ones hold more than this.
  private(set) var codesLeft: Int

  /// Codes that a packed byte holds at most.
  private static let codesPerByteMax = 256
  private static let codesMin = 64

  /// How many codes may be in so many packed bytes.
  static func codesMax(packedBytes: Int) -> Int { packedBytes * codesPerByteMax + codesMin }

  init(_ packed: [UInt8], codesMax: Int) {
    self.packed = packed
    codesLeft = min(codesMax, Self.codesMax(packedBytes: packed.count))
    for _ in 0..<4 { number = number << 8 | next() }
  }

  /// Whether all bytes were used.
  var isAtEnd: Bool { position >= packed.count }

  private mutating func next() -> UInt32 {
    defer { position += 1 }
    return position < packed.count ? UInt32(packed[position]) : 0
  }

  /// The codes of the next text; nil where there cannot be so many.
  mutating func text(_ count: UInt64) -> [UInt8]? {
    guard count <= UInt64(codesLeft) else { return nil }
    codesLeft -= Int(count)
    var codes: [UInt8] = []
    codes.reserveCapacity(Int(count))
    for place in 0..<Int(count) { codes.append(code(place, of: Int(count))) }
    return codes
  }

  private mutating func code(_ place: Int, of count: Int) -> UInt8 {
    let (length, start) = model.place(place, of: count)
    var node = 1
    for _ in 0..<4 {
      let one = model.one(length, start + node)
      let middle = low + UInt32((UInt64(high - low) * one) >> DigitModel.scaleBits)
      let bit: UInt8 = number <= middle ? 1 : 0
      if bit == 1 { high = middle } else { low = middle + 1 }
      while (low ^ high) >> 24 == 0 {
        low <<= 8
        high = high << 8 | 0xFF
        number = number << 8 | next()
      }
      model.learn(length, start + node, bit)
      node = node * 2 + Int(bit)
    }
    return UInt8(node & 15)
  }
}
