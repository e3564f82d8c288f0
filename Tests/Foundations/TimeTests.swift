import Foundations
import TestValues
import XCTest

final class TimeTests: XCTestCase {
  func testDaysThatDoNotExistAreRefused() {
    for text in ["2000-02-29", "2024-02-29", "1600-02-29", "0001-01-01", "9999-12-31", "1970-01-01"] {
      XCTAssertEqual(CivilDate(text)?.text, text)
    }
    for text in [
      "2001-02-29", "1900-02-29", "2100-02-29", "2026-00-01", "2026-13-01", "2026-04-31", "2026-01-00", "0000-01-01",
      "10000-01-01", "2026-1-01", "2026-01-1", "2026/01/01", "20260101", "", "-", "--", "2026-01-01 ", " 2026-01-01",
      "+026-01-01", "２０２６-01-01", "2026-01-01-", "-026-01-01", "2026-+1-01",
    ] {
      XCTAssertNil(CivilDate(text), text)
    }
  }

  func testDayNumbersAndComponentsAreEachOthersInverse() {
    XCTAssertEqual(CivilDate("1970-01-01")?.dayNumber, 0)
    XCTAssertEqual(CivilDate("1969-12-31")?.dayNumber, -1)
    XCTAssertEqual(CivilDate("2038-01-19")?.dayNumber, 24_855)
    XCTAssertEqual(CivilDate("0001-01-01")?.dayNumber, -719_162)
    XCTAssertEqual(CivilDate("9999-12-31")?.dayNumber, 2_932_896)
    for number in stride(from: -719_162, through: 2_932_896, by: 13) {
      let (year, month, day) = CivilDate(dayNumber: number).components
      XCTAssertEqual(CivilDate(year: year, month: month, day: day)?.dayNumber, number)
    }
  }

  func testMonthsFollowEachOtherWithoutGaps() {
    var date = CivilDate(dayNumber: -800)
    for _ in 0..<4000 {
      let next = date.adding(days: 1)
      XCTAssertTrue(
        next.components.day == date.components.day + 1
          || (next.components.day == 1 && date.components.day == CivilDate.length(date.year, date.components.month)))
      XCTAssertEqual(next.weekday, date.weekday % 7 + 1)
      date = next
    }
    XCTAssertEqual(CivilDate("2026-11-21")?.weekday, 6)
    XCTAssertEqual(CivilDate("1969-12-28")?.weekday, 7)
  }

  func testLegalDaysAreThoseOfChinaWhateverTheMachine() {
    let lastSecond = Instant(milliseconds: 1_795_276_799_999)  // 2026-11-21T15:59:59.999Z
    XCTAssertEqual(ChinaTime.text(lastSecond), "2026-11-21T23:59:59+08:00")
    XCTAssertEqual(ChinaTime.date(lastSecond).text, "2026-11-21")
    XCTAssertEqual(ChinaTime.date(Instant(milliseconds: lastSecond.milliseconds + 1)).text, "2026-11-22")
    XCTAssertEqual(ChinaTime.text(Instant(milliseconds: 0)), "1970-01-01T08:00:00+08:00")
    XCTAssertEqual(ChinaTime.text(Instant(milliseconds: -1)), "1970-01-01T07:59:59+08:00")
    XCTAssertEqual(ChinaTime.date(Instant(milliseconds: -28_800_001)).text, "1969-12-31")
    XCTAssertEqual(ChinaTime.text(Instant(milliseconds: 2_147_483_648_000)), "2038-01-19T11:14:08+08:00")
    for number in [-719_162, -1, 0, 20_000, 2_932_896] {
      let date = CivilDate(dayNumber: number)
      XCTAssertEqual(ChinaTime.date(ChinaTime.start(of: date)), date)
      XCTAssertEqual(ChinaTime.date(ChinaTime.start(of: date).adding(seconds: -1)).dayNumber, max(-719_162, number - 1))
    }
  }

