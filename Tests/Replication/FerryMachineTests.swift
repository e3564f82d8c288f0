import Cryptography
import Foundations
import Replication
import XCTest

/// What a request in a file is to the server, and what a page in a file is to a device.
final class FerryMachineTests: XCTestCase {
  private func place(_ position: Int64, timeline: String = "t") -> Cursor {
    Cursor(timeline: timeline, position: position, sequence: position)
  }

  /// A page from one place to another.
  private func verdict(
    from: Int64, _ acknowledgedBefore: Int64, to: Int64, _ acknowledged: Int64, here: Int64, _ hereAcknowledged: Int64,
    timeline: String = "t", version: String = "v1", catalog: Value? = nil, history: [UInt8] = [1], moved: Int64? = nil,
    news: TrayNews? = nil, tray: Int64 = 0, assignment: Int64 = 1, writtenFor: Int64? = 1, more: Bool = true,
    isScopeDoubted: Bool = false
  ) -> FerryPageVerdict {
    let judgements =
      acknowledgedBefore < acknowledged
      ? Dictionary(uniqueKeysWithValues: (acknowledgedBefore + 1...acknowledged).map { ($0, judgement($0)) }) : [:]
    var answer = SyncAnswer(
      acknowledged: acknowledged, running: running(acknowledged, history), now: Instant(milliseconds: 0),
      cursor: place(to, timeline: timeline), more: more,
      operations: [JudgedOperation(operation(bob, 1), judgement(to))], judgements: judgements,
      left: [ApplicationID("gone")], catalog: catalog, assignment: moved.map { ["assignment": .integer($0)] },
      tray: news)
    answer.writtenFor = writtenFor
    let verdict = try? FerryMachine.verdict(
      FerryPage(
        cursor: place(from), acknowledged: acknowledgedBefore, catalogVersion: version, answer: []), answer,
      record: DeviceRecord(counter: 9, acknowledged: hereAcknowledged, cursor: place(here), pageMax: 100),
      catalogVersion: "v1", assignment: assignment, tray: tray, isScopeDoubted: isScopeDoubted,
      lineage: Lineage(past: [Lineage.Past(timeline: "before", through: 3)], current: "t")
    ) { counter throws(Problem) in running(counter, [1]) }
    return verdict ?? .gap
  }

  /// The running digest at a counter of one history or another.
  private func running(_ counter: Int64, _ history: [UInt8]) -> Digest { .sm3(history + [UInt8(counter)]) }

  private func applied(_ verdict: FerryPageVerdict) -> SyncAnswer? {
    if case .apply(let answer) = verdict { answer } else { nil }
  }

  func testThatNothingMoreIsInScopeIsNewsToWhoHasMoved() {
    func isNews(more: Bool = false, isScopeDoubted: Bool = true, to: Int64 = 4, writtenFor: Int64? = 1) -> Bool {
      verdict(
        from: 4, 2, to: to, 2, here: 4, 2, writtenFor: writtenFor, more: more, isScopeDoubted: isScopeDoubted) != .old
    }
    XCTAssertTrue(isNews())
    XCTAssertFalse(isNews(isScopeDoubted: false), "known already")
    XCTAssertFalse(isNews(more: true), "more is to come")
    XCTAssertFalse(isNews(to: 3), "and came meanwhile")
    XCTAssertFalse(isNews(writtenFor: 2), "of another station")
    XCTAssertFalse(isNews(writtenFor: nil), "of whichever station")
  }

  func testAPageWithNewsOfTheTrayIsNewOnlyToWhoDoesNotKnowThem() {
    let news = TrayNews(through: 7, more: false, entries: [])
    XCTAssertEqual(applied(verdict(from: 5, 2, to: 5, 2, here: 5, 2, news: news, tray: 6))?.tray, news)
    XCTAssertEqual(verdict(from: 5, 2, to: 5, 2, here: 5, 2, news: news, tray: 7), .old)
    XCTAssertNil(applied(verdict(from: 5, 2, to: 9, 2, here: 5, 2, news: news, tray: 8))?.tray, "and undo nothing")
  }

