import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// Revoked devices, forged requests, and what an administrator does with the review tray.
final class RevocationTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  private func entry(_ device: BenchDevice, _ counter: Int64) throws -> String {
    try XCTUnwrap(try bench.tray().first { $0.operation.id == OperationID(device.id, counter) }).id
  }

  private func admit(_ id: String) throws -> Value { try bench.service.admit(id, actor: "test") }

  private func audit() throws -> [String] {
    try bench.journal.read { reader throws(Problem) in
      try reader.audit(after: 0, limit: 1000).filter { $0.action.hasPrefix("review.") }.map(\.action)
    }
  }

  func testARevokedDeviceReadsNothingAndItsUnsentWorkGoesToTheTray() throws {
    let device = try bench.device()
    let matter = try bench.matter("qingjian-04")
    let id = device.create(matter)
    try device.sync()
    try bench.revoke(device)
    device.write(.note, ["text": "没来得及传"], id)
    let other = device.create(matter)
    for _ in 0..<2 {
      let problem = bench.refusal { try device.sync() }
      XCTAssertEqual(problem?.code, "device.revoked")
      XCTAssertEqual(problem?.numbers, ["acknowledged": 1, "reviewed": 3])
    }
    XCTAssertEqual(try bench.tray().map(\.operation.id.counter), [2, 3])
    XCTAssertEqual(try bench.tray().map(\.reason), ["device.revoked", "device.revoked"])
    XCTAssertEqual(try bench.state(id).operations, 1, "nothing of it is applied")
    XCTAssertNil(try bench.find(other))
    for (method, path) in [("GET", "/v1/blobs/sm3:00"), ("POST", "/v1/prove")] {
      let problem = bench.refusal { _ = try self.signed(device, method, path) }
      XCTAssertEqual(problem?.code, "device.revoked", path)
    }
    try bench.assertVerifies()
  }

  /// A request that is no sync, signed as a device signs.
  private func signed(_ device: BenchDevice, _ method: String, _ path: String, by key: BenchDevice? = nil) throws
    -> DeviceRow
  {
    let headers = try (key ?? device).headers(method, path, as: device.id)
    return try bench.service.authenticate(
      method: method, path: path, header: { headers[$0] }, bodyDigest: BenchDevice.emptyBody)
  }

  func testWhatTheServerTookBeforeTheRevocationIsNotKeptAgain() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    let before = device.copy()
    try device.sync()
    try bench.revoke(device)
    before.write(.note, ["text": "后来"], id)
    XCTAssertEqual(bench.refusal { try before.sync() }?.numbers, ["acknowledged": 1, "reviewed": 2])
    XCTAssertEqual(try bench.tray().map(\.operation.id.counter), [2])
  }

  func testAdmittedEntriesStandInTheServersNameForTheirAuthors() throws {
    let device = try bench.device()
    let colleague = try bench.device()
    try device.sync()
    try bench.revoke(device)
    let draft = device.create(try bench.matter("qingjian-04"))
    try device.edit(draft, "mo.name", "李四")
    try device.submit(draft)
    bench.clock.advance(seconds: 86_400)
    _ = bench.refusal { try device.sync() }
    XCTAssertEqual(bench.refusal { _ = try self.admit(try self.entry(device, 2)) }?.code, "tray.earlier-open")
    let created = try admit(try entry(device, 1))
    let id = ApplicationID(try XCTUnwrap(created["application"]?.text))
    XCTAssertNotEqual(id, draft, "its id is that of the server's operation")
    XCTAssertEqual(
      bench.refusal { _ = try self.admit(try self.entry(device, 3)) }?.code, "tray.refused", "it had seen more")
    _ = try admit(try entry(device, 2))
    _ = try admit(try entry(device, 3))
    let state = try bench.state(id)
    XCTAssertEqual(state.status, .submitted)
    XCTAssertEqual(state.conflicts, [])
    XCTAssertEqual(state.value("mo.name"), "李四")
    XCTAssertEqual(state.createdBy, PersonID("p1"))
    XCTAssertFalse(state.proceedings.isEmpty, "it goes its way to the windows")
    XCTAssertEqual(state.createdAt.milliseconds, device.own[1]?.header.claimedAt.milliseconds)
    let operations = try bench.journal.read { reader throws(Problem) in try reader.operations(id) }
    XCTAssertEqual(Former(in: try XCTUnwrap(operations.first).operation.content)?.operation, OperationID(device.id, 1))
    XCTAssertEqual(try bench.tray(), [])
    XCTAssertEqual(try audit(), ["review.keep", "review.admit", "review.admit", "review.admit"])
    try colleague.sync()
    XCTAssertEqual(try colleague.state(id), state, "the station has it")
    try bench.assertVerifies()
  }

  func testAnEntryIsDecidedOnceAndADeclinedOneStaysReadable() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.sync()
    try bench.revoke(device)
    device.write(.note, ["text": "重复的"], id)
    _ = bench.refusal { try device.sync() }
    let entry = try entry(device, 2)
    _ = try bench.service.decline(entry, why: "与王小兰核对过，重复", from: NoAttachments(), actor: "test")
    XCTAssertEqual(bench.refusal { _ = try self.admit(entry) }?.code, "tray.settled")
    XCTAssertEqual(bench.refusal { _ = try self.admit("r0") }?.code, "tray.not-found")
    XCTAssertEqual(bench.refusal { _ = try self.admit("\(device.id):1") }?.code, "tray.not-found", "it was applied")
    let shown = try bench.service.trayItem(entry)
    XCTAssertEqual(shown["status"], "declined")
    XCTAssertEqual(shown["note"], "与王小兰核对过，重复")
    XCTAssertEqual(shown["content"]?["text"], "重复的")
    _ = bench.refusal { try device.sync() }
    XCTAssertEqual(try bench.service.trayItems(limit: 10), [], "sent again it does not come back")
    XCTAssertEqual(try audit(), ["review.keep", "review.decline"])
  }

  func testADescendantOfADeclinedEntryFollowsOnWhatThatFollowedOn() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"), overriding: ["mo.name": "一"])
    try device.sync()
    try bench.revoke(device)
    try device.edit(id, "mo.name", "二")
    try device.edit(id, "mo.name", "三")
    _ = bench.refusal { try device.sync() }
    _ = try bench.service.decline(try entry(device, 2), why: "不对", from: NoAttachments(), actor: "test")
    _ = try admit(try entry(device, 3))
    XCTAssertEqual(
      try bench.state(id).registers["mo.name"]?.candidates.map(\.value), ["三"],
      "whoever wrote it had read 一, and 二 in between never was")
    try bench.assertVerifies()
  }

  func testOfTwoBranchesUnderOneCounterEachFollowsItsOwn() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"), overriding: ["mo.name": "一"])
    try device.sync()
    let clones = [device.copy(), device.copy()]
    device.write(.note, ["text": "真的"], id)
    try device.sync()
    for (name, clone) in zip(["赵", "钱"], clones) {
      try clone.edit(id, "mo.name", .text(name + "甲"))
      try clone.edit(id, "mo.name", .text(name + "乙"))
      XCTAssertEqual(bench.refusal { try clone.sync() }?.code, "sync.forked")
    }
    for operation in [clones[1].own[2], clones[1].own[3]].compactMap(\.self) {
      _ = try admit(TrayEntry.id(of: operation.digest))
    }
    XCTAssertEqual(try bench.state(id).conflicts, [], "the second follows on the first of its own branch")
    XCTAssertEqual(try bench.state(id).value("mo.name"), "钱乙")
    XCTAssertEqual(try bench.tray().count, 2, "the other branch still waits")
  }

  func testScenario28ForgedSignaturesForeignReplaysAndForeignStationsReadAndWriteNothing() throws {
    let victim = try bench.device()
    let thief = try bench.device(at: 1)
    let id = victim.create(try bench.matter("qingjian-04"))
    let overheard = try victim.request()
    // Another key under the victim's name: by sync, and by the signed headers.
    let forged = BenchDevice(id: victim.id, station: victim.station, key: thief.key, bench: bench)
    forged.write(.note, ["text": "假的"], id)
    XCTAssertEqual(bench.refusal { try forged.sync() }?.code, "sync.signature")
    XCTAssertEqual(
      bench.refusal { _ = try self.signed(victim, "POST", "/v1/prove", by: thief) }?.code, "sync.signature")
    XCTAssertEqual(try bench.tray(), [], "what nobody signed is kept nowhere")
    try victim.sync()
    XCTAssertEqual(
      bench.refusal { _ = try self.bench.service.sync(overheard) }?.code, "sync.stale", "a replay gets no page")
    // A foreign station's application: named, it opens nothing and changes nothing.
    thief.write(.note, ["text": "闯入"], id)
    thief.write(.share, ["with": .text("station:\(thief.station.text)")], id)
    try thief.sync()
    XCTAssertEqual(thief.lastAnswer?.judgements.values.map(\.disposition).filter { $0 == .applied }, [])
    XCTAssertNil(thief.judged[id]?.first { $0.operation.id.device == victim.id }, "no read")
    XCTAssertEqual(try bench.state(id).notes, [])
    XCTAssertEqual(try bench.state(id).shares, [])
    // Nor does it open one in another station's name.
    thief.write(
      .create,
      [
        "matter": "qingjian-04", "matterVersion": 1, "code": "L-x", "station": .text(victim.station.text),
        "consent": ["given": true], "set": [:],
      ])
    try thief.sync()
    XCTAssertEqual(thief.lastAnswer?.judgements[3]?.disposition, .refused("create.station"))
    try victim.sync()
    XCTAssertEqual(victim.judged.count, 1)
    try bench.assertVerifies()
  }

  func testARevokedDeviceStillSendsTheAttachmentsOfItsWorkAndNoOthers() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    let (held, unsent) = ("sm3:" + String(repeating: "ab", count: 32), "sm3:" + String(repeating: "cd", count: 32))
    let colleagues = "sm3:" + String(repeating: "ef", count: 32)
    func attach(_ digest: String, from device: BenchDevice) {
      device.write(
        .attach,
        ["material": "m02", "digest": .text(digest), "bytes": 10, "mediaType": "image/jpeg", "name": "a.jpg"], id)
    }
    attach(held, from: device)
    try device.sync()
    let colleague = try bench.device()
    try colleague.sync()
    attach(colleagues, from: colleague)
    try colleague.sync()
    try bench.revoke(device)
    attach(unsent, from: device)
    _ = bench.refusal { try device.sync() }
    let row = try XCTUnwrap(
      try bench.journal.read { reader throws(Problem) in try reader.device(device.id) })
    func code(_ digest: String, _ device: DeviceRow, sending: Bool = true) -> String? {
      bench.refusal {
        if !sending { return try self.bench.service.checkReading(digest, device: device) }
        _ = try self.bench.service.upload(digest, from: device, received: { 0 })
      }?.code
    }
    XCTAssertNil(code(unsent, row))
    XCTAssertEqual(code(unsent, row, sending: false), "device.revoked", "it sends, and reads no more")
    XCTAssertNil(code(held, row), "nobody else may have it")
    XCTAssertEqual(code(held, row, sending: false), "device.revoked")
    XCTAssertEqual(code(colleagues, row), "device.revoked", "it sees its station no more")
    let stranger = try bench.device(at: 1)
    let other = try XCTUnwrap(
      try bench.journal.read { reader throws(Problem) in try reader.device(stranger.id) })
    XCTAssertEqual(code(unsent, other), "blob.not-found")
  }
}
