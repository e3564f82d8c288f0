internal import Foundations
internal import Glibc
internal import TestNetwork
internal import TestSupport
internal import TestValues

/// Bytes that are sent again for each cut of an upload, by the programs themselves over a line that breaks.
enum UploadBenchmark {
  private static let bytesMax = 128.0 * 1024

  static func run(isQuick: Bool) throws -> Figure {
    let store = try DeviceStore(applications: 1)
    try store.unlock()
    defer { store.lock() }
    let server = try RunningServer(store.county, token: "benchmark")
    defer { server.stop() }
    let (size, cuts) = isQuick ? (1_000_000, 5) : (8_000_000, 50)
    let bangban = try Programs.ours("bangban")
    let file = try Scratch.write(
      (0..<size).lazy.map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }, to: store.scratch.path("scan"))
    func run(_ arguments: String...) throws -> Int32 {
      try ProgramRun.run(bangban, arguments, environment: store.environment).status
    }
    guard let port = server.url.split(separator: ":").last.flatMap({ UInt16($0) }), let id = store.ids.first else {
      throw Failure("no port in \(server.url)")
    }
    // Anywhere, and at the same places in every run.
    var places = SeededGenerator(11)
    let step = size / (cuts + 1)
    let breaks = (1...cuts).map { cut -> Int64 in Int64(cut * step + places.number(0...20_000)) }
    let proxy = try UploadLine(to: port, breaksAt: breaks)
    defer { proxy.stop() }
    guard try run("config", "server", "http://127.0.0.1:\(proxy.port)") == 0,
      try run("attach", id.text, "m02", file) == 0
    else { throw Failure("bangban attach") }
    var syncs = 0
    while try run("sync") != 0 {
      syncs += 1
      guard syncs < 2 * cuts else { throw Failure("bangban sync does not end") }
    }
    let count = proxy.count
    guard count.breaks == cuts else { throw Failure("\(count.breaks) cuts of \(cuts)") }
    let again = Double(count.sent - Int64(size)) / Double(cuts)
    return Figure(
      what: "bytes sent again for each cut of an upload, \(cuts) cuts in \(size / 1_000_000) MB", reach: "≤ 128 KiB",
      value: "\(rounded(again / 1024, 1)) KiB (\(count.sent - Int64(size)) bytes in all)", reached: again <= bytesMax)
  }
}
