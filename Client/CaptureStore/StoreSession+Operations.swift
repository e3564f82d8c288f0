internal import Application
package import Cryptography
package import Foundations
package import Replication
internal import SQLite
internal import Wire

/// What a person does, before it has a counter, a time and a salt.
package struct Deed: Sendable {
  package var kind: OperationKind
  /// Nil for a `create`: its application is named after it.
  package var application: ApplicationID?
  package var payload: Value
  /// The heads seen, by register.
  package var parents: [String: [OperationID]]
  /// The highest counter seen of each other author.
  package var saw: [DeviceID: Int64]

  package init(
    _ kind: OperationKind, _ application: ApplicationID?, _ payload: Value, parents: [String: [OperationID]] = [:],
    saw: [DeviceID: Int64] = [:]
  ) {
    self.kind = kind
    self.application = application
    self.payload = payload
    self.parents = parents
    self.saw = saw
  }
}

extension ProblemKind {
  /// What the device's own judgement says the server will refuse.
  package static let deedRefused = ProblemKind(
    "application.refused", status: 409, "办件现在的状态不允许这样做（{}）。", remedy: "请用 bangban show 查看办件的状态。")
}

/// Operations: appended by this device, received from others.
extension StoreSession {
  /// Appends an operation of this device: counter, log and projection in this one transaction. What concerns a held
  /// draft, or opens one, is drafted instead and takes no counter.
  /// - Throws: `device.stopped`; `document.too-large` for a payload over its bound; the refusal the server would give;
  ///   `consent.missing` for what a held draft does not allow.
  @discardableResult
  package func append(_ deed: Deed) throws(Problem) -> Operation {
    try checkRunning()
    if try isHeldBack(deed) { return try draft(deed) }
    let id = OperationID(identity.device, try record().counter + 1)
    let operation = try operation(
      deed, id, deed.application ?? ApplicationID(createdBy: id), salt: newSalt())
    let before = try stateBefore(operation)
    try commit(operation)
    fold(operation, into: before)
    return operation
  }

  /// - Throws: `device.stopped`.
  func checkRunning() throws(Problem) {
    if let reason = try stopped() { throw ProblemKind.deviceStopped.with(reason.words) }
  }

  func newSalt() -> [UInt8] { store.environment.random.bytes(OperationCoding.saltBytes) }

  /// A deed as the operation of who works with the device now, at this time.
  func operation(
    _ deed: Deed, _ id: OperationID, _ application: ApplicationID, salt: [UInt8]
  ) throws(Problem) -> Operation {
    let (time, epoch) = try now()
    let header = OperationHeader(
      id: id, application: application, person: try person(), kind: deed.kind, parents: deed.parents, saw: deed.saw,
      claimedAt: time, clockEpoch: epoch)
    return Operation(header: header, salt: salt, payload: try Self.bounded(CBOR.encode(deed.payload)))
  }

  /// - Throws: `document.too-large` for a payload that no request could carry.
  static func bounded(_ payload: [UInt8]) throws(Problem) -> [UInt8] {
    guard payload.count <= Limits.payloadBytesMax else {
      throw ProblemKind.documentTooLarge.with("\(payload.count) > \(Limits.payloadBytesMax)")
    }
    return payload
  }

  /// The application before an operation of this device; nil where it is the first.
  /// - Throws: the refusal the server would give.
  func stateBefore(_ operation: Operation) throws(Problem) -> ApplicationState? {
    let before = operation.header.kind == .create ? nil : try state(operation.header.application)
    switch Judge.disposition(of: operation, by: .device, in: before) {
    case .applied, .late: return before
    case .refused(let code), .quarantined(let code): throw Self.refusal(code)
    }
  }

  /// Takes the next counter for an operation, which carries it already.
  func commit(_ operation: Operation) throws(Problem) {
    var record = try record()
    record.counter = operation.id.counter
    try setRecord(record)
    let running = Chain.next(try self.running(at: operation.id.counter - 1), operation.digest)
    try insert(JudgedOperation(operation, nil), running: running)
  }

  private static func refusal(_ code: String) -> Problem {
    if let known = ProblemKind.refusal(code) { return Problem(known) }
    let kind = ProblemKind(
      code, status: 409, ProblemKind.deedRefused.message, remedy: ProblemKind.deedRefused.remedy)
    return kind.with(code)
  }

  func fold(_ operation: Operation, into before: ApplicationState?) {
    let id = operation.header.application
    let judged = JudgedOperation(operation, nil)
    var state = before
    if state == nil {
      state = ApplicationState(creating: judged)
    } else {
      state?.fold(judged)
    }
    states[id] = state
    dirty.insert(id)
  }

