internal import Foundations

/// What JSON says in English about applications, in the words that clerks and administrators both read on the screen.
package enum CaseWords {
  /// Status of an application 办件 or a proceeding 子办件.
  package static func status(_ status: String) -> String { statuses[status] ?? Width.clean(status) }

  /// Status of a dispatch 转办件 in the outbox.
  package static func dispatch(_ status: String) -> String { dispatches[status] ?? Width.clean(status) }

  private static let statuses = [
    "draft": "草稿", "submitted": "已提交", "inProgress": "办理中", "correction": "待补正", "closed": "已办结",
    "withdrawn": "已撤回", "erased": "已清除", "waiting": "等待前置事项", "awaitingAttachments": "等待附件",
    "preReview": "容缺预审", "dispatched": "已转窗口", "accepted": "已受理", "rejected": "不予受理", "suspended": "特别程序中",
    "decided": "已作决定", "issued": "已制证", "delivered": "已送达", "terminated": "已终止",
  ]
  private static let dispatches = [
    "queued": "待投递", "delivered": "已转到窗口", "unknown": "不知是否收到", "dead": "滞留", "withdrawn": "已收回，不再投递",
  ]

  /// A time of RFC 3339 as day and minute in China; any other text as it is.
  package static func time(_ text: String) -> String {
    guard let instant = ChinaTime.instant(text) else { return text }
    let shown = ChinaTime.text(instant)
    return shown.prefix(10) + " " + shown.dropFirst(11).prefix(5)
  }
}
