import Foundation
import Foundations
import XCTest

/// Each command, killed or failed at one of its system calls after the other: what it said is true, what was there is
/// there, nothing is half, and the next try works.
///
/// `Tests/run` strikes at places spread over each command; `Tests/campaign` sets `BANGBAN_CAMPAIGN` and strikes at all,
/// from the place on whose number that is.
final class SystemCallTests: XCTestCase {
  private var county: County!
  private var device: Device!
  private var tracer: Tracer!
  /// An application that was there before, as `show` tells it.
  private var earlier: Value = .null
  private var document: Value = .null
  private var known = 1

  private let isWhole = ProcessInfo.processInfo.environment["BANGBAN_CAMPAIGN"] != nil
  private let firstPlace = ProcessInfo.processInfo.environment["BANGBAN_CAMPAIGN"].flatMap { Int($0) } ?? 0
  private static let spread = 8

  override func setUpWithError() throws {
    county = try County(self)
    device = try county.device("a")
    tracer = try Tracer(county)
    document = Documents.complete(try device.matter("qingjian-10"), submit: false)
    let first = try device.capture(document)["id"]?.text ?? ""
    try device.sync()
    earlier = try device.ask("show", first)
  }

  // MARK: Sweeping

  /// A command, ready to be struck.
  private struct Ready {
    var arguments: [String]
    var input: [UInt8]?
    /// Looks at what the command left.
    let check: (Outcome) throws -> Void
  }

  /// Strikes a command at one place after the other.
  /// - Parameters:
  ///   - spread: at how many places it is struck where not at all of them.
  ///   - ready: makes what the command needs, anew for each strike.
  private func sweep(_ name: String, spread: Int = spread, ready: () throws -> Ready) throws {
    try sweep(name, of: { $0 }, choose: { Self.spread($0, spread) }, ready: ready)
  }

  /// - Parameters:
  ///   - choose: the places where not all of them are struck at.
  ///   - of: the places that are meant at all.
  private func sweep(
    _ name: String, of meant: ([Strike]) -> [Strike], choose: ([Strike]) -> [Strike], ready: () throws -> Ready
  ) throws {
    let calm = try ready()
    let undisturbed = try strike(nil, calm)
    XCTAssertEqual(undisturbed.status, 0, undisturbed.errors)
    try calm.check(undisturbed)
    let places = meant(try tracer.places(device.home))
    let chosen = isWhole ? Array(places.dropFirst(firstPlace)) : choose(places)
    print("\(name): \(places.count) places, from \(isWhole ? firstPlace : 0)")
    var (hits, refused, done) = (0, 0, 0)
    for place in chosen {
      let command = try ready()
      let outcome = try strike(place, command)
      if try tracer.hasStruck(place, outcome.status) { hits += 1 }
      if outcome.status == 0 { done += 1 } else { refused += 1 }
      let isOurs = !Self.endedWhileLoading(outcome)
      XCTAssertTrue(!isOurs || [0, 1, 3, 4, 5, 137].contains(outcome.status), "\(name), \(place): \(outcome.status)")
      // Whoever is told that something failed is told in our words.
      if isOurs, ![0, 3, 137].contains(outcome.status), place.call != "write" {
        XCTAssertFalse(outcome.code.isEmpty, "\(name), \(place): \(outcome.errors)")
      }
      try checkSound("\(name), \(place): \(outcome.status) \(outcome.errors.prefix(300))")
      try command.check(outcome)
    }
    print("\(name): \(places.count) places, \(chosen.count) struck at, \(hits) hit, \(done) done, \(refused) not")
    XCTAssertGreaterThan(hits * 2, chosen.count, "strikes must hit")
    XCTAssertGreaterThan(refused, 0)
    try device.sync()
    XCTAssertEqual(try device.ask("doctor")["unsent"], 0)
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    try county.checkVerify()
  }

