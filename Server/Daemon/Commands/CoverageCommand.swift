internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Terminal

/// How far the catalogue has come, and how far that is from what the counties' documents ask.
extension Commands {
  static func showCoverage(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let (county, division) = try published(line, session)
    let documents = try session.journal().read { reader throws(Problem) in
      try CatalogDocuments.published(reader) { () throws(Problem) in try session.builtInFolder() }
    }
    let counts = county.catalog.coverage(visibleTo: division)
    let targets = documents.targets.filter { division.isEmpty || $0.code == division }
    let progress = targets.map { ($0, $0.progress(in: county.catalog, sharing: documents.sharing)) }
    session.output.result([
      "catalog": .text(county.catalog.version), "matters": Value(counts.matters), "items": Value(counts.items),
      "fields": Value(counts.fields), "materials": Value(counts.materials), "questions": Value(counts.questions),
      "full": Value(counts.full), "example": Value(counts.example), "outline": Value(counts.outline),
      "targets": .array(progress.flatMap { county, all in all.map { value($0, county) } }),
    ]) {
      [
        "事项目录 \(county.catalog.version)：\(counts.matters) 件，\(counts.items) 个事项",
        "  经县里确认 \(counts.full) 件，示例 \(counts.example) 件，只有清单 \(counts.outline) 件",
        "  表单项 \(counts.fields) 个，材料 \(counts.materials) 份，导引问题 \(counts.questions) 个",
      ] + progress.flatMap { county, all in lines(county, all, session.output) }
    }
    return .done
  }

  private static func value(_ progress: TargetProgress, _ county: CountyTargets) -> Value {
    [
      "county": .text(county.name), "division": .text(county.code), "line": .text(progress.target.line),
      "kind": .text(progress.target.kind.rawValue), "text": .text(progress.target.text),
      "target": progress.target.value.map { Value($0) } ?? .null,
      "by": progress.target.by.map { .text($0.text) } ?? .null,
      "reached": progress.reached.map { Value($0) } ?? .null,
      "met": progress.isReached.map(Value.bool) ?? .null,
    ]
  }

  private static func lines(_ county: CountyTargets, _ all: [TargetProgress], _ output: Output) -> [String] {
    guard !all.isEmpty else { return [] }
    var table = Table(["依据", "目标", "要求", "期限", "现在", ""])
    for progress in all {
      let mark = progress.isReached.map { $0 ? "✓" : "还差 \((progress.target.value ?? 0) - (progress.reached ?? 0))" }
      table.add([
        progress.target.line, progress.target.text, progress.target.value.map(String.init) ?? "",
        progress.target.by?.text ?? "", progress.reached.map(String.init) ?? "人工统计", mark ?? "",
      ])
    }
    return ["\(county.name)的目标："] + table.lines(columns: output.columns)
  }
}
