import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// What becomes of dispatches that were given up, once their window's own system can be reached again.
final class RedeliveryTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws {
    bench = try CountyBench()
    try bench.connectWindows()
  }

  private func rows(_ id: ApplicationID) throws -> [DispatchRow] {
    try bench.journal.read { reader throws(Problem) in try reader.dispatches(dead: false, limit: 1000) }
      .filter { $0.application == id }
  }

  private func submitted(_ device: BenchDevice) throws -> ApplicationID {
    // Everybody has a name of one's own: what one person files twice is looked at twice.
    let name = "刘" + String(repeating: "一", count: Int(device.counter))
    let id = device.create(try bench.matter("qingjian-04"), overriding: ["mo.name": .text(name)])
    try device.submit(id)
    try device.sync()
    return id
  }

  /// Has the attempts end that were made for an application.
  private func giveUp(_ id: ApplicationID, _ status: String, _ failure: String) throws {
    for var row in try rows(id) {
      (row.status, row.attempts, row.failure) = (status, 7, failure)
      try bench.service.recordDispatch(row)
    }
  }

  func testAllThatWasGivenUpGoesOutAgainAndWhoMayHaveItIsAskedFirst() throws {
    let device = try bench.device()
    let (dead, unknown, delivered) = (try submitted(device), try submitted(device), try submitted(device))
    let maybe = DispatchRow.maybeArrived + "HTTP 500"
    try giveUp(dead, "dead", "endpoint gone")
    try giveUp(unknown, "unknown", maybe)
    try giveUp(delivered, "delivered", "")
    let windows = Set(try rows(dead).map(\.window)).sorted()
    XCTAssertFalse(windows.isEmpty)
    bench.clock.advance(seconds: 3600)
    let count = try windows.reduce(0) { try $0 + bench.service.redeliver(to: $1, actor: "admin") }
    XCTAssertEqual(count, try rows(dead).count + rows(unknown).count)
    for row in try rows(dead) + rows(unknown) {
      XCTAssertEqual([row.status, String(row.attempts)], ["queued", "0"])
      XCTAssertEqual(row.nextAt, bench.clock.now())
    }
    XCTAssertEqual(Set(try rows(dead).map(\.failure)), [nil])
    XCTAssertEqual(Set(try rows(unknown).map(\.failure)), [maybe])
    XCTAssertEqual(Set(try rows(delivered).map(\.status)), ["delivered"])
    XCTAssertEqual(try bench.service.redeliver(to: windows[0], actor: "admin"), 0, "nothing is given up any more")
    try bench.assertVerifies()
  }

  func testOneWindowsTroubleIsNoOtherOnes() throws {
    let id = try submitted(try bench.device())
    try giveUp(id, "dead", "endpoint gone")
    let first = try XCTUnwrap(try rows(id).first)
    XCTAssertEqual(try bench.service.redeliver(to: WindowID("w-none"), actor: "admin"), 0)
    let count = try bench.service.redeliver(to: first.window, actor: "admin")
    XCTAssertEqual(count, try rows(id).count { $0.window == first.window })
    XCTAssertEqual(
      Set(try rows(id).filter { $0.window != first.window }.map(\.status)).subtracting(["dead"]), [])
  }

  func testNothingIsQueuedForAnEndpointThatWasDisabled() throws {
    let id = try submitted(try bench.device())
    try giveUp(id, "dead", "endpoint gone")
    let row = try XCTUnwrap(try rows(id).first)
    try bench.journal.write { writer throws(Problem) in
      try writer.setEndpoint(
        EndpointRow(window: row.window, url: "http://127.0.0.1:9/", secret: [1], disabled: true))
    }
    XCTAssertEqual(
      bench.refusal { _ = try bench.service.redeliver(row.id, actor: "admin") }?.code, "window.endpoint-disabled")
    XCTAssertEqual(
      bench.refusal { _ = try bench.service.redeliver(to: row.window, actor: "admin") }?.code,
      "window.endpoint-disabled")
    XCTAssertEqual(Set(try rows(id).map(\.status)), ["dead"])
  }

  func testWhatHasEndedOrGoesOutAnewIsNotSentAgain() throws {
    let device = try bench.device()
    let id = try submitted(device)
    try giveUp(id, "dead", "endpoint gone")
    let former = try rows(id)
    device.write(.withdraw, ["why": "不办了"], id)
    let second = try submitted(device)
    try giveUp(second, "dead", "endpoint gone")
    let before = try rows(second)
    bench.clock.advance(seconds: 60)
    try device.submit(second)
    try device.sync()
    for window in Set((former + before).map(\.window)) { _ = try bench.service.redeliver(to: window, actor: "admin") }
    XCTAssertEqual(Set(try rows(id).map(\.status)), [DispatchRow.withdrawn], "its applicant has withdrawn it")
    let after = try rows(second)
    XCTAssertEqual(Set(after.filter { $0.version == 1 }.map(\.status)), ["dead"], "the second version goes out")
    XCTAssertEqual(Set(after.filter { $0.version == 2 }.map(\.status)), ["queued"])
  }

  /// Not by its own number either: the receiver would learn what is none of its business any more.
  func testWhatHasEndedIsNotSentAgainByItsNumberEither() throws {
    let device = try bench.device()
    let ids = [try submitted(device), try submitted(device), try submitted(device)]
    for id in ids { try giveUp(id, "delivered", "") }
    device.write(.withdraw, ["why": "不办了"], ids[0])
    try device.sync()
    let proceeding = try XCTUnwrap(try bench.state(ids[1]).proceedings.first { $0.status == .dispatched })
    let refusal: Value = ["action": "reject", "version": 1, "reason": "不属于本机关", "redirectTo": "县医保局"]
    _ = try bench.service.act(proceeding.id, body: refusal, actor: bench.actor(proceeding))
    func code(_ row: DispatchRow) -> String? {
      bench.refusal { _ = try bench.service.redeliver(row.id, actor: "admin") }?.code
    }
    for row in try rows(ids[0]) { XCTAssertEqual(code(row), "dispatch.withdrawn", "\(row)") }
    let rejected = try XCTUnwrap(try rows(ids[1]).first { $0.proceeding == proceeding.id })
    XCTAssertEqual(code(rejected), "dispatch.withdrawn")
    let live = try XCTUnwrap(try rows(ids[2]).first)
    XCTAssertNil(code(live))
    let maybe = DispatchRow.maybeArrived + "HTTP 500"
    try giveUp(ids[2], "unknown", maybe)
    XCTAssertNil(code(live))
    XCTAssertEqual(try rows(ids[2]).first { $0.id == live.id }?.failure, maybe, "who may have it is asked first")
    // What waits for its next attempt may have arrived with the last.
    try giveUp(ids[2], "queued", maybe)
    XCTAssertNil(code(live))
    XCTAssertEqual(try rows(ids[2]).first { $0.id == live.id }?.failure, maybe)
    try giveUp(ids[2], "unknown", maybe)
    _ = try bench.service.redeliver(live.id, isKnownMissing: true, actor: "admin")
    XCTAssertNil(try rows(ids[2]).first { $0.id == live.id }?.failure, "a person has asked")
  }

  /// A receiver that asked for a day's pause is repaired within the hour.
  func testWhatWaitsForItsNextAttemptGoesAtOnceWhereAPersonSaysSo() throws {
    let device = try bench.device()
    let id = try submitted(device)
    let tomorrow = bench.clock.now().adding(seconds: 86_400)
    for var row in try rows(id) {
      (row.attempts, row.failure, row.nextAt) = (1, "HTTP 503", tomorrow)
      try bench.service.recordDispatch(row)
    }
    let windows = Set(try rows(id).map(\.window))
    let count = try windows.reduce(0) { try $0 + bench.service.redeliver(to: $1, actor: "admin") }
    XCTAssertEqual(count, try rows(id).count)
    XCTAssertTrue(try rows(id).allSatisfy { $0.nextAt == bench.clock.now() && $0.failure == "HTTP 503" })
  }

  /// The server's clock was set back between two versions: the first goes out first all the same.
  func testVersionsGoOutInTheirOrderWhateverTheClockSaid() throws {
    let device = try bench.device()
    let id = try submitted(device)
    let first = try XCTUnwrap(try rows(id).first)
    var second = first
    (second.id, second.version) = ("sm3:" + String(repeating: "0", count: 64), 2)
    second.createdAt = first.createdAt.adding(seconds: -3600)
    try bench.journal.write { writer throws(Problem) in try writer.addDispatch(second) }
    let due = try bench.journal.read { reader throws(Problem) in
      try reader.dueDispatches(now: bench.clock.now(), of: 100, except: [])
    }
    XCTAssertEqual(due.filter { $0.window == first.window && $0.application == id }.map(\.version).max(), 1)
  }

  /// A window's own system that cannot be reached meanwhile must not open a case of it when it comes back.
  func testWhatEndsBeforeItsWindowWasToldOfItDoesNotGoOut() throws {
    let device = try bench.device()
    let (withdrawn, other) = (try submitted(device), try submitted(device))
    device.write(.withdraw, ["why": "不办了"], withdrawn)
    try device.sync()
    XCTAssertEqual(Set(try rows(withdrawn).map(\.status)), [DispatchRow.withdrawn])
    bench.clock.advance(seconds: 3600)
    let due = try bench.journal.read { reader throws(Problem) in
      try reader.dueDispatches(now: bench.clock.now(), of: 100, except: [])
    }
    XCTAssertEqual(Set(due.map(\.application)), [other])
    try bench.assertVerifies()
  }
}
