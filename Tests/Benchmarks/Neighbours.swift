internal import Catalog
internal import Foundations
internal import Glibc
internal import Replication
internal import TestSupport
internal import Transport

/// Devices of other stations that send what they capture, one application a request, one after the other.
final class Neighbours {
  private let devices: [BenchDevice]
  private let county: FilledCounty
  private let client = HTTPClient()
  private let matter: Matter
  private var people = SyntheticPeople(seed: 5)
  private var turn = 0
  /// Between two requests: nobody submits faster.
  private static let pauseMicroseconds: UInt32 = 20_000

  init(_ county: FilledCounty) throws {
    self.county = county
    devices = try (1...4).map { try county.bench.device(at: $0) }
    matter = try county.bench.matter("qingjian-04")
  }

  /// Sends the next device's next application.
  /// - Returns: the seconds until the whole answer is here.
  func ask() throws -> Double {
    usleep(Self.pauseMicroseconds)
    let device = devices[turn % devices.count]
    turn += 1
    var set = people.values(of: matter)
    set["@applicant"] = people.applicant()
    try device.submit(device.create(matter, overriding: set))
    var request = HTTPClient.Request("POST", county.server.url + "/v1/sync")
    request.headers = [(name: "Content-Type", value: "application/vnd.bangban.sync")]
    request.body = .bytes(try device.request())
    request.destination = .memory(bytesMax: Limits.inflatedBytesMax)
    var body: [UInt8] = []
    let seconds = try Measure.seconds {
      let response = try client.send(request)
      guard response.status == 200 else { throw Failure("a neighbour was answered \(response.status)") }
      body = response.body
    }
    device.take(try SyncAnswer.read(body) { _ in nil })
    device.forget()
    return seconds
  }
}
