internal import Application
package import Catalog
package import Foundations
package import Journal
package import Replication
internal import SQLite

/// What the county has published and set up, read once and kept until the registry changes.
package struct County: Sendable {
  /// Six digits.
  package let division: String
  package let name: String
  /// The timelines of the log; a restored server begins a new one.
  package let lineage: Lineage
  /// When the present timeline began; nil where no backup was ever put back.
  package let restoredAt: Instant?
  /// Since which day the server has looked at the law's clocks every day, where it was away before; else nil.
  let watchingSince: CivilDate?
  /// Changes with every administration command; a running server reads the registry again when it does.
  package let revision: Int64
  package let catalog: MatterCatalog
  package let windows: [WindowDescription]
  package let calendar: WorkingCalendar
  package let divisions: DivisionRegistry
  package let dictionary: MessageDictionary
  /// What each station may do in the county's name.
  let stationLevels: [StationID: StationLevel]
  let settings: CountySettings
  let routes = RouteTable()
  /// The forms, ready to check values.
  let forms: [MatterID: FormValidator]
  /// Matters as they were published before: what was begun on them is finished on them.
  let former: [MatterVersion: Matter]
  let formerForms: [MatterVersion: FormValidator]
  /// The newest version of each matter that is known.
  let newest: [MatterID: Int64]

  package var timeline: String { lineage.current }

  /// Who the server is as an author. On each timeline another: what it wrote on one that was lost comes back under the
  /// ids it had, and no two operations may ever have the same.
  var serverAuthor: DeviceID {
    lineage.past.isEmpty
      ? ServerIdentity.device : DeviceID(ServerIdentity.device.text + "-" + lineage.current)
  }

  /// A matter as of a version of its file; as it is published now where that version is not known.
  func matter(_ id: MatterID, version: Int64?) -> Matter? {
    if let version, let former = former[MatterVersion(id: id, version: version)] { return former }
    return catalog[id]
  }

  /// Whether a version of a matter was published on a log that was lost, and not since: a laptop has it, and nobody
  /// here knows what it asks for.
  func hasLost(_ id: MatterID, version: Int64) -> Bool {
    !lineage.past.isEmpty && newest[id].map { version > $0 } ?? true
  }

  /// The matter as an application's form has it.
  func matter(of state: ApplicationState) -> Matter? { matter(state.matter, version: state.formVersion) }

  /// The form of a version of a matter's file.
  func form(_ id: MatterID, version: Int64?) -> FormValidator? {
    if let version, let former = formerForms[MatterVersion(id: id, version: version)] { return former }
    return forms[id]
  }

  /// A window by its id.
  package func window(_ id: WindowID) -> WindowDescription? {
    // By their places: a window's description is large, and going through them copies each.
    windows.indices.first { windows[$0].id == id }.map { windows[$0] }
  }
}

/// A version of a matter's file.
struct MatterVersion: Sendable, Hashable {
  let id: MatterID
  let version: Int64
}

/// Keys of the registry's documents.
package enum RegistryKey {
  package static let settings = "settings"
  package static let county = "county"
  package static let revision = "revision"
  /// The log's timelines: a name, or a `Lineage` once a backup was put back.
  package static let timeline = "timeline"
  /// When a backup was put back last.
  package static let restored = "restored"
  /// When a backup was put back and nobody could tell whom the former server had shut out; until somebody has looked.
  static let unchecked = "access-unchecked"
  /// On which days the server has looked at the law's clocks, `WatchedDays`.
  static let days = "days"
  /// The number after which a station's devices are numbered, by station.
  static let numbers = "numbers"
  /// The last sequence when a device last spoke as one of another station than its present one, by device.
  static let formerWork = "former-work"
  /// What is written only in order to find out whether there is room.
  static let trial = "trial"
  /// What windows asked for with an idempotency key, so that nothing is done twice.
  static let requests = "requests"
  /// The identity that a device had before, by the one that took its place.
  static let predecessors = "predecessor"
  package static let windows = "window"
  package static let data = "data"
  package static let calendar = "calendar"
  package static let divisions = "divisions"
  /// The register of shared data, `SharingDocument`; devices keep it as a document of the same name.
  package static let sharing = "sharing"
  /// The facts by which matters are suggested, `FactsDocument`; devices keep it as a document of the same name.
  package static let facts = "facts"
  /// What the county wants to have reached, `TargetsDocument`.
  package static let targets = "targets"
  /// The key that ferry files are sealed to, `FerryKey`; devices keep it as a document of the same name.
  package static let ferry = "ferry"
}

