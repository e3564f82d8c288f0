internal import Assistant
internal import Catalog
internal import Foundations

/// `workdays` on a machine without a store: the calendar that the program carries.
enum Workdays {
  /// - Returns: `{date}`, `{days}` or `{workingDay}`.
  /// - Throws: `calendar.missing`, `calendar.range`, `argument.shape`.
  static func answer(_ question: WorkdayQuestion, _ calendar: WorkingCalendar = .builtIn) throws(Problem) -> Value {
    switch question {
    case .add(let start, let days):
      return ["date": .text(try calendar.adding(workingDays: days, to: date(start)).text)]
    case .between(let start, let end):
      return ["days": Value(try calendar.workingDays(between: date(start), date(end)))]
    case .isWorking(let day): return ["workingDay": .bool(try calendar.isWorkingDay(date(day)))]
    }
  }

  /// A day as `YYYY-MM-DD`.
  static func date(_ text: String) throws(Problem) -> CivilDate {
    guard let date = CivilDate(text.halfWidth.trimmed) else {
      throw UsageFault.shape(text, expected: "2026-01-05").problem
    }
    return date
  }
}
