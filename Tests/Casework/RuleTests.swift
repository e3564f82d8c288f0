import Application
import Casework
import Cryptography
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

@testable import Catalog

/// Rules that windows and devices share and that the county decides: the old asked for their will, papers given back,
/// errors put right on the spot, promises that were not kept, another way where a prerequisite fails.
final class RuleTests: XCTestCase {
  private var bench: CountyBench!
  /// How many catalogues after the first.
  private var published = 0

  override func setUpWithError() throws { bench = try CountyBench() }

  /// Publishes a matter that was changed.
  private func publish(_ id: String, _ change: (inout Matter) -> Void) throws -> Matter {
    var matter = try bench.matter(id)
    matter.version += published + 1
    change(&matter)
    let bytes = Array(MatterEncoder.text(matter).utf8)
    let digest = Digest.sm3(bytes).text
    let now = bench.clock.now()
    try bench.journal.write { writer throws(Problem) in
      var manifest = try writer.catalogManifest(try writer.catalogVersion()) ?? [:]
      manifest[id] = digest
      published += 1
      try writer.publishCatalog(
        version: "v\(published + 1)", manifest: manifest, files: [digest: bytes],
        at: now.adding(seconds: Int64(published)))
      try County.touch(writer)
    }
    return matter
  }

  private func set(county change: (inout Value) -> Void) throws {
    try bench.journal.write { writer throws(Problem) in
      var settings = try writer.document(RegistryKey.settings, RegistryKey.county) ?? [:]
      change(&settings)
      try writer.setDocument(RegistryKey.settings, RegistryKey.county, settings)
      try County.touch(writer)
    }
  }

  private func disposition(_ device: BenchDevice) throws -> Disposition? {
    try device.sync()
    return try bench.journal.read { reader throws(Problem) in
      try reader.operation(OperationID(device.id, device.counter))?.judgement?.disposition
    }
  }

  private func submit(_ device: BenchDevice, _ id: ApplicationID, deferring: [String] = []) throws -> Disposition? {
    try device.submit(id, deferring: deferring)
    return try disposition(device)
  }

  private func act(_ proceeding: ProceedingID, _ body: Value) throws {
    var body = body
    let state = try XCTUnwrap(try bench.state(proceeding.application).proceeding(proceeding))
    body["version"] = .integer(state.version)
    _ = try bench.service.act(proceeding, body: body, actor: bench.actor(state))
  }

  private func code(_ proceeding: ProceedingID, _ body: Value) -> String? {
    bench.refusal { try act(proceeding, body) }?.code
  }

  private func proceeding(_ id: ApplicationID, _ item: String) throws -> ProceedingState {
    try XCTUnwrap(try bench.state(id).proceeding(ProceedingID(id, ItemID(item))))
  }

  // MARK: Section 5.3, the will of the old

  /// 1958: sixty-eight years old on the day of the bench.
  private static let old: Value = [
    "kind": "person", "name": "白德贵", "idNumber": "612731195801019803", "phone": "13912345678",
  ]
  private static let agent: Value = ["name": "李四", "idNumber": "32083019870412980X", "relation": "邻居"]

  private func filed(
    _ device: BenchDevice, _ matter: Matter, applicant: Value = old, agent: Value? = agent, mandate: Value? = nil,
    items: [String] = ["i03"]
  ) throws -> Disposition? {
    var set: Members = [Register.applicant: applicant]
    set[Register.agent] = agent
    set[Register.mandate] = mandate
    return try submit(device, device.create(matter, items: items.map { ItemID($0) }, overriding: set))
  }

