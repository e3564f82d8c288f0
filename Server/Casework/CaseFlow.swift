internal import Application
internal import Catalog
internal import Cryptography
package import Foundations
internal import Journal
internal import Replication
internal import Wire

/// An operation that the server makes by itself, before it has its number.
struct OwnAct: Sendable {
  let kind: OperationKind
  let content: EncodedValue
  /// What it says as a `route`, read.
  var routing: Routing?
}

/// A payload with its bytes.
struct EncodedValue: Sendable {
  let value: Value
  let bytes: [UInt8]

  /// Where a member would stand that is put in later.
  private let spare: CBOR.Spare?

  /// - Parameter spare: a member that the value does not have and that is put in later, many times over.
  init(_ value: Value, spare: String? = nil) {
    self.value = value
    bytes = CBORPayload(value)
    self.spare = spare.flatMap { CBOR.Spare($0, in: value) }
  }

  /// With one member more.
  func with(_ key: String, _ member: Value) -> EncodedValue {
    var whole = value
    whole[key] = member
    guard let spare, spare.key == key else { return EncodedValue(whole) }
    return EncodedValue(value: whole, bytes: spare.filled(bytes, with: member))
  }

  private init(value: Value, bytes: [UInt8]) {
    self.value = value
    self.bytes = bytes
    spare = nil
  }
}

/// How an application moves on by itself: split, wait, go out, fall with what it stood on. Pure: from a state to the
/// server's next operation.
enum CaseFlow {
  /// What the server does next with an application; nil where nothing moves any more.
  /// - Parameter missing: digests of attachments that have not arrived whole.
  static func next(_ state: ApplicationState, missing: Set<String>, county: County, now: Instant) -> OwnAct? {
    guard let version = state.version else { return nil }
    if state.status == .withdrawn { return end(state) }
    if state.standsBehind != nil {
      return takeBack(state) ?? routeAnew(state, version, missing: missing, county: county)
    }
    if state.proceedings.isEmpty { return route(state, version, missing: missing, county: county) }
    if let added = routeAdded(state, version, missing: missing, county: county) { return added }
    if let found = routeAnew(state, version, missing: missing, county: county) { return found }
    return moveOn(state, version, missing: missing, county: county) ?? runClocks(state, county: county, now: now)
  }

  /// How many operations of the server can follow each other on one application: each takes at least one proceeding on
  /// by a step of three, but for one that only says what is waited for.
  static func actsMax(_ state: ApplicationState) -> Int { 4 + 3 * max(state.proceedings.count, Limits.listEntriesMax) }

  /// What the law's clocks bring about: acceptance by receipt, acceptance since nobody answered in time, and the end of
  /// what was accepted on a promise that was not kept.
  private static func runClocks(_ state: ApplicationState, county: County, now: Instant) -> OwnAct? {
    for proceeding in state.proceedings {
      let id = Value.text(proceeding.id.text)
      if proceeding.status == .dispatched, proceeding.level == .accept || proceeding.receiveMeansAccept {
        return OwnAct(
          kind: .accept,
          content: EncodedValue(["proceeding": id, "by": "receipt", "place": .text(proceeding.windowName)]))
      }
      if ProceedingClock.isDeemedAccepted(proceeding, calendar: county.calendar, now: now),
        !county.mayStillComeBack(state, now: now)
      {
        return OwnAct(kind: .deem, content: EncodedValue(deemed(proceeding)))
      }
      if let act = endDeferral(proceeding, state, county: county, now: now) { return act }
    }
    return nil
  }

  /// What a `deem` says. 许可法 32 is the law of licences; for other items the county follows it until it says otherwise.
  static func deemed(_ proceeding: ProceedingState) -> Value {
    let basis = proceeding.typeCode == "01" ? "行政许可法第三十二条" : "比照行政许可法第三十二条（待县里确认）"
    return ["proceeding": .text(proceeding.id.text), "basis": .text(basis)]
  }

  /// Whoever was accepted without all papers and did not bring them by the day is ended (rules 4.3).
  private static func endDeferral(
    _ proceeding: ProceedingState, _ state: ApplicationState, county: County, now: Instant
  ) -> OwnAct? {
    guard proceeding.status == .accepted else { return nil }
    let open = state.deferredOpen(for: proceeding)
    guard !open.isEmpty,
      let clock = ProceedingClock.due(
        proceeding, calendar: county.calendar, now: now, deferralCapDays: county.settings.deferralCapDays),
      let due = clock.deferralDue, !clock.estimates.contains(.deferralDue), ChinaTime.date(now) > due,
      !county.mayStillArrive(state, now: now)
    else { return nil }
    let names = open.map { id in county.matter(of: state)?.materials.first { $0.id == id }?.name ?? id }
    let list = names.joined(separator: "、")
    return OwnAct(
      kind: .terminate,
      content: EncodedValue([
        "proceeding": .text(proceeding.id.text), "overdue": true,
        "reason": .text("容缺的材料到期没有补齐（\(list)），按承诺终止办理；可以备齐材料后重新申请。"),
        "credit": .text("容缺承诺未履行：\(list)，\(due.text)到期"),
      ]))
  }

