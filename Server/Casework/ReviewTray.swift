internal import Application
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// Keeps what may not become part of the log: nothing of it is applied, nothing of it is lost.
///
/// Invariant: *whatever a device signed stays until a person has decided, however often it is sent.*
struct ReviewTray {
  let transaction: CaseTransaction
  let device: DeviceRow
  let request: SyncRequest
  let clock: ClockOffset?

  /// Keeps those of the request's operations that are neither in the log nor in the tray.
  /// - Parameters:
  ///   - reason: the code that listings show.
  ///   - signature: the request's.
  /// - Returns: the counter up to which everything of this branch is here; nil where the device has sent more than is
  ///   kept of anyone.
  func keep(reason: String, signature: [UInt8]) throws(Problem) -> Int64? {
    let journal = transaction.journal
    try Intake.takeContents(request, from: device, transaction)
    var fresh: [ReviewRow] = []
    var running = try historyBefore()
    for operation in request.operations {
      running = running.map { Chain.next($0, operation.digest) }
      guard try journal.held(device.id, operation.id.counter)?.digest != operation.digest else { continue }
      if var known = try journal.review(TrayEntry.id(of: operation.digest)) {
        // It came before what it follows on, which is here by now.
        if known.running == nil, let running {
          known.running = running
          try journal.setReview(known)
        }
        continue
      }
      let (capturedAt, doubtful) = clock.captureTime(of: operation, now: transaction.now)
      var row = ReviewRow(
        operation: operation, reason: reason, receivedAt: transaction.now, capturedAt: capturedAt,
        captureDoubtful: doubtful, running: running)
      // A request that was long under way: its device has sent this again meanwhile.
      if try StandIns(journal: journal).isKnown(operation) {
        row.status = .reminted
        row.settledAt = transaction.now
      }
      fresh.append(row)
    }
    let through = request.acknowledged + Int64(request.operations.count)
    guard !fresh.isEmpty else { return through }
    guard try journal.reviewCount(device.id) + fresh.count <= Limits.reviewsPerDeviceMax else { return nil }
    for row in fresh {
      try journal.setReview(row)
      // A copy of what was sent again and erased since.
      if row.status == .reminted, try StandIns(journal: journal).isErased(row.operation) {
        try Purge(transaction: transaction).erase(row.operation)
      } else {
        try Self.expectAttachment(of: row.operation, from: device.id, transaction)
      }
    }
    try journal.addReviewBatch(request.batch(signature: signature))
    try journal.addAudit(
      at: transaction.now, actor: "device:\(device.id.text)", action: "review.keep", subject: device.id.text)
    return through
  }

  /// Attachments belong to what names them: a device that may do nothing else there may still send those of its unsent
  /// work.
  static func expectAttachment(
    of operation: Operation, from device: DeviceID, _ transaction: CaseTransaction
  ) throws(Problem) {
    guard operation.header.kind == .attach,
      let content = MaterialContent(operation.content), content.refusalCode == nil,
      case .file(let digest, let bytes, _, _) = content
    else { return }
    try transaction.journal.expectBlob(
      digest, from: device, application: operation.header.application, bytes: bytes)
  }

  /// The counter that the request follows on, where nothing of the device is here at it: a backup was put back, and
  /// what it takes to lie in the review tray went with the log that was lost. Nil where it follows on something.
  func unknown() throws(Problem) -> Int64? {
    let counter = request.acknowledged
    guard counter > 0, try historyBefore() == nil else { return nil }
    // What another copy wrote under the number is something else. Where what an entry follows on was not known either,
    // nobody can tell.
    let mayBeIts = try transaction.journal.reviews(device.id, counter).contains { $0.running == nil }
    return mayBeIts ? nil : counter
  }

  /// Up to where the request's operations are those of the log; nil where they do not follow on it.
  func agreed() throws(Problem) -> Int64? {
    let counter = request.acknowledged
    let held = counter == 0 ? Chain.start(device.id) : try transaction.journal.held(device.id, counter)?.running
    guard let held, request.continues(held) else { return nil }
    var through = counter
    for operation in request.operations {
      guard try transaction.journal.held(device.id, operation.id.counter)?.digest == operation.digest else { break }
      through = operation.id.counter
    }
    return through
  }

  /// An operation that stands for one in the tray settles it: a device sends again, under a new identity, what was not
  /// taken from the former one.
  /// - Returns: the refusal where it was taken in before, from the tray or from another copy of the device: what a
  ///   person did once must not stand twice.
  static func settle(_ operation: Operation, _ transaction: CaseTransaction) throws(Problem) -> Disposition? {
    let chain = Former.chain(in: operation.content)
    guard !chain.isEmpty else { return nil }
    let isAdmission = ServerIdentity.isServer(operation.id.device)
    var rows: [ReviewRow] = []
    for former in chain {
      if let row = try transaction.journal.review(TrayEntry.id(of: former.digest)) {
        if row.operation.id == former.operation { rows.append(row) }
      } else if isAdmission, let judged = try transaction.journal.operation(former.operation),
        judged.operation.digest == former.digest, let row = ReviewRow(refused: judged)
      {
        // Refused in the log as before it was lost: the decision about it has come back with what was admitted.
        rows.append(row)
      }
    }
    if rows.contains(where: { $0.status == .admitted && $0.admitted != operation.id }) {
      return .refused(Disposition.admittedCode)
    }
    let standIns = StandIns(journal: transaction.journal)
    if try standIns.isKnown(operation) { return .refused(Disposition.remintedCode) }
    try standIns.note(operation.id, for: chain.map(\.digest))
    // Of a log that was lost, an admission may come back before anybody has decided again.
    for var row in rows where row.status == .open || row.status == .declined {
      row.status = isAdmission ? .admitted : .reminted
      row.admitted = isAdmission ? operation.id : nil
      row.settledAt = transaction.now
      try transaction.journal.setReview(row)
    }
    return nil
  }

  /// An operation that is in effect in the log, or of which what stands for it was erased, is nobody's to decide about
  /// any more.
  static func settle(itself operation: Operation, _ transaction: CaseTransaction) throws(Problem) {
    guard var row = try transaction.journal.review(TrayEntry.id(of: operation.digest)), row.status == .open else {
      return
    }
    row.status = .reminted
    row.settledAt = transaction.now
    try transaction.journal.setReview(row)
  }

  /// The running digest that the request's first operation follows on: the log's, or a branch's in the tray.
  private func historyBefore() throws(Problem) -> Digest? {
    let counter = request.acknowledged
    let journal = transaction.journal
    let held = counter == 0 ? Chain.start(device.id) : try journal.held(device.id, counter)?.running
    let branches = try Branches(journal: journal, author: device.id).running(at: counter)
    return ([held].compactMap(\.self) + branches).first(where: request.continues)
  }
}