  /// This device's running digest at a counter.
  package func running(at counter: Int64) throws(Problem) -> Digest {
    guard counter > 0 else { return Chain.start(identity.device) }
    let bytes = try store.sql { connection throws(StorageError) in
      try connection.one(
        "SELECT running FROM operations WHERE author = ? AND counter = ?",
        [.text(identity.device.text), .integer(counter)]
      ) { $0.blob(0) }
    }
    guard let digest = bytes.flatMap({ Digest(bytes: $0) }) else {
      throw ProblemKind.storeUnreadable.with("operations.running")
    }
    return digest
  }

  /// Keeps an operation; one that is held gets its judgement.
  func insert(_ judged: JudgedOperation, running: Digest?) throws(Problem) {
    if judged.judgement == nil { received[judged.operation.header.application] = nil }
    let written = Written(judged, sealer: store.sealer, nonce: Nonces(1, store.environment.random)[0])
    try insert(judged, written, running: running, orElse: Self.taken)
  }

  /// An operation as it is written: all that can be done before, and so on all cores.
  private struct Written: Sendable {
    let header: [UInt8]
    /// The content, sealed; nil where it was erased.
    let content: [UInt8]?
    let judgement: [UInt8]?

    init(_ judged: JudgedOperation, sealer: Sealer, nonce: [UInt8]) {
      let operation = judged.operation
      let place = SealPlace("operations", operation.id.text, "content")
      header = CBOR.encode(OperationCoding.value(operation.header))
      content =
        operation.isErased ? nil : sealer.seal(operation.salt + operation.payload, at: place, nonce: nonce)
      judgement = judged.judgement.map { CBOR.encode(OperationCoding.value($0)) }
    }
  }

  /// What becomes of an operation whose id is taken already: the judgement is noted, and the content where it was gone.
  private static let taken = """
    UPDATE SET content_sealed = coalesce(excluded.content_sealed, content_sealed),
      sequence = excluded.sequence, judgement = excluded.judgement, attestation = excluded.attestation,
      place = excluded.place
    """

  /// - Returns: whether anything was written.
  @discardableResult
  private func insert(
    _ judged: JudgedOperation, _ written: Written, running: Digest?, orElse act: String
  ) throws(Problem) -> Bool {
    try run(
      "INSERT INTO operations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (author, counter) DO \(act)",
      row(judged, written, running: running))
    return store.connection.changes > 0
  }

  private func row(_ judged: JudgedOperation, _ written: Written, running: Digest?) -> [Binding] {
    let operation = judged.operation
    return [
      .text(operation.id.device.text), .integer(operation.id.counter), .text(operation.header.application.text),
      .blob(written.header), Binding(written.content), .blob(operation.digest.bytes),
      Binding(running?.bytes), Binding(judged.judgement?.sequence), Binding(written.judgement),
    ] + proofPlace(operation.id)
  }

  // MARK: From the server

  /// Takes a page of others' operations in.
  /// - Throws: `sync.contradiction` where another digest is held at the id of one already.
  package func receive(_ page: [JudgedOperation]) throws(Problem) {
    let nonces = Nonces(page.count, store.environment.random)
    let sealer = store.sealer
    let known = try known(among: page)
    var some: [(judged: JudgedOperation, written: Written)] = []
    try Parallel.each(Array(page.enumerated()), fewest: Parallel.pageMin) { place, judged in
      Written(judged, sealer: sealer, nonce: nonces[place])
    } then: { (place, written) throws(Problem) in
      some.append((page[place], written))
      guard some.count == ManyRows.most else { return }
      try receive(some, known: known)
      some = []
    }
    try receive(some, known: known)
  }

  private static let insertion = ManyRows(
    """
    INSERT INTO operations(
      author, counter, application, header, content_sealed, digest, running, sequence, judgement, attestation, place)
    """, "ON CONFLICT (author, counter) DO NOTHING")

  /// Takes a few operations of a page in together.
  /// - Parameter known: applications of which something was here before the page.
  private func receive(
    _ some: [(judged: JudgedOperation, written: Written)], known: Set<ApplicationID>
  ) throws(Problem) {
    let inserted = try store.sql { connection throws(StorageError) in
      try connection.run(Self.insertion, some.map { row($0.judged, $0.written, running: nil) })
    }
    for (judged, written) in some {
      // Of some that were here already nobody knows which: all of these are looked at one by one.
      guard inserted == some.count else {
        try receiveAgain(judged, written)
        continue
      }
      let application = judged.operation.header.application
      note(judged, isKnown: known.contains(application))
      try confirm(application)
      stale.insert(application)
    }
  }

