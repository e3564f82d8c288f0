import Application
import Foundations
import XCTest

final class CodeTests: XCTestCase {
  private func code(_ kind: CodeKind, _ value: String) -> String? {
    CodeCheck.check(kind: kind, value: value, today: today).code
  }

  func testNumbersAreReadAsPeopleTypeThem() throws {
    XCTAssertEqual(try IdentityNumber(" ３２０８３０ 1987 0412 980ｘ\u{200B}", today: today).text, "32083019870412980X")
    XCTAssertEqual(try SocialCreditCode("91320826 macxxx025t").text, "91320826MACXXX025T")
    XCTAssertEqual(try PhoneNumber("+86 138-1234-5678").text, "13812345678")
    XCTAssertEqual(try PhoneNumber("008613812345678").text, "13812345678")
    for same in ["（0517）88211234", "+86-517-88211234", "+86 0517-88211234"] {
      XCTAssertEqual(try PhoneNumber(same).text, "0517-88211234", same)
    }
    XCTAssertEqual(try BankAccount("6222 0202 0011 2233 446").text, "6222020200112233446")
    XCTAssertEqual(try DivisionCode("３２０８３０").text, "320830")
  }

  func testFirstGenerationNumbersAreNamedAsSuch() throws {
    XCTAssertThrowsError(try IdentityNumber("320830870412980", today: today)) { error in
      XCTAssertEqual((error as? Problem)?.message, "身份证号码应为 18 位，15 位是旧号码，已停用")
    }
  }

  func testBirthTodayIsAcceptedAndTomorrowIsNot() {
    // The day of birth itself: the registration of a newborn.
    let number = "32070720200101983"
    let day = CivilDate(year: 2020, month: 1, day: 1).map { $0 } ?? today
    XCTAssertNoThrow(try IdentityNumber(number + "1", today: day))
    XCTAssertThrowsError(try IdentityNumber(number + "1", today: day.adding(days: -1))) { error in
      XCTAssertEqual((error as? Problem)?.code, "field.id-number.future")
    }
  }

  func testPhonesThatAreNone() {
    for value in [
      "", "12812345678", "1381234567", "138123456789", "1440012345678", "10086", "88211234", "0517-882112", "０", "+86",
      "+86008613812345678",
    ] {
      XCTAssertEqual(code(.phone, value), "field.phone.format", value)
    }
    for value in ["0517-88211234-", "0517-88211234-1234567", "0-88211234", "0012345678"] {
      XCTAssertEqual(code(.phone, value), "field.phone.format", value)
    }
  }

  func testBankAccountsThatAreNone() {
    XCTAssertEqual(code(.bankAccount, "6222020200112233447"), "field.bank-account.checksum")
    XCTAssertEqual(code(.bankAccount, "622202020011223"), "field.bank-account.length")
    XCTAssertEqual(code(.bankAccount, "62220202001122334469"), "field.bank-account.length")
    XCTAssertEqual(code(.bankAccount, "622202020011223344O"), "field.bank-account.format")
    XCTAssertEqual(code(.bankAccount, "0000000000000000"), "field.bank-account.format")
  }

  func testDivisionsThatAreNone() {
    for value in ["", "32083", "3208301", "000000", "990830", "32083O", "320830000201", "320000101", "320830101201 1"] {
      XCTAssertEqual(code(.division, value), "field.division.format", value)
    }
  }

  func testDivisionsKnowTheirPlace() throws {
    let village = try DivisionCode("320830101201")
    let town = try DivisionCode("320830101")
    let county = try DivisionCode("320830000000")
    XCTAssertEqual([village, town, county].map(\.level), [.village, .town, .county])
    XCTAssertEqual(village.parent, town)
    XCTAssertEqual(town.parent?.text, "320830")
    XCTAssertEqual(county.parent?.text, "320800")
    XCTAssertEqual(county.parent?.parent?.text, "320000")
    XCTAssertNil(county.parent?.parent?.parent)
    XCTAssertEqual(county.canonical.text, "320830")
    XCTAssertEqual(try DivisionCode("320830101000").canonical, town)
    XCTAssertTrue(county.contains(village))
    XCTAssertTrue(try DivisionCode("320800").contains(village))
    XCTAssertFalse(town.contains(county))
    XCTAssertFalse(try DivisionCode("320826").contains(village))
    XCTAssertEqual(village.county.text, "320830")
  }

