import API
import Application
import Assistant
import CaptureStore
import Casework
import Catalog
import Cryptography
import FoundationEssentials
import Foundations
import Journal
import Replication
import Synchronizer
import TestSupport
import XCTest

/// Servers that were wiped, begun anew, or put back by hand: no device deletes anything for them.
extension RestorationTests {
  func testWhatWasErasedAfterTheBackupIsErasedAgainOnTheServerAndOnEveryDevice() throws {
    let id = try captureWithFile(first)
    try first.sync()
    try second.sync()
    let backup = try backup()
    village.bench.clock.advance(seconds: 3600)
    _ = try second.assistant().withdraw(id, why: "不办了")
    try second.sync()
    _ = try village.bench.service.purge(id, why: "本人要求", evenLive: false, from: village.blobs, actor: "test")
    // Only the one laptop hears of it before the server is lost.
    try second.sync()
    XCTAssertEqual(try second.assistant().show(id)["status"], "erased")
    let restored = try restore(backup, [first, second])
    XCTAssertEqual(try restored.bench.state(ApplicationID(id)).status, .submitted, "the backup still has all of it")
    try second.sync()
    XCTAssertEqual(try restored.bench.state(ApplicationID(id)).status, .erased)
    let kept = try restored.bench.journal.read { reader throws(Problem) in
      try reader.operations(ApplicationID(id)).filter { !$0.operation.isErased }.map(\.operation.header.kind)
    }
    XCTAssertEqual(kept, [.purge], "nothing but the tombstone says anything")
    try first.sync()
    for laptop in [first!, second!] {
      XCTAssertEqual(try laptop.assistant().show(id)["status"], "erased")
      XCTAssertEqual(try laptop.assistant().show(id)["fields"], [:])
      let files = try FileManager.default.contentsOfDirectory(atPath: laptop.home + "/attachments")
      XCTAssertEqual(files, [])
    }
    try restored.checkAgreement(first, second)
  }

  /// What let the one laptop in was lost, and is brought back by whoever gave it when there is nothing to see any more.
  func testWhoHeldWhatWasErasedMeanwhileLetsGoOfItThoughItsShareIsLost() throws {
    let id = try capture(first, submit: false)
    try first.sync()
    let other = try village.laptop(at: 1)
    try other.sync()
    let backup = try backup()
    let device = try other.assistant().store().identity.device
    _ = try first.assistant().share(id, with: "device:\(device.text)")
    try first.sync()
    try other.sync()
    XCTAssertEqual(try other.assistant().show(id)["status"], "draft")
    let restored = try restore(backup, [first, other])
    _ = try restored.bench.service.purge(id, why: "本人要求", evenLive: true, from: restored.blobs, actor: "test")
    try first.sync()
    try other.sync()
    for laptop in [first!, other] {
      XCTAssertEqual(try laptop.assistant().show(id)["status"], "erased")
      XCTAssertEqual(try laptop.assistant().show(id)["fields"], [:])
    }
    try restored.checkAgreement(first, other)
  }

