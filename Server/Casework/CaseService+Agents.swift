internal import Application
internal import Catalog
package import Foundations
internal import Journal
internal import Replication

/// Who acts for whom: for supervisors.
extension CaseService {
  private static let pageRows = 500

  /// Everybody who acts for others: `{agent, name, applications, applicants, flags}` each, the number masked; those
  /// that should be looked at stand first.
  package func agents() throws(Problem) -> [Value] {
    var acts: [AgentUse.Act] = []
    var since: Int64 = 0
    while true {
      let next = try journal.read { reader throws(Problem) in
        let county = try county(reader)
        let rows = try reader.applications(since: since, limit: Self.pageRows)
        for row in rows {
          guard let state = ApplicationState.fold(try reader.operations(row.id)), state.status != .draft else {
            continue
          }
          if let act = Self.act(state, county) { acts.append(act) }
        }
        return rows.last?.lastSequence
      }
      guard let next else { break }
      since = next
    }
    return AgentUse.summary(acts).map { use in
      [
        "agent": .text(Masking.idNumber(use.agent)), "name": .text(use.name), "applications": Value(use.applications),
        "applicants": Value(use.applicants), "flags": .array(use.flags.map { .text($0.rawValue) }),
      ]
    }
  }

  private static func act(_ state: ApplicationState, _ county: County) -> AgentUse.Act? {
    guard let agent = state.value(Register.agent), !agent.isBlank, let name = agent["name"]?.text,
      let applicant = state.value(Register.applicant)
    else { return nil }
    let values = state.fieldValues
    let accounts = county.matter(of: state)?.fields.filter { $0.type == .bankAccount }.compactMap {
      values[$0.id]?.text
    }
    func who(_ party: Value) -> String {
      party["idNumber"]?.text ?? party["uscc"]?.text ?? party["name"]?.text ?? ""
    }
    return AgentUse.Act(
      agent: who(agent), agentName: name, applicant: who(applicant), accounts: accounts ?? [], at: state.createdAt)
  }
}
