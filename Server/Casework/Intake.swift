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

  /// The scopes a device pulls.
  static func scopes(_ device: DeviceRow) -> [String] {
    ["station:\(device.station.text)", "device:\(device.id.text)"]
  }

  /// Commits the operations from an index on, with all they bring about.
  func take(from index: Int, signature: [UInt8], requestDigest: Digest) throws(Problem) {
    var record = try transaction.journal.author(request.device)
    let fresh = request.operations[index...]
    for operation in fresh {
      record.running = Chain.next(record.running, operation.digest)
      record.counter = operation.id.counter
      try takeOne(operation, running: record.running)
    }
    record.number = request.number
    record.request = requestDigest
    try transaction.journal.setAuthor(request.device, record)
    if !fresh.isEmpty { try transaction.journal.addBatch(request.batch(signature: signature)) }
  }

  private func takeOne(_ operation: Operation, running: Digest) throws(Problem) {
    let state = try transaction.state(operation.header.application)
    guard try !hold(operation, state, running: running) else { return }
    try judge(operation, Arrival(operation, request, now: transaction.now), running: running)
  }

  /// Judges an operation whose time has come and commits it with its effects.
  func judge(_ operation: Operation, _ arrival: Arrival, running: Digest) throws(Problem) {
    let id = operation.header.application
    let state = try transaction.state(id)
    let author = try author(of: id, in: state)
    let station = try knownStation()
    var disposition = Judge.disposition(of: operation, by: author, in: state)
    if disposition == .applied,
      let refused = Self.refusedByCatalog(operation, state, station: station, transaction)
    {
      disposition = refused
    }
    if author == .outsider, let refused = try refusedByMove(operation) { disposition = refused }
    if let settled = try ReviewTray.settle(operation, transaction) { disposition = settled }
    let judgement = try transaction.append(operation, disposition, running: running, arrival)
    // Only who creates an application brings it into a scope: naming a foreign id must not open it.
    if state == nil, operation.header.kind == .create, id == ApplicationID(createdBy: operation.id) {
      try transaction.journal.enter("station:\(station.text)", id, at: judgement.sequence)
    }
    guard disposition == .applied || disposition == .late else { return }
    try Self.takeEffects(operation, judgement, transaction)
    if request.assignment != device.assignment {
      try ReviewTray.expectAttachment(of: operation, from: device.id, transaction)
    }
  }

  /// What an operation means outside its application: attachments to come, a wider scope.
  static func takeEffects(
    _ operation: Operation, _ judgement: Judgement, _ transaction: CaseTransaction
  ) throws(Problem) {
    let payload = operation.content
    switch operation.header.kind {
    case .attach:
      guard case .file(let digest, let bytes, _, _)? = MaterialContent(payload) else { return }
      try transaction.journal.addBlob(digest, application: operation.header.application, bytes: bytes)
    case .share:
      guard let with = payload["with"]?.text else { return }
      try transaction.journal.enter(with, operation.header.application, at: judgement.sequence)
    default: break
    }
  }

  /// A matter that is not published, a station that is not the device's own, values that no form allows.
  static func refusedByCatalog(
    _ operation: Operation, _ state: ApplicationState?, station: StationID?, _ transaction: CaseTransaction
  ) -> Disposition? {
    let payload = operation.content
    let county = transaction.county
    if operation.header.kind == .create {
      guard let id = payload["matter"]?.text, county.catalog[MatterID(id)] != nil else {
        return .refused("matter.unknown")
      }
      guard payload["station"]?.text == station?.text else { return .refused("create.station") }
    }
    guard let set = payload["set"]?.object,
      let form = county.forms[state?.matter ?? MatterID(payload["matter"]?.text ?? "")]
    else { return nil }
    if let division = set[Register.division]?.text, !division.hasPrefix(county.division) {
      return .refused("division.other-county")
    }
    let values = ApplicationState.fieldValues(set).filter { !$0.value.isNull }
    let outcome = form.validate(values, today: ChinaTime.date(transaction.now))
    return outcome.problems.first.map { .refused($0.code) }
  }

  /// Legal capture time: claimed time corrected by the offset measured now, if the clock has not jumped in between;
  /// else the time of arrival, flagged. Never later than the arrival.
  static func captureTime(
    _ operation: Operation, _ request: SyncRequest, now: Instant
  ) -> (Instant, doubtful: Bool) {
    guard operation.header.clockEpoch == request.clockEpoch else { return (now, true) }
    let offset = now.milliseconds &- request.now.milliseconds
    let corrected = Instant(milliseconds: operation.header.claimedAt.milliseconds &+ offset)
    return corrected <= now ? (corrected, false) : (now, true)
  }
}
