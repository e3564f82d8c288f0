internal import Foundations

/// What a run measures, as the command line says.
struct Plan {
  /// The figures, in the order of the table.
  static let names = ["start", "show", "new", "intake", "wire", "memory"]

  /// A smoke run: smaller sizes, fewer rounds; its figures say only that the program works.
  private(set) var isQuick = false
  private(set) var only: String?
  /// Applications on the device and the server; nil for the plan's own number.
  private var given: Int?

  var applications: Int { given ?? (isQuick ? 1000 : 100_000) }
  var rounds: Int { isQuick ? 5 : 41 }
  var batches: Int { isQuick ? 3 : 20 }
  var looks: Int { isQuick ? 1 : 3 }

  /// - Throws: a failure that says how the program is called.
  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--quick": isQuick = true
      case "--only": only = rest.popFirst()
      case "--applications": given = rest.popFirst().flatMap { Int($0) }.map { max(1, $0) }
      default: throw Self.usage
      }
      if argument == "--only", only.map(Self.names.contains) != true { throw Self.usage }
      if argument == "--applications", given == nil { throw Self.usage }
    }
  }

  private static let usage = Failure(
    "usage: Benchmarks [--quick] [--only \(names.joined(separator: "|"))] [--applications N]")

  /// Whether a figure is wanted.
  func wants(_ name: String) -> Bool { only == nil || only == name }

  /// Measures everything that is wanted.
  func figures() throws -> [Figure] {
    var figures: [Figure] = []
    if wants("start") { figures += try ProcessBenchmarks.start(rounds: rounds) }
    if wants("intake") { figures.append(try IntakeBenchmark.run(batches: batches)) }
    if wants("wire") { figures += try WireBenchmark.run() }
    guard wants("show") || wants("new") || wants("memory") else { return figures }
    let store = try DeviceStore(applications: applications)
    Report.note("captured \(grouped(applications)) applications in \(rounded(store.seconds, 1)) s")
    try store.unlock()
    defer { store.lock() }
    if wants("show") { figures += try ProcessBenchmarks.show(store, rounds: rounds) }
    if wants("new") { figures += try ProcessBenchmarks.new(store, rounds: rounds) }
    if wants("memory") { figures += try MemoryBenchmarks.run(store, looks: looks) }
    return figures
  }
}
