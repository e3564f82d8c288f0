internal import Application
internal import CaptureStore
internal import Catalog
internal import Cryptography
internal import Foundations
internal import Replication

/// Whether an application may be submitted, and what the version pins.
struct Submission {
  let session: StoreSession
  let state: ApplicationState
  let matter: Matter
  /// The legal day in China.
  let today: CivilDate

  init(_ session: StoreSession, _ state: ApplicationState, today: CivilDate) throws(Problem) {
    self.session = session
    self.state = state
    self.today = today
    matter = try Assistant.matter(of: state, session)
  }

  /// The guidance as the application's answers and chosen items have it.
  var guidance: Guidance {
    let answers = (state.value(Register.answers)?.object ?? [:]).compactMapValues(\.text)
    let items = (state.value(Register.items)?.array ?? []).compactMap(\.text).map { ItemID($0) }
    return Guidance(matter, answers: answers, named: items.isEmpty ? nil : items)
  }

  var applicant: Value { state.value(Register.applicant) ?? .null }

  /// Fields without a value that must have one, `applicant.…` and `agent.…` among them.
  func missingFields() -> [(id: String, name: String)] {
    let fields = guidance.form.missing(state.fieldValues, applicant: applicant, today: today)
    let inForm = Set(matter.fields.map(\.id))
    let parts = (Party.missing(applicant) + missingOfAgent).filter { !inForm.contains($0) }
    return parts.map { ($0, Self.partNames[$0] ?? $0) } + fields.map { ($0.field.id, $0.field.name) }
  }

  /// What was handed in without it is answered for as it was.
  private var missingOfAgent: [String] {
    let isOpen = state.inCorrection.isEmpty || state.openForCorrection.fields.contains(Register.agent)
    return isOpen ? Party.missing(ofAgent: state.value(Register.agent) ?? .null) : []
  }

  private static let partNames = [
    "applicant.name": "申请人姓名或名称", "applicant.idNumber": "申请人证件号码", "applicant.uscc": "统一社会信用代码",
    "applicant.phone": "申请人电话", "agent.name": "代办人姓名", "agent.idNumber": "代办人证件号码",
    "agent.relation": "代办人和申请人的关系",
  ]

  /// Own materials that are required and neither there nor put off.
  func missingMaterials(deferred: Set<String>) -> [MaterialRequirement] {
    let present = Set(state.materials.map(\.material))
    return guidance.materials.own.filter { entry in
      let isDeferred = entry.isDeferrable && !deferred.isDisjoint(with: entry.members)
      return present.isDisjoint(with: entry.members) && !isDeferred
    }.map(\.requirement)
  }

  /// The materials that are one paper with this one, itself first; itself alone where no chosen item asks for it.
  func members(of material: String) -> [String] {
    let members = guidance.materials.entry(of: material)?.members ?? []
    let open = state.openForCorrection.materials
    // What answers a correction goes to those that the correction opens.
    let isOpen = !state.versions.isEmpty && open.contains(material)
    return [material] + members.filter { $0 != material && (!isOpen || open.contains($0)) }
  }

  /// What follows later: what is asked now, and what an earlier version put off and has not come yet.
  private func deferred(_ asked: [String]) throws(Problem) -> [String] {
    var problems: [Problem] = []
    var ids: Set<String> = Set(state.deferredOpen)
    for text in asked {
      guard let material = matter.materials.first(where: { $0.id == text || $0.name == text }) else {
        problems.append(ProblemKind.materialUnknown.with(String(text.prefix(60)), field: "materials"))
        continue
      }
      if !material.deferrable || material.main {
        problems.append(ProblemKind.submitNotDeferrable.with(material.name, field: "materials.\(material.id)"))
      } else if guidance.materials.entry(of: material.id) == nil {
        // Nobody would ever ask for it, and it would be told to bring for good.
        problems.append(ProblemKind.submitDeferNotNeeded.with(material.name, field: "materials.\(material.id)"))
      }
      ids.insert(material.id)
    }
    if let problem = Self.joined(problems) { throw problem }
    return ids.subtracting(state.materials.map(\.material)).sorted()
  }

