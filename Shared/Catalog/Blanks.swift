package import Foundations

/// Parts of a matter before anything is known of them, for whoever makes one from something else than its file.
extension Matter {
  /// A matter of a county's own making, without items, fields and materials; an example until it is confirmed.
  package static func blank(_ id: MatterID, name: String, jurisdiction: String, division: String) -> Matter {
    let source = MatterSource(
      jurisdiction: jurisdiction, level: "county", division: division, title: "本县自建", number: 1)
    return Matter(
      id: id, name: name, source: source, detail: .example, version: 1, subjects: [.person, .organisation], lead: [],
      cooperating: [], items: [], fields: [], materials: [], guidance: [])
  }
}

extension ServiceItem {
  /// A standard item, handled by the county.
  package static func blank(_ id: ItemID) -> ServiceItem {
    ServiceItem(id: id, name: "", choice: .standard, prerequisites: [], level: .county)
  }
}

extension Prerequisite {
  /// - Parameter ids: one of these is enough.
  package static func on(_ ids: [ItemID], hard: Bool) -> Prerequisite { Prerequisite(anyOf: ids, hard: hard) }
}

extension TimeLimit {
  /// Working days, of which none are known yet.
  package static var blank: TimeLimit { TimeLimit(unit: .workingDays) }
}

extension MaterialRequirement {
  /// One original that the applicant always brings.
  package static func blank(_ id: String) -> MaterialRequirement {
    MaterialRequirement(
      id: id, name: "", required: true, source: .own, deferrable: false, items: [], copies: 1, resultOf: [])
  }
}

extension Option {
  /// One choice: what is stored, and what is shown.
  package static func of(_ value: String, _ label: String) -> Option { Option(value: value, label: label) }
}
