internal import Foundations

/// Helpers for taking codes apart: everything below works on upper-case ASCII bytes.
package enum CodeText {
  /// What people, input methods and spreadsheets put into a number without meaning it: white space, zero-width
  /// characters, full-width twins, lower-case letters.
  package static func normalised(_ text: String) -> String {
    // As it should be, and mostly is: visible ASCII without lower-case letters.
    if text.utf8.allSatisfy({ 0x21...0x60 ~= $0 || 0x7B...0x7E ~= $0 }) { return text }
    var output = String.UnicodeScalarView()
    for scalar in text.halfWidth.unicodeScalars {
      let properties = scalar.properties
      if properties.isWhitespace || properties.isDefaultIgnorableCodePoint { continue }
      // Only ASCII is raised: `uppercased()` would turn a dotless ı into an I that nobody wrote.
      let raised = 97...122 ~= scalar.value ? Unicode.Scalar(scalar.value - 32) ?? scalar : scalar
      output.append(raised)
    }
    return String(output)
  }

  /// The same, without the hyphens that group digits.
  static func digitsOnly(_ text: String) -> String {
    let normal = normalised(text)
    return isDigits(normal.utf8) ? normal : normal.filter { !"-‐‑‒–—−".contains($0) }
  }

  static func isDigits(_ characters: some Sequence<UInt8>) -> Bool {
    characters.allSatisfy { 48...57 ~= $0 }
  }

  static func isLetter(_ character: UInt8?) -> Bool {
    character.map { 65...90 ~= $0 } ?? false
  }

  static func string(_ characters: some Sequence<UInt8>) -> String {
    String(decoding: Array(characters), as: UTF8.self)
  }

  /// The number that decimal digits make; nil for anything else, and beyond nine digits.
  static func number(_ digits: some Collection<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count <= 9, isDigits(digits) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1) - 48 }
  }

  /// The day that eight digits `yyyyMMdd` name.
  static func date(_ digits: some Collection<UInt8>) -> CivilDate? {
    guard digits.count == 8, let number = number(digits) else { return nil }
    return CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
  }

  /// The day as eight digits.
  static func digits(_ date: CivilDate) -> String {
    date.text.filter { $0 != "-" }
  }

  /// How many characters a person sees, for messages about length.
  static func length(_ text: String) -> String { "现在是 \(text.count) 位" }
}

/// The first two digits that GB/T 2260 gives to provinces.
package enum Province {
  private static let mainland: Set<Int> = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63,
    64, 65,
  ]

  /// Whether these two digits name a province, including Taiwan (71), Hong Kong (81) and Macao (82).
  package static func isKnown(_ digits: some Collection<UInt8>) -> Bool {
    guard digits.count == 2, let number = CodeText.number(digits) else { return false }
    return mainland.contains(number) || number == 71 || number == 81 || number == 82
  }

  /// Whether an identity number may begin so: 83 is what residents from Taiwan are given.
  static func isInIdentityNumber(_ digits: some Collection<UInt8>) -> Bool {
    isKnown(digits) || CodeText.number(digits) == 83
  }
}
