package import Application
package import Foundations

/// A proceeding's legal clock, computed from what the log says and what the calendar says now: when a year's calendar
/// arrives, provisional dates become final by being asked for again.
package enum ProceedingClock {
  /// When a proceeding is due.
  /// - Parameter deferralCapDays: the county's longest time for deferred materials; nil where it has set none.
  /// - Returns: before acceptance the day by which the window must have answered (行政许可法 32: five working days);
  ///   while a correction waits for its answer no day at all, since its answer starts the clock anew; from acceptance
  /// on   the promised and the statutory day; nil before it was received.
  package static func due(
    _ proceeding: ProceedingState, calendar: WorkingCalendar, now: Instant, deferralCapDays: Int? = nil
  ) -> DueView? {
    guard let accepted = acceptedDay(proceeding, calendar) else {
      guard let received = receivedDay(proceeding, calendar), !proceeding.status.isFinal else { return nil }
      guard proceeding.status != .correction else {
        var view = DueView(due: nil, statutoryDue: nil)
        view.receivedDay = received.date
        view.note(.receivedDay, isEstimated: received.estimated)
        return view
      }
      let notice = answerDay(proceeding, received: received.date, calendar)
      var view = DueView(due: notice.date, statutoryDue: notice.date)
      view.receivedDay = received.date
      view.note(.receivedDay, isEstimated: received.estimated)
      for day in [DueView.Day.due, .statutoryDue] {
        view.note(day, isEstimated: notice.estimated || received.estimated)
      }
      return view
    }
    let due = DueDate.compute(
      accepted: accepted.date, limit: limit(proceeding),
      suspensions: proceeding.suspensions.map {
        Suspension(start: ChinaTime.date($0.from), end: $0.until.map(ChinaTime.date))
      }, extensionDays: Int(clamping: proceeding.extendedDays), today: ChinaTime.date(now), calendar: calendar)
    var view = DueView(due: due.due, statutoryDue: due.statutoryDue)
    view.note(.due, isEstimated: due.dueEstimated || accepted.estimated)
    view.note(.statutoryDue, isEstimated: due.statutoryEstimated || accepted.estimated)
    if let received = receivedDay(proceeding, calendar) {
      view.receivedDay = received.date
      view.note(.receivedDay, isEstimated: received.estimated)
    }
    let spans = suspensionDays(proceeding, calendar, now)
    view.suspension = proceeding.status == .suspended ? spans.last : nil
    view.overruns = spans.filter(\.isOverrun)
    if let day = deferralDay(proceeding, capDays: deferralCapDays, calendar: calendar) {
      view.deferralDue = day.date
      view.note(.deferralDue, isEstimated: day.estimated)
    }
    addFurther(proceeding, accepted, calendar, to: &view)
    return view
  }

  /// The certificate's and the inspection's days.
  private static func addFurther(
    _ proceeding: ProceedingState, _ accepted: EstimatedDate, _ calendar: WorkingCalendar, to view: inout DueView
  ) {
    if proceeding.outcome == "approve", !proceeding.status.isFinal, let decided = proceeding.decidedAt {
      let day = calendar.estimating.adding(workingDays: certificateWorkingDays, to: ChinaTime.date(decided))
      view.certificateDue = day.date
      view.note(.certificateDue, isEstimated: day.estimated)
    }
    if let days = proceeding.inspection?.workingDays {
      let day = calendar.estimating.adding(workingDays: Int(clamping: days), to: accepted.date)
      view.inspectionDue = day.date
      view.note(.inspectionDue, isEstimated: day.estimated || accepted.estimated)
    }
  }

  /// By when a window must have answered: five working days; where papers are given back instead of put right, the days
  /// within which it has to be done, if those are fewer (rules T3, T11).
  private static func answerDay(
    _ proceeding: ProceedingState, received: CivilDate, _ calendar: WorkingCalendar
  ) -> EstimatedDate {
    let notice = DueDate.correctionNotice(received: received, calendar: calendar)
    guard proceeding.givesBack, proceeding.statutoryDays != nil,
      let end = DueDate.compute(accepted: received, limit: limit(proceeding), today: received, calendar: calendar)
        .statutoryDue, end < notice.date
    else { return notice }
    return EstimatedDate(date: end, estimated: notice.estimated)
  }

  /// The legal day of receipt: as captured where the station receives for the authority; at a window a day off gives
  /// way to the next working day (rules 1.3, 6).
  package static func receivedDay(_ proceeding: ProceedingState, _ calendar: WorkingCalendar) -> EstimatedDate? {
    guard let received = proceeding.receivedAt else { return nil }
    let day = ChinaTime.date(received)
    // A log from before stations had levels stays as it was.
    guard proceeding.level == .agent else { return EstimatedDate(date: day, estimated: false) }
    return calendar.estimating.firstWorkingDay(onOrAfter: day)
  }

  /// The legal day of acceptance; for what counts as accepted that of receipt, not the sixth day.
  package static func acceptedDay(_ proceeding: ProceedingState, _ calendar: WorkingCalendar) -> EstimatedDate? {
    guard let accepted = proceeding.acceptedAt else { return nil }
    // What is registered within its days has no acceptance before (rules T11): they run from the receipt.
    if proceeding.manner != .window || proceeding.givesBack, let received = receivedDay(proceeding, calendar) {
      return received
    }
    return EstimatedDate(date: ChinaTime.date(accepted), estimated: false)
  }

  /// By when deferred materials must be there; nil before acceptance. Where acceptance counts from the receipt the days
  /// run from when it was written down: nobody can keep a day that was over before they were told of it (rules 1.2,
  /// 4.3).
  package static func deferralDay(
    _ proceeding: ProceedingState, capDays: Int?, calendar: WorkingCalendar
  ) -> EstimatedDate? {
    guard let accepted = acceptedDay(proceeding, calendar) else { return nil }
    let noted = proceeding.acceptanceNotedAt.map(ChinaTime.date) ?? accepted.date
    let day = deferralDay(proceeding, from: max(accepted.date, noted), capDays: capDays, calendar: calendar)
    return EstimatedDate(date: day.date, estimated: day.estimated || (accepted.estimated && noted <= accepted.date))
  }

  /// The same, if the acceptance is written down on a day: what a window is told before it has accepted.
  package static func deferralDay(
    _ proceeding: ProceedingState, from start: CivilDate, capDays: Int?, calendar: WorkingCalendar
  ) -> EstimatedDate {
    DeferralDue.day(accepted: start, limit: limit(proceeding), capDays: capDays, calendar: calendar)
  }

  /// Whether a received proceeding counts as accepted 视为受理: its five working days are over and nobody has answered
  /// (行政许可法 32). A day that rests on a guess about an unannounced year deems nothing.
  package static func isDeemedAccepted(
    _ proceeding: ProceedingState, calendar: WorkingCalendar, now: Instant
  ) -> Bool {
    guard LifeCycle.transition(.deem, from: proceeding.status).fits, let arrived = proceeding.receivedAt,
      mayBeDeemedAccepted(receivedAt: arrived, calendar: calendar, now: now),
      let received = receivedDay(proceeding, calendar)
    else { return false }
    let notice = DueDate.correctionNotice(received: received.date, calendar: calendar)
    return !notice.estimated && !received.estimated && ChinaTime.date(now) > notice.date
  }

  /// Whether what was received then may count as accepted by now, whoever received it.
  package static func mayBeDeemedAccepted(receivedAt: Instant, calendar: WorkingCalendar, now: Instant) -> Bool {
    let (received, today) = (ChinaTime.date(receivedAt), ChinaTime.date(now))
    // Five working days are five days at least: of what has just come in no calendar need be asked.
    return today > received.adding(days: DueDate.correctionNoticeDays)
      && today > DueDate.correctionNotice(received: received, calendar: calendar).date
  }

  /// The day by which what a receiving station captured must have been synced: the five days for answering run from the
  /// capture, and the window needs some of them (rules 1.3).
  package static func latestSync(
    captured: Instant, level: StationLevel, calendar: WorkingCalendar
  ) -> EstimatedDate? {
    latestSync(capturedOn: ChinaTime.date(captured), level: level, calendar: calendar)
  }

  /// The same of what was captured on a day.
  package static func latestSync(
    capturedOn day: CivilDate, level: StationLevel, calendar: WorkingCalendar
  ) -> EstimatedDate? {
    level.receives ? calendar.estimating.adding(workingDays: 3, to: day) : nil
  }

  /// 行政许可法 44: ten days from the decision.
  private static let certificateWorkingDays = 10

  private static func limit(_ proceeding: ProceedingState) -> TimeLimit {
    TimeLimit(
      statutory: proceeding.statutoryDays.map { Int(clamping: $0) },
      promised: proceeding.promisedDays.map { Int(clamping: $0) },
      unit: proceeding.naturalDays ? .naturalDays : .workingDays)
  }

  private static func suspensionDays(
    _ proceeding: ProceedingState, _ calendar: WorkingCalendar, _ now: Instant
  ) -> [SuspensionDays] {
    proceeding.suspensions.map { span in
      let end = ChinaTime.date(span.until ?? now)
      let days = calendar.estimating.workingDays(between: ChinaTime.date(span.from), end).days
      return SuspensionDays(
        procedure: span.procedure, days: max(0, days), announced: Int(clamping: span.announcedWorkingDays))
    }
  }
}

