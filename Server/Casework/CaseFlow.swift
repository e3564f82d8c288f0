internal import Application
internal import Catalog
internal import Cryptography
package import Foundations
internal import Journal
internal import Replication

/// How an application moves on by itself: split, wait, go out, fall with what it stood on.
enum CaseFlow {
  /// Splits a submitted application into proceedings and routes each to its window.
  static func route(_ state: ApplicationState, _ transaction: CaseTransaction) throws(Problem) {
    guard let version = state.version, let matter = transaction.county.catalog[state.matter] else { return }
    let chosen = chosenItems(version, matter)
    let applicant = SubjectKind(rawValue: version.values[Register.applicant]?["kind"]?.text ?? "") ?? .person
    let division = version.values[Register.division]?.text ?? transaction.county.division
    let missing = Set(try transaction.journal.missingBlobs(state.id))
    let proceedings = chosen.map { item in
      let decision = transaction.county.routes.route(
        item, matter, applicant, organisationKind(version, applicant), division, windows: transaction.county.windows)
      return describe(
        item, matter, decision, chosen: chosen, version: version, missing: missing,
        window: decision.window.flatMap(transaction.county.window))
    }
    try transaction.appendOwn(
      .route, state.id, ["version": .integer(version.number), "proceedings": .array(proceedings)])
  }

  /// The items of an application: what was chosen, else the matter's default.
  static func chosenItems(_ version: PinnedVersion, _ matter: Matter) -> [ItemID] {
    let chosen = (version.values[Register.items]?.array ?? []).compactMap(\.text).map { ItemID($0) }
    let known = chosen.filter { matter.item($0) != nil }
    return known.isEmpty ? matter.defaultItems : known
  }

  /// 企业 or 个体工商户: the second character of an organisation's code says so (GB 32100: 92 is 个体工商户).
  private static func organisationKind(_ version: PinnedVersion, _ kind: SubjectKind) -> OrganisationKind? {
    guard kind == .organisation else { return nil }
    return version.values[Register.applicant]?["uscc"]?.text?.hasPrefix("92") == true ? .individual : .enterprise
  }

  private static func describe(
    _ id: ItemID, _ matter: Matter, _ decision: RoutingDecision, chosen: [ItemID], version: PinnedVersion,
    missing: Set<String>, window: WindowDescription?
  ) -> Value {
    let item = matter.item(id)
    let hard = (item?.prerequisites ?? []).filter(\.hard).map { $0.anyOf.filter(chosen.contains) }
      .filter { !$0.isEmpty }
    func concerns(_ items: [ItemID]) -> Bool { items.isEmpty || items.contains(id) }
    let materials = matter.materials.filter { concerns($0.items) }.map(\.id)
    let status: ProceedingStatus =
      window == nil || !hard.isEmpty
      ? .waiting : lacksAttachments(materials, version, missing) ? .awaitingAttachments : .dispatched
    return [
      "item": .text(id.text), "name": .text(matter.name(of: id)), "window": Value(window?.id.text),
      "windowName": .text(window?.name ?? ""), "authority": .text(item?.authority ?? ""),
      "because": .text(decision.because), "status": .text(status.rawValue),
      "version": .integer(version.number), "after": .array(hard.map { .array($0.map { .text($0.text) }) }),
      "materials": .array(materials.map(Value.text)),
      "fields": .array(matter.fields.filter { concerns($0.items) }.map { .text($0.id) }),
      "promised": item?.limit?.promised.map { Value($0) } ?? .null,
      "statutory": item?.limit?.statutory.map { Value($0) } ?? .null,
      "natural": .bool(item?.limit?.unit == .naturalDays),
    ]
  }

  // MARK: Going on

  /// Moves waiting proceedings on, and ends those whose prerequisite failed, until nothing moves any more.
  static func advance(_ id: ApplicationID, _ transaction: CaseTransaction) throws(Problem) {
    guard let state = try transaction.state(id), state.status != .withdrawn, state.version != nil else { return }
    if state.proceedings.isEmpty { try route(state, transaction) }
    // Each round settles at least one proceeding for good, so as many rounds as proceedings are enough.
    for _ in 0...(try transaction.state(id)?.proceedings.count ?? 0) {
      guard try moveOn(id, transaction) else { return }
    }
  }

  private static func moveOn(_ id: ApplicationID, _ transaction: CaseTransaction) throws(Problem) -> Bool {
    guard let state = try transaction.state(id) else { return false }
    let missing = Set(try transaction.journal.missingBlobs(id))
    var changes: [String: Value] = [:]
    for proceeding in state.proceedings
    where proceeding.status == .waiting || proceeding.status == .awaitingAttachments {
      let next = nextStatus(proceeding, state, missing: missing)
      if next == .terminated {
        try transaction.appendOwn(
          .terminate, id,
          ["proceeding": .text(proceeding.id.text), "reason": "前置事项没有通过，本事项随之终止。", "cascade": true])
        return true
      }
      if next != proceeding.status { changes[proceeding.id.text] = .text(next.rawValue) }
    }
    guard !changes.isEmpty else { return false }
    try transaction.appendOwn(.dispatch, id, ["states": .object(changes)])
    return false
  }

  private static func nextStatus(
    _ proceeding: ProceedingState, _ state: ApplicationState, missing: Set<String>
  ) -> ProceedingStatus {
    guard proceeding.window != nil else { return .waiting }
    for alternatives in proceeding.after {
      let before = alternatives.compactMap { state.proceeding(ProceedingID(state.id, $0)) }
      if before.contains(where: \.isGranted) { continue }
      return !before.isEmpty && before.allSatisfy(\.hasFailed) ? .terminated : .waiting
    }
    guard let version = state.version else { return .waiting }
    return lacksAttachments(proceeding.materials, version, missing) ? .awaitingAttachments : .dispatched
  }

  /// Whether a file that evidences one of these materials has not arrived whole. Paper and deferred ones hold up
  /// nothing.
  private static func lacksAttachments(
    _ materials: [String], _ version: PinnedVersion, _ missing: Set<String>
  ) -> Bool {
    version.materials.contains { entry in
      guard case .file(let digest, _, _, _) = entry.content, materials.contains(entry.material) else { return false }
      return missing.contains(digest)
    }
  }

  // MARK: Outbox

  /// One dispatch for each (proceeding, version, window) that may go out. Adding one that is there changes nothing.
  static func queueDispatches(_ state: ApplicationState, _ transaction: CaseTransaction) throws(Problem) {
    for proceeding in state.proceedings where proceeding.status == .dispatched {
      guard let window = proceeding.window else { continue }
      let endpoint = try transaction.journal.endpoint(window)
      try transaction.journal.addDispatch(
        DispatchRow(
          id: DispatchID.of(proceeding.id, version: proceeding.version, window: window), proceeding: proceeding.id,
          application: state.id, version: proceeding.version, window: window,
          status: endpoint == nil ? "delivered" : "queued", attempts: 0, nextAt: transaction.now,
          createdAt: transaction.now, deliveredAt: endpoint == nil ? transaction.now : nil))
    }
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
