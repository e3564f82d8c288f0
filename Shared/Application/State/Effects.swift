internal import Foundations
internal import Replication

/// What applied operations do. Their right to do it was judged before.
extension ApplicationState {
  mutating func apply(_ context: FoldContext) {
    switch context.header.kind {
    case .create, .write: break  // The registers have it already.
    case .note: notes.append(remark(context, "text"))
    case .attach: if let entry = context.materialEntry { attachments.append(entry) }
    case .detach: if let target = context.detached { removals[context.header.id] = target }
    case .share: if let with = context.payload["with"]?.text, !shares.contains(with) { shares.append(with) }
    case .submit: applySubmit(context)
    case .withdraw: applyWithdrawal(context)
    case .route: applyRoute(context)
    case .dispatch: applyDispatch(context)
    default: applyWindowAction(context)
    }
  }

  private func remark(_ context: FoldContext, _ key: String) -> Remark {
    Remark(
      operation: context.header.id, text: context.payload[key]?.text ?? "", person: context.header.person,
      at: context.at)
  }

  private mutating func applySubmit(_ context: FoldContext) {
    let pinned = pin(context.header, context.payload, at: context.at)
    for index in proceedings.indices where takes(pinned, proceedings[index]) {
      proceedings[index].version = pinned.number
      proceedings[index].defects = []
      proceedings[index].correctionUntil = nil
      // It goes out anew, once what the new version needs has arrived; the clock for asking starts again then
      // (rules.md, section 1: C31).
      proceedings[index].status = .waiting
      proceedings[index].receivedAt = nil
    }
  }

  /// Whether a proceeding is judged by a new version: those whose correction it answers, and those that no window has
  /// yet; without an answer also those that lie with a window untouched. A window that accepted keeps its version.
  private func takes(_ pinned: PinnedVersion, _ proceeding: ProceedingState) -> Bool {
    switch proceeding.status {
    case .waiting, .awaitingAttachments, .preReview: true
    case .dispatched: pinned.answers.isEmpty
    default: pinned.answers.contains(proceeding.id)
    }
  }

  private mutating func applyWithdrawal(_ context: FoldContext) {
    withdrawal = remark(context, "why")
    for index in proceedings.indices where !proceedings[index].status.isFinal {
      proceedings[index].status = .terminated
      proceedings[index].reason = withdrawal?.text
    }
  }

  /// The server split the application into proceedings, or routed some of them anew.
  private mutating func applyRoute(_ context: FoldContext) {
    for described in context.payload["proceedings"]?.array ?? [] {
      guard let item = described["item"]?.text else { continue }
      let id = ProceedingID(self.id, ItemID(item))
      let fresh = ProceedingState(id: id, routed: described, at: context.at)
      if let index = index(of: id) {
        proceedings[index].window = fresh.window
        proceedings[index].windowName = fresh.windowName
        proceedings[index].version = fresh.version
        if !proceedings[index].status.isFinal { proceedings[index].status = fresh.status }
      } else {
        proceedings.append(fresh)
      }
    }
  }

  /// The server let proceedings go out, or took them back to waiting.
  private mutating func applyDispatch(_ context: FoldContext) {
    for (id, status) in context.payload["states"]?.object ?? [:] {
      guard let index = index(of: ProceedingID(id)), let status = status.text.flatMap(ProceedingStatus.init(rawValue:))
      else { continue }
      proceedings[index].status = status
      if status == .dispatched, proceedings[index].receivedAt == nil { proceedings[index].receivedAt = context.at }
    }
  }
}

extension ProceedingState {
  /// A proceeding as the server's routing describes it.
  init(id: ProceedingID, routed: Value, at: Instant) {
    self.id = id
    itemName = routed["name"]?.text ?? ""
    window = routed["window"]?.text.map { WindowID($0) }
    windowName = routed["windowName"]?.text ?? ""
    authority = routed["authority"]?.text ?? ""
    status = routed["status"]?.text.flatMap(ProceedingStatus.init(rawValue:)) ?? .waiting
    version = routed["version"]?.integer ?? 1
    after = (routed["after"]?.array ?? []).map { ($0.array ?? []).compactMap(\.text).map { ItemID($0) } }
    materials = (routed["materials"]?.array ?? []).compactMap(\.text)
    fields = (routed["fields"]?.array ?? []).compactMap(\.text)
    promisedDays = routed["promised"]?.integer
    statutoryDays = routed["statutory"]?.integer
    naturalDays = routed["natural"]?.bool ?? false
    receivedAt = status == .dispatched ? at : nil
  }
}
