internal import Application
internal import CaptureStore
internal import Catalog
internal import Cryptography
package import Foundations
internal import Replication

/// Looking at applications; nothing here changes anything.
extension Assistant {
  /// Applications, the latest changed first:
  /// `{id, code, matter, matterName, status, version, applicant, updatedAt, sync, conflicts, duplicates, standsBehind,
  /// held}` each; `duplicates` counts those that a person must decide about; `denial`, `refused`, `rejected` or
  /// `terminated`, where nothing was granted and nothing will be.
  /// - Parameters:
  ///   - text: a whole number, its last four digits, a phone, a name or its beginning, a code.
  ///   - limit: rows at most.
  package func list(status: String?, text: String?, limit: Int) throws(Problem) -> [Value] {
    if let status, ApplicationStatus(rawValue: status) == nil {
      throw ProblemKind.statusUnknown.with(String(status.prefix(30)))
    }
    return try store().read { session throws(Problem) in
      var names: [MatterID: String] = [:]
      let held = try session.heldDrafts()
      var lines: [Value] = []
      for row in try session.applications(status: status, text: text, limit: max(0, limit)) {
        if names[row.matter] == nil { names[row.matter] = try session.matterName(row.matter) ?? row.matter.text }
        let applicant = row.view["applicant"] ?? [:]
        var line: Value = [
          "id": .text(row.id.text), "code": .text(row.code), "matter": .text(row.matter.text),
          "matterName": Value(names[row.matter]), "status": .text(row.status), "version": .integer(row.version),
          "applicant": ["kind": applicant["kind"] ?? .null, "name": applicant["name"] ?? .null],
          "updatedAt": .text(ChinaTime.text(row.updated)), "sync": .text(row.sync),
          "conflicts": .integer(row.conflicts), "duplicates": row.view["duplicates"]?.openCount ?? 0,
          "standsBehind": row.view["standsBehind"] ?? .null, "held": .bool(held.contains(row.id)),
        ]
        // Few end so, and only their operations say how.
        if row.attention.contains(.denied), let denial = try Self.state(row.id, session).denial {
          line["denial"] = .text(denial.rawValue)
        }
        lines.append(line)
      }
      return lines
    }
  }

  /// One application whole, with due dates by the synced calendar, with `consent:{given, at, by}`, and `held` where it
  /// waits on this device for the consent; `tray` as `tray()` lists it; in `timeline`, `open` at late edits that wait
  /// for the window.
  package func show(_ id: String) throws(Problem) -> Value {
    try store().read { session throws(Problem) in
      let state = try Self.state(named: id, session)
      // Only proceedings have due dates, and reading the calendar takes longer than all else here.
      let calendar = state.proceedings.isEmpty ? nil : try Self.calendar(session)
      let now = environment.clock.now()
      let names = try Self.names(session)
      let cap = calendar == nil ? nil : try Self.deferralCapDays(session)
      let matter =
        state.timeline.contains { $0.material != nil } || !state.openConflicts.isEmpty
        ? try session.matter(state.matter, version: state.formVersion) : nil
      var view = state.view(
        due: { proceeding in
          calendar.flatMap { ProceedingClock.due(proceeding, calendar: $0, now: now, deferralCapDays: cap) }
        },
        name: { names($0) }, material: { id in matter?.materials.first { $0.id == id }?.name })
      view["matterName"] = Value(try session.matterName(state.matter))
      if let denial = state.denial { view["denial"] = .text(denial.rawValue) }
      view["timeline"] = Self.marked(view["timeline"] ?? [], state)
      view["conflicts"] = .array(
        RegisterText(matter: matter, divisions: { Self.divisions(session) })
          .told(view["conflicts"]?.array ?? []))
      view["held"] = .bool(try session.isHeld(state.id))
      view["consent"] = [
        "given": .bool(state.consent["given"] == true), "at": state.consent["at"] ?? .null,
        "by": Value(state.consent["by"]?.text.map { names(PersonID($0)) }),
      ]
      view["proceedings"] = try Self.awaiting(view["proceedings"] ?? [], state, session)
      view["waiting"] = .integer(try session.waitingCount(state.id))
      view["tray"] = .array(try Self.trayLines(state.id, session))
      view["inReview"] = .integer(try session.inReviewCount(state.id))
      // Before anybody leaves the house: what usually comes back.
      if [.draft, .correction].contains(state.status),
        let form = try session.matter(state.matter, version: state.formVersion)
      {
        let items = (state.value(Register.items)?.array ?? []).compactMap(\.text).map { ItemID($0) }
        view["returns"] = .array(try Self.returns(form, items: items.isEmpty ? nil : items, session))
      }
      return view
    }
  }

