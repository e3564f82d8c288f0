package import Foundations

/// The code of a service item as one authority implements it 事项实施编码 (GB/T 39554.1-2020): 31 characters, or 33 with
/// the two digits of a handling case 业务办理项.
package struct TaskCode: Sendable, Hashable {
  /// 31 or 33 characters.
  package let text: String
  /// The authority.
  package let authority: SocialCreditCode

  /// GB/T 39046-2020 appendix A, and what provinces have added since: 21–29 in the family of public services.
  private static let types: Set<Int> = Set(1...10).union(20...29)

  /// - Throws: `field.task-code.format`, its detail naming the part.
  package init(_ input: String) throws(Problem) {
    let normalised = CodeText.normalised(input)
    let characters = Array(normalised.utf8)
    guard normalised.count == characters.count, characters.count == 31 || characters.count == 33 else {
      throw ProblemKind.taskCodeFormat.with("应为 31 位或 33 位，\(CodeText.length(normalised))")
    }
    do throws(Problem) {
      authority = try SocialCreditCode(CodeText.string(characters[..<18]))
    } catch {
      throw ProblemKind.taskCodeFormat.with("前 18 位不是正确的统一社会信用代码")
    }
    guard CodeText.isDigits(characters[18...]) else { throw ProblemKind.taskCodeFormat.with("第 19 位起只能是数字") }
    guard UInt8(ascii: "1")...UInt8(ascii: "7") ~= characters[18] else {
      throw ProblemKind.taskCodeFormat.with("第 19 位是行使层级，应为 1 至 7")
    }
    guard CodeText.number(characters[19..<21]) == 0 || Province.isKnown(characters[19..<21]) else {
      throw ProblemKind.taskCodeFormat.with("第 20、21 位应为 00 或省份代码")
    }
    guard let type = CodeText.number(characters[21..<23]), Self.types.contains(type) else {
      throw ProblemKind.taskCodeFormat.with("第 22、23 位的事项类型不存在")
    }
    text = normalised
  }

  /// The twelve digits that the item has everywhere 基本编码.
  package var basic: String { String(text.dropFirst(19).prefix(12)) }
  /// GB/T 39046-2020: `01` licence … `20` public service.
  package var type: String { String(basic.dropFirst(2).prefix(2)) }
}

/// The number of a case in the national exchange 办件编号: task code, acceptance date, four digits of that day's serial.
/// Only an authority's system gives it out: a device that made one up would collide.
package struct ProjectNumber: Sendable, Hashable {
  /// 43 characters, or 45.
  package let text: String
  /// The item it was handled as.
  package let task: TaskCode
  /// The legal day of acceptance.
  package let accepted: CivilDate
  /// That day's serial number, from 1.
  package let serial: Int

  /// - Throws: `field.project-number.format`, its detail naming the part.
  package init(_ input: String) throws(Problem) {
    let normalised = CodeText.normalised(input)
    let characters = Array(normalised.utf8)
    guard normalised.count == characters.count, characters.count == 43 || characters.count == 45 else {
      throw ProblemKind.projectNumberFormat.with("应为 43 位或 45 位，\(CodeText.length(normalised))")
    }
    let tail = characters.suffix(12)
    do throws(Problem) {
      task = try TaskCode(CodeText.string(characters.dropLast(12)))
    } catch {
      throw ProblemKind.projectNumberFormat.with(error.detail ?? "实施编码不对")
    }
    guard let date = CodeText.date(tail.prefix(8)) else { throw ProblemKind.projectNumberFormat.with("受理日期不存在") }
    guard let number = CodeText.number(tail.suffix(4)), number > 0 else {
      throw ProblemKind.projectNumberFormat.with("最后四位流水号从 0001 起")
    }
    (text, accepted, serial) = (normalised, date, number)
  }
}

/// The identifier of an electronic certificate 电子证照标识 (GB/T 36904-2018):
/// `1.2.156.3005.2.{type 21}.{issuer 18}.{serial}.{version 3}.{check}`.
package struct CertificateID: Sendable, Hashable {
  /// The identifier with its dots.
  package let text: String
  /// Social credit code of the issuer.
  package let issuer: String
  /// Serial number, often the number printed on the certificate.
  package let serial: String

  private static let root = "1.2.156.3005.2."

  /// - Throws: `field.certificate-id.format` or `checksum`.
  package init(_ input: String) throws(Problem) {
    let normalised = CodeText.normalised(input)
    let parts = normalised.dropFirst(Self.root.count).utf8.split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false
    ).map { Array($0) }
    guard normalised.hasPrefix(Self.root), parts.count == 5, parts[0].count == 21, parts[1].count == 18,
      1...64 ~= parts[2].count, parts[3].count == 3, parts[4].count == 1,
      parts.joined().allSatisfy({ CheckDigit.alphanumeric($0) != nil })
    else { throw Problem(.certificateIDFormat) }
    guard CheckDigit.modulus37(parts[..<4].joined()) == parts[4].first else { throw Problem(.certificateIDChecksum) }
    (text, issuer, serial) = (normalised, CodeText.string(parts[1]), CodeText.string(parts[2]))
  }
}