  func testAPageFromBeforeABackupWasPutBackIsOld() {
    XCTAssertEqual(verdict(from: 5, 2, to: 9, 4, here: 5, 2, timeline: "before"), .old)
  }

  func testPagesJoinOnOverlapAreOldOrAreKeptOut() {
    let whole = applied(verdict(from: 5, 2, to: 9, 4, here: 5, 2))
    XCTAssertEqual(whole?.acknowledged, 4)
    XCTAssertEqual(whole?.cursor, place(9))
    XCTAssertEqual(whole?.judgements.keys.sorted(), [3, 4])
    XCTAssertEqual(whole?.operations.count, 1)
    XCTAssertEqual(whole?.more, false, "the next page is in the file, not to be asked for")
    let overlap = applied(verdict(from: 5, 2, to: 9, 4, here: 7, 3))
    XCTAssertEqual(overlap?.judgements.keys.sorted(), [4])
    XCTAssertEqual(overlap?.operations.count, 1)
    XCTAssertEqual(verdict(from: 5, 2, to: 9, 4, here: 9, 4), .old)
    XCTAssertEqual(verdict(from: 5, 2, to: 9, 4, here: 20, 6), .old)
    XCTAssertEqual(verdict(from: 5, 2, to: 9, 4, here: 4, 2), .gap)
    XCTAssertEqual(verdict(from: 5, 2, to: 9, 4, here: 5, 1), .gap)
  }

  func testAnOldPageThatAcknowledgesSomethingNewBringsOnlyThat() {
    let late = applied(verdict(from: 5, 2, to: 9, 4, here: 20, 3))
    XCTAssertEqual(late?.acknowledged, 4)
    XCTAssertEqual(late?.cursor, place(20), "the cursor never goes back")
    XCTAssertEqual(late?.operations, [])
    XCTAssertEqual(late?.left, [])
    let behind = applied(verdict(from: 5, 2, to: 30, 4, here: 20, 6))
    XCTAssertEqual(behind?.acknowledged, 6, "nor does what is acknowledged")
    XCTAssertEqual(behind?.judgements, [:])
    XCTAssertEqual(behind?.operations.count, 1)
  }

  func testWhatIsNewIsToldWithTheHistoryItFollowsOn() {
    let behind = applied(verdict(from: 5, 2, to: 30, 4, here: 20, 6))
    XCTAssertEqual(behind?.running, Array(running(6, [1]).bytes.prefix(SyncRequest.runningBytes)))
    let foreign = applied(verdict(from: 5, 2, to: 30, 4, here: 20, 6, history: [2]))
    XCTAssertEqual(foreign?.acknowledged, 4, "left as it is for the machine of both ways to refuse")
  }

  func testAStationThatIsKnownIsNotTakenAgain() {
    XCTAssertEqual(verdict(from: 5, 2, to: 9, 4, here: 9, 4, moved: 1), .old)
    XCTAssertNotNil(applied(verdict(from: 5, 2, to: 9, 4, here: 9, 4, moved: 2))?.assignment)
    XCTAssertNotNil(
      applied(verdict(from: 5, 2, to: 9, 4, here: 9, 4, moved: 0))?.assignment, "its move went with a lost log")
    XCTAssertEqual(verdict(from: 5, 2, to: 9, 4, here: 9, 4, moved: 0, assignment: 1001, writtenFor: 1001), .old)
  }

