package import Foundations
package import Replication

/// How another application stands, as far as its duplicate is told.
package enum DuplicateStatus: String, Sendable {
  case live, closed, withdrawn, erased

  package init(_ state: ApplicationState) {
    switch state.status {
    case .withdrawn: self = .withdrawn
    case .closed: self = .closed
    case .erased: self = .erased
    case .draft, .submitted, .inProgress, .correction: self = .live
    }
  }
}

/// What a person decided about two applications for the same matter of the same person.
package enum DuplicateDecision: Sendable, Hashable {
  /// One of the two goes on; the other one stands still.
  case joined(goesOn: ApplicationID)
  case apart

  package init?(_ value: Value?) {
    switch value {
    case .text(let id): self = .joined(goesOn: ApplicationID(id))
    case .bool(false): self = .apart
    default: return nil
    }
  }

  var value: Value {
    switch self {
    case .joined(let goesOn): .text(goesOn.text)
    case .apart: .bool(false)
    }
  }
}

/// Another application for the same matter of the same person 重复件, as its duplicate knows it: nothing but its number,
/// its station and whether it lives.
///
/// Invariant: *both applications hold the same decisions, each with the same ancestry.* Whatever is decided in one the
/// server writes into the other, naming the operation it mirrors.
package struct DuplicateMark: Sendable, Hashable {
  package let other: ApplicationID
  package let code: String
  package let station: StationID
  package let stationName: String
  /// Which of the two had been submitted when the other one was.
  package let first: ApplicationID
  package let foundAt: Instant
  package internal(set) var status: DuplicateStatus
  /// A register like any other: decisions that did not see each other stand side by side.
  package internal(set) var decisions = RegisterState()
  /// Operations of this application that mirror one of the other's.
  package internal(set) var mirrors: [OperationID: OperationID] = [:]
  /// Of decisions that were taken in this application, were lost, and came back in what mirrored them alone: what
  /// stands for each here.
  package internal(set) var standIns: [OperationID: OperationID] = [:]

  /// What holds now; nil before anybody decided. Beside each other the first decision stands, a window's before a
  /// station's, until people agree.
  package var decision: DuplicateDecision? { DuplicateDecision(decisions.value) }

  package var isContested: Bool { decisions.isInConflict }

  /// Whether a person must look.
  /// - Parameter own: the application that holds this mark.
  func isOpen(in own: ApplicationStatus) -> Bool {
    if isContested { return true }
    switch decision {
    case .apart: return false
    case .joined(let goesOn): return goesOn == other && status != .live && !own.hasEnded
    case nil: return status == .live && !own.hasEnded
    }
  }

  /// What mirrors the same decision of the other application as an operation does: after a restore it may have been
  /// mirrored anew before what had mirrored it came back.
  func twins(of operation: OperationID) -> [OperationID] {
    guard let original = mirrors[operation] else { return [] }
    return mirrors.filter { $0.value == original && $0.key != operation }.map(\.key).sorted()
  }

  /// The decisions of this application that stand in another one's place.
  /// - Parameters:
  ///   - parents: operations of the other application.
  ///   - mark: the other application's mark of this one.
  package func counterparts(of parents: [OperationID], in mark: DuplicateMark) -> [OperationID] {
    var found: [OperationID] = []
    var seen: Set<OperationID> = []
    var open = parents
    while let next = open.popLast() {
      guard seen.insert(next).inserted else { continue }
      if let original = mark.mirrors[next] {
        found.append(original)
        continue
      }
      // After a restore one may have come back beside another; both stand for it.
      let standing = mirrors.filter { $0.value == next }.map(\.key)
      found += standing
      if standing.isEmpty {
        // Refused ones were never mirrored; ancestry runs through them.
        open += mark.decisions.writes.first { $0.operation == next }?.saw ?? []
      }
    }
    return found.sorted()
  }
}

extension Register {
  /// The name people use for the decisions about a duplicate.
  package static func name(of mark: DuplicateMark) -> String { "duplicate:" + mark.code }
}

extension ApplicationState {
  /// The mark of another application; nil where it was not found to be a duplicate.
  package func duplicate(_ other: ApplicationID) -> DuplicateMark? { duplicates.first { $0.other == other } }

