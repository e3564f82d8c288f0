package import Foundations

/// What the law writes in an identity number (GB/T 2261.1).
package enum Sex: String, Sendable, CaseIterable {
  case male = "1"
  case female = "2"

  /// 男 or 女.
  package var label: String { self == .male ? "男" : "女" }
}

/// A citizen identity number 公民身份号码 of 18 characters (GB 11643-1999), or that of a residence permit for people
/// from Hong Kong, Macao and Taiwan 港澳台居民居住证, which is built alike (国办发〔2018〕81号).
package struct IdentityNumber: Sendable, Hashable {
  /// 18 characters, the last one a digit or `X`.
  package let text: String
  /// The day of birth.
  package let birth: CivilDate
  /// From the serial number: odd is male.
  package let sex: Sex
  /// What is unusual, without being wrong.
  package let warnings: [ProblemKind]

  /// Reads a number as people type it.
  /// - Parameter today: the legal day in China; a birth after it is refused.
  /// - Throws: `field.id-number.length`, `format`, `checksum`, `area`, `date` or `future`, the first that applies.
  package init(_ input: String, today: CivilDate) throws(Problem) {
    let normalised = CodeText.normalised(input)
    let characters = Array(normalised.utf8)
    guard normalised.count == 18 else {
      // First-generation numbers have been void since 2013-01-01 (居民身份证法 23); people still find them in old papers.
      let old = characters.count == 15 && CodeText.isDigits(characters)
      throw ProblemKind.idNumberLength.with(old ? "15 位是旧号码，已停用" : CodeText.length(normalised))
    }
    guard characters.count == 18, CodeText.isDigits(characters[..<17]), Self.isLast(characters[17]) else {
      throw Problem(.idNumberFormat)
    }
    guard CheckDigit.modulus11(characters[..<17]) == characters[17] else { throw Problem(.idNumberChecksum) }
    guard Province.isInIdentityNumber(characters[..<2]) else { throw Problem(.idNumberArea) }
    birth = try Self.birth(characters[6..<14], today: today)
    sex = characters[16].isMultiple(of: 2) ? .female : .male
    text = normalised
    warnings = FormerAreas.warnings(area: CodeText.string(characters[..<6]), born: birth.year)
  }

  private static func isLast(_ character: UInt8) -> Bool {
    48...57 ~= character || character == UInt8(ascii: "X")
  }

  /// The birth date that eight digits give. Nobody alive was born before 1890.
  static func birth(_ digits: some Collection<UInt8>, today: CivilDate) throws(Problem) -> CivilDate {
    guard let birth = CodeText.date(digits), birth.year >= 1890 else { throw Problem(.idNumberDate) }
    guard birth <= today else { throw Problem(.idNumberFuture) }
    return birth
  }

  /// The six digits of the place that gave the number out; it never changes, so it may be a place that is no more.
  package var area: String { String(text.prefix(6)) }

  /// Whether this is the number of a residence permit.
  package var isResidencePermit: Bool { ["810000", "820000", "830000"].contains(area) }

  /// Completed years of age on a day; 29 February counts as reached on 1 March of a common year.
  package func age(on day: CivilDate) -> Int { Self.age(born: birth, on: day) }

  /// Completed years between a birth and a day; 0 before the birth.
  package static func age(born: CivilDate, on day: CivilDate) -> Int {
    let (start, end) = (born.components, day.components)
    let reached = (end.month, end.day) >= (start.month, start.day)
    return max(0, end.year - start.year - (reached ? 0 : 1))
  }
}

/// Codes of the five counties over time. Elderly people carry the codes of places renamed long ago, and a code that did
/// not exist in someone's youth hints at a typing error; neither is a reason to turn anyone away.
enum FormerAreas {
  /// First and last year of a code. Numbers have been given out since 1984, so that earlier beginnings say nothing.
  private static let years: [String: ClosedRange<Int>] = [
    "320830": 1983...9999, "322231": 1...1983,
    "320826": 1983...9999, "322227": 1...1983,
    "320707": 2014...9999, "320721": 1983...2014, "322128": 1...1983,
    "360732": 1998...9999, "362133": 1...1998,
    "610830": 1999...9999, "612731": 1...1999,
  ]

  static func warnings(area: String, born year: Int) -> [ProblemKind] {
    if area.hasSuffix("0000"), !["81", "82", "83"].contains(area.prefix(2)) { return [.idNumberAreaUnknown] }
    guard let range = years[area] else { return [] }
    let lateStart = range.lowerBound > 1984 && year < range.lowerBound
    return lateStart || year > range.upperBound ? [.idNumberAreaAge] : []
  }
}
