internal import Application
internal import Catalog
internal import Cryptography
package import Foundations
internal import Journal
internal import Replication

/// What the server answers a device's request with, when it is not a page.
package enum SyncRefusal: Error, Sendable {
  case problem(Problem)
  /// The dictionary is not known: send again without one.
  case dictionaryUnknown
}

/// Takes in what devices send: one request, one transaction.
struct Intake {
  let transaction: CaseTransaction
  let device: DeviceRow
  let request: SyncRequest
  let preparation: IntakePreparation
  let way: RequestWay

  /// The scopes a device pulls.
  static func scopes(_ device: DeviceRow) -> [String] {
    ["station:\(device.station.text)", "device:\(device.id.text)"]
  }

  /// Commits the operations from an index on, with all they bring about.
  func take(from index: Int, signature: [UInt8], requestDigest: Digest) throws(Problem) {
    var record = try transaction.journal.author(request.device)
    let fresh = Array(request.operations[index...])
    for (entry, sealed) in zip(try judge(fresh), preparation.sealed[index...]) {
      record.running = Chain.next(record.running, entry.judged.operation.digest)
      record.counter = entry.judged.operation.id.counter
      try transaction.take(entry.judged, sealed: sealed, running: record.running)
      try takeEffects(entry)
    }
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

  /// Judges operations in their order, application by application: what one is judged by depends on no other.
  private func judge(_ fresh: [Operation]) throws(Problem) -> [IntakeShare.Entry] {
    var places: [ApplicationID: Int] = [:]
    var shares: [IntakeShare] = []
    for (index, operation) in fresh.enumerated() {
      let id = operation.header.application
      let place: Int
      if let known = places[id] {
        place = known
      } else {
        let state = try transaction.state(id)
        let scopes = state == nil ? [] : try transaction.journal.scopes(id)
        place = shares.count
        places[id] = place
        shares.append(
          IntakeShare(application: id, state: state, isInScope: scopes.contains(where: Self.scopes(device).contains)))
      }
      shares[place].operations.append((index, operation))
    }
    let offset = try clockOffset()
    let rules = IntakeRules(
      county: transaction.county, device: device, now: transaction.now, clockOffset: offset,
      firstSequence: transaction.nextSequence,
      // The catalogue may have changed since the request was looked at.
      checked: preparation.revision == transaction.county.revision ? preparation.openings : [:])
    let done = Parallel.map(shares) { rules.judge($0) }
    for share in done { transaction.set(share.state, for: share.application) }
    return done.flatMap(\.judged).sorted { $0.index < $1.index }
  }

  /// By how much the device's clock is behind the server's: measured when they talk to each other. A stick takes days:
  /// for a file the measure of the last contact holds, as long as the clock was not set since.
  private func clockOffset() throws(Problem) -> ClockOffset? {
    switch way {
    case .network:
      ClockOffset(
        milliseconds: transaction.now.milliseconds &- request.now.milliseconds, epoch: request.clockEpoch)
    case .file: try Reported.read(request.device, transaction.journal).clock
    }
  }

  // MARK: Effects

  /// What an operation means outside its application: a scope it enters, attachments to come.
  private func takeEffects(_ entry: IntakeShare.Entry) throws(Problem) {
    let operation = entry.judged.operation
    guard let judgement = entry.judged.judgement else { return }
    let application = operation.header.application
    if entry.opens {
      try transaction.journal.enter("station:\(device.station.text)", application, at: judgement.sequence)
    }
    guard judgement.disposition == .applied || judgement.disposition == .late else { return }
    let payload = operation.content
    switch operation.header.kind {
    case .attach:
      guard case .file(let digest, let bytes, _, _)? = MaterialContent(payload) else { return }
      try transaction.journal.addBlob(digest, application: application, bytes: bytes)
    case .share:
      guard let with = payload["with"]?.text else { return }
      try transaction.journal.enter(with, application, at: judgement.sequence)
    default: break
    }
  }
}