  /// Whether the program was given up before its first line, in words of others: the loader's, or libgcrypt's, which
  /// asks the kernel for its mode while it is loaded and aborts where it gets no answer.
  private static func endedWhileLoading(_ outcome: Outcome) -> Bool {
    outcome.status == 127 || (outcome.status == 134 && outcome.errors.contains("fips_enabled' in libgcrypt"))
  }

  /// Places of every kind of call and fault, evenly spread.
  private static func spread(_ places: [Strike], _ count: Int) -> [Strike] {
    guard places.count > count else { return places }
    return (0..<count).map { places[$0 * (places.count - 1) / (count - 1)] }
  }

  private func strike(_ strike: Strike?, _ command: Ready) throws -> Outcome {
    try tracer.spawn(
      strike, .bangban, ["--home", device.home, "--json"] + command.arguments, input: command.input
    ).finish()
  }

  /// Everything earlier is readable and unchanged, and the store is sound.
  private func checkSound(_ message: String) throws {
    let doctor = try device.run("doctor")
    XCTAssertEqual(doctor.status, 0, "\(message): \(doctor.output) \(doctor.errors)")
    var shown = try device.ask("show", earlier["id"]?.text ?? "")
    shown["sync"] = earlier["sync"]
    XCTAssertEqual(shown, earlier, message)
  }

  private func capture(consent: Bool = true) throws -> String {
    var document = document
    if !consent { document["consent"] = false }
    known += 1
    return try device.capture(document)["id"]?.text ?? ""
  }

  private func field(_ id: String, _ name: String) throws -> String? {
    try device.ask("show", id)["fields"]?[name]?.text
  }

  // MARK: Commands

  /// Edits of two fields at once, both stored or neither.
  private func editing() throws -> () throws -> Ready {
    let id = try capture()
    var (count, job) = (0, "")
    return { [self] in
      count += 1
      let (value, before) = ("第\(count)次", job)
      let arguments = ["edit", id, "w.job=\(value)", "w.platform=\(value)"]
      return Ready(arguments: arguments) { [self] outcome in
        let shown = try device.ask("show", id)["fields"]
        let both = [shown?["w.job"]?.text, shown?["w.platform"]?.text]
        if outcome.status == 0 { XCTAssertEqual(both, [value, value], "answered, and lost") }
        if both != [value, value], !before.isEmpty { XCTAssertEqual(both, [before, before], "half of an edit") }
        XCTAssertEqual(try device.run(arguments).status, 0, "the next try works")
        XCTAssertEqual(try field(id, "w.job"), value)
        job = value
      }
    }
  }

  func testEditsAreWholeOrAbsent() throws { try sweep("edit", ready: try editing()) }

  func testScenario02KilledAtEveryWriteAnOperationIsWhollyThereOrNotAtAll() throws {
    let ready = try editing()
    func writes(_ places: [Strike]) -> [Strike] { places.filter { $0.fault == .kill && $0.isWrite } }
    try sweep("edit, killed at writes", of: writes, choose: { $0 }, ready: ready)
  }

  func testScenario24WithoutSpaceOrWithABadDiskNothingEarlierIsLostAndNothingIsCalledSaved() throws {
    let ready = try editing()
    func faults(_ places: [Strike]) -> [Strike] { places.filter { $0.fault != .kill && $0.isWrite } }
    try sweep("edit, failed at writes", of: faults, choose: { $0 }, ready: ready)
  }

  func testNewApplicationsAreWholeOrAbsent() throws {
    let fields = earlier["fields"]
    try sweep("new") {
      let before = try listed()
      return Ready(arguments: ["new", "--from", "-"], input: JSON.bytes(document)) { [self] outcome in
        let after = try listed()
        let new = after.subtracting(before)
        XCTAssertTrue(before.isSubset(of: after))
        XCTAssertLessThanOrEqual(new.count, 1)
        if outcome.status == 0 { XCTAssertEqual(new, [outcome.value["id"]?.text ?? ""], "answered, and lost") }
        for id in new { XCTAssertEqual(try device.ask("show", id)["fields"], fields, "half of an application") }
        _ = try capture()
      }
    }
  }

