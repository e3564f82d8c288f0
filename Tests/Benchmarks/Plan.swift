internal import Foundations

/// What a run measures, as the command line says.
struct Plan {
  /// The figures, in the order of the table.
  static let names = [
    "start", "show", "new", "guidance", "intake", "wire", "upload", "memory", "day", "download", "others", "standing",
    "catalogue",
  ]

  /// A smoke run: smaller sizes, fewer rounds; its figures say only that the program works.
  private(set) var isQuick = false
  private(set) var only: String?
  /// Applications on the device and the server; nil for the plan's own number.
  private var given: Int?

  var applications: Int { given ?? (isQuick ? 1000 : 100_000) }
  /// Applications that go through `sync` to a server: a real exchange takes some milliseconds each, so fewer.
  var exchanged: Int { given ?? (isQuick ? 1000 : 20_000) }
  /// Applications that a new device gets; where others are looked at meanwhile, and for what stands afterwards, all.
  var downloaded: Int { given ?? (isQuick ? 300 : 10_000) }
  var filled: Int { given ?? (isQuick ? 600 : 100_000) }
  /// Requests of others that tell what is usual.
  var requests: Int { isQuick ? 20 : 300 }
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

  /// Measures everything that is wanted; each figure is told as soon as it is known.
  func figures() throws -> [Figure] {
    var figures: [Figure] = []
    func add(_ name: String, _ measure: () throws -> [Figure]) throws {
      guard wants(name) else { return }
      let more = try measure()
      for figure in more { Report.note("\(figure.what): \(figure.value)") }
      figures += more
    }
    try add("start") { try ProcessBenchmarks.start(rounds: rounds) }
    try add("guidance") { try GuidanceBenchmark.run(rounds: rounds) }
    try add("intake") { [try IntakeBenchmark.run(batches: batches)] }
    try add("wire") { try WireBenchmark.run() }
    try add("catalogue") { [try CatalogBenchmark.validation(rounds: isQuick ? 1 : 11)] }
    try add("upload") { [try UploadBenchmark.run(isQuick: isQuick)] }
    try add("day") { [try ExchangeBenchmarks.day()] }
    try add("download") { [try ExchangeBenchmarks.download(applications: downloaded, rounds: looks)] }
    figures += try standing()
    guard wants("show") || wants("new") || wants("memory") else { return figures }
    let store = try captured(applications)
    defer { store.lock() }
    try add("show") { try ProcessBenchmarks.show(store, rounds: rounds) }
    try add("new") { try ProcessBenchmarks.new(store, rounds: rounds) }
    try add("memory") { [try MemoryBenchmarks.looking(store)] }
    try add("memory") {
      let store = exchanged == applications ? store : try captured(exchanged)
      defer { store.lock() }
      return try MemoryBenchmarks.exchange(store, looks: looks)
    }
    return figures
  }

  /// What is measured of a county with many applications.
  private func standing() throws -> [Figure] {
    guard wants("others") || wants("standing") else { return [] }
    let county = try FilledCounty(applications: filled)
    Report.note("a county took in \(grouped(filled)) applications in \(rounded(county.seconds, 1)) s")
    defer { county.server.stop() }
    var figures = wants("others") ? [try ExchangeBenchmarks.others(county, requests: requests)] : []
    if wants("standing") { figures += try ExchangeBenchmarks.standing(county, rounds: rounds) }
    for figure in figures { Report.note("\(figure.what): \(figure.value)") }
    return figures
  }

  private func captured(_ count: Int) throws -> DeviceStore {
    let store = try DeviceStore(applications: count)
    Report.note("captured \(grouped(count)) applications in \(rounded(store.seconds, 1)) s")
    try store.unlock()
    return store
  }
}
