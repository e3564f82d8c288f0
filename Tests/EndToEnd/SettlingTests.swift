import Foundations
import XCTest

/// What `conflicts` prints is what `resolve` takes.
final class SettlingTests: XCTestCase {
  func testAValueIsSettledAsItIsListedAndAGroupOnlyWhole() throws {
    let county = try County(self)
    let (first, second) = (try county.device("a"), try county.device("b", person: "李志强"))
    let draft = Documents.complete(try first.matter("qingjian-12"), submit: false)
    let id = try first.capture(draft)["id"]?.text ?? ""
    try first.sync()
    try second.sync()
    let (one, two): (Value, Value) = (
      ["division": "610830100201", "detail": "甲街1号"], ["division": "610830101201", "detail": "乙村2号"]
    )
    for (device, address, name, number) in [
      (first, one, "赵桂兰", "610830199605209824"), (second, two, "李桂花", "610830199403129818"),
    ] {
      try device.ask(
        "edit", id, "d.liveAddr:=\(JSON.text(address))", "g.name=\(name)", "g.idNo=\(number)", allowed: [0, 3])
    }
    for device in [first, second, first] { try device.sync() }
    let listed = try second.list("conflicts", id)
    let conflict = try XCTUnwrap(listed.first { $0["field"] == "d.liveAddr" })
    let value = try XCTUnwrap(conflict["candidates"]?.array?.first?["value"])
    try second.ask("resolve", id, "d.liveAddr", "--value", JSON.text(value), allowed: [0, 3])
    let part = JSON.text(["g.name": "李桂花"])
    for field in ["guardian", "g.name"] {
      let refused = try second.run("resolve", id, field, "--value", part)
      XCTAssertEqual(refused.code, "resolve.incomplete", field)
      XCTAssertTrue(refused.errors.contains("g.idNo"), "what is missing is named: \(refused.errors)")
    }
    let group = try XCTUnwrap(listed.first { $0["field"] == "guardian" })
    let whole = try XCTUnwrap(group["candidates"]?.array?.first?["value"])
    try second.ask("resolve", id, "guardian", "--value", JSON.text(whole), allowed: [0, 3])
    XCTAssertEqual(try second.list("conflicts", id), [])
    try second.sync()
    try first.sync()
    XCTAssertEqual(try first.ask("show", id)["fields"]?["d.liveAddr"], value)
    XCTAssertEqual(try first.ask("show", id)["fields"]?["g.idNo"], whole["g.idNo"])
  }
}
