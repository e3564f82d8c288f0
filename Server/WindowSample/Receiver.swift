internal import Foundations
internal import Glibc
internal import HTTP
internal import Synchronization
internal import Webhook

/// What the sample window answers.
final class Receiver: Sendable {
  private let key: WebhookKey
  private let store: DispatchStore
  private let clock: any Clock
  private let failuresPerDispatch: Int
  private let hangsAfterAccept: Bool
  private let tell: @Sendable (String) -> Void
  private let failures = Mutex<[String: Int]>([:])
  private let stopping = Mutex(false)

  /// Longer than any sender waits.
  private static let hangSecondsMax = 600

  /// - Parameter tell: gets one line a request, without record contents.
  init(
    _ options: Options, key: WebhookKey, store: DispatchStore, clock: any Clock,
    tell: @escaping @Sendable (String) -> Void
  ) {
    self.key = key
    self.store = store
    self.clock = clock
    self.tell = tell
    failuresPerDispatch = options.failuresPerDispatch
    hangsAfterAccept = options.hangsAfterAccept
  }

  /// Lets go of the requests that hang.
  func stop() { stopping.withLock { $0 = true } }

  /// Answers one request and tells about it.
  func respond(_ request: Request) -> Response {
    var id = "-"
    let response: Response
    do throws(Problem) {
      response = try answer(request, &id)
    } catch {
      response = .problem(error).challenging("Webhook-Signature")
    }
    tell("\(request.method) id=\(id) status=\(response.status)")
    if hangsAfterAccept, request.method == "POST", response.status == 200 { hang() }
    return response
  }

  private func answer(_ request: Request, _ id: inout String) throws(Problem) -> Response {
    switch (request.method, request.path) {
    case ("POST", "/"): return try take(request, &id)
    case ("GET", let path) where path != "/" && !path.dropFirst().contains("/"):
      id = Self.plain(String(path.dropFirst()))
      guard store.has(String(path.dropFirst())) else { throw Problem(.httpNotFound) }
      return .json(["id": .text(id), "received": true])
    default: throw Problem(.httpNotFound)
    }
  }

  private func take(_ request: Request, _ shown: inout String) throws(Problem) -> Response {
    let id = try StandardWebhook.verify(headers: request.headers, body: request.body, key: key, now: clock.now())
    shown = Self.plain(id)
    guard request.headers["idempotency-key"] ?? id == id, id.utf8.count <= 100 else {
      throw ProblemKind.webhookMalformed.with("idempotency-key")
    }
    guard try request.json().object != nil else { throw ProblemKind.documentMalformed.with("1:1") }
    if store.has(id) { return had(id) }
    guard !fails(id) else { return .json(["id": .text(id), "received": false], 500) }
    return try store.add(id, request.body) ? .json(["id": .text(id), "received": true]) : had(id)
  }

  private func had(_ id: String) -> Response { .json(["id": .text(id), "received": true], 409) }

  private func fails(_ id: String) -> Bool {
    failures.withLock { failures in
      let count = failures[id, default: 0]
      guard count < failuresPerDispatch else { return false }
      failures[id] = count + 1
      return true
    }
  }

  private func hang() {
    for _ in 0..<Self.hangSecondsMax * 20 where !stopping.withLock({ $0 }) { _ = usleep(50_000) }
  }

  /// An id came from outside: a line of the log stays a line.
  private static func plain(_ id: String) -> String {
    String(String.UnicodeScalarView(id.unicodeScalars.prefix(100).map { $0.isASCII && $0.value > 0x20 ? $0 : "?" }))
  }
}
