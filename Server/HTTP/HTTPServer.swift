internal import CMicroHTTPD
internal import Dispatch
package import Foundations
internal import Glibc
internal import Synchronization

/// An HTTP/1.1 server over GNU libmicrohttpd.
///
/// Each connection has a thread of its own, so that a handler may block on the disk or the database without holding up
/// anyone else; the number of connections, in all and for each address, is bounded, and slow ones are ended
/// (`Connections`). What is not HTTP at all is answered by the library itself, with a plain 400, 413, 414 or 431.
@safe package final class HTTPServer: Sendable {
  /// The port it really listens on.
  package let port: UInt16
  private let core: ServerCore
  private let state: Mutex<State>

  @safe private struct State {
    var daemon: OpaquePointer?
    var timer: (any DispatchSourceTimer)?
  }

  /// Starts listening.
  /// - Parameters:
  ///   - log: gets each request after its last byte, on the connection's thread.
  /// - Throws: `serve.address-in-use`, `http.listen`, `http.certificate`.
  package init(
    _ settings: ServerSettings, service: any Service, log: @escaping @Sendable (RequestRecord) -> Void = { _ in }
  ) throws(Problem) {
    let listener = try Listener(host: settings.host, port: settings.port)
    port = listener.port
    core = ServerCore(settings, service, log)
    let socket = listener.take()
    guard let daemon = unsafe Self.start(settings, core, socket) else {
      _ = close(socket)
      throw settings.tls == nil
        ? ProblemKind.httpListen.with("\(settings.host):\(settings.port)")
        : ProblemKind.httpCertificate.with("PEM")
    }
    let timer = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
    timer.schedule(deadline: .now() + 1, repeating: 1)
    timer.setEventHandler { [connections = core.connections] in connections.reap() }
    timer.resume()
    state = Mutex(unsafe State(daemon: daemon, timer: timer))
  }

  /// Starts a server with one handler for everything.
  /// - Parameter limits: the most bytes a body may have, by method and path.
  package convenience init(
    _ settings: ServerSettings, limits: @escaping @Sendable (_ method: String, _ path: String) -> Int,
    handler: @escaping @Sendable (Request) throws -> Response
  ) throws(Problem) {
    try self.init(settings, service: OneHandler(limits: limits, handler: handler))
  }

  deinit { stop() }

  private static func start(_ settings: ServerSettings, _ core: ServerCore, _ socket: Int32) -> OpaquePointer? {
    func start(_ certificate: UnsafePointer<CChar>?, _ key: UnsafePointer<CChar>?) -> OpaquePointer? {
      var raw = unsafe bangban_mhd_settings()
      unsafe raw.listen_socket = socket
      unsafe raw.connections_max = UInt32(clamping: settings.connectionsMax)
      unsafe raw.connections_per_address_max = UInt32(clamping: settings.connectionsPerAddressMax)
      unsafe raw.idle_seconds_max = UInt32(clamping: settings.idleSecondsMax)
      unsafe raw.memory_bytes = settings.memoryBytesMax
      unsafe raw.stack_bytes = ServerCore.stackBytes
      unsafe raw.certificate = certificate
      unsafe raw.key = key
      unsafe raw.context = Unmanaged.passUnretained(core).toOpaque()
      unsafe raw.access = accessed
      unsafe raw.completed = completed
      unsafe raw.connection = connectionChanged
      unsafe raw.target = targetRead
      return unsafe bangban_mhd_start(&raw)
    }
    guard let tls = settings.tls else { return unsafe start(nil, nil) }
    return unsafe tls.certificate.withCString { certificate in
      unsafe tls.key.withCString { key in unsafe start(certificate, key) }
    }
  }

  /// Refuses new connections, waits until every request whose headers have arrived is answered, for at most
  /// `drainSecondsMax`, and closes the rest. Idempotent. A handler must not call it: it waits for itself.
  package func stop() {
    let (daemon, timer) = unsafe state.withLock { state in
      defer { state = State() }
      return unsafe (state.daemon, state.timer)
    }
    guard let daemon = unsafe daemon else { return }
    core.drain()
    let socket = unsafe MHD_quiesce_daemon(daemon)
    if socket >= 0 { _ = close(socket) }
    core.waitUntilIdle()
    // Joins every connection's thread, so that no callback can see `core` afterwards.
    unsafe MHD_stop_daemon(daemon)
    timer?.cancel()
  }
}

/// A service of one handler.
private struct OneHandler: Service {
  let limits: @Sendable (String, String) -> Int
  let handler: @Sendable (Request) throws -> Response

  func plan(for request: Request) -> Plan {
    Plan(route: "*", body: .memory(bytesMax: limits(request.method, request.path)), respond: handler)
  }
}

/// What the callbacks of all connections share.
final class ServerCore: Sendable {
  /// Debug builds of deep JSON need more than the 256 KiB that would otherwise do.
  static let stackBytes = 2 << 20

  let settings: ServerSettings
  let service: any Service
  let connections: Connections
  private let log: @Sendable (RequestRecord) -> Void
  private let activity = Mutex((running: 0, draining: false))

  init(_ settings: ServerSettings, _ service: any Service, _ log: @escaping @Sendable (RequestRecord) -> Void) {
    self.settings = settings
    self.service = service
    self.log = log
    connections = Connections(
      headerSeconds: settings.headerSecondsMax, bytesPerSecondMin: settings.bytesPerSecondMin)
  }

  var isDraining: Bool { activity.withLock { $0.draining } }

  func drain() { activity.withLock { $0.draining = true } }

  /// The headers of a request have arrived.
  func began() { activity.withLock { $0.running += 1 } }

  /// A request is over.
  func ended(_ exchange: Exchange) {
    exchange.end()
    guard exchange.isBegun else { return }
    activity.withLock { $0.running -= 1 }
    let (seconds, attoseconds) = (ContinuousClock.now - exchange.began).components
    log(
      RequestRecord(
        method: RequestRecord.method(exchange.method), route: exchange.route, status: exchange.status,
        milliseconds: seconds * 1000 + attoseconds / 1_000_000_000_000_000, bytesReceived: exchange.received,
        bytesSent: exchange.bytesSent))
  }

  func waitUntilIdle() {
    let deadline = ContinuousClock.now + .seconds(settings.drainSecondsMax)
    while activity.withLock({ $0.running > 0 }), ContinuousClock.now < deadline { _ = usleep(5000) }
  }
}
