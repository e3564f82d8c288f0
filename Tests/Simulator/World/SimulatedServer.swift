internal import API
internal import Casework
internal import Foundations
internal import HTTP
internal import Journal
internal import SQLite
internal import SimulatedDisk
internal import Synchronizer
internal import Transport

/// The county's server: the real journal, casework and API over a disk whose power can be cut.
final class SimulatedServer {
  let disk: SimulatedDisk
  let clock: MachineClock
  let random = SimulatedRandom()
  private let template: Template
  private var journal: SQLiteJournal
  private(set) var service: CaseService
  private(set) var blobs: BlobFiles
  private var api: APIService

  /// The windows that have systems of their own.
  let ownSystems: [WindowID]

  init(_ template: Template, _ time: WorldTime, systems: Int, plant: Plant?) throws {
    self.template = template
    ownSystems = SimulatedMatters.ownSystems(systems)
    disk = SimulatedDisk(template.server(systems: systems))
    clock = MachineClock(time)
    try plant?.prepare(server: disk)
    (journal, service, blobs, api) = try Self.programs(template, disk, clock, random)
    try plant?.prepare(service)
  }

  private static func programs(
    _ template: Template, _ disk: SimulatedDisk, _ clock: MachineClock, _ random: SimulatedRandom
  ) throws -> (SQLiteJournal, CaseService, BlobFiles, APIService) {
    let journal = try SQLiteJournal(
      path: disk.root + Template.journalPath, key: Template.storeKey, random: random, files: disk)
    let service = CaseService(
      journal: journal, signingKey: template.serverKey, clock: clock,
      random: random, log: .silent)
    let blobs = try BlobFiles(
      folder: disk.root + Template.blobFolder, storeKey: Template.storeKey, random: random, files: disk)
    return (journal, service, blobs, APIService(casework: service, blobs: blobs, forwarding: { [] }))
  }

  /// Starts the program again after the power was cut.
  func restart(_ chance: inout some RandomNumberGenerator) throws {
    disk.start(&chance)
    (journal, service, blobs, api) = try Self.programs(template, disk, clock, random)
    try service.removeDropped(from: blobs)
  }

  /// What the command that makes a backup makes. What SQLite could not commit may still lie in its log, and would be
  /// committed on a mere copy of the disk.
  func backup() throws -> SimulatedDisk.Image {
    let copy = disk.root + "/backup.db"
    try journal.backup(to: copy)
    defer { try? disk.remove(copy) }
    try journal.write { writer throws(Problem) in try BackupCount.add(writer) }
    return disk.image.moving("/backup.db", to: Template.journalPath)
  }

  /// Goes on from a backup, as the command that puts one back does: everything is made ready beside its place and moves
  /// in last. Cut off before, nothing has happened.
  /// - Parameter faults: what the disk does meanwhile.
  func restore(
    _ image: SimulatedDisk.Image, as timeline: String, faults: [Event.Fault], _ chance: inout some RandomNumberGenerator
  ) throws {
    let staging = SimulatedDisk(image)
    for case .serverDisk(let fault, let operations) in faults { staging.plan(fault, after: operations) }
    let now = clock.now()
    do {
      let filling = try SQLiteJournal(
        path: staging.root + Template.journalPath, key: Template.storeKey, random: random, files: staging)
      try filling.write { writer throws(Problem) in
        _ = try Restoration.begin(writer, timeline: timeline, now: now, actor: "admin")
      }
      // In every other case the former database cannot be read so far, and what was published since is lost.
      let knowsCatalogs = (now.milliseconds / 1000).isMultiple(of: 2)
      let (shutOut, catalogs) = try service.journal.read { reader throws(Problem) in
        (try ShutOut(reader), knowsCatalogs ? try FormerCatalogs(reader) : FormerCatalogs())
      }
      _ = try filling.write { writer throws(Problem) in
        (try shutOut.carryOver(to: writer, now: now, actor: "admin"), try catalogs.carryOver(to: writer))
      }
    }
    guard !staging.isDead else { throw ProblemKind.storeFailed.with("staging") }
    disk.restore(staging.image)
    try restart(&chance)
  }

  /// Answers a request as the HTTP server does; nil where the power went, or nobody waits for an answer.
  /// - Parameter arrived: how many bytes of the body came before the line was cut; nil where all did.
  func answer(_ question: ServerQuestion, arrived: Int? = nil) -> ServerAnswer? {
    var headers = ["content-length": String(question.body.count)]
    for (name, value) in question.headers { headers[name.lowercased()] = value }
    let request = Request(method: question.method, path: question.path, headers: headers)
    let response: HTTP.Response?
    do {
      response = try api.plan(for: request).answer(
        request, body: Array(question.body.prefix(arrived ?? question.body.count)), isWhole: arrived == nil)
    } catch {
      response = .failure(error)
    }
    guard !disk.isDead, let response else { return nil }
    return Self.answer(response, question)
  }

  private static func answer(_ response: HTTP.Response, _ question: ServerQuestion) -> ServerAnswer {
    var body: [UInt8] = []
    if case .bytes(let bytes) = response.content, question.method != "HEAD" { body = bytes }
    var headers: [String: String] = [:]
    for (name, value) in response.headers { headers[name.lowercased()] = value }
    return ServerAnswer(
      status: response.status, headers: headers, body: body, bytesSent: Int64(question.body.count),
      bytesReceived: Int64(body.count), problem: problem(response.status, body))
  }

  /// As the client reads a refusal.
  private static func problem(_ status: Int, _ body: [UInt8]) -> Problem {
    HTTPClient.Response(status: status, headers: [:], body: body).problem
  }
}
