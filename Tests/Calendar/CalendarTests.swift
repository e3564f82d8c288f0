import Catalog
import Foundations
import XCTest

func day(_ text: String) throws -> CivilDate { try XCTUnwrap(CivilDate(text), text) }

final class CalendarTests: XCTestCase {
  private func calendar() throws -> WorkingCalendar { try WorkingCalendar(Documents.value(Documents.holidays)) }

  func testTheVectorsOfTheDomainFacts() throws {
    let calendar = try calendar()
    let vectors = [
      ("2024-02-08", 5, "2024-02-21"), ("2024-09-30", 5, "2024-10-12"), ("2025-01-24", 5, "2025-02-07"),
      ("2025-09-26", 5, "2025-10-10"), ("2025-12-30", 5, "2026-01-07"), ("2026-01-01", 5, "2026-01-08"),
      ("2026-02-13", 5, "2026-02-27"), ("2026-02-14", 5, "2026-02-28"), ("2026-04-30", 20, "2026-06-01"),
      ("2026-05-08", 1, "2026-05-09"), ("2026-09-18", 10, "2026-10-09"), ("2026-09-30", 3, "2026-10-10"),
    ]
    for (start, count, end) in vectors {
      XCTAssertEqual(try calendar.adding(workingDays: count, to: day(start)).text, end, start)
      XCTAssertEqual(try calendar.workingDays(between: day(start), day(end)), count, start)
      let estimate = calendar.estimating.adding(workingDays: count, to: try day(start))
      XCTAssertEqual(estimate, EstimatedDate(date: try day(end), estimated: false))
    }
  }

  func testCountsOfMonthsAndYears() throws {
    let years = try calendar().years
    XCTAssertEqual(years[2024]?.workingDaysByMonth, [22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22])
    XCTAssertEqual(years[2025]?.workingDaysByMonth, [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23])
    XCTAssertEqual(years[2026]?.workingDaysByMonth, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23])
    XCTAssertEqual([2024, 2025, 2026].map { years[$0]?.workingDays }, [251, 248, 248])
  }

  func testAddingAndCountingAgreeEverywhere() throws {
    let calendar = try calendar()
    let start = try day("2024-01-01")
    for offset in stride(from: 0, to: 900, by: 7) {
      let from = start.adding(days: offset)
      for count in [-20, -1, 0, 1, 3, 20, 45] where offset > 60 || count >= 0 {
        let end = try calendar.adding(workingDays: count, to: from)
        let counted = try calendar.workingDays(between: from, end)
        // Going back, the first day counts and the last does not: the same span, read from its other end.
        if count >= 0 { XCTAssertEqual(counted, count, "\(from.text) \(count)") }
        if count != 0 { XCTAssertTrue(try calendar.isWorkingDay(end)) }
      }
    }
  }

  func testReceiptOnAHolidayMovesToTheNextWorkingDay() throws {
    let calendar = try calendar()
    XCTAssertEqual(try calendar.firstWorkingDay(onOrAfter: day("2026-02-15")).text, "2026-02-24")
    XCTAssertEqual(try calendar.firstWorkingDay(onOrAfter: day("2026-01-03")).text, "2026-01-04")
    XCTAssertEqual(try calendar.firstWorkingDay(onOrAfter: day("2026-03-02")).text, "2026-03-02")
    XCTAssertTrue(try calendar.isWorkingDay(day("2026-02-14")))
    XCTAssertFalse(try calendar.isWorkingDay(day("2026-10-01")))
  }

  func testAYearWithoutAnArrangementIsNamed() throws {
    let calendar = try calendar()
    XCTAssertThrowsError(try calendar.adding(workingDays: 20, to: day("2026-12-20"))) { error in
      XCTAssertEqual((error as? Problem)?.code, "calendar.missing")
      XCTAssertEqual((error as? Problem)?.detail, "2027")
    }
    XCTAssertThrowsError(try calendar.isWorkingDay(day("2023-12-29")))
    XCTAssertThrowsError(try calendar.workingDays(between: day("2026-12-01"), day("2027-01-10")))
    XCTAssertThrowsError(try calendar.adding(workingDays: 1_000_000, to: day("2026-01-01"))) { error in
      XCTAssertEqual((error as? Problem)?.code, "calendar.range")
    }
    XCTAssertThrowsError(try calendar.adding(workingDays: .min, to: day("2026-01-01")))
  }

  func testEstimatesSaySo() throws {
    let estimating = try calendar().estimating
    // 2027: 5 to 8 February are statutory; shifted weekends are not known.
    XCTAssertEqual(estimating.adding(workingDays: 1, to: try day("2027-02-04")).text, "≈2027-02-09")
    XCTAssertEqual(estimating.adding(workingDays: 1, to: try day("2026-12-31")).text, "≈2027-01-04")
    XCTAssertEqual(estimating.adding(workingDays: 1, to: try day("2026-12-30")).text, "2026-12-31")
    XCTAssertFalse(estimating.isWorkingDay(try day("2031-10-01")))
    XCTAssertTrue(estimating.firstWorkingDay(onOrAfter: try day("2027-10-01")).estimated)
    let span = estimating.workingDays(between: try day("2026-12-30"), try day("2027-01-04"))
    XCTAssertEqual(span.days, 2)
    XCTAssertTrue(span.estimated)
  }

  func testARegionAddsItsOwnDays() throws {
    var document = try Documents.value(Documents.holidays)
    document["regions"] = ["65": ["2026": ["offWeekdays": ["03-20"], "workWeekends": ["03-28"]]]]
    let calendar = try WorkingCalendar(document)
    XCTAssertTrue(try calendar.isWorkingDay(day("2026-03-20")))
    let own = calendar.in(division: "653021100")
    XCTAssertFalse(try own.isWorkingDay(day("2026-03-20")))
    XCTAssertTrue(try own.isWorkingDay(day("2026-03-28")))
    XCTAssertFalse(try own.isWorkingDay(day("2026-10-01")))
    XCTAssertEqual(calendar.in(division: "320830").years, calendar.years)
  }

  func testANewerDocumentReplacesItsYears() throws {
    let newer = try WorkingCalendar(["2027": ["offWeekdays": ["01-01"], "workWeekends": []]])
    let both = try calendar().updated(with: newer)
    XCTAssertEqual(both.years.keys.sorted(), [2024, 2025, 2026, 2027])
  }

  func testTheBuiltInYearsCanBeAndWhatANewerCalendarChangesIsNamed() throws {
    let held = try calendar()
    XCTAssertNoThrow(try held.checkPlausible())
    var document = try Documents.value(Documents.holidays)
    document["regions"] = ["65": ["2026": ["offWeekdays": ["03-20"], "workWeekends": []]]]
    let regional = try WorkingCalendar(document)
    let changes = regional.changes(from: held)
    XCTAssertEqual(changes.map { "\($0.region ?? "") \($0.date.text) \($0.works)" }, ["65 2026-03-20 false"])
    XCTAssertEqual(
      held.updated(with: try WorkingCalendar(["2026": ["offWeekdays": [], "workWeekends": []]]))
        .changes(from: held).filter(\.works).count, 19)
  }
}
