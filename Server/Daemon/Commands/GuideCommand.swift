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
    notes: ["网页自成一体，不用联网；与设备上的内容同一来源。已有的同名文件会更新。"], examples: ["catalog export --html ./guide"],
    run: exportGuide)

  private static func exportGuide(_ line: Invocation, _ session: Session) throws(Problem) -> ExitStatus {
    let folder = line["--html"]
    let (county, division) = try published(line, session)
    let documents = try session.journal().read { reader throws(Problem) in
      try CatalogDocuments.published(reader) { () throws(Problem) in try session.builtInFolder() }
    }
    let day = ChinaTime.date(session.clock.now())
    let matters = county.catalog.visible(to: division)
    try HomeFiles.makeFolder(folder)
    for matter in matters {
      let page = GuidePage(matter: matter, county: county.name, sharing: documents.sharing, day: day)
      try HomeFiles.write(Array(page.text.utf8), to: folder + "/" + GuidePage.name(matter))
    }
    let index = GuideIndex(county: county.name, matters: matters, day: day)
    try HomeFiles.write(Array(index.text.utf8), to: folder + "/index.html")
    session.output.result(["pages": Value(matters.count + 1), "index": .text(folder + "/index.html")]) {
      ["✓ 已写出 \(matters.count) 件事的办事指南，从 \(folder)/index.html 看起"]
    }
    return .done
  }
}
