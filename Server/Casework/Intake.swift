internal import Application
internal import Catalog
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// Takes in what devices send: one request, one transaction.
struct Intake {
  let transaction: CaseTransaction
  let device: DeviceRow
  let request: SyncRequest
  let preparation: IntakePreparation
  let way: RequestWay
  /// What is known of the device's clock.
  let clock: ClockOffset?
  /// Whether this is an operation that has waited: what its author might see when it came counts, not what it may see
  /// at another station by now.
  var hasWaited = false
  /// The highest counter of the device's operations that were brought back before it sent them again.
  var adoptedThrough: Int64 = 0

  /// The scopes a device pulls.
  static func scopes(_ device: DeviceRow) -> [String] {
    ["station:\(device.station.text)", "device:\(device.id.text)"]
  }

  /// Commits the operations from an index on, with all they bring about.
  func take(from index: Int, signature: [UInt8], requestDigest: Digest) throws(Problem) {
    if index > 0 { try Self.takeContents(request, from: device, transaction) }
    let fresh = Array(request.operations[index...])
    let sealed = preparation.sealed[index...]
    let wasBroughtBack = fresh.first.map { $0.id.counter <= adoptedThrough } ?? false
    let someWait = try mayWait(fresh)
    var record = try transaction.journal.author(request.device)
    if wasBroughtBack || someWait {
      record.running = try takeInTurn(fresh, sealed, after: record.running)
    } else {
      record.running = try takeTogether(fresh, sealed, after: record.running)
    }
    record.counter = fresh.last?.id.counter ?? record.counter
    try noteFormerWork()
    // A ferry file may be older than what has come over the network meanwhile: its operations count, its number does
    // not go back.
    if request.number > record.number {
      record.number = request.number
      record.request = requestDigest
      let reported = try Reported(request, way: way, now: transaction.now, transaction.journal)
      try reported.write(request.device, transaction.journal)
    }
    try transaction.journal.setAuthor(request.device, record)
    if !fresh.isEmpty { try transaction.journal.addBatch(request.batch(signature: signature)) }
  }

  /// One after the other: some may have to wait, and those that come later for them.
  /// - Returns: the running digest after the last.
  private func takeInTurn(
    _ fresh: [Operation], _ sealed: ArraySlice<SealedOperation>, after running: Digest
  ) throws(Problem) -> Digest {
    var running = running
    var own = OwnWaiting(device.id)
    for (operation, sealed) in zip(fresh, sealed) {
      running = Chain.next(running, operation.digest)
      // It was brought back and judged: it only takes its place in the chain.
      if operation.id.counter <= adoptedThrough, try transaction.journal.operation(operation.id) != nil {
        try transaction.journal.chain(operation.id, running: running)
        continue
      }
      let state = try transaction.state(operation.header.application)
      guard try !hold(operation, state, &own, running: running) else { continue }
      try judge(operation, Arrival(operation, clock, now: transaction.now), running: running, sealed: sealed)
    }
    return running
  }

  /// Judges an operation whose time has come and commits it with its effects.
  /// - Parameter decision: what a person has decided about one that waited; nil where nobody had to.
  func judge(
    _ operation: Operation, _ arrival: Arrival, running: Digest, sealed: SealedOperation,
    decision: WaitingDecision? = nil
  ) throws(Problem) {
    var share = try share(of: operation.header.application)
    share.operations.append(
      IntakeShare.Arrived(index: 0, operation: operation, arrival: arrival, orphaned: decision != nil))
    var shares = ShareBounds(transaction.journal, of: device)
    var settled = try settle(operation, &shares)
    if decision == .declined { settled = .refused(WaitingDecision.refusalCode) }
    let judged = try rules([operation], settled: settled.map { [operation.id: $0] } ?? [:]).judge(share)
    for entry in judged.judged {
      transaction.set(judged.state, for: share.application)
      try transaction.take(entry.judged, sealed: sealed, running: running, waited: arrival.hasWaited)
      try takeEffects(entry)
    }
  }

