import Application
import Catalog
import Foundations
import Replication
import XCTest

/// Rules T1 to T25 of the county's handbook: how long everything may take. Those that are proved at length elsewhere
/// under their number (T3, T4, T5, T7, T8, T11) are not repeated here.
final class TimeRules: XCTestCase {
  private func day(_ text: String) throws -> CivilDate { try XCTUnwrap(CivilDate(text)) }

  private func adding(_ days: Int, _ text: String) throws -> String {
    try Rules.calendar.adding(workingDays: days, to: day(text)).text
  }

  private func items(_ matters: [Matter], _ name: String) -> [ServiceItem] {
    matters.flatMap(\.items).filter { $0.name.contains(name) }
  }

  func testT01LicencesCountWorkingDaysWithoutHolidaysAndWithShiftedWeekends() throws {
    XCTAssertEqual(
      try adding(5, "2024-09-30"), "2024-10-12", "the seven days of October do not count, the Saturday does")
    XCTAssertEqual(try adding(5, "2026-02-13"), "2026-02-27")
    XCTAssertEqual(try adding(5, "2026-02-14"), "2026-02-28", "a worked Saturday may be the last day")
    XCTAssertFalse(try Rules.calendar.isWorkingDay(day("2026-06-19")), "a holiday on a Friday")
  }

  func testT02TheFirstDayIsNotCounted() throws {
    XCTAssertEqual(try adding(1, "2026-05-08"), "2026-05-09", "from the day after on, a worked Saturday")
    XCTAssertEqual(try adding(5, "2026-01-01"), "2026-01-08", "received on a holiday, counted from 4 January on")
  }

  func testT09WhoeverIsConcernedIsToldThatAHearingMayBeAskedForWithinFiveDays() {
    let case_ = Case()
    case_.submit()
    case_.route().window(.accept)
    case_.window(.notify, ["parties": "邻居李某", "content": "采光"], issuing: [.partiesNotice])
    XCTAssertText(case_.text(.partiesNotice), has: ["听证", "自被告知之日起五日内", "邻居李某"])
  }

  func testT12SocialInsuranceIsRegisteredChangedAndEndedWithinTenWorkingDays() throws {
    let matter = try Rules.builtIn("qingjian", "006-qingjian-06")
    let ended = matter.items.filter { $0.basis?.contains("社会保险经办条例6") == true }
    XCTAssertEqual(ended.count, 5)
    for item in ended {
      XCTAssertEqual(item.limit?.statutory, 10, item.name)
      XCTAssertEqual(item.limit?.unit, .workingDays, item.name)
    }
    let pension = try Rules.builtIn("ganyu", "017-ganyu-17").items[0]
    XCTAssertEqual(pension.limit?.statutory, 20, "养老金申领（经办条例18）")
  }

  func testT13AfterADeathTheInsuranceIsToldWithinTwentyWorkingDays() throws {
    let matter = try Rules.builtIn("qingjian", "015-qingjian-15")
    let told = Guidance(matter, answers: [:]).matter
    let words = told.guidance.flatMap(\.answers).map(\.effect) + told.conditions
    XCTAssertTrue(words.contains { $0.contains("20个工作日") && $0.contains("社会保险经办条例25") })
  }

  func testT14TheHousingFundAnswersWithinThreeNaturalDays() throws {
    let item = try XCTUnwrap(
      items([try Rules.builtIn("qingjian", "018-qingjian-18")], "公积金提取").first)
    let limit = try XCTUnwrap(item.limit)
    XCTAssertEqual(limit.unit, .naturalDays, "the article says days, not working days: the stricter way")
    let due = DueDate.compute(
      accepted: try day("2026-11-24"), limit: limit, today: try day("2026-11-24"), calendar: Rules.calendar)
    XCTAssertEqual(due.statutoryDue?.text, "2026-11-27")
  }

  func testT15AnIdentityCardIsIssuedWithinSixtyNaturalDaysAndThirtyMoreAtMost() throws {
    let item = try XCTUnwrap(
      items([try Rules.builtIn("qingjian", "013-qingjian-13")], "居民身份证").first)
    let limit = try XCTUnwrap(item.limit)
    XCTAssertEqual([limit.statutory, limit.extension], [60, 30])
    let due = DueDate.compute(
      accepted: try day("2026-03-02"), limit: limit, extensionDays: 30, today: try day("2026-03-02"),
      calendar: Rules.calendar)
    XCTAssertEqual(due.statutoryDue?.text, "2026-06-01", "ninety natural days, and the Sunday gives way")
  }

