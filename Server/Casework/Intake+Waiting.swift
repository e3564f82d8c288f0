internal import Application
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// Operations whose parents have not been received, whose contents their authors have let go of, or whose form was lost
/// with a log: they are acknowledged, wait where everybody can see them, and are judged when that is here.
///
/// Invariant: *an operation gets its sequence when it is judged, and never overtakes an earlier one of its author in
/// the same application.* So every replica folds it in at the same place, and "seen up to a counter" stays true.
extension Intake {
  /// Whether one of these operations may have to wait: because it is without contents, because it names what is neither
  /// here nor among them or a form that was lost, or because something waits already in its application.
  func mayWait(_ fresh: [Operation]) throws(Problem) -> Bool {
    let among = Set(fresh.map(\.id))
    guard !fresh.contains(where: \.isErased) else { return true }
    if !transaction.county.lineage.past.isEmpty {
      for operation in fresh {
        let state = try transaction.state(operation.header.application)
        if Self.lacksForm(operation, state, transaction.county) { return true }
      }
    }
    for operation in fresh where !operation.header.parents.isEmpty {
      let header = operation.header
      let unknown =
        try transaction.state(header.application)?.unknownParents(of: header) ?? header.parents.values.flatMap(\.self)
      if unknown.contains(where: { !among.contains($0) || $0 >= operation.id }) { return true }
    }
    guard transaction.hasWaiting else { return false }
    for application in Set(fresh.map(\.header.application)) {
      if try transaction.journal.waits(in: application, of: nil) { return true }
    }
    return false
  }

  /// Keeps an operation that has to wait.
  /// - Parameter own: what of this device's operations waits, as far as this request has asked.
  /// - Returns: whether it has to.
  func hold(
    _ operation: Operation, _ state: ApplicationState?, _ own: inout OwnWaiting, running: Digest
  ) throws(Problem) -> Bool {
    let application = operation.header.application
    let waiting = try own.waiting(in: application, transaction)
    if waiting == nil {
      guard try Self.lacks(operation, state, transaction) else { return false }
    }
    // What may not be seen waits for no parent: it is refused at once. Its contents somebody who sees the application
    // may have, and nothing comes to be judged before it.
    if !operation.isErased, waiting != .withoutContents {
      guard try author(of: application, in: state) == .device else { return false }
    }
    let (capturedAt, doubtful) = clock.captureTime(of: operation, now: transaction.now)
    try transaction.journal.setWaiting(
      WaitingRow(
        operation: operation, running: running, receivedAt: transaction.now, capturedAt: capturedAt,
        captureDoubtful: doubtful, assignment: request.assignment))
    transaction.hasWaiting = true
    own.add(operation)
    // Its file need not wait: who is told that nobody wants it would not send it again.
    try ReviewTray.expectAttachment(of: operation, from: device.id, transaction)
    return true
  }

  /// Takes up the contents of operations that are held without them: their author had let go of them, and a copy of it,
  /// from before that, sends them once more. By the digest they are the same; they are judged as what that copy knew.
  static func takeContents(
    _ request: SyncRequest, from device: DeviceRow, _ transaction: CaseTransaction
  ) throws(Problem) {
    guard transaction.hasWaiting else { return }
    var moved: [ApplicationID] = []
    for operation in request.operations where !operation.isErased {
      guard let row = try transaction.journal.waiting(operation.id), row.operation.isErased,
        row.operation.digest == operation.digest
      else { continue }
      try transaction.journal.dropWaiting(operation.id)
      try transaction.journal.setWaiting(
        WaitingRow(
          operation: operation, running: row.running, receivedAt: row.receivedAt, capturedAt: row.capturedAt,
          captureDoubtful: row.captureDoubtful, assignment: request.assignment))
      try ReviewTray.expectAttachment(of: operation, from: device.id, transaction)
      if moved.last != operation.header.application { moved.append(operation.header.application) }
    }
    for application in moved { try release(application, transaction) }
  }

  /// Whether what an operation writes, or hands in, is judged by a form that was published on a log that was lost: it
  /// is judged once that is published again, not by another.
  static func lacksForm(_ operation: Operation, _ state: ApplicationState?, _ county: County) -> Bool {
    guard !county.lineage.past.isEmpty, [.create, .write, .submit].contains(operation.header.kind) else { return false }
    let payload = operation.content
    let stated = payload["set"]?[Register.form]?["version"]?.integer
    guard let version = stated ?? state?.formVersion ?? payload["matterVersion"]?.integer,
      let matter = state?.matter ?? payload["matter"]?.text.map({ MatterID($0) })
    else { return false }
    return county.hasLost(matter, version: version)
  }

  /// Whether anything is still to come without which the operation cannot be judged: a parent that was never received,
  /// where one that was refused satisfies causality; its form; or its contents. Its author may have let go of them when
  /// the application left its scope, and sends it again to a county that has lost it: others have them still.
  private static func lacks(
    _ operation: Operation, _ state: ApplicationState?, _ transaction: CaseTransaction
  ) throws(Problem) -> Bool {
    // Of what was erased nothing is waited for.
    guard state?.erasure == nil else { return false }
    guard !operation.isErased, !lacksForm(operation, state, transaction.county) else { return true }
    guard let state else { return false }
    for parent in state.unknownParents(of: operation.header) where try transaction.journal.operation(parent) == nil {
      return true
    }
    return false
  }

