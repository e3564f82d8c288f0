internal import Foundations
internal import Terminal

/// Where the built-in catalogue lies: installed, in a source tree, or where this program was compiled.
enum BuiltInFolder {
  private static let levelsMax = 12

  /// - Parameter variable: the environment; `$BANGBAN_DATA` goes before all else.
  /// - Throws: `catalog.built-in-missing`.
  static func find(_ variable: (String) -> String?) throws(Problem) -> String {
    if let named = variable("BANGBAN_DATA") {
      guard isCatalog(named) else { throw ProblemKind.catalogMissing.with("BANGBAN_DATA=\(UsageFault.shown(named))") }
      return named
    }
    guard let found = candidates().first(where: isCatalog) else {
      throw ProblemKind.catalogMissing.with("calendar.json")
    }
    return found
  }

  private static func candidates() -> [String] {
    var candidates: [String] = []
    if let executable = Machine.executable() {
      var folder = HomeFiles.parent(of: executable)
      candidates.append(folder + "/../share/bangban/catalog")
      for _ in 0..<levelsMax where folder != "/" {
        candidates.append(folder + "/Shared/Catalog/BuiltIn")
        folder = HomeFiles.parent(of: folder)
      }
    }
    // This file lies at Server/Daemon/Setup in the tree it was compiled from.
    var root = #filePath
    for _ in 0..<4 { root = HomeFiles.parent(of: root) }
    return candidates + [root + "/Shared/Catalog/BuiltIn"]
  }

  private static func isCatalog(_ path: String) -> Bool {
    Machine.exists(path + "/calendar.json") && Machine.exists(path + "/divisions.json")
      && HomeFiles.isFolder(path + "/matters")
  }
}

extension ProblemKind {
  static let catalogMissing = ProblemKind(
    "catalog.built-in-missing", status: 500, exit: .storage, "找不到自带的事项目录（{}）。",
    remedy: "请重新安装，或让 BANGBAN_DATA 指向目录所在的文件夹。")
}
