package import Foundations
package import Replication

/// What an action makes of a proceeding of some status.
package enum Transition: Sendable, Hashable {
  /// It fits; the status afterwards, which may be the same.
  case to(ProceedingStatus)
  /// It does not fit; the code of the refusal.
  case refused(String)

  /// Whether the action fits.
  package var fits: Bool { if case .to = self { true } else { false } }
}

/// The white list 白名单 of a proceeding's transitions: every action in every status either has a next status or a named
/// refusal. Judging, windows' actions and what is offered on screen all read this table.
///
/// Of the stages that county practice numbers C05 to C95, several share one status of the contract: `dispatched` is
/// C20, C26 and C31 (received), `preReview` C45, `accepted` C40 to C43, C50, C52, C56 and C57, `decided` C60 and C61.
package enum LifeCycle {
  /// Everything that moves a proceeding: windows' actions, then what applicants and the server do.
  package static let actions: [OperationKind] =
    OperationKind.windowActions + [.deem, .reroute, .submit, .withdraw]

  /// What an action makes of a proceeding of this status.
  package static func transition(_ action: OperationKind, from status: ProceedingStatus) -> Transition {
    if let next = allowed[action]?[status] { return .to(next) }
    if let code = named[action]?[status] { return .refused(code) }
    return .refused(action == .submit ? "submit.accepted" : "proceeding.state")
  }

  /// The actions of windows that fit a status, in the order of the contract.
  package static func windowActions(in status: ProceedingStatus) -> [OperationKind] {
    OperationKind.windowActions.filter { transition($0, from: status).fits }
  }

  /// The statuses in which no window has taken a proceeding up yet: a new version may still take its place.
  package static let untouched: Set<ProceedingStatus> = [.waiting, .awaitingAttachments, .preReview, .dispatched]

  /// 收件 → 受理, 不予受理, 补正, 视为受理; 预审; 受理 → 特别程序, 延长, 决定, 终止; 决定 → 制证, 送达.
  private static let allowed: [OperationKind: [ProceedingStatus: ProceedingStatus]] = [
    .accept: [.dispatched: .accepted],
    .deem: [.dispatched: .accepted],
    .reject: [.dispatched: .rejected],
    // A defect found in pre-review goes into the one notice (rules 6.6).
    .correct: [.dispatched: .correction, .preReview: .correction],
    // What can be put right on the spot is; it leads to acceptance and is no return (C20 → C26 → C40).
    .rectify: same(.dispatched),
    .preview: [.waiting: .preReview],
    .clear: same(.preReview),
    .suspend: [.accepted: .suspended],
    .resume: [.suspended: .accepted],
    .extend: same(.accepted), .inspect: same(.accepted), .notify: same(.accepted),
    .verify: same(.dispatched, .preReview, .accepted),
    .decide: [.accepted: .decided],
    .issue: [.decided: .issued],
    .deliver: [.decided: .delivered, .issued: .delivered],
    .admit: same(.awaitingAttachments, .preReview, .dispatched, .accepted, .correction, .suspended, .decided, .issued),
    .decline: same(
      .awaitingAttachments, .preReview, .dispatched, .accepted, .correction, .suspended, .decided, .issued),
    .terminate: to(.terminated, from: .waiting, .awaitingAttachments, .preReview, .accepted, .correction),
    .reroute: to(.correction, from: .waiting, .awaitingAttachments, .preReview, .correction),
    // Promises are looked into afterwards, too, and records are repaired later still (rules 4.2, 4.3).
    .discredit: sinceAnswered, .repair: sinceAnswered,
    .submit: to(.waiting, from: .waiting, .awaitingAttachments, .preReview, .dispatched, .correction),
    .withdraw: to(
      .terminated, from: .waiting, .awaitingAttachments, .preReview, .dispatched, .accepted, .correction, .suspended
    ).merging(same(.rejected, .terminated)) { first, _ in first },
  ]

  /// Refusals that say more than that the status is another one.
  private static let named: [OperationKind: [ProceedingStatus: String]] = [
    // 许可法 32: what is wanting is told before acceptance, once; the law knows no stop of the clock for papers after it.
    .correct: [
      .accepted: "correct.after-acceptance", .suspended: "correct.after-acceptance",
      .decided: "correct.after-acceptance", .issued: "correct.after-acceptance",
    ],
    // What was received is answered, not dropped: accepted, rejected or sent back.
    .terminate: [
      .dispatched: "terminate.unanswered", .suspended: "terminate.suspended", .decided: "terminate.decided",
      .issued: "terminate.decided",
    ],
    .suspend: [.suspended: "suspend.running"],
    .withdraw: [
      .decided: "withdraw.decided", .issued: "withdraw.decided", .delivered: "withdraw.decided",
      .closed: "withdraw.decided",
    ],
  ]

  private static let sinceAnswered = same(
    .accepted, .rejected, .suspended, .decided, .issued, .delivered, .closed, .terminated)

  private static func same(_ statuses: ProceedingStatus...) -> [ProceedingStatus: ProceedingStatus] {
    Dictionary(statuses.map { ($0, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func to(
    _ next: ProceedingStatus, from statuses: ProceedingStatus...
  ) -> [ProceedingStatus: ProceedingStatus] {
    Dictionary(statuses.map { ($0, next) }, uniquingKeysWith: { first, _ in first })
  }
}

extension ApplicationState {
  /// Why an action of a window, or the server's own, does not fit a proceeding; nil where it does.
  /// - Parameter payload: what the action says.
  package func refusal(of action: OperationKind, _ payload: Value, on proceeding: ProceedingState) -> String? {
    if case .refused(let code) = LifeCycle.transition(action, from: proceeding.status) { return code }
    switch action {
    // 许可法 42: once.
    case .extend where proceeding.extendedDays > 0: return "extend.once"
    case .issue where proceeding.outcome == "refuse": return "issue.refused"
    // What was put off is still owed: it may be examined, not granted (rules 4.3).
    case .decide where payload["outcome"] == "approve" && !deferredOpen(for: proceeding).isEmpty:
      return "decide.deferred"
    case .discredit where !hasPromised(proceeding): return "discredit.no-promise"
    case .repair where !proceeding.isDiscredited: return "repair.none"
    case .correct: return payload["override"]?.object == nil ? secondReturn(payload, of: proceeding) : nil
    default: return nil
    }
  }

  /// The actions that a window is offered for a proceeding now.
  package func offeredActions(_ proceeding: ProceedingState) -> [OperationKind] {
    LifeCycle.windowActions(in: proceeding.status).filter { action in
      switch action {
      case .extend: proceeding.extendedDays == 0
      case .issue: proceeding.outcome != "refuse"
      case .admit, .decline: !late(for: proceeding).isEmpty
      case .discredit: hasPromised(proceeding) && !proceeding.isDiscredited
      case .repair: proceeding.isDiscredited
      default: true
      }
    }
  }
}

// What stands against a transition.
extension ProblemKind {
  package static let correctAfterAcceptance = ProblemKind(
    "correct.after-acceptance", status: 409, "已经受理，不能再要求补正，也不能因为等材料停钟。",
    remedy: "请在审查中协助补充，或按规定作出决定；容缺的材料按承诺的日期催补。")
  package static let correctAgain = ProblemKind(
    "correct.again", status: 409, "同一批材料已经一次性告知过，不能第二次退回：{}。",
    remedy: "只能就这次新补的内容再告知；确实要退回的，写明批准的负责人和理由（override），并记入未一次告知清单。")
  package static let terminateUnanswered = ProblemKind(
    "terminate.unanswered", status: 409, "已收件、还没有答复，不能直接终止。", remedy: "请先受理、不予受理或一次性告知补正。")
  package static let terminateSuspended = ProblemKind(
    "terminate.suspended", status: 409, "特别程序还没有结束，不能终止。", remedy: "请先结束特别程序（resume），再终止。")
  package static let terminateDecided = ProblemKind(
    "terminate.decided", status: 409, "已经作出决定，不能终止。", remedy: "请送达决定；要改变决定的，按法定程序另行处理。")
  package static let suspendRunning = ProblemKind(
    "suspend.running", status: 409, "已经在特别程序中。", remedy: "请先结束这一个（resume），再开始另一个。")
  package static let suspendNotListed = ProblemKind(
    "suspend.not-listed", status: 422, "“{}”不在行政许可法第四十五条列明的范围，不能停钟。",
    remedy: "能停钟的只有听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审；勘验和公示在办理时限内完成。")
  package static let extendOnce = ProblemKind(
    "extend.once", status: 409, "已经延长过一次，不能再延长。", remedy: "请在延长后的期限内作出决定。")
  package static let issueRefused = ProblemKind(
    "issue.refused", status: 409, "决定是不予，不能制发证照。", remedy: "请送达不予决定书。")
  package static let decideDeferred = ProblemKind(
    "decide.deferred", status: 409, "容缺的材料还没有补齐，不能作出准予决定。", remedy: "可以先审查、勘验、公示；材料补齐后再决定，到期不补的终止。")

  package static let discreditNoPromise = ProblemKind(
    "discredit.no-promise", status: 409, "这个事项没有容缺，也没有用告知承诺，没有可以失信的承诺。", remedy: "只有没有兑现的容缺或承诺才记入。")
  package static let repairNone = ProblemKind(
    "repair.none", status: 409, "没有要修复的失信记录。", remedy: "请核对子办件编号。")

  /// All refusals of transitions, to be found by their code.
  static let transitions: [ProblemKind] = [
    .correctAfterAcceptance, .correctAgain, .terminateUnanswered, .terminateSuspended, .terminateDecided,
    .suspendRunning, .suspendNotListed, .extendOnce, .issueRefused, .decideDeferred, .discreditNoPromise, .repairNone,
  ]
}
