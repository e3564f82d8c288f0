/// The check character systems that Chinese certificates use. All take upper-case ASCII and return nil for anything the
/// system's alphabet does not hold.
package enum CheckDigit {
  private static let modulus11Characters = Array("10X98765432".utf8)
  private static let modulus11Weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

  /// ISO 7064 MOD 11-2 over 17 digits, as GB 11643-1999 uses it: `0`–`9` or `X`.
  package static func modulus11(_ digits: some Collection<UInt8>) -> UInt8? {
    guard digits.count == modulus11Weights.count else { return nil }
    var sum = 0
    for (digit, weight) in zip(digits, modulus11Weights) {
      guard let value = decimal(digit) else { return nil }
      sum += value * weight
    }
    return modulus11Characters[sum % 11]
  }

  /// ISO 7064 MOD 37,36 over digits and letters (GB/T 36904-2018 and our local numbers).
  package static func modulus37(_ characters: some Sequence<UInt8>) -> UInt8? {
    hybrid(characters, modulus: 36, value: alphanumeric).map(character)
  }

  /// ISO 7064 MOD 11,10 over digits (GB/T 17710, food business licences).
  package static func modulus11Hybrid(_ digits: some Sequence<UInt8>) -> UInt8? {
    hybrid(digits, modulus: 10, value: decimal).map(character)
  }

  /// The hybrid systems of ISO 7064: a running product modulo M + 1, of which the check character makes one.
  private static func hybrid(
    _ characters: some Sequence<UInt8>, modulus: Int, value: (UInt8) -> Int?
  ) -> Int? {
    var product = modulus
    for character in characters {
      guard let digit = value(character) else { return nil }
      let sum = (product + digit) % modulus
      product = (sum == 0 ? modulus : sum) * 2 % (modulus + 1)
    }
    return (modulus + 1 - product) % modulus
  }

  /// Whether the digits, the last one included, satisfy the Luhn formula (ISO/IEC 7812-1, bank cards).
  package static func isLuhn(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
    var sum = 0
    for (index, digit) in digits.reversed().enumerated() {
      guard let value = decimal(digit) else { return false }
      let doubled = value * 2
      sum += index.isMultiple(of: 2) ? value : (doubled > 9 ? doubled - 9 : doubled)
    }
    return sum.isMultiple(of: 10)
  }

  /// ICAO Doc 9303: weights 7, 3, 1 in turn, letters from A = 10, modulo 10.
  package static func travelDocument(_ characters: some Sequence<UInt8>) -> UInt8? {
    var sum = 0
    for (index, character) in characters.enumerated() {
      guard let value = alphanumeric(character) else { return nil }
      sum += value * [7, 3, 1][index % 3]
    }
    return character(sum % 10)
  }

  private static let organisationWeights = [3, 7, 9, 10, 5, 8, 4, 2]

  /// The ninth character of an organisation code, from the eight before it (GB 11714-1997).
  package static func organisation(_ characters: some Collection<UInt8>) -> UInt8? {
    guard characters.count == organisationWeights.count else { return nil }
    var sum = 0
    for (character, weight) in zip(characters, organisationWeights) {
      guard let value = alphanumeric(character) else { return nil }
      sum += value * weight
    }
    switch 11 - sum % 11 {
    case 10: return UInt8(ascii: "X")
    case 11: return UInt8(ascii: "0")
    case let digit: return character(digit)
    }
  }

  /// `0`–`9` as a number.
  static func decimal(_ character: UInt8) -> Int? {
    48...57 ~= character ? Int(character) - 48 : nil
  }

  /// `0`–`9`, `A`–`Z` as 0–35.
  static func alphanumeric(_ character: UInt8) -> Int? {
    65...90 ~= character ? Int(character) - 55 : decimal(character)
  }

  private static func character(_ value: Int) -> UInt8 {
    UInt8(clamping: value < 10 ? value + 48 : value + 55)
  }
}
