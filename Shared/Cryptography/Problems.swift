package import Foundations

extension ProblemKind {
  /// A sealed box that does not open here: altered, moved to another place, or sealed with another key.
  package static let sealInvalid = ProblemKind(
    "seal.invalid", status: 500, exit: .storage, "加密内容无法打开（{}）：它被改动过、被移动过，或者密钥不对。",
    remedy: "请不要删除数据文件，并联系管理员从备份或服务器恢复。")
  /// A key from a file or from the network that is not one.
  package static let keyInvalid = ProblemKind(
    "key.invalid", status: 400, exit: .refused, "密钥格式不正确（{}）。", remedy: "请向管理员索取正确的密钥后再试。")
  /// An envelope that this private key does not open.
  package static let envelopeInvalid = ProblemKind(
    "envelope.invalid", status: 400, exit: .refused, "加密信封无法打开（{}）：它被改动过，或者不是发给这把密钥的。",
    remedy: "请确认选择了正确的文件和密钥。")
  /// The machine's libraries cannot do what the national algorithms need.
  package static let cryptographyFailed = ProblemKind(
    "cryptography.failed", status: 500, exit: .storage, "本机的密码库不能使用国密算法（{}）。",
    remedy: "请安装带有 SM2 的 OpenSSL 3 和带有 SM3、SM4 的 libgcrypt 1.10，然后再试。")
}
