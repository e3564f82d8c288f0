internal import Application
internal import CaptureStore
internal import Casework
internal import Catalog
internal import Cryptography
internal import Foundations
internal import Glibc
internal import Journal
internal import Replication
internal import SQLite
internal import TestSupport

/// What an exchange costs, by real processes over loopback: a day's work, nothing at all, everything for a new device.
enum ExchangeBenchmarks {
  private static let perDay = 30
  private static let noOpBytesMax = 300
  private static let noOpRatioMax = 1.2
  private static let downloadRatioMin = 0.05
  private static let othersRatioMax = 2.0
  private static let proveRatioMax = 1.5
  private static let smallCount = 1000

  // MARK: A usual day

  /// Captures, edits and submissions one way, acceptances and corrections the other: how many requests.
  static func day() throws -> Figure {
    let store = try DeviceStore(applications: perDay)
    let server = try RunningServer(store.county, token: FilledCounty.token)
    defer { server.stop() }
    try store.unlock()
    defer { store.lock() }
    try store.use(server)
    // The first exchange brings the catalogue; the pages grow to their full size with a few quiet ones.
    for _ in 0..<4 { _ = try store.ask(["sync"]) }
    let answered = try answer(store)
    let before = store.ids.count
    try work(store)
    let summary = try store.ask(["sync"])
    let requests = summary["requests"]?.integer ?? 0
    guard summary["upToDate"] == true, summary["refused"] == 0 else { throw Failure("the day was not exchanged") }
    return Figure(
      what: "requests for the structured data of a day: \(store.ids.count - before) captured and submitted, "
        + "\(perDay) edited, \(answered) answers of windows", reach: "1",
      value: "\(requests) (\(summary["pushed"]?.integer ?? 0) operations up, \(summary["pulled"]?.integer ?? 0) down, "
        + "\(summary["bytesSent"]?.integer ?? 0) and \(summary["bytesReceived"]?.integer ?? 0) bytes)",
      reached: requests == 1)
  }

  /// What the windows did overnight: every other proceeding accepted, the rest sent back for a correction.
  private static func answer(_ store: DeviceStore) throws -> Int {
    let bench = store.county
    let until = ChinaTime.date(bench.clock.now()).adding(days: 20).text
    var answers = 0
    for (index, id) in store.ids.enumerated() {
      guard let proceeding = try bench.state(id).proceedings.first(where: { $0.status == .dispatched }) else {
        continue
      }
      let body: Value =
        index.isMultiple(of: 2)
        ? ["action": "accept", "version": 1]
        : [
          "action": "correct", "version": 1, "until": .text(until),
          "defects": [["field": "mo.phone", "problem": "号码不通", "remedy": "请核对"]],
        ]
      do throws(Problem) {
        _ = try bench.service.act(proceeding.id, body: body, actor: bench.actor(proceeding))
      } catch {
        throw Failure("\(error.code) \(error.message)")
      }
      answers += 1
    }
    return answers
  }

  /// What the station did during the day: new applications, each edited before it was submitted.
  private static func work(_ store: DeviceStore) throws {
    try store.capture(perDay, try store.open(), editing: true)
  }

  // MARK: Nothing new

  /// An exchange of nothing and a proof, with few applications and with many on both sides.
  static func standing(_ many: FilledCounty, rounds: Int) throws -> [Figure] {
    let few = try FilledCounty(applications: min(smallCount, many.applications))
    defer { few.server.stop() }
    let (full, small) = (try many.newDevice(), try few.newDevice())
    defer { for store in [full, small] { store.lock() } }
    for store in [full, small] { _ = try store.ask(["sync"]) }
    let summary = try full.ask(["sync"])
    let bytes = max(summary["bytesSent"]?.integer ?? .max, summary["bytesReceived"]?.integer ?? .max)
    let sync = try Measure.pair(rounds: rounds) {
      try full.seconds(["sync"])
    } _: {
      try small.seconds(["sync"])
    }
    let sizes = "\(grouped(many.applications)) applications as at \(grouped(few.applications))"
    let first = (full: try full.seconds(["prove"]), small: try small.seconds(["prove"]))
    let prove = try Measure.pair(rounds: rounds) {
      try full.seconds(["prove"])
    } _: {
      try small.seconds(["prove"])
    }
    let proof = try full.ask(["prove"])
    guard proof["differ"] == [], proof["match"] == Value(many.applications) else { throw Failure(JSON.text(proof)) }
    let question = ProofQuestion(cursor: .start, proof: .root(ProofBuckets().root)).bytes.count
    return [
      Figure(
        what: "body of a sync with nothing new, the larger way", reach: "≤ \(noOpBytesMax) B", value: "\(bytes) B",
        reached: bytes <= noOpBytesMax),
      Figure(
        what: "`sync` with nothing new at \(sizes)", reach: "≤ \(rounded(noOpRatioMax, 1))×",
        value: "\(rounded(sync.ratio, 2))× (\(rounded(sync.ours * 1000, 1)) against "
          + "\(rounded(sync.theirs * 1000, 1)) ms)", reached: sync.ratio <= noOpRatioMax),
      Figure(
        what: "`prove` at \(sizes)", reach: "≤ \(rounded(proveRatioMax, 1))×",
        value: "\(rounded(prove.ratio, 2))× (\(rounded(prove.ours * 1000, 1)) against "
          + "\(rounded(prove.theirs * 1000, 1)) ms, about \(question) B each way; the very first "
          + "\(rounded(first.full, 2)) against \(rounded(first.small, 2)) s)", reached: prove.ratio <= proveRatioMax),
    ]
  }