/// By when deferred materials 容缺 must be there.
package enum DeferralDue {
  /// At most twenty working days, whatever was promised.
  package static let workingDaysMax = 20

  /// The earliest of two working days before the promised day, twenty working days, and the county's cap: before the
  /// promise ends there must be time to decide (rules 4.3). At least one working day.
  /// - Parameter limit: the item's days and their unit; where nothing is promised, the law's day is the promised one.
  package static func day(
    accepted: CivilDate, limit: TimeLimit, capDays: Int?, calendar: WorkingCalendar
  ) -> EstimatedDate {
    let counting = calendar.estimating
    let longest = counting.adding(workingDays: max(1, min(workingDaysMax, capDays ?? workingDaysMax)), to: accepted)
    guard let days = limit.promised ?? limit.statutory else { return longest }
    let promised = PeriodClock(unit: limit.unit, calendar: counting).end(after: days, and: 0, from: accepted)
    let before = counting.adding(workingDays: -daysToDecide, to: promised.date)
    let soonest = counting.adding(workingDays: 1, to: accepted)
    if before.date <= soonest.date { return soonest }
    guard before.date < longest.date else { return longest }
    return EstimatedDate(date: before.date, estimated: before.estimated || promised.estimated)
  }

  /// Working days that are left for the decision.
  private static let daysToDecide = 2
}