  /// An application that its applicant withdrew ends with its documents.
  private static func end(_ state: ApplicationState) -> OwnAct? {
    guard state.document(.withdrawal) == nil, !state.proceedings.isEmpty else { return nil }
    return OwnAct(kind: .document, content: EncodedValue(["withdrawn": true]))
  }

  /// Splits a submitted application into proceedings and routes each to its window.
  private static func route(
    _ state: ApplicationState, _ version: PinnedVersion, missing: Set<String>, county: County
  ) -> OwnAct? {
    guard let matter = county.matter(of: state) else { return nil }
    let question = question(state, version, matter, missing: missing, county: county)
    return question.items.isEmpty ? nil : whole(question, matter, county)
  }

  /// The `route` of all items.
  private static func whole(_ question: RouteQuestion, _ matter: Matter, _ county: County) -> OwnAct {
    county.routes.act(question) {
      let content = routing(question.items, question, matter, county)
      return OwnAct(kind: .route, content: EncodedValue(content, spare: "documents"), routing: Routing(content))
    }
  }

  /// Gives a window to what none was there for, and another one to what would go to a window that it does not belong to
  /// any more: its applicant has moved, or the county's windows have changed since it was routed. What lies with a
  /// window stays there. Also while another application goes on in its place; it goes out with the step after this one,
  /// as all that waits does.
  private static func routeAnew(
    _ state: ApplicationState, _ version: PinnedVersion, missing: Set<String>, county: County
  ) -> OwnAct? {
    // By their places: a proceeding is large, and going through them copies each.
    let places = state.proceedings.indices.filter { goesToNobodyYet.contains(state.proceedings[$0].status) }
    guard !places.isEmpty, let matter = county.matter(of: state) else { return nil }
    let question = question(state, version, matter, missing: missing, county: county)
    let routed = whole(question, matter, county).content.value["proceedings"]?.array ?? []
    let moving = places.filter { place in
      let proceeding = state.proceedings[place]
      guard mayMove(proceeding, question, state, matter, missing: missing, county: county) else { return false }
      let item = proceeding.id.item
      let known = routed.first { $0["item"]?.text == item.text }?["window"]?.text.map { WindowID($0) }
      guard let window = known ?? decision(item, matter, question, county).window else { return false }
      return window != proceeding.window
    }
    guard !moving.isEmpty else { return nil }
    var content = routing(moving.map { state.proceedings[$0].id.item }, question, matter, county)
    content["proceedings"] = .array(
      (content["proceedings"]?.array ?? []).map { proceeding in
        var waiting = proceeding
        waiting["status"] = .text(ProceedingStatus.waiting.rawValue)
        waiting["awaits"] = nil
        return waiting
      })
    return OwnAct(kind: .route, content: EncodedValue(content))
  }

  /// Whether a proceeding that lies with no window may go to another one than it was meant for.
  private static func mayMove(
    _ proceeding: ProceedingState, _ question: RouteQuestion, _ state: ApplicationState, _ matter: Matter,
    missing: Set<String>, county: County
  ) -> Bool {
    guard let window = proceeding.window else { return true }
    // One that was lost with a log comes back by its id.
    guard county.window(window) != nil else { return false }
    guard let returned = proceeding.rounds.last,
      let version = state.versions.first(where: { $0.number == returned.version })
    else { return true }
    // Whoever has returned it knows it, and gets it again unless what was put right takes it elsewhere.
    let former = self.question(state, version, matter, missing: missing, county: county)
    return (former.town, former.subject, former.organisation)
      != (question.town, question.subject, question.organisation)
  }

  private static let goesToNobodyYet: Set<ProceedingStatus> = [.waiting, .awaitingAttachments]

  /// Why no window is there for an item, in a sentence; nil where there is one.
  static func whyUnrouted(_ item: ItemID, _ state: ApplicationState, _ county: County) -> String? {
    guard let version = state.version, let matter = county.matter(of: state) else { return nil }
    let question = question(state, version, matter, missing: [], county: county)
    let decision = decision(item, matter, question, county)
    return decision.window == nil ? decision.because : nil
  }