  /// Keeps in mind what came of an application that need not be read back: mostly this very page has brought all of it,
  /// or this one and the one before.
  private func note(_ judged: JudgedOperation, isKnown: Bool) {
    let application = judged.operation.header.application
    if received[application] != nil {
      received[application]?.append(judged)
    } else if !stale.contains(application), !isKnown || earlier[application] != nil {
      received[application] = Received(judged, after: earlier[application])
    }
  }

  private func receiveAgain(_ judged: JudgedOperation, _ written: Written) throws(Problem) {
    let application = judged.operation.header.application
    received[application] = nil
    try makeWay(for: judged.operation)
    try insert(judged, written, running: nil, orElse: Self.taken)
    try confirm(application)
    stale.insert(application)
  }

  /// Another operation under the same id is no longer part of any log once the server, whose backup was put back, has
  /// been given it and has kept it for a person: a copy of its device was the first to come, with another one.
  /// - Throws: `sync.contradiction` where it is.
  private func makeWay(for operation: Operation) throws(Problem) {
    let id: [Binding] = [.text(operation.id.device.text), .integer(operation.id.counter)]
    let held = try store.sql { connection throws(StorageError) in
      try connection.one(
        """
        SELECT digest, application, coalesce(sequence, 0) > ?3 AND attestation IS NOT NULL FROM operations
        WHERE author = ?1 AND counter = ?2
        """, id + [.integer(Self.lostBase)]
      ) { (digest: $0.blob(0), application: ApplicationID($0.text(1)), isLost: $0.integer(2) != 0) }
    }
    guard let held, held.digest != operation.digest.bytes else { return }
    guard held.isLost, try !isReturning() else { throw ProblemKind.syncContradiction.with(operation.id.text) }
    try drop(operation.id, of: held.application)
  }

  /// Lets go of what the county has and has not in its log.
  func drop(_ operation: OperationID, of application: ApplicationID) throws(Problem) {
    try run(
      "DELETE FROM operations WHERE author = ? AND counter = ?",
      [.text(operation.device.text), .integer(operation.counter)])
    stale.insert(application)
    if try !isKnown(application) { try unproject(application) }
  }

  /// Applications of a page of which something is here.
  private func known(among page: [JudgedOperation]) throws(Problem) -> Set<ApplicationID> {
    try known(among: Set(page.map(\.operation.header.application)).subtracting(stale).sorted())
  }

  private func isKnown(_ application: ApplicationID) throws(Problem) -> Bool {
    try !known(among: [application]).isEmpty
  }

  private func known(among applications: [ApplicationID]) throws(Problem) -> Set<ApplicationID> {
    try store.sql { connection throws(StorageError) in
      Set(try connection.query(Self.known, applications.map { [.text($0.text)] }) { ApplicationID($0.text(0)) })
    }
  }

  private static let known = ManyRows(columns: 1) { rows in
    """
    WITH asked(application) AS (VALUES\(rows)) SELECT application FROM asked
    WHERE EXISTS (SELECT 1 FROM operations WHERE operations.application = asked.application)
      OR EXISTS (SELECT 1 FROM held WHERE held.application = asked.application)
    """
  }

  /// Notes how an own operation was judged.
  package func judge(_ counter: Int64, _ judgement: Judgement) throws(Problem) {
    let author = Binding.text(identity.device.text)
    try run(
      """
      UPDATE operations SET sequence = ?, judgement = ?, attestation = ?, place = ? WHERE author = ? AND counter = ?
      """,
      [.integer(judgement.sequence), .blob(CBOR.encode(OperationCoding.value(judgement)))]
        + proofPlace(OperationID(identity.device, counter)) + [author, .integer(counter)])
    let application = try store.sql { connection throws(StorageError) in
      try connection.one(
        "SELECT application FROM operations WHERE author = ? AND counter = ?", [author, .integer(counter)]
      ) { $0.text(0) }
    }
    guard let application = application.map({ ApplicationID($0) }) else { return }
    stale.insert(application)
    try letGo(ofLeft: application, counter, isRefused: Scope.refused(judgement))
  }

  // MARK: Reading

  /// An application's operations in the order of the fold: sequenced ones by sequence, then the unsent by counter; of a
  /// held draft the drafted ones.
  package func operations(of application: ApplicationID) throws(Problem) -> [JudgedOperation] {
    var judged: [JudgedOperation] = []
    for row in try sealedOperations(of: application) { judged.append(try row.open(by: store.sealer)) }
    return judged + (try drafted(of: application).map { JudgedOperation($0, nil) })
  }

