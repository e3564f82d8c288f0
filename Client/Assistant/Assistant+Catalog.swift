internal import Application
internal import CaptureStore
package import Catalog
internal import Documents
package import Foundations

/// The catalogue, the guidance, and rules that need no application.
extension Assistant {
  /// Matters: `{id, name, county, level, lead, items, detail}` each.
  /// - Parameter all: those of other places too.
  package func matters(all: Bool) throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      let catalog = try session.catalog()
      return catalog.visible(to: all ? "" : session.identity.countyDivision).map(\.summary)
    }
  }

  /// One matter, by id or name, with fields, materials and guidance.
  /// - Throws: `matter.unknown`, `matter.ambiguous`.
  package func matter(_ idOrName: String) throws(Problem) -> (matter: Matter, value: Value) {
    let matter = try store().read { session throws(Problem) in try Self.find(idOrName, session) }
    return (matter, matter.value(today: today))
  }

  /// Matters that mention a word.
  package func searchMatters(_ word: String) throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      try session.catalog().search(word, visibleTo: session.identity.countyDivision).map(\.summary)
    }
  }

  /// Names of places as the county publishes them; nil where there are none that can be read.
  package func divisions() throws(Problem) -> DivisionRegistry? {
    try store().read { session throws(Problem) in Self.divisions(session) }
  }

  static func divisions(_ session: StoreSession) -> DivisionRegistry? {
    (try? session.document("divisions")).flatMap { try? DivisionRegistry($0) }
  }

  /// Places whose own name contains a word, for who knows no codes: `{code, name}` each, the own county's first.
  package func places(_ word: String) throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      guard let divisions = Self.divisions(session) else { return [] }
      return divisions.search(word, firstIn: session.identity.countyDivision).map { code in
        ["code": .text(code), "name": .text(divisions.fullName(of: code) ?? code)]
      }
    }
  }

  /// A matter by id or name; the id alone needs no reading of the others.
  static func find(_ text: String, _ session: StoreSession) throws(Problem) -> Matter {
    if let matter = try session.matter(MatterID(text.trimmed.lowercased())) { return matter }
    switch try session.catalog().find(text, visibleTo: session.identity.countyDivision) {
    case .one(let matter): return matter
    case .several(let matters):
      throw ProblemKind.matterAmbiguous.with(matters.map { "\($0.id)（\($0.name)）" }.joined(separator: "、"))
    case .none: throw ProblemKind.matterUnknown.with(String(text.prefix(60)))
    }
  }

  /// The matter of an application.
  /// - Throws: `matter.unknown` where it is not in this device's catalogue any more.
  static func matter(of state: ApplicationState, _ session: StoreSession) throws(Problem) -> Matter {
    guard let matter = try session.matter(state.matter, version: state.formVersion) else {
      throw ProblemKind.matterUnknown.with(state.matter.text)
    }
    return matter
  }

  /// What answers make of a matter: `{items, materials, fields, workingDays, why, questions}`, the one-time notice in
  /// sections of sentences, and `returns`: what usually comes back.
  /// - Parameter answers: question to label, or to the answer's number from 1.
  package func guide(_ matter: String, answers: [String: String]) throws(Problem) -> Value {
    let (guidance, calendar, returns) = try store().read { session throws(Problem) in
      let matter = try Self.find(matter, session)
      let guidance = Guidance(matter, answers: answers)
      return (
        guidance, try Self.calendar(session), try Self.returns(matter, items: guidance.items, session)
      )
    }
    if let problem = Submission.joined(guidance.problems) { throw problem }
    var value = GuideView(guidance, forecast: guidance.forecast(accepted: today, calendar: calendar)).value
    value["returns"] = .array(returns)
    return value
  }

  /// The one-time notice 一次性告知书 (D01) to print or to hand over: `{title, text, html}`.
  /// - Parameter answers: as for `guide`.
  package func notice(_ matter: String, answers: [String: String]) throws(Problem) -> Value {
    let printed = try store().read { session throws(Problem) in
      let guidance = Guidance(try Self.find(matter, session), answers: answers)
      if let problem = Submission.joined(guidance.problems) { throw problem }
      let forecast = guidance.forecast(accepted: today, calendar: try Self.calendar(session))
      let returns = try Self.returns(guidance.matter, items: guidance.items, session).compactMap { $0["text"]?.text }
      return PrintedDocument(
        Notice(guidance, forecast: forecast), returns: returns, station: session.identity.stationName, today: today)
    }
    return ["title": .text(printed.title), "text": .text(printed.text), "html": .text(printed.html)]
  }

  // MARK: Without a store

  /// Checks a code: `{value, valid, code?}`.
  /// - Parameter kind: one of `CodeKind`; another one is never valid (`check.kind-unknown`).
  package func check(kind: String, value: String) -> Value {
    guard let kind = CodeKind(rawValue: kind) else {
      return ["value": .text(value), "valid": false, "code": "check.kind-unknown"]
    }
    return CodeCheck.check(kind: kind, value: value, today: today).json
  }

  /// Counts working days: `{date}`, `{days}` or `{workingDay}`.
  /// - Throws: `calendar.missing` for a year without an arrangement; `date.format`.
  package func workdays(_ question: WorkdayQuestion) throws(Problem) -> Value {
    let calendar = try calendar()
    switch question {
    case .add(let date, let days):
      let start = try Self.date(date)
      // A first day does not count, so that its year need not be known, except where it is all there is.
      if days == 0 { _ = try calendar.isWorkingDay(start) }
      return ["date": .text(try calendar.adding(workingDays: days, to: start).text)]
    case .between(let first, let last):
      let (start, end) = (try Self.date(first), try Self.date(last))
      if start == end { _ = try calendar.isWorkingDay(start) }
      return ["days": Value(try calendar.workingDays(between: start, end))]
    case .isWorking(let date): return ["workingDay": .bool(try calendar.isWorkingDay(Self.date(date)))]
    }
  }

  private static func date(_ text: String) throws(Problem) -> CivilDate {
    guard let date = CivilDate(text.halfWidth.trimmed) else {
      throw ProblemKind.dateFormat.with(String(text.prefix(20)))
    }
    return date
  }

  /// The county's calendar where there is a store, locked or not, else the built-in one.
  private func calendar() throws(Problem) -> WorkingCalendar {
    guard let locked = try? locked(), let document = try locked.publicDocument("calendar"), !document.isNull else {
      return try BuiltInCalendar.calendar()
    }
    return try WorkingCalendar(document).in(division: try locked.countyDivision())
  }

  /// The calendar that the county published, in this county.
  static func calendar(_ session: StoreSession) throws(Problem) -> WorkingCalendar {
    guard let document = try session.document("calendar"), !document.isNull else {
      return try BuiltInCalendar.calendar()
    }
    return try WorkingCalendar(document).in(division: session.identity.countyDivision)
  }
}
