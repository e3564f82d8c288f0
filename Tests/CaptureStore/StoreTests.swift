import Application
import CaptureStore
import Cryptography
import FoundationEssentials
import Foundations
import Glibc
import Keyring
import Replication
import SQLite
import XCTest

final class StoreTests: XCTestCase {
  private var bench: StoreBench!

  override func setUpWithError() throws { bench = try StoreBench() }

  // MARK: Sealing

  func testNothingPersonalStandsInTheFiles() throws {
    let store = try bench.open()
    let file = bench.folder + "/照片.jpg"
    XCTAssertTrue(
      FileManager.default.createFile(
        atPath: file, contents: Data("附件里的秘密内容".utf8 + Array(repeating: 65, count: 200_000))))
    let taken = try store.take(file: file)
    try store.change { session throws(Problem) in
      let id = try StoreBench.create(session)
      try session.append(
        Deed(.write, id, ["set": ["mo.name": "赵敏敏"]]))
      try session.append(Deed(.note, id, ["text": "腿脚不便，住在坡上"]))
      try session.addBlob(taken, application: id)
      let held = try StoreBench.create(session, name: "令狐未定", number: "610830198001012345", consent: false)
      try session.append(Deed(.note, held, ["text": "还要问过本人"]))
    }
    XCTAssertEqual(unsafe unlink(file), 0)
    var searched = 0
    let secrets = [
      "张三丰", "61083019991231988X", "13912345678", "槐树村九十九号", "赵敏敏", "腿脚不便", "附件里的秘密", StoreBench.staff, "令狐未定",
      "610830198001012345", "还要问过本人",
      StoreBench.passphrase,
    ]
    let names = try XCTUnwrap(FileManager.default.enumerator(atPath: bench.folder)).compactMap { $0 as? String }
    for name in names {
      guard let data = FileManager.default.contents(atPath: bench.folder + "/" + name) else { continue }
      searched += 1
      let bytes = [UInt8](data)
      for secret in secrets { XCTAssertFalse(Self.contains(bytes, Array(secret.utf8)), "\(secret) in \(name)") }
    }
    XCTAssertGreaterThanOrEqual(searched, 3, "database, log and attachment: \(names)")
    XCTAssertTrue(Self.contains(Array("xx张三丰".utf8), Array("张三丰".utf8)), "the search finds what is there")
    let blob = try XCTUnwrap(try store.read { session throws(Problem) in try session.blobsToSend() }.first)
    XCTAssertEqual(
      try store.read(blob, at: 0, count: 24), Array("附件里的秘密内容".utf8), "and the attachment comes back")
    XCTAssertEqual(try store.read(blob, at: 70_000, count: 5), [65, 65, 65, 65, 65])
  }

