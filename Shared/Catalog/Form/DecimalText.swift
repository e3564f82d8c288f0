internal import Foundations

/// An amount as the text that a person wrote: no binary fraction can hold 0.1, and none may change what was entered.
package struct DecimalText: Sendable, Hashable, Comparable {
  private let negative: Bool
  /// Without leading zeros, at least one digit.
  private let whole: String
  /// As written, possibly empty.
  private let fraction: String

  /// Digits before the point at most.
  package static let wholeDigitsMax = 15
  /// Digits after the point at most.
  package static let fractionDigitsMax = 6

  /// Reads `-?\d{1,15}(\.\d{1,6})?`; nil for anything else, an exponent among it.
  package init?(_ text: String) {
    let negative = text.hasPrefix("-")
    let parts = text.dropFirst(negative ? 1 : 0).utf8.split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard 1...2 ~= parts.count, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { 48...57 ~= $0 } }),
      parts[0].count <= Self.wholeDigitsMax, parts.count == 1 || parts[1].count <= Self.fractionDigitsMax
    else { return nil }
    let digits = String(decoding: Array(parts[0].drop { $0 == 48 }), as: UTF8.self)
    whole = digits.isEmpty ? "0" : digits
    fraction = parts.count == 2 ? String(decoding: Array(parts[1]), as: UTF8.self) : ""
    self.negative = negative && (whole != "0" || fraction.contains { $0 != "0" })
  }

  /// The normal form: no leading zeros, no minus zero, the fraction as written.
  package var text: String { (negative ? "-" : "") + whole + (fraction.isEmpty ? "" : ".\(fraction)") }

  /// Digits after the point, without zeros at the end.
  package var decimals: Int { fraction.reversed().drop { $0 == "0" }.count }

  private var magnitude: (Int, String, String) {
    (whole.count, whole, fraction + String(repeating: "0", count: Self.fractionDigitsMax - fraction.count))
  }

  /// By amount: `1.5` and `1.50` are equal in order, not in text.
  package static func < (left: DecimalText, right: DecimalText) -> Bool {
    let isZero = { (number: DecimalText) in number.whole == "0" && number.decimals == 0 }
    if isZero(left) && isZero(right) { return false }
    if left.negative != right.negative { return left.negative }
    return left.negative ? right.magnitude < left.magnitude : left.magnitude < right.magnitude
  }
}
