package import Foundations

/// Reads the register of shared data, `sharing.json`: `{"entries": [{"id", "name", "kind", "provider", "requesters",
/// "use", "fields", "way", "cycle", "range", "basis"?}]}`, as strictly as a matter.
package enum SharingDocument {
  private static let keys = [
    "id", "name", "kind", "provider", "requesters", "use", "fields", "way", "cycle", "range", "basis",
  ]

  /// - Throws: every fault with its line, as one problem.
  package static func read(_ file: CatalogFile) throws(Problem) -> SharingRegister {
    let log = IssueLog()
    let document = try CatalogDocument.read(file)
    let register = register(document.value, log)
    if let problem = CatalogIssue.problem(log.issues(file: file.name, lines: document.lines)) { throw problem }
    return register
  }

  /// A register that was checked when it was published; without entries where this program cannot read it.
  package static func published(_ value: Value?) -> SharingRegister {
    guard let value else { return SharingRegister() }
    let log = IssueLog()
    let register = register(value, log)
    return log.entries.isEmpty ? register : SharingRegister()
  }

  private static func register(_ value: Value, _ log: IssueLog) -> SharingRegister {
    let top = ObjectReader(value, at: "", keys: ["entries"], log: log)
    let entries = top.list("entries", required: true) { resource($0, at: $1, log) }
    var seen: Set<String> = []
    for (index, entry) in entries.enumerated() where !entry.id.isEmpty {
      if !MatterChecks.isSound(entry.id, allowsFullStop: false) {
        log.note(.catalogIdentifier, at: "entries.\(index).id", "“\(entry.id)”")
      }
      if !seen.insert(entry.id).inserted { log.note(.catalogDuplicate, at: "entries.\(index).id", "“\(entry.id)”") }
    }
    return SharingRegister(entries: entries)
  }

  private static func resource(_ value: Value, at path: String, _ log: IssueLog) -> SharedResource {
    let reader = ObjectReader(value, at: path, keys: keys, log: log)
    return SharedResource(
      id: reader.text("id"), name: reader.text("name"), kind: reader.choice("kind", SharedKind.verification),
      provider: reader.text("provider"), requesters: some(reader, "requesters"), use: reader.text("use"),
      fields: some(reader, "fields"), way: reader.text("way"), cycle: reader.text("cycle"),
      range: reader.text("range"), basis: reader.textIfPresent("basis"))
  }

  /// A list that has to name at least one.
  private static func some(_ reader: ObjectReader, _ key: String) -> [String] {
    let texts = reader.texts(key)
    if reader.required(key) != nil, texts.isEmpty { reader.log.note(.catalogEmpty, at: reader.place(key), "“\(key)”") }
    return texts
  }
}

/// A document beside the matters: one JSON value, and where its parts stand.
enum CatalogDocument {
  /// - Throws: `catalog.too-large`, `catalog.encoding`, `catalog.syntax` with the line.
  static func read(_ file: CatalogFile) throws(Problem) -> (value: Value, lines: [String: Int]) {
    if let issue = MatterDecoder.surfaceIssue(of: file) { throw issue.problem }
    do throws(JSONReader.Failure) {
      return try JSONReader.readWithLines(file.bytes)
    } catch {
      let detail = "第 \(error.line) 行第 \(error.column) 列，\(error.reason)"
      throw CatalogIssue(file: file.name, line: error.line, path: "", kind: .catalogSyntax, detail: detail).problem
    }
  }
}
