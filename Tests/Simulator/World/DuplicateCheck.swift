internal import Application
internal import Cryptography
internal import Foundations
internal import Replication

/// Compares what two applications for the same matter of the same person say of each other with plain rules over what
/// people decided.
struct DuplicateCheck {
  private let oracle: Oracle
  private let application: ApplicationID
  private let state: ApplicationState?

  init(_ oracle: Oracle, _ application: ApplicationID) {
    self.oracle = oracle
    self.application = application
    state = ApplicationState.fold(oracle.entries(of: application).map(\.judged))
  }

  private func fail(_ rule: String, _ mark: DuplicateMark, _ detail: String = "") -> Violation {
    Violation(rule, "\(application) and \(mark.other), \(mark.isContested ? "contested" : "settled") \(detail)")
  }

  func run() throws {
    guard let state, state.erasure == nil else { return }
    for mark in state.duplicates {
      oracle.tally.count("duplicates found", once: "\(application) \(mark.other)")
      guard let other = ApplicationState.fold(oracle.entries(of: mark.other).map(\.judged)), other.erasure == nil else {
        continue
      }
      guard let back = other.duplicate(application) else {
        // What was submitted on a log that was lost, and is a draft now, is told of none.
        guard other.version == nil, !oracle.past.isEmpty else { throw fail("duplicates know of each other", mark) }
        continue
      }
      guard mark.isContested == back.isContested, mark.isContested || mark.decision == back.decision else {
        throw fail("a decision about duplicates holds in both", mark)
      }
      try checkDecision(mark)
    }
  }

  /// Nobody is left without a word of a duplicate that was handed in and has not ended.
  static func checkFound(_ oracle: Oracle) throws {
    var live: [String: [ApplicationState]] = [:]
    for application in oracle.applications.keys.sorted() {
      guard let state = ApplicationState.fold(oracle.entries(of: application).map(\.judged)),
        ![.draft, .closed, .withdrawn, .erased].contains(state.status),
        let number = state.version?.values[Register.applicant]?["idNumber"]?.text
      else { continue }
      live["\(state.matter) \(number)", default: []].append(state)
    }
    for alike in live.values where alike.count <= Limits.duplicatesMax {
      for one in alike {
        for other in alike where other.id != one.id && one.duplicate(other.id) == nil {
          throw Violation("duplicates are found", "\(one.id) knows nothing of \(other.id)")
        }
      }
    }
  }

  /// A decision as somebody took it, in whichever of the two.
  private struct Decision {
    let entry: LogEntry
    let value: String
    /// Itself and what mirrors it, by the application it stands in.
    var digests: [ApplicationID: Set<Digest>]
  }

  private func decisions(_ mark: DuplicateMark) -> [Decision] {
    var found: [OperationID: Decision] = [:]
    let pairs = [(application, mark.other), (mark.other, application)]
    let entries = pairs.flatMap { here, there in
      oracle.entries(of: here).filter { entry in
        [.join, .apart].contains(entry.operation.header.kind) && entry.disposition == .applied
          && entry.operation.content["other"]?.text == there.text
      }
    }
    for entry in entries where entry.operation.content["mirrors"] == nil {
      found[entry.id] = Decision(
        entry: entry, value: entry.operation.content["goesOn"]?.text ?? "apart",
        digests: [entry.application: [entry.operation.digest]])
    }
    for entry in entries {
      guard let original = entry.operation.content["mirrors"]?.text.flatMap(OperationID.init(text:)) else { continue }
      found[original]?.digests[entry.application, default: []].insert(entry.operation.digest)
    }
    return found.values.sorted { $0.entry.sequence < $1.entry.sequence }
  }

  /// The last decision of whoever had seen the others holds; those that had not seen each other stand side by side.
  private func checkDecision(_ mark: DuplicateMark) throws {
    let decisions = decisions(mark)
    // Whoever follows on what was refused, since another stands for it, does not follow on that other.
    guard oracle.past.isEmpty, !decisions.contains(where: { oracle.isStandIn($0.entry.operation.digest) }) else {
      return
    }
    let open = decisions.filter { one in
      !decisions.contains { other in
        // What somebody decided in the one application is seen in the other one once the server has written it there.
        other.entry.id != one.entry.id
          && !(oracle.seen[other.entry.operation.digest] ?? []).isDisjoint(
            with: one.digests[other.entry.application] ?? [])
      }
    }
    let values = Set(open.map(\.value))
    tally(mark, decisions)
    guard mark.isContested == (values.count > 1) else {
      throw fail("only concurrent decisions stand side by side", mark, "\(open.map { "\($0.entry.id) \($0.value)" })")
    }
    guard values.count == 1, let value = values.first else { return }
    let shown =
      switch mark.decision {
      case .joined(let goesOn)?: goesOn.text
      case .apart?: "apart"
      case nil: "nothing"
      }
    guard shown == value else { throw fail("the last decision holds", mark, "\(shown), not \(value)") }
  }

  private func tally(_ mark: DuplicateMark, _ decisions: [Decision]) {
    for decision in decisions {
      oracle.tally.count(decision.value == "apart" ? "kept apart" : "joined", once: decision.entry.id.text)
    }
    if Set(decisions.map(\.value)).count > 1, !mark.isContested {
      oracle.tally.count(
        "decided otherwise", once: [application.text, mark.other.text].sorted().joined(separator: " "))
    }
    if mark.isContested {
      oracle.tally.count(
        "decisions side by side", once: [application.text, mark.other.text].sorted().joined(separator: " "))
    }
  }
}
