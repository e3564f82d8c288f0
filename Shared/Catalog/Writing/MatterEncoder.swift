internal import Application
internal import Foundations

/// Writes a matter as its catalogue file: the keys in the order of `BuiltIn/README.md`, what is empty or usual left
/// out, so that decoding gives the same matter and encoding that gives the same bytes.
package enum MatterEncoder {
  /// The text of the file, UTF-8, with a line break at its end.
  package static func text(_ matter: Matter) -> String {
    var members = Members()
    members.add("id", matter.id.text)
    members.add("name", matter.name)
    members.add("printedName", matter.printedName)
    members.add("source", object: source(matter.source))
    members.add("detail", matter.detail.rawValue)
    members.add("version", integer: matter.version)
    members.add("subjects", texts: matter.subjects.map(\.rawValue))
    members.add("lead", objects: matter.lead.map(lead))
    members.add("cooperating", texts: matter.cooperating)
    members.add("deadline", matter.deadline)
    members.add("group", matter.group)
    members.add("note", matter.note)
    members.add("overall", object: matter.overall.map(limit))
    members.add("conditions", texts: matter.conditions)
    members.add("roles", objects: matter.roles.map(role))
    members.add("items", objects: matter.items.map(item))
    members.add("fields", objects: matter.fields.map(field))
    members.add("materials", objects: matter.materials.map(material))
    members.add("guidance", objects: matter.guidance.map(question))
    members.add("rules", objects: matter.rules.map(rule))
    members.add("entitlements", objects: matter.entitlements.map(entitlement))
    return members.json.fileText
  }

  private static func role(_ role: Role) -> Members {
    var members = Members()
    members.add("id", role.id)
    members.add("name", role.name)
    return members
  }

  private static func entitlement(_ entitlement: Entitlement) -> Members {
    var members = Members()
    members.add("when", objects: entitlement.when.map(fact))
    members.add("reason", entitlement.reason)
    members.add("basis", entitlement.basis)
    return members
  }

  private static func fact(_ condition: FactCondition) -> Members {
    var members = Members()
    members.add("fact", condition.fact)
    members.add("values", texts: condition.values)
    members.add("min", integer: condition.min)
    members.add("max", integer: condition.max)
    return members
  }

  private static func rule(_ rule: FormRule) -> Members {
    var members = Members()
    members.add("kind", rule.relation.kind.rawValue)
    members.add("fields", texts: [rule.relation.first, rule.relation.second])
    members.add("text", rule.text)
    return members
  }

  private static func source(_ source: MatterSource) -> Members {
    var members = Members()
    members.add("jurisdiction", source.jurisdiction)
    members.add("level", source.level)
    members.add("division", source.division)
    members.add("title", source.title)
    members.add("number", integer: source.number)
    members.add("worked", source.worked)
    return members
  }

  private static func lead(_ lead: LeadRule) -> Members {
    var members = Members()
    members.add("authority", lead.authority)
    members.add("when", lead.when)
    members.add("subject", lead.subject?.rawValue)
    members.add("items", texts: lead.items.map(\.text))
    return members
  }

  private static func limit(_ limit: TimeLimit) -> Members {
    var members = Members()
    members.add("statutory", integer: limit.statutory)
    members.add("promised", integer: limit.promised)
    members.add("unit", limit.unit.rawValue)
    members.add("source", limit.source)
    members.add("extension", integer: limit.extension)
    members.add("excluded", texts: limit.excluded)
    return members
  }

  private static func item(_ item: ServiceItem) -> Members {
    var members = Members()
    members.add("id", item.id.text)
    members.add("name", item.name)
    members.add("printedName", item.printedName)
    members.add("authority", item.authority)
    members.add("choice", item.choice.rawValue)
    members.add("prerequisites", objects: item.prerequisites.map(prerequisite))
    members.add("limit", object: item.limit.map(limit))
    members.add("typeCode", item.typeCode)
    members.add("special", item.special)
    members.add("fee", item.fee)
    members.add("result", item.result)
    members.add("basis", item.basis)
    members.add("agency", item.agency)
    members.add("level", item.level.rawValue)
    members.add("receiveMeansAccept", flag: item.receiveMeansAccept)
    members.add("givesBack", flag: item.givesBack)
    members.add("asksWill", flag: item.asksWill)
    members.add("together", flag: item.together)
    members.add("inspection", object: item.inspection.map(inspection))
    members.add("worked", texts: item.worked)
    return members
  }

  private static func inspection(_ inspection: Inspection) -> Members {
    var members = Members()
    members.add("name", inspection.name)
    members.add("workingDays", integer: inspection.workingDays)
    return members
  }

  private static func prerequisite(_ prerequisite: Prerequisite) -> Members {
    var members = Members()
    members.add("anyOf", texts: prerequisite.anyOf.map(\.text))
    members.add("hard", value: .bool(prerequisite.hard))
    members.add("otherwise", object: prerequisite.otherwise.map(detour))
    return members
  }

  private static func detour(_ detour: Detour) -> Members {
    var members = Members()
    members.add("items", texts: detour.items.map(\.text))
    members.add("materials", texts: detour.materials)
    members.add("text", detour.text)
    return members
  }

  private static func field(_ field: Field) -> Members {
    var members = Members()
    members.add("id", field.id)
    members.add("name", field.name)
    members.add("type", field.type.rawValue)
    members.add("required", value: .bool(field.required))
    members.add("requiredWhen", field.requiredWhen)
    members.add("requiredIf", object: field.requiredIf.map(condition))
    members.add("min", field.min)
    members.add("max", field.max)
    members.add("maxLength", integer: field.maxLength)
    members.add("pattern", field.pattern)
    members.add("check", field.check?.rawValue)
    members.add("options", objects: field.options.map(option))
    members.add("items", texts: field.items.map(\.text))
    members.add("role", field.role)
    members.add("element", field.element)
    members.add("group", field.group)
    members.add("sensitive", flag: field.sensitive)
    members.add("personal", flag: field.personal)
    members.add("example", json: .ordered(field.example, by: exampleKeys(field)))
    members.add("columns", objects: field.columns.map(Self.field))
    members.add("hint", field.hint)
    return members
  }

  /// The order in which the members of an example stand.
  private static func exampleKeys(_ field: Field) -> [String] {
    field.type == .list ? field.columns.map(\.id) : ["division", "detail", "name", "idNumber", "phone"]
  }

  private static func condition(_ condition: FieldCondition) -> Members {
    var members = Members()
    members.add("field", condition.field)
    members.add("values", texts: condition.values)
    members.add("minAge", integer: condition.minAge)
    members.add("maxAge", integer: condition.maxAge)
    return members
  }

  private static func option(_ option: Option) -> Members {
    var members = Members()
    members.add("value", option.value)
    members.add("label", option.label)
    return members
  }

  private static func material(_ material: MaterialRequirement) -> Members {
    var members = Members()
    members.add("id", material.id)
    members.add("name", material.name)
    members.add("required", value: .bool(material.required))
    members.add("requiredWhen", material.requiredWhen)
    members.add("source", material.source.rawValue)
    members.add("deferrable", flag: material.deferrable)
    members.add("items", texts: material.items.map(\.text))
    members.add("issuer", material.issuer)
    members.add("form", material.form)
    members.add("copies", integer: material.copies == 1 ? nil : material.copies)
    members.add("resultOf", texts: material.resultOf.map(\.text))
    members.add("note", material.note)
    members.add("type", material.type)
    members.add("owner", material.owner)
    members.add("validMonths", integer: material.validMonths)
    members.add("main", flag: material.main)
    members.add("commitment", flag: material.commitment)
    members.add("shared", material.shared)
    return members
  }

  private static func question(_ question: Question) -> Members {
    var members = Members()
    members.add("id", question.id)
    members.add("text", question.text)
    members.add("when", objects: question.when.map(when))
    members.add("answers", objects: question.answers.map(answer))
    return members
  }

  private static func when(_ condition: AnswerCondition) -> Members {
    var members = Members()
    members.add("question", condition.question)
    members.add("answers", texts: condition.answers)
    return members
  }

  private static func answer(_ answer: Answer) -> Members {
    var members = Members()
    members.add("label", answer.label)
    members.add("effect", answer.effect)
    members.add("addItems", texts: answer.addItems.map(\.text))
    members.add("removeItems", texts: answer.removeItems.map(\.text))
    members.add("addMaterials", texts: answer.addMaterials)
    members.add("removeMaterials", texts: answer.removeMaterials)
    members.add("requireFields", texts: answer.requireFields)
    members.add("sameRoles", json: answer.sameRoles)
    members.add("stop", flag: answer.stop)
    return members
  }
}

