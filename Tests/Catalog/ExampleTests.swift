import Catalog
import Foundations
import XCTest

/// The examples are invented but true to their rules: check digits, patterns, the matter's own county.
final class ExampleTests: XCTestCase {
  private func everyExample(_ body: (Matter, Field, Value) throws -> Void) throws {
    for matter in try BuiltIn.catalog().matters {
      for field in matter.fields {
        try body(matter, field, field.example)
        for row in field.type == .list ? field.example.array ?? [] : [] {
          for column in field.columns { if let value = row[column.id] { try body(matter, column, value) } }
        }
      }
    }
  }

  func testIdentityNumbersHaveTheirCheckDigitAndASyntheticSequence() throws {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    try everyExample { matter, field, value in
      guard field.type == .idNumber, let number = value.text else { return }
      let sum = zip(number.utf8, weights).reduce(0) { $0 + Int($1.0 - 48) * $1.1 }
      XCTAssertEqual(number.last, Array("10X98765432")[sum % 11], "\(matter.id) \(field.id)")
      XCTAssertTrue((980...999).contains(Int(number.dropFirst(14).prefix(3)) ?? 0), "\(matter.id) \(field.id)")
      XCTAssertTrue(["610830", "320830", "320707"].contains(String(number.prefix(6))), "\(matter.id) \(field.id)")
    }
  }

  func testCreditCodesHaveTheirCheckDigit() throws {
    let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY")
    let weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    try everyExample { matter, field, value in
      guard field.type == .uscc, let code = value.text else { return }
      let digits = try code.map { try XCTUnwrap(alphabet.firstIndex(of: $0)) }
      let sum = zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 }
      XCTAssertEqual(digits.last, (31 - sum % 31) % 31, "\(matter.id) \(field.id)")
    }
  }

  func testBankAccountsPassLuhn() throws {
    try everyExample { matter, field, value in
      guard field.type == .bankAccount, let number = value.text else { return }
      let sum = number.utf8.reversed().enumerated().reduce(0) { sum, digit in
        let doubled = Int(digit.element - 48) * (digit.offset.isMultiple(of: 2) ? 1 : 2)
        return sum + (doubled > 9 ? doubled - 9 : doubled)
      }
      XCTAssertTrue(sum.isMultiple(of: 10), "\(matter.id) \(field.id)")
    }
  }

  func testTextsMatchTheirPatterns() throws {
    try everyExample { matter, field, value in
      guard let pattern = field.pattern, let text = value.text else { return }
      XCTAssertNotNil(try Regex(pattern).wholeMatch(in: text), "\(matter.id) \(field.id)")
    }
  }

  func testDivisionsLieInACountyThatSeesTheMatter() throws {
    let counties = try BuiltIn.counties()
    let towns = Set(counties.flatMap(\.towns).map(\.code) + counties.map(\.place.code))
    try everyExample { matter, field, value in
      guard let division = field.type == .address ? value["division"]?.text : field.type == .division ? value.text : nil
      else { return }
      XCTAssertTrue(division.hasPrefix(matter.source.prefix), "\(matter.id) \(field.id)")
      XCTAssertTrue(towns.contains(String(division.prefix(9))), "\(matter.id) \(field.id)")
    }
  }

  /// The sex and the birth date of the form are those of the identity number beside them.
  func testRetireeAndNewbornAreConsistent() throws {
    let catalog = try BuiltIn.catalog()
    func example(_ matter: Matter, _ id: String) -> Value? { matter.fields.first { $0.id == id }?.example }
    for id in ["qingjian-14", "ganyu-15", "national-12", "jiangsu-12"] {
      let matter = try catalog.need(id)
      let number = try XCTUnwrap(example(matter, "r.idNo")?.text)
      let birth = try XCTUnwrap(example(matter, "r.birth")?.text)
      XCTAssertEqual(String(number.dropFirst(6).prefix(8)), birth.filter { $0 != "-" })
      let isMale = (Int(String(number.dropFirst(16).prefix(1))) ?? 0) % 2 == 1
      XCTAssertEqual(example(matter, "r.sex")?.text, isMale ? "1" : "2")
    }
    let birth = try catalog.need("qingjian-04")
    XCTAssertEqual(example(birth, "fa.idNo"), example(birth, "hk.householderIdNo"), "the child follows the father")
    let pension = try catalog.need("ganyu-17")
    let year = try XCTUnwrap(example(pension, "p.idNo")?.text?.dropFirst(6).prefix(4))
    XCTAssertLessThanOrEqual(Int(year) ?? 9999, 1965, "a pension needs sixty years")
  }

  /// A file made of all examples is a form that can be submitted, under the rules every form is checked with.
  func testAllExamplesOfAMatterPassItsForm() throws {
    let today = try XCTUnwrap(CivilDate("2026-11-21"))
    for matter in try BuiltIn.catalog().matters {
      let values = Members(matter.fields.map { ($0.id, $0.example) }, uniquingKeysWith: { first, _ in first })
      let outcome = FormValidator(fields: matter.fields, items: nil).validate(values, today: today)
      for problem in outcome.problems { XCTFail("\(matter.id) \(problem.field ?? "") \(problem.code)") }
      let whole = Set(matter.exampleFields(today: today).map(\.id))
      let missing = MergedForm(matter.fields, items: nil).missing(
        values.filter { whole.contains($0.key) }, applicant: .null, today: today)
      XCTAssertEqual(missing.map(\.field.id), [], matter.id.text)
    }
  }

  /// On a laptop whose clock is wrong, and in years to come.
  func testEveryFormCanBeCompletedWhateverTheClockSays() throws {
    for day in ["2026-11-21", "2041-02-28", "2026-10-21", "2026-08-21", "2015-11-21", "2027-11-21", "2096-11-21"] {
      let today = try XCTUnwrap(CivilDate(day))
      for matter in try BuiltIn.catalog().matters {
        let file = CatalogFile(name: matter.id.text, bytes: [])
        XCTAssertEqual(FormOutlook.issues(matter, in: file, today: today).map(\.reason), [], "\(day) \(matter.id)")
      }
    }
  }
}
