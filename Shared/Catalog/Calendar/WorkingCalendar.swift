package import Foundations

/// The State Council's working calendar. A period is counted as 民法典 201 and 行政许可法 82 have it: its first day does
/// not count, and only working days do.
package struct WorkingCalendar: Sendable, Equatable {
  /// The nation's arrangement by year.
  package internal(set) var years: [Int: CalendarYear]
  /// Days of regions of their own, by division prefix of 2, 4 or 6 digits, then by year.
  package internal(set) var regions: [String: [Int: CalendarYear]]

  /// How far anything is counted: four working years.
  package static let workingDaysMax = 1000

  /// Takes years that have been checked already.
  package init(years: [Int: CalendarYear], regions: [String: [Int: CalendarYear]] = [:]) {
    self.years = years
    self.regions = regions
  }

  /// Reads and checks a calendar document (`CalendarDocument`).
  /// - Throws: `calendar.invalid` with all faults.
  package init(_ document: Value) throws(Problem) {
    self = try CalendarDocument.read(document)
  }

  /// The calendar that holds in a division: the nation's, with the days of the narrowest region that has its own.
  /// - Parameter division: 6, 9 or 12 digits.
  package func `in`(division: String) -> WorkingCalendar {
    let prefixes = [6, 4, 2].map { String(division.prefix($0)) }
    guard let own = prefixes.lazy.compactMap({ regions[$0] }).first else { return self }
    return WorkingCalendar(years: years.mapValues { year in own[year.year].map(year.merged) ?? year }, regions: regions)
  }

  /// This calendar with the years and regions of a newer document over its own.
  package func updated(with newer: WorkingCalendar) -> WorkingCalendar {
    WorkingCalendar(
      years: years.merging(newer.years) { _, new in new },
      regions: regions.merging(newer.regions) { old, new in old.merging(new) { _, new in new } })
  }

  /// - Throws: `calendar.missing` where the day's year is not announced.
  package func isWorkingDay(_ date: CivilDate) throws(Problem) -> Bool {
    let number = date.year
    guard let year = years[number] else { throw ProblemKind.calendarMissing.with(String(number)) }
    return year.isWorkingDay(date)
  }

  /// The last day of a period: the day itself is not counted, holidays are stepped over. A negative count goes back.
  /// - Throws: `calendar.missing`; `calendar.range` beyond `workingDaysMax`.
  package func adding(workingDays: Int, to start: CivilDate) throws(Problem) -> CivilDate {
    guard workingDays.magnitude <= UInt(Self.workingDaysMax) else {
      throw ProblemKind.calendarRange.with("最多 \(Self.workingDaysMax) 个工作日")
    }
    return try Stepping.advance(workingDays, from: start) { date throws(Problem) in try isWorkingDay(date) }
  }

  /// Working days in (start, end]: the first day is not counted, the last one is. Negative if `end` is before `start`.
  /// - Throws: `calendar.missing` for any year touched.
  package func workingDays(between start: CivilDate, _ end: CivilDate) throws(Problem) -> Int {
    try Stepping.count(between: start, end) { date throws(Problem) in try isWorkingDay(date) }
  }

  /// The day itself, or the next one that is worked: what comes in on a holiday is received then.
  /// - Throws: `calendar.missing`.
  package func firstWorkingDay(onOrAfter date: CivilDate) throws(Problem) -> CivilDate {
    try Stepping.first(from: date) { date throws(Problem) in try isWorkingDay(date) }
  }

  /// The same calendar, which assumes what it does not know and says so.
  package var estimating: EstimatingCalendar { EstimatingCalendar(calendar: self) }
}

/// A day, and whether it rests on a year that the State Council has not announced: shown with `≈`.
package struct EstimatedDate: Sendable, Hashable {
  /// The day itself.
  package let date: CivilDate
  /// Whether a year without an arrangement was touched.
  package let estimated: Bool

  /// A day, and how sure it is.
  package init(date: CivilDate, estimated: Bool) {
    self.date = date
    self.estimated = estimated
  }

  /// `2027-01-08`, or `≈2027-01-08`.
  package var text: String { (estimated ? "≈" : "") + date.text }
}

/// A working calendar for due dates, which must exist even when they fall into a year without an arrangement: such a
/// year has Monday to Friday without its statutory holidays, no shifted weekends, and every result says `estimated`.
package struct EstimatingCalendar: Sendable, Equatable {
  /// What is known.
  package let calendar: WorkingCalendar

  private func isKnown(_ date: CivilDate) -> Bool { calendar.years[date.year] != nil }

  /// Whether a day is worked, by the arrangement or by assumption.
  package func isWorkingDay(_ date: CivilDate) -> Bool {
    calendar.years[date.year]?.isWorkingDay(date) ?? StatutoryHolidays.isLikelyWorkingDay(date)
  }

  /// As `WorkingCalendar.adding`; counts beyond `workingDaysMax` are cut there.
  package func adding(workingDays: Int, to start: CivilDate) -> EstimatedDate {
    let bound = WorkingCalendar.workingDaysMax
    var guessed = false
    let end = Stepping.advance(min(max(workingDays, -bound), bound), from: start) { date in
      guessed = guessed || !isKnown(date)
      return isWorkingDay(date)
    }
    return EstimatedDate(date: end, estimated: guessed)
  }

  /// As `WorkingCalendar.workingDays(between:_:)`.
  package func workingDays(between start: CivilDate, _ end: CivilDate) -> (days: Int, estimated: Bool) {
    var guessed = false
    let days = Stepping.count(between: start, end) { date in
      guessed = guessed || !isKnown(date)
      return isWorkingDay(date)
    }
    return (days, guessed)
  }

  /// As `WorkingCalendar.firstWorkingDay(onOrAfter:)`.
  package func firstWorkingDay(onOrAfter start: CivilDate) -> EstimatedDate {
    var guessed = false
    let day = Stepping.first(from: start) { date in
      guessed = guessed || !isKnown(date)
      return isWorkingDay(date)
    }
    return EstimatedDate(date: day, estimated: guessed)
  }
}

/// Day by day, with whatever decides which days count.
private enum Stepping {
  static func advance<Failure: Error>(
    _ count: Int, from start: CivilDate, isWorking: (CivilDate) throws(Failure) -> Bool
  ) throws(Failure) -> CivilDate {
    var (date, left) = (start, abs(count))
    while left > 0 {
      date = date.adding(days: count < 0 ? -1 : 1)
      if try isWorking(date) { left -= 1 }
    }
    return date
  }

  static func count<Failure: Error>(
    between start: CivilDate, _ end: CivilDate, isWorking: (CivilDate) throws(Failure) -> Bool
  ) throws(Failure) -> Int {
    let (first, last) = (min(start, end), max(start, end))
    var (date, days) = (first, 0)
    while date < last {
      date = date.adding(days: 1)
      if try isWorking(date) { days += 1 }
    }
    return end < start ? -days : days
  }

  static func first<Failure: Error>(
    from start: CivilDate, isWorking: (CivilDate) throws(Failure) -> Bool
  ) throws(Failure) -> CivilDate {
    // No calendar has a year without a working day; the bound keeps a hostile document from running on.
    var (date, left) = (start, 366)
    while left > 0, try !isWorking(date) {
      date = date.adding(days: 1)
      left -= 1
    }
    return date
  }
}
