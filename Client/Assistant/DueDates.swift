internal import Application
internal import Catalog
internal import Foundations

/// When proceedings are due, by the county's calendar (rules.md 1.3, "计算顺序").
struct DueDates {
  let calendar: WorkingCalendar
  let today: CivilDate

  /// Nil where the clock does not run: before acceptance, and once it is over.
  func view(of proceeding: ProceedingState) -> DueView? {
    guard let acceptedAt = proceeding.acceptedAt, proceeding.decidedAt == nil, !proceeding.status.isFinal else {
      return nil
    }
    let limit = TimeLimit(
      statutoryDays: proceeding.statutoryDays.map { Int(clamping: $0) },
      promisedDays: proceeding.promisedDays.map { Int(clamping: $0) },
      unit: proceeding.naturalDays ? .naturalDays : .workingDays)
    let suspensions = proceeding.suspensions.map {
      Catalog.Suspension(start: ChinaTime.date($0.from), end: $0.until.map(ChinaTime.date))
    }
    let due = DueDate.compute(
      accepted: ChinaTime.date(acceptedAt), limit: limit, suspensions: suspensions,
      extensionDays: Int(clamping: proceeding.extendedDays), today: today, calendar: calendar)
    return DueView(due: due.due, statutoryDue: due.statutoryDue, estimated: due.estimated)
  }
}
