package import Foundations
package import Replication

/// The kinds of operations this program knows. Others are kept and passed on.
extension OperationKind {
  // By agents, on devices.
  package static let write = OperationKind("write")
  package static let note = OperationKind("note")
  package static let attach = OperationKind("attach")
  package static let detach = OperationKind("detach")
  package static let submit = OperationKind("submit")
  package static let withdraw = OperationKind("withdraw")
  package static let share = OperationKind("share")
  package static let rate = OperationKind("rate")
  // By agents and by windows: what becomes of a duplicate 重复件.
  package static let join = OperationKind("join")
  package static let apart = OperationKind("apart")
  // By the server itself.
  package static let route = OperationKind("route")
  package static let dispatch = OperationKind("dispatch")
  package static let duplicate = OperationKind("duplicate")
  package static let purge = OperationKind("purge")
  /// 视为受理: the five days passed without an answer.
  package static let deem = OperationKind("deem")
  /// 文书: documents that no other operation of the server carries.
  package static let document = OperationKind("document")
  /// 改路径: what a proceeding waited for has failed, and the catalogue knows another way.
  package static let reroute = OperationKind("reroute")
  // By windows.
  package static let accept = OperationKind("accept")
  package static let reject = OperationKind("reject")
  package static let correct = OperationKind("correct")
  package static let suspend = OperationKind("suspend")
  package static let resume = OperationKind("resume")
  package static let extend = OperationKind("extend")
  package static let verify = OperationKind("verify")
  package static let decide = OperationKind("decide")
  package static let issue = OperationKind("issue")
  package static let deliver = OperationKind("deliver")
  package static let admit = OperationKind("admit")
  package static let decline = OperationKind("decline")
  package static let terminate = OperationKind("terminate")
  /// 容缺预审: a window looks at what still waits for another item's result.
  package static let preview = OperationKind("preview")
  /// 预审通过
  package static let clear = OperationKind("clear")
  /// 现场勘验: with a clock of its own; the approval's goes on.
  package static let inspect = OperationKind("inspect")
  /// 利害关系人告知
  package static let notify = OperationKind("notify")
  /// 当场更正: what can be put right on the spot is, with the applicant's confirmation; no return 补正.
  package static let rectify = OperationKind("rectify")
  /// 记入失信: a deferral or commitment was not kept.
  package static let discredit = OperationKind("discredit")
  /// 信用修复
  package static let repair = OperationKind("repair")

  /// What a window may do.
  package static let windowActions: [OperationKind] = [
    .accept, .reject, .correct, .suspend, .resume, .extend, .verify, .decide, .issue, .deliver, .admit, .decline,
    .terminate, .preview, .clear, .inspect, .notify, .rectify, .discredit, .repair,
  ]
  /// What a device and a window may both decide.
  package static let decisions: [OperationKind] = [.join, .apart]
  /// What a device may send.
  package static let deviceKinds: [OperationKind] = [
    .create, .write, .note, .attach, .detach, .submit, .withdraw, .share, .rate,
  ]
}

/// Registers that are not fields of the form. Their values are written whole, like a field's.
package enum Register {
  /// `{kind, name, idNumber | uscc, phone}`
  package static let applicant = "@applicant"
  /// `{name, idNumber, relation}`
  package static let agent = "@agent"
  /// The chosen items: an array of item ids.
  package static let items = "@items"
  /// The answers of the guidance: an object, question to answer.
  package static let answers = "@answers"
  /// The form it goes on with after a change of the catalogue: `{version, rules?}`; none: the one it was opened with.
  package static let form = "@form"
  /// The applicant's written authority for the agent 委托授权: `{items, until, receives, commits, signed, at}`.
  package static let mandate = "@mandate"
  /// 归属地: the division the application belongs to.
  package static let division = "@division"

  /// The register of a group of fields that are written together; its value is an object, field id to value.
  package static func group(_ name: String) -> String { "#" + name }

  /// What people decided about a duplicate 重复件: it stands beside the facts, and no submission pins it.
  package static func duplicate(_ other: ApplicationID) -> String { "@duplicate:" + other.text }

  /// Whom an application is for and who acts for him: every window sees it.
  package static let shownToAllWindows = [applicant, agent]

  /// Whether this is a field of the form, or a group of fields.
  package static func isField(_ register: String) -> Bool { register.utf8.first != UInt8(ascii: "@") }

  /// Whether this is a group of fields.
  package static func isGroup(_ register: String) -> Bool { register.utf8.first == UInt8(ascii: "#") }

  /// The name people use for a register: the field's id, the group's name, `applicant`.
  package static func name(_ register: String) -> String {
    register.hasPrefix("#") || register.hasPrefix("@") ? String(register.dropFirst()) : register
  }
}

/// Application status.
package enum ApplicationStatus: String, Sendable, CaseIterable {
  case draft, submitted, inProgress, correction, closed, withdrawn, erased

  /// Nothing of it is still on its way.
  package var hasEnded: Bool {
    switch self {
    case .closed, .withdrawn, .erased: true
    case .draft, .submitted, .inProgress, .correction: false
    }
  }

  /// As people read it.
  package var words: String {
    switch self {
    case .draft: "草稿"
    case .submitted: "已提交"
    case .inProgress: "办理中"
    case .correction: "待补正"
    case .closed: "已办结"
    case .withdrawn: "已撤回"
    case .erased: "已清除"
    }
  }
}

/// Proceeding status.
package enum ProceedingStatus: String, Sendable, CaseIterable {
  case waiting, awaitingAttachments, preReview, dispatched, accepted, rejected, correction, suspended, decided, issued,
    delivered, closed, terminated

  /// Nothing more will happen to it.
  package var isFinal: Bool {
    switch self {
    case .rejected, .delivered, .closed, .terminated: true
    default: false
    }
  }

  /// As people read it.
  package var words: String {
    switch self {
    case .waiting: "等待前置事项"
    case .awaitingAttachments: "等待附件"
    case .preReview: "容缺预审"
    case .dispatched: "已转窗口"
    case .accepted: "已受理"
    case .rejected: "不予受理"
    case .correction: "待补正"
    case .suspended: "特别程序中"
    case .decided: "已作决定"
    case .issued: "已制证"
    case .delivered: "已送达"
    case .closed: "已办结"
    case .terminated: "已终止"
    }
  }
}