  /// Judges what waited in an application and waits for nothing any more.
  static func release(_ application: ApplicationID, _ transaction: CaseTransaction) throws(Problem) {
    var waiting = try transaction.journal.waiting(application)
    var moved = true
    while moved, !waiting.isEmpty {
      moved = false
      var blocked: Set<DeviceID> = []
      for row in waiting where !blocked.contains(row.operation.id.device) {
        let author = row.operation.id.device
        guard let device = try transaction.journal.device(author),
          try !lacks(row.operation, transaction.state(application), transaction)
        else {
          blocked.insert(author)
          continue
        }
        try transaction.journal.dropWaiting(row.operation.id)
        waiting.removeAll { $0.operation.id == row.operation.id }
        try judge(row, device, transaction)
        moved = true
      }
    }
  }

  /// Judges what waited, as one that waits no more: of the station its author knew, wherever it was moved meanwhile.
  private static func judge(
    _ row: WaitingRow, _ device: DeviceRow, decision: WaitingDecision? = nil, _ transaction: CaseTransaction
  ) throws(Problem) {
    let request = SyncRequest(
      device: device.id, number: 1, cursor: .start, now: transaction.now, clockEpoch: 0, catalogVersion: "",
      pageMax: 0, acknowledged: 0, running: row.running, operations: [],
      assignment: row.assignment ?? device.assignment)
    let intake = Intake(
      transaction: transaction, device: device, request: request,
      preparation: IntakePreparation(row.operation, county: transaction.county, reader: transaction.journal),
      way: .network, clock: nil, hasWaited: true)
    for sealed in intake.preparation.sealed {
      try intake.judge(row.operation, Arrival(row), running: row.running, sealed: sealed, decision: decision)
    }
  }

  /// Carries out what a person has decided about an operation that waits; what waited for it or behind it alone is
  /// judged at the transaction's end.
  /// - Returns: it, with its judgement.
  /// - Throws: `tray.earlier-open` while an earlier one of its author waits in the same application.
  static func decide(
    _ row: WaitingRow, _ decision: WaitingDecision, _ transaction: CaseTransaction
  ) throws(Problem) -> JudgedOperation {
    let id = row.operation.id
    let earlier = try transaction.journal.waiting(row.operation.header.application).first {
      $0.operation.id.device == id.device && $0.operation.id < id
    }
    if let earlier { throw ProblemKind.trayEarlierOpen.with(earlier.operation.id.text) }
    guard let device = try transaction.journal.device(id.device) else { throw Problem(.deviceNotEnrolled) }
    try transaction.journal.dropWaiting(id)
    try judge(row, device, decision: decision, transaction)
    guard let judged = try transaction.journal.operation(id) else { throw ProblemKind.unexpected.with("waiting") }
    return judged
  }
}

/// What of a device's operations waits in each application: asked for once in a request, since thousands may wait.
struct OwnWaiting {
  enum Kind {
    case whole
    /// Some are without contents.
    case withoutContents
  }

  private let device: DeviceID
  private var known: [ApplicationID: Kind?] = [:]

  init(_ device: DeviceID) { self.device = device }

  /// What waits in an application; nil for nothing.
  mutating func waiting(in application: ApplicationID, _ transaction: CaseTransaction) throws(Problem) -> Kind? {
    if let kind = known[application] { return kind }
    var kind: Kind?
    if transaction.hasWaiting, try transaction.journal.waits(in: application, of: device) {
      kind = try transaction.journal.waitsForContents(in: application, of: device) ? .withoutContents : .whole
    }
    known[application] = .some(kind)
    return kind
  }

  /// Another one waits.
  mutating func add(_ operation: Operation) {
    let application = operation.header.application
    let kind = known[application] ?? nil
    known[application] = .some(operation.isErased ? .withoutContents : kind ?? .whole)
  }
}

/// What a person decides about an operation whose parent will never come.
enum WaitingDecision: Sendable {
  /// It is judged without it.
  case admitted
  /// It is refused.
  case declined

  /// The code of the refusal.
  static let refusalCode = "tray.declined"
}

/// When an operation came, and when it is held to have been captured.
struct Arrival: Sendable {
  let receivedAt: Instant
  let capturedAt: Instant
  let isDoubtful: Bool
  /// Whether it waited: its author learns the judgement with the feed.
  let hasWaited: Bool

  init(_ operation: Operation, _ clock: ClockOffset?, now: Instant) {
    receivedAt = now
    (capturedAt, isDoubtful) = clock.captureTime(of: operation, now: now)
    hasWaited = false
  }

  init(_ row: WaitingRow) {
    receivedAt = row.receivedAt
    capturedAt = row.capturedAt
    isDoubtful = row.captureDoubtful
    hasWaited = true
  }

  /// Of an operation of the server's own.
  init(receivedAt: Instant, capturedAt: Instant, isDoubtful: Bool) {
    self.receivedAt = receivedAt
    self.capturedAt = capturedAt
    self.isDoubtful = isDoubtful
    hasWaited = false
  }
}
