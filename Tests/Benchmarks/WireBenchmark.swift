internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Replication
internal import TestSupport
internal import Wire

/// Bytes on the wire against `gzip -9` of the documents that `new --from` would read.
enum WireBenchmark {
  /// What gzip adds to a deflate stream: ten bytes before, eight behind (RFC 1952).
  private static let gzipBytes = 18

  static func run() throws -> [Figure] {
    let bench = try CountyBench(at: SystemClock().now())
    let matter = try bench.matter("qingjian-04")
    let dictionary = try bench.journal.read { reader throws(Problem) in
      try bench.service.county(reader).dictionary
    }
    var figures: [Figure] = []
    for (count, reach) in [(1, 0.7), (50, 0.85)] {
      let device = try bench.device()
      var people = SyntheticPeople(seed: 42)
      var documents: [UInt8] = []
      for _ in 0..<count {
        let values = people.values(of: matter)
        let applicant = people.applicant()
        documents += JSON.bytes([
          "matter": .text(matter.id.text), "applicant": applicant, "fields": .object(values), "submit": true,
        ])
        documents.append(0x0A)
        var set = values
        set["@applicant"] = applicant
        try device.submit(device.create(matter, overriding: set))
      }
      let wire = try device.request(dictionary: dictionary).count
      let gzip = try Deflate.compress(documents).count + gzipBytes
      let ratio = Double(wire) / Double(gzip)
      figures.append(
        Figure(
          what: "bytes on the wire against gzip -9 of the documents, \(count) together", reach: "≤ \(reach)×",
          value: "\(rounded(ratio, 2))× (\(wire) against \(gzip) bytes)", reached: ratio <= reach))
    }
    return figures
  }
}
