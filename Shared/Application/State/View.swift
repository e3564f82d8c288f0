package import Foundations
internal import Replication

/// When a proceeding is due, as the calendar says now.
package struct DueView: Sendable, Hashable {
  /// A day of it.
  package enum Day: String, Sendable, CaseIterable {
    case due, statutoryDue, receivedDay, deferralDue, certificateDue, inspectionDue
  }

  package var due: CivilDate?
  package var statutoryDue: CivilDate?
  /// The days that rest on a guess about a year without a calendar: provisional, and shown with ≈. Each by itself, or a
  /// day that is certain would pass for a guess.
  package var estimates: Set<Day> = []
  /// The legal day of receipt: what comes to a window on a day off is received on the next working day.
  package var receivedDay: CivilDate?
  /// The special procedure that runs: how long it has taken. No remaining time is shown meanwhile.
  package var suspension: SuspensionDays?
  /// Special procedures that took longer than was announced to the applicant in writing.
  package var overruns: [SuspensionDays] = []
  /// By when deferred materials must be there.
  package var deferralDue: CivilDate?
  /// By when the certificate must be issued and delivered (行政许可法 44).
  package var certificateDue: CivilDate?
  /// By when the site inspection must be made.
  package var inspectionDue: CivilDate?

  package init(due: CivilDate?, statutoryDue: CivilDate?) {
    self.due = due
    self.statutoryDue = statutoryDue
  }

  /// Whether the promised or the statutory day is provisional.
  package var estimated: Bool { !estimates.isDisjoint(with: [.due, .statutoryDue]) }

  /// Notes that a day is a guess, where it is.
  package mutating func note(_ day: Day, isEstimated: Bool) {
    if isEstimated { estimates.insert(day) }
  }

  /// `estimates`, the names of the provisional days, where there are any.
  package func addEstimates(to view: inout Value) {
    guard !estimates.isEmpty else { return }
    view["estimates"] = .array(Day.allCases.filter(estimates.contains).map { .text($0.rawValue) })
  }
}

/// How long a special procedure took, against what was announced: working days.
package struct SuspensionDays: Sendable, Hashable {
  package let procedure: String
  package let days: Int
  package let announced: Int

  package init(procedure: String, days: Int, announced: Int) {
    self.procedure = procedure
    self.days = days
    self.announced = announced
  }

  /// Whether it took longer than announced.
  package var isOverrun: Bool { days > announced }

  /// `{procedure, days, announced, overrun}`
  package var value: Value {
    [
      "procedure": .text(procedure), "days": Value(days), "announced": Value(announced), "overrun": .bool(isOverrun),
    ]
  }
}

/// An application as `show` prints it.
extension ApplicationState {
  /// The object of `bangban show --json`.
  /// - Parameters:
  ///   - due: when a proceeding is due.
  ///   - name: a person's or place's name for who did something.
  ///   - material: a material's name by its id; nil leaves the id.
  package func view(
    due: (ProceedingState) -> DueView?, name: (PersonID) -> String, material: (String) -> String? = { _ in nil }
  ) -> Value {
    [
      "id": .text(id.text), "code": .text(code), "matter": .text(matter.text), "status": .text(status.rawValue),
      "version": .integer(version?.number ?? 0), "applicant": value(Register.applicant) ?? [:],
      "agent": value(Register.agent) ?? .null, "division": value(Register.division) ?? .null,
      "items": value(Register.items) ?? .null, "station": .text(station.text),
      "createdAt": .text(ChinaTime.text(createdAt)), "fields": .object(fieldValues),
      "materials": materialsView, "proceedings": .array(proceedings.map { view(of: $0, due: due($0)) }),
      "conflicts": .array(conflictsView(name: name)), "duplicates": .array(duplicatesView(name: name)),
      "standsBehind": Value(standsBehind?.code), "late": .array(late.map(Self.view)),
      "notes": .array(
        notes.map { ["at": .text(ChinaTime.text($0.at)), "by": .text(name($0.person)), "text": .text($0.text)] }),
      "refusal": Value(refusal), "erasure": erasure?.value ?? .null, "shares": .array(shares.map(Value.text)),
      "deferred": .array((version?.deferred ?? []).map(Value.text)),
      "commitments": .array((version?.commitments ?? []).map(\.value)),
      "documents": .array(documents.map(\.value)), "correction": openCorrection?.value ?? .null,
      "violations": .array(violationsView), "rectifications": .array(rectifications.map(\.value)),
      "timeline": .array(timelineView(name: name, material: material)), "sync": .text(syncState),
    ]
  }

