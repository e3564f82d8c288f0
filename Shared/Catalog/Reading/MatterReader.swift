internal import Application
internal import Foundations

/// One JSON object into one matter. The keys are those of `Matter.swift`; `BuiltIn/README.md` explains each of them.
enum MatterReader {
  static func matter(_ value: Value, _ log: IssueLog) -> Matter {
    let reader = ObjectReader(value, at: "", keys: MatterKeys.matter, log: log)
    return Matter(
      id: MatterID(reader.text("id")), name: reader.text("name"), printedName: reader.textIfPresent("printedName"),
      source: source(reader), detail: reader.choice("detail", MatterDetail.outline),
      version: reader.integer("version"), subjects: reader.choices("subjects", of: SubjectKind.self),
      lead: reader.list("lead") { lead($0, at: $1, log) }, cooperating: reader.texts("cooperating"),
      deadline: reader.textIfPresent("deadline"), group: reader.textIfPresent("group"),
      note: reader.textIfPresent("note"), overall: limit(reader, "overall"),
      conditions: reader.texts("conditions"), roles: reader.list("roles") { role($0, at: $1, log) },
      items: reader.list("items") { item($0, at: $1, log) },
      fields: reader.list("fields", required: true) { field($0, at: $1, log, isColumn: false) },
      materials: reader.list("materials") { material($0, at: $1, log) },
      guidance: reader.list("guidance") { question($0, at: $1, log) },
      rules: reader.list("rules") { rule($0, at: $1, log) },
      entitlements: reader.list("entitlements") { entitlement($0, at: $1, log) })
  }

