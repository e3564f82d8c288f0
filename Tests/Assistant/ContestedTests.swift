import Application
import Assistant
import Casework
import Catalog
import Foundations
import Replication
import TestSupport
import XCTest

/// What people do while different values stand side by side: nobody settles what they have not seen, and the values of
/// two people never mix.
final class ContestedTests: XCTestCase {
  private var village: Village!
  private var laptops: [Assistant] = []
  private static let (one, two) = ("610830199605209824", "610830199403129818")
  private let guardians: [Value] = [["g.name": "甲某", "g.idNo": .text(one)], ["g.name": "乙某", "g.idNo": .text(two)]]

  override func setUpWithError() throws {
    village = try Village()
    laptops = try village.open(2)
  }

  private var first: Assistant { laptops[0] }
  private var second: Assistant { laptops[1] }

  private func everybody() throws { try Village.everybody(laptops) }

  private func edit(_ laptop: Assistant, _ id: String, _ values: KeyValuePairs<String, Value>) throws {
    _ = try laptop.edit(id, values.map { Assignment($0.key, .value($0.value)) })
  }

  /// A draft with a group of fields that all laptops have.
  private func shared() throws -> String {
    let matter = try XCTUnwrap(
      village.bench.matters.first { matter in matter.fields.contains { $0.group == "guardian" } })
    let id = try XCTUnwrap(try first.openDraft(matter: matter.id.text, division: nil)["id"]?.text)
    try everybody()
    return id
  }

  /// The same, with two guardians and two applicants.
  private func contested() throws -> String {
    let id = try shared()
    try edit(first, id, ["guardian": guardians[0], "applicant.idNumber": .text(Self.one), "agent.name": "丙某"])
    try edit(second, id, ["guardian": guardians[1], "applicant.idNumber": .text(Self.two), "agent.name": "丁某"])
    try everybody()
    return id
  }

  private func conflicts(_ laptop: Assistant, _ id: String) throws -> [String] {
    try laptop.conflicts(id).compactMap { $0["field"]?.text }
  }

  private func candidates(_ laptop: Assistant, _ id: String, _ field: String) throws -> [Value] {
    let conflict = try laptop.conflicts(id).first { $0["field"]?.text == field }
    return (conflict?["candidates"]?.array ?? []).compactMap { $0["value"] }
  }

  private func token(_ laptop: Assistant, _ id: String, _ field: String) throws -> String {
    try XCTUnwrap(try laptop.conflicts(id).first { $0["field"]?.text == field }?["token"]?.text)
  }

  private func texts(_ laptop: Assistant, _ id: String, _ field: String) throws -> (name: Value?, texts: [String]) {
    let conflict = try laptop.conflicts(id).first { $0["field"]?.text == field }
    return (conflict?["name"], (conflict?["candidates"]?.array ?? []).compactMap { $0["text"]?.text })
  }

  private func checkAgreement(_ id: String, line: UInt = #line) throws {
    try everybody()
    let shown = try laptops.map { try $0.show(id) }
    for each in shown { XCTAssertEqual(each["fields"], shown[0]["fields"], line: line) }
    for laptop in laptops { XCTAssertEqual(try laptop.prove()["differ"], [], line: line) }
    XCTAssertEqual(try village.bench.service.verify().problems, [], line: line)
  }

  // MARK: As people read it

  func testConflictsAreNamedAndSaidAsPeopleReadThem() throws {
    let id = try contested()
    let form = try XCTUnwrap(try first.matter(try first.show(id)["matter"]?.text ?? "")).matter
    let choice = try XCTUnwrap(
      form.fields.first { field in field.type == .choice && field.group == nil && field.options.count > 1 })
    let options = choice.options.prefix(2)
    try edit(first, id, [choice.id: .text(options[0].value)])
    try edit(second, id, [choice.id: .text(options[1].value)])
    try everybody()
    let chosen = try texts(first, id, choice.id)
    XCTAssertEqual(chosen.name, .text(choice.name))
    XCTAssertEqual(Set(chosen.texts), Set(options.map(\.label)))
    let guardian = try texts(first, id, "guardian")
    let parts = form.fields.filter { $0.group == "guardian" }
    XCTAssertEqual(guardian.name, .text(parts.map(\.name).joined(separator: "、")))
    XCTAssertTrue(guardian.texts.contains { $0.contains("\(parts[0].name)：甲某") && $0.contains(Self.one) })
    let applicant = try texts(first, id, "applicant")
    XCTAssertEqual(applicant.name, "申请人")
    XCTAssertTrue(applicant.texts.contains { $0.contains("证件号码：\(Self.two)") }, "\(applicant.texts)")
    let shown = try first.show(id)["conflicts"]?.array?.map { $0["name"] }
    XCTAssertEqual(shown, try first.conflicts(id).map { $0["name"] })
    let refused = try XCTUnwrap(problem { _ = try first.submit(id, deferring: []) })
    XCTAssertEqual(refused.code, "submit.conflict")
    for part in ["\(choice.name)（\(choice.id)）", "申请人（applicant）"] {
      XCTAssertTrue(refused.message.contains(part), refused.message)
    }
    let settled = try first.resolve(id, field: choice.id, take: 1, value: nil)
    XCTAssertEqual(settled["code"], try first.show(id)["code"])
  }

