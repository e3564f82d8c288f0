import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// An operation whose parent was never received waits, visibly, and is judged when the parent comes.
final class WaitingTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  private func waiting() throws -> [OperationID] {
    try bench.journal.read { reader throws(Problem) in try reader.waiting(limit: 100).map(\.operation.id) }
  }

  /// Two devices of one station; the second writes over a value of the first that the server has not received.
  private func apart() throws -> (first: BenchDevice, second: BenchDevice, id: ApplicationID, parent: OperationID) {
    let first = try bench.device()
    let second = try bench.device()
    let id = first.create(try bench.matter("qingjian-04"), overriding: ["mo.name": "一"])
    try first.sync()
    try second.sync()
    try first.edit(id, "mo.name", "二")
    let parent = OperationID(first.id, first.counter)
    // As from a file that a courier carried: the server has it later than who wrote on.
    second.write(.write, ["set": ["mo.name": "三"]], id, parents: ["mo.name": [parent]])
    return (first, second, id, parent)
  }

  func testItIsAcknowledgedAndWaitsWhereEverybodyCanSee() throws {
    let (_, second, id, _) = try apart()
    try second.sync()
    XCTAssertEqual(second.acknowledged, second.counter, "it is safe")
    XCTAssertEqual(second.lastAnswer?.judgements, [:], "and not judged")
    XCTAssertEqual(try waiting(), [OperationID(second.id, 1)])
    XCTAssertEqual(try bench.state(id).value("mo.name"), "一")
    XCTAssertEqual(try bench.service.trayItems(limit: 10).map { $0["kind"] }, ["waiting"])
    XCTAssertEqual(try bench.service.application(id.text)["waiting"], 1)
    try bench.assertVerifies()
  }

  func testItIsJudgedWhenItsParentArrivesAndEveryReplicaAgrees() throws {
    let (first, second, id, _) = try apart()
    try second.sync()
    let arrived = bench.clock.now()
    bench.clock.advance(seconds: 86_400)
    try first.sync()
    XCTAssertEqual(try waiting(), [])
    XCTAssertEqual(try bench.state(id).conflicts, [])
    XCTAssertEqual(try bench.state(id).value("mo.name"), "三")
    for device in [first, second] {
      try device.sync()
      XCTAssertEqual(try device.state(id), try bench.state(id))
    }
    let judged = try XCTUnwrap(second.judged[id]?.first { $0.operation.id == OperationID(second.id, 1) })
    XCTAssertEqual(judged.judgement?.receivedAt, arrived, "the day it came counts, not the day it was judged")
    XCTAssertEqual(try bench.service.trayItems(limit: 10), [])
    let late = try bench.device()
    try late.sync(pageMax: 2)
    XCTAssertEqual(try late.state(id), try bench.state(id), "whoever pulls it all later, too")
    try bench.assertVerifies()
  }

  func testTheFileOfWhatWaitsArrivesMeanwhile() throws {
    let (first, second, id, _) = try apart()
    let digest = "sm3:" + String(repeating: "ef", count: 32)
    second.write(
      .attach,
      ["material": "m02", "digest": .text(digest), "bytes": 10, "mediaType": "image/jpeg", "name": "b.jpg"], id)
    try second.sync()
    XCTAssertEqual(try waiting().count, 2)
    let row = try XCTUnwrap(try bench.journal.read { reader throws(Problem) in try reader.device(second.id) })
    let standing = try bench.service.upload(digest, from: row, received: { 0 })
    XCTAssertFalse(standing.isComplete, "a device that is told that nobody wants it never sends it")
    try bench.service.blobArrived(digest, bytes: 10, from: second.id)
    try first.sync()
    XCTAssertEqual(try waiting(), [])
    XCTAssertEqual(try bench.state(id).materials.count, 1)
    XCTAssertEqual(try bench.journal.read { reader throws(Problem) in try reader.missingBlobs(id) }, [])
    try bench.assertVerifies()
  }

  func testNothingOvertakesAnEarlierOperationOfItsAuthorInTheSameApplication() throws {
    let (first, second, id, parent) = try apart()
    // What the courier carried, the second had seen when it submitted.
    let pulled = second.judged[id]
    let carried = JudgedOperation(
      try XCTUnwrap(first.own[parent.counter]),
      Judgement(
        sequence: 50, disposition: .applied, receivedAt: bench.clock.now(), capturedAt: bench.clock.now(),
        captureDoubtful: false))
    second.judged[id]?.append(carried)
    try second.submit(id)
    second.judged[id] = pulled
    let other = second.create(try bench.matter("qingjian-04"))
    try second.sync()
    XCTAssertEqual(try waiting().map(\.counter), [1, 2], "the submission had seen what waits")
    XCTAssertNil(try bench.state(other).refusal, "another application goes its way")
    try second.sync()
    XCTAssertEqual(try waiting().count, 2, "a repeat changes nothing")
    try first.sync()
    XCTAssertEqual(try waiting(), [])
    try second.sync()
    XCTAssertEqual(try bench.state(id).status, .submitted)
    XCTAssertEqual(try bench.state(id).version?.values["mo.name"], "三")
    XCTAssertEqual(try second.state(id), try bench.state(id))
    try bench.assertVerifies()
  }

  func testWhatWaitsIsAnEditOfItsAuthorsThoughTheLaptopMoves() throws {
    let (first, second, id, _) = try apart()
    try second.sync()
    XCTAssertEqual(try waiting().count, 1)
    _ = try bench.service.reassignDevice(second.id, station: bench.stations[1].id, actor: "test")
    try first.sync()
    XCTAssertEqual(try waiting(), [])
    let judged = try bench.journal.read { reader throws(Problem) in try reader.operation(OperationID(second.id, 1)) }
    XCTAssertEqual(judged?.judgement?.disposition, .applied)
    XCTAssertEqual(try bench.state(id).value("mo.name"), "三")
    try bench.assertVerifies()
  }

  func testAChainOfWaitersIsReleasedTogether() throws {
    let (first, second, id, _) = try apart()
    let third = try bench.device()
    third.write(
      .write, ["set": ["mo.name": "四"]], id, parents: ["mo.name": [OperationID(second.id, 1)]])
    try third.sync()
    try second.sync()
    XCTAssertEqual(try waiting().count, 2)
    try first.sync()
    XCTAssertEqual(try waiting(), [])
    XCTAssertEqual(try bench.state(id).value("mo.name"), "四")
    XCTAssertEqual(try bench.state(id).conflicts, [])
    for device in [first, second, third] {
      try device.sync()
      XCTAssertEqual(try device.state(id), try bench.state(id))
    }
    try bench.assertVerifies()
  }

  func testARefusedParentIsNoReasonToWait() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.sync()
    try device.edit(id, "mo.phone", "这不是电话")
    try device.edit(id, "mo.phone", "13887654321")
    try device.sync()
    XCTAssertEqual(try waiting(), [])
    XCTAssertEqual(try bench.state(id).value("mo.phone"), "13887654321")
  }

  func testAForkIsFoundInWhatWaitsToo() throws {
    let (_, second, id, parent) = try apart()
    let twin = second.copy()
    try second.sync()
    twin.own[1] = nil
    twin.counter = 0
    twin.write(.write, ["set": ["mo.name": "别的"]], id, parents: ["mo.name": [parent]])
    XCTAssertThrowsError(try twin.sync()) { XCTAssertEqual(($0 as? Problem)?.code, "sync.forked") }
    try bench.assertVerifies()
  }

  func testWhoMayNotSeeAnApplicationDoesNotWaitInIt() throws {
    let (_, _, id, parent) = try apart()
    let stranger = try bench.device(at: 1)
    stranger.write(.write, ["set": ["mo.name": "闯入"]], id, parents: ["mo.name": [parent]])
    try stranger.sync()
    XCTAssertEqual(try waiting(), [])
    XCTAssertEqual(stranger.lastAnswer?.judgements[1]?.disposition, .refused("scope.outside"))
  }
}
