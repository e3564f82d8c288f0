internal import Application
internal import CaptureStore
internal import Catalog
package import Foundations
internal import Replication

/// Benefits that find people 免申即享.
extension Assistant {
  /// Of this many applications the households are put together, the newest: more than a station has in a year.
  private static let suggestedFromMax = 1000

  /// What the households of this device are likely entitled to: `{matter, because, name, basis, person, toAsk}` each,
  /// no network needed. What is known comes before what has to be asked first.
  /// - Parameter id: one application, and whoever shares a person with it; nil for all.
  package func suggestions(_ id: String?) throws(Problem) -> [Value] {
    try store().read { session throws(Problem) in
      let county = session.identity.countyDivision
      var cases: [CapturedCase] = []
      var wanted: ApplicationID?
      if let id { wanted = try Self.state(named: id, session).id }
      var position: Int?
      // The newest come first; what was said later is to count.
      for row in try session.applications(limit: Self.suggestedFromMax).reversed() {
        let state = try Self.state(row.id, session)
        guard state.withdrawal == nil, state.erasure == nil, state.refusal == nil,
          let matter = try session.matter(state.matter, version: state.formVersion)
        else { continue }
        if state.id == wanted { position = cases.count }
        let guidance = try Submission(session, state, today: today).guidance
        cases.append(
          CapturedCase(
            matter: matter, values: state.fieldValues, applicant: state.value(Register.applicant) ?? .null,
            sameRoles: guidance.sameRoles))
      }
      // An application that was taken back says nothing of anybody.
      if wanted != nil, position == nil { return [] }
      var households = Household.all(cases, today: today)
      if let position { households = households.filter { $0.places.contains(position) } }
      return Suggestion.all(
        for: households, matters: try session.catalog().visible(to: county), county: county,
        facts: FactsDocument.published(try session.document("facts")), today: today
      ).map(\.value)
    }
  }
}

extension Suggestion {
  fileprivate var value: Value {
    [
      "matter": .text(matter.text), "because": .text(because), "name": .text(name), "basis": Value(basis),
      "person": Value(person), "toAsk": .array(toAsk.map { .text($0.question) }),
    ]
  }
}