  /// Everything that splitting and routing it depends on.
  static func question(
    _ state: ApplicationState, _ version: PinnedVersion, _ matter: Matter, missing: Set<String>, county: County
  ) -> RouteQuestion {
    let applicant = SubjectKind(rawValue: version.values[Register.applicant]?["kind"]?.text ?? "") ?? .person
    return RouteQuestion(
      matter: matter.id, matterVersion: matter.version, items: chosenItems(version, matter), subject: applicant,
      organisation: organisationKind(version, applicant),
      // Windows serve towns at the finest: villages of one town share their answer.
      town: String((version.values[Register.division]?.text ?? county.division).prefix(9)), version: version.number,
      level: county.stationLevels[state.station], lacking: lacking(version, missing))
  }

  /// What a `route` says of some of an application's items.
  static func routing(_ items: [ItemID], _ question: RouteQuestion, _ matter: Matter, _ county: County) -> Value {
    var payload: Value = [
      "version": .integer(question.version), "fields": .array(matter.fields.map { .text($0.id) }),
      "materials": .array(matter.materials.map { .text($0.id) }),
      "proceedings": .array(items.map { describe($0, matter, question, county) }),
    ]
    if let level = question.level { payload["level"] = .text(level.rawValue) }
    return payload
  }

  /// The items of an application: what was chosen, else the matter's default.
  static func chosenItems(_ version: PinnedVersion, _ matter: Matter) -> [ItemID] {
    let chosen = (version.values[Register.items]?.array ?? []).compactMap(\.text).map { ItemID($0) }
    // By their places: an item is large, and going through them copies each.
    let known = chosen.filter { id in matter.items.indices.contains { matter.items[$0].id == id } }
    return known.isEmpty ? matter.defaultItems : known
  }

  /// 企业 or 个体工商户: the second character of an organisation's code says so (GB 32100: 92 is 个体工商户).
  private static func organisationKind(_ version: PinnedVersion, _ kind: SubjectKind) -> OrganisationKind? {
    guard kind == .organisation else { return nil }
    return version.values[Register.applicant]?["uscc"]?.text?.hasPrefix("92") == true ? .individual : .enterprise
  }

  private static func decision(
    _ item: ItemID, _ matter: Matter, _ question: RouteQuestion, _ county: County
  ) -> RoutingDecision {
    Router.route(
      item: item, matter: matter, applicantKind: question.subject, organisationKind: question.organisation,
      division: question.town, windows: county.windows)
  }

  private static func describe(_ id: ItemID, _ matter: Matter, _ question: RouteQuestion, _ county: County) -> Value {
    let decision = decision(id, matter, question, county)
    let window = decision.window.flatMap(county.window)
    let item = matter.item(id)
    let hard = (item?.prerequisites ?? []).filter(\.hard).map { $0.anyOf.filter(question.items.contains) }
      .filter { !$0.isEmpty }
    func concerns(_ items: [ItemID]) -> Bool { items.isEmpty || items.contains(id) }
    let lacks = matter.materials.filter { concerns($0.items) && question.lacking.contains($0.id) }.map(\.id)
    let status: ProceedingStatus =
      window == nil || !hard.isEmpty ? .waiting : lacks.isEmpty ? .dispatched : .awaitingAttachments
    var described: Members = [
      "item": .text(id.text), "name": .text(matter.name(of: id)), "because": .text(decision.because),
      "status": .text(status.rawValue),
      "materials": Selection.bits(of: matter.materials) { concerns($0.items) },
      "fields": Selection.bits(of: matter.fields) { concerns($0.items) },
    ]
    if status == .awaitingAttachments { described["awaits"] = .array(lacks.map(Value.text)) }
    if let window {
      described["window"] = .text(window.id.text)
      described["windowName"] = .text(window.name)
    }
    if let authority = item?.authority { described["authority"] = .text(authority) }
    if !hard.isEmpty { described["after"] = .array(hard.map { .array($0.map { .text($0.text) }) }) }
    if let days = item?.limit?.promised { described["promised"] = Value(days) }
    if let days = item?.limit?.statutory { described["statutory"] = Value(days) }
    if item?.limit?.unit == .naturalDays { described["natural"] = true }
    if let type = item?.typeCode { described["type"] = .text(type) }
    if item?.receiveMeansAccept == true { described["receiveMeansAccept"] = true }
    if item?.givesBack == true { described["givesBack"] = true }
    if let inspection = item?.inspection {
      described["inspection"] = ["name": .text(inspection.name), "workingDays": Value(inspection.workingDays)]
    }
    return .object(described)
  }

