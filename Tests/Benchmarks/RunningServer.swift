internal import Catalog
internal import Cryptography
internal import FoundationEssentials
internal import Foundations
internal import Glibc
internal import Journal
internal import SQLite
internal import TestSupport
internal import Transport

/// `bangban-server serve` on a county's journal. Ends with this.
final class RunningServer {
  let pid: pid_t
  let url: String
  private let county: CountyBench
  private let client = HTTPClient()
  private var isStopped = false
  private static let startMillisecondsMax: Int64 = 30_000
  private static let lookMicroseconds: UInt32 = 5_000

  /// - Parameter token: what a window of the county may ask with.
  init(_ county: CountyBench, token: String) throws {
    self.county = county
    let folder = county.folder
    for name in ["blobs", "keys"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    try Scratch.write(Hexadecimal.text(CountyBench.storeKey).utf8, to: folder + "/keys/store.key")
    try Scratch.write(Hexadecimal.text(county.signingKey.privateBytes).utf8, to: folder + "/keys/signing.key")
    let window = county.windows[0].id
    try county.journal.write { writer throws(Problem) in
      try writer.setToken(token, holder: "window:\(window.text)", until: nil)
    }
    let output = folder + "/serve.out"
    pid = try Spawn.start(
      Programs.ours("bangban-server"), ["serve", "--home", folder, "--listen", "127.0.0.1:0"], environment: [:],
      input: "/dev/null", output: output, errors: folder + "/serve.err")
    url = try Self.address(pid, output)
  }

  deinit { stop() }

  /// The address it prints once it listens.
  private static func address(_ pid: pid_t, _ output: String) throws -> String {
    let end = Hardware.bootMilliseconds() + startMillisecondsMax
    while Hardware.bootMilliseconds() < end {
      let text = String(decoding: (try? Scratch.bytes(output)) ?? [], as: UTF8.self)
      if text.hasSuffix("\n"), let word = text.split(separator: " ").last { return String(word).trimmed }
      guard waitpid(pid, nil, WNOHANG) == 0 else { break }
      usleep(lookMicroseconds)
    }
    kill(pid, SIGKILL)
    throw Failure("bangban-server serve does not listen")
  }

  /// Asks it to end, and waits for that.
  func stop() {
    guard !isStopped else { return }
    isStopped = true
    kill(pid, SIGTERM)
    while waitpid(pid, nil, 0) < 0, errno == EINTR {}
  }

  /// What a window's clerk and a monitoring system ask.
  func look(token: String) throws {
    for window in county.windows.prefix(1) { _ = try get("/v1/windows/\(window.id.text)/proceedings?limit=200", token) }
    _ = try get("/metrics", token)
  }

  /// How many applications it has.
  func applications() throws -> Int {
    let connection = try Connection(path: county.folder + "/journal.db", mode: .readOnly)
    return Int(try connection.one("SELECT count(*) FROM applications") { $0.integer(0) } ?? 0)
  }

  private func get(_ path: String, _ token: String) throws -> [UInt8] {
    var request = HTTPClient.Request("GET", url + path)
    request.headers = [(name: "Authorization", value: "Bearer \(token)")]
    let response = try client.send(request)
    guard response.status == 200 else { throw Failure("\(path) answered \(response.status)") }
    return response.body
  }
}
