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

  static func run(batches: Int) throws -> Figure {
    let bench = try CountyBench(at: SystemClock().now())
    let matter = try bench.matter("qingjian-04")
    let device = try bench.device()
    // Everybody files once: what one person files again is looked at again.
    var people = SyntheticPeople(seed: 8)
    let raw = try Connection(path: bench.folder + "/raw.db", mode: .create)
    try raw.execute("CREATE TABLE rows(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
    var processor: [Double] = []
    let result = try Measure.pair(rounds: batches) {
      for _ in 0..<batch {
        let applicant: Value = [
          "kind": "person", "name": .text(people.name()), "idNumber": .text(people.idNumber()),
          "phone": .text(people.phone()),
        ]
        try device.submit(device.create(matter, overriding: [Register.applicant: applicant]))
      }
      let request = try device.request(pageMax: 1)
      var answer: [UInt8] = []
      let before = Measure.processorSeconds
      let seconds = try Measure.seconds { answer = try bench.service.sync(request) }
      processor.append((Measure.processorSeconds - before) / Double(batch))
      device.take(try SyncAnswer.read(answer) { _ in nil })
      return seconds / Double(batch)
    } _: {
      let bodies = device.own.values.filter { $0.id.counter > device.counter - Int64(2 * batch) }
      let sizes = Dictionary(grouping: bodies) { $0.header.application }.values.map { operations in
        operations.flatMap { $0.payload + $0.salt + CBOR.encode(OperationCoding.value($0.header)) }
      }
      return try Measure.seconds {
        try raw.transaction { () throws(StorageError) in
          for body in sizes { try raw.run("INSERT INTO rows(body) VALUES(?)", [.blob(body)]) }
        }
      } / Double(batch)
    }
    let ratio = result.theirs / result.ours
    return Figure(
      what: "intake of submitted applications, batches of 50, against raw inserts", reach: "≥ 0.08",
      value: "\(rounded(ratio, 3)) (\(Int(1 / result.ours)) applications a second, raw \(Int(1 / result.theirs)); "
        + "\(rounded(Measure.median(processor) * 1000, 2)) ms of processor each)",
      reached: ratio >= 0.08)
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
