package import Foundations

/// Numbers printed on papers that people bring along. Each function returns the number in its normal form.
package enum PaperNumbers {
  /// 出生医学证明编号: a letter and nine digits.
  /// - Throws: `field.birth-certificate.format`.
  package static func birthCertificate(_ input: String) throws(Problem) -> String {
    let normalised = CodeText.normalised(input)
    let characters = Array(normalised.utf8)
    guard characters.count == 10, CodeText.isLetter(characters.first), CodeText.isDigits(characters[1...]) else {
      throw Problem(.birthCertificateFormat)
    }
    return normalised
  }

  /// 结婚证字号 `J320830-2024-000123`, of a divorce with `L`, of a replacement with `B` before.
  /// - Throws: `field.marriage-certificate.format`.
  package static func marriageCertificate(_ input: String) throws(Problem) -> String {
    let normalised = CodeText.normalised(input)
    var characters = Array(normalised.utf8)[...]
    if characters.first == UInt8(ascii: "B") { characters = characters.dropFirst() }
    let kind = characters.first
    let parts = characters.dropFirst().split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard kind == UInt8(ascii: "J") || kind == UInt8(ascii: "L"), parts.map(\.count) == [6, 4, 6],
      parts.allSatisfy({ CodeText.isDigits($0) }), Province.isKnown(parts[0].prefix(2))
    else { throw Problem(.marriageCertificateFormat) }
    return normalised
  }

  /// 残疾人证号: identity number, category 1–7, degree 1–4, and `B` with a serial where it was reissued.
  /// - Parameter today: the legal day in China.
  /// - Throws: `field.disability-certificate.format`.
  package static func disabilityCertificate(_ input: String, today: CivilDate) throws(Problem) -> String {
    let normalised = CodeText.normalised(input)
    let characters = Array(normalised.utf8)
    guard characters.count >= 20, 49...55 ~= characters[18], 49...52 ~= characters[19] else {
      throw Problem(.disabilityCertificateFormat)
    }
    do throws(Problem) {
      _ = try IdentityNumber(CodeText.string(characters[..<18]), today: today)
    } catch {
      throw ProblemKind.disabilityCertificateFormat.with(error.message)
    }
    let rest = characters[20...]
    let reissued = rest.first == UInt8(ascii: "B") && 2...4 ~= rest.count && CodeText.isDigits(rest.dropFirst())
    guard rest.isEmpty || reissued else { throw Problem(.disabilityCertificateFormat) }
    return normalised
  }

  /// 食品经营许可证编号: `JY`, trade 1–3, division 6, serial 6, check of ISO 7064 MOD 11,10 (GB/T 17710).
  /// - Throws: `field.food-licence.format`.
  package static func foodLicence(_ input: String) throws(Problem) -> String {
    let normalised = CodeText.normalised(input)
    let characters = Array(normalised.utf8)
    guard characters.count == 16, normalised.hasPrefix("JY"), 49...51 ~= characters[2],
      CheckDigit.modulus11Hybrid(characters[2..<15]) == characters[15]
    else { throw Problem(.foodLicenceFormat) }
    return normalised
  }
}

/// The code of an application that was made without a network:
/// `L-{12 digits: the station's division}-{2 characters: device}-{yyyyMMdd}-{4 or more digits: serial}-{check}`.
/// It stays on the applicant's receipt for good; the authorities' own numbers come beside it, never in its place.
package struct LocalNumber: Sendable, Hashable {
  /// Division of the station, 12 digits.
  package let division: String
  /// Two digits or capital letters, given to the device by the server.
  package let device: String
  /// The legal day on which the application was begun.
  package let day: CivilDate
  /// From 1, counted by the device for each day.
  package let serial: Int

  /// - Parameters:
  ///   - division: the station's; filled up to 12 digits.
  ///   - device: two digits or letters.
  ///   - day: the legal day in China, of the years 1 to 9999.
  ///   - serial: 1 to 999,999,999.
  /// - Returns: nil where a part is out of its bounds.
  package init?(division: DivisionCode, device: String, day: CivilDate, serial: Int) {
    let device = CodeText.normalised(device)
    guard device.utf8.count == 2, device.utf8.allSatisfy({ CheckDigit.alphanumeric($0) != nil }), 1...9999 ~= day.year,
      1...999_999_999 ~= serial
    else { return nil }
    (self.division, self.device, self.day, self.serial) = (division.full, device, day, serial)
  }

  /// Reads a number as someone types it from a receipt.
  /// - Throws: `field.local-number.format` or `checksum`.
  package init(_ input: String) throws(Problem) {
    let parts = CodeText.normalised(input).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 6, parts[0] == "L", parts[1].utf8.count == 12, parts[3].utf8.count == 8,
      4...9 ~= parts[4].utf8.count, parts[5].utf8.count == 1, let day = CodeText.date(Array(parts[3].utf8)),
      let serial = CodeText.number(Array(parts[4].utf8)), let division = try? DivisionCode(parts[1]),
      let number = LocalNumber(division: division, device: parts[2], day: day, serial: serial),
      padded(serial, 4) == parts[4]
    else { throw Problem(.localNumberFormat) }
    guard number.check == parts[5] else { throw Problem(.localNumberChecksum) }
    self = number
  }

  private var parts: [String] { ["L", division, device, CodeText.digits(day), padded(serial, 4)] }

  /// ISO 7064 MOD 37,36 over all parts without their hyphens.
  private var check: String {
    CheckDigit.modulus37(parts.joined().utf8).map { CodeText.string([$0]) } ?? ""
  }

  /// The number as it stands on a receipt.
  package var text: String { (parts + [check]).joined(separator: "-") }
}
