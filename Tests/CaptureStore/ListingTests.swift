import Application
import Foundations
import Replication
import SQLite
import Wire
import XCTest

@testable import CaptureStore

/// What listings and every exchange ask of the projections, and rows that an earlier program wrote.
final class ListingTests: XCTestCase {
  private var bench: StoreBench!

  override func setUpWithError() throws { bench = try StoreBench() }

  /// An application of another device, with a duplicate that the server has found.
  private func receiveDuplicate(_ session: StoreSession, _ number: Int64) throws(Problem) -> ApplicationID {
    let device = OperationID(DeviceID("d2"), number)
    let application = ApplicationID(createdBy: device)
    func judged(_ id: OperationID, _ kind: OperationKind, _ payload: Value, _ sequence: Int64) -> JudgedOperation {
      JudgedOperation(
        Replication.Operation(
          header: OperationHeader(
            id: id, application: application, person: PersonID("p2"), kind: kind, claimedAt: bench.time.now()),
          salt: [UInt8](repeating: 9, count: OperationCoding.saltBytes), payload: CBOR.encode(payload)),
        Judgement(
          sequence: sequence, disposition: .applied, receivedAt: bench.time.now(), capturedAt: bench.time.now(),
          captureDoubtful: false))
    }
    try session.receive([
      judged(
        device, .create,
        [
          "matter": "qingjian-04", "matterVersion": 1, "code": .text("L-\(number)"), "station": "s1",
          "consent": ["given": true], "set": ["@applicant": ["kind": "person", "name": .text("王\(number)")]],
        ], 2 * number),
      judged(
        OperationID(DeviceID("server"), number), .duplicate,
        [
          "other": "a-other", "code": "L-other", "station": "s2", "stationName": "另一个站", "first": "a-other",
          "status": "live",
        ], 2 * number + 1),
    ])
    return application
  }

  func testOpenDuplicatesAreCountedWhoeverWroteTheRows() throws {
    let store = try bench.open()
    let ids = try store.change { session throws(Problem) in
      var ids: [ApplicationID] = []
      for number in Int64(1)...3 { ids.append(try receiveDuplicate(session, number)) }
      return ids
    }
    func count() throws -> Int64 {
      try store.read { session throws(Problem) in
        XCTAssertEqual(try session.differingProjections(), [])
        return try session.openDuplicateCount()
      }
    }
    XCTAssertEqual(try count(), 3)
    // Counted, not opened: what cannot be opened does not matter.
    try store.connection.run("UPDATE applications SET questions = 5 WHERE id = ?", [.text(ids[0].text)])
    XCTAssertEqual(try store.read { session throws(Problem) in try session.openDuplicateCount() }, 7)
    // An earlier program wrote two of the rows.
    try store.connection.run(
      "UPDATE applications SET questions = NULL WHERE id IN (?, ?)", [.text(ids[0].text), .text(ids[1].text)])
    XCTAssertEqual(try count(), 3)
  }

  func testAListingReadsTheWholeViewsOfAnEarlierProgram() throws {
    let store = try bench.open()
    let id = try store.change { session throws(Problem) in try StoreBench.create(session) }
    let (rows, state) = try store.read { session throws(Problem) in
      (try session.applications(limit: 9), try session.state(id))
    }
    let whole = try XCTUnwrap(state).view(due: { _ in nil }, name: \.text)
    XCTAssertGreaterThan(whole.object?.count ?? 0, rows[0].view.object?.count ?? 0)
    try store.connection.run(
      "UPDATE applications SET view_sealed = ? WHERE id = ?",
      [store.seal(CBOR.encode(whole), "applications", id.text, "view"), .text(id.text)])
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.applications(limit: 9), rows)
      XCTAssertEqual(rows[0].view["applicant"]?["name"], "张三丰")
      XCTAssertEqual(try session.differingProjections(), [])
    }
  }

  func testApplicationsAreFoundByCodeByMatterAndByOneTerm() throws {
    let store = try bench.open()
    let (zhang, li) = try store.change { session throws(Problem) in
      (
        try StoreBench.create(session),
        try StoreBench.create(session, name: "李四光", number: "610830198001012345")
      )
    }
    try store.read { session throws(Problem) in
      for row in try session.applications(limit: 10) {
        XCTAssertEqual(try session.applications(text: row.code, limit: 10).map(\.id), [row.id])
        XCTAssertEqual(try session.applications(text: String(row.code.dropFirst(2)), limit: 10).map(\.id), [row.id])
        XCTAssertEqual(Set(try session.applications(text: row.matter.text, limit: 10).map(\.id)), [zhang, li])
        XCTAssertEqual(try session.applications(text: row.matter.text, limit: 1).count, 1)
        XCTAssertEqual(try session.applications(status: "closed", text: row.matter.text, limit: 10), [])
      }
      let number = SearchTerm("id", "610830198001012345")
      XCTAssertEqual(try session.applications(term: number, limit: 10).map(\.id), [li])
      XCTAssertEqual(try session.applications(status: "closed", term: number, limit: 10), [])
      XCTAssertEqual(try session.applications(term: SearchTerm("id", "李四光"), limit: 10), [])
    }
  }

  /// Codes are made on laptops: nobody is to get hold of another application by taking its code, or its id as a code.
  func testACodeThatTwoApplicationsHaveMeansNeither() throws {
    let store = try bench.open()
    let code = "L-610830100201-01-20261123-0009-X"
    let ids = try store.change { session throws(Problem) in
      let first = try StoreBench.create(session, code: code)
      return [
        first, try StoreBench.create(session, code: code),
        try StoreBench.create(session, code: first.text.uppercased()),
      ]
    }
    try store.read { session throws(Problem) in
      XCTAssertEqual(problem { _ = try session.application(named: code) }?.code, "application.ambiguous")
      for id in ids { XCTAssertEqual(try session.application(named: id.text), id) }
    }
  }

  /// What the county refused to open stays visible, and the villager's paper opens what was opened instead.
  func testACodePrefersTheApplicationThatWasNotRefused() throws {
    let store = try bench.open()
    let code = "L-610830100201-01-20261123-0009-X"
    func judgement(_ sequence: Int64, _ disposition: Disposition) -> Judgement {
      Judgement(
        sequence: sequence, disposition: disposition, receivedAt: bench.time.now(), capturedAt: bench.time.now(),
        captureDoubtful: false)
    }
    let ids = try store.change { session throws(Problem) in
      let ids = [
        try StoreBench.create(session, code: code), try StoreBench.create(session, code: code),
        try StoreBench.create(session, code: code),
      ]
      try session.judge(1, judgement(1, .refused("field.unknown")))
      try session.judge(2, judgement(2, .refused("field.unknown")))
      return ids
    }
    func named(_ text: String) throws -> ApplicationID {
      try store.read { session throws(Problem) in try session.application(named: text) }
    }
    XCTAssertEqual(try named(code), ids[2])
    XCTAssertEqual(try named(code.lowercased()), ids[2])
    XCTAssertEqual(try named(ids[0].text), ids[0], "a refused one is found by its id")
    let real = try store.change { session throws(Problem) in try StoreBench.create(session, code: code) }
    let ambiguous = problem { _ = try named(code) }
    XCTAssertEqual(ambiguous?.code, "application.ambiguous", "neither of two that are real")
    let message = ambiguous?.message ?? ""
    XCTAssertTrue(message.contains(ids[2].text) && message.contains(real.text), message)
    XCTAssertFalse(message.contains(ids[0].text), message)
  }
}
