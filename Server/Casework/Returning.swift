internal import Application
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// Takes back what a device holds of a log that was lost with everything after a backup: one page, one transaction.
///
/// Invariant: *what the server once committed is taken back as it was committed, whoever brings it: its own signature
/// says so.* Contents, authors, times of receipt and judgements stay. Only where the application has moved on in the
/// present log is a judgement made anew, since what it was based on is another.
struct Returning {
  let transaction: CaseTransaction
  let device: DeviceRow
  let page: ReturnPage
  let serverKey: VerifyingKey

  /// An operation of the lost log that the present one has left behind.
  static let superseded = "timeline.superseded"

  /// The kind of documents that name the applications of which a device has brought something back, and perhaps not all
  /// of it yet.
  static let pending = "returned"

  /// - Returns: what became of the page's operations, and whether anything was erased with them.
  func run() throws(Problem) -> (receipt: ReturnReceipt, erased: Bool) {
    var erased = false
    var receipt = ReturnReceipt(lineage: transaction.county.lineage)
    var touched: Set<ApplicationID> = []
    var brought: Set<ApplicationID> = []
    var aside: Set<ApplicationID> = []
    let key = serverKey
    let signed = Parallel.map(page.attestations) { $0.isSigned(by: key) }
    let sealed = transaction.journal.seal(page.operations.map(\.operation))
    for (returned, sealed) in zip(page.operations, sealed) {
      let id = returned.operation.id
      let held = try transaction.journal.held(id.device, id.counter)
      let unjudged = try cannotBeJudged(returned)
      if held?.digest == returned.operation.digest, unjudged == nil {
        receipt.known += 1
        if page.proves(returned, isSigned: { signed[$0] }) { brought.insert(returned.operation.header.application) }
      } else if page.proves(returned, isSigned: { signed[$0] }) {
        if held == nil || unjudged != nil, try mayBeTaken(returned) {
          if try adopt(returned, sealed, for: unjudged) { erased = true }
          touched.insert(returned.operation.header.application)
          receipt.taken += 1
        } else {
          if held != nil {
            try keepAside(returned)
            // Of its own work a device is told in any case.
            if id.device != device.id { aside.insert(returned.operation.header.application) }
          }
          receipt.unproved += 1
        }
      } else {
        receipt.unproved += 1
      }
    }
    if page.continues, let last = page.operations.last { transaction.rest(last.operation.header.application) }
    for application in touched.union(brought).sorted() { try tellErased(application) }
    for application in aside.sorted() { try tellAside(application) }
    for application in touched.sorted() {
      try transaction.journal.setDocument(Self.pending, application.text, .text(device.id.text))
    }
    if receipt.taken > 0 {
      try transaction.journal.addAudit(
        at: transaction.now, actor: "device:\(device.id.text)", action: "log.return", subject: device.id.text)
    }
    return (receipt, erased)
  }

  /// Whoever brings back something of an application held it, and lets go of what it holds once it hears that it was
  /// erased, even where what let it in was lost and has no effect any more.
  private func tellErased(_ application: ApplicationID) throws(Problem) {
    guard try transaction.state(application)?.erasure != nil else { return }
    let scopes = Intake.scopes(device)
    guard try transaction.journal.scopes(application).allSatisfy({ !scopes.contains($0) }) else { return }
    // It pulls from before everything that was lost again; that is before the tombstone.
    try transaction.journal.enter("device:\(device.id.text)", application, at: transaction.nextSequence - 1)
  }

  /// Whoever brings back something of an application that is not there any more, since what opened it was kept aside,
  /// hears what of it lies in the review tray, and lets go of that.
  private func tellAside(_ application: ApplicationID) throws(Problem) {
    guard try transaction.state(application) == nil else { return }
    try transaction.journal.enter(TrayNews.scope(device), application, at: transaction.nextSequence - 1)
  }

  /// What the author has sent again and nobody could judge yet, since it came without its contents, which are here now,
  /// or its form is lost: it was judged by that before. Nil for anything else.
  private func cannotBeJudged(_ returned: ReturnedOperation) throws(Problem) -> WaitingRow? {
    let operation = returned.operation
    guard transaction.hasWaiting, !operation.isErased else { return nil }
    // Of one author in one application none overtakes an earlier one.
    let first = try transaction.journal.waiting(operation.header.application)
      .first { $0.operation.id.device == operation.id.device }
    guard let first, first.operation.digest == operation.digest else { return nil }
    let state = try transaction.state(operation.header.application)
    return first.operation.isErased || Intake.lacksForm(operation, state, transaction.county) ? first : nil
  }

  /// What has no contents any more is taken back only into what was erased: somebody else may have the contents.
  private func mayBeTaken(_ returned: ReturnedOperation) throws(Problem) -> Bool {
    guard returned.operation.isErased else { return true }
    return try transaction.state(returned.operation.header.application)?.erasure != nil
  }

