import Application
import Casework
import Catalog
import Cryptography
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// The county's side of ferry files, with requests made by hand.
final class FerryCaseworkTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  /// Attachments that nobody sends.
  private struct NoAttachments: AttachmentStore {
    func received(_ digest: String, from device: DeviceID) throws(Problem) -> Int64 { 0 }
    func append(
      _ bytes: [UInt8], to digest: String, from device: DeviceID, at offset: Int64
    ) throws(Problem) {}
    func flush(_ digest: String, from device: DeviceID) throws(Problem) {}
    func isWhole(_ digest: String) throws(Problem) -> Bool { false }
    func keep(_ digest: String, from device: DeviceID) throws(Problem) -> AttachmentKeeping { .nothing }
    func drop(_ digest: String, senders: [DeviceID]) throws(Problem) {}
  }

  /// Found by the simulator: a device that came back from a backup numbers its files anew.
  func testAFileUnderANumberThatWasUsedBeforeIsTaken() throws {
    let device = try bench.device()
    device.create(try bench.matter("qingjian-04"))
    let older = device.copy()
    XCTAssertEqual(try take([try device.request()], from: device).operations, 1)
    older.create(try bench.matter("qingjian-04"))
    XCTAssertEqual(try take([try older.request()], from: older).operations, 2)
    XCTAssertEqual(try bench.service.verify().problems, [])
  }

  private func take(_ requests: [[UInt8]], from device: BenchDevice) throws -> FerryIntake {
    var bytes: [UInt8] = []
    var file = try FerryWriter(
      .toServer, from: device.id, to: bench.encryptionKey.encryptionKey, signer: device.key, random: SystemRandom()
    ) { piece throws(Problem) in bytes += piece }
    for request in requests { try file.append(.request(request)) }
    try file.finish()
    var rest = bytes[...]
    return try bench.service.takeFerry(
      key: bench.encryptionKey, attachments: NoAttachments(), actor: "test"
    ) { count throws(Problem) in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }

  /// A request with some of the device's operations.
  private func request(_ device: BenchDevice, _ counters: ClosedRange<Int64>) throws -> [UInt8] {
    device.number += 1
    return try SyncRequest(
      device: device.id, number: device.number, cursor: device.cursor, now: bench.clock.now(), clockEpoch: 0,
      catalogVersion: "", pageMax: 500, acknowledged: counters.lowerBound - 1,
      running: try XCTUnwrap(device.runnings[counters.lowerBound - 1]),
      operations: counters.compactMap { device.own[$0] }
    ).bytes(key: device.key, dictionary: nil)
  }

  func testARevokedDevicesFileGoesToTheReviewTray() throws {
    let device = try bench.device()
    let matter = try bench.matter("qingjian-04")
    device.create(matter)
    device.create(matter)
    let requests = [try request(device, 1...1), try request(device, 2...2)]
    try bench.revoke(device)
    for _ in 1...2 {
      XCTAssertEqual(bench.refusal { _ = try take(requests, from: device) }?.code, "device.revoked")
      XCTAssertEqual(try bench.tray().map(\.operation.id.counter).sorted(), [1, 2], "both requests, and once")
    }
  }

  func testAFileBeforeItsPredecessorIsRefusedByNameAndTakenAfterIt() throws {
    let device = try bench.device()
    let matter = try bench.matter("qingjian-04")
    for _ in 0..<6 { device.create(matter) }
    let (first, second) = (try request(device, 1...3), try request(device, 4...6))
    let refusal = bench.refusal { _ = try take([second], from: device) }
    XCTAssertEqual(refusal?.code, "ferry.gap")
    XCTAssertEqual(refusal?.detail, "1")
    XCTAssertEqual(try bench.service.applications(since: 0, limit: 9).count, 0)
    XCTAssertEqual(try take([first], from: device).operations, 3)
    XCTAssertEqual(try take([second], from: device).operations, 3)
    XCTAssertEqual(try bench.service.applications(since: 0, limit: 9).count, 6)
    try bench.assertVerifies()
  }

  func testMoreThanOneAnswerTellsIsToldInSeveral() throws {
    let device = try bench.device()
    let matter = try bench.matter("qingjian-04")
    let applications = (0..<100).map { _ in device.create(matter) }
    for index in 0..<2300 { device.write(.note, ["text": "备注"], applications[index % 100]) }
    let last: Int64 = 2400
    _ = try take([try request(device, 1...1200), try request(device, 1201...last)], from: device)
    // Over the network the device goes on with what it knows: far less than the server holds.
    let answer = try SyncAnswer.read(try bench.service.sync(try request(device, 1...500))) { _ in nil }
    XCTAssertEqual(answer.acknowledged, Int64(Limits.operationsPerPageMax))
    device.take(answer)
    try device.sync()
    XCTAssertEqual(device.acknowledged, last)
    XCTAssertEqual(device.judged.values.flatMap { $0 }.count { $0.operation.id.device == device.id }, Int(last))
    try bench.assertVerifies()
  }

  func testNothingIsTakenFromAFileThatAnotherDeviceWrote() throws {
    let (device, other) = (try bench.device(), try bench.device())
    device.create(try bench.matter("qingjian-04"))
    let request = try request(device, 1...1)
    XCTAssertEqual(bench.refusal { _ = try take([request], from: other) }?.code, "sync.signature")
    XCTAssertEqual(try bench.service.applications(since: 0, limit: 9).count, 0)
  }

  func testEveryFileStandsInTheAuditChain() throws {
    let device = try bench.device()
    _ = try take([try device.request()], from: device)
    _ = try bench.service.writeFerry(for: device.id, actor: "test") { _ throws(Problem) in }
    let lines = try bench.journal.read { reader throws(Problem) in try reader.audit(after: 0, limit: 99) }
    XCTAssertEqual(
      lines.filter { $0.subject == device.id.text }.map(\.action).suffix(2), ["ferry.in", "ferry.out"])
    try bench.assertVerifies()
  }
}