  func testSection53TheOldAreAskedForTheirWillBeforeAnAgentFilesAWeightyStep() throws {
    let (device, matter) = (try bench.device(), try bench.matter("qingjian-11"))
    XCTAssertEqual(try filed(device, matter), .refused("mandate.will"))
    XCTAssertEqual(try filed(device, matter, mandate: ["will": "recording"]), .applied)
    XCTAssertEqual(try filed(device, matter, mandate: ["will": "witnesses", "witnesses": ["甲", "乙"]]), .applied)
    XCTAssertEqual(
      try filed(device, matter, mandate: ["will": "witnesses", "witnesses": ["甲", "李四"]]), .refused("mandate.will"),
      "whoever files it is no witness")
    XCTAssertEqual(try filed(device, matter, agent: nil), .applied, "who comes alone says so alone")
    let young: Value = ["kind": "person", "name": "张三", "idNumber": "61083019991231988X", "phone": "13912345678"]
    XCTAssertEqual(try filed(device, matter, applicant: young), .applied)
    XCTAssertEqual(try filed(device, matter, items: ["i04"]), .applied, "no weighty step")
    // The age and the scope are the county's.
    try set { $0["willAge"] = 70 }
    XCTAssertEqual(try filed(device, matter), .applied, "sixty-eight")
    try set {
      $0["willAge"] = 65
      $0["willScope"] = "all"
    }
    XCTAssertEqual(try filed(device, matter, items: ["i04"]), .refused("mandate.will"), "every step of everyone")
  }

  // MARK: T11, registrations

  private static let defects: Value = [["field": "b.name", "problem": "字号与同行业重名", "remedy": "换一个字号"]]

  /// A registration of a firm at its window.
  private func registration() throws -> (device: BenchDevice, id: ApplicationID, registration: ProceedingState) {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-05"))
    XCTAssertEqual(try submit(device, id), .applied)
    return (device, id, try proceeding(id, "i01"))
  }

  func testT11IncompletePapersOfARegistrationAreGivenBackAndFiledAnew() throws {
    let (device, id, registration) = try registration()
    XCTAssertTrue(registration.givesBack, "the catalogue says so, not the program")
    // No day is set: nobody waits.
    try act(registration.id, ["action": "correct", "defects": Self.defects])
    var state = try bench.state(id)
    XCTAssertEqual(state.proceeding(registration.id)?.isGivenBack, true)
    XCTAssertNil(state.proceeding(registration.id)?.correctionUntil)
    XCTAssertNil(state.document(.correction), "no notice of a correction")
    let notice = try XCTUnwrap(try bench.service.document(of: id.text, "T11")["text"]?.text)
    for element in ["退还材料", "一次告知", "字号与同行业重名", "换一个字号", "重新提交", "细则", "收回材料签名"] {
      XCTAssertTrue(notice.contains(element), element)
    }
    XCTAssertEqual(try bench.service.proceeding(registration.id, actor: bench.actor(registration))["givenBack"], true)
    // It is filed anew, whole: fields that nobody complained about may change, too.
    bench.clock.advance(seconds: 3 * 86_400)
    try device.sync()
    try device.edit(id, "b.name", "清涧县黄河边小吃店")
    try device.edit(id, "b.scope", "餐饮服务；食品销售")
    XCTAssertEqual(try submit(device, id), .applied)
    state = try bench.state(id)
    let anew = try XCTUnwrap(state.proceeding(registration.id))
    XCTAssertEqual(state.late.count, 0, "all of it was open")
    XCTAssertEqual(anew.status, .dispatched)
    XCTAssertFalse(anew.isGivenBack)
    XCTAssertEqual(anew.version, 2)
    XCTAssertEqual(anew.receivedAt.map { ChinaTime.date($0).text }, "2026-11-26", "received anew")
    XCTAssertNil(state.document(.correctionReceipt), "it is no addition to what was kept")
    XCTAssertEqual(state.documents.count { $0.kind == .receipt }, 2)
    // Everything was told once.
    XCTAssertEqual(
      code(
        anew.id,
        ["action": "correct", "defects": [["field": "lp.name", "problem": "看不清", "remedy": "重写"]]]), "correct.again")
    XCTAssertNil(code(anew.id, ["action": "accept"]))
    try bench.assertVerifies()
  }

