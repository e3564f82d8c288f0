internal import FoundationEssentials
internal import Foundations
internal import Transport

/// The demonstration's county server: administration through its program, windows through HTTP.
final class DemoCountyServer {
  private let stage: DemoStage
  private let home: String
  private let client = HTTPClient(agent: "bangban-demo")
  private var process: ChildProcess?
  private(set) var url = ""
  private var tokens: [String: String] = [:]

  init(_ stage: DemoStage) {
    self.stage = stage
    home = stage.path("server")
  }

  @discardableResult
  func administer(_ arguments: String...) throws(Problem) -> [Value] {
    try stage.run("bangban-server", ["--home", home, "--json"] + arguments).lines
  }

  func start() throws(Problem) {
    let (process, url) = try stage.serve("bangban-server", ["--home", home, "serve", "--listen", "127.0.0.1:0"])
    self.process = process
    self.url = url
  }

  /// - Returns: its exit status; 0 says that it finished what it had begun.
  func stop() -> Int32 {
    defer { process = nil }
    return process?.stop() ?? -1
  }

  // MARK: Windows

  /// One window's queue.
  func queue(_ window: String) throws(Problem) -> [Value] {
    try request("GET", "/v1/windows/\(window)/proceedings?limit=200", window: window)["items"]?.array ?? []
  }

  /// What a clerk does at a window.
  @discardableResult
  func act(_ window: String, _ proceeding: String, _ action: Value) throws(Problem) -> Value {
    var action = action
    let current = try request("GET", "/v1/proceedings/\(proceeding)", window: window)
    action["version"] = current["version"] ?? 1
    return try request("POST", "/v1/proceedings/\(proceeding)/actions", window: window, body: action)
  }

  private func request(_ method: String, _ path: String, window: String, body: Value? = nil) throws(Problem) -> Value {
    var request = HTTPClient.Request(method, url + path)
    request.headers = [(name: "Authorization", value: "Bearer \(try token(window))")]
    if let body {
      request.headers.append((name: "Content-Type", value: "application/json"))
      request.headers.append((name: "Idempotency-Key", value: Base32.text(SystemRandom().bytes(16))))
      request.body = .bytes(JSON.bytes(body))
    }
    let response = try client.send(request)
    guard response.isSuccess else {
      throw ProblemKind.demoFailed.with("\(method) \(path)：\(response.problem.message) [\(response.problem.code)]")
    }
    return try JSONReader.document(response.body)
  }

  private func token(_ window: String) throws(Problem) -> String {
    if let known = tokens[window] { return known }
    guard let token = try administer("window", "token", window).first?["token"]?.text else {
      throw ProblemKind.demoFailed.with("没有得到窗口 \(window) 的令牌")
    }
    tokens[window] = token
    return token
  }
}