  /// All at once, application by application: what one is judged by depends on no other.
  /// - Returns: the running digest after the last.
  private func takeTogether(
    _ fresh: [Operation], _ sealed: ArraySlice<SealedOperation>, after running: Digest
  ) throws(Problem) -> Digest {
    var places: [ApplicationID: Int] = [:]
    var shares: [IntakeShare] = []
    var settled: [OperationID: Disposition] = [:]
    var bounds = ShareBounds(transaction.journal, of: device)
    for (index, operation) in fresh.enumerated() {
      let id = operation.header.application
      let place = places[id] ?? shares.count
      if place == shares.count {
        places[id] = place
        shares.append(try share(of: id))
      }
      shares[place].operations.append(
        IntakeShare.Arrived(
          index: index, operation: operation, arrival: Arrival(operation, clock, now: transaction.now)))
      settled[operation.id] = try settle(operation, &bounds)
    }
    let rules = try rules(fresh, settled: settled)
    var running = running
    // Judged and not taken: one that came earlier is still being judged.
    var early: [Int: IntakeShare.Entry] = [:]
    var next = 0
    try Parallel.each(shares) {
      rules.judge($0)
    } then: { (_, share) throws(Problem) in
      transaction.set(share.state, for: share.application)
      for entry in share.judged { early[entry.index] = entry }
      while let entry = early.removeValue(forKey: next) {
        running = Chain.next(running, entry.judged.operation.digest)
        try transaction.take(entry.judged, sealed: sealed[sealed.startIndex + next], running: running)
        try takeEffects(entry)
        next += 1
      }
    }
    return running
  }

  /// What is settled about an operation before it is judged.
  private func settle(_ operation: Operation, _ shares: inout ShareBounds) throws(Problem) -> Disposition? {
    if let settled = try ReviewTray.settle(operation, transaction) { return settled }
    return try shares.refusal(of: operation).map(Disposition.refused)
  }

  private func rules(
    _ operations: [Operation], settled: [OperationID: Disposition]
  ) throws(Problem) -> IntakeRules {
    IntakeRules(
      county: transaction.county, station: try knownStation(), now: transaction.now,
      firstSequence: transaction.nextSequence, settled: settled,
      // The catalogue may have changed since the request was looked at.
      checked: preparation.revision == transaction.county.revision ? preparation.openings : [:],
      discredited: try SubmissionRules.discredited(among: operations, transaction))
  }

  private func share(of id: ApplicationID) throws(Problem) -> IntakeShare {
    let state = try transaction.state(id)
    let author = try author(of: id, in: state)
    let left = author == .outsider ? try hasLeft(id) : false
    return IntakeShare(application: id, state: state, author: author, hasLeftScope: left)
  }

  // MARK: Effects

  /// What an operation means outside its application: a scope it enters, attachments to come.
  private func takeEffects(_ entry: IntakeShare.Entry) throws(Problem) {
    let operation = entry.judged.operation
    guard let judgement = entry.judged.judgement else { return }
    if entry.opens {
      let station = try knownStation()
      try transaction.journal.enter(
        "station:\(station.text)", operation.header.application, at: judgement.sequence)
    }
    switch judgement.disposition {
    case .applied, .late:
      try Self.takeEffects(operation, judgement, from: device, transaction)
      guard request.assignment != device.assignment else { return }
    case .refused(Scope.left), .refused(Scope.outside), .refused(Erasure.refusalCode): break
    case .refused, .quarantined: return
    }
    // The device may no longer see the application, and yet is to send what its own work names.
    try ReviewTray.expectAttachment(of: operation, from: device.id, transaction)
  }

  /// What an operation means outside its application: attachments to come, a wider scope.
  /// - Parameter device: its author.
  static func takeEffects(
    _ operation: Operation, _ judgement: Judgement, from device: DeviceRow, _ transaction: CaseTransaction
  ) throws(Problem) {
    let payload = operation.content
    let application = operation.header.application
    switch operation.header.kind {
    case .attach:
      guard case .file(let digest, let bytes, _, _)? = MaterialContent(payload) else { return }
      let access = BlobAccess(transaction.journal, device)
      let isHere = try access.holds(digest) ? true : access.sent(digest, before: operation)
      let claim = BlobClaim(application: application, station: device.station, bytes: bytes, arrived: isHere)
      try transaction.journal.addBlob(digest, claim: claim)
    case .share:
      guard let with = payload["with"]?.text else { return }
      try transaction.journal.enter(with, application, at: judgement.sequence)
    default: break
    }
  }
}
