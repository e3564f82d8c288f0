package import Foundations

/// The number of a foreigner's permanent residence identity card 外国人永久居留身份证, in either form; both are in use.
///
/// Since 2023-12-01, 18 characters: `9`, province 2, country 3 (ISO 3166 numeric), birth date 8, serial 3, check as in
/// GB 11643. Before, 15: country 3 (alpha-3), place of issue 4, birth date `yyMMdd`, serial 1, check after ICAO 9303.
package struct PermanentResidenceNumber: Sendable, Hashable {
  /// 18 or 15 characters, upper case.
  package let text: String
  /// The day of birth. The century of the old form is the latest that is not in the future.
  package let birth: CivilDate
  /// From the serial number: odd is male.
  package let sex: Sex
  /// What is unusual, without being wrong.
  package let warnings: [ProblemKind]

  /// Whether a normalised text of this shape is meant to be one of these numbers.
  static func looksLike(_ characters: [UInt8]) -> Bool {
    if characters.count == 18 { return characters.first == UInt8(ascii: "9") }
    return characters.count == 15 && characters[..<3].allSatisfy { CodeText.isLetter($0) }
  }

  /// - Parameter today: the legal day in China.
  /// - Throws: `field.id-number.length`, `format`, `checksum`, `area`, `country`, `date` or `future`.
  package init(_ input: String, today: CivilDate) throws(Problem) {
    let normalised = CodeText.normalised(input)
    let characters = Array(normalised.utf8)
    text = normalised
    switch characters.count {
    case 18: (birth, sex, warnings) = try Self.current(characters, today: today)
    case 15: (birth, sex, warnings) = try Self.former(characters, today: today)
    default: throw ProblemKind.idNumberLength.with(CodeText.length(normalised))
    }
  }

  private typealias Parts = (birth: CivilDate, sex: Sex, warnings: [ProblemKind])

  private static func current(_ characters: [UInt8], today: CivilDate) throws(Problem) -> Parts {
    guard characters[0] == UInt8(ascii: "9"), CodeText.isDigits(characters[..<17]) else {
      throw Problem(.idNumberFormat)
    }
    guard CheckDigit.modulus11(characters[..<17]) == characters[17] else { throw Problem(.idNumberChecksum) }
    guard Province.isKnown(characters[1..<3]) else { throw Problem(.idNumberArea) }
    guard Country.isAssigned(numeric: CodeText.string(characters[3..<6])) else { throw Problem(.idNumberCountry) }
    let birth = try IdentityNumber.birth(characters[6..<14], today: today)
    return (birth, characters[16].isMultiple(of: 2) ? .female : .male, [])
  }

  private static func former(_ characters: [UInt8], today: CivilDate) throws(Problem) -> Parts {
    guard characters[..<3].allSatisfy({ CodeText.isLetter($0) }), CodeText.isDigits(characters[3...]) else {
      throw Problem(.idNumberFormat)
    }
    guard CheckDigit.travelDocument(characters[..<14]) == characters[14] else { throw Problem(.idNumberChecksum) }
    guard Province.isKnown(characters[3..<5]) else { throw Problem(.idNumberArea) }
    let short = CodeText.string(characters[7..<13])
    let births = ["20", "19"].compactMap { CodeText.date(Array(($0 + short).utf8)) }
    guard let birth = births.first(where: { $0 <= today }) else { throw Problem(.idNumberDate) }
    // Countries that are no more (YUG, ANT …) stay printed on cards, so that an unknown one is only remarked on.
    let known = Country.isAssigned(letters: CodeText.string(characters[..<3]))
    return (birth, characters[13].isMultiple(of: 2) ? .female : .male, known ? [] : [.idNumberCountryUnknown])
  }
}
