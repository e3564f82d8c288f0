import Catalog
import Foundations
import XCTest

final class FormTests: XCTestCase {
  private let validator = FormValidator(fields: form, items: nil)

  private func codes(_ values: Members) -> [String] {
    validator.validate(values, today: today).problems.map(\.code)
  }

  private func missing(_ values: Members, items: [String]?, alsoRequired: Set<String> = []) -> [String] {
    MergedForm(form, items: items.map { Set($0.map { ItemID($0) }) }, alsoRequired: alsoRequired)
      .missing(values, applicant: .null, today: today).map(\.field.id)
  }

  func testSoundValuesStayAsTheyAre() {
    let outcome = validator.validate(sound, today: today)
    XCTAssertEqual(outcome.problems, [])
    XCTAssertEqual(outcome.values, sound)
    XCTAssertEqual(missing(sound, items: nil), [])
    XCTAssertNil(outcome.problem)
  }

  func testEverythingThatIsWrongIsToldAtOnceWithItsField() {
    let outcome = validator.validate(
      [
        "name": 7, "kids": 11, "base": "1.234", "born": "2026-11-22", "delivery": "3", "idNo": "32083019870412980",
        "nmae": "x",
      ], today: today)
    XCTAssertEqual(
      outcome.problems.map { [$0.field ?? "", $0.code] },
      [
        ["name", "field.type"], ["kids", "field.range"], ["base", "field.format"], ["born", "field.range"],
        ["delivery", "field.option"], ["idNo", "field.id-number.length"], ["nmae", "field.unknown"],
      ])
    XCTAssertEqual(outcome.problem?.others.count, 6)
    XCTAssertTrue(outcome.problems.last?.message.contains("name（姓名）") ?? false)
    XCTAssertEqual(outcome.problems[5].message, "身份证号码应为 18 位，现在是 17 位（“身份证号”）")
  }

  func testWhatATextIsBesidesIsChecked() {
    func outcome(_ check: FieldCheck, _ value: String) -> String? {
      var field = form[check == .mobilePhone ? 14 : 1]
      field.check = check
      let outcome = FormValidator(fields: [field], items: nil).validate([field.id: .text(value)], today: today)
      return outcome.problems.first?.code ?? outcome.values[field.id]?.text
    }
    XCTAssertEqual(outcome(.personName, "买买提•艾力"), "买买提·艾力")
    let longest = String(repeating: "㐱龥", count: 25)
    for name in ["欧阳建国", "一龥", "王\u{20DD}", "𠮷田", longest] { XCTAssertEqual(outcome(.personName, name), name) }
    XCTAssertEqual(outcome(.personName, " 张　伟 "), "张伟")
    for name in ["张123", "9", "张!", "张，伟", "", longest + "一", String(repeating: "张", count: 51)] {
      XCTAssertNotEqual(outcome(.personName, name), name)
    }
    for name in ["张123", "9", "张!"] { XCTAssertEqual(outcome(.personName, name), "field.name.format", name) }
    XCTAssertEqual(outcome(.marriageCertificate, "j320830-2024-000123"), "J320830-2024-000123")
    XCTAssertEqual(outcome(.marriageCertificate, "J990000-9999-000000"), "field.marriage-certificate.format")
    XCTAssertEqual(outcome(.birthCertificate, "Ｕ320001234"), "U320001234")
    XCTAssertEqual(outcome(.disabilityCertificate, "32083019870412980X42"), "32083019870412980X42")
    for number in ["99999999999999999911", "32083019870412980X42B", "32083019870412980X4212"] {
      XCTAssertEqual(outcome(.disabilityCertificate, number), "field.disability-certificate.format", number)
    }
    XCTAssertEqual(outcome(.mobilePhone, "138 1234 5678"), "13812345678")
    XCTAssertEqual(outcome(.mobilePhone, "0517-88211234"), "field.phone.mobile")
  }

