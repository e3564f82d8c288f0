internal import FoundationEssentials
package import Foundations

/// The secret that both ends of a webhook share.
///
/// Its text is `whsec_` and Base64, as Standard Webhooks 1.0.0 ("Signature scheme") writes it; what signs is the bytes
/// behind the Base64, never the text.
package struct WebhookKey: Sendable, Hashable {
  /// What signs.
  package let bytes: [UInt8]

  /// The specification's bounds for the bytes of a secret.
  package static let bytesBounds = 24...64
  private static let prefix = "whsec_"

  /// A key that was read before, as the journal's endpoints hold it.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads `whsec_…`, white space at its ends aside.
  /// - Throws: `webhook.secret`.
  package init(_ text: String) throws(Problem) {
    let text = text.trimmed
    guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
      Self.bytesBounds.contains(data.count)
    else { throw Problem(.webhookSecret) }
    bytes = [UInt8](data)
  }

  /// A fresh key.
  /// - Parameter random: a cryptographic source.
  package init(random: any RandomSource) { bytes = random.bytes(32) }

  /// `whsec_…`, to be shown once to whoever sets up the receiving end.
  package var text: String { Self.prefix + Data(bytes).base64EncodedString() }
}

extension ProblemKind {
  /// A text that is not `whsec_` and Base64 of 24 to 64 bytes.
  package static let webhookSecret = ProblemKind(
    "webhook.secret", status: 400, exit: .usage, "签名密钥的写法不对，应是 whsec_ 加上 24 至 64 字节的 Base64",
    remedy: "请原样复制服务器给出的密钥，不要增删字符。")
  /// A webhook whose headers are missing or cannot be read.
  package static let webhookMalformed = ProblemKind(
    "webhook.malformed", status: 400, "推送的签名信息不完整：{}", remedy: "请检查发出推送的程序和中间的代理是否丢了请求头。")
  /// A webhook made too long ago, or in the future: repeated by somebody, or one of the two clocks is wrong.
  package static let webhookStale = ProblemKind(
    "webhook.stale", status: 401, "推送的时间与本机相差超过五分钟", remedy: "请核对两边的系统时间。")
  /// A signature that this key did not make over this text.
  package static let webhookSignature = ProblemKind(
    "webhook.signature", status: 401, "推送的签名不对", remedy: "请核对两边的签名密钥是否相同，内容是否被中途改动。")
}