  // MARK: Parts

  func testAPartOfWhatIsInConflictIsRefusedAndNothingOfThatEditIsSaved() throws {
    let id = try contested()
    let before = try second.show(id)
    XCTAssertEqual(try conflicts(second, id), ["guardian", "agent", "applicant"])
    for values: KeyValuePairs<String, Value> in [
      ["d.name": "李四", "applicant.phone": "13900000000", "g.name": "乙新", "g.rel": "1"],
      ["d.name": "李四", "g.name": "乙新"],
      ["d.name": "李四", "agent.relation": "子女"],
    ] {
      let refused = problem { try edit(second, id, values) }
      XCTAssertEqual(refused?.code, "edit.conflict")
      XCTAssertEqual(refused?.kind.exit, .refused)
      XCTAssertTrue(refused?.others.allSatisfy { $0.code == "edit.conflict" } ?? false)
    }
    let both = problem { try edit(second, id, ["applicant.phone": "13900000000", "g.name": "乙新", "g.rel": "1"]) }
    XCTAssertEqual(([both] + (both?.others ?? [])).map { $0?.field }, ["applicant", "guardian"], "each is told once")
    XCTAssertTrue(both?.message.contains("申请人（applicant）") ?? false)
    XCTAssertTrue(both?.others.first?.message.contains("监护人姓名") ?? false)
    XCTAssertEqual(try second.show(id), before, "nothing is saved")

    // Who gives the whole, or chooses, settles it.
    try edit(second, id, ["guardian": guardians[1], "g.name": "乙新", "agent": ["name": "丁某", "relation": "子女"]])
    XCTAssertEqual(try conflicts(second, id), ["applicant"])
    _ = try second.resolve(id, field: "applicant", take: 1, value: nil)
    try edit(second, id, ["applicant.phone": "13900000000"])
    XCTAssertEqual(try conflicts(second, id), [])
    let shown = try second.show(id)
    XCTAssertEqual(shown["fields"]?["g.name"], "乙新")
    XCTAssertEqual(shown["fields"]?["g.idNo"], .text(Self.two))
    try checkAgreement(id)
  }

  func testAPartGoesOnFromALateWriteThatIsShownAlone() throws {
    let id = try XCTUnwrap(try first.new(try village.document(submit: true))["id"]?.text)
    try everybody()
    try edit(first, id, ["applicant.phone": "13900000001"])
    try edit(first, id, ["applicant.name": "张三"])
    try everybody()
    let late = try XCTUnwrap(try village.bench.state(ApplicationID(id)).late.last)
    XCTAssertEqual(late.values[Register.applicant]?["phone"], "13900000001", "the earlier part is not taken back")
    XCTAssertEqual(late.values[Register.applicant]?["name"], "张三")
    try checkAgreement(id)
  }

  func testWhatIsMadeFromWhatIsShownSettlesNoChoiceOfItems() throws {
    let id = try XCTUnwrap(try first.openDraft(matter: "qingjian-04", division: nil)["id"]?.text)
    try everybody()
    let byHand = try village.bench.matter("qingjian-04").proceedingItems.prefix(1).map { Value.text($0.text) }
    try edit(first, id, ["answers.q1": "省外出生"])
    try edit(second, id, ["items": .array(byHand)])
    try everybody()
    let choices = try candidates(second, id, "items")
    XCTAssertEqual(choices.count, 2, "what follows from the answers stands first")
    try edit(second, id, ["answers.q1": "是"])
    XCTAssertEqual(try candidates(second, id, "items"), choices)
    try village.publish("qingjian-04") { $0.fields[0].hint = "新的提示" }
    try everybody()
    XCTAssertEqual(try second.rebase(id, applies: false)["applied"], false, "looking changes nothing")
    let refused = problem { _ = try second.rebase(id, applies: true) }
    XCTAssertEqual(refused?.code, "edit.conflict")
    XCTAssertEqual(refused?.field, "items")
    XCTAssertEqual(try candidates(second, id, "items"), choices)
    try checkAgreement(id)
  }

