internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Terminal

/// What a clerk does with the catalogue: sheets in, and the county's word on it.
extension Commands {
  static let clerk: [Spec] = [
    Spec(
      "catalog template", group: Group.catalogue, "写出三张空表（事项、材料、表单项）和填写说明",
      positionals: [PositionalSpec("DIR", "写到哪个文件夹")], run: writeTemplates),
    Spec(
      "catalog import", group: Group.catalogue, "从三张表格做出或更新一件事，做成示例",
      options: [
        .one("--matter", "ID", "哪一件事，如 qingjian-24", required: true),
        .one("--into", "DIR", "目录文件夹", required: true), .one("--name", "NAME", "新的一件事叫什么"),
      ],
      positionals: [
        PositionalSpec("ITEMS", "事项表"), PositionalSpec("MATERIALS", "材料表"), PositionalSpec("FIELDS", "表单项表"),
      ],
      notes: [
        "表格是 CSV，GBK、UTF-8 都可以；列名见 catalog template 的说明。",
        "表里没有的列保持原样，没有的行就去掉；导引问题等保持原样。有一格不对就什么也不写。",
        "目录文件夹里有文件读不出来时，也什么都不写：读不出来的可能正是这件事。",
      ],
      examples: ["catalog import --matter qingjian-24 items.csv materials.csv fields.csv --into ./catalog"],
      run: importSheets),
    Spec(
      "catalog confirm", group: Group.catalogue, "县里确认一件示例事项，变成正式的",
      options: [
        .one("--by", "NAME", "谁确认", required: true), .one("--basis", "TEXT", "依据哪份文件", required: true),
        .one("--in", "DIR", "目录文件夹；不写就确认已发布的那一份"), .flag("--accept-drafts", "标着待确认的内容都核对过，照此执行"),
      ],
      positionals: [PositionalSpec("MATTER", "事项编号")],
      notes: ["还有提醒或者待确认的内容时不能确认。谁在什么时候依据什么确认的，记入审计。"], run: confirmMatter),
  ]

  // MARK: - Sheets

  private static func writeTemplates(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let folder = line[0]
    let files = ClerkTemplates.files
    for file in files where Machine.exists(folder + "/" + file.name) {
      throw ProblemKind.templateExists.with(UsageFault.shown(folder + "/" + file.name))
    }
    try HomeFiles.makeFolder(folder)
    for file in files { try HomeFiles.write(Array(file.text.utf8), to: folder + "/" + file.name) }
    session.output.result(["files": .array(files.map { .text($0.name) })]) {
      ["✓ 已写出 \(files.map(\.name).joined(separator: "、"))"]
    }
    return .done
  }

  private static func importSheets(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let folder = line["--into"]
    let id = MatterID(try session.id(line["--matter"], like: "qingjian-24"))
    let sheets = try (0..<3).map { index throws(Problem) in
      (name: fileName(line[index]), bytes: try session.bytes(line[index]))
    }
    let (base, path, isNew) = try base(id, line.option("--name"), try held(in: folder), folder, session)
    var matter = try ClerkImport(items: sheets[0], materials: sheets[1], fields: sheets[2])
      .apply(to: base, today: ChinaTime.date(session.clock.now()))
    // Where there is no home, nothing was published.
    let changed = matter
    if let next = try? session.journal().read({ reader throws(Problem) in
      try PublishedEditions.next(changed, reader)
    }) {
      matter.version = next
    }
    try HomeFiles.makeFolder(HomeFiles.parent(of: path))
    let bytes = Array(MatterEncoder.text(matter).utf8)
    try HomeFiles.write(bytes, to: path)
    let documents = try CatalogDocuments(folder: folder)
    let warnings = CatalogLint.check(
      matter, in: CatalogFile(name: fileName(path), bytes: bytes),
      documents.lintContext(windows: windows(session)))
    session.output.result([
      "matter": .text(id.text), "file": .text(path), "new": .bool(isNew), "version": Value(matter.version),
      "items": Value(matter.items.count), "materials": Value(matter.materials.count),
      "fields": Value(matter.fields.count), "warnings": .array(warnings.map(value)),
    ]) {
      [
        "✓ \(isNew ? "做出" : "更新") \(matter.name)（\(id)，第 \(matter.version) 版，示例）：\(matter.items.count) 个事项，"
          + "\(matter.materials.count) 份材料，\(matter.fields.count) 个表单项", "  写在 \(path)",
      ] + (warnings.isEmpty ? [] : ["  提醒 \(warnings.count) 条："]) + warnings.map { Self.text($0) }
    }
    return .done
  }

