import Application
import Assistant
import CaptureStore
import Casework
import Foundations
import HTTP
import Journal
import Replication
import Synchronization
import Synchronizer
import TestSupport
import XCTest

/// What comes back is another's answer, a page that asks to log in, or one with a flipped bit: nothing on the laptop
/// changes, whatever it says.
final class ForeignAnswerTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!
  private var id = ""
  private let canned = Canned()
  private var impostor: HTTPServer!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
    id = try XCTUnwrap(try laptop.assistant().new(try village.document(submit: true))["id"]?.text)
    impostor = try HTTPServer(ServerSettings(), limits: { _, _ in 1 << 20 }) { [canned] _ in
      canned.response.withLock { $0 }
    }
  }

  /// What a laptop is answered, with its headers.
  private func answer(to laptop: Laptop) -> ServerAnswer? {
    let line = WeighingLine(HTTPLine(address: village.url))
    let assistant = laptop.assistant()
    assistant.line = { _, _ in line }
    _ = try? assistant.sync { _ in }
    return line.answers.last
  }

  /// What `sync` says where everything is answered by this.
  private func outcome(_ status: Int, _ headers: [(name: String, value: String)], _ body: [UInt8]) -> String? {
    canned.response.withLock { $0 = Response(status, headers: headers, body: body) }
    let assistant = laptop.assistant()
    assistant.line = { [impostor] _, _ in HTTPLine(address: "http://127.0.0.1:\(impostor?.port ?? 0)") }
    return problem { _ = try assistant.sync { _ in } }?.code
  }

  private func standing() throws -> [String] {
    try laptop.assistant().store().read { session throws(Problem) in
      let record = try session.record()
      return [
        "\(record.acknowledged)", "\(record.counter)", "\(record.cursor)", "\(try session.stopped() as Any)",
        "\(try session.reviewed())", "\(try session.needsIdentity())",
      ]
    }
  }

  private func assertArrives() throws {
    try laptop.sync()
    XCTAssertEqual(try village.bench.state(ApplicationID(id)).status, .submitted)
    try village.checkAgreement(laptop)
  }

  func testAnotherLaptopsAnswerIsNotTaken() throws {
    let other = try village.laptop()
    _ = try other.assistant().new(try village.document(submit: true))
    let theirs = try XCTUnwrap(answer(to: other))
    XCTAssertNotNil(theirs.headers[AnswerProof.header.lowercased()])
    let before = try standing()
    let headers = theirs.headers.filter { $0.key.hasPrefix("bangban") }.map { (name: $0.key, value: $0.value) }
    XCTAssertEqual(outcome(200, headers, theirs.body), "sync.unproven")
    XCTAssertEqual(try standing(), before)
    // Nor a refusal that would end it.
    try village.bench.revoke(other.device())
    let refusal = try XCTUnwrap(answer(to: other))
    XCTAssertEqual(refusal.problem.code, "device.revoked")
    let signed = refusal.headers.filter { $0.key.hasPrefix("bangban") }.map { (name: $0.key, value: $0.value) }
    for headers in [signed, []] {
      XCTAssertEqual(outcome(refusal.status, headers, refusal.body), "sync.unproven")
      XCTAssertEqual(outcome(503, headers, refusal.body), "sync.unproven")
    }
    XCTAssertEqual(try standing(), before)
    try assertArrives()
  }

  func testAFlippedBitOfAnAnswerChangesNothing() throws {
    try laptop.sync()
    let own = try XCTUnwrap(answer(to: laptop))
    let before = try standing()
    let headers = own.headers.filter { $0.key.hasPrefix("bangban") }.map { (name: $0.key, value: $0.value) }
    for place in own.body.indices {
      var body = own.body
      body[place] ^= 1 << (place % 8)
      XCTAssertEqual(outcome(200, headers, body), "sync.unproven", "\(place)")
    }
    XCTAssertEqual(outcome(200, headers, own.body), "sync.unproven", "it answered another question")
    XCTAssertEqual(try standing(), before)
    try assertArrives()
  }

  func testALoginPageIsTakenForWhatItIs() throws {
    let before = try standing()
    let page = Array("<html>请登录</html>".utf8)
    XCTAssertEqual(outcome(200, [("Content-Type", "text/html")], page), "sync.unproven")
    XCTAssertEqual(outcome(502, [], page), "network.answer")
    XCTAssertEqual(outcome(429, [], page), "network.answer")
    XCTAssertEqual(Array(try standing().prefix(2)), Array(before.prefix(2)))
    try assertArrives()
  }
}

/// What an impostor answers to everything.
private final class Canned: Sendable {
  let response = Mutex(Response(200))
}
