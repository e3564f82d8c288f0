internal import Foundations

/// An amount as the text that a person wrote: no binary fraction can hold 0.1, and none may change what was entered.
package struct DecimalText: Sendable, Hashable, Comparable {
  private let negative: Bool
  private let whole: Int64
  /// As written, possibly empty.
  private let fraction: String

  /// Digits before the point at most.
  package static let wholeDigitsMax = 15
  /// Digits after the point at most.
  package static let fractionDigitsMax = 6

  /// Reads `-?\d{1,15}(\.\d{1,6})?`; nil for anything else, an exponent among it.
  package init?(_ text: String) {
    var (whole, wholeDigits, fractionDigits): (Int64, Int, Int?) = (0, 0, nil)
    var (negative, isZero) = (false, true)
    for (index, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "-") where index == 0: negative = true
      case UInt8(ascii: ".") where wholeDigits > 0 && fractionDigits == nil: fractionDigits = 0
      case 48...57:
        isZero = isZero && byte == 48
        if let digits = fractionDigits {
          fractionDigits = digits + 1
        } else {
          // Zeros in front count as digits, as they always have.
          wholeDigits += 1
          guard wholeDigits <= Self.wholeDigitsMax else { return nil }
          whole = whole * 10 + Int64(byte - 48)
        }
      default: return nil
      }
    }
    guard wholeDigits > 0, fractionDigits.map({ 1...Self.fractionDigitsMax ~= $0 }) ?? true else { return nil }
    self.whole = whole
    fraction = fractionDigits.map { String(text.suffix($0)) } ?? ""
    self.negative = negative && !isZero
  }

  /// The normal form: no leading zeros, no minus zero, the fraction as written.
  package var text: String { (negative ? "-" : "") + String(whole) + (fraction.isEmpty ? "" : ".\(fraction)") }

  /// Digits after the point, without zeros at the end.
  package var decimals: Int { fraction.reversed().drop { $0 == "0" }.count }

  /// The fraction in millionths.
  private var millionths: Int {
    var (number, digits) = (0, 0)
    for byte in fraction.utf8 { (number, digits) = (number * 10 + Int(byte) - 48, digits + 1) }
    while digits < Self.fractionDigitsMax { (number, digits) = (number * 10, digits + 1) }
    return number
  }

  /// By amount: `1.5` and `1.50` are equal in order, not in text.
  package static func < (left: DecimalText, right: DecimalText) -> Bool {
    // No minus zero: what is negative is below zero.
    if left.negative != right.negative { return left.negative }
    let (smaller, larger) = left.negative ? (right, left) : (left, right)
    return smaller.whole != larger.whole ? smaller.whole < larger.whole : smaller.millionths < larger.millionths
  }
}
