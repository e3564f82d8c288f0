import Application
import Casework
import Catalog
import Cryptography
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// A digest is no oracle: who only names somebody else's attachment learns nothing of it and gets nothing by it.
final class AttachmentScopeTests: XCTestCase {
  private var bench: CountyBench!
  private var owner: BenchDevice!
  private var other: BenchDevice!
  private let digest = "sm3:" + String(repeating: "ab", count: 32)

  override func setUpWithError() throws {
    bench = try CountyBench()
    owner = try bench.device(at: 0)
    other = try bench.device(at: 1)
  }

  private func row(_ device: BenchDevice) throws -> DeviceRow {
    try XCTUnwrap(try bench.journal.read { reader throws(Problem) in try reader.device(device.id) })
  }

  private func name(_ device: BenchDevice, in application: ApplicationID) throws {
    let material = try XCTUnwrap(
      try bench.matter("qingjian-04").materials.first { $0.items.isEmpty || $0.items.count > 1 })
    device.write(
      .attach,
      [
        "material": .text(material.id), "digest": .text(digest), "bytes": 10, "mediaType": "image/jpeg",
        "name": "a.jpg",
      ], application)
  }

  /// A submitted application that names the attachment.
  @discardableResult
  private func file(_ device: BenchDevice) throws -> ApplicationID {
    let id = device.create(try bench.matter("qingjian-04"))
    try name(device, in: id)
    try device.submit(id)
    try device.sync()
    return id
  }

  private func standing(_ device: BenchDevice, received: Int64 = 0) throws -> UploadStanding? {
    let row = try row(device)
    do { return try bench.service.upload(digest, from: row, received: { received }) } catch {
      guard error.code == "blob.not-found" else { throw error }
      return nil
    }
  }

  private func reads(_ device: BenchDevice) throws -> Bool {
    let row = try row(device)
    return bench.refusal { try self.bench.service.checkReading(self.digest, device: row) } == nil
  }

  private func waits(_ id: ApplicationID) throws -> Bool {
    try bench.state(id).proceedings.contains { $0.status == .awaitingAttachments }
  }

  func testWhoOnlyNamesAnotherStationsAttachmentNeitherReadsItNorHasItForHisOwn() throws {
    let mine = try file(owner)
    try bench.service.blobArrived(digest, bytes: 10, from: owner.id)
    XCTAssertFalse(try waits(mine))
    XCTAssertNil(try standing(other), "to a stranger it does not exist")

    let theirs = try file(other)
    XCTAssertTrue(try waits(theirs), "its window gets nothing that was not sent for it")
    XCTAssertFalse(try reads(other))
    XCTAssertEqual(
      try standing(other), UploadStanding(received: 0, bytes: 10, isComplete: false),
      "the same as for one that nobody has")
    let proceeding = try XCTUnwrap(try bench.state(theirs).proceedings.first { $0.status == .awaitingAttachments })
    let window = bench.actor(proceeding)
    XCTAssertEqual(
      bench.refusal { try self.bench.service.checkReading(self.digest, actor: window) }?.code,
      try bench.state(mine).proceedings.contains { $0.window == proceeding.window } ? nil : "blob.not-found")

    try bench.service.blobArrived(digest, bytes: 10, from: other.id)
    XCTAssertFalse(try waits(theirs), "once it has sent the bytes itself")
    XCTAssertTrue(try reads(other))
    try bench.assertVerifies()
  }

  func testWhatSomebodyElseNamedBeforeDoesNotArriveWithTheOwnersUpload() throws {
    let theirs = try file(other)
    let mine = try file(owner)
    XCTAssertEqual(try standing(owner, received: 7)?.received, 7)
    XCTAssertEqual(try standing(other, received: 0)?.received, 0, "how far the owner is, nobody else is told")
    try bench.service.blobArrived(digest, bytes: 10, from: owner.id)
    XCTAssertFalse(try waits(mine))
    XCTAssertTrue(try waits(theirs))
    XCTAssertFalse(try reads(other))
    XCTAssertEqual(try standing(other)?.isComplete, false)
  }

  func testWhatIsNamedInASharedApplicationIsForTheOneWhoNamedItToSend() throws {
    let shared = owner.create(try bench.matter("qingjian-04"))
    owner.write(.share, ["with": .text("station:\(other.station.text)")], shared)
    try owner.sync()
    try other.sync()
    try name(other, in: shared)
    try other.sync()
    let mine = try file(owner)
    try bench.service.blobArrived(digest, bytes: 10, from: owner.id)
    XCTAssertFalse(try waits(mine))
    XCTAssertFalse(try reads(other), "the owner sent it for its own application only")
    XCTAssertEqual(try standing(other)?.isComplete, false)
    // Whom the owner gives it to, he gives it to.
    try name(owner, in: shared)
    try owner.sync()
    XCTAssertTrue(try reads(other))
  }

  func testOneStationNeedNotSendTheSameAttachmentTwice() throws {
    try file(owner)
    try bench.service.blobArrived(digest, bytes: 10, from: owner.id)
    let colleague = try bench.device(at: 0)
    let second = try file(colleague)
    XCTAssertFalse(try waits(second))
    XCTAssertEqual(try standing(colleague), UploadStanding(received: 10, bytes: 10, isComplete: true))
  }

  func testAWrongSizeNamedByOneStationDoesNotHinderAnother() throws {
    let theirs = other.create(try bench.matter("qingjian-04"))
    other.write(
      .attach,
      ["material": "m02", "digest": .text(digest), "bytes": 1, "mediaType": "image/jpeg", "name": "a.jpg"], theirs)
    try other.sync()
    try file(owner)
    XCTAssertEqual(try standing(owner)?.bytes, 10)
  }
}
