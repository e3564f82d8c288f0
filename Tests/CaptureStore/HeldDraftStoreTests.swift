import Application
import CaptureStore
import Cryptography
import FoundationEssentials
import Foundations
import Replication
import SQLite
import TestValues
import XCTest

/// *Nothing of a held draft leaves the device*, and when the consent comes it is an application like any other.
final class HeldDraftStoreTests: XCTestCase {
  private var bench: StoreBench!
  private static let consent: Value = ["given": true, "at": "2026-11-23T10:00:00+08:00", "by": "p1"]

  override func setUpWithError() throws { bench = try StoreBench() }

  private func held(_ store: CaptureStore, name: String = "令狐未定") throws -> ApplicationID {
    try store.change { session throws(Problem) in try StoreBench.create(session, name: name, consent: false) }
  }

  private func note(_ store: CaptureStore, _ id: ApplicationID, _ text: String) throws {
    try store.change { session throws(Problem) in _ = try session.append(Deed(.note, id, ["text": .text(text)])) }
  }

  private func read<Result>(_ store: CaptureStore, _ body: (StoreSession) throws(Problem) -> Result) throws -> Result {
    try store.read(body)
  }

  private func sound(_ store: CaptureStore, line: UInt = #line) throws {
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.differingProjections(), [], line: line)
      XCTAssertNil(try session.chainBreak(), line: line)
    }
  }

  // MARK: Held

  func testAHeldDraftIsAnApplicationThatNothingSends() throws {
    let store = try bench.open()
    let id = try held(store)
    try note(store, id, "腿脚不便")
    let ordinary = try store.change { session throws(Problem) in try StoreBench.create(session) }
    try note(store, id, "周二再问")
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.heldDrafts(), [id])
      XCTAssertTrue(try session.isHeld(id))
      XCTAssertFalse(try session.isHeld(ordinary))
      XCTAssertEqual(try session.record().counter, 1, "the ordinary one's is the first counter")
      XCTAssertEqual(try session.unsentCount(), 1)
      let sent = try session.ownOperations(after: 0, limit: 100)
      XCTAssertEqual(sent.map(\.header.application), [ordinary])
      XCTAssertEqual(try session.proofEntries(upTo: .max), [])
      XCTAssertEqual(try session.state(id)?.notes.map(\.text), ["腿脚不便", "周二再问"])
      let row = try XCTUnwrapProblem(try session.applications(text: "令狐未定", limit: 2).first)
      XCTAssertEqual(row.id, id)
      XCTAssertEqual(row.sync, "pending")
      XCTAssertEqual(try session.application(named: row.code), id)
      XCTAssertEqual(try session.application(named: String(id.text.prefix(6))), id)
    }
    try sound(store)
    XCTAssertEqual(try read(try bench.open()) { session throws(Problem) in try session.state(id)?.notes.count }, 2)
  }

  func testAttachmentsOfAHeldDraftWait() throws {
    let store = try bench.open()
    let file = bench.folder + "/scan"
    XCTAssertTrue(FileManager.default.createFile(atPath: file, contents: Data("承诺书".utf8)))
    let taken = try store.take(file: file)
    let id = try held(store)
    let ordinary = try store.change { session throws(Problem) in
      try session.addBlob(taken, application: id)
      return try StoreBench.create(session)
    }
    XCTAssertEqual(try read(store) { session throws(Problem) in try session.blobsToSend() }, [])
    try store.change { session throws(Problem) in try session.addBlob(taken, application: ordinary) }
    XCTAssertEqual(
      try read(store) { session throws(Problem) in try session.blobsToSend() }.map(\.application), [ordinary],
      "the same bytes for another application go for that one alone")
    try store.change { session throws(Problem) in try session.release(id, consent: Self.consent) }
    let waiting = try read(store) { session throws(Problem) in try session.blobsToSend() }
    XCTAssertEqual(Set(waiting.map(\.application)), [id, ordinary])
  }

  func testAHeldDraftHoldsFactsOnly() throws {
    let store = try bench.open()
    let id = try held(store)
    for kind: OperationKind in [.submit, .withdraw, .share, .rate, OperationKind("未知")] {
      XCTAssertEqual(
        problem { try store.change { session throws(Problem) in _ = try session.append(Deed(kind, id, [:])) } }?.code,
        "consent.missing", kind.text)
    }
    XCTAssertEqual(
      problem {
        try store.change { session throws(Problem) in
          _ = try session.append(Deed(.attach, id, ["material": "m", "originals": -1]))
        }
      }?.code, "operation.unreadable", "what the server would refuse is refused here")
    XCTAssertEqual(try read(store) { session throws(Problem) in try session.operations(of: id).count }, 1)
  }

  func testAHeldBoxMovedElsewhereDoesNotOpen() throws {
    let store = try bench.open()
    let (first, second) = (try held(store), try held(store, name: "李四"))
    try note(store, first, "一")
    try store.connection.run(
      "UPDATE held SET operation_sealed = (SELECT operation_sealed FROM held WHERE application = ?) "
        + "WHERE application = ?", [.text(second.text), .text(first.text)])
    XCTAssertEqual(
      problem { _ = try store.read { session throws(Problem) in try session.state(first) } }?.code, "seal.invalid")
    XCTAssertNotNil(try read(store) { session throws(Problem) in try session.state(second) })
  }

  // MARK: Consent

  func testConsentTurnsDraftedOperationsIntoRealOnes() throws {
    let store = try bench.open()
    let id = try held(store)
    let began = bench.time.now()
    let opened = try XCTUnwrap(try read(store) { session throws(Problem) in try session.state(id) })
    bench.time.wait(3_600_000)
    try note(store, id, "一小时以后")
    let other = try store.change { session throws(Problem) in try StoreBench.create(session) }
    bench.time.set(by: 86_400_000)
    try store.change { session throws(Problem) in
      let volunteer = try session.addPerson("李志强")
      try session.set(setting: "person", to: volunteer.text)
      try session.append(Deed(.note, other, ["text": "时钟拨过"]))
      try session.release(id, consent: Self.consent)
    }
    try store.read { session throws(Problem) in
      let operations = try session.operations(of: id).map(\.operation)
      XCTAssertEqual(operations.map(\.id), [3, 4].map { OperationID(DeviceID("d1"), $0) })
      XCTAssertEqual(operations.map(\.header.claimedAt), [began, began.adding(seconds: 3600)], "as it was done")
      XCTAssertEqual(operations.map(\.header.clockEpoch), [0, 0], "by the clock as it was then")
      XCTAssertEqual(Set(operations.map(\.header.person)), [opened.createdBy], "by whom it was done")
      XCTAssertEqual(Set(operations.map(\.salt)).count, 2)
      XCTAssertEqual(operations[0].content["consent"], Self.consent)
      XCTAssertEqual(operations[0].content["held"], 1)
      let state = try XCTUnwrapProblem(try session.state(id))
      XCTAssertEqual(state.consent, Self.consent)
      XCTAssertEqual(state.code, opened.code)
      XCTAssertEqual(try session.heldDrafts(), [])
      XCTAssertEqual(try session.unsentCount(), 4)
      XCTAssertEqual(try session.ownOperations(after: 2, limit: 10), operations)
    }
    try sound(store)
    // Once more changes nothing, nor does it for one that never was held.
    try store.change { session throws(Problem) in
      try session.release(id, consent: [:])
      try session.release(other, consent: [:])
    }
    XCTAssertEqual(try read(store) { session throws(Problem) in try session.state(id)?.consent }, Self.consent)
    XCTAssertEqual(try read(store) { session throws(Problem) in try session.record().counter }, 4)
  }

  func testAFailedConsentLeavesTheDraftHeld() throws {
    let store = try bench.open()
    let id = try held(store)
    try note(store, id, "一")
    let before = try read(store) { session throws(Problem) in try session.state(id) }
    let large: Value = ["given": true, "by": .text(String(repeating: "长", count: Limits.payloadBytesMax / 3))]
    XCTAssertEqual(
      problem { try store.change { session throws(Problem) in try session.release(id, consent: large) } }?.code,
      "document.too-large", "what no request could carry would hold up all that follows it")
    try store.change { session throws(Problem) in try session.stop(.forked) }
    XCTAssertEqual(
      problem { try store.change { session throws(Problem) in try session.release(id, consent: Self.consent) } }?.code,
      "device.stopped")
    XCTAssertEqual(problem { _ = try self.held(store) }?.code, "device.stopped")
    try store.read { session throws(Problem) in
      XCTAssertTrue(try session.isHeld(id))
      XCTAssertEqual(try session.state(id), before)
      XCTAssertEqual(try session.record().counter, 0)
    }
    try sound(store)
    try store.change { session throws(Problem) in try session.discard(id) }
    XCTAssertEqual(try read(store) { session throws(Problem) in try session.applications(limit: 9) }, [])
  }

  // MARK: No consent

  func testADiscardedDraftLeavesNothingAndItsNumberIsNotUsedAgain() throws {
    let store = try bench.open()
    let files = ["承诺书", "别的办件也用"].map { text in
      let path = bench.folder + "/" + text
      XCTAssertTrue(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
      return path
    }
    let taken = try files.map { try store.take(file: $0) }
    let id = try held(store)
    let other = try store.change { session throws(Problem) in
      let other = try StoreBench.create(session)
      for file in taken { try session.addBlob(file, application: id) }
      try session.addBlob(taken[1], application: other)
      return other
    }
    try store.change { session throws(Problem) in try session.discard(id) }
    try store.read { session throws(Problem) in
      XCTAssertNil(try session.state(id))
      XCTAssertEqual(try session.applicationIDs(), [other])
      XCTAssertEqual(try session.applications(text: "令狐未定", limit: 9), [])
      XCTAssertEqual(try session.heldDrafts(), [])
      XCTAssertEqual(try session.blobsToSend().map(\.digest), [taken[1].digest])
    }
    for table in ["held", "applications", "terms", "blobs"] {
      let column = table == "applications" ? "id" : "application"
      let rows = try store.connection.one(
        "SELECT count(*) FROM \(table) WHERE \(column) = ?", [.text(id.text)]
      ) { $0.integer(0) }
      XCTAssertEqual(rows, 0, table)
    }
    let kept = try FileManager.default.contentsOfDirectory(atPath: bench.folder + "/attachments")
    XCTAssertEqual(kept, [Hexadecimal.text(taken[1].digest.bytes)], "what another application names stays")
    XCTAssertEqual(try held(store), ApplicationID(heldBy: DeviceID("d1"), number: 2))
    try sound(store)
  }

  func testAFailedOrInterruptedRemovalLosesNoFileAndLeavesNone() throws {
    let store = try bench.open()
    let file = bench.folder + "/scan"
    XCTAssertTrue(FileManager.default.createFile(atPath: file, contents: Data("承诺书".utf8)))
    let taken = try store.take(file: file)
    let id = try held(store)
    try store.change { session throws(Problem) in try session.addBlob(taken, application: id) }
    func files() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: bench.folder + "/attachments")
    }
    XCTAssertNotNil(
      problem {
        try store.change { session throws(Problem) in
          try session.discard(id)
          throw Problem(.storeFull)
        }
      })
    XCTAssertEqual(try files().count, 1, "the draft is there still, and so is its attachment")
    let copy = bench.folder + "/kept"
    let name = bench.folder + "/attachments/" + Hexadecimal.text(taken.digest.bytes)
    try FileManager.default.copyItem(atPath: name, toPath: copy)
    try store.change { session throws(Problem) in try session.discard(id) }
    XCTAssertEqual(try files(), [])
    // Somebody took the same file meanwhile, found it there already, and names it only now.
    XCTAssertEqual(
      problem {
        try store.change { session throws(Problem) in
          try session.addBlob(taken, application: try StoreBench.create(session))
        }
      }?.code, "attachment.missing")
    // As a power cut between the commit and the removal leaves it.
    try FileManager.default.moveItem(atPath: copy, toPath: name)
    try store.change { session throws(Problem) in
      try session.setMeta("dropped", .array([.text(taken.digest.text)]))
    }
    XCTAssertEqual(try files().count, 1)
    let later = try bench.open()
    XCTAssertEqual(try files(), [])
    XCTAssertNil(try read(later) { session throws(Problem) in try session.meta("dropped") })
  }

  func testANewIdentityDraftsWhatIsHeldAnew() throws {
    let store = try bench.open()
    let id = try held(store)
    try note(store, id, "腿脚不便")
    let enrolment = bench.enrolment(device: "d2")
    let held = try store.change { session throws(Problem) in
      _ = try session.pendingKeys { () throws(Problem) in
        ([UInt8](repeating: 3, count: 32), [UInt8](repeating: 4, count: 32))
      }
      _ = try session.adopt(enrolment, serverURL: "http://127.0.0.1:2")
      return try session.heldDrafts()
    }
    let now = try XCTUnwrap(held.first)
    XCTAssertEqual(held.count, 1)
    XCTAssertNotEqual(now, id, "the id follows from who drafted it")
    try store.read { session throws(Problem) in
      XCTAssertNil(try session.state(id))
      XCTAssertEqual(try session.state(now)?.notes.map(\.text), ["腿脚不便"])
      XCTAssertEqual(try session.applications(text: "令狐未定", limit: 2).map(\.id), [now])
    }
    try store.change { session throws(Problem) in try session.release(now, consent: Self.consent) }
    try store.read { session throws(Problem) in
      let sent = try session.ownOperations(after: 0, limit: 10)
      XCTAssertEqual(sent.map(\.id), [OperationID(DeviceID("d2"), 1), OperationID(DeviceID("d2"), 2)])
      XCTAssertEqual(sent.first?.opensItsApplication, true)
      XCTAssertEqual(Judge.disposition(of: sent[0], by: .device, in: nil), .applied)
    }
    try sound(store)
  }

  func testNoServerTakesAHeldDraftAway() throws {
    let store = try bench.open()
    let id = try held(store)
    try store.change { session throws(Problem) in try session.leave(id) }
    XCTAssertEqual(try read(store) { session throws(Problem) in try session.applicationIDs() }, [id])
    XCTAssertNotNil(try read(store) { session throws(Problem) in try session.state(id) })
    try sound(store)
  }

  // MARK: Old stores

  func testAStoreOfTheFirstSchemaOpens() throws {
    let id = try held(try bench.open())
    let ordinary = try bench.open().change { session throws(Problem) in try StoreBench.create(session) }
    do {
      let connection = try Connection(path: bench.path, mode: .readWrite)
      try connection.run("DELETE FROM applications WHERE id = ?", [.text(id.text)])
      try connection.execute(
        """
        DROP TABLE county_tray; DROP TABLE former_matters; DROP TABLE held; DROP TABLE unconfirmed;
        DELETE FROM meta WHERE name = 'held';
        DROP TABLE proofs; DROP TRIGGER proofs_added; DROP TRIGGER proofs_changed; DROP TRIGGER proofs_dropped;
        DROP TRIGGER proofs_entered; DROP TRIGGER proofs_left; DROP INDEX operations_by_sequence;
        DROP INDEX operations_unsequenced; DROP INDEX applications_by_attention;
        DROP INDEX applications_in_conflict; DROP INDEX blobs_unsent;
        ALTER TABLE applications DROP COLUMN questions;
        ALTER TABLE applications DROP COLUMN terms; CREATE INDEX terms_by_application ON terms (application);
        ALTER TABLE blobs DROP COLUMN damaged;
        ALTER TABLE blobs DROP COLUMN backups; ALTER TABLE blobs DROP COLUMN shed;
        DROP TABLE attestations; ALTER TABLE operations DROP COLUMN attestation;
        ALTER TABLE operations DROP COLUMN place;
        PRAGMA user_version = 1
        """)
    }
    let store = try bench.open()
    XCTAssertEqual(
      try read(store) { session throws(Problem) in try session.applications(limit: 9) }.map(\.id), [ordinary])
    try sound(store)
    XCTAssertEqual(try held(store), id)
    try sound(store)
    let renamed: Value = ["kind": "person", "name": "李四"]
    try store.change { session throws(Problem) in
      let seen = try session.state(ordinary)?.shown("@applicant") ?? []
      _ = try session.append(
        Deed(.write, ordinary, ["set": ["@applicant": renamed]], parents: ["@applicant": seen]))
    }
    for (name, isFound) in [("张三丰", false), ("李四", true)] {
      let found = try read(store) { session throws(Problem) in try session.applications(text: name, limit: 9) }
      XCTAssertEqual(found.map(\.id).contains(ordinary), isFound, "by what stood in the first schema: \(name)")
    }
    try sound(store)
  }
}
