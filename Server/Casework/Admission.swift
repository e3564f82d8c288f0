internal import Application
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// Takes an entry of the review tray in: minted as an operation of the server's that names its author and what it
/// stands for, and judged as the device's own would have been. A person's admission opens the way; it breaks no rule.
struct Admission {
  let transaction: CaseTransaction
  let row: ReviewRow

  /// Appends the operation.
  /// - Returns: it, with its judgement.
  /// - Throws: `tray.earlier-open` where it stands on another entry, `tray.refused` with the code of the refusal.
  func run() throws(Problem) -> JudgedOperation {
    let standIns = StandIns(journal: transaction.journal)
    if try standIns.isKnown(row.operation) { throw ProblemKind.traySettled.with(ReviewStatus.reminted.words) }
    var reminting = Reminting()
    var saw = try refer(&reminting)
    let base = try branch().last.map { $0.operation.id.counter - 1 } ?? row.operation.id.counter - 1
    saw[row.operation.id.device] = max(0, base)
    let minted = reminting.mint(
      row.operation, as: transaction.nextOwnID, salt: transaction.freshSalt(), saw: saw)
    let state = try transaction.state(minted.header.application)
    var disposition = Judge.disposition(of: minted, by: .device, in: state)
    // The administrator has decided where it belongs: the station is the one it names.
    let station = minted.content["station"]?.text.map { StationID($0) }
    let submission = SubmissionRules(
      county: transaction.county, day: ChinaTime.date(row.capturedAt),
      discredited: try SubmissionRules.discredited(among: [minted], transaction))
    if disposition == .applied,
      let refused = IntakeRules.refusedByCatalog(
        minted, state, station: station, submission: submission, today: ChinaTime.date(transaction.now))
    {
      disposition = refused
    }
    switch disposition {
    case .applied, .late: break
    case .refused(let code), .quarantined(let code): throw ProblemKind.trayRefused.with(code)
    }
    let judgement = try transaction.appendOwn(
      minted, disposition, capturedAt: row.capturedAt, doubtful: row.captureDoubtful)
    if state == nil, let station {
      try transaction.journal.enter("station:\(station.text)", minted.header.application, at: judgement.sequence)
    }
    if let author = try transaction.journal.device(row.operation.id.device) {
      // The bytes are still to come from whoever wrote it, wherever it belongs now.
      try ReviewTray.expectAttachment(of: minted, from: author.id, transaction)
      try Intake.takeEffects(minted, judgement, from: author, transaction)
    }
    try standIns.note(minted.id, for: Former.chain(in: minted.content).map(\.digest))
    return JudgedOperation(minted, judgement)
  }

  /// What the entry refers to, as it stands now.
  /// - Returns: what its author had seen of those who wrote the same: their highest counters.
  private func refer(_ reminting: inout Reminting) throws(Problem) -> [DeviceID: Int64] {
    let header = row.operation.header
    let standIns = StandIns(journal: transaction.journal)
    var before = try branch()
    if !row.operation.opensItsApplication {
      if let created = try transaction.journal.reviews(of: header.application).first(where: {
        $0.operation.opensItsApplication
      }) {
        if created.status == .open { throw ProblemKind.trayEarlierOpen.with(created.id) }
        if let standIn = try standIns.standIn(for: created.operation.digest) ?? created.admitted {
          reminting.replace(header.application, with: try application(of: standIn))
        }
      } else if let (beginning, earlier) = try standingElsewhere(), let other = try standIns.counterpart(of: beginning)
      {
        reminting.replace(header.application, with: try application(of: other))
        before += earlier
      }
    }
    var named = header.parents.values.flatMap(\.self)
    if let other = row.operation.content["operation"]?.text.flatMap(OperationID.init(text:)) { named.append(other) }
    var saw: [DeviceID: Int64] = [:]
    // The nearest first: what one of them names lies behind it.
    for entry in before {
      let isNamed = named.contains(entry.operation.id)
      if let standIn = try standIns.counterpart(of: entry.operation) ?? entry.admitted {
        // Of what is the server's own it sees all before it anyway.
        if standIn.device != transaction.nextOwnID.device {
          saw[standIn.device] = max(saw[standIn.device] ?? 0, standIn.counter)
        }
        if isNamed { reminting.replace(entry.operation.id, with: [standIn]) }
      } else if isNamed {
        if entry.status == .open { throw ProblemKind.trayEarlierOpen.with(entry.id) }
        // It was set aside. Its author had seen what it followed on, and so has this one.
        reminting.seeThrough(entry.operation)
        named += entry.operation.header.parents.values.flatMap(\.self)
      }
    }
    return saw
  }

  private func application(of operation: OperationID) throws(Problem) -> ApplicationID {
    try transaction.journal.operation(operation)?.operation.header.application ?? ApplicationID(createdBy: operation)
  }

  /// Of an application that stands elsewhere, its beginning, and what the entry's author wrote there before the entry,
  /// the nearest first: copies of one store each open what they hold anew, and only the first is in effect.
  private func standingElsewhere() throws(Problem) -> (beginning: Operation, earlier: [ReviewRow])? {
    let (id, journal) = (row.operation.id, transaction.journal)
    let held = try journal.operations(row.operation.header.application)
    guard let beginning = held.first(where: { $0.operation.opensItsApplication }),
      beginning.judgement?.disposition.standsElsewhere == true
    else { return nil }
    var earlier: [ReviewRow] = []
    for judged in held.reversed() where judged.operation.id.device == id.device {
      guard judged.operation.id.counter < id.counter,
        let entry = try journal.review(TrayEntry.id(of: judged.operation.digest)) ?? ReviewRow(refused: judged)
      else { continue }
      earlier.append(entry)
    }
    return (beginning.operation, earlier)
  }

  /// The entries of this one's branch before it, the nearest first. Several copies of a device may have used the same
  /// counters; the running digests tell them apart.
  private func branch() throws(Problem) -> [ReviewRow] {
    var found: [ReviewRow] = []
    var current = row
    while current.operation.id.counter > 1, let running = current.running {
      let before = try transaction.journal.reviews(current.operation.id.device, current.operation.id.counter - 1)
        .first { $0.running.map { Chain.next($0, current.operation.digest) } == running }
      guard let before else { break }
      found.append(before)
      current = before
    }
    return found
  }
}
