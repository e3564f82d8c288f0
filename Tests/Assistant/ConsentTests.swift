import Application
import Assistant
import CaptureStore
import Casework
import Catalog
import FoundationEssentials
import Foundations
import Replication
import TestSupport
import XCTest

/// A draft without consent stays on its device; `consent` lets it go; `withdraw` removes it.
final class ConsentTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  private func document(submit: Bool = false) throws -> Value {
    var document = try village.document(submit: submit)
    document["consent"] = false
    return document
  }

  private func held() throws -> String {
    let made = try laptop.assistant().new(try document())
    XCTAssertEqual(made["held"], true)
    return try XCTUnwrap(made["id"]?.text)
  }

  private func file(_ text: String, _ name: String = "scan.txt") throws -> String {
    let path = village.bench.folder + "/" + name
    XCTAssertTrue(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
    return path
  }

  // MARK: Before the consent

  func testAHeldDraftIsWorkedOnLikeAnyOther() throws {
    let id = try held()
    let assistant = laptop.assistant()
    _ = try assistant.edit(id, [Assignment("nb.name", .text("张小满")), Assignment("applicant.phone", .clear)])
    _ = try assistant.note(id, "还要问过本人")
    _ = try assistant.attach(id, material: "m02", files: [try file("扫描件")])
    _ = try assistant.attachPaper(id, material: "m02", originals: 1, copies: 2)
    let shown = try assistant.show(id)
    XCTAssertEqual(shown["fields"]?["nb.name"], "张小满")
    XCTAssertEqual(shown["notes"]?.array?.first?["text"], "还要问过本人")
    XCTAssertEqual(shown["materials"]?["m02"]?.array?.count, 2)
    XCTAssertEqual(shown["sync"], "pending")
    XCTAssertEqual(shown["held"], true)
    XCTAssertEqual(shown["consent"]?["given"], false)
    XCTAssertEqual(shown["status"], "draft")
    let code = try XCTUnwrap(shown["code"]?.text)
    XCTAssertEqual(try assistant.show(code)["id"], .text(id))
    for text in ["张三丰", "988X", code] {
      let listed = try assistant.list(status: "draft", text: text, limit: 5)
      XCTAssertEqual(listed.map { $0["id"] }, [.text(id)], text)
      XCTAssertEqual(listed.first?["held"], true)
    }
    XCTAssertEqual(try assistant.list(status: nil, text: "13912345678", limit: 5), [], "cleared")
    XCTAssertEqual(try assistant.conflicts(id), [])
    XCTAssertEqual(problem { _ = try assistant.receipt(id) }?.code, "receipt.none")
    XCTAssertEqual(try assistant.todo().map { [$0["kind"], $0["id"]] }, [["consent", .text(id)]])
    XCTAssertEqual(try assistant.transfer(), [], "its papers travel nowhere")
    laptop.wait(seconds: 31 * 86_400)
    XCTAssertEqual(Set(try assistant.todo().map { $0["kind"] }), ["consent", "draft-old"])
  }

  func testNothingOfItIsSentAndOthersAreNotHeldUp() throws {
    let id = try held()
    _ = try laptop.assistant().attach(id, material: "m02", files: [try file("扫描件")])
    let station = village.bench.stations[1].id.text
    XCTAssertEqual(problem { _ = try self.laptop.assistant().share(id, with: station) }?.code, "consent.missing")
    XCTAssertEqual(problem { _ = try self.laptop.assistant().submit(id, deferring: []) }?.code, "submit.consent")
    XCTAssertEqual(
      problem { _ = try self.laptop.assistant().new(try self.document(submit: true)) }?.code, "submit.consent")
    let first = try laptop.sync()
    for (name, count): (String, Value) in [
      ("pushed", 0), ("attachmentBytes", 0), ("requests", 1), ("upToDate", true), ("held", 1),
    ] { XCTAssertEqual(first[name], count, name) }
    let other = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)
    _ = try laptop.assistant().edit(id, [Assignment("nb.name", .text("张小满"))])
    XCTAssertGreaterThan(try XCTUnwrap(try laptop.sync()["pushed"]?.integer), 1)
    try laptop.sync()
    XCTAssertNil(try village.bench.find(ApplicationID(id)))
    XCTAssertEqual(try village.bench.state(ApplicationID(other)).status, .submitted)
    let proof = try laptop.assistant().prove()
    XCTAssertEqual(
      proof, ["applications": 1, "match": 1, "differ": [], "behind": 0, "unsent": 0, "held": 1])
    let health = try laptop.assistant().doctor()
    for (name, count): (String, Value) in [("ok", true), ("unsent", 0), ("held", 1), ("attachments", 0)] {
      XCTAssertEqual(health[name], count, name)
    }
    XCTAssertFalse(try laptop.assistant().todo().contains { $0["kind"] == "sync" })
  }

  // MARK: Consent

  func testConsentLetsTheDraftGoUnderItsIdAndCode() throws {
    let made = try laptop.assistant().new(try document())
    let id = try XCTUnwrap(made["id"]?.text)
    _ = try laptop.assistant().attach(id, material: "m02", files: [try file("扫描件")])
    laptop.wait(seconds: 3600)
    _ = try laptop.assistant().addPerson(name: "刘志愿")
    _ = try laptop.assistant().switchPerson(name: "刘志愿")
    let answer = try laptop.assistant().consent(id)
    XCTAssertEqual(
      answer,
      [
        "id": made["id"] ?? .null, "code": made["code"] ?? .null, "given": true, "at": "2026-11-23T10:00:00+08:00",
        "recorded": true,
      ])
    let shown = try laptop.assistant().show(id)
    XCTAssertEqual(shown["consent"], ["given": true, "at": "2026-11-23T10:00:00+08:00", "by": "刘志愿"])
    XCTAssertEqual(shown["held"], false)
    XCTAssertEqual(shown["code"], made["code"])
    XCTAssertEqual(shown["createdAt"], "2026-11-23T09:00:00+08:00")
    XCTAssertEqual(shown["timeline"]?.array?.first?["by"], "王帮办")
    XCTAssertEqual(try laptop.assistant().todo().map { $0["kind"] }, ["sync", "sync"], "and its file")
    XCTAssertEqual(try laptop.assistant().submit(id, deferring: [])["version"], 1)
    let summary = try laptop.sync()
    XCTAssertEqual(summary["refused"], 0)
    XCTAssertEqual(summary["attachmentBytes"], .integer(Int64("扫描件".utf8.count)))
    XCTAssertEqual(summary["held"], 0)
    try laptop.sync()
    let colleague = try village.laptop()
    try colleague.sync()
    for each in [laptop!, colleague] {
      XCTAssertEqual(try each.assistant().show(id)["status"], "submitted")
      XCTAssertEqual(try each.assistant().show(id)["code"], made["code"])
      XCTAssertEqual(try each.assistant().prove()["differ"], [])
      XCTAssertEqual(try each.assistant().doctor()["ok"], true)
    }
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }

  func testConsentIsRecordedOnce() throws {
    let ids = try [held(), XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)]
    let first = try laptop.assistant().consent(ids[0])
    let before = try ids.map { try laptop.assistant().show($0) }
    let unsent = try laptop.assistant().doctor()["unsent"]
    laptop.wait(seconds: 60)
    for (id, shown) in zip(ids, before) {
      let again = try laptop.assistant().consent(id)
      XCTAssertEqual(again["recorded"], false)
      XCTAssertEqual(again["given"], true)
      XCTAssertEqual(again["at"], shown["consent"]?["at"])
      XCTAssertEqual(try laptop.assistant().show(id), shown)
    }
    XCTAssertEqual(first["at"], before[0]["consent"]?["at"])
    XCTAssertEqual(try laptop.assistant().doctor()["unsent"], unsent)
  }

  func testConsentCoversTheSensitiveFieldsThatAreThereByThen() throws {
    let matter = try village.bench.matter("qingjian-04")
    let sensitive = matter.fields.filter { $0.sensitive && $0.group == nil }
    XCTAssertGreaterThan(sensitive.count, 1)
    let id = try XCTUnwrap(
      try laptop.assistant().new(["matter": "qingjian-04", "consent": false, "submit": false])["id"]?.text)
    _ = try laptop.assistant().edit(id, [Assignment(sensitive[1].id, .value(sensitive[1].example))])
    _ = try laptop.assistant().consent(id)
    try laptop.sync()
    let consent = try village.bench.state(ApplicationID(id)).consent
    XCTAssertEqual(consent["sensitive"], [.text(sensitive[1].id)])
    XCTAssertEqual(consent["given"], true)
  }

  func testADraftOfAMatterThatIsGoneIsStillFinishedOnItsForm() throws {
    let id = try held()
    let assistant = laptop.assistant()
    try assistant.store().change { session throws(Problem) in
      try session.takeCatalog(["version": "v9", "removed": ["qingjian-04"]])
    }
    XCTAssertEqual(problem { _ = try assistant.new(try village.document(submit: false)) }?.code, "matter.unknown")
    XCTAssertEqual(try assistant.show(id)["held"], true)
    XCTAssertEqual(try assistant.consent(id)["recorded"], true, "the form it was begun on is kept")
    XCTAssertEqual(try assistant.show(id)["held"], false)
  }

  func testWhatAnOlderProgramSentWithoutConsentCannotBeMadeGood() throws {
    let older = try village.bench.device()
    let id = older.write(
      .create,
      [
        "matter": "qingjian-04", "matterVersion": 1, "code": "L-610830100201-01-20261123-0001-X",
        "station": .text(older.station.text), "consent": ["given": false], "set": [:],
      ])
    try older.sync()
    XCTAssertEqual(older.lastAnswer?.judgements[1]?.disposition, .refused("consent.missing"))
    try laptop.sync()
    XCTAssertEqual(problem { _ = try self.laptop.assistant().consent(id.text) }?.code, "consent.too-late")
    XCTAssertEqual(problem { _ = try self.laptop.assistant().submit(id.text, deferring: []) }?.code, "submit.consent")
    XCTAssertEqual(try laptop.assistant().show(id.text)["held"], false)
    XCTAssertNil(try laptop.assistant().withdraw(id.text, why: "没有征得同意")["removed"])
    XCTAssertEqual(try laptop.assistant().show(id.text)["status"], "withdrawn")
    try laptop.sync()
    XCTAssertEqual(try village.bench.state(id).status, .withdrawn, "the county takes it, too")
    XCTAssertFalse(try laptop.assistant().todo().contains { $0["kind"] == "refused" })
    XCTAssertEqual(try laptop.assistant().prove()["differ"], [])
  }

  // MARK: No consent

  func testWithdrawingAHeldDraftRemovesItAndItsAttachments() throws {
    let id = try held()
    let other = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: false))["id"]?.text)
    let (own, common) = (try file("只有它有", "a.txt"), try file("两件都有", "b.txt"))
    _ = try laptop.assistant().attach(id, material: "m02", files: [own, common])
    _ = try laptop.assistant().attach(other, material: "m02", files: [common])
    XCTAssertEqual(problem { _ = try self.laptop.assistant().withdraw(id, why: " ") }?.code, "text.empty")
    let answer = try laptop.assistant().withdraw(id, why: "不同意")
    XCTAssertEqual(answer["removed"], true)
    XCTAssertEqual(answer["id"], .text(id))
    XCTAssertEqual(problem { _ = try self.laptop.assistant().show(id) }?.code, "application.not-found")
    XCTAssertEqual(try laptop.assistant().list(status: nil, text: nil, limit: 5).map { $0["id"] }, [.text(other)])
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: laptop.home + "/attachments").count, 1)
    let summary = try laptop.sync()
    XCTAssertEqual(summary["upToDate"], true)
    XCTAssertEqual(summary["attachmentBytes"], .integer(Int64("两件都有".utf8.count)))
    XCTAssertNil(try village.bench.find(ApplicationID(id)))
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
    XCTAssertNotEqual(try held(), id)
  }
}
