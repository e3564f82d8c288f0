import Application
import Casework
import Cryptography
import Foundations
import Journal
import Replication
import SQLite
import TestSupport
import XCTest

/// Erasure on request: nothing stays, everything still verifies, and nothing that comes later brings it back.
final class PurgeTests: XCTestCase {
  private var bench: CountyBench!
  private let store = NoAttachments()

  override func setUpWithError() throws { bench = try CountyBench() }

  private func withdrawn() throws -> (device: BenchDevice, id: ApplicationID) {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.submit(id)
    try device.sync()
    device.write(.withdraw, ["why": "不办了"], id)
    try device.sync()
    return (device, id)
  }

  @discardableResult
  private func purge(_ id: ApplicationID, evenLive: Bool = false) throws -> Purged {
    try bench.service.purge(id.text, why: "本人要求", evenLive: evenLive, from: store, actor: "test")
  }

  private func refusal(_ body: () throws -> Void) -> String? { bench.refusal(body)?.code }

  private func log(_ id: ApplicationID) throws -> [JudgedOperation] {
    try bench.journal.read { reader throws(Problem) in try reader.operations(id) }
  }

  private func attach(_ device: BenchDevice, _ id: ApplicationID, _ digest: Digest) {
    device.write(
      .attach,
      ["material": "m04", "digest": .text(digest.text), "bytes": 5, "mediaType": "text/plain", "name": "a.txt"], id)
  }

  func testEveryRefusalIsNamed() throws {
    let (device, id) = try withdrawn()
    let live = device.create(try bench.matter("qingjian-10"))
    try device.submit(live)
    try device.sync()
    XCTAssertEqual(refusal { try purge(ApplicationID(String(id.text.dropLast())), evenLive: true) }, "purge.name")
    // Longer than any id: a short one is a beginning.
    XCTAssertEqual(refusal { try purge(ApplicationID(id.text + "0")) }, "application.not-found")
    XCTAssertEqual(refusal { try purge(live) }, "purge.live")
    XCTAssertEqual(
      refusal { _ = try bench.service.purge(id.text, why: " ", evenLive: false, from: store, actor: "t") },
      "purge.reason")
    try purge(id)
    XCTAssertEqual(refusal { try purge(id) }, "purge.done")
    XCTAssertEqual(try bench.state(live).status, .submitted)
    try purge(live, evenLive: true)
    XCTAssertEqual(try bench.state(live).status, .erased)
    try bench.assertVerifies()
  }

  func testNothingStaysAndEverythingStillVerifies() throws {
    let (device, id) = try withdrawn()
    let before = try log(id)
    let done = try purge(id)
    XCTAssertEqual(done.operations, before.count)
    let after = try log(id)
    XCTAssertEqual(after.map(\.operation.digest).prefix(before.count), before.map(\.operation.digest)[...])
    XCTAssertTrue(after.dropLast().allSatisfy(\.operation.isErased))
    XCTAssertEqual(after.last?.operation.header.kind, .purge)
    let found = try bench.journal.read { reader throws(Problem) in
      (
        try reader.applications(terms: SearchTerm.meant(by: "61083019991231988X"), limit: 10),
        try reader.projectedRows(id), try reader.dispatches(dead: false, limit: 100).filter { $0.status == "queued" }
      )
    }
    XCTAssertEqual(found.0, [])
    XCTAssertEqual(found.1, [])
    XCTAssertEqual(found.2, [])
    try bench.assertVerifies()
    try device.sync()
    XCTAssertEqual(try device.state(id), try bench.state(id))
    let newcomer = try bench.device()
    try newcomer.sync()
    XCTAssertEqual(try newcomer.state(id), try bench.state(id), "who comes later gets digests and the tombstone")
    XCTAssertTrue(newcomer.judged[id]?.dropLast().allSatisfy(\.operation.isErased) == true)
    let audit = try bench.journal.read { reader throws(Problem) in try reader.audit(after: 0, limit: 100) }
    XCTAssertEqual(audit.filter { $0.action == "application.purge" }.map(\.subject), [id.text])
  }

