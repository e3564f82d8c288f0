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
  /// Serves until SIGTERM or SIGINT, then answers what has arrived and ends. SIGHUP takes a renewed certificate.
  /// - Throws: `serve.already-running`, `serve.address-in-use`, problems of the home.
  static func run(
    home: ServerHome, configuration: Configuration, address: ListenAddress, tls: CertificateFiles?, session: Session
  ) throws(Problem) -> ExitStatus {
    // Before any thread is made: they inherit the mask, so that only `wait` below sees the signals.
    let signals = ServeSignals()
    let lock = try HomeLock(home.lockPath)
    let log = Log(minimum: .info) { line in Machine.write(line + "\n", to: STDERR_FILENO) }
    let casework = try session.casework(log: log)
    home.removeStaging()
    // A home that cannot be read must refuse here, not at the first request.
    let county = try casework.journal.read { reader throws(Problem) in try casework.county(reader) }
    try home.ensureEncryptionKey(random: session.random)
    try casework.publish(ferryKey: home.encryptionKey().encryptionKey)
    let wiring = try Wiring(casework: casework, home: home, configuration: configuration, log: log)
    var settings = ServerSettings()
    settings.host = address.host
    settings.port = address.port
    settings.tls = try tls.map { files throws(Problem) in try read(files, session, log) }
    var server = try listen(settings, wiring, log)
    settings.port = server.port
    wiring.start()
    log(
      .info, "started", [("county", county.division), ("catalog", county.catalog.version), ("port", "\(server.port)")])
    // The one line on standard output; scripts wait for it, whether or not --json is given.
    session.output.raw("listening on \(tls == nil ? "http" : "https")://\(address.host):\(server.port)")
    var number = signals.wait()
    while signals.isReload(number) {
      server = try reload(server, &settings, tls, wiring, session, log)
      number = signals.wait()
    }
    log(.info, "stopping", [("signal", String(number))])
    server.stop()
    wiring.stop()
    log(.info, "stopped")
    lock.release()
    return .done
  }

  private static func listen(
    _ settings: ServerSettings, _ wiring: Wiring, _ log: Log
  ) throws(Problem) -> HTTPServer {
    try HTTPServer(settings, service: wiring.service) { record in
      wiring.count(record)
      log(
        .info, "request",
        [
          ("method", record.method), ("route", record.route), ("status", String(record.status)),
          ("ms", String(record.milliseconds)), ("in", String(record.bytesReceived)), ("out", String(record.bytesSent)),
        ])
    }
  }

  // MARK: Certificates

  private static func read(
    _ files: CertificateFiles, _ session: Session, _ log: Log
  ) throws(Problem) -> (certificate: String, key: String) {
    let texts = try files.read(at: session.clock.now())
    for warning in texts.warnings {
      log(.warning, "certificate", [("ends", ChinaTime.text(texts.ends)), ("told", warning)])
    }
    return (texts.certificate, texts.key)
  }

  /// Takes the certificate as it stands in its files by now: what has arrived is answered first. One that cannot serve
  /// is not taken: with the former one the laptops are still let in.
  /// - Throws: `serve.address-in-use` where somebody else took the address in that moment.
  private static func reload(
    _ server: HTTPServer, _ settings: inout ServerSettings, _ files: CertificateFiles?, _ wiring: Wiring,
    _ session: Session, _ log: Log
  ) throws(Problem) -> HTTPServer {
    guard let files else {
      log(.info, "reloaded", [("certificate", "none")])
      return server
    }
    let former = settings
    do throws(Problem) {
      settings.tls = try read(files, session, log)
    } catch {
      log(.error, "certificate", [("code", error.code), ("told", error.message)])
      return server
    }
    server.stop()
    do throws(Problem) {
      let next = try listen(settings, wiring, log)
      log(.info, "reloaded")
      return next
    } catch {
      // The library that serves may know less than the one that looked.
      guard error.kind == .httpCertificate else { throw error }
      log(.error, "certificate", [("code", error.code), ("told", error.message)])
      settings = former
      return try listen(settings, wiring, log)
    }
  }
}

/// The signals that a server heeds.
private struct ServeSignals {
  private let set: sigset_t
  private let previous: sigset_t
  /// A terminal that goes away says so by SIGHUP, too, and whoever sat there does not expect a server that stays. Who
  /// sent the signal does not tell the two apart: a shell passes its own on. The terminal does, which is gone by then.
  private let startedAtTerminal = Machine.isTerminal(STDIN_FILENO)

  init() {
    var set = sigset_t()
    var previous = sigset_t()
    unsafe sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&set, number) }
    unsafe pthread_sigmask(SIG_BLOCK, &set, &previous)
    self.set = set
    self.previous = previous
  }

  /// Waits for one of them. After one that ends the server a second one ends the program at once, as a person who
  /// presses Ctrl-C twice expects.
  func wait() -> Int32 {
    var number: Int32 = 0
    var (set, previous) = (set, previous)
    while unsafe sigwait(&set, &number) != 0 {}
    if !isReload(number) { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }
    return number
  }

  /// Whether it asks for the certificate to be read again, and not for an end.
  func isReload(_ number: Int32) -> Bool {
    number == SIGHUP && (!startedAtTerminal || Machine.isTerminal(STDIN_FILENO))
  }
}
