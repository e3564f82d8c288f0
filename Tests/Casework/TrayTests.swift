import Application
import Casework
import Catalog
import Cryptography
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// What devices learn of the county's review tray, and what a person decides about what waits for ever.
final class TrayTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  private func waiting() throws -> [OperationID] {
    try bench.journal.read { reader throws(Problem) in try reader.waiting(limit: 100).map(\.operation.id) }
  }

  private func audit() throws -> [String] {
    try bench.journal.read { reader throws(Problem) in
      try reader.audit(after: 0, limit: 1000).filter { $0.action.hasPrefix("review.") }.map(\.action)
    }
  }

  private func refusal(_ body: () throws -> Void) -> String? { bench.refusal(body)?.code }

  private func admit(_ id: String) throws -> Value { try bench.service.admit(id, actor: "test") }

  private func decline(_ id: String, why: String = "已当面核对") throws {
    _ = try bench.service.decline(id, why: why, from: NoAttachments(), actor: "test")
  }

  // MARK: A parent that never comes

  /// The second device wrote twice over what the first one has lost with its disk.
  private func orphans(parent: Int64 = 2) throws -> (first: BenchDevice, second: BenchDevice, id: ApplicationID) {
    let first = try bench.device()
    let second = try bench.device()
    let id = first.create(try bench.matter("qingjian-04"), overriding: ["mo.name": "一"])
    try first.sync()
    try second.sync()
    second.write(.write, ["set": ["mo.name": "三"]], id, parents: ["mo.name": [OperationID(first.id, parent)]])
    second.write(.write, ["set": ["mo.name": "四"]], id, parents: ["mo.name": [OperationID(second.id, 1)]])
    try second.sync()
    XCTAssertEqual(try waiting().count, 2)
    return (first, second, id)
  }

  private func agree(_ devices: [BenchDevice], _ id: ApplicationID, line: UInt = #line) throws {
    for device in devices {
      try device.sync()
      XCTAssertEqual(try device.state(id), try bench.state(id), line: line)
    }
    try bench.assertVerifies()
  }

  func testAdmittedWithoutItsParentItStandsBesideWhatIsThere() throws {
    let (first, second, id) = try orphans()
    let entry = OperationID(second.id, 1).text
    XCTAssertEqual(try bench.service.trayItem(entry)["status"], "open")
    XCTAssertEqual(try bench.service.trayItem(entry)["code"], "parent.missing")
    XCTAssertEqual(
      refusal { _ = try admit(OperationID(second.id, 2).text) }, "tray.earlier-open", "one follows on the other")
    let result = try admit(entry)
    XCTAssertEqual(result["disposition"], "applied")
    XCTAssertEqual(result["operation"]?.text, entry, "it stands under its own name")
    XCTAssertEqual(try waiting(), [], "what waited behind it waits no more")
    XCTAssertEqual(try bench.state(id).conflicts, ["mo.name"])
    XCTAssertEqual(
      Set(try XCTUnwrap(try bench.state(id).registers["mo.name"]).candidates.map(\.value)), ["一", "四"])
    XCTAssertEqual(refusal { _ = try admit(entry) }, "tray.settled")
    XCTAssertEqual(try audit(), ["review.admit"])
    XCTAssertEqual(try bench.service.trayItems(limit: 10), [])
    try agree([second, first, try bench.device()], id)
    XCTAssertEqual(second.tray.values.map(\.status), [.admitted])
    // It was not lost after all: what was written over it stays written over it.
    first.write(.write, ["set": ["mo.name": "二"]], id, parents: ["mo.name": [OperationID(first.id, 1)]])
    try agree([first, second], id)
    XCTAssertEqual(try bench.state(id).value("mo.name"), "四")
    XCTAssertEqual(try bench.state(id).conflicts, [])
  }

  func testWhoWritesUnderTheMissingIdHavingSeenWhatNamedItStandsOverIt() throws {
    let (first, second, id) = try orphans()
    _ = try admit(OperationID(second.id, 1).text)
    try first.sync()
    // It came back from a backup, and uses the number anew: neither may make the other vanish.
    try first.edit(id, "mo.name", "二")
    try agree([first, second, try bench.device()], id)
    XCTAssertEqual(try bench.state(id).value("mo.name"), "二")
    XCTAssertEqual(try bench.state(id).conflicts, [])
  }

  func testDeclinedItIsRefusedWithACodeAndWhatWaitedBehindItIsJudged() throws {
    let (first, second, id) = try orphans()
    let entry = OperationID(second.id, 1).text
    XCTAssertEqual(refusal { try decline(OperationID(second.id, 2).text) }, "tray.earlier-open")
    try decline(entry, why: "原电脑已报废")
    XCTAssertEqual(try waiting(), [])
    try agree([second, first], id)
    let log = try XCTUnwrap(second.judged[id]?.filter { $0.operation.id.device == second.id })
    XCTAssertEqual(
      Set(log.compactMap(\.judgement?.disposition)), [.refused("tray.declined"), .applied],
      "a refused parent is no reason to wait")
    XCTAssertEqual(try bench.state(id).conflicts, ["mo.name"])
    XCTAssertEqual(second.tray.values.map(\.note), ["原电脑已报废"])
    XCTAssertEqual(try bench.service.trayItem(entry)["status"], "declined")
    XCTAssertEqual(refusal { try decline(entry) }, "tray.settled")
    XCTAssertEqual(try audit(), ["review.decline"])
    XCTAssertEqual(try bench.service.trayItems(limit: 10), [], "decided once and for all")
  }

  func testWhatTheApplicationDoesNotAllowIsNotAdmittedAndGoesOnWaiting() throws {
    let (first, second, id) = try orphans(parent: 9)
    first.write(.withdraw, ["why": "不办了"], id)
    try first.sync()
    let entry = OperationID(second.id, 1).text
    XCTAssertEqual(refusal { _ = try admit(entry) }, "tray.refused")
    XCTAssertEqual(try waiting().count, 2)
    XCTAssertEqual(try audit(), [])
    try decline(entry)
    try agree([first, second], id)
    XCTAssertEqual(try waiting(), [])
  }

  // MARK: What devices learn

  /// A copy of a device wrote a note and a draft of its own; the true one synced first.
  private func copied() throws -> (device: BenchDevice, copy: BenchDevice, id: ApplicationID) {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.sync()
    let copy = device.copy()
    device.write(.note, ["text": "真的"], id)
    try device.sync()
    copy.write(.note, ["text": "另一台的"], id)
    copy.create(try bench.matter("qingjian-04"))
    XCTAssertEqual(refusal { try copy.sync() }, "sync.forked")
    return (device, copy, id)
  }

  func testADeviceLearnsWhatOfItsWorkLiesThereAndWhatBecameOfItOnce() throws {
    let (device, copy, id) = try copied()
    try device.sync()
    let entries = device.tray.values.sorted { $0.operation < $1.operation }
    XCTAssertEqual(entries.map(\.operation), [OperationID(copy.id, 2), OperationID(copy.id, 3)])
    XCTAssertEqual(entries.map(\.status), [.open, .open])
    XCTAssertEqual(entries.map(\.reason), ["sync.forked", "sync.forked"])
    XCTAssertEqual(entries.first?.application, id)
    try device.sync()
    XCTAssertNil(device.lastAnswer?.tray, "nothing has changed")
    bench.clock.advance(seconds: 3600)
    try decline(entries[0].id, why: "重复录入")
    try device.sync()
    XCTAssertEqual(device.lastAnswer?.tray?.entries.map(\.id), [entries[0].id], "the change and nothing else")
    XCTAssertEqual(device.tray[entries[0].id]?.status, .declined)
    XCTAssertEqual(device.tray[entries[0].id]?.note, "重复录入")
    XCTAssertEqual(device.tray[entries[0].id]?.settledAt, bench.clock.now())
    XCTAssertEqual(device.tray[entries[0].id]?.receivedAt, entries[0].receivedAt)
    _ = try admit(entries[1].id)
    // The answer is lost: it is given again.
    _ = try bench.service.sync(device.request())
    try device.sync()
    XCTAssertEqual(device.tray[entries[1].id]?.status, .admitted)
  }

  func testOthersSeeOnlyWhatLiesOnApplicationsOfTheirs() throws {
    let (device, _, id) = try copied()
    let neighbour = try bench.device()
    let stranger = try bench.device(at: 1)
    for one in [device, neighbour, stranger] { try one.sync() }
    XCTAssertEqual(device.tray.count, 2)
    XCTAssertEqual(neighbour.tray.values.map(\.application), [id], "an application nobody has is its author's")
    XCTAssertEqual(stranger.tray, [:])
    try bench.revoke(neighbour)
    try decline(try XCTUnwrap(neighbour.tray.keys.first))
    XCTAssertEqual(refusal { try neighbour.sync() }, "device.revoked")
    XCTAssertEqual(neighbour.tray.values.map(\.status), [.open], "a revoked one learns nothing more of others")
  }

  func testManyArriveInSeveralAnswers() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.sync()
    let copy = device.copy()
    device.write(.note, ["text": "真的"], id)
    try device.sync()
    for number in 0..<TrayNews.entriesMax + 50 { copy.write(.note, ["text": .text("\(number)")], id) }
    XCTAssertEqual(refusal { try copy.sync() }, "sync.forked")
    XCTAssertEqual(try device.sync(), 2)
    XCTAssertEqual(device.tray.count, TrayNews.entriesMax + 50)
  }

  func testAnExchangeInWhichNothingHappensStaysSmall() throws {
    let (device, _, _) = try copied()
    try device.sync()
    XCTAssertGreaterThan(device.trayMark, 0)
    try device.sync()
    let answer = try bench.service.sync(device.request())
    XCTAssertLessThanOrEqual(device.lastRequest.count + answer.count, 300)
  }

  func testARequestHasOneFormAndAnEarlierProgramIsNotToldOfTheTray() throws {
    let (device, _, _) = try copied()
    let read = try SyncRequest.read(try device.request()) { _ in nil }
    XCTAssertEqual(read.request.tray, 0)
    device.trayMark = 5
    XCTAssertEqual(try SyncRequest.read(try device.request()) { _ in nil }.request.tray, 5)
    var answer = SyncAnswer(
      acknowledged: 0, running: .sm3([]), now: bench.clock.now(), cursor: .start, more: false)
    answer.tray = TrayNews(
      through: 3, more: true,
      entries: [
        TrayEntry(
          id: "r1", operation: OperationID(device.id, 1), application: ApplicationID("a"), kind: .create,
          reason: "sync.forked", receivedAt: bench.clock.now(), status: .declined, settledAt: bench.clock.now(),
          note: "重复")
      ])
    XCTAssertEqual(try SyncAnswer.read(answer.bytes(dictionary: nil)) { _ in nil }, answer)
    XCTAssertNil(try SyncAnswer.read(answer.bytes(dictionary: nil, version: 1)) { _ in nil }.tray)
  }

  // MARK: Consent

  func testWhatNobodyAgreedToIsRefusedAndCanBeWithdrawn() throws {
    let device = try bench.device()
    let matter = try bench.matter("qingjian-04")
    device.create(matter)
    var content = try XCTUnwrap(device.own[1]).content
    device.counter = 0
    for consent: Value in [["given": false], .null, ["given": "yes"]] {
      content["consent"] = consent
      device.write(.create, content)
    }
    try device.sync()
    let dispositions = (1...3).map { device.lastAnswer?.judgements[$0]?.disposition }
    XCTAssertEqual(dispositions, Array(repeating: .refused("consent.missing"), count: 3))
    let id = ApplicationID(createdBy: OperationID(device.id, 1))
    try device.edit(id, "mo.name", "刘三")
    try device.sync()
    XCTAssertEqual(device.lastAnswer?.judgements[4]?.disposition, .refused("application.refused"))
    XCTAssertEqual(refusal { _ = try admit(OperationID(device.id, 1).text) }, "tray.refused")
    device.write(.withdraw, ["why": "没有征得同意"], id)
    device.write(.withdraw, ["why": "再撤一次"], id)
    try device.sync()
    XCTAssertEqual(device.lastAnswer?.judgements[5]?.disposition, .applied)
    XCTAssertEqual(device.lastAnswer?.judgements[6]?.disposition, .refused("application.closed"))
    XCTAssertEqual(try bench.state(id).status, .withdrawn)
    XCTAssertEqual(try device.state(id), try bench.state(id))
    try bench.assertVerifies()
  }
}
