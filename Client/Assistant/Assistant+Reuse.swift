internal import Application
internal import CaptureStore
internal import Catalog
internal import Cryptography
package import Foundations
internal import Replication

/// What a person has said and handed in before need not be said and handed in again: with consent, and saying where it
/// comes from.
extension Assistant {
  /// What earlier applications on this device know of the people of this one: `{field, name, value, from, at}` and
  /// `{material, name, from, at}` each; nothing that is sensitive, which is asked for each time (PIPL 29).
  package func reusable(_ id: String) throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      try Reuse(session, try Self.state(named: id, session), today: today).view
    }
  }

  /// Takes over what `reusable` names; whoever calls it vouches that the applicant agreed: `{id, code, fields,
  /// materials}`.
  package func reuse(_ id: String) throws(Problem) -> Value {
    try store().change { session throws(Problem) in
      try Reuse(session, try Self.state(named: id, session), today: today).write()
    }
  }
}

/// Finds and takes over what is known of the people of one application.
struct Reuse {
  private let session: StoreSession
  private let submission: Submission
  private let today: CivilDate
  private var fields: [(entry: MergedForm.Entry, value: Value, from: ApplicationState)] = []
  private var papers: [(entry: MaterialSet.Entry, file: MaterialEntry, from: ApplicationState)] = []

  init(_ session: StoreSession, _ state: ApplicationState, today: CivilDate) throws(Problem) {
    self.session = session
    self.today = today
    submission = try Submission(session, state, today: today)
    // What was submitted is changed by corrections only.
    guard state.versions.isEmpty else { return }
    for earlier in try earlier() { try take(earlier) }
  }

  /// Applications of this applicant, the last one first.
  private func earlier() throws(Problem) -> [Submission] {
    guard let identity = SearchTerm.identity(submission.applicant) else { return [] }
    let rows = try session.applications(text: identity.value, limit: Limits.listRowsDefault)
    let held = try session.heldDrafts()
    var found: [Submission] = []
    for row in rows.sorted(by: { ($1.updated, $1.id) < ($0.updated, $0.id) })
    where row.id != submission.state.id && !held.contains(row.id) {
      guard SearchTerm.identity(row.view["applicant"] ?? .null) == identity,
        let state = try session.state(row.id), state.erasure == nil, state.status != .withdrawn,
        try session.matter(state.matter, version: state.formVersion) != nil
      else { continue }
      found.append(try Submission(session, state, today: today))
    }
    return found
  }

  private mutating func take(_ earlier: Submission) throws(Problem) {
    let (form, before) = (submission.guidance.form, earlier.guidance.form)
    let values = submission.state.fieldValues
    let known = earlier.state.fieldValues
    for entry in form.entries where !entry.field.sensitive && entry.applicantMember == nil {
      guard entry.members.allSatisfy({ (values[$0] ?? .null).isBlank && !isOpen($0) }),
        !fields.contains(where: { $0.entry.field.id == entry.field.id }),
        let person = form.person(entry, values, applicant: submission.applicant, today: today)
      else { continue }
      let match = before.entries.first { other in
        other.field.elementID == entry.field.elementID && other.field.type == entry.field.type && !other.field.sensitive
          && before.person(other, known, applicant: earlier.applicant, today: today) == person
      }
      guard let value = match?.members.lazy.compactMap({ known[$0] }).first(where: { !$0.isBlank }),
        submission.guidance.validator.validate([entry.field.id: value], today: today).problems.isEmpty
      else { continue }
      fields.append((entry, value, earlier.state))
    }
    try takePapers(earlier)
  }

  /// Whether people differ about a field, or about the group it is written with: what an earlier application says
  /// must not settle that.
  private func isOpen(_ id: String) -> Bool {
    let group = submission.matter.fields.first { $0.id == id }?.group
    return submission.state.shownValues(group.map(Register.group) ?? id).count > 1
  }

  /// Files of one type of paper and one owner; paper itself has to be brought, and so has a file that is on another
  /// computer of the station.
  private mutating func takePapers(_ earlier: Submission) throws(Problem) {
    let present = Set(submission.state.materials.map(\.material))
    for entry in submission.guidance.materials.entries {
      guard entry.exemption == nil, let type = entry.requirement.type, present.isDisjoint(with: entry.members),
        !papers.contains(where: { $0.entry.members == entry.members }),
        let owner = submission.person(owner: entry.requirement.owner)
      else { continue }
      for other in earlier.guidance.materials.entries where other.requirement.type == type {
        guard earlier.person(owner: other.requirement.owner) == owner else { continue }
        let oldest = entry.requirement.validMonths.map { today.adding(days: -30 * $0) }
        for file in earlier.state.materials where other.members.contains(file.material) {
          guard let digest = file.content.digest.flatMap({ Digest($0) }), try session.mayBeNamed(digest),
            oldest.map({ ChinaTime.date(file.at) >= $0 }) ?? true,
            !papers.contains(where: { $0.file.content.digest == file.content.digest })
          else { continue }
          papers.append((entry, file, earlier.state))
        }
      }
    }
  }

  var view: [Value] {
    fields.map { field in
      [
        "field": .text(field.entry.field.id), "name": .text(field.entry.field.name), "value": field.value,
        "from": .text(field.from.code), "at": .text(ChinaTime.text(field.from.createdAt)),
      ]
    }
      + papers.map { paper in
        [
          "material": .text(paper.entry.requirement.id), "name": .text(paper.entry.requirement.name),
          "from": .text(paper.from.code), "at": .text(ChinaTime.text(paper.file.at)),
        ]
      }
  }

  /// One write says what was taken over and from where; every paper is attached as if it had been brought again.
  func write() throws(Problem) -> Value {
    let state = submission.state
    let writing = Writing(session: session, today: today)
    if !fields.isEmpty {
      var values: Members = [:]
      for field in fields { for member in field.entry.members { values[member] = field.value } }
      let set = Writing.registers(values, of: submission.matter).reduce(into: Members()) { set, register in
        // A group keeps its other members.
        let whole = state.value(register.key)?.object ?? [:]
        set[register.key] =
          Register.isGroup(register.key)
          ? .object(whole.merging(register.value.object ?? [:]) { $1 }) : register.value
      }
      let origin = Members(
        fields.map { ($0.entry.field.id, Value.text($0.from.id.text)) }, uniquingKeysWith: { first, _ in first })
      try session.append(
        Deed(
          .write, state.id, ["set": .object(set), "reused": .object(origin)],
          parents: Writing.parents(set.keys, state)))
    }
    for paper in papers {
      guard case .file(let digest, let bytes, let mediaType, let name) = paper.file.content,
        let known = Digest(digest)
      else { continue }
      let file = TakenFile(digest: known, bytes: bytes, mediaType: mediaType, name: name)
      try writing.attach([file], materials: paper.entry.members, state.id)
    }
    return [
      "id": .text(state.id.text), "code": .text(state.code), "fields": Value(fields.count),
      "materials": Value(papers.count),
    ]
  }
}

extension Submission {
  /// The number of whoever a paper belongs to; nil where the form does not say.
  fileprivate func person(owner: String?) -> String? {
    guard let owner else { return nil }
    return guidance.form.person(role: owner, state.fieldValues, applicant: applicant, today: today)
  }
}
