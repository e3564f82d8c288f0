import Foundations
import Journal
import TestSupport
import XCTest

/// What of the outbox is due.
final class OutboxTests: XCTestCase {
  private var bench: CountyBench!

  override func setUpWithError() throws { bench = try CountyBench() }

  private func row(
    _ application: String, _ window: String, _ version: Int64 = 1, next: Int64, created: Int64 = 0
  ) -> DispatchRow {
    DispatchRow(
      id: "sm3:\(application)\(window)\(version)", proceeding: ProceedingID("\(application).\(window)"),
      application: ApplicationID(application), version: version, window: WindowID(window), status: "queued",
      attempts: 0, nextAt: Instant(milliseconds: next), createdAt: Instant(milliseconds: created))
  }

  private func add(_ rows: [DispatchRow]) throws {
    try bench.journal.write { writer throws(Problem) in for row in rows { try writer.setDispatch(row) } }
  }

  private func due(_ now: Int64, of each: Int, except windows: Set<WindowID> = []) throws -> [String] {
    try bench.journal.read { reader throws(Problem) in
      try reader.dueDispatches(now: Instant(milliseconds: now), of: each, except: windows)
    }.map { "\($0.application.text) \($0.window.text) \($0.version)" }
  }

  func testTheBacklogOfOneWindowHidesNoOther() throws {
    try add((0..<1000).map { row("a\($0)", "w1", next: Int64($0)) })
    try add([row("b", "w2", next: 5000), row("c", "w3", next: 6000), row("d", "w3", next: 9000)])
    XCTAssertEqual(try due(8000, of: 2), ["a0 w1 1", "a1 w1 1", "b w2 1", "c w3 1"])
    XCTAssertEqual(try due(8000, of: 2, except: [WindowID("w1"), WindowID("w3")]), ["b w2 1"])
    XCTAssertEqual(try due(8000, of: 2000).count, 1002)
  }

  func testADispatchWaitsForTheEarlierOnesOfItsApplicationToItsWindow() throws {
    try add([
      row("a", "w1", 1, next: 900, created: 1), row("a", "w1", 2, next: 2, created: 2), row("a", "w2", 2, next: 3),
      row("b", "w1", next: 4),
    ])
    XCTAssertEqual(try due(100, of: 1), ["a w2 2", "b w1 1"])
    XCTAssertEqual(try due(900, of: 9), ["a w2 2", "b w1 1", "a w1 1"])
  }

  func testTheNextTimeIsOfWhatIsNotDueYet() throws {
    try add([row("a", "w1", next: 5), row("b", "w1", next: 70), row("c", "w2", next: 60)])
    for (now, next): (Int64, Int64?) in [(0, 5), (5, 60), (60, 70), (70, nil)] {
      XCTAssertEqual(
        try bench.journal.read { reader throws(Problem) in
          try reader.nextDispatch(after: Instant(milliseconds: now))?.milliseconds
        }, next)
    }
  }
}
