internal import Catalog
internal import Foundations

/// A matter from the three sheets that a clerk keeps: items, materials, fields. What the sheets do not speak of, as the
/// guidance, stays as it was; the result is an example until it is confirmed.
struct ClerkImport {
  private let items: ClerkSheet
  private let materials: ClerkSheet
  private let fields: ClerkSheet

  /// A file by its name and what is in it.
  typealias File = (name: String, bytes: [UInt8])

  /// - Throws: what is wrong with a table as a whole.
  init(items: File, materials: File, fields: File) throws(Problem) {
    self.items = try ClerkSheet(name: items.name, bytes: items.bytes, columns: ClerkColumns.items)
    self.materials = try ClerkSheet(name: materials.name, bytes: materials.bytes, columns: ClerkColumns.materials)
    self.fields = try ClerkSheet(name: fields.name, bytes: fields.bytes, columns: ClerkColumns.fields)
  }

  /// The matter with what the sheets say.
  /// - Parameters:
  ///   - base: the matter as it was, or a new one without items, fields and materials.
  ///   - today: the legal day, for values such as dates.
  /// - Throws: everything that is wrong, by sheet, line and column.
  func apply(to base: Matter, today: CivilDate) throws(Problem) -> Matter {
    var matter = base
    matter.items = items.rows.map { item($0, base) }
    matter.materials = materials.rows.map { material($0, base) }
    matter.fields = fields.rows.map { field($0, base, today) }
    try refuse()
    matter.detail = .example
    // A matter that had no fields is new: its first version stays the first.
    if matter != base, !base.fields.isEmpty { matter.version += 1 }
    // Where nothing changed, too: the file may be from before a rule.
    try validate(matter)
    return matter
  }

  private func refuse() throws(Problem) {
    let all = (items.problems + materials.problems + fields.problems).prefix(Rows.faultsMax)
    guard var first = all.first else { return }
    first.others = Array(all.dropFirst())
    throw first
  }

  /// Reads the matter as a device would; a fault is shown at the row and the column it comes from.
  private func validate(_ matter: Matter) throws(Problem) {
    let file = CatalogFile(name: "\(matter.id).json", bytes: Array(MatterEncoder.text(matter).utf8))
    guard case .refused(let issues) = MatterDecoder.decode(file) else { return }
    var elsewhere: [Problem] = []
    for issue in issues {
      let parts = issue.path.split(separator: ".").map(String.init)
      let sheet = ["items": items, "materials": materials, "fields": fields][parts.first ?? ""]
      if let sheet, parts.count > 1, let index = Int(parts[1]) {
        let key = parts.count > 2 ? parts[2] == "limit" ? parts.last ?? "" : parts[2] : ""
        sheet.complain(index: index, key, issue.reason)
      } else {
        elsewhere.append(issue.problem)
      }
    }
    try refuse()
    guard var first = elsewhere.first else { return }
    first.others = Array(elsewhere.dropFirst())
    throw first
  }

  // MARK: Rows

  private func item(_ row: ClerkSheet.Row, _ base: Matter) -> ServiceItem {
    let id = ItemID(items.need(row, "id"))
    var item =
      base.items.first { $0.id == id }
      ?? .blank(id)
    item.name = items.need(row, "name")
    if items.has("authority") { item.authority = items.text(row, "authority") }
    if items.has("choice") { item.choice = items.word(row, "choice", ClerkColumns.choices, default: .standard) }
    if items.has("prerequisites") { item.prerequisites = prerequisites(row, item) }
    limit(row, &item)
    if items.has("fee") { item.fee = items.text(row, "fee") }
    if items.has("result") { item.result = items.text(row, "result") }
    if items.has("basis") { item.basis = items.text(row, "basis") }
    if items.has("agency") { item.agency = items.word(row, "agency", ClerkColumns.agencies, default: nil) }
    if items.has("level") { item.level = items.word(row, "level", ClerkColumns.levels, default: .county) }
    if items.has("special") { item.special = items.text(row, "special") }
    if items.has("typeCode") { item.typeCode = items.text(row, "typeCode") }
    return item
  }

  /// `i01；i02/i03；i04?`: all of them, one of the two, and one that is only a source of data.
  /// Another way around one, for which a sheet has no column, stays.
  private func prerequisites(_ row: ClerkSheet.Row, _ base: ServiceItem) -> [Prerequisite] {
    items.list(row, "prerequisites").map { text in
      let isSoft = text.hasSuffix("?") || text.hasSuffix("？")
      let ids = (isSoft ? text.dropLast() : text[...]).split { "/|".contains($0) }.map { ItemID(String($0).trimmed) }
      let prerequisite = Prerequisite.on(ids, hard: !isSoft)
      return base.prerequisites.first { $0.anyOf == ids && $0.hard == !isSoft } ?? prerequisite
    }
  }

