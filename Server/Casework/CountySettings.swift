package import Catalog
package import Foundations

/// What a county has set for itself, as the registry's document says it, which devices have, too.
package struct CountySettings: Sendable {
  package static let deferralCap = "deferralCapDays"
  package static let documentPrefix = "documentPrefix"

  /// The longest time for deferred materials in working days; nil where none was set.
  package let deferralCapDays: Int?
  /// What the numbers of documents begin with: `清审`, for the county's approval authority.
  package let documentPrefix: String
  package let will: WillRules

  package init(_ settings: Value) {
    deferralCapDays = settings[Self.deferralCap]?.integer.map { Int(clamping: $0) }
    documentPrefix = settings[Self.documentPrefix]?.text ?? String((settings["name"]?.text ?? "").prefix(1)) + "审"
    will = WillRules(county: settings)
  }
}
