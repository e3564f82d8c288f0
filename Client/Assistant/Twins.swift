internal import Application
internal import Catalog
internal import Foundations
internal import Replication

/// Fields that are one thing to the person who answers: the father who applies is asked for his name once, and every
/// authority's field of it says so. Values are written under each name, so that windows need not know.
struct Twins {
  let state: ApplicationState
  let matter: Matter
  let today: CivilDate
  /// Whether a person settles a conflict: another one, which that does not settle as well, is left alone then. It has a
  /// question of its own, and refusing would leave two conflicts that wait for each other.
  var settles = false

  /// Registers to write, with those that follow from them.
  /// - Throws: `field.contradicts-id` where a written value is not what the identity number says; `edit.conflict` where
  ///   a twin is in conflict.
  func completing(_ set: Members) throws(Problem) -> Members {
    let form = guidance(set).form
    let written = ApplicationState.fieldValues(set)
    var applicant = set[Register.applicant] ?? shown(Register.applicant)
    var values = state.fieldValues.merging(written) { $1 }
    var additions: Members = [:]
    for entry in form.applicantEntries {
      guard let member = entry.applicantMember else { continue }
      let before = shown(Register.applicant)[member] ?? .null
      let said = entry.members.lazy.compactMap { written[$0] }.first
      if let said, (applicant[member] ?? .null) == before, said != before {
        if applicant.isNull { applicant = [:] }
        applicant[member] = said.isNull ? Value?.none : said
      }
      guard said != nil || set[Register.applicant] != nil, let value = applicant[member] else { continue }
      for id in entry.members where written[id] == nil { additions[id] = value }
    }
    for (id, value) in form.spread(written) where written[id] == nil { additions[id] = value }
    values.merge(additions) { $1 }
    for (id, value) in form.completed(values, applicant: applicant, today: today) where values[id] != value {
      additions[id] = value
      values[id] = value
    }
    try follow(form, written, applicant, values, &additions)
    let contested = ContestedTwins(state: state, matter: matter, form: form, set: set, applicant: applicant)
    let (settled, untouched) = contested.settled(with: additions)
    var all = registers(additions, set, applicant).filter { !contested.registers.contains($0.key) }
    for (register, value) in settled { all[register] = value }
    let kept = opened(all, for: set)
    // What a correction does not open would not have been written in any case.
    let refused = untouched.filter { opened([$0: .null], for: set)[$0] != nil }
    if !settles, let problem = Submission.joined(refused.map { Edit.conflict($0, matter) }) { throw problem }
    return kept
  }

  /// What somebody who writes has before their eyes of a register; the first of several values where people differ.
  private func shown(_ register: String) -> Value { state.shownValues(register).first ?? .null }

  /// What answers a correction must not be kept out by what the correction does not open: one write counts as a whole.
  private func opened(_ all: Members, for set: Members) -> Members {
    let open = state.openForCorrection.fields
    guard !state.versions.isEmpty, set.keys.allSatisfy(open.contains) else { return all }
    return all.filter { open.contains($0.key) }
  }

  /// What an identity number says takes the place of what was filled in from an earlier one.
  private func follow(
    _ form: MergedForm, _ written: Members, _ applicant: Value, _ values: Members,
    _ additions: inout Members
  ) throws(Problem) {
    var refused: [Problem] = []
    for contradiction in form.contradictions(values, applicant: applicant, today: today) {
      guard let entry = form.entries.first(where: { $0.field.id == contradiction.field }) else { continue }
      if entry.members.contains(where: { written[$0] != nil }) {
        refused.append(contradiction)
      } else if let value = form.completed(
        values.filter { !entry.members.contains($0.key) }, applicant: applicant, today: today)[entry.field.id]
      {
        for member in entry.members { additions[member] = value }
      }
    }
    if let problem = Submission.joined(refused) { throw problem }
  }

  private func guidance(_ set: Members) -> Guidance {
    func value(_ register: String) -> Value? { set[register] ?? state.value(register) }
    let answers = (value(Register.answers)?.object ?? [:]).compactMapValues(\.text)
    let items = (value(Register.items)?.array ?? []).compactMap(\.text).map { ItemID($0) }
    return Guidance(matter, answers: answers, named: items.isEmpty ? nil : items)
  }

  /// The additions in their registers; a group is written whole.
  private func registers(
    _ additions: Members, _ set: Members, _ applicant: Value
  ) -> Members {
    var output = set
    let isKnown = set[Register.applicant] ?? shown(Register.applicant)
    if applicant != isKnown { output[Register.applicant] = applicant }
    for field in matter.fields {
      guard let value = additions[field.id] else { continue }
      guard let group = field.group else {
        output[field.id] = value
        continue
      }
      let register = Register.group(group)
      var whole = output[register] ?? shown(register)
      if whole.isNull { whole = [:] }
      whole[field.id] = value.isNull ? Value?.none : value
      output[register] = whole.isBlank ? .null : whole
    }
    return output
  }
}
