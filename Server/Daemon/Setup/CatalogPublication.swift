internal import Catalog
internal import Cryptography
internal import Foundations
internal import Journal

/// A set of matter files that is ready to be published: checked as a whole, with its version.
struct CatalogPublication {
  /// The first 16 hexadecimal digits of SM3 over the sorted lines `id digest`.
  let version: String
  let catalog: MatterCatalog
  /// Matter id to `sm3:…` of its file.
  let manifest: [String: String]
  let files: [String: [UInt8]]
  /// Where each of the published matters was read.
  private let sources: [CatalogFile]
  /// All matters that were read, worked-out examples among them.
  let known: [Matter]

  /// What rules that came later say against files that are out just so. No county is kept from a correction by a form
  /// that is in use as it is, whether or not it is published again.
  private(set) var outgrown: [CatalogIssue]
  /// The matters whose files are out just so.
  private let unchanged: Set<String>

  /// Worked-out examples that were left out: no county has confirmed them.
  var examplesLeftOut: Int { known.count - catalog.matters.count }

  /// - Parameters:
  ///   - allowExamples: false leaves matters with `"detail": "example"` out.
  ///   - held: matter id to digest of the catalogue in force.
  /// - Throws: all faults of all files but those of `held`; one bad file keeps every file out.
  init(_ read: [CatalogFile], allowExamples: Bool, held: [String: String] = [:]) throws(Problem) {
    var matters: [Matter] = []
    let inForce = Self.inForce(read, held)
    (unchanged, outgrown) = (inForce.unchanged, inForce.outgrown)
    switch MatterCatalog.read(read, version: "", inForce: inForce.names) {
    case .refused(let issues): throw CatalogIssue.problem(issues) ?? ProblemKind.unexpected.with("catalog")
    case .catalog(let catalog): matters = catalog.matters
    }
    let published = allowExamples ? matters : matters.filter { $0.detail != .example }
    known = matters
    let kept = Set(published.map(\.id.text))
    var manifest: [String: String] = [:]
    var files: [String: [UInt8]] = [:]
    var sources: [CatalogFile] = []
    for file in read.sorted(by: { $0.name < $1.name }) {
      // A file was read a moment ago, so that only its id is wanted here.
      guard let id = (try? JSONReader.read(file.bytes))?["id"]?.text, kept.contains(id) else { continue }
      let digest = Digest.sm3(file.bytes).text
      manifest[id] = digest
      files[digest] = file.bytes
      sources.append(file)
    }
    version = Self.version(of: manifest)
    self.manifest = manifest
    self.files = files
    self.sources = sources
    catalog = MatterCatalog(version: version, matters: published)
  }

  private static func version(of manifest: [String: String]) -> String {
    let lines = manifest.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    return String(Digest.sm3(Array(lines.utf8)).text.dropFirst(4).prefix(16))
  }

  /// The matters whose files are out just so, and which of these files break rules that came later.
  private static func inForce(
    _ read: [CatalogFile], _ held: [String: String]
  ) -> (unchanged: Set<String>, outgrown: [CatalogIssue], names: Set<String>) {
    var unchanged: Set<String> = []
    var outgrown: [CatalogIssue] = []
    var names: Set<String> = []
    let digests = Set(held.values)
    for file in read.sorted(by: { $0.name < $1.name }) where digests.contains(Digest.sm3(file.bytes).text) {
      guard let matter = MatterDecoder.published(file) else { continue }
      unchanged.insert(matter.id.text)
      guard case .refused(let issues) = MatterDecoder.decode(file) else { continue }
      outgrown += issues
      names.insert(file.name)
    }
    return (unchanged, outgrown, names)
  }

  /// What is likely wrong with the matters that were read, by file and line.
  /// - Parameter read: the files this was made from.
  func warnings(_ read: [CatalogFile], _ context: LintContext) -> [CatalogIssue] {
    let byID = Dictionary(known.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return read.sorted { $0.name < $1.name }.flatMap { file in
      guard let id = (try? JSONReader.read(file.bytes))?["id"]?.text, let matter = byID[MatterID(id)] else {
        return [CatalogIssue]()
      }
      return CatalogLint.check(matter, in: file, context)
    }
  }

  /// The forms that nobody can complete on a day; of those that are out just so it is only noted in `outgrown`.
  mutating func closedForms(today: CivilDate) -> [CatalogIssue] {
    var closed: [CatalogIssue] = []
    for file in sources {
      guard let id = (try? JSONReader.read(file.bytes))?["id"]?.text, let matter = catalog[MatterID(id)] else {
        continue
      }
      let issues = FormOutlook.issues(matter, in: file, today: today)
      if unchanged.contains(id) { outgrown += issues } else { closed += issues }
    }
    return closed
  }

  /// The files that changed and whose version was not raised.
  func versionsUsed(_ reader: any JournalReader) throws(Problem) -> [CatalogIssue] {
    let held = try reader.catalogManifest(try reader.catalogVersion()) ?? [:]
    // Of most matters nothing was changed; the files of the others are read.
    let changed = Set(manifest.filter { held[$0.key] != $0.value }.keys)
    guard !changed.isEmpty else { return [] }
    let editions = try PublishedEditions(of: changed, reader)
    return sources.compactMap { file in
      guard let id = (try? JSONReader.read(file.bytes))?["id"]?.text, changed.contains(id) else { return nil }
      return catalog[MatterID(id)].flatMap { editions.issue(file, of: $0) }
    }
  }

  /// Makes this the catalogue of the county.
  /// - Throws: `catalog.version-used` with every file that changed without a higher version.
  func publish(_ writer: any JournalWriter, at now: Instant) throws(Problem) {
    if let problem = CatalogIssue.problem(try versionsUsed(writer)) { throw problem }
    try writer.publishCatalog(version: version, manifest: manifest, files: files, at: now)
  }

  /// Makes one matter part of the county's catalogue. The others stay as they are out, unread: rules may have come
  /// since, and whoever puts this one right has not touched them.
  /// - Throws: what is wrong with the file; `catalog.version-used`.
  static func publish(_ file: CatalogFile, _ writer: any JournalWriter, at now: Instant) throws(Problem) {
    let alone = try CatalogPublication([file], allowExamples: true)
    if let problem = CatalogIssue.problem(try alone.versionsUsed(writer)) { throw problem }
    let held = try writer.catalogManifest(try writer.catalogVersion()) ?? [:]
    let manifest = held.merging(alone.manifest) { _, new in new }
    try writer.publishCatalog(version: version(of: manifest), manifest: manifest, files: alone.files, at: now)
  }
}
