internal import Application
package import Foundations

extension MatterID {
  /// Whether a matter may be called so: letters, digits, hyphens.
  package var isSound: Bool { MatterChecks.isSound(text, allowsFullStop: false) }
}

/// What must hold across the parts of one matter: identifiers are sound and unique, references meet their target,
/// prerequisites never run in a circle, bounds are in order, every example keeps its own rules.
struct MatterChecks {
  private let matter: Matter
  private let log: IssueLog
  private let items: Set<ItemID>
  private let fields: Set<String>
  private let materials: Set<String>

  static func check(_ matter: Matter, _ log: IssueLog) { MatterChecks(matter, log).check() }

  private init(_ matter: Matter, _ log: IssueLog) {
    self.matter = matter
    self.log = log
    items = Set(matter.items.map(\.id))
    fields = Set(matter.fields.map(\.id))
    materials = Set(matter.materials.map(\.id))
  }

  private func check() {
    checkHead()
    checkIdentifiers()
    for (index, item) in matter.items.enumerated() { check(item, at: "items.\(index)") }
    for (index, field) in matter.fields.enumerated() {
      FieldChecks.check(field, at: "fields.\(index)", log)
      refer(field.items, at: "fields.\(index).items")
    }
    for (index, material) in matter.materials.enumerated() { check(material, at: "materials.\(index)") }
    for (index, question) in matter.guidance.enumerated() { check(question, at: "guidance.\(index)") }
    for (index, rule) in matter.rules.enumerated() { check(rule, at: "rules.\(index)") }
    for (index, lead) in matter.lead.enumerated() { refer(lead.items, at: "lead.\(index).items") }
    DepthChecks.check(matter, log)
    checkCycles()
  }

  /// The fields are there, their types can be compared so, and the examples keep the rule.
  private func check(_ rule: FormRule, at path: String) {
    let (relation, place) = (rule.relation, path + ".fields")
    let types = [relation.first, relation.second].map { id in matter.fields.first { $0.id == id }?.type }
    for (id, type) in zip([relation.first, relation.second], types) where type == nil {
      log.note(.catalogReference, at: place, "没有表单项“\(id)”")
    }
    let times: Set<FieldType> = [.date, .datetime, .month]
    let isFit =
      switch relation.kind {
      case .notAfter: types.allSatisfy { $0.map(times.contains) ?? true }
      case .different: types[0] == nil || types[1] == nil || types[0] == types[1]
      }
    guard isFit, relation.first != relation.second else {
      return log.note(.catalogBounds, at: place, "这两个表单项不能这样比较")
    }
    let examples = Members(matter.fields.map { ($0.id, $0.example) }, uniquingKeysWith: { first, _ in first })
    if !relation.holds(examples) { log.note(.catalogExample, at: place, "示例不符合“\(rule.text)”") }
  }

  private static let versionMax = 1_000_000

  private func checkHead() {
    if matter.version < 1 { log.note(.catalogBounds, at: "version", "version 至少为 1") }
    // Whatever is changed gets a higher one: there must be one.
    if matter.version > Self.versionMax { log.note(.catalogBounds, at: "version", "version 最多 \(Self.versionMax)") }
    if matter.source.number < 1 { log.note(.catalogBounds, at: "source.number", "number 至少为 1") }
    let division = matter.source.division
    if division.utf8.count != 6 || !division.utf8.allSatisfy(Self.isDigit) {
      log.note(.catalogIdentifier, at: "source.division", "区划代码应为 6 位数字")
    }
    if matter.subjects.isEmpty { log.note(.catalogEmpty, at: "subjects", "“subjects”") }
    if matter.fields.isEmpty { log.note(.catalogEmpty, at: "fields", "“fields”") }
    check(matter.overall, at: "overall")
  }

  // MARK: - Identifiers

  private func checkIdentifiers() {
    sound(matter.id.text, at: "id")
    unique(matter.items.map(\.id.text), "items", "id")
    unique(matter.fields.map(\.id), "fields", "id", allowsFullStop: true)
    unique(matter.materials.map(\.id), "materials", "id")
    unique(matter.guidance.map(\.id), "guidance", "id")
    for (index, item) in matter.items.enumerated() where item.id == .wholeMatter {
      log.note(.catalogIdentifier, at: "items.\(index).id", "“\(ItemID.wholeMatter.text)”留给没有列出事项的一件事")
    }
  }

  private func unique(_ identifiers: [String], _ list: String, _ key: String, allowsFullStop: Bool = false) {
    var seen: Set<String> = []
    for (index, identifier) in identifiers.enumerated() {
      let path = "\(list).\(index).\(key)"
      sound(identifier, at: path, allowsFullStop: allowsFullStop)
      if !seen.insert(identifier).inserted { log.note(.catalogDuplicate, at: path, "“\(identifier)”") }
    }
  }

  /// A proceeding's id joins two identifiers with a full stop, so none may hold one; fields alone never stand in it.
  private func sound(_ identifier: String, at path: String, allowsFullStop: Bool = false) {
    guard !identifier.isEmpty else { return }
    if !Self.isSound(identifier, allowsFullStop: allowsFullStop) {
      log.note(.catalogIdentifier, at: path, "“\(identifier)”")
    }
  }

