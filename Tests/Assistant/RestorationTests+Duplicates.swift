import Application
import Assistant
import Casework
import Foundations
import Replication
import TestSupport
import XCTest

/// Decisions about duplicates after a restore: they hold in both applications, whichever half comes back.
extension RestorationTests {
  /// Two stations' applications for the same matter of the same person; the first decides after the backup.
  private func decidedAfterBackup() throws -> (backup: String, other: Laptop, one: String, another: String) {
    let other = try village.laptop(at: 1)
    let (one, another) = (try capture(first), try capture(other))
    try first.sync()
    try other.sync()
    try first.sync()
    let backup = try backup()
    village.bench.clock.advance(seconds: 3600)
    let code = try XCTUnwrap(try other.assistant().show(another)["code"]?.text)
    _ = try first.assistant().join(one, with: code, keeping: nil)
    try first.sync()
    XCTAssertEqual(try standing(another, village), one)
    return (backup, other, one, another)
  }

  /// The application behind which another one stands still.
  func standing(_ id: String, _ village: Village) throws -> String? {
    try village.bench.state(ApplicationID(id)).standsBehind?.other.text
  }

  /// One stands behind another that ends while its laptop is away; both came after the backup or with it.
  private func standsBehindWhatHasEnded(_ end: (String) throws -> Void) throws {
    let other = try village.laptop(at: 1)
    let one = try capture(first)
    try first.sync()
    let backup = try backup()
    let another = try capture(other)
    try other.sync()
    try first.sync()
    let code = try XCTUnwrap(try other.assistant().show(another)["code"]?.text)
    _ = try first.assistant().join(one, with: code, keeping: nil)
    try first.sync()
    try other.sync()
    XCTAssertEqual(try standing(another, village), one)
    try end(one)
    try first.sync()
    let restored = try restore(backup, [first, other])
    // What has ended comes back first: nobody is there yet who could be told.
    try first.sync()
    try other.sync()
    let state = try restored.bench.state(ApplicationID(another))
    XCTAssertEqual(state.openDuplicates.map(\.other.text), [one], "nobody goes on for it")
    try first.sync()
    try other.sync()
    XCTAssertTrue(try other.assistant().todo().contains { $0["kind"] == "duplicate" && $0["id"] == .text(another) })
    try restored.checkAgreement(first, other)
  }

  func testWhatStandsBehindOneThatWasWithdrawnIsDecidedAnewAfterARestore() throws {
    try standsBehindWhatHasEnded { one in _ = try first.assistant().withdraw(one, why: "不办了") }
  }

  func testWhatStandsBehindOneThatWasErasedIsDecidedAnewAfterARestore() throws {
    try standsBehindWhatHasEnded { one in
      _ = try village.bench.service.purge(one, why: "本人要求", evenLive: true, from: village.blobs, actor: "test")
    }
  }

  func testADecisionAboutDuplicatesReachesBothAfterARestore() throws {
    let (backup, other, one, another) = try decidedAfterBackup()
    // The other station never heard of it: what the server had written into its application is lost.
    let restored = try restore(backup, [first, other])
    try first.sync()
    XCTAssertEqual(try standing(another, restored), one)
    try other.sync()
    XCTAssertEqual(try other.assistant().show(another)["standsBehind"], try first.assistant().show(one)["code"])
    try restored.checkAgreement(first, other)
  }

  func testADecisionOfWhichOnlyTheMirroredHalfComesBackReachesBoth() throws {
    let (backup, other, one, another) = try decidedAfterBackup()
    try other.sync()
    let restored = try restore(backup, [first, other])
    // Who decided may never come back.
    try other.sync()
    for (id, peer) in [(one, another), (another, one)] {
      let mark = try XCTUnwrap(try restored.bench.state(ApplicationID(id)).duplicate(ApplicationID(peer)))
      XCTAssertEqual(mark.decision, .joined(goesOn: ApplicationID(one)))
    }
    // Or come back, and decide otherwise: whoever saw the decision saw what stands for it.
    _ = try first.assistant().keepApart(one, from: try restored.bench.state(ApplicationID(another)).code)
    try first.sync()
    try other.sync()
    for (id, peer) in [(one, another), (another, one)] {
      let mark = try XCTUnwrap(try restored.bench.state(ApplicationID(id)).duplicate(ApplicationID(peer)))
      XCTAssertEqual(mark.decision, .apart)
      XCTAssertFalse(mark.isContested)
    }
    try restored.checkAgreement(first, other)
  }

