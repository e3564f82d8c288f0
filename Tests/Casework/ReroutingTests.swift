import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import TestSupport
import XCTest

/// Where what has not gone out yet goes to, once its applicant has moved or the county's windows have changed.
final class ReroutingTests: XCTestCase {
  private var bench: CountyBench!
  private var device: BenchDevice!

  override func setUpWithError() throws {
    bench = try CountyBench()
    try bench.connectWindows()
    device = try bench.device()
  }

  private func submitted() throws -> ApplicationID {
    let id = device.create(try bench.matter("qingjian-04"))
    try device.submit(id)
    try device.sync()
    return id
  }

  private func act(_ proceeding: ProceedingState, _ body: Value) throws {
    _ = try bench.service.act(proceeding.id, body: body, actor: bench.actor(proceeding))
  }

  private func rows(_ id: ProceedingID) throws -> [DispatchRow] {
    try bench.journal.read { reader throws(Problem) in try reader.dispatches(dead: false, limit: 1000) }
      .filter { $0.proceeding == id }
  }

  private func window(_ id: WindowID?) throws -> WindowDescription {
    try XCTUnwrap(bench.windows.first { $0.id == id })
  }

  /// A copy of a window for a part of the county.
  private func branch(_ window: WindowDescription, _ id: String, _ division: String) -> WindowDescription {
    var branch = window
    (branch.id, branch.name, branch.divisions) = (WindowID(id), window.name + id, [division])
    return branch
  }

  func testAFurtherVersionGoesWhereItsApplicantLivesNow() throws {
    let usual = try XCTUnwrap(try bench.state(try submitted()).proceedings.first { $0.status == .dispatched })
    let (east, west) = ("w-east", "w-west")
    let divided = try window(usual.window)
    try bench.have(bench.windows + [branch(divided, east, "610830100"), branch(divided, west, "610830101")])
    let id = try submitted()
    let item = ProceedingID(id, usual.id.item)
    XCTAssertEqual(try bench.state(id).proceeding(item)?.window?.text, east)
    bench.clock.advance(seconds: 60)
    try device.edit(id, Register.division, "610830101201")
    try device.submit(id)
    try device.sync()
    let moved = try XCTUnwrap(try bench.state(id).proceeding(item))
    XCTAssertEqual(moved.window?.text, west)
    XCTAssertEqual(moved.status, .dispatched)
    XCTAssertEqual(moved.version, 2)
    XCTAssertEqual(moved.receivedAt, bench.clock.now())
    XCTAssertEqual(try rows(item).map { "\($0.window.text) \($0.version)" }.sorted(), ["\(east) 1", "\(west) 2"])
    XCTAssertTrue(try rows(item).allSatisfy { $0.version == 2 || $0.status != "queued" }, "whose it was is not told")
    try device.sync()
    XCTAssertEqual(try device.state(id).proceedings, try bench.state(id).proceedings)
    try bench.assertVerifies()
  }

  /// What waits for another item goes, weeks later, to the window that has it by then.
  func testWhatWaitedGoesToTheWindowThatIsThereForItWhenItGoesOut() throws {
    let id = try submitted()
    let waiting = try XCTUnwrap(try bench.state(id).proceedings.first { !$0.after.isEmpty && $0.status == .waiting })
    var former = try window(waiting.window)
    let successor = branch(former, "w-successor", "610830")
    former.matters = [MatterID("qingjian-01")]
    try bench.have(bench.windows.filter { $0.id != former.id } + [former, successor])
    for _ in 0..<4 {
      for proceeding in try bench.state(id).proceedings where proceeding.status == .dispatched {
        guard proceeding.id != waiting.id else { continue }
        try act(proceeding, ["action": "accept", "version": .integer(proceeding.version)])
        try act(
          proceeding,
          ["action": "decide", "version": .integer(proceeding.version), "outcome": "approve", "reason": "符合"])
      }
    }
    let out = try XCTUnwrap(try bench.state(id).proceeding(waiting.id))
    XCTAssertEqual(out.status, .dispatched)
    XCTAssertEqual(out.window, successor.id)
    XCTAssertEqual(try rows(waiting.id).map(\.window), [successor.id])
    try bench.assertVerifies()
  }

  /// Whoever returned it knows it, whatever windows were added meanwhile.
  func testAnAnswerGoesToWhoAskedForIt() throws {
    let id = try submitted()
    let asked = try XCTUnwrap(try bench.state(id).proceedings.first { $0.status == .dispatched })
    try act(
      asked,
      [
        "action": "correct", "version": 1, "until": "2026-12-20",
        "defects": [["field": "mo.name", "problem": "写错", "remedy": "改正"]],
      ])
    try bench.have(bench.windows + [branch(try window(asked.window), "w-near", "610830100")])
    try device.sync()
    try device.edit(id, "mo.name", "刘改正")
    try device.submit(id)
    try device.sync()
    let answered = try XCTUnwrap(try bench.state(id).proceeding(asked.id))
    XCTAssertEqual(answered.status, .dispatched)
    XCTAssertEqual(answered.window, asked.window)
    XCTAssertEqual(answered.version, 2)
    try bench.assertVerifies()
  }

  /// An added item would lie with no window, and one that was taken out would be handled all the same.
  func testAFurtherVersionIsOfTheSameItems() throws {
    let matter = try bench.matter("qingjian-04")
    let items = matter.defaultItems
    XCTAssertGreaterThan(items.count, 1)
    let id = try submitted()
    func chosen(_ items: [ItemID]) -> Value { .array(items.map { .text($0.text) }) }
    try device.edit(id, Register.items, chosen(Array(items.dropLast())))
    try device.submit(id)
    try device.sync()
    XCTAssertEqual(
      device.lastAnswer?.judgements.values.map(\.disposition).last { $0 != .late }, .refused("submit.items"))
    XCTAssertEqual(try bench.state(id).versions.count, 1)
    // In another order they are the same ones.
    device.write(
      .write, ["set": [Register.items: chosen(items.reversed())]], id,
      parents: [Register.items: try device.state(id).shown(Register.items)])
    try device.submit(id)
    try device.sync()
    XCTAssertEqual(try bench.state(id).versions.count, 2)
    XCTAssertEqual(Set(try bench.state(id).proceedings.map(\.id.item)), Set(items))
    try bench.assertVerifies()
  }
}