  /// - Parameter unjudged: what its author has sent again meanwhile.
  /// - Returns: whether it erased anything, or was erased itself.
  private func adopt(
    _ returned: ReturnedOperation, _ sealed: SealedOperation, for unjudged: WaitingRow?
  ) throws(Problem) -> Bool {
    let operation = returned.operation
    if unjudged != nil { try transaction.journal.dropWaiting(operation.id) }
    let former = returned.judgement
    let state = try transaction.state(operation.header.application)
    // What it stands for may have been sent again, or taken in, by another way meanwhile.
    let isInEffect = former.disposition == .applied || former.disposition == .late
    var settled = isInEffect ? try ReviewTray.settle(operation, transaction) : nil
    // Its author may have sent it again under another identity before anybody brought it back.
    let standIn = try StandIns(journal: transaction.journal).standIn(for: operation.digest)
    if isInEffect, let standIn, standIn != operation.id { settled = settled ?? .refused(Disposition.remintedCode) }
    let disposition = if let settled { settled } else { try disposition(of: returned, in: state) }
    let judgement = Judgement(
      sequence: transaction.nextSequence, disposition: disposition,
      receivedAt: former.receivedAt, capturedAt: former.capturedAt, captureDoubtful: former.captureDoubtful)
    let attestation = page.attestations[returned.attestation]
    try transaction.adopt(
      JudgedOperation(operation, judgement), sealed: sealed,
      AdoptionRow(
        operation: operation.id, attestation: attestation.digest, place: returned.place, judgement: former),
      attestation, running: unjudged?.running)
    let isTombstone = operation.header.kind == .purge
    if state == nil, operation.opensItsApplication || isTombstone, let said = operation.content["station"]?.text {
      // What names a station that its author was not of was seen where it was sent from.
      let station = disposition == .refused(IntakeRules.otherStation) ? device.station.text : said
      try transaction.journal.enter("station:\(station)", operation.header.application, at: judgement.sequence)
    }
    if try isErased(returned, in: state, judgement) { return true }
    switch judgement.disposition {
    case .applied, .late:
      // Another copy of its device may have offered it before, and been shut out.
      try ReviewTray.settle(itself: operation, transaction)
      // What nobody known wrote, or the server itself, is for whoever brings it to send.
      let author = try transaction.journal.device(operation.id.device) ?? device
      try Intake.takeEffects(operation, judgement, from: author, transaction)
    case .refused, .quarantined: break
    }
    // Whoever wrote it may have moved on; what its own work names it may still send.
    if !ServerIdentity.isServer(operation.id.device) {
      try ReviewTray.expectAttachment(of: operation, from: operation.id.device, transaction)
    }
    return false
  }

  /// What the county had erased after its backup was made is erased again, and with it whatever comes of before.
  /// - Parameter state: the application before it.
  /// - Returns: whether nothing of the operation is left that could have an effect.
  private func isErased(
    _ returned: ReturnedOperation, in state: ApplicationState?, _ judgement: Judgement
  ) throws(Problem) -> Bool {
    let operation = returned.operation
    let purge = Purge(transaction: transaction)
    if operation.header.kind == .purge {
      guard judgement.disposition == .applied else { return true }
      try eraseFormers(keptIn: operation.content)
      // What waited for a parent is judged, so that its author is told, and erased with the rest.
      try Intake.release(operation.header.application, transaction)
      try purge.erase(operation.header.application, except: operation.id)
      try purge.tell(state?.duplicates ?? [], of: operation.header.application)
      return true
    }
    // Who did not know of it was refused by the lost log, too: that is for a person to look at.
    guard state?.erasure != nil, returned.judgement.disposition != .refused(Erasure.refusalCode) else { return false }
    if !operation.isErased { try purge.erase(operation) }
    return true
  }

  /// A copy of whoever wrote the operations may have offered what they stand for meanwhile, and been shut out.
  private func eraseFormers(keptIn tombstone: Value) throws(Problem) {
    for digest in try StandIns(journal: transaction.journal).note(keptIn: tombstone) {
      guard let row = try transaction.journal.review(TrayEntry.id(of: digest)) else { continue }
      try ReviewTray.settle(itself: row.operation, transaction)
      try Purge(transaction: transaction).erase(row.operation)
    }
  }

