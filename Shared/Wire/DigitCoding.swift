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
  static let seenMax: Int32 = 120
  /// No bit is ever certain.
  static let doubtMin: Int32 = 32

  /// By length, made when the first text of that length comes.
  private var answers = [[DigitAnswer]](repeating: [], count: lengthMax + 1)

  /// Lends what was learnt about texts of a length, to be worked on where it lies: there is an answer for every bit.
  mutating func withAnswers<Result>(of count: Int, _ body: (UnsafeMutableBufferPointer<DigitAnswer>) -> Result)
    -> Result
  {
    let length = min(count, Self.lengthMax)
    if answers[length].isEmpty {
      answers[length] = Array(repeating: DigitAnswer(), count: (Self.lengthMax + 1) * Self.questions)
    }
    return unsafe answers[length].withUnsafeMutableBufferPointer { unsafe body($0) }
  }

  /// Where the questions about a place begin.
  static func start(_ position: Int) -> Int { min(position, lengthMax) * questions }
}

/// The probability of a one, and how often it was asked.
private struct DigitAnswer {
  private var probability: Int32 = 1 << 15
  private var seen: Int32 = 0

  /// The probability of a one, of 65,536.
  var one: UInt64 {
    let most = (Int32(1) << Int32(DigitModel.scaleBits)) - DigitModel.doubtMin
    return UInt64(min(max(probability, DigitModel.doubtMin), most))
  }

  /// Learns what the bit was: much at first, less and less later.
  mutating func learn(_ bit: UInt8) {
    let target: Int32 = bit == 1 ? 1 << Int32(DigitModel.scaleBits) : 0
    probability += (target - probability) * 2 / (2 * seen + 3)
    if seen < DigitModel.seenMax { seen += 1 }
  }
}

/// Codes of 0–15 as one number between zero and one, narrowed by every bit in proportion to its probability (arithmetic
/// coding, Witten, Neal and Cleary 1987): what was to be expected takes hardly any room.
struct DigitEncoder {
  private var low: UInt32 = 0
  private var high = UInt32.max
  private var output: [UInt8] = []

  /// Packs texts, one after another.
  /// - Parameter lengths: how many codes each text has; they are not packed.
  static func pack(_ codes: [UInt8], lengths: [Int]) -> [UInt8] {
    var model = DigitModel()
    var encoder = DigitEncoder()
    var start = 0
    for length in lengths {
      unsafe model.withAnswers(of: length) { answers in
        for position in 0..<length {
          unsafe encoder.add(codes[start + position], at: DigitModel.start(position), answers)
        }
      }
      start += length
    }
    return encoder.finish()
  }

  @unsafe private mutating func add(
    _ code: UInt8, at start: Int, _ answers: UnsafeMutableBufferPointer<DigitAnswer>
  ) {
    var node = 1
    for shift in [3, 2, 1, 0] as [UInt8] {
      let bit = code >> shift & 1
      let middle = unsafe low + UInt32((UInt64(high - low) * answers[start + node].one) >> DigitModel.scaleBits)
      if bit == 1 { high = middle } else { low = middle + 1 }
      while (low ^ high) >> 24 == 0 {
        output.append(UInt8(high >> 24))
        low <<= 8
        high = high << 8 | 0xFF
      }
      unsafe answers[start + node].learn(bit)
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
  private var model = DigitModel()
  private var source: DigitSource
  /// A few bytes could go on for ever: no honest ones hold more than this.
  private(set) var codesLeft: Int

  /// Codes that a packed byte holds at most.
  private static let codesPerByteMax = 256
  private static let codesMin = 64

  /// How many codes may be in so many packed bytes.
  static func codesMax(packedBytes: Int) -> Int { packedBytes * codesPerByteMax + codesMin }

  init(_ packed: [UInt8], codesMax: Int) {
    codesLeft = min(codesMax, Self.codesMax(packedBytes: packed.count))
    source = DigitSource(packed)
  }

  /// Whether all bytes were used.
  var isAtEnd: Bool { source.isAtEnd }

  /// The codes of the next text; nil where there cannot be so many.
  mutating func text(_ count: UInt64) -> [UInt8]? {
    guard count <= UInt64(codesLeft) else { return nil }
    codesLeft -= Int(count)
    var source = source
    defer { self.source = source }
    return unsafe model.withAnswers(of: Int(count)) { answers in
      var codes: [UInt8] = []
      codes.reserveCapacity(Int(count))
      for place in 0..<Int(count) { codes.append(unsafe source.code(at: DigitModel.start(place), answers)) }
      return codes
    }
  }
}

/// The number that the packed bytes are, read as far as it has been narrowed.
private struct DigitSource {
  private let packed: [UInt8]
  private var low: UInt32 = 0
  private var high = UInt32.max
  private var number: UInt32 = 0
  private var position = 0

  init(_ packed: [UInt8]) {
    self.packed = packed
    for _ in 0..<4 { number = number << 8 | next() }
  }

  var isAtEnd: Bool { position >= packed.count }

  private mutating func next() -> UInt32 {
    defer { position += 1 }
    return position < packed.count ? UInt32(packed[position]) : 0
  }

  @unsafe mutating func code(at start: Int, _ answers: UnsafeMutableBufferPointer<DigitAnswer>) -> UInt8 {
    var node = 1
    for _ in 0..<4 {
      let middle = unsafe low + UInt32((UInt64(high - low) * answers[start + node].one) >> DigitModel.scaleBits)
      let bit: UInt8 = number <= middle ? 1 : 0
      if bit == 1 { high = middle } else { low = middle + 1 }
      while (low ^ high) >> 24 == 0 {
        low <<= 8
        high = high << 8 | 0xFF
        number = number << 8 | next()
      }
      unsafe answers[start + node].learn(bit)
      node = node * 2 + Int(bit)
    }
    return UInt8(node & 15)
  }
}
