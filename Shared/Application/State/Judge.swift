package import Foundations
package import Replication

/// Who an operation comes from.
package enum Author: Sendable, Hashable {
  /// A device in whose scope the application is.
  case device
  /// A device that may not see the application.
  case outsider
  /// The server itself, for its windows.
  case server
}

/// The codes with which a device is refused what it may not see.
package enum Scope {
  /// The application is none of the device's business under its present identity.
  package static let outside = "scope.outside"
  /// It was the device's to see at a former station: the edit waits in the tray for the administrator.
  package static let left = "scope.left"

  /// Whether an edit had no effect for no other reason than that its device does not see the application.
  package static func refused(_ judgement: Judgement) -> Bool {
    [.refused(outside), .refused(left)].contains(judgement.disposition)
  }
}

/// A judgement of the server, or a device's forecast of one.
package struct Verdict: Sendable, Hashable {
  package let disposition: Disposition
  /// The version that a submission pins. It had to be worked out to be judged; folding it in takes it from here.
  package let pinned: PinnedVersion?
}

/// Who may change what, when. The server asks once and stores the answer; a device asks for a
/// forecast.
package enum Judge {
  /// The disposition of an operation.
  /// - Parameter state: the application before it; nil where it does not exist.
  package static func disposition(of operation: Operation, by author: Author, in state: ApplicationState?)
    -> Disposition
  {
    verdict(on: operation, by: author, in: state).disposition
  }

  /// The disposition of an operation, with what was worked out for it.
  /// - Parameters:
  ///   - state: the application before it; nil where it does not exist.
  ///   - orphaned: whether a person has decided that nobody waits for its parents any more: those that are not here
  ///     count as refused ones, and it stands beside what it has not seen.
  package static func verdict(
    on operation: Operation, by author: Author, in state: ApplicationState?, orphaned: Bool = false
  ) -> Verdict {
    var pinned: PinnedVersion?
    let disposition = disposition(of: operation, by: author, in: state, orphaned: orphaned, pinning: &pinned)
    return Verdict(disposition: disposition, pinned: disposition == .applied ? pinned : nil)
  }

  private static func disposition(
    of operation: Operation, by author: Author, in state: ApplicationState?, orphaned: Bool,
    pinning pinned: inout PinnedVersion?
  ) -> Disposition {
    let kind = operation.header.kind
    guard !operation.isErased, operation.content.object != nil else { return .quarantined("operation.unreadable") }
    guard known.contains(kind) else { return .quarantined("operation.kind-unknown") }
    if author != .server, !OperationKind.deviceKinds.contains(kind), !OperationKind.decisions.contains(kind) {
      return .refused("operation.not-yours")
    }
    guard let state else {
      guard kind == .create else { return .quarantined("application.missing") }
      guard operation.opensItsApplication else { return .refused("application.foreign-id") }
      return Opening(operation.content) == nil ? .quarantined("operation.unreadable") : .applied
    }
    guard author != .outsider else { return .refused(Scope.outside) }
    guard state.erasure == nil else { return .refused(Erasure.refusalCode) }
    if author == .server { return .applied }
    return state.judgeDeviceOperation(operation, orphaned: orphaned, pinning: &pinned)
  }

  private static let known = Set(
    OperationKind.deviceKinds + OperationKind.windowActions + OperationKind.decisions
      + [.route, .dispatch, .duplicate, .purge, .deem, .document, .reroute])
}

extension Operation {
  /// Whether an application comes to be by this operation: a `create` under the id that follows from its own id or,
  /// where it began as a held draft, from its author and the number it states as `held`.
  ///
  /// Invariant: *nobody can create an application under an id that another device may ever use.*
  package var opensItsApplication: Bool {
    guard header.kind == .create else { return false }
    guard let held = content["held"] else { return header.isUnderOwnID }
    guard let number = held.integer, (1...Limits.heldNumberMax).contains(number) else { return false }
    return header.application == ApplicationID(heldBy: id.device, number: number)
  }
}

