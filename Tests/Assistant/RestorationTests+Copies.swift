import Application
import Assistant
import CaptureStore
import Casework
import Catalog
import FoundationEssentials
import Foundations
import Journal
import Replication
import Synchronizer
import TestSupport
import XCTest

/// A backup of the server is put back, and of two copies of one laptop the one that knows nothing of what was lost is
/// the first to come: it writes under the ids that the other one's work had.
extension RestorationTests {
  private func enrol(_ laptop: Laptop, in village: Village, at station: Int = 0) throws -> Value {
    let (_, code) = try village.bench.service.inviteDevice(
      station: village.bench.stations[station].id, name: "新码", actor: "test")
    return try laptop.assistant().enroll(url: village.url, code: code, name: nil)
  }

  private func revoke(_ laptop: Laptop, in village: Village) throws {
    let device = try laptop.assistant().store().identity.device
    try village.bench.journal.write { writer throws(Problem) in
      guard var row = try writer.device(device) else { return }
      row.status = .revoked
      try writer.setDevice(row)
    }
  }

  private func reviews(in village: Village, _ status: ReviewStatus) throws -> [ReviewRow] {
    try village.bench.journal.read { reader throws(Problem) in try reader.reviews(status, limit: 100) }
  }

  func testABranchIsKnownAgainWhereThePartBehindCameBack() throws {
    try first.sync()
    let copy = try first.copied()
    let backup = try backup()
    let ids = [try capture(first, submit: false), try capture(first, submit: false)]
    var codes: [String: String] = [:]
    for id in ids { codes[id] = try first.assistant().show(id)["code"]?.text }
    try first.sync()
    let restored = try restore(backup, [first, copy])
    try capture(copy, submit: false)
    try copy.sync()
    for round in 1...3 {
      XCTAssertEqual(problem { try first.sync() }?.code, "sync.forked", "round \(round)")
    }
    XCTAssertEqual(Set(try reviews(in: restored, .open).map(\.operation.header.application.text)), [ids[0]])
    XCTAssertEqual(try restored.bench.state(ApplicationID(ids[1])).status, .draft)
    _ = try enrol(first, in: restored)
    try first.sync()
    for id in ids {
      let code = try XCTUnwrap(codes[id])
      let now = try first.assistant().list(status: nil, text: nil, limit: 10).filter { $0["code"] == .text(code) }
      XCTAssertFalse(now.isEmpty, code)
    }
    try restored.checkAgreement(first)
  }

  func testWhatWasErasedIsNotSaidAgainUnderANewIdentity() throws {
    try first.sync()
    let copy = try first.copied()
    let backup = try backup()
    let id = try capture(first, submit: false)
    try first.sync()
    _ = try village.bench.service.purge(id, why: "本人要求", evenLive: true, from: village.blobs, actor: "test")
    try first.sync()
    let restored = try restore(backup, [first, copy])
    try capture(copy, submit: false)
    try copy.sync()
    XCTAssertEqual(problem { try first.sync() }?.code, "sync.forked")
    XCTAssertEqual(try enrol(first, in: restored)["reminted"], 0)
    XCTAssertEqual(try first.sync()["refused"], 0)
    try restored.checkAgreement(first)
  }