  private static func role(_ value: Value, at path: String, _ log: IssueLog) -> Role {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.role, log: log)
    return Role(id: reader.text("id"), name: reader.text("name"))
  }

  private static func entitlement(_ value: Value, at path: String, _ log: IssueLog) -> Entitlement {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.entitlement, log: log)
    return Entitlement(
      when: reader.list("when", required: true) { fact($0, at: $1, log) }, reason: reader.text("reason"),
      basis: reader.textIfPresent("basis"))
  }

  private static func fact(_ value: Value, at path: String, _ log: IssueLog) -> FactCondition {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.fact, log: log)
    return FactCondition(
      fact: reader.text("fact"), values: reader.texts("values"), min: reader.integerIfPresent("min"),
      max: reader.integerIfPresent("max"))
  }

  private static func rule(_ value: Value, at path: String, _ log: IssueLog) -> FormRule {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.rule, log: log)
    let fields = reader.texts("fields")
    if fields.count != 2 { log.note(.catalogBounds, at: reader.place("fields"), "fields 应是两个表单项") }
    return FormRule(
      relation: FieldRelation(
        reader.choice("kind", FieldRelation.Kind.notAfter), fields.first ?? "", fields.last ?? ""),
      text: reader.text("text"))
  }

  private static func source(_ parent: ObjectReader) -> MatterSource {
    let empty = MatterSource(jurisdiction: "", level: "", division: "", title: "", number: 0)
    guard let value = parent.required("source") else { return empty }
    let reader = ObjectReader(value, at: parent.place("source"), keys: MatterKeys.source, log: parent.log)
    return MatterSource(
      jurisdiction: reader.text("jurisdiction"), level: reader.choice("level", ListLevel.county).rawValue,
      division: reader.text("division"), title: reader.text("title"), number: reader.integer("number"),
      worked: reader.textIfPresent("worked"))
  }

  private static func lead(_ value: Value, at path: String, _ log: IssueLog) -> LeadRule {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.lead, log: log)
    return LeadRule(
      authority: reader.text("authority"), when: reader.textIfPresent("when"),
      subject: reader.choiceIfPresent("subject", of: OrganisationKind.self), items: reader.items("items"))
  }

  private static func limit(_ parent: ObjectReader, _ key: String) -> TimeLimit? {
    guard let value = parent.optional(key) else { return nil }
    let reader = ObjectReader(value, at: parent.place(key), keys: MatterKeys.limit, log: parent.log)
    return TimeLimit(
      statutory: reader.integerIfPresent("statutory"), promised: reader.integerIfPresent("promised"),
      unit: reader.choice("unit", DayUnit.workingDays), source: reader.textIfPresent("source"),
      extension: reader.integerIfPresent("extension"), excluded: reader.texts("excluded"))
  }

  private static func item(_ value: Value, at path: String, _ log: IssueLog) -> ServiceItem {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.item, log: log)
    return ServiceItem(
      id: ItemID(reader.text("id")), name: reader.text("name"), printedName: reader.textIfPresent("printedName"),
      authority: reader.textIfPresent("authority"), choice: reader.choice("choice", ItemChoice.standard),
      prerequisites: reader.list("prerequisites") { prerequisite($0, at: $1, log) }, limit: limit(reader, "limit"),
      typeCode: reader.textIfPresent("typeCode"), special: reader.textIfPresent("special"),
      fee: reader.textIfPresent("fee"), result: reader.textIfPresent("result"), basis: reader.textIfPresent("basis"),
      agency: reader.choiceIfPresent("agency", of: Agency.self)?.rawValue,
      level: reader.choice("level", HandlingLevel.county),
      receiveMeansAccept: reader.bool("receiveMeansAccept", default: false),
      givesBack: reader.bool("givesBack", default: false), asksWill: reader.bool("asksWill", default: false),
      together: reader.bool("together", default: false), inspection: inspection(reader), worked: reader.texts("worked"))
  }

  private static func inspection(_ parent: ObjectReader) -> Inspection? {
    guard let value = parent.optional("inspection") else { return nil }
    let reader = ObjectReader(
      value, at: parent.place("inspection"), keys: MatterKeys.inspection, log: parent.log)
    return Inspection(name: reader.text("name"), workingDays: reader.integer("workingDays"))
  }

  private static func prerequisite(_ value: Value, at path: String, _ log: IssueLog) -> Prerequisite {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.prerequisite, log: log)
    let anyOf = reader.items("anyOf")
    if reader.required("anyOf") != nil, anyOf.isEmpty { log.note(.catalogEmpty, at: reader.place("anyOf"), "“anyOf”") }
    return Prerequisite(anyOf: anyOf, hard: reader.bool("hard"), otherwise: detour(reader))
  }

  private static func detour(_ parent: ObjectReader) -> Detour? {
    guard let value = parent.optional("otherwise") else { return nil }
    let reader = ObjectReader(value, at: parent.place("otherwise"), keys: MatterKeys.detour, log: parent.log)
    return Detour(items: reader.items("items"), materials: reader.texts("materials"), text: reader.text("text"))
  }

  private static func field(_ value: Value, at path: String, _ log: IssueLog, isColumn: Bool) -> Field {
    let reader = ObjectReader(value, at: path, keys: isColumn ? MatterKeys.column : MatterKeys.field, log: log)
    return Field(
      id: reader.text("id"), name: reader.text("name"), type: reader.choice("type", FieldType.text),
      required: reader.bool("required"), requiredWhen: reader.textIfPresent("requiredWhen"),
      requiredIf: isColumn ? nil : condition(reader, "requiredIf"),
      min: reader.textIfPresent("min"), max: reader.textIfPresent("max"),
      maxLength: reader.integerIfPresent("maxLength"), pattern: reader.textIfPresent("pattern"),
      check: reader.optional("check") == nil ? nil : reader.choice("check", FieldCheck.personName),
      options: reader.list("options") { option($0, at: $1, log) }, items: reader.items("items"),
      role: reader.textIfPresent("role"), element: reader.textIfPresent("element"),
      group: reader.textIfPresent("group"), sensitive: reader.bool("sensitive", default: false),
      personal: reader.bool("personal", default: false), example: reader.required("example") ?? .null,
      columns: isColumn ? [] : reader.list("columns") { field($0, at: $1, log, isColumn: true) },
      hint: reader.textIfPresent("hint"))
  }

  private static func condition(_ parent: ObjectReader, _ key: String) -> FieldCondition? {
    guard let value = parent.optional(key) else { return nil }
    let reader = ObjectReader(value, at: parent.place(key), keys: MatterKeys.condition, log: parent.log)
    return FieldCondition(
      field: reader.text("field"), values: reader.texts("values"), minAge: reader.integerIfPresent("minAge"),
      maxAge: reader.integerIfPresent("maxAge"))
  }

  private static func option(_ value: Value, at path: String, _ log: IssueLog) -> Option {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.option, log: log)
    return Option(value: reader.text("value"), label: reader.text("label"))
  }

  private static func material(_ value: Value, at path: String, _ log: IssueLog) -> MaterialRequirement {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.material, log: log)
    return MaterialRequirement(
      id: reader.text("id"), name: reader.text("name"), required: reader.bool("required"),
      requiredWhen: reader.textIfPresent("requiredWhen"), source: reader.choice("source", MaterialSource.own),
      deferrable: reader.bool("deferrable", default: false), items: reader.items("items"),
      issuer: reader.textIfPresent("issuer"), form: reader.textIfPresent("form"),
      copies: reader.integerIfPresent("copies") ?? 1, resultOf: reader.items("resultOf"),
      note: reader.textIfPresent("note"), type: reader.textIfPresent("type"), owner: reader.textIfPresent("owner"),
      validMonths: reader.integerIfPresent("validMonths"), main: reader.bool("main", default: false),
      commitment: reader.bool("commitment", default: false), shared: reader.textIfPresent("shared"))
  }

  private static func question(_ value: Value, at path: String, _ log: IssueLog) -> Question {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.question, log: log)
    return Question(
      id: reader.text("id"), text: reader.text("text"), when: reader.list("when") { when($0, at: $1, log) },
      answers: reader.list("answers", required: true) { answer($0, at: $1, log) })
  }

  private static func when(_ value: Value, at path: String, _ log: IssueLog) -> AnswerCondition {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.when, log: log)
    return AnswerCondition(question: reader.text("question"), answers: reader.texts("answers"))
  }

  private static func answer(_ value: Value, at path: String, _ log: IssueLog) -> Answer {
    let reader = ObjectReader(value, at: path, keys: MatterKeys.answer, log: log)
    return Answer(
      label: reader.text("label"), effect: reader.text("effect"), addItems: reader.items("addItems"),
      removeItems: reader.items("removeItems"), addMaterials: reader.texts("addMaterials"),
      removeMaterials: reader.texts("removeMaterials"), requireFields: reader.texts("requireFields"),
      sameRoles: reader.textsByKey("sameRoles"), stop: reader.bool("stop", default: false))
  }
}