  /// What the applicant's written promise stands in the place of 告知承诺: what is asked now, and what an earlier version
  /// had.
  private func committed(_ asked: [String], mandate: String?) throws(Problem) -> [MaterialCommitment] {
    var problems: [Problem] = []
    var commitments = state.version?.commitments ?? []
    for text in asked {
      guard let material = matter.materials.first(where: { $0.id == text || $0.name == text }) else {
        problems.append(ProblemKind.materialUnknown.with(String(text.prefix(60)), field: "materials"))
        continue
      }
      if !material.commitment {
        problems.append(ProblemKind.submitNotCommittable.with(material.name, field: "materials.\(material.id)"))
      }
      var value: Value = ["material": .text(material.id), "signedBy": mandate == nil ? "applicant" : "agent"]
      if let mandate { value["mandate"] = .text(mandate) }
      guard let commitment = MaterialCommitment(value) else { continue }
      if !state.isProperlySigned(commitment) {
        problems.append(ProblemKind.submitCommitmentSignature.at("materials.\(material.id)", material.name))
      }
      commitments.removeAll { $0.material == material.id }
      commitments.append(commitment)
    }
    if let problem = Self.joined(problems) { throw problem }
    let present = Set(state.materials.map(\.material))
    return commitments.filter { !present.contains($0.material) }
  }

  static func joined(_ problems: [Problem]) -> Problem? {
    guard var first = problems.first else { return nil }
    first.others = Array(problems.dropFirst())
    return first
  }

  /// Whether what a problem is about may still be changed. While a correction is answered only what it opens is: what
  /// was in order when it was handed in, as the term of a mandate, must not keep the answer back.
  private func canBePutRight(_ problem: Problem) -> Bool {
    guard !state.inCorrection.isEmpty else { return true }
    guard let id = problem.field else { return false }
    let register = matter.fields.first { $0.id == id }?.group.map(Register.group) ?? id
    return state.openForCorrection.fields.contains(register)
  }

  /// Whoever reads it knows the name, and `edit` and `attach` take the id.
  static func named(_ name: String, _ id: String) -> String { name == id ? id : "\(name)（\(id)）" }

  /// Whoever did not keep a promise makes no new one until the record is repaired: as far as this device knows; the
  /// county knows more, and decides (rules.md 4.2, 4.3).
  private func checkCredit(deferred: [String], committed: [MaterialCommitment]) throws(Problem) {
    let before = Set((state.version?.deferred ?? []) + (state.version?.commitments ?? []).map(\.material))
    guard !Set(deferred + committed.map(\.material)).isSubset(of: before),
      let identity = SearchTerm.identity(applicant)
    else { return }
    for row in try session.applications(text: identity.value, limit: Int.max)
    where SearchTerm.identity(row.view["applicant"] ?? .null) == identity {
      guard let other = try session.state(row.id), let note = other.openCredit.first else { continue }
      throw ProblemKind.submitDiscredited.with("\(other.code)，\(note)")
    }
  }

  /// What has ended takes nothing more, whatever else stands against it.
  /// - Throws: `application.closed`, `application.erased`.
  static func checkGoesOn(_ state: ApplicationState) throws(Problem) {
    guard state.status.hasEnded else { return }
    throw Problem(state.erasure == nil ? .applicationClosed : .applicationErased)
  }

  /// - Throws: everything that stands against it, as one problem.
  private func check(deferred: [String], committed: [MaterialCommitment]) throws(Problem) {
    if state.inCorrection.isEmpty, !state.versions.isEmpty {
      guard state.proceedings.allSatisfy({ LifeCycle.untouched.contains($0.status) }) else {
        throw Problem(.submitAccepted)
      }
    }
    let snapshot = state.currentSnapshot
    guard snapshot.conflicts.isEmpty else {
      let names = snapshot.conflicts.map { Self.named(Assistant.name(of: $0, matter), Register.name($0)) }
      throw ProblemKind.submitConflict.with(names.joined(separator: "、"))
    }
    guard !state.changesItems(snapshot.values) else { throw Problem(.submitItems) }
    guard state.consent["given"] == true else { throw Problem(.submitConsent) }
    if let stop = guidance.stops.first { throw ProblemKind.guideStop.with(stop) }
    // Questions that a newer catalogue asks otherwise do not stand against it; what the law joins does.
    let apart = guidance.problems.filter { $0.kind == .itemTogether }
    let mandate = MandateRules(
      guidance, applicant: applicant, agent: state.value(Register.agent) ?? .null,
      mandate: state.value(Register.mandate) ?? .null, values: state.fieldValues, today: today)
    let wrong = guidance.form.contradictions(state.fieldValues, applicant: applicant, today: today)
    let disagreeing = guidance.form.disagreements(state.fieldValues, applicant: applicant)
    let will = try WillRules(county: session.document("county")).problem(
      guidance, applicant: applicant, agent: state.value(Register.agent) ?? .null,
      mandate: state.value(Register.mandate) ?? .null, today: today)
    for found in [apart, mandate.problems + [will].compactMap(\.self), wrong + disagreeing] {
      if let problem = Self.joined(found.filter(canBePutRight)) { throw problem }
    }
    let fields = missingFields()
    if !fields.isEmpty {
      let named = fields.map { (id: $0.id, name: Self.named($0.name, $0.id)) }
      var problem = ProblemKind.submitMissing.with(named.map(\.name).joined(separator: "、"))
      problem.others = named.map { ProblemKind.fieldRequired.at($0.id, $0.name) }
      problem.isSummary = true
      throw problem
    }
    let promised = Set(committed.map(\.material))
    let materials = missingMaterials(deferred: Set(deferred)).filter { material in
      promised.isDisjoint(with: members(of: material.id))
    }
    if !materials.isEmpty {
      let named = materials.map { (id: $0.id, name: Self.named($0.name, $0.id)) }
      var problem = ProblemKind.submitMaterial.with(named.map(\.name).joined(separator: "、"))
      problem.others = named.map { ProblemKind.submitMaterial.at("materials.\($0.id)", $0.name) }
      problem.isSummary = true
      throw problem
    }
  }

