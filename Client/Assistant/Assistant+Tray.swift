internal import Application
internal import CaptureStore
package import Foundations
internal import Replication

/// The county's review tray 待处理, as far as it concerns this device.
extension Assistant {
  /// What lies or lay there, the oldest first: `{id, application, code, operation, own, what, reason, why, since,
  /// status, settledAt, note, seen}` each. `status` is `open`, `admitted`, `declined` or `reminted`; `id` is what the
  /// administrator's listing calls it.
  package func tray() throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in try Self.trayLines(nil, session) }
  }

  /// Takes note of how an entry ended, or of what windows denied of an application, so that it stands among what is to
  /// be done no more: `{seen}`, how many.
  /// - Parameter id: of the entry; `all` for all that have ended; an application's for the notices that were handed
  ///   over and the late edits that were declined.
  /// - Throws: `tray.unknown`; `tray.open` for one that nobody has decided about.
  package func seeTray(_ id: String) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      if id == "all" { return ["seen": Value(try session.noteSeen(nil))] }
      guard let row = try session.countyTray().first(where: { $0.entry.id == id }) else {
        if try Self.trayLines(nil, session).contains(where: { $0["id"]?.text == id }) { throw Problem(.trayOpen) }
        return ["seen": Value(try Self.noteDenied(id, session))]
      }
      guard row.entry.status != .open else { throw Problem(.trayOpen) }
      return ["seen": Value(try session.noteSeen(id))]
    }
  }

  private static func noteDenied(_ id: String, _ session: StoreSession) throws(Problem) -> Int {
    let state: ApplicationState
    do {
      state = try Self.state(named: id, session)
    } catch  where error.code == ProblemKind.applicationNotFound.code {
      throw ProblemKind.trayEntryUnknown.with(String(id.prefix(40)))
    }
    return try session.noteSeen(
      operations: state.denialNotices.map(\.operation) + state.declined.values.map(\.operation))
  }

  /// As `tray`; of one application or of all.
  static func trayLines(_ application: ApplicationID?, _ session: StoreSession) throws(Problem) -> [Value] {
    let own = try session.ownDevices()
    let rows = try session.countyTray(application)
    let known = Set(rows.map(\.entry.operation))
    var entries = rows.map { ($0.entry, $0.isSeen) }
    // What this device knows of by itself: nobody has decided about it, or it would have been told.
    for operation in try session.waiting(application) {
      guard own.contains(operation.id.device), !known.contains(operation.id) else { continue }
      // What opens an application follows on nothing: only its form can be wanting, after a backup was put back.
      let reason = operation.header.kind == .create && !operation.isErased ? "form.unknown" : "parent.missing"
      entries.append((TrayEntry(operation, reason, operation.header.claimedAt), false))
    }
    for aside in try session.tray() where isMeant(aside.application, application) {
      guard !known.contains(aside.operation), let judged = try session.operation(aside.operation) else { continue }
      let since = judged.judgement?.receivedAt ?? judged.operation.header.claimedAt
      entries.append((TrayEntry(judged.operation, aside.reason, since), false))
    }
    var lines: [Value] = []
    for (entry, isSeen) in entries {
      lines.append([
        "id": .text(entry.id), "application": .text(entry.application.text),
        "code": Value(try session.code(of: entry.application)), "operation": .text(entry.operation.text),
        "own": .bool(own.contains(entry.operation.device)), "what": .text(entry.kind.words),
        "reason": .text(entry.reason), "why": .text(words(reason: entry.reason)),
        "since": .text(ChinaTime.text(entry.receivedAt)), "status": .text(entry.status.rawValue),
        "settledAt": Value(entry.settledAt.map(ChinaTime.text)), "note": Value(entry.note), "seen": .bool(isSeen),
      ])
    }
    return lines
  }

  private static func isMeant(_ one: ApplicationID, _ application: ApplicationID?) -> Bool {
    application.map { $0 == one } ?? true
  }

  /// Why something lies in the tray, as people read it.
  static func words(reason: String) -> String {
    if let stop = StopReason(rawValue: reason) { return stop.words }
    return RefusalWords.words(reason)
  }
}

extension TrayEntry {
  /// One that the county did not need to tell of.
  fileprivate init(_ operation: Operation, _ reason: String, _ receivedAt: Instant) {
    self.init(
      id: operation.id.text, operation: operation.id, application: operation.header.application,
      kind: operation.header.kind, reason: reason, receivedAt: receivedAt, status: .open)
  }
}

extension ProblemKind {
  package static let trayEntryUnknown = ProblemKind(
    "tray.unknown", status: 404, "待处理里没有这一条：{}。", remedy: "用 bangban tray 查看编号。")
  package static let trayOpen = ProblemKind(
    "tray.open", status: 409, "这一条县里还没有处理，不能标为看过。", remedy: "请等县里处理，同步以后再看。")
}
