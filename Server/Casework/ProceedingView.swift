internal import Application
internal import Catalog
internal import Foundations
internal import Replication

/// A proceeding as its window may see it: its own fields and materials of the version it judges, and nothing more.
struct ProceedingView {
  let county: County
  let state: ApplicationState
  let now: Instant
  /// The digests of attachments that have not arrived whole.
  var missing: Set<String> = []

  private var matter: Matter? { county.matter(of: state) }

  /// One line of the queue.
  func line(_ proceeding: ProceedingState) -> Value {
    var line: Value = [
      "id": .text(proceeding.id.text), "application": .text(state.id.text), "code": .text(state.code),
      "matter": .text(matter?.name ?? state.matter.text), "item": .text(proceeding.itemName),
      "status": .text(proceeding.status.rawValue), "version": .integer(proceeding.version),
      "applicant": Value(pinned(proceeding.version)?.standing[Register.applicant]?["name"]?.text),
      "receivedAt": Value(proceeding.receivedAt.map(ChinaTime.text)),
      "duplicates": .array(duplicates),
    ]
    if !proceeding.awaits.isEmpty { line["awaits"] = awaits(proceeding) }
    addDue(proceeding, to: &line)
    return line
  }

  /// The materials whose attachments have not arrived whole: `{id, name}` each.
  private func awaits(_ proceeding: ProceedingState) -> Value {
    .array(proceeding.awaits.map { ["id": .text($0), "name": .text(materialName($0))] })
  }

  /// The dispatch's data with status, version and history.
  func whole(_ proceeding: ProceedingState) -> Value {
    var whole = data(proceeding, version: proceeding.version)
    whole["status"] = .text(proceeding.status.rawValue)
    if !proceeding.awaits.isEmpty { whole["awaits"] = awaits(proceeding) }
    whole["outcome"] = Value(proceeding.outcome)
    whole["certificate"] = proceeding.certificate ?? .null
    whole["delivery"] = proceeding.delivery ?? .null
    whole["defects"] = .array(proceeding.defects.map(\.value))
    if proceeding.status == .correction { whole["until"] = Value(proceeding.correctionUntil) }
    if proceeding.isGivenBack { whole["givenBack"] = true }
    let rectified = rectifications(proceeding)
    if !rectified.isEmpty { whole["rectifications"] = .array(rectified) }
    if let note = proceeding.creditNote { whole["credit"] = .text(note) }
    if let repair = proceeding.creditRepair { whole["creditRepair"] = .text(repair) }
    whole["actions"] = .array(state.offeredActions(proceeding).map { .text($0.text) })
    whole["acceptedAt"] = Value(proceeding.acceptedAt.map(ChinaTime.text))
    if proceeding.acceptedAt != nil { whole["acceptance"] = .text(proceeding.manner.rawValue) }
    whole["documents"] = .array(
      state.documents.filter { $0.proceedings.contains(proceeding.id) }.map(\.value))
    whole["late"] = .array(state.late(for: proceeding).map { lateView($0, proceeding) })
    whole["history"] = .array(
      state.timeline.filter { concerns($0, proceeding) }.map { entry in
        [
          "at": .text(ChinaTime.text(entry.at)), "kind": .text(entry.kind),
          "by": .text(entry.place ?? entry.person.text), "text": .text(entry.text), "code": Value(entry.code),
        ]
      })
    return whole
  }

  /// What was put right on the spot of what the authority may see.
  private func rectifications(_ proceeding: ProceedingState) -> [Value] {
    let own = Set(
      (matter?.fields ?? []).filter { proceeding.fields.contains($0.id) }.flatMap { [$0.id, $0.group ?? ""] })
    return state.rectifications.compactMap { rectification in
      let names = rectification.registers.map(Register.name).filter { own.contains($0) || $0 == "applicant" }
      guard rectification.proceeding == proceeding.id || rectification.proceeding == nil, !names.isEmpty else {
        return nil
      }
      var value = rectification.value
      value["fields"] = .array(names.map(Value.text))
      return value
    }
  }

  /// What a window may read of the history: its own proceeding, and when the application was opened, submitted and
  /// withdrawn. Notes among agents and other windows' reasons are not its business.
  private func concerns(_ entry: TimelineEntry, _ proceeding: ProceedingState) -> Bool {
    if let own = entry.proceeding { return own == proceeding.id }
    return [OperationKind.create, .submit, .withdraw, .route, .duplicate, .join, .apart].map(\.text).contains(
      entry.kind)
  }

  /// What the authority needs of one version, as it stands now: a dispatch that goes out once more tells what windows
  /// put right and admitted meanwhile, and which deferred materials have come.
  func data(_ proceeding: ProceedingState, version: Int64) -> Value {
    let pinned = pinned(version)
    let values = pinned?.standing ?? [:]
    var data: Value = [
      "id": .text(proceeding.id.text), "version": .integer(version),
      "window": ["id": Value(proceeding.window?.text), "name": .text(proceeding.windowName)],
      "application": [
        "id": .text(state.id.text), "code": .text(state.code),
        "matter": ["id": .text(state.matter.text), "name": .text(matter?.name ?? "")],
        "submittedAt": Value((pinned?.at).map(ChinaTime.text)),
      ],
      "item": ["id": .text(proceeding.id.item.text), "name": .text(proceeding.itemName)],
      "applicant": values[Register.applicant] ?? .null,
      "fields": .object(fields(values, proceeding)), "materials": .array(materials(pinned, proceeding)),
      "receivedAt": Value(proceeding.receivedAt.map(ChinaTime.text)), "duplicates": .array(duplicates),
    ]
    if let agent = values[Register.agent] { data["agent"] = agent }
    addDue(proceeding, to: &data)
    return data
  }