  private func limit(_ row: ClerkSheet.Row, _ item: inout ServiceItem) {
    guard items.has("statutory") || items.has("promised") else { return }
    let (statutory, promised) = (items.integer(row, "statutory"), items.integer(row, "promised"))
    guard statutory != nil || promised != nil else { return item.limit = nil }
    var limit = item.limit ?? .blank
    limit.statutory = statutory
    limit.promised = promised
    if items.has("unit") { limit.unit = items.word(row, "unit", ClerkColumns.units, default: .workingDays) }
    if items.has("limitSource") { limit.source = items.text(row, "limitSource") }
    item.limit = limit
  }

  private func material(_ row: ClerkSheet.Row, _ base: Matter) -> MaterialRequirement {
    let (id, sheet) = (materials.need(row, "id"), materials)
    var material =
      base.materials.first { $0.id == id }
      ?? .blank(id)
    material.name = sheet.need(row, "name")
    if sheet.has("requiredWhen") { material.requiredWhen = sheet.text(row, "requiredWhen") }
    if sheet.has("required") {
      material.required = sheet.word(
        row, "required", [("是", true), ("否", false)], default: material.requiredWhen == nil)
    }
    if sheet.has("source") { material.source = sheet.word(row, "source", ClerkColumns.sources, default: .own) }
    if sheet.has("items") { material.items = sheet.list(row, "items").map { ItemID($0) } }
    if sheet.has("issuer") { material.issuer = sheet.text(row, "issuer") }
    if sheet.has("form") { material.form = sheet.text(row, "form") }
    if sheet.has("copies") { material.copies = sheet.integer(row, "copies") ?? 1 }
    if sheet.has("resultOf") { material.resultOf = sheet.list(row, "resultOf").map { ItemID($0) } }
    if sheet.has("deferrable") { material.deferrable = sheet.flag(row, "deferrable") }
    if sheet.has("main") { material.main = sheet.flag(row, "main") }
    if sheet.has("commitment") { material.commitment = sheet.flag(row, "commitment") }
    if sheet.has("type") { material.type = sheet.text(row, "type") }
    if sheet.has("owner") { material.owner = sheet.text(row, "owner") }
    if sheet.has("validMonths") { material.validMonths = sheet.integer(row, "validMonths") }
    if sheet.has("shared") { material.shared = sheet.text(row, "shared") }
    if sheet.has("note") { material.note = sheet.text(row, "note") }
    return material
  }

  private func field(_ row: ClerkSheet.Row, _ base: Matter, _ today: CivilDate) -> Field {
    let (id, sheet) = (fields.need(row, "id"), fields)
    var field = base.fields.first { $0.id == id } ?? .asked(id, "", .text)
    field.name = sheet.need(row, "name")
    let type = sheet.word(row, "type", ClerkColumns.types, default: field.type)
    let isOther = type != field.type
    field.type = type
    if sheet.has("requiredWhen") { field.requiredWhen = sheet.text(row, "requiredWhen") }
    if sheet.has("required") {
      field.required = sheet.word(row, "required", [("是", true), ("否", false)], default: field.requiredWhen == nil)
    }
    if sheet.has("items") { field.items = sheet.list(row, "items").map { ItemID($0) } }
    if sheet.has("options") { field.options = options(row) }
    if sheet.has("maxLength") { field.maxLength = sheet.integer(row, "maxLength") }
    if sheet.has("min") { field.min = bound(row, "min") }
    if sheet.has("max") { field.max = bound(row, "max") }
    if sheet.has("sensitive") {
      (field.sensitive, field.personal) = sheet.word(row, "sensitive", ClerkColumns.kinds, default: (false, false))
    }
    if sheet.has("role") { field.role = sheet.text(row, "role") }
    if sheet.has("element") { field.element = sheet.text(row, "element") }
    if sheet.has("hint") { field.hint = sheet.text(row, "hint") }
    if let text = sheet.text(row, "example") {
      example(row, text, &field, today)
    } else if isOther || field.example.isNull {
      sheet.complain(row, "example", "要给一个示例（编出来的，不要用真人的）")
    }
    return field
  }

  /// `1=男；2=女`; what has no value of its own is numbered in its order.
  private func options(_ row: ClerkSheet.Row) -> [Option] {
    fields.list(row, "options").enumerated().map { index, text in
      let parts = text.split(separator: "=", maxSplits: 1).map { String($0).trimmed }
      return parts.count == 2 ? .of(parts[0], parts[1]) : .of(String(index + 1), text)
    }
  }

  private func bound(_ row: ClerkSheet.Row, _ key: String) -> String? {
    fields.text(row, key).map { $0 == "今天" ? "today" : $0.halfWidth }
  }

  private func example(_ row: ClerkSheet.Row, _ text: String, _ field: inout Field, _ today: CivilDate) {
    if field.type == .list {
      guard let value = try? JSONReader.read(Array(text.utf8)), value.array != nil else {
        return fields.complain(row, "example", "列表的示例写成 JSON，如 [{\"name\": \"李四\"}]")
      }
      field.example = value
      return
    }
    // The label is what a clerk writes; the value is what is stored.
    let stored = field.options.first { $0.label == text }?.value ?? text
    var plain = field
    plain.example = .null
    do throws(Problem) {
      field.example = try FieldText.parse(stored, as: plain, today: today)
    } catch {
      fields.complain(row, "example", error.message)
    }
  }
}
