import Foundations
import Replication
import TestValues
import XCTest

@testable import Application

final class RegisterTests: XCTestCase {
  private var sequence: Int64 = 0

  private func write(
    _ name: String, _ value: Value, saw: [String] = [], applied: Bool = true, standing: Standing = .station,
    unsent: Bool = false
  ) -> RegisterWrite {
    sequence += 1
    return RegisterWrite(
      operation: id(name), value: value, saw: saw.map(id), applied: applied, person: PersonID("p"),
      at: Instant(milliseconds: 0), standing: unsent ? .unsent : standing, sequence: unsent ? nil : sequence)
  }

  private func id(_ name: String) -> OperationID { OperationID(DeviceID(name), 1) }

  private func register(_ writes: [RegisterWrite]) -> RegisterState {
    var state = RegisterState()
    for write in writes { state.add(write) }
    return state
  }

  private func heads(_ writes: RegisterWrite...) -> [String] { register(writes).heads.map(\.operation.device.text) }

  func testAWriteThatSawAnotherReplacesIt() {
    XCTAssertEqual(heads(write("a", 1), write("b", 2, saw: ["a"]), write("c", 3, saw: ["b"])), ["c"])
    XCTAssertEqual(heads(write("a", 1)), ["a"])
    XCTAssertEqual(heads(), [])
    XCTAssertEqual(heads(write("a", 1, applied: false)), [])
  }

  func testWritesThatDidNotSeeEachOtherBothStand() {
    XCTAssertEqual(heads(write("a", 1), write("b", 2, saw: ["a"]), write("c", 3, saw: ["a"])), ["b", "c"])
    XCTAssertEqual(heads(write("a", 1), write("b", 2)), ["a", "b"])
  }

  func testAJoinReplacesAllItSaw() {
    XCTAssertEqual(
      heads(write("a", 1), write("b", 2, saw: ["a"]), write("c", 3, saw: ["a"]), write("d", 4, saw: ["b", "c"])), ["d"])
  }

  func testWhoSawAWriteHasSeenWhatSaysTheSame() {
    func heads(lastSaw: [String]) -> [String] {
      var state = register([write("a", 1), write("b", 2, saw: ["a"])])
      state.add(write("c", 1, saw: lastSaw), alike: [id("a")])
      return state.heads.map(\.operation.device.text)
    }
    XCTAssertEqual(heads(lastSaw: []), ["b"])
    XCTAssertEqual(heads(lastSaw: ["a"]), ["b"])
    XCTAssertEqual(heads(lastSaw: ["b"]), ["c"], "what it saw has not seen it")
  }

  func testAThirdThatTheSettlementHadNotSeenStandsBesideIt() {
    XCTAssertEqual(
      heads(write("a", 1), write("b", 2), write("c", 3), write("d", 4, saw: ["a", "b"])), ["c", "d"])
  }

  func testAncestryRunsThroughLateAndRefusedWrites() {
    XCTAssertEqual(heads(write("a", 1), write("b", 2, saw: ["a"], applied: false), write("c", 3, saw: ["b"])), ["c"])
    XCTAssertEqual(heads(write("a", 1), write("b", 2, saw: ["a"], applied: false)), ["a"], "alone it covers nothing")
    XCTAssertEqual(
      heads(
        write("a", 1), write("b", 2, saw: ["a"], applied: false), write("c", 3, saw: ["b"], applied: false),
        write("d", 4, saw: ["c"])), ["d"])
  }

  func testTheOrderOfArrivalChangesNoHead() {
    var generator = SeededGenerator(42)
    for _ in 0..<300 {
      var writes: [RegisterWrite] = []
      for index in 0..<generator.number(1...14) {
        let saw = (0..<index).filter { _ in generator.once(in: 3) }.map { "w\($0)" }
        writes.append(write("w\(index)", .integer(Int64(index % 3)), saw: saw, applied: !generator.once(in: 4)))
      }
      let expected = Set(register(writes).heads.map(\.operation))
      XCTAssertEqual(Set(register(writes.shuffled(using: &generator)).heads.map(\.operation)), expected)
      XCTAssertEqual(expected, byDefinition(writes))
    }
  }

  /// The applied writes that are no ancestor of another applied one, word for word.
  private func byDefinition(_ writes: [RegisterWrite]) -> Set<OperationID> {
    func isAncestor(_ old: OperationID, of new: RegisterWrite) -> Bool {
      new.saw.contains { seen in
        seen == old || writes.contains { $0.operation == seen && isAncestor(old, of: $0) }
      }
    }
    let applied = writes.filter(\.applied)
    return Set(applied.map(\.operation).filter { old in !applied.contains { isAncestor(old, of: $0) } })
  }

  func testAWriteThatNamesItselfOrACircleEndsNoLoop() {
    XCTAssertEqual(heads(write("a", 1, saw: ["a"]), write("b", 2)), ["b"])
    XCTAssertEqual(
      heads(write("a", 1, saw: ["b"]), write("b", 2, saw: ["a"])), ["b"], "no value vanishes: the later one stands")
    XCTAssertEqual(heads(write("a", 1, saw: ["never"])), ["a"])
  }

  func testAnEqualValueIsNoConflict() {
    let state = register([write("a", "张三"), write("b", "张三")])
    XCTAssertEqual(state.heads.count, 2)
    XCTAssertEqual(state.candidates.count, 1)
    XCTAssertFalse(state.isInConflict)
    XCTAssertEqual(state.value, "张三")
  }

  func testThreeWaysAreThreeCandidatesEachValueOnce() {
    let state = register([write("a", 1), write("b", 2), write("c", 3), write("d", 2)])
    XCTAssertEqual(state.candidates.map(\.value), [1, 2, 3])
    XCTAssertTrue(state.isInConflict)
  }

  func testClearingIsAValueThatConflicts() {
    let state = register([write("a", 1), write("b", nil, saw: ["a"]), write("c", 2, saw: ["a"])])
    XCTAssertTrue(state.isInConflict)
    XCTAssertNil(register([write("a", 1), write("b", nil, saw: ["a"])]).value)
  }

  func testTheProvisionalValueIsTheAuthoritysThenTheFirstThenTheUnsent() {
    let unsent = write("a", 1, unsent: true)
    let station = write("b", 2)
    let later = write("c", 3)
    let window = write("d", 4, standing: .window)
    XCTAssertEqual(register([unsent, later, station, window]).heads.map(\.value), [4, 2, 3, 1])
    XCTAssertEqual(register([later, unsent, station]).value, 2)
  }

  func testALongHistoryIsWalkedThroughOnce() {
    var state = RegisterState()
    for index in 0..<20_000 {
      state.add(write("w\(index)", .integer(Int64(index)), saw: index == 0 ? [] : ["w\(index - 1)"]))
    }
    XCTAssertEqual(state.heads.map(\.value), [19_999])
  }
}
