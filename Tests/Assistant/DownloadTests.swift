import API
import Application
import Casework
import Cryptography
import Foundations
import HTTP
import Journal
import Replication
import Synchronizer
import TestNetwork
import TestSupport
import XCTest

/// Attachments are read in pieces, whole or in part, and never otherwise than they were sent.
final class DownloadTests: XCTestCase {
  private var village: Village!
  private var device: BenchDevice!

  override func setUpWithError() throws {
    village = try Village()
    device = try village.bench.device()
  }

  private func keep(_ content: [UInt8]) throws -> String {
    let digest = Digest.sm3(content).text
    let id = device.create(try village.bench.matter("qingjian-04"))
    device.write(
      .attach,
      [
        "material": "m02", "digest": .text(digest), "bytes": Value(content.count), "mediaType": "image/jpeg",
        "name": "a.jpg",
      ], id)
    try device.sync()
    try village.blobs.append(content, to: digest, from: device.id, at: 0)
    XCTAssertEqual(try village.blobs.keep(digest, from: device.id), .whole(bytes: Int64(content.count)))
    try village.bench.service.blobArrived(digest, bytes: Int64(content.count), from: device.id)
    return digest
  }

  /// Flips a bit of an attachment on the disk.
  private func damage(_ digest: String, at place: Int) throws {
    let path = village.bench.folder + "/blobs/" + digest.dropFirst("sm3:".count)
    let file = try MachineFiles().open(path, .update)
    try file.write([try XCTUnwrap(file.read(at: Int64(place), count: 1).first) ^ 1], at: Int64(place))
  }

  private func read(_ digest: String, range: String? = nil) throws -> ServerAnswer {
    let path = "/v1/blobs/\(digest)"
    var question = ServerQuestion("GET", path)
    question.headers = try device.headers("GET", path, as: device.id).map { ($0, $1) }
    if let range { question.headers.append(("Range", range)) }
    return try HTTPLine(address: village.url).ask(question)
  }

  func testWholeAndRangesAreWhatWasSent() throws {
    let content = (0..<700_001).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }
    let digest = try keep(content)
    let whole = try read(digest)
    XCTAssertEqual(whole.status, 200)
    XCTAssertTrue(whole.body == content)
    let piece = 256 << 10
    for range in [0..<1, 5..<70_000, piece - 1..<piece + 1, piece..<2 * piece, 300_000..<700_001, 700_000..<700_001] {
      let part = try read(digest, range: "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
      XCTAssertEqual(part.status, 206)
      XCTAssertEqual(
        part.headers["content-range"], "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(content.count)")
      XCTAssertTrue(part.body == Array(content[range]), "\(range)")
    }
    XCTAssertEqual(try read(digest, range: "bytes=700001-").status, 416)
  }

  func testADeviceWhoseClockIsWrongByYearsIsServedAndARepeatedRequestIsAnswered() throws {
    let content = [UInt8](repeating: 7, count: 3000)
    let digest = try keep(content)
    let path = "/v1/blobs/\(digest)"
    for years: Int64 in [-20, 20] {
      village.bench.clock.advance(seconds: years * 366 * 86_400)
      var question = ServerQuestion("GET", path)
      question.headers = try device.headers("GET", path, as: device.id).map { ($0, $1) }
      village.bench.clock.advance(seconds: -years * 366 * 86_400)
      for _ in 1...2 { XCTAssertEqual(try HTTPLine(address: village.url).ask(question).body, content) }
    }
  }

  func testWhatIsDamagedOnTheDiskIsNotSentWhereverTheDamageIs() throws {
    let digest = try keep([UInt8](repeating: 7, count: 700_001))
    try damage(digest, at: 699_000)
    for range in [nil, "bytes=0-0"] {
      let answer = try read(digest, range: range)
      XCTAssertEqual(answer.status, 409)
      XCTAssertEqual(answer.problem.code, "blob.damaged")
    }
  }

  func testWhatIsDamagedWhileASlowReaderIsServedIsNotSent() throws {
    // More than the two ends of a connection hold between them.
    let content = [UInt8](repeating: 7, count: 20 << 20)
    let digest = try keep(content)
    let path = "/v1/blobs/\(digest)"
    let lines = try device.headers("GET", path, as: device.id).map { "\($0): \($1)\r\n" }
    let client = try SocketClient(port: village.server.port)
    client.send(Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\(lines.joined())\r\n".utf8))
    XCTAssertTrue(client.receiveBytes(atLeast: 12).starts(with: Array("HTTP/1.1 200".utf8)))
    try damage(digest, at: content.count - 1000)
    XCTAssertLessThan(client.receiveBytes().count, content.count - 1000, "the connection ends before it")
  }
}