  /// What stood for the work of a former identity was erased; a copy that offers that work to the restored server meets
  /// the tombstone, which knows what it stood for.
  func testWhatWasErasedUnderANewIdentityDoesNotComeAgainUnderAThird() throws {
    try first.sync()
    let id = try capture(first, submit: false)
    let copy = try first.copied()
    try revoke(first, in: village)
    let backup = try backup()
    XCTAssertEqual(problem { try first.sync() }?.code, "device.revoked")
    let code = try XCTUnwrap(try first.assistant().show(id)["code"]?.text)
    _ = try enrol(first, in: village)
    try first.sync()
    _ = try village.bench.service.purge(code, why: "本人要求", evenLive: true, from: village.blobs, actor: "test")
    try first.sync()
    let restored = try restore(backup, [first, copy])
    XCTAssertEqual(problem { try copy.sync() }?.code, "device.revoked")
    XCTAssertFalse(try reviews(in: restored, .open).contains { $0.operation.isErased })
    XCTAssertEqual(problem { try first.sync() }?.code, "device.not-enrolled")
    _ = try enrol(first, in: restored)
    try first.sync()
    XCTAssertEqual(try reviews(in: restored, .open), [])
    XCTAssertTrue(try reviews(in: restored, .reminted).allSatisfy(\.operation.isErased))
    _ = try enrol(copy, in: restored)
    XCTAssertEqual(try copy.sync()["refused"], 0, "what it stands for was erased, and nobody is to do anything")
    let sent = try copy.assistant().store().read { session throws(Problem) in try session.applicationIDs() }
    XCTAssertTrue(sent.contains { (try? restored.bench.state($0))?.refusal == Disposition.remintedCode })
    try restored.checkAgreement(first, copy)
  }

