internal import CaptureStore
internal import Cryptography
internal import Foundations
internal import Replication

/// A request whose number is on the disk already.
struct PreparedRequest {
  let number: Int64
  /// Who asked: the store may have a new identity before the answer comes.
  let device: DeviceID
  /// Which of its stations it knew itself to be of: likewise.
  let assignment: Int64
  /// Where the device stood when the request was built.
  let base: DeviceRecord
  let sentThrough: Int64
  let bytes: [UInt8]
  /// Whose answer counts.
  let serverKey: [UInt8]

  var question: ServerQuestion {
    var question = ServerQuestion(
      "POST", "/v1/sync", headers: [("Content-Type", "application/vnd.bangban.sync")], body: bytes)
    question.serverKey = serverKey
    return question
  }
}

/// One round trip: a request built in one transaction, its answer applied in another.
extension Synchronizer {
  /// - Parameters:
  ///   - sent: the last counter of the request before it in the same ferry file; nil for one that begins after what is
  ///     acknowledged.
  ///   - next: where the device will stand once it has written the page it is at: the request reports where it stands
  ///     now, and asks for the page after that one.
  func prepare(after sent: Int64? = nil, ahead next: DeviceRecord? = nil) throws(Problem) -> PreparedRequest {
    try store.change(isRequest: true) { session throws(Problem) in
      let record = try session.record()
      // A device that has stopped goes on with what neither the log nor the review tray has yet.
      let known = try session.stopped() == nil ? record.acknowledged : max(record.acknowledged, session.reviewed())
      let base = sent ?? known
      let bounds = DeviceMachine.requestBounds(
        pageMax: record.pageMax, operationsMax: sizes.operationsMax, bytesMax: sizes.payloadBytesMax)
      let operations =
        next != nil
        ? []
        : Self.bounded(try session.ownOperations(after: base, limit: bounds.operations), bytesMax: bounds.bytes)
      let number = try session.takeRequestNumber()
      let (now, epoch) = try session.now()
      var request = SyncRequest(
        device: session.identity.device, number: number, cursor: record.cursor, now: now, clockEpoch: epoch,
        catalogVersion: try session.catalogVersion(), pageMax: min((next ?? record).pageMax, sizes.pageMax),
        acknowledged: base,
        running: try session.running(at: base), operations: operations,
        assignment: session.identity.assignment)
      request.tray = try session.trayMark()
      request.ahead = next?.cursor
      let bytes = try request.bytes(
        key: try session.signingKey(), dictionary: usesDictionary ? try session.dictionary() : nil)
      try session.noteRequest(number, digest: Digest(of: bytes))
      if let last = operations.last { try session.noteOffered(through: last.id.counter) }
      return PreparedRequest(
        number: number, device: session.identity.device, assignment: session.identity.assignment,
        base: next ?? record,
        sentThrough: base + Int64(operations.count), bytes: bytes, serverKey: session.identity.serverKey)
    }
  }

  /// The operations that fit into one request; always at least one.
  private static func bounded(_ operations: [Operation], bytesMax: Int) -> [Operation] {
    var bytes = 0
    return Array(
      operations.enumerated().prefix { index, operation in
        bytes += operation.payload.count
        return index == 0 || bytes <= bytesMax
      }.map(\.element))
  }

  /// Applies an answer, whole or not at all.
  /// - Returns: nil where another sync of this store has moved on in between: the answer is old, to be asked for again.
  func take(_ received: ReceivedPage, _ prepared: PreparedRequest) throws(Problem) -> DeviceStep? {
    let page = try received.page.get()
    return try take(page, prepared, as: page, attested: received.attested, heard: page.now)
  }

  /// The server's word for a page, checked. Nil of a server of an earlier version.
  /// - Throws: `sync.answer` where it does not hold.
  private func attested(_ page: SyncAnswer) throws(Problem) -> AttestedPage? {
    try store.read { session throws(Problem) in
      try PageReader.attested(page, device: session.identity.device, serverKey: session.identity.serverKey) {
        counter throws(Problem) in try session.ownDigest(counter)
      }
    }
  }

  /// Applies a page, whole or not at all, whichever way it came.
  /// - Parameters:
  ///   - signed: the page as it came, which the server's word is for.
  ///   - attested: the server's word, where it has been checked already.
  ///   - heard: the server's time, where it has just said it.
  /// - Returns: as above.
  func take(
    _ page: SyncAnswer, _ prepared: PreparedRequest, as signed: SyncAnswer,
    attested checked: Result<AttestedPage?, Problem>? = nil, heard: Instant? = nil
  ) throws(Problem) -> DeviceStep? {
    let before = prepared.base
    guard let (now, running) = try standing(prepared, acknowledged: page.acknowledged),
      var step = try step(page, prepared, now, running: running)
    else { return nil }
    guard !page.more || step.cursor != before.cursor else { throw ProblemKind.syncAnswer.with("cursor") }
    // Only now: of a history that is not this device's own the step says so in its own words.
    let word = if let checked { try checked.get() } else { try attested(signed) }
    let isCurrent = try store.change { session throws(Problem) in
      // Nothing that comes under an identity that has ended belongs to this device.
      if let reason = try session.stopped() { throw ProblemKind.deviceStopped.with(reason.words) }
      guard session.identity.device == prepared.device, session.identity.assignment == prepared.assignment,
        Self.isSame(try session.record(), before)
      else { return false }
      if let heard { try session.heard(heard) }
      if let word { try session.keep(word) }
      try Self.apply(page, step, endsScope: Self.endsScope(signed, step, session), session)
      if let news = page.tray, try session.take(news), news.more { step.goOn = true }
      return true
    }
    guard isCurrent else { return nil }
    if step.moves { summary.station = page.assignment?["station"]?["name"]?.text }
    summary.pushed += max(0, step.acknowledged - before.acknowledged)
    summary.pulled += Int64(page.operations.count)
    summary.refused += Int64(page.judgements.values.count { $0.disposition.isRefusal })
    return step
  }