  func testWhatWasSaidEarlierSettlesNothing() throws {
    _ = try first.new(try motherDocument())
    let document = try motherDocument()
    let id = try XCTUnwrap(
      try first.new([
        "matter": "qingjian-04", "submit": false, "applicant": document["applicant"] ?? .null, "answers": ["q9": "母亲"],
      ])["id"]?.text)
    let known = try XCTUnwrap(try first.reusable(id).first { $0["field"]?.text?.hasPrefix("mo.") == true })
    let (field, value) = (try XCTUnwrap(known["field"]?.text), known["value"] ?? .null)
    try edit(first, id, [field: value])
    try everybody()
    XCTAssertEqual(try candidates(first, id, field), [])
    _ = try first.edit(id, [Assignment(field, .clear)])
    let matter = try village.bench.matter("qingjian-04")
    let other = try XCTUnwrap(matter.fields.first { $0.id == field }?.options.last?.value)
    try edit(second, id, [field: .text(other)])
    try everybody()
    XCTAssertEqual(try candidates(first, id, field), [.null, .text(other)], "nothing is shown")
    XCTAssertFalse(try first.reusable(id).contains { $0["field"]?.text == field })
    _ = try first.reuse(id)
    XCTAssertEqual(try candidates(first, id, field), [.null, .text(other)])
    try checkAgreement(id)
  }

  // MARK: The same thing under another name

  /// A document of the mother, who applies herself: what the form asks of her again is hers.
  private func motherDocument(_ who: String = "母亲") throws -> Value {
    var document = try village.document(submit: false)
    document["answers"] = ["q9": .text(who)]
    guard who == "母亲" else { return document }
    for field in ["mo.name", "mo.idNo", "mo.phone"] { document["fields"]?[field] = nil }
    return document
  }

  /// Her application, which two people changed in these two ways.
  private func motherContested(
    _ values: (KeyValuePairs<String, Value>, KeyValuePairs<String, Value>), who: String = "母亲"
  ) throws -> String {
    let id = try XCTUnwrap(try first.new(try motherDocument(who))["id"]?.text)
    try everybody()
    try edit(first, id, values.0)
    try edit(second, id, values.1)
    try everybody()
    return id
  }

  func testOneConflictUnderTwoNamesIsSettledOnce() throws {
    let id = try motherContested((["mo.name": "李四"], ["mo.name": "李斯"]))
    XCTAssertEqual(try conflicts(second, id), ["applicant", "mo.name"])
    try edit(second, id, ["mo.name": "李思"])
    XCTAssertEqual(try conflicts(second, id), [])
    let shown = try second.show(id)
    XCTAssertEqual(shown["applicant"]?["name"], "李思")
    XCTAssertEqual(shown["applicant"]?["phone"], "13912345678")
    try checkAgreement(id)
  }

  func testATwinThatDiffersInMoreIsNotSettledAlong() throws {
    let id = try motherContested(
      (["mo.name": "李四", "mo.phone": "13900000001"], ["mo.name": "李斯", "mo.phone": "13900000002"]))
    let before = try second.show(id)
    XCTAssertEqual(try conflicts(second, id), ["applicant", "mo.name", "mo.phone"])
    let refused = problem { try edit(second, id, ["mo.name": "李思"]) }
    XCTAssertEqual(refused?.code, "edit.conflict")
    XCTAssertEqual(refused?.field, "applicant", "whose telephones nobody has chosen between")
    XCTAssertEqual(try second.show(id), before)
    // What is about nothing of it is saved.
    try edit(second, id, ["hk.householder": "王一"])
    _ = try second.resolve(id, field: "mo.name", take: 2, value: nil)
    XCTAssertEqual(try conflicts(second, id), ["applicant", "mo.phone"], "it has a question of its own")
    XCTAssertEqual(try candidates(second, id, "applicant").count, 2)
    _ = try second.resolve(id, field: "applicant", take: 2, value: nil)
    XCTAssertEqual(try conflicts(second, id), [])
    let shown = try second.show(id)
    for (field, member) in [("mo.name", "name"), ("mo.phone", "phone")] {
      XCTAssertEqual(shown["fields"]?[field], shown["applicant"]?[member])
    }
    try checkAgreement(id)
  }

