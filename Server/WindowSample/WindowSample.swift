internal import FoundationEssentials
internal import Foundations
internal import Glibc
internal import HTTP
internal import Webhook

/// `bangban-window-sample`: a window's own system in small, to try forwarding with and to copy from.
@main
enum WindowSample {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard !arguments.contains("--help") else { return write(Options.usage, to: STDOUT_FILENO) }
    do throws(Problem) {
      try run(Options(arguments))
    } catch {
      write("\(error.message)\n\(error.kind.remedy)\n", to: STDERR_FILENO)
      exit(error.kind.exit.rawValue)
    }
  }

  private static func run(_ options: Options) throws(Problem) {
    guard let secret = FileManager.default.contents(atPath: options.secretFile) else {
      throw ProblemKind.sampleFile.with(options.secretFile)
    }
    let receiver = Receiver(
      options, key: try WebhookKey(String(decoding: secret, as: UTF8.self)), store: try DispatchStore(options.store),
      clock: SystemClock()
    ) { write($0 + "\n", to: STDERR_FILENO) }
    // Blocked before the server's threads begin, which inherit it, so that the signal waits for `sigwait`.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe sigaddset(&signals, SIGINT)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    var settings = ServerSettings()
    settings.host = options.host
    settings.port = options.port
    settings.drainSecondsMax = 5
    let server = try HTTPServer(settings, limits: { _, _ in Limits.bodyBytesMax }, handler: receiver.respond)
    let isBareIPv6 = options.host.contains(":") && !options.host.hasPrefix("[")
    write("listening on http://\(isBareIPv6 ? "[\(options.host)]" : options.host):\(server.port)\n", to: STDOUT_FILENO)
    var signal: Int32 = 0
    unsafe sigwait(&signals, &signal)
    receiver.stop()
    server.stop()
  }

  /// At once, whatever stands at the other end: whoever started the program waits for the line.
  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
