internal import Application
internal import Catalog
internal import Foundations
internal import Journal
internal import Replication

/// What a submission is judged by besides the application itself: what may be put off or promised and by whom, what the
/// law joins, and whether an old applicant was asked. Devices know the same rules; here they are final.
struct SubmissionRules: Sendable {
  let county: County
  /// The day on which it was captured.
  let day: CivilDate
  /// Applicants who did not keep a promise and whose record stands.
  let discredited: Set<SearchTerm>

  /// The code of the refusal; nil where it is in order. What the county does not publish any more it does not judge.
  func refusal(of payload: Value, _ state: ApplicationState) -> String? {
    guard let matter = county.matter(of: state) else { return nil }
    func material(_ id: String?) -> MaterialRequirement? { matter.materials.first { $0.id == id } }
    for id in (payload["defer"]?.array ?? []).compactMap(\.text) {
      guard let material = material(id), material.deferrable, !material.main else { return "submit.not-deferrable" }
    }
    for line in payload["commit"]?.array ?? [] {
      guard let commitment = MaterialCommitment(line), material(commitment.material)?.commitment == true else {
        return "submit.not-committable"
      }
      guard state.isProperlySigned(commitment) else { return "submit.commitment-signature" }
    }
    if promisesAnew(payload, state), isDiscredited(state) { return "submit.discredited" }
    if addsOtherItems(matter, state) { return "submit.items" }
    return refusalByItems(matter, state)
  }

  /// Whether an answer to the question about another way adds items that do not lead it: they would lie with no window.
  private func addsOtherItems(_ matter: Matter, _ state: ApplicationState) -> Bool {
    let asked = state.proceedings.filter { $0.status == .correction && !$0.detouredFrom.isEmpty }
    guard !asked.isEmpty else { return false }
    let prerequisites = asked.flatMap { matter.item($0.id.item)?.prerequisites ?? [] }
    let ways = Set(prerequisites.compactMap(\.otherwise).flatMap(\.items).map(\.text))
    let chosen = (state.value(Register.items)?.array ?? []).compactMap(\.text)
    return !Set(chosen).isSubset(of: ways.union(state.proceedings.map(\.id.item.text)))
  }

  /// Whether it puts something off, or promises something, that no earlier version did.
  private func promisesAnew(_ payload: Value, _ state: ApplicationState) -> Bool {
    let deferred = (payload["defer"]?.array ?? []).compactMap(\.text)
    let committed = (payload["commit"]?.array ?? []).compactMap { $0["material"]?.text }
    return !Set(deferred).subtracting(state.version?.deferred ?? []).isEmpty
      || !Set(committed).subtracting((state.version?.commitments ?? []).map(\.material)).isEmpty
  }

  private func isDiscredited(_ state: ApplicationState) -> Bool {
    guard !discredited.isEmpty, let person = SearchTerm.identity(state.value(Register.applicant) ?? .null) else {
      return false
    }
    return discredited.contains(person)
  }

  private func refusalByItems(_ matter: Matter, _ state: ApplicationState) -> String? {
    let (applicant, agent) = (state.value(Register.applicant) ?? .null, state.value(Register.agent) ?? .null)
    let asksWill = county.settings.will.concerns(applicant: applicant, agent: agent, today: day)
    guard asksWill || matter.items.contains(where: \.together) else { return nil }
    let answers = (state.value(Register.answers)?.object ?? [:]).compactMapValues(\.text)
    let items = (state.value(Register.items)?.array ?? []).compactMap(\.text).map { ItemID($0) }
    let guidance = Guidance(matter, answers: answers, named: items.isEmpty ? nil : items)
    if let apart = guidance.problems.first(where: { $0.kind == .itemTogether }) { return apart.code }
    // What was in order when it was handed in does not keep the answer to a correction back.
    guard state.inCorrection.isEmpty else { return nil }
    return county.settings.will.problem(
      guidance, applicant: applicant, agent: agent,
      mandate: state.value(Register.mandate) ?? .null, today: day)?.code
  }

  // MARK: Who promised and did not keep it

  /// Those who promise something by one of these operations and did not keep an earlier promise. Nobody learns more
  /// than that: not where it was, nor what.
  static func discredited(
    among operations: [Operation], _ transaction: CaseTransaction
  ) throws(Problem) -> Set<SearchTerm> {
    let promising = Set(
      operations.filter { operation in
        guard operation.header.kind == .submit else { return false }
        return ["defer", "commit"].contains { !(operation.content[$0]?.array ?? []).isEmpty }
      }.map(\.header.application))
    guard !promising.isEmpty else { return [] }
    var people: Set<SearchTerm> = []
    for id in promising {
      let known = try transaction.state(id)?.value(Register.applicant)
      let said = operations.filter { $0.header.application == id }.compactMap { $0.content["set"]?[Register.applicant] }
      people.formUnion((said + [known].compactMap(\.self)).compactMap(SearchTerm.identity))
    }
    var discredited: Set<SearchTerm> = []
    for person in people.sorted(by: { $0.value < $1.value }) {
      let found = try transaction.journal.applications(
        terms: [SearchTerm.credit(of: person)], limit: Limits.duplicatesMax)
      for id in found {
        // Equal keys are not yet equal numbers, and the index may be older than this transaction.
        guard let state = try transaction.state(id), !state.openCredit.isEmpty,
          SearchTerm.identity(state.value(Register.applicant) ?? .null) == person
        else { continue }
        discredited.insert(person)
        break
      }
    }
    return discredited
  }
}
