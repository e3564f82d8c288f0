internal import Application
internal import CaptureStore
package import Foundations
internal import Replication

/// Applications for the same matter of the same person 重复件: what the county found, and what people decide about it.
extension Assistant {
  /// What was found: `{application, applicationCode, matterName, …}` each, with what `ApplicationState.duplicatesView`
  /// says; what a person must decide stands first.
  /// - Parameter id: one application; nil for all.
  package func duplicates(_ id: String?) throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      let names = try Self.names(session)
      var lines: [Value] = []
      for id in try Self.chosen(id, orAll: .duplicate, session) {
        let state = try Self.state(id, session)
        let matter = try session.matterName(state.matter) ?? state.matter.text
        lines += state.duplicatesView(name: names).map { line in
          var line = line
          line["application"] = .text(state.id.text)
          line["applicationCode"] = .text(state.code)
          line["matterName"] = .text(matter)
          return line
        }
      }
      return lines.filter { $0["open"] == true } + lines.filter { $0["open"] != true }
    }
  }

  /// Decides that two applications are one and the same: one goes on, the other stands still until somebody decides
  /// otherwise. `{id, code, other, decision, goesOn, standsBehind}`.
  /// - Parameters:
  ///   - other: the other application's code or id, as `duplicates` lists it.
  ///   - keep: which of the two goes on, by its code or id; nil for the one submitted first.
  /// - Throws: `duplicate.unknown`, `duplicate.ended`, `duplicate.behind`, `duplicate.carries`.
  package func join(_ id: String, with other: String, keeping keep: String?) throws(Problem) -> Value {
    try decide(id, other) { state, mark throws(Problem) in
      guard let goesOn = keep.map({ Self.application($0, state, mark) }) ?? mark.first else {
        throw ProblemKind.duplicateKeep.with(String((keep ?? "").prefix(60)))
      }
      return (.join, state.payload(joining: mark, keeping: goesOn))
    }
  }

  /// Decides that two applications are two: both go on. `{id, code, other, decision, goesOn, standsBehind}`.
  /// - Throws: `duplicate.unknown`.
  package func keepApart(_ id: String, from other: String) throws(Problem) -> Value {
    try decide(id, other) { state, mark in (.apart, state.payload(apartFrom: mark)) }
  }

  private func decide(
    _ id: String, _ other: String,
    _ decision: (ApplicationState, DuplicateMark) throws(Problem) -> (OperationKind, Value)
  ) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      let state = try Self.state(named: id, session)
      guard let mark = Self.mark(other.halfWidth.trimmed, state) else { throw Problem(.duplicateUnknown) }
      let (kind, payload) = try decision(state, mark)
      let register = Register.duplicate(mark.other)
      let heads = mark.decisions.heads.map(\.operation)
      try session.append(Deed(kind, state.id, payload, parents: heads.isEmpty ? [:] : [register: heads]))
      let after = try Self.state(state.id, session)
      let view = after.duplicatesView(name: { $0.text }).first { $0["id"] == .text(mark.other.text) }
      return [
        "id": .text(state.id.text), "code": .text(state.code), "other": .text(mark.code),
        "decision": view?["decision"] ?? .null, "goesOn": view?["goesOn"] ?? .null,
        "standsBehind": Value(after.standsBehind?.code),
      ]
    }
  }

  /// A duplicate by its id, its code, or the beginning or ending of its code that only it has.
  private static func mark(_ name: String, _ state: ApplicationState) -> DuplicateMark? {
    if let exact = state.duplicates.first(where: { $0.other.text == name || $0.code == name }) { return exact }
    let wanted = name.uppercased()
    guard !wanted.isEmpty else { return nil }
    let near = state.duplicates.filter { $0.code.hasPrefix(wanted) || $0.code.hasSuffix(wanted) }
    return near.count == 1 ? near.first : nil
  }

  private static func application(
    _ name: String, _ state: ApplicationState, _ mark: DuplicateMark
  ) -> ApplicationID? {
    let wanted = name.halfWidth.trimmed
    return state.application(named: wanted, in: mark) ?? state.application(named: wanted.uppercased(), in: mark)
  }

  /// Settles decisions that stand side by side, by taking one of them.
  static func resolve(
    _ mark: DuplicateMark, of state: ApplicationState, take: Int?, _ session: StoreSession
  ) throws(Problem) -> Value {
    guard let take, mark.decisions.candidates.indices.contains(take - 1) else {
      throw ProblemKind.resolveChoice.with(take.map { String($0) } ?? "—")
    }
    let write = mark.decisions.candidates[take - 1]
    let payload =
      switch DuplicateDecision(write.value) {
      case .joined(let goesOn)?: (OperationKind.join, state.payload(joining: mark, keeping: goesOn))
      default: (OperationKind.apart, state.payload(apartFrom: mark))
      }
    try session.append(
      Deed(
        payload.0, state.id, payload.1,
        parents: [Register.duplicate(mark.other): mark.decisions.heads.map(\.operation)]))
    return [
      "id": .text(state.id.text), "code": .text(state.code), "field": .text(Register.name(of: mark)),
      "value": write.value,
    ]
  }

  // MARK: Before it is filed

  /// What this device itself holds of the same matter for the same person and has not ended: `{id, code, status}` each.
  /// It stops nobody: a person knows better, and asks.
  package func similar(_ id: String) throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      let state = try Self.state(named: id, session)
      return try Self.similar(
        to: state.value(Register.applicant) ?? .null, in: state.matter, except: state.id, session)
    }
  }

  /// - Parameter applicant: by the number; a name alone is nobody's.
  static func similar(
    to applicant: Value, in matter: MatterID, except id: ApplicationID?, _ session: StoreSession
  ) throws(Problem) -> [Value] {
    guard let identity = SearchTerm.identity(applicant) else { return [] }
    let live: Set<String> = ["draft", "submitted", "inProgress", "correction"]
    return try session.applications(term: identity, limit: Limits.listRowsDefault)
      .filter { row in
        row.id != id && row.matter == matter && live.contains(row.status)
          && SearchTerm.identity(row.view["applicant"] ?? .null) == identity
      }
      .map { ["id": .text($0.id.text), "code": .text($0.code), "status": .text($0.status)] }
  }
}
