import API
import Assistant
import CaptureStore
import Casework
import Catalog
import Cryptography
import FoundationEssentials
import Foundations
import HTTP
import Journal
import Synchronizer
import TestSupport
import XCTest

/// A county's server on a real port, and devices with real stores that reach it over HTTP.
final class Village {
  let bench: CountyBench
  let server: HTTPServer
  let blobs: BlobFiles
  /// How many catalogues after the first.
  private var published = 0

  convenience init() throws { try self.init(CountyBench()) }

  init(_ bench: CountyBench) throws {
    self.bench = bench
    blobs = try BlobFiles(
      folder: bench.folder + "/blobs", storeKey: [UInt8](repeating: 7, count: 32), random: SystemRandom())
    server = try HTTPServer(
      ServerSettings(), service: APIService(casework: bench.service, blobs: blobs, forwarding: { [] }))
  }

  var url: String { "http://127.0.0.1:\(server.port)" }

  /// A laptop of a station, enrolled.
  func laptop(at station: Int = 0) throws -> Laptop {
    let (_, code) = try bench.service.inviteDevice(
      station: bench.stations[station].id, name: "测试机", actor: "test")
    let laptop = Laptop(home: bench.folder + "/home-\(UUID().uuidString)", clock: bench.clock)
    _ = try laptop.assistant().enroll(url: url, code: code, name: "王帮办")
    return laptop
  }

  /// A laptop on which a command stays open: what a key costs is paid once.
  func open() throws -> Assistant { try laptop().assistant() }

  /// Some of them.
  func open(_ count: Int) throws -> [Assistant] { try (0..<count).map { _ in try open() } }

  /// Everybody sends what he has, and then gets what the others sent.
  static func everybody(_ laptops: [Assistant]) throws {
    for _ in 0..<2 { for laptop in laptops { _ = try laptop.sync { _ in } } }
  }

  /// Publishes a matter of the bench otherwise than it was.
  func publish(_ id: String, _ change: (inout Matter) -> Void) throws {
    published += 1
    var matter = try bench.matter(id)
    matter.version += 1
    change(&matter)
    let bytes = Array(MatterEncoder.text(matter).utf8)
    let digest = Digest.sm3(bytes).text
    bench.clock.advance(seconds: 60)
    let now = bench.clock.now()
    try bench.journal.write { writer throws(Problem) in
      var manifest = try writer.catalogManifest(try writer.catalogVersion()) ?? [:]
      manifest[id] = digest
      try writer.publishCatalog(
        version: "v\(published + 1)", manifest: manifest, files: [digest: bytes], at: now)
      try writer.setDocument("settings", "revision", .integer(Int64(published) + 100))
    }
  }

  /// A document of all required examples, with the required own materials as paper.
  func document(_ id: String = "qingjian-04", submit: Bool) throws -> Value {
    let matter = try bench.matter(id)
    let items = matter.defaultItems
    var fields: Members = [:]
    for field in matter.exampleFields(today: ChinaTime.date(bench.clock.now())) {
      if field.items.isEmpty || field.items.contains(where: items.contains) { fields[field.id] = field.example }
    }
    var materials: Members = [:]
    for material in matter.materials where material.required && material.source == .own {
      if material.items.isEmpty || material.items.contains(where: items.contains) {
        materials[material.id] = ["originals": 1, "copies": 0]
      }
    }
    return [
      "matter": .text(id), "fields": .object(fields), "materials": .object(materials), "submit": .bool(submit),
      "items": .array(items.map { .text($0.text) }),
      "applicant": ["kind": "person", "name": "张三丰", "idNumber": "61083019991231988X", "phone": "13912345678"],
    ]
  }
}

/// One device: each call is a command with an assistant of its own, as from a shell.
final class Laptop {
  let home: String
  let clock: BenchClock
  let boot = BenchClock("1970-01-01T08:00:00+08:00")
  var passphrase = "槐树下的老口令呀"
  var sizes = ExchangeSizes()

  init(home: String, clock: BenchClock) {
    self.home = home
    self.clock = clock
  }

  /// The same laptop as it is now, in another folder: a backup, or a clone.
  func copied(as name: String = "copy") throws -> Laptop {
    let copy = Laptop(home: "\(home)-\(name)", clock: clock)
    try FileManager.default.copyItem(atPath: home, toPath: copy.home)
    return copy
  }

  func assistant() -> Assistant {
    let passphrase = passphrase
    return Assistant(
      home: home, environment: environment, passphrase: PassphraseSource { () throws(Problem) in passphrase })
  }

  var environment: AssistantEnvironment {
    let boot = boot
    return AssistantEnvironment(
      clock: clock, random: SystemRandom(), bootTime: { boot.now().milliseconds }, log: .silent, sizes: sizes,
      passphraseRounds: 1)
  }

  /// Time passes as clocks see it.
  func wait(seconds: Int64) {
    clock.advance(seconds: seconds)
    boot.advance(seconds: seconds)
  }

  @discardableResult
  func sync() throws -> Value { try assistant().sync { _ in } }
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

/// A number as a name may have it: names have no digits.
func inWords(_ number: Int) -> String {
  String(String(number).compactMap { $0.wholeNumberValue.map { Array("零一二三四五六七八九")[$0] } })
}
