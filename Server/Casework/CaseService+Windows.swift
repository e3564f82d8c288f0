internal import Application
internal import Catalog
internal import Cryptography
package import Foundations
package import Journal
internal import Replication

/// Who asks for something at a window.
package struct Actor: Sendable, Hashable {
  /// `window:…` for a window's own system, a user's id for a clerk.
  package let person: PersonID
  /// The window it may act for; nil for a supervisor, who sees all and acts for none.
  package let window: WindowID?
  /// May see every window's proceedings.
  package let seesAll: Bool

  package init(person: PersonID, window: WindowID?, seesAll: Bool) {
    self.person = person
    self.window = window
    self.seesAll = seesAll
  }
}

/// What windows ask: their queue, a proceeding, an action.
extension CaseService {
  /// Lets a window act. The action becomes an operation in the journal, signed by the server.
  /// - Parameters:
  ///   - body: `{"action", "version", …}`.
  ///   - idempotencyKey: repeating a request with the same key changes nothing and gets the same kind of answer.
  /// - Returns: the proceeding.
  package func act(
    _ id: ProceedingID, body: Value, actor: Actor, idempotencyKey: String? = nil
  ) throws(Problem) -> Value {
    try letAnswerTimeRunOut(id.application)
    try transact { transaction throws(Problem) in
      if let key = idempotencyKey, try Self.isRepeat(key, body, id, actor, transaction) { return }
      guard let state = try transaction.state(id.application), let proceeding = state.proceeding(id),
        actor.window != nil, proceeding.window == actor.window
      else { throw ProblemKind.proceedingUnknown.with(id.text) }
      let matter = transaction.county.matter(of: state)
      // Whoever looks at a former version had better be told that than what is wrong in it.
      if let version = body["version"]?.integer, version != proceeding.version {
        throw ProblemKind.proceedingVersion.with(String(proceeding.version))
      }
      var action = try WindowAction(
        body, proceeding: proceeding, state: state, matter: matter, calendar: transaction.county.calendar,
        today: ChinaTime.date(transaction.now))
      if ProceedingClock.isDeemedAccepted(proceeding, calendar: transaction.county.calendar, now: transaction.now) {
        action = try action.sinceAnswerTimeRanOut(proceeding)
      }
      if let code = OperationKind.decisions.contains(action.kind)
        ? state.refusal(ofDecision: action.kind, action.payload) : nil
      {
        throw Problem(.refusal(code) ?? .duplicateUnknown)
      }
      try Self.check(action, proceeding, state, matter)
      if action.kind == .decide, action.payload["outcome"] == "approve" {
        let missing = Set(try transaction.journal.missingBlobs(state.id))
        // A paper that was put off is there once its contents are: that somebody has photographed it is no paper yet.
        guard state.deferredOpen(for: proceeding, missing: missing).isEmpty else { throw Problem(.decideDeferred) }
      }
      try Self.append(action, on: proceeding, state, actor, transaction)
      if action.kind == .correct { try ReturnCounts.add(action.payload, state, proceeding, transaction.journal) }
    }
    return try proceeding(id, actor: actor)
  }

  /// Has the time for an answer run out before somebody answers: the daily look may not have come since midnight.
  private func letAnswerTimeRunOut(_ id: ApplicationID) throws(Problem) {
    let mayHaveRunOut = try journal.read { reader throws(Problem) in
      let calendar = try county(reader).calendar
      return try reader.projectedRows(id).contains { row in
        guard row.status == ProceedingStatus.dispatched.rawValue, let received = row.receivedAt else { return false }
        return ProceedingClock.mayBeDeemedAccepted(receivedAt: received, calendar: calendar, now: clock.now())
      }
    }
    if mayHaveRunOut { try touch([id]) }
  }

  /// - Throws: the named refusal of the table, or `proceeding.state`.
  private static func check(
    _ action: WindowAction, _ proceeding: ProceedingState, _ state: ApplicationState, _ matter: Matter?
  ) throws(Problem) {
    guard !OperationKind.decisions.contains(action.kind),
      let code = state.refusal(of: action.kind, action.payload, on: proceeding)
    else { return }
    guard let kind = ProblemKind.refusal(code) else {
      throw ProblemKind.proceedingState.with(proceeding.status.words)
    }
    guard kind == .correctAgain else { throw Problem(kind) }
    let subjects = (action.payload["defects"]?.array ?? []).compactMap { defect in
      defect["material"]?.text.map { id in matter?.materials.first { $0.id == id }?.name ?? id }
        ?? defect["field"]?.text.map { id in matter?.fields.first { $0.id == id }?.name ?? Register.name(id) }
    }
    throw kind.with(subjects.joined(separator: "、"))
  }

