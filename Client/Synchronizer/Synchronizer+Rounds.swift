internal import CaptureStore
internal import Cryptography
internal import Foundations
internal import Replication

/// A request whose number is on the disk already.
struct PreparedRequest {
  let number: Int64
  /// Where the device stood when the request was built.
  let base: DeviceRecord
  let sentThrough: Int64
  let bytes: [UInt8]
}

/// One round trip: a request built in one transaction, its answer applied in another.
extension Synchronizer {
  /// - Parameter sent: the last counter of the request before it in the same ferry file; nil for one that begins after
  ///   what is acknowledged.
  func prepare(after sent: Int64? = nil) throws(Problem) -> PreparedRequest {
    try store.change { session throws(Problem) in
      let record = try session.record()
      let base = sent ?? record.acknowledged
      let operations = Self.bounded(try session.ownOperations(after: base, limit: Self.operationsMax))
      let number = try session.takeRequestNumber()
      let (now, epoch) = try session.now()
      let request = SyncRequest(
        device: store.identity.device, number: number, cursor: record.cursor, now: now, clockEpoch: epoch,
        catalogVersion: try session.catalogVersion(), pageMax: record.pageMax, acknowledged: base,
        running: try session.running(at: base), operations: operations)
      let key = try SM2.SigningKey(privateBytes: try session.secret("signing-key"))
      let bytes = try request.bytes(key: key, dictionary: usesDictionary ? try session.dictionary() : nil)
      try session.noteRequest(number, digest: Digest(of: bytes))
      return PreparedRequest(
        number: number, base: record, sentThrough: base + Int64(operations.count), bytes: bytes)
    }
  }

  /// The operations that fit into one request; always at least one.
  private static func bounded(_ operations: [Operation]) -> [Operation] {
    var bytes = 0
    return Array(
      operations.enumerated().prefix { index, operation in
        bytes += operation.payload.count
        return index == 0 || bytes <= payloadBytesMax
      }.map(\.element))
  }

  /// Applies an answer, whole or not at all.
  /// - Returns: nil where another sync of this store has moved on in between: the answer is old, to be asked for again.
  func take(_ answer: ServerAnswer, _ prepared: PreparedRequest) throws(Problem) -> DeviceStep? {
    let known = try store.read { session throws(Problem) in try session.dictionary() }
    let page: SyncAnswer
    do {
      page = try SyncAnswer.read(answer.body) { $0 == known?.id ? known : nil }
    } catch {
      throw ProblemKind.syncAnswer.with(String(describing: error))
    }
    return try take(page, prepared)
  }

  /// Applies a page, whole or not at all, whichever way it came.
  /// - Returns: as above.
  func take(_ page: SyncAnswer, _ prepared: PreparedRequest) throws(Problem) -> DeviceStep? {
    let before = prepared.base
    let now = try store.read { session throws(Problem) in try session.record() }
    let step = try step(page, prepared, now)
    guard let step else { return nil }
    guard !page.more || step.cursor != before.cursor else { throw ProblemKind.syncAnswer.with("cursor") }
    let isCurrent = try store.change { session throws(Problem) in
      guard Self.isSame(try session.record(), before) else { return false }
      try Self.apply(page, step, session)
      return true
    }
    guard isCurrent else { return nil }
    summary.pushed += max(0, step.acknowledged - before.acknowledged)
    summary.pulled += Int64(page.operations.count)
    summary.refused += Int64(page.judgements.values.count { $0.disposition.isRefusal })
    return step
  }

  private static func isSame(_ record: DeviceRecord, _ base: DeviceRecord) -> Bool {
    record.acknowledged == base.acknowledged && record.cursor == base.cursor
  }

  /// - Parameter record: as it is now; its counter may have grown since the request was built.
  private func step(
    _ page: SyncAnswer, _ prepared: PreparedRequest, _ record: DeviceRecord
  ) throws(Problem) -> DeviceStep? {
    guard Self.isSame(record, prepared.base) else { return nil }
    do {
      return try DeviceMachine.step(page, sentThrough: prepared.sentThrough, record: record)
    } catch {
      switch error {
      case .restored(let held):
        try store.change { session throws(Problem) in try session.stop("sync.restored") }
        throw ProblemKind.syncRestored.with(String(held))
      case .timeline: throw Problem(.syncTimeline)
      case .malformed: throw ProblemKind.syncAnswer.with("step")
      }
    }
  }

  private static func apply(_ page: SyncAnswer, _ step: DeviceStep, _ session: StoreSession) throws(Problem) {
    for counter in page.judgements.keys.sorted() {
      if let judgement = page.judgements[counter] { try session.judge(counter, judgement) }
    }
    for judged in page.operations { try session.receive(judged) }
    for application in page.left { try session.leave(application) }
    if let catalog = page.catalog { try session.takeCatalog(catalog) }
    // The counter may have grown while the request was under way.
    var record = try session.record()
    record.acknowledged = step.acknowledged
    record.cursor = step.cursor
    record.pageMax = step.pageMax
    try session.setRecord(record)
  }
}

extension Disposition {
  /// Refused, or kept aside because nobody can apply it yet.
  var isRefusal: Bool {
    switch self {
    case .refused, .quarantined: true
    case .applied, .late: false
    }
  }
}