  /// All there are: a campaign makes more than `list` shows by itself.
  private func listed() throws -> Set<String> {
    Set(try device.list("list", "--limit", "100000").compactMap { $0["id"]?.text })
  }

  func testSubmissionsAreWholeOrAbsent() throws {
    try sweep("submit") {
      let id = try capture()
      return Ready(arguments: ["submit", id]) { [self] outcome in
        let shown = try device.ask("show", id)
        let isSubmitted = shown["status"] == "submitted"
        XCTAssertEqual(shown["status"], isSubmitted ? "submitted" : "draft")
        XCTAssertEqual(try device.run("receipt", id).status == 0, isSubmitted, "half of a submission")
        if outcome.status == 0 { XCTAssertTrue(isSubmitted, "answered, and lost") }
        if !isSubmitted { try device.ask("submit", id) }
        XCTAssertEqual(try device.ask("show", id)["status"], "submitted")
      }
    }
  }

  func testAttachmentsAreWholeOrAbsent() throws {
    let id = try capture()
    var count = 0
    try sweep("attach") {
      count += 1
      let name = "\(count).txt"
      let file = try county.write("承诺书第\(count)份", to: name)
      let before = try attached(id)
      return Ready(arguments: ["attach", id, "m04", file]) { [self] outcome in
        let after = try attached(id)
        XCTAssertTrue([before, before + 1].contains(after))
        if outcome.status == 0 { XCTAssertEqual(after, before + 1, "answered, and lost") }
        if after == before { _ = try device.list("attach", id, "m04", file) }
        XCTAssertEqual(try attached(id), before + 1)
        XCTAssertEqual(try device.sync()["upToDate"], true, "what is named is whole")
      }
    }
  }

  private func attached(_ id: String) throws -> Int {
    (try device.ask("show", id)["materials"]?["m04"]?.array ?? []).count { $0["digest"]?.text != nil }
  }

  func testConsentsAreWholeOrAbsent() throws {
    try sweep("consent") {
      let id = try capture(consent: false)
      let unsent = try device.ask("doctor")["unsent"]
      return Ready(arguments: ["consent", id]) { [self] outcome in
        let shown = try device.ask("show", id)
        let isGiven = shown["consent"]?["given"] == true
        XCTAssertEqual(shown["held"], .bool(!isGiven))
        if outcome.status == 0 { XCTAssertTrue(isGiven, "answered, and lost") }
        if !isGiven {
          XCTAssertEqual(try device.ask("doctor")["unsent"], unsent, "half of a consent")
          try device.ask("consent", id)
        }
      }
    }
  }

  func testSyncsConverge() throws {
    let id = try capture()
    var count = 0
    try sweep("sync") {
      count += 1
      let value = "第\(count)次"
      try device.ask("edit", id, "w.job=\(value)")
      return Ready(arguments: ["sync"]) { [self] outcome in
        XCTAssertEqual(try field(id, "w.job"), value)
        let shown = try device.ask("show", id)["sync"]
        if outcome.status == 0 { XCTAssertEqual(shown, "synced") }
        let summary = try device.sync()
        XCTAssertEqual(summary["refused"], 0)
        XCTAssertEqual(try device.ask("doctor")["unsent"], 0)
        XCTAssertEqual(try county.administer("applications").count, known)
      }
    }
  }

