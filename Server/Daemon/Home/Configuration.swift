internal import Foundations
internal import Terminal

/// `server.json` of a home: how this machine serves. Everything has a default, and the command line goes before it.
struct Configuration: Equatable {
  /// `HOST:PORT`.
  var listen = "127.0.0.1:8420"
  /// PEM files.
  var tlsCertificate: String?
  var tlsKey: String?
  /// Whether a window's own system may stand at an address that is not private.
  var allowPublicEndpoints = false

  private static let keys = ["listen", "tlsCert", "tlsKey", "allowPublicEndpoints"]

  /// - Throws: `server.configuration` naming the key, `document.malformed`.
  static func read(_ home: ServerHome) throws(Problem) -> Configuration {
    guard Machine.exists(home.configurationPath) else { return Configuration() }
    return try read(try Machine.file(home.configurationPath))
  }

  /// - Throws: as above.
  static func read(_ bytes: [UInt8]) throws(Problem) -> Configuration {
    var configuration = Configuration()
    let value = try JSONReader.document(bytes)
    guard let members = value.object else { throw ProblemKind.serverConfiguration.with("应是一个对象") }
    for key in members.keys.sorted() where !keys.contains(key) {
      throw ProblemKind.serverConfiguration.with("不认识 \(UsageFault.shown(key))，可以用 \(keys.joined(separator: "、"))")
    }
    func text(_ key: String) throws(Problem) -> String? {
      guard let member = members[key] else { return nil }
      guard let text = member.text, !text.isEmpty else { throw ProblemKind.serverConfiguration.with("\(key) 应是文字") }
      return text
    }
    configuration.listen = try text("listen") ?? configuration.listen
    configuration.tlsCertificate = try text("tlsCert")
    configuration.tlsKey = try text("tlsKey")
    if let allow = members["allowPublicEndpoints"] {
      guard let allow = allow.bool else {
        throw ProblemKind.serverConfiguration.with("allowPublicEndpoints 应是 true 或 false")
      }
      configuration.allowPublicEndpoints = allow
    }
    return configuration
  }
}

extension ProblemKind {
  static let serverConfiguration = ProblemKind(
    "server.configuration", status: 500, exit: .usage, "配置文件 server.json 有错：{}。", remedy: "请改正后再试。")
}
