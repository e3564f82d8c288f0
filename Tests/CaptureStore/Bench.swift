import Application
import CaptureStore
import Cryptography
import FoundationEssentials
import Foundations
import Keyring
import Replication
import SQLite
import Synchronization
import XCTest

/// Clocks that stand where a test puts them.
final class Time: Clock {
  private let wall = Mutex(Int64(1_795_000_000_000))
  private let boot = Mutex(Int64(1_000_000))

  func now() -> Instant { Instant(milliseconds: wall.withLock { $0 }) }
  func bootTime() -> Int64 { boot.withLock { $0 } }

  /// Time passes.
  func wait(_ milliseconds: Int64) {
    wall.withLock { $0 += milliseconds }
    boot.withLock { $0 += milliseconds }
  }

  /// Somebody sets the clock.
  func set(by milliseconds: Int64) { wall.withLock { $0 += milliseconds } }
}

/// A store in a temporary folder, without a server.
final class StoreBench {
  let folder = FileManager.default.temporaryDirectory.path + "/bangban-store-\(UUID().uuidString)"
  let time = Time()
  let keys = FileManager.default.temporaryDirectory.path + "/bangban-keys-\(UUID().uuidString)"
  let recovery: SM2.DecryptionKey
  static let passphrase = "槐树下的老口令呀"
  static let staff = "王站长某某"

  init(device: String = "d1") throws {
    recovery = try SM2.DecryptionKey(random: SystemRandom())
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try CaptureStore.create(
      folder: folder, enrolment: enrolment(device: device), serverURL: "http://127.0.0.1:1",
      signingKey: [UInt8](repeating: 1, count: 32), encryptionKey: [UInt8](repeating: 2, count: 32),
      passphrase: Self.passphrase, person: Self.staff, environment: environment())
  }

  /// The server's answer to an enrolment.
  func enrolment(device: String) -> Value {
    [
      "device": .text(device), "number": "01",
      "station": ["id": "s1", "name": "槐树村站", "division": "610830100201", "level": "AGENT"],
      "county": ["name": "清涧县", "division": "610830"],
      "serverKey": .text(String(repeating: "04", count: 65)),
      "recoveryKey": .text(Hexadecimal.text(recovery.encryptionKey.publicBytes)),
      "catalog": ["version": "v0", "matters": [], "documents": ["stations": []]],
    ]
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func environment(bootID: String = "boot-1") -> StoreEnvironment {
    let time = time
    return StoreEnvironment(clock: time, random: SystemRandom(), bootTime: { time.bootTime() }, bootID: bootID)
  }

  func locked(bootID: String = "boot-1") throws -> LockedStore {
    try LockedStore(folder: folder, environment: environment(bootID: bootID), keyring: .files(folder: "/dev/shm"))
  }

  func open(bootID: String = "boot-1") throws -> CaptureStore {
    try locked(bootID: bootID).open { () throws(Problem) in Self.passphrase }
  }

  var path: String { folder + "/" + LockedStore.fileName }

  /// Changes the file behind the program's back.
  func execute(_ sql: String) throws { try Connection(path: path, mode: .readWrite).execute(sql) }

  /// The first column of a query, as numbers.
  func rows(_ sql: String) throws -> [Int64] {
    try Connection(path: path, mode: .readOnly).query(sql) { $0.integer(0) }
  }

  /// An application of a person, as `create` writes it.
  static func create(
    _ session: StoreSession, name: String = "张三丰", number: String = "61083019991231988X", consent: Bool = true,
    code: String? = nil
  ) throws(Problem) -> ApplicationID {
    let serial = try session.takeSerial(day: ChinaTime.date(session.now().time))
    let payload: Value = [
      "matter": "qingjian-04", "matterVersion": 1,
      "code": .text(code ?? "L-610830100201-01-20261123-\(padded(serial, 4))-X"), "station": "s1",
      "consent": ["given": .bool(consent)],
      "set": [
        "@applicant": ["kind": "person", "name": .text(name), "idNumber": .text(number), "phone": "13912345678"],
        "mo.addr": ["division": "610830100201", "detail": "槐树村九十九号窑洞"],
      ],
    ]
    return try session.append(Deed(.create, nil, payload)).header.application
  }
}

/// The problem that a call throws; nil where it throws none.
func problem(_ body: () throws -> Void) -> Problem? {
  do {
    try body()
    return nil
  } catch {
    return error as? Problem
  }
}
