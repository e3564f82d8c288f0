internal import Application
internal import Foundations
internal import Replication

/// Compares what is derived from one application's operations with plain rules over its history.
struct ApplicationCheck {
  private let application: ApplicationID
  private let entries: [LogEntry]
  private let oracle: Oracle

  init(_ oracle: Oracle, _ application: ApplicationID) {
    self.application = application
    entries = oracle.entries(of: application)
    self.oracle = oracle
  }

  private func fail(_ rule: String, _ detail: String) -> Violation { Violation(rule, "\(application): \(detail)") }

  func run() throws {
    guard let state = ApplicationState.fold(entries.map(\.judged)) else { return }
    guard state.erasure == nil else { return tally(.purge, application.text) }
    try checkClosed()
    try checkRule(state)
    let registers = Set(entries.flatMap { ($0.operation.content["set"]?.object ?? [:]).keys })
    for register in registers.sorted() { try check(register, state) }
  }

  private enum What: String {
    case purge = "applications erased"
    case rule = "conflicts of a rule"
    case group = "conflicts of a group"
    case field = "conflicts of a field"
  }

  private func tally(_ what: What, _ id: String) { oracle.tally.count(what.rawValue, once: id) }

  /// Dates that cannot both be true are a conflict, and dates that can are none by that.
  private func checkRule(_ state: ApplicationState) throws {
    let values = SimulatedMatters.dates.compactMap { state.value($0)?.text }
    let isBroken = state.matter.text == SimulatedMatters.whole && values.count == 2 && values[0] > values[1]
    for field in SimulatedMatters.dates {
      let isShown = state.conflicts.contains(field)
      let hasSeveral = state.registers[field]?.isInConflict == true
      guard isShown == (isBroken || hasSeveral) else {
        throw fail("a broken rule is a conflict", "\(field): \(values)")
      }
    }
    if isBroken { tally(.rule, application.text) }
  }

  /// One write of a register.
  private struct Write {
    let entry: LogEntry
    let value: Value
  }

  /// Two writes that did not see each other and differ are a conflict, unless one that saw them put an end to it.
  private func check(_ register: String, _ state: ApplicationState) throws {
    let writes = entries.compactMap { entry in
      entry.operation.content["set"]?[register].map { Write(entry: entry, value: $0) }
    }
    for head in state.registers[register]?.heads ?? [] {
      let disposition = writes.first { $0.entry.id == head.operation }?.entry.disposition
      guard disposition == .applied || disposition == .late else {
        throw fail("what was refused has no effect", "\(register) \(head.operation)")
      }
    }
    // What came late, or was set aside by a submission that had not seen it, stands beside the version, and shows.
    let late = Set(state.timeline.filter { $0.code == Disposition.late.text }.map(\.operation))
    let counted = writes.filter { $0.entry.disposition == .applied && !late.contains($0.entry.id) }
    // What came late puts an end to others after all, once a submission takes it in whose author had seen it.
    let taken = writes.filter { late.contains($0.entry.id) && isTakenIn($0.entry) }
    let open = counted.filter { write in !(counted + taken).contains { hasSeen($0.entry, write.entry) } }
    let values = Set(open.map(\.value))
    let isShown = state.registers[register]?.isInConflict == true
    if isShown { tally(Register.isGroup(register) ? .group : .field, "\(application) \(register)") }
    if isShown, !state.conflicts.contains(register) { throw fail("every conflict is listed", register) }
    if values.count > 1, !isShown {
      throw fail("every concurrent difference is surfaced", "\(register): \(open.map(\.entry.id))")
    }
    // A late write that was admitted afterwards was no head for whoever wrote in between; and whoever follows on what
    // was refused, since another stands for it, does not follow on that other.
    if isShown, values.count < 2,
      !writes.contains(where: { write in
        let isRefusedStandIn = oracle.isStandIn(write.entry.operation.digest) && write.entry.disposition != .applied
        return write.entry.disposition == .late || late.contains(write.entry.id) || isRefusedStandIn
      })
    {
      throw fail("only concurrent differences are conflicts", "\(register): \(open.map(\.entry.id))")
    }
  }

  private func isTakenIn(_ late: LogEntry) -> Bool {
    entries.contains { $0.operation.header.kind == .submit && $0.disposition == .applied && hasSeen($0, late) }
  }

  private func hasSeen(_ entry: LogEntry, _ other: LogEntry) -> Bool {
    oracle.seen[entry.operation.digest]?.contains(other.operation.digest) == true
  }

  /// After a submission only what an open correction names can be changed by stations.
  private func checkClosed() throws {
    var isSubmitted = false
    var open: [String: Set<String>] = [:]
    for entry in entries where entry.disposition == .applied {
      let content = entry.operation.content
      switch entry.operation.header.kind {
      case .submit:
        isSubmitted = true
        for answered in content["answers"]?.array ?? [] { open[answered.text ?? ""] = nil }
      case .correct:
        let fields = (content["defects"]?.array ?? []).compactMap { $0["field"]?.text }
        open[content["proceeding"]?.text ?? ""] = Set(fields)
      case .terminate: open[content["proceeding"]?.text ?? ""] = nil
      case .withdraw: open = [:]
      case .write where isSubmitted:
        let changed = (content["set"]?.object ?? [:]).keys
        let allowed = open.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        guard allowed.isSuperset(of: changed) else {
          throw fail("what was submitted stays as it was", entry.line)
        }
      default: break
      }
    }
  }
}
