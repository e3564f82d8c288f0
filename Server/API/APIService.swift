internal import Application
package import Casework
internal import Cryptography
package import Foundations
package import HTTP
internal import Journal
internal import Synchronization

/// The resources of `/v1`, as a service of the HTTP server.
package struct APIService: Service {
  private let resources: APIResources
  private let router: Router

  /// - Parameter forwarding: figures of the outbox worker for `/metrics`.
  package init(
    casework: CaseService, blobs: BlobFiles, forwarding: @escaping @Sendable () -> [(name: String, value: Int64)]
  ) {
    let resources = APIResources(casework: casework, blobs: blobs, forwarding: forwarding)
    self.resources = resources
    router = resources.routes()
  }

  /// Which handler answers a request, by method and path.
  /// - Throws: `http.not-found`, `http.method`.
  package func plan(for request: Request) throws -> Plan {
    do {
      var plan = try router.plan(for: request)
      let respond = plan.respond
      plan.respond = { request in
        do {
          return resources.proving(try respond(request), to: request)
        } catch {
          throw resources.proving(Self.challenging(error), to: request)
        }
      }
      return plan
    } catch {
      throw resources.proving(Self.challenging(error), to: request)
    }
  }

  /// What is refused for want of a token, or of a device's signature, says so.
  private static func challenging(_ error: any Error) -> any Error {
    guard let problem = error as? Problem, problem.kind.status == 401 else { return error }
    let isToken = [.tokenInvalid, .tokenEnded].contains(problem.kind)
    return Refusal(.problem(problem).challenging(isToken ? "Bearer" : "Bangban-Signature"))
  }

  /// Counts a request for `/metrics`; the HTTP server calls it with the route's pattern.
  package func count(_ record: RequestRecord) { resources.count(record) }
}

/// The handlers. They only translate: who asks, what is asked, how it is answered. Everything else is casework.
final class APIResources: Sendable {
  let casework: CaseService
  let blobs: BlobFiles
  let uploads = Uploads()
  private let forwarding: @Sendable () -> [(name: String, value: Int64)]
  private let enrolments = Mutex(RateLimiter(burst: 20, perMinute: 20))
  private let requests = Mutex<[String: Int64]>([:])
  /// Whether something failed here, as for want of room on the disk, and nobody has looked since.
  private let mayBeFull = Mutex(false)

  init(
    casework: CaseService, blobs: BlobFiles, forwarding: @escaping @Sendable () -> [(name: String, value: Int64)]
  ) {
    self.casework = casework
    self.blobs = blobs
    self.forwarding = forwarding
  }

  /// All routes.
  func routes() -> Router {
    var router = Router()
    router.add("POST", "/v1/enroll", body: .memory(bytesMax: 64 << 10)) { try self.enroll($0) }
    router.add("POST", "/v1/sync") { try self.sync($0) }
    router.add("POST", "/v1/return") { try self.takeBack($0) }
    router.add("POST", "/v1/prove", body: .memory(bytesMax: 1 << 20)) { try self.prove($0) }
    router.add("HEAD", "/v1/blobs/{digest}") { try self.blobStatus($0) }
    router.add("PATCH", "/v1/blobs/{digest}", body: .chosen { try self.planUpload($0) }) { try self.upload($0) }
    router.add("DELETE", "/v1/blobs/{digest}") { try self.cancelUpload($0) }
    router.add("GET", "/v1/blobs/{digest}") { try self.download($0) }
    router.add("GET", "/v1/windows/{window}/proceedings") { try self.queue($0) }
    router.add("GET", "/v1/applications/{id}") { try self.application($0) }
    router.add("GET", "/v1/proceedings/{id}") { try self.proceeding($0) }
    router.add("POST", "/v1/proceedings/{id}/actions", body: .memory(bytesMax: 256 << 10)) { try self.act($0) }
    router.add("GET", "/v1/supervision/summary") { try self.summary($0) }
    router.add("GET", "/healthz") { _ in .text("ok\n") }
    router.add("GET", "/readyz") { _ in try self.ready() }
    router.add("GET", "/metrics") { _ in self.metrics() }
    router.add("GET", "/openapi.json") { _ in .json(OpenAPI.document) }
    return router
  }

  func count(_ record: RequestRecord) {
    if record.status >= 500 { mayBeFull.withLock { $0 = true } }
    requests.withLock { $0["\(record.method) \(record.route) \(record.status)", default: 0] += 1 }
  }

  // MARK: Devices

  private func enroll(_ request: Request) throws(Problem) -> Response {
    let decision = enrolments.withLock { $0.admit(request.peer, at: casework.clock.now()) }
    if case .refused(let seconds) = decision { throw ProblemKind.httpTooMany.with(String(seconds)) }
    return .json(try casework.enroll(try request.json())).packed(for: request)
  }

  private func sync(_ request: Request) throws(Problem) -> Response {
    Response(
      200, headers: [("Content-Type", "application/vnd.bangban.sync")], body: try casework.sync(request.body))
  }

