import Decoders
import Foundations

@testable import Wire

/// Readers that only the wire's own module knows.
enum WireReaders {
  private static let lengths = [18, 11, 8, 18, 70]
  private static let codes = (0..<lengths.reduce(0, +)).map { UInt8($0 * 7 % 11) }

  static let all: [Decoder] = [
    // [packed, how many codes each text has]
    Decoder(
      "digits",
      [CBOR.encode([.bytes(DigitEncoder.pack(codes, lengths: lengths)), .array(lengths.map { Value($0) })])]
    ) { bytes in
      guard let parts = (try? CBOR.decode(bytes))?.array, parts.count == 2, let packed = parts[0].bytes,
        let lengths = parts[1].array?.compactMap(\.integer)
      else { return false }
      var decoder = DigitDecoder(packed, codesMax: 1 << 20)
      for length in lengths {
        guard let count = UInt64(exactly: length), decoder.text(count) != nil else { return false }
      }
      return decoder.isAtEnd
    }
  ]
}
