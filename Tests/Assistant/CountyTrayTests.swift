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
import TestSupport
import XCTest

/// What lies in the county's review tray is seen on the laptops it concerns, until somebody there has taken note.
final class CountyTrayTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  /// A copy of the laptop wrote a note of its own, which lies in the tray.
  private func copied() throws -> (twin: Laptop, id: String, entry: String) {
    let id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: false))["id"]?.text)
    try laptop.sync()
    let twin = try laptop.copied()
    _ = try laptop.assistant().note(id, "真的")
    try laptop.sync()
    _ = try twin.assistant().note(id, "另一台的")
    XCTAssertEqual(problem { try twin.sync() }?.code, "sync.forked")
    return (twin, id, try XCTUnwrap(village.bench.tray().first).id)
  }

  private func inToDo(_ laptop: Laptop) throws -> [String] {
    try laptop.assistant().todo().filter { $0["kind"] == "tray" }.compactMap { $0["text"]?.text }
  }

  private func decline(_ entry: String) throws {
    village.bench.clock.advance(seconds: 3600)
    _ = try village.bench.service.decline(entry, why: "重复录入", from: village.blobs, actor: "test")
  }

  func testWhatLiesThereIsSeenAndADeclinedEntryStandsInToDoUntilSomebodyHasSeenIt() throws {
    let (_, id, entry) = try copied()
    XCTAssertEqual(try laptop.assistant().tray(), [])
    try laptop.sync()
    let line = try XCTUnwrap(try laptop.assistant().tray().first)
    XCTAssertEqual(line["id"], .text(entry))
    XCTAssertEqual(line["application"], .text(id))
    XCTAssertEqual(line["code"], try laptop.assistant().show(id)["code"])
    XCTAssertEqual(line["own"], true)
    XCTAssertEqual(line["what"], "备注")
    XCTAssertEqual(line["why"], "有两台电脑用同一个身份写过")
    XCTAssertEqual(line["status"], "open")
    XCTAssertEqual(line["since"], .text(ChinaTime.text(try XCTUnwrap(village.bench.tray().first).receivedAt)))
    XCTAssertEqual(try laptop.assistant().show(id)["tray"], [line])
    XCTAssertEqual(try inToDo(laptop), ["备注（第3号，2026-11-23送到）在县里待处理：有两台电脑用同一个身份写过"])
    XCTAssertEqual(try laptop.assistant().doctor()["tray"], 1)
    XCTAssertEqual(problem { _ = try laptop.assistant().seeTray(entry) }?.code, "tray.open")
    XCTAssertEqual(problem { _ = try laptop.assistant().seeTray("r0") }?.code, "tray.unknown")

    try decline(entry)
    try laptop.sync()
    let declined = try XCTUnwrap(try laptop.assistant().tray().first)
    XCTAssertEqual(declined["status"], "declined")
    XCTAssertEqual(declined["note"], "重复录入")
    XCTAssertEqual(declined["seen"], false)
    XCTAssertTrue(try XCTUnwrap(try inToDo(laptop).first).contains("重复录入"))
    try laptop.sync()
    XCTAssertEqual(try inToDo(laptop).count, 1, "it stands until somebody has seen it")
    XCTAssertEqual(try laptop.assistant().seeTray(entry)["seen"], 1)
    XCTAssertEqual(try inToDo(laptop), [])
    XCTAssertEqual(try laptop.assistant().doctor()["tray"], 0, "what stands in todo, not all there ever was")
    XCTAssertEqual(try laptop.assistant().tray().first?["seen"], true)
    XCTAssertEqual(try laptop.assistant().seeTray("all")["seen"], 0)
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
  }

  func testARefusedEditThatLiesThereIsToldOnce() throws {
    let id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: false))["id"]?.text)
    try laptop.sync()
    _ = try laptop.assistant().note(id, "还不知道已经清除")
    _ = try village.bench.service.purge(
      id, why: "本人要求", evenLive: true, from: village.blobs, actor: "test")
    for _ in 0..<2 {
      try laptop.sync()
      let told = try laptop.assistant().todo().filter { $0["id"]?.text == id }
      XCTAssertEqual(told.count, 1, "\(told)")
      XCTAssertTrue(told.first?["text"]?.text?.contains("已经按规定清除") == true, "\(told)")
    }
  }

  func testAFileBringsItToo() throws {
    let (_, _, entry) = try copied()
    try village.ferry(laptop)
    XCTAssertEqual(try laptop.assistant().tray().map { $0["status"] }, ["open"])
    let early = try village.file(for: laptop)
    try decline(entry)
    try laptop.sync()
    try laptop.take(early)
    XCTAssertEqual(try laptop.assistant().tray().map { $0["status"] }, ["declined"], "an older file undoes nothing")
    _ = try laptop.assistant().seeTray("all")
    let request = try laptop.file()
    try village.take(request)
    XCTAssertEqual(try laptop.take(village.file(for: laptop))["pages"], 0, "what is known does not come again")
    XCTAssertEqual(try inToDo(laptop), [])
  }

  func testUnderItsNewIdentityALaptopSeesWhatBecameOfTheFormersWork() throws {
    let (twin, id, entry) = try copied()
    try decline(entry)
    // As from another copy still: nobody has sent this one again.
    let other = try twin.copied()
    let (_, code) = try village.bench.service.inviteDevice(
      station: village.bench.stations[0].id, name: "接替", actor: "test")
    _ = try twin.assistant().enroll(url: village.url, code: code, name: nil)
    try twin.sync()
    let line = try XCTUnwrap(try twin.assistant().tray().first)
    XCTAssertEqual(line["status"], "reminted")
    XCTAssertEqual(line["own"], true)
    XCTAssertEqual(try inToDo(twin), [], "it was sent again")
    _ = try other.assistant().enroll(
      url: village.url,
      code: try village.bench.service.inviteDevice(
        station: village.bench.stations[0].id, name: "又一台", actor: "test"
      ).1, name: nil)
    try other.sync()
    XCTAssertEqual(try other.assistant().tray().map { $0["status"] }, ["reminted"])
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).notes.count, 2)
  }

  func testWhoMovesAwayKeepsOnlyWhatItWroteItself() throws {
    let neighbour = try village.laptop()
    let (_, _, entry) = try copied()
    try decline(entry)
    try neighbour.sync()
    XCTAssertEqual(try neighbour.assistant().tray().map { $0["own"] }, [false])
    try laptop.sync()
    for one in [neighbour, laptop!] {
      _ = try village.bench.service.reassignDevice(
        try one.device(), station: village.bench.stations[1].id, actor: "test")
      try one.sync()
    }
    XCTAssertEqual(try neighbour.assistant().tray(), [])
    XCTAssertEqual(try laptop.assistant().tray().map { $0["status"] }, ["declined"])
  }

  func testWhatWaitsForAParentIsListedAndWhatBecameOfItFollows() throws {
    let id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: false))["id"]?.text)
    try laptop.sync()
    let other = try village.bench.device()
    try other.sync()
    try other.edit(ApplicationID(id), "mo.name", "二")
    let lost = try XCTUnwrap(other.own[1])
    _ = try laptop.assistant().store().change { session throws(Problem) in
      // It was here once, and whoever wrote it will never send it again.
      try session.receive([JudgedOperation(lost, nil)])
      try session.append(
        Deed(.write, ApplicationID(id), ["set": ["mo.name": "三"]], parents: ["mo.name": [lost.id]]))
    }
    try laptop.sync()
    let line = try XCTUnwrap(try laptop.assistant().tray().first)
    XCTAssertEqual(line["status"], "open")
    XCTAssertEqual(line["reason"], "parent.missing")
    let entry = try XCTUnwrap(line["id"]?.text)
    XCTAssertEqual(try village.bench.service.trayItems(limit: 5).map { $0["id"] }, [.text(entry)], "one name for it")
    XCTAssertEqual(problem { _ = try laptop.assistant().seeTray(entry) }?.code, "tray.open")
    try decline(entry)
    try laptop.sync()
    XCTAssertEqual(try laptop.assistant().tray().map { $0["status"] }, ["declined"])
    XCTAssertEqual(try inToDo(laptop).count, 1)
    XCTAssertFalse(try laptop.assistant().todo().contains { $0["kind"] == "refused" }, "told once")
  }

  func testAFileThatIsTakenInAfterAllIsSentByWhicheverStationsLaptop() throws {
    let old = try laptop.copied()
    _ = try laptop.assistant().new(try village.document(submit: false))
    try laptop.sync()
    // The older copy goes on, and is another station's by the time the county takes its work in.
    let file = village.bench.folder + "/scan.jpg"
    try Data([0xFF, 0xD8, 0xFF, 7, 7, 7]).write(to: URL(filePath: file))
    var document = try village.document(submit: false)
    document["materials"]?["m02"] = ["scan.jpg"]
    _ = try old.assistant().new(document, folder: village.bench.folder)
    XCTAssertEqual(problem { try old.sync() }?.code, "sync.forked")
    let (_, code) = try village.bench.service.inviteDevice(
      station: village.bench.stations[1].id, name: "新码", actor: "test")
    _ = try old.assistant().enroll(url: village.url, code: code, name: nil)
    for _ in 0..<2 { try old.sync() }
    let refused = try village.bench.service.trayItems(limit: 100).compactMap { $0["id"]?.text }
    XCTAssertFalse(refused.isEmpty)
    for entry in refused { _ = try? village.bench.service.admit(entry, actor: "test") }
    for _ in 0..<3 { try old.sync() }
    let digest = Digest.sm3([0xFF, 0xD8, 0xFF, 7, 7, 7]).text
    try village.bench.journal.read { reader throws(Problem) in
      let claims = try reader.blobClaims(digest)
      XCTAssertFalse(claims.isEmpty)
      XCTAssertTrue(claims.allSatisfy(\.arrived), "\(claims)")
    }
  }
}