  private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard let first = part.first, bytes.count >= part.count else { return false }
    var start = bytes.startIndex
    while let found = bytes[start...].firstIndex(of: first) {
      if bytes[found...].starts(with: part) { return true }
      start = found + 1
    }
    return false
  }

  func testFilesAreTheirOwnersOnly() throws {
    let store = try bench.open()
    _ = try store.change { session throws(Problem) in try StoreBench.create(session) }
    for name in [LockedStore.fileName, LockedStore.fileName + "-wal", "attachments"] {
      var facts = stat()
      XCTAssertEqual(unsafe stat(bench.folder + "/" + name, &facts), 0, name)
      XCTAssertEqual(facts.st_mode & 0o077, 0, name)
    }
  }

  func testABoxMovedToAnotherRowDoesNotOpen() throws {
    let store = try bench.open()
    let ids = try store.change { session throws(Problem) in
      [try StoreBench.create(session), try StoreBench.create(session, name: "李四")]
    }
    try store.connection.run(
      "UPDATE applications SET view_sealed = (SELECT view_sealed FROM applications WHERE id = ?) WHERE id = ?",
      [.text(ids[0].text), .text(ids[1].text)])
    XCTAssertEqual(
      problem { _ = try store.read { session throws(Problem) in try session.applications(limit: 10) } }?.code,
      "seal.invalid")
  }

  // MARK: The key

  func testAWrongPassphraseOpensNothing() throws {
    let locked = try bench.locked()
    let refused = problem { _ = try locked.open { () throws(Problem) in "另一个口令" } }
    XCTAssertEqual(refused?.code, "store.passphrase")
    XCTAssertEqual(refused?.kind.exit, .refused)
    XCTAssertEqual(
      problem { _ = try locked.open { () throws(Problem) in throw Problem(.storeLockedPassphrase) } }?.code,
      "store.locked-passphrase")
  }

  func testUnlockingKeepsTheKeyUntilItIsDropped() throws {
    let locked = try bench.locked()
    XCTAssertFalse(try locked.isUnlocked())
    try locked.unlock(seconds: 60) { () throws(Problem) in StoreBench.passphrase }
    XCTAssertTrue(try locked.isUnlocked())
    _ = try locked.open { () throws(Problem) in throw Problem(.storeLockedPassphrase) }
    try locked.lock()
    XCTAssertFalse(try locked.isUnlocked())
  }

  func testTheCountyCanRecoverTheKey() throws {
    let store = try bench.open()
    let wrapped = try store.read { session throws(Problem) in try session.meta("key") }
    let envelope = try XCTUnwrap(wrapped?["recovery"]?.bytes)
    XCTAssertEqual(try Envelope.open(envelope, with: bench.recovery, purpose: "store-key").count, 32)
  }

  // MARK: All or nothing

  func testAFailedChangeLeavesNothing() throws {
    let store = try bench.open()
    let first = try store.change { session throws(Problem) in try StoreBench.create(session) }
    let before = try store.read { session throws(Problem) in try session.record() }
    let failed = problem {
      try store.change { session throws(Problem) in
        try session.append(Deed(.write, first, ["set": ["mo.name": "甲"]]))
        _ = try StoreBench.create(session)
        throw Problem(.storeFull)
      }
    }
    XCTAssertEqual(failed?.code, "store.full")
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.record(), before)
      XCTAssertEqual(try session.applications(limit: 10).count, 1)
      XCTAssertEqual(try session.operations(of: first).count, 1)
      XCTAssertNil(try session.chainBreak())
      XCTAssertEqual(try session.differingProjections(), [])
    }
  }

  func testACrashAtAnyWriteLeavesAllOrNothing() throws {
    // A copy of the files at the moment of a crash: what was not committed is not there, what was is whole.
    let store = try bench.open()
    let id = try store.change { session throws(Problem) in try StoreBench.create(session) }
    let copy = bench.folder + "-crashed"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    struct Crash: Error {}
    XCTAssertThrowsError(
      try store.connection.transaction { () throws in
        try store.connection.run("UPDATE meta SET value = x'00' WHERE name = 'record'")
        try store.connection.run("DELETE FROM operations")
        try FileManager.default.copyItem(atPath: self.bench.folder, toPath: copy)
        throw Crash()
      })
    let survivor = try LockedStore(
      folder: copy, environment: bench.environment(), keyring: .files(folder: "/dev/shm")
    ).open { () throws(Problem) in StoreBench.passphrase }
    try survivor.read { session throws(Problem) in
      XCTAssertEqual(try session.operations(of: id).count, 1)
      XCTAssertEqual(try session.record().counter, 1)
      XCTAssertEqual(try session.differingProjections(), [])
    }
  }

  func testAHalfMadeStoreIsNoStore() throws {
    let folder = bench.folder + "-other"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    XCTAssertEqual(
      problem {
        try CaptureStore.create(
          folder: folder, enrolment: ["device": "d"], serverURL: "", signingKey: [], encryptionKey: [],
          passphrase: "long enough", person: "x", environment: bench.environment())
      }?.kind.exit, .storage)
    XCTAssertEqual(
      problem { _ = try LockedStore(folder: folder, environment: bench.environment()) }?.code, "device.not-enrolled")
  }

  // MARK: Many at once

  func testConcurrentWritersTakeEachCounterOnce() throws {
    let stores = try (0..<4).map { _ in try bench.open() }
    let threads = 4
    let rounds = 15
    DispatchQueueLike.run(threads) { index in
      for _ in 0..<rounds {
        do {
          _ = try stores[index].change { session throws(Problem) in try StoreBench.create(session) }
        } catch {
          XCTFail("\(error)")
        }
      }
    }
    let store = try bench.open()
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.record().counter, Int64(threads * rounds))
      XCTAssertNil(try session.chainBreak())
      let codes = Set(try session.applications(limit: 1000).map(\.code))
      XCTAssertEqual(codes.count, threads * rounds, "no number was given twice")
      XCTAssertEqual(try session.differingProjections(), [])
    }
  }

  // MARK: What the disk does

  func testStorageFailuresAreExitFive() throws {
    let store = try bench.open()
    try store.connection.run("PRAGMA max_page_count = 1")
    let full = problem {
      try store.change { session throws(Problem) in
        for _ in 0..<200 { _ = try StoreBench.create(session, name: String(repeating: "长", count: 40)) }
      }
    }
    XCTAssertEqual(full?.code, "store.full")
    XCTAssertEqual(full?.kind.exit, .storage)
    XCTAssertEqual(try store.read { session throws(Problem) in try session.record().counter }, 0)

    let newer = try StoreBench()
    try newer.open().connection.run("PRAGMA user_version = 99")
    XCTAssertEqual(problem { _ = try newer.open() }?.code, "store.newer-schema")

    let broken = try StoreBench()
    for suffix in ["", "-wal", "-shm"] { _ = unsafe unlink(broken.path + suffix) }
    XCTAssertTrue(
      FileManager.default.createFile(atPath: broken.path, contents: Data(repeating: 0x58, count: 8192)))
    let unreadable = problem { _ = try broken.open() }
    XCTAssertEqual(unreadable?.kind.exit, .storage, unreadable?.code ?? "")
  }

  func testAStoreThatAnotherProgramKeepsIsExitFive() throws {
    let (first, second) = (try bench.open(), try bench.open())
    try second.connection.execute("PRAGMA busy_timeout = 50")
    try first.connection.execute("BEGIN IMMEDIATE")
    let refused = problem { _ = try second.change { session throws(Problem) in try StoreBench.create(session) } }
    XCTAssertEqual(refused?.code, "store.locked")
    XCTAssertEqual(refused?.kind.exit, .storage)
    try first.connection.execute("ROLLBACK")
    _ = try second.change { session throws(Problem) in try StoreBench.create(session) }
  }

  func testWhatCannotBeWrittenCanBeReadAllTheSame() throws {
    guard geteuid() != 0 else { throw XCTSkip("root writes everywhere") }
    _ = try bench.open().change { session throws(Problem) in try StoreBench.create(session) }
    for (path, mode) in [(bench.path, mode_t(0o400)), (bench.folder, 0o500)] { _ = unsafe chmod(path, mode) }
    defer { _ = unsafe chmod(bench.folder, 0o700) }
    let store = try bench.open()
    XCTAssertEqual(try store.read { session throws(Problem) in try session.applicationIDs().count }, 1)
    let refused = problem { _ = try store.change { session throws(Problem) in try StoreBench.create(session) } }
    XCTAssertEqual(refused?.code, "store.read-only")
    XCTAssertEqual(refused?.kind.exit, .storage)
  }

  // MARK: Finding

  func testApplicationsAreFoundByNumberNameAndBeginning() throws {
    let store = try bench.open()
    let (zhang, li) = try store.change { session throws(Problem) in
      (
        try StoreBench.create(session),
        try StoreBench.create(session, name: "李四光", number: "610830198001012345")
      )
    }
    let found = { (text: String) in
      Set(try store.read { session throws(Problem) in try session.applications(text: text, limit: 10) }.map(\.id))
    }
    XCTAssertEqual(try found("61083019991231988x"), [zhang])
    XCTAssertEqual(try found("988X"), [zhang])
    XCTAssertEqual(try found("13912345678"), [zhang, li])
    XCTAssertEqual(try found("5678"), [zhang, li])
    XCTAssertEqual(try found("李四光"), [li])
    XCTAssertEqual(try found("李"), [li])
    XCTAssertEqual(try found("李四"), [li])
    XCTAssertEqual(try found("四光"), [])
    XCTAssertEqual(try found("%"), [])
    try store.change { session throws(Problem) in
      _ = try session.append(
        Deed(
          .write, li, ["set": ["@applicant": ["kind": "person", "name": "王五"]]],
          parents: ["@applicant": [OperationID(DeviceID("d1"), 2)]]))
    }
    XCTAssertEqual(try found("李四"), [], "a corrected name is not found under the old one")
    XCTAssertEqual(try found("王五"), [li])
  }

  func testAnApplicationIsNamedByAnUnambiguousBeginning() throws {
    let store = try bench.open()
    let id = try store.change { session throws(Problem) in
      let id = try StoreBench.create(session)
      _ = try StoreBench.create(session)
      return id
    }
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.application(named: String(id.text.prefix(6))), id)
      XCTAssertEqual(try session.application(named: "l-610830100201-01-20261123-0001"), id)
      XCTAssertEqual(problem { _ = try session.application(named: "L-6108") }?.code, "application.ambiguous")
      for nonsense in ["", "zzz", "%", "_"] {
        XCTAssertEqual(problem { _ = try session.application(named: nonsense) }?.code, "application.not-found")
      }
    }
  }

  // MARK: Proof

  func testSumsThatAreKeptAreAlwaysWhatTheOperationsGive() throws {
    let store = try bench.open()
    func judgement(_ sequence: Int64) -> Judgement {
      Judgement(
        sequence: sequence, disposition: .applied, receivedAt: bench.time.now(), capturedAt: bench.time.now(),
        captureDoubtful: false)
    }
    func check(_ count: Int, _ what: String, line: UInt = #line) throws {
      try store.change { session throws(Problem) in
        let entries = try session.proofEntries(upTo: 100)
        XCTAssertEqual(entries.count, count, what, line: line)
        XCTAssertEqual(try session.proofBuckets(upTo: 100), ProofBuckets(entries), what, line: line)
        XCTAssertTrue(try session.isProofTrue(), what, line: line)
      }
    }
    try check(0, "nothing")
    let ids = try store.change { session throws(Problem) in
      [try StoreBench.create(session), try StoreBench.create(session), try StoreBench.create(session)]
    }
    try store.change { session throws(Problem) in try session.judge(1, judgement(10)) }
    try check(1, "what is not judged does not count")
    let kept = try XCTUnwrap(try bench.rows("SELECT count(*) FROM proofs").first)
    XCTAssertEqual(kept, 1)
    try store.change { session throws(Problem) in
      try session.judge(2, judgement(20))
      try session.judge(3, judgement(30))
    }
    try check(3, "judgements that come late")
    try store.change { session throws(Problem) in try session.leave(ids[1]) }
    try check(2, "one has left")
    let again = try store.read { session throws(Problem) in try session.ownOperations(after: 1, limit: 1) }
    XCTAssertEqual(again.count, 1)
    try bench.execute("UPDATE operations SET judgement = NULL, sequence = NULL WHERE counter = 3")
    try check(1, "a judgement is lost, by whichever hand")
    try bench.execute("DELETE FROM operations WHERE counter = 1")
    try check(0, "an operation is lost")
  }

  func testSumsThatAreWrongAreFoundOut() throws {
    let store = try bench.open()
    try store.change { session throws(Problem) in
      _ = try StoreBench.create(session)
      try session.judge(
        1,
        Judgement(
          sequence: 1, disposition: .applied, receivedAt: bench.time.now(), capturedAt: bench.time.now(),
          captureDoubtful: false))
    }
    try store.change { session throws(Problem) in _ = try session.proofBuckets(upTo: 1) }
    try bench.execute("UPDATE proofs SET sums = zeroblob(32768)")
    XCTAssertFalse(try store.read { session throws(Problem) in try session.isProofTrue() })
  }

  // MARK: Exchange

  func testJudgementsAndOthersOperationsGiveTheSameProjectionAsTheLog() throws {
    let store = try bench.open()
    let id = try store.change { session throws(Problem) in
      let id = try StoreBench.create(session)
      try session.append(Deed(.write, id, ["set": ["mo.name": "甲"]]))
      return id
    }
    func judgement(_ sequence: Int64, _ disposition: Disposition = .applied) -> Judgement {
      Judgement(
        sequence: sequence, disposition: disposition, receivedAt: bench.time.now(), capturedAt: bench.time.now(),
        captureDoubtful: false)
    }
    let other = Operation(
      header: OperationHeader(
        id: OperationID(DeviceID("d2"), 1), application: id, person: PersonID("p2"), kind: .write,
        claimedAt: bench.time.now()), salt: [UInt8](repeating: 9, count: OperationCoding.saltBytes),
      payload: Array([0xA1, 0x63] + "set".utf8 + [0xA1, 0x67] + "mo.name".utf8 + [0x63] + "乙".utf8))
    try store.change { session throws(Problem) in
      try session.judge(1, judgement(10))
      try session.judge(2, judgement(12, .refused("test.refused")))
      try session.receive([JudgedOperation(other, judgement(11))])
    }
    try store.read { session throws(Problem) in
      let state = try XCTUnwrapProblem(try session.state(id))
      XCTAssertEqual(state.value("mo.name"), "乙")
      XCTAssertEqual(try session.differingProjections(), [])
      let row = try XCTUnwrapProblem(try session.applications(limit: 1).first)
      XCTAssertEqual(row.sync, "synced")
      XCTAssertTrue(row.attention.contains(.refused))
      XCTAssertEqual(try session.proofEntries(upTo: 11).count, 2)
    }
    let twin = Operation(
      header: other.header, salt: [UInt8](repeating: 8, count: OperationCoding.saltBytes), payload: other.payload)
    XCTAssertEqual(
      problem {
        try store.change { session throws(Problem) in try session.receive([JudgedOperation(twin, judgement(11))]) }
      }?.code, "sync.contradiction")
  }

  func testADamagedProjectionIsSeenAndMadeAnew() throws {
    let store = try bench.open()
    _ = try store.change { session throws(Problem) in try StoreBench.create(session) }
    try store.connection.run("UPDATE applications SET status = 'closed'")
    XCTAssertEqual(try store.read { session throws(Problem) in try session.differingProjections().count }, 1)
    try store.change { session throws(Problem) in try session.recompute() }
    XCTAssertEqual(try store.read { session throws(Problem) in try session.differingProjections() }, [])
    try store.connection.run("DELETE FROM terms")
    XCTAssertEqual(try store.read { session throws(Problem) in try session.differingProjections().count }, 1)
  }

  func testLeavingTheScopeKeepsNoPayloadButUnsentEdits() throws {
    let store = try bench.open()
    func judgement(_ sequence: Int64, _ disposition: Disposition) -> Judgement {
      Judgement(
        sequence: sequence, disposition: disposition, receivedAt: bench.time.now(), capturedAt: bench.time.now(),
        captureDoubtful: false)
    }
    let id = try store.change { session throws(Problem) in
      let id = try StoreBench.create(session)
      try session.judge(1, judgement(1, .applied))
      try session.append(Deed(.note, id, ["text": "还没有上传"]))
      return id
    }
    try store.change { session throws(Problem) in try session.leave(id) }
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.applications(limit: 10), [])
      XCTAssertEqual(try session.tray().map(\.operation.counter), [2])
      let operations = try session.operations(of: id).map(\.operation)
      XCTAssertEqual(operations.map(\.isErased), [true, false])
      XCTAssertNil(try session.chainBreak(), "the chain still holds")
      XCTAssertEqual(try session.differingProjections(), [])
      XCTAssertEqual(try session.applications(text: "张三丰", limit: 1), [])
    }
    // The county has it now, and would not tell this device that it erases it.
    try store.change { session throws(Problem) in try session.judge(2, judgement(7, .refused(Scope.outside))) }
    try store.read { session throws(Problem) in
      XCTAssertEqual(try session.operations(of: id).map(\.operation.isErased), [true, true])
      XCTAssertEqual(try session.tray().map(\.operation.counter), [2], "it still shows what became of it")
      XCTAssertEqual(try session.differingProjections(), [])
    }
  }

  func testAStoppedDeviceWritesNothing() throws {
    let store = try bench.open()
    try store.change { session throws(Problem) in try session.stop(.forked) }
    XCTAssertEqual(
      problem { _ = try store.change { session throws(Problem) in try StoreBench.create(session) } }?.code,
      "device.stopped")
  }
}

/// `XCTUnwrap` for closures that throw problems only.
func XCTUnwrapProblem<Value>(_ value: Value?) throws(Problem) -> Value {
  guard let value else { throw ProblemKind.unexpected.with("nil in a test") }
  return value
}

/// Plain threads, joined.
enum DispatchQueueLike {
  static func run(_ count: Int, _ body: @escaping (Int) -> Void) {
    final class Box {
      let work: () -> Void
      init(_ work: @escaping () -> Void) { self.work = work }
    }
    var threads: [pthread_t] = []
    for index in 0..<count {
      let box = unsafe Unmanaged.passRetained(Box { body(index) })
      var thread = pthread_t()
      let started = unsafe pthread_create(
        &thread, nil,
        { argument in
          if let argument = unsafe argument { unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work() }
          return nil
        }, box.toOpaque())
      XCTAssertEqual(started, 0)
      threads.append(thread)
    }
    for thread in threads { _ = pthread_join(thread, nil) }
  }
}