  /// What was taken in from the tray under one identity was offered under the next one, too: both stand for one thing.
  func testWhatStandsForTheSameInTheTrayIsErasedToo() throws {
    try first.sync()
    let id = try capture(first, submit: false)
    let code = try XCTUnwrap(try first.assistant().show(id)["code"]?.text)
    try revoke(first, in: village)
    XCTAssertEqual(problem { try first.sync() }?.code, "device.revoked")
    let offered = try reviews(in: village, .open)
    _ = try enrol(first, in: village)
    try revoke(first, in: village)
    for row in offered { _ = try village.bench.service.admit(row.id, actor: "test") }
    XCTAssertEqual(problem { try first.sync() }?.code, "device.revoked")
    XCTAssertEqual(try reviews(in: village, .reminted).count, offered.count)
    _ = try village.bench.service.purge(code, why: "本人要求", evenLive: true, from: village.blobs, actor: "test")
    for status in [ReviewStatus.open, .admitted, .declined, .reminted] {
      XCTAssertTrue(try reviews(in: village, status).allSatisfy(\.operation.isErased), status.rawValue)
    }
    XCTAssertEqual(try reviews(in: village, .open), [])
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  /// What stands under another number by now goes out to nobody under its former one, though the lost log had sent it.
  func testWhatWasSentAgainGoesOutToNobodyUnderItsFormerNumber() throws {
    try first.sync()
    try second.sync()
    let backup = try backup()
    let id = try capture(first, submit: false)
    let copy = try first.copied()
    _ = try first.assistant().submit(id, deferring: [])
    try first.sync()
    try second.sync()
    XCTAssertEqual(problem { try copy.sync() }?.code, "sync.restored")
    let restored = try restore(backup, [copy, second])
    _ = try enrol(copy, in: restored)
    try copy.sync()
    try second.sync()
    let state = try restored.bench.state(ApplicationID(id))
    XCTAssertEqual(state.refusal, "review.reminted")
    XCTAssertEqual(state.proceedings, [])
    XCTAssertTrue(state.timeline.contains { $0.kind == "route" && $0.code == "timeline.superseded" })
    try copy.sync()
    try restored.checkAgreement(copy, second)
  }

  /// A laptop of another station saw a note of which the server keeps nothing: a copy of its author's laptop was the
  /// first to come to the restored server, with something that this station does not see.
  private func noteInACopysPlace() throws -> (id: String, other: Laptop, copy: Laptop, restored: Village) {
    let id = try capture(first, submit: false)
    let other = try village.laptop(at: 1)
    try other.sync()
    let device = try other.assistant().store().identity.device
    _ = try first.assistant().share(id, with: "device:\(device.text)")
    try first.sync()
    try other.sync()
    let copy = try first.copied()
    let backup = try backup()
    _ = try first.assistant().note(id, "丢了的")
    try first.sync()
    try other.sync()
    XCTAssertEqual(try other.assistant().show(id)["notes"]?.array?.count, 1)
    let restored = try restore(backup, [first, copy, other])
    try capture(copy, submit: false)
    try copy.sync()
    return (id, other, copy, restored)
  }

  /// What is in the county's tray for good is shown as part of the application no more, nor by those who saw it there.
  func testANeighbourLetsGoOfWhatTheCountyKeptAside() throws {
    let (id, other, _, restored) = try noteInACopysPlace()
    XCTAssertEqual(problem { try first.sync() }?.code, "sync.forked")
    try other.sync()
    XCTAssertEqual(try other.assistant().show(id)["notes"], [])
    XCTAssertEqual(try other.assistant().tray().map { $0["reason"] }, ["sync.forked"])
    try restored.checkAgreement(other)
  }

  func testWhatWasLostDoesNotStandInTheWayOfTheApplicationThatComesAgain() throws {
    let (id, other, copy, restored) = try noteInACopysPlace()
    try revoke(other, in: restored)
    XCTAssertEqual(problem { try other.sync() }?.code, "device.revoked")
    _ = try enrol(other, in: restored, at: 1)
    try other.sync()
    XCTAssertEqual(problem { _ = try other.assistant().show(id) }?.code, "application.not-found")
    let now = try other.assistant().store().identity.device
    _ = try copy.assistant().share(id, with: "device:\(now.text)")
    try copy.sync()
    try other.sync()
    XCTAssertEqual(try other.assistant().show(id)["status"], "draft")
    try restored.checkAgreement(other)
  }

  func testWhatAShutOutCopyOfferedIsNobodysToDecideOnceItIsBack() throws {
    try first.sync()
    let backup = try backup()
    let id = try capture(first, submit: false)
    let copy = try first.copied()
    try first.sync()
    let restored = try restore(backup, [first, copy])
    try revoke(first, in: restored)
    XCTAssertEqual(problem { try copy.sync() }?.code, "device.revoked")
    XCTAssertEqual(try reviews(in: restored, .open).count, 2)
    XCTAssertEqual(problem { try first.sync() }?.code, "device.revoked")
    _ = try enrol(first, in: restored)
    try first.sync()
    XCTAssertEqual(try restored.bench.state(ApplicationID(id)).status, .draft)
    XCTAssertEqual(try reviews(in: restored, .open), [])
    try restored.checkAgreement(first)
  }

  /// What lay in the review tray when the log was lost is offered to the restored one, by a laptop that never was let
  /// in as well: nothing else tells it that the log is another.
  func testWhatLayInTheLostReviewTrayIsOfferedAgain() throws {
    try revoke(first, in: village)
    let backup = try backup()
    let captured = try capture(first, submit: false)
    try capture(first, submit: false)
    XCTAssertEqual(problem { try first.sync() }?.code, "device.revoked")
    let offered = try reviews(in: village, .open).map(\.id)
    XCTAssertFalse(offered.isEmpty)
    let restored = try restore(backup, [first])
    XCTAssertEqual(try reviews(in: restored, .open), [])
    for round in 1...2 {
      XCTAssertEqual(problem { try first.sync() }?.code, "device.revoked", "round \(round)")
      XCTAssertEqual(Set(try reviews(in: restored, .open).map(\.id)), Set(offered), "round \(round)")
      XCTAssertEqual(try first.assistant().show(captured)["sync"], "pending")
    }
  }

  /// What another copy has offered meanwhile lies under the same numbers, and is something else.
  func testWhatLayInTheLostReviewTrayIsOfferedAgainThoughACopyWasThereFirst() throws {
    try revoke(first, in: village)
    let backup = try backup()
    let copy = try first.copied()
    for laptop in [first!, copy] { try capture(laptop, submit: false) }
    // The first one gets to offer a part only: of the rest nobody knows then what it follows on.
    var requests = 0
    first.sizes.operationsMax = 1
    let assistant = first.assistant()
    assistant.line = { address, _ in
      BadLine(HTTPLine(address: address)) { _, _ in
        requests += 1
        return requests > 1 ? .requestLost : .none
      }
    }
    XCTAssertNotNil(problem { _ = try assistant.sync { _ in } })
    XCTAssertEqual(try reviews(in: village, .open).count, 1)
    XCTAssertEqual(problem { try copy.sync() }?.code, "device.revoked")
    let offered = try reviews(in: village, .open).map(\.id)
    XCTAssertFalse(offered.isEmpty)
    let restored = try restore(backup, [first, copy])
    XCTAssertEqual(problem { try first.sync() }?.code, "device.revoked")
    XCTAssertEqual(problem { try copy.sync() }?.code, "device.revoked")
    XCTAssertEqual(try reviews(in: restored, .open).count, offered.count + 1)
    XCTAssertTrue(Set(try reviews(in: restored, .open).map(\.id)).isSuperset(of: offered))
  }

  /// Of an application whose beginning is in the county's tray for good nothing stays on a laptop of another station
  /// that saw it, though what followed has its place in the log.
  func testANeighbourLetsGoOfAnApplicationThatWasKeptAsideWhole() throws {
    let old = try capture(first, submit: false)
    let other = try village.laptop(at: 1)
    try other.sync()
    let device = try other.assistant().store().identity.device
    try first.sync()
    let copy = try first.copied()
    let backup = try backup()
    let id = try capture(first, submit: false)
    _ = try first.assistant().share(id, with: "device:\(device.text)")
    try first.sync()
    try other.sync()
    XCTAssertEqual(try other.assistant().show(id)["status"], "draft")
    let restored = try restore(backup, [first, copy, other])
    _ = try copy.assistant().note(old, "副本写的")
    try copy.sync()
    try other.sync()
    XCTAssertEqual(problem { _ = try other.assistant().show(id) }?.code, "application.not-found")
    XCTAssertEqual(try other.assistant().list(status: nil, text: nil, limit: 10), [])
    try restored.checkAgreement(other)
    // Its author offers it under a new identity.
    let kept = try reviews(in: restored, .open).filter { $0.operation.header.application.text == id }
    XCTAssertTrue(kept.contains { $0.operation.header.kind == .create })
    XCTAssertEqual(problem { try first.sync() }?.code, "sync.forked")
    _ = try enrol(first, in: restored)
    try first.sync()
    try other.sync()
    XCTAssertEqual(try first.assistant().list(status: nil, text: nil, limit: 10).count, 2)
    try restored.checkAgreement(first, other)
  }

  func testAFileFromARestoredCountyTakesNothingFromALaptopThatHasStillToBringItBack() throws {
    let backup = try backup()
    let late = try village.laptop()
    let id = try capture(late, submit: false)
    try late.sync()
    _ = try late.assistant().note(id, "还没送出的")
    _ = try late.assistant().edit(id, [Assignment("mo.name", .text("改过的"))])
    let restored = try restore(backup, [late])
    XCTAssertEqual(problem { try late.sync() }?.code, "device.not-enrolled")
    let (_, code) = try restored.bench.service.inviteDevice(
      station: restored.bench.stations[0].id, name: "新码", actor: "test")
    _ = try late.assistant().enroll(url: restored.url, code: code, name: nil)
    // The stick was there before the network was.
    try late.take(restored.file(for: late))
    XCTAssertEqual(try late.assistant().list(status: nil, text: nil, limit: 10).count, 1, "it has not left")
    for _ in 0..<2 { try late.sync() }
    XCTAssertEqual(try restored.bench.state(ApplicationID(id)).value("mo.name"), "改过的")
    let shown = try late.assistant().show(id)
    XCTAssertEqual(shown["fields"]?["mo.name"], "改过的")
    XCTAssertEqual(shown["notes"]?.array?.compactMap { $0["text"] }, ["还没送出的"])
    try restored.checkAgreement(late)
  }

}