  private static func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// What the county has already; nothing where the folder is not there yet or holds no matter.
  /// - Throws: what cannot be read: it may be the very matter that is to be updated.
  private static func held(in folder: String) throws(Problem) -> [CatalogFile] {
    guard Machine.exists(folder) else { return [] }
    let files: [CatalogFile]
    do throws(Problem) { files = try CatalogFolder.files(in: folder) } catch {
      guard error.kind == .catalogFolderEmpty else { throw error }
      return []
    }
    for file in files {
      do throws(Problem) { _ = try JSONReader.document(file.bytes) } catch {
        throw error.kind.with("\(Machine.shown(file.name))，\(error.detail ?? "")")
      }
    }
    return files
  }

  /// The matter to be updated: of the folder, of the built-in catalogue, or a new one.
  private static func base(
    _ id: MatterID, _ name: String?, _ held: [CatalogFile], _ folder: String, _ session: Session
  ) throws(Problem) -> (matter: Matter, path: String, isNew: Bool) {
    // The names are as below `matters` where there is such a folder, and as below the folder where there is none.
    // What is out may break a rule that came later; what the sheets make of it may not.
    if let found = try find(id, held, MatterDecoder.published) {
      return (found.matter, folder + "/" + found.file.name, false)
    }
    let place = (HomeFiles.isFolder(folder + "/matters") ? folder + "/matters" : folder) + "/\(id).json"
    guard !Machine.exists(place) else { throw ProblemKind.importOccupied.with(UsageFault.shown(place)) }
    let builtIn = (try? session.builtInFolder()).flatMap { try? CatalogFolder.files(in: $0) } ?? []
    if let found = try find(id, builtIn.filter { $0.name.hasSuffix("-\(id).json") }) {
      return (found.matter, place, false)
    }
    guard let name else { throw ProblemKind.importName.with(id.text) }
    let facts = try? session.journal().read { reader throws(Problem) in try CountyFacts(reader) }
    let matter = Matter.blank(
      id, name: try Registry.name(name), jurisdiction: facts?.name ?? "本县", division: facts?.division ?? "000000")
    return (matter, place, true)
  }

  /// - Parameter lenient: what takes a file that is not sound; nil for a file that it cannot take either.
  /// - Throws: what is wrong with the matter's file.
  private static func find(
    _ id: MatterID, _ files: [CatalogFile], _ lenient: (CatalogFile) -> Matter? = { _ in nil }
  ) throws(Problem) -> (matter: Matter, file: CatalogFile)? {
    for file in files where (try? JSONReader.read(file.bytes))?["id"]?.text == id.text {
      if let matter = lenient(file) { return (matter, file) }
      switch MatterDecoder.decode(file) {
      case .matter(let matter): return (matter, file)
      case .refused(let issues): throw CatalogIssue.problem(issues) ?? ProblemKind.unexpected.with("catalog")
      }
    }
    return nil
  }

  // MARK: - Confirming

