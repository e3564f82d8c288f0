internal import Catalog
internal import Cryptography
internal import Foundations
internal import Journal

/// Every file that was ever published here, so that no version of a matter is two forms.
///
/// Laptops and the county keep a former form by the matter's id and its version: of two files under one version the
/// earlier one is lost, and with it what was captured on it. What tells files apart is the digest of the whole file, as
/// it is stored; one that differs in blanks and line ends only says the same and passes.
struct PublishedEditions {
  /// One file that was published.
  private struct Edition {
    let version: Int
    /// Nil for a file that this program cannot read, as of a newer format.
    let matter: Matter?
  }

  /// Matter id to digest of its file to what that says.
  private var editions: [String: [String: Edition]] = [:]

  /// - Parameter ids: the matters that are asked about.
  init(of ids: Set<String>, _ reader: any JournalReader) throws(Problem) {
    for version in try reader.catalogVersions() {
      for (id, digest) in try reader.catalogManifest(version) ?? [:]
      where ids.contains(id) && editions[id]?[digest] == nil {
        guard let bytes = try reader.catalogFile(digest) else { continue }
        let matter = MatterDecoder.published(CatalogFile(name: id, bytes: bytes))
        let said = matter?.version ?? (try? JSONReader.read(bytes))?["version"]?.integer.map { Int(clamping: $0) }
        guard let said else { continue }
        editions[id, default: [:]][digest] = Edition(version: said, matter: matter)
      }
    }
  }

  /// The highest version of a matter; 0 where none was published. Nothing is above the highest number that there is.
  private func newest(_ id: String) -> Int { min(editions[id]?.values.map(\.version).max() ?? 0, Int.max - 1) }

  /// The version that a matter which was changed gets: its own, or the next one that was never published.
  static func next(_ matter: Matter, _ reader: any JournalReader) throws(Problem) -> Int {
    max(matter.version, try PublishedEditions(of: [matter.id.text], reader).newest(matter.id.text) + 1)
  }

  /// Why a file cannot be published as it is; nil where it can: it was published before just so, or is of a version
  /// above all others.
  func issue(_ file: CatalogFile, of matter: Matter) -> CatalogIssue? {
    let held = editions[matter.id.text] ?? [:]
    let newest = newest(matter.id.text)
    guard matter.version <= newest, held[Digest.sm3(file.bytes).text] == nil,
      !held.values.contains(where: { $0.matter == matter })
    else { return nil }
    return file.issue(
      .catalogVersionUsed, at: "version",
      "“\(matter.id)”写的是第 \(matter.version) 版，已发布到第 \(newest) 版，改过的至少要写 \(newest + 1)")
  }
}

extension ProblemKind {
  static let catalogVersionUsed = ProblemKind(
    "catalog.version-used", status: 409, "内容改了，版本号没有提高：{}",
    remedy: "请把这个文件的 version 改成比已发布的都大，再发布；已经填好的仍按原来的版本办。")
}
