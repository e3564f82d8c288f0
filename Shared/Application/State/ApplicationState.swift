package import Foundations
package import Replication

/// One line of an application's history, as people read it.
package struct TimelineEntry: Sendable, Hashable {
  package let at: Instant
  package let kind: String
  package let person: PersonID
  /// A window's or station's name where the operation carries one.
  package let place: String?
  package let text: String
  /// The code of a refusal; `late` where it is beside the version.
  package internal(set) var code: String?
  package let operation: OperationID
  package let disposition: Disposition?
  /// The proceeding it is about; nil for what concerns the whole application.
  package let proceeding: ProceedingID?
  /// The material it is about, by its id: only the catalogue knows its name.
  package let material: String?
}

/// An edit that came too late to be part of the pinned version; the window admits or declines it.
package struct LateAmendment: Sendable, Hashable {
  package let operation: OperationID
  /// Register to value, for writes.
  package internal(set) var values: Members = [:]
  package internal(set) var material: MaterialEntry?
  /// The entry it takes out.
  package internal(set) var removes: OperationID?
  package let person: PersonID
  package let at: Instant

  init(_ operation: OperationID, _ person: PersonID, _ at: Instant) {
    self.operation = operation
    self.person = person
    self.at = at
  }
}

/// An application 办件 as derived from its operations.
///
/// It is a pure fold: sequenced operations in the order of their sequence, by their dispositions, then this device's
/// unsent ones as a forecast. The same operations give the same state on every replica, whatever the version.
package struct ApplicationState: Sendable, Hashable {
  package let id: ApplicationID
  package let matter: MatterID
  /// The version of the matter's file that the application was opened with.
  package let matterVersion: Int64
  /// The offline number a person reads: `L-…`.
  package let code: String
  package let station: StationID
  package let createdBy: PersonID
  package let createdAt: Instant
  package internal(set) var consent: Value
  /// What must hold between fields, as the form said that the application was opened with.
  package let openingRelations: [FieldRelation]
  /// Why the server refused to open this application; what was captured stays visible, but nothing follows from it.
  package internal(set) var refusal: String?
  package internal(set) var registers: [String: RegisterState] = [:]
  package internal(set) var attachments: [MaterialEntry] = []
  /// Entries taken out again: the removing operation, the removed one.
  package internal(set) var removals: [OperationID: OperationID] = [:]
  package internal(set) var notes: [Remark] = []
  /// Stations and devices it is shared with.
  package internal(set) var shares: [String] = []
  package internal(set) var versions: [PinnedVersion] = []
  package internal(set) var proceedings: [ProceedingState] = []
  package internal(set) var late: [LateAmendment] = []
  /// The late amendments that windows declined, each with who says so and why.
  package internal(set) var declined: [OperationID: Remark] = [:]
  /// The documents 文书 that the authorities issued, in their order.
  package internal(set) var documents: [IssuedDocument] = []
  /// What was put right on the spot 当场更正, in its order.
  package internal(set) var rectifications: [Rectification] = []
  /// Applications for the same matter of the same person, in the order in which they were found.
  package internal(set) var duplicates: [DuplicateMark] = []
  package internal(set) var withdrawal: Remark?
  /// Why and when its contents were erased; nothing of them is here then.
  package internal(set) var erasure: Erasure?
  package internal(set) var timeline: [TimelineEntry] = []
  /// The highest counter of each author among the operations folded in.
  package internal(set) var known: [DeviceID: Int64] = [:]
  /// The sequence of the last sequenced operation; every operation has its own, so no two applications share one.
  package internal(set) var lastSequence: Int64 = 0
  /// Operations without a judgement: they wait on this device.
  package internal(set) var unsent: Int = 0
  package internal(set) var operations: Int = 0

  /// The state after an application's first operation.
  /// - Returns: nil where the operation is no `create` with the payload one needs, or one of another application's id:
  ///   nobody can take the place of an application before it is there.
  package init?(creating judged: JudgedOperation) {
    let operation = judged.operation
    guard operation.opensItsApplication, let opening = Opening(operation.content)
    else { return nil }
    id = operation.header.application
    matter = opening.matter
    matterVersion = opening.matterVersion
    code = opening.code
    station = opening.station
    createdBy = operation.header.person
    createdAt = judged.judgement?.capturedAt ?? operation.header.claimedAt
    consent = operation.content["consent"] ?? .null
    openingRelations = (operation.content["rules"]?.array ?? []).compactMap { FieldRelation($0) }
    fold(judged)
  }

  /// Folds operations of one application.
  /// - Parameter operations: the sequenced ones in the order of their sequence, then the unsent ones by counter.
  /// - Returns: nil where there is no `create` and no tombstone; what comes before was judged without an application
  ///   and is not part of one, or was erased.
  package static func fold(_ operations: some Sequence<JudgedOperation>) -> ApplicationState? {
    var state: ApplicationState?
    for judged in operations {
      if state == nil {
        state = ApplicationState(creating: judged) ?? ApplicationState(erasing: judged)
      } else {
        state?.fold(judged)
      }
    }
    return state
  }

  /// Folds one further operation in. An unsent one is judged here and now, as a forecast.
  /// - Parameters:
  ///   - pinned: the version it pins, where judging it worked that out a moment ago.
  ///   - routing: what it says as a `route`, where that was read before.
  package mutating func fold(_ judged: JudgedOperation, pinned: PinnedVersion? = nil, routing: Routing? = nil) {
    let header = judged.operation.header
    let forecast = judged.judgement == nil ? forecast(judged.operation) : nil
    let disposition = judged.judgement?.disposition ?? forecast?.disposition ?? .applied
    // The first tombstone stands: another is one of a log that was lost, until it is judged anew.
    if erasure == nil, let erased = ApplicationState(erasing: judged) {
      self = erased
      return
    }
    // What comes after the tombstone is told of, and never read.
    let isErased = erasure != nil
    let context = FoldContext(
      judged: judged, disposition: disposition, pinned: pinned ?? forecast?.pinned, routing: routing,
      isErased: isErased)
    operations += 1
    known[header.id.device] = max(known[header.id.device] ?? 0, header.id.counter)
    if judged.judgement == nil { unsent += 1 }
    lastSequence = max(lastSequence, judged.judgement?.sequence ?? 0)
    recordWrites(context)
    recordDecision(context)
    switch disposition {
    case _ where isErased: break
    case .applied: apply(context)
    case .late: recordLate(context)
    case .refused(let code), .quarantined(let code):
      if header.kind == .create, operations == 1 { refusal = code }
    }
    timeline.append(context.timelineEntry)
  }

  private func forecast(_ operation: Operation) -> Verdict {
    operation.header.kind == .create && operations == 0
      ? Verdict(disposition: .applied, pinned: nil) : Judge.verdict(on: operation, by: .device, in: self)
  }

  /// Writes are recorded whatever became of them: refused and late ones still carry ancestry.
  private mutating func recordWrites(_ context: FoldContext) {
    guard let values = context.payload["set"]?.object else { return }
    let header = context.header
    // Mostly all that a form has comes with its first operation.
    if registers.isEmpty { registers.reserveCapacity(values.count) }
    for (register, value) in values {
      registers[register, default: RegisterState()].add(
        RegisterWrite(
          operation: header.id, value: value, saw: header.parents[register] ?? [],
          applied: context.disposition == .applied, person: header.person, at: context.at,
          standing: context.standing, sequence: context.sequence))
    }
  }

  private mutating func recordLate(_ context: FoldContext) {
    var amendment = LateAmendment(context.header.id, context.header.person, context.at)
    amendment.values = context.payload["set"]?.object ?? [:]
    amendment.material = context.materialEntry
    amendment.removes = context.detached
    late.append(amendment)
  }

  /// Index of a proceeding.
  func index(of proceeding: ProceedingID) -> Int? { proceedings.indices.first { proceedings[$0].id == proceeding } }

  /// A proceeding by its id.
  package func proceeding(_ id: ProceedingID) -> ProceedingState? { index(of: id).map { proceedings[$0] } }

  /// Where the proceedings stand. By their places: a proceeding is large, and going through them copies each.
  private var proceedingStatuses: [ProceedingStatus] { proceedings.indices.map { proceedings[$0].status } }

  /// The version that counts: the last one pinned.
  package var version: PinnedVersion? { versions.last }

  /// The shown value of a register.
  package func value(_ register: String) -> Value? { registers[register]?.value }

  /// The shown values of all registers that have one.
  var shownValues: Members { Members(registers.compactMapValues(\.value)) }

  /// The writes of a register that are shown: its heads, and late ones beside the version that nobody has written over.
  /// Whoever writes it names them all, since a late write may still take effect: with a further version, or because a
  /// correction had opened the register before it came.
  package func shown(_ register: String) -> [OperationID] { shownWrites(register).map(\.operation) }

  /// What the writes of a register that are shown say, each value once; more than one where people differ, the late
  /// ones among them. Whoever writes a part of it goes on from the only one there is.
  package func shownValues(_ register: String) -> [Value] {
    shownCandidates(register).map(\.value)
  }

  func shownCandidates(_ register: String) -> [RegisterWrite] { RegisterState.candidates(shownWrites(register)) }

  private func shownWrites(_ register: String) -> [RegisterWrite] {
    let aside = Set(late.filter { $0.values[register] != nil }.map(\.operation))
    return registers[register]?.heads(seenBy: { _ in true }, taking: aside) ?? []
  }

  /// The materials that are there: entries not taken out, late ones excepted.
  package var materials: [MaterialEntry] {
    let removed = Set(removals.values)
    return attachments.filter { !removed.contains($0.operation) }
  }

  /// The version of the matter's file whose form it has now.
  package var formVersion: Int64 { value(Register.form)?["version"]?.integer ?? matterVersion }

  /// Registers with more than one candidate, and those that break a relation of the form, in the order of their names;
  /// late values stand apart from them (`openConflicts`).
  package var conflicts: [String] {
    let several = registers.filter(\.value.isInConflict).keys
    guard !openingRelations.isEmpty || registers[Register.form] != nil else { return several.sorted() }
    return Set(several).union(registersBreakingRelations(shownValues)).sorted()
  }

  /// Where the application stands, derived from its versions and proceedings.
  package var status: ApplicationStatus {
    if erasure != nil { return .erased }
    if withdrawal != nil { return .withdrawn }
    if versions.isEmpty { return .draft }
    let statuses = proceedingStatuses
    if statuses.contains(.correction) { return .correction }
    if !statuses.isEmpty, statuses.allSatisfy(\.isFinal) { return .closed }
    return statuses.allSatisfy(LifeCycle.untouched.contains) ? .submitted : .inProgress
  }
}

