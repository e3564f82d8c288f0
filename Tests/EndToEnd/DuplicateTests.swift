import Foundation
import Foundations
import XCTest

/// Two laptops of two stations, with the programs as they are: duplicates from the finding to the window and back.
final class DuplicateProgramTests: XCTestCase {
  private static let window = "w-610830-rs"

  private func found(_ device: Device, _ id: String) throws -> Value {
    try XCTUnwrap(try device.list("duplicates", id).first)
  }

  func testTwoStationsFileTheSameAndAPersonDecides() throws {
    let county = try County(self)
    let first = try county.device("a", person: "欧阳办件员")
    let second = try county.device("b", person: "李志强", station: 1)
    let document = Documents.complete(try first.matter("qingjian-10"), submit: true)
    let one = try first.capture(document)["code"]?.text ?? ""
    let two = try second.capture(document)["code"]?.text ?? ""
    try first.sync()
    let told = try second.run("sync")
    XCTAssertEqual(told.status, 3, told.errors)
    XCTAssertTrue(told.errors.contains("1 处可能重复"), told.errors)
    XCTAssertEqual(try first.run("sync").status, 3)

    for (device, own, other) in [(first, one, two), (second, two, one)] {
      XCTAssertEqual(try device.list("todo").filter { $0["kind"] == "duplicate" }.count, 1)
      XCTAssertEqual(try found(device, own)["code"]?.text, other)
      XCTAssertEqual(try found(device, own)["first"]?.text, one)
      XCTAssertEqual(try device.list("list").first?["duplicates"], 1)
      XCTAssertEqual(try device.ask("show", own)["duplicates"]?.array?.count, 1)
      XCTAssertEqual(try device.run("show", other).code, "application.not-found", "and nothing else of the other one")
    }
    let queue = try county.queue(Self.window, "?status=dispatched")
    XCTAssertEqual(Set(queue.compactMap { $0["duplicates"]?.array?.first?["code"]?.text }), [one, two])

    XCTAssertEqual(try second.run("duplicate", two, "--same-as", "L-9").code, "duplicate.unknown")
    XCTAssertEqual(try second.run("duplicate", two, "--same-as", one, "--keep", "L-9").status, 2)
    XCTAssertEqual(try second.run("duplicate", two).status, 2)
    let decided = try second.ask("duplicate", two, "--same-as", one)
    XCTAssertEqual(decided["goesOn"]?.text, one)
    XCTAssertEqual(decided["standsBehind"]?.text, one)
    XCTAssertEqual(try second.run("submit", two).code, "application.joined")
    try second.sync()
    try first.sync()
    XCTAssertEqual(try found(first, one)["decision"], "joined")
    XCTAssertEqual(try county.queue(Self.window, "?status=dispatched").compactMap { $0["code"]?.text }, [one])
    XCTAssertEqual(try first.run("sync").status, 0, "nothing is left to decide")

    // Offline, each decides again, and differently.
    try first.ask("duplicate", one, "--apart", two)
    try second.ask("duplicate", two, "--same-as", one, "--keep", two)
    try first.sync()
    try second.sync()
    try second.sync()
    XCTAssertEqual(try first.run("sync").status, 3)
    let conflict = try XCTUnwrap(try first.list("conflicts", one).first)
    XCTAssertEqual(conflict["kind"], "duplicate")
    XCTAssertEqual(conflict["candidates"]?.array?.count, 2)
    let (field, token) = (conflict["field"]?.text ?? "", conflict["token"]?.text ?? "")
    XCTAssertEqual(
      try first.run("resolve", one, field, "--take", "1", "--of", "0000").code, "resolve.changed")
    try first.ask("resolve", one, field, "--take", "1", "--of", token)
    try first.sync()
    try second.sync()
    for (device, own) in [(first, one), (second, two)] {
      XCTAssertEqual(try device.list("conflicts", own), [])
      XCTAssertEqual(try found(device, own)["decision"], "apart")
    }
    let both = try county.queue(Self.window, "?status=dispatched").compactMap { $0["code"]?.text }
    XCTAssertEqual(Set(both), [one, two])
    for device in [first, second] {
      let proof = try device.ask("prove")
      XCTAssertEqual(proof["differ"], [])
      XCTAssertEqual(proof["match"], proof["applications"])
    }
    try county.checkVerify()
  }

  func testTheLaptopSaysBeforeSavingThatItHasOneAlready() throws {
    let county = try County(self)
    let device = try county.device("a")
    var document = Documents.complete(try device.matter("qingjian-10"), submit: false)
    let first = try device.run("new", "--from", "-", input: JSON.bytes(document))
    XCTAssertNil(first.value["similar"])
    let second = try device.run("new", "--from", "-", input: JSON.bytes(document))
    XCTAssertEqual(second.status, 0, "it is said, not forbidden")
    XCTAssertEqual(second.value["similar"]?.array?.map { $0["code"] }, [first.value["code"]])
    XCTAssertTrue(second.errors.contains(first.value["code"]?.text ?? "?"), second.errors)
    document["applicant"]?["idNumber"] = "61083019991231988X"
    document["fields"]?["w.idNo"] = "61083019991231988X"
    let other = try device.run("new", "--from", "-", input: JSON.bytes(document))
    XCTAssertNil(other.value["similar"], "the same name is not the same person")
  }
}
