package import Foundations

// What both ends say about applications.
extension ProblemKind {
  /// No application has this id, code or beginning.
  package static let applicationNotFound = ProblemKind(
    "application.not-found", status: 404, "没有这个办件：{}。", remedy: "请核对编号；可以只输入开头几位。")
  /// More than one has this beginning.
  package static let applicationAmbiguous = ProblemKind(
    "application.ambiguous", status: 409, "有好几个办件以“{}”开头。", remedy: "请多输入几位。")
}
