package import Foundations
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
    case .duplicate: applyDuplicate(context)
    case .join, .apart: break  // The decisions have it already.
    case .document: break  // Documents of all kinds of operations are taken in below.
    default: applyWindowAction(context)
    }
    takeDocuments(context)
  }

  private func remark(_ context: FoldContext, _ key: String) -> Remark {
    Remark(
      operation: context.header.id, text: context.payload[key]?.text ?? "", person: context.header.person,
      at: context.at)
  }

  private mutating func applySubmit(_ context: FoldContext) {
    let pinned = pin(context)
    noteRectification(context, pinned)
    for index in proceedings.indices where takes(pinned, proceedings[index]) {
      proceedings[index].version = pinned.number
      proceedings[index].defects = []
      proceedings[index].correctionUntil = nil
      // It goes out anew, once what the new version needs has arrived.
      proceedings[index].status = .waiting
      let before = proceedings[index].receivedAt ?? proceedings[index].receivedBefore
      proceedings[index].receivedBefore = pinned.answers.contains(proceedings[index].id) ? nil : before
      proceedings[index].receivedAt = nil
      proceedings[index].isPreviewed = false
      proceedings[index].isGivenBack = false
    }
  }

  /// A version by which the station put something right on the spot says so, and who confirmed it.
  private mutating func noteRectification(_ context: FoldContext, _ pinned: PinnedVersion) {
    guard let said = context.payload["rectify"], let by = said["confirmedBy"]?.text,
      let former = versions.last(where: { $0.number < pinned.number })
    else { return }
    let (before, after) = (former.standing, pinned.standing)
    let names = Set(before.keys).union(after.keys)
    rectifications.append(
      Rectification(
        operation: context.header.id, proceeding: nil,
        registers: names.filter { before[$0] != after[$0] }.sorted(), confirmedBy: by,
        reason: said["reason"]?.text, place: nil, at: context.at))
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
      proceedings[index].endedAt = context.at
    }
  }

  /// The server split the application into proceedings, or routed some of them anew.
  private mutating func applyRoute(_ context: FoldContext) {
    let routed = (context.routing ?? Routing(context.payload)).proceedings
    // A proceeding is large: room for all of them at once spares copying.
    proceedings.reserveCapacity(proceedings.count + routed.count)
    for (item, described) in routed {
      var fresh = described
      fresh.id = ProceedingID(id, item)
      if fresh.status == .dispatched { Self.receive(&fresh, context, versions) }
      if let index = index(of: fresh.id) {
        // Another window has not had it before.
        if proceedings[index].window != fresh.window { proceedings[index].receivedBefore = nil }
        proceedings[index].window = fresh.window
        proceedings[index].windowName = fresh.windowName
        proceedings[index].version = fresh.version
        if !proceedings[index].status.isFinal { proceedings[index].status = fresh.status }
        proceedings[index].awaited = fresh.awaited
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
      // What was taken back goes out anew, and the clock for asking starts again then.
      if status == .waiting, proceedings[index].status == .dispatched {
        proceedings[index].receivedAt = nil
        proceedings[index].goesOutAnew = true
      }
      // What it needs is not there yet: it was not received whole before.
      if status != .dispatched { proceedings[index].receivedBefore = nil }
      proceedings[index].status = status
      proceedings[index].awaited = Routing.texts(context.payload["awaits"]?[id])
      if status == .dispatched, proceedings[index].receivedAt == nil {
        // The server says whether the clock goes on: what was derived before it did stays as it was.
        let keeps = context.payload["keepsReceipt"]?.array?.contains(.text(id)) == true
        if keeps, let before = proceedings[index].receivedBefore {
          proceedings[index].receivedAt = before
        } else {
          Self.receive(&proceedings[index], context, versions)
        }
        proceedings[index].receivedBefore = nil
      }
    }
  }

  /// The legal receipt 收到: the capture of the version where the station receives for the authority, else the arrival at
  /// the window (rules 1.3, 5.1).
  private static func receive(_ proceeding: inout ProceedingState, _ context: FoldContext, _ versions: [PinnedVersion])
  {
    let number = proceeding.isReceivedAtCapture ? proceeding.version : nil
    let captured = versions.first { $0.number == number }
    proceeding.receivedAt = captured?.at ?? context.at
    proceeding.isReceiptDoubtful = captured?.isCaptureDoubtful ?? false
  }
}