  /// This device's operations after a counter, in order.
  package func ownOperations(after counter: Int64, limit: Int) throws(Problem) -> [Operation] {
    try operations(
      "WHERE author = ? AND counter > ? ORDER BY counter LIMIT ?",
      [.text(identity.device.text), .integer(counter), Binding(Int64(limit))]
    ).map(\.operation)
  }

  func operations(_ condition: String, _ arguments: [Binding]) throws(Problem) -> [JudgedOperation] {
    var judged: [JudgedOperation] = []
    for row in try sealedOperations(condition, arguments) { judged.append(try row.open(by: store.sealer)) }
    return judged
  }

  /// An application's sequenced and unsent operations as `operations(of:)`, still sealed; drafted ones are not among
  /// them.
  func sealedOperations(of application: ApplicationID) throws(Problem) -> [SealedOperation] {
    // What was written under a former identity and has not been judged was written first.
    try sealedOperations(
      "WHERE application = ? ORDER BY sequence IS NULL, sequence, author = ?, counter",
      [.text(application.text), .text(identity.device.text)])
  }

  private func sealedOperations(_ condition: String, _ arguments: [Binding]) throws(Problem) -> [SealedOperation] {
    try store.sql { connection throws(StorageError) in
      try connection.query("SELECT header, content_sealed, digest, judgement FROM operations " + condition, arguments) {
        SealedOperation(
          header: $0.blob(0), content: $0.optionalBlob(1), digest: $0.blob(2), judgement: $0.optionalBlob(3))
      }
    }
  }
}

/// An operation as it lies in the store.
struct SealedOperation: Sendable {
  let header: [UInt8]
  let content: [UInt8]?
  let digest: [UInt8]
  let judgement: [UInt8]?

  /// - Throws: `store.unreadable`, `seal.invalid`.
  func open(by sealer: Sealer) throws(Problem) -> JudgedOperation {
    guard let headerValue = try? CBOR.decode(header), let header = try? OperationCoding.header(headerValue),
      let digest = Digest(bytes: digest)
    else { throw ProblemKind.storeUnreadable.with("operations.header") }
    var read: Judgement?
    if let judgement {
      guard let value = try? CBOR.decode(judgement), let judgement = try? OperationCoding.judgement(value) else {
        throw ProblemKind.storeUnreadable.with("operations.judgement")
      }
      read = judgement
    }
    guard let content else { return JudgedOperation(Operation(header: header, erasedWith: digest), read) }
    let plain = try sealer.open(content, at: SealPlace("operations", header.id.text, "content"))
    let operation = Operation(
      header: header, salt: Array(plain.prefix(OperationCoding.saltBytes)),
      payload: Array(plain.dropFirst(OperationCoding.saltBytes)))
    guard operation.digest == digest else { throw ProblemKind.storeUnreadable.with("operations.digest") }
    return JudgedOperation(operation, read)
  }
}

extension ProblemKind {
  /// The server sent another operation under an id that is held.
  package static let syncContradiction = ProblemKind(
    "sync.contradiction", status: 409, "服务器发来的内容与本机已有的不一致（{}），这一页没有收下。",
    remedy: "请运行 bangban prove 并把结果告诉县里的管理员；本机内容没有改动。")
}

extension StoreSession {
  /// The application an operation belongs to; nil where the operation is not here.
  package func application(of operation: OperationID) throws(Problem) -> ApplicationID? {
    try store.sql { connection throws(StorageError) in
      try connection.one(
        "SELECT application FROM operations WHERE author = ? AND counter = ?",
        [.text(operation.device.text), .integer(operation.counter)]
      ) { ApplicationID($0.text(0)) }
    }
  }
}

extension StoreSession {
  /// Follows this device's chain from its beginning.
  /// - Returns: the first counter that is missing or whose running digest is wrong; nil where all are sound.
  package func chainBreak() throws(Problem) -> Int64? {
    let rows = try store.sql { connection throws(StorageError) in
      try connection.query(
        "SELECT counter, digest, running FROM operations WHERE author = ? ORDER BY counter",
        [.text(identity.device.text)]
      ) { ($0.integer(0), $0.blob(1), $0.blob(2)) }
    }
    var running = Chain.start(identity.device)
    for (index, (counter, digest, stored)) in rows.enumerated() {
      guard counter == Int64(index) + 1, let digest = Digest(bytes: digest) else { return Int64(index) + 1 }
      running = Chain.next(running, digest)
      guard running.bytes == stored else { return counter }
    }
    return Int64(rows.count) == (try record().counter) ? nil : Int64(rows.count) + 1
  }
}
