import Application
import Assistant
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// Forms that were published after the backup was made.
extension RestorationTests {
  /// A form with one more field, and an application that was captured with it and not sent.
  private func captureOnNewerForm() throws -> String {
    try publishNewerForm(village)
    try first.sync()
    var document = try village.document(submit: true)
    document["fields"]?["mo.extra"] = "新表单才有的"
    return try XCTUnwrap(try first.assistant().new(document)["id"]?.text)
  }

  private func publishNewerForm(_ village: Village) throws {
    try village.publish("qingjian-04") { matter in
      guard var field = matter.fields.first(where: { $0.id == "mo.name" }) else { return }
      (field.id, field.name, field.required, field.pattern) = ("mo.extra", "补充说明", false, nil)
      (field.role, field.element, field.requiredIf) = (nil, nil, nil)
      matter.fields.append(field)
    }
  }

  private func carryCatalogsOver(to restored: Village) throws -> [String] {
    let former = try village.bench.journal.read { reader throws(Problem) in try FormerCatalogs(reader) }
    return try restored.bench.journal.write { writer throws(Problem) in try former.carryOver(to: writer) }
  }

  func testWhatWasBegunOnAFormPublishedSinceIsJudgedByIt() throws {
    let backup = try backup()
    let id = try captureOnNewerForm()
    let restored = try restore(backup, [first])
    let inForce = try restored.bench.journal.read { reader throws(Problem) in try reader.catalogVersion() }
    XCTAssertEqual(try carryCatalogsOver(to: restored).count, 1)
    XCTAssertEqual(try carryCatalogsOver(to: restored), [], "once")
    XCTAssertEqual(
      try restored.bench.journal.read { reader throws(Problem) in try reader.catalogVersion() }, inForce,
      "a backup may be put back because of what was published")

    XCTAssertEqual(try first.sync()["refused"], 0)
    let state = try restored.bench.state(ApplicationID(id))
    XCTAssertEqual(state.value("mo.extra"), "新表单才有的")
    XCTAssertEqual(state.versions.count, 1)
    XCTAssertTrue(state.proceedings.contains { $0.status == .dispatched })
    XCTAssertTrue(state.proceedings.contains { $0.fields.contains("mo.extra") }, "the window gets the new field")
    try restored.checkAgreement(first)
    // The laptop has the catalogue in force again, and its application goes on with its own form.
    XCTAssertEqual(try first.assistant().show(id)["fields"]?["mo.extra"], "新表单才有的")
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  /// The disk is gone, and with it the catalogue: nothing is refused by a form that it was not captured with.
  func testWhatWasBegunOnAFormThatIsLostWaitsUntilItIsPublishedAgain() throws {
    let backup = try backup()
    let id = try captureOnNewerForm()
    let restored = try restore(backup, [first, second])
    XCTAssertEqual(try first.sync()["refused"], 0)
    XCTAssertNil(try restored.bench.find(ApplicationID(id)))
    let lines = try restored.bench.service.trayItems(limit: 10)
    XCTAssertEqual(lines.filter { $0["code"] == "form.unknown" }.map { $0["operation"] }, ["create"])
    XCTAssertTrue(lines.allSatisfy { $0["kind"] == "waiting" }, "\(lines)")
    let opening = try XCTUnwrap(lines.first { $0["code"] == "form.unknown" }?["id"]?.text)
    XCTAssertEqual(try restored.bench.service.trayItem(opening)["code"], "form.unknown")
    XCTAssertEqual(
      restored.bench.refusal { _ = try restored.bench.service.admit(opening, actor: "test") }?.code, "tray.refused",
      "by the form in force it cannot be judged either")
    let known = try first.assistant().tray()
    XCTAssertEqual(known.first { $0["operation"]?.text == opening }?["reason"], "form.unknown", "\(known)")
    XCTAssertEqual(try restored.bench.service.judgeWaiting(), 0, "it is not there yet")

    try publishNewerForm(restored)
    XCTAssertEqual(try restored.bench.service.judgeWaiting(), lines.count)
    for laptop in [first, second].compactMap(\.self) { try laptop.sync() }
    let state = try restored.bench.state(ApplicationID(id))
    XCTAssertEqual(state.value("mo.extra"), "新表单才有的")
    XCTAssertEqual(state.versions.count, 1)
    XCTAssertTrue(state.proceedings.contains { $0.status == .dispatched })
    XCTAssertEqual(try restored.bench.service.trayItems(limit: 10), [])
    XCTAssertEqual(try first.assistant().show(id)["sync"], "synced")
    for laptop in [first, second].compactMap(\.self) { try restored.checkAgreement(laptop) }
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  /// Its laptop was moved while it waited: what it had sent before belongs to the station it was captured at.
  func testWhatWaitsForItsFormStaysWithItsStationThoughTheLaptopMoves() throws {
    let backup = try backup()
    let id = try captureOnNewerForm()
    let restored = try restore(backup, [first])
    try first.sync()
    try move(first, 1, in: restored)
    try publishNewerForm(restored)
    XCTAssertGreaterThan(try restored.bench.service.judgeWaiting(), 0)
    let state = try restored.bench.state(ApplicationID(id))
    XCTAssertEqual(state.station, restored.bench.stations[0].id)
    XCTAssertEqual(state.versions.count, 1, "it was handed in")
    XCTAssertEqual(try restored.bench.service.trayItems(limit: 10), [])
    try first.sync()
    XCTAssertEqual(try restored.bench.service.verify().problems, [])
  }

  /// What the county has and cannot judge yet was sent in time: nobody is told to hurry.
  func testWhatWaitsForItsFormIsNotToBeSyncedAnyMore() throws {
    try village.bench.setLevel("receive")
    first = try village.laptop()
    let backup = try backup()
    let id = try captureOnNewerForm()
    func kinds() throws -> [String] { try first.assistant().todo().compactMap { $0["kind"]?.text } }
    XCTAssertTrue(try first.assistant().todo().contains { $0["kind"] == "sync" && $0["id"]?.text == id })
    let restored = try restore(backup, [first])
    try first.sync()
    XCTAssertEqual(try kinds(), ["waiting"])
    XCTAssertEqual(try restored.bench.service.trayItems(limit: 10).first?["code"], "form.unknown")
  }

  /// Where no backup was put back, a form that nobody published is no form to wait for.
  func testWithoutABackupPutBackNothingWaitsForAForm() throws {
    let matter = try village.bench.matter("qingjian-04")
    let device = try village.bench.device()
    let id = device.create(matter, overriding: [Register.form: ["version": 99]])
    try device.sync()
    XCTAssertEqual(try village.bench.service.trayItems(limit: 10).filter { $0["kind"] == "waiting" }, [])
    XCTAssertNotNil(try village.bench.find(id))
  }
}