  /// Of a digest of what a window asked for, all identity numbers there can be are tried in a second.
  func testWhatWindowsAskedForIsKeptKeyedAndGoesToo() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.submit(id)
    try device.sync()
    let proceeding = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    let body: Value = ["action": "accept", "version": 1]
    _ = try bench.service.act(proceeding.id, body: body, actor: bench.actor(proceeding), idempotencyKey: "k1")
    func kept() throws -> [Value] {
      try bench.journal.read { reader throws(Problem) in try reader.documents("requests") }.map(\.value)
    }
    let one = try XCTUnwrap(try kept().first)
    XCTAssertEqual(one["application"], .text(id.text))
    XCTAssertNotNil(one["request"]?.integer, "a keyed term, no digest")
    var dispatches = try bench.journal.read { reader throws(Problem) in try reader.dispatches(dead: false, limit: 10) }
    for index in dispatches.indices {
      dispatches[index].status = "delivered"
      try bench.service.recordDispatch(dispatches[index])
    }
    XCTAssertFalse(dispatches.isEmpty)
    try purge(id, evenLive: true)
    XCTAssertEqual(try kept(), [])
    for row in dispatches {
      XCTAssertEqual(refusal { _ = try bench.service.redeliver(row.id, actor: "admin") }, "dispatch.withdrawn")
    }
  }

  func testVerifyNoticesWhatWasNotErased() throws {
    let (_, id) = try withdrawn()
    let path = bench.folder + "/journal.db"
    let before = try Connection(path: path, mode: .readWrite).one(
      "SELECT body FROM operations WHERE sequence = 1"
    ) { $0.blob(0) }
    try purge(id)
    try bench.assertVerifies()
    _ = try Connection(path: path, mode: .readWrite).run(
      "UPDATE operations SET body = ? WHERE sequence = 1", [.blob(try XCTUnwrap(before))])
    XCTAssertTrue(try bench.service.verify().problems.contains { $0.contains("已清除，却还有内容") })
  }

  func testScenario17APurgeAgainstAnEditMadeThreeHundredDaysOffline() throws {
    let (device, id) = try withdrawn()
    let late = try bench.device()
    try late.sync()
    device.write(.share, ["with": .text("device:\(late.id.text)")], id)
    try device.sync()
    try purge(id)
    bench.clock.advance(seconds: 300 * 86_400)
    try late.edit(id, "mo.name", "三百天前写的")
    late.write(.note, ["text": "三百天前记的"], id)
    let file = Digest.sm3(Array("附件".utf8))
    attach(late, id, file)
    try late.sync()
    let judged = try log(id).suffix(3)
    XCTAssertEqual(judged.map(\.judgement?.disposition), Array(repeating: .refused("application.erased"), count: 3))
    XCTAssertEqual(try bench.state(id).status, .erased)
    for text in ["三百天前写的", "三百天前记的"] {
      XCTAssertFalse(JSON.text(try bench.service.application(id.text)).contains(text), "no resurrection")
    }
    let entry = OperationID(late.id, 1).text
    XCTAssertTrue(try bench.service.trayItems(limit: 100).contains { $0["id"] == .text(entry) })
    XCTAssertEqual(try bench.service.trayItem(entry)["content"]?["set"]?["mo.name"], "三百天前写的")
    XCTAssertEqual(refusal { _ = try bench.service.admit(entry, actor: "t") }, "tray.refused")
    try late.sync()
    XCTAssertEqual(try late.state(id), try bench.state(id))
    try bench.assertVerifies()
    for counter in Int64(1)...3 {
      _ = try bench.service.decline(OperationID(late.id, counter).text, why: "已清除", from: store, actor: "t")
    }
    XCTAssertTrue(try log(id).suffix(3).allSatisfy(\.operation.isErased), "and nothing of it once a person has looked")
    XCTAssertEqual(try bench.service.trayItem(entry)["content"], .null)
    XCTAssertEqual(try bench.journal.read { reader throws(Problem) in try reader.blob(file.text) }, nil)
    try bench.assertVerifies()
  }

  func testAttachmentsGoUnlessAnotherApplicationNamesThem() throws {
    let device = try bench.device()
    let ids = [device.create(try bench.matter("qingjian-04")), device.create(try bench.matter("qingjian-10"))]
    let (shared, own) = (Digest.sm3([1]), Digest.sm3([2]))
    for id in ids { attach(device, id, shared) }
    attach(device, ids[0], own)
    try device.sync()
    let done = try purge(ids[0], evenLive: true)
    XCTAssertEqual(done.attachments, 1)
    XCTAssertEqual(store.dropped, [own.text])
    let rows = try bench.journal.read { reader throws(Problem) in
      (try reader.blob(own.text), try reader.blob(shared.text), try reader.blobClaims(shared.text).map(\.application))
    }
    XCTAssertNil(rows.0)
    XCTAssertNotNil(rows.1)
    XCTAssertEqual(rows.2, [ids[1]])
    try purge(ids[1], evenLive: true)
    XCTAssertEqual(store.dropped, [own.text, shared.text])
    try bench.assertVerifies()
  }

  func testAFileThatCouldNotBeRemovedGoesLater() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    let file = Digest.sm3([1])
    attach(device, id, file)
    try device.sync()
    store.failure = ProblemKind.unexpected.with("full")
    XCTAssertNotNil(refusal { try purge(id, evenLive: true) })
    XCTAssertEqual(try bench.state(id).status, .erased)
    XCTAssertEqual(store.dropped, [])
    store.failure = nil
    try bench.service.removeDropped(from: store)
    XCTAssertEqual(store.dropped, [file.text])
  }

  func testSettingAsideWhatACopyWroteUnderTheSameIdTouchesNothingElse() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.sync()
    let twin = device.copy()
    try purge(id, evenLive: true)
    let other = device.create(try bench.matter("qingjian-10"))
    try device.sync()
    twin.write(.note, ["text": "副本写的"], id)
    XCTAssertEqual(refusal { try twin.sync() }, "sync.forked")
    let entry = try XCTUnwrap(try bench.tray().first)
    XCTAssertEqual(entry.operation.id, try log(other).first?.operation.id)
    _ = try bench.service.decline(entry.id, why: "已清除", from: store, actor: "t")
    XCTAssertEqual(try bench.service.trayItem(entry.id)["content"], .null)
    XCTAssertEqual(try log(other).map(\.operation.isErased), [false])
    try bench.assertVerifies()
  }

  func testWhatWaitedAndWhatLayInTheTrayIsErasedToo() throws {
    let (device, id) = try withdrawn()
    let other = try bench.device()
    try other.sync()
    other.write(.write, ["set": ["mo.name": "等着的"]], id, parents: ["mo.name": [OperationID(device.id, 99)]])
    try other.sync()
    device.write(.note, ["text": "停用后的"], id)
    try bench.revoke(device)
    XCTAssertEqual(refusal { try device.sync() }, "device.revoked")
    XCTAssertEqual(try bench.tray().count, 1)
    try purge(id)
    XCTAssertEqual(try bench.tray(), [])
    XCTAssertEqual(try bench.journal.read { reader throws(Problem) in try reader.waiting(limit: 10) }, [])
    XCTAssertTrue(try log(id).allSatisfy { $0.operation.isErased || $0.operation.header.kind == .purge })
    let rows = try bench.journal.read { reader throws(Problem) in try reader.reviews(of: id) }
    XCTAssertTrue(rows.allSatisfy { $0.operation.isErased && $0.note == nil })
    try other.sync()
    XCTAssertEqual(
      other.judged[id]?.first { $0.operation.id.device == other.id }?.judgement?.disposition,
      .refused("application.erased"), "its author is told")
    try bench.assertVerifies()
  }

  func testADuplicateIsToldThatTheOtherOneIsGone() throws {
    let (first, second) = (try bench.device(), try bench.device(at: 1))
    var ids: [ApplicationID] = []
    for device in [first, second] {
      ids.append(device.create(try bench.matter("qingjian-04")))
      try device.submit(ids[ids.count - 1])
      try device.sync()
    }
    try purge(ids[0], evenLive: true)
    XCTAssertEqual(try bench.state(ids[1]).duplicate(ids[0])?.status, .erased)
    XCTAssertEqual(try bench.state(ids[1]).openDuplicates, [])
    try bench.assertVerifies()
  }
}
