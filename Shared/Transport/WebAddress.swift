package import Foundations

/// The parts of a URL that decide whether a request may be made at all.
package struct WebAddress: Sendable {
  /// As it is written, lower case, without port; an IPv6 address without its brackets.
  package let host: String
  /// As it is written, else that of the scheme.
  package let port: UInt16
  /// What a problem may tell: scheme, host and port, never path or query.
  let origin: String

  /// - Throws: `network.url` for anything but an absolute `http` or `https` URL with a host, without user information
  ///   and in printable ASCII. libcurl is more generous: it guesses schemes and would read `file:` too.
  package init(_ url: String) throws(Problem) {
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }), url.utf8.count <= 8192,
      let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://")
    else { throw ProblemKind.networkURL.with("应以 https:// 或 http:// 开头") }
    let scheme = url[..<colon].lowercased()
    guard scheme == "https" || scheme == "http" else { throw ProblemKind.networkURL.with("应以 https:// 或 http:// 开头") }
    let rest = url[url.index(colon, offsetBy: 3)...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }.lowercased()
    guard !authority.contains("@") else { throw ProblemKind.networkURL.with("地址里不能带用户名或口令") }
    origin = "\(scheme)://\(authority)"
    (host, port) = try Self.parts(authority, scheme == "https" ? 443 : 80)
  }

  private static func parts(_ authority: String, _ usualPort: UInt16) throws(Problem) -> (String, UInt16) {
    let name: Substring
    let port: Substring
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      name = authority[authority.index(after: authority.startIndex)..<end]
      port = authority[authority.index(after: end)...]
    } else {
      name = authority.prefix { $0 != ":" }
      port = authority[name.endIndex...]
    }
    guard !name.isEmpty else { throw ProblemKind.networkURL.with("缺少服务器名") }
    guard !port.isEmpty else { return (String(name), usualPort) }
    guard port.first == ":", let number = UInt16(port.dropFirst()), number > 0 else {
      throw ProblemKind.networkURL.with("端口应是 1 至 65535 的数")
    }
    return (String(name), number)
  }

  /// Whether this is the machine itself, which no proxy is ever asked for.
  var isLoopback: Bool { host == "localhost" || host.hasPrefix("127.") || host == "::1" }
}