  /// Moves waiting proceedings on, and ends those whose prerequisite failed.
  private static func moveOn(
    _ state: ApplicationState, _ version: PinnedVersion, missing: Set<String>, county: County
  ) -> OwnAct? {
    let matter = county.matter(of: state)
    let lacking = lacking(version, missing)
    var changes: Members = [:]
    var awaits: Members = [:]
    var keeping: [Value] = []
    // By their places: a proceeding is large, and going through them copies each.
    for place in state.proceedings.indices where movesOn.contains(state.proceedings[place].status) {
      let proceeding = state.proceedings[place]
      let next = nextStatus(proceeding, state, matter, lacking: lacking)
      if next == .terminated {
        if let detour = detour(of: proceeding, state, matter) { return detour }
        // Whoever was asked which other way to go has not answered yet.
        if proceeding.status == .correction, isDetoured(proceeding, state, matter) { continue }
        return cascade(proceeding, state)
      }
      // A correction waits for its answer, a pre-review for the result before it.
      if proceeding.status == .correction || (proceeding.status == .preReview && next == .waiting) { continue }
      let missing = next == .awaitingAttachments ? proceeding.materials.filter(lacking.contains) : []
      guard next != proceeding.status || missing != proceeding.awaits else { continue }
      changes[proceeding.id.text] = .text(next.rawValue)
      // A further version that nobody asked for, one put right on the spot among them, gives no window more days.
      if next == .dispatched, proceeding.receivedBefore != nil { keeping.append(.text(proceeding.id.text)) }
      if !missing.isEmpty { awaits[proceeding.id.text] = .array(missing.map(Value.text)) }
    }
    guard !changes.isEmpty else { return nil }
    var content: Value = ["states": .object(changes)]
    if !awaits.isEmpty { content["awaits"] = .object(awaits) }
    if !keeping.isEmpty { content["keepsReceipt"] = .array(keeping) }
    return OwnAct(kind: .dispatch, content: EncodedValue(content))
  }

  /// What may move by itself: on, or down with what it stands on.
  private static let movesOn: Set<ProceedingStatus> = [.waiting, .awaitingAttachments, .preReview, .correction]

  /// Ends what stands on an item that failed; nobody waits for what cannot come (rules 8, 20).
  private static func cascade(_ proceeding: ProceedingState, _ state: ApplicationState) -> OwnAct {
    let failed = proceeding.after.joined().compactMap { state.proceeding(ProceedingID(state.id, $0)) }
      .first(where: \.hasFailed)
    var content: Value = ["proceeding": .text(proceeding.id.text), "cascade": true]
    if let failed {
      content["upstream"] = .text(failed.id.item.text)
      content["reason"] = .text("前置事项“\(failed.itemName)”\(words(of: failed))，本事项随之终止；前置事项办成后可以重新申请。")
    } else {
      content["reason"] = "前置事项没有通过，本事项随之终止。"
    }
    return OwnAct(kind: .terminate, content: EncodedValue(content))
  }

  /// What no window has accepted goes out to nobody while another application goes on in its place.
  private static func takeBack(_ state: ApplicationState) -> OwnAct? {
    let out = state.proceedings.filter { $0.status == .dispatched || $0.status == .preReview }
    guard !out.isEmpty else { return nil }
    let states = out.map { ($0.id.text, Value.text(ProceedingStatus.waiting.rawValue)) }
    return OwnAct(
      kind: .dispatch,
      content: EncodedValue(["states": .object(Members(states, uniquingKeysWith: { first, _ in first }))]))
  }

  private static func nextStatus(
    _ proceeding: ProceedingState, _ state: ApplicationState, _ matter: Matter?, lacking: Set<String>
  ) -> ProceedingStatus {
    guard proceeding.window != nil else { return .waiting }
    for alternatives in proceeding.after {
      switch standing(of: alternatives, for: proceeding, state, matter) {
      case .granted: continue
      case .failed: return .terminated
      case .open: return .waiting
      }
    }
    return lacking.isDisjoint(with: proceeding.materials) ? .dispatched : .awaitingAttachments
  }

  /// Materials of a version that a file evidences which has not arrived whole. Paper and deferred ones hold up nothing.
  private static func lacking(_ version: PinnedVersion, _ missing: Set<String>) -> Set<String> {
    guard !missing.isEmpty else { return [] }
    return Set(
      version.materials.compactMap { entry in
        guard case .file(let digest, _, _, _) = entry.content, missing.contains(digest) else { return nil }
        return entry.material
      })
  }
}

/// A dispatch's id is SM3(proceeding, version, window): a restored server does not forward twice.
package enum DispatchID {
  /// `sm3:` and 64 hexadecimal digits.
  package static func of(_ proceeding: ProceedingID, version: Int64, window: WindowID) -> String {
    Digest.sm3(CBORPayload([.text(proceeding.text), .integer(version), .text(window.text)])).text
  }
}

extension ProceedingState {
  /// What stands on it may go on.
  var isGranted: Bool { outcome == "approve" && [.decided, .issued, .delivered, .closed].contains(status) }

  /// What stands on it falls.
  var hasFailed: Bool { status == .rejected || status == .terminated || outcome == "refuse" }
}
