import Application
import Foundations
import Replication
import XCTest

/// What a duplicate's marks and a tombstone make of an application, on the pure fold.
final class DuplicateFoldTests: XCTestCase {
  private let other = ApplicationID("a2222222222222222")

  /// Submitted, at a window, with a duplicate found.
  private func marked() -> Bench {
    let bench = Bench()
    bench.submit(alice)
    bench.push(alice)
    bench.route("i")
    find(bench)
    for device in [alice, bob] { bench.pull(device) }
    return bench
  }

  private func find(_ bench: Bench, status: String = "live") {
    bench.act(
      .duplicate,
      [
        "other": .text(other.text), "code": "L-2", "station": "s2", "stationName": "西街", "first": .text(bench.id.text),
        "status": .text(status),
      ])
  }

  @discardableResult
  private func decide(_ bench: Bench, _ device: DeviceID, keeping goesOn: ApplicationID?) -> OperationID? {
    guard let mark = bench.seen(device).duplicate(other) else { return nil }
    let heads = mark.decisions.heads.map(\.operation)
    let payload = goesOn.map { bench.state.payload(joining: mark, keeping: $0) } ?? bench.state.payload(apartFrom: mark)
    return bench.record(
      device, goesOn == nil ? .apart : .join, payload,
      parents: heads.isEmpty ? [:] : [Register.duplicate(other): heads])
  }

  func testAFindingIsKeptOnceAndItsStatusFollows() {
    let bench = marked()
    find(bench, status: "withdrawn")
    XCTAssertEqual(bench.state.duplicates.map(\.code), ["L-2"])
    XCTAssertEqual(bench.state.duplicates.first?.status, .withdrawn)
    XCTAssertEqual(bench.state.openDuplicates, [], "nothing is left to decide")
  }

  func testADecisionIsAForecastAtOnceAndNoConflictWithItself() {
    let bench = marked()
    decide(bench, alice, keeping: other)
    XCTAssertEqual(bench.seen(alice).standsBehind?.code, "L-2")
    XCTAssertNil(bench.state.standsBehind)
    XCTAssertEqual(bench.push(alice), .applied)
    XCTAssertEqual(bench.state.standsBehind?.code, "L-2")
    XCTAssertEqual(bench.state.duplicates.first?.decisions.heads.count, 1)
  }

  func testDifferentDecisionsStandSideBySideUntilOneHasSeenBoth() {
    let bench = marked()
    decide(bench, alice, keeping: other)
    decide(bench, bob, keeping: nil)
    bench.push(alice)
    bench.push(bob)
    XCTAssertEqual(bench.state.contestedDuplicates.count, 1)
    XCTAssertEqual(bench.state.conflicts, [], "no field is in conflict: submissions and corrections go on")
    bench.pull(alice)
    decide(bench, alice, keeping: bench.id)
    bench.push(alice)
    XCTAssertEqual(bench.state.contestedDuplicates, [])
    XCTAssertEqual(bench.state.duplicates.first?.decision, .joined(goesOn: bench.id))
  }

  func testAWindowsDecisionIsShownBeforeAStations() {
    let bench = marked()
    decide(bench, alice, keeping: other)
    bench.push(alice)
    bench.act(.apart, ["other": .text(other.text), "by": "window", "place": "窗口"])
    XCTAssertEqual(bench.state.contestedDuplicates.count, 1)
    XCTAssertEqual(bench.state.duplicates.first?.decision, .apart)
  }

  func testARefusedDecisionStillCarriesAncestry() {
    let bench = marked()
    find(bench, status: "closed")
    bench.pull(alice)
    let refused = decide(bench, alice, keeping: other)
    XCTAssertEqual(bench.push(alice), .refused("duplicate.ended"))
    XCTAssertNil(bench.state.duplicates.first?.decision)
    XCTAssertTrue(bench.state.duplicates.first?.decisions.writes.contains { $0.operation == refused } == true)
  }

  func testADecisionIsNoPartOfAVersionAndMakesNoWriteLate() {
    let bench = marked()
    decide(bench, alice, keeping: bench.id)
    bench.push(alice)
    let before = bench.state.currentSnapshot
    bench.submit(bob)
    XCTAssertEqual(bench.push(bob), .applied, "whoever has not seen the decision may submit")
    XCTAssertEqual(bench.state.late, [])
    XCTAssertEqual(bench.state.currentSnapshot, before)
    XCTAssertEqual(bench.state.duplicates.first?.decision, .joined(goesOn: bench.id))
  }

  // MARK: The tombstone

  private func tombstone(_ bench: Bench) { bench.act(.purge, bench.state.tombstone(why: "本人要求")) }

  private func erased(_ judged: JudgedOperation) -> JudgedOperation {
    judged.operation.header.kind == .purge
      ? judged
      : JudgedOperation(
        Operation(header: judged.operation.header, erasedWith: judged.operation.digest), judged.judgement)
  }

  func testATombstoneGivesTheSameWithAndWithoutWhatWasErased() throws {
    let bench = marked()
    bench.write(alice, "name", "李四")
    bench.push(alice)
    tombstone(bench)
    let without = try XCTUnwrap(ApplicationState.fold(bench.sequenced.map(erased)))
    XCTAssertEqual(bench.state, without)
    XCTAssertEqual(bench.state.fingerprint, without.fingerprint)
    XCTAssertEqual(without.status, .erased)
    XCTAssertEqual(without.code, "L-1")
    XCTAssertEqual(SearchTerm.of(without), [])
    XCTAssertEqual(without.registers, [:])
    XCTAssertEqual(without.timeline.map(\.text), ["清除全部内容：本人要求"])
  }

  func testTheFirstOfTwoTombstonesStands() throws {
    let bench = marked()
    tombstone(bench)
    let first = try XCTUnwrap(bench.sequenced.last)
    let erasure = bench.state.erasure
    // One of a log that was lost, which the device holds until it is judged anew.
    let header = first.operation.header
    let lost = JudgedOperation(
      Operation(
        header: OperationHeader(
          id: OperationID(header.id.device, header.id.counter + 1), application: header.application,
          person: header.person, kind: .purge, claimedAt: header.claimedAt), salt: first.operation.salt,
        payload: first.operation.payload),
      Judgement(
        sequence: 1 << 40, disposition: .applied, receivedAt: header.claimedAt, capturedAt: header.claimedAt,
        captureDoubtful: false))
    XCTAssertNotNil(erasure)
    XCTAssertEqual(ApplicationState.fold(bench.sequenced + [lost])?.erasure, erasure)
  }

  func testWhatComesLaterIsRefusedAndNeverRead() {
    let bench = marked()
    bench.write(bob, "phone", "138")
    bench.record(bob, .note, ["text": "周二再来"])
    tombstone(bench)
    XCTAssertEqual(bench.push(bob), .refused("application.erased"))
    XCTAssertEqual(bench.state.registers, [:])
    XCTAssertEqual(bench.state.notes, [])
    XCTAssertFalse(JSON.text(Bench.view(bench.state)).contains("周二再来"))
    XCTAssertFalse(JSON.text(Bench.view(bench.state)).contains("138"))
    XCTAssertEqual(bench.state.timeline.compactMap(\.code), ["application.erased", "application.erased"])
  }

  func testOnlyTheServerErases() {
    let bench = marked()
    bench.record(alice, .purge, bench.state.tombstone(why: "x"))
    XCTAssertEqual(bench.push(alice), .refused("operation.not-yours"))
    XCTAssertNil(bench.state.erasure)
    XCTAssertEqual(bench.state.value("name"), "张三")
  }
}