  func testADecisionThatHoldsIsToldToNobodyAsRefused() throws {
    let (backup, other, one, another) = try decidedAfterBackup()
    try other.sync()
    var restored = try restore(backup, [first, other])
    try other.sync()
    try first.sync()
    let returned = try XCTUnwrap(
      try restored.bench.state(ApplicationID(one)).timeline.first { $0.code == Disposition.remintedCode })
    XCTAssertEqual(returned.kind, "join")
    XCTAssertEqual(try first.assistant().todo().filter { $0["kind"] == "refused" }, [])
    XCTAssertEqual(try restored.bench.service.trayItems(limit: 10), [])
    XCTAssertEqual(
      problem { _ = try restored.bench.service.admit(returned.operation.text, actor: "test") }?.code, "tray.settled")
    try other.sync()
    try restored.checkAgreement(first, other)
    // Nor does what stands for it keep its mirror from coming back once more.
    restored = try restore(backup, [first, other])
    for laptop in [first!, other, first!, other] { try laptop.sync() }
    for (id, peer) in [(one, another), (another, one)] {
      let mark = try XCTUnwrap(try restored.bench.state(ApplicationID(id)).duplicate(ApplicationID(peer)))
      XCTAssertEqual(mark.decision, .joined(goesOn: ApplicationID(one)))
    }
    try restored.checkAgreement(first, other)
  }

  func testOfTwoDecisionsThatCameAfterEachOtherTheSecondStandsThoughOnlyMirrorsComeBack() throws {
    let (backup, other, one, another) = try decidedAfterBackup()
    _ = try first.assistant().keepApart(one, from: try village.bench.state(ApplicationID(another)).code)
    try first.sync()
    try other.sync()
    let restored = try restore(backup, [first, other])
    try other.sync()
    for (id, peer) in [(one, another), (another, one)] {
      let mark = try XCTUnwrap(try restored.bench.state(ApplicationID(id)).duplicate(ApplicationID(peer)))
      XCTAssertEqual(mark.decision, .apart)
      XCTAssertFalse(mark.isContested)
    }
    try first.sync()
    try other.sync()
    try restored.checkAgreement(first, other)
  }

  func testWhoHadSeenAMirroredDecisionThatIsMirroredAnewHasSeenThatOneToo() throws {
    let (backup, other, one, another) = try decidedAfterBackup()
    try other.sync()
    _ = try other.assistant().keepApart(another, from: try village.bench.state(ApplicationID(one)).code)
    let restored = try restore(backup, [first, other])
    // What the first one brings back is mirrored anew, before the other one brings what had been mirrored.
    try first.sync()
    try other.sync()
    for (id, peer) in [(one, another), (another, one)] {
      let mark = try XCTUnwrap(try restored.bench.state(ApplicationID(id)).duplicate(ApplicationID(peer)))
      XCTAssertEqual(mark.decision, .apart)
      XCTAssertFalse(mark.isContested, id)
    }
    try first.sync()
    try restored.checkAgreement(first, other)
  }

  func testWhatMirroredADecisionThatDoesNotFitAnyMoreDoesNotStandAlone() throws {
    let (other, neighbour) = (try village.laptop(at: 1), try village.laptop(at: 1))
    let (one, another) = (try capture(first), try capture(other))
    for laptop in [first!, other, neighbour, first!] { try laptop.sync() }
    let backup = try backup()
    village.bench.clock.advance(seconds: 3600)
    let code = try XCTUnwrap(try other.assistant().show(another)["code"]?.text)
    _ = try first.assistant().join(one, with: code, keeping: code)
    try first.sync()
    try other.sync()
    let restored = try restore(backup, [first, other, neighbour])
    // Meanwhile the one that was to go on has ended.
    try neighbour.sync()
    _ = try neighbour.assistant().withdraw(another, why: "不办了")
    try neighbour.sync()
    try first.sync()
    try other.sync()
    for (id, peer) in [(one, another), (another, one)] {
      let mark = try XCTUnwrap(try restored.bench.state(ApplicationID(id)).duplicate(ApplicationID(peer)))
      XCTAssertNil(mark.decision, id)
    }
    try first.sync()
    try restored.checkAgreement(first, other, neighbour)
  }

  func testAMirroredDecisionThatComesBackTooStandsOnce() throws {
    let (backup, other, one, another) = try decidedAfterBackup()
    try other.sync()
    let restored = try restore(backup, [first, other])
    try first.sync()
    try other.sync()
    XCTAssertEqual(try standing(another, restored), one)
    let mark = try XCTUnwrap(try restored.bench.state(ApplicationID(another)).duplicate(ApplicationID(one)))
    XCTAssertEqual(mark.decisions.writes.filter(\.applied).count, 1)
    try first.sync()
    // Whoever changes it later has seen all of it.
    _ = try first.assistant().keepApart(one, from: try restored.bench.state(ApplicationID(another)).code)
    try first.sync()
    try other.sync()
    for (id, peer) in [(one, another), (another, one)] {
      let mark = try XCTUnwrap(try restored.bench.state(ApplicationID(id)).duplicate(ApplicationID(peer)))
      XCTAssertEqual(mark.decision, .apart)
      XCTAssertFalse(mark.isContested)
    }
    try restored.checkAgreement(first, other)
  }
}
