internal import Foundations

/// What JSON says in English about applications, in the words that clerks and administrators both read on the screen.
package enum CaseWords {
  /// Status of an application 办件 or a proceeding 子办件.
  package static func status(_ status: String) -> String {
    switch status {
    case "draft": "草稿"
    case "submitted": "已提交"
    case "inProgress": "办理中"
    case "correction": "待补正"
    case "closed": "已办结"
    case "withdrawn": "已撤回"
    case "erased": "已清除"
    case "waiting": "等待前置事项"
    case "awaitingAttachments": "等待附件"
    case "preReview": "容缺预审"
    case "dispatched": "已转窗口"
    case "accepted": "已受理"
    case "rejected": "不予受理"
    case "suspended": "特别程序中"
    case "decided": "已作决定"
    case "issued": "已制证"
    case "delivered": "已送达"
    case "terminated": "已终止"
    default: Width.clean(status)
    }
  }

  /// Status of a dispatch 转办件 in the outbox.
  package static func dispatch(_ status: String) -> String {
    switch status {
    case "queued": "待投递"
    case "delivered": "已转到窗口"
    case "unknown": "不知是否收到"
    case "dead": "滞留"
    default: Width.clean(status)
    }
  }

  /// A time of RFC 3339 as day and minute in China; any other text as it is.
  package static func time(_ text: String) -> String {
    guard let instant = ChinaTime.instant(text) else { return text }
    let shown = ChinaTime.text(instant)
    return shown.prefix(10) + " " + shown.dropFirst(11).prefix(5)
  }
}
