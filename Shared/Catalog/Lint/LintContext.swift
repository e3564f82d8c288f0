internal import Foundations

/// What a matter is looked at beside: what the county has registered and promised.
package struct LintContext: Sendable {
  /// Nil where the folder has none: references are not checked then.
  package var sharing: SharingRegister?
  /// Nil where the folder has none: facts are not checked then.
  package var facts: FactRegister?
  /// Authorities that windows list letter for letter.
  package var authorities: Set<String> = []
  /// By how many per cent a promise has to be shorter than the law, by the division of the list (赣榆 50, R144).
  package var compression: [String: Int] = [:]

  package init(
    sharing: SharingRegister? = nil, facts: FactRegister? = nil, authorities: Set<String> = [],
    compression: [String: Int] = [:]
  ) {
    self.sharing = sharing
    self.facts = facts
    self.authorities = authorities
    self.compression = compression
  }

  /// The longest promise that a list allows beside a statutory limit: rounded down (R18).
  func promiseMax(statutory: Int, division: String) -> Int? {
    guard statutory <= TimeLimit.daysMax else { return nil }
    return compression[division].map { statutory * (100 - $0) / 100 }
  }
}

extension CatalogIssue {
  /// Whether it keeps a matter from being confirmed: something a household would be wrongly told, or not told at all.
  package var blocksConfirmation: Bool { !Self.advice.contains(code) }

  /// Warnings that are matters of taste, or of the county's own targets.
  private static let advice: Set<String> = Set(
    [ProblemKind.lintNoEffect, .lintSameName, .lintPromise, .lintNoMain].map(\.code))
}
