internal import Application
internal import Cryptography
internal import Foundations
internal import Replication
internal import Synchronizer
internal import TestValues
internal import Wire

/// A device with a program of a later year: it writes a kind of operation that neither the server nor other devices
/// know. They keep it and pass it on.
final class NewerDevice {
  private let id: DeviceID
  private let key: SigningKey
  private var number: Int64 = 0
  private var acknowledged: Int64 = 0
  private var running: [Digest]
  private var written: [Replication.Operation] = []
  private var cursor = Cursor.start
  private var applications: [ApplicationID] = []

  init(_ template: Template.Device) {
    id = template.id
    key = template.key
    running = [Chain.start(template.id)]
  }

  private static let kind = OperationKind("teleport")

  /// Writes on an application it has seen, and exchanges.
  func perform(_ world: World, _ chance: inout SeededGenerator) throws -> String {
    if let application = chance.pick(applications) { write(application, world) }
    number += 1
    let request = SyncRequest(
      device: id, number: number, cursor: cursor, now: Instant(milliseconds: world.time.milliseconds), clockEpoch: 0,
      catalogVersion: "", pageMax: 200, acknowledged: acknowledged, running: running[Int(acknowledged)],
      operations: Array(written[Int(acknowledged)...]))
    let question = ServerQuestion("POST", "/v1/sync", body: try request.bytes(key: key, dictionary: nil))
    guard let answer = world.server.answer(question) else { return "no answer" }
    guard answer.isSuccess, let page = try? SyncAnswer.read(answer.body, dictionary: { _ in nil }) else {
      // Of a server whose backup was put back it asks for everything, and sends it everything.
      if answer.problem.code == "sync.timeline" { (cursor, acknowledged) = (.start, 0) }
      return answer.problem.code
    }
    acknowledged = page.acknowledged
    cursor = page.cursor
    for judged in page.operations where judged.operation.header.kind == .create {
      applications.append(judged.operation.header.application)
    }
    for (_, judgement) in page.judgements where judgement.disposition != .quarantined("operation.kind-unknown") {
      throw Violation("unknown kinds are kept and passed on", "\(judgement.disposition)")
    }
    return "done"
  }

  private func write(_ application: ApplicationID, _ world: World) {
    let counter = Int64(running.count)
    let header = OperationHeader(
      id: OperationID(id, counter), application: application, person: PersonID("p1"), kind: Self.kind,
      claimedAt: Instant(milliseconds: world.time.milliseconds))
    let operation = Replication.Operation(
      header: header, salt: [UInt8](repeating: UInt8(clamping: counter), count: OperationCoding.saltBytes),
      payload: CBOR.encode(["what": "后来的程序才懂"]))
    written.append(operation)
    running.append(Chain.next(running[Int(counter) - 1], operation.digest))
    world.oracle.noteSaved(operation)
  }
}
