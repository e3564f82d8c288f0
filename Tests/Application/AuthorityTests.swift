import Application
import Foundations
import Replication
import Wire
import XCTest

/// Who may change what, when.
final class AuthorityTests: XCTestCase {
  private var bench = Bench()

  override func setUp() { bench = Bench() }

  private func submitted(_ items: String...) {
    bench.submit(alice)
    bench.push(alice)
    for item in items { bench.route(item) }
    bench.pull(alice)
  }

  private func operation(
    _ device: DeviceID, _ counter: Int64, _ kind: OperationKind, _ payload: Value, application: ApplicationID
  ) -> Operation {
    Operation(
      header: OperationHeader(
        id: OperationID(device, counter), application: application, person: PersonID("p"), kind: kind,
        claimedAt: Instant(milliseconds: 0)), salt: [1], payload: CBOR.encode(payload))
  }

  func testADeviceCannotDoWhatIsTheWindows() {
    submitted("i")
    for kind in OperationKind.windowActions + [.route, .dispatch] {
      bench.record(alice, kind, ["proceeding": .text(bench.proceeding("i").text)])
      XCTAssertEqual(bench.push(alice), .refused("operation.not-yours"), kind.text)
    }
    XCTAssertEqual(bench.state.proceedings.map(\.status), [.dispatched])
  }

  func testUnknownKindsAndUnreadablePayloadsAreKeptAside() {
    bench.record(alice, OperationKind("teleport"), ["to": "moon"])
    XCTAssertEqual(bench.push(alice), .quarantined("operation.kind-unknown"))
    bench.record(alice, .note, "no object")
    XCTAssertEqual(bench.push(alice), .quarantined("operation.unreadable"))
    bench.record(alice, .write, ["sets": ["name": "x"]])
    XCTAssertEqual(bench.push(alice), .quarantined("operation.unreadable"))
    XCTAssertEqual(
      bench.state.timeline.suffix(3).map(\.code),
      [
        "operation.kind-unknown", "operation.unreadable", "operation.unreadable",
      ])
    XCTAssertEqual(bench.state.operations, 4, "none is lost")
  }

  func testAnApplicationIsCreatedOnceAndUnderItsOwnId() {
    bench.record(alice, .create, ["matter": "m", "matterVersion": 1, "code": "L-2", "station": "s1"])
    XCTAssertEqual(bench.push(alice), .refused("application.exists"))
    let payload: Value = ["matter": "m", "matterVersion": 1, "code": "L-2", "station": "s1"]
    let foreign = operation(bob, 1, .create, payload, application: ApplicationID(createdBy: OperationID(alice, 5)))
    XCTAssertEqual(Judge.disposition(of: foreign, by: .device, in: nil), .refused("application.foreign-id"))
    let own = operation(bob, 1, .create, payload, application: ApplicationID(createdBy: OperationID(bob, 1)))
    XCTAssertEqual(Judge.disposition(of: own, by: .device, in: nil), .applied)
    let empty = operation(bob, 1, .create, ["matter": "m"], application: ApplicationID(createdBy: OperationID(bob, 1)))
    XCTAssertEqual(Judge.disposition(of: empty, by: .device, in: nil), .quarantined("operation.unreadable"))
  }

  func testNobodyTakesTheIdOfAnApplicationThatIsStillToCome() {
    let id = ApplicationID(createdBy: OperationID(alice, 5))
    let payload: Value = ["matter": "m", "matterVersion": 1, "code": "L-2", "station": "s1"]
    func judged(_ operation: Operation, _ sequence: Int64, _ disposition: Disposition) -> JudgedOperation {
      let at = Instant(milliseconds: 0)
      return JudgedOperation(
        operation,
        Judgement(sequence: sequence, disposition: disposition, receivedAt: at, capturedAt: at, captureDoubtful: false))
    }
    let taken = judged(operation(bob, 1, .create, payload, application: id), 1, .refused("application.foreign-id"))
    XCTAssertNil(ApplicationState.fold([taken]))
    let owner = operation(alice, 5, .create, payload, application: id)
    XCTAssertEqual(Judge.disposition(of: owner, by: .device, in: ApplicationState.fold([taken])), .applied)
    XCTAssertEqual(ApplicationState.fold([taken, judged(owner, 2, .applied)])?.createdBy, PersonID("p"))
  }

