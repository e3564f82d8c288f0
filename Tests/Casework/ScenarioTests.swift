import Application
import Casework
import Catalog
import Cryptography
import Dispatch
import Foundations
import Journal
import Replication
import Synchronization
import TestSupport
import XCTest

/// Scenarios 4, 5, 8 and 23: what the server's intake makes of batches, on a real journal.
final class ScenarioTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  private func refusal(_ bytes: [UInt8]) -> Problem? { bench.refusal { _ = try self.bench.service.sync(bytes) } }

  func testScenario04OneBatchDeliveredAHundredTimesHasOneEffectAndOneAcknowledgement() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.submit(id)
    let bytes = try device.request()
    let service = bench.service
    let answers = Mutex<[SyncAnswer]>([])
    let failures = Mutex<[String]>([])
    // Eight at a time, as many as there are to be.
    DispatchQueue.concurrentPerform(iterations: 100) { _ in
      do {
        let answer = try SyncAnswer.read(try service.sync(bytes)) { _ in nil }
        answers.withLock { $0.append(answer) }
      } catch { failures.withLock { $0.append("\(error)") } }
    }
    XCTAssertEqual(failures.withLock { $0 }, [])
    let all = answers.withLock { $0 }
    XCTAssertEqual(all.count, 100)
    XCTAssertEqual(Set(all.map(\.acknowledged)), [2])
    XCTAssertEqual(Set(all.map(\.running)).count, 1)
    XCTAssertEqual(Set(all.map { $0.judgements[1] }).count, 1, "one judgement of each")
    let state = try bench.state(id)
    XCTAssertEqual(state.operations, 3, "create, submit, and the server's route")
    let outbox = try bench.service.outbox(dead: false, limit: 100)
    XCTAssertEqual(outbox.count, state.proceedings.count { $0.status == .dispatched })
    try device.sync()
    XCTAssertEqual(try device.state(id), try bench.state(id))
    try bench.assertVerifies()
  }

  func testScenario05BatchesOutOfOrderAreRefusedWithTheCounterExpectedAndNothingIsSkipped() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    let first = try device.request()
    device.write(.note, ["text": "二"], id)
    device.acknowledged = 1
    let second = try device.request()
    device.write(.note, ["text": "三"], id)
    device.acknowledged = 2
    let third = try device.request()
    for early in [second, third] {
      let problem = refusal(early)
      XCTAssertEqual(problem?.code, "sync.gap")
      XCTAssertEqual(problem?.numbers["expected"], 1)
    }
    XCTAssertNil(try bench.find(id))
    // Nothing of what was refused counts: the same bytes in their order are taken.
    _ = try bench.service.sync(first)
    XCTAssertEqual(refusal(third)?.numbers["expected"], 2)
    _ = try bench.service.sync(second)
    _ = try bench.service.sync(third)
    XCTAssertEqual(try bench.state(id).notes.map(\.text), ["二", "三"])
    XCTAssertEqual(refusal(second)?.code, "sync.stale")
    device.acknowledged = 0
    try device.sync()
    XCTAssertEqual(try bench.state(id).operations, 3)
    XCTAssertEqual(try device.state(id), try bench.state(id))
    try bench.assertVerifies()
  }

  /// A refused parent satisfies causality: what follows on it is judged, and nothing else is held up. Only a parent
  /// that was never received makes an operation wait.
  func testScenario08WhatDependsOnARefusedParentIsToldAndOtherApplicationsGoOn() throws {
    let (device, other) = (try bench.device(), try bench.device())
    let matter = try bench.matter("qingjian-04")
    let refused = device.write(
      .create,
      [
        "matter": "qingjian-04", "matterVersion": 1, "code": "L-x", "station": .text(bench.stations[1].id.text),
        "consent": ["given": true], "set": [:],
      ])
    device.write(.write, ["set": ["mo.name": "一"]], refused, parents: ["mo.name": [OperationID(device.id, 1)]])
    let good = device.create(matter, overriding: ["mo.name": "甲"])
    try device.sync()
    let judged = try XCTUnwrap(device.lastAnswer?.judgements)
    XCTAssertEqual(judged[1]?.disposition, .refused("create.station"))
    XCTAssertEqual(judged[2]?.disposition, .refused("application.refused"), "told, not lost")
    XCTAssertEqual(judged[3]?.disposition, .applied)
    XCTAssertEqual(device.acknowledged, 3)
    // A parent that was never received: what depends on it waits, visibly; everything else goes on.
    try other.sync()
    try device.edit(good, "mo.name", "乙")
    let parent = OperationID(device.id, device.counter)
    other.write(.write, ["set": ["mo.name": "丙"]], good, parents: ["mo.name": [parent]])
    let free = other.create(matter)
    try other.submit(free)
    try other.sync()
    XCTAssertEqual(other.acknowledged, 3)
    XCTAssertEqual(try bench.service.trayItems(limit: 10).count { $0["kind"] == "waiting" }, 1)
    XCTAssertEqual(try bench.state(good).value("mo.name"), "甲")
    XCTAssertEqual(try bench.state(free).status, .submitted)
    try device.sync()
    XCTAssertEqual(try bench.state(good).value("mo.name"), "丙", "it came, and what waited followed")
    XCTAssertEqual(try bench.state(good).conflicts, [])
    for each in [device, other] {
      try each.sync()
      XCTAssertEqual(try each.state(good), try bench.state(good))
    }
    try bench.assertVerifies()
  }

  func testScenario23ATransactionWithALowerSequenceThatCommitsLateIsSkippedByNoReader() throws {
    throw XCTSkip("the journal is SQLite, whose writers come one after the other; this waits for PostgreSQL")
  }
}
