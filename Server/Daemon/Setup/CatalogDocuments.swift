internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Terminal

/// What lies beside the matters of a catalogue's folder: the register of shared data and the counties' targets.
struct CatalogDocuments {
  static let sharingName = "sharing.json"
  static let targetsName = "targets.json"

  /// Nil where the folder has none: what was published before stays.
  let sharing: SharingRegister?
  let targets: [CountyTargets]?
  private let sharingValue: Value?
  private let targetsValue: Value?

  /// - Throws: every fault of either document by file, line and reason.
  init(folder: String) throws(Problem) {
    let files = try [Self.sharingName, Self.targetsName].map { name throws(Problem) in
      let path = folder + "/" + name
      return Machine.exists(path) ? CatalogFile(name: name, bytes: try Machine.file(path)) : nil
    }
    sharing = try files[0].map { file throws(Problem) in try SharingDocument.read(file) }
    targets = try files[1].map { file throws(Problem) in try TargetsDocument.read(file) }
    sharingValue = files[0].flatMap { try? JSONReader.read($0.bytes) }
    targetsValue = files[1].flatMap { try? JSONReader.read($0.bytes) }
  }

  /// Makes these the documents of the county.
  func publish(_ writer: any JournalWriter) throws(Problem) {
    if let sharingValue { try writer.setDocument(RegistryKey.data, RegistryKey.sharing, sharingValue) }
    if let targetsValue { try writer.setDocument(RegistryKey.data, RegistryKey.targets, targetsValue) }
  }

  /// What the matters are looked at beside.
  /// - Parameter windows: those of this home; their authorities are known letter for letter.
  func lintContext(windows: [WindowDescription]) -> LintContext {
    let percents = (targets ?? []).compactMap { county in county.compressionPercent.map { (county.code, $0) } }
    return LintContext(
      sharing: sharing, authorities: Set(windows.flatMap(\.authorities)),
      compression: Dictionary(percents, uniquingKeysWith: { first, _ in first }))
  }

  /// The published documents of a home; where a home is older than they are, the built-in ones stand in.
  static func published(
    _ reader: any JournalReader, builtIn: () throws(Problem) -> String
  ) throws(Problem) -> (sharing: SharingRegister, targets: [CountyTargets]) {
    let sharing = try reader.document(RegistryKey.data, RegistryKey.sharing)
    let targets = try reader.document(RegistryKey.data, RegistryKey.targets)
    if let sharing, let targets {
      let file = CatalogFile(name: targetsName, bytes: Array(JSON.text(targets).utf8))
      return (SharingDocument.published(sharing), try TargetsDocument.read(file))
    }
    let documents = try CatalogDocuments(folder: try builtIn())
    return (documents.sharing ?? SharingRegister(), documents.targets ?? [])
  }
}
