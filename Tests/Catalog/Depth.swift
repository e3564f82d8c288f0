import Foundations

@testable import Catalog

/// Small matters for rules that the built-in ones are too large to show.
enum Depth {
  static func matter(
    items: [ServiceItem] = [], fields: [Field] = [], materials: [MaterialRequirement] = [], guidance: [Question] = [],
    overall: TimeLimit? = nil
  ) -> Matter {
    Matter(
      id: MatterID("m"), name: "一件事", printedName: nil,
      source: MatterSource(jurisdiction: "清涧县", level: "county", division: "610830", title: "t", number: 1),
      detail: .example, version: 1, subjects: [.person], lead: [LeadRule(authority: "县审批局")], cooperating: [],
      deadline: nil, group: nil, note: nil, overall: overall, items: items, fields: fields, materials: materials,
      guidance: guidance)
  }

  static func item(
    _ id: String, _ choice: ItemChoice = .standard, after: [[String]] = [], promised: Int? = nil,
    statutory: Int? = nil, unit: DayUnit = .workingDays, type: String? = nil, agency: String? = nil,
    together: Bool = false
  ) -> ServiceItem {
    ServiceItem(
      id: ItemID(id), name: "事项\(id)", printedName: nil, authority: "县\(id)局", choice: choice,
      prerequisites: after.map { Prerequisite(anyOf: $0.map { ItemID($0) }, hard: true) },
      limit: promised == nil && statutory == nil
        ? nil : TimeLimit(statutory: statutory, promised: promised, unit: unit, source: nil),
      typeCode: type, special: nil, fee: nil, result: nil, basis: nil, agency: agency, level: .county,
      together: together)
  }

  static func field(
    _ id: String, _ type: FieldType = .text, items: [String] = [], required: Bool = true, maxLength: Int? = nil,
    min: String? = nil, max: String? = nil, options: [String] = [], role: String? = nil, element: String? = nil,
    requiredIf: FieldCondition? = nil
  ) -> Field {
    Field(
      id: id, name: id, type: type, required: required, requiredWhen: nil, requiredIf: requiredIf, min: min, max: max,
      maxLength: maxLength, pattern: nil, options: options.map { Option(value: $0, label: "选\($0)") },
      items: items.map { ItemID($0) }, role: role, element: element, group: nil, sensitive: false, example: .null,
      columns: [], hint: nil)
  }

  static func material(
    _ id: String, _ source: MaterialSource = .own, items: [String] = [], required: Bool = true, type: String? = nil,
    owner: String? = nil, copies: Int = 1, form: String? = nil, validMonths: Int? = nil, deferrable: Bool = false,
    shared: String? = nil
  ) -> MaterialRequirement {
    MaterialRequirement(
      id: id, name: "材料\(id)", required: required, requiredWhen: nil, source: source, deferrable: deferrable,
      items: items.map { ItemID($0) }, issuer: nil, form: form, copies: copies, resultOf: [], note: nil, type: type,
      owner: owner, validMonths: validMonths, shared: shared)
  }

  static func question(_ id: String, _ answers: [Answer], when: [AnswerCondition] = []) -> Question {
    Question(id: id, text: "问\(id)", when: when, answers: answers)
  }

  static func answer(
    _ label: String, add: [String] = [], remove: [String] = [], fields: [String] = [], same: [String: String] = [:],
    stop: Bool = false
  ) -> Answer {
    Answer(
      label: label, effect: "因为\(label)", addItems: add.map { ItemID($0) }, removeItems: remove.map { ItemID($0) },
      requireFields: fields, sameRoles: same, stop: stop)
  }

  /// 2026-11-28, a Saturday.
  static let today = CivilDate(dayNumber: 20_785)
}