  static func isSound(_ identifier: String, allowsFullStop: Bool) -> Bool {
    let bytes = identifier.utf8
    guard bytes.count <= identifierBytesMax, let first = bytes.first, isLetter(first) || isDigit(first) else {
      return false
    }
    return bytes.allSatisfy {
      isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") || (allowsFullStop && $0 == UInt8(ascii: "."))
    }
  }

  /// Longest identifier: it stands in file names, links and printed codes.
  private static let identifierBytesMax = 64

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

  // MARK: - References

  private func refer(_ identifiers: [ItemID], at path: String) {
    refer(identifiers.map(\.text), to: Set(items.map(\.text)), "事项", at: path)
  }

  private func refer(_ identifiers: [String], to known: Set<String>, _ kind: String, at path: String) {
    for (index, identifier) in identifiers.enumerated() where !known.contains(identifier) {
      log.note(.catalogReference, at: "\(path).\(index)", "\(kind)“\(identifier)”")
    }
  }

  private func check(_ item: ServiceItem, at path: String) {
    for (index, prerequisite) in item.prerequisites.enumerated() {
      let place = "\(path).prerequisites.\(index)"
      refer(prerequisite.anyOf, at: "\(place).anyOf")
      if let detour = prerequisite.otherwise { check(detour, of: prerequisite, item, at: "\(place).otherwise") }
    }
    check(item.limit, at: "\(path).limit")
  }

  /// Another way leads somewhere, and not to what has just failed or to the item itself.
  private func check(_ detour: Detour, of prerequisite: Prerequisite, _ item: ServiceItem, at path: String) {
    refer(detour.items, at: "\(path).items")
    refer(detour.materials, to: materials, "材料", at: "\(path).materials")
    if !prerequisite.hard { log.note(.catalogBounds, at: path, "只有 hard 的前置事项才有别的路可走") }
    if detour.items.isEmpty, detour.materials.isEmpty { log.note(.catalogEmpty, at: path, "“items”和“materials”") }
    for (index, id) in detour.items.enumerated() where id == item.id || prerequisite.anyOf.contains(id) {
      log.note(.catalogBounds, at: "\(path).items.\(index)", "“\(id.text)”是它自己，或者已经是前置事项")
    }
  }

  private func check(_ limit: TimeLimit?, at path: String) {
    guard let limit else { return }
    for (key, days) in [("statutory", limit.statutory), ("promised", limit.promised)] {
      if let days, days < 0 { log.note(.catalogBounds, at: "\(path).\(key)", "天数不能是负数") }
    }
    if let days = limit.extension, days < 1 { log.note(.catalogBounds, at: "\(path).extension", "天数至少为 1") }
    let most = limit.unit.daysMax
    for (key, days) in [("statutory", limit.statutory), ("promised", limit.promised), ("extension", limit.extension)] {
      if let days, days > most { log.note(.catalogBounds, at: "\(path).\(key)", "最多 \(most) 天，写了 \(days)") }
    }
    if let statutory = limit.statutory, let promised = limit.promised, promised > statutory {
      log.note(.catalogBounds, at: "\(path).promised", "承诺 \(promised) 超过法定 \(statutory)")
    }
  }

  private func check(_ material: MaterialRequirement, at path: String) {
    refer(material.items, at: "\(path).items")
    refer(material.resultOf, at: "\(path).resultOf")
    if material.copies < 1 { log.note(.catalogBounds, at: "\(path).copies", "份数至少为 1") }
    if (material.source == .result) == material.resultOf.isEmpty {
      log.note(.catalogReference, at: "\(path).resultOf", "source 为 result 时要写 resultOf，其他来源不写")
    }
  }

  private func check(_ question: Question, at path: String) {
    if question.answers.isEmpty { log.note(.catalogEmpty, at: "\(path).answers", "“answers”") }
    var labels: Set<String> = []
    for (index, answer) in question.answers.enumerated() {
      let here = "\(path).answers.\(index)"
      if !labels.insert(answer.label).inserted { log.note(.catalogDuplicate, at: "\(here).label", "“\(answer.label)”") }
      refer(answer.addItems, at: "\(here).addItems")
      refer(answer.removeItems, at: "\(here).removeItems")
      refer(answer.addMaterials, to: materials, "材料", at: "\(here).addMaterials")
      refer(answer.removeMaterials, to: materials, "材料", at: "\(here).removeMaterials")
      refer(answer.requireFields, to: fields, "表单项", at: "\(here).requireFields")
    }
  }

  // MARK: - Cycles

  /// Takes away, again and again, every item whose prerequisites can be met; what is left waits for itself.
  private func checkCycles() {
    var done: Set<ItemID> = []
    var waiting = matter.items
    while true {
      let ready = waiting.filter { item in
        item.prerequisites.allSatisfy { prerequisite in
          let detour = prerequisite.otherwise?.items ?? []
          return prerequisite.anyOf.contains { done.contains($0) || !items.contains($0) }
            && detour.allSatisfy { done.contains($0) || !items.contains($0) }
        }
      }
      guard !ready.isEmpty else { break }
      done.formUnion(ready.map(\.id))
      waiting.removeAll { done.contains($0.id) }
    }
    guard !waiting.isEmpty, let index = matter.items.firstIndex(where: { $0.id == waiting[0].id }) else { return }
    log.note(.catalogCycle, at: "items.\(index).prerequisites", waiting.map(\.id.text).joined(separator: "、"))
  }
}