  func testWhatComesBeforeAnApplicationWaits() {
    let write = operation(bob, 1, .write, ["set": [:]], application: ApplicationID("a1"))
    XCTAssertEqual(Judge.disposition(of: write, by: .device, in: nil), .quarantined("application.missing"))
    XCTAssertEqual(Judge.disposition(of: write, by: .server, in: nil), .quarantined("application.missing"))
    XCTAssertNil(ApplicationState.fold([JudgedOperation(write, nil)]))
    XCTAssertNil(ApplicationState.fold([]))
  }

  func testNothingFollowsFromARefusedApplication() {
    let own = ApplicationID(createdBy: OperationID(bob, 1))
    let create = operation(
      bob, 1, .create, ["matter": "m", "matterVersion": 1, "code": "L-2", "station": "s1", "set": ["name": "x"]],
      application: own)
    let at = Instant(milliseconds: 0)
    let state = ApplicationState.fold([
      JudgedOperation(
        create,
        Judgement(
          sequence: 1, disposition: .refused("matter.unknown"), receivedAt: at, capturedAt: at, captureDoubtful: false))
    ])
    XCTAssertEqual(state?.refusal, "matter.unknown")
    XCTAssertEqual(state?.fieldValues, [:])
    let write = operation(bob, 2, .write, ["set": ["name": "y"]], application: own)
    XCTAssertEqual(Judge.disposition(of: write, by: .device, in: state), .refused("application.refused"))
  }

  func testAnOutsiderMayDoNothingAndTheServerItsOwn() {
    let note = operation(bob, 1, .note, ["text": "x"], application: bench.id)
    XCTAssertEqual(Judge.disposition(of: note, by: .outsider, in: bench.state), .refused("scope.outside"))
    XCTAssertEqual(Judge.disposition(of: note, by: .device, in: bench.state), .applied)
    let accept = operation(server, 1, .accept, ["proceeding": "x"], application: bench.id)
    XCTAssertEqual(Judge.disposition(of: accept, by: .server, in: bench.state), .applied)
  }

  /// That somebody tried is told; what, and in whose name, is not theirs to say here.
  func testWhatAnOutsiderSaysIsNotShown() {
    let at = Instant(milliseconds: 0)
    let note = operation(bob, 1, .note, ["text": "把材料交到我家", "place": "县政务服务中心"], application: bench.id)
    var told: [TimelineEntry] = []
    for disposition: Disposition in [.refused(Scope.outside), .refused(Scope.left)] {
      var state = bench.state
      state.fold(
        JudgedOperation(
          note,
          Judgement(
            sequence: 100, disposition: disposition, receivedAt: at, capturedAt: at, captureDoubtful: false)))
      if let last = state.timeline.last { told.append(last) }
    }
    XCTAssertEqual(told.map(\.code), [Scope.outside, Scope.left])
    XCTAssertEqual(told.map(\.text), ["备注", "把材料交到我家"])
    XCTAssertEqual(told.first?.place, "外站的电脑（\(bob.text)）")
    XCTAssertEqual(told.last?.place, "县政务服务中心")
  }

  func testAnErasedOperationIsNotJudgedAnew() {
    let note = operation(bob, 1, .note, ["text": "x"], application: bench.id)
    let gone = Operation(header: note.header, erasedWith: note.digest)
    XCTAssertEqual(Judge.disposition(of: gone, by: .device, in: bench.state), .quarantined("operation.unreadable"))
  }

  func testWithdrawalEndsWhatIsOpenAndIsVoidOnceDecided() {
    submitted("i", "j")
    bench.window(.reject, "j", ["reason": "不属于本窗口"])
    bench.pull(alice)
    bench.record(alice, .withdraw, ["why": "不办了"])
    XCTAssertEqual(bench.push(alice), .applied)
    XCTAssertEqual(bench.state.status, .withdrawn)
    XCTAssertEqual(bench.state.proceedings.map(\.status), [.terminated, .rejected])
    for (kind, payload): (OperationKind, Value) in [(.withdraw, ["why": "又"]), (.write, ["set": ["name": "x"]])] {
      bench.record(alice, kind, payload)
      XCTAssertEqual(bench.push(alice), .refused("application.closed"))
      XCTAssertNotNil(ProblemKind.refusal("application.closed"), "it has a sentence of its own")
    }
    bench.submit(alice)
    XCTAssertEqual(bench.push(alice), .refused("application.closed"))
    bench.record(alice, .note, ["text": "仍可备注"])
    XCTAssertEqual(bench.push(alice), .applied)
  }

