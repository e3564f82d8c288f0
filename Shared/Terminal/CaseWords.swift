internal import Application
internal import Foundations

/// What JSON says in English about applications, in the words that clerks and administrators both read on the screen.
package enum CaseWords {
  /// Status of an application 办件 or a proceeding 子办件.
  package static func status(_ status: String) -> String {
    ProceedingStatus(rawValue: status)?.words ?? ApplicationStatus(rawValue: status)?.words ?? Width.clean(status)
  }

  /// Status of a dispatch 转办件 in the outbox.
  package static func dispatch(_ status: String) -> String { dispatches[status] ?? Width.clean(status) }

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