  /// The month is the applicant's: whoever is late is told so and taken in all the same.
  func testT16ABirthAfterAMonthIsTakenInAllTheSame() throws {
    let matter = try Rules.builtIn("qingjian", "004-qingjian-04")
    let question = try XCTUnwrap(matter.guidance.first { $0.text.contains("满一个月") })
    XCTAssertTrue(question.answers.allSatisfy { !$0.stop && $0.removeItems.isEmpty })
    XCTAssertTrue(question.answers.contains { $0.effect.contains("户口登记条例7") || $0.effect.contains("一个月") })
  }

  func testT17ADeathAfterAMonthIsTakenInAllTheSame() throws {
    let matter = try Rules.builtIn("qingjian", "015-qingjian-15")
    let answers = matter.guidance.flatMap(\.answers).filter { $0.effect.contains("户口登记条例8") }
    XCTAssertTrue(answers.allSatisfy { !$0.stop })
    XCTAssertTrue(
      (answers.map(\.effect) + matter.conditions).contains { $0.contains("户口登记条例8") && $0.contains("晚了也照样收件") })
  }

  func testT18AFireCheckIsReplacedByACommitmentOrMadeWithinTenWorkingDays() throws {
    let matter = try Rules.builtIn("qingjian", "007-qingjian-07")
    let check = try XCTUnwrap(items([matter], "消防安全检查").first)
    XCTAssertEqual(check.inspection?.workingDays, 10)
    let papers = matter.materials.filter { $0.items.contains(check.id) && $0.commitment }
    XCTAssertFalse(papers.isEmpty, "the commitment is offered")
  }

  func testT19AFoodLicenceIsDecidedWithinTenWorkingDaysExtendedByFiveInspectedWithinFive() throws {
    let licence = try XCTUnwrap(
      items([try Rules.builtIn("qingjian", "007-qingjian-07")], "食品经营许可").first)
    XCTAssertEqual([licence.limit?.statutory, licence.limit?.extension], [10, 5])
    XCTAssertEqual(licence.inspection?.workingDays, 5)
    XCTAssertTrue(licence.limit?.source?.contains("【知】") == true, "not read in the law: the county confirms it")
  }

  func testT23ARefusalNamesSixtyDaysForReviewAndSixMonthsForTheCourt() {
    let refused = Case()
    refused.submit()
    refused.route().window(.accept).window(.decide, ["outcome": "refuse", "reason": "面积不够"], issuing: [.refusal])
    XCTAssertText(refused.text(.refusal), has: ["60日内", "行政复议", "6个月内", "行政诉讼", "人民法院"])
    let rejected = Case()
    rejected.submit()
    rejected.route().window(.reject, ["reason": "不属于本机关", "redirectTo": "县城管局"], issuing: [.rejection])
    XCTAssertText(rejected.text(.rejection), has: ["60日内", "6个月内", "县城管局"])
  }

  func testT24APeriodOfNaturalDaysThatEndsOnAHolidayEndsOnTheDayAfterIt() throws {
    let limit = try XCTUnwrap(
      items([try Rules.builtIn("qingjian", "018-qingjian-18")], "公积金提取").first?.limit)
    let due = DueDate.compute(
      accepted: try day("2026-09-30"), limit: limit, today: try day("2026-09-30"), calendar: Rules.calendar)
    XCTAssertEqual(due.statutoryDue?.text, "2026-10-08", "3 October lies in the holiday")
  }

  func testT25TheLawOfLicencesIsNotClaimedForWhatIsNone() {
    for (type, words) in [("01", "行政许可法第三十二条"), ("05", "比照行政许可法第三十二条（本事项是否适用，待县里确认）")] {
      let deemed = Case()
      deemed.submit()
      deemed.route(["type": .text(type)]).window(.deem, issuing: [.deemedAcceptance])
      XCTAssertText(deemed.text(.deemedAcceptance), has: ["依据：\(words)"])
    }
  }
}