  func testWrongKindsOfValueAreRefusedForEveryField() {
    for field in form {
      for value: Value in [
        .integer(5), .double(1.5), .text("\u{1}"), .bool(true), .array([nil]), ["x": 1], .bytes([1]),
      ] {
        if field.type == .integer && value == .integer(5) || field.type == .boolean && value == .bool(true) { continue }
        let outcome = validator.validate([field.id: value], today: today)
        XCTAssertFalse(outcome.problems.isEmpty, "\(field.id) \(JSON.text(value))")
        XCTAssertNil(outcome.values[field.id])
        XCTAssertTrue(outcome.problems.allSatisfy { $0.field?.hasPrefix(field.id) ?? false })
      }
    }
  }

  func testAmountsAreTextAndKeepTheirDigits() {
    XCTAssertEqual(codes(["area": .double(86.5)]), ["field.type"])
    XCTAssertEqual(codes(["base": 4500]), ["field.type"])
    for text in ["1e3", "1,000", ".5", "5.", "--1", "1.2.3", "１元", "0x10", "1234567890123456"] {
      XCTAssertEqual(codes(["area": .text(text)]), ["field.format"], text)
    }
    let values = validator.validate(["area": " ００86.50 ", "base": "0.10"], today: today).values
    XCTAssertEqual(values, ["area": "86.50", "base": "0.10"])
    XCTAssertEqual(codes(["area": "0.009"]), ["field.range"])
    XCTAssertEqual(codes(["base": "30000.00"]), [])
    XCTAssertEqual(codes(["base": "30000.01"]), ["field.range"])
    XCTAssertEqual(codes(["base": "-0.01"]), ["field.range"])
  }

  func testDecimalsCompareByAmount() throws {
    let order = ["-10", "-9.5", "-0.5", "0", "0.01", "0.1", "9", "9.99", "10", "100.5"]
    for (low, smaller) in order.enumerated() {
      for (high, larger) in order.enumerated() {
        XCTAssertEqual(try XCTUnwrap(DecimalText(smaller)) < XCTUnwrap(DecimalText(larger)), low < high)
      }
    }
    XCTAssertEqual(DecimalText("-0.00")?.text, "0.00")
    XCTAssertEqual(DecimalText("-0007.50")?.text, "-7.50")
    XCTAssertEqual(DecimalText("999999999999999.999999")?.text, "999999999999999.999999")
    for (same, other) in [("1.5", "1.50"), ("-1.5", "-1.500000"), ("0", "-0.0"), ("007", "7.0")] {
      let (same, other) = (try XCTUnwrap(DecimalText(same)), try XCTUnwrap(DecimalText(other)))
      XCTAssertFalse(same < other || other < same)
    }
    for text in [
      "", "-", ".5", "5.", "1.2.3", "1-2", "+1", "1e3", "１", "1 ", "0.0000001", "1234567890123456", "--1", "-.5",
    ] {
      XCTAssertNil(DecimalText(text), text)
    }
  }

  func testTextIsTrimmedBoundedAndFreeOfControls() {
    XCTAssertEqual(validator.validate(["name": "  张三\u{3000}"], today: today).values["name"], "张三")
    XCTAssertEqual(validator.validate(["note": "a\r\nb\rc"], today: today).values["note"], "a\nb\nc")
    XCTAssertEqual(codes(["name": .text(String(repeating: "张", count: 51))]), ["field.too-long"])
    XCTAssertEqual(codes(["note": .text(String(repeating: "字", count: 4001))]), ["field.too-long"])
    XCTAssertEqual(codes(["note": .text("a" + String(repeating: "\u{301}", count: 20_000))]), ["field.too-long"])
    XCTAssertEqual(codes(["name": "张\u{0}三"]), ["field.control-character"])
    XCTAssertEqual(codes(["name": "张\u{202E}三"]), ["field.control-character"])
    XCTAssertEqual(codes(["birthNo": "U32000123"]), ["field.pattern"])
    XCTAssertEqual(validator.validate(["birthNo": "ｕ320 001 234"], today: today).values["birthNo"], "U320001234")
  }