  /// The application that goes on in the place of this one; nil where this one goes on itself.
  ///
  /// Invariant: *what stands behind another one loses nothing and goes out to nobody.*
  package var standsBehind: DuplicateMark? {
    duplicates.first { mark in
      guard case .joined(let goesOn)? = mark.decision else { return false }
      return goesOn == mark.other
    }
  }

  /// The duplicates about which a person must decide.
  package var openDuplicates: [DuplicateMark] { duplicates.filter { $0.isOpen(in: status) } }

  /// Duplicates about which decisions stand side by side.
  package var contestedDuplicates: [DuplicateMark] { duplicates.filter(\.isContested) }

  /// A register by its name, decisions about duplicates among them.
  func register(_ name: String) -> RegisterState? {
    if let state = registers[name] { return state }
    return duplicates.first { Register.duplicate($0.other) == name }?.decisions
  }

  // MARK: Judging

  /// What is decided in an operation; nil where it does not say.
  private func decision(_ kind: OperationKind, _ payload: Value) -> DuplicateDecision? {
    guard kind == .join else { return .apart }
    return payload["goesOn"]?.text.map { .joined(goesOn: ApplicationID($0)) }
  }

  /// A device's decision. What only the server says it must not say.
  func judgeDecision(_ kind: OperationKind, _ payload: Value) -> Disposition {
    guard ["mirrors", "standsForLost", "by"].allSatisfy({ payload[$0] == nil }) else {
      return .refused("operation.not-yours")
    }
    return refusal(ofDecision: kind, payload).map(Disposition.refused) ?? .applied
  }

  /// The code with which a decision about a duplicate is refused; nil where it is in order.
  ///
  /// Nothing may stand behind what stands still or has ended, and no circle may come to be: whichever of the two it is
  /// written in, who stands behind carries nobody, and who goes on stands behind nobody.
  package func refusal(ofDecision kind: OperationKind, _ payload: Value) -> String? {
    guard let other = payload["other"]?.text, let mark = duplicate(ApplicationID(other)) else {
      return "duplicate.unknown"
    }
    guard case .joined(let goesOn)? = decision(kind, payload) else { return kind == .join ? "duplicate.unknown" : nil }
    guard goesOn == id || goesOn == mark.other else { return "duplicate.unknown" }
    if goesOn == id {
      if status.hasEnded { return "duplicate.ended" }
      return standsBehind.map { $0.other != mark.other } == true ? "duplicate.behind" : nil
    }
    if mark.status != .live { return "duplicate.ended" }
    let carries = duplicates.contains { $0.other != mark.other && $0.decision == .joined(goesOn: id) }
    return carries ? "duplicate.carries" : nil
  }

  // MARK: Deciding

  /// What a decision says that one of the two goes on and the other stands still.
  package func payload(joining mark: DuplicateMark, keeping goesOn: ApplicationID) -> Value {
    [
      "other": .text(mark.other.text), "goesOn": .text(goesOn.text), "goesOnCode": .text(code(of: goesOn, mark)),
    ]
  }

  /// What a decision says that both go on.
  package func payload(apartFrom mark: DuplicateMark) -> Value { ["other": .text(mark.other.text)] }

  /// Which of the two somebody means by an id or a code; nil for neither.
  package func application(named name: String, in mark: DuplicateMark) -> ApplicationID? {
    if name == id.text || name == code { return id }
    return name == mark.other.text || name == mark.code ? mark.other : nil
  }

  // MARK: Folding

  /// The server found a duplicate, or says how it stands now.
  mutating func applyDuplicate(_ context: FoldContext) {
    guard let other = context.payload["other"]?.text.map({ ApplicationID($0) }) else { return }
    let status = context.payload["status"]?.text.flatMap(DuplicateStatus.init(rawValue:)) ?? .live
    if let index = duplicates.firstIndex(where: { $0.other == other }) {
      duplicates[index].status = status
      return
    }
    duplicates.append(
      DuplicateMark(
        other: other, code: context.payload["code"]?.text ?? "",
        station: StationID(context.payload["station"]?.text ?? ""),
        stationName: context.payload["stationName"]?.text ?? "",
        first: ApplicationID(context.payload["first"]?.text ?? other.text), foundAt: context.at, status: status))
  }