  private static func append(
    _ action: WindowAction, on proceeding: ProceedingState, _ state: ApplicationState, _ actor: Actor,
    _ transaction: CaseTransaction
  ) throws(Problem) {
    var payload = action.payload
    var parents: [String: [OperationID]] = [:]
    if OperationKind.decisions.contains(action.kind),
      let mark = payload["other"]?.text.map({ ApplicationID($0) })
        .flatMap(state.duplicate)
    {
      parents[Register.duplicate(mark.other)] = mark.decisions.heads.map(\.operation)
    }
    if action.kind == .admit || action.kind == .decline {
      let target = payload["operation"]?.text.flatMap(OperationID.init(text:))
      guard let late = state.late(for: proceeding).first(where: { $0.operation == target }) else {
        throw ProblemKind.lateUnknown.with(payload["operation"]?.text ?? "")
      }
      if action.kind == .admit, !late.values.isEmpty {
        // Admitting is the window's own write: it names the heads it saw, the late one among them.
        payload["set"] = .object(late.values)
        for register in late.values.keys {
          parents[register] = (state.registers[register]?.heads.map(\.operation) ?? []) + [late.operation]
        }
      }
    }
    if action.kind == .rectify {
      // The window's own write: it names all that stood there.
      for register in (payload["set"]?.object ?? [:]).keys { parents[register] = state.shown(register) }
    }
    let documents = Issuance(county: transaction.county, now: transaction.now)
      .documents(of: action.kind, payload, in: state)
    if !documents.isEmpty { payload["documents"] = .array(try transaction.number(documents)) }
    try transaction.appendOwn(action.kind, state.id, payload, person: actor.person, parents: parents)
    let isViolation = payload["override"]?.object != nil
    try transaction.journal.addAudit(
      at: transaction.now, actor: actor.person.text,
      action: "proceeding.\(action.kind.text)" + (isViolation ? ".violation" : ""),
      subject: payload["proceeding"]?.text ?? state.id.text)
  }

  /// Whether this very request was carried out before.
  private static func isRepeat(
    _ key: String, _ body: Value, _ id: ProceedingID, _ actor: Actor, _ transaction: CaseTransaction
  ) throws(Problem) -> Bool {
    let name = Digest.sm3(CBORPayload([.text(actor.person.text), .text(key)])).text
    // Keyed: of a plain digest all identity numbers there can be are tried in a second.
    let term = transaction.journal.termIndex.term("request", Digest.sm3(CBORPayload([.text(id.text), body])).text)
    let content: Value = ["application": .text(id.application.text), "request": .integer(term)]
    if let known = try transaction.journal.document(RegistryKey.requests, name) {
      guard known == content else { throw Problem(.idempotencyMismatch) }
      return true
    }
    try transaction.journal.setDocument(RegistryKey.requests, name, content)
    return false
  }

  /// A window's queue, a page at a time: `{items, next}`.
  package func queue(
    _ window: WindowID, status: String?, after: ProceedingID? = nil, limit: Int
  ) throws(Problem) -> Value {
    try journal.read { reader throws(Problem) in
      let county = try county(reader)
      let rows = try reader.proceedings(window: window, status: status, after: after, limit: limit + 1)
      var items: [Value] = []
      for row in rows.prefix(limit) {
        guard let state = ApplicationState.fold(try reader.operations(row.application)),
          let proceeding = state.proceeding(row.id)
        else { continue }
        items.append(ProceedingView(county: county, state: state, now: clock.now()).line(proceeding))
      }
      let next: Value = rows.count > limit ? Value(rows.prefix(limit).last?.id.text) : .null
      return ["items": .array(items), "next": next]
    }
  }

  private func view(of state: ApplicationState, _ reader: any JournalReader) throws(Problem) -> ProceedingView {
    ProceedingView(
      county: try county(reader), state: state, now: clock.now(), missing: Set(try reader.missingBlobs(state.id)))
  }

  /// One proceeding with the dispatch's data, its status, version and history.
  package func proceeding(_ id: ProceedingID, actor: Actor) throws(Problem) -> Value {
    try journal.read { reader throws(Problem) in
      guard let state = ApplicationState.fold(try reader.operations(id.application)),
        let proceeding = state.proceeding(id), actor.seesAll || proceeding.window == actor.window
      else { throw ProblemKind.proceedingUnknown.with(id.text) }
      return try view(of: state, reader).whole(proceeding)
    }
  }

  /// An application as one window may see it: its own proceedings, no more.
  package func application(_ id: String, for actor: Actor) throws(Problem) -> Value {
    try journal.read { reader throws(Problem) in
      let own = try reader.projectedRows(ApplicationID(id)).filter { $0.window != nil && $0.window == actor.window }
      guard !own.isEmpty, let state = ApplicationState.fold(try reader.operations(ApplicationID(id))) else {
        throw ProblemKind.applicationNotFound.with(id)
      }
      let view = try view(of: state, reader)
      return [
        "id": .text(state.id.text), "code": .text(state.code), "matter": .text(state.matter.text),
        "status": .text(state.status.rawValue),
        "proceedings": .array(own.compactMap { state.proceeding($0.id) }.map(view.whole)),
      ]
    }
  }

