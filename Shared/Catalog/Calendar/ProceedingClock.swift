package import Application
package import Foundations

/// A proceeding's legal clock, computed from what the log says and what the calendar says now: when a year's calendar
/// arrives, provisional dates become final by being asked for again.
package enum ProceedingClock {
  /// When a proceeding is due.
  /// - Returns: before acceptance the day by which the window must have answered (行政许可法 32: five working days);
  ///   from acceptance on the promised and the statutory day; nil before it was received.
  package static func due(_ proceeding: ProceedingState, calendar: WorkingCalendar, now: Instant) -> DueView? {
    guard let accepted = proceeding.acceptedAt else {
      guard let received = proceeding.receivedAt, !proceeding.status.isFinal else { return nil }
      let notice = DueDate.correctionNotice(received: ChinaTime.date(received), calendar: calendar)
      return DueView(due: notice.date, statutoryDue: notice.date, estimated: notice.estimated)
    }
    let limit = TimeLimit(
      statutory: proceeding.statutoryDays.map { Int(clamping: $0) },
      promised: proceeding.promisedDays.map { Int(clamping: $0) },
      unit: proceeding.naturalDays ? .naturalDays : .workingDays)
    let due = DueDate.compute(
      accepted: ChinaTime.date(accepted), limit: limit,
      suspensions: proceeding.suspensions.map {
        Suspension(start: ChinaTime.date($0.from), end: $0.until.map(ChinaTime.date))
      }, extensionDays: Int(clamping: proceeding.extendedDays), today: ChinaTime.date(now), calendar: calendar)
    return DueView(due: due.due, statutoryDue: due.statutoryDue, estimated: due.estimated)
  }
}
