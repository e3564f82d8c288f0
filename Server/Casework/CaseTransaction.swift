internal import Application
internal import Catalog
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// The server's own authorship: its name and the key it signs with.
struct ServerIdentity: Sendable {
  static let device = DeviceID("server")
  /// The person of operations that no person made.
  static let person = PersonID("system")

  let key: SigningKey
}

/// One write of the journal in which operations are judged and take their effects, all together.
///
/// Invariant: *whatever an operation brings about (projection, routing, outbox) commits with it.*
final class CaseTransaction {
  let journal: any JournalWriter
  let county: County
  let now: Instant
  private let identity: ServerIdentity
  private let random: any RandomSource
  /// Whether any operation waits for a parent: mostly none does, and nobody need look.
  var hasWaiting: Bool
  private var nextSequence: Int64
  private var states: [ApplicationID: ApplicationState?] = [:]
  private var touched: [ApplicationID] = []
  private var server: AuthorRecord
  private var serverDigests: [Digest] = []

  init(
    journal: any JournalWriter, county: County, now: Instant, identity: ServerIdentity, random: any RandomSource
  ) throws(Problem) {
    self.journal = journal
    self.county = county
    self.now = now
    self.identity = identity
    self.random = random
    hasWaiting = try !journal.waiting(limit: 1).isEmpty
    nextSequence = try journal.lastSequence() + 1
    server = try journal.author(ServerIdentity.device)
  }

  /// An application as it stands in this transaction.
  func state(_ id: ApplicationID) throws(Problem) -> ApplicationState? {
    if let known = states[id] { return known }
    let state = ApplicationState.fold(try journal.operations(id))
    states[id] = .some(state)
    return state
  }

  /// Appends a judged operation and folds it in.
  /// - Returns: its judgement.
  @discardableResult
  func append(
    _ operation: Operation, _ disposition: Disposition, running: Digest, _ arrival: Arrival
  ) throws(Problem) -> Judgement {
    let judgement = Judgement(
      sequence: nextSequence, disposition: disposition, receivedAt: arrival.receivedAt,
      capturedAt: arrival.capturedAt, captureDoubtful: arrival.isDoubtful)
    nextSequence += 1
    let judged = JudgedOperation(operation, judgement)
    let id = operation.header.application
    // Before the journal has the operation: what is read afterwards would have it folded in already.
    var state = try state(id)
    try journal.append(judged, running: running, waited: arrival.hasWaited)
    if state == nil {
      state = ApplicationState.fold([judged])
    } else {
      state?.fold(judged)
    }
    states[id] = .some(state)
    if !touched.contains(id) { touched.append(id) }
    return judgement
  }

  /// Appends an operation of the server's own: routing, dispatch, what a window did.
  func appendOwn(
    _ kind: OperationKind, _ application: ApplicationID, _ payload: Value, person: PersonID = ServerIdentity.person,
    parents: [String: [OperationID]] = [:]
  ) throws(Problem) {
    let header = OperationHeader(
      id: nextOwnID, application: application, person: person, kind: kind, parents: parents, claimedAt: now)
    let operation = Operation(header: header, salt: freshSalt(), payload: CBORPayload(payload))
    try appendOwn(operation, .applied, capturedAt: now, doubtful: false)
  }

  /// The id of the server's next operation.
  var nextOwnID: OperationID { OperationID(ServerIdentity.device, server.counter + 1) }

  func freshSalt() -> [UInt8] { random.bytes(OperationCoding.saltBytes) }

  /// Appends an operation of the server's own that has `nextOwnID`.
  @discardableResult
  func appendOwn(
    _ operation: Operation, _ disposition: Disposition, capturedAt: Instant, doubtful: Bool
  ) throws(Problem) -> Judgement {
    let running = Chain.next(server.running, operation.digest)
    let judgement = try append(
      operation, disposition, running: running,
      Arrival(receivedAt: now, capturedAt: capturedAt, isDoubtful: doubtful))
    server.counter = operation.id.counter
    server.running = running
    serverDigests.append(operation.digest)
    return judgement
  }

  /// Lets proceedings go on, writes the projections, signs the server's own operations.
  func finish() throws(Problem) {
    if hasWaiting {
      for id in touched { try Intake.release(id, self) }
    }
    for id in touched {
      guard try state(id) != nil else { continue }
      try CaseFlow.advance(id, self)
      guard let state = try state(id) else { continue }
      try CaseFlow.queueDispatches(state, self)
      try Projection.write(state, journal)
    }
    guard !serverDigests.isEmpty else { return }
    server.number += 1
    let first = server.counter - Int64(serverDigests.count) + 1
    let control = Digest.sm3([])
    let signature = try identity.key.sign(
      Batch.message(
        author: ServerIdentity.device, number: server.number, firstCounter: first, digests: serverDigests,
        control: control))
    try journal.addBatch(
      Batch(
        author: ServerIdentity.device, number: server.number, firstCounter: first, digests: serverDigests,
        control: control, signature: signature))
    try journal.setAuthor(ServerIdentity.device, server)
  }
}