  /// Where the device stands, and its running digest at a counter: nil of one that it never wrote. Nil altogether where
  /// it has another identity than it asked under.
  func standing(
    _ prepared: PreparedRequest, acknowledged counter: Int64
  ) throws(Problem) -> (record: DeviceRecord, running: Digest?)? {
    try store.read { session throws(Problem) in
      guard session.identity.device == prepared.device else { return nil }
      let record = try session.record()
      return (record, counter <= record.counter ? try session.running(at: counter) : nil)
    }
  }

  static func isSame(_ record: DeviceRecord, _ base: DeviceRecord) -> Bool {
    record.acknowledged == base.acknowledged && record.cursor == base.cursor
  }

  /// - Parameters:
  ///   - record: as it is now; its counter may have grown since the request was built.
  ///   - running: the device's own at the counter acknowledged; nil where it never wrote so far.
  private func step(
    _ page: SyncAnswer, _ prepared: PreparedRequest, _ record: DeviceRecord, running: Digest?
  ) throws(Problem) -> DeviceStep? {
    guard Self.isSame(record, prepared.base) else { return nil }
    do {
      return try DeviceMachine.step(
        page, of: prepared.device, sentThrough: prepared.sentThrough, record: record, running: running)
    } catch {
      switch error {
      case .restored(let held), .forked(let held):
        guard try foundOld(prepared) else { throw ProblemKind.syncRestored.with(String(held)) }
        return nil
      case .timeline: throw Problem(.syncTimeline)
      case .malformed: throw ProblemKind.syncAnswer.with("step")
      }
    }
  }

  /// The server holds more of this device than the device does. Whatever was sent it holds as well, since it would have
  /// told otherwise; what was not sent yet must still be offered, or it would be minted again and stand twice.
  /// - Returns: whether something is still to be offered.
  private func foundOld(_ prepared: PreparedRequest) throws(Problem) -> Bool {
    try store.change { session throws(Problem) in
      guard Self.isSame(try session.record(), prepared.base) else { return true }
      try session.stop(.restored)
      // How it was judged is told with the server's word for it once the device has a new identity.
      // Each further request sends at least one operation, so this comes to an end.
      return try Self.acknowledge(prepared.sentThrough, session)
    }
  }

  /// Notes that the server holds everything up to a counter as this device wrote it.
  /// - Returns: whether there is more to send.
  static func acknowledge(_ counter: Int64, _ session: StoreSession) throws(Problem) -> Bool {
    var record = try session.record()
    record.acknowledged = max(record.acknowledged, min(counter, record.counter))
    try session.setRecord(record)
    return max(record.acknowledged, try session.reviewed()) < record.counter
  }

  /// Whether everything in this device's scope has come with this page. By the page as it was signed: of a file's pages
  /// what is known already was taken out, and only the last one is the end. One that tells of a move has nothing in it.
  private static func endsScope(_ signed: SyncAnswer, _ step: DeviceStep, _ session: StoreSession) -> Bool {
    !signed.more && signed.assignment == nil && step.cursor == signed.cursor
      && (signed.writtenFor ?? session.identity.assignment) == session.identity.assignment
  }

  private static func apply(
    _ page: SyncAnswer, _ step: DeviceStep, endsScope: Bool, _ session: StoreSession
  ) throws(Problem) {
    for counter in page.judgements.keys.sorted() {
      if let judgement = page.judgements[counter] { try session.judge(counter, judgement) }
    }
    try session.receive(page.operations)
    for application in page.left { try session.leave(application) }
    if let catalog = page.catalog { try session.takeCatalog(catalog) }
    // The counter may have grown while the request was under way.
    var record = try session.record()
    record.acknowledged = step.acknowledged
    record.cursor = step.cursor
    record.pageMax = step.pageMax
    try session.setRecord(record)
    if let assignment = page.assignment {
      // What is written meanwhile is written as one of the station that is still known: it goes first.
      if step.moves, record.counter == step.acknowledged { try session.move(assignment) }
    } else if endsScope, try !session.isReturning() {
      // What the county has lost it cannot send before it has got it back; until then nothing has left.
      try session.leaveUnconfirmed()
    }
  }
}

extension Disposition {
  /// Refused, or kept aside because nobody can apply it yet; what is there already is neither.
  var isRefusal: Bool {
    switch self {
    case .refused, .quarantined: !standsElsewhere
    case .applied, .late: false
    }
  }
}
