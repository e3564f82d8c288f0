package import Foundations
package import Journal

/// Catalogues that the former server had published. Laptops hold drafts that were begun on their forms: a backup from
/// before a publication would judge them by the form before it, and know nothing of matters that were new.
package struct FormerCatalogs: Sendable {
  private struct Edition: Sendable {
    let version: String
    /// Matter id to digest of its file.
    let manifest: [String: String]
  }

  private let editions: [Edition]
  private let files: [String: [UInt8]]

  /// None.
  package init() { (editions, files) = ([], [:]) }

  /// - Parameter former: the journal that a backup takes the place of.
  package init(_ former: any JournalReader) throws(Problem) {
    var editions: [Edition] = []
    var files: [String: [UInt8]] = [:]
    for version in try former.catalogVersions().prefix(Limits.formerCatalogsMax) {
      let manifest = try former.catalogManifest(version) ?? [:]
      for digest in manifest.values where files[digest] == nil { files[digest] = try former.catalogFile(digest) }
      editions.append(Edition(version: version, manifest: manifest))
    }
    (self.editions, self.files) = (editions, files)
  }

  /// Lets a journal that was put back know them. None of them comes into force by that: a backup may have been put back
  /// because of what was published.
  /// - Returns: the versions that it did not know, the newest first.
  package func carryOver(to writer: any JournalWriter) throws(Problem) -> [String] {
    let known = Set(try writer.catalogVersions())
    let unknown = editions.filter { !known.contains($0.version) }
    for edition in unknown {
      var held: [String: [UInt8]] = [:]
      for digest in edition.manifest.values { held[digest] = files[digest] }
      try writer.addFormerCatalog(version: edition.version, manifest: edition.manifest, files: held)
    }
    if !unknown.isEmpty { try County.touch(writer) }
    return unknown.map(\.version)
  }
}
