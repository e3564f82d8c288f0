import Application
import Assistant
import CaptureStore
import Casework
import Cryptography
import FoundationEssentials
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

@testable import Catalog

/// One form asked once, mandates, what was said before, and a catalogue that changes under an open draft.
final class DomainTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  private func publish(_ id: String = "qingjian-04", _ change: (inout Matter) -> Void) throws {
    try village.publish(id, change)
    try laptop.sync()
  }

  private func document(submit: Bool = false, _ change: (inout Value) -> Void = { _ in }) throws -> Value {
    var document = try village.document(submit: submit)
    change(&document)
    return document
  }

  private func capture(_ document: Value) throws -> String {
    try XCTUnwrap(try laptop.assistant().new(document)["id"]?.text)
  }

  // MARK: One form

  func testTheMotherWhoAppliesIsTypedOnceAndStaysOneInEveryEdit() throws {
    try publish { matter in
      matter.guidance.append(
        Question(
          id: "who", text: "谁来申请",
          answers: [
            Answer(label: "母亲", effect: "母亲申请", sameRoles: ["mo": "applicant"]),
            Answer(label: "别人", effect: "别人申请"),
          ]))
    }
    let id = try capture(
      try document {
        $0["answers"] = ["who": "母亲"]
        for field in ["mo.name", "mo.idNo", "mo.phone"] { $0["fields"]?[field] = nil }
      })
    var shown = try laptop.assistant().show(id)
    XCTAssertEqual(shown["fields"]?["mo.name"], "张三丰")
    XCTAssertEqual(shown["fields"]?["mo.idNo"], "61083019991231988X")
    XCTAssertEqual(shown["fields"]?["mo.phone"], "13912345678")
    let open = try laptop.assistant().openForm(id)
    XCTAssertFalse(open.fields.contains { $0.id == "mo.name" }, "what is known is not asked")

    _ = try laptop.assistant().edit(id, [Assignment("mo.phone", .text("13900000055"))])
    shown = try laptop.assistant().show(id)
    XCTAssertEqual(shown["applicant"]?["phone"], "13900000055")
    _ = try laptop.assistant().edit(id, [Assignment("applicant.name", .text("张三"))])
    XCTAssertEqual(try laptop.assistant().show(id)["fields"]?["mo.name"], "张三")
    // Somebody else applies after all: what stands stays, and each is asked for by itself.
    _ = try laptop.assistant().edit(id, [Assignment("answers.who", .text("别人"))])
    _ = try laptop.assistant().edit(id, [Assignment("mo.name", .text("李秀英"))])
    XCTAssertEqual(try laptop.assistant().show(id)["applicant"]?["name"], "张三")
  }

  func testOneWordPutsRightEveryNameOfAThingThatACorrectionNames() throws {
    try publish { matter in
      matter.guidance.append(
        Question(
          id: "own", text: "谁来申请", answers: [Answer(label: "母亲", effect: "母亲申请", sameRoles: ["mo": "applicant"])]))
      for index in matter.materials.indices where ["m04", "m11"].contains(matter.materials[index].id) {
        matter.materials[index].type = "form"
        matter.materials[index].owner = "mo"
        matter.materials[index].items = []
      }
    }
    let assistant = laptop.assistant()
    let id = try capture(
      try document(submit: true) {
        $0["answers"] = ["own": "母亲"]
        for field in ["mo.name", "mo.idNo", "mo.phone"] { $0["fields"]?[field] = nil }
      })
    try laptop.sync()
    let proceeding = try XCTUnwrap(
      try village.bench.state(ApplicationID(id)).proceedings.first { $0.status == .dispatched })
    _ = try village.bench.service.act(
      proceeding.id,
      body: [
        "action": "correct", "version": .integer(proceeding.version), "until": "2026-12-20",
        "defects": [
          ["field": "mo.phone", "problem": "打不通", "remedy": "改成能打通的"],
          ["material": "m04", "problem": "不清楚", "remedy": "重拍"],
        ],
      ], actor: village.bench.actor(proceeding))
    try laptop.sync()
    XCTAssertNil(try assistant.edit(id, [Assignment("mo.phone", .text("13900000077"))])["late"])
    _ = try assistant.attachPaper(id, material: "m04", originals: 1, copies: 0)
    _ = try assistant.submit(id, deferring: [])
    XCTAssertEqual(try laptop.sync()["refused"], 0)
    let state = try village.bench.state(ApplicationID(id))
    XCTAssertEqual(state.versions.count, 2)
    XCTAssertEqual(state.late, [], "nothing of the answer came too late")
    XCTAssertEqual(state.value("mo.phone"), "13900000077")
    XCTAssertEqual(state.value(Register.applicant)?["phone"], "13900000077")
    XCTAssertEqual(state.materials.filter { $0.material == "m11" }.count, 2, "each window has the new paper")
  }

  func testW3WhatContradictsTheNumberIsRefusedAndFollowsTheNumber() throws {
    try publish { matter in
      matter.fields.append(
        Field(
          id: "mo.sex", name: "母亲性别", type: .choice, required: false, requiredWhen: nil, requiredIf: nil, min: nil,
          max: nil, maxLength: nil, pattern: nil,
          options: [Option(value: "1", label: "男"), Option(value: "2", label: "女")], items: [], role: nil,
          element: nil, group: nil, sensitive: false, example: "2", columns: [], hint: nil))
    }
    let assistant = laptop.assistant()
    XCTAssertEqual(
      problem { _ = try assistant.new(try document { $0["fields"]?["mo.sex"] = "1" }) }?.code, "field.contradicts-id")
    let id = try capture(try document())
    XCTAssertEqual(try assistant.show(id)["fields"]?["mo.sex"], "2", "from 610830199605209824")
    XCTAssertEqual(
      problem { _ = try assistant.edit(id, [Assignment("mo.sex", .text("1"))]) }?.code, "field.contradicts-id")
    _ = try assistant.edit(id, [Assignment("mo.idNo", .text("610830199403129818"))])
    XCTAssertEqual(try assistant.show(id)["fields"]?["mo.sex"], "1", "it follows the corrected number")
  }

  func testR021OnePaperIsAttachedOnceAndTravelsOnce() throws {
    try publish { matter in
      for index in matter.materials.indices where ["m04", "m11"].contains(matter.materials[index].id) {
        matter.materials[index].type = "form"
        matter.materials[index].owner = "mo"
        matter.materials[index].required = true
        matter.materials[index].source = .own
        matter.materials[index].items = []
      }
    }
    let id = try capture(try document { $0["materials"] = nil })
    let before = try laptop.assistant().openForm(id).materials.map(\.members)
    XCTAssertTrue(before.contains(["m04", "m11"]), "\(before)")
    _ = try laptop.assistant().attachPaper(id, material: "m04", originals: 1, copies: 0)
    XCTAssertFalse(try laptop.assistant().openForm(id).materials.contains { $0.members.contains("m11") })
    XCTAssertEqual(try laptop.assistant().transfer().filter { $0["id"]?.text == id }.count, 1)
    XCTAssertEqual(try laptop.assistant().show(id)["materials"]?["m11"]?.array?.count, 1, "each window finds it")
  }

  func testD01TheNoticeIsPrintedInLargeTypeWithNothingFetched() throws {
    let printed = try laptop.assistant().notice("qingjian-04", answers: [:])
    let (text, html) = (printed["text"]?.text ?? "", printed["html"]?.text ?? "")
    XCTAssertTrue(text.hasPrefix("一次性告知书\n"))
    for part in ["【要带的材料（每样只交一次）】", "【不用带的材料】", "【多久办好】", "【收费】", "待县里确认"] {
      XCTAssertTrue(text.contains(part), part)
    }
    XCTAssertTrue(html.hasPrefix("<!doctype html>"))
    for word in ["http:", "https:", "src=", "href=", "url("] { XCTAssertFalse(html.contains(word), word) }
    XCTAssertTrue(html.contains("<h2>"))
    XCTAssertEqual(
      problem { _ = try laptop.assistant().notice("qingjian-04", answers: ["q1": "也许"]) }?.code,
      "guide.answer-unknown")
  }

  // MARK: Mandate

  private let agent: Value = ["name": "李四", "idNumber": "610830196801019821", "relation": "邻居"]

  func testSection52AMandateHasScopeAndTerm() throws {
    func refusal(_ change: (inout Value) -> Void) -> String? {
      problem {
        _ = try laptop.assistant().new(
          try document {
            $0["agent"] = agent
            change(&$0)
          })
      }?.code
    }
    XCTAssertEqual(refusal { $0["mandate"] = ["items": ["i01"]] }, "mandate.scope")
    XCTAssertEqual(refusal { $0["mandate"] = ["until": "2028-01-01"] }, "mandate.term")
    XCTAssertEqual(refusal { $0["mandate"] = ["until": "2020-01-01"] }, "mandate.term")
    XCTAssertEqual(refusal { $0["mandate"] = ["scope": "all"] }, "document.key-unknown")
    XCTAssertEqual(refusal { $0["mandate"] = ["signed": "指印"] }, "document.type")
    XCTAssertEqual(
      problem { _ = try laptop.assistant().new(try document { $0["mandate"] = [:] }) }?.code, "mandate.agent")
    // Naming an agent vouches for the usual mandate; it goes along.
    let id = try capture(try document(submit: true) { $0["agent"] = agent })
    try laptop.sync()
    let state = try village.bench.state(ApplicationID(id))
    XCTAssertEqual(state.value(Register.mandate)?["items"], state.value(Register.items))
    XCTAssertNotNil(state.value(Register.mandate)?["until"]?.text)
  }

  func testSection52NobodyIsTheirOwnAgent() throws {
    let own = try XCTUnwrap(try document()["applicant"]?["idNumber"])
    let themselves: Value = ["name": "张三丰", "idNumber": own, "relation": "本人"]
    let refused = problem { _ = try laptop.assistant().new(try document { $0["agent"] = themselves }) }
    XCTAssertEqual(refused?.code, "agent.is-applicant")
    XCTAssertEqual(refused?.field, "agent.idNumber")
    let id = try capture(try document { $0["agent"] = agent })
    _ = try laptop.assistant().edit(id, [Assignment("agent.idNumber", .value(own))])
    XCTAssertEqual(problem { _ = try laptop.assistant().submit(id, deferring: []) }?.code, "agent.is-applicant")
  }

  func testSection52AnAgentIsNamedWithNumberAndRelationBeforeAnythingIsHandedIn() throws {
    let named: Value = ["name": "李四"]
    XCTAssertEqual(
      problem { _ = try laptop.assistant().new(try document(submit: true) { $0["agent"] = named }) }?.code,
      "submit.missing")
    let id = try capture(try document { $0["agent"] = named })
    XCTAssertEqual(try laptop.assistant().missing(id).map { $0["id"] }, ["agent.idNumber", "agent.relation"])
    let refused = problem { _ = try laptop.assistant().submit(id, deferring: []) }
    XCTAssertEqual(refused?.others.compactMap(\.field), ["agent.idNumber", "agent.relation"])
    XCTAssertEqual(refused?.message.contains("代办人证件号码"), true)
    let rest = [Assignment("agent.idNumber", .text("610830196801019821")), Assignment("agent.relation", .text("邻居"))]
    _ = try laptop.assistant().edit(id, rest)
    XCTAssertNoThrow(try laptop.assistant().submit(id, deferring: []))
  }

  func testSection52WhoeverNamesAnAgentByAnEditVouchesForTheUsualMandate() throws {
    let id = try capture(try document())
    _ = try laptop.assistant().edit(
      id, [Assignment("agent", .value(agent)), Assignment("mandate.signed", .text("fingerprint"))])
    try laptop.sync()
    let state = try village.bench.state(ApplicationID(id))
    let mandate = state.value(Register.mandate)
    XCTAssertEqual(mandate?["items"], state.value(Register.items))
    XCTAssertEqual(mandate?["signed"], "fingerprint")
    XCTAssertNotNil(mandate?["until"]?.text.flatMap { CivilDate($0) })
    // What was said of the term stays.
    _ = try laptop.assistant().edit(id, [Assignment("mandate.until", .text("2026-12-31"))])
    _ = try laptop.assistant().edit(id, [Assignment("agent.name", .text("李思"))])
    try laptop.sync()
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).value(Register.mandate)?["until"], "2026-12-31")
    // Another agent has not been given what the former one was.
    _ = try laptop.assistant().edit(id, [Assignment("mandate.receives", .text("true"))])
    let other: Value = ["name": "赵六", "idNumber": "610830199605209824", "relation": "儿媳"]
    _ = try laptop.assistant().edit(
      id, [Assignment("agent", .value(other)), Assignment("mandate.signed", .text("video"))])
    try laptop.sync()
    let given = try XCTUnwrap(try village.bench.state(ApplicationID(id)).value(Register.mandate))
    XCTAssertEqual(given["signed"], "video")
    XCTAssertNil(given["receives"])
    XCTAssertNotEqual(given["until"], "2026-12-31")
  }

  func testSection52WhatMustBeDoneInPersonIsRefusedForAnAgent() throws {
    try publish { matter in matter.items[0].agency = "no" }
    XCTAssertEqual(
      problem { _ = try laptop.assistant().new(try document { $0["agent"] = agent }) }?.code, "mandate.in-person")
    // Without an agent, or without that item, it is taken.
    XCTAssertNoThrow(try capture(try document(submit: true)))
    XCTAssertNoThrow(
      try capture(
        try document {
          $0["agent"] = agent
          $0["items"] = ["i02", "i03", "i04", "i05"]
        }))
  }

  func testSection52TheAgentsAccountReceivesNothing() throws {
    try publish { matter in
      matter.fields.append(
        Field(
          id: "pay.bankHolder", name: "户名", type: .text, required: false, requiredWhen: nil, requiredIf: nil, min: nil,
          max: nil, maxLength: 50, pattern: nil, options: [], items: [], role: nil, element: nil, group: nil,
          sensitive: true, example: "李秀英", columns: [], hint: nil))
    }
    let id = try capture(try document { $0["agent"] = agent })
    _ = try laptop.assistant().edit(id, [Assignment("pay.bankHolder", .text("李四"))])
    let refused = problem { _ = try laptop.assistant().submit(id, deferring: []) }
    XCTAssertEqual(refused?.code, "mandate.account")
    XCTAssertEqual(refused?.field, "pay.bankHolder")
    _ = try laptop.assistant().edit(id, [Assignment("pay.bankHolder", .text("张三丰"))])
    XCTAssertNoThrow(try laptop.assistant().submit(id, deferring: []))
  }

  func testSection52AChildHasAGuardian() throws {
    let child: Value = [
      "kind": "person", "name": "王小童", "idNumber": "320707202001019831", "phone": "13912345678",
    ]
    var foreign = child
    foreign["idNumber"] = "932840201106159817"
    for applicant in [child, foreign] {
      let id = try capture(try document { $0["applicant"] = applicant })
      XCTAssertEqual(
        problem { _ = try laptop.assistant().submit(id, deferring: []) }?.code, "mandate.guardian")
    }
    let id = try capture(try document { $0["applicant"] = child })
    _ = try laptop.assistant().edit(
      id,
      [
        Assignment("agent.name", .text("王建国")), Assignment("agent.relation", .text("父亲")),
        Assignment("agent.idNumber", .text("610830196801019821")),
      ])
    XCTAssertNoThrow(try laptop.assistant().submit(id, deferring: []))
  }

  // MARK: What was said before

  func testFactsAndPapersAreReusedWithTheirOrigin() throws {
    let assistant = laptop.assistant()
    let folder = FileManager.default.temporaryDirectory.path + "/bangban-reuse-\(UUID().uuidString).jpg"
    try Data([0xFF, 0xD8, 0xFF, 1, 2, 3]).write(to: URL(filePath: folder))
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for id in ["qingjian-04", "qingjian-12"] {
      try publish(id) { matter in
        matter.guidance.append(
          Question(
            id: "own", text: "为自己办吗",
            answers: [
              Answer(label: "是", effect: "本人", sameRoles: [id == "qingjian-12" ? "d" : "mo": "applicant"])
            ]))
        for index in matter.fields.indices where matter.fields[index].id == "mo.addr" {
          matter.fields[index].element = "liveAddr"
        }
        matter.materials[0].type = "id-card"
        matter.materials[0].owner = "applicant"
        matter.materials[0].source = .own
        matter.materials[0].shared = nil
        matter.materials[0].items = []
      }
    }
    XCTAssertEqual(
      problem { _ = try assistant.new(try document { $0["answers"] = ["own": "是"] }) }?.code, "field.disagrees",
      "the mother is said to apply, and has another number")
    let first = try capture(
      try document {
        $0["answers"] = ["own": "是"]
        for field in ["mo.name", "mo.idNo", "mo.phone"] { $0["fields"]?[field] = nil }
      })
    let old = try village.bench.matter("qingjian-04").materials[0].id
    _ = try assistant.attach(first, material: old, files: [folder])
    var second: Value = ["matter": "qingjian-12", "submit": false, "answers": ["own": "是"]]
    second["applicant"] = try document()["applicant"]
    let id = try capture(second)
    let known = try assistant.reusable(id)
    XCTAssertEqual(known.first { $0["field"] == "d.liveAddr" }?["value"]?["detail"], "幸福路12号")
    XCTAssertEqual(known.first { $0["field"] == "d.liveAddr" }?["from"], try assistant.show(first)["code"])
    XCTAssertEqual(known.filter { !($0["material"] ?? .null).isNull }.count, 1)
    XCTAssertFalse(known.contains { ($0["field"]?.text ?? "").hasPrefix("d.c") }, "nothing sensitive")
    let taken = try assistant.reuse(id)
    XCTAssertEqual(taken["materials"], 1)
    XCTAssertEqual(try assistant.show(id)["fields"]?["d.liveAddr"]?["detail"], "幸福路12号")
    XCTAssertEqual(try assistant.reusable(id), [], "once")
    try laptop.sync()
    try village.bench.journal.read { reader throws(Problem) in
      let writes = try reader.operations(ApplicationID(id)).compactMap { $0.operation.content["reused"]?.object }
      XCTAssertEqual(writes.first?["d.liveAddr"], .text(first), "the log says where it comes from")
    }
    // On the station's other computer the file is not there: what was said is taken over, and the paper is brought.
    let other = try village.laptop()
    try other.sync()
    let there = try XCTUnwrap(try other.assistant().new(second)["id"]?.text)
    let offered = try other.assistant().reusable(there)
    XCTAssertTrue(offered.contains { $0["field"] == "d.liveAddr" }, "\(offered)")
    XCTAssertFalse(offered.contains { !($0["material"] ?? .null).isNull }, "\(offered)")
    XCTAssertEqual(try other.assistant().reuse(there)["materials"], 0)
    // Somebody else's is nobody's business.
    second["applicant"]?["idNumber"] = "61083019780903983X"
    XCTAssertEqual(try assistant.reusable(try capture(second)), [])
  }

  // MARK: A catalogue that changes

  func testAnOpenDraftKeepsItsFormIsShownTheDifferenceAndGoesOnWithEither() throws {
    let assistant = laptop.assistant()
    let finishes = try capture(try document())
    let moves = try capture(try document())
    try laptop.sync()
    try publish { matter in
      // One field gone, one new, one stricter, one item gone.
      matter.fields.removeAll { $0.id == "nb.length" }
      for index in matter.fields.indices where matter.fields[index].id == "nb.name" {
        matter.fields[index].maxLength = 2
      }
      matter.fields.append(
        Field(
          id: "nb.blood", name: "血型", type: .text, required: true, requiredWhen: nil, requiredIf: nil, min: nil,
          max: nil, maxLength: 4, pattern: nil, options: [], items: [], role: nil, element: nil, group: nil,
          sensitive: true, example: "A", columns: [], hint: nil))
    }
    // Nothing happens to either of itself, and both are told of.
    XCTAssertEqual(try assistant.show(finishes)["fields"]?["nb.length"], 50)
    XCTAssertEqual(
      Set(try assistant.todo().filter { $0["kind"] == "catalog" }.compactMap { $0["id"]?.text }),
      [
        finishes, moves,
      ])
    _ = try assistant.edit(finishes, [Assignment("nb.length", .text("51"))])
    let submitted = try assistant.submit(finishes, deferring: [])
    XCTAssertEqual(submitted["version"], 1)
    try laptop.sync()
    XCTAssertEqual(try assistant.show(finishes)["status"], "submitted", "the server knows the form it was begun on")

    let difference = try assistant.rebase(moves, applies: false)
    XCTAssertEqual(difference["missing"]?.array?.compactMap { $0["field"]?.text }, ["nb.blood"])
    XCTAssertEqual(difference["notNeeded"]?.array?.compactMap { $0["field"]?.text }, ["nb.length"])
    XCTAssertEqual(difference["invalid"]?.array?.compactMap { $0["field"]?.text }, ["nb.name"])
    XCTAssertEqual(
      Set(difference["changes"]?.array?.compactMap { $0["id"]?.text } ?? []), ["nb.length", "nb.name", "nb.blood"])
    XCTAssertEqual(try assistant.rebase(moves, applies: true)["applied"], true)
    XCTAssertEqual(problem { _ = try assistant.rebase(moves, applies: true) }?.code, "rebase.current")
    XCTAssertEqual(problem { _ = try assistant.submit(moves, deferring: []) }?.others.map(\.field), ["nb.blood"])
    XCTAssertEqual(
      problem { _ = try assistant.edit(moves, [Assignment("nb.length", .text("52"))]) }?.code, "field.unknown")
    _ = try assistant.edit(moves, [Assignment("nb.blood", .text("A")), Assignment("nb.name", .text("子涵"))])
    _ = try assistant.submit(moves, deferring: [])
    XCTAssertEqual(try laptop.sync()["refused"], 0)
    XCTAssertEqual(try assistant.show(moves)["status"], "submitted")
    XCTAssertEqual(try assistant.show(moves)["fields"]?["nb.length"], 50, "what was said stays on record")
    let state = try village.bench.state(ApplicationID(moves))
    XCTAssertFalse(state.proceedings.contains { $0.fields.contains("nb.length") }, "and goes to nobody")
    XCTAssertEqual(problem { _ = try assistant.rebase(finishes, applies: true) }?.code, "rebase.submitted")
  }

  func testAMatterThatIsTakenOffTheCatalogueLosesNoDraft() throws {
    let id = try capture(try document())
    village.bench.clock.advance(seconds: 60)
    let now = village.bench.clock.now()
    try village.bench.journal.write { writer throws(Problem) in
      var manifest = try writer.catalogManifest(try writer.catalogVersion()) ?? [:]
      manifest["qingjian-04"] = nil
      try writer.publishCatalog(version: "v9", manifest: manifest, files: [:], at: now)
      try writer.setDocument("settings", "revision", 109)
    }
    // The draft was never sent: the server only knows that such a form was published once.
    try laptop.sync()
    XCTAssertEqual(problem { _ = try laptop.assistant().new(try document()) }?.code, "matter.unknown")
    XCTAssertEqual(try laptop.assistant().submit(id, deferring: [])["version"], 1)
    XCTAssertEqual(try laptop.sync()["refused"], 0)
    XCTAssertEqual(try laptop.assistant().show(id)["status"], "submitted")
  }
}
