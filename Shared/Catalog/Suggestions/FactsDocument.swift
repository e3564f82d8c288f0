package import Foundations

/// Reads `facts.json`: `{"facts": [{"id", "question", "number"?, "household"?}], "sources": [{"field", "fact", "of"?,
/// "reading", "word"?, "map"?, "else"?, "dead"?}]}`, as strictly as a matter.
package enum FactsDocument {
  /// - Throws: every fault with its line, as one problem.
  package static func read(_ file: CatalogFile) throws(Problem) -> FactRegister {
    let log = IssueLog()
    let document = try CatalogDocument.read(file)
    let register = register(document.value, log)
    if let problem = CatalogIssue.problem(log.issues(file: file.name, lines: document.lines)) { throw problem }
    return register
  }

  /// A register that was checked when it was published; without facts where this program cannot read it.
  package static func published(_ value: Value?) -> FactRegister {
    guard let value, !value.isNull else { return FactRegister() }
    let log = IssueLog()
    let register = register(value, log)
    return log.entries.isEmpty ? register : FactRegister()
  }

  private static func register(_ value: Value, _ log: IssueLog) -> FactRegister {
    let top = ObjectReader(value, at: "", keys: ["facts", "sources"], log: log)
    let facts = top.list("facts", required: true) { fact($0, at: $1, log) }
    let sources = top.list("sources", required: true) { source($0, at: $1, log) }
    let register = FactRegister(facts: facts, sources: sources)
    var seen: Set<String> = []
    for (index, fact) in facts.enumerated() where !fact.id.isEmpty {
      let path = "facts.\(index).id"
      if !MatterChecks.isSound(fact.id, allowsFullStop: false) {
        log.note(.catalogIdentifier, at: path, "“\(fact.id)”")
      }
      if !seen.insert(fact.id).inserted { log.note(.catalogDuplicate, at: path, "“\(fact.id)”") }
    }
    for (index, source) in sources.enumerated() { check(source, register, at: "sources.\(index)", log) }
    return register
  }

  private static func fact(_ value: Value, at path: String, _ log: IssueLog) -> Fact {
    let reader = ObjectReader(value, at: path, keys: ["id", "question", "number", "household"], log: log)
    return Fact(
      id: reader.text("id"), question: reader.text("question"), isNumber: reader.bool("number", default: false),
      isShared: reader.bool("household", default: false))
  }

  private static func source(_ value: Value, at path: String, _ log: IssueLog) -> FactSource {
    let reader = ObjectReader(
      value, at: path, keys: ["field", "fact", "of", "reading", "word", "map", "else", "dead"], log: log)
    return FactSource(
      field: reader.text("field"), fact: reader.text("fact"), role: reader.textIfPresent("of"),
      reading: reader.choice("reading", FactSource.Reading.word), word: reader.textIfPresent("word"),
      map: reader.textsByKey("map"), otherwise: reader.textIfPresent("else"), dead: reader.textIfPresent("dead"))
  }

  /// The fact is there, is of whoever the source says, and is read as what it is.
  private static func check(_ source: FactSource, _ register: FactRegister, at path: String, _ log: IssueLog) {
    if (source.reading == .present) != (source.word != nil) {
      log.note(.catalogBounds, at: "\(path).word", "reading 为 present 时要写 word，其他不写")
    }
    if (source.reading == .map) == source.map.isEmpty {
      log.note(.catalogBounds, at: "\(path).map", "reading 为 map 时要写 map，其他不写")
    }
    if source.otherwise != nil, source.reading != .map {
      log.note(.catalogBounds, at: "\(path).else", "else 只和 map 一起写")
    }
    guard let fact = register[source.fact] else {
      if !source.fact.isEmpty { log.note(.catalogReference, at: "\(path).fact", "事实“\(source.fact)”") }
      return
    }
    if fact.isNumber != source.reading.isNumber {
      log.note(.catalogBounds, at: "\(path).reading", "“\(fact.id)”\(fact.isNumber ? "是数目" : "不是数目")")
    }
    if fact.isShared != (source.role == nil) {
      log.note(.catalogBounds, at: "\(path).of", fact.isShared ? "一家人的事实不写 of" : "要写 of：是谁的事实")
    }
  }

  // MARK: Beside the matters

  /// What is likely wrong: a field that no matter asks for or that cannot be read so, a role that nobody has there.
  /// - Parameter file: what the register was read from; only for its name and its lines.
  package static func warnings(
    _ register: FactRegister, in file: CatalogFile, matters: [Matter]
  ) -> [CatalogIssue] {
    let log = IssueLog()
    for (index, source) in register.sources.enumerated() {
      let asking = matters.filter { matter in matter.fields.contains { $0.id == source.field } }
      let path = "sources.\(index)"
      guard !asking.isEmpty else {
        log.note(.lintFactField, at: "\(path).field", "没有一件事有表单项“\(source.field)”")
        continue
      }
      let types = Set(asking.flatMap(\.fields).filter { $0.id == source.field }.map(\.type))
      if let type = types.subtracting(source.reading.types).map(\.rawValue).min() {
        log.note(.lintFactField, at: "\(path).reading", "“\(source.field)”是 \(type)，不能按 \(source.reading.rawValue) 读")
      }
      for (key, role) in [("of", source.role), ("dead", source.dead)] {
        guard let role, role != Role.applicant,
          !asking.contains(where: { $0.fields.contains { $0.roleID == role && $0.type == .idNumber } })
        else { continue }
        log.note(.lintFactField, at: "\(path).\(key)", "有“\(source.field)”的事里，没有“\(role)”的证件号")
      }
    }
    guard !log.entries.isEmpty else { return [] }
    return log.issues(file: file.name, lines: (try? JSONReader.readWithLines(file.bytes))?.lines ?? [:])
  }
}
