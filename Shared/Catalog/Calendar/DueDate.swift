package import Foundations

/// A special procedure 特别程序 (行政许可法 45): hearing, inspection, appraisal … whose time does not count.
package struct Suspension: Sendable, Hashable {
  /// The first day, which is itself still counted as running.
  package var start: CivilDate
  /// The last day; nil while it lasts.
  package var end: CivilDate?

  /// A special procedure that took the days (start, end].
  package init(start: CivilDate, end: CivilDate?) {
    self.start = start
    self.end = end
  }
}

/// When a proceeding is due, by its promise and by law.
package struct DueDate: Sendable, Hashable {
  /// The promised day; the statutory one where nothing was promised; nil where neither is known.
  package let due: CivilDate?
  /// The day that the law sets; nil where it sets none.
  package let statutoryDue: CivilDate?
  /// Whether the promised day touched a year without an arrangement: shown with `≈`, computed anew when the
  /// arrangement arrives.
  package let dueEstimated: Bool
  /// Whether the statutory one did.
  package let statutoryEstimated: Bool
  /// Days that special procedures took so far, in the limit's unit.
  package let suspendedDays: Int
  /// Whether the clock stands still: no remaining time is shown, and `due` still moves on by a day each day.
  package let suspended: Bool

  /// Whether either of them did.
  package var estimated: Bool { dueEstimated || statutoryEstimated }

  /// - Parameters:
  ///   - accepted: the legal day of acceptance; it is not counted.
  ///   - limit: the item's days and their unit.
  ///   - suspensions: in any order, overlapping or not: no day is taken off twice.
  ///   - extensionDays: what the responsible head granted (行政许可法 42), in the limit's unit.
  ///   - today: the legal day up to which an open suspension is counted.
  package static func compute(
    accepted: CivilDate, limit: TimeLimit, suspensions: [Suspension] = [], extensionDays: Int = 0, today: CivilDate,
    calendar: WorkingCalendar
  ) -> DueDate {
    let clock = PeriodClock(unit: limit.unit, calendar: calendar.estimating)
    let spans = union(suspensions, from: accepted, today: today)
    let taken = spans.map { clock.days(between: $0.start, $0.end) }
    // What the log says was written before days had a bound.
    let limit = limit.bounded
    let more = min(max(0, extensionDays), limit.unit.daysMax) + taken.reduce(0) { $0 + $1.days }
    let promised = (limit.promised ?? limit.statutory).map { clock.end(after: $0, and: more, from: accepted) }
    let statutory = limit.statutory.map { clock.end(after: $0, and: more, from: accepted) }
    let guessed = taken.contains(where: \.estimated)
    return DueDate(
      due: promised?.date, statutoryDue: statutory?.date, dueEstimated: guessed || promised?.estimated == true,
      statutoryEstimated: guessed || statutory?.estimated == true,
      suspendedDays: taken.reduce(0) { $0 + $1.days }, suspended: suspensions.contains { $0.end == nil })
  }

  /// The days that suspensions cover, as disjoint spans (start, end] after acceptance.
  private static func union(
    _ suspensions: [Suspension], from accepted: CivilDate, today: CivilDate
  ) -> [(start: CivilDate, end: CivilDate)] {
    var output: [(start: CivilDate, end: CivilDate)] = []
    for suspension in suspensions.sorted(by: { $0.start < $1.start }) {
      let start = max(suspension.start, accepted, output.last?.end ?? accepted)
      let end = suspension.end ?? today
      if start < end { output.append((start, end)) }
    }
    return output
  }

  /// By when an authority that received papers must have asked for corrections, or they count as accepted: five working
  /// days (行政许可法 32).
  package static func correctionNotice(received: CivilDate, calendar: WorkingCalendar) -> EstimatedDate {
    calendar.estimating.adding(workingDays: correctionNoticeDays, to: received)
  }

  /// How many working days those are.
  static let correctionNoticeDays = 5
}

/// Counts a period in its unit.
struct PeriodClock {
  let unit: DayUnit
  let calendar: EstimatingCalendar

  func days(between start: CivilDate, _ end: CivilDate) -> (days: Int, estimated: Bool) {
    switch unit {
    case .workingDays: calendar.workingDays(between: start, end)
    case .naturalDays: (end.dayNumber - start.dayNumber, false)
    }
  }

  /// The last day of a period and what was added to it, each of them up to what anything may take.
  func end(after days: Int, and more: Int, from start: CivilDate) -> EstimatedDate {
    switch unit {
    case .workingDays:
      let first = calendar.adding(workingDays: days, to: start)
      let last = calendar.adding(workingDays: more, to: first.date)
      return EstimatedDate(date: last.date, estimated: first.estimated || last.estimated)
    // 民法典 203: if the last day is a holiday, the day after the holiday is the last one.
    case .naturalDays: return calendar.firstWorkingDay(onOrAfter: start.adding(days: min(days + more, 36_500)))
    }
  }
}
