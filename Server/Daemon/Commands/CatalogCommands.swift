internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Terminal

/// The catalogue of matters, the working calendar, the divisions.
extension Commands {
  static let catalogue: [Spec] = [
    Spec(
      "catalog validate", group: Group.catalogue, "检查一个文件夹里的事项目录，不发布",
      options: [.flag("--strict", "提醒也算错误")],
      positionals: [PositionalSpec("DIR", "存放 *.json 的文件夹，一件事一个文件")],
      notes: ["错误必须改正；提醒（catalog.lint.…）是多半有问题的地方，逐条列出，不影响发布。", "正在使用、没有改过的文件，不合后来才有的规则时只提醒。"],
      examples: ["catalog validate ./catalog"], run: validateCatalog),
    Spec(
      "catalog publish", group: Group.catalogue, "发布事项目录；有一个文件不对就全部不发布",
      options: [.flag("--allow-examples", "尚未经县里确认的示例事项也发布")],
      positionals: [PositionalSpec("DIR", "存放 *.json 的文件夹，一件事一个文件")],
      notes: [
        "文件夹里的就是全部：里面没有的事项不再办理。设备在下一次同步时取得。",
        "改过的文件要提高 version：设备上已经填的按原来的版本办。照原样放回以前发布过的，不用改。",
        "正在使用、没有改过的文件，如果不合后来才有的规则，只提醒，照旧使用；改动时再一并改正。",
      ], run: publishCatalog),
    Spec(
      "catalog list", group: Group.catalogue, "列出已发布的事项：本县、本市、本省和国家的",
      options: [.flag("--all", "所有地方的都列出")], run: listCatalog),
    Spec(
      "catalog coverage", group: Group.catalogue, "已发布的事项细化到什么程度，离本县的目标还差多少",
      options: [.flag("--all", "所有地方的都算，五个县的目标都列出")],
      notes: ["目标写在 targets.json 里；写着“人工统计”的，目录里算不出来。"], run: showCoverage),
    Spec(
      "calendar import", group: Group.catalogue, "导入国务院办公厅的放假安排（JSON）",
      positionals: [PositionalSpec("F", "工作日历文件")],
      notes: [
        "文件里的年份替换原有的同一年，其他年份不变。每个日期都对照星期检查。",
        "一个年份要写全年的安排：法定节假日还要上班的、上班天数不合常理的不导入。与原来不同的日子逐天列出。",
      ], run: importCalendar),
    Spec(
      "division import", group: Group.catalogue, "导入村（社区）名录或区划",
      positionals: [PositionalSpec("F", "CSV：code12,name,type,parent9；或 JSON")],
      notes: ["有一行不对就全部不导入。"], run: importDivisions),
  ]

  // MARK: - Catalogue

  private static func validateCatalog(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let files = try CatalogFolder.files(in: line[0])
    var publication = try CatalogPublication(files, allowExamples: true, held: inForce(session))
    try refuseClosed(&publication, session)
    let documents = try CatalogDocuments(folder: line[0])
    let warnings =
      publication.outgrown + publication.warnings(files, documents.lintContext(windows: windows(session)))
      + documents.warnings(publication.known) + versionsUsed(publication, session)
    if line.flag("--strict"), let problem = CatalogIssue.problem(warnings) { throw problem }
    let examples = publication.known.count { $0.detail == .example }
    session.output.result([
      "valid": true, "catalog": .text(publication.version), "matters": Value(publication.known.count),
      "examples": Value(examples), "warnings": .array(warnings.map(value)),
    ]) {
      ["✓ \(publication.known.count) 件事项都没有错（其中示例 \(examples) 件），版本 \(publication.version)"]
        + (warnings.isEmpty ? [] : ["  提醒 \(warnings.count) 条："]) + warnings.map(text)
    }
    return .done
  }

  /// The windows of this home; none where there is no home: a catalogue can be checked anywhere.
  static func windows(_ session: Session) -> [WindowDescription] {
    (try? session.journal().read { reader throws(Problem) in try CountyFacts(reader).windows }) ?? []
  }

