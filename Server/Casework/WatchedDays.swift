internal import Application
internal import Catalog
internal import Foundations
internal import Journal

/// On which days a server has looked at the law's clocks: whoever could not reach it could bring nothing in time.
struct WatchedDays: Sendable, Hashable {
  /// The last one.
  var last: CivilDate?
  /// The first one after it was away; nil where it never was.
  var since: CivilDate?

  /// What is on record.
  static func read(_ reader: any JournalReader) throws(Problem) -> WatchedDays {
    let value = try reader.document(RegistryKey.settings, RegistryKey.days)
    return WatchedDays(
      last: value?["last"]?.text.flatMap { CivilDate($0) }, since: value?["since"]?.text.flatMap { CivilDate($0) })
  }

  /// Notes that the server looks today.
  static func note(_ today: CivilDate, _ writer: any JournalWriter) throws(Problem) {
    var days = try read(writer)
    if let last = days.last {
      guard last != today else { return }
      let wasAway = today > last.adding(days: 1)
      // What a clock saw that ran ahead were no days; since when it looks nobody can tell any more.
      let ranAhead = today < last && days.since.map { $0 > today } ?? false
      if wasAway || ranAhead {
        days.since = today
        try County.touch(writer)
      }
    }
    days.last = today
    try writer.setDocument(
      RegistryKey.settings, RegistryKey.days,
      ["last": Value(days.last?.text), "since": Value(days.since?.text)])
  }
}

/// When the law's clocks bring nothing about although a day has passed: whose answer or paper it was had no way to
/// bring it, and what the server then does by itself no later arrival undoes.
extension County {
  /// Days after a backup was put back in which laptops bring back what it lost: windows' answers and papers that were
  /// there in time among it.
  static let returnDays: Int64 = 14
  /// Days after the server was away in which papers may still come that could not be sent.
  static let daysAfterAbsence = 3

  /// Whether an answer or a paper may have been given that a backup does not have and no laptop has brought back yet.
  /// What counts as accepted counts from its receipt (行政许可法 32), whenever that is written down.
  func mayStillComeBack(_ state: ApplicationState, now: Instant) -> Bool {
    guard let restoredAt, let first = state.versions.first, (first.arrivedAt ?? first.at) < restoredAt else {
      return false
    }
    return now < restoredAt.adding(seconds: Self.returnDays * 86_400)
  }

  /// Whether a paper that did not come by its day may be on its way all the same 不可抗力顺延.
  func mayStillArrive(_ state: ApplicationState, now: Instant) -> Bool {
    if let watchingSince, ChinaTime.date(now) < watchingSince.adding(days: Self.daysAfterAbsence) { return true }
    return mayStillComeBack(state, now: now)
  }
}