  /// Of the object of `show` what a listing shows: few bytes, which are sealed anew with every change.
  package var listedView: Value {
    [
      "applicant": value(Register.applicant) ?? [:], "duplicates": .array(duplicatesView(name: { $0.text })),
      "standsBehind": Value(standsBehind?.code),
    ]
  }

  /// The members of `listedView`.
  package static let listedMembers: Set<String> = ["applicant", "duplicates", "standsBehind"]

  /// `pending` while nothing was sent, `partial` while something is unsent, else `synced`.
  package var syncState: String { unsent == 0 ? "synced" : unsent == operations ? "pending" : "partial" }

  /// The shown value of every field, groups taken apart.
  package var fieldValues: Members { Self.fieldValues(shownValues) }

  /// The values of fields among those of registers, groups taken apart.
  package static func fieldValues(_ registers: Members) -> Members {
    var fields: [(String, Value)] = []
    fields.reserveCapacity(registers.count)
    var groups: [(name: String, members: Members)] = []
    for (register, value) in registers where Register.isField(register) {
      if Register.isGroup(register), let members = value.object {
        groups.append((register, members))
      } else {
        fields.append((register, value))
      }
    }
    // A field that stands alone counts before one in a group, and groups have one order on every replica.
    for group in groups.sorted(by: { $0.name < $1.name }) { fields += group.members.map { ($0.key, $0.value) } }
    return Members(fields, uniquingKeysWith: { first, _ in first })
  }

  private var materialsView: Value {
    var view: Members = [:]
    for entry in materials {
      var line = entry.content.value
      line["operation"] = .text(entry.operation.text)
      view[entry.material] = .array((view[entry.material]?.array ?? []) + [line])
    }
    return .object(view)
  }

  private func view(of proceeding: ProceedingState, due: DueView?) -> Value {
    var view: Value = [
      "id": .text(proceeding.id.text), "item": .text(proceeding.itemName), "window": Value(proceeding.windowName),
      "authority": .text(proceeding.authority), "status": .text(proceeding.status.rawValue),
      "version": .integer(proceeding.version), "due": Value(due?.due?.text),
      "statutoryDue": Value(due?.statutoryDue?.text), "estimated": .bool(due?.estimated ?? false),
    ]
    addClock(proceeding, due, to: &view)
    if !proceeding.awaits.isEmpty { view["awaits"] = .array(proceeding.awaits.map { ["material": .text($0)] }) }
    if !proceeding.defects.isEmpty {
      view["defects"] = .array(proceeding.defects.map(\.value))
      view["until"] = Value(proceeding.correctionUntil)
    }
    if let outcome = proceeding.outcome { view["outcome"] = .text(outcome) }
    if let reason = proceeding.reason { view["reason"] = .text(reason) }
    if let certificate = proceeding.certificate { view["certificate"] = certificate }
    if let delivery = proceeding.delivery { view["delivery"] = delivery }
    if let redirect = proceeding.redirectTo { view["redirectTo"] = .text(redirect) }
    if let note = proceeding.creditNote { view["credit"] = .text(note) }
    if let repair = proceeding.creditRepair { view["creditRepair"] = .text(repair) }
    if proceeding.isGivenBack { view["givenBack"] = true }
    if proceeding.status == .preReview { view["previewed"] = .bool(proceeding.isPreviewed) }
    if !proceeding.after.isEmpty, LifeCycle.untouched.contains(proceeding.status) {
      view["after"] = .array(proceeding.after.map { .array($0.map { .text($0.text) }) })
    }
    return view
  }

