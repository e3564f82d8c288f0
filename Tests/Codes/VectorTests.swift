import Application
import Foundations
import XCTest

final class VectorTests: XCTestCase {
  private func check(_ kind: CodeKind, _ value: String) -> CodeCheck.Result {
    CodeCheck.check(kind: kind, value: value, today: today)
  }

  func testTodayIsTheDayOfTheVectors() {
    XCTAssertEqual(today.text, "2026-11-21")
  }

  func testEveryValidVectorIsAcceptedUnchanged() {
    let valid: [(CodeKind, [String])] = [
      (.idNumber, Vectors.identity), (.idNumber, Vectors.identityElderly), (.idNumber, Vectors.identityUnusual),
      (.idNumber, Vectors.residencePermits), (.idNumber, Vectors.permanentResidence),
      (.idNumber, ["H12345678", "M1234567890", "12345678"]), (.uscc, Vectors.socialCredit),
      (.taskCode, Vectors.taskCodes), (.projectNumber, [Vectors.projectNumber]),
      (.certificateID, Vectors.certificateIDs), (.foodLicence, ["JY23208300000012"]),
      (.birthCertificate, ["U320001234"]), (.marriageCertificate, ["J320830-2024-000123", "BL320830-2024-000123"]),
      (.disabilityCertificate, ["32083019870412980X43", "32083019870412980X43B1"]),
      (.bankAccount, ["6222020200112233446", "4111111111111111"]),
      (.phone, ["13812345678", "19200000000", "0517-88211234", "051788211234", "010-12345678-123"]),
      (.division, ["320830", "320830101", "320830101201", "320830000000"]),
    ]
    for (kind, values) in valid {
      for value in values {
        let result = check(kind, value)
        XCTAssertNil(result.problem, "\(kind.rawValue) \(value)")
        XCTAssertEqual(result.value, value)
      }
    }
  }

  func testEveryInvalidVectorIsRefusedForItsReason() {
    for (value, reason) in Vectors.identityRefused {
      XCTAssertEqual(check(.idNumber, value).code, "field.id-number.\(reason)", value)
    }
    for (value, reason) in Vectors.permanentResidenceRefused {
      XCTAssertEqual(check(.idNumber, value).code, "field.id-number.\(reason)", value)
    }
    for (value, reason) in Vectors.socialCreditRefused {
      XCTAssertEqual(check(.uscc, value).code, "field.uscc.\(reason)", value)
    }
  }

  func testUnusualNumbersAreRemarkedOnAndElderlyOnesAreNot() {
    for value in Vectors.identityUnusual {
      XCTAssertEqual(check(.idNumber, value).warnings, [.idNumberAreaAge], value)
    }
    for value in Vectors.identity + Vectors.identityElderly + Vectors.residencePermits {
      XCTAssertEqual(check(.idNumber, value).warnings, [], value)
    }
  }

  func testOrganisationCodesOfVectorsKeepTheirOwnCheck() {
    for value in Vectors.socialCredit { XCTAssertEqual(check(.uscc, value).warnings, [], value) }
  }

  func testKindsAreRecognisedInTheDocumentedOrder() {
    let kinds = [
      "32083019870412980X": "居民身份证", "810000199408230021": "港澳台居民居住证", "932840198001019805": "外国人永久居留身份证",
      "KAZ110090123105": "外国人永久居留身份证", "H12345678": "港澳居民来往内地通行证", "12345678": "台湾居民来往大陆通行证",
    ]
    for (value, kind) in kinds { XCTAssertEqual(check(.idNumber, value).kindName, kind) }
    XCTAssertEqual(check(.uscc, "N2320830MF1BBB058R").kindName, "村级集体经济组织")
  }

  func testBearerIsReadFromTheNumber() throws {
    let number = try IdentityNumber("32083019870412980X", today: today)
    XCTAssertEqual(number.birth.text, "1987-04-12")
    XCTAssertEqual(number.sex, .female)
    XCTAssertEqual(number.age(on: today), 39)
    XCTAssertEqual(try IdentityNumber("320826200002299818", today: today).sex, .male)
    let foreigner = try PermanentResidenceNumber("KAZ110090123105", today: today)
    XCTAssertEqual(foreigner.birth.text, "1990-12-31")
  }
}
