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
  /// Whose the device's operations are, before the request.
  let author: Author
  /// The device could see it at a former station.
  let hasLeftScope: Bool
  var operations: [Arrived] = []
  var judged: [Entry] = []

  /// One operation as it came.
  struct Arrived: Sendable {
    /// Its place in the request.
    let index: Int
    let operation: Operation
    let arrival: Arrival
    /// A person has decided that nobody waits for its parents any more.
    var orphaned = false
  }

  /// One operation judged.
  struct Entry: Sendable {
    /// Its place in the request.
    let index: Int
    let judged: JudgedOperation
    /// Whether the application was not there before. Only who creates one brings it into a scope: naming a foreign id,
    /// or using the number of a held draft again, must not open it.
    let opens: Bool
  }

  init(application: ApplicationID, state: ApplicationState?, author: Author, hasLeftScope: Bool) {
    self.application = application
    self.state = state
    self.author = author
    self.hasLeftScope = hasLeftScope
  }
}

/// Everything that a device's operations are judged by, besides the application itself. Pure, so that applications are
/// judged on all cores.
struct IntakeRules: Sendable {
  let county: County
  /// The station that the device knew itself to be of.
  let station: StationID
  /// The time of arrival.
  let now: Instant
  /// The sequence of the request's first new operation; the others follow it.
  let firstSequence: Int64
  /// Operations that stand for an entry of the review tray which was taken in before.
  let settled: [OperationID: Disposition]
  /// What the forms say of operations that open an application, looked at before; nil is in order.
  let checked: [OperationID: String?]
  /// Applicants who did not keep a promise and whose record stands.
  let discredited: Set<SearchTerm>

  /// Judges what came for one application and folds it in.
  func judge(_ share: IntakeShare) -> IntakeShare {
    var share = share
    var author = share.author
    for arrived in share.operations {
      let (index, operation, arrival) = (arrived.index, arrived.operation, arrived.arrival)
      let verdict = Judge.verdict(on: operation, by: author, in: share.state, orphaned: arrived.orphaned)
      var disposition = verdict.disposition
      if disposition == .applied, let refused = refusedByCatalog(arrived, share.state) { disposition = refused }
      if author == .outsider, share.hasLeftScope { disposition = .refused(Scope.left) }
      if let settled = settled[operation.id] { disposition = settled }
      let judged = JudgedOperation(
        operation,
        Judgement(
          sequence: firstSequence + Int64(index), disposition: disposition, receivedAt: arrival.receivedAt,
          capturedAt: arrival.capturedAt, captureDoubtful: arrival.isDoubtful))
      let opens = share.state == nil && operation.opensItsApplication && !operation.isErased
      share.judged.append(IntakeShare.Entry(index: index, judged: judged, opens: opens))
      if opens { author = .device }
      if share.state == nil {
        share.state = ApplicationState.fold([judged])
      } else {
        share.state?.fold(judged, pinned: disposition == .applied ? verdict.pinned : nil)
      }
    }
    return share
  }

  /// The code of an application whose applicant is not recorded to have agreed.
  static let consentMissing = "consent.missing"

  /// The code of an application that names another station than the one its device is of.
  static let otherStation = "create.station"

  private func refusedByCatalog(_ arrived: IntakeShare.Arrived, _ state: ApplicationState?) -> Disposition? {
    let submission = SubmissionRules(
      county: county, day: ChinaTime.date(arrived.arrival.capturedAt), discredited: discredited)
    return Self.refusedByCatalog(
      arrived.operation, state, station: station, submission: submission, today: ChinaTime.date(now), checked: checked)
  }

  /// A matter that is not published, a station that is not the one it may name, values that no form allows.
  static func refusedByCatalog(
    _ operation: Operation, _ state: ApplicationState?, station: StationID?, submission: SubmissionRules,
    today: CivilDate, checked: [OperationID: String?] = [:]
  ) -> Disposition? {
    let payload = operation.content
    let county = submission.county
    if operation.header.kind == .create {
      // Nobody's data lie with the county before their owner has agreed.
      guard payload["consent"]?["given"] == true else { return .refused(consentMissing) }
      guard let id = payload["matter"]?.text,
        county.matter(MatterID(id), version: payload["matterVersion"]?.integer) != nil
      else {
        return .refused("matter.unknown")
      }
      guard payload["station"]?.text == station?.text else { return .refused(otherStation) }
    }
    if operation.header.kind == .submit, let state, let refused = submission.refusal(of: payload, state) {
      return .refused(refused)
    }
    let matter = state?.matter ?? MatterID(payload["matter"]?.text ?? "")
    let refused =
      checked[operation.id]
      ?? refusal(of: payload, matter: matter, version: state?.formVersion, county: county, today: today)
    return refused.map(Disposition.refused)
  }

  /// The code of the first value that the matter's form does not allow; nil where all are in order.
  /// - Parameter version: the form the application has; nil for one that the operation opens, which says so itself.
  static func refusal(
    of payload: Value, matter: MatterID, version: Int64?, county: County, today: CivilDate
  ) -> String? {
    guard let set = payload["set"]?.object else { return nil }
    let stated = set[Register.form]?["version"]?.integer ?? version ?? payload["matterVersion"]?.integer
    guard let form = county.form(matter, version: stated) else { return nil }
    if let division = set[Register.division]?.text, !division.hasPrefix(county.division) {
      return "division.other-county"
    }
    let values = ApplicationState.fieldValues(set).filter { !$0.value.isNull }
    return form.validate(values, today: today).problems.first?.code
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

  /// For an operation that is judged by itself.
  init(_ operation: Operation, county: County, reader: any JournalReader) {
    revision = county.revision
    openings = [:]
    sealed = reader.seal([operation])
  }

  init(_ operations: [Operation], county: County, today: CivilDate, reader: any JournalReader) {
    revision = county.revision
    let opening = operations.filter { $0.header.kind == .create }
    let codes = Parallel.map(opening) { operation in
      IntakeRules.refusal(
        of: operation.content, matter: MatterID(operation.content["matter"]?.text ?? ""), version: nil, county: county,
        today: today)
    }
    openings = Dictionary(zip(opening.map(\.id), codes), uniquingKeysWith: { first, _ in first })
    sealed = reader.seal(operations)
  }
}