  func testTaskCodesNameTheirBadPart() {
    let valid = Vectors.taskCodes[0]
    XCTAssertEqual(code(.taskCode, String(valid.dropLast())), "field.task-code.format")
    XCTAssertEqual(code(.taskCode, valid + "01"), nil)
    XCTAssertEqual(code(.taskCode, valid.replacing("W4", with: "W8")), "field.task-code.format")
    XCTAssertEqual(code(.projectNumber, Vectors.projectNumber.dropLast(4) + "0000"), "field.project-number.format")
    XCTAssertEqual(
      code(.projectNumber, Vectors.projectNumber.replacing("20201020", with: "20201320")), "field.project-number.format"
    )
  }

  func testSocialCreditCodesWithASoundCheckStillNeedTheirShape() {
    // Letters in the division, and a registrar that the standard does not have; both checks are right.
    for value in ["91320A26MACXXX0255", "B1320826MACXXX025Q"] {
      XCTAssertEqual(code(.uscc, value), "field.uscc.format", value)
    }
  }

  func testCertificateIDsKeepTheirCheck() {
    let valid = Vectors.certificateIDs[0]
    XCTAssertEqual(code(.certificateID, valid.dropLast() + "X"), "field.certificate-id.checksum")
    XCTAssertEqual(code(.certificateID, String(valid.dropLast(2))), "field.certificate-id.format")
  }

  func testLocalNumbersGoThereAndBack() throws {
    let division = try DivisionCode("320830101")
    let number = try XCTUnwrap(LocalNumber(division: division, device: "a1", day: today, serial: 7))
    XCTAssertTrue(number.text.hasPrefix("L-320830101000-A1-20261121-0007-"), number.text)
    XCTAssertEqual(try LocalNumber(number.text), number)
    XCTAssertEqual(try LocalNumber(number.text.lowercased() + " "), number)
    let large = try XCTUnwrap(LocalNumber(division: division, device: "ZZ", day: today, serial: 123_456))
    XCTAssertEqual(try LocalNumber(large.text), large)
    XCTAssertNil(LocalNumber(division: division, device: "ABC", day: today, serial: 1))
    XCTAssertNil(LocalNumber(division: division, device: "A1", day: today, serial: 0))
    XCTAssertEqual(code(.localNumber, number.text.replacing("-0007-", with: "-0008-")), "field.local-number.checksum")
    XCTAssertEqual(code(.localNumber, number.text.replacing("-0007-", with: "-00007-")), "field.local-number.format")
  }

  func testMaskingShowsNoMoreThanTheRulesSay() {
    XCTAssertEqual(Masking.idNumber("32083019870412980X"), "320830********980X")
    XCTAssertEqual(Masking.idNumber("12345678"), "12****78")
    XCTAssertEqual(Masking.phone("13812345678"), "138****5678")
    XCTAssertEqual(Masking.phone("110"), "***")
    XCTAssertEqual(Masking.bankAccount("6217000000001234"), "6217 **** **** 1234")
    let names = ["张三": "张*", "张小明": "张*明", "欧阳小明": "欧阳*明", "欧阳修": "欧阳*", "阿依古丽·买买提": "阿依古丽·*", "王": "*", "": ""]
    for (name, masked) in names { XCTAssertEqual(Masking.name(name), masked) }
    XCTAssertEqual(Masking.address("马坝镇旧街村三组 12 号"), "马坝镇旧街村三组***")
    XCTAssertEqual(Masking.address("幸福路 88 号 3 单元"), "幸福路 88***")
  }

  func testEveryRefusalHasASentenceAndARemedy() {
    let kinds: [CodeKind: String] = [.idNumber: "1", .uscc: "1", .phone: "1", .bankAccount: "1", .division: "1"]
    for (kind, value) in kinds {
      let problem = CodeCheck.check(kind: kind, value: value, today: today).problem
      XCTAssertEqual(problem?.kind.exit, .refused)
      XCTAssertFalse(problem?.message.isEmpty ?? true)
      XCTAssertFalse(problem?.kind.remedy.isEmpty ?? true)
      XCTAssertFalse(problem?.message.contains("{}") ?? true)
    }
  }
}
