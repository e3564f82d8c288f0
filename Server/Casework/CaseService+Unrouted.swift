internal import Application
internal import Catalog
package import Foundations
internal import Journal
internal import Replication

/// Proceedings that no window is there for. They stand in the tray until the county has one, and go out then.
extension CaseService {
  /// Gives windows to proceedings for which there was none, now that the county's windows have changed.
  /// - Returns: how many have one.
  package func routeUnrouted() throws(Problem) -> Int {
    var found = 0
    var after: ProceedingID?
    repeat {
      let start = after
      let (more, last) = try journal.read { reader throws(Problem) in try self.matched(after: start, reader) }
      try touch(more.keys.sorted())
      found += more.values.reduce(0, +)
      after = last
    } while after != nil
    return found
  }

  /// - Returns: of some proceedings without a window, how many there is one for, by their applications, and the last
  ///   that was looked at; nil where there are no more.
  private func matched(
    after: ProceedingID?, _ reader: any JournalReader
  ) throws(Problem) -> (found: [ApplicationID: Int], last: ProceedingID?) {
    let county = try county(reader)
    var found: [ApplicationID: Int] = [:]
    let rows = try reader.unrouted(after: after, limit: Self.chunkMax)
    for application in Set(rows.map(\.application)) {
      guard let state = ApplicationState.fold(try reader.operations(application)),
        let act = CaseFlow.next(state, missing: [], county: county, now: clock.now()), act.kind == .route
      else { continue }
      found[application] = act.content.value["proceedings"]?.array?.count
    }
    return (found, rows.last?.id)
  }

  /// Lines of `tray list`: `{kind, id, application, name, status, code, why, at}`.
  func unroutedLines(limit: Int, _ reader: any JournalReader) throws(Problem) -> [Value] {
    let county = try county(reader)
    var states: [ApplicationID: ApplicationState] = [:]
    var lines: [Value] = []
    for row in try reader.unrouted(after: nil, limit: limit) {
      var state = states[row.application]
      if state == nil { state = ApplicationState.fold(try reader.operations(row.application)) }
      states[row.application] = state
      lines.append(Self.line(row, state, county))
    }
    return lines
  }

  /// The line of one of them; nil of anything else.
  func unroutedLine(_ id: String, _ reader: any JournalReader) throws(Problem) -> Value? {
    guard let row = try reader.proceeding(ProceedingID(id)) else { return nil }
    let county = try county(reader)
    guard row.isUnrouted(in: county) else { return nil }
    return Self.line(row, ApplicationState.fold(try reader.operations(row.application)), county)
  }

  private static func line(_ row: ProceedingRow, _ state: ApplicationState?, _ county: County) -> Value {
    let proceeding = state?.proceeding(row.id)
    // It was added after a backup and went with a log that was lost: only its id is known here.
    let lost = row.window.map { window in
      let name = proceeding.map { "“\($0.windowName)”" } ?? ""
      return "办理它的窗口\(name)不在窗口表里；恢复备份以后要加回来：window add --id \(window.text)"
    }
    return [
      "kind": "unrouted", "id": .text(row.id.text), "application": .text(row.application.text),
      "name": Value(proceeding?.itemName), "status": .text(row.status),
      "code": .text(lost == nil ? "routing.unrouted" : "routing.window-lost"),
      "why": Value(lost ?? state.flatMap { CaseFlow.whyUnrouted(row.id.item, $0, county) }),
      "at": Value((state?.versions.first?.at).map(ChinaTime.text)),
    ]
  }
}

extension ProceedingRow {
  /// Whether it is alive and no window is there for it.
  fileprivate func isUnrouted(in county: County) -> Bool {
    window.flatMap(county.window) == nil && ProceedingStatus(rawValue: status)?.isFinal == false
  }
}

extension ProblemKind {
  package static let trayUnrouted = ProblemKind(
    "tray.unrouted", status: 409, "这个子办件还没有窗口接，没有什么可采纳或搁置的：{}。",
    remedy: "请用 bangban-server window add 或 window import 安排窗口，有了窗口就会转过去。")
}
