internal import Foundations
internal import Glibc
internal import Journal
internal import TestSupport
internal import Transport

/// Memory in use: of the device's commands, of the server. The applications go from the one to the other by
/// `bangban sync` and `bangban-server serve`, so both have them whole.
enum MemoryBenchmarks {
  private static let clientBytesMax = 30_000_000
  private static let serverBytesMax = 200_000_000
  private static let token = "benchmark-window-token"

  static func run(_ store: DeviceStore, looks: Int) throws -> [Figure] {
    let bangban = try Programs.ours("bangban")
    func resident(_ arguments: [String]) throws -> Int {
      try Resident.bytes(bangban, arguments, environment: store.environment, scratch: store.scratch)
    }
    var client: [(name: String, bytes: Int)] = []
    client.append(("list", try resident(["list"])))
    client.append(("show", try resident(["show", store.ids.last?.text ?? ""])))
    let server = try RunningServer(store.county, token: token)
    defer { server.stop() }
    _ = try ProgramRun.seconds(bangban, ["config", "server", server.url], environment: store.environment)
    client.append(("sync of all", try resident(["sync"])))
    for _ in 0..<looks {
      client.append(("sync", try resident(["sync"])))
      try server.look(token: token)
    }
    let memory = try Resident.bytes(of: server.pid)
    let most = client.map(\.bytes).max() ?? 0
    let told = Dictionary(client.map { ($0.name, $0.bytes) }, uniquingKeysWith: max).sorted { $0.key < $1.key }
      .map { "\($0.key) \(megabytes($0.value))" }.joined(separator: ", ")
    let count = grouped(store.ids.count)
    return [
      Figure(
        what: "memory of the client at \(count) applications, at most", reach: "≤ 30 MB",
        value: "\(megabytes(most)) (\(told))", reached: most <= clientBytesMax),
      Figure(
        what: "memory of the server with \(grouped(try server.applications())) applications",
        reach: "≤ 200 MB", value: "\(megabytes(memory.now)), at most \(megabytes(memory.most))",
        reached: memory.most <= serverBytesMax),
    ]
  }
}