  func testEnrolmentsAreWholeOrAbsent() throws {
    let main = device!
    let others = try county.administer("station", "list").compactMap { $0["id"]?.text }.filter { $0 != main.station }
    var count = 0
    func code(_ device: Device) throws -> [UInt8] {
      let made = try county.administer("device", "add", "--station", device.station, "--name", "又一台")
      return Array("\(made.first?["code"]?.text ?? "")\n".utf8)
    }
    try sweep("enroll", spread: 5) {
      count += 1
      // A server lets only so many enrol from one place in a minute; it begins to count anew when it is started.
      if count.isMultiple(of: 6) {
        county.stop()
        try county.start()
      }
      // A station has numbers for so many devices; each try may take two.
      let station = ([main.station] + others)[count / 500]
      let other = Device(county, home: "\(main.home)-\(count)", station: station)
      let arguments = ["--home", other.home, "enroll", county.url, "-", "--name", "李志强"]
      return Ready(arguments: arguments, input: try code(other)) { [self] outcome in
        if outcome.status != 0, try other.run("doctor").status != 0 {
          // The code may be used up: the administrator gives another.
          let again = try other.run(["enroll", county.url, "-", "--name", "李志强"], input: try code(other))
          XCTAssertEqual(again.status, 0, again.errors)
        }
        XCTAssertEqual(try other.run("doctor").status, 0, "half a store")
        XCTAssertEqual(try other.sync()["upToDate"], true)
        guard station == main.station else { return }
        XCTAssertEqual(try other.ask("show", earlier["id"]?.text ?? "")["fields"], earlier["fields"])
      }
    }
  }

  // MARK: The server

  /// The server's commit: its journal is what the strikes count.
  func testTheServersCommitsAreWholeOrAbsent() throws {
    let id = try capture()
    try device.sync()
    county.stop()
    let files = ["journal.db", "journal.db-wal", "journal.db-shm"].map { "\(county.home)/\($0)" }
    let calls = ["pwrite64", "fdatasync", "fsync", "ftruncate", "pread64", "fcntl"]
    var (strikes, hits, count) = (0, 0, 0)
    for call in calls {
      for fault in Strike.Fault.allCases where fault != .noSpace || call == "pwrite64" {
        // Counted in each thread: the calls of the start come first, then those of the requests.
        var (number, misses) = (1, 0)
        while misses < 1, number <= (isWhole ? 200 : 12) {
          let strike = Strike(call: call, fault: fault, number: number)
          count += 1
          strikes += 1
          let hasHit = try struckExchange(strike, files: files, id: id, value: "第\(count)次")
          hits += hasHit ? 1 : 0
          misses = hasHit ? 0 : misses + 1
          number += isWhole ? 1 : 10
        }
      }
    }
    print("server: \(strikes) strikes, \(hits) hit")
    XCTAssertGreaterThan(hits, 6)
    try county.start()
    try device.sync()
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    XCTAssertEqual(try county.administer("tray", "list"), [])
    try county.checkVerify()
  }

  /// One edit is synced with a server that is struck; then with one that is not.
  private func struckExchange(_ strike: Strike, files: [String], id: String, value: String) throws -> Bool {
    try device.ask("edit", id, "w.job=\(value)")
    let address = county.url.split(separator: "/").last.map(String.init) ?? ""
    let server = try tracer.spawn(
      strike, .server, ["--home", county.home, "serve", "--listen", address], paths: files)
    if (try? server.listeningURL()) != nil {
      let outcome = try device.run("sync")
      XCTAssertTrue([0, 3, 4].contains(outcome.status), "\(strike): \(outcome.status) \(outcome.errors)")
      let pending = try device.ask("show", id)["sync"]
      if outcome.status == 0 { XCTAssertEqual(pending, "synced", "\(strike)") }
    }
    let status = server.isRunning ? server.stop() : server.finish().status
    let hasHit = try tracer.hasStruck(strike, status)
    try county.start()
    XCTAssertEqual(try device.sync()["refused"], 0, "\(strike)")
    XCTAssertEqual(try device.ask("show", id)["sync"], "synced", "\(strike)")
    let shown = try county.administer("show", id).first
    XCTAssertEqual(shown?["fields"]?["w.job"]?.text, value, "\(strike)")
    if hasHit { try county.checkVerify() }
    county.stop()
    return hasHit
  }
}
