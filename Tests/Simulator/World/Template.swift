internal import Application
internal import CaptureStore
internal import Casework
internal import Catalog
internal import Cryptography
internal import Foundations
internal import Journal
internal import SimulatedDisk

/// What every simulation begins with, made once: a county that is set up, and devices that are enrolled.
struct Template {
  /// A device before its first day.
  struct Device {
    let id: DeviceID
    let station: StationID
    let key: SigningKey
    let image: SimulatedDisk.Image
  }

  static let journalPath = "/server/journal.db"
  static let blobFolder = "/server/blobs"
  static let home = "/home"
  static let passphrase = "槐树下的老口令呀"
  static let storeKey = [UInt8](repeating: 7, count: Sealer.keyBytes)
  static let timeline = "t1"
  static let devicesMax = 8
  /// How many devices each station has.
  private static let stations = [4, 3, 1]
  static let stationsMax = stations.count

  /// The server's disk, by how many windows have systems of their own, from 1.
  private let servers: [SimulatedDisk.Image]
  let serverKey: SigningKey
  /// What opens ferry files for the county.
  let ferryKey: SM2.DecryptionKey
  let devices: [Device]

  /// - Throws: what the product throws; nothing of it is to be expected.
  init() throws {
    let random = SimulatedRandom()
    let clock = MachineClock(WorldTime())
    let disk = SimulatedDisk()
    random.seed(1)
    let key = try SigningKey(random: random)
    let journal = try SQLiteJournal(
      path: disk.root + Self.journalPath, key: Self.storeKey, random: random, files: disk)
    let service = CaseService(journal: journal, signingKey: key, clock: clock, random: random, log: .silent)
    try Self.setUp(journal, clock)
    ferryKey = try SM2.DecryptionKey(random: random)
    try service.publish(ferryKey: ferryKey.encryptionKey)
    var devices: [Device] = []
    for (station, count) in Self.stations.enumerated() {
      for _ in 0..<count { devices.append(try Self.enrol(Self.station(station), service, clock, random)) }
    }
    serverKey = key
    self.devices = devices
    servers = try (1...SimulatedMatters.systemsMax).map { count in
      try Self.connect(SimulatedMatters.ownSystems(count), journal)
      return disk.image
    }
  }

  func server(systems: Int) -> SimulatedDisk.Image { servers[min(max(1, systems), servers.count) - 1] }

  private static func connect(_ windows: [WindowID], _ journal: SQLiteJournal) throws(Problem) {
    try journal.write { writer throws(Problem) in
      for window in windows {
        try writer.setEndpoint(
          EndpointRow(
            window: window, url: "http://127.0.0.1:1/\(window.text)", secret: [UInt8](repeating: 3, count: 32),
            disabled: false))
      }
    }
  }

  static func station(_ index: Int) -> StationID { StationID("s\(index + 1)") }

  private static func setUp(_ journal: SQLiteJournal, _ clock: MachineClock) throws {
    try journal.write { writer throws(Problem) in
      try writer.setDocument(RegistryKey.settings, RegistryKey.county, ["division": "610830", "name": "清涧县"])
      try writer.setDocument(RegistryKey.settings, RegistryKey.timeline, .text(timeline))
      try writer.setDocument(
        RegistryKey.data, RegistryKey.calendar,
        ["years": ["2026": ["spans": [:], "offWeekdays": [], "workWeekends": []]]])
      try writer.setDocument(
        RegistryKey.data, RegistryKey.divisions,
        [
          "counties": [
            ["code": "610830", "name": "清涧县", "towns": [["code": "610830100", "name": "宽州镇"]]]
          ]
        ])
      for window in SimulatedMatters.windows {
        try writer.setDocument(RegistryKey.windows, window.id.text, WindowCoding.value(window))
      }
      for index in stations.indices {
        let division = "6108301002\(padded(index + 1, 2))"
        try writer.setStation(
          StationRow(id: station(index), name: "站点\(index + 1)", division: division, level: "agent", sample: true))
      }
      try publish(version: 1, writer, at: clock.now())
    }
  }

  /// Publishes a version of the catalogue, as the administrator does.
  static func publish(
    version: Int64, hasRules: Bool = true, _ writer: any JournalWriter, at: Instant
  ) throws(Problem) {
    var manifest: [String: String] = [:]
    var files: [String: [UInt8]] = [:]
    for file in SimulatedMatters.files(version: version, hasRules: hasRules) {
      let digest = Digest.sm3(file.bytes).text
      manifest[file.name] = digest
      files[digest] = file.bytes
    }
    try writer.publishCatalog(version: "v\(version)", manifest: manifest, files: files, at: at)
    try County.touch(writer)
  }

  private static func enrol(
    _ station: StationID, _ service: CaseService, _ clock: MachineClock, _ random: SimulatedRandom
  ) throws -> Device {
    let (id, code) = try service.inviteDevice(station: station, name: "模拟机", actor: "simulation")
    let signing = try SigningKey(random: random)
    let encryption = try SM2.DecryptionKey(random: random)
    let answer = try service.enroll([
      "code": .text(code), "signingKey": .text(Hexadecimal.text(signing.verifyingKey.publicBytes)),
      "encryptionKey": .text(Hexadecimal.text(encryption.encryptionKey.publicBytes)),
    ])
    let disk = SimulatedDisk()
    try CaptureStore.create(
      folder: disk.root + home, enrolment: answer, serverURL: "http://127.0.0.1:1", signingKey: signing.privateBytes,
      encryptionKey: encryption.privateBytes, passphrase: passphrase, person: "模拟员",
      environment: StoreEnvironment(
        clock: clock, random: random, bootTime: { clock.bootTime() }, bootID: "", files: disk, passphraseRounds: 1))
    let device = SimulatedDevice(
      index: 0, Device(id: id, station: station, key: signing, image: disk.image), WorldTime())
    // The first command makes it a database with a write-ahead log.
    _ = try device.store()
    device.end()
    return Device(id: id, station: station, key: signing, image: device.disk.image)
  }
}
