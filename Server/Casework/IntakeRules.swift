internal import Application
internal import Catalog
internal import Foundations
internal import Journal
internal import Replication

/// What a request brings for one application.
struct IntakeShare: Sendable {
  let application: ApplicationID
  /// The application as its operations make it; nil before its first.
  var state: ApplicationState?
  /// Whether the device may see it, before the request.
  let isInScope: Bool
  /// The operations with their places in the request.
  var operations: [(index: Int, operation: Operation)] = []
  var judged: [Entry] = []

  /// One operation judged.
  struct Entry: Sendable {
    /// Its place in the request.
    let index: Int
    let judged: JudgedOperation
    /// Whether the application was not there before. Only who creates one brings it into a scope: naming a foreign id,
    /// or using the number of a held draft again, must not open it.
    let opens: Bool
  }

  init(application: ApplicationID, state: ApplicationState?, isInScope: Bool) {
    self.application = application
    self.state = state
    self.isInScope = isInScope
  }
}

/// Everything that a device's operations are judged by, besides the application itself. Pure, so that applications are
/// judged on all cores.
struct IntakeRules: Sendable {
  let county: County
  let device: DeviceRow
  /// The time of arrival.
  let now: Instant
  /// What is known of the device's clock.
  let clockOffset: ClockOffset?
  /// The sequence of the request's first new operation; the others follow it.
  let firstSequence: Int64
  /// What the forms say of operations that open an application, looked at before; nil is in order.
  let checked: [OperationID: String?]

  /// Judges what came for one application and folds it in.
  func judge(_ share: IntakeShare) -> IntakeShare {
    var share = share
    var isInScope = share.isInScope
    for (index, operation) in share.operations {
      let author: Author = share.state == nil || isInScope ? .device : .outsider
      let verdict = Judge.verdict(on: operation, by: author, in: share.state)
      var disposition = verdict.disposition
      if disposition == .applied, let refused = refusedByCatalog(operation, share.state) { disposition = refused }
      let (capturedAt, doubtful) = captureTime(operation)
      let judged = JudgedOperation(
        operation,
        Judgement(
          sequence: firstSequence + Int64(index), disposition: disposition, receivedAt: now,
          capturedAt: capturedAt, captureDoubtful: doubtful))
      let opens = share.state == nil && operation.opensItsApplication
      share.judged.append(IntakeShare.Entry(index: index, judged: judged, opens: opens))
      isInScope = isInScope || opens
      if share.state == nil {
        share.state = ApplicationState.fold([judged])
      } else {
        share.state?.fold(judged, pinned: disposition == .applied ? verdict.pinned : nil)
      }
    }
    return share
  }

  /// A matter that is not published, a station that is not the device's own, values that no form allows.
  private func refusedByCatalog(_ operation: Operation, _ state: ApplicationState?) -> Disposition? {
    let payload = operation.content
    if operation.header.kind == .create {
      guard let id = payload["matter"]?.text, county.catalog[MatterID(id)] != nil else {
        return .refused("matter.unknown")
      }
      guard payload["station"]?.text == device.station.text else { return .refused("create.station") }
    }
    let refused =
      checked[operation.id]
      ?? Self.refusal(
        of: payload, matter: state?.matter ?? MatterID(payload["matter"]?.text ?? ""), county: county,
        today: ChinaTime.date(now))
    return refused.map(Disposition.refused)
  }

  /// The code of the first value that the matter's form does not allow; nil where all are in order.
  static func refusal(of payload: Value, matter: MatterID, county: County, today: CivilDate) -> String? {
    guard let set = payload["set"]?.object, let form = county.forms[matter] else { return nil }
    if let division = set[Register.division]?.text, !division.hasPrefix(county.division) {
      return "division.other-county"
    }
    let values = ApplicationState.fieldValues(set).filter { !$0.value.isNull }
    return form.validate(values, today: today).problems.first?.code
  }

  /// Legal capture time: claimed time corrected by the measured offset, if the clock has not jumped in between; else
  /// the time of arrival, flagged. Never later than the arrival.
  private func captureTime(_ operation: Operation) -> (Instant, doubtful: Bool) {
    guard let clockOffset, operation.header.clockEpoch == clockOffset.epoch else { return (now, true) }
    let corrected = Instant(milliseconds: operation.header.claimedAt.milliseconds &+ clockOffset.milliseconds)
    return corrected <= now ? (corrected, false) : (now, true)
  }
}

/// What can be worked out about a request before it is its turn: other requests are written meanwhile.
struct IntakePreparation: Sendable {
  /// The county's revision that `openings` was worked out with.
  let revision: Int64
  /// For each operation that opens an application the code with which its form refuses it; nil for none.
  let openings: [OperationID: String?]
  /// All operations of the request in their order.
  let sealed: [SealedOperation]

  init(_ operations: [Operation], county: County, today: CivilDate, reader: any JournalReader) {
    revision = county.revision
    let opening = operations.filter { $0.header.kind == .create }
    let codes = Parallel.map(opening) { operation in
      IntakeRules.refusal(
        of: operation.content, matter: MatterID(operation.content["matter"]?.text ?? ""), county: county, today: today)
    }
    openings = Dictionary(zip(opening.map(\.id), codes), uniquingKeysWith: { first, _ in first })
    sealed = reader.seal(operations)
  }
}
