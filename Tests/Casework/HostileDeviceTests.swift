import Application
import Casework
import Catalog
import Cryptography
import Foundations
import Journal
import Replication
import TestSupport
import Wire
import XCTest

/// What an enrolled device that follows none of our program's habits can do to others: nothing that lasts.
final class HostileDeviceTests: XCTestCase {
  private var bench: CountyBench!
  private var device: BenchDevice!

  override func setUpWithError() throws {
    bench = try CountyBench()
    device = try bench.device()
  }

  /// Names of registers that come to so many bytes in a header.
  private func parents(bytes: Int) -> [String: [OperationID]] {
    let names = (0..<bytes / 250).map { "\(10_000 + $0)" + String(repeating: "x", count: 245) }
    return Dictionary(uniqueKeysWithValues: names.map { ($0, []) })
  }

  private func create(_ code: String, on device: BenchDevice) throws -> ApplicationID {
    device.write(
      .create,
      [
        "matter": "qingjian-04", "matterVersion": .integer(Int64(try bench.matter("qingjian-04").version)),
        "code": .text(code), "station": .text(device.station.text), "consent": ["given": true], "set": [:],
      ])
  }

  func testNothingIsReadForWhoIsNotEnrolled() throws {
    func message(_ author: String) throws -> [UInt8] {
      let packed = try Deflate.compress(CBOR.encode("neither a request nor anything else"))
      return CBOR.encode([
        2, [.text(author), 1, .bytes([UInt8](repeating: 0, count: 64))], .null, .bytes(packed), .bytes([]), .bytes([]),
        .bytes([]),
      ])
    }
    XCTAssertEqual(bench.refusal { _ = try bench.service.sync(message("nobody")) }?.code, "device.not-enrolled")
    XCTAssertEqual(bench.refusal { _ = try bench.service.sync(message(device.id.text)) }?.code, "sync.malformed")
    for broken: Value in [[2], [2, "x"], [2, [], .null, .bytes([]), .bytes([]), .bytes([]), .bytes([])], "x"] {
      XCTAssertEqual(bench.refusal { _ = try bench.service.sync(CBOR.encode(broken)) }?.code, "sync.malformed")
    }
    let later = CBOR.encode([9, "x"])
    XCTAssertEqual(bench.refusal { _ = try bench.service.sync(later) }?.code, "sync.protocol-version")
  }

  /// Headers count for a page: whoever sees the application must be able to read each page.
  func testLongHeadersMakeShortPages() throws {
    let id = device.create(try bench.matter("qingjian-04"))
    for _ in 0..<100 { device.write(.note, ["text": "长"], id, parents: parents(bytes: 60_000)) }
    try device.sync()
    let neighbour = try bench.device()
    var pages = 0
    repeat {
      let answer = try SyncAnswer.read(bench.service.sync(neighbour.request())) { _ in nil }
      let bytes = answer.operations.reduce(0) {
        $0 + CBOR.encode(OperationCoding.value($1.operation.header)).count + $1.operation.payload.count
      }
      XCTAssertLessThanOrEqual(bytes, Limits.pageBytesMax)
      neighbour.take(answer)
      pages += 1
      if !answer.more { break }
    } while pages < 20
    XCTAssertEqual(pages, 2)
    XCTAssertEqual(neighbour.judged[id]?.count, 101)
  }

  func testAHeaderBeyondAllBoundsIsRefused() throws {
    let id = device.create(try bench.matter("qingjian-04"))
    try device.sync()
    device.write(.note, ["text": "太长"], id, parents: parents(bytes: Limits.headerBytesMax + 1000))
    XCTAssertEqual(bench.refusal { try device.sync() }?.code, "sync.malformed")
    XCTAssertEqual(try bench.state(id).notes, [])
  }

  /// What names the same head over and over would be looked through for each of them.
  func testMoreHeadsThanThereCanBeAreRefused() throws {
    let id = device.create(try bench.matter("qingjian-04"))
    let first = OperationID(device.id, 1)
    try device.sync()
    let many = [OperationID](repeating: first, count: Limits.headsMax)
    device.write(.write, ["set": ["mo.name": "甲"]], id, parents: ["mo.name": many])
    try device.sync()
    XCTAssertEqual(try bench.state(id).value("mo.name"), "甲")
    device.write(.write, ["set": ["mo.name": "乙"]], id, parents: ["mo.name": many + [first]])
    XCTAssertEqual(bench.refusal { try device.sync() }?.code, "sync.malformed")
    XCTAssertEqual(try bench.state(id).value("mo.name"), "甲")
    try bench.assertVerifies()
  }

  /// Codes are made on laptops: who takes another application's code must not get it erased, or shown, in its place.
  func testACodeThatTwoApplicationsHaveMeansNeither() throws {
    let code = "L-610830100201-01-20261123-1"
    let id = try create(code, on: device)
    for number in 0..<4 { _ = try create(code + "\(number)", on: device) }
    try device.sync()
    XCTAssertEqual(try bench.service.application(code)["id"]?.text, id.text, "others only begin with it")
    let thief = try bench.device(at: 1)
    let copy = try create(code, on: thief)
    try thief.sync()
    let ambiguous = bench.refusal { _ = try bench.service.application(code) }
    XCTAssertEqual(ambiguous?.code, "application.ambiguous")
    for id in [id, copy] { XCTAssertEqual(ambiguous?.message.contains(id.text), true, "who is asked can choose") }
    for id in [id, copy] { XCTAssertEqual(try bench.service.application(id.text)["id"]?.text, id.text) }
  }

  func testAnApplicationIsSharedOnlyWithWhomeverThereMayBe() throws {
    let id = try create("甲", on: device)
    let station = bench.stations[1].id.text
    let strange: [Value] = ["", "station:", "station:nix", "tray:a", "nobody", "device:", "device:甲", .null, 5]
    for with in strange { device.write(.share, ["with": with], id) }
    device.write(.share, ["with": .text("station:" + station)], id)
    try device.sync()
    let judged = try bench.journal.read { reader throws(Problem) in try reader.operations(id) }.filter {
      $0.operation.header.kind == .share
    }
    XCTAssertEqual(
      judged.map { $0.judgement?.disposition },
      strange.map { _ in .refused("share.unknown") } + [.applied])
    XCTAssertEqual(
      try bench.journal.read { reader throws(Problem) in try reader.scopes(id) }.sorted(),
      ["station:" + device.station.text, "station:" + station].sorted())
    try bench.assertVerifies()
  }

  func testAnApplicationIsSharedWithFew() throws {
    let id = try create("甲", on: device)
    // In one request and in several.
    for first in [0, 40] {
      for number in first..<first + 40 { device.write(.share, ["with": .text("device:d\(number)")], id) }
      try device.sync()
    }
    XCTAssertEqual(
      try bench.journal.read { reader throws(Problem) in try reader.scopes(id) }.count, Limits.scopesMax)
    device.write(.share, ["with": "device:d0"], id)
    try device.sync()
    let judged = try bench.journal.read { reader throws(Problem) in try reader.operations(id) }
    XCTAssertEqual(judged.count { $0.judgement?.disposition == .refused("share.too-many") }, 80 - Limits.scopesMax + 1)
    XCTAssertEqual(judged.last?.judgement?.disposition, .applied, "once more with somebody who has it changes nothing")
    try bench.assertVerifies()
  }

}
