internal import Foundations
internal import Replication

/// What windows' operations do to their proceeding.
extension ApplicationState {
  mutating func applyWindowAction(_ context: FoldContext) {
    guard let id = context.payload["proceeding"]?.text, let index = index(of: ProceedingID(id)) else { return }
    proceedings[index].lastOperation = context.header.id
    switch context.header.kind {
    case .accept, .deem: applyAcceptance(context, at: index)
    case .reject:
      proceedings[index].status = .rejected
      proceedings[index].reason = context.payload["reason"]?.text
      proceedings[index].redirectTo = context.payload["redirectTo"]?.text
      proceedings[index].ground = context.payload["ground"]?.text
      proceedings[index].endedAt = context.at
    case .correct: applyCorrection(context, at: index)
    case .preview: proceedings[index].status = .preReview
    case .clear:
      proceedings[index].isPreviewed = true
      proceedings[index].previewOpinion = context.payload["opinion"]?.text
    case .notify:
      proceedings[index].parties = context.payload["parties"]?.text
      proceedings[index].partiesContent = context.payload["content"]?.text
    case .suspend, .resume, .extend: applyClock(context, at: index)
    case .inspect: applyInspection(context, at: index)
    case .verify:
      if let material = context.payload["material"]?.text {
        proceedings[index].verified[material] = context.payload["result"]?.text ?? ""
      }
    case .admit, .decline: settleLate(context, at: index)
    case .rectify: applyRectification(context, at: index)
    case .reroute: applyReroute(context, at: index)
    case .discredit, .repair: applyCredit(context, at: index)
    default: applyOutcome(context, at: index)
    }
  }

  /// A window's acceptance counts from when it was given; where receiving was accepting, or the five days ran out, from
  /// the receipt (行政许可法 32).
  private mutating func applyAcceptance(_ context: FoldContext, at index: Int) {
    let manner: AcceptanceManner =
      context.header.kind == .deem ? .deemed : context.payload["by"] == "receipt" ? .receipt : .window
    proceedings[index].status = .accepted
    proceedings[index].manner = manner
    proceedings[index].acceptedAt = manner == .window ? context.at : proceedings[index].receivedAt ?? context.at
    proceedings[index].acceptanceNotedAt = context.at
  }

  private mutating func applyCorrection(_ context: FoldContext, at index: Int) {
    let defects = (context.payload["defects"]?.array ?? []).map(Defect.init)
    proceedings[index].status = .correction
    proceedings[index].defects = defects
    proceedings[index].isGivenBack = context.payload["givenBack"] == true
    let opens = context.payload["opens"]
    proceedings[index].openedFields = Set((opens?["fields"]?.array ?? []).compactMap(\.text))
    proceedings[index].openedMaterials = Set((opens?["materials"]?.array ?? []).compactMap(\.text))
    proceedings[index].correctionUntil = context.payload["until"]?.text
    let override = context.payload["override"]
    proceedings[index].rounds.append(
      CorrectionRound(
        operation: context.header.id, version: proceedings[index].version, defects: defects,
        until: context.payload["until"]?.text, at: context.at,
        override: override?["by"]?.text.map {
          CorrectionRound.Override(by: $0, reason: override?["reason"]?.text ?? "")
        }, manner: proceedings[index].isGivenBack ? .givenBack : .correction))
  }

  /// What it waited for has failed: the applicant is asked which other way to go, beside whatever is open.
  private mutating func applyReroute(_ context: FoldContext, at index: Int) {
    let defects = (context.payload["defects"]?.array ?? []).map(Defect.init)
    if proceedings[index].status != .correction {
      proceedings[index].defects = []
      proceedings[index].openedFields = []
      proceedings[index].openedMaterials = []
      proceedings[index].correctionUntil = nil
    }
    proceedings[index].status = .correction
    proceedings[index].defects += defects
    let opens = context.payload["opens"]
    proceedings[index].openedFields.formUnion((opens?["fields"]?.array ?? []).compactMap(\.text))
    proceedings[index].openedMaterials.formUnion((opens?["materials"]?.array ?? []).compactMap(\.text))
    if let upstream = context.payload["upstream"]?.text { proceedings[index].detouredFrom.append(ItemID(upstream)) }
    proceedings[index].rounds.append(
      CorrectionRound(
        operation: context.header.id, version: proceedings[index].version, defects: defects, until: nil, at: context.at,
        override: nil, manner: .detour))
  }

