import Application
import Assistant
import CaptureStore
import Casework
import Catalog
import Foundations
import Journal
import Replication
import Synchronizer
import TestSupport
import XCTest

/// Copies and backups of a store hold the same unsent work; whatever becomes of them, it stands once.
final class CommonWorkTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!
  private var shared = ""

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
    shared = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: false))["id"]?.text)
    try laptop.sync()
  }

  private func revoke() throws {
    let device = try laptop.assistant().store().identity.device
    try village.bench.journal.write { writer throws(Problem) in
      guard var row = try writer.device(device) else { return }
      row.status = .revoked
      try writer.setDevice(row)
    }
  }

  private func enroll(_ laptop: Laptop) throws {
    let code = try village.bench.service.inviteDevice(
      station: village.bench.stations[0].id, name: "接替", actor: "test"
    ).1
    _ = try laptop.assistant().enroll(url: village.url, code: code, name: nil)
  }

  private func reviews(_ status: ReviewStatus) throws -> [ReviewRow] {
    try village.bench.journal.read { reader throws(Problem) in try reader.reviews(status, limit: 100) }
  }

  private func state() throws -> ApplicationState { try village.bench.state(ApplicationID(shared)) }

  private func assertSound(_ laptops: Laptop...) throws {
    for laptop in laptops {
      try laptop.sync()
      XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
      XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
    }
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testWorkThatTwoCopiesMintAgainStandsOnce() throws {
    _ = try laptop.assistant().note(shared, "两份都有")
    let twin = try laptop.copied()
    _ = try twin.assistant().note(shared, "只在一份里")
    try revoke()
    for each in [laptop!, twin] {
      XCTAssertEqual(problem { try each.sync() }?.code, "device.revoked")
      try enroll(each)
    }
    XCTAssertEqual(try laptop.sync()["refused"], 0)
    XCTAssertEqual(try twin.sync()["refused"], 0, "the other has sent it")
    XCTAssertEqual(try state().notes.map(\.text), ["两份都有", "只在一份里"])
    XCTAssertEqual(try reviews(.open), [])
    XCTAssertEqual(try village.bench.service.trayItems(limit: 10), [], "and nobody need look at it")
    let refused = try XCTUnwrap(try state().timeline.first { $0.code == Disposition.remintedCode }).operation.text
    XCTAssertEqual(
      problem { _ = try village.bench.service.admit(refused, actor: "test") }?.code, "tray.settled",
      "nor by an administrator's decision")
    try assertSound(laptop, twin)
  }

  /// The administrator took it in from the tray, and the laptop, with its new code, sends it once more.
  func testWhatWasTakenInFromTheTrayIsRefusedToNobodyAndStandsOnce() throws {
    let made = try laptop.assistant().new(try village.document(submit: true))
    let code = try XCTUnwrap(made["code"]?.text)
    _ = try laptop.assistant().note(shared, "没传上去的")
    try revoke()
    XCTAssertEqual(problem { try laptop.sync() }?.code, "device.revoked")
    while let entry = try reviews(.open).first { _ = try village.bench.service.admit(entry.id, actor: "test") }
    try enroll(laptop)
    XCTAssertEqual(try laptop.sync()["refused"], 0)
    let colleague = try village.laptop()
    try colleague.sync()
    for each in [laptop!, colleague] {
      let listed = try each.assistant().list(status: nil, text: nil, limit: 10).filter { $0["code"] == .text(code) }
      XCTAssertEqual(listed.map { $0["status"] }, ["submitted"])
      XCTAssertFalse(try each.assistant().todo().contains { $0["kind"] == "refused" })
      XCTAssertEqual(try each.assistant().show(code)["status"], "submitted")
    }
    XCTAssertEqual(try village.bench.service.trayItems(limit: 10), [])
    try assertSound(laptop, colleague)
  }

  func testARequestThatComesAfterItsWorkWasSentAgainNeedsNoDecision() throws {
    _ = try laptop.assistant().note(shared, "写了一次")
    var late: ServerQuestion?
    let cut = laptop.assistant()
    cut.line = { address, _ in
      BadLine(HTTPLine(address: address)) { _, question in
        late = late ?? question
        return .refusal(Problem(.deviceRevoked))
      }
    }
    XCTAssertEqual(problem { _ = try cut.sync { _ in } }?.code, "device.revoked")
    try revoke()
    try enroll(laptop)
    XCTAssertEqual(try laptop.sync()["refused"], 0)
    let answer = try HTTPLine(address: village.url).ask(try XCTUnwrap(late))
    XCTAssertEqual(answer.problem.code, "device.revoked")
    XCTAssertEqual(try reviews(.open), [], "it stands already")
    XCTAssertEqual(try reviews(.reminted).count, 1, "and is kept as it was signed")
    XCTAssertEqual(try state().notes.map(\.text), ["写了一次"])
    try assertSound(laptop)
  }

  func testAnEntryThatFollowsOnWhatWasSentAgainFollowsOnThat() throws {
    func edit(_ laptop: Laptop, _ name: String) throws {
      _ = try laptop.assistant().edit(shared, [Assignment("mo.name", .text(name))])
    }
    try edit(laptop, "李四")
    let backup = try laptop.copied()
    try edit(laptop, "王五")
    try revoke()
    XCTAssertEqual(problem { try laptop.sync() }?.code, "device.revoked")
    // The laptop is lost; its backup goes on, and does not know of the second edit.
    XCTAssertEqual(problem { try backup.sync() }?.code, "device.revoked")
    try enroll(backup)
    try backup.sync()
    let entry = try XCTUnwrap(try reviews(.open).first)
    _ = try village.bench.service.admit(entry.id, actor: "test")
    XCTAssertEqual(try state().conflicts, [], "whoever wrote the second had seen the first")
    XCTAssertEqual(try state().value("mo.name"), "王五")
    try assertSound(backup)
  }

  func testWorkThatCameAfterAllIsNotTakenAgain() throws {
    let backup = try laptop.copied()
    for number in 1...3 { _ = try backup.assistant().note(shared, "第\(number)条") }
    let twin = try backup.copied(as: "twin")
    _ = try twin.assistant().note(shared, "双胞胎的")
    _ = try backup.assistant().note(shared, "真的")
    try backup.sync()
    // Told of the fork before it had offered everything, and cut off.
    let cut = twin.assistant()
    cut.line = { address, _ in
      BadLine(HTTPLine(address: address)) { _, _ in .refusal(Problem(.syncForked)) }
    }
    XCTAssertEqual(problem { _ = try cut.sync { _ in } }?.code, "sync.forked")
    try enroll(twin)
    XCTAssertEqual(try twin.sync()["refused"], 0, "three of them are here already")
    XCTAssertEqual(try state().timeline.count { $0.code == Disposition.remintedCode }, 3)
    XCTAssertEqual(try state().notes.map(\.text), ["第1条", "第2条", "第3条", "真的", "双胞胎的"])
    try assertSound(backup, twin)
  }

  /// Both copies open it anew; only one beginning stands, and what only the other copy has must be taken in there.
  func testWhatOnlyACopyWroteInANewApplicationIsTakenInToTheOneThatStands() throws {
    let made = try laptop.assistant().new(try village.document(submit: false))
    let id = try XCTUnwrap(made["id"]?.text)
    let code = try XCTUnwrap(made["code"]?.text)
    let twin = try laptop.copied()
    _ = try twin.assistant().edit(id, [Assignment("mo.name", .text("李四"))])
    _ = try twin.assistant().edit(id, [Assignment("mo.name", .text("王五"))])
    let file = village.bench.folder + "/scan"
    try Data("扫描件".utf8).write(to: URL(fileURLWithPath: file))
    _ = try twin.assistant().attach(id, material: "m02", files: [file])
    _ = try twin.assistant().submit(id, deferring: [])
    try revoke()
    for each in [laptop!, twin] {
      XCTAssertEqual(problem { try each.sync() }?.code, "device.revoked")
      try enroll(each)
      try each.sync()
    }
    try assertSound(laptop, twin)
    XCTAssertEqual(try laptop.assistant().todo().filter { $0["kind"] == "refused" }, [], "the other's wrote it")
    XCTAssertEqual(try twin.assistant().todo().count { $0["kind"] == "refused" }, 4, "its author is told")
    for each in [laptop!, twin] {
      XCTAssertEqual(
        try each.assistant().list(status: nil, text: nil, limit: 10).count { $0["code"] == .text(code) }, 1)
    }
    let entries = try village.bench.service.trayItems(limit: 10).compactMap { $0["id"]?.text }
    XCTAssertEqual(entries.count, 4, "and so is the county")
    XCTAssertEqual(
      problem { _ = try village.bench.service.admit(entries[1], actor: "test") }?.code, "tray.earlier-open")
    for entry in entries { _ = try village.bench.service.admit(entry, actor: "test") }
    for _ in 0..<2 { try assertSound(twin, laptop) }
    XCTAssertEqual(try village.bench.service.trayItems(limit: 10), [])
    for each in [laptop!, twin] {
      let shown = try each.assistant().show(code)
      XCTAssertEqual(shown["status"], "submitted")
      XCTAssertEqual(shown["fields"]?["mo.name"], "王五")
      XCTAssertEqual(shown["conflicts"], [], "the copy had seen what it changed")
      XCTAssertEqual(shown["materials"]?["m02"]?.array?.count, 1)
      XCTAssertFalse(try each.assistant().todo().contains { ["refused", "attachment", "tray"].contains($0["kind"]) })
      XCTAssertFalse(
        shown["proceedings"]?.array?.contains { $0["status"] == "awaitingAttachments" } ?? true, "the file has come")
    }
  }

  /// The revoked laptop sends the files of what lies in the tray; under its new identity the window waits for them.
  func testAFileThatWasSentUnderAnEndedIdentityArrivesUnderTheNewOne() throws {
    let made = try laptop.assistant().new(try village.document(submit: false))
    let id = try XCTUnwrap(made["id"]?.text)
    let file = village.bench.folder + "/scan"
    try Data("扫描件".utf8).write(to: URL(fileURLWithPath: file))
    _ = try laptop.assistant().attach(id, material: "m02", files: [file])
    _ = try laptop.assistant().submit(id, deferring: [])
    try revoke()
    XCTAssertEqual(problem { try laptop.sync() }?.code, "device.revoked")
    try enroll(laptop)
    for _ in 0..<2 { XCTAssertEqual(try laptop.sync()["attachmentBytes"], 0, "it need not be sent again") }
    let shown = try laptop.assistant().show(try XCTUnwrap(made["code"]?.text))
    XCTAssertEqual(shown["status"], "submitted")
    XCTAssertFalse(shown["proceedings"]?.array?.contains { $0["status"] == "awaitingAttachments" } ?? true)
    XCTAssertFalse(try laptop.assistant().todo().contains { $0["kind"] == "attachment" })
    try assertSound(laptop)
  }

  func testAPurgeErasesWhatACopyHasOpenedAnew() throws {
    let made = try laptop.assistant().new(try village.document(submit: false))
    let id = try XCTUnwrap(made["id"]?.text)
    let twin = try laptop.copied()
    _ = try twin.assistant().note(id, "只在一份里")
    try revoke()
    for each in [laptop!, twin] {
      XCTAssertEqual(problem { try each.sync() }?.code, "device.revoked")
      try enroll(each)
      try each.sync()
    }
    let inEffect = try XCTUnwrap(
      try laptop.assistant().list(status: nil, text: nil, limit: 10).first { $0["code"] == made["code"] }?["id"]?.text)
    let purged = try village.bench.service.purge(
      inEffect, why: "本人要求", evenLive: true, from: village.blobs, actor: "test")
    XCTAssertEqual(purged.operations, 5, "what both have, twice, and the copy's note")
    try assertSound(laptop, twin)
    let left = try village.bench.journal.read { reader throws(Problem) in
      try reader.operations(after: 0, limit: 100).map(\.operation).filter { !$0.isErased }
    }
    XCTAssertEqual(
      left.filter { $0.header.application.text != shared }.map(\.header.kind), [.purge, .purge], "two tombstones")
    let erased = Set(left.map(\.header.application)).subtracting([ApplicationID(shared)]).sorted()
    for each in [laptop!, twin] {
      var kept: [OperationID] = []
      for application in erased {
        let operations = try each.assistant().store().read { session throws(Problem) in
          try session.operations(of: application).map(\.operation)
        }
        kept += operations.filter { !$0.isErased && $0.header.kind != .purge }.map(\.id)
      }
      XCTAssertEqual(kept, [], "nor on a laptop")
    }
  }

  func testWhatWasSetAsideAfterAPurgeGoesFromItsAuthorToo() throws {
    let colleague = try village.laptop()
    try colleague.sync()
    _ = try colleague.assistant().note(shared, "路上写的")
    let file = village.bench.folder + "/late"
    try Data("迟到的".utf8).write(to: URL(fileURLWithPath: file))
    _ = try colleague.assistant().attach(shared, material: "m02", files: [file])
    _ = try village.bench.service.purge(shared, why: "本人要求", evenLive: true, from: village.blobs, actor: "test")
    try colleague.sync()
    func kept() throws -> (contents: Int, files: [String]) {
      let operations = try colleague.assistant().store().read { session throws(Problem) in
        try session.operations(of: ApplicationID(shared)).map(\.operation)
      }
      return (
        operations.count { !$0.isErased && $0.header.kind != .purge },
        try FileManager.default.contentsOfDirectory(atPath: colleague.home + "/attachments")
      )
    }
    XCTAssertEqual(try kept().contents, 2, "until a person has decided")
    XCTAssertEqual(try kept().files.count, 1)
    let entries = try village.bench.service.trayItems(limit: 10).compactMap { $0["id"]?.text }
    XCTAssertEqual(entries.count, 2)
    for entry in entries {
      _ = try village.bench.service.decline(entry, why: "已经清除", from: village.blobs, actor: "test")
    }
    try colleague.sync()
    XCTAssertEqual(try kept().contents, 0)
    XCTAssertEqual(try kept().files, [])
    try assertSound(colleague, laptop)
  }
}
