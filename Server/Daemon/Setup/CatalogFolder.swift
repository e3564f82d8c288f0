internal import Catalog
internal import Foundations
internal import Terminal

/// Reads the matter files of a folder; what is in them is the catalogue's business.
enum CatalogFolder {
  private static let filesMax = 10_000
  private static let depthMax = 8
  /// They lie beside the matters and are imported by commands of their own.
  private static let others = [
    "calendar.json", "divisions.json", CatalogDocuments.sharingName, CatalogDocuments.targetsName,
    CatalogDocuments.factsName,
  ]

  /// Every `*.json` of a folder and those below it; of `matters` alone where there is one.
  /// - Throws: `input.unreadable`, `catalog.folder-empty`, `catalog.folder-large`.
  static func files(in folder: String) throws(Problem) -> [CatalogFile] {
    guard HomeFiles.isFolder(folder) else {
      throw ProblemKind.inputUnreadable.with("\(UsageFault.shown(folder))（不是文件夹）")
    }
    var files: [CatalogFile] = []
    if HomeFiles.isFolder(folder + "/matters") {
      try collect(folder + "/matters", as: "matters/", depth: 0, &files)
    } else {
      try collect(folder, as: "", depth: 0, &files)
    }
    guard !files.isEmpty else { throw ProblemKind.catalogFolderEmpty.with(UsageFault.shown(folder)) }
    return files
  }

  private static func collect(
    _ folder: String, as prefix: String, depth: Int, _ files: inout [CatalogFile]
  ) throws(Problem) {
    guard depth < depthMax else { throw ProblemKind.catalogFolderLarge.with("文件夹超过 \(depthMax) 层") }
    for name in try HomeFiles.names(in: folder) where !name.hasPrefix(".") {
      let path = folder + "/" + name
      if HomeFiles.isFolder(path) {
        try collect(path, as: prefix + name + "/", depth: depth + 1, &files)
      } else if name.hasSuffix(".json"), !(prefix.isEmpty && others.contains(name)) {
        guard files.count < filesMax else { throw ProblemKind.catalogFolderLarge.with("文件超过 \(filesMax) 个") }
        files.append(CatalogFile(name: prefix + name, bytes: try Machine.file(path)))
      }
    }
  }
}

extension ProblemKind {
  static let catalogFolderEmpty = ProblemKind(
    "catalog.folder-empty", "文件夹里没有目录文件：{}", remedy: "请指定存放 *.json 的文件夹，一件事一个文件。")
  static let catalogFolderLarge = ProblemKind(
    "catalog.folder-large", "文件夹不像是事项目录：{}", remedy: "请指定只存放目录文件的文件夹。")
}
