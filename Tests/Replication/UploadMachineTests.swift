import Foundations
import XCTest

@testable import Replication

/// Both ends of an upload as pure decisions.
final class UploadMachineTests: XCTestCase {

  private let most: Int64 = 128 << 10

  private func machine(_ bytes: Int64, partBytesMax: Int64 = 128 << 10) -> UploadMachine {
    UploadMachine(bytes: bytes, pace: UploadPace(partBytesMax: partBytesMax))
  }

  private func part(_ offset: Int64, _ count: Int64, _ completes: Bool = false) -> UploadStep {
    .send(UploadPart(offset: offset, count: count, completes: completes))
  }

  // MARK: The device's half

  func testPartsHalveAfterACutAndGrowAfterASuccess() {
    var machine = machine(10 << 20)
    XCTAssertEqual(machine.step(after: .standing(offset: 0, isComplete: false)), part(0, most))
    XCTAssertEqual(machine.step(after: .appended(through: most, isComplete: false)), part(most, most))
    var at = most
    for size in [most / 2, most / 4, most / 8, most / 8] {
      XCTAssertEqual(machine.step(after: .cut), .ask, "the server may have kept more than was answered")
      at += 1
      XCTAssertEqual(machine.step(after: .standing(offset: at, isComplete: false)), part(at, size))
    }
    for size in [most / 4, most / 2, most, most] {
      at += 1
      XCTAssertEqual(machine.step(after: .appended(through: at, isComplete: false)), part(at, size))
    }
  }

  func testThePaceGoesOnWithTheNextAttachment() {
    var first = machine(10 << 20)
    _ = first.step(after: .standing(offset: 0, isComplete: false))
    _ = first.step(after: .cut)
    var second = UploadMachine(bytes: 10 << 20, pace: first.pace)
    XCTAssertEqual(second.step(after: .standing(offset: 5, isComplete: false)), part(5, most / 2))
  }

  func testTheLastPartCompletesAndMayBeEmpty() {
    var machine = machine(5)
    XCTAssertEqual(machine.step(after: .standing(offset: 0, isComplete: false)), part(0, 5, true))
    XCTAssertEqual(machine.step(after: .cut), .ask)
    XCTAssertEqual(machine.step(after: .standing(offset: 5, isComplete: false)), part(5, 0, true))
    XCTAssertEqual(machine.step(after: .appended(through: 5, isComplete: true)), .end(.whole))
  }

  func testWhatIsWholeIsNotSent() {
    var machine = machine(5)
    XCTAssertEqual(machine.step(after: .standing(offset: 5, isComplete: true)), .end(.whole))
    XCTAssertEqual(machine.step(after: .completed), .end(.whole))
  }

  func testCutsWithProgressGoOnForEverAndWithoutProgressEnd() {
    var machine = machine(10 << 20)
    for offset in 0..<100 {
      guard case .send = machine.step(after: .standing(offset: Int64(offset), isComplete: false)) else {
        return XCTFail("it gave up at \(offset)")
      }
      XCTAssertEqual(machine.step(after: .cut), .ask)
    }
    var steps = 0
    while machine.step(after: .standing(offset: 99, isComplete: false)) != .end(.interrupted), steps < 50 {
      steps += 1
      if machine.step(after: .cut) == .end(.interrupted) { break }
    }
    XCTAssertLessThanOrEqual(steps, UploadMachine.stallsMax)
  }

  func testADamagedOneBeginsAgainOnceIfItIsSoundHere() {
    var machine = machine(5)
    _ = machine.step(after: .standing(offset: 0, isComplete: false))
    XCTAssertEqual(machine.step(after: .damaged), .inspect)
    XCTAssertEqual(machine.step(after: .inspected(isSound: true)), .ask)
    XCTAssertEqual(machine.step(after: .standing(offset: 0, isComplete: false)), part(0, 5, true))
    XCTAssertEqual(machine.step(after: .damaged), .inspect)
    XCTAssertEqual(machine.step(after: .inspected(isSound: true)), .end(.damagedOnTheWay), "not for ever")
  }

