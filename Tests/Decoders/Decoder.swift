package import Foundations
internal import TestValues

/// One reader of what comes from outside, with inputs that it accepts.
package struct Decoder: Sendable {
  package let name: String
  /// Sound inputs; every one is accepted.
  package let samples: [[UInt8]]
  /// Reads an input and throws the result away.
  /// - Returns: whether it was accepted. It never traps, and needs no more than a bounded amount of memory.
  package let accepts: @Sendable ([UInt8]) -> Bool

  package init(_ name: String, _ samples: [[UInt8]], accepts: @escaping @Sendable ([UInt8]) -> Bool) {
    self.name = name
    self.samples = samples
    self.accepts = accepts
  }

  /// A reader of text; bytes that are no UTF-8 do not reach it.
  package init(_ name: String, texts: [String], accepts: @escaping @Sendable (String) -> Bool) {
    self.init(name, texts.map { Array($0.utf8) }) { bytes in
      String(validating: bytes, as: UTF8.self).map(accepts) ?? false
    }
  }

  /// A reader of a value that arrives as JSON.
  package init(_ name: String, json: [Value], accepts: @escaping @Sendable (Value) -> Bool) {
    self.init(name, json.map { JSON.bytes($0) }) { bytes in (try? JSONReader.read(bytes)).map(accepts) ?? false }
  }

  /// All that can be asked for by name.
  package static let all =
    wire + messages + timelines + proofs + keptRows + files + secrets + documents + texts + addresses

  /// Whether something does not throw.
  package static func works(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return true
    } catch { return false }
  }
}

/// Inputs like the samples of a decoder, each wrong in a few places: the same for the same seed.
package struct Mutations {
  private var generator: SeededGenerator
  private let samples: [[UInt8]]
  private static let lengthMax = 64 << 10
  /// Heads of CBOR with huge counts, bytes that are no UTF-8, ends of ranges.
  private static let pieces: [[UInt8]] = [
    [0x9B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xBB, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [0x9F],
    [0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x3B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0], [0x81, 0x81, 0x81, 0x81],
    Array("[[[[".utf8),
    Array("{\"a\":".utf8), Array("9223372036854775808".utf8), Array("-1".utf8), Array("1e999".utf8),
    Array("\\ud800".utf8),
    Array("%00".utf8), Array("..".utf8), Array("\"".utf8), Array("，".utf8), Array("e\u{301}".utf8),
  ]

  package init(of decoder: Decoder, seed: UInt64) {
    generator = SeededGenerator(seed)
    samples = decoder.samples
  }

  package mutating func next() -> [UInt8] {
    var bytes = samples[generator.number(0...samples.count - 1)]
    for _ in 0..<generator.number(1...4) {
      switch generator.number(0...7) {
      case 0:
        let piece = Self.pieces[generator.number(0...Self.pieces.count - 1)]
        bytes.insert(contentsOf: piece, at: generator.number(0...bytes.count))
      case 1:
        let other = samples[generator.number(0...samples.count - 1)]
        bytes = bytes.prefix(generator.number(0...bytes.count)) + other.suffix(generator.number(0...other.count))
      default: bytes = generator.damaged(bytes)
      }
    }
    return Array(bytes.prefix(Self.lengthMax))
  }
}
