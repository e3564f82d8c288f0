internal import Application
internal import Casework
internal import Catalog
internal import Foundations
internal import Replication
internal import SQLite
internal import TestSupport
internal import Wire

/// Intake of submitted applications in batches of 50, against raw SQLite inserts of the same bytes with the same
/// pragmas.
enum IntakeBenchmark {
  static let batch = 50
  private static let ratioMin = 0.08
  /// Devices of as many stations that send at once: enough to keep both cores of a small server busy.
  private static let together = 4

  /// - Returns: the figure for one device that sends batch after batch, and for several that send at once.
  static func run(batches: Int) throws -> [Figure] {
    [try run(batches: batches, devices: 1), try run(batches: batches, devices: together)]
  }

  private static func run(batches: Int, devices count: Int) throws -> Figure {
    let bench = try CountyBench()
    let matter = try bench.matter("qingjian-04")
    let devices = try (0..<count).map { _ in try bench.device() }
    // Everybody files once: what one person files again is looked at again.
    var people = SyntheticPeople(seed: 8)
    let raw = try Connection(path: bench.folder + "/raw.db", mode: .create)
    try raw.execute("CREATE TABLE rows(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
    var processor: [Double] = []
    let result = try Measure.pair(rounds: batches) {
      for device in devices { try fill(device, matter, &people) }
      let requests = try devices.map { try $0.request(pageMax: 1) }
      var answers: [Result<[UInt8], Problem>] = []
      let before = Measure.processorSeconds
      let seconds = Measure.seconds { answers = Self.answers(to: requests, of: bench.service) }
      processor.append((Measure.processorSeconds - before) / Double(batch * count))
      for (device, answer) in zip(devices, answers) { device.take(try SyncAnswer.read(try answer.get()) { _ in nil }) }
      return seconds / Double(batch * count)
    } _: {
      let bodies = devices.map(Self.bodies)
      return try Measure.seconds {
        for batch in bodies {
          try raw.transaction { () throws(StorageError) in
            for body in batch { try raw.run("INSERT INTO rows(body) VALUES(?)", [.blob(body)]) }
          }
        }
      } / Double(batch * count)
    }
    let ratio = result.theirs / result.ours
    return Figure(
      what: "intake of submitted applications, batches of \(batch)"
        + (count == 1 ? "" : " from \(count) devices at once") + ", against raw inserts",
      reach: "≥ \(rounded(ratioMin, 2))",
      value: "\(rounded(ratio, 3)) (\(Int(1 / result.ours)) applications a second, raw \(Int(1 / result.theirs)); "
        + "\(rounded(Measure.median(processor) * 1000, 2)) ms of processor each)",
      reached: ratio >= ratioMin)
  }

  /// A batch of new applications, submitted.
  private static func fill(_ device: BenchDevice, _ matter: Matter, _ people: inout SyntheticPeople) throws {
    for _ in 0..<batch {
      let applicant: Value = [
        "kind": "person", "name": .text(people.name()), "idNumber": .text(people.idNumber()),
        "phone": .text(people.phone()),
      ]
      try device.submit(device.create(matter, overriding: [Register.applicant: applicant]))
    }
  }

  /// What the last batch comes to in bytes, an application each: payloads, salts and headers.
  private static func bodies(_ device: BenchDevice) -> [[UInt8]] {
    let last = device.own.values.filter { $0.id.counter > device.counter - Int64(2 * batch) }
    return Dictionary(grouping: last) { $0.header.application }.values.map { operations in
      operations.flatMap { $0.payload + $0.salt + CBOR.encode(OperationCoding.value($0.header)) }
    }
  }

  /// The answers to requests that come at once, each taken in by a thread of its own.
  private static func answers(to requests: [[UInt8]], of service: CaseService) -> [Result<[UInt8], Problem>] {
    let pending = requests.map { request in
      Background { Result { () throws(Problem) in try service.sync(request) } }
    }
    return pending.map { $0.result() }
  }
}

/// A number with a few decimals.
func rounded(_ value: Double, _ decimals: Int) -> String {
  guard value.isFinite else { return "–" }
  var scale = 1.0
  for _ in 0..<decimals { scale *= 10 }
  let whole = Int((value * scale).rounded())
  let text = padded(abs(whole), decimals + 1)
  let cut = text.index(text.endIndex, offsetBy: -decimals)
  return (whole < 0 ? "-" : "") + text[..<cut] + (decimals > 0 ? "." + text[cut...] : "")
}
