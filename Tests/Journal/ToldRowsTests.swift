import Application
import Cryptography
import FoundationEssentials
import Foundations
import Journal
import Replication
import TestSupport
import Wire
import XCTest

/// Rows that are written together: nobody sees the difference.
final class ToldRowsTests: XCTestCase {
  private var bench: CountyBench!
  private let author = DeviceID("d9")

  override func setUpWithError() throws { bench = try CountyBench() }

  private struct Stop: Error {}

  private func judged(_ counter: Int64, _ application: ApplicationID?, _ sequence: Int64) -> JudgedOperation {
    let id = OperationID(author, counter)
    let operation = Replication.Operation(
      header: OperationHeader(
        id: id, application: application ?? ApplicationID(createdBy: id), person: PersonID("p1"), kind: .note,
        claimedAt: bench.clock.now()), salt: [UInt8](repeating: 1, count: OperationCoding.saltBytes),
      payload: CBOR.encode(["text": .integer(counter)]))
    return JudgedOperation(
      operation,
      Judgement(
        sequence: sequence, disposition: .applied, receivedAt: bench.clock.now(), capturedAt: bench.clock.now(),
        captureDoubtful: false))
  }

  private func append(_ judged: JudgedOperation, _ writer: any JournalWriter) throws(Problem) {
    try writer.append(
      judged, sealed: writer.seal([judged.operation])[0], running: Chain.start(author), waited: false)
  }

  private func feed(_ scope: String, _ reader: any JournalReader) throws(Problem) -> [Int64] {
    var places: [Int64] = []
    try reader.proofEntries(
      scope,
      FeedRange(after: FeedPlace(position: 0, sequence: 0), through: FeedPlace(position: .max, sequence: .max)),
      notIn: []
    ) { place, _ in places.append(place.position * 1000 + place.sequence) }
    return places
  }

  /// More than are written at a time, entering two scopes in between; asked for before the commit and after it.
  func testWhatIsAskedForIsThereBeforeTheCommit() throws {
    let first = try bench.journal.read { reader throws(Problem) in try reader.lastSequence() } + 1
    let application = ApplicationID(createdBy: OperationID(author, 1))
    let expected = (
      station: (0..<40).map { (first + $0) * 1000 + first + $0 },
      device: (0...20).map { (first + 20) * 1000 + first + $0 } + (21..<40).map { (first + $0) * 1001 }
    )
    try bench.journal.write { writer throws(Problem) in
      for counter in Int64(1)...40 {
        try append(judged(counter, application, first + counter - 1), writer)
        if counter == 1 { try writer.enter("station:a", application, at: first) }
        if counter == 21 { try writer.enter("device:b", application, at: first + 20) }
        // It is in there already, told a moment ago or written before: nothing comes a second time.
        if counter == 2 { try writer.enter("station:a", application, at: first + 1) }
        if counter == 25 { XCTAssertEqual(try writer.lastSequence(), first + 24) }
        if counter == 30 { try writer.enter("station:a", application, at: first + 29) }
      }
      XCTAssertEqual(try writer.lastSequence(), first + 39)
      XCTAssertEqual(try writer.operations(application).count, 40)
      XCTAssertEqual(try writer.scopes(application), ["device:b", "station:a"])
      XCTAssertEqual(try feed("station:a", writer), expected.station)
    }
    try bench.journal.read { reader throws(Problem) in
      XCTAssertEqual(try feed("station:a", reader), expected.station)
      XCTAssertEqual(try feed("device:b", reader), expected.device)
    }
  }

  func testWhatIsRolledBackIsForgotten() throws {
    let first = try bench.journal.read { reader throws(Problem) in try reader.lastSequence() } + 1
    let refusal = ProblemKind.documentTooLarge.with("x")
    for asks in [false, true] {
      do throws(Problem) {
        try bench.journal.write { writer throws(Problem) in
          try append(judged(1, nil, first), writer)
          try writer.enter("station:a", ApplicationID(createdBy: OperationID(author, 1)), at: first)
          if asks { _ = try writer.lastSequence() }
          throw refusal
        }
        XCTFail("nothing was thrown")
      } catch { XCTAssertEqual(error, refusal) }
    }
    // The same once more, now for good: of the attempts nothing is left that could stand in the way.
    try bench.journal.write { writer throws(Problem) in try append(judged(1, nil, first), writer) }
    try bench.journal.read { reader throws(Problem) in
      XCTAssertEqual(try reader.lastSequence(), first)
      XCTAssertEqual(try reader.scopes(ApplicationID(createdBy: OperationID(author, 1))), [])
      XCTAssertEqual(try feed("station:a", reader), [])
    }
  }

  /// A failure comes up when the rows are written, and nothing of them stays.
  func testARowThatCannotStandLetsNothingStand() throws {
    let first = try bench.journal.read { reader throws(Problem) in try reader.lastSequence() } + 1
    XCTAssertNotNil(
      bench.refusal {
        try bench.journal.write { writer throws(Problem) in
          for counter in Int64(1)...3 { try append(judged(counter, nil, first + counter - 1), writer) }
          // Its number is taken.
          try append(judged(2, nil, first + 3), writer)
        }
      })
    XCTAssertEqual(try bench.journal.read { reader throws(Problem) in try reader.lastSequence() }, first - 1)
  }
}
