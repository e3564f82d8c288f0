internal import Casework
internal import Catalog
internal import Cryptography
internal import Foundations
internal import Journal
internal import Terminal

/// What `init` puts into a new home.
struct CountySetup {
  /// Six digits and the name.
  let county: DemoCounty.Place
  private let calendar: Value
  private let divisions: Value
  private let towns: [DemoCounty.Place]
  private let publication: CatalogPublication
  private let documents: CatalogDocuments

  /// - Parameters:
  ///   - name: a built-in county's name or its six digits.
  ///   - folder: the built-in catalogue.
  /// - Throws: `county.unknown` with those that there are.
  init(county name: String, folder: String, allowExamples: Bool) throws(Problem) {
    calendar = try JSONReader.document(try Machine.file(folder + "/calendar.json"))
    divisions = try JSONReader.document(try Machine.file(folder + "/divisions.json"))
    let registry = try DivisionRegistry(divisions)
    let wanted = name.trimmed
    guard let found = registry.counties.values.first(where: { $0.code == wanted || $0.name == wanted }) else {
      let known = registry.counties.values.sorted { $0.code < $1.code }.map { "\($0.name)（\($0.code)）" }
      throw ProblemKind.countyUnknown.with("“\(UsageFault.shown(wanted))”，可以用：\(known.joined(separator: "、"))")
    }
    county = DemoCounty.Place(code: found.code, name: found.name)
    towns = registry.children(of: found.code).map { DemoCounty.Place(code: $0.code, name: $0.name) }
    documents = try CatalogDocuments(folder: folder)
    publication = try CatalogPublication(CatalogFolder.files(in: folder), allowExamples: allowExamples)
  }

  /// What was set up, for the person who asked for it.
  struct Outcome {
    let county: DemoCounty.Place
    let catalog: String
    let matters: Int
    let examplesLeftOut: Int
    let windows: Int
    let stations: Int
    let password: String
  }

  /// Fills a journal that is empty.
  func fill(
    _ journal: any CaseJournal, recoveryKey: [UInt8], clock: any Clock, random: any RandomSource
  ) throws(Problem) -> Outcome {
    let now = clock.now()
    let password = Accounts.newPassword(random)
    let administrator = Accounts.user("admin", role: .administrator, window: nil, password: password, random: random)
    // Windows stand for every authority that any matter names, whether or not it is published yet.
    let known = MatterCatalog(version: publication.version, matters: publication.known)
    let demo = DemoCounty(county: county, towns: towns, matters: known.visible(to: county.code))
    try journal.write { writer throws(Problem) in
      try writer.setDocument(
        RegistryKey.settings, RegistryKey.county, ["division": .text(county.code), "name": .text(county.name)])
      try writer.setDocument(RegistryKey.settings, RegistryKey.timeline, .text(Base32.text(random.bytes(10))))
      try writer.setDocument(RegistryKey.settings, "keys", ["recovery": .text(Hexadecimal.text(recoveryKey))])
      try writer.setDocument(RegistryKey.data, RegistryKey.calendar, calendar)
      try writer.setDocument(RegistryKey.data, RegistryKey.divisions, divisions)
      for window in demo.windows {
        try writer.setDocument(RegistryKey.windows, window.id.text, WindowCoding.value(window))
      }
      for station in demo.stations {
        try writer.setStation(
          StationRow(
            id: station.id, name: station.name, division: Registry.full(station.division), level: "receive",
            sample: true))
      }
      try publication.publish(writer, at: now)
      try documents.publish(writer)
      try writer.setUser(administrator)
      try County.touch(writer)
      try writer.addAudit(at: now, actor: Session.actor, action: "server.init", subject: county.code)
    }
    return Outcome(
      county: county, catalog: publication.version, matters: publication.catalog.matters.count,
      examplesLeftOut: publication.examplesLeftOut, windows: demo.windows.count, stations: demo.stations.count,
      password: password)
  }
}

extension ProblemKind {
  static let countyUnknown = ProblemKind(
    "county.unknown", status: 404, "没有自带这个县的资料：{}", remedy: "请从列出的县里选一个，写县名或 6 位代码。")
}
