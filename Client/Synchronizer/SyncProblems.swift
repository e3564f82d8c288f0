package import Foundations

extension ProblemKind {
  /// The server answered what no server of ours answers.
  package static let syncAnswer = ProblemKind(
    "sync.answer", status: 502, exit: .offline, "服务器的回答不完整（{}），这次同步没有完成；办件都已保存在本机。",
    remedy: "请稍后再同步；仍然如此时请告诉县里的管理员。")
  /// An attachment arrived damaged twice.
  package static let uploadDamaged = ProblemKind(
    "upload.damaged", status: 502, exit: .offline, "有附件在传输途中被改动，重传一次还是不对；原件在本机完好。",
    remedy: "请稍后再同步，最好换一个网络；仍然如此时请告诉县里的管理员。")
  /// The server was restored from a backup, or replaced.
  package static let syncTimeline = ProblemKind(
    "sync.timeline", status: 409, "服务器的数据换过了（恢复过备份），需要管理员先处理；本机内容都还在。",
    remedy: "请联系县里的管理员，不要重新登记。")
}
