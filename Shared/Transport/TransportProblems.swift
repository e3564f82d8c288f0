package import Foundations

/// What can go wrong between this device and a server. An answer of any status is a value, not one of these.
extension ProblemKind {
  /// The machine has no libcurl.
  package static let networkLibraryMissing = ProblemKind(
    "network.library-missing", status: 503, exit: .offline, "这台电脑没有安装联网组件 libcurl；办件都已保存在本机",
    remedy: "请安装软件包 libcurl4 后再联网；也可以用 sync --to-file 通过文件交换。")
  /// The name was not found, or nothing answered at the address.
  package static let networkUnreachable = ProblemKind(
    "network.unreachable", status: 503, exit: .offline, "连不上服务器：{}。办件都已保存在本机，不会丢失",
    remedy: "请检查网络和服务器地址，有网络时再同步；服务器换了地址的，先运行 bangban config server 新地址。")
  /// The connection did not come up in time, or nothing moved for too long.
  package static let networkTimeout = ProblemKind(
    "network.timeout", status: 504, exit: .offline, "等待服务器的时间太长：{}。办件都已保存在本机，不会丢失",
    remedy: "网络较慢或服务器忙，请稍后再同步；会从断开的地方继续。")
  /// The server could not prove that it is the right one.
  package static let networkCertificate = ProblemKind(
    "network.certificate", status: 502, exit: .offline, "服务器的证书不对，已停止联网：{}。办件都已保存在本机，没有发出",
    remedy: "请核对服务器地址、本机日期和证书文件；仍不对时请告诉县里的管理员。")
  /// The connection was cut in the middle.
  package static let networkInterrupted = ProblemKind(
    "network.interrupted", status: 502, exit: .offline, "联网中途断开：{}。办件都已保存在本机，不会丢失",
    remedy: "请稍后再同步，会从断开的地方继续。")
  /// The same before a word was said: what a server also does that speaks the other scheme.
  static let networkCutAtOnce = ProblemKind(
    networkInterrupted.code, status: networkInterrupted.status, exit: networkInterrupted.exit,
    networkInterrupted.message, remedy: "请稍后再同步，会从断开的地方继续；总是这样的，请核对服务器地址开头是 http 还是 https。")
  /// An address that is not one of http or https.
  package static let networkURL = ProblemKind(
    "network.url", status: 400, exit: .usage, "服务器地址写得不对：{}", remedy: "地址应当像 https://bangban.example.gov.cn 这样。")
  /// What came back is not an answer of HTTP.
  package static let networkAnswer = ProblemKind(
    "network.answer", status: 502, exit: .offline, "服务器的回答看不懂：{}。办件都已保存在本机，不会丢失",
    remedy: "请核对服务器地址；公共网络可能要求先登录。")
  /// The answer is longer than the caller can take.
  package static let networkAnswerTooLarge = ProblemKind(
    "network.answer-too-large", status: 502, exit: .offline, "服务器的回答太大：{}。办件都已保存在本机，不会丢失",
    remedy: "请把这条信息告诉县里的管理员。")
  /// The server's disk or database does not take anything now; the detail is its own code.
  package static let serverStorage = ProblemKind(
    "server.storage", status: 503, exit: .offline, "县里的服务器这次没能保存（{}），本机内容完好，不会丢失",
    remedy: "请稍后再试；还是这样的，请把这条信息告诉县里的管理员。")
}
