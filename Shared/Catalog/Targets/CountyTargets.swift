package import Foundations

/// What a county's documents want to have reached, as far as a catalogue can show it.
package struct CountyTarget: Sendable, Equatable {
  /// How the figure is found.
  package enum Kind: String, Sendable, CaseIterable {
    /// Matters that hold in the county, of its own list and of those above it.
    case matters
    /// Matters of the county's own list.
    case listed
    /// Matters the county has confirmed.
    case confirmed
    /// Materials that need not be handed in, in per cent 材料共享率.
    case sharing
    /// Shorter than the law by, in per cent 压缩.
    case compression
    /// Matters that the comprehensive window can take in: worked out, and each item known to some department.
    case window
    /// Departments that the matter with the fewest joins.
    case departments
    /// Entries of the register of shared data: certificates and kinds of material that are waived.
    case certificates
    /// Counted by people: nothing in a catalogue says it.
    case manual
  }

  package let kind: Kind
  /// The line of the requirements it comes from, `R021`.
  package let line: String
  package let text: String
  package let value: Int?
  package let by: CivilDate?
}

/// The targets of one county.
package struct CountyTargets: Sendable, Equatable {
  package let code: String
  package let name: String
  /// By how many per cent every promise has to be shorter than the law; nil where the county asks for no such thing.
  package let compressionPercent: Int?
  package let targets: [CountyTarget]
}

/// Reads `targets.json`: `{"counties": [{"code", "name", "compressionPercent"?, "targets": [{"kind", "line", "text",
/// "value"?, "by"?}]}]}`.
package enum TargetsDocument {
  /// - Throws: every fault with its line, as one problem.
  package static func read(_ file: CatalogFile) throws(Problem) -> [CountyTargets] {
    let log = IssueLog()
    let document = try CatalogDocument.read(file)
    let top = ObjectReader(document.value, at: "", keys: ["counties"], log: log)
    let counties = top.list("counties", required: true) { county($0, at: $1, log) }
    if let problem = CatalogIssue.problem(log.issues(file: file.name, lines: document.lines)) { throw problem }
    return counties
  }

  private static func county(_ value: Value, at path: String, _ log: IssueLog) -> CountyTargets {
    let reader = ObjectReader(value, at: path, keys: ["code", "name", "compressionPercent", "targets"], log: log)
    let percent = reader.integerIfPresent("compressionPercent")
    if let percent, !(0...100).contains(percent) {
      log.note(.catalogBounds, at: reader.place("compressionPercent"), "百分数是 0 到 100")
    }
    return CountyTargets(
      code: reader.text("code"), name: reader.text("name"), compressionPercent: percent,
      targets: reader.list("targets") { target($0, at: $1, log) })
  }

  private static func target(_ value: Value, at path: String, _ log: IssueLog) -> CountyTarget {
    let reader = ObjectReader(value, at: path, keys: ["kind", "line", "text", "value", "by"], log: log)
    let by = reader.textIfPresent("by")
    let day = by.flatMap { CivilDate($0) }
    if by != nil, day == nil { log.note(.catalogBounds, at: reader.place("by"), "“\(by ?? "")”不是日期") }
    return CountyTarget(
      kind: reader.choice("kind", CountyTarget.Kind.manual), line: reader.text("line"), text: reader.text("text"),
      value: reader.integerIfPresent("value"), by: day)
  }
}
