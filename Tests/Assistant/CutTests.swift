import Application
import Assistant
import Casework
import Foundations
import HTTP
import Synchronizer
import TestNetwork
import TestSupport
import XCTest

/// The exchange of one edit over a real socket that is cut after every single byte, in both directions.
final class CutTests: XCTestCase {
  private var village: Village!
  private var laptop: Laptop!
  private var proxy: CuttingProxy!

  override func setUpWithError() throws {
    village = try Village()
    laptop = try village.laptop()
    proxy = try CuttingProxy(to: village.server.port)
  }

  override func tearDown() { proxy.stop() }

  /// A command that stays open: what a key costs would be paid for every byte.
  private func open() -> Assistant {
    let assistant = laptop.assistant()
    let url = proxy.url
    assistant.line = { _, authorities in HTTPLine(address: url, authoritiesFile: authorities) }
    return assistant
  }

  private func cut(_ assistant: Assistant, _ cut: CuttingProxy.Cut?) throws -> Bool {
    proxy.arm(cut)
    do {
      _ = try assistant.sync { _ in }
      return true
    } catch {
      XCTAssertEqual(error.kind.exit, .offline, "\(error)")
      return false
    }
  }

  /// A small application: the longer its history, the longer it takes to look at it.
  private func capture(_ assistant: Assistant) throws -> String {
    let id = try XCTUnwrap(try assistant.new(try village.document(submit: false))["id"]?.text)
    XCTAssertTrue(try cut(assistant, nil))
    return id
  }

  /// One edit, whose exchange is cut, and a retry.
  /// - Returns: whether the exchange was over before so many bytes had passed.
  private func round(_ assistant: Assistant, _ id: String, _ place: CuttingProxy.Cut, edit number: Int) throws -> Bool {
    let application = ApplicationID(id)
    let (what, name) = ("\(place.direction) \(place.bytes)", "李四" + inWords(1000 + number))
    let before = try village.bench.state(application).operations
    _ = try assistant.edit(id, [Assignment("mo.name", .text(name))])
    let isDone = try cut(assistant, place)
    let isWhole = proxy.passed(place.direction) < place.bytes
    if isWhole { XCTAssertTrue(isDone, what) }
    if !isDone {
      XCTAssertEqual(try assistant.show(id)["sync"], "partial", what)
      XCTAssertLessThanOrEqual(try village.bench.state(application).operations, before + 1, what)
      XCTAssertTrue(try cut(assistant, nil), "\(what): the retry")
    }
    let state = try village.bench.state(application)
    XCTAssertEqual(state.operations, before + 1, what)
    XCTAssertEqual(state.value("mo.name")?.text, name, what)
    XCTAssertEqual(try assistant.show(id)["sync"], "synced", what)
    return isWhole
  }

  func testScenario03TheExchangeCutAtEveryByteInEitherDirectionConverges() throws {
    let assistant = open()
    var id = try capture(assistant)
    var edits = 0
    var counts: [CuttingProxy.Direction: Int] = [:]
    for direction in CuttingProxy.Direction.allCases {
      var bytes = 0
      // The exchange is over when all of it has passed before the place of the cut.
      while try !round(assistant, id, CuttingProxy.Cut(direction, after: bytes), edit: edits) {
        bytes += 1
        edits += 1
        // Its history stays short.
        if edits.isMultiple(of: 20) { id = try capture(assistant) }
      }
      counts[direction] = bytes
      edits += 1
    }
    // Headers and a body in each direction.
    for direction in CuttingProxy.Direction.allCases { XCTAssertGreaterThan(counts[direction] ?? 0, 200) }
    print("cut after each of \(counts[.request] ?? 0) bytes of the request, \(counts[.answer] ?? 0) of the answer")
    proxy.arm(nil)
    XCTAssertEqual(try assistant.prove()["differ"], [])
    XCTAssertEqual(try assistant.doctor()["ok"], true)
    XCTAssertEqual(try village.bench.service.verify().problems, [])
  }
}