  /// The window's own write carries the values; the version that it judges has them from now on.
  private mutating func applyRectification(_ context: FoldContext, at index: Int) {
    let set = context.payload["set"]?.object ?? [:]
    for place in versions.indices where versions[place].number == proceedings[index].version {
      versions[place].rectified.merge(set) { _, corrected in corrected }
    }
    rectifications.append(
      Rectification(
        operation: context.header.id, proceeding: proceedings[index].id, registers: set.keys.sorted(),
        confirmedBy: context.payload["confirmedBy"]?.text ?? "", reason: context.payload["reason"]?.text,
        place: context.payload["place"]?.text, at: context.at))
  }

  private mutating func applyCredit(_ context: FoldContext, at index: Int) {
    if context.header.kind == .discredit {
      proceedings[index].creditNote = context.payload["note"]?.text ?? ""
      proceedings[index].creditRepair = nil
    } else {
      proceedings[index].creditRepair = context.payload["reason"]?.text ?? ""
    }
  }

  /// What stops the approval's clock, starts it again, or gives it more days.
  private mutating func applyClock(_ context: FoldContext, at index: Int) {
    switch context.header.kind {
    case .suspend:
      proceedings[index].status = .suspended
      proceedings[index].suspensions.append(
        SuspensionSpan(
          operation: context.header.id, procedure: context.payload["procedure"]?.text ?? "",
          reason: context.payload["reason"]?.text ?? "", from: context.at, until: nil,
          announcedWorkingDays: context.payload["workingDays"]?.integer ?? 0))
    case .resume:
      proceedings[index].status = .accepted
      if let last = proceedings[index].suspensions.indices.last {
        proceedings[index].suspensions[last].until = context.at
        proceedings[index].suspensions[last].explanation = context.payload["explanation"]?.text
      }
    default:
      proceedings[index].extendedDays = context.payload["days"]?.integer ?? 0
      proceedings[index].extensionApprover = context.payload["approver"]?.text
      proceedings[index].extensionReason = context.payload["reason"]?.text
    }
  }

  private mutating func applyInspection(_ context: FoldContext, at index: Int) {
    let former = proceedings[index].inspection
    proceedings[index].inspection = InspectionState(
      name: context.payload["name"]?.text ?? former?.name ?? "现场勘验", workingDays: former?.workingDays,
      doneAt: context.at, by: (context.payload["by"]?.array ?? []).compactMap(\.text),
      finding: context.payload["finding"]?.text)
  }

  /// Decision, certificate, delivery, end.
  private mutating func applyOutcome(_ context: FoldContext, at index: Int) {
    switch context.header.kind {
    case .decide:
      proceedings[index].status = .decided
      proceedings[index].outcome = context.payload["outcome"]?.text
      proceedings[index].reason = context.payload["reason"]?.text
      proceedings[index].decidedAt = context.at
      proceedings[index].decisionNumber = context.payload["number"]?.text
    case .issue:
      proceedings[index].status = .issued
      proceedings[index].certificate = context.payload["certificate"]
    case .deliver:
      proceedings[index].status = .delivered
      proceedings[index].deliveredAt = context.at
      proceedings[index].delivery = .object(
        (context.payload.object ?? [:]).filter { ["method", "receivedBy", "waybill"].contains($0.key) })
    case .terminate:
      proceedings[index].status = .terminated
      proceedings[index].reason = context.payload["reason"]?.text
      proceedings[index].endedAt = context.at
      proceedings[index].cascadeFrom = context.payload["upstream"]?.text.map { ItemID($0) }
      proceedings[index].creditNote = context.payload["credit"]?.text
    default: break
    }
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
