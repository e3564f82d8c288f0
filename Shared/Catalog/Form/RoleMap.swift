internal import Foundations

/// Which roles are one person: the father who applies is asked for his name once.
package struct RoleMap: Sendable {
  private let sameRoles: [String: String]

  package init(_ sameRoles: [String: String]) { self.sameRoles = sameRoles }

  /// The role that stands for the person: `applicant` where the person applies, else the last in the chain; of roles
  /// that name each other the smallest, so that it does not depend on where one begins.
  package func person(_ role: String) -> String {
    var chain = [role]
    while let next = sameRoles[chain[chain.count - 1]] {
      if next == Role.applicant { return next }
      if let first = chain.firstIndex(of: next) { return chain[first...].min() ?? next }
      chain.append(next)
    }
    return chain[chain.count - 1]
  }
}