  func testT11ThreeWorkingDaysRunFromTheReceiptAndAreExtendedByThreeAtMost() throws {
    let (_, id, registration) = try registration()
    func due() throws -> Value { try bench.service.proceeding(registration.id, actor: bench.actor(registration)) }
    // Monday, and before anybody has answered: three days, not five.
    XCTAssertEqual(try due()["due"], "2026-11-26")
    bench.clock.advance(seconds: 86_400)
    try act(registration.id, ["action": "accept"])
    XCTAssertEqual(try due()["statutoryDue"], "2026-11-26", "the day of acceptance moves nothing")
    let body: (Int64) -> Value = { ["action": "extend", "days": .integer($0), "reason": "情形复杂", "approver": "县审批局局长"] }
    XCTAssertEqual(code(registration.id, body(4)), "action.field")
    XCTAssertNil(code(registration.id, body(3)))
    XCTAssertEqual(try due()["statutoryDue"], "2026-12-01")
    XCTAssertEqual(code(registration.id, body(3)), "extend.once")
    XCTAssertEqual(try bench.state(id).proceeding(registration.id)?.extendedDays, 3)
  }

  // MARK: C26, on the spot

  func testC26WhatIsPutRightAtTheWindowIsConfirmedOnRecordAndNoReturn() throws {
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    XCTAssertEqual(try submit(device, id), .applied)
    let first = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    XCTAssertEqual(
      code(first.id, ["action": "rectify", "fields": ["mo.phone": "13887654321"]]), "action.field",
      "nobody has confirmed it")
    XCTAssertEqual(
      code(first.id, ["action": "rectify", "fields": ["mo.phone": "123"], "confirmedBy": "张三"]), "field.phone.format")
    XCTAssertEqual(
      code(first.id, ["action": "rectify", "fields": ["w.job": "x"], "confirmedBy": "张三"]), "action.field")
    try act(
      first.id,
      [
        "action": "rectify", "fields": ["mo.phone": "13887654321"], "confirmedBy": "张三", "reason": "少抄一位",
      ])
    var state = try bench.state(id)
    let after = try XCTUnwrap(state.proceeding(first.id))
    XCTAssertEqual(after.status, .dispatched)
    XCTAssertEqual(after.version, 1, "the version that was handed in")
    XCTAssertEqual(state.fieldValues["mo.phone"], "13887654321")
    XCTAssertTrue(after.rounds.isEmpty, "no return")
    XCTAssertEqual(state.rectifications.first?.confirmedBy, "张三")
    let seen = try bench.service.proceeding(first.id, actor: bench.actor(first))
    XCTAssertEqual(seen["fields"]?["mo.phone"]?["value"], "13887654321", "the window judges what is right")
    XCTAssertEqual(seen["rectifications"]?.array?.count, 1)
    let record = try XCTUnwrap(try bench.service.document(of: id.text, "C26")["text"]?.text)
    for element in ["当场更正记录", "少抄一位", "确认人", "不属于补正", "申请人确认签名"] { XCTAssertTrue(record.contains(element), element) }
    XCTAssertFalse(record.contains("13887654321"), "personal values stay in the file")
    // The first return is still the first.
    try act(
      first.id,
      [
        "action": "correct", "until": "2026-12-08",
        "defects": [["field": "mo.phone", "problem": "打不通", "remedy": "换"]],
      ])
    // A device that folds it has the same, and writes on.
    try device.sync()
    state = try bench.state(id)
    XCTAssertEqual(try device.state(id), state)
    try device.edit(id, "mo.phone", "13900000071")
    XCTAssertEqual(try submit(device, id), .applied)
    XCTAssertEqual(try bench.state(id).version?.values["mo.phone"], "13900000071")
    // It leads to acceptance, and nothing is put right so after that.
    let body: Value = ["action": "rectify", "fields": ["mo.phone": "13887654321"], "confirmedBy": "张三"]
    try act(first.id, body)
    try act(first.id, ["action": "accept"])
    XCTAssertEqual(code(first.id, body), "proceeding.state")
    try bench.assertVerifies()
  }

  // MARK: Sections 4.2 and 4.3, who did not keep a promise

  private func promising() throws -> Matter {
    try publish("qingjian-04") { matter in
      for index in matter.materials.indices where matter.materials[index].id == "m02" {
        matter.materials[index].deferrable = true
        matter.materials[index].commitment = true
        matter.materials[index].main = false
        matter.materials[index].items = []
      }
    }
  }

