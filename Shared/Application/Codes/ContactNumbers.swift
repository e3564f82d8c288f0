package import Foundations

/// A telephone number in China.
package struct PhoneNumber: Sendable, Hashable {
  /// 11 digits of a mobile number, or a landline `0517-88211234`, with `-` before an extension.
  package let text: String
  /// Whether text messages reach it.
  package let isMobile: Bool

  /// Reads a number as people write it: `+86` and `0086` fall away, grouping too. Number ranges are not checked against
  /// a list, for new ones open every year.
  /// - Throws: `field.phone.format`.
  package init(_ input: String) throws(Problem) {
    let normalised = CodeText.normalised(input)
    let joined = CodeText.digitsOnly(normalised)
    if let mobile = Self.mobile(joined) {
      (text, isMobile) = (mobile, true)
    } else if let landline = Self.landline(normalised) {
      (text, isMobile) = (landline, false)
    } else {
      throw Problem(.phoneFormat)
    }
  }

  /// What is dialled from abroad in the place of the trunk's 0.
  private static let countryCodes = ["+86", "0086"]

  private static func withoutCountry(_ text: String) -> Substring? {
    countryCodes.first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
  }

  private static func mobile(_ text: String) -> String? {
    let rest = withoutCountry(text) ?? text[...]
    let digits = Array(rest.utf8)
    guard digits.count == 11, CodeText.isDigits(digits), digits[0] == UInt8(ascii: "1"), digits[1] >= UInt8(ascii: "3")
    else { return nil }
    return String(rest)
  }

  /// `0\d{2,3}-?\d{7,8}(-\d{1,6})?`; an area code in brackets is read as one with a hyphen, and `+86 517` is 0517.
  private static func landline(_ text: String) -> String? {
    var plain = String(text.map { "‐‑‒–—−".contains($0) ? "-" : $0 })
    if let rest = withoutCountry(plain) {
      let inner = rest.drop { $0 == "-" }
      plain = inner.hasPrefix("0") || inner.hasPrefix("(0") ? String(inner) : "0" + inner
    }
    if plain.hasPrefix("("), let end = plain.firstIndex(of: ")") {
      plain = plain[..<end].dropFirst() + "-" + plain[plain.index(after: end)...]
    }
    let parts = plain.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { Array($0) }
    guard parts.allSatisfy({ !$0.isEmpty && CodeText.isDigits($0) }), let first = parts.first, first.count >= 3,
      first[0] == UInt8(ascii: "0"), first[1] != UInt8(ascii: "0")
    else { return nil }
    let hasArea = 3...4 ~= first.count
    guard hasArea ? parts.count >= 2 && 7...8 ~= parts[1].count : 10...12 ~= first.count else { return nil }
    let extensions = parts.dropFirst(hasArea ? 2 : 1)
    guard extensions.count <= 1, extensions.allSatisfy({ 1...6 ~= $0.count }) else { return nil }
    return plain
  }
}

/// A bank card or account number: 16–19 digits with a Luhn check (ISO/IEC 7812-1).
package struct BankAccount: Sendable, Hashable {
  /// 16 to 19 digits.
  package let text: String

  /// - Throws: `field.bank-account.length`, `format` or `checksum`, the first that applies.
  package init(_ input: String) throws(Problem) {
    let joined = CodeText.digitsOnly(input)
    let digits = Array(joined.utf8)
    // Sixteen zeros would pass Luhn; no card begins with a zero.
    guard CodeText.isDigits(digits), digits.first != UInt8(ascii: "0") || digits.count < 16 else {
      throw Problem(.bankAccountFormat)
    }
    guard 16...19 ~= digits.count else { throw ProblemKind.bankAccountLength.with(CodeText.length(joined)) }
    guard CheckDigit.isLuhn(digits) else { throw Problem(.bankAccountChecksum) }
    text = joined
  }
}
