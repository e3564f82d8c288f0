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
    func opening(_ number: Int) -> Replication.Operation {
      let id = OperationID(DeviceID("d2"), Int64(number))
      let applicant: Value = ["kind": "person", "name": .text("王\(number)")]
      let payload: Value = [
        "matter": "qingjian-04", "matterVersion": 1, "code": .text("L-\(number)"), "station": "s1",
        "consent": ["given": true], "set": ["@applicant": applicant],
      ]
      return Replication.Operation(
        header: OperationHeader(
          id: id, application: ApplicationID(createdBy: id), person: PersonID("p2"), kind: .create,
          claimedAt: bench.time.now()), salt: [UInt8](repeating: 9, count: OperationCoding.saltBytes),
        payload: CBOR.encode(payload))
    }
    func judged(_ operation: Replication.Operation) -> JudgedOperation {
      JudgedOperation(
        operation,
        Judgement(
          sequence: operation.id.counter, disposition: .applied, receivedAt: bench.time.now(),
          capturedAt: bench.time.now(), captureDoubtful: false))
    }
    let openings = (1...150).map(opening)
    let notes = openings.map { opening -> Replication.Operation in
      let header = opening.header
      return Replication.Operation(
        header: OperationHeader(
          id: OperationID(header.id.device, header.id.counter + 150), application: header.application,
          person: header.person, kind: .note, claimedAt: header.claimedAt), salt: opening.salt,
        payload: CBOR.encode(["text": "记"]))
    }
    let store = try bench.open()
    // The first page brings most of them whole, the second the notes of the rest.
    try store.change { session throws(Problem) in
      try session.receive((openings + notes.prefix(100)).map(judged))
    }
    try store.change { session throws(Problem) in
      for note in notes.suffix(50) { try session.receive([judged(note)]) }
      // What has come before changes nothing.
      try session.receive((openings + notes).map(judged))
    }
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.applicationCount(), 150)
      XCTAssertEqual(try session.differingProjections(), [])
      XCTAssertEqual(try session.applications(text: "王77", limit: 10).map(\.code), ["L-77"])
      XCTAssertEqual(try session.applicationCount(wanting: .draft), 150)
      XCTAssertEqual(try session.applicationCount(wanting: .correction), 0)
      for opening in openings {
        XCTAssertEqual(try session.state(opening.header.application)?.notes.count, 1)
      }
    }
  }
}
