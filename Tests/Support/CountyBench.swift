package import Application
package import Casework
package import Catalog
package import Cryptography
internal import FoundationEssentials
package import Foundations
package import Journal
package import Replication
internal import Synchronization
internal import Wire

/// A clock that stands where a test puts it.
package final class BenchClock: Clock {
  private let instant: Mutex<Instant>

  package init(_ start: Instant) { instant = Mutex(start) }

  package convenience init(_ text: String) { self.init(ChinaTime.instant(text) ?? Instant(milliseconds: 0)) }

  package func now() -> Instant { instant.withLock { $0 } }

  /// Moves the clock on.
  package func advance(seconds: Int64) { instant.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// A county on a real journal in a temporary folder: 清涧县 with its windows and stations.
package final class CountyBench {
  package let folder: String
  package let journal: SQLiteJournal
  package let service: CaseService
  /// The server's own key.
  package let signingKey: SigningKey
  /// Opens ferry files for the server.
  package let encryptionKey: SM2.DecryptionKey
  /// What the journal is sealed with.
  package static let storeKey = [UInt8](repeating: 7, count: 32)
  package let clock: BenchClock
  package let matters: [Matter]
  package let windows: [WindowDescription]
  package let stations: [DemoCounty.Station]

  /// When a county begins that says nothing else: Monday morning.
  package static let monday = ChinaTime.instant("2026-11-23T09:00:00+08:00") ?? Instant(milliseconds: 0)

  /// - Parameter start: the system's time where its own programs go on with the county.
  package init(at start: Instant = monday) throws {
    clock = BenchClock(start)
    folder = ScratchFolders.path()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let builtIn = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Shared/Catalog/BuiltIn"
    var files: [(name: String, bytes: [UInt8])] = []
    for list in ["qingjian", "national"] {
      let matterFolder = builtIn + "/matters/\(list)"
      for name in try FileManager.default.contentsOfDirectory(atPath: matterFolder).sorted()
      where name.hasSuffix(".json") {
        files.append((name, try Self.file(matterFolder + "/" + name)))
      }
    }
    let reading = MatterCatalog.read(files.map { CatalogFile(name: $0.name, bytes: $0.bytes) }, version: "v1")
    guard case .catalog(let catalog) = reading else { throw BenchFailure("catalogue") }
    matters = catalog.matters
    let divisionsValue = try JSONReader.read(try Self.file(builtIn + "/divisions.json"))
    let calendarValue = try JSONReader.read(try Self.file(builtIn + "/calendar.json"))
    let divisions = try DivisionRegistry(divisionsValue)
    let towns = divisions.children(of: "610830").map { DemoCounty.Place(code: $0.code, name: $0.name) }
    let demo = DemoCounty(
      county: DemoCounty.Place(code: "610830", name: "清涧县"), towns: towns, matters: catalog.visible(to: "610830"))
    windows = demo.windows
    stations = demo.stations
    journal = try SQLiteJournal(
      path: folder + "/journal.db", key: Self.storeKey, random: SystemRandom())
    signingKey = try SigningKey(random: SystemRandom())
    encryptionKey = try SM2.DecryptionKey(random: SystemRandom())
    service = CaseService(
      journal: journal, signingKey: signingKey, clock: clock, random: SystemRandom(),
      log: .silent)
    try publish(files, divisionsValue, calendarValue)
    for name in [RegistryKey.sharing, RegistryKey.facts] {
      let value = try JSONReader.read(try Self.file("\(builtIn)/\(name).json"))
      try journal.write { writer throws(Problem) in try writer.setDocument(RegistryKey.data, name, value) }
    }
    try service.publish(ferryKey: encryptionKey.encryptionKey)
  }

  /// The county after its backup was put back: a new timeline, the same keys, nothing else kept.
  /// - Parameters:
  ///   - former: the county before.
  ///   - backup: what `SQLiteJournal.backup` made.
  package init(_ former: CountyBench, restoring backup: String, begin: Bool = true) throws {
    folder = ScratchFolders.path()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    (matters, windows, stations) = (former.matters, former.windows, former.stations)
    try FileManager.default.copyItem(atPath: backup, toPath: folder + "/journal.db")
    journal = try SQLiteJournal(path: folder + "/journal.db", key: Self.storeKey, random: SystemRandom())
    (signingKey, encryptionKey) = (former.signingKey, former.encryptionKey)
    clock = former.clock
    service = CaseService(
      journal: journal, signingKey: signingKey, clock: clock, random: SystemRandom(), log: .silent)
    guard begin else { return }
    let now = clock.now()
    _ = try journal.write { writer throws(Problem) in
      try Restoration.begin(writer, timeline: Base32.text(SystemRandom().bytes(10)), now: now, actor: "test")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private static func file(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw BenchFailure(path) }
    return [UInt8](data)
  }

  private func publish(
    _ files: [(name: String, bytes: [UInt8])], _ divisions: Value, _ calendar: Value
  ) throws {
    var manifest: [String: String] = [:]
    var byDigest: [String: [UInt8]] = [:]
    for file in files {
      // `001-qingjian-01.json`: reading them all once is enough.
      guard let id = file.name.split(separator: ".").first?.split(separator: "-", maxSplits: 1).last else { continue }
      let digest = Digest.sm3(file.bytes).text
      manifest[String(id)] = digest
      byDigest[digest] = file.bytes
    }
    guard Set(manifest.keys) == Set(matters.map(\.id.text)) else { throw BenchFailure("file names") }
    try journal.write { writer throws(Problem) in
      try writer.setDocument(
        RegistryKey.settings, RegistryKey.county, ["division": "610830", "name": "清涧县"])
      try writer.setDocument(RegistryKey.settings, RegistryKey.timeline, "t1")
      try writer.setDocument(RegistryKey.data, RegistryKey.divisions, divisions)
      try writer.setDocument(RegistryKey.data, RegistryKey.calendar, calendar)
      for window in self.windows {
        try writer.setDocument(RegistryKey.windows, window.id.text, WindowCoding.value(window))
      }
      for station in self.stations {
        try writer.setStation(
          StationRow(
            id: station.id, name: station.name, division: station.division, level: "agent", sample: true))
      }
      try writer.publishCatalog(version: "v1", manifest: manifest, files: byDigest, at: self.clock.now())
      try County.touch(writer)
    }
  }

  /// Lets every window have a system of its own, where nobody answers.
  package func connectWindows() throws {
    try journal.write { [windows] writer throws(Problem) in
      for window in windows {
        try writer.setEndpoint(
          EndpointRow(window: window.id, url: "http://127.0.0.1:9/", secret: [1], disabled: false))
      }
    }
  }

  /// Lets the county have these windows and no others.
  package func have(_ windows: [WindowDescription]) throws {
    try journal.write { writer throws(Problem) in
      for (id, _) in try writer.documents(RegistryKey.windows) {
        try writer.setDocument(RegistryKey.windows, id, nil)
      }
      for window in windows {
        try writer.setDocument(RegistryKey.windows, window.id.text, WindowCoding.value(window))
      }
      try County.touch(writer)
    }
  }

  /// What all stations may do in the county's name: `agent`, `receive` or `accept`.
  package func setLevel(_ level: String) throws {
    try journal.write { writer throws(Problem) in
      for var station in try writer.stations() {
        station.level = level
        try writer.setStation(station)
      }
      try County.touch(writer)
    }
  }

  package func matter(_ id: String) throws -> Matter {
    guard let matter = matters.first(where: { $0.id.text == id }) else { throw BenchFailure(id) }
    return matter
  }

  /// A device that is enrolled at a station.
  package func device(at station: Int = 0) throws -> BenchDevice {
    let (id, code) = try service.inviteDevice(station: stations[station].id, name: "测试机", actor: "test")
    let key = try SigningKey(random: SystemRandom())
    let encryption = try SM2.DecryptionKey(random: SystemRandom())
    _ = try service.enroll([
      "code": .text(code), "signingKey": .text(Hexadecimal.text(key.verifyingKey.publicBytes)),
      "encryptionKey": .text(Hexadecimal.text(encryption.encryptionKey.publicBytes)),
    ])
    return BenchDevice(id: id, station: stations[station].id, key: key, bench: self)
  }

  /// Ends a device, as the administrator does.
  package func revoke(_ device: BenchDevice) throws { try revoke(device.id) }

  /// Shuts a device out.
  package func revoke(_ device: DeviceID) throws {
    try journal.write { writer throws(Problem) in
      guard let row = try writer.device(device) else { throw ProblemKind.unexpected.with("no device") }
      try CaseService.revoke(row, writer)
    }
  }

  /// The window of a proceeding as an actor.
  package func actor(_ proceeding: ProceedingState) -> Actor {
    Actor(person: PersonID("window:test"), window: proceeding.window, seesAll: false)
  }

  /// The entries of the review tray that nobody has decided about.
  package func tray() throws -> [ReviewRow] {
    try journal.read { reader throws(Problem) in try reader.reviews(.open, limit: 100) }
  }

  /// The problem that a body is refused with; nil where it is not.
  package func refusal(_ body: () throws -> Void) -> Problem? {
    do {
      try body()
      return nil
    } catch { return error as? Problem }
  }

  package func state(_ id: ApplicationID) throws -> ApplicationState {
    guard let state = try find(id) else { throw BenchFailure("no application \(id)") }
    return state
  }

  package func find(_ id: ApplicationID) throws -> ApplicationState? {
    try journal.read { reader throws(Problem) in ApplicationState.fold(try reader.operations(id)) }
  }
}

/// A test's own surroundings are not as they must be.
package struct BenchFailure: Error {
  package let what: String
  package init(_ what: String) { self.what = what }
}

/// A device in memory: the real messages and the real derivation, without its store.
package final class BenchDevice {
  package let id: DeviceID
  package var station: StationID
  package let key: SigningKey
  package let bench: CountyBench
  package var counter: Int64 = 0
  package var acknowledged: Int64 = 0
  package var number: Int64 = 0
  package var cursor = Cursor.start
  package var runnings: [Int64: Digest] = [:]
  package var own: [Int64: Operation] = [:]
  package var judged: [ApplicationID: [JudgedOperation]] = [:]
  package var lastRequest: [UInt8] = []
  package var lastAnswer: SyncAnswer?
  package var catalogVersion = ""
  package var assignment: Int64 = 0
  /// Up to which change of the review tray it knows, and what it knows.
  package var trayMark: Int64 = 0
  package var tray: [String: TrayEntry] = [:]

  package init(id: DeviceID, station: StationID, key: SigningKey, bench: CountyBench) {
    self.id = id
    self.station = station
    self.key = key
    self.bench = bench
    runnings[0] = Chain.start(id)
  }

  /// A copy of all this device holds, keys included: a stolen disk's, or a backup's.
  package func copy() -> BenchDevice {
    let copy = BenchDevice(id: id, station: station, key: key, bench: bench)
    copy.counter = counter
    copy.acknowledged = acknowledged
    copy.number = number
    copy.cursor = cursor
    copy.runnings = runnings
    copy.own = own
    copy.judged = judged
    copy.catalogVersion = catalogVersion
    (copy.trayMark, copy.tray) = (trayMark, tray)
    return copy
  }

  @discardableResult
  package func write(
    _ kind: OperationKind, _ payload: Value, _ application: ApplicationID? = nil,
    parents: [String: [OperationID]] = [:], saw: [DeviceID: Int64] = [:]
  ) -> ApplicationID {
    counter += 1
    let operationID = OperationID(id, counter)
    let application = application ?? ApplicationID(createdBy: operationID)
    let header = OperationHeader(
      id: operationID, application: application, person: PersonID("p1"), kind: kind, parents: parents, saw: saw,
      claimedAt: bench.clock.now())
    let operation = Operation(
      header: header, salt: SystemRandom().bytes(OperationCoding.saltBytes), payload: CBOR.encode(payload))
    own[counter] = operation
    runnings[counter] = Chain.next(runnings[counter - 1] ?? Chain.start(id), operation.digest)
    return application
  }

  /// An application with all required examples of a matter.
  /// - Parameters:
  ///   - held: what its `create` states as its number among the held drafts; nil for one that never was held.
  ///   - id: the id it is created under; nil for the one that follows.
  @discardableResult
  package func create(
    _ matter: Matter, items: [ItemID]? = nil, overriding: Members = [:], held: Value? = nil,
    id: ApplicationID? = nil
  ) -> ApplicationID {
    let chosen = items ?? matter.defaultItems
    var set: Members = [
      Register.applicant: [
        "kind": "person", "name": "张三", "idNumber": "61083019991231988X", "phone": "13912345678",
      ],
      Register.division: "610830100201", Register.items: .array(chosen.map { .text($0.text) }),
    ]
    for field in matter.fields where field.group == nil && field.required {
      guard field.items.isEmpty || field.items.contains(where: chosen.contains) else { continue }
      set[field.id] = field.example
    }
    set.merge(overriding) { _, new in new }
    var payload: Value = [
      "matter": .text(matter.id.text), "matterVersion": .integer(Int64(matter.version)),
      "code": .text("L-610830100201-01-20261123-\(counter)"), "station": .text(station.text),
      "consent": ["given": true], "set": .object(set),
    ]
    payload["held"] = held
    let following = held?.integer.map { ApplicationID(heldBy: self.id, number: $0) }
    return write(.create, payload, id ?? following)
  }

  package func state(_ id: ApplicationID) throws -> ApplicationState {
    let sequenced = (judged[id] ?? []).sorted { ($0.judgement?.sequence ?? 0) < ($1.judgement?.sequence ?? 0) }
    // What is acknowledged and not judged waits for a parent.
    let known = Set(sequenced.map(\.operation.id))
    let unsent = own.values.filter { $0.header.application == id && !known.contains($0.id) }
    let pending = unsent.sorted { $0.id < $1.id }.map { JudgedOperation($0, nil) }
    guard let state = ApplicationState.fold(sequenced + pending) else { throw BenchFailure("no application \(id)") }
    return state
  }

  @discardableResult
  package func edit(_ id: ApplicationID, _ register: String, _ value: Value) throws -> ApplicationID {
    let heads = try state(id).registers[register]?.heads.map(\.operation) ?? []
    return write(.write, ["set": [register: value]], id, parents: heads.isEmpty ? [:] : [register: heads])
  }

  package func submit(_ id: ApplicationID, deferring: [String] = [], rectifying: Bool = false) throws {
    let state = try state(id)
    var payload: Value = [
      "version": .integer(Int64(state.versions.count) + 1),
      "digest": .bytes(
        Array(
          state.currentSnapshot.digest(deferred: deferring).bytes.prefix(ApplicationState.claimedDigestBytes))),
    ]
    if !deferring.isEmpty { payload["defer"] = .array(deferring.map(Value.text)) }
    if !state.inCorrection.isEmpty { payload["answers"] = .array(state.inCorrection.map { .text($0.text) }) }
    if rectifying { payload["rectify"] = ["confirmedBy": "张三"] }
    write(.submit, payload, id, saw: state.known.filter { $0.key != self.id })
  }

  /// SM3 of no body.
  package static let emptyBody = Digest.sm3([])

  /// The headers of a request without a body that is no sync, in the name of a device, signed with this one's key.
  package func headers(_ method: String, _ path: String, as device: DeviceID) throws -> [String: String] {
    let time = bench.clock.now().milliseconds
    let message = CBOR.encode([
      "bangban-request-1", .text(method), .text(path), .text(device.text), .integer(time), "n",
      .bytes(Self.emptyBody.bytes),
    ])
    return [
      "bangban-device": device.text, "bangban-time": String(time), "bangban-nonce": "n",
      "bangban-signature": Hexadecimal.text(try key.sign(message)),
    ]
  }

  package func request(pageMax: Int = 1000, dictionary: MessageDictionary? = nil) throws -> [UInt8] {
    number += 1
    let pending = acknowledged < counter ? (acknowledged + 1...counter).compactMap { own[$0] } : []
    var request = SyncRequest(
      device: id, number: number, cursor: cursor, now: bench.clock.now(), clockEpoch: 0,
      catalogVersion: catalogVersion, pageMax: pageMax, acknowledged: acknowledged,
      running: runnings[acknowledged] ?? Chain.start(id), operations: pending, assignment: assignment)
    request.tray = trayMark
    return try request.bytes(key: key, dictionary: dictionary)
  }

  /// Exchanges until nothing more is to come.
  @discardableResult
  package func sync(pageMax: Int = 1000) throws -> Int {
    var requests = 0
    while true {
      lastRequest = try request(pageMax: pageMax)
      requests += 1
      let bytes: [UInt8]
      do {
        bytes = try bench.service.sync(lastRequest)
      } catch {
        // A number that another has used is left behind, as the real device does.
        guard let latest = error.numbers["latest"], latest >= number else { throw error }
        number = latest
        continue
      }
      let answer = try SyncAnswer.read(bytes) { _ in nil }
      take(answer)
      if let assignment = answer.assignment, acknowledged == counter {
        self.assignment = assignment["assignment"]?.integer ?? 0
        station = StationID(assignment["station"]?["id"]?.text ?? "")
        cursor = .start
        (trayMark, tray) = (0, [:])
        judged = [:]
        own = own.filter { $0.key > acknowledged }
        continue
      }
      if !answer.more, answer.tray?.more != true { return requests }
    }
  }

  package func take(_ answer: SyncAnswer) {
    lastAnswer = answer
    catalogVersion = answer.catalog?["version"]?.text ?? catalogVersion
    for (counter, judgement) in answer.judgements {
      guard let operation = own[counter] else { continue }
      add(JudgedOperation(operation, judgement))
    }
    for operation in answer.operations { add(operation) }
    for entry in answer.tray?.entries ?? [] { tray[entry.id] = entry }
    trayMark = answer.tray?.through ?? trayMark
    acknowledged = max(acknowledged, answer.acknowledged)
    cursor = answer.cursor
  }

  private func add(_ operation: JudgedOperation) {
    let application = operation.operation.header.application
    guard !(judged[application] ?? []).contains(where: { $0.operation.id == operation.operation.id }) else { return }
    judged[application, default: []].append(operation)
  }
}

extension CaseService {
  /// The lines of `tray list`.
  package func trayItems(limit: Int) throws(Problem) -> [Value] { try tray(limit: limit).lines }
}
