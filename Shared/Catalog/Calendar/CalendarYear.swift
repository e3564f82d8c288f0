package import Foundations

/// One year of the State Council's arrangement 国务院办公厅节假日安排: only the days that differ from "Monday to Friday".
package struct CalendarYear: Sendable, Equatable {
  /// The year, as 2026.
  package let year: Int
  /// Weekdays that are off.
  package let offWeekdays: Set<CivilDate>
  /// Saturdays and Sundays that are worked 调休.
  package let workWeekends: Set<CivilDate>

  /// Takes the days as they are; `CalendarDocument` checks them.
  package init(year: Int, offWeekdays: Set<CivilDate>, workWeekends: Set<CivilDate>) {
    self.year = year
    self.offWeekdays = offWeekdays
    self.workWeekends = workWeekends
  }

  /// isWorkday(d) = d ∈ workWeekends ∨ (d is Monday to Friday ∧ d ∉ offWeekdays).
  package func isWorkingDay(_ date: CivilDate) -> Bool {
    workWeekends.contains(date) || (date.weekday <= 5 && !offWeekdays.contains(date))
  }

  /// Working days of each month, January first.
  package var workingDaysByMonth: [Int] {
    (1...12).map { month in
      (1...CivilDate.length(year, month)).count { day in
        CivilDate(year: year, month: month, day: day).map(isWorkingDay) ?? false
      }
    }
  }

  /// Working days of the year.
  package var workingDays: Int { workingDaysByMonth.reduce(0, +) }

  /// Days of the year: 365 or 366.
  package var days: Int { CivilDate.length(year, 2) == 29 ? 366 : 365 }

  /// This year with a region's own days added (放假办法 4: holidays of ethnic minorities are the local government's).
  func merged(with other: CalendarYear) -> CalendarYear {
    CalendarYear(
      year: year, offWeekdays: offWeekdays.union(other.offWeekdays).subtracting(other.workWeekends),
      workWeekends: workWeekends.union(other.workWeekends).subtracting(other.offWeekdays))
  }
}

/// The days that the law sets: what may be assumed about a year that the State Council has not announced yet, and what
/// no announced one can be without.
enum StatutoryHolidays {
  /// The holidays that 《全国年节及纪念日放假办法》(2024) sets by the lunar calendar, for years worked out in advance; the
  /// arrangement will add shifted weekends, which nobody can know.
  private static let lunar: [Int: [(month: Int, day: Int)]] = [
    2027: [(2, 5), (2, 6), (2, 7), (2, 8), (4, 5), (6, 9), (9, 15)]
  ]

  /// Holidays on the same days every year: 元旦, 劳动节, 国庆.
  private static let fixed: [(month: Int, day: Int)] = [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)]

  /// From this year on 2 May is one (《全国年节及纪念日放假办法》2024).
  private static let secondOfMaySince = 2025

  /// The statutory holidays of a year, by day: those on the same days every year, and the lunar ones where they have
  /// been worked out.
  static func days(of year: Int) -> [CivilDate] {
    (fixed + (lunar[year] ?? [])).filter { $0 != (5, 2) || year >= secondOfMaySince }
      .compactMap { CivilDate(year: year, month: $0.month, day: $0.day) }.sorted()
  }

  /// Monday to Friday without the holidays known for that year.
  static func isLikelyWorkingDay(_ date: CivilDate) -> Bool {
    let (year, month, day) = date.components
    let holidays = fixed + (lunar[year] ?? [])
    return date.weekday <= 5 && !holidays.contains { $0.month == month && $0.day == day }
  }
}

extension ProblemKind {
  /// The working calendar has no data for a year; the detail is the year.
  package static let calendarMissing = ProblemKind(
    "calendar.missing", "还没有 {} 年的节假日安排", remedy: "国务院办公厅一般在前一年 11 月公布；请等县里下发新的工作日历后再试。")
  /// More working days than can be meant, or a date outside the years 1 to 9999.
  package static let calendarRange = ProblemKind(
    "calendar.range", "工作日的天数或日期超出了可以计算的范围：{}", remedy: "请检查输入的天数和日期。")
  /// A calendar document that contradicts itself; the detail says where.
  package static let calendarInvalid = ProblemKind(
    "calendar.invalid", "工作日历文件有错：{}", remedy: "请对照国务院办公厅的放假通知改正后再导入；原有日历没有改动。")
}
