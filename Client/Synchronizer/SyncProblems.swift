package import Foundations
internal import Replication

extension ProblemKind {
  static let syncDictionaryUnknownCode = "sync.dictionary-unknown"
  /// The server does not know a device that was enrolled: its backup is older, which a new code mends, or it was made
  /// anew, which only the old one's backup or keys mend. The device cannot tell which.
  package static let deviceForgotten = ProblemKind(
    deviceNotEnrolled.code, status: 401, "县里的服务器不认识这台电脑：它被重装过，或者恢复的备份比这台电脑的登记还早。没有同步，本机内容一样也没有少。",
    remedy: "请告诉县里的管理员。服务器重装过的，要由县里把备份（或原来的密钥）放回去，换登记码没有用；"
      + "放回去以后还不认识，再要一个新的登记码，运行 bangban enroll 服务器地址 登记码。本机的办件都在，以后接着用。")
  /// The server answered what no server of ours answers.
  package static let syncAnswer = ProblemKind(
    "sync.answer", status: 502, exit: .offline, "服务器的回答不完整（{}），这次同步没有完成；办件都已保存在本机。",
    remedy: "请稍后再同步；仍然如此时请告诉县里的管理员。")
  /// The answer bears no signature of the county's, or that of another answer (`AnswerProof`).
  package static let syncUnproven = ProblemKind(
    "sync.unproven", status: 502, exit: .offline, "收到的回答不是县里的服务器给这台电脑的，没有采用；办件都已保存在本机。",
    remedy: "请再同步一次。仍然如此的：公共网络可能要求先在浏览器里登录；请核对服务器地址；再不行告诉县里的管理员。")
  /// An attachment arrived damaged twice.
  package static let uploadDamaged = ProblemKind(
    "upload.damaged", status: 502, exit: .offline, "有附件在传输途中被改动，重传一次还是不对；原件在本机完好。",
    remedy: "请稍后再同步，最好换一个网络；仍然如此时请告诉县里的管理员。")
}