  /// The judgement it had, unless it was let in on grounds that the present log does not give any more.
  private func disposition(
    of returned: ReturnedOperation, in state: ApplicationState?
  ) throws(Problem) -> Disposition {
    let operation = returned.operation
    switch returned.judgement.disposition {
    case .refused, .quarantined: return returned.judgement.disposition
    case .applied, .late: break
    }
    if state?.erasure != nil {
      // There is one tombstone; whatever came before it stays as it was.
      return operation.header.kind == .purge ? .refused(Self.superseded) : returned.judgement.disposition
    }
    // A decision about duplicates whose mirror came back before it: where what was made of that holds, so does the
    // decision, and nobody is told that it does not.
    if let mark = operation.content["other"]?.text.flatMap({ state?.duplicate(ApplicationID($0)) }),
      let standIn = mark.standIns[operation.id]
    {
      let holds = mark.decisions.writes.contains { $0.operation == standIn && $0.applied }
      return .refused(holds ? Disposition.remintedCode : Self.superseded)
    }
    guard ServerIdentity.isServer(operation.id.device) else {
      // It was let in: what it names and the present log does not have was refused, or nobody waited for it any more.
      return Judge.verdict(on: operation, by: .device, in: state, orphaned: true).disposition
    }
    // What opened the application stands under another number now: nothing goes out of this one, though it still says
    // what its duplicates are.
    if state?.refusal != nil, ![.duplicate, .join, .apart].contains(operation.header.kind) {
      return .refused(Self.superseded)
    }
    // Of a decision about duplicates that does not fit any more, the other half does not stand alone.
    if let original = operation.content["mirrors"]?.text.flatMap(OperationID.init(text:)), try isRefusedHere(original) {
      return .refused(Self.superseded)
    }
    guard let state, state.known[transaction.county.serverAuthor] != nil else {
      return returned.judgement.disposition
    }
    return fits(operation, state) ? returned.judgement.disposition : .refused(Self.superseded)
  }

  /// Whether an operation of the lost log's server still has its place where the present server has moved on: what it
  /// made by itself it has made anew; what a window did counts where it is still the window's turn.
  private func fits(_ operation: Operation, _ state: ApplicationState) -> Bool {
    let kind = operation.header.kind
    // A window's acceptance after its days were over stands as what the law made of it, and is a window's all the same.
    let isLateAcceptance = kind == .deem && operation.content["by"] == "window"
    let isAutomatic =
      [.route, .dispatch, .document, .reroute].contains(kind) || (kind == .deem && !isLateAcceptance)
      || operation.content["cascade"]?.bool == true
      || operation.content["by"] == "receipt" || operation.content["overdue"]?.bool == true
    guard !isAutomatic else { return false }
    if let original = operation.content["mirrors"]?.text.flatMap(OperationID.init(text:)),
      let mark = operation.content["other"]?.text.flatMap({ state.duplicate(ApplicationID($0)) })
    {
      return !mark.mirrors.values.contains(original)
    }
    guard OperationKind.windowActions.contains(kind) || isLateAcceptance else { return true }
    let proceeding = operation.content["proceeding"]?.text.flatMap { state.proceeding(ProceedingID($0)) }
    return proceeding.map { state.refusal(of: kind, operation.content, on: $0) == nil } ?? false
  }

  /// Whether the present log refused a decision on its own grounds: in neither of the two applications it holds then.
  private func isRefusedHere(_ decision: OperationID) throws(Problem) -> Bool {
    guard case .refused(let code)? = try transaction.journal.operation(decision)?.judgement?.disposition else {
      return false
    }
    return code != Self.superseded && !Disposition.standsElsewhere(code)
  }

  /// The running digest of the branch that an operation kept aside belongs to, so that its author's later work is known
  /// to follow on it; nil where nothing tells. A lost log had one history of each author: what is before the operation
  /// was kept aside like it, or is in the log.
  private func running(_ operation: Operation) throws(Problem) -> Digest? {
    let (author, before) = (operation.id.device, operation.id.counter - 1)
    guard before > 0 else { return Chain.next(Chain.start(author), operation.digest) }
    let branches = Branches(journal: transaction.journal, author: author, reason: ProblemKind.syncForked.code)
    let branch = try branches.running(at: before).first
    let held = try transaction.journal.held(author, before)?.running
    return (branch ?? held).map { Chain.next($0, operation.digest) }
  }

  /// Another operation stands under its id: a device that wrote on from an older state has met its former self. Both
  /// are kept, and a person looks.
  private func keepAside(_ returned: ReturnedOperation) throws(Problem) {
    let former = returned.judgement
    let row = ReviewRow(
      operation: returned.operation, reason: ProblemKind.syncForked.code, receivedAt: former.receivedAt,
      capturedAt: former.capturedAt, captureDoubtful: former.captureDoubtful,
      running: try running(returned.operation))
    guard try transaction.journal.review(row.id) == nil else { return }
    try transaction.journal.setReview(row)
    guard try transaction.journal.adoption(row.operation.id) == nil else { return }
    let attestation = page.attestations[returned.attestation]
    try transaction.journal.addAdoption(
      AdoptionRow(
        operation: row.operation.id, attestation: attestation.digest, place: returned.place, judgement: former),
      attestation)
  }
}
