internal import Casework
internal import Catalog
internal import Cryptography
internal import Foundations
internal import Glibc
internal import HTTP
internal import Journal
internal import Terminal

/// One run of `serve`.
enum Serving {
  /// Serves until SIGTERM or SIGINT, then answers what has arrived and ends.
  /// - Throws: `serve.already-running`, `serve.address-in-use`, problems of the home.
  static func run(
    home: ServerHome, configuration: Configuration, address: ListenAddress,
    tls: (certificate: String, key: String)?, session: Session
  ) throws(Problem) -> ExitStatus {
    // Before any thread is made: they inherit the mask, so that only `wait` below sees the signals.
    let signals = EndSignals()
    let lock = try HomeLock(home.lockPath)
    let log = Log(minimum: .info) { line in Machine.write(line + "\n", to: STDERR_FILENO) }
    let casework = try session.casework(log: log)
    // A home that cannot be read must refuse here, not at the first request.
    let county = try casework.journal.read { reader throws(Problem) in try casework.county(reader) }
    try home.ensureEncryptionKey(random: session.random)
    try casework.publish(ferryKey: home.encryptionKey().encryptionKey)
    let wiring = try Wiring(casework: casework, home: home, configuration: configuration, log: log)
    var settings = ServerSettings()
    settings.host = address.host
    settings.port = address.port
    settings.tls = tls
    let server = try HTTPServer(settings, service: wiring.service) { record in
      wiring.count(record)
      log(
        .info, "request",
        [
          ("method", record.method), ("route", record.route), ("status", String(record.status)),
          ("ms", String(record.milliseconds)), ("in", String(record.bytesReceived)), ("out", String(record.bytesSent)),
        ])
    }
    wiring.start()
    log(
      .info, "started", [("county", county.division), ("catalog", county.catalog.version), ("port", "\(server.port)")])
    // The one line on standard output; scripts wait for it, whether or not --json is given.
    session.output.raw("listening on \(tls == nil ? "http" : "https")://\(address.host):\(server.port)")
    let number = signals.wait()
    log(.info, "stopping", [("signal", String(number))])
    server.stop()
    wiring.stop()
    log(.info, "stopped")
    lock.release()
    return .done
  }
}

/// The signals that end a server in good order.
private struct EndSignals {
  private let set: sigset_t
  private let previous: sigset_t

  init() {
    var set = sigset_t()
    var previous = sigset_t()
    unsafe sigemptyset(&set)
    for number in [SIGTERM, SIGINT] { unsafe sigaddset(&set, number) }
    unsafe pthread_sigmask(SIG_BLOCK, &set, &previous)
    self.set = set
    self.previous = previous
  }

  /// Waits for one of them; a second one ends the program at once, as a person who presses Ctrl-C twice expects.
  func wait() -> Int32 {
    var number: Int32 = 0
    var (set, previous) = (set, previous)
    while unsafe sigwait(&set, &number) != 0 {}
    unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
    return number
  }
}
