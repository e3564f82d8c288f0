internal import Application
internal import Catalog
internal import Cryptography
internal import Dispatch
internal import Foundations
internal import Journal
internal import Replication

/// The server's own authorship: its name and the key it signs with.
struct ServerIdentity: Sendable {
  /// As an author on the first timeline, `County.serverAuthor`; as the writer of ferry files on all.
  static let device = DeviceID("server")

  /// Whether an author is the server, on whichever timeline. No device is called so.
  static func isServer(_ author: DeviceID) -> Bool {
    author == device || author.text.hasPrefix(device.text + "-")
  }

  /// The person of operations that no person made.
  static let person = PersonID("system")

  let key: SigningKey
}

/// One write of the journal in which operations are judged and take their effects, all together.
///
/// Invariant: *whatever an operation brings about (projection, routing, outbox) commits with it.*
///
/// What is pure is worked out for all applications at once, on all cores; the database is written by one thread.
final class CaseTransaction {
  let journal: any JournalWriter
  let county: County
  let now: Instant
  private let identity: ServerIdentity
  private let random: any RandomSource
  /// Whether any operation waits to be judged: mostly none does, and nobody need look.
  var hasWaiting: Bool
  private(set) var nextSequence: Int64
  private var states: [ApplicationID: ApplicationState?] = [:]
  /// Applications of which nothing was here before this transaction.
  private var new: Set<ApplicationID> = []
  private var touched: [ApplicationID] = []
  private var touchedBefore: Set<ApplicationID> = []
  private var endpoints: [WindowID: Bool] = [:]
  /// Applications that were submitted in this transaction, and decisions about duplicates, in their order.
  private var submitted: [ApplicationID] = []
  private var decisions: [Operation] = []
  /// Applications of which something was brought back.
  private var returned: Set<ApplicationID> = []
  private var mended: Set<ApplicationID> = []
  /// Applications of which more is to come: nothing follows from them yet.
  private var resting: Set<ApplicationID> = []
  /// The last number of each row of documents, as far as this transaction has given any.
  var numbers: [String: Int64] = [:]
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
    server = try journal.author(county.serverAuthor)
  }

  /// An application as it stands in this transaction.
  func state(_ id: ApplicationID) throws(Problem) -> ApplicationState? {
    if let known = states[id] { return known }
    let operations = try journal.operations(id)
    if operations.isEmpty { new.insert(id) }
    let state = ApplicationState.fold(operations)
    states[id] = .some(state)
    return state
  }

  /// Has an application looked at once more before this transaction ends.
  func touch(_ id: ApplicationID) {
    if touchedBefore.insert(id).inserted { touched.append(id) }
  }

  /// An application as its judged operations have made it; `take` appends them.
  func set(_ state: ApplicationState?, for id: ApplicationID) {
    states[id] = .some(state)
    touch(id)
  }

  /// Appends a judged operation, whose effect on its application was set before.
  /// - Parameter waited: whether it was acknowledged before, so that its author gets the judgement with the feed.
  func take(
    _ judged: JudgedOperation, sealed: SealedOperation, running: Digest, waited: Bool = false
  ) throws(Problem) {
    guard judged.judgement?.sequence == nextSequence else { throw ProblemKind.unexpected.with("sequence") }
    try journal.append(judged, sealed: sealed, running: running, waited: waited)
    nextSequence += 1
    guard judged.judgement?.disposition == .applied else { return }
    switch judged.operation.header.kind {
    case .submit: submitted.append(judged.operation.header.application)
    case .join, .apart: decisions.append(judged.operation)
    default: break
    }
  }

  /// Appends an operation that was brought back.
  /// - Parameter running: its author's running digest, where the author has sent it again already; nil where the chain
  ///   reaches it later, or never.
  func adopt(
    _ judged: JudgedOperation, sealed: SealedOperation, _ adoption: AdoptionRow, _ attestation: Attestation,
    running: Digest?
  ) throws(Problem) {
    guard judged.judgement?.sequence == nextSequence else { throw ProblemKind.unexpected.with("sequence") }
    let application = judged.operation.header.application
    var state = try state(application)
    if state == nil {
      state = ApplicationState.fold([judged])
    } else {
      state?.fold(judged)
    }
    try journal.append(judged, sealed: sealed, running: running, waited: running != nil)
    try journal.addAdoption(adoption, attestation)
    nextSequence += 1
    set(state, for: application)
    returned.insert(application)
  }

  /// Makes applications and their duplicates alike again, now that whoever brought them back has no more of them.
  func mend(_ applications: Set<ApplicationID>) { mended.formUnion(applications) }

  /// Has nothing follow from an application in this transaction.
  func rest(_ application: ApplicationID) { resting.insert(application) }

  // MARK: The server's own operations

  /// Appends an operation of the server's own: what a window did.
  func appendOwn(
    _ kind: OperationKind, _ application: ApplicationID, _ payload: Value, person: PersonID = ServerIdentity.person,
    parents: [String: [OperationID]] = [:]
  ) throws(Problem) {
    let content = EncodedValue(payload)
    let header = OperationHeader(
      id: nextOwnID, application: application, person: person, kind: kind, parents: parents, claimedAt: now)
    let operation = Operation(header: header, salt: freshSalt(), payload: content.bytes, content: content.value)
    try appendOwn(operation, .applied, capturedAt: now, doubtful: false)
  }

  /// The id of the server's next operation.
  var nextOwnID: OperationID { OperationID(county.serverAuthor, server.counter + 1) }

  func freshSalt() -> [UInt8] { random.bytes(OperationCoding.saltBytes) }

  /// Appends an operation of the server's own that has `nextOwnID`.
  @discardableResult
  func appendOwn(
    _ operation: Operation, _ disposition: Disposition, capturedAt: Instant, doubtful: Bool
  ) throws(Problem) -> Judgement {
    let judgement = Judgement(
      sequence: nextSequence, disposition: disposition, receivedAt: now, capturedAt: capturedAt,
      captureDoubtful: doubtful)
    let judged = JudgedOperation(operation, judgement)
    var state = try state(operation.header.application)
    if state == nil {
      state = ApplicationState.fold([judged])
    } else {
      state?.fold(judged)
    }
    try append(Outcome(judged: judged, state: state), journal.sealing(1).seal(operation, at: 0))
    return judgement
  }

  /// An operation of the server's own with its number, not yet carried out.
  private struct Draft: Sendable {
    let act: OwnAct
    /// The documents it issues, numbered.
    let documents: [Value]
    let header: OperationHeader
    let salt: [UInt8]
    let judgement: Judgement
    let before: Stand
  }

  /// An application between two of its steps.
  private struct Stand: Sendable {
    let state: ApplicationState
    /// Digests of attachments that have not arrived whole.
    let missing: Set<String>
    /// The next step and the documents it issues; nil where there is none.
    var step: (act: OwnAct, documents: [DueDocument])?

    init(_ state: ApplicationState, missing: Set<String>, _ issuance: Issuance) {
      self.state = state
      self.missing = missing
      step = CaseFlow.next(state, missing: missing, county: issuance.county, now: issuance.now).map { act in
        (act, issuance.documents(of: act.kind, act.content.value, in: state))
      }
    }
  }

  /// An operation of the server's own and the application after it.
  private struct Outcome: Sendable {
    let judged: JudgedOperation
    let state: ApplicationState?
  }

  private func number(
    _ act: OwnAct, _ documents: [Value], of before: Stand, offset: Int64, salt: [UInt8]
  ) -> Draft {
    let header = OperationHeader(
      id: OperationID(county.serverAuthor, server.counter + 1 + offset), application: before.state.id,
      person: ServerIdentity.person, kind: act.kind, claimedAt: now)
    return Draft(
      act: act, documents: documents, header: header, salt: salt,
      judgement: Judgement(
        sequence: nextSequence + offset, disposition: .applied, receivedAt: now, capturedAt: now,
        captureDoubtful: false), before: before)
  }

  private static func carryOut(_ draft: Draft) -> Outcome {
    var content = draft.act.content
    if !draft.documents.isEmpty { content = content.with("documents", .array(draft.documents)) }
    let operation = Operation(
      header: draft.header, salt: draft.salt, payload: content.bytes, content: content.value)
    let judged = JudgedOperation(operation, draft.judgement)
    var state = draft.before.state
    state.fold(judged, routing: draft.act.routing)
    return Outcome(judged: judged, state: state)
  }

  private func append(_ outcome: Outcome, _ sealed: SealedOperation) throws(Problem) {
    let operation = outcome.judged.operation
    server.running = Chain.next(server.running, operation.digest)
    server.counter += 1
    serverDigests.append(operation.digest)
    try take(outcome.judged, sealed: sealed, running: server.running)
    set(outcome.state, for: operation.header.application)
  }

  // MARK: The end

  /// Lets proceedings go on, writes the projections, signs the server's own operations.
  func finish() throws(Problem) {
    if hasWaiting {
      for id in touched { try Intake.release(id, self) }
    }
    let duplicates = DuplicateWatch(transaction: self)
    try duplicates.run(submitted: submitted, decisions: decisions, mended: mended)
    _ = try duplicates.tell(moving)
    try advance()
    // An application may have ended in there, with the last of its proceedings; whoever stood behind it goes on.
    while try duplicates.tell(moving) { try advance() }
    try keepNumbers()
    let signature = startSigning()
    var moved: [ApplicationState] = []
    for id in touched { if let state = try state(id) { moved.append(state) } }
    let index = journal.termIndex
    try Parallel.each(moved) { state in
      let projection = Projection(state)
      return (projection, Set(projection.terms.map { index.term($0.kind, $0.value) }))
    } then: { (place, made) throws(Problem) in
      try write(made.0, terms: made.1, of: moved[place])
    }
    if let signature { try addBatch(signature) }
  }

  /// Applications whose duplicates may be told of them.
  private var moving: [ApplicationID] {
    touched.filter { !resting.contains($0) && !returned.contains($0) } + mended.sorted()
  }

  /// Lets go of the applications on another thread: there are many small parts of them, and others wait for this
  /// transaction to end.
  func letGo() {
    guard states.count >= Parallel.pageMin else { return }
    let held = states
    states = [:]
    DispatchQueue.global(qos: .userInitiated).async { withExtendedLifetime(held) {} }
  }

  private func write(_ projection: Projection, terms: Set<Int64>, of state: ApplicationState) throws(Problem) {
    let isNew = new.remove(state.id) != nil
    try journal.setApplication(projection.row, terms: terms, proceedings: projection.proceedings, isNew: isNew)
    if !isNew {
      try journal.withdrawDispatches(of: state.id) { row in !Self.isStillToGoOut(row, state) }
    }
    try queue(projection, again: !state.duplicates.isEmpty)
  }

  /// Whether a dispatch that nobody was told of yet may still go out: what was taken back, has ended or belongs to
  /// another window by now must not, nor be told to whom it is no business of any more.
  private static func isStillToGoOut(_ row: DispatchRow, _ state: ApplicationState) -> Bool {
    guard let place = state.proceedings.indices.first(where: { state.proceedings[$0].id == row.proceeding }) else {
      return true
    }
    let status = state.proceedings[place].status
    return state.proceedings[place].window == row.window && !status.isFinal
      && !(state.standsBehind != nil && status == .waiting)
  }

  /// Rounds in which every application makes its next step, until none has one.
  private func advance() throws(Problem) {
    var waiting: [(state: ApplicationState, missing: Set<String>)] = []
    for id in touched where !resting.contains(id) {
      guard let state = try state(id), let version = state.version else { continue }
      let hasFiles = version.materials.contains { if case .file = $0.content { true } else { false } }
      waiting.append((state, hasFiles ? Set(try journal.missingBlobs(id)) : []))
    }
    let issuance = Issuance(county: county, now: now)
    var stands = Parallel.map(waiting) { Stand($0.state, missing: $0.missing, issuance) }
    var rounds = waiting.map { CaseFlow.actsMax($0.state) }.max() ?? 0
    while rounds > 0 {
      let drafts = try number(stands)
      guard !drafts.isEmpty else { return }
      rounds -= 1
      stands = []
      let sealing = journal.sealing(drafts.count)
      try Parallel.each(Array(drafts.enumerated())) { place, draft in
        let outcome = Self.carryOut(draft)
        let after = outcome.state.map { Stand($0, missing: draft.before.missing, issuance) }
        return (outcome, sealing.seal(outcome.judged.operation, at: place), after)
      } then: { (_, made) throws(Problem) in
        try append(made.0, made.1)
        if let after = made.2 { stands.append(after) }
      }
    }
  }

  /// The next steps of applications, numbered in their order; of those that have none, nothing.
  private func number(_ stands: [Stand]) throws(Problem) -> [Draft] {
    let moving = stands.filter { $0.step != nil }
    let salts = random.bytes(OperationCoding.saltBytes * moving.count)
    var drafts: [Draft] = []
    for (index, stand) in moving.enumerated() {
      guard let (act, documents) = stand.step else { continue }
      let salt = salts[index * OperationCoding.saltBytes..<(index + 1) * OperationCoding.saltBytes]
      drafts.append(number(act, try number(documents), of: stand, offset: Int64(index), salt: Array(salt)))
      // The county is to see that it let the law's days pass.
      if act.kind == .deem || act.content.value["overdue"] == true {
        try journal.addAudit(
          at: now, actor: ServerIdentity.person.text, action: "proceeding.\(act.kind.text)",
          subject: act.content.value["proceeding"]?.text ?? stand.state.id.text)
      }
    }
    return drafts
  }

  /// One dispatch for each (proceeding, version, window) that may go out. Adding one that is there changes nothing.
  /// - Parameter again: one may have been taken back before, and goes out again.
  private func queue(_ projection: Projection, again: Bool) throws(Problem) {
    for dispatch in projection.dispatches {
      if again, var row = try journal.dispatch(dispatch.id, of: projection.row.id), row.status == DispatchRow.withdrawn
      {
        row.status = "queued"
        row.nextAt = now
        try journal.setDispatch(row)
        continue
      }
      let isQueued = try hasEndpoint(dispatch.window)
      try journal.addDispatch(
        DispatchRow(
          id: dispatch.id, proceeding: dispatch.proceeding, application: projection.row.id, version: dispatch.version,
          window: dispatch.window, status: isQueued ? "queued" : "delivered", attempts: 0, nextAt: now, createdAt: now,
          deliveredAt: isQueued ? nil : now, failure: isQueued && isOld(projection) ? Restoration.maybeSent : nil))
    }
  }

  /// Whether the application was handed in before a backup was put back: the lost log may have sent it out already.
  private func isOld(_ projection: Projection) -> Bool {
    guard let restored = county.restoredAt, let submitted = projection.row.submittedAt else { return false }
    return submitted < restored
  }

  private func hasEndpoint(_ window: WindowID) throws(Problem) -> Bool {
    if let known = endpoints[window] { return known }
    let has = try journal.endpoint(window) != nil
    endpoints[window] = has
    return has
  }

  /// A batch of the server's own operations that is being signed.
  private struct Signing {
    let digests: [Digest]
    let firstCounter: Int64
    let control: Digest
    let signature: Background<Result<[UInt8], Problem>>
  }

  /// Signs the server's own operations while the projections are written; nil where there are none.
  private func startSigning() -> Signing? {
    guard !serverDigests.isEmpty else { return nil }
    server.number += 1
    let first = server.counter - Int64(serverDigests.count) + 1
    let control = Digest.sm3([])
    let message = Batch.message(
      author: county.serverAuthor, number: server.number, firstCounter: first, digests: serverDigests,
      control: control)
    let key = identity.key
    return Signing(
      digests: serverDigests, firstCounter: first, control: control,
      signature: Background {
        do throws(Problem) { return .success(try key.sign(message)) } catch { return .failure(error) }
      })
  }

  private func addBatch(_ signing: Signing) throws(Problem) {
    let signature = try signing.signature.result().get()
    try journal.addBatch(
      Batch(
        author: county.serverAuthor, number: server.number, firstCounter: signing.firstCounter,
        digests: signing.digests, control: signing.control, signature: signature))
    try journal.setAuthor(county.serverAuthor, server)
  }
}
