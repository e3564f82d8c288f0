import Application
import CaptureStore
import Foundations
import Replication
import Wire
import XCTest

/// What a page of the exchange leaves behind.
final class PageTests: XCTestCase {
  private var bench: StoreBench!

  override func setUpWithError() throws { bench = try StoreBench() }

  /// A page that is worked on by several threads, and the same operations in pages that are not.
  func testALargePageGivesTheSameAsSmallOnes() throws {
    let openings = (1...150).map { opening("王\($0)", Int64($0)) }
    let notes = openings.map { opening in
      let header = opening.operation.header
      return judged(
        OperationID(header.id.device, header.id.counter + 150), header.application, .note, ["text": "记"])
    }
    let store = try bench.open()
    // The first page brings most of them whole, the second the notes of the rest.
    try store.change { session throws(Problem) in
      try session.receive(openings + notes.prefix(100))
    }
    try store.change { session throws(Problem) in
      for note in notes.suffix(50) { try session.receive([note]) }
      // What has come before changes nothing.
      try session.receive(openings + notes)
    }
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.applicationCount(), 150)
      XCTAssertEqual(try session.differingProjections(), [])
      XCTAssertEqual(try session.applications(text: "王77", limit: 10).map(\.code), ["L-77"])
      XCTAssertEqual(try session.applicationCount(wanting: .draft), 150)
      XCTAssertEqual(try session.applicationCount(wanting: .correction), 0)
      for opening in openings {
        XCTAssertEqual(try session.state(opening.operation.header.application)?.notes.count, 1)
      }
    }
  }

  // MARK: From page to page

  private let other = DeviceID("d2")

  /// An application of another device, and what came of it next, each with the sequence of its counter.
  private func opening(_ name: String, _ counter: Int64 = 1) -> JudgedOperation {
    let id = OperationID(other, counter)
    return judged(
      id, ApplicationID(createdBy: id), .create,
      [
        "matter": "qingjian-04", "matterVersion": 1, "code": .text("L-\(counter)"), "station": "s1",
        "consent": ["given": true],
        "set": ["@applicant": ["kind": "person", "name": .text(name)]],
      ])
  }

  private func judged(
    _ id: OperationID, _ application: ApplicationID, _ kind: OperationKind, _ payload: Value,
    parents: [String: [OperationID]] = [:]
  ) -> JudgedOperation {
    JudgedOperation(
      Replication.Operation(
        header: OperationHeader(
          id: id, application: application, person: PersonID("p2"), kind: kind, parents: parents,
          claimedAt: bench.time.now()), salt: [UInt8](repeating: 9, count: OperationCoding.saltBytes),
        payload: CBOR.encode(payload)),
      Judgement(
        sequence: id.counter, disposition: .applied, receivedAt: bench.time.now(), capturedAt: bench.time.now(),
        captureDoubtful: false))
  }

  private func renaming(_ opening: JudgedOperation, _ counter: Int64, to name: String) -> JudgedOperation {
    judged(
      OperationID(other, counter), opening.operation.header.application, .write,
      ["set": ["@applicant": ["kind": "person", "name": .text(name)]]],
      parents: ["@applicant": [OperationID(other, counter - 1)]])
  }

  private func receive(_ judged: JudgedOperation, _ store: CaptureStore) throws {
    try store.change { session throws(Problem) in try session.receive([judged]) }
  }

  func testAPageGoesOnWithAnApplicationOfTheOneBefore() throws {
    let store = try bench.open()
    let opening = opening("王一")
    try receive(opening, store)
    try receive(renaming(opening, 2, to: "李二"), store)
    try receive(renaming(opening, 3, to: "李二"), store)
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.differingProjections(), [])
      XCTAssertEqual(try session.applications(text: "李二", limit: 2).map(\.code), ["L-1"])
      XCTAssertEqual(try session.applications(text: "王一", limit: 2), [])
      XCTAssertEqual(try session.state(opening.operation.header.application)?.operations, 3)
    }
  }

  func testAPageDoesNotGoOnWithWhatWasChangedBetween() throws {
    for isOtherProgram in [true, false] {
      bench = try StoreBench()
      let store = try bench.open()
      let opening = opening("王一")
      let id = opening.operation.header.application
      try receive(opening, store)
      try (isOtherProgram ? bench.open() : store).change { session throws(Problem) in
        _ = try session.append(Deed(.note, id, ["text": "本机刚写的"]))
      }
      try receive(renaming(opening, 2, to: "李二"), store)
      try store.read { session throws(Problem) in
        XCTAssertEqual(try session.differingProjections(), [], "by another program: \(isOtherProgram)")
        XCTAssertEqual(try session.applications(limit: 2).map(\.sync), ["partial"])
      }
    }
  }

  func testWhatEntersTheScopeLaterIsFoldedInItsPlace() throws {
    let store = try bench.open()
    let opening = opening("王一")
    try receive(opening, store)
    try receive(renaming(opening, 3, to: "李二"), store)
    try receive(renaming(opening, 2, to: "张三"), store)
    try store.read { session throws(Problem) in XCTAssertEqual(try session.differingProjections(), []) }
  }
}
