import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// A device that is moved to another station: it gets that station's applications, keeps none of the former's, and
/// nothing it wrote is lost.
final class ReassignmentTests: XCTestCase {
  private var bench: CountyBench!
  private var device: BenchDevice!

  override func setUpWithError() throws {
    bench = try CountyBench()
    device = try bench.device()
  }

  private func move(_ station: Int) throws {
    _ = try bench.service.reassignDevice(device.id, station: bench.stations[station].id, actor: "test")
  }

  private func create(_ device: BenchDevice) throws -> ApplicationID { device.create(try bench.matter("qingjian-04")) }

  func testItGetsWhatTheNewStationHadBeforeThoughItsCursorIsFurtherOn() throws {
    let resident = try bench.device(at: 1)
    let earlier = try create(resident)
    try resident.sync()
    let former = try create(device)
    try device.sync()
    XCTAssertGreaterThan(device.cursor.position, 0)
    try move(1)
    try device.sync()
    XCTAssertEqual(device.station, bench.stations[1].id)
    XCTAssertEqual(try device.state(earlier), try resident.state(earlier))
    XCTAssertThrowsError(try device.state(former), "nothing of the former station is sent")
    let fresh = try create(device)
    try device.sync()
    try resident.sync()
    XCTAssertEqual(try resident.state(fresh).station, bench.stations[1].id)
    try bench.assertVerifies()
  }

  func testWhatItWroteBeforeItKnewBelongsToTheStationItKnew() throws {
    let colleague = try bench.device()
    let shared = try create(device)
    try device.sync()
    try move(1)
    device.write(.note, ["text": "对旧办件的修改"], shared)
    let fresh = try create(device)
    device.write(.note, ["text": "新办件的备注"], fresh)
    try device.submit(fresh)
    try device.sync()
    try colleague.sync()
    XCTAssertEqual(try colleague.state(fresh).status, .submitted, "a day's work of a village is not lost on the way")
    XCTAssertEqual(try colleague.state(fresh).notes.count, 1)
    XCTAssertEqual(try colleague.state(shared).notes, [], "what has left its scope waits for a person")
    let line = try XCTUnwrap(try bench.service.trayItems(limit: 10).first)
    XCTAssertEqual(line["code"], "scope.left")
    let entry = try XCTUnwrap(line["id"]?.text)
    _ = try bench.service.admit(entry, actor: "test")
    XCTAssertEqual(try bench.state(shared).notes.map(\.text), ["对旧办件的修改"])
    XCTAssertEqual(try bench.service.trayItems(limit: 10), [])
    XCTAssertThrowsError(try bench.service.admit(entry, actor: "test"))
    try bench.assertVerifies()
  }

  func testOnceItKnowsItOpensNothingAtTheFormerStation() throws {
    try device.sync()
    try move(1)
    try device.sync()
    let station = device.station
    device.station = bench.stations[0].id
    _ = try create(device)
    device.station = station
    try device.sync()
    XCTAssertEqual(device.lastAnswer?.judgements[1]?.disposition, .refused("create.station"))
  }

  func testADeviceThatClaimsNotToKnowReadsNothingOfEitherStation() throws {
    let resident = try bench.device(at: 1)
    _ = try create(resident)
    try resident.sync()
    _ = try create(device)
    try device.sync()
    try move(1)
    let answer = try SyncAnswer.read(try bench.service.sync(try device.request())) { _ in nil }
    XCTAssertEqual(answer.operations, [])
    XCTAssertNotNil(answer.assignment)
    XCTAssertFalse(answer.more)
  }

  func testMovedThereAndBackItHasEverythingAgain() throws {
    let id = try create(device)
    try device.sync()
    device.write(.note, ["text": "自己写的"], id)
    try device.sync()
    try move(1)
    try device.sync()
    XCTAssertThrowsError(try device.state(id))
    try move(0)
    try device.sync()
    XCTAssertEqual(try device.state(id), try bench.state(id), "its own operations are sent again")
  }

  func testMovedThereAndBackBeforeItKnowsItGetsWhatItSentMeanwhile() throws {
    try device.sync()
    let id = try create(device)
    try move(1)
    try move(0)
    try device.sync()
    XCTAssertEqual(try device.state(id), try bench.state(id), "it has let go of it, and nobody else wrote there")
    device.write(.note, ["text": "后来"], id)
    try device.sync()
    XCTAssertEqual(try bench.state(id).notes.count, 1)
    XCTAssertEqual(device.lastAnswer?.operations.count, 0, "what it writes from now on it keeps")
  }

  func testNumbersOfAStationAreNeverGivenOutTwice() throws {
    func number(_ id: DeviceID) throws -> String? {
      try bench.journal.read { reader throws(Problem) in try reader.device(id)?.number }
    }
    let second = try bench.device()
    XCTAssertEqual([try number(device.id), try number(second.id)], ["01", "02"])
    try move(1)
    XCTAssertEqual(try number(device.id), "01", "of the other station")
    let third = try bench.device()
    XCTAssertEqual(try number(third.id), "03", "the one that left keeps its number there")
    let resident = try bench.device(at: 1)
    XCTAssertEqual(try number(resident.id), "02")
  }

  /// The device names a file in an application, is moved, and has sent the file's beginning by then.
  /// - Returns: the file's digest, and the device as it stands.
  private func attachAndMove(_ id: ApplicationID) throws -> (digest: String, row: DeviceRow) {
    let digest = "sm3:" + String(repeating: "ab", count: 32)
    device.write(
      .attach,
      ["material": "m02", "digest": .text(digest), "bytes": 10, "mediaType": "image/jpeg", "name": "a.jpg"], id)
    try device.sync()
    try move(1)
    try device.sync()
    let row = try XCTUnwrap(try bench.journal.read { reader throws(Problem) in try reader.device(device.id) })
    let standing = try bench.service.upload(digest, from: row, received: { 4 })
    XCTAssertEqual(standing, UploadStanding(received: 4, bytes: 10, isComplete: false))
    return (digest, row)
  }

  func testAttachmentsOnTheirWayStillArrive() throws {
    let id = try create(device)
    let (digest, row) = try attachAndMove(id)
    try bench.service.blobArrived(digest, bytes: 10, from: device.id)
    XCTAssertEqual(try bench.journal.read { reader throws(Problem) in try reader.missingBlobs(id) }, [])
    XCTAssertThrowsError(try bench.service.checkReading(digest, device: row), "it sends, and reads no more")
  }

  func testAttachmentsOfWhatWasSharedWithItStillArrive() throws {
    let author = try bench.device(at: 2)
    let id = try create(author)
    author.write(.share, ["with": .text("device:\(device.id)")], id)
    try author.sync()
    try device.sync()
    _ = try attachAndMove(id)
  }

  func testARevokedDeviceIsNotMoved() throws {
    try bench.revoke(device)
    XCTAssertThrowsError(try move(1)) { XCTAssertEqual(($0 as? Problem)?.code, "device.revoked") }
  }
}
