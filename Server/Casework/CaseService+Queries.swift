internal import Application
internal import Catalog
package import Foundations
internal import Journal
internal import Replication

/// What administrators and clerks ask: applications, the tray, the outbox.
extension CaseService {
  /// Applications changed after a sequence, in that order: what `applications` lists. What a laptop sent again under
  /// another identity is not listed twice.
  package func applications(since sequence: Int64, limit: Int) throws(Problem) -> [Value] {
    try journal.read { reader throws(Problem) in
      let county = try county(reader)
      return try reader.listedApplications(since: sequence, limit: limit).map { row in
        [
          "id": .text(row.id.text), "code": .text(row.code), "matter": .text(row.matter.text),
          "matterName": .text(county.catalog[row.matter]?.name ?? row.matter.text),
          "station": .text(row.station.text), "status": .text(row.status), "version": .integer(row.version),
          "submittedAt": Value(row.submittedAt.map(ChinaTime.text)), "sequence": .integer(row.lastSequence),
        ]
      }
    }
  }

  /// One application whole, by its id, its code or an unambiguous beginning of either.
  package func application(_ name: String) throws(Problem) -> Value {
    try journal.read { reader throws(Problem) in
      let county = try county(reader)
      let row = try Self.row(named: name, reader)
      guard let state = ApplicationState.fold(try reader.operations(row.id)) else {
        throw ProblemKind.applicationNotFound.with(name)
      }
      let now = clock.now()
      // Operations carry the opaque ids of the county's people.
      let names = Dictionary(try reader.users().map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
      var view = state.view(
        due: {
          ProceedingClock.due($0, calendar: county.calendar, now: now, deferralCapDays: county.settings.deferralCapDays)
        }, name: { names[$0] ?? $0.text },
        material: { id in county.matter(of: state)?.materials.first { $0.id == id }?.name })
      view["waiting"] = Value(try reader.waiting(row.id).count)
      return view
    }
  }

  /// How many applications of one code are looked at.
  private static let sameCodeMax = 1000

  /// The application a person means by its id, its code or an unambiguous beginning of either. Of several under one
  /// code it is the one that was not refused, as on a device: a laptop's work that was taken in from the tray and came
  /// once more, under its new identity, stands beside it, refused.
  /// - Throws: `application.not-found`, `application.ambiguous`; with the ids, where several are real or none is.
  static func row(named name: String, _ reader: any JournalReader) throws(Problem) -> ApplicationRow {
    if let row = try reader.application(ApplicationID(name)) { return row }
    let rows = try reader.applications(beginning: name, limit: 2)
    guard let first = rows.first else { throw ProblemKind.applicationNotFound.with(name) }
    if rows.count == 1 { return first }
    // A whole code stands above what only begins with it, but nobody is to get hold of another application by taking
    // its code: codes are made on laptops.
    let whole = rows.filter { $0.code == name }
    guard whole.count > 1 else {
      guard let row = whole.first else { throw ProblemKind.applicationAmbiguous.with("“\(name)”") }
      return row
    }
    let all = try reader.applications(beginning: name, limit: sameCodeMax).filter { $0.code == name }
    var real: [ApplicationRow] = []
    for row in all where ApplicationState.fold(try reader.operations(row.id))?.refusal == nil { real.append(row) }
    if real.count == 1, let row = real.first { return row }
    throw ambiguous(name, real.isEmpty ? all : real)
  }

  /// How many ids a person is told of.
  private static let namedMax = 5

  private static func ambiguous(_ code: String, _ rows: [ApplicationRow]) -> Problem {
    let ids = rows.prefix(namedMax).map(\.id.text).joined(separator: "、")
    return ProblemKind.applicationAmbiguous.with("“\(code)”（id 是 \(ids)\(rows.count > namedMax ? " 等" : "")）")
  }

  /// 待处理: what was refused, could not be applied or waits, and proceedings that no window matched. What came late is
  /// not there: its window decides about it, and nobody else could.
  /// - Parameter limit: how many of each at most, so that none of them hides the others.
  /// - Returns: the oldest of each, and whether there are more.
  package func tray(limit: Int) throws(Problem) -> (lines: [Value], more: Bool) {
    try journal.read { reader throws(Problem) in
      let county = try county(reader)
      let waiting = try reader.waiting(limit: limit + 1).map { row throws(Problem) in
        row.line(reason: try row.reason(county, reader))
      }
      let sources = [
        try unroutedLines(limit: limit + 1, reader),
        try reader.tray(limit: limit + 1).map { Self.line($0.operation) }, waiting,
        try reader.reviews(.open, limit: limit + 1).map(\.line),
      ]
      return (sources.flatMap { $0.prefix(limit) }, sources.contains { $0.count > limit })
    }
  }

  /// A line of `tray list` for an operation of the log.
  private static func line(_ judged: JudgedOperation) -> Value {
    let disposition = judged.judgement?.disposition ?? .applied
    let code: String =
      switch disposition {
      case .refused(let code), .quarantined(let code): code
      case .late, .applied: disposition.text
      }
    return [
      "kind": .text(disposition.text.split(separator: ":").first.map(String.init) ?? ""),
      "id": .text(judged.operation.id.text), "application": .text(judged.operation.header.application.text),
      "operation": .text(judged.operation.header.kind.text), "code": .text(code),
      "at": Value((judged.judgement?.receivedAt).map(ChinaTime.text)),
      "by": .text(judged.operation.header.person.text),
    ]
  }

  /// The outbox, oldest first.
  package func outbox(dead: Bool, limit: Int) throws(Problem) -> [Value] {
    try journal.read { reader throws(Problem) in try reader.dispatches(dead: dead, limit: limit).map(\.value) }
  }

  /// Who a bearer token lets in.
  /// - Throws: `token.invalid`, `token.ended`.
  package func actor(token: String) throws(Problem) -> Actor {
    try journal.read { reader throws(Problem) in
      guard let row = try reader.token(token) else { throw Problem(.tokenInvalid) }
      guard row.until.map({ $0 > clock.now() }) ?? true else { throw Problem(.tokenEnded) }
      let holder = row.holder
      if holder.hasPrefix("window:") {
        return Actor(
          person: PersonID(holder), window: WindowID(String(holder.dropFirst("window:".count))), seesAll: false)
      }
      let id = PersonID(String(holder.dropFirst("user:".count)))
      guard let user = try reader.user(id), !user.disabled else { throw Problem(.tokenInvalid) }
      return Actor(person: id, window: user.window, seesAll: user.role != "clerk")
    }
  }

  /// What the supervision board shows: counts, computed now.
  package func supervisionSummary() throws(Problem) -> Value {
    try journal.read { reader throws(Problem) in
      var statuses: [String: Int64] = [:]
      var sequence: Int64 = 0
      while true {
        let page = try reader.listedApplications(since: sequence, limit: 1000)
        guard let last = page.last else { break }
        for row in page { statuses[row.status, default: 0] += 1 }
        sequence = last.lastSequence
      }
      return [
        "applications": .object(Members(statuses.mapValues(Value.integer))),
        "unrouted": Value(try reader.unrouted(after: nil, limit: 10_000).count),
        "deadDispatches": Value(try reader.dispatches(dead: true, limit: 10_000).count),
        "tray": Value(
          try reader.tray(limit: 10_000).count + reader.reviews(.open, limit: 10_000).count),
        "repeatedReturns": .object(Members(try ReturnCounts.violations(reader).mapValues(Value.integer))),
        "at": .text(ChinaTime.text(clock.now())),
      ]
    }
  }
}

extension WaitingRow {
  /// The code of what it waits for.
  func reason(_ county: County, _ reader: any JournalReader) throws(Problem) -> String {
    guard !operation.isErased else { return "contents.missing" }
    guard !county.lineage.past.isEmpty else { return "parent.missing" }
    let state = ApplicationState.fold(try reader.operations(operation.header.application))
    return Intake.lacksForm(operation, state, county) ? "form.unknown" : "parent.missing"
  }

  /// A line of `tray list`: nothing to decide yet, but to be seen.
  fileprivate func line(reason: String) -> Value {
    [
      "kind": "waiting", "id": .text(operation.id.text), "application": .text(operation.header.application.text),
      "operation": .text(operation.header.kind.text), "code": .text(reason),
      "at": .text(ChinaTime.text(receivedAt)), "by": .text(operation.header.person.text),
    ]
  }
}

extension ReviewRow {
  /// A line of `tray list`.
  var line: Value {
    [
      "kind": "review", "id": .text(id), "application": .text(operation.header.application.text),
      "operation": .text(operation.header.kind.text), "code": .text(reason), "device": .text(operation.id.device.text),
      "counter": .integer(operation.id.counter), "at": .text(ChinaTime.text(receivedAt)),
      "by": .text(operation.header.person.text),
    ]
  }
}

extension ProblemKind {
  package static let tokenInvalid = ProblemKind(
    "token.invalid", status: 401, "没有带令牌，或令牌不对。", remedy: "请核对令牌，或向管理员要一个新的。")
  package static let tokenEnded = ProblemKind(
    "token.ended", status: 401, "这个令牌已经失效：管理员发了新的令牌。", remedy: "请改用新的令牌。")
}
