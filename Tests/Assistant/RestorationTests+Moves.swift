import Application
import Assistant
import CaptureStore
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// A laptop that was moved to another station between the backup and its return.
extension RestorationTests {
  func move(_ laptop: Laptop, _ station: Int, in village: Village) throws {
    let device = try laptop.assistant().store().identity.device
    _ = try village.bench.service.reassignDevice(device, station: village.bench.stations[station].id, actor: "test")
  }

  /// What `first` captured and let go of with its move, and the county lost.
  private func captureAndMove() throws -> (backup: String, id: String) {
    let backup = try backup()
    let id = try capture(first)
    try first.sync()
    try second.sync()
    try move(first, 1, in: village)
    try first.sync()
    return (backup, id)
  }

  /// What `first` edited of its neighbour's, and sent when it had been moved: it was refused.
  private func editAndMove() throws -> (backup: String, id: String) {
    let id = try capture(second)
    try second.sync()
    try first.sync()
    let backup = try backup()
    _ = try first.assistant().edit(id, [Assignment("mo.name", .text("李四"))])
    try move(first, 1, in: village)
    XCTAssertEqual(try first.sync()["refused"], 1)
    return (backup, id)
  }

  func testWhatAMovedLaptopSendsAgainWithoutContentsWaitsForWhoHasThem() throws {
    let (backup, id) = try captureAndMove()
    let before = try story(id, village)
    let restored = try restore(backup, [first, second])
    try first.sync()
    XCTAssertNil(try restored.bench.find(ApplicationID(id)), "nothing is judged by what is not there")
    let lines = try restored.bench.service.trayItems(limit: 10)
    XCTAssertEqual(Set(lines.map { $0["code"] }), ["contents.missing"])
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
    let one = try XCTUnwrap(lines.first?["id"]?.text)
    let refusal = restored.bench.refusal { _ = try restored.bench.service.admit(one, actor: "test") }
    XCTAssertEqual(refusal?.code, "tray.refused", "there is nothing to take in")
    try second.sync()
    XCTAssertEqual(try story(id, restored), before)
    XCTAssertEqual(try restored.bench.service.trayItems(limit: 10), [])
    try first.sync()
    try restored.checkAgreement(first, second)
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  /// Refused since its laptop had been moved, an edit lies where a person may admit it; that is worth its contents.
  func testWhatWasRefusedForAMoveWaitsForItsContentsToo() throws {
    let (backup, id) = try editAndMove()
    try second.sync()
    let before = try story(id, village)
    let restored = try restore(backup, [first, second])
    try move(first, 1, in: restored)
    try first.sync()
    XCTAssertEqual(Set(try restored.bench.service.trayItems(limit: 10).map { $0["code"] }), ["contents.missing"])
    try second.sync()
    XCTAssertEqual(try story(id, restored), before)
    XCTAssertEqual(Set(try restored.bench.service.trayItems(limit: 10).map { $0["code"] }), ["scope.left"])
    try first.sync()
    try restored.checkAgreement(first, second)
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  /// An admission stands for what was refused: that this has come back, refused as before, is no reason against it.
  func testWhatAPersonAdmittedOfWhatWasRefusedStandsAfterARestore() throws {
    let (backup, id) = try editAndMove()
    let entry = try XCTUnwrap(try village.bench.service.trayItems(limit: 10).first?["id"]?.text)
    _ = try village.bench.service.admit(entry, actor: "test")
    try second.sync()
    func tray(_ village: Village) throws -> [String] {
      try village.bench.service.trayItems(limit: 10).compactMap { $0["code"]?.text }
    }
    let (before, lines) = (try story(id, village), try tray(village))
    XCTAssertEqual(lines, [], "only the window is to decide")
    let restored = try restore(backup, [first, second])
    try move(first, 1, in: restored)
    try second.sync()
    try first.sync()
    XCTAssertEqual(try story(id, restored), before)
    XCTAssertEqual(try tray(restored), lines)
    try second.sync()
    try restored.checkAgreement(first, second)
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  /// Its author let go of them with its move; a copy of it, from before, has them, and sends them as its own.
  func testACopyOfItsAuthorBringsTheContentsOfWhatWaitsForThem() throws {
    let backup = try backup()
    let id = try capture(first)
    let copy = try first.copied()
    try first.sync()
    func told(_ village: Village) throws -> [String] { try story(id, village).filter { !$0.hasPrefix("server") } }
    let before = try told(village)
    try move(first, 1, in: village)
    try first.sync()
    let restored = try restore(backup, [first, copy])
    try first.sync()
    XCTAssertEqual(Set(try restored.bench.service.trayItems(limit: 10).map { $0["code"] }), ["contents.missing"])
    try copy.sync()
    XCTAssertEqual(try told(restored), before, "only its way it is sent anew")
    XCTAssertEqual(try restored.bench.service.trayItems(limit: 10), [])
    try restored.checkAgreement(first, copy)
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  func testWhatNobodyHasTheContentsOfAnyMoreIsSetAside() throws {
    let (backup, id) = try captureAndMove()
    let restored = try restore(backup, [first])
    try first.sync()
    for line in try restored.bench.service.trayItems(limit: 10) {
      let entry = try XCTUnwrap(line["id"]?.text)
      _ = try restored.bench.service.decline(entry, why: "内容已无处可寻", from: restored.blobs, actor: "test")
    }
    XCTAssertEqual(try restored.bench.service.trayItems(limit: 10), [])
    let fresh = try capture(first)
    try first.sync()
    XCTAssertEqual(try restored.bench.state(ApplicationID(fresh)).status, .submitted, "its further work is not held up")
    XCTAssertFalse(try first.assistant().list(status: nil, text: nil, limit: 10).contains { $0["id"] == .text(id) })
    try restored.checkAgreement(first)
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  func testWhereItsMoveIsLostItHasEverythingAgain() throws {
    let id = try capture(first)
    try first.sync()
    let backup = try backup()
    let before = try first.assistant().show(id)
    try move(first, 1, in: village)
    try first.sync()
    let restored = try restore(backup, [first])
    try first.sync()
    XCTAssertEqual(try first.assistant().store().identity.station, village.bench.stations[0].id)
    XCTAssertEqual(try first.assistant().show(id)["fields"], before["fields"])
    try restored.checkAgreement(first)
  }

  func testWhatNamesAStationThatTheCountyHasForgottenComesBackWhereItWasSeen() throws {
    let start = try backup()
    try first.sync()
    try move(first, 1, in: village)
    try first.sync()
    let once = try restore(start, [first, second])
    let id = try capture(first)
    XCTAssertEqual(try first.sync()["refused"], 3, "the county does not know that it was moved")
    try second.sync()
    let again = try Village(CountyBench(once.bench, restoring: start))
    for laptop in [first!, second!] { try point(laptop, at: again) }
    try first.sync()
    try second.sync()
    XCTAssertEqual(try again.bench.state(ApplicationID(id)).refusal, "create.station")
    try again.checkAgreement(first, second)
  }

  func testAMoveAfterTheBackupDoesNotPassForAnotherOne() throws {
    let backup = try backup()
    try first.sync()
    try move(first, 1, in: village)
    try first.sync()
    let restored = try restore(backup, [first])
    try move(first, 2, in: restored)
    try first.sync()
    XCTAssertEqual(try first.assistant().store().identity.station, village.bench.stations[2].id)
    let id = try capture(first)
    XCTAssertEqual(try first.sync()["refused"], 0)
    XCTAssertEqual(try restored.bench.state(ApplicationID(id)).station, village.bench.stations[2].id)
  }

  /// By stick nobody asks for what was lost before the move is told of: what only this laptop has must outlast it.
  func testWhatOnlyAMovedLaptopHasComesBackByStick() throws {
    let other = try village.bench.device(at: 1)
    other.create(try village.bench.matter("qingjian-04"))
    try other.sync()
    let id = try capture(first)
    try first.sync()
    let backup = try backup()
    try act(id, ["action": "accept"])
    try first.sync()
    let before = try story(id, village)
    let restored = try restore(backup, [first, second])
    try move(first, 1, in: restored)
    for _ in 0..<2 {
      try first.take(restored.file(for: first))
      try restored.take(first.file())
    }
    XCTAssertEqual(try story(id, restored), before)
    // Once it has all come back nothing of what it does not see any more stays.
    try first.sync()
    XCTAssertEqual(problem { _ = try first.assistant().show(id) }?.code, "application.not-found")
    try restored.checkAgreement(first)
  }
}