  func testAnEditOfAnotherPartLeavesAConflictOfATwinAlone() throws {
    let id = try motherContested((["mo.name": "李四"], ["mo.name": "李斯"]), who: "其他监护人")
    // It was the mother after all: from here on she is the applicant.
    try edit(second, id, ["answers.q9": "母亲"])
    XCTAssertEqual(try conflicts(second, id), ["mo.name"])
    try edit(second, id, ["applicant.phone": "13900000009"])
    XCTAssertEqual(Set(try candidates(second, id, "mo.name")), ["李四", "李斯"], "the name was not said again")
    let refused = problem { try edit(second, id, ["applicant.name": "张三"]) }
    XCTAssertEqual(refused?.code, "edit.conflict")
    XCTAssertEqual(refused?.field, "mo.name", "neither of her names stood in the applicant's")
    try edit(second, id, ["applicant.name": "张三", "mo.name": "张三"])
    XCTAssertEqual(try conflicts(second, id), [])
    try checkAgreement(id)
  }

  // MARK: What was seen

  func testWhatCameWhileAQuestionStoodIsKeptBesideItsAnswer() throws {
    let id = try shared()
    let asked = try first.openForm(id).sight
    try edit(second, id, ["d.name": "王五", "guardian": guardians[1]])
    try everybody()
    XCTAssertEqual(try first.show(id)["fields"]?["d.name"], "王五")
    let saved = try first.edit(id, [Assignment("d.name", .text("李四"))], seeing: asked)
    XCTAssertEqual(saved["conflicts"], ["d.name"])
    XCTAssertEqual(Set(try candidates(first, id, "d.name")), ["王五", "李四"])
    let part = try first.edit(id, [Assignment("g.name", .text("甲某"))], seeing: asked)
    XCTAssertEqual(part["conflicts"], ["guardian"])
    XCTAssertEqual(Set(try candidates(first, id, "guardian")), [guardians[1], ["g.name": "甲某"]], "nothing is mixed")
    let again = try first.openForm(id).sight
    XCTAssertEqual(again.conflicts, ["d.name", "guardian"])
    XCTAssertNil(
      try first.edit(id, [Assignment("d.name", .text("李四"))], seeing: again)["conflicts"], "both were seen now")
    try everybody()
    XCTAssertEqual(try conflicts(second, id), ["guardian"])
    try checkAgreement(id)
  }

  func testAnAnswerAboutWhatWasMintedAgainMeanwhileDoesNotWaitForWhatIsGone() throws {
    let matter = try XCTUnwrap(village.bench.matters.first { $0.fields.contains { $0.group == "guardian" } })
    let id = try XCTUnwrap(try first.openDraft(matter: matter.id.text, division: nil, consent: false)["id"]?.text)
    try edit(first, id, ["d.name": "王五"])
    let asked = try first.openForm(id).sight
    _ = try first.consent(id)
    _ = try first.edit(id, [Assignment("d.name", .text("李四"))], seeing: asked)
    try everybody()
    XCTAssertEqual(try first.show(id)["sync"], "synced")
    XCTAssertEqual(try first.show(id)["waiting"], 0)
    XCTAssertTrue(try second.show(id)["fields"]?["d.name"] != nil)
    XCTAssertEqual(try village.bench.service.trayItems(limit: 10), [])
    try checkAgreement(id)
  }

  func testATokenSettlesOnlyWhatWasListed() throws {
    laptops.append(try village.open())
    let id = try shared()
    try edit(laptops[2], id, ["d.name": "王五"])
    try edit(first, id, ["d.name": "李四"])
    try edit(second, id, ["d.name": "李斯"])
    for laptop in [first, second] { _ = try laptop.sync { _ in } }
    let listed = try token(second, id, "d.name")
    XCTAssertEqual(listed, try token(second, id, "d.name"), "as long as nothing comes it stays")
    _ = try laptops[2].sync { _ in }
    _ = try second.sync { _ in }
    XCTAssertEqual(try candidates(second, id, "d.name").count, 3)
    for take in [1, 2] {
      let refused = problem { _ = try second.resolve(id, field: "d.name", take: take, value: nil, of: listed) }
      XCTAssertEqual(refused?.code, "resolve.changed")
      XCTAssertEqual(refused?.kind.exit, .refused)
    }
    XCTAssertEqual(
      problem { _ = try second.resolve(id, field: "d.name", take: nil, value: "李思", of: listed) }?.code,
      "resolve.changed")
    XCTAssertEqual(try candidates(second, id, "d.name").count, 3, "nothing is settled")
    let fresh = try token(second, id, "d.name")
    _ = try second.resolve(id, field: "d.name", take: 2, value: nil, of: fresh)
    XCTAssertEqual(try conflicts(second, id), [])
    try checkAgreement(id)
  }
}
