package import Foundations

/// A number by which a person is identified, of any certificate that the counters accept.
package enum CertificateNumber: Sendable, Hashable {
  case identity(IdentityNumber)
  case permanentResidence(PermanentResidenceNumber)
  /// 港澳居民来往内地通行证: `H` or `M` and 8 or 10 digits.
  case mainlandTravel(String)
  /// 台湾居民来往大陆通行证: 8 digits.
  case taiwanTravel(String)

  /// Chooses the kind by shape and checks it, in this order: 18 characters with a leading 9, residence
  /// permits, identity numbers, 15 characters with three letters, `H`/`M` permits, 8 digits.
  /// - Parameter today: the legal day in China.
  /// - Throws: the problems of `IdentityNumber` and `PermanentResidenceNumber`; text of no known shape is judged as an
  ///   identity number, since that is what nearly everyone has.
  package static func recognise(_ input: String, today: CivilDate) throws(Problem) -> CertificateNumber {
    let normalised = CodeText.normalised(input)
    let characters = Array(normalised.utf8)
    if PermanentResidenceNumber.looksLike(characters) {
      return .permanentResidence(try PermanentResidenceNumber(normalised, today: today))
    }
    if let first = characters.first, first == UInt8(ascii: "H") || first == UInt8(ascii: "M"),
      characters.count == 9 || characters.count == 11, CodeText.isDigits(characters[1...])
    {
      return .mainlandTravel(normalised)
    }
    if characters.count == 8, CodeText.isDigits(characters) { return .taiwanTravel(normalised) }
    return .identity(try IdentityNumber(normalised, today: today))
  }

  /// The number that somebody is known by; nil for a text that is none.
  package static func known(_ input: String, today: CivilDate) -> CertificateNumber? {
    try? recognise(input, today: today)
  }

  /// Completed years of age on a day, where the number tells the birth.
  package func age(on day: CivilDate) -> Int? { birth.map { IdentityNumber.age(born: $0, on: day) } }

  /// The number in its normal form.
  package var text: String {
    switch self {
    case .identity(let number): number.text
    case .permanentResidence(let number): number.text
    case .mainlandTravel(let text), .taiwanTravel(let text): text
    }
  }

  /// Birth date, where the number tells it.
  package var birth: CivilDate? {
    switch self {
    case .identity(let number): number.birth
    case .permanentResidence(let number): number.birth
    case .mainlandTravel, .taiwanTravel: nil
    }
  }

  /// Sex, where the number tells it.
  package var sex: Sex? {
    switch self {
    case .identity(let number): number.sex
    case .permanentResidence(let number): number.sex
    case .mainlandTravel, .taiwanTravel: nil
    }
  }

  /// What is unusual about the number, without being wrong.
  package var warnings: [ProblemKind] {
    switch self {
    case .identity(let number): number.warnings
    case .permanentResidence(let number): number.warnings
    case .mainlandTravel: []
    // Eight digits are as likely a birth date typed into the wrong box.
    case .taiwanTravel: [.idNumberTaiwan]
    }
  }

  /// The kind of certificate, for a person.
  package var kindName: String {
    switch self {
    case .identity(let number): number.isResidencePermit ? "港澳台居民居住证" : "居民身份证"
    case .permanentResidence: "外国人永久居留身份证"
    case .mainlandTravel: "港澳居民来往内地通行证"
    case .taiwanTravel: "台湾居民来往大陆通行证"
    }
  }

  /// GA/T 2000.156, the code that forms ask for.
  package var typeCode: String {
    switch self {
    case .identity(let number): number.isResidencePermit ? "990" : "111"
    case .permanentResidence: "553"
    case .mainlandTravel: "516"
    case .taiwanTravel: "511"
    }
  }
}