  /// Matter id to digest of the catalogue in force; nothing where there is no home.
  private static func inForce(_ session: Session) -> [String: String] {
    (try? session.journal().read { reader throws(Problem) in
      try reader.catalogManifest(try reader.catalogVersion())
    }) ?? [:]
  }

  /// - Throws: `catalog.form-closed`, `catalog.example` for every changed form that nobody can complete today.
  private static func refuseClosed(_ publication: inout CatalogPublication, _ session: Session) throws(Problem) {
    let issues = publication.closedForms(today: ChinaTime.date(session.clock.now()))
    if let problem = CatalogIssue.problem(issues) { throw problem }
  }

  /// What publishing would refuse for its version; nothing where there is no home.
  private static func versionsUsed(_ publication: CatalogPublication, _ session: Session) -> [CatalogIssue] {
    (try? session.journal().read { reader throws(Problem) in try publication.versionsUsed(reader) }) ?? []
  }

  static func value(_ warning: CatalogIssue) -> Value {
    [
      "code": .text(warning.code), "file": .text(warning.file), "line": Value(warning.line),
      "path": .text(warning.path), "message": .text(warning.reason),
    ]
  }

  static func text(_ warning: CatalogIssue) -> String {
    "  ! \(warning.file) 第 \(warning.line) 行 \(warning.path)：\(warning.reason)（\(warning.code)）"
  }

  private static func publishCatalog(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    var checked = try CatalogPublication(
      try CatalogFolder.files(in: line[0]), allowExamples: line.flag("--allow-examples"), held: inForce(session))
    try refuseClosed(&checked, session)
    let publication = checked
    let documents = try CatalogDocuments(folder: line[0])
    guard !publication.manifest.isEmpty else { throw Problem(.catalogNothing) }
    let now = session.clock.now()
    let before = try session.change("catalog.publish", publication.version) { writer throws(Problem) in
      let before = try writer.catalogManifest(try writer.catalogVersion()) ?? [:]
      try publication.publish(writer, at: now)
      try documents.publish(writer)
      return before
    }
    // After a backup was put back, what was begun on these forms waits for them.
    let released = session.follow { casework throws(Problem) in try casework.judgeWaiting() }
    let added = publication.manifest.keys.filter { before[$0] == nil }.sorted()
    let removed = before.keys.filter { publication.manifest[$0] == nil }.sorted()
    let changed = publication.manifest.filter { id, digest in before[id].map { $0 != digest } ?? false }.keys.sorted()
    session.output.result([
      "catalog": .text(publication.version), "matters": Value(publication.manifest.count),
      "examplesLeftOut": Value(publication.examplesLeftOut), "added": .array(added.map(Value.text)),
      "changed": .array(changed.map(Value.text)), "removed": .array(removed.map(Value.text)),
      "released": Value(released), "warnings": .array(publication.outgrown.map(value)),
    ]) {
      var lines = [
        "✓ 已发布 \(publication.manifest.count) 件事项，版本 \(publication.version)",
        "  新增 \(added.count) 件，改动 \(changed.count) 件，撤下 \(removed.count) 件",
      ]
      if !removed.isEmpty { lines.append("  撤下：\(removed.joined(separator: "、"))") }
      if publication.examplesLeftOut > 0 {
        lines.append("  \(publication.examplesLeftOut) 件示例事项没有发布；要发布请加 --allow-examples")
      }
      if !publication.outgrown.isEmpty { lines.append("  没有改动的文件不合现在的规则，照旧使用；提醒 \(publication.outgrown.count) 条：") }
      lines += publication.outgrown.map(text)
      return lines + Self.lines(released: released).map { "  " + $0 }
    }
    return .done
  }

  static func published(_ line: Invocation, _ session: Session) throws(Problem) -> (Casework.County, String) {
    let county = try session.journal().read { reader throws(Problem) in try Casework.County.load(reader) }
    return (county, line.flag("--all") ? "" : county.division)
  }

  /// `id, name, county, level, lead, items, detail`, as `bangban catalog list`.
  private static func value(_ matter: Matter) -> Value {
    [
      "id": .text(matter.id.text), "name": .text(matter.name), "county": .text(matter.source.jurisdiction),
      "level": .text(matter.source.level), "lead": .array(matter.lead.map { .text($0.authority) }),
      "items": .array(
        matter.items.map { item in
          [
            "id": .text(item.id.text), "name": .text(item.name), "authority": Value(item.authority),
            "optional": .bool(item.choice != .standard),
          ]
        }),
      "detail": .text(matter.detail.rawValue), "version": Value(matter.version),
    ]
  }