  func testSection43WhoeverDidNotKeepAPromiseMakesNoNewOneUntilTheRecordIsRepaired() throws {
    let (matter, device, elsewhere) = (try promising(), try bench.device(), try bench.device(at: 1))
    let id = device.create(matter, items: [ItemID("i02")])
    XCTAssertEqual(try submit(device, id, deferring: ["m02"]), .applied)
    let first = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    try act(first.id, ["action": "accept"])
    XCTAssertEqual(code(first.id, ["action": "repair", "reason": "无"]), "repair.none")
    bench.clock.advance(seconds: 40 * 86_400)
    _ = try bench.service.passDay()
    XCTAssertEqual(try bench.state(id).openCredit.count, 1)
    // At another station, which does not see the first one: the code alone comes back.
    XCTAssertEqual(try submit(elsewhere, elsewhere.create(matter), deferring: ["m02"]), .refused("submit.discredited"))
    XCTAssertNil(try? elsewhere.state(id), "nothing else travels")
    XCTAssertEqual(try submit(elsewhere, elsewhere.create(matter)), .applied, "with all papers it is as ever")
    let other: Value = ["kind": "person", "name": "李四", "idNumber": "32083019870412980X", "phone": "13912345678"]
    XCTAssertEqual(
      try submit(elsewhere, elsewhere.create(matter, overriding: [Register.applicant: other]), deferring: ["m02"]),
      .applied, "nobody else's record")
    try act(first.id, ["action": "repair", "reason": "已补交并说明"])
    XCTAssertEqual(try bench.state(id).openCredit, [])
    XCTAssertEqual(try submit(elsewhere, elsewhere.create(matter), deferring: ["m02"]), .applied)
    try bench.assertVerifies()
  }

  func testSection42AFalsePromiseIsPutOnRecordAfterwardsToo() throws {
    let (matter, device) = (try promising(), try bench.device())
    let id = device.create(matter)
    let state = try device.state(id)
    device.write(
      .submit,
      [
        "version": 1, "digest": .bytes(state.currentSnapshot.digest(deferred: []).bytes),
        "commit": [["material": "m02", "signedBy": "applicant"]],
      ], id)
    XCTAssertEqual(try disposition(device), .applied)
    let first = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    XCTAssertEqual(
      code(first.id, ["action": "discredit", "note": "虚假承诺"]), "proceeding.state", "nothing is accepted yet")
    try act(first.id, ["action": "accept"])
    try act(first.id, ["action": "decide", "outcome": "approve"])
    XCTAssertEqual(code(first.id, ["action": "discredit"]), "action.field")
    try act(first.id, ["action": "discredit", "note": "核查发现承诺不实"])
    XCTAssertEqual(try bench.state(id).openCredit, ["核查发现承诺不实"])
    XCTAssertEqual(try submit(device, device.create(matter), deferring: ["m02"]), .refused("submit.discredited"))
    // Without a promise there is none that was not kept.
    let plain = device.create(try bench.matter("qingjian-10"))
    XCTAssertEqual(try submit(device, plain), .applied)
    let honest = try XCTUnwrap(try bench.state(plain).proceedings.first { $0.status == .dispatched })
    try act(honest.id, ["action": "accept"])
    XCTAssertEqual(code(honest.id, ["action": "discredit", "note": "x"]), "discredit.no-promise")
  }

  // MARK: Section 6.6, another way

  /// The registration of a newborn waits for the birth certificate, `i01`; the catalogue knows another way.
  private func detoured(_ detour: Detour) throws -> (device: BenchDevice, id: ApplicationID) {
    let matter = try publish("qingjian-04") { matter in
      for index in matter.items.indices where matter.items[index].id == ItemID("i04") {
        matter.items[index].prerequisites = [Prerequisite(anyOf: [ItemID("i01")], hard: true, otherwise: detour)]
      }
    }
    let device = try bench.device()
    let id = device.create(matter, items: ["i01", "i04", "i05"].map { ItemID($0) })
    XCTAssertEqual(try submit(device, id), .applied)
    try act(proceeding(id, "i01").id, ["action": "reject", "reason": "不在本机构出生", "ground": "falsehood"])
    return (device, id)
  }

