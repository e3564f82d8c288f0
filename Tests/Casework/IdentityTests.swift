import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// Copies of devices: found out, and both sides kept.
final class IdentityTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  private func audit(_ action: String) throws -> Int {
    try bench.journal.read { reader throws(Problem) in
      try reader.audit(after: 0, limit: 1000).count { $0.action == action }
    }
  }

  func testScenario06TheSameOperationIDWithAnotherBodyIsRefusedAndBothAreKept() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.sync()
    let twin = device.copy()
    try device.edit(id, "mo.name", "李四")
    try device.sync()
    try twin.edit(id, "mo.name", "李斯")
    for round in 1...3 {
      let problem = bench.refusal { try twin.sync() }
      XCTAssertEqual(problem?.code, "sync.forked", "round \(round)")
      XCTAssertEqual(problem?.numbers, ["acknowledged": 1, "reviewed": 2])
      XCTAssertEqual(try bench.tray().map(\.operation), [try XCTUnwrap(twin.own[2])], "once, and whole")
    }
    XCTAssertEqual(try bench.state(id).value("mo.name"), "李四")
    XCTAssertEqual(try bench.state(id).operations, 2)
    let line = try XCTUnwrap(try bench.service.trayItems(limit: 10).first)
    XCTAssertEqual(line["kind"], "review")
    XCTAssertEqual(line["code"], "sync.forked")
    XCTAssertEqual(line["application"], .text(id.text))
    XCTAssertEqual(try audit("review.keep"), 1, "a repeat changes nothing")
    try bench.assertVerifies()
  }

  func testScenario20ADeviceRestoredFromABackupThatWritesOnLosesNothingAndReusesNoID() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    device.write(.note, ["text": "一"], id)
    let backup = device.copy()
    try device.sync()
    device.write(.note, ["text": "二"], id)
    try device.sync()
    // What the backup still takes for unsent is held; what it writes on is not.
    backup.write(.note, ["text": "另外的二"], id)
    backup.write(.note, ["text": "另外的三"], id)
    let problem = bench.refusal { try backup.sync() }
    XCTAssertEqual(problem?.code, "sync.forked")
    XCTAssertEqual(problem?.numbers, ["acknowledged": 2, "reviewed": 4])
    XCTAssertEqual(try bench.state(id).notes.map(\.text), ["一", "二"])
    XCTAssertEqual(try bench.tray().map(\.operation.id.counter), [3, 4], "what is held already is not kept twice")
    try bench.assertVerifies()
  }

  func testScenario21OfTwoClonesThatBothSyncTheForkIsFoundAndBothSidesCanBeReviewed() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.sync()
    let clones = [device.copy(), device.copy()]
    for (index, clone) in clones.enumerated() {
      clone.write(.note, ["text": .text("第\(index)台")], id)
      clone.write(.note, ["text": .text("第\(index)台又")], id)
    }
    device.write(.note, ["text": "真的"], id)
    try device.sync()
    for clone in clones { XCTAssertEqual(bench.refusal { try clone.sync() }?.code, "sync.forked") }
    XCTAssertEqual(try bench.tray().count, 4)
    XCTAssertEqual(Set(try bench.tray().map(\.operation.id.counter)), [2, 3])
    XCTAssertEqual(try bench.state(id).notes.map(\.text), ["真的"])
    device.write(.note, ["text": "还能写"], id)
    try device.sync()
    XCTAssertEqual(try bench.state(id).notes.count, 2)
    try bench.assertVerifies()
  }

  func testABranchThatIsLongerThanTheLogGoesOnIntoTheTray() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.sync()
    let twin = device.copy()
    device.write(.note, ["text": "真的"], id)
    try device.sync()
    for number in 0..<3 { twin.write(.note, ["text": .text("甲\(number)")], id) }
    XCTAssertEqual(bench.refusal { try twin.sync() }?.numbers["reviewed"], 4)
    twin.write(.note, ["text": "乙"], id)
    twin.acknowledged = 4
    let problem = bench.refusal { try twin.sync() }
    XCTAssertEqual(problem?.code, "sync.forked", "it stands behind all that the log holds, and is known all the same")
    XCTAssertEqual(problem?.numbers, ["reviewed": 5])
    XCTAssertEqual(try bench.tray().count, 4)
    try bench.assertVerifies()
  }

  func testARetryThatSendsLessThanBeforeIsNoFork() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    for number in 0..<5 { device.write(.note, ["text": .text("\(number)")], id) }
    let before = device.copy()
    try device.sync()
    before.counter = 2
    before.number = device.number
    let answer = try SyncAnswer.read(try bench.service.sync(try before.request())) { _ in nil }
    XCTAssertEqual(answer.acknowledged, 6)
    let next = try SyncRequest.read(try device.request()) { _ in nil }.request
    XCTAssertEqual(answer.running, next.running, "the device can tell that it is its own history")
  }

  func testNobodyFillsTheTrayWithoutEnd() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.sync()
    let twin = device.copy()
    device.write(.note, ["text": "真的"], id)
    try device.sync()
    let now = bench.clock.now()
    try bench.journal.write { writer throws(Problem) in
      let filler = BenchDevice(id: device.id, station: device.station, key: device.key, bench: self.bench)
      for number in 0..<Limits.reviewsPerDeviceMax {
        filler.counter = 0
        filler.write(.note, ["text": .text("\(number)")], id)
        guard let operation = filler.own[1] else { continue }
        try writer.setReview(
          ReviewRow(
            operation: operation, reason: "sync.forked", receivedAt: now, capturedAt: now, captureDoubtful: false,
            running: nil))
      }
    }
    twin.write(.note, ["text": "一条太多"], id)
    let problem = bench.refusal { try twin.sync() }
    XCTAssertEqual(problem?.code, "sync.forked")
    XCTAssertNil(problem?.numbers["reviewed"], "it is told that nothing was kept, and keeps it itself")
  }
}