  /// The body of a dispatch to a window's own system.
  package func dispatchBody(_ row: DispatchRow) throws(Problem) -> [UInt8] {
    try journal.read { reader throws(Problem) in
      guard let state = ApplicationState.fold(try reader.operations(row.application)),
        let proceeding = state.proceeding(row.proceeding)
      else { throw ProblemKind.proceedingUnknown.with(row.proceeding.text) }
      return JSON.bytes([
        "type": "proceeding.dispatched", "id": .text(row.id), "timestamp": .text(ChinaTime.text(row.createdAt)),
        "data": try view(of: state, reader).data(proceeding, version: row.version),
      ])
    }
  }

  /// Records what became of a dispatch.
  package func recordDispatch(_ row: DispatchRow) throws(Problem) {
    try journal.write { writer throws(Problem) in
      var row = row
      // It was taken out of the queue while it was under way.
      if row.status == "queued", try writer.dispatch(row.id, of: row.application)?.status == DispatchRow.withdrawn {
        row.status = DispatchRow.withdrawn
      }
      try writer.setDispatch(row)
    }
  }

  /// Lets a dispatch go out again, one that was delivered as well: its receiver may have lost it.
  /// - Parameter isKnownMissing: whether a person has made sure that a receiver which may have it does not: it is told
  ///   without being asked first.
  /// - Throws: `dispatch.not-found`; `dispatch.withdrawn` for what has ended, was erased or is another window's or
  ///   version's by now; `window.endpoint-disabled`.
  package func redeliver(_ id: String, isKnownMissing: Bool = false, actor: String) throws(Problem) -> Value {
    let row = try journal.write { writer throws(Problem) in
      guard var row = try writer.dispatch(id, of: nil) else { throw ProblemKind.dispatchUnknown.with(id) }
      guard row.status != DispatchRow.withdrawn, try writer.mayGoOut(row) else {
        throw ProblemKind.dispatchWithdrawn.with(id)
      }
      try Self.requireReachable(row.window, writer)
      // What may have arrived keeps its failure, by which the receiver is asked before it is told.
      if isKnownMissing || !row.mayHaveArrived { row.failure = nil }
      row.status = "queued"
      row.attempts = 0
      row.nextAt = clock.now()
      try writer.setDispatch(row)
      try writer.addAudit(at: clock.now(), actor: actor, action: "outbox.redeliver", subject: id)
      return row
    }
    announceCommit()
    return row.value
  }

  /// Lets all dispatches to a window go out again that were given up, and at once what waits for its next attempt; who
  /// may have one is asked first.
  /// - Returns: how many.
  /// - Throws: `window.endpoint-disabled`.
  package func redeliver(to window: WindowID, actor: String) throws(Problem) -> Int {
    let count = try journal.write { writer throws(Problem) in
      try Self.requireReachable(window, writer)
      let count = try writer.queueAgain(to: window, at: clock.now())
      try writer.addAudit(at: clock.now(), actor: actor, action: "outbox.redeliver", subject: window.text)
      return count
    }
    announceCommit()
    return count
  }

  /// What goes to an endpoint that was disabled would be given up again at once.
  private static func requireReachable(_ window: WindowID, _ reader: any JournalReader) throws(Problem) {
    guard try reader.endpoint(window)?.disabled != true else { throw ProblemKind.endpointDisabled.with(window.text) }
  }
}

extension DispatchRow {
  /// A line of `outbox list`.
  package var value: Value {
    [
      "id": .text(id), "proceeding": .text(proceeding.text), "version": .integer(version),
      "window": .text(window.text), "status": .text(status), "attempts": .integer(attempts),
      "nextAt": status == "queued" ? .text(ChinaTime.text(nextAt)) : .null,
      "createdAt": .text(ChinaTime.text(createdAt)), "deliveredAt": Value(deliveredAt.map(ChinaTime.text)),
      "failure": Value(failure),
    ]
  }
}

extension ProblemKind {
  package static let dispatchUnknown = ProblemKind(
    "dispatch.not-found", status: 404, "发件箱里没有这一件：{}。", remedy: "用 bangban-server outbox list 查看编号。")
  package static let endpointDisabled = ProblemKind(
    "window.endpoint-disabled", status: 409, "窗口 {} 的接收地址已停用：对方答复过不再接收。",
    remedy: "请用 bangban-server window endpoint 设好地址，失败的会一并重新投递。")
  package static let dispatchWithdrawn = ProblemKind(
    "dispatch.withdrawn", status: 409, "这一件不再转出去：{}。",
    remedy: "它已经收回、办结或清除，或者已归别的窗口、已有新的一版；还要转的会自动转。")
}
