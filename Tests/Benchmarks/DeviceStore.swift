internal import Application
internal import CaptureStore
internal import Casework
internal import Catalog
internal import Cryptography
internal import Foundations
internal import Replication
internal import TestSupport

/// A device's store with many submitted applications: enrolled at a county on a real journal, captured through the
/// store's own operations, unlocked in the keyring by the program itself.
final class DeviceStore {
  static let passphrase = "帮办基准测试口令"
  /// Applications to a transaction; a person makes one, which would take a quarter of an hour for all.
  private static let batch = 500

  let county: CountyBench
  let scratch: Scratch
  let matter: Matter
  private(set) var people = SyntheticPeople(seed: 7)
  /// The applications, in the order in which they were captured.
  private(set) var ids: [ApplicationID] = []
  /// How long capturing took.
  private(set) var seconds = 0.0

  var home: String { scratch.path("device") }
  var database: String { home + "/store.db" }
  var environment: [String: String] { ["BANGBAN_HOME": home, "BANGBAN_PASSPHRASE": Self.passphrase] }

  /// - Parameters:
  ///   - county: where it is enrolled; nil for a county of its own.
  ///   - folder: where its files lie; nil for where all others do.
  init(applications: Int, in county: CountyBench? = nil, at folder: String? = nil) throws {
    self.county = try county ?? CountyBench(at: SystemClock().now())
    scratch = try Scratch(in: folder)
    matter = try self.county.matter("qingjian-04")
    let store = try enrol()
    seconds = try Measure.seconds {
      while ids.count < applications { try capture(min(Self.batch, applications - ids.count), store) }
    }
  }

  /// The store itself, for what a benchmark prepares.
  func open() throws -> CaptureStore {
    try LockedStore(folder: home, environment: Self.machine).open { () throws(Problem) in Self.passphrase }
  }

  private static var machine: StoreEnvironment {
    StoreEnvironment(
      clock: SystemClock(), random: SystemRandom(), bootTime: { Hardware.bootMilliseconds() }, bootID: "")
  }

  private func enrol() throws -> CaptureStore {
    let (_, code) = try county.service.inviteDevice(station: county.stations[0].id, name: "基准", actor: "benchmark")
    let signing = try SigningKey(random: SystemRandom())
    let encryption = try SM2.DecryptionKey(random: SystemRandom())
    let answer = try county.service.enroll([
      "code": .text(code), "signingKey": .text(Hexadecimal.text(signing.verifyingKey.publicBytes)),
      "encryptionKey": .text(Hexadecimal.text(encryption.encryptionKey.publicBytes)),
    ])
    try StoreFolder.make(home)
    try CaptureStore.create(
      folder: home, enrolment: answer, serverURL: "http://127.0.0.1:1", signingKey: signing.privateBytes,
      encryptionKey: encryption.privateBytes, passphrase: Self.passphrase, person: "基准", environment: Self.machine)
    return try open()
  }

  /// One transaction of whole applications: captured, folded, submitted.
  /// - Parameter editing: whether each is changed once before it is submitted.
  func capture(_ count: Int, _ store: CaptureStore, editing: Bool = false) throws {
    let matter = matter
    let values = (0..<count).map { _ in (people.values(of: matter), people.applicant()) }
    ids += try store.change { session throws(Problem) in
      var made: [ApplicationID] = []
      for (fields, applicant) in values {
        var set = fields
        set[Register.applicant] = applicant
        set[Register.division] = "610830100201"
        set[Register.items] = .array(matter.defaultItems.map { .text($0.text) })
        made.append(try Self.submit(set, of: matter, session, editing: editing))
      }
      return made
    }
  }

  private static func submit(
    _ set: Members, of matter: Matter, _ session: StoreSession, editing: Bool
  ) throws(Problem) -> ApplicationID {
    let identity = session.identity
    let day = ChinaTime.date(try session.now().time)
    let code = LocalNumber(
      division: try DivisionCode(identity.stationDivision), device: identity.number, day: day,
      serial: try session.takeSerial(day: day))
    let id = try session.append(
      Deed(
        .create, nil,
        [
          "matter": .text(matter.id.text), "matterVersion": Value(matter.version), "code": .text(code?.text ?? ""),
          "station": .text(identity.station.text), "consent": ["given": true], "set": .object(set),
        ])
    ).header.application
    if editing, let heads = try session.state(id)?.shown("nb.weight") {
      try session.append(Deed(.write, id, ["set": ["nb.weight": 3400]], parents: ["nb.weight": heads]))
    }
    guard let state = try session.state(id) else { throw ProblemKind.unexpected.with(id.text) }
    let digest = state.currentSnapshot.digest(deferred: []).bytes.prefix(ApplicationState.claimedDigestBytes)
    try session.append(Deed(.submit, id, ["version": 1, "digest": .bytes(Array(digest))]))
    return id
  }

  /// Done, and done with something for a person to look at: of many made-up people some are the same by chance.
  static let statuses: Set<Int32> = [0, 3]

  /// Runs a command of the program and returns what it answers.
  func ask(_ arguments: [String]) throws -> Value {
    let text = try ProgramRun.text(
      Programs.ours("bangban"), arguments + ["--json"], environment: environment, scratch: scratch,
      statuses: Self.statuses)
    return try JSONReader.read(Array(text.utf8))
  }

  /// Seconds that a command of the program takes.
  func seconds(_ arguments: [String]) throws -> Double {
    try ProgramRun.seconds(Programs.ours("bangban"), arguments, environment: environment, statuses: Self.statuses)
  }

  /// Points it at a server.
  func use(_ server: RunningServer) throws { _ = try seconds(["config", "server", server.url]) }

  /// Keeps the key in the keyring for an hour, by the program itself.
  func unlock() throws { _ = try ProgramRun.seconds(Programs.ours("bangban"), ["unlock"], environment: environment) }

  /// Forgets the key.
  func lock() { _ = try? ProgramRun.seconds(Programs.ours("bangban"), ["lock"], environment: environment) }
}