  /// The three times kept apart: captured at the station, arrived at the server, legally received; and what follows.
  private func addClock(_ proceeding: ProceedingState, _ due: DueView?, to view: inout Value) {
    let version = versions.first { $0.number == proceeding.version }
    // Listings keep thousands of these: what is not known takes no room.
    for (name, at) in [
      ("capturedAt", version?.at), ("arrivedAt", version?.arrivedAt), ("receivedAt", proceeding.receivedAt),
      ("acceptedAt", proceeding.acceptedAt),
    ] {
      if let at { view[name] = .text(ChinaTime.text(at)) }
    }
    if version?.isCaptureDoubtful == true { view["captureDoubtful"] = true }
    if proceeding.receivedAt != nil, proceeding.isReceiptDoubtful { view["receivedDoubtful"] = true }
    if let day = due?.receivedDay { view["receivedDay"] = .text(day.text) }
    if proceeding.acceptedAt != nil { view["acceptance"] = .text(proceeding.manner.rawValue) }
    if proceeding.extendedDays > 0 { view["extendedDays"] = .integer(proceeding.extendedDays) }
    if let certificate = due?.certificateDue { view["certificateDue"] = .text(certificate.text) }
    if let suspension = due?.suspension { view["suspension"] = suspension.value }
    if let overruns = due?.overruns, !overruns.isEmpty { view["overruns"] = .array(overruns.map(\.value)) }
    let deferred = deferredOpen(for: proceeding)
    if !deferred.isEmpty, !proceeding.status.isFinal {
      view["deferral"] = ["materials": .array(deferred.map(Value.text)), "due": Value(due?.deferralDue?.text)]
      if due?.estimates.contains(.deferralDue) == true { view["deferral"]?["estimated"] = true }
    }
    if let inspection = proceeding.inspection {
      view["inspection"] = [
        "name": .text(inspection.name), "due": Value(due?.inspectionDue?.text),
        "doneAt": Value(inspection.doneAt.map(ChinaTime.text)), "finding": Value(inspection.finding),
      ]
    }
    due?.addEstimates(to: &view)
  }

  private var violationsView: [Value] {
    repeatedReturns.map { proceeding, round in
      [
        "proceeding": .text(proceeding.id.text), "kind": "correct.again", "by": Value(round.override?.by),
        "reason": Value(round.override?.reason), "at": .text(ChinaTime.text(round.at)),
      ]
    }
  }

  /// One object a conflict: `field, kind, candidates:[{n, value, by, at}], token`; of the kind `rule`, which one field
  /// alone cannot settle by a candidate, also `against`, the other fields it cannot be true with.
  package func conflictsView(name: (PersonID) -> String) -> [Value] {
    openConflicts.map { register in
      let candidates = openCandidates(register)
      let isRule = candidates.count < 2
      var conflict: Value = [
        "id": .text(id.text), "field": .text(Register.name(register)), "kind": isRule ? "rule" : "value",
        "candidates": .array(
          candidates.enumerated().map { index, write in
            [
              "n": .integer(Int64(index + 1)), "value": write.value, "by": .text(name(write.person)),
              "at": .text(ChinaTime.text(write.at)),
            ]
          }),
        "token": .text(listingToken(register)),
      ]
      if isRule { conflict["against"] = .array(standsAgainst(register).map(Value.text)) }
      return conflict
    } + contestedView(name: name)
  }

  private static func view(_ amendment: LateAmendment) -> Value {
    [
      "operation": .text(amendment.operation.text), "fields": .object(fieldValues(amendment.values)),
      "material": Value(amendment.material?.material), "at": .text(ChinaTime.text(amendment.at)),
    ]
  }

  private func timelineView(name: (PersonID) -> String, material: (String) -> String?) -> [Value] {
    timeline.map { entry in
      var line: Value = [
        "at": .text(ChinaTime.text(entry.at)), "kind": .text(entry.kind),
        "by": .text(entry.place ?? name(entry.person)),
        "text": .text(entry.text + (entry.material.map { "：" + (material($0) ?? $0) } ?? "")),
      ]
      if let code = entry.code { line["code"] = .text(code) }
      return line
    }
  }
}

extension Rectification {
  /// `{fields, confirmedBy, reason, place, proceeding, at}`
  package var value: Value {
    [
      "fields": .array(registers.map { .text(Register.name($0)) }), "confirmedBy": .text(confirmedBy),
      "reason": Value(reason), "place": Value(place), "proceeding": Value(proceeding?.text),
      "at": .text(ChinaTime.text(at)),
    ]
  }
}

extension Defect {
  /// `{field | material, problem, remedy}`
  package var value: Value {
    var value: Value = ["problem": .text(problem), "remedy": .text(remedy)]
    if let field { value["field"] = .text(Register.name(field)) }
    if let material { value["material"] = .text(material) }
    return value
  }
}