  func testOneThatIsDamagedHereIsNotTriedAgain() {
    var machine = machine(5)
    _ = machine.step(after: .standing(offset: 0, isComplete: false))
    XCTAssertEqual(machine.step(after: .damaged), .inspect)
    XCTAssertEqual(machine.step(after: .inspected(isSound: false)), .end(.damagedHere))
  }

  func testAnAnswerWithoutABodyIsNoProofThatNobodyWaits() {
    var machine = machine(5)
    XCTAssertEqual(
      machine.step(after: .unknown(isSure: false)), part(0, 0), "a part gets an answer that says who spoke")
    XCTAssertEqual(machine.step(after: .unknown(isSure: true)), .end(.unneeded))
  }

  func testAMismatchAsksAndDoesNotLoop() {
    var machine = machine(5)
    var steps: [UploadStep] = []
    for _ in 0..<20 where steps.last != .end(.interrupted) {
      _ = machine.step(after: .standing(offset: 0, isComplete: false))
      steps.append(machine.step(after: .mismatch))
    }
    XCTAssertEqual(steps.first, .ask)
    XCTAssertEqual(steps.last, .end(.interrupted))
  }

  func testTurnsAreGreenFirstThenSmall() {
    let turns = [
      UploadTurn(isGreen: false, bytes: 1), UploadTurn(isGreen: true, bytes: 900), UploadTurn(isGreen: false, bytes: 7),
      UploadTurn(isGreen: true, bytes: 20),
    ]
    XCTAssertEqual(turns.sorted(), [turns[3], turns[1], turns[0], turns[2]])
  }

  // MARK: The server's half

  private func headers(
    _ offset: String? = "4", _ completes: String? = "?0", count: String? = "3", total: String? = nil
  ) -> UploadHeaders {
    UploadHeaders {
      ["upload-offset": offset, "upload-complete": completes, "content-length": count, "upload-length": total][$0]
        ?? nil
    }
  }

  func testVerdicts() {
    let standing = UploadStanding(received: 4, bytes: 10, isComplete: false)
    let whole = UploadStanding(received: 10, bytes: 10, isComplete: true)
    let limit = Int64(Limits.attachmentBytesMax)
    let largest = UploadStanding(received: 4, bytes: limit, isComplete: false)
    let endless = UploadStanding(received: 4, bytes: limit + 1, isComplete: false)
    for (headers, standing, verdict): (UploadHeaders, UploadStanding, UploadVerdict) in [
      (headers(), standing, .append(at: 4, roomBytes: 6)),
      (headers(count: "6"), standing, .append(at: 4, roomBytes: 6)),
      (headers(count: "6", total: "10"), standing, .append(at: 4, roomBytes: 6)),
      (headers("4", "?1", count: "6"), standing, .append(at: 4, roomBytes: 6)),
      (headers("4", "?1", count: nil), standing, .append(at: 4, roomBytes: 6)),
      (headers("4", "?1"), standing, .inconsistent), (headers(total: "11"), standing, .inconsistent),
      (headers("3"), standing, .mismatch(expected: 4, provided: 3)),
      (headers("9223372036854775807"), standing, .mismatch(expected: 4, provided: .max)),
      (headers(count: "7"), standing, .tooLarge), (headers(count: "9223372036854775807"), standing, .tooLarge),
      (headers(), largest, .append(at: 4, roomBytes: limit - 4)), (headers(), endless, .overLimit),
      (headers(total: String(limit + 1)), standing, .overLimit),
      (headers(nil), standing, .malformed), (headers("-1"), standing, .malformed), (headers("x"), standing, .malformed),
      (headers("4", nil), standing, .malformed), (headers("4", "1"), standing, .malformed),
      (headers("10", "?1", count: "0"), whole, .completed), (headers("4", "?1"), whole, .inconsistent),
    ] {
      XCTAssertEqual(UploadIntake.verdict(headers, standing), verdict, "\(headers)")
    }
  }

  func testOnlyWhatSaysSoFinishes() {
    XCTAssertTrue(UploadIntake.isFinished(headers("4", "?1"), through: 10, of: 10))
    XCTAssertFalse(UploadIntake.isFinished(headers("4", "?0"), through: 10, of: 10))
    XCTAssertFalse(UploadIntake.isFinished(headers("4", "?1"), through: 9, of: 10), "it was cut off")
  }
}