  func testAPageForAnotherOfItsStationsOnlyAcknowledges() {
    let news = TrayNews(through: 7, more: false, entries: [])
    for other: Int64 in [0, 2] {
      let former = applied(verdict(from: 50, 2, to: 90, 4, here: 5, 3, news: news, writtenFor: other))
      XCTAssertEqual(former?.acknowledged, 4, "a page that begins behind its cursor is no gap: the cursor is another")
      XCTAssertEqual(former?.judgements.keys.sorted(), [4])
      XCTAssertEqual(former?.cursor, place(5))
      XCTAssertEqual(former?.operations, [])
      XCTAssertEqual(former?.left, [])
      XCTAssertNil(former?.tray)
      XCTAssertEqual(verdict(from: 5, 2, to: 9, 4, here: 5, 4, writtenFor: other), .old)
    }
    XCTAssertEqual(
      applied(verdict(from: 5, 2, to: 9, 4, here: 5, 2, writtenFor: nil))?.operations.count, 1, "of an earlier server")
  }

  func testTheCatalogueOnlyMovesOnFromWhatIsHere() {
    let changes: Value = ["version": "v2"]
    XCTAssertEqual(applied(verdict(from: 5, 2, to: 9, 4, here: 9, 4, catalog: changes))?.catalog, changes)
    XCTAssertEqual(verdict(from: 5, 2, to: 9, 4, here: 9, 4, version: "v0", catalog: changes), .old)
  }

  func testAnotherTimelineIsLeftToTheMachineOfBothWays() {
    let other = applied(verdict(from: 5, 2, to: 9, 4, here: 50, 8, timeline: "t2"))
    XCTAssertEqual(other?.cursor.timeline, "t2")
    let restored = applied(verdict(from: 5, 8, to: 9, 12, here: 4, 3))
    XCTAssertEqual(restored?.acknowledged, 12, "more than the device has written: it must not pass for a gap")
  }

  // MARK: The server

  private func request(_ counters: ClosedRange<Int64>, number: Int64) -> SyncRequest {
    SyncRequest(
      device: alice, number: number, cursor: .start, now: Instant(milliseconds: 0), clockEpoch: 0, catalogVersion: "",
      pageMax: 10, acknowledged: counters.lowerBound - 1, running: running(counters.lowerBound - 1),
      operations: counters.map { operation(alice, $0) })
  }

  private func running(_ counter: Int64) -> Digest {
    (1...max(1, counter)).prefix(Int(counter)).reduce(Chain.start(alice)) {
      Chain.next($0, operation(alice, $1).digest)
    }
  }

  private func verdict(
    _ request: SyncRequest, held: Int64, latest: Int64, isFerried: Bool = true, digest: Digest = .sm3([1])
  ) -> IntakeVerdict {
    IntakeMachine.verdict(
      request, requestDigest: digest,
      record: AuthorRecord(counter: held, running: running(held), number: latest, request: .sm3([9])),
      isFerried: isFerried,
      held: { counter in counter <= held ? (operation(alice, counter).digest, running(counter)) : nil },
      reviewed: { _ in [] })
  }

  func testAFileIsTakenWhateverItsNumberAndNeverTwice() {
    XCTAssertEqual(verdict(request(1...3, number: 2), held: 0, latest: 7), .take(from: 0))
    XCTAssertEqual(verdict(request(1...3, number: 2), held: 2, latest: 7), .take(from: 2))
    XCTAssertEqual(verdict(request(1...3, number: 2), held: 8, latest: 7), .take(from: 3))
    XCTAssertEqual(verdict(request(1...3, number: 7), held: 3, latest: 7), .take(from: 3))
    XCTAssertEqual(verdict(request(1...3, number: 7), held: 3, latest: 7, digest: .sm3([9])), .repeated)
    XCTAssertEqual(
      verdict(request(1...3, number: 2), held: 3, latest: 7, isFerried: false), .stale(latest: 7),
      "over the network an older number reads nothing")
  }

  func testGapsAndForksAreSeenInFilesToo() {
    XCTAssertEqual(verdict(request(4...5, number: 8), held: 1, latest: 7), .gap(expected: 2))
    var other = request(1...3, number: 2)
    other.operations[1] = operation(alice, 2, ["set": ["name": "别人"]])
    XCTAssertEqual(verdict(other, held: 3, latest: 7), .forked(Fork(at: 2, isFirst: true)))
  }
}
