import Application
import Assistant
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// Rules that hold at the kitchen table, without a network, as they hold in the county.
final class RuleClientTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
  }

  private func capture(submit: Bool = false, _ change: (inout Value) -> Void = { _ in }) throws -> String {
    var document = try village.document(submit: submit)
    change(&document)
    return try XCTUnwrap(try laptop.assistant().new(document)["id"]?.text)
  }

  private func submit(_ id: String, deferring: [String] = []) -> Problem? {
    problem { _ = try laptop.assistant().submit(id, deferring: deferring) }
  }

  private func act(_ id: String, _ item: String, _ body: Value) throws {
    let proceeding = try XCTUnwrap(
      try village.bench.state(ApplicationID(id)).proceeding(ProceedingID(ApplicationID(id), ItemID(item))))
    var body = body
    body["version"] = .integer(proceeding.version)
    _ = try village.bench.service.act(proceeding.id, body: body, actor: village.bench.actor(proceeding))
  }

  func testSection53WithoutANetworkTooTheOldAreAskedForTheirWill() throws {
    try village.publish("qingjian-04") { $0.items[0].asksWill = true }
    try laptop.sync()
    let id = try capture {
      $0["applicant"] = [
        "kind": "person", "name": "白德贵", "idNumber": "612731195801019803", "phone": "13912345678",
      ]
      $0["agent"] = ["name": "李四", "idNumber": "610830196801019821", "relation": "邻居"]
    }
    let refused = submit(id)
    XCTAssertEqual(refused?.code, "mandate.will")
    XCTAssertEqual(refused?.field, "mandate.will")
    XCTAssertTrue(try XCTUnwrap(refused?.message).contains("满60岁，出生医学证明签发"))
    let edit = { (name: String, text: String) in
      _ = try self.laptop.assistant().edit(id, [Assignment(name, .text(text))])
    }
    XCTAssertEqual(problem { try edit("mandate.will", "大概问过") }?.code, "document.type")
    try edit("mandate.will", "witnesses")
    XCTAssertEqual(submit(id)?.code, "mandate.will", "two are not named yet")
    try edit("mandate.witnesses", "王一，赵二")
    XCTAssertNil(submit(id))
    try laptop.sync()
    let state = try village.bench.state(ApplicationID(id))
    XCTAssertNotNil(state.version, "the county has nothing against it")
    let mandate = state.value(Register.mandate)
    XCTAssertEqual(mandate?["items"], state.value(Register.items), "what the mandate said before stays")
    XCTAssertEqual(mandate?["witnesses"], ["王一", "赵二"])
  }

  func testC26TheStationPutsRightOnTheSpotWithoutAReturn() throws {
    let id = try capture(submit: true)
    let change = { (text: String) in
      try self.laptop.assistant().rectify(
        id, [Assignment("mo.phone", .text(text))], confirmedBy: "李秀英", why: "少抄一位")
    }
    XCTAssertEqual(problem { _ = try change("123") }?.code, "field.phone.format")
    let done = try change("13887654321")
    XCTAssertEqual(done["version"], 2)
    XCTAssertEqual(done["fields"], ["mo.phone"])
    XCTAssertEqual(problem { _ = try change("13887654321") }?.code, "text.empty", "nothing to put right")
    let own = try laptop.assistant().document(id, "C26")
    XCTAssertEqual(own["provisional"], true)
    XCTAssertTrue(try XCTUnwrap(own["text"]?.text).contains("不属于补正"))
    try laptop.sync()
    try laptop.sync()
    let state = try village.bench.state(ApplicationID(id))
    XCTAssertEqual(state.version?.number, 2)
    XCTAssertEqual(state.rectifications.map(\.registers), [["mo.phone"]])
    XCTAssertEqual(state.rectifications.first?.reason, "少抄一位")
    XCTAssertNil(state.document(.correction))
    XCTAssertTrue(state.proceedings.allSatisfy(\.rounds.isEmpty))
    XCTAssertEqual(try laptop.assistant().document(id, "C26")["provisional"], false)
    XCTAssertEqual(state.documents.count { $0.kind == .rectification }, 1)
    try act(id, "i01", ["action": "accept"])
    try laptop.sync()
    XCTAssertEqual(problem { _ = try change("13900000071") }?.code, "rectify.not-now")
    XCTAssertEqual(try laptop.assistant().show(id)["rectifications"]?.array?.count, 1)
    XCTAssertEqual(try laptop.assistant().doctor()["ok"], true)
  }

  func testSection43TheLaptopKnowsOfAPromiseThatWasNotKept() throws {
    try village.publish("qingjian-04") { matter in
      for index in matter.materials.indices where matter.materials[index].id == "m02" {
        matter.materials[index].deferrable = true
        matter.materials[index].main = false
        matter.materials[index].items = [ItemID("i02")]
        matter.materials[index].required = true
        matter.materials[index].source = .own
        matter.materials[index].shared = nil
      }
    }
    try laptop.sync()
    let first = try capture()
    let missing = submit(first)
    XCTAssertEqual(missing?.code, "submit.material")
    XCTAssertTrue(try XCTUnwrap(missing?.message).contains("结婚证（m02）"), "by its name, and by what --defer takes")
    XCTAssertNil(submit(first, deferring: ["m02"]))
    try laptop.sync()
    try act(first, "i02", ["action": "accept"])
    laptop.wait(seconds: 40 * 86_400)
    _ = try village.bench.service.passDay()
    try laptop.sync()
    let second = try capture()
    let refused = submit(second, deferring: ["m02"])
    XCTAssertEqual(refused?.code, "submit.discredited")
    XCTAssertTrue(try XCTUnwrap(refused?.message).contains("容缺承诺未履行"), "it is this laptop's own case")
    try act(first, "i02", ["action": "repair", "reason": "已补交"])
    XCTAssertEqual(submit(second, deferring: ["m02"])?.code, "submit.discredited", "not known here yet")
    try laptop.sync()
    XCTAssertNil(submit(second, deferring: ["m02"]))
  }

  func testR5WhatIsMissingIsToldByItsName() throws {
    let id = try capture { $0["fields"]?["mo.phone"] = nil }
    XCTAssertEqual(try laptop.assistant().missing(id), [["id": "mo.phone", "name": "母亲手机"]])
    let refused = submit(id)
    XCTAssertEqual(refused?.code, "submit.missing")
    XCTAssertTrue(try XCTUnwrap(refused?.message).contains("母亲手机（mo.phone）"))
    XCTAssertEqual(refused?.others.map(\.field), ["mo.phone"])
    XCTAssertEqual(refused?.told.count, 1, "people read it once")
  }

  func testR5PapersThatAreMissingAreToldBeforeSubmitting() throws {
    let id = try capture { $0["materials"] = [:] }
    let missing = try laptop.assistant().missing(id)
    XCTAssertFalse(missing.isEmpty)
    XCTAssertEqual(missing.compactMap { $0["id"] }, [], "no field is missing")
    let refused = submit(id)
    XCTAssertEqual(refused?.code, "submit.material")
    XCTAssertEqual(
      refused?.others.compactMap(\.field), missing.compactMap { $0["material"]?.text }.map { "materials.\($0)" })
  }
}