  private func takeBack(_ request: Request) throws(Problem) -> Response {
    let device = try device(request)
    return Response(
      200, headers: [("Content-Type", "application/cbor")],
      body: try casework.takeBack(request.body, device: device, from: blobs))
  }

  func device(_ request: Request, lettingRevoked: Bool = false) throws(Problem) -> DeviceRow {
    try casework.authenticate(
      method: request.method, path: request.path, header: { request.headers[$0] },
      bodyDigest: Digest.sm3(request.body), lettingRevoked: lettingRevoked)
  }

  private func prove(_ request: Request) throws(Problem) -> Response {
    let device = try device(request)
    return Response(
      200, headers: [("Content-Type", "application/cbor")], body: try casework.prove(request.body, device: device))
  }

  // MARK: Windows

  func actor(_ request: Request) throws(Problem) -> Actor {
    let header = request.headers["authorization"] ?? ""
    guard header.lowercased().hasPrefix("bearer ") else { throw Problem(.tokenInvalid) }
    return try casework.actor(token: String(header.dropFirst("bearer ".count)).trimmed)
  }

  private func queue(_ request: Request) throws(Problem) -> Response {
    let actor = try actor(request)
    let window = WindowID(request.parameters["window"] ?? "")
    guard actor.seesAll || actor.window == window else { throw ProblemKind.windowForeign.with(window.text) }
    let status = request.query("status")
    // Somebody who misspells a status would take the queue for empty.
    guard status.map({ ProceedingStatus(rawValue: $0) != nil }) ?? true else { throw ProblemKind.query.with("status") }
    let asked = request.query("limit")
    guard let limit = asked.map({ Int($0) }) ?? 50 else { throw ProblemKind.query.with("limit") }
    return .json(
      try casework.queue(
        window, status: status, after: request.query("after").map { ProceedingID($0) },
        limit: min(max(limit, 1), 200)))
  }

  private func application(_ request: Request) throws(Problem) -> Response {
    let actor = try actor(request)
    guard actor.seesAll else {
      // A window sees its proceedings' projection and version, no more.
      return .json(try casework.application(request.parameters["id"] ?? "", for: actor))
    }
    return .json(try casework.application(request.parameters["id"] ?? ""))
  }

  private func proceeding(_ request: Request) throws(Problem) -> Response {
    .json(
      try casework.proceeding(ProceedingID(request.parameters["id"] ?? ""), actor: try actor(request)))
  }

  private func act(_ request: Request) throws(Problem) -> Response {
    let actor = try actor(request)
    let id = ProceedingID(request.parameters["id"] ?? "")
    do {
      return .json(
        try casework.act(
          id, body: try request.json(), actor: actor, idempotencyKey: request.headers["idempotency-key"]))
    } catch {
      guard error.kind.status == 409, let current = try? casework.proceeding(id, actor: actor) else { throw error }
      // 409 comes with the current state, so that the caller need not ask again.
      return Response.problem(error).adding("current", current)
    }
  }

  private func summary(_ request: Request) throws(Problem) -> Response {
    guard try actor(request).seesAll else { throw ProblemKind.windowForeign.with("supervision") }
    return .json(try casework.supervisionSummary())
  }

  // MARK: Operators

  private func ready() throws(Problem) -> Response {
    try casework.journal.read { reader throws(Problem) in _ = try reader.lastSequence() }
    // While nobody is sent here nothing is written: whether it can be is tried, but not for everybody who asks.
    if mayBeFull.withLock({ $0 }) {
      do throws(Problem) { try casework.tryWriting() } catch { throw ProblemKind.notReady.with(error.message) }
      mayBeFull.withLock { $0 = false }
    }
    return .text("ready\n")
  }

  private func metrics() -> Response {
    var lines = ["# TYPE bangban_http_requests_total counter"]
    for (key, value) in requests.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      let parts = key.split(separator: " ")
      guard parts.count == 3 else { continue }
      lines.append(
        "bangban_http_requests_total{method=\"\(parts[0])\",route=\"\(parts[1])\",status=\"\(parts[2])\"} \(value)")
    }
    for figure in forwarding() {
      lines.append("# TYPE bangban_forwarding_\(figure.name) gauge")
      lines.append("bangban_forwarding_\(figure.name) \(figure.value)")
    }
    return .text(lines.joined(separator: "\n") + "\n", type: "text/plain; version=0.0.4; charset=utf-8")
  }
}

extension ProblemKind {
  /// What is refused is told to whoever watches the server, too.
  package static let notReady = ProblemKind(
    "server.not-ready", status: 503, "服务器现在存不了东西：{}", remedy: "请看服务器数据文件夹所在的磁盘是不是满了；能写了就自己恢复。")
  package static let query = ProblemKind(
    "request.query", status: 400, "查询条件 {} 不对。", remedy: "可用的值见接口说明 /openapi.json。")
  package static let windowForeign = ProblemKind(
    "window.foreign", status: 403, "这个令牌不能查看 {}。", remedy: "请使用该窗口自己的令牌。")
}
