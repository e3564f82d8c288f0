internal import Forwarding
internal import Foundations
internal import Terminal
internal import Webhook

/// Whether a window's own system may stand where somebody says it does.
enum EndpointAddress {
  /// - Throws: `window.endpoint-public`, `window.endpoint-host`, `network.url`.
  static func check(_ url: String, allowPublic: Bool) throws(Problem) {
    do throws(Problem) {
      _ = try AddressRules(allowsPublic: allowPublic).addresses(of: url)
    } catch {
      switch error.code {
      case ProblemKind.forwardingAddress.code: throw ProblemKind.endpointPublic.with(error.detail ?? "")
      // The rest of the work does not hang on it, as "offline" would say.
      case "network.unreachable": throw ProblemKind.endpointHost.with(UsageFault.shown(error.detail ?? ""))
      default: throw error
      }
    }
  }
}

/// The file of `--secret-file`.
enum EndpointSecret {
  /// - Throws: `webhook.secret`.
  static func read(_ bytes: [UInt8]) throws(Problem) -> [UInt8] {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Problem(.webhookSecret) }
    return try WebhookKey(text).bytes
  }
}

extension ProblemKind {
  static let endpointPublic = ProblemKind(
    "window.endpoint-public", "这个地址不在本机，也不在内网（{}）。",
    remedy: "请用内网地址；确实要用公网地址，先在 server.json 里写 \"allowPublicEndpoints\": true。")
  static let endpointHost = ProblemKind("window.endpoint-host", "查不到这个服务器名：{}。", remedy: "请核对地址，或直接写 IP 地址。")
}
