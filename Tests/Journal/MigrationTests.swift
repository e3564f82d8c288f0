import Application
import Cryptography
import FoundationEssentials
import Foundations
import Replication
import SQLite
import TestSupport
import Wire
import XCTest

@testable import Journal

/// Journals of earlier programs are carried over whole.
final class MigrationTests: XCTestCase {
  private var folder = ""

  override func setUpWithError() throws {
    folder = FileManager.default.temporaryDirectory.path + "/bangban-journal-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  override func tearDown() { try? FileManager.default.removeItem(atPath: folder) }

  private var path: String { folder + "/journal.db" }

  private func seals() throws -> JournalSeals { try JournalSeals(key: CountyBench.storeKey, random: SystemRandom()) }

  /// A journal as the first version of the schema had it: 司徒窗口员 is an account with a token, and in the audit chain.
  private func makeFirstVersion() throws {
    let seals = try seals()
    let connection = try Connection(path: path, mode: .create)
    try Migrator(applicationID: Schema.applicationID, Array(Schema.migrations(seals).prefix(1))).migrate(connection)
    let box = seals.sealer.seal(
      Array("司徒窗口员".utf8), at: SealPlace("users", "司徒窗口员", "name"), random: SystemRandom())
    try connection.run(
      "INSERT INTO users VALUES('司徒窗口员', ?, 'clerk', 'w-1', 0, ?, ?)", [.blob(box), .blob([1, 2]), .blob([3])])
    try connection.run(
      "INSERT INTO devices VALUES('d1', 's1', '端木芳的手机', '01', 'active', ?, ?, 5, NULL)", [.blob([4]), .blob([5])])
    try connection.run(
      "INSERT INTO tokens VALUES(?, 'user:司徒窗口员', NULL)", [.blob(Digest.sm3(Array("token".utf8)).bytes)])
    var previous: [UInt8] = []
    for (index, (actor, action, subject)) in [
      ("admin-cli", "server.init", "610830"), ("admin-cli", "user.add", "司徒窗口员"),
      ("司徒窗口员", "proceeding.accept", "a1.i1"), ("admin-cli", "device.revoke", "d1"),
    ].enumerated() {
      var row = AuditRow(
        number: Int64(index) + 1, at: Instant(milliseconds: 7), actor: actor, action: action, subject: subject,
        digest: [])
      row.digest = AuditChain.digest(row, after: previous)
      previous = row.digest
      try connection.run(
        "INSERT INTO audit VALUES(?, 7, ?, ?, ?, ?)",
        [.integer(row.number), .text(actor), .text(action), .text(subject), .blob(row.digest)])
    }
  }

  private func stands(_ secret: String) throws -> Bool {
    let needles = [String.Encoding.utf8, .utf16LittleEndian, .utf16BigEndian].compactMap { secret.data(using: $0) }
    return try FileManager.default.contentsOfDirectory(atPath: folder).contains { name in
      let bytes = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
      return needles.contains { bytes.range(of: $0) != nil }
    }
  }

  func testNamesOfStaffAndDevicesAreSealedAndNothingElseChanges() throws {
    try makeFirstVersion()
    XCTAssertTrue(try stands("司徒窗口员") && stands("端木芳的手机"), "the search itself works")
    let journal = try SQLiteJournal(path: path, key: CountyBench.storeKey, random: SystemRandom())
    XCTAssertFalse(try stands("司徒窗口员"))
    XCTAssertFalse(try stands("端木芳的手机"))
    try journal.read { reader throws(Problem) in
      let user = try reader.user(named: "司徒窗口员")
      XCTAssertEqual(user?.secret, [1, 2])
      XCTAssertEqual(user?.window, WindowID("w-1"))
      XCTAssertEqual(try reader.users(), [user].compactMap(\.self))
      XCTAssertEqual(try reader.token("token")?.holder, (user?.id.text).map { "user:\($0)" })
      XCTAssertEqual(try reader.device(DeviceID("d1"))?.name, "端木芳的手机")
      XCTAssertEqual(try reader.device(DeviceID("d1"))?.signingKey, [4])
    }
  }

  func testTheAuditChainHoldsAndSaysThatItWasRewritten() throws {
    try makeFirstVersion()
    let journal = try SQLiteJournal(path: path, key: CountyBench.storeKey, random: SystemRandom())
    let (rows, id) = try journal.read { reader throws(Problem) in
      (try reader.audit(after: 0, limit: 100), try reader.user(named: "司徒窗口员")?.id.text)
    }
    XCTAssertEqual(rows.map(\.subject), ["610830", id, "a1.i1", "d1", "2"])
    XCTAssertEqual(rows.map(\.actor), ["admin-cli", "admin-cli", id, "admin-cli", "migration"])
    XCTAssertEqual(rows.last?.action, "audit.reseal")
    let end = try journal.read { reader throws(Problem) in try reader.auditEnd() }
    XCTAssertEqual(end?.digest, rows.last?.digest, "it is on record which line is the last")
    var previous: [UInt8] = []
    for row in rows {
      XCTAssertEqual(row.digest, AuditChain.digest(row, after: previous), "line \(row.number)")
      previous = row.digest
    }
  }

  /// A journal of the second version with one application, its row and its dispatch as an older program wrote them.
  private func makeSecondVersion(_ operation: Replication.Operation) throws {
    let seals = try seals()
    let connection = try Connection(path: path, mode: .create)
    try Migrator(applicationID: Schema.applicationID, Array(Schema.migrations(seals).prefix(2))).migrate(connection)
    let session = SQLiteSession(connection: connection, seals: seals)
    for sealed in session.seal([operation]) {
      try connection.run(
        """
        INSERT INTO operations(sequence, author, counter, application, disposition, received, captured, doubtful,
          header, body, digest, running) VALUES(1, 'd1', 1, ?, 'applied', 5, 5, 0, ?, ?, ?, ?)
        """,
        [
          .text(operation.header.application.text), .blob(sealed.header), Binding(sealed.body),
          .blob(operation.digest.bytes), .blob(operation.digest.bytes),
        ])
    }
    let id = operation.header.application.text
    try connection.run(
      "INSERT INTO applications VALUES(?, 'L-1', 'm', 's1', 'draft', 0, 1, NULL, x'00')", [.text(id)])
    for term in session.keys(of: [SearchTerm("name", "司徒静")]) {
      try connection.run("INSERT INTO terms VALUES(?, ?)", [.integer(term), .text(id)])
    }
    try connection.run(
      "INSERT INTO outbox VALUES('sm3:1', ?, ?, 1, 'w1', 'queued', 2, 7, 6, NULL, NULL)",
      [.text(id + ".i1"), .text(id)])
  }

  func testRowsOfOneApplicationLieTogetherAndNoneIsLost() throws {
    let id = OperationID(DeviceID("d1"), 1)
    let operation = Replication.Operation(
      header: OperationHeader(
        id: id, application: ApplicationID(createdBy: id), person: PersonID("p1"), kind: .create,
        claimedAt: Instant(milliseconds: 5)), salt: [UInt8](repeating: 1, count: OperationCoding.saltBytes),
      payload: CBOR.encode([
        "matter": "m", "matterVersion": 1, "code": "L-1", "station": "s1",
        "set": .object([Register.applicant: ["name": "司徒静"]]),
      ]))
    try makeSecondVersion(operation)
    let journal = try SQLiteJournal(path: path, key: CountyBench.storeKey, random: SystemRandom())
    try journal.read { reader throws(Problem) in
      let application = operation.header.application
      let state = ApplicationState.fold(try reader.operations(application))
      XCTAssertEqual(try reader.application(application)?.digest, state?.fingerprint.bytes)
      let dispatch = try reader.dispatch("sm3:1", of: application)
      XCTAssertEqual(dispatch?.attempts, 2)
      XCTAssertEqual(try reader.dispatch("sm3:1", of: nil), dispatch)
      XCTAssertNil(try reader.dispatch("sm3:1", of: ApplicationID("another")))
      // The one term that the older program had written is found; the list names all, and `verify` would say so.
      XCTAssertEqual(try reader.termKeys(application), reader.keys(of: [SearchTerm("name", "司徒静")]))
      XCTAssertEqual(try reader.termCounts().listed, Int64(reader.keys(of: SearchTerm.of(try unwrapped(state))).count))
    }
  }

  /// A journal of the sixteenth version with two applications: the one that came first has the later id.
  private func makeSixteenthVersion(_ operations: [Replication.Operation]) throws {
    let seals = try seals()
    let connection = try Connection(path: path, mode: .create)
    try Migrator(applicationID: Schema.applicationID, Array(Schema.migrations(seals).prefix(16))).migrate(connection)
    let session = SQLiteSession(connection: connection, seals: seals)
    for (index, (operation, sealed)) in zip(operations, session.seal(operations)).enumerated() {
      let sequence = Binding.integer(Int64(index) + 1)
      let id = Binding.text(operation.header.application.text)
      let digest = Binding.blob(operation.digest.bytes)
      try connection.run(
        "INSERT INTO operations VALUES(?, 'd1', ?, ?, 'applied', 5, 5, 0, ?, ?, ?, ?, 0)",
        [sequence, sequence, id, .blob(sealed.header), Binding(sealed.body), digest, digest])
      try connection.run(
        "INSERT INTO applications VALUES(?, 'L-' || ?2, 'm', 's1', 'submitted', 1, ?2, 7, x'00', x'0000000000000007')",
        [id, sequence])
      try connection.run("INSERT INTO terms VALUES(7, ?)", [id])
      try connection.run("INSERT INTO scopes VALUES(?, 'station:s1', ?)", [id, sequence])
      try connection.run("INSERT INTO feed VALUES('station:s1', ?1, ?1)", [sequence])
      for (item, window) in [("i1", Binding.text("w1")), ("i2.x", .null)] {
        try connection.run(
          "INSERT INTO proceedings VALUES(?1 || '.' || ?2, ?1, ?3, 'dispatched', 1, 6, 1, NULL)",
          [id, .text(item), window])
      }
      try connection.run(
        "INSERT INTO outbox VALUES('sm3:' || ?1, ?2 || '.i1', ?2, 1, 'w1', 'queued', ?1, 7, 6, NULL, 'f')",
        [sequence, id])
    }
    // One of which only a scope knows.
    try connection.run("INSERT INTO scopes VALUES('nothing-else', 'tray:d1', 9)", [])
  }

  func testWhatLayUnderApplicationsIdsLiesByTheirPlaces() throws {
    let operations = (1...2).map { counter in
      Replication.Operation(
        header: OperationHeader(
          id: OperationID(DeviceID("d1"), counter), application: ApplicationID(counter == 1 ? "zz" : "aa"),
          person: PersonID("p1"), kind: .note, claimedAt: Instant(milliseconds: 5)),
        salt: [UInt8](repeating: 1, count: OperationCoding.saltBytes),
        payload: CBOR.encode(["text": .integer(counter)]))
    }
    try makeSixteenthVersion(operations)
    let journal = try SQLiteJournal(path: path, key: CountyBench.storeKey, random: SystemRandom())
    let (first, second, window) = (ApplicationID("zz"), ApplicationID("aa"), WindowID("w1"))
    try journal.write { writer throws(Problem) in try writer.setDocument("window", window.text, ["name": "一窗"]) }
    try journal.read { reader throws(Problem) in
      XCTAssertEqual(try reader.operations(first).map(\.operation), [operations[0]])
      XCTAssertEqual(try reader.operations(second).map(\.operation), [operations[1]])
      XCTAssertEqual(try reader.scopes(second), ["station:s1"])
      XCTAssertEqual(try reader.scopes(ApplicationID("nothing-else")), ["tray:d1"])
      XCTAssertEqual(try reader.applications(in: ["station:s1"]), [first: 1, second: 2])
      XCTAssertEqual(try reader.application(first)?.code, "L-1")
      XCTAssertNil(try reader.application(ApplicationID("z")))
      XCTAssertEqual(try reader.applications(since: 0, limit: 9).map(\.id), [first, second])
      XCTAssertEqual(try reader.applications(beginning: "a", limit: 9).map(\.id), [second])
      XCTAssertEqual(try reader.applications(beginning: "L-1", limit: 9).map(\.id), [first])
      XCTAssertEqual(try reader.termKeys(first), [7])
      XCTAssertEqual(try reader.termCounts().found, 2)
      let lines = [ProceedingID("zz.i1"), ProceedingID("aa.i1")]
      XCTAssertEqual(try reader.proceedings(window: window, status: nil, after: nil, limit: 9).map(\.id), lines)
      XCTAssertEqual(
        try reader.proceedings(window: window, status: nil, after: lines[0], limit: 9).map(\.id), [lines[1]])
      XCTAssertEqual(try reader.proceedings(window: window, status: nil, after: lines[1], limit: 9).map(\.id), [])
      XCTAssertEqual(try reader.proceedings(window: window, status: "accepted", after: nil, limit: 9).map(\.id), [])
      let unrouted = try reader.unrouted(after: nil, limit: 9).map(\.id)
      XCTAssertEqual(unrouted, [ProceedingID("zz.i2.x"), ProceedingID("aa.i2.x")])
      XCTAssertEqual(try reader.unrouted(after: unrouted[0], limit: 9).map(\.id), [unrouted[1]])
      XCTAssertEqual(try reader.projectedRows(second).map(\.id), [lines[1], ProceedingID("aa.i2.x")])
      XCTAssertEqual(try reader.proceeding(ProceedingID("aa.i2.x"))?.receivedAt, Instant(milliseconds: 6))
      let dispatch = try reader.dispatch("sm3:2", of: second)
      XCTAssertEqual(dispatch?.proceeding, lines[1])
      XCTAssertEqual(dispatch?.attempts, 2)
      XCTAssertEqual(try reader.dispatch("sm3:2", of: nil), dispatch)
      XCTAssertNil(try reader.dispatch("sm3:2", of: first))
      let due = try reader.dueDispatches(now: Instant(milliseconds: 9), of: 9, except: [])
      XCTAssertEqual(due.map(\.id), ["sm3:1", "sm3:2"])
    }
    XCTAssertEqual(try journal.integrityProblems(), [])
  }

  private func unwrapped(_ state: ApplicationState?) throws(Problem) -> ApplicationState {
    guard let state else { throw ProblemKind.unexpected.with("no state") }
    return state
  }

  /// SQLite 3.40 reports empty values that are none where a table without rowids has its key's columns in another
  /// order: every table with a row in it must be found sound.
  func testEveryTableWithARowIsFoundSound() throws {
    let connection = try Connection(path: path, mode: .create)
    try Migrator(applicationID: Schema.applicationID, Schema.migrations(try seals())).migrate(connection)
    let tables = try connection.query(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
    ) { $0.text(0) }
    XCTAssertGreaterThan(tables.count, 20)
    for table in tables {
      let columns = try connection.query("SELECT name, type FROM pragma_table_info(?)", [.text(table)]) {
        (name: $0.text(0), type: $0.text(1))
      }
      let values = columns.map { ["INTEGER": "7", "BLOB": "x'07'"][$0.type] ?? "'seven'" }
      try connection.execute(
        "INSERT INTO \(table)(\(columns.map(\.name).joined(separator: ","))) VALUES(\(values.joined(separator: ",")))")
      XCTAssertEqual(try connection.integrityCheck(), [], table)
    }
  }

  func testAnAccountIsFoundByItsWholeNameOnly() throws {
    let journal = try SQLiteJournal(path: path, key: CountyBench.storeKey, random: SystemRandom())
    let row = UserRow(
      id: UserRow.newID(SystemRandom()), name: "李华", role: "clerk", window: nil, disabled: false, secret: [],
      salt: [])
    try journal.write { writer throws(Problem) in try writer.setUser(row) }
    try journal.read { reader throws(Problem) in
      XCTAssertEqual(try reader.user(named: "李华"), row)
      XCTAssertNil(try reader.user(named: "李"))
      XCTAssertNil(try reader.user(PersonID("李华")))
    }
  }
}