extension County {
  /// Reads the county from the registry.
  package static func load(_ journal: any JournalReader) throws(Problem) -> County {
    guard let settings = try journal.document(RegistryKey.settings, RegistryKey.county),
      let division = settings["division"]?.text, let name = settings["name"]?.text
    else { throw ProblemKind.serverNotInitialised.with("county") }
    let version = try journal.catalogVersion()
    let sharing = SharingDocument.published(try journal.document(RegistryKey.data, RegistryKey.sharing))
    let matters = try matters(of: version, journal).map(sharing.knowing)
    let catalog = MatterCatalog(version: version, matters: matters)
    let former = try former(catalog, journal).mapValues(sharing.knowing)
    let versions = former.keys.map { ($0.id, $0.version) } + matters.map { ($0.id, Int64($0.version)) }
    let windows = try journal.documents(RegistryKey.windows).compactMap { WindowCoding.window($0.key, $0.value) }
    return County(
      division: division, name: name,
      lineage: try lineage(journal),
      restoredAt: try journal.document(RegistryKey.settings, RegistryKey.restored)?.integer.map {
        Instant(milliseconds: $0)
      },
      watchingSince: try WatchedDays.read(journal).since, revision: try revision(journal), catalog: catalog,
      windows: windows, calendar: try WorkingCalendar(journal.document(RegistryKey.data, RegistryKey.calendar) ?? [:]),
      divisions: try DivisionRegistry(journal.document(RegistryKey.data, RegistryKey.divisions) ?? [:]),
      dictionary: FormDictionary.dictionary(catalog: catalog),
      stationLevels: Dictionary(
        try journal.stations().compactMap { station in
          StationLevel(rawValue: station.level.lowercased()).map { (station.id, $0) }
        }, uniquingKeysWith: { first, _ in first }),
      settings: CountySettings(settings),
      forms: Dictionary(
        matters.map { ($0.id, FormValidator(fields: $0.fields, items: nil)) }, uniquingKeysWith: { first, _ in first }),
      former: former, formerForms: former.mapValues { FormValidator(fields: $0.fields, items: nil) },
      newest: Dictionary(versions, uniquingKeysWith: max))
  }

  /// Versions of matters that were published before and are not the present ones.
  private static func former(
    _ catalog: MatterCatalog, _ journal: any JournalReader
  ) throws(Problem) -> [MatterVersion: Matter] {
    var seen = Set((try journal.catalogManifest(catalog.version) ?? [:]).values)
    var former: [MatterVersion: Matter] = [:]
    for version in try journal.catalogVersions().prefix(Limits.formerCatalogsMax) {
      for (id, digest) in try journal.catalogManifest(version) ?? [:] where seen.insert(digest).inserted {
        guard let bytes = try journal.catalogFile(digest),
          let matter = MatterDecoder.published(CatalogFile(name: id, bytes: bytes))
        else { continue }
        let key = MatterVersion(id: matter.id, version: Int64(matter.version))
        if catalog[matter.id].map({ $0.version == matter.version }) != true, former[key] == nil { former[key] = matter }
      }
    }
    return former
  }

  /// The timelines of the log: a text where there was never another.
  static func lineage(_ journal: any JournalReader) throws(Problem) -> Lineage {
    let value = try journal.document(RegistryKey.settings, RegistryKey.timeline)
    if let name = value?.text { return Lineage(current: name) }
    guard let value else { return Lineage(current: "") }
    guard let lineage = Lineage(value) else { throw ProblemKind.storeUnreadable.with("settings.timeline") }
    return lineage
  }

  /// The timeline of a log that was put back, by which what it gives out differs from what a lost one has given out;
  /// nil on the first.
  package static func laterTimeline(_ journal: any JournalReader) throws(Problem) -> String? {
    let lineage = try lineage(journal)
    return lineage.past.isEmpty ? nil : lineage.current
  }

  /// The registry's revision.
  package static func revision(_ journal: any JournalReader) throws(Problem) -> Int64 {
    try journal.document(RegistryKey.settings, RegistryKey.revision)?.integer ?? 0
  }

  /// Tells running servers that the registry has changed.
  package static func touch(_ journal: any JournalWriter) throws(Problem) {
    try journal.setDocument(RegistryKey.settings, RegistryKey.revision, .integer(try revision(journal) + 1))
  }

  private static func matters(of version: String, _ journal: any JournalReader) throws(Problem) -> [Matter] {
    var matters: [Matter] = []
    for (id, digest) in try journal.catalogManifest(version) ?? [:] {
      guard let bytes = try journal.catalogFile(digest) else { throw ProblemKind.storeUnreadable.with("catalog \(id)") }
      guard let matter = MatterDecoder.published(CatalogFile(name: id, bytes: bytes)) else {
        throw ProblemKind.storeUnreadable.with("catalog \(id)")
      }
      matters.append(matter)
    }
    return matters
  }
}

/// Windows as documents of the registry.
package enum WindowCoding {
  /// The document of a window.
  package static func value(_ window: WindowDescription) -> Value {
    [
      "name": .text(window.name), "level": .text(window.level.rawValue),
      "authorities": .array(window.authorities.map(Value.text)),
      "divisions": .array(window.divisions.map(Value.text)),
      "subjects": .array(window.subjects.map { .text($0.rawValue) }),
      "matters": .array(window.matters.map { .text($0.text) }), "comprehensive": .bool(window.comprehensive),
    ]
  }

  /// The window of a document; nil for a malformed one.
  package static func window(_ id: String, _ value: Value) -> WindowDescription? {
    guard let name = value["name"]?.text, let level = value["level"]?.text.flatMap(HandlingLevel.init(rawValue:)) else {
      return nil
    }
    func texts(_ key: String) -> [String] { (value[key]?.array ?? []).compactMap(\.text) }
    return WindowDescription(
      id: WindowID(id), name: name, level: level, authorities: texts("authorities"), divisions: texts("divisions"),
      subjects: texts("subjects").compactMap(SubjectKind.init(rawValue:)),
      matters: texts("matters").map { MatterID($0) }, comprehensive: value["comprehensive"]?.bool ?? false)
  }
}

extension ProblemKind {
  package static let serverNotInitialised = ProblemKind(
    "server.not-initialised", status: 503, exit: .refused, "这个文件夹还没有建好服务器（缺少 {}）。",
    remedy: "先运行 bangban-server init --county 县名。")
}