/// What a `create` says of the application it opens.
struct Opening {
  let matter: MatterID
  let matterVersion: Int64
  let code: String
  let station: StationID

  /// - Returns: nil where one of them is missing.
  init?(_ payload: Value) {
    guard let members = payload.object, let matter = members["matter"]?.text,
      let version = members["matterVersion"]?.integer, let code = members["code"]?.text,
      let station = members["station"]?.text
    else { return nil }
    self.matter = MatterID(matter)
    matterVersion = version
    self.code = code
    self.station = StationID(station)
  }
}

/// One operation while it is folded in.
struct FoldContext {
  let header: OperationHeader
  let payload: Value
  let disposition: Disposition
  let sequence: Int64?
  let at: Instant
  /// When it reached the server; nil for what has not been sent.
  let arrivedAt: Instant?
  /// Whether `at` is only the time of arrival, since its author's clock could not be trusted.
  let isDoubtful: Bool
  let pinned: PinnedVersion?
  let routing: Routing?

  init(
    judged: JudgedOperation, disposition: Disposition, pinned: PinnedVersion?, routing: Routing? = nil,
    isErased: Bool = false
  ) {
    self.pinned = pinned
    self.routing = routing
    header = judged.operation.header
    payload = isErased ? .null : judged.operation.content
    self.disposition = disposition
    sequence = judged.judgement?.sequence
    at = judged.judgement?.capturedAt ?? judged.operation.header.claimedAt
    arrivedAt = judged.judgement?.receivedAt
    isDoubtful = judged.judgement?.captureDoubtful ?? false
  }

