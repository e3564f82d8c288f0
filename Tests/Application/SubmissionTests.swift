import Application
import Cryptography
import Foundations
import Replication
import XCTest

/// What a submission pins, what comes too late for it, and what becomes of that (sync.md, section 2).
final class SubmissionTests: XCTestCase {
  private var bench = Bench()

  override func setUp() {
    bench = Bench()
    bench.pull(bob)
  }

  private func submitted(_ items: String...) {
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
    for item in items { bench.route(item) }
    for device in [alice, bob] { bench.pull(device) }
  }

  private func correction(_ item: String, _ defects: Value) {
    bench.window(.correct, item, ["defects": defects, "until": "2026-12-01"])
    for device in [alice, bob] { bench.pull(device) }
  }

  func testASubmissionPinsWhatItsAuthorSaw() {
    bench.attach(alice, "id-card")
    submitted()
    let version = bench.state.version
    XCTAssertEqual(version?.number, 1)
    XCTAssertEqual(version?.values, ["name": "张三", "phone": "139"])
    XCTAssertEqual(version?.materials.map(\.material), ["id-card"])
    XCTAssertEqual(version?.digest, bench.seen(bob).currentSnapshot.digest(deferred: []).text)
    XCTAssertEqual(bench.state.status, .submitted)
  }