  func testWithdrawalAfterADecisionIsRefused() {
    submitted("i")
    bench.window(.accept)
    bench.window(.decide, "i", ["outcome": "approve"])
    bench.record(alice, .withdraw, ["why": "不办了"])
    XCTAssertEqual(bench.push(alice), .refused("withdraw.decided"))
    XCTAssertEqual(bench.state.status, .inProgress)
  }

  func testAClosedApplicationCannotBeWithdrawn() {
    submitted("i")
    bench.window(.reject, "i", ["reason": "x"])
    bench.record(alice, .withdraw, ["why": "不办了"])
    XCTAssertEqual(bench.push(alice), .refused("application.closed"))
    XCTAssertEqual(bench.state.status, .closed)
  }

  func testADraftCanBeWithdrawn() {
    bench.record(alice, .withdraw, ["why": "不办了"])
    XCTAssertEqual(bench.push(alice), .applied)
    XCTAssertEqual(bench.state.status, .withdrawn)
  }

  func testARatingWaitsForTheEnd() {
    submitted("i")
    bench.record(alice, .rate, ["level": 1])
    XCTAssertEqual(bench.push(alice), .refused("rate.not-closed"))
    bench.window(.reject, "i", ["reason": "x"])
    bench.record(alice, .rate, ["level": 1])
    XCTAssertEqual(bench.push(alice), .applied)
  }

  func testTheStatusOfAnApplicationFollowsFromItsProceedings() {
    let table: [(first: OperationKind?, second: OperationKind?, ApplicationStatus)] = [
      (nil, nil, .submitted), (.accept, nil, .inProgress), (.reject, nil, .inProgress), (.correct, nil, .correction),
      (.correct, .accept, .correction), (.accept, .correct, .correction), (.suspend, nil, .inProgress),
      (.decide, nil, .inProgress),
      (.issue, nil, .inProgress), (.deliver, nil, .inProgress), (.deliver, .reject, .closed),
      (.terminate, .reject, .closed),
      (.reject, .correct, .correction), (.deliver, .decide, .inProgress),
    ]
    for (first, second, expected) in table {
      bench = Bench()
      XCTAssertEqual(bench.state.status, .draft)
      submitted()
      XCTAssertEqual(bench.state.status, .submitted, "nothing is routed yet")
      bench.route("i", "j")
      if let first { bench.window(first, "i") }
      if let second { bench.window(second, "j") }
      XCTAssertEqual(bench.state.status, expected, "\(first?.text ?? "-"), \(second?.text ?? "-")")
    }
  }

  func testWhatAWindowDoesStandsInItsProceeding() {
    submitted("i")
    bench.window(.accept)
    bench.window(.verify, "i", ["material": "id-card", "result": "相符"])
    bench.window(.suspend, "i", ["procedure": "听证", "reason": "x", "workingDays": 5])
    XCTAssertEqual(bench.state.proceedings.first?.status, .suspended)
    XCTAssertNil(bench.state.proceedings.first?.suspensions.first?.until)
    bench.window(.resume)
    bench.window(.extend, "i", ["days": 3])
    bench.window(.decide, "i", ["outcome": "approve"])
    bench.window(.issue, "i", ["certificate": ["name": "证", "number": "1"]])
    bench.window(.deliver, "i", ["method": "窗口", "receivedBy": "张三", "secret": "x"])
    let proceeding = bench.state.proceedings.first
    XCTAssertEqual(proceeding?.status, .delivered)
    XCTAssertEqual(proceeding?.verified, ["id-card": "相符"])
    XCTAssertEqual(proceeding?.suspensions.count, 1)
    XCTAssertNotNil(proceeding?.suspensions.first?.until)
    XCTAssertEqual(proceeding?.extendedDays, 3)
    XCTAssertEqual(proceeding?.outcome, "approve")
    XCTAssertEqual(proceeding?.certificate?["number"], "1")
    XCTAssertEqual(proceeding?.delivery, ["method": "窗口", "receivedBy": "张三"])
    XCTAssertEqual(bench.state.status, .closed)
  }

  func testSharesAndNotesAreKept() {
    bench.record(alice, .share, ["with": "station:s2"])
    bench.record(alice, .share, ["with": "station:s2"])
    bench.record(alice, .note, ["text": "电话打不通"])
    bench.push(alice)
    XCTAssertEqual(bench.state.shares, ["station:s2"])
    XCTAssertEqual(bench.state.notes.map(\.text), ["电话打不通"])
  }
}
