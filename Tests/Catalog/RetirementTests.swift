import Catalog
import XCTest

/// The vectors of rules.md A.3.
final class RetirementTests: XCTestCase {
  func testA3TheVectorsPass() throws {
    let table: [(Retirement.Group, Int, Int, Int, Int, String)] = [
      (.men, 1964, 12, 60, 0, "2024-12"), (.men, 1965, 1, 60, 1, "2025-02"), (.men, 1965, 5, 60, 2, "2025-07"),
      (.men, 1966, 11, 60, 6, "2027-05"), (.men, 1976, 9, 63, 0, "2039-09"), (.women55, 1970, 1, 55, 1, "2025-02"),
      (.women50, 1975, 1, 50, 1, "2025-02"), (.women50, 1976, 11, 51, 0, "2027-11"),
      (.women50, 1984, 11, 55, 0, "2039-11"),
    ]
    for (group, year, month, years, months, text) in table {
      let found = try XCTUnwrap(Retirement(birthYear: year, birthMonth: month, group: group))
      XCTAssertEqual([found.years, found.months], [years, months], "\(group) \(year)-\(month)")
      XCTAssertEqual(found.text, text, "\(group) \(year)-\(month)")
    }
  }

  func testA3ContributionsRiseFrom2030() throws {
    func months(_ year: Int) throws -> Int {
      try XCTUnwrap(Retirement(birthYear: year, birthMonth: 1, group: .women50)).contributionMonths
    }
    XCTAssertEqual(try months(1975), 180)
    XCTAssertEqual(try XCTUnwrap(Retirement(birthYear: 1968, birthMonth: 8, group: .men)).text, "2029-07")
    XCTAssertEqual(try XCTUnwrap(Retirement(birthYear: 1968, birthMonth: 8, group: .men)).contributionMonths, 180)
    XCTAssertEqual(try months(1990), 240, "2045: at most twenty years")
  }

  func testNobodyRetiresEarlierThanSomebodyOlder() throws {
    for group in Retirement.Group.allCases {
      var last = ""
      for month in 0..<(40 * 12) {
        let found = try XCTUnwrap(Retirement(birthYear: 1955 + month / 12, birthMonth: month % 12 + 1, group: group))
        XCTAssertGreaterThanOrEqual(found.text, last)
        last = found.text
      }
    }
    XCTAssertNil(Retirement(birthYear: 1970, birthMonth: 13, group: .men))
  }
}