  func testAConflictItsAuthorSawBlocksASubmission() {
    bench.write(alice, "name", "甲")
    bench.write(bob, "name", "乙")
    bench.push(alice)
    bench.push(bob)
    bench.pull(alice)
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .refused("submit.conflict"))
    XCTAssertEqual(bench.state.status, .draft)
    bench.write(alice, "name", "乙")
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
  }

  func testAnEditItsAuthorHadNotSeenNeverHoldsASubmissionUpAndBecomesLate() {
    let unseen = bench.write(bob, "name", "李四")
    let paper = bench.attach(bob, "photo")
    bench.push(bob)
    XCTAssertEqual(bench.state.value("name"), "李四")
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
    let state = bench.state
    XCTAssertEqual(state.version?.values["name"], "张三")
    XCTAssertEqual(state.value("name"), "张三", "what is pinned is what stands")
    XCTAssertEqual(state.conflicts, [])
    XCTAssertEqual(state.late.map(\.operation), [unseen, paper])
    XCTAssertEqual(state.late.first?.values, ["name": "李四"])
    XCTAssertEqual(state.materials, [])
    XCTAssertEqual(state.timeline.filter { $0.code == "late" }.map(\.operation), [unseen, paper])
    XCTAssertEqual(bench.disposition(unseen), .applied, "the one judgement stands")
  }

  func testARemovalItsAuthorHadNotSeenBecomesLateToo() {
    let paper = bench.attach(alice, "photo")
    bench.push(alice)
    bench.pull(bob)
    let removal = bench.detach(bob, paper)
    bench.push(bob)
    XCTAssertEqual(bench.state.materials, [])
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
    XCTAssertEqual(bench.state.materials.map(\.operation), [paper])
    XCTAssertEqual(bench.state.late.map(\.operation), [removal])
    XCTAssertEqual(bench.state.late.first?.removes, paper)
  }

  func testEditsAfterASubmissionAreLateAndChangeNothing() {
    submitted("i")
    let late = bench.write(bob, "name", "李四")
    XCTAssertEqual(bench.push(bob), .late)
    XCTAssertEqual(bench.state.value("name"), "张三")
    XCTAssertEqual(bench.state.late.map(\.operation), [late])
    XCTAssertEqual(bench.attach(bob, "photo").device, bob)
    XCTAssertEqual(bench.push(bob), .late)
    XCTAssertEqual(bench.state.materials, [])
  }

  func testTheWindowAdmitsOrDeclinesWhatIsLate() throws {
    submitted("i")
    bench.write(bob, "name", "李四")
    bench.attach(bob, "photo")
    let declined = bench.write(bob, "phone", "138")
    bench.push(bob)
    let late = bench.state.late
    XCTAssertEqual(late.count, 3)
    bench.admit(late[0])
    bench.admit(late[1])
    bench.window(.decline, "i", ["operation": .text(declined.text)])
    let state = bench.state
    XCTAssertEqual(state.value("name"), "李四")
    XCTAssertEqual(state.value("phone"), "139")
    XCTAssertEqual(state.conflicts, [])
    XCTAssertEqual(state.materials.map(\.material), ["photo"])
    XCTAssertEqual(state.late, [])
    XCTAssertEqual(state.version?.values["name"], "张三", "a version never changes")
  }

  func testWhatTheWindowAdmittedConflictsWithWhatItHadNotSeen() {
    submitted("i")
    bench.write(alice, "name", "甲")
    bench.write(bob, "name", "乙")
    bench.push(alice)
    bench.push(bob)
    let late = bench.state.late
    bench.admit(late[0])
    bench.admit(late[1])
    XCTAssertEqual(bench.state.conflicts, [], "the second admission named what it replaced")
    XCTAssertEqual(bench.state.value("name"), "乙")
  }

  func testTheNextVersionTakesInTheLateEditsItsAuthorSaw() {
    submitted("i")
    bench.write(alice, "name", "李四")
    bench.attach(alice, "photo")
    bench.write(bob, "phone", "138")
    bench.push(bob)
    bench.push(alice)
    bench.submit(alice) { _ in }
    bench.write(bob, "name", "王五")
    bench.push(bob)
    XCTAssertEqual(bench.push(alice), .applied)
    let state = bench.state
    XCTAssertEqual(state.version?.number, 2)
    XCTAssertEqual(state.version?.values, ["name": "李四", "phone": "138"])
    XCTAssertEqual(state.version?.materials.map(\.material), ["photo"])
    XCTAssertEqual(state.fieldValues, ["name": "李四", "phone": "138"])
    XCTAssertEqual(state.late.map(\.values), [["name": "王五"]], "unseen, it stays beside the new version")
    XCTAssertEqual(state.proceeding(bench.proceeding("i"))?.version, 2)
  }

  func testALateConflictBlocksTheNextVersionUntilItIsSettled() {
    submitted("i")
    bench.write(alice, "name", "甲")
    bench.write(bob, "name", "乙")
    bench.push(alice)
    bench.push(bob)
    bench.pull(alice)
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .refused("submit.conflict"))
  }

  func testALateEntryCanBeTakenBack() {
    submitted("i")
    let paper = bench.attach(alice, "photo")
    bench.detach(alice, paper)
    XCTAssertEqual(bench.push(alice), .late)
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
    XCTAssertEqual(bench.state.version?.materials, [])
    XCTAssertEqual(bench.state.materials, [])
  }

  func testAResubmissionIsFreeBeforeAcceptanceAndRefusedAfterIt() {
    submitted("i", "j")
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
    bench.window(.accept, "j")
    bench.pull(alice)
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .refused("submit.accepted"))
    XCTAssertEqual(bench.state.versions.count, 2)
  }

  func testAWrongDigestAVersionOutOfTurnAndTooLittleOfADigestAreRefused() {
    bench.submit(alice) { $0["digest"] = .bytes([UInt8](repeating: 0, count: 32)) }
    XCTAssertEqual(bench.push(alice), .refused("submit.digest"))
    bench.submit(alice) { $0["digest"] = .bytes(Array(($0["digest"]?.bytes ?? []).prefix(7))) }
    XCTAssertEqual(bench.push(alice), .refused("submit.digest"))
    bench.submit(alice) { $0["digest"] = .bytes(($0["digest"]?.bytes ?? []) + [0]) }
    XCTAssertEqual(bench.push(alice), .refused("submit.digest"))
    bench.submit(alice) { $0["digest"] = nil }
    XCTAssertEqual(bench.push(alice), .refused("submit.digest"))
    bench.submit(alice) { $0["version"] = 2 }
    XCTAssertEqual(bench.push(alice), .refused("submit.version"))
    bench.submit(alice) { $0["defer"] = ["photo"] }
    XCTAssertEqual(bench.push(alice), .refused("submit.digest"), "what is deferred is pinned too")
    bench.submit(alice) { $0["digest"] = .bytes(Array(($0["digest"]?.bytes ?? []).prefix(8))) }
    XCTAssertEqual(bench.push(alice), .applied)
  }

  func testOfTwoSubmissionsOfOneVersionTheSecondIsRefused() {
    bench.submit(alice)
    bench.submit(bob)
    XCTAssertEqual(bench.push(alice), .applied)
    XCTAssertEqual(bench.push(bob), .refused("submit.version"))
    XCTAssertEqual(bench.state.versions.count, 1)
  }

  func testAVersionStandsOnReplicasThatHoldLess() {
    let write = bench.write(alice, "name", "李四")
    submitted("i")
    let gone = bench.sequenced.map { judged in
      judged.operation.id == write
        ? JudgedOperation(
          Operation(header: judged.operation.header, erasedWith: judged.operation.digest), judged.judgement) : judged
    }
    let state = ApplicationState.fold(gone)
    XCTAssertEqual(state?.version?.number, 1)
    XCTAssertEqual(state?.status, .submitted)
    XCTAssertEqual(state?.value("name"), "张三", "what was erased is gone")
  }

  func testACorrectionOpensWhatItNamesAndNothingElse() {
    submitted("i")
    correction(
      "i", [["field": "name", "problem": "x", "remedy": "y"], ["material": "photo", "problem": "x", "remedy": "y"]])
    XCTAssertEqual(bench.state.status, .correction)
    let table: [(OperationID, Disposition)] = [
      (bench.write(alice, "name", "李四"), .applied), (bench.write(alice, "phone", "138"), .late),
      (bench.attach(alice, "photo"), .applied), (bench.attach(alice, "id-card"), .late),
      (bench.record(alice, .write, ["set": ["name": "王五", "phone": "137"]]), .late),
    ]
    bench.push(alice)
    for (id, expected) in table { XCTAssertEqual(bench.disposition(id), expected) }
    XCTAssertEqual(bench.state.fieldValues, ["name": "李四", "phone": "139"])
  }

  func testAnAnswerPinsWhatWasAskedForAndClosesItAgain() {
    submitted("i")
    correction("i", [["field": "name", "problem": "x", "remedy": "y"]])
    bench.write(alice, "name", "李四")
    bench.write(alice, "phone", "138")
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
    let state = bench.state
    XCTAssertEqual(
      state.version?.values, ["name": "李四", "phone": "139"], "an answer takes nothing in that was not asked for")
    XCTAssertEqual(state.late.map(\.values), [["phone": "138"]])
    XCTAssertEqual(state.version?.answers, [bench.proceeding("i")])
    XCTAssertEqual(state.proceeding(bench.proceeding("i"))?.status, .waiting, "it goes out anew")
    XCTAssertEqual(state.proceeding(bench.proceeding("i"))?.version, 2)
    XCTAssertEqual(state.proceeding(bench.proceeding("i"))?.defects, [])
    bench.write(alice, "name", "王五")
    XCTAssertEqual(bench.push(alice), .late)
  }

  func testAnAnswerThatAnswersNothingOrSomethingElseIsRefused() {
    submitted("i", "j")
    correction("i", [["field": "name", "problem": "x", "remedy": "y"]])
    bench.submit(alice) { $0["answers"] = nil }
    XCTAssertEqual(bench.push(alice), .refused("submit.correction"))
    bench.submit(alice) { $0["answers"] = [.text(self.bench.proceeding("j").text)] }
    XCTAssertEqual(bench.push(alice), .refused("submit.correction"))
    bench = Bench()
    submitted("i")
    bench.submit(alice) { $0["answers"] = [.text(self.bench.proceeding("i").text)] }
    XCTAssertEqual(bench.push(alice), .refused("submit.correction"))
  }

  func testAnAnswerLeavesTheOtherProceedingsAtTheirVersion() {
    submitted("i", "j")
    bench.window(.accept, "j")
    correction("i", [["field": "name", "problem": "x", "remedy": "y"]])
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
    XCTAssertEqual(bench.state.proceeding(bench.proceeding("i"))?.version, 2)
    XCTAssertEqual(bench.state.proceeding(bench.proceeding("j"))?.version, 1)
    XCTAssertEqual(bench.state.proceeding(bench.proceeding("j"))?.status, .accepted)
  }

  func testADeferredMaterialMayFollowWhateverTheVersionDoes() {
    bench.submit(alice, deferring: ["photo"])
    XCTAssertEqual(bench.push(alice), .applied)
    bench.route("i")
    bench.window(.accept)
    for device in [alice, bob] { bench.pull(device) }
    let photo = bench.attach(bob, "photo")
    XCTAssertEqual(bench.push(bob), .applied)
    XCTAssertEqual(bench.state.materials.map(\.operation), [photo])
    XCTAssertEqual(bench.state.version?.deferred, ["photo"])
    bench.attach(bob, "id-card")
    XCTAssertEqual(bench.push(bob), .late)
  }

  func testADeferredMaterialThatTheNextVersionHadNotSeenIsStillThere() {
    bench.submit(alice, deferring: ["photo"])
    bench.push(alice)
    bench.pull(bob)
    let photo = bench.attach(bob, "photo")
    bench.push(bob)
    bench.submit(alice, deferring: ["photo"])
    XCTAssertEqual(bench.push(alice), .applied)
    XCTAssertEqual(bench.state.materials.map(\.operation), [photo])
  }

  /// As many registers as a megabyte of payload holds come to no more than their number: nobody waits for one request.
  func testVeryManyRegistersArePinnedAndSetAside() {
    let many = Members(uniqueKeysWithValues: (0..<60_000).map { ("@\($0)", Value($0)) })
    let groups = Members(
      uniqueKeysWithValues: (0..<20_000).map { ("#\($0)", ["\($0)": Value($0), "same": Value($0)]) })
    bench = Bench(set: many.merging(groups) { first, _ in first })
    bench.pull(bob)
    bench.record(bob, .write, ["set": .object(many)])
    bench.push(bob)
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
    let state = bench.state
    XCTAssertEqual(state.version?.values, many.merging(groups) { first, _ in first })
    XCTAssertEqual(state.late.map(\.values), [many])
    XCTAssertEqual(state.fieldValues.count, groups.count + 1)
    XCTAssertEqual(state.fieldValues["same"], 0, "of the first group")
  }

  // MARK: What windows write

  /// The window's own write: it names all that stands there.
  private func rectify(_ register: String, _ value: Value) {
    bench.act(
      .rectify,
      ["proceeding": .text(bench.proceeding("i").text), "set": .object([register: value]), "confirmedBy": "张三"],
      parents: [register: bench.state.shown(register)])
  }

  private func checkAgreement() {
    for device in [alice, bob] { bench.pull(device) }
    for device in [alice, bob] { XCTAssertEqual(bench.seen(device), bench.state) }
  }

  func testAVersionWhoseAuthorHadNotSeenAWindowsWriteStandsWithIt() {
    submitted("i")
    rectify("name", "张珊")
    bench.write(bob, "phone", "138")
    bench.submit(bob)
    let forecast = bench.seen(bob).version
    XCTAssertEqual(forecast?.rectified, [:])
    XCTAssertEqual(bench.push(bob), .applied)
    XCTAssertEqual(bench.state.version?.values, ["name": "张三", "phone": "138"], "what was handed in")
    XCTAssertEqual(bench.state.version?.standing, ["name": "张珊", "phone": "138"])
    XCTAssertEqual(bench.state.version?.digest, forecast?.digest)
    XCTAssertEqual(bench.state.conflicts, [])
    checkAgreement()
    // Whoever has seen it hands it in, and takes it back as he likes.
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
    XCTAssertEqual(bench.state.version?.values["name"], "张珊")
    XCTAssertEqual(bench.state.version?.rectified, [:])
    bench.write(alice, "name", "张三")
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .applied)
    XCTAssertEqual(bench.state.version?.standing["name"], "张三")
    checkAgreement()
  }

  func testItStandsHoweverManyVersionsHaveNotSeenIt() {
    submitted("i")
    rectify("name", nil)
    bench.write(bob, "phone", "138")
    bench.submit(bob)
    bench.write(bob, "phone", "137")
    bench.submit(bob)
    XCTAssertEqual(bench.push(bob), .applied)
    XCTAssertEqual(bench.state.versions.map { $0.standing["name"] }, [nil, nil, nil])
    checkAgreement()
  }

  func testWhereItsAuthorWroteOtherwiseBesideAWindowBothStayVisible() {
    submitted("i")
    rectify("name", "张珊")
    bench.write(bob, "name", "张山")
    bench.submit(bob)
    XCTAssertEqual(bench.push(bob), .applied)
    XCTAssertEqual(bench.state.version?.standing["name"], "张山")
    XCTAssertEqual(bench.state.conflicts, ["name"])
    XCTAssertEqual(bench.state.registers["name"]?.candidates.map(\.value), ["张珊", "张山"])
    checkAgreement()
  }

  func testAWindowThatSawALateWriteStandsOverItWhereTheNextVersionTakesItIn() {
    submitted("i")
    bench.write(bob, "name", "张山")
    bench.push(bob)
    rectify("name", "张珊")
    bench.record(bob, .note, ["text": "x"])
    bench.submit(bob)
    bench.push(bob)
    XCTAssertEqual(bench.state.version?.values["name"], "张山")
    XCTAssertEqual(bench.state.version?.standing["name"], "张珊")
    XCTAssertEqual(bench.state.conflicts, [])
    checkAgreement()
  }

  /// A group that is cleared names none of its fields, and is their items' business all the same.
  func testAClearedGroupIsTheBusinessOfWhoeverNeedsItsFields() throws {
    bench = Bench(set: ["name": "张三", "#bank": ["bank": "农行", "account": "1"]])
    bench.pull(bob)
    submitted()
    func routed(_ item: String, _ fields: Value) -> Value {
      ["item": .text(item), "window": "w", "status": "dispatched", "version": 1, "fields": fields]
    }
    bench.act(.route, ["proceedings": [routed("i", ["account"]), routed("j", ["name"])]])
    bench.write(bob, "#bank", nil)
    XCTAssertEqual(bench.push(bob), .late)
    let state = bench.state
    let (own, other) = (
      try XCTUnwrap(state.proceeding(bench.proceeding("i"))), try XCTUnwrap(state.proceeding(bench.proceeding("j")))
    )
    XCTAssertEqual(state.late(for: own), state.late)
    XCTAssertEqual(state.late(for: other), [])
    XCTAssertEqual(state.fieldValues(of: state.late[0]), ["bank": nil, "account": nil])
    XCTAssertTrue(state.offeredActions(own).contains(.admit))
    XCTAssertFalse(state.offeredActions(other).contains(.admit))
  }

  func testAStationThatPutsSomethingRightIsNotSaidToHaveDoneTheWindowsWork() {
    submitted("i")
    rectify("name", "张珊")
    bench.write(bob, "phone", "138")
    bench.submit(bob) { $0["rectify"] = ["confirmedBy": "张三"] }
    XCTAssertEqual(bench.push(bob), .applied)
    XCTAssertEqual(bench.state.rectifications.map(\.registers), [["name"], ["phone"]])
    checkAgreement()
  }
}