  /// Decisions are recorded whatever became of them, like writes.
  mutating func recordDecision(_ context: FoldContext) {
    let (header, payload) = (context.header, context.payload)
    guard header.kind == .join || header.kind == .apart, let other = payload["other"]?.text,
      let index = duplicates.firstIndex(where: { $0.other.text == other }),
      let decision = decision(header.kind, payload)
    else { return }
    let parents = header.parents[Register.duplicate(duplicates[index].other)] ?? []
    if let original = payload["mirrors"]?.text.flatMap(OperationID.init(text:)) {
      duplicates[index].mirrors[header.id] = original
    }
    let mark = duplicates[index]
    duplicates[index].decisions.add(
      RegisterWrite(
        operation: header.id, value: decision.value,
        // Whoever saw a decision saw what stands for it, and what says the same.
        saw: parents + (parents + [header.id]).compactMap { mark.standIns[$0] } + parents.flatMap(mark.twins),
        applied: context.disposition == .applied, person: header.person, at: context.at,
        standing: context.sequence == nil ? .unsent : payload["by"] == "window" ? .window : .station,
        sequence: context.sequence), alike: mark.twins(of: header.id))
    if let lost = payload["standsForLost"]?.text.flatMap(OperationID.init(text:)) {
      duplicates[index].standIns[lost] = header.id
    }
  }

  // MARK: Showing

  /// One object a duplicate: `{id, code, station, stationName, status, first, foundAt, decision, goesOn, open,
  /// decisions:[{n, decision, goesOn, by, at}]}`; more than one decision is a conflict.
  package func duplicatesView(name: (PersonID) -> String) -> [Value] {
    let places = Dictionary(timeline.map { ($0.operation, $0.place) }, uniquingKeysWith: { first, _ in first })
    return duplicates.map { mark in
      var view: Value = [
        "id": .text(mark.other.text), "code": .text(mark.code), "station": .text(mark.station.text),
        "stationName": .text(mark.stationName), "status": .text(mark.status.rawValue),
        "first": .text(code(of: mark.first, mark)), "foundAt": .text(ChinaTime.text(mark.foundAt)),
        "open": .bool(mark.isOpen(in: status)),
      ]
      view["decision"] = .text(Self.word(mark.decision))
      view["goesOn"] = goesOn(mark.decision, mark)
      view["decisions"] = .array(
        mark.decisions.candidates.enumerated().map { index, write in
          let decision = DuplicateDecision(write.value)
          return [
            "n": .integer(Int64(index + 1)), "decision": .text(Self.word(decision)), "goesOn": goesOn(decision, mark),
            "by": .text((places[write.operation] ?? nil) ?? name(write.person)), "at": .text(ChinaTime.text(write.at)),
          ]
        })
      return view
    }
  }

  /// Decisions that stand side by side, as conflicts are listed: of kind `duplicate`.
  func contestedView(name: (PersonID) -> String) -> [Value] {
    zip(duplicates, duplicatesView(name: name)).filter(\.0.isContested).map { mark, view in
      [
        "id": .text(id.text), "field": .text(Register.name(of: mark)), "kind": "duplicate",
        "candidates": .array(
          (view["decisions"]?.array ?? []).map { line in
            var line = line
            line["value"] = line["goesOn"]?.isNull == true ? "分开办" : .text("合并，由\(line["goesOn"]?.text ?? "")接着办")
            return line
          }),
        "token": .text(listingToken(Register.duplicate(mark.other))),
      ]
    }
  }

  private static func word(_ decision: DuplicateDecision?) -> String {
    switch decision {
    case nil: "undecided"
    case .joined: "joined"
    case .apart: "apart"
    }
  }

  private func goesOn(_ decision: DuplicateDecision?, _ mark: DuplicateMark) -> Value {
    guard case .joined(let goesOn)? = decision else { return .null }
    return .text(code(of: goesOn, mark))
  }

  private func code(of application: ApplicationID, _ mark: DuplicateMark) -> String {
    application == id ? code : mark.code
  }
}
