import Application
import Casework
import Catalog
import Foundations
import Journal
import Replication
import SQLite
import TestSupport
import XCTest

/// What becomes of items that no window is there for, once there is one.
final class RoutingTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  private func unrouted() throws -> Set<ProceedingID> {
    Set(
      try bench.service.trayItems(limit: 100).filter { $0["kind"] == "unrouted" }
        .compactMap { $0["id"]?.text.map { ProceedingID($0) } })
  }

  /// What of an application has gone out, once for each time.
  private func dispatched(_ id: ApplicationID) throws -> [ProceedingID] {
    try bench.journal.read { reader throws(Problem) in try reader.dispatches(dead: false, limit: 1000) }
      .filter { $0.application == id }.map(\.proceeding).sorted()
  }

  private func submitted(_ device: BenchDevice) throws -> ApplicationID {
    let id = device.create(try bench.matter("qingjian-04"))
    try device.submit(id)
    try device.sync()
    return id
  }

  func testWhatHadNoWindowGoesOutOnceThereIsOne() throws {
    let device = try bench.device()
    try bench.have([])
    let id = try submitted(device)
    let before = try bench.state(id).proceedings
    XCTAssertFalse(before.isEmpty)
    XCTAssertEqual(try unrouted(), Set(before.map(\.id)))
    XCTAssertEqual(try dispatched(id), [])
    XCTAssertEqual(try bench.service.routeUnrouted(), 0, "there is still none")

    try bench.have(bench.windows)
    bench.clock.advance(seconds: 3600)
    XCTAssertEqual(try bench.service.routeUnrouted(), before.count)
    XCTAssertTrue(try unrouted().isEmpty)
    let state = try bench.state(id)
    let usual = try bench.state(try submitted(device))
    for (proceeding, other) in zip(state.proceedings, usual.proceedings) {
      XCTAssertEqual(proceeding.window, other.window)
      XCTAssertEqual(proceeding.windowName, other.windowName)
      XCTAssertEqual(proceeding.status, other.status)
      XCTAssertEqual(proceeding.fields, other.fields)
      // The days count from when a window has it.
      if proceeding.status == .dispatched { XCTAssertEqual(proceeding.receivedAt, bench.clock.now()) }
    }
    XCTAssertEqual(state.proceedings.map(\.id), before.map(\.id), "none is there twice")
    let out = state.proceedings.filter { $0.status == .dispatched }
    XCTAssertEqual(try dispatched(id), out.map(\.id).sorted(), "each goes out once")
    XCTAssertNotNil(state.document(.receipt))
    XCTAssertEqual(try bench.service.routeUnrouted(), 0, "once")

    // The station sees who has it now, and the window works on it as on any other.
    try device.sync()
    XCTAssertEqual(try device.state(id).proceedings, state.proceedings)
    let first = try XCTUnwrap(out.first)
    _ = try bench.service.act(
      first.id, body: ["action": "accept", "version": .integer(first.version)], actor: bench.actor(first))
    XCTAssertEqual(try bench.state(id).proceeding(first.id)?.status, .accepted)
    try bench.assertVerifies()
  }

  func testEveryDayLooksForWindowsToo() throws {
    let device = try bench.device()
    try bench.have([])
    let id = try submitted(device)
    try bench.have(bench.windows)
    let report = try bench.service.passDay()
    XCTAssertEqual(report.routed, try bench.state(id).proceedings.count)
    XCTAssertEqual(try bench.service.passDay(), .nothing)
  }

  /// What stands on another item gets its window and waits on.
  func testWhatWaitsForAnotherItemWaitsOn() throws {
    let device = try bench.device()
    let usual = try bench.state(try submitted(device))
    let waiting = usual.proceedings.filter { !$0.after.isEmpty && $0.window != nil }
    XCTAssertFalse(waiting.isEmpty, "the matter has something that waits")
    try bench.have(bench.windows.filter { window in !waiting.contains { $0.window == window.id } })
    let id = try submitted(device)
    try bench.have(bench.windows)
    _ = try bench.service.routeUnrouted()
    XCTAssertTrue(try unrouted().isEmpty)
    for (proceeding, other) in zip(try bench.state(id).proceedings, usual.proceedings) {
      XCTAssertEqual(proceeding.window, other.window)
      XCTAssertEqual(proceeding.status, other.status)
    }
  }

  /// What came back to a backup may lie with a window that was added after it: it is in no queue, and so in the tray.
  func testWhatLiesWithAWindowThatIsLostIsSeenUntilItIsThereAgain() throws {
    let device = try bench.device()
    let id = try submitted(device)
    let out = try bench.state(id).proceedings.filter { $0.status == .dispatched }
    let lost = try XCTUnwrap(out.first?.window)
    let theirs = try bench.state(id).proceedings.filter { $0.window == lost && !$0.status.isFinal }
    try bench.have(bench.windows.filter { $0.id != lost })
    XCTAssertEqual(try unrouted(), Set(theirs.map(\.id)))
    let line = try bench.service.trayItem(theirs[0].id.text)
    XCTAssertEqual(line["code"], "routing.window-lost")
    XCTAssertEqual(line["why"]?.text?.contains("--id \(lost.text)"), true)
    XCTAssertEqual(
      bench.refusal { _ = try bench.service.admit(theirs[0].id.text, actor: "admin") }?.code, "tray.unrouted")
    XCTAssertEqual(try bench.service.routeUnrouted(), 0, "where it lies is for the county to say")
    XCTAssertEqual(try bench.state(id).proceedings.filter { $0.window == lost }.count, theirs.count)

    try bench.have(bench.windows)
    XCTAssertTrue(try unrouted().isEmpty)
    XCTAssertThrowsError(try bench.service.trayItem(theirs[0].id.text))
    try bench.assertVerifies()
  }

  /// A station that was added after a backup went with the log, and its applications come back.
  func testAStationThatIsLostIsNamed() throws {
    let device = try bench.device()
    _ = try submitted(device)
    func lost() throws -> [StationID] {
      try bench.journal.read { reader throws(Problem) in try reader.lostStations() }
    }
    XCTAssertEqual(try lost(), [])
    try Connection(path: bench.folder + "/journal.db", mode: .readWrite).run(
      "DELETE FROM stations WHERE id = ?", [.text(device.station.text)])
    XCTAssertEqual(try lost(), [device.station])
  }

  /// Many of them: all are looked at, in whichever order they came, and those that have a window are left alone.
  func testAllOfManyAreLookedAt() throws {
    let device = try bench.device()
    try bench.have([])
    for _ in 0..<30 { try device.submit(device.create(try bench.matter("qingjian-04"))) }
    try device.sync()
    let count = try bench.journal.read { reader throws(Problem) in try reader.unrouted(after: nil, limit: 1000) }.count
    XCTAssertGreaterThan(count, 100, "more than one page of them")
    try bench.have(bench.windows)
    XCTAssertEqual(try bench.service.routeUnrouted(), count)
    XCTAssertTrue(try unrouted().isEmpty)
  }

  /// One that stands behind another application gets its window and goes out to nobody, until both go on.
  func testWhatStandsBehindAnotherWaitsOn() throws {
    let device = try bench.device()
    try bench.have([])
    let (first, second) = (try submitted(device), try submitted(device))
    try device.sync()
    func decide(_ kind: OperationKind) throws {
      let mark = try XCTUnwrap(try device.state(first).duplicate(second))
      let heads = mark.decisions.heads.map(\.operation)
      let state = try device.state(first)
      device.write(
        kind, kind == .join ? state.payload(joining: mark, keeping: first) : state.payload(apartFrom: mark), first,
        parents: heads.isEmpty ? [:] : [Register.duplicate(second): heads])
      try device.sync()
    }
    try decide(.join)
    try bench.have(bench.windows)
    _ = try bench.service.routeUnrouted()
    XCTAssertTrue(try unrouted().isEmpty)
    XCTAssertTrue(try bench.state(second).proceedings.allSatisfy { $0.window != nil && $0.status == .waiting })
    XCTAssertFalse(try dispatched(first).isEmpty)
    XCTAssertEqual(try dispatched(second), [])
    try device.sync()
    try decide(.apart)
    XCTAssertEqual(try dispatched(second).map(\.item), try dispatched(first).map(\.item))
    try bench.assertVerifies()
  }

  /// The tray says which window is wanting, and that nothing else is to be decided.
  func testTheTrayTellsWhatIsWanting() throws {
    let device = try bench.device()
    try bench.have([])
    let id = try submitted(device)
    let proceeding = try XCTUnwrap(try bench.state(id).proceedings.first)
    let line = try XCTUnwrap(try bench.service.trayItems(limit: 100).first { $0["id"]?.text == proceeding.id.text })
    XCTAssertEqual(line["name"]?.text, proceeding.itemName)
    XCTAssertEqual(line["why"]?.text?.contains(proceeding.authority), true, "\(line)")
    XCTAssertEqual(try bench.service.trayItem(proceeding.id.text), line)
    XCTAssertEqual(
      bench.refusal { _ = try bench.service.admit(proceeding.id.text, actor: "test") }?.code, "tray.unrouted")
    try bench.have(bench.windows)
    _ = try bench.service.routeUnrouted()
    XCTAssertEqual(bench.refusal { _ = try bench.service.trayItem(proceeding.id.text) }?.code, "tray.not-found")
  }

  /// What was withdrawn goes out to nobody.
  func testWhatWasWithdrawnStays() throws {
    let device = try bench.device()
    try bench.have([])
    let id = try submitted(device)
    device.write(.withdraw, ["why": "不办了"], id, saw: try device.state(id).known.filter { $0.key != device.id })
    try device.sync()
    try bench.have(bench.windows)
    XCTAssertEqual(try bench.service.routeUnrouted(), 0)
    XCTAssertTrue(try bench.state(id).proceedings.allSatisfy { $0.window == nil && $0.status == .terminated })
  }
}
