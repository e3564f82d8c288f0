package import Foundations

/// A day that a newer calendar has otherwise than the one before it.
package struct CalendarChange: Sendable, Equatable {
  /// The region whose own calendar it is, 2, 4 or 6 digits; nil for the nation's.
  package let region: String?
  package let date: CivilDate
  /// Whether it is worked from now on.
  package let works: Bool
}

/// What a calendar is looked at for before it takes the place of another one: a year replaces a year, so that one which
/// was typed by half, or not at all, would make working days of holidays without anybody being told.
extension WorkingCalendar {
  /// How many working days a year has: Monday to Friday are 260 to 262 days, of which 13 holidays are off since 2025
  /// (《全国年节及纪念日放假办法》2024) and ten or eleven were before; what falls on a weekend is made up for.
  package static let workingDaysPlausible = 247...253

  /// - Throws: `calendar.implausible` for the nation's first year that cannot be so, with the others in `others`.
  package func checkPlausible() throws(Problem) {
    let problems = years.values.sorted { $0.year < $1.year }.compactMap { $0.implausibility }
    guard var first = problems.first else { return }
    first.others = Array(problems.dropFirst())
    throw first
  }

  /// The days that are otherwise than in an earlier calendar, by region and day, in the years that both have.
  package func changes(from held: WorkingCalendar) -> [CalendarChange] {
    let national = Self.changes(years, held.years, region: nil)
    return national
      + regions.sorted { $0.key < $1.key }.flatMap { region, own in
        // A region's year holds its own days only: what is no longer among them is as the nation has it.
        let (new, old) = (self.in(division: region).years, held.in(division: region).years)
        return Self.changes(new.filter { own[$0.key] != nil }, old, region: region)
      }
  }

  private static func changes(
    _ new: [Int: CalendarYear], _ old: [Int: CalendarYear], region: String?
  ) -> [CalendarChange] {
    new.values.sorted { $0.year < $1.year }.flatMap { year -> [CalendarChange] in
      guard let former = old[year.year] else { return [] }
      let touched = year.offWeekdays.symmetricDifference(former.offWeekdays)
        .union(year.workWeekends.symmetricDifference(former.workWeekends))
      return touched.sorted().map { CalendarChange(region: region, date: $0, works: year.isWorkingDay($0)) }
    }
  }
}

extension CalendarYear {
  /// Why this cannot be the nation's arrangement of the year; nil where it can.
  fileprivate var implausibility: Problem? {
    var reasons: [String] = []
    let worked = StatutoryHolidays.days(of: year).filter(isWorkingDay)
    if !worked.isEmpty { reasons.append("\(worked.map(\.text).joined(separator: "、")) 是法定节假日，却成了上班的日子") }
    let (days, plausible) = (workingDays, WorkingCalendar.workingDaysPlausible)
    if !plausible.contains(days) {
      reasons.append("全年要上 \(days) 天班，应当是 \(plausible.lowerBound) 到 \(plausible.upperBound) 天")
    }
    return reasons.isEmpty
      ? nil : ProblemKind.calendarImplausible.with("\(year) 年：\(reasons.joined(separator: "；"))")
  }
}

extension ProblemKind {
  /// A year without its holidays; the detail names the year and the days.
  package static let calendarImplausible = ProblemKind(
    "calendar.implausible", "这不像是一整年的放假安排：{}。",
    remedy: "一个年份要写全年的：请对照国务院办公厅的放假通知补齐后再导入；原有日历没有改动。")
}
