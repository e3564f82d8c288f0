package import Foundations

/// How often one person acts for others, and whose account receives the money: what a supervisor looks at (rules.md
/// 5.2; the bounds are a proposal, to be confirmed by the county).
package struct AgentUse: Sendable, Equatable {
  /// One application in which somebody acts for somebody else.
  package struct Act: Sendable {
    package let agent: String
    package let agentName: String
    package let applicant: String
    /// Numbers of the accounts that receive something.
    package let accounts: [String]
    package let at: Instant

    /// - Parameters:
    ///   - agent: the identity number, or the name where there is none.
    ///   - applicant: likewise.
    package init(agent: String, agentName: String, applicant: String, accounts: [String], at: Instant) {
      self.agent = agent
      self.agentName = agentName
      self.applicant = applicant
      self.accounts = accounts
      self.at = at
    }
  }

  /// Why somebody should be looked at.
  package enum Flag: String, Sendable, CaseIterable {
    /// For unusually many people in a short time.
    case many
    /// One account receives for several applicants.
    case account
  }

  package let agent: String
  package let name: String
  package let applications: Int
  package let applicants: Int
  package let flags: [Flag]

  /// Applicants within `days` from which on an agent is looked at.
  package static let applicantsMax = 20
  package static let days: Int64 = 30

  /// One line an agent, those who should be looked at first, then by how many they act for.
  package static func summary(_ acts: [Act]) -> [AgentUse] {
    Dictionary(grouping: acts, by: \.agent).map { agent, acts in
      var flags: [Flag] = []
      if isOften(acts) { flags.append(.many) }
      let paid = Dictionary(grouping: acts.flatMap { act in act.accounts.map { (account: $0, to: act.applicant) } }) {
        $0.account
      }
      if paid.values.contains(where: { Set($0.map(\.to)).count > 1 }) { flags.append(.account) }
      return AgentUse(
        agent: agent, name: acts.map(\.agentName).max() ?? "", applications: acts.count,
        applicants: Set(acts.map(\.applicant)).count, flags: flags)
    }.sorted {
      ($1.flags.count, $1.applicants, $0.agent) < ($0.flags.count, $0.applicants, $1.agent)
    }
  }

  /// Whether any span of so many days has that many applicants.
  private static func isOften(_ acts: [Act]) -> Bool {
    let sorted = acts.sorted { $0.at < $1.at }
    var first = 0
    var counts: [String: Int] = [:]
    for act in sorted {
      counts[act.applicant, default: 0] += 1
      while sorted[first].at.adding(seconds: days * 86_400) < act.at {
        let gone = sorted[first].applicant
        counts[gone] = counts[gone].flatMap { $0 > 1 ? $0 - 1 : nil }
        first += 1
      }
      if counts.count >= applicantsMax { return true }
    }
    return false
  }
}
