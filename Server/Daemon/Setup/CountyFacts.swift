internal import Casework
internal import Catalog
internal import Foundations
internal import Journal

/// What most commands have to know of the county. Without the catalogue, whose reading would take longer than all else.
struct CountyFacts {
  /// Six digits.
  let division: String
  let name: String
  let windows: [WindowDescription]
  let divisions: DivisionRegistry
  /// The log's timeline since a backup was put back; nil where none was.
  let timeline: String?

  /// - Throws: `server.not-initialised`.
  init(_ journal: any JournalReader) throws(Problem) {
    guard let settings = try journal.document(RegistryKey.settings, RegistryKey.county),
      let division = settings["division"]?.text, let name = settings["name"]?.text
    else { throw ProblemKind.serverNotInitialised.with("county") }
    self.division = division
    self.name = name
    windows = try journal.documents(RegistryKey.windows).compactMap { WindowCoding.window($0.key, $0.value) }
    divisions = try DivisionRegistry(journal.document(RegistryKey.data, RegistryKey.divisions) ?? [:])
    timeline = try Casework.County.laterTimeline(journal)
  }

  /// A window by its id.
  func window(_ id: WindowID) -> WindowDescription? { windows.first { $0.id == id } }
}