  var standing: Standing {
    if sequence == nil { return .unsent }
    return OperationKind.deviceKinds.contains(header.kind) ? .station : .window
  }

  var materialEntry: MaterialEntry? {
    guard header.kind == .attach, let material = payload["material"]?.text,
      let content = MaterialContent(payload)
    else { return nil }
    return MaterialEntry(
      operation: header.id, material: material, content: content, person: header.person, at: at)
  }

  /// The entry that a `detach` takes out.
  var detached: OperationID? {
    header.kind == .detach ? payload["operation"]?.text.flatMap(OperationID.init(text:)) : nil
  }

  var timelineEntry: TimelineEntry {
    let code: String? =
      switch disposition {
      case .applied: nil
      case .late: "late"
      case .refused(let code), .quarantined(let code): code
      }
    // Whoever may not see an application may not say anything in it either, nor in whose name: that it was tried stays.
    let isForeign = disposition == .refused(Scope.outside)
    let said = isForeign ? [:] : payload
    return TimelineEntry(
      at: at, kind: header.kind.text, person: header.person,
      place: isForeign ? Wording.foreign(header.id.device) : said["place"]?.text,
      text: Wording.timeline(header.kind, said), code: code, operation: header.id,
      disposition: sequence == nil ? nil : disposition,
      proceeding: said["proceeding"]?.text.map { ProceedingID($0) }, material: said["material"]?.text)
  }
}