extension ApplicationState {
  fileprivate func judgeDeviceOperation(
    _ operation: Operation, orphaned: Bool, pinning pinned: inout PinnedVersion?
  ) -> Disposition {
    let payload = operation.content
    // Whatever it lacks, its applicant must be able to end it; but what stands elsewhere does not end by ending here.
    let mayEnd = operation.header.kind == .withdraw && !Disposition.standsElsewhere(refusal)
    guard refusal == nil || mayEnd else { return .refused("application.refused") }
    guard orphaned || unknownParents(of: operation.header).isEmpty else { return .quarantined("parent.missing") }
    switch operation.header.kind {
    case .create: return .refused("application.exists")
    case .note, .share: return .applied
    case .write:
      guard let set = payload["set"]?.object else { return .quarantined("operation.unreadable") }
      return judgeChange(Array(set.keys), materials: [])
    case .attach:
      guard let content = MaterialContent(payload), let material = payload["material"]?.text else {
        return .quarantined("operation.unreadable")
      }
      if let code = content.refusalCode { return .refused(code) }
      return judgeChange([], materials: [material])
    case .detach:
      let target = payload["operation"]?.text.flatMap(OperationID.init(text:))
      let entries = attachments + late.compactMap(\.material)
      guard let entry = entries.first(where: { $0.operation == target }) else {
        return .refused("material.not-there")
      }
      return judgeChange([], materials: [entry.material])
    case .submit: return judgeSubmission(operation.header, payload, pinning: &pinned)
    case .withdraw: return judgeWithdrawal()
    case .join, .apart: return judgeDecision(operation.header.kind, payload)
    case .rate: return status == .closed ? .applied : .refused("rate.not-closed")
    default: return .refused("operation.not-yours")
    }
  }

  /// The parents an operation names that are not among the writes of their registers. One that was never received makes
  /// the operation wait; a refused one satisfies causality.
  package func unknownParents(of header: OperationHeader) -> [OperationID] {
    header.parents.flatMap { register, parents in self.register(register)?.unwritten(by: parents) ?? parents }.sorted()
  }

  /// Free until `submit`; afterwards only what an open correction names, or a deferred material, is open.
  private func judgeChange(_ changed: [String], materials: [String]) -> Disposition {
    switch status {
    case .withdrawn, .closed, .erased: return .refused("application.closed")
    case .draft: return .applied
    case .submitted, .inProgress, .correction:
      let open = openForCorrection
      let inside = changed.allSatisfy(open.fields.contains) && materials.allSatisfy(open.materials.contains)
      return inside ? .applied : .late
    }
  }

  /// What corrections that nobody has answered yet name, and the materials that were deferred.
  package var openForCorrection: (fields: Set<String>, materials: Set<String>) {
    let returned = proceedings.filter { $0.status == .correction }
    let defects = returned.flatMap(\.defects)
    return (
      Set(defects.compactMap(\.field)).union(returned.flatMap(\.openedFields)),
      Set(defects.compactMap(\.material) + (version?.deferred ?? [])).union(returned.flatMap(\.openedMaterials))
    )
  }

  /// The proceedings that wait for an answer to their correction.
  package var inCorrection: [ProceedingID] {
    proceedings.indices.filter { proceedings[$0].status == .correction }.map { proceedings[$0].id }
  }

  private func judgeSubmission(
    _ header: OperationHeader, _ payload: Value, pinning pinned: inout PinnedVersion?
  ) -> Disposition {
    guard standsBehind == nil else { return .refused("application.joined") }
    switch status {
    case .withdrawn, .closed, .erased: return .refused("application.closed")
    case .draft, .correction: break
    case .submitted, .inProgress:
      guard proceedings.allSatisfy({ LifeCycle.untouched.contains($0.status) }) else {
        return .refused("submit.accepted")
      }
    }
    return refusal(ofSubmission: header, payload, pinning: &pinned).map(Disposition.refused) ?? .applied
  }

  private func judgeWithdrawal() -> Disposition {
    guard withdrawal == nil else { return .refused("application.closed") }
    for proceeding in proceedings {
      if proceeding.decidedAt != nil { return .refused("withdraw.decided") }
      if case .refused(let code) = LifeCycle.transition(.withdraw, from: proceeding.status) { return .refused(code) }
    }
    return status == .closed ? .refused("application.closed") : .applied
  }
}
