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

  /// `list` and `show`.
  static func looking(_ store: DeviceStore) throws -> Figure {
    try client(
      "`list`, `show`", store,
      [
        ("list", try resident(["list"], store)), ("show", try resident(["show", store.ids.last?.text ?? ""], store)),
      ])
  }

  /// `sync` of everything and of nothing, and the server that took it in and answered a few more questions.
  static func exchange(_ store: DeviceStore, looks: Int) throws -> [Figure] {
    let server = try RunningServer(store.county, token: token)
    defer { server.stop() }
    _ = try ProgramRun.seconds(
      Programs.ours("bangban"), ["config", "server", server.url], environment: store.environment)
    var most: [(name: String, bytes: Int)] = [("of all", try resident(["sync"], store))]
    for _ in 0..<looks {
      most.append(("of nothing new", try resident(["sync"], store)))
      try server.look(token: token)
    }
    let memory = try Resident.bytes(of: server.pid)
    return [
      try client("`sync`", store, most),
      Figure(
        what: "memory of the server with \(grouped(try server.applications())) applications",
        reach: "≤ 200 MB", value: "\(megabytes(memory.now)), at most \(megabytes(memory.most))",
        reached: memory.most <= serverBytesMax),
    ]
  }

  private static func resident(_ arguments: [String], _ store: DeviceStore) throws -> Int {
    try Resident.bytes(
      Programs.ours("bangban"), arguments, environment: store.environment, scratch: store.scratch)
  }

  private static func client(
    _ commands: String, _ store: DeviceStore, _ measured: [(name: String, bytes: Int)]
  ) throws -> Figure {
    let most = measured.map(\.bytes).max() ?? 0
    let told = Dictionary(measured.map { ($0.name, $0.bytes) }, uniquingKeysWith: max).sorted { $0.key < $1.key }
      .map { "\($0.key) \(megabytes($0.value))" }.joined(separator: ", ")
    return Figure(
      what: "memory of the client at \(grouped(store.ids.count)) applications, \(commands)", reach: "≤ 30 MB",
      value: "\(megabytes(most)) (\(told))", reached: most <= clientBytesMax)
  }
}