  /// Nothing of the application is in the backup: what is left of it has no contents, and still everybody agrees.
  func testWhatWasMadeAndErasedAfterTheBackupIsTheSameEverywhere() throws {
    try first.sync()
    try second.sync()
    let backup = try backup()
    let id = try captureWithFile(first)
    let other = try capture(first)
    try first.sync()
    try second.sync()
    _ = try second.assistant().note(id, "改一改")
    _ = try second.assistant().withdraw(id, why: "不办了")
    try second.sync()
    _ = try village.bench.service.purge(id, why: "本人要求", evenLive: false, from: village.blobs, actor: "test")
    try first.sync()
    try second.sync()
    let restored = try restore(backup, [first, second])
    try first.sync()
    let operations = try restored.bench.journal.read { reader throws(Problem) in
      try reader.operations(ApplicationID(id))
    }
    XCTAssertGreaterThan(operations.count, 3, "all of it is in the log again")
    XCTAssertEqual(operations.filter { !$0.operation.isErased }.map(\.operation.header.kind), [.purge])
    XCTAssertEqual(operations.first?.operation.header.kind, .purge, "nothing was ever there that is not erased")
    try second.sync()
    try first.sync()
    for laptop in [first!, second!] {
      XCTAssertEqual(try laptop.assistant().show(id)["status"], "erased")
      XCTAssertEqual(try laptop.assistant().show(other)["status"], "submitted")
    }
    try restored.checkAgreement(first, second)
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  /// An application with an attachment that is made, withdrawn and erased after the backup; the first laptop has not
  /// heard of the last, and the backup is put back.
  private func erasedAfterBackup() throws -> (id: String, digest: String, restored: Village) {
    try first.sync()
    try second.sync()
    let backup = try backup()
    let id = try captureWithFile(first)
    _ = try first.assistant().withdraw(id, why: "不办了")
    let digest = try XCTUnwrap(
      try first.assistant().show(id)["materials"]?.object?.values.compactMap { $0.array?.first?["digest"]?.text }.first)
    try first.sync()
    try second.sync()
    _ = try village.bench.service.purge(id, why: "本人要求", evenLive: false, from: village.blobs, actor: "test")
    try second.sync()
    return (id, digest, try restore(backup, [first, second]))
  }

  /// The first laptop has not heard of the purge and brings back contents that the county has erased for good.
  func testContentsThatComeBackAfterTheirTombstoneAreErased() throws {
    let (id, _, restored) = try erasedAfterBackup()
    try second.sync()
    try first.sync()
    let kept = try restored.bench.journal.read { reader throws(Problem) in
      try reader.operations(ApplicationID(id)).filter { !$0.operation.isErased }.map(\.operation.header.kind)
    }
    XCTAssertEqual(kept, [.purge])
    try second.sync()
    for laptop in [first!, second!] {
      XCTAssertEqual(try laptop.assistant().show(id)["status"], "erased")
      XCTAssertEqual(try laptop.assistant().tray(), [])
      let files = try FileManager.default.contentsOfDirectory(atPath: laptop.home + "/attachments")
      XCTAssertEqual(files, [])
    }
    try restored.checkAgreement(first, second)
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  /// Found by the simulator: contents came back first, with their attachment, and the tombstone behind them.
  func testAttachmentsGoWithATombstoneThatComesBack() throws {
    let (id, digest, restored) = try erasedAfterBackup()
    try first.sync()
    XCTAssertEqual(try restored.blobs.read(digest).count, 200_003)
    try second.sync()
    XCTAssertNil(try? restored.blobs.read(digest))
    try first.sync()
    XCTAssertEqual(try first.assistant().show(id)["status"], "erased")
    try restored.checkAgreement(first, second)
  }

  /// Two stations' applications for the same matter of the same person; the second one's laptop hears after the backup
  /// how its work was judged, and no more.
  private func foundAfterBackup() throws -> (backup: String, other: Laptop, one: String, another: String) {
    let other = try village.laptop(at: 1)
    try other.sync()
    let one = try capture(first)
    try first.sync()
    let backup = try backup()
    let another = try capture(other)
    // Pages are small, and the line breaks once it is in.
    _ = try other.assistant().store().change { session throws(Problem) in
      var record = try session.record()
      record.pageMax = 1
      try session.setRecord(record)
    }
    let assistant = other.assistant()
    let bench = village.bench
    assistant.line = { address, _ in
      BadLine(HTTPLine(address: address)) { _, _ in
        let isIn = try? bench.state(ApplicationID(another)).version != nil
        return isIn == true ? .requestLost : .none
      }
    }
    XCTAssertNotNil(problem { _ = try assistant.sync { _ in } })
    XCTAssertNotNil(try village.bench.state(ApplicationID(another)).duplicate(ApplicationID(one)))
    return (backup, other, one, another)
  }

  func testDuplicatesThatNobodyWasToldOfBeforeTheLogWasLostAreFoundAgain() throws {
    let (backup, other, one, another) = try foundAfterBackup()
    let restored = try restore(backup, [first, other])
    try first.sync()
    try other.sync()
    try first.sync()
    for (id, peer) in [(one, another), (another, one)] {
      XCTAssertNotNil(try restored.bench.state(ApplicationID(id)).duplicate(ApplicationID(peer)))
    }
    try restored.checkAgreement(first, other)
  }

  /// Found by the simulator: the decision came back before the other application did, of which nobody had been told.
  func testADecisionReachesAnApplicationThatComesBackLaterAndWasNeverTold() throws {
    let (backup, other, one, another) = try foundAfterBackup()
    try first.sync()
    let code = try XCTUnwrap(try other.assistant().show(another)["code"]?.text)
    let restored = try restore(backup, [first, other])
    _ = try first.assistant().join(one, with: code, keeping: nil)
    try first.sync()
    try other.sync()
    XCTAssertEqual(try standing(another, restored), one)
    try first.sync()
    try restored.checkAgreement(first, other)
  }

  /// Found by the simulator: of two copies of one laptop the other one came first after the restore, and the neighbour
  /// still held what the one had written under the same number.
  func testANeighbourOfTwoCopiesGoesOnWithWhatTheRestoredServerHas() throws {
    let id = try capture(first)
    try first.sync()
    try second.sync()
    let copy = try second.copied()
    let backup = try backup()
    _ = try second.assistant().note(id, "这一台写的")
    try second.sync()
    try first.sync()
    XCTAssertEqual(try first.assistant().show(id)["notes"]?.array?.map { $0["text"] }, ["这一台写的"])
    let restored = try restore(backup, [first, copy])
    _ = try copy.assistant().note(id, "另一台写的")
    try copy.sync()
    try first.sync()
    XCTAssertEqual(try first.assistant().show(id)["notes"]?.array?.map { $0["text"] }, ["另一台写的"])
    XCTAssertEqual(try restored.bench.tray().map(\.reason), ["sync.forked"], "the other note waits for a person")
    try restored.checkAgreement(first, copy)
  }

  /// Found by the simulator: the revoked device had sent the attachments of what lay in the review tray, and both were
  /// lost with the server.
  func testAttachmentsOfUnsentWorkThatTheServerHasLostAreSentAgain() throws {
    try first.sync()
    let backup = try backup()
    try revoke(first)
    let id = try captureWithFile(first)
    XCTAssertEqual(problem { try first.sync() }?.code, "device.revoked")
    let digest = try XCTUnwrap(
      try first.assistant().show(id)["materials"]?.object?.values.compactMap { $0.array?.first?["digest"]?.text }.first)
    XCTAssertEqual(try village.blobs.read(digest).count, 200_003, "the county had it")
    let restored = try restore(backup, [first])
    XCTAssertNil(try? restored.blobs.read(digest))
    let (_, code) = try restored.bench.service.inviteDevice(
      station: restored.bench.stations[0].id, name: "新码", actor: "test")
    XCTAssertGreaterThan(
      try XCTUnwrap(
        try first.assistant().enroll(url: restored.url, code: code, name: nil)["reminted"]?.integer), 1)
    try first.sync()
    XCTAssertEqual(try restored.blobs.read(digest).count, 200_003)
    let row = try restored.bench.journal.read { reader throws(Problem) in try reader.blob(digest) }
    XCTAssertEqual(row?.complete, true)
    try restored.checkAgreement(first)
  }

  /// Found by the simulator: neither the server nor the laptop went on from where they had been, and only a neighbour
  /// knew more of the laptop's work than it did.
  func testALaptopThatCameBackWithItsServerIsToldWhatANeighbourBroughtBack() throws {
    let id = try capture(second)
    try second.sync()
    try first.sync()
    let older = Laptop(home: second.home + "-older", clock: village.bench.clock)
    try FileManager.default.copyItem(atPath: second.home, toPath: older.home)
    let backup = try backup()
    _ = try second.assistant().note(id, "备份之后")
    try second.sync()
    try first.sync()
    let restored = try restore(backup, [first, older])
    try first.sync()
    XCTAssertEqual(try restored.bench.state(ApplicationID(id)).notes.map(\.text), ["备份之后"])
    XCTAssertEqual(problem { try older.sync() }?.code, "sync.restored")
    let (_, code) = try restored.bench.service.inviteDevice(
      station: restored.bench.stations[0].id, name: "新码", actor: "test")
    _ = try older.assistant().enroll(url: restored.url, code: code, name: nil)
    try older.sync()
    XCTAssertEqual(try older.assistant().show(id)["notes"]?.array?.map { $0["text"] }, ["备份之后"])
    try restored.checkAgreement(first, older)
  }

  private func revoke(_ laptop: Laptop) throws {
    let device = try laptop.device()
    try village.bench.journal.write { writer throws(Problem) in
      guard var row = try writer.device(device) else { return }
      row.status = .revoked
      try writer.setDevice(row)
    }
  }

  func testScenario19AWipedServerMakesNoDeviceDeleteAnything() throws {
    let (_, _, fresh) = try twoDays()
    let held = try first.assistant().list(status: nil, text: nil, limit: 10)
    let unsent = try capture(first)
    // A server made anew, with keys of its own.
    let wiped = try Village()
    try point(first, at: wiped)
    let refusal = problem { try first.sync() }
    XCTAssertEqual(refusal?.code, "device.not-enrolled")
    XCTAssertTrue(refusal?.message.contains("一样也没有少") == true, "in plain words: \(refusal?.message ?? "")")
    XCTAssertTrue(refusal?.kind.remedy.contains("把备份（或原来的密钥）放回去，换登记码没有用") == true, "no circle")
    // Even its code takes nothing away: it is another county's.
    let (_, code) = try wiped.bench.service.inviteDevice(
      station: wiped.bench.stations[0].id, name: "x", actor: "test")
    let other = problem { _ = try first.assistant().enroll(url: wiped.url, code: code, name: nil) }
    XCTAssertEqual(other?.code, "enroll.other-county")
    XCTAssertTrue(other?.message.contains("一样也没有少") == true)
    XCTAssertTrue(other?.kind.remedy.contains("再要登记码也没有用") == true)
    XCTAssertEqual(try first.assistant().list(status: nil, text: nil, limit: 10).count, held.count + 1)
    XCTAssertEqual(try first.assistant().show(fresh)["sync"], "synced")
    XCTAssertEqual(try first.assistant().show(unsent)["sync"], "pending")
    XCTAssertEqual(try first.assistant().doctor()["ok"], true)
    // A file of the wiped server is none for this device either; and with the true one everything goes on.
    try point(first, at: village)
    XCTAssertEqual(try first.sync()["upToDate"], true)
    try village.checkAgreement(first)
  }

  func testScenario19ALogThatWasBegunAnewWithTheOldKeysIsForeign() throws {
    let empty = try backup()
    let (_, _, fresh) = try twoDays()
    // The devices are registered and the keys are the old ones, but the log has nothing in common.
    let begun = try Village(CountyBench(village.bench, restoring: empty, begin: false))
    try begun.bench.journal.write { writer throws(Problem) in
      try writer.setDocument(RegistryKey.settings, RegistryKey.timeline, "another")
      try County.touch(writer)
    }
    try point(first, at: begun)
    XCTAssertEqual(problem { try first.sync() }?.code, "sync.timeline-foreign")
    XCTAssertEqual(problem { _ = try first.assistant().prove() }?.code, "sync.timeline")
    XCTAssertEqual(try first.assistant().show(fresh)["sync"], "synced")
    XCTAssertEqual(try first.assistant().doctor()["ok"], true)
    try point(first, at: village)
    try first.sync()
    try village.checkAgreement(first)
  }

  /// A stick that was forgotten in a pocket while the county put its backup back once more.
  func testAFileOfATimelineThatHasEndedIsOld() throws {
    let id = try captureWithFile(first)
    try first.sync()
    let backup = try backup()
    let restored = try restore(backup, [first])
    _ = try first.assistant().note(id, "在第二条时间线上")
    try first.sync()
    let (early, late) = (try village.file(for: first), try restored.file(for: first))
    let again = try restore(backup, [first])
    let ended = try restored.bench.journal.read { reader throws(Problem) in try ShutOut(reader) }
    let now = village.bench.clock.now()
    _ = try again.bench.journal.write { writer throws(Problem) in
      try ended.carryOver(to: writer, now: now, actor: "test")
    }
    try first.sync()
    let before = try first.assistant().store().read { session throws(Problem) in try session.lineage() }
    for file in [early, late] { XCTAssertEqual(try first.take(file)["pages"], 0) }
    XCTAssertEqual(try first.assistant().store().read { session throws(Problem) in try session.lineage() }, before)
    XCTAssertEqual(try again.bench.state(ApplicationID(id)).notes.map(\.text), ["在第二条时间线上"])
    try again.checkAgreement(first)
  }

  func testADatabasePutBackByHandIsNoticedBeforeAnythingIsLost() throws {
    let (backup, _, _) = try twoDays()
    let copied = try Village(CountyBench(village.bench, restoring: backup, begin: false))
    try point(first, at: copied)
    _ = try capture(first)
    XCTAssertEqual(problem { try first.sync() }?.code, "sync.cursor-ahead")
    XCTAssertEqual(try first.assistant().doctor()["ok"], true)
  }
}
