internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Terminal

/// What lies beside the matters of a catalogue's folder: the register of shared data, the counties' targets, and the
/// facts by which matters are suggested.
struct CatalogDocuments {
  static let sharingName = "sharing.json"
  static let targetsName = "targets.json"
  static let factsName = "facts.json"

  /// Nil where the folder has none: what was published before stays.
  let sharing: SharingRegister?
  let targets: [CountyTargets]?
  let facts: FactRegister?
  private let factsFile: CatalogFile?
  /// What is published, by the registry's key.
  private let values: [(key: String, value: Value)]

  /// - Throws: every fault of the first faulty document by file, line and reason.
  init(folder: String) throws(Problem) {
    func file(_ name: String) throws(Problem) -> CatalogFile? {
      let path = folder + "/" + name
      return Machine.exists(path) ? CatalogFile(name: name, bytes: try Machine.file(path)) : nil
    }
    let sharingFile = try file(Self.sharingName)
    let targetsFile = try file(Self.targetsName)
    factsFile = try file(Self.factsName)
    sharing = try sharingFile.map { file throws(Problem) in try SharingDocument.read(file) }
    targets = try targetsFile.map { file throws(Problem) in try TargetsDocument.read(file) }
    facts = try factsFile.map { file throws(Problem) in try FactsDocument.read(file) }
    let files = [
      (RegistryKey.sharing, sharingFile), (RegistryKey.targets, targetsFile), (RegistryKey.facts, factsFile),
    ]
    values = files.compactMap { key, file in
      file.flatMap { try? JSONReader.read($0.bytes) }.map { (key: key, value: $0) }
    }
  }

  /// Makes these the documents of the county.
  func publish(_ writer: any JournalWriter) throws(Problem) {
    for (key, value) in values { try writer.setDocument(RegistryKey.data, key, value) }
  }

  /// What the matters are looked at beside.
  /// - Parameter windows: those of this home; their authorities are known letter for letter.
  func lintContext(windows: [WindowDescription]) -> LintContext {
    let percents = (targets ?? []).compactMap { county in county.compressionPercent.map { (county.code, $0) } }
    return LintContext(
      sharing: sharing, facts: facts, authorities: Set(windows.flatMap(\.authorities)),
      compression: Dictionary(percents, uniquingKeysWith: { first, _ in first }))
  }

  /// What is likely wrong with the documents beside these matters.
  func warnings(_ matters: [Matter]) -> [CatalogIssue] {
    guard let facts, let factsFile else { return [] }
    return FactsDocument.warnings(facts, in: factsFile, matters: matters)
  }

  /// The published documents of a home; where a home is older than they are, the built-in ones stand in.
  static func published(
    _ reader: any JournalReader, builtIn: () throws(Problem) -> String
  ) throws(Problem) -> (sharing: SharingRegister, targets: [CountyTargets], facts: FactRegister) {
    let sharing = try reader.document(RegistryKey.data, RegistryKey.sharing)
    let targets = try reader.document(RegistryKey.data, RegistryKey.targets)
    let facts = try reader.document(RegistryKey.data, RegistryKey.facts)
    let isWhole = sharing != nil && targets != nil && facts != nil
    let standIn = isWhole ? nil : try CatalogDocuments(folder: try builtIn())
    let read = try targets.map { targets throws(Problem) in
      try TargetsDocument.read(CatalogFile(name: targetsName, bytes: Array(JSON.text(targets).utf8)))
    }
    return (
      sharing.map { SharingDocument.published($0) } ?? standIn?.sharing ?? SharingRegister(),
      read ?? standIn?.targets ?? [], facts.map { FactsDocument.published($0) } ?? standIn?.facts ?? FactRegister()
    )
  }
}