  /// The history, with `open` at what came late and is still to be decided about by the window.
  private static func marked(_ timeline: Value, _ state: ApplicationState) -> Value {
    guard !state.status.hasEnded else { return timeline }
    let open = Set(state.late.map(\.operation))
    guard !open.isEmpty else { return timeline }
    return .array(
      zip(state.timeline, timeline.array ?? []).map { entry, line in
        var line = line
        if open.contains(entry.operation) { line["open"] = true }
        return line
      })
  }

  /// Proceedings with what they wait for told in full: `awaits:[{material, name, here}]`; `here` where it is this
  /// device that has it and is to send it.
  private static func awaiting(
    _ proceedings: Value, _ state: ApplicationState, _ session: StoreSession
  ) throws(Problem) -> Value {
    guard state.proceedings.contains(where: { !$0.awaits.isEmpty }) else { return proceedings }
    let matter = try session.matter(state.matter, version: state.formVersion)
    let here = try unsentMaterials(state, session)
    var lines: [Value] = []
    for (proceeding, line) in zip(state.proceedings, proceedings.array ?? []) {
      var line = line
      if !proceeding.awaits.isEmpty {
        line["awaits"] = .array(
          proceeding.awaits.map { id in
            let name = matter?.materials.first { $0.id == id }?.name ?? id
            return ["material": .text(id), "name": .text(name), "here": .bool(here.contains(id))]
          })
      }
      lines.append(line)
    }
    return .array(lines)
  }

  /// Materials with an attachment that is still to be sent from this device.
  static func unsentMaterials(_ state: ApplicationState, _ session: StoreSession) throws(Problem) -> Set<String> {
    let unsent = try (session.blobsToSend() + session.damagedBlobs()).filter { $0.application == state.id }
    let digests = Set((unsent + (try session.awaitedBlobs(of: state))).map(\.digest.text))
    return Set(state.materials.filter { $0.content.digest.map(digests.contains) ?? false }.map(\.material))
  }

  /// The county's longest time for deferred materials; nil where it has set none.
  static func deferralCapDays(_ session: StoreSession) throws(Problem) -> Int? {
    try session.document("county")?["deferralCapDays"]?.integer.map { Int(clamping: $0) }
  }

