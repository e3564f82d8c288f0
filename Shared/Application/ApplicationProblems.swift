package import Foundations

// What both ends say about applications.
extension ProblemKind {
  /// No application has this id, code or beginning.
  package static let applicationNotFound = ProblemKind(
    "application.not-found", status: 404, "没有这个办件：{}。", remedy: "请核对编号；可以只输入开头几位。")
  /// More than one has this beginning.
  package static let applicationAmbiguous = ProblemKind(
    "application.ambiguous", status: 409, "不止一个办件的编号是这个，或以它开头：{}。", remedy: "请多输入几位，或改用办件的 id。")
}

/// What stands against an operation. A device's forecast and the server's judgement say the same by the same code.
extension ProblemKind {
  package static let duplicateUnknown = ProblemKind(
    "duplicate.unknown", status: 409, "没有发现与它重复的这一件。", remedy: "请用 bangban duplicates 查看有哪些重复件。")
  package static let duplicateEnded = ProblemKind(
    "duplicate.ended", status: 409, "要接着办的那一件已经办结、撤回或清除。", remedy: "请选另一件接着办，或者分开办。")
  package static let duplicateBehind = ProblemKind(
    "duplicate.behind", status: 409, "要接着办的这一件已经并到别的办件。", remedy: "请选那一件接着办，或先把它分开。")
  package static let duplicateCarries = ProblemKind(
    "duplicate.carries", status: 409, "已有别的办件并到这一件，它不能再并到另一件。", remedy: "请先改那一件的决定。")
  package static let applicationJoined = ProblemKind(
    "application.joined", status: 409, "这一件已并到另一件办理，不能提交。",
    remedy: "请在接着办的那一件里补充；要分开办，用 bangban duplicate 编号 --apart 那一件。")

  package static let applicationErased = ProblemKind(
    "application.erased", status: 409, "这个办件的内容已经按规定清除，不能再写。", remedy: "确实要办的，请重新建一个办件。")

  package static let applicationClosed = ProblemKind(
    "application.closed", status: 409, "这个办件已撤回或已办结，不能再这样做。", remedy: "请用 bangban show 查看办到哪一步；确实要再办的，请重新建一个办件。")

  /// The problem of a refusal that has a sentence of its own; nil for the others.
  package static func refusal(_ code: String) -> ProblemKind? {
    ([
      .duplicateUnknown, .duplicateEnded, .duplicateBehind, .duplicateCarries, .applicationJoined, .applicationErased,
      .applicationClosed,
    ] + transitions).first { $0.code == code }
  }
}
