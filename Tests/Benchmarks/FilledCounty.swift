internal import Casework
internal import Foundations
internal import Journal
internal import Replication
internal import TestSupport
internal import Wire

/// A county that has taken in many submitted applications of one station, and serves.
final class FilledCounty {
  static let token = "benchmark-window-token"
  /// Applications to a request of the device they came from.
  private static let batch = 100

  let bench: CountyBench
  let server: RunningServer
  let applications: Int
  /// The device they came from; a new one of its station gets them all.
  let author: BenchDevice
  /// How long taking them in took, making them up included.
  private(set) var seconds = 0.0

  init(applications: Int) throws {
    bench = try CountyBench(at: SystemClock().now())
    self.applications = applications
    author = try bench.device()
    let matter = try bench.matter("qingjian-04")
    var people = SyntheticPeople(seed: 77)
    seconds = try Measure.seconds { [bench, author] in
      for start in stride(from: 0, to: applications, by: Self.batch) {
        for _ in start..<min(start + Self.batch, applications) {
          var set = people.values(of: matter)
          set["@applicant"] = people.applicant()
          try author.submit(author.create(matter, overriding: set))
        }
        author.take(try SyncAnswer.read(try bench.service.sync(try author.request(pageMax: 1))) { _ in nil })
        author.forget()
      }
    }
    server = try RunningServer(bench, token: Self.token)
  }

  /// A new device of the same station, which has nothing yet.
  /// - Parameter folder: where its files lie; nil for where the server's do.
  func newDevice(at folder: String? = nil) throws -> DeviceStore {
    let store = try DeviceStore(applications: 0, in: bench, at: folder)
    try store.unlock()
    try store.use(server)
    return store
  }

  /// What each of the first applications comes to in bytes: payloads, salts and headers of all its operations.
  func bodies(_ count: Int) throws -> [[UInt8]] {
    var bodies: [ApplicationID: [UInt8]] = [:]
    var sequence: Int64 = 0
    while bodies.count < count {
      let page = try bench.journal.read { reader throws(Problem) in
        try reader.operations(after: sequence, limit: 1000)
      }
      guard let last = page.last?.judgement else { break }
      for judged in page {
        let operation = judged.operation
        bodies[operation.header.application, default: []] +=
          operation.payload + operation.salt + CBOR.encode(OperationCoding.value(operation.header))
      }
      sequence = last.sequence
    }
    return bodies.sorted { $0.key.text < $1.key.text }.prefix(count).map(\.value)
  }
}

extension BenchDevice {
  /// Lets go of what is acknowledged: a hundred thousand applications would not fit otherwise.
  func forget() {
    let running = runnings[counter]
    own = [:]
    judged = [:]
    runnings = [:]
    runnings[counter] = running
  }
}