  private static func listCatalog(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let (county, division) = try published(line, session)
    let matters = county.catalog.visible(to: division)
    session.output.results(matters.map(value)) {
      var table = Table(["编号", "名称", "清单", "牵头", "事项", "细化"])
      let details: [MatterDetail: String] = [.full: "已确认", .example: "示例", .outline: "清单"]
      for matter in matters {
        table.add([
          matter.id.text, matter.name, matter.source.jurisdiction,
          matter.lead.map(\.authority).joined(separator: "、"), String(matter.items.count), details[matter.detail] ?? "",
        ])
      }
      return table.lines(columns: session.output.columns) + ["版本 \(county.catalog.version)，\(matters.count) 件"]
    }
    return .done
  }

  // MARK: - Calendar and divisions

  private static func importCalendar(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let document = try JSONReader.document(try session.bytes(line[0]))
    let fresh = try WorkingCalendar(document)
    try fresh.checkPlausible()
    let years = fresh.years.keys.sorted()
    let changes = try session.change(
      "calendar.import", years.map(String.init).joined(separator: ",")
    ) { writer throws(Problem) in
      let held = try writer.document(RegistryKey.data, RegistryKey.calendar)
      let merged = DocumentMerge.calendar(document, over: held ?? [:])
      let calendar = try WorkingCalendar(merged)
      try writer.setDocument(RegistryKey.data, RegistryKey.calendar, merged)
      return held.flatMap { try? WorkingCalendar($0) }.map(calendar.changes) ?? []
    }
    session.output.result([
      "years": .array(years.map { Value($0) }), "regions": .array(fresh.regions.keys.sorted().map(Value.text)),
      "changed": .array(changes.map(value)),
    ]) {
      ["✓ 已导入 \(years.map { "\($0) 年" }.joined(separator: "、"))的放假安排"]
        + (changes.isEmpty ? [] : ["  与原来的相比，有 \(changes.count) 天变了："])
        + changes.map { "  \($0.region.map { "\($0) " } ?? "")\($0.date.text) \($0.works ? "上班" : "休息")" }
    }
    return .done
  }

  private static func value(_ change: CalendarChange) -> Value {
    var value: Value = ["date": .text(change.date.text), "works": .bool(change.works)]
    if let region = change.region { value["region"] = .text(region) }
    return value
  }

  private static func importDivisions(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let bytes = try session.bytes(line[0])
    let document = Rows.isJSON(bytes) ? try? JSONReader.read(bytes) : nil
    let (counties, villages) = try session.change(
      "division.import", subject: { "\($0.0) \($0.1)" }
    ) { writer throws(Problem) -> (Int, Int) in
      let held = try writer.document(RegistryKey.data, RegistryKey.divisions) ?? [:]
      let outcome: (document: Value, counties: Int, villages: Int)
      if let document, document.object != nil, document["code12"] == nil {
        let read = try DivisionRegistry(document)
        let villages = read.counties.values.reduce(0) { $0 + $1.villages.count }
        outcome = (DocumentMerge.divisions(document, over: held), read.counties.count, villages)
      } else {
        let villages = try VillageImport.read(bytes, registry: try DivisionRegistry(held))
        outcome = (DocumentMerge.villages(villages, into: held), 0, villages.count)
      }
      _ = try DivisionRegistry(outcome.document)
      try writer.setDocument(RegistryKey.data, RegistryKey.divisions, outcome.document)
      return (outcome.counties, outcome.villages)
    }
    session.output.result(["counties": Value(counties), "villages": Value(villages)]) {
      ["✓ 已导入 \(counties > 0 ? "\(counties) 个县、" : "")\(villages) 个村（社区）"]
    }
    return .done
  }
}

extension ProblemKind {
  static let catalogNothing = ProblemKind(
    "catalog.only-examples", "文件夹里只有示例事项，没有可以发布的。", remedy: "要发布示例事项请加 --allow-examples。")
}