  func testSection66AnotherWayByAPaperIsOfferedBeforeWhatWaitsEnds() throws {
    let (device, id) = try detoured(Detour(materials: ["m05"], text: "在别处领到出生医学证明的，交副页"))
    var waiting = try proceeding(id, "i04")
    XCTAssertEqual(waiting.status, .correction)
    XCTAssertEqual(waiting.defects.first?.material, "m05")
    XCTAssertEqual(try proceeding(id, "i05").status, .waiting, "and what waits for it waits on")
    let notice = try XCTUnwrap(try bench.service.document(of: id.text, "D06")["text"]?.text)
    for element in ["出生医学证明签发", "不予受理", "交副页"] { XCTAssertTrue(notice.contains(element), element) }
    try device.sync()
    device.write(.attach, ["material": "m05", "originals": 1, "copies": 0], id)
    XCTAssertEqual(try submit(device, id), .applied)
    waiting = try proceeding(id, "i04")
    XCTAssertEqual(waiting.status, .dispatched)
    // The other way was no return of its papers: the first one is still to come, once.
    XCTAssertNil(
      code(
        waiting.id,
        ["action": "correct", "until": "2026-12-08", "defects": [["field": "hk.addr", "problem": "x", "remedy": "y"]]]))
    try device.sync()
    XCTAssertEqual(try device.state(id), try bench.state(id))
    // Whoever goes no other way ends with what failed.
    let (other, ended) = try detoured(Detour(materials: ["m05"], text: "交副页"))
    try other.sync()
    XCTAssertEqual(try submit(other, ended), .applied, "an answer without the paper")
    XCTAssertEqual(try self.proceeding(ended, "i04").status, .terminated)
    XCTAssertEqual(try self.proceeding(ended, "i04").cascadeFrom, ItemID("i01"))
    XCTAssertEqual(try self.proceeding(ended, "i05").status, .terminated)
    XCTAssertEqual(try bench.state(ended).status, .closed)
    try bench.assertVerifies()
  }

  /// Only the items that lead the other way may be added, and none taken out.
  func testSection66TheAnswerAddsNothingElse() throws {
    for (items, code): (Value, String?) in [
      (["i01", "i02", "i03", "i04", "i05"], "submit.items"), (["i02", "i04", "i05"], "submit.items"),
      (["i01", "i02", "i04", "i05"], nil),
    ] {
      let (device, id) = try detoured(Detour(items: [ItemID("i02")], text: "改办预防接种证"))
      try device.sync()
      try device.edit(id, Register.items, items)
      XCTAssertEqual(try submit(device, id), code.map(Disposition.refused) ?? .applied, "\(items)")
    }
  }

  func testSection66AnotherWayByAnItemIsRoutedWhenItIsChosen() throws {
    let (device, id) = try detoured(Detour(items: [ItemID("i02")], text: "改办预防接种证"))
    try device.sync()
    XCTAssertNil(try bench.state(id).proceeding(ProceedingID(id, ItemID("i02"))))
    try device.edit(id, Register.items, ["i01", "i02", "i04", "i05"])
    for field in try bench.matter("qingjian-04").fields
    where field.required && field.items.contains(ItemID("i02")) {
      try device.edit(id, field.id, field.example)
    }
    XCTAssertEqual(try submit(device, id), .applied)
    XCTAssertEqual(try bench.state(id).late.count, 0)
    let added = try proceeding(id, "i02")
    XCTAssertEqual(added.status, .dispatched)
    XCTAssertEqual(added.version, 2)
    XCTAssertEqual(try proceeding(id, "i04").status, .waiting, "for the other one now")
    try act(added.id, ["action": "accept"])
    try act(added.id, ["action": "decide", "outcome": "approve"])
    XCTAssertEqual(try proceeding(id, "i04").status, .dispatched)
    try bench.assertVerifies()
  }
}
