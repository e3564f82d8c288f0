internal import Catalog
internal import Foundations
internal import Terminal

/// The folder that the guide is published in: read by everybody, and perhaps kept with pages of the county's own beside
/// it.
struct GuideFolder {
  let path: String

  /// More than any page has before its first line of contents.
  private static let headBytesMax = 1 << 16

  /// - Throws: `output.exists` where one of the names belongs to something else than a page of ours.
  func check(_ names: [String]) throws(Problem) {
    for name in names where Machine.exists(path + "/" + name) && !head(of: name).hasPrefix(HTML.ownBeginning) {
      throw ProblemKind.outputExists.with(Machine.shown(path + "/" + name))
    }
  }

  /// Writes a page for everybody to read, as far as the umask lets it.
  func write(_ text: String, to name: String) throws(Problem) {
    try HomeFiles.makeFolder(path, mode: HomeFiles.publicFolderMode)
    try HomeFiles.write(Array(text.utf8), to: path + "/" + name, mode: HomeFiles.publicFileMode)
  }

  /// Takes away the pages of matters that are no part of the guide any more: nobody is to apply for what was withdrawn.
  /// - Returns: their names.
  func removePages(except names: Set<String>) throws(Problem) -> [String] {
    let old = try HomeFiles.names(in: path).filter { name in
      guard name.hasSuffix(".html"), !names.contains(name), MatterID(String(name.dropLast(5))).isSound else {
        return false
      }
      let head = head(of: name)
      return head.hasPrefix(HTML.ownBeginning) && head.contains(GuidePage.way)
    }
    for name in old { HomeFiles.remove(path + "/" + name) }
    return old
  }

  private func head(of name: String) -> String {
    guard let file = try? InputFile(path + "/" + name), let bytes = try? file.read(Self.headBytesMax) else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}
