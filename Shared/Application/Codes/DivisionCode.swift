package import Foundations

/// A code of an administrative division 行政区划代码: 6 digits down to the county (GB/T 2260), 9 to the town
/// (GB/T 10114), 12 to the village (统计用区划代码). Only its structure; names are the registry's business.
package struct DivisionCode: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// What kind of place a code names, from wide to narrow.
  package enum Level: Int, Sendable, Comparable, CaseIterable {
    case province, city, county, town, village
    /// Wider places come first.
    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

    /// The level in Chinese.
    package var label: String { ["省级", "市级", "县级", "乡镇级", "村级"][rawValue] }
  }

  /// The code as given: 6, 9 or 12 digits.
  package let text: String

  /// Reads a code as people type it.
  /// - Throws: `field.division.format` unless it has 6, 9 or 12 digits, a known province, and no part below an empty
  ///   one (`320000101` names a town of no city; one of no county there is, below cities that have none).
  package init(_ input: String) throws(Problem) {
    let normalised = CodeText.normalised(input)
    let digits = Array(normalised.utf8)
    guard [6, 9, 12].contains(digits.count), CodeText.isDigits(digits), Province.isKnown(digits[..<2]),
      Self.isNested(digits)
    else { throw Problem(.divisionFormat) }
    text = normalised
  }

  private init(canonical: String) { text = canonical }

  private static func isNested(_ digits: [UInt8]) -> Bool {
    func isNamed(_ part: Range<Int>) -> Bool { digits[part.clamped(to: digits.indices)].contains { $0 != 48 } }
    let (city, county, town, village) = (isNamed(2..<4), isNamed(4..<6), isNamed(6..<9), isNamed(9..<12))
    // Some cities (东莞, 中山, 儋州) have no counties: their towns hang directly below the city.
    return (city || !county && !town) && (town || !village)
  }

  /// The shortest form: a county's twelve digits `320830000000` become six. Equal places have equal canonical codes.
  package var canonical: DivisionCode {
    if text.utf8.count == 12, text.hasSuffix("000000") { return DivisionCode(canonical: String(text.prefix(6))) }
    if text.utf8.count > 6, text.hasSuffix("000") { return DivisionCode(canonical: String(text.dropLast(3))).canonical }
    return self
  }

  /// What kind of place this is.
  package var level: Level {
    let code = canonical.text
    switch code.utf8.count {
    case 12: return .village
    case 9: return .town
    default: return code.hasSuffix("0000") ? .province : code.hasSuffix("00") ? .city : .county
    }
  }

  /// Twelve digits, filled up with zeros.
  package var full: String { text + String(repeating: "0", count: max(0, 12 - text.count)) }

  /// The first six digits: the county, or the city or province itself.
  package var county: DivisionCode { DivisionCode(canonical: String(text.prefix(6))) }

  /// The next wider place; nil for a province.
  package var parent: DivisionCode? {
    let code = canonical.text
    switch level {
    case .village: return DivisionCode(canonical: String(code.prefix(9)))
    case .town: return county
    case .county: return DivisionCode(canonical: code.prefix(4) + "00")
    case .city: return DivisionCode(canonical: code.prefix(2) + "0000")
    case .province: return nil
    }
  }

  /// Whether another place is this one or lies within it.
  package func contains(_ other: DivisionCode) -> Bool {
    let own = canonical.text
    let significant = level == .province ? 2 : level == .city ? 4 : own.count
    return other.full.hasPrefix(own.prefix(significant))
  }

  /// In the order of the twelve digits: a place stands before what lies within it.
  package static func < (left: DivisionCode, right: DivisionCode) -> Bool { left.full < right.full }
  /// The code as given.
  package var description: String { text }
}