  /// Names of the people who share this device; others are known by their id only.
  static func names(_ session: StoreSession) throws(Problem) -> (PersonID) -> String {
    let people = Dictionary(try session.people().map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    return { people[$0] ?? $0.text }
  }

  // MARK: Conflicts

  /// What stands side by side: `{id, code, field, name, kind, candidates:[{n, value, text, by, at}], token}` each;
  /// `name` and `text` as people read them.
  /// - Parameter id: one application; nil for all.
  package func conflicts(_ id: String?) throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      let names = try Self.names(session)
      var lines: [Value] = []
      for id in try Self.chosen(id, orAll: .conflict, session) {
        let state = try Self.state(id, session)
        let matter = try session.matter(state.matter, version: state.formVersion)
        let words = RegisterText(matter: matter, divisions: { Self.divisions(session) })
        lines += words.told(state.conflictsView(name: names)).map { line in
          var line = line
          line["code"] = .text(state.code)
          let against = (line["against"]?.array ?? []).compactMap(\.text)
          if !against.isEmpty { line["because"] = .text(Self.because(line["field"]?.text, against, matter)) }
          return line
        }
      }
      return lines
    }
  }

  /// The application of a name, or all that want this attention.
  static func chosen(
    _ name: String?, orAll attention: Attention, _ session: StoreSession
  ) throws(Problem) -> [ApplicationID] {
    if let name { return [try session.application(named: name)] }
    return try session.applications(attention: attention, limit: Int.max).map(\.id)
  }

  /// What does not go together, in words.
  private static func because(_ field: String?, _ against: [String], _ matter: Matter?) -> String {
    let own = (matter?.fields ?? []).filter { $0.id == field || $0.group == field }.map(\.id)
    let rules = (matter?.rules ?? []).filter { rule in
      let fields = [rule.relation.first, rule.relation.second]
      return fields.contains(where: against.contains) && fields.contains(where: own.contains)
    }
    return rules.isEmpty
      ? "和\(against.map { name(of: $0, matter) }.joined(separator: "、"))对不上" : rules.map(\.text).joined(separator: "；")
  }

  /// Settles a conflict: `{id, code, field, value}`, with what `Beside` says where the values came late.
  /// - Parameters:
  ///   - field: a field's id, a group's name, `applicant`, `agent`, `items`, `answers` or `division`.
  ///   - take: a candidate by its number, from 1; or else `value`.
  ///   - token: of the listing that the person chose from; nil for whatever stands there now.
  /// - Throws: `resolve.not-in-conflict`, `resolve.choice`, `resolve.rule`, `resolve.changed`, `resolve.incomplete`;
  ///   what is wrong with the value.
  package func resolve(
    _ id: String, field: String, take: Int?, value: Value?, of token: String? = nil
  ) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      let state = try Self.state(named: id, session)
      let matter = try session.matter(state.matter, version: state.formVersion)
      if let mark = state.contestedDuplicates.first(where: { Register.name(of: $0) == field || field == "duplicate" }) {
        try Self.check(token, Register.duplicate(mark.other), state)
        return try Self.resolve(mark, of: state, take: take, session)
      }
      guard let register = Self.register(field, matter, state) else {
        throw ProblemKind.resolveNone.with(String(field.prefix(60)))
      }
      try Self.check(token, register, state)
      let settled: Value
      if let take {
        let candidates = state.openCandidates(register)
        guard candidates.count > 1 else { throw ProblemKind.resolveRule.with(Register.name(register)) }
        guard candidates.indices.contains(take - 1) else { throw ProblemKind.resolveChoice.with(String(take)) }
        settled = candidates[take - 1].value
      } else {
        try Self.checkWhole(value, register, matter, state)
        let content = value.map { $0.isNull ? Assignment.Content.clear : .value($0) } ?? .clear
        settled = try Self.settled(register, content, state, matter, session, today)
      }
      var set: Members = [register: settled]
      // The same thing under another name stands in the same conflict: it is asked once.
      if let matter { set = try Twins(state: state, matter: matter, today: today, settles: true).completing(set) }
      let operation = try session.append(
        Deed(
          .write, state.id, ["set": .object(set), "settles": true], parents: Writing.parents(set.keys, state)))
      var answer: Value = [
        "id": .text(state.id.text), "code": .text(state.code), "field": .text(Register.name(register)),
        "value": settled,
      ]
      Beside([operation.id], try Self.state(state.id, session))?.add(to: &answer)
      return answer
    }
  }

  /// A group is settled whole: a member that the value does not name would be dropped without a word. One that is to be
  /// empty is named with null.
  /// - Throws: `resolve.incomplete`.
  private static func checkWhole(
    _ value: Value?, _ register: String, _ matter: Matter?, _ state: ApplicationState
  ) throws(Problem) {
    guard Register.isGroup(register), let value, !value.isNull else { return }
    let named = Set((value.object ?? [:]).keys)
    let filled = Set(
      state.openCandidates(register).flatMap { $0.value.object ?? [:] }.filter { !$0.value.isBlank }.map(\.key))
    let fields = (matter?.fields ?? []).filter { filled.subtracting(named).contains($0.id) }
    guard !fields.isEmpty else { return }
    throw ProblemKind.resolveIncomplete.at(
      Register.name(register), fields.map { Submission.named($0.name, $0.id) }.joined(separator: "、"))
  }

  /// - Throws: `resolve.changed` where something came after it was listed: nobody has chosen among that.
  private static func check(_ token: String?, _ register: String, _ state: ApplicationState) throws(Problem) {
    guard let token, token.halfWidth.trimmed.lowercased() != state.listingToken(register) else { return }
    throw ProblemKind.resolveChanged.with(
      state.duplicates.first { Register.duplicate($0.other) == register }.map(Register.name(of:))
        ?? Register.name(register))
  }

  /// The conflicting register that a person means; a member of a group stands for its group.
  private static func register(_ field: String, _ matter: Matter?, _ state: ApplicationState) -> String? {
    let group = matter?.fields.first { $0.id == field || $0.name == field }.flatMap(\.group)
    let candidates = [group.map(Register.group), field, Register.group(field), "@" + field].compactMap { $0 }
    return candidates.first(where: state.openConflicts.contains)
      ?? state.openConflicts.first { register in matter?.fields.first { $0.name == field }?.id == register }
  }

  private static func settled(
    _ register: String, _ content: Assignment.Content, _ state: ApplicationState, _ matter: Matter?,
    _ session: StoreSession, _ today: CivilDate
  ) throws(Problem) -> Value {
    guard let matter else { throw ProblemKind.matterUnknown.with(state.matter.text) }
    let edit = Edit(state, matter: matter, session, today: today, settles: true)
    var read = content
    // A value typed as text is read by the field's type, as `edit` does.
    if case .value(.text(let text)) = content { read = .text(text) }
    return try edit.read([Assignment(Register.name(register), read)])[register] ?? .null
  }

  // MARK: Papers

  /// The papers that travel to the window: `{id, code, matter, material, name, originals, copies, applicant}` each;
  /// those of held drafts stay where they are.
  package func transfer() throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      let held = try session.heldDrafts()
      let rows = try session.applications(limit: Int.max)
        .filter { $0.status != "closed" && $0.status != "withdrawn" && !held.contains($0.id) }
      var lines: [Value] = []
      for row in rows {
        let state = try Self.state(row.id, session)
        let matter = try session.matter(state.matter, version: state.formVersion)
        let papers = try matter.map { _ throws(Problem) in try Submission(session, state, today: today) }?.guidance
          .materials
        for entry in state.materials {
          guard case .paper(let originals, let copies) = entry.content else { continue }
          // One paper under several names travels once.
          let present = papers?.entry(of: entry.material)?.members.first { id in
            state.materials.contains { $0.material == id && $0.content == entry.content }
          }
          guard present == nil || present == entry.material else { continue }
          lines.append([
            "id": .text(row.id.text), "code": .text(row.code), "matter": Value(matter?.name ?? row.matter.text),
            "material": .text(entry.material),
            "name": Value(matter?.materials.first { $0.id == entry.material }?.name ?? entry.material),
            "originals": .integer(originals), "copies": .integer(copies),
            "applicant": Value(state.value(Register.applicant)?["name"]?.text.map(Masking.name)),
          ])
        }
      }
      return lines
    }
  }

  /// What the station's own paper says, the receipt 收件凭证 or the slip 代办受理单; the applicant's data masked. `agent`,
  /// who submitted it, is null where this device does not know the name.
  /// - Throws: `receipt.none` before the first submission, `receipt.erased` after the last.
  package func receipt(_ id: String) throws(Problem) -> Value {
    try store().read { session throws(Problem) in
      let found = try Self.state(named: id, session)
      guard found.erasure == nil else { throw Problem(.receiptErased) }
      let submission = try Submission(session, found, today: today)
      let (state, matter) = (submission.state, submission.matter)
      guard let version = state.version else { throw Problem(.receiptNone) }
      let applicant = version.values[Register.applicant] ?? [:]
      let items = (version.values[Register.items]?.array ?? []).compactMap(\.text).map { ItemID($0) }
      return [
        "id": .text(state.id.text), "code": .text(state.code), "receipt": .text(state.code),
        "matter": .text(matter.name), "matterId": .text(matter.id.text), "detail": .text(matter.detail.rawValue),
        "applicant": Self.masked(applicant), "items": .array(items.map(matter.describe)),
        "materials": .array(Self.materials(version, matter)),
        "deferred": .array(version.deferred.map { .text(Self.name($0, matter)) }),
        "submittedAt": .text(ChinaTime.text(version.at)), "version": .integer(version.number),
        "digest": .text(version.digest),
        "workingDays": submission.guidance.timePlan.promised.map { Value($0) } ?? .null,
        "saved": .text(Savings(submission.guidance).words),
        "station": try CapturingStation(of: state, session).value, "county": .text(session.identity.countyName),
        "agent": Value(try Self.whoSubmitted(version, state, session)),
        "sync": .text(state.syncState),
      ]
    }
  }

  private static func whoSubmitted(
    _ version: PinnedVersion, _ state: ApplicationState, _ session: StoreSession
  ) throws(Problem) -> String? {
    let person = state.timeline.first { $0.operation == version.operation }?.person
    return try session.people().first { $0.id == person }?.name
  }

  private static func name(_ material: String, _ matter: Matter) -> String {
    matter.materials.first { $0.id == material }?.name ?? material
  }

  private static func materials(_ version: PinnedVersion, _ matter: Matter) -> [Value] {
    version.materials.map { entry in
      var line = entry.content.value
      line["id"] = .text(entry.material)
      line["material"] = .text(name(entry.material, matter))
      // The file's own name may be somebody's.
      line["name"] = nil
      return line
    }
  }

  private static func masked(_ applicant: Value) -> Value {
    var masked: Value = ["kind": applicant["kind"] ?? "person"]
    let isPerson = applicant["kind"] != "organisation"
    if let name = applicant["name"]?.text { masked["name"] = .text(isPerson ? Masking.name(name) : name) }
    if let number = applicant["idNumber"]?.text { masked["idNumber"] = .text(Masking.idNumber(number)) }
    if let code = applicant["uscc"]?.text { masked["uscc"] = .text(code) }
    if let phone = applicant["phone"]?.text { masked["phone"] = .text(Masking.phone(phone)) }
    return masked
  }
}

extension Value {
  /// How many of a view's duplicates a person must decide about.
  fileprivate var openCount: Value { Value((array ?? []).count { $0["open"] == true }) }
}