/// What a `route` says of the proceedings, read once: one routing is carried out for many applications.
package struct Routing: Sendable {
  /// By item, as it is in an application that is not known yet.
  fileprivate let proceedings: [(item: ItemID, described: ProceedingState)]

  /// - Parameter payload: of a `route`.
  package init(_ payload: Value) {
    let fields = Selection(payload["fields"])
    let materials = Selection(payload["materials"])
    let level = payload["level"]?.text.flatMap(StationLevel.init(rawValue:))
    let version = payload["version"]?.integer ?? 1
    proceedings = (payload["proceedings"]?.array ?? []).compactMap(\.object).compactMap { routed in
      guard let item = routed["item"]?.text else { return nil }
      var described = ProceedingState(id: ProceedingID(""), routed: routed)
      described.level = level
      described.fields = fields.names(routed["fields"])
      described.materials = materials.names(routed["materials"])
      described.awaited = Self.texts(routed["awaits"])
      described.version = routed["version"]?.integer ?? version
      return (ItemID(item), described)
    }
  }

  fileprivate static func texts(_ list: Value?) -> [String] { (list?.array ?? []).compactMap(\.text) }
}

extension ProceedingState {
  /// A proceeding as the server's routing describes it.
  init(id: ProceedingID, routed: Members) {
    self.id = id
    itemName = routed["name"]?.text ?? ""
    window = routed["window"]?.text.map { WindowID($0) }
    windowName = routed["windowName"]?.text ?? ""
    authority = routed["authority"]?.text ?? ""
    status = routed["status"]?.text.flatMap(ProceedingStatus.init(rawValue:)) ?? .waiting
    version = 1
    after = (routed["after"]?.array ?? []).map { ($0.array ?? []).compactMap(\.text).map { ItemID($0) } }
    materials = []
    fields = []
    promisedDays = routed["promised"]?.integer
    statutoryDays = routed["statutory"]?.integer
    naturalDays = routed["natural"]?.bool ?? false
    receivedAt = nil
    receiveMeansAccept = routed["receiveMeansAccept"]?.bool ?? false
    givesBack = routed["givesBack"]?.bool ?? false
    typeCode = routed["type"]?.text
    if let inspection = routed["inspection"], let name = inspection["name"]?.text {
      self.inspection = InspectionState(
        name: name, workingDays: inspection["workingDays"]?.integer, doneAt: nil, by: [], finding: nil)
    }
  }
}

/// Which of a list of names belong to something, a bit each: an application's proceedings share one list of its fields,
/// and each says only which of them are its own.
package struct Selection: Sendable {
  private let names: [String]

  /// - Parameter list: an array of texts; anything else has no names.
  package init(_ list: Value?) { names = (list?.array ?? []).compactMap(\.text) }

  /// The names whose bits are set: name n by bit n mod 8 of byte n / 8, the lowest bit first.
  /// A list of names stands for itself: so proceedings were described before there were bits.
  package func names(_ selected: Value?) -> [String] {
    if let list = selected?.array { return list.compactMap(\.text) }
    let bits = selected?.bytes ?? []
    var chosen: [String] = []
    for (index, name) in names.enumerated() where index / 8 < bits.count && bits[index / 8] >> (index % 8) & 1 == 1 {
      chosen.append(name)
    }
    return chosen
  }

  /// The bits of the names that belong, `names(_:)` undone.
  package static func bits<Element>(of list: [Element], where belongs: (Element) -> Bool) -> Value {
    var bits = [UInt8](repeating: 0, count: (list.count + 7) / 8)
    for (index, element) in list.enumerated() where belongs(element) { bits[index / 8] |= 1 << UInt8(index % 8) }
    return .bytes(bits)
  }
}
