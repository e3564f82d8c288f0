import API
import Application
import Casework
import Cryptography
import FoundationEssentials
import Foundations
import HTTP
import Journal
import Replication
import TestNetwork
import TestSupport
import XCTest

/// What a device that keeps to no rule of its own can do with attachments: nothing that is not its own.
final class HostileUploadTests: XCTestCase {
  private var village: Village!
  private var owner: BenchDevice!
  private var stranger: BenchDevice!
  private let content = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) }
  private var digest: String { Digest.sm3(content).text }

  override func setUpWithError() throws {
    village = try Village()
    owner = try village.bench.device(at: 0)
    stranger = try village.bench.device(at: 1)
  }

  /// An application in which a device names the attachment.
  @discardableResult
  private func name(
    _ device: BenchDevice, bytes: Int64, in application: ApplicationID? = nil
  ) throws -> ApplicationID {
    let id = try application ?? device.create(village.bench.matter("qingjian-04"))
    device.write(
      .attach,
      [
        "material": "m02", "digest": .text(digest), "bytes": .integer(bytes), "mediaType": "image/jpeg",
        "name": "a.jpg",
      ], id)
    try device.sync()
    return id
  }

  /// A claim on the attachment as programs before took it into the log.
  private func claim(_ device: BenchDevice, bytes: Int64, in application: ApplicationID) throws {
    try village.bench.journal.write { writer throws(Problem) in
      try writer.addBlob(
        digest, claim: BlobClaim(application: application, station: device.station, bytes: bytes, arrived: false))
    }
  }

  private func request(_ method: String, _ headers: [String: String], _ body: [UInt8] = []) throws -> String {
    let lines = headers.map { "\($0): \($1)\r\n" }.joined()
    let client = try SocketClient(port: village.server.port)
    client.send(Array("\(method) /v1/blobs/\(digest) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n".utf8) + body)
    return method == "GET" ? client.receiveHead() : client.receiveAll()
  }

  private func read(_ device: BenchDevice) throws -> String {
    try request("GET", device.headers("GET", "/v1/blobs/\(digest)", as: device.id))
  }

  @discardableResult
  private func send(_ device: BenchDevice, _ body: [UInt8], at offset: Int64 = 0, completes: Bool = true) throws
    -> String
  {
    let signed = UploadSignature.message(
      path: "/v1/blobs/\(digest)", device: device.id, time: 1, nonce: "n", offset: offset, count: Int64(body.count),
      completes: completes)
    return try request(
      "PATCH",
      [
        "Connection": "close", "Bangban-Device": device.id.text, "Bangban-Time": "1", "Bangban-Nonce": "n",
        "Bangban-Signature": Hexadecimal.text(try device.key.sign(signed)), "Bangban-Scheme": UploadSignature.scheme,
        "Content-Type": "application/partial-upload", "Upload-Offset": "\(offset)",
        "Upload-Complete": completes ? "?1" : "?0", "Content-Length": "\(body.count)",
      ], body)
  }

  private func ferry(_ device: BenchDevice, _ bytes: [UInt8]) throws {
    let stick = Stick()
    var file = try FerryWriter(
      .toServer, from: device.id, to: village.bench.encryptionKey.encryptionKey, signer: device.key,
      random: SystemRandom()
    ) { piece throws(Problem) in stick.bytes += piece }
    try file.append(
      .part(FerryPart(digest: try XCTUnwrap(Digest(digest)), offset: 0, bytes: bytes)))
    try file.finish()
    try village.take(stick.bytes)
  }

  private func disposition(_ id: ApplicationID) throws -> Disposition? {
    try village.bench.journal.read { reader throws(Problem) in
      try reader.operations(id).last { $0.operation.header.kind == .attach }?.judgement?.disposition
    }
  }

  private func recordedBytes() throws -> Int64? {
    try village.bench.journal.read { reader throws(Problem) in try reader.blob(digest)?.bytes }
  }

  private func sendAsOwner() throws {
    try name(owner, bytes: Int64(content.count))
    XCTAssertTrue(try send(owner, content).hasPrefix("HTTP/1.1 204"))
    XCTAssertTrue(try read(owner).hasPrefix("HTTP/1.1 200"))
  }

  func testAnEmptyAttachmentIsRefusedAndNothingBehindItWaits() throws {
    try sendAsOwner()
    let id = try name(stranger, bytes: 0)
    XCTAssertEqual(try disposition(id), .refused("attachment.empty"))
    XCTAssertTrue(try send(stranger, []).contains("\"code\":\"blob.not-found\""))
    // The same in an application that is none of its business, where it may send what its own work names.
    let foreign = try name(owner, bytes: Int64(content.count))
    try name(stranger, bytes: 0, in: foreign)
    XCTAssertTrue(try send(stranger, []).contains("\"code\":\"blob.not-found\""))
    try name(stranger, bytes: Int64(content.count), in: id)
    XCTAssertEqual(try disposition(id), .applied)
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testAnAttachmentThatIsTooLargeIsRefusedAndNothingBehindItWaits() throws {
    let limit = Int64(Limits.attachmentBytesMax)
    let id = try name(stranger, bytes: 1 << 40)
    XCTAssertEqual(try disposition(id), .refused("attachment.too-large"))
    XCTAssertTrue(try send(stranger, content, completes: false).contains("\"code\":\"blob.not-found\""))
    try name(stranger, bytes: limit, in: id)
    XCTAssertEqual(try disposition(id), .applied)
    XCTAssertTrue(try send(stranger, content, completes: false).hasPrefix("HTTP/1.1 204"))
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testAnUploadLongerThanAnyAttachmentIsNotBegunWhateverTheLogSays() throws {
    let id = stranger.create(try village.bench.matter("qingjian-04"))
    try stranger.sync()
    try claim(stranger, bytes: 1 << 40, in: id)
    let answer = try send(stranger, content, completes: false)
    XCTAssertTrue(answer.hasPrefix("HTTP/1.1 413") && answer.contains("\"code\":\"blob.limit\""), answer)
    XCTAssertEqual(try village.blobs.received(digest, from: stranger.id), 0)
  }

  func testAnUploadThatNobodyGoesOnWithIsDroppedAndBeginsAnew() throws {
    try name(owner, bytes: Int64(content.count))
    try name(stranger, bytes: Int64(content.count))
    let part = Array(content.prefix(1000))
    XCTAssertTrue(try send(owner, part, completes: false).contains("Upload-Offset: 1000\r\n"))
    XCTAssertTrue(try send(stranger, content).hasPrefix("HTTP/1.1 204"))
    let now = SystemClock().now()
    XCTAssertEqual(try village.blobs.dropUnfinished(since: now.adding(seconds: -3600)), 0, "it goes on")
    XCTAssertEqual(try village.blobs.dropUnfinished(since: now.adding(seconds: 3600)), 1)
    XCTAssertEqual(try village.blobs.received(digest, from: owner.id), 0)
    XCTAssertTrue(try read(stranger).hasPrefix("HTTP/1.1 200"), "what is whole stays")
    XCTAssertTrue(
      try send(owner, part, at: 1000, completes: false).contains("\"expected-offset\":0"), "it is told where it stands")
    XCTAssertTrue(try send(owner, content).hasPrefix("HTTP/1.1 204"))
    XCTAssertTrue(try read(owner).hasPrefix("HTTP/1.1 200"))
  }

  func testAnUploadOfNothingOpensNobodysAttachmentWhateverTheLogSays() throws {
    try sendAsOwner()
    let id = stranger.create(try village.bench.matter("qingjian-04"))
    try stranger.sync()
    try claim(stranger, bytes: 0, in: id)
    for _ in 1...2 {
      let answer = try send(stranger, [])
      XCTAssertTrue(answer.hasPrefix("HTTP/1.1 409"), answer)
      XCTAssertTrue(answer.contains("Upload-Complete: ?0\r\n"), answer)
    }
    try ferry(stranger, [])
    XCTAssertTrue(try read(stranger).hasPrefix("HTTP/1.1 404"))
    XCTAssertTrue(try read(owner).hasPrefix("HTTP/1.1 200"))
    XCTAssertEqual(try recordedBytes(), Int64(content.count))
  }

  func testWhatAFerryFileMadeWholeIsToldToTheUploadThatWasUnderWay() throws {
    try name(owner, bytes: Int64(content.count))
    XCTAssertTrue(try send(owner, content, completes: false).contains("Upload-Complete: ?0\r\n"))
    // The bytes are there, and the program ended before it looked at the whole.
    try ferry(owner, content)
    XCTAssertTrue(try read(owner).hasPrefix("HTTP/1.1 200"))
    XCTAssertTrue(try send(owner, [], at: Int64(content.count)).contains("\"code\":\"blob.completed\""))
    XCTAssertEqual(try recordedBytes(), Int64(content.count))
  }

  /// The program ended after it had kept the whole and before it had noted so.
  func testWhatWasKeptAndNotNotedIsSentAgain() throws {
    try name(owner, bytes: Int64(content.count))
    try village.blobs.append(content, to: digest, from: owner.id, at: 0)
    XCTAssertEqual(try village.blobs.keep(digest, from: owner.id), .whole(bytes: Int64(content.count)))
    XCTAssertEqual(try village.blobs.keep(digest, from: owner.id), .nothing)
    XCTAssertTrue(try read(owner).hasPrefix("HTTP/1.1 404"))
    let answer = try send(owner, [], at: Int64(content.count))
    XCTAssertTrue(answer.contains("\"code\":\"blob.offset\"") && answer.contains("Upload-Offset: 0\r\n"), answer)
    XCTAssertTrue(try send(owner, content).hasPrefix("HTTP/1.1 204"))
    XCTAssertTrue(try read(owner).hasPrefix("HTTP/1.1 200"))
  }

  func testAnotherLengthThatAColleagueGaveKeepsNobodyOut() throws {
    let colleague = try village.bench.device(at: 0)
    try name(colleague, bytes: Int64(content.count) + 1)
    let id = try name(owner, bytes: Int64(content.count))
    func whole(_ total: Int) throws -> String {
      let signed = UploadSignature.message(
        path: "/v1/blobs/\(digest)", device: owner.id, time: 1, nonce: "n", offset: 0, count: Int64(content.count),
        completes: true)
      return try request(
        "PATCH",
        [
          "Connection": "close", "Bangban-Device": owner.id.text, "Bangban-Time": "1", "Bangban-Nonce": "n",
          "Bangban-Signature": Hexadecimal.text(try owner.key.sign(signed)),
          "Bangban-Scheme": UploadSignature.scheme, "Content-Type": "application/partial-upload",
          "Upload-Offset": "0", "Upload-Complete": "?1", "Upload-Length": "\(total)",
          "Content-Length": "\(content.count)",
        ], content)
    }
    XCTAssertTrue(try whole(content.count + 2).hasPrefix("HTTP/1.1 400"), "a length that nobody gave")
    XCTAssertTrue(try whole(content.count).hasPrefix("HTTP/1.1 204"))
    XCTAssertEqual(try recordedBytes(), Int64(content.count))
    XCTAssertEqual(try village.bench.journal.read { reader throws(Problem) in try reader.missingBlobs(id) }, [])
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

}
