import Catalog
import Foundations
import TestValues
import XCTest

final class TextTests: XCTestCase {
  private let validator = FormValidator(fields: form, items: nil)

  private func parse(_ text: String, _ id: String) throws -> Value {
    try FieldText.parse(text, as: XCTUnwrap(validator.field(id)), today: today)
  }

  func testTypedTextIsReadByTheFieldsType() throws {
    let cases: [(String, String, Value)] = [
      ("name", " 张三 ", "张三"), ("kids", "２", 2), ("kids", "2元", 2), ("base", "4 200", "4200"), ("area", "86.5", "86.5"),
      ("base", "￥4,500.00元", "4500.00"),
      ("married", "是", true), ("married", "false", false), ("born", "1987年4月12日", "1987-04-12"),
      ("born", "19870412", "1987-04-12"),
      ("born", "1987/4/12", "1987-04-12"), ("born", "1987-04-12", "1987-04-12"), ("since", "2026年5月", "2026-05"),
      ("since", "202605", "2026-05"), ("bornAt", "2025-08-08 09:15", "2025-08-08T09:15:00+08:00"),
      ("delivery", "邮寄", "2"),
      ("kinds", "热食、3，1", ["1", "3"]), ("idNo", "32083019870412980x", "32083019870412980X"),
      ("phone", "138 1234 5678", "13812345678"), ("name", "", nil), ("kids", " ", nil),
      ("home", "320830101201 旧街村三组 12 号", ["division": "320830101201", "detail": "旧街村三组 12 号"]),
      ("spouse", "李红 320826200002299818", ["name": "李红", "idNumber": "320826200002299818"]),
      (
        "spouse", "李 红 320826200002299818 13812345678",
        ["name": "李红", "idNumber": "320826200002299818", "phone": "13812345678"]
      ),
    ]
    for (id, text, value) in cases { XCTAssertEqual(try parse(text, id), value, "\(id) \(text)") }
  }

  func testTextThatFitsNoReadingIsRefusedByName() {
    let cases = [
      ("kids", "两个", "field.type"), ("kids", "2.5", "field.type"), ("area", "1,5", "field.format"),
      ("married", "也许", "field.type"),
      ("born", "1987-13-01", "field.format"), ("born", "昨天", "field.format"), ("home", "马坝镇", "field.division.format"),
      ("spouse", "李红", "field.required"), ("heirs", "张三", "field.needs-json"), ("delivery", "空投", "field.option"),
    ]
    for (id, text, code) in cases {
      XCTAssertThrowsError(try parse(text, id), id) { XCTAssertEqual(($0 as? Problem)?.code, code, "\(id) \(text)") }
    }
  }

  private func problem(_ text: String, _ id: String) -> Problem? {
    do {
      _ = try parse(text, id)
      return nil
    } catch {
      return error as? Problem
    }
  }

  func testWhatIsWrongIsSaidInWords() {
    for (text, id, words) in [
      ("2.5", "kids", "只能填整数，不能有小数"), ("4,200.123", "kids", "只能填整数，不能有小数"), ("两个", "kids", "收到的是文字"),
      ("二〇二五年三月一日", "born", "看不懂这样写的日期"), ("25-3-1", "born", "看不懂这样写的日期"),
      ("昨天", "born", "看不懂这样写的日期"), ("1987-13-01", "born", "没有这个日期"), ("320830101201", "home", "的详细地址"),
    ] {
      let told = problem(text, id)?.message ?? ""
      XCTAssertTrue(told.contains(words), "\(text): \(told)")
      XCTAssertFalse(told.contains("detail"), told)
    }
  }

  func testWholeNumbersMayHaveTheirThousandsParted() {
    // Read as a number, it is beyond what the field allows.
    for text in ["4200", "4,200", "4，200", "4 200", "4200元", "¥4,200 元"] {
      XCTAssertEqual(problem(text, "kids")?.code, "field.range", text)
    }
    XCTAssertEqual(problem("4,20", "kids")?.code, "field.type")
  }

  private func display(_ id: String, masked: Bool = false) throws -> String {
    try FieldText.display(sound[id] ?? .null, as: XCTUnwrap(validator.field(id)), masked: masked)
  }

  func testValuesAreShownInWords() throws {
    XCTAssertEqual(try display("delivery"), "邮寄")
    XCTAssertEqual(try display("kinds"), "热食、糕点")
    XCTAssertEqual(try display("married"), "是")
    XCTAssertEqual(try display("bornAt"), "2025-08-08 09:15")
    XCTAssertEqual(try display("kids"), "2")
    XCTAssertEqual(try display("home"), "320830101201 旧街村三组 12 号")
    XCTAssertEqual(try display("spouse"), "李红 320826200002299818 0517-88211234")
    XCTAssertEqual(try display("heirs"), "姓名：张三，身份证号：362133196506159814，同意：否")
    XCTAssertEqual(try display("idNo", masked: true), "320830********980X")
    XCTAssertEqual(try display("bankNo", masked: true), "6222 **** **** 3446")
    XCTAssertEqual(try display("spouse", masked: true), "李* 320826********9818 051******1234")
    XCTAssertEqual(FieldText.display(.null, as: form[0]), "")
  }

  func testPlacesAreShownByName() throws {
    let registry = try DivisionRegistry(["320830": ["name": "盱眙县", "path": "江苏省/淮安市", "towns": ["101": "马坝镇"]]])
    let home = try XCTUnwrap(validator.field("home"))
    XCTAssertEqual(
      FieldText.display(sound["home"] ?? .null, as: home, divisions: registry), "江苏省淮安市盱眙县马坝镇旧街村三组 12 号")
  }

  func testWhatIsAcceptedIsInItsNormalForm() throws {
    var generator = SeededGenerator(2026)
    for round in 0..<10_000 {
      let field = form[round % form.count]
      guard let value = try? FieldText.parse(generator.formText(lengthMax: 24), as: field, today: today) else {
        continue
      }
      XCTAssertEqual(try validator.normalise(value, field: field.id, today: today), value)
      _ = FieldText.display(value, as: field, masked: round % 2 == 0)
    }
  }

  func testNothingCrashesOnAnyValue() {
    var generator = SeededGenerator(1949)
    for round in 0..<10_000 {
      let field = form[round % form.count]
      let value = generator.value(depth: 2)
      let outcome = validator.validate([field.id: value], today: today)
      XCTAssertTrue(outcome.problems.isEmpty == (outcome.values[field.id] != nil), "\(field.id) \(JSON.text(value))")
      _ = FieldText.display(value, as: field, masked: true)
    }
  }
}