  func testOptionsAreTakenByValueOrLabel() {
    let values = validator.validate(["delivery": "邮寄", "kinds": ["糕点", "1", "3"]], today: today).values
    XCTAssertEqual(values, ["delivery": "2", "kinds": ["1", "3"]])
    XCTAssertEqual(codes(["kinds": ["1", "9"]]), ["field.option"])
  }

  func testTimesAreBroughtToChineseTime() {
    let values = validator.validate(["bornAt": "2025-08-08T01:15:00Z"], today: today).values
    XCTAssertEqual(values["bornAt"], "2025-08-08T09:15:00+08:00")
    XCTAssertEqual(codes(["born": "2026-02-29"]), ["field.format"])
    XCTAssertEqual(codes(["since": "2026-13"]), ["field.format"])
    XCTAssertEqual(codes(["since": "2026-12"]), ["field.range"])
    XCTAssertEqual(codes(["bornAt": "2026-11-22T00:00:00+08:00"]), ["field.range"])
  }

  func testPartsAreNamedByTheirPath() {
    let outcome = validator.validate(
      [
        "home": ["division": "32083", "street": "x"], "spouse": ["name": "李4", "idNumber": "1"],
        "heirs": [
          ["name": "张三", "idNumber": "362133196506159814"], ["nam": "李四", "idNumber": "362133196506159815"], 5,
        ],
      ], today: today)
    XCTAssertEqual(
      Set(outcome.problems.map { "\($0.field ?? "") \($0.code)" }),
      [
        "home.street field.unknown", "home.division field.division.format", "home.detail field.required",
        "spouse.name field.name.format", "spouse.idNumber field.id-number.length", "heirs[1].nam field.unknown",
        "heirs[1].name field.required", "heirs[1].idNumber field.id-number.checksum", "heirs[2] field.type",
      ])
    XCTAssertTrue(outcome.problems.contains { $0.message.contains("第 2 行“身份证号”") })
    XCTAssertEqual(codes(["heirs": .array(Array(repeating: [:], count: 201))]), ["field.too-many"])
  }

  func testNoMessageRepeatsWhatWasEntered() {
    let secret = "机密内容"
    for field in form {
      for value: Value in [.text(secret + "\u{1}"), .array([.text(secret)]), ["name": .text(secret + "1")]] {
        let problems = validator.validate([field.id: value], today: today).problems
        XCTAssertFalse(problems.contains { $0.message.contains(secret) }, field.id)
      }
    }
  }

  func testMissingFieldsAreThoseOfTheChosenItems() {
    let partly = FormValidator(fields: form, items: [ItemID("s1")])
    XCTAssertFalse(missing([:], items: ["s1"]).contains("bankNo"))
    XCTAssertTrue(missing([:], items: ["s2"]).contains("bankNo"))
    XCTAssertFalse(missing([:], items: ["s1"]).contains("uscc"))
    XCTAssertTrue(missing([:], items: ["s1"], alsoRequired: ["uscc"]).contains("uscc"))
    XCTAssertTrue(missing(["name": "  "], items: ["s1"]).contains("name"))
    XCTAssertEqual(partly.validate(["bankNo": "6222020200112233446"], today: today).notNeeded, ["bankNo"])
  }

  func testBlanksClear() throws {
    for value: Value in [nil, "", "  ", [], [:]] {
      XCTAssertEqual(try validator.normalise(value, field: "name", today: today), .null)
    }
    XCTAssertThrowsError(try validator.normalise("x", field: "nobody", today: today))
  }

  func testRegistersAreGroupsOrFields() {
    XCTAssertEqual(validator.field("bankNo")?.register, "bank")
    XCTAssertEqual(validator.field("name")?.register, "name")
  }

  func testTheNearestWord() {
    XCTAssertEqual(Nearest.match("aplicant.name", among: ["applicant.name", "agent.name"]), "applicant.name")
    XCTAssertNil(Nearest.match("xyz", among: ["applicant.name"]))
    XCTAssertEqual(validator.unknown("姓名").detail, "姓名，是不是 name（姓名）？")
  }
}
