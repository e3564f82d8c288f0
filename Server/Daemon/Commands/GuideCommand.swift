internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Terminal

/// The published guide 办事指南.
extension Commands {
  static let guide = Spec(
    "catalog export", group: Group.catalogue, "写出办事指南：一件事一个网页，可以打印、上网、贴出来",
    options: [.one("--html", "DIR", "写到哪个文件夹", required: true), .flag("--all", "所有地方的都写")],
    notes: [
      "网页自成一体，不用联网；与设备上的内容同一来源。谁都可以读。",
      "原来写出的网页会更新，这次不再有的会删去并列出；别人的文件不动，与网页同名的话先不写出。",
    ], examples: ["catalog export --html ./guide"],
    run: exportGuide)

  private static let indexName = "index.html"

  private static func exportGuide(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let folder = GuideFolder(path: line["--html"])
    let (county, division) = try published(line, session)
    let documents = try session.journal().read { reader throws(Problem) in
      try CatalogDocuments.published(reader) { () throws(Problem) in try session.builtInFolder() }
    }
    let day = ChinaTime.date(session.clock.now())
    let matters = county.catalog.visible(to: division)
    let names = matters.map(GuidePage.name) + [indexName]
    try folder.check(names)
    for matter in matters {
      let page = GuidePage(matter: matter, county: county.name, sharing: documents.sharing, day: day)
      try folder.write(page.text, to: GuidePage.name(matter))
    }
    try folder.write(GuideIndex(county: county.name, matters: matters, day: day).text, to: indexName)
    let removed = try folder.removePages(except: Set(names))
    let index = folder.path + "/" + indexName
    session.output.result([
      "pages": Value(names.count), "index": .text(index), "removed": .array(removed.map(Value.text)),
    ]) {
      ["✓ 已写出 \(matters.count) 件事的办事指南，从 \(index) 看起"]
        + (removed.isEmpty ? [] : ["  删去了这次不再有的 \(removed.count) 页：\(removed.joined(separator: "、"))"])
    }
    return .done
  }
}
