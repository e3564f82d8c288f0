internal import Application
internal import Catalog
package import Foundations
internal import Journal
internal import Replication

/// What a day brings about by itself.
extension CaseService {
  /// What one daily check did.
  package struct DailyReport: Sendable, Hashable {
    /// Proceedings that count as accepted 视为受理 since nobody answered in five working days.
    package var deemed = 0
    /// Proceedings that ended since deferred materials did not come.
    package var ended = 0
    /// Proceedings for which there is a window now.
    package var routed = 0
    /// Operations whose form is known again.
    package var released = 0

    /// A day on which nothing ran out.
    package static let nothing = DailyReport()

    /// `{deemed, ended, routed, released}`
    package var value: Value {
      ["deemed": Value(deemed), "ended": Value(ended), "routed": Value(routed), "released": Value(released)]
    }
  }

  /// Applications of one transaction.
  static let chunkMax = 100

  /// Lets the law's days take effect on everything that lies with a window, looks once more for windows and forms where
  /// there were none, and lets devices have the counts of returns. It may run at any time and as often as one likes:
  /// what it does it does once.
  package func passDay() throws(Problem) -> DailyReport {
    var report = DailyReport()
    try beginDay()
    let candidates = try overdue()
    try touch(candidates)
    for id in candidates { try count(id, in: &report) }
    report.routed = try routeUnrouted()
    report.released = try judgeWaiting()
    try journal.write { writer throws(Problem) in try ReturnCounts.publish(writer) }
    return report
  }

  /// Notes that the law's clocks are looked at today, before anything can come of it.
  package func beginDay() throws(Problem) {
    let today = ChinaTime.date(clock.now())
    try journal.write { writer throws(Problem) in try WatchedDays.note(today, writer) }
  }

  /// Judges what waited for its form, now that it is published again.
  /// - Returns: how many operations wait no more.
  package func judgeWaiting() throws(Problem) -> Int {
    // Everything else is judged when what it waits for comes.
    let waiting = try journal.read { reader throws(Problem) -> [WaitingRow] in
      try county(reader).lineage.past.isEmpty ? [] : try reader.waiting(limit: Int.max)
    }
    try touch(Set(waiting.map(\.operation.header.application)).sorted())
    let left = try journal.read { reader throws(Problem) in
      Set(waiting.isEmpty ? [] : try reader.waiting(limit: Int.max).map(\.operation.id))
    }
    return waiting.count { !left.contains($0.operation.id) }
  }

  /// Has applications make their next steps.
  func touch(_ applications: [ApplicationID]) throws(Problem) {
    for start in stride(from: 0, to: applications.count, by: Self.chunkMax) {
      try transact { transaction throws(Problem) in
        for id in applications[start..<min(start + Self.chunkMax, applications.count)] { transaction.touch(id) }
      }
    }
  }

  /// Applications in which a clock has run out. A few at a time, and others first: there may be a hundred thousand, and
  /// nobody waits for it.
  private func overdue() throws(Problem) -> [ApplicationID] {
    var found: Set<ApplicationID> = []
    for window in try journal.read({ reader throws(Problem) in try county(reader).windows }) {
      for status in [ProceedingStatus.dispatched, .accepted] {
        var after: ProceedingID?
        repeat {
          let start = after
          let known = found
          let (more, last) = try Patient.run {
            Result { () throws(Problem) in
              try self.journal.read { reader throws(Problem) in
                try self.overdue(at: window.id, status, after: start, except: known, reader)
              }
            }
          }.get()
          found.formUnion(more)
          after = last
        } while after != nil
      }
    }
    return found.sorted()
  }

  /// - Parameter known: applications that need not be looked at again.
  /// - Returns: those found among some of a window's proceedings, and the last of these; nil where there are no more.
  private func overdue(
    at window: WindowID, _ status: ProceedingStatus, after: ProceedingID?, except known: Set<ApplicationID>,
    _ reader: any JournalReader
  ) throws(Problem) -> (found: Set<ApplicationID>, last: ProceedingID?) {
    let county = try county(reader)
    let now = clock.now()
    var found: Set<ApplicationID> = []
    let rows = try reader.proceedings(window: window, status: status.rawValue, after: after, limit: Self.chunkMax)
    for row in rows where !known.contains(row.application) && !found.contains(row.application) {
      // Nearly all that lies with windows has come in these days, or came with all its papers.
      switch status {
      case .dispatched:
        if let at = row.receivedAt,
          !ProceedingClock.mayBeDeemedAccepted(receivedAt: at, calendar: county.calendar, now: now)
        {
          continue
        }
      default:
        if row.awaitsDeferred == false { continue }
      }
      guard let state = ApplicationState.fold(try reader.operations(row.application)) else { continue }
      if CaseFlow.next(state, missing: [], county: county, now: now) != nil { found.insert(row.application) }
    }
    return (found, rows.last?.id)
  }

  private func count(_ id: ApplicationID, in report: inout DailyReport) throws(Problem) {
    let today = ChinaTime.date(clock.now())
    let state = try journal.read { reader throws(Problem) in ApplicationState.fold(try reader.operations(id)) }
    for entry in state?.timeline ?? [] where ChinaTime.date(entry.at) == today {
      if entry.kind == OperationKind.deem.text { report.deemed += 1 }
      if entry.kind == OperationKind.terminate.text,
        entry.proceeding.flatMap({ state?.proceeding($0)?.creditNote }) != nil
      {
        report.ended += 1
      }
    }
  }
}