/// The keys of each kind of object, in the order the encoder writes them.
enum MatterKeys {
  static let matter = [
    "id", "name", "printedName", "source", "detail", "version", "subjects", "lead", "cooperating", "deadline", "group",
    "note", "overall", "conditions", "roles", "items", "fields", "materials", "guidance", "rules", "entitlements",
  ]
  static let role = ["id", "name"]
  static let entitlement = ["when", "reason", "basis"]
  static let fact = ["fact", "values", "min", "max"]
  static let inspection = ["name", "workingDays"]
  static let condition = ["field", "values", "minAge", "maxAge"]
  static let when = ["question", "answers"]
  static let rule = ["kind", "fields", "text"]
  static let source = ["jurisdiction", "level", "division", "title", "number", "worked"]
  static let lead = ["authority", "when", "subject", "items"]
  static let limit = ["statutory", "promised", "unit", "source", "extension", "excluded"]
  static let item = [
    "id", "name", "printedName", "authority", "choice", "prerequisites", "limit", "typeCode", "special", "fee",
    "result", "basis", "agency", "level", "receiveMeansAccept", "givesBack", "asksWill", "together", "inspection",
    "worked",
  ]
  static let prerequisite = ["anyOf", "hard", "otherwise"]
  static let detour = ["items", "materials", "text"]
  static let field = [
    "id", "name", "type", "required", "requiredWhen", "requiredIf", "min", "max", "maxLength", "pattern", "check",
    "options", "items", "role", "element", "group", "sensitive", "personal", "example", "columns", "hint",
  ]
  /// A column is a field that belongs to its list: it has no items, group or columns of its own.
  static let column = field.filter { !["requiredIf", "items", "role", "element", "group", "columns"].contains($0) }
  static let option = ["value", "label"]
  static let material = [
    "id", "name", "required", "requiredWhen", "source", "deferrable", "items", "issuer", "form", "copies", "resultOf",
    "note", "type", "owner", "validMonths", "main", "commitment", "shared",
  ]
  static let question = ["id", "text", "when", "answers"]
  static let answer = [
    "label", "effect", "addItems", "removeItems", "addMaterials", "removeMaterials", "requireFields",
    "sameRoles", "stop",
  ]
}

/// Whose list a matter stands on (`MatterSource.level`).
enum ListLevel: String, CaseIterable {
  case national, province, city, county
}

/// Whether an agent may act (`ServiceItem.agency`).
enum Agency: String, CaseIterable {
  case yes, partly, no
}
