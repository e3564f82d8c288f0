/// A stream of a message, packed the way that is smallest for it; its first byte says how.
package enum StreamPacking {
  private enum Form: UInt8 {
    case plain = 0
    case deflated = 1
    /// Codes of 0–15, two to a byte, an odd number of them.
    case oddNibbles = 2
    case evenNibbles = 3
    /// Digits by their probability; their lengths stand elsewhere (`DigitDecoder`).
    case probable = 4
  }

  /// Packs any bytes.
  package static func packBytes(_ bytes: [UInt8]) -> [UInt8] {
    smaller([Form.plain.rawValue] + bytes, bytes)
  }

  /// Packs codes of 0–15.
  package static func packNibbles(_ codes: [UInt8]) -> [UInt8] {
    let form = codes.count.isMultiple(of: 2) ? Form.evenNibbles : .oddNibbles
    var output: [UInt8] = [form.rawValue]
    for index in stride(from: 0, to: codes.count, by: 2) {
      output.append(codes[index] << 4 | (index + 1 < codes.count ? codes[index + 1] : 0))
    }
    return smaller(output, codes)
  }

  /// Packs texts of codes of 0–15.
  /// - Parameter lengths: how many codes each text has; whoever unpacks must know them too.
  package static func packDigits(_ codes: [UInt8], lengths: [Int]) -> [UInt8] {
    guard lengths.reduce(0, +) == codes.count, let packed = probable(codes, lengths: lengths) else {
      return packNibbles(codes)
    }
    if let sample = sample(of: codes, lengths), let few = probable(sample.codes, lengths: sample.lengths),
      few.count < packNibbles(sample.codes).count
    {
      return packed
    }
    let plain = packNibbles(codes)
    return packed.count < plain.count ? packed : plain
  }

  /// Packed by probability; nil of what would be packed smaller than a reader believes: it is as dull as deflate likes
  /// it.
  private static func probable(_ codes: [UInt8], lengths: [Int]) -> [UInt8]? {
    let packed = DigitEncoder.pack(codes, lengths: lengths)
    guard codes.count <= DigitDecoder.codesMax(packedBytes: packed.count) else { return nil }
    return [Form.probable.rawValue] + packed
  }

  /// The digits of a long page are alike: its first texts tell which way packs them smaller, and all are packed only
  /// that way.
  private static let sampleCodes = 4096

  /// The first texts of many; nil where there are not so many.
  private static func sample(of codes: [UInt8], _ lengths: [Int]) -> (codes: [UInt8], lengths: [Int])? {
    guard codes.count > 2 * sampleCodes else { return nil }
    var taken = 0
    let first = lengths.prefix { length in
      defer { taken += length }
      return taken + length <= sampleCodes
    }
    let count = first.reduce(0, +)
    return (Array(codes[..<count]), Array(first))
  }

  /// What `packDigits` packed by probability; nil where it chose another form, which `unpack` reads.
  package static func probableDigits(_ packed: [UInt8]) -> [UInt8]? {
    packed.first == Form.probable.rawValue ? Array(packed.dropFirst()) : nil
  }

  private static func smaller(_ packed: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    guard let deflated = try? Deflate.compress(bytes), deflated.count + 1 < packed.count else { return packed }
    return [Form.deflated.rawValue] + deflated
  }

  /// Unpacks what `packBytes` or `packNibbles` made.
  /// - Parameter bytesMax: more than this is too large.
  package static func unpack(_ packed: [UInt8], bytesMax: Int) throws(Deflate.Failure) -> [UInt8] {
    guard let first = packed.first else { return [] }
    let rest = Array(packed.dropFirst())
    switch Form(rawValue: first) {
    case .plain:
      guard rest.count <= bytesMax else { throw .tooLarge }
      return rest
    case .deflated: return try Deflate.decompress(rest, bytesMax: bytesMax)
    case .evenNibbles, .oddNibbles:
      guard rest.count * 2 <= bytesMax else { throw .tooLarge }
      var codes: [UInt8] = []
      codes.reserveCapacity(rest.count * 2)
      for pair in rest {
        codes.append(pair >> 4)
        codes.append(pair & 15)
      }
      if first == Form.oddNibbles.rawValue, !codes.isEmpty { codes.removeLast() }
      return codes
    case .probable, nil: throw .malformed
    }
  }
}