  /// Other applications for the same matter of the same person, and what was decided about them: never their contents.
  private var duplicates: [Value] { state.duplicatesView(name: { $0.text }) }

  private func pinned(_ version: Int64) -> PinnedVersion? { state.versions.first { $0.number == version } }

  private func fields(_ values: Members, _ proceeding: ProceedingState) -> Members {
    let wanted = Set(proceeding.fields)
    return ApplicationState.fieldValues(values).filter { wanted.contains($0.key) }.reduce(into: [:]) { fields, field in
      let name = matter?.fields.first { $0.id == field.key }?.name ?? field.key
      fields[field.key] = ["name": .text(name), "value": field.value]
    }
  }

  private func materials(_ pinned: PinnedVersion?, _ proceeding: ProceedingState) -> [Value] {
    guard let pinned else { return [] }
    var lines: [Value] = []
    let entries = state.materials(of: pinned)
    for entry in entries where proceeding.materials.contains(entry.material) {
      lines.append(.object(evidence(entry)))
    }
    let came = Set(entries.map(\.material))
    for material in pinned.deferred where proceeding.materials.contains(material) && !came.contains(material) {
      lines.append([
        "id": .text(material), "name": .text(materialName(material)),
        "deferredUntil": Value(deferredUntil(proceeding)?.text),
      ])
    }
    for commitment in pinned.commitments where proceeding.materials.contains(commitment.material) {
      lines.append([
        "id": .text(commitment.material), "name": .text(materialName(commitment.material)),
        "commitment": commitment.value,
      ])
    }
    return lines
  }

  /// What evidences a material: `{id, name, digest, mediaType, bytes, url, arrived?}` or `{id, name, paper}`.
  private func evidence(_ entry: MaterialEntry) -> Members {
    var line: Members = ["id": .text(entry.material), "name": .text(materialName(entry.material))]
    switch entry.content {
    case .file(let digest, let bytes, let mediaType, _):
      line["digest"] = .text(digest)
      line["mediaType"] = .text(mediaType)
      line["bytes"] = .integer(bytes)
      line["url"] = .text("/v1/blobs/\(digest)")
      if missing.contains(digest) { line["arrived"] = false }
    case .paper: line["paper"] = entry.content.value
    }
    return line
  }

  private func materialName(_ id: String) -> String { matter?.materials.first { $0.id == id }?.name ?? id }

  /// By when a deferred material must be there: counted from acceptance; before it, from the receipt.
  private func deferredUntil(_ proceeding: ProceedingState) -> CivilDate? {
    let capDays = county.settings.deferralCapDays
    let calendar = county.calendar
    if let day = ProceedingClock.deferralDay(proceeding, capDays: capDays, calendar: calendar) { return day.date }
    guard let received = ProceedingClock.receivedDay(proceeding, calendar) else { return nil }
    return ProceedingClock.deferralDay(proceeding, from: received.date, capDays: capDays, calendar: calendar).date
  }

  private func lateView(_ late: LateAmendment, _ proceeding: ProceedingState) -> Value {
    let wanted = Set(proceeding.fields)
    let fields = state.fieldValues(of: late).filter { wanted.contains($0.key) }
    var view: Members = [
      "operation": .text(late.operation.text), "fields": .object(fields),
      "material": Value(late.material?.material), "at": .text(ChinaTime.text(late.at)),
    ]
    for register in Register.shownToAllWindows { view[Register.name(register)] = late.values[register] }
    func needed(_ entry: MaterialEntry?) -> MaterialEntry? {
      entry.flatMap { proceeding.materials.contains($0.material) ? $0 : nil }
    }
    if let entry = needed(late.material) { view.merge(evidence(entry).filter { $0.key != "id" }) { first, _ in first } }
    if let entry = needed(state.entry(removedBy: late)) { view["removes"] = .object(evidence(entry)) }
    return .object(view)
  }

  private func addDue(_ proceeding: ProceedingState, to line: inout Value) {
    let due = ProceedingClock.due(
      proceeding, calendar: county.calendar, now: now, deferralCapDays: county.settings.deferralCapDays)
    line["due"] = Value(due?.due?.text)
    line["statutoryDue"] = Value(due?.statutoryDue?.text)
    line["estimated"] = .bool(due?.estimated ?? false)
    if let day = due?.receivedDay { line["receivedDay"] = .text(day.text) }
    if proceeding.receivedAt != nil, proceeding.isReceiptDoubtful { line["receivedDoubtful"] = true }
    if let certificate = due?.certificateDue { line["certificateDue"] = .text(certificate.text) }
    if let suspension = due?.suspension { line["suspension"] = suspension.value }
    if let overruns = due?.overruns, !overruns.isEmpty { line["overruns"] = .array(overruns.map(\.value)) }
    due?.addEstimates(to: &line)
  }
}