/// The members of an object in the order they are added; nil, empty lists and false flags are left out.
private struct Members {
  private var entries: [(key: String, value: OrderedJSON)] = []

  var json: OrderedJSON { .object(entries) }

  mutating func add(_ key: String, json: OrderedJSON) { entries.append((key: key, value: json)) }

  mutating func add(_ key: String, value: Value) { add(key, json: .value(value)) }

  mutating func add(_ key: String, _ text: String?) {
    if let text { add(key, value: .text(text)) }
  }

  mutating func add(_ key: String, integer: Int?) {
    if let integer { add(key, value: Value(integer)) }
  }

  mutating func add(_ key: String, flag: Bool) {
    if flag { add(key, value: .bool(true)) }
  }

  mutating func add(_ key: String, texts: [String]) {
    if !texts.isEmpty { add(key, json: .array(texts.map { .text($0) })) }
  }

  mutating func add(_ key: String, json texts: [String: String]) {
    guard !texts.isEmpty else { return }
    add(key, json: .object(texts.sorted { $0.key < $1.key }.map { (key: $0.key, value: .text($0.value)) }))
  }

  mutating func add(_ key: String, object: Members?) {
    if let object { add(key, json: object.json) }
  }

  mutating func add(_ key: String, objects: [Members]) {
    if !objects.isEmpty { add(key, json: .array(objects.map(\.json))) }
  }
}
