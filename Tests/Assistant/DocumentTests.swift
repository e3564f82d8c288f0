import Application
import Assistant
import CaptureStore
import Catalog
import FoundationEssentials
import Foundations
import TestSupport
import XCTest

/// `new --from`, `edit` and the rules of submission, on a store that never sees its server again.
final class DocumentTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  // MARK: Bad documents

  func testEachFaultIsNamedAndNothingIsSaved() throws {
    let assistant = laptop.assistant()
    let good = try village.document(submit: false)
    let faults: [(code: String, field: String?, change: (inout Value) -> Void)] = [
      ("document.key-unknown", "feilds", { $0["feilds"] = [:] }),
      ("document.key-missing", "matter", { $0["matter"] = nil }),
      ("matter.unknown", "matter", { $0["matter"] = "没有这件事" }),
      ("document.type", "matter", { $0["matter"] = 3 }),
      ("document.type", "fields", { $0["fields"] = [] }),
      ("document.type", "submit", { $0["submit"] = "yes" }),
      ("document.type", "consent", { $0["consent"] = 1 }),
      ("document.type", "items", { $0["items"] = "i01" }),
      ("item.unknown", "items", { $0["items"] = ["i01", "i99"] }),
      ("item.none", "items", { $0["items"] = [] }),
      ("field.unknown", "nb.nmae", { $0["fields"]?["nb.nmae"] = "x" }),
      ("field.type", "nb.weight", { $0["fields"]?["nb.weight"] = "三千克" }),
      ("field.option", "nb.sex", { $0["fields"]?["nb.sex"] = "x" }),
      ("field.id-number.checksum", "mo.idNo", { $0["fields"]?["mo.idNo"] = "610830199912319881" }),
      ("document.type", "applicant", { $0["applicant"] = "张三" }),
      ("document.key-unknown", "applicant.tel", { $0["applicant"]?["tel"] = "139" }),
      ("applicant.kind", "applicant.kind", { $0["applicant"]?["kind"] = "dog" }),
      ("field.name.format", "applicant.name", { $0["applicant"]?["name"] = "123" }),
      ("field.phone.format", "applicant.phone", { $0["applicant"]?["phone"] = "12" }),
      ("document.key-unknown", "agent.phone", { $0["agent"] = ["phone": "13912345678"] }),
      ("division.other-county", "division", { $0["division"] = "320830101201" }),
      ("field.division.format", "division", { $0["division"] = "61" }),
      ("division.unknown", "division", { $0["division"] = "610830999" }),
      ("division.unknown", "division", { $0["division"] = "610830999201" }),
      ("division.unknown", "mo.addr", { $0["fields"]?["mo.addr"]?["division"] = "610830999201" }),
      ("material.unknown", "materials.m99", { $0["materials"] = ["m99": ["a.jpg"]] }),
      ("attachment.unreadable", "materials.m04", { $0["materials"] = ["m04": ["/nonexistent/a.jpg"]] }),
      ("document.type", "materials.m04", { $0["materials"] = ["m04": []] }),
      ("material.count", "materials.m04", { $0["materials"] = ["m04": ["originals": 0, "copies": 0]] }),
      ("guide.question-unknown", "answers.q99", { $0["answers"] = ["q99": "是"] }),
      ("guide.answer-unknown", "answers.q1", { $0["answers"] = ["q1": "也许"] }),
    ]
    for (code, field, change) in faults {
      var document = good
      change(&document)
      let found = problem { _ = try assistant.new(document) }
      XCTAssertEqual(found?.code, code, field ?? "")
      XCTAssertEqual(found?.field, field, code)
      XCTAssertEqual(found?.kind.exit, .refused, code)
    }
    XCTAssertEqual(problem { _ = try assistant.new([]) }?.code, "document.type")
    XCTAssertEqual(try assistant.list(status: nil, text: nil, limit: 10), [])
  }

  func testAllFaultsOfADocumentAreToldAtOnce() throws {
    var document = try village.document(submit: true)
    document["nonsense"] = 1
    document["division"] = "320830"
    document["fields"]?["nb.weight"] = "x"
    document["fields"]?["unknown.field"] = "x"
    let found = try XCTUnwrap(problem { _ = try laptop.assistant().new(document) })
    let codes = Set(([found] + found.others).map(\.code))
    XCTAssertEqual(codes, ["document.key-unknown", "division.other-county", "field.type", "field.unknown"])
  }

  // MARK: Drafts and submission

  func testADraftTellsWhatIsMissingAndSubmitTellsTheSame() throws {
    let assistant = laptop.assistant()
    let made = try assistant.new(["matter": "qingjian-04", "submit": false, "applicant": ["name": "张三丰"]])
    let id = try XCTUnwrap(made["id"]?.text)
    let missing = try XCTUnwrap(made["missing"]?.array).compactMap(\.text)
    XCTAssertTrue(missing.contains("nb.name"))
    XCTAssertTrue(missing.contains("applicant.idNumber"))
    XCTAssertFalse(missing.contains("applicant.name"))
    let refused = try XCTUnwrap(problem { _ = try assistant.submit(id, deferring: []) })
    XCTAssertEqual(refused.code, "submit.missing")
    XCTAssertEqual(refused.others.compactMap(\.field), missing)
    XCTAssertEqual(try assistant.show(id)["version"], 0)
  }

  func testADocumentThatCannotBeSubmittedSavesNothing() throws {
    var document = try village.document(submit: true)
    document["fields"]?["nb.name"] = nil
    XCTAssertEqual(problem { _ = try laptop.assistant().new(document) }?.code, "submit.missing")
    document = try village.document(submit: true)
    document["consent"] = false
    XCTAssertEqual(problem { _ = try laptop.assistant().new(document) }?.code, "submit.consent")
    XCTAssertEqual(try laptop.assistant().list(status: nil, text: nil, limit: 10), [])
  }

  func testARequiredMaterialMustBeThereOrPutOff() throws {
    let assistant = laptop.assistant()
    let matter = try village.bench.matter("qingjian-04")
    var document = try village.document(submit: false)
    document["items"] = ["i01"]
    document["materials"] = nil
    let id = try XCTUnwrap(try assistant.new(document)["id"]?.text)
    let refused = problem { _ = try assistant.submit(id, deferring: []) }
    XCTAssertEqual(refused?.code, "submit.material")
    XCTAssertEqual(refused?.others.compactMap(\.field), ["materials.m04"])
    XCTAssertEqual(matter.materials.first { $0.id == "m04" }?.deferrable, false)
    XCTAssertEqual(
      problem { _ = try assistant.submit(id, deferring: ["m04"]) }?.code, "submit.not-deferrable")
    _ = try assistant.attachPaper(id, material: "m04", originals: 1, copies: 0)
    let others = matter.materials.filter { !$0.items.isEmpty && !$0.items.contains(ItemID("i01")) }
    if let needless = others.first(where: { $0.deferrable && !$0.main }) {
      XCTAssertEqual(
        problem { _ = try assistant.submit(id, deferring: [needless.id]) }?.code, "submit.defer-not-needed")
    }
    XCTAssertEqual(try assistant.submit(id, deferring: ["m02"])["version"], 1)
    XCTAssertTrue(try assistant.todo().contains { $0["kind"] == "deferred" && $0["id"] == .text(id) })
    XCTAssertEqual(try assistant.transfer().first?["applicant"], "张*丰")
    _ = try assistant.attachPaper(id, material: "m02", originals: 0, copies: 1)
    let attached = try XCTUnwrap(try assistant.todo().first { $0["kind"] == "deferred" }?["text"]?.text)
    XCTAssertTrue(attached.contains("已附上，还没有传到县里，请同步"), attached)
    try laptop.sync()
    XCTAssertFalse(try assistant.todo().contains { $0["kind"] == "deferred" })
  }

  func testEveryMattersExamplesSubmit() throws {
    let assistant = laptop.assistant()
    for matter in village.bench.matters {
      let document = try village.document(matter.id.text, submit: true)
      let found = problem { _ = try assistant.new(document) }
      XCTAssertNil(found, "\(matter.id): \(found?.code ?? "") \(found?.message ?? "")")
    }
  }

  func testSerialsAreNumberedByDay() throws {
    let assistant = laptop.assistant()
    let code = { try XCTUnwrap(try assistant.openDraft(matter: "qingjian-04", division: nil)["code"]?.text) }
    let first = try code()
    XCTAssertTrue(first.contains("-20261123-0001-"), first)
    XCTAssertTrue(try code().contains("-0002-"))
    laptop.wait(seconds: 86_400)
    XCTAssertTrue(try code().contains("-20261124-0001-"))
    XCTAssertEqual(try LocalNumber(first).text, first)
  }

  func testWhatCannotBeSeenFillsInNothing() throws {
    let assistant = laptop.assistant()
    for nothing in ["\u{200B}", "\u{2060}\u{AD}", "\u{3164}", "\u{2800}"] {
      var document = try village.document(submit: true)
      document["fields"]?["nb.name"] = .text(nothing)
      let refused = problem { _ = try assistant.new(document) }
      XCTAssertEqual(refused?.code, "submit.missing")
      XCTAssertEqual(refused?.others.map(\.field), ["nb.name"])
      document = try village.document(submit: true)
      document["fields"]?["mo.addr"]?["detail"] = .text(nothing)
      XCTAssertEqual(problem { _ = try assistant.new(document) }?.code, "field.required")
    }
    XCTAssertEqual(try assistant.list(status: nil, text: nil, limit: 10), [])
  }

  // MARK: Edits

  func testAPlaceOfTheOwnCountyMustExistAndOneElsewhereNeedNot() throws {
    let assistant = laptop.assistant()
    let id = try XCTUnwrap(try assistant.new(try village.document(submit: false))["id"]?.text)
    func code(_ field: String, _ text: String) -> String? {
      problem { _ = try assistant.edit(id, [Assignment(field, .text(text))]) }?.code
    }
    XCTAssertEqual(code("division", "610830999"), "division.unknown")
    XCTAssertEqual(code("division", "610830999201"), "division.unknown")
    XCTAssertEqual(code("mo.addr", "610830999201 一组"), "division.unknown")
    XCTAssertNil(code("division", "610830100"))
    XCTAssertNil(code("division", "610830"))
    XCTAssertNil(code("mo.addr", "320830999201 一组"), "people come from anywhere")
    XCTAssertNil(code("division", "610830100299"), "no villages of that town are known")
  }

  func testAFieldThatIsNamedTwiceIsRefused() throws {
    let assistant = laptop.assistant()
    let id = try XCTUnwrap(try assistant.new(try village.document(submit: false))["id"]?.text)
    let before = try assistant.show(id)["fields"]
    let name = try XCTUnwrap(try village.bench.matter("qingjian-04").fields.first { $0.id == "nb.name" }?.name)
    for second in ["nb.name", name] {
      let refused = problem {
        _ = try assistant.edit(id, [Assignment("nb.name", .text("甲")), Assignment(second, .text("乙"))])
      }
      XCTAssertEqual(refused?.code, "edit.twice")
      XCTAssertEqual(refused?.field, "nb.name")
    }
    XCTAssertEqual(
      problem {
        _ = try assistant.edit(
          id, [Assignment("applicant.phone", .clear), Assignment("applicant.phone", .text("13800000000"))])
      }?.code, "edit.twice")
    XCTAssertEqual(try assistant.show(id)["fields"], before)
    // Two parts of one thing are two fields.
    XCTAssertNoThrow(
      try assistant.edit(
        id, [Assignment("applicant.phone", .text("13800000000")), Assignment("applicant.name", .text("张三"))]))
  }

  func testAnEditChangesAllOrNothing() throws {
    let assistant = laptop.assistant()
    let id = try XCTUnwrap(try assistant.new(try village.document(submit: false))["id"]?.text)
    let before = try assistant.show(id)["fields"]
    let refused = try XCTUnwrap(
      problem {
        _ = try assistant.edit(
          id,
          [
            Assignment("nb.name", .text("新名")), Assignment("nb.weight", .text("重")),
            Assignment("no.such", .text("x")),
          ])
      })
    XCTAssertEqual(([refused] + refused.others).map(\.code), ["field.type", "field.unknown"])
    XCTAssertEqual(try assistant.show(id)["fields"], before)
    _ = try assistant.edit(id, [Assignment("nb.name", .text("新名")), Assignment("nb.weight", .value(3300))])
    XCTAssertEqual(try assistant.show(id)["fields"]?["nb.name"], "新名")
    _ = try assistant.edit(id, [Assignment("nb.name", .clear), Assignment("applicant.phone", .text("13800000000"))])
    let after = try assistant.show(id)
    XCTAssertNil(after["fields"]?["nb.name"])
    XCTAssertEqual(after["applicant"]?["phone"], "13800000000")
    XCTAssertEqual(after["applicant"]?["name"], "张三丰", "the other parts stay")
    XCTAssertEqual(try assistant.list(status: "draft", text: "13800000000", limit: 5).count, 1)
  }

  func testAMemberOfAGroupKeepsTheOthers() throws {
    let found = village.bench.matters.compactMap { matter in
      matter.fields.first { $0.group != nil }.map { (matter, $0) }
    }.first
    let (matter, field) = try XCTUnwrap(found)
    let members = matter.fields.filter { $0.group == field.group }
    let assistant = laptop.assistant()
    let id = try XCTUnwrap(try assistant.openDraft(matter: matter.id.text, division: nil)["id"]?.text)
    for member in members { _ = try assistant.edit(id, [Assignment(member.id, .value(member.example))]) }
    let fields = try assistant.show(id)["fields"]
    for member in members { XCTAssertEqual(fields?[member.id], member.example, member.id) }
    _ = try assistant.edit(id, [Assignment(field.id, .clear)])
    XCTAssertNil(try assistant.show(id)["fields"]?[field.id])
    for member in members.dropFirst() { XCTAssertNotNil(try assistant.show(id)["fields"]?[member.id]) }
  }

  func testAnEditThatChangesNothingWritesNothing() throws {
    let assistant = laptop.assistant()
    let id = try XCTUnwrap(try assistant.new(try village.document(submit: false))["id"]?.text)
    let name = try XCTUnwrap(try assistant.show(id)["fields"]?["nb.name"]?.text)
    let before = try assistant.doctor()["unsent"]
    _ = try assistant.edit(id, [Assignment("nb.name", .text(name))])
    XCTAssertEqual(try assistant.doctor()["unsent"], before)
  }

  // MARK: Guidance and the rest

  func testAnswersDecideItemsMaterialsAndFields() throws {
    let assistant = laptop.assistant()
    let plain = try assistant.guide("qingjian-04", answers: [:])
    XCTAssertEqual(
      plain["questions"]?.array?.count, try village.bench.matter("qingjian-04").guidance.count { $0.when.isEmpty })
    let told = try assistant.guide("qingjian-04", answers: ["q1": "是", "q2": "已领取", "q5": "2", "q7": "是"])
    XCTAssertFalse(try XCTUnwrap(told["items"]?.array).contains { $0["id"] == "i01" })
    XCTAssertTrue(try XCTUnwrap(told["materials"]?.array).contains { $0["id"] == "m08" && $0["required"] == true })
    XCTAssertTrue(try XCTUnwrap(told["fields"]?.array).contains { $0["id"] == "nb.certNo" && $0["required"] == true })
    XCTAssertEqual(told["stops"]?.array?.count, 1)
    XCTAssertEqual(
      problem { _ = try assistant.guide("qingjian-04", answers: ["q1": "?"]) }?.code, "guide.answer-unknown")
  }

  func testPeopleShareADeviceAndEveryOperationCarriesOne() throws {
    let assistant = laptop.assistant()
    _ = try assistant.addPerson(name: "刘志愿")
    XCTAssertEqual(problem { _ = try assistant.addPerson(name: "刘志愿") }?.code, "person.exists")
    _ = try assistant.switchPerson(name: "刘志愿")
    let id = try XCTUnwrap(try assistant.openDraft(matter: "qingjian-04", division: nil)["id"]?.text)
    XCTAssertEqual(try assistant.show(id)["timeline"]?.array?.first?["by"], "刘志愿")
    _ = try assistant.switchPerson(name: "王帮办")
    _ = try assistant.note(id, "换人了")
    XCTAssertEqual(try assistant.show(id)["timeline"]?.array?.last?["by"], "王帮办")
    XCTAssertEqual(problem { _ = try assistant.switchPerson(name: "谁") }?.code, "person.unknown")
  }

  func testAReceiptShowsNoNumberWhole() throws {
    let assistant = laptop.assistant()
    let id = try XCTUnwrap(try assistant.new(try village.document(submit: true))["id"]?.text)
    let receipt = try assistant.receipt(id)
    let text = JSON.text(receipt)
    for secret in ["张三丰", "61083019991231988X", "13912345678"] { XCTAssertFalse(text.contains(secret)) }
    XCTAssertEqual(receipt["applicant"]?["name"], "张*丰")
    XCTAssertEqual(receipt["version"], 1)
    let draft = try XCTUnwrap(try assistant.openDraft(matter: "qingjian-04", division: nil)["id"]?.text)
    XCTAssertEqual(problem { _ = try assistant.receipt(draft) }?.code, "receipt.none")
  }

  func testOldDraftsAndUnsentWorkStandInToDo() throws {
    let assistant = laptop.assistant()
    _ = try assistant.openDraft(matter: "qingjian-04", division: nil)
    XCTAssertEqual(try assistant.todo().map { $0["kind"] }, ["sync"])
    laptop.wait(seconds: 31 * 86_400)
    XCTAssertEqual(Set(try assistant.todo().compactMap { $0["kind"]?.text }), ["sync", "draft-old"])
  }

  func testWorkdaysNeedNoStoreAndUseTheBuiltInCalendar() throws {
    let nowhere = Laptop(home: village.bench.folder + "/none", clock: village.bench.clock).assistant()
    for assistant in [nowhere, laptop.assistant()] {
      XCTAssertEqual(try assistant.workdays(.add(date: "2026-09-30", days: 1))["date"], "2026-10-08")
      XCTAssertEqual(try assistant.workdays(.isWorking("2026-10-10"))["workingDay"], true)
      XCTAssertEqual(try assistant.workdays(.between("2026-11-20", "2026-11-23"))["days"], 1)
      XCTAssertEqual(problem { _ = try assistant.workdays(.isWorking("2031-01-01")) }?.code, "calendar.missing")
      XCTAssertEqual(problem { _ = try assistant.workdays(.isWorking("gestern")) }?.code, "date.format")
      // Also where nothing is counted.
      for question: WorkdayQuestion in [
        .add(date: "2031-01-01", days: 0), .between("2031-01-01", "2031-01-01"),
      ] {
        XCTAssertEqual(problem { _ = try assistant.workdays(question) }?.code, "calendar.missing")
      }
      XCTAssertEqual(try assistant.workdays(.add(date: "2026-10-03", days: 0))["date"], "2026-10-03")
      XCTAssertEqual(try assistant.workdays(.between("2026-10-03", "2026-10-03"))["days"], 0)
    }
    XCTAssertEqual(nowhere.check(kind: "phone", value: "139 1234 5678")["valid"], true)
    XCTAssertEqual(nowhere.check(kind: "id-number", value: "610830199912319881")["valid"], false)
  }

  func testAWrongPassphraseAndNobodyToAsk() throws {
    let thief = Laptop(home: laptop.home, clock: village.bench.clock)
    thief.passphrase = "猜一个口令"
    XCTAssertEqual(problem { _ = try thief.assistant().todo() }?.code, "store.passphrase")
  }
}