  /// Whether the last version says all that a further one would: that one would only take away from the window what it
  /// is about to accept. A late edit stands apart from every version, and a further one takes it in or settles it.
  private func stands(deferred: [String], committed: [MaterialCommitment]) -> Bool {
    guard let version = state.version, state.status == .submitted, state.standsBehind == nil, state.late.isEmpty,
      Set(version.deferred) == Set(deferred), Set(version.commitments) == Set(committed)
    else { return false }
    let snapshot = state.currentSnapshot
    return snapshot.conflicts.isEmpty && snapshot.isPinned(by: version)
  }

  /// Pins the next version: `{id, code, version, receipt}`; where the last one says the same and still stands, nothing
  /// is written, and that one is answered with `unchanged`. `untouched` names what of a correction it answers without
  /// having changed anything about it: `[{field | material, name}]`.
  /// - Parameters:
  ///   - promised: materials in whose place the applicant has signed a promise.
  ///   - mandate: the mandate's words, where an agent signed it.
  ///   - rectified: what is put right on the spot by it 当场更正, `{confirmedBy, reason?}`; null for any other version.
  func submit(
    deferring asked: [String], committing promised: [String] = [], mandate: String? = nil, rectified: Value = .null
  ) throws(Problem) -> Value {
    try Self.checkGoesOn(state)
    let deferred = try deferred(asked)
    let committed = try committed(promised, mandate: mandate)
    if rectified.isNull, stands(deferred: deferred, committed: committed) {
      var answer = answer(state.version?.number ?? 0)
      answer["unchanged"] = true
      return answer
    }
    try checkCredit(deferred: deferred, committed: committed)
    try check(deferred: deferred, committed: committed)
    let version = Int64(state.versions.count) + 1
    var payload: Value = [
      "version": .integer(version),
      "digest": .bytes(
        Array(
          state.currentSnapshot.digest(deferred: deferred).bytes.prefix(ApplicationState.claimedDigestBytes))),
    ]
    if !deferred.isEmpty { payload["defer"] = .array(deferred.map(Value.text)) }
    if !committed.isEmpty { payload["commit"] = .array(committed.map(\.value)) }
    if !rectified.isNull { payload["rectify"] = rectified }
    if !state.inCorrection.isEmpty { payload["answers"] = .array(state.inCorrection.map { .text($0.text) }) }
    let untouched = untouched(promised: Set(deferred + committed.map(\.material)))
    try session.append(
      Deed(.submit, state.id, payload, saw: Writing.saw(state, own: session.identity.device)))
    var answer = answer(version)
    if !untouched.isEmpty { answer["untouched"] = .array(untouched) }
    return answer
  }

  /// - Parameter promised: papers that follow later or are promised: those are answered for.
  private func untouched(promised: Set<String>) -> [Value] {
    state.untouchedCorrections.compactMap { line in
      if let material = line.material {
        guard promised.isDisjoint(with: members(of: material)) else { return nil }
        let name = matter.materials.first { $0.id == material }?.name ?? material
        return ["material": .text(material), "name": .text(name)]
      }
      guard let field = line.field else { return nil }
      return ["field": .text(Register.name(field)), "name": .text(Assistant.name(of: field, matter))]
    }
  }

  private func answer(_ version: Int64) -> Value {
    [
      "id": .text(state.id.text), "code": .text(state.code), "version": .integer(version),
      "receipt": .text(state.code),
    ]
  }
}