  // MARK: Everything

  /// A new device of the station gets everything, while nobody else asks.
  static func download(applications: Int, rounds: Int) throws -> Figure {
    let county = try FilledCounty(applications: applications)
    defer { county.server.stop() }
    let bodies = try county.bodies(applications)
    let raw = try Connection(path: county.bench.folder + "/raw.db", mode: .create)
    try raw.execute("CREATE TABLE rows(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
    let operations = try county.bench.journal.read { reader throws(Problem) in try reader.lastSequence() }
    // As many transactions as pages of full size.
    let perPage = max(1, applications * Limits.operationsPerPageMax / max(1, Int(operations)))
    let result = try Measure.pair(rounds: rounds) {
      let store = try county.newDevice()
      defer { store.lock() }
      var summary: Value = [:]
      let seconds = try Measure.seconds { summary = try store.ask(["sync"]) }
      guard summary["upToDate"] == true, summary["pulled"] == .integer(operations) else {
        throw Failure("not everything came: \(JSON.text(summary))")
      }
      return seconds / Double(applications)
    } _: {
      try Measure.seconds {
        for start in stride(from: 0, to: bodies.count, by: perPage) {
          try raw.transaction { () throws(StorageError) in
            for body in bodies[start..<min(start + perPage, bodies.count)] {
              try raw.run("INSERT INTO rows(body) VALUES(?)", [.blob(body)])
            }
          }
        }
      } / Double(applications)
    }
    let ratio = result.theirs / result.ours
    return Figure(
      what: "first download of \(grouped(applications)) applications by a new device, against raw inserts in as many "
        + "transactions", reach: "≥ \(rounded(downloadRatioMin, 2))",
      value: "\(rounded(ratio, 3)) (\(Int(1 / result.ours)) applications a second, raw \(Int(1 / result.theirs)))",
      reached: ratio >= downloadRatioMin)
  }

  /// The beginning of a command that gives way to all others. Dispatch takes a better priority for its threads where it
  /// may, and root may.
  private static func asAnybody() throws -> [String] {
    geteuid() == 0 ? [try Programs.system("setpriv"), "--bounding-set=-sys_nice"] : []
  }

  /// A disk that is not the server's: memory, where there is enough of it for so many applications.
  private static func ownDisk(_ applications: Int) -> String? {
    let (folder, bytesEach) = ("/dev/shm", 32 << 10)
    var volume = statvfs()
    guard unsafe statvfs(folder, &volume) == 0, unsafe access(folder, W_OK) == 0 else { return nil }
    return volume.f_bavail * volume.f_frsize > applications * bytesEach ? folder : nil
  }

  /// A new device gets everything while others of the county go on working. In life it is another machine: here it
  /// gives way to all others and has a disk of its own.
  static func others(_ county: FilledCounty, requests: Int) throws -> Figure {
    let neighbours = try Neighbours(county)
    for _ in 0..<10 { _ = try neighbours.ask() }
    let idle = try (0..<requests).map { _ in try neighbours.ask() }
    let store = try county.newDevice(at: ownDisk(county.applications))
    defer { store.lock() }
    let pid = try Spawn.start(
      Programs.system("nice"), ["-n", "19"] + asAnybody() + [Programs.ours("bangban"), "sync", "--json"],
      environment: store.environment, input: "/dev/null", output: store.scratch.path("sync"), errors: "/dev/null")
    var code: Int32 = 0
    var busy: [Double] = []
    while unsafe waitpid(pid, &code, WNOHANG) == 0 { busy.append(try neighbours.ask()) }
    guard code & 0x7F == 0, DeviceStore.statuses.contains(code >> 8), busy.count > 1 else {
      throw Failure("the new device did not sync: \(code)")
    }
    let (before, during) = (Measure.percentile(idle, 95), Measure.percentile(busy, 95))
    return Figure(
      what: "p95 of others' requests while a new device gets \(grouped(county.applications)) applications",
      reach: "≤ \(Int(othersRatioMax))× idle",
      value: "\(rounded(during / before, 2))× (\(rounded(during * 1000, 1)) against \(rounded(before * 1000, 1)) ms, "
        + "\(busy.count) requests)", reached: during <= othersRatioMax * before)
  }
}
