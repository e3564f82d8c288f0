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
  static let passphrase = "帮办基准口令"
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

  init(applications: Int) throws {
    county = try CountyBench()
    scratch = try Scratch()
    matter = try county.matter("qingjian-04")
    let store = try enrol()
    seconds = try Measure.seconds {
      while ids.count < applications { try capture(min(Self.batch, applications - ids.count), store) }
    }
  }

  private func enrol() throws -> CaptureStore {
    let (_, code) = try county.service.inviteDevice(station: county.stations[0].id, name: "基准", actor: "benchmark")
    let signing = try SigningKey(random: SystemRandom())
    let encryption = try SM2.DecryptionKey(random: SystemRandom())
    let answer = try county.service.enroll([
      "code": .text(code), "signingKey": .text(Hexadecimal.text(signing.verifyingKey.publicBytes)),
      "encryptionKey": .text(Hexadecimal.text(encryption.encryptionKey.publicBytes)),
    ])
    let environment = StoreEnvironment(
      clock: SystemClock(), random: SystemRandom(), bootTime: { Hardware.bootMilliseconds() }, bootID: "")
    try StoreFolder.make(home)
    try CaptureStore.create(
      folder: home, enrolment: answer, serverURL: "http://127.0.0.1:1", signingKey: signing.privateBytes,
      encryptionKey: encryption.privateBytes, passphrase: Self.passphrase, person: "基准", environment: environment)
    return try LockedStore(folder: home, environment: environment).open { () throws(Problem) in Self.passphrase }
  }

  /// One transaction of whole applications: captured, folded, submitted.
  private func capture(_ count: Int, _ store: CaptureStore) throws {
    let matter = matter
    let values = (0..<count).map { _ in (people.values(of: matter), people.applicant()) }
    ids += try store.change { session throws(Problem) in
      var made: [ApplicationID] = []
      for (fields, applicant) in values {
        var set = fields
        set[Register.applicant] = applicant
        set[Register.division] = "610830100201"
        set[Register.items] = .array(matter.defaultItems.map { .text($0.text) })
        made.append(try Self.submit(set, of: matter, session))
      }
      return made
    }
  }

  private static func submit(
    _ set: [String: Value], of matter: Matter, _ session: StoreSession
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
    guard let state = try session.state(id) else { throw ProblemKind.unexpected.with(id.text) }
    let digest = state.currentSnapshot.digest(deferred: []).bytes.prefix(ApplicationState.claimedDigestBytes)
    try session.append(Deed(.submit, id, ["version": 1, "digest": .bytes(Array(digest))]))
    return id
  }

  /// Keeps the key in the keyring for an hour, by the program itself.
  func unlock() throws { _ = try ProgramRun.seconds(Programs.ours("bangban"), ["unlock"], environment: environment) }

  /// Forgets the key.
  func lock() { _ = try? ProgramRun.seconds(Programs.ours("bangban"), ["lock"], environment: environment) }
}
