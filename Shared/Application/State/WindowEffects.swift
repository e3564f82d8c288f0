internal import Foundations
internal import Replication

/// What windows' operations do to their proceeding.
extension ApplicationState {
  mutating func applyWindowAction(_ context: FoldContext) {
    guard let id = context.payload["proceeding"]?.text, let index = index(of: ProceedingID(id)) else { return }
    proceedings[index].lastOperation = context.header.id
    switch context.header.kind {
    case .accept:
      proceedings[index].status = .accepted
      proceedings[index].acceptedAt = context.at
    case .reject:
      proceedings[index].status = .rejected
      proceedings[index].reason = context.payload["reason"]?.text
      proceedings[index].redirectTo = context.payload["redirectTo"]?.text
    case .correct:
      proceedings[index].status = .correction
      proceedings[index].defects = (context.payload["defects"]?.array ?? []).map(Defect.init)
      proceedings[index].correctionUntil = context.payload["until"]?.text
    case .suspend:
      proceedings[index].status = .suspended
      proceedings[index].suspensions.append(
        SuspensionSpan(
          procedure: context.payload["procedure"]?.text ?? "", reason: context.payload["reason"]?.text ?? "",
          from: context.at, until: nil, announcedWorkingDays: context.payload["workingDays"]?.integer ?? 0))
    case .resume:
      proceedings[index].status = .accepted
      if let last = proceedings[index].suspensions.indices.last {
        proceedings[index].suspensions[last].until = context.at
      }
    case .extend: proceedings[index].extendedDays = context.payload["days"]?.integer ?? 0
    case .verify:
      if let material = context.payload["material"]?.text {
        proceedings[index].verified[material] = context.payload["result"]?.text ?? ""
      }
    case .admit, .decline: settleLate(context)
    default: applyOutcome(context, at: index)
    }
  }

  /// Decision, certificate, delivery, end.
  private mutating func applyOutcome(_ context: FoldContext, at index: Int) {
    switch context.header.kind {
    case .decide:
      proceedings[index].status = .decided
      proceedings[index].outcome = context.payload["outcome"]?.text
      proceedings[index].reason = context.payload["reason"]?.text
      proceedings[index].decidedAt = context.at
    case .issue:
      proceedings[index].status = .issued
      proceedings[index].certificate = context.payload["certificate"]
    case .deliver:
      proceedings[index].status = .delivered
      proceedings[index].delivery = .object(
        (context.payload.object ?? [:]).filter { ["method", "receivedBy", "waybill"].contains($0.key) })
    case .terminate:
      proceedings[index].status = .terminated
      proceedings[index].reason = context.payload["reason"]?.text
    default: break
    }
  }

  /// The window took a late amendment in (its own write carries the values) or declined it.
  private mutating func settleLate(_ context: FoldContext) {
    guard let target = context.payload["operation"]?.text.flatMap(OperationID.init(text:)),
      let position = late.firstIndex(where: { $0.operation == target })
    else { return }
    let amendment = late.remove(at: position)
    if context.header.kind == .admit { takeIn(materialOf: amendment) }
  }
}

extension Defect {
  init(_ value: Value) {
    field = value["field"]?.text
    material = value["material"]?.text
    problem = value["problem"]?.text ?? ""
    remedy = value["remedy"]?.text ?? ""
  }
}
