import Application
import Foundations
import XCTest

@testable import Catalog

final class DueDateTests: XCTestCase {
  private func compute(
    _ accepted: String, _ limit: TimeLimit, _ spans: [(String, String?)] = [], extension extra: Int = 0,
    today: String = "2026-11-21"
  ) throws -> DueDate {
    DueDate.compute(
      accepted: try day(accepted), limit: limit,
      suspensions: try spans.map { Suspension(start: try day($0.0), end: try $0.1.map(day)) }, extensionDays: extra,
      today: try day(today), calendar: try WorkingCalendar(Documents.value(Documents.holidays)))
  }

  private let twenty = TimeLimit(statutory: 20, promised: 20, unit: .workingDays)

  func testTheSuspensionVector() throws {
    XCTAssertEqual(try compute("2026-03-02", twenty).due?.text, "2026-03-30")
    let due = try compute("2026-03-02", twenty, [("2026-03-06", "2026-03-20")])
    XCTAssertEqual(due.due?.text, "2026-04-14")
    XCTAssertEqual(due.suspendedDays, 10)
    XCTAssertFalse(due.suspended)
    XCTAssertFalse(due.estimated)
  }

  func testOverlapsAreTakenOffOnce() throws {
    let spans: [[(String, String?)]] = [
      [("2026-03-06", "2026-03-20"), ("2026-03-10", "2026-03-18")],
      [("2026-03-10", "2026-03-20"), ("2026-03-06", "2026-03-12")],
      [("2026-03-06", "2026-03-13"), ("2026-03-13", "2026-03-20")],
      [("2026-03-06", "2026-03-20"), ("2026-03-06", "2026-03-20"), ("2026-03-09", "2026-03-08")],
    ]
    for spans in spans { XCTAssertEqual(try compute("2026-03-02", twenty, spans).due?.text, "2026-04-14") }
  }

  func testAnOpenSuspensionStopsTheClock() throws {
    let due = try compute("2026-03-02", twenty, [("2026-03-06", nil)], today: "2026-03-20")
    XCTAssertTrue(due.suspended)
    XCTAssertEqual(due.suspendedDays, 10)
    XCTAssertEqual(due.due?.text, "2026-04-14")
  }

  func testPromiseAndLawAreKeptApart() throws {
    let due = try compute("2026-03-02", TimeLimit(statutory: 20, promised: 5, unit: .workingDays), extension: 10)
    XCTAssertEqual(due.due?.text, "2026-03-23")
    XCTAssertEqual(due.statutoryDue?.text, "2026-04-14")
    let lawOnly = try compute("2026-03-02", TimeLimit(statutory: 20, promised: nil, unit: .workingDays))
    XCTAssertEqual(lawOnly.due, lawOnly.statutoryDue)
    let none = try compute("2026-03-02", TimeLimit(statutory: nil, promised: nil, unit: .workingDays))
    XCTAssertNil(none.due)
    XCTAssertNil(none.statutoryDue)
  }

  func testNaturalDaysEndAfterTheHoliday() throws {
    let three = TimeLimit(statutory: 3, promised: nil, unit: .naturalDays)
    XCTAssertEqual(try compute("2026-03-03", three).due?.text, "2026-03-06")
    // 30 September + 3 is 3 October, a holiday until the 7th (民法典 203).
    XCTAssertEqual(try compute("2026-09-30", three).due?.text, "2026-10-08")
    let sixty = TimeLimit(statutory: 60, promised: nil, unit: .naturalDays)
    XCTAssertEqual(try compute("2026-03-02", sixty, [("2026-03-10", "2026-03-20")]).due?.text, "2026-05-11")
  }

  func testDueDatesBeyondTheArrangementAreEstimates() throws {
    let due = try compute("2026-12-15", twenty)
    XCTAssertTrue(due.estimated)
    XCTAssertEqual(due.due?.text, "2027-01-13")
    // A promised day that is certain stays certain, though the law's is a guess.
    let both = try compute("2026-12-07", TimeLimit(statutory: 20, promised: 15, unit: .workingDays))
    XCTAssertEqual(both.due?.text, "2026-12-28")
    XCTAssertFalse(both.dueEstimated)
    XCTAssertTrue(both.statutoryEstimated)
  }

  func testCorrectionsAreAskedForWithinFiveDays() throws {
    let calendar = try WorkingCalendar(Documents.value(Documents.holidays))
    XCTAssertEqual(DueDate.correctionNotice(received: try day("2026-02-13"), calendar: calendar).text, "2026-02-27")
  }

  func testSection43DeferredPapersAreDueByTheStrictestOfThreeRules() throws {
    let calendar = try WorkingCalendar(Documents.value(Documents.holidays))
    let accepted = try XCTUnwrap(CivilDate("2026-11-23"))
    func due(_ promised: Int?, _ cap: Int? = nil) -> String {
      let limit = TimeLimit(statutory: nil, promised: promised, unit: .workingDays)
      return DeferralDue.day(accepted: accepted, limit: limit, capDays: cap, calendar: calendar).text
    }
    XCTAssertEqual(due(10), "2026-12-03", "two working days before the promise ends")
    XCTAssertEqual(due(40), "2026-12-21", "twenty at most")
    XCTAssertEqual(due(nil), "2026-12-21")
    XCTAssertEqual(due(10, 5), "2026-11-30", "the county's cap")
    XCTAssertEqual(due(10, 30), "2026-12-03", "which only makes it stricter")
    XCTAssertEqual(due(1), "2026-11-24", "a day at least")
  }

  func testSection13ReceivingStationsSyncWithinThreeWorkingDays() throws {
    let calendar = try WorkingCalendar(Documents.value(Documents.holidays))
    let captured = try XCTUnwrap(ChinaTime.instant("2026-09-30T16:00:00+08:00"))
    func latest(_ level: StationLevel) -> String? {
      ProceedingClock.latestSync(captured: captured, level: level, calendar: calendar)?.text
    }
    XCTAssertEqual(latest(.receive), "2026-10-10", "over the holidays")
    XCTAssertEqual(latest(.accept), "2026-10-10")
    XCTAssertNil(latest(.agent))
  }
}