  private static func confirmMatter(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let id = MatterID(try session.id(line[0], like: "qingjian-24"))
    let by = try Registry.name(line["--by"])
    let basis = line["--basis"].trimmed
    guard !basis.isEmpty, basis.count <= 200, Width.clean(basis) == basis else {
      throw ProblemKind.rowValue.with("依据要写 1 到 200 个字")
    }
    let now = session.clock.now()
    let folder = line.option("--in")
    let files = try folder.map { folder throws(Problem) in try CatalogFolder.files(in: folder) }
    let context = try context(folder, session)
    let confirmed = try session.change(
      "catalog.confirm", subject: { "\($0.id)@\($0.version)" }
    ) { writer throws(Problem) -> Matter in
      let candidates: [CatalogFile]
      if let files { candidates = files } else { candidates = try published(writer) }
      guard let found = try find(id, candidates) else {
        throw ProblemKind.confirmUnknown.with(id.text)
      }
      var matter = try Confirmation.confirm(
        found.matter, warnings: CatalogLint.check(found.matter, in: found.file, context), basis: basis,
        acceptDrafts: line.flag("--accept-drafts"))
      let closed = FormOutlook.issues(matter, in: found.file, today: ChinaTime.date(now))
      if let problem = CatalogIssue.problem(closed) { throw problem }
      // An earlier form may have been put back: its next version was somebody else's already.
      matter.version = try PublishedEditions.next(matter, writer)
      let bytes = Array(MatterEncoder.text(matter).utf8)
      if let folder {
        try HomeFiles.write(bytes, to: folder + "/" + found.file.name)
      } else {
        try CatalogPublication.publish(CatalogFile(name: found.file.name, bytes: bytes), writer, at: now)
      }
      try writer.setDocument(
        "confirmation", "\(id)@\(matter.version)",
        ["by": .text(by), "basis": .text(basis), "at": .integer(now.milliseconds)])
      return matter
    }
    // After a backup was put back, what was begun on this form waits for it.
    let released = session.follow { casework throws(Problem) in folder == nil ? try casework.judgeWaiting() : 0 }
    session.output.result([
      "matter": .text(id.text), "version": Value(confirmed.version), "detail": .text(confirmed.detail.rawValue),
      "released": Value(released),
    ]) {
      [
        "✓ \(confirmed.name)（\(id)）由 \(by) 确认，依据 \(basis)，第 \(confirmed.version) 版",
        folder == nil ? "  已发布，设备在下一次同步时取得" : "  写回文件夹；请再 catalog publish",
      ] + lines(released: released).map { "  " + $0 }
    }
    return .done
  }

  /// The files of the published catalogue, each named by its matter.
  private static func published(_ reader: any JournalReader) throws(Problem) -> [CatalogFile] {
    let manifest = try reader.catalogManifest(try reader.catalogVersion()) ?? [:]
    return try manifest.sorted { $0.key < $1.key }.map { id, digest throws(Problem) in
      guard let bytes = try reader.catalogFile(digest) else { throw ProblemKind.unexpected.with("catalog \(id)") }
      return CatalogFile(name: id, bytes: bytes)
    }
  }

  private static func context(_ folder: String?, _ session: Session) throws(Problem) -> LintContext {
    if let folder { return try CatalogDocuments(folder: folder).lintContext(windows: windows(session)) }
    let documents = try session.journal().read { reader throws(Problem) in
      try CatalogDocuments.published(reader) { () throws(Problem) in try session.builtInFolder() }
    }
    return LintContext(
      sharing: documents.sharing, facts: documents.facts, authorities: Set(windows(session).flatMap(\.authorities)))
  }
}

extension ProblemKind {
  static let templateExists = ProblemKind(
    "catalog.template-exists", status: 409, "这个文件已经有了，不覆盖：{}", remedy: "请换一个文件夹。")
  static let importName = ProblemKind(
    "catalog.import-name", status: 400, "还没有这件事：{}", remedy: "要做一件新的，请用 --name 写上名称。")
  static let importOccupied = ProblemKind(
    "catalog.import-occupied", status: 409, "要写的文件已经有了，里面却不是这件事，不覆盖：{}", remedy: "请把那个文件改名或移走再试；什么都没有改动。")
  static let confirmUnknown = ProblemKind(
    "catalog.confirm-unknown", status: 404, "没有这件事：{}", remedy: "请用 catalog list 查看，或用 --in 指定文件夹。")
}