  func testAnyClaimedTimeHasAText() {
    let far: Int64 = 1 << 62
    let times: [Int64] = [.min, .min + 1, .min + 28_800_000, -far, far, .max - 28_800_000, .max - 1, .max]
    for milliseconds in times {
      let instant = Instant(milliseconds: milliseconds)
      XCTAssertEqual(
        ChinaTime.text(instant), milliseconds < 0 ? "0001-01-01T00:00:00+08:00" : "9999-12-31T23:59:59+08:00")
      XCTAssertEqual(ChinaTime.start(of: ChinaTime.date(instant)) < Instant(milliseconds: 0), milliseconds < 0)
    }
    _ = ChinaTime.start(of: CivilDate(dayNumber: .max))
    _ = ChinaTime.start(of: CivilDate(dayNumber: .min))
  }

  func testTimesSaturateInsteadOfOverflowing() {
    XCTAssertEqual(Instant(milliseconds: 5).adding(seconds: -1), Instant(milliseconds: -995))
    XCTAssertEqual(Instant(milliseconds: 1).adding(seconds: .max), Instant(milliseconds: .max))
    XCTAssertEqual(Instant(milliseconds: -1).adding(seconds: .min), Instant(milliseconds: .min))
    XCTAssertEqual(Instant(milliseconds: .max).adding(seconds: 1), Instant(milliseconds: .max))
    XCTAssertEqual(Instant(milliseconds: .min).adding(seconds: -1), Instant(milliseconds: .min))
  }

  func testTimesAreReadWithAnyOffset() {
    let noon = ChinaTime.instant("2026-11-21T12:00:00+08:00")
    for text in [
      "2026-11-21T04:00:00Z", "2026-11-21t04:00:00z", "2026-11-21 12:00:00", "2026-11-21T12:00",
      "2026-11-21T12:00+08:00",
      "2026-11-20T23:00:00-05:00", "2026-11-21T09:30:00+05:30", "2026-11-21T12:00:00.000+08:00",
      "2026-11-21T12:00:00.0001",
    ] {
      XCTAssertEqual(ChinaTime.instant(text), noon, text)
    }
    XCTAssertEqual(ChinaTime.instant("2026-11-21T12:00:00.25")?.milliseconds, (noon?.milliseconds ?? 0) + 250)
    XCTAssertEqual(ChinaTime.instant("1969-12-31T23:59:59.999Z")?.milliseconds, -1)
  }

  func testGarbageIsNoTime() {
    for text in [
      "", "2026-11-21", "2026-11-21T", "2026-11-21T12", "2026-11-21T24:00", "2026-11-21T12:60", "2026-11-21T12:00:61",
      "2026-02-29T12:00", "2026-11-21X12:00", "2026-11-21T12:00:00+24:00", "2026-11-21T12:00:00+8:00",
      "2026-11-21T12:00:00+0800", "2026-11-21T12:00:00.", "2026-11-21T12:00:00.x", "2026-11-21T12:00.5",
      "2026-11-21T1２:00",
      "2026-11-21T12:00:00ZZ", "2026-11-21T12:00:00+08:00Z", "2026-11-21T+1:00:00", "2026-11-21T-1:00:00Z",
      "2026-11-21T12:00:00 +08:00", "10000-01-01T12:00", "2026-11-21T12:00:00+08:60", "2026-11-21T12::00",
    ] {
      XCTAssertNil(ChinaTime.instant(text), text)
    }
  }

  func testTextsOfTimesAreReadAgain() {
    var generator = SeededGenerator(3339)
    for _ in 0..<5000 {
      let seconds = Int64(generator.number(-62_135_625_600...253_402_271_999))
      let instant = Instant(milliseconds: seconds * 1000)
      XCTAssertEqual(ChinaTime.instant(ChinaTime.text(instant)), instant)
      _ = ChinaTime.instant(String(decoding: generator.damaged(Array(ChinaTime.text(instant).utf8)), as: UTF8.self))
    }
  }

  func testTheMachinesClockIsOfThisCentury() {
    XCTAssertTrue((2025...2099).contains(ChinaTime.date(SystemClock().now()).year))
  }
}
