import Cryptography
import Foundations
import Replication
import Wire
import XCTest

final class MachineTests: XCTestCase {
  private let history = (1...6).map { operation(alice, Int64($0)) }

  private func running(_ count: Int) -> Digest {
    history.prefix(count).reduce(Chain.start(alice)) { Chain.next($0, $1.digest) }
  }

  private func request(
    _ operations: [Operation], number: Int64 = 11, acknowledged: Int = 0, running: Digest? = nil
  ) -> SyncRequest {
    SyncRequest(
      device: alice, number: number, cursor: .start, now: Instant(milliseconds: 0), clockEpoch: 0, catalogVersion: "",
      pageMax: 10, acknowledged: Int64(acknowledged), running: running ?? self.running(acknowledged),
      operations: operations)
  }

  /// - Parameter held: how many of the history the server has.
  private func verdict(_ request: SyncRequest, held: Int, digest: Digest = .sm3([1])) -> IntakeVerdict {
    let record = AuthorRecord(counter: Int64(held), running: running(held), number: 10, request: .sm3([10]))
    return IntakeMachine.verdict(
      request, requestDigest: digest, record: record,
      held: { counter in
        guard (1...max(held, 1)).contains(Int(counter)), held > 0 else { return nil }
        return (history[Int(counter) - 1].digest, running(Int(counter)))
      }, reviewed: { $0 == 5 ? [.sm3([5])] : [] })
  }

  private func slice(_ range: ClosedRange<Int>) -> [Operation] {
    Array(history[range.lowerBound - 1...range.upperBound - 1])
  }

  func testTheRunningDigestTellsHistoriesApart() {
    XCTAssertNotEqual(Chain.start(alice), Chain.start(bob))
    let (one, two) = (Digest.sm3([1]), Digest.sm3([2]))
    XCTAssertNotEqual(
      Chain.next(Chain.next(Chain.start(alice), one), two), Chain.next(Chain.next(Chain.start(alice), two), one))
    XCTAssertEqual(running(6), Chain.next(running(5), history[5].digest))
  }

  /// A neighbour brought back 1 and 3 after the server had lost all; what the device then writes as 2 and 3 meets 3,
  /// and 2 is nowhere: the histories agree up to 1 only, or a new identity would not send 2 again.
  func testAForkBehindAGapIsToldFromTheGapOn() {
    var sent = slice(1...3)
    sent[2] = operation(alice, 3, ["set": ["name": "王五"]])
    let verdict = IntakeMachine.verdict(
      request(sent), requestDigest: .sm3([1]),
      record: AuthorRecord(counter: 0, running: Chain.start(alice), number: 10, request: .sm3([10])),
      adoptedThrough: 3,
      held: { counter in counter == 2 ? nil : (history[Int(counter) - 1].digest, nil) }, reviewed: { _ in [] })
    XCTAssertEqual(verdict, .forked(Fork(at: 2, isFirst: true)))
  }

  func testVerdictsOnRequests() {
    var fork = slice(3...5)
    fork[1] = operation(alice, 4, ["set": ["name": "王五"]])
    let table: [(String, SyncRequest, Int, IntakeVerdict)] = [
      ("the first of all", request(slice(1...2)), 0, .take(from: 0)),
      ("fresh", request(slice(3...4), acknowledged: 2), 2, .take(from: 0)),
      ("an empty poll", request([], acknowledged: 2), 2, .take(from: 0)),
      ("partial overlap", request(slice(1...6)), 4, .take(from: 4)),
      ("whole overlap", request(slice(1...4)), 4, .take(from: 4)),
      ("an older number", request(slice(1...1), number: 9), 0, .stale(latest: 10)),
      ("the latest number with other bytes", request(slice(1...1), number: 10), 0, .stale(latest: 10)),
      ("a gap", request(slice(4...5), acknowledged: 3), 2, .gap(expected: 3)),
      (
        "fork at what was acknowledged", request(slice(3...4), acknowledged: 2, running: .sm3([9])), 2,
        .forked(Fork(at: 2, isFirst: false))
      ),
      (
        "fork at the beginning", request(slice(1...1), running: .sm3([9])), 0, .forked(Fork(at: 0, isFirst: false))
      ),
      ("fork inside", request(fork, acknowledged: 2), 5, .forked(Fork(at: 4, isFirst: true))),
      (
        "a branch goes on behind what is held", request(slice(6...6), acknowledged: 5, running: .sm3([5])), 2,
        .forked(Fork(at: 5, isFirst: false))
      ),
      ("fork beyond what is held is none", request(fork, acknowledged: 2), 3, .take(from: 1)),
      ("a retry that sends less than before", request(slice(1...2)), 4, .take(from: 2)),
      ("a retry that sends nothing", request([]), 4, .take(from: 0)),
    ]
    for (name, request, held, expected) in table { XCTAssertEqual(verdict(request, held: held), expected, name) }
  }

  func testTheLatestNumberByteForByteIsARepeat() {
    XCTAssertEqual(verdict(request(slice(1...1), number: 10), held: 1, digest: .sm3([10])), .repeated)
    XCTAssertEqual(verdict(request(slice(1...1), number: 9), held: 1, digest: .sm3([10])), .stale(latest: 10))
    XCTAssertEqual(verdict(request(slice(1...1), number: 11), held: 1, digest: .sm3([10])), .take(from: 1))
  }

  private func step(
    _ record: DeviceRecord, acknowledged: Int64 = 3, cursor: Cursor = Cursor(timeline: "t", position: 5, sequence: 5),
    more: Bool = false, sentThrough: Int64 = 5, theirs: Digest? = nil, assignment: Value? = nil,
    operations: [Operation] = []
  ) throws(DeviceHalt) -> DeviceStep {
    let own = acknowledged <= record.counter ? running(Int(acknowledged)) : nil
    return try DeviceMachine.step(
      SyncAnswer(
        acknowledged: acknowledged, running: theirs ?? own ?? .sm3([]), now: Instant(milliseconds: 0), cursor: cursor,
        more: more, operations: operations.map { JudgedOperation($0, nil) }, assignment: assignment), of: alice,
      sentThrough: sentThrough, record: record, running: own)
  }

  private func halt(_ body: () throws(DeviceHalt) -> DeviceStep) -> DeviceHalt? {
    do {
      _ = try body()
      return nil
    } catch { return error }
  }

  private let record = DeviceRecord(
    counter: 5, acknowledged: 3, cursor: Cursor(timeline: "t", position: 4, sequence: 4), pageMax: 200)

  func testTheNextPageIsAskedForAheadOnlyWhereNothingElseIsReportedOtherwise() throws {
    let quiet = DeviceRecord(counter: 3, acknowledged: 3, cursor: record.cursor, pageMax: 200)
    var page = SyncAnswer(
      acknowledged: 3, running: running(3), now: Instant(milliseconds: 0),
      cursor: Cursor(timeline: "t", position: 5, sequence: 5), more: true)
    page.servesAhead = true
    func ahead(_ record: DeviceRecord, _ change: (inout SyncAnswer) -> Void = { _ in }) throws -> DeviceRecord? {
      var page = page
      change(&page)
      let step = try DeviceMachine.step(
        page, of: alice, sentThrough: 3, record: record, running: running(Int(page.acknowledged)))
      return DeviceMachine.ahead(page, step, record: record)
    }
    XCTAssertEqual(
      try ahead(quiet), DeviceRecord(counter: 3, acknowledged: 3, cursor: page.cursor, pageMax: 400))
    XCTAssertNil(try ahead(quiet) { $0.more = false }, "there is none")
    XCTAssertNil(try ahead(quiet) { $0.servesAhead = false }, "an earlier server would not understand")
    XCTAssertNil(try ahead(quiet) { $0.catalog = ["version": "2"] })
    XCTAssertNil(try ahead(quiet) { $0.assignment = ["assignment": 2] })
    XCTAssertNil(try ahead(quiet) { $0.tray = TrayNews(through: 3, more: false, entries: []) })
    XCTAssertNil(try ahead(record), "something waits to be sent")
    var sent = record
    sent.counter = 4
    XCTAssertNil(
      try ahead(sent) { ($0.acknowledged, $0.running) = (4, Array(running(4).bytes.prefix(8))) },
      "what was sent is acknowledged by this page")
  }

  func testADeviceStopsWhereTheServerKnowsMoreOfItThanItself() {
    XCTAssertEqual(halt { () throws(DeviceHalt) in try step(record, acknowledged: 6) }, .restored(held: 6))
    XCTAssertNil(halt { () throws(DeviceHalt) in try step(record, acknowledged: 5) })
  }

  func testADeviceStopsWhereAnotherBroughtBackMoreOfItThanItHas() {
    XCTAssertEqual(
      halt { () throws(DeviceHalt) in try step(record, operations: slice(5...6)) }, .restored(held: 6))
    XCTAssertNil(halt { () throws(DeviceHalt) in try step(record, operations: slice(4...5)) })
    XCTAssertNil(halt { () throws(DeviceHalt) in try step(record, operations: [operation(bob, 9)]) })
  }

  func testAnAcknowledgementOfATwinsHistoryIsNotBelieved() {
    // The counter is one that this device has reached meanwhile; only the digest tells whose operations are meant.
    let twin = Chain.next(running(4), .sm3([7]))
    XCTAssertEqual(
      halt { () throws(DeviceHalt) in try step(record, acknowledged: 5, theirs: twin) }, .forked(at: 5))
  }

  func testADeviceMovesOnceAllItWroteAtItsFormerStationIsAcknowledged() throws {
    let assignment: Value = ["assignment": 1]
    XCTAssertTrue(try step(record, acknowledged: 5, assignment: assignment).moves)
    XCTAssertTrue(try step(record, acknowledged: 5, assignment: assignment).goOn, "to fetch the new scope")
    XCTAssertFalse(try step(record, acknowledged: 4, sentThrough: 4, assignment: assignment).moves)
    XCTAssertTrue(try step(record, acknowledged: 4, sentThrough: 4, assignment: assignment).goOn, "the rest goes first")
    XCTAssertFalse(try step(record, acknowledged: 5).moves)
  }

  func testADeviceStopsAtAnotherTimeline() {
    let other = Cursor(timeline: "u", position: 9, sequence: 9)
    XCTAssertEqual(halt { () throws(DeviceHalt) in try step(record, cursor: other) }, .timeline("u"))
    var fresh = record
    fresh.cursor = .start
    XCTAssertNil(halt { () throws(DeviceHalt) in try step(fresh, cursor: other) }, "its first timeline is any")
  }

  func testAnAnswerThatGoesBackIsMalformed() {
    for cursor in [Cursor(timeline: "t", position: 3, sequence: 9), Cursor(timeline: "t", position: 4, sequence: 3)] {
      XCTAssertEqual(halt { () throws(DeviceHalt) in try step(record, cursor: cursor) }, .malformed)
    }
    XCTAssertEqual(halt { () throws(DeviceHalt) in try step(record, acknowledged: 2) }, .malformed)
  }

  func testAFurtherPageThatNeverComesIsNotAskedForForEver() {
    XCTAssertEqual(halt { () throws(DeviceHalt) in try step(record, cursor: record.cursor, more: true) }, .malformed)
    XCTAssertNil(halt { () throws(DeviceHalt) in try step(record, cursor: record.cursor) })
  }

  func testADeviceGoesOnWhileThereIsMoreToSendOrToGet() throws {
    XCTAssertTrue(try step(record, acknowledged: 5, more: true).goOn)
    XCTAssertFalse(try step(record, acknowledged: 5).goOn)
    XCTAssertTrue(try step(record, acknowledged: 4, sentThrough: 4).goOn, "one more is waiting")
    XCTAssertFalse(try step(record, acknowledged: 4, sentThrough: 5).goOn, "not all that was sent was taken")
  }

  func testPagesHalveAndGrowWithinTheirBounds() throws {
    XCTAssertEqual(try step(record).pageMax, 400)
    var large = record
    large.pageMax = Limits.operationsPerPageMax - 1
    XCTAssertEqual(try step(large).pageMax, Limits.operationsPerPageMax)
    XCTAssertEqual(DeviceMachine.pageAfterFailure(200), 100)
    XCTAssertEqual(DeviceMachine.pageAfterFailure(DeviceMachine.pageMin + 1), DeviceMachine.pageMin)
    XCTAssertEqual(DeviceMachine.pageAfterFailure(0), DeviceMachine.pageMin)
  }

  func testRequestsHalveWithThePagesAndNeverCarryNothing() {
    func bounds(_ pageMax: Int) -> [Int] {
      let bounds = DeviceMachine.requestBounds(pageMax: pageMax, operationsMax: 300, bytesMax: 4_000_000)
      return [bounds.operations, bounds.bytes]
    }
    XCTAssertEqual(bounds(2000), [300, 4_000_000])
    XCTAssertEqual(bounds(DeviceMachine.pageStart), [200, 4_000_000], "a usual day is one request from the first on")
    XCTAssertEqual(bounds(100), [100, 2_000_000])
    XCTAssertEqual(bounds(DeviceMachine.pageMin), [DeviceMachine.pageMin, 100_000])
    XCTAssertEqual(bounds(0), [1, 20_000])
  }

  func testCursorsAreReadAsTheyAreWritten() {
    let cursor = Cursor(timeline: "t1", position: 7, sequence: 3)
    XCTAssertEqual(Cursor(cursor.value), cursor)
    for value: Value? in [nil, .null, [], ["t", 1], ["t", -1, 0], ["t", 0, -1], [1, 0, 0], ["t", 0, 0, 0]] {
      XCTAssertNil(Cursor(value))
    }
  }
}

final class ProofTests: XCTestCase {
  private func entries(_ count: Int) -> [ProofEntry] {
    (1...count).map { index in
      ProofEntry(
        operation: OperationID(index.isMultiple(of: 3) ? bob : alice, Int64(index)), digest: .sm3([UInt8(index % 256)]),
        sequence: Int64(index), disposition: index.isMultiple(of: 5) ? "late" : "applied")
    }
  }

  func testEqualSetsAgreeInWhateverOrder() throws {
    let entries = entries(3000)
    let buckets = ProofBuckets(entries)
    XCTAssertEqual(buckets.digests.count, ProofBuckets.count * Digest.byteCount)
    XCTAssertEqual(ProofBuckets(entries.reversed()), buckets)
    XCTAssertEqual(ProofBuckets(entries.shuffled()).root, buckets.root)
    XCTAssertEqual(ProofBuckets(digests: buckets.digests), buckets)
    XCTAssertNil(ProofBuckets(digests: Array(buckets.digests.dropLast())))
  }

  func testSumsGoOnFromWhereTheyWere() {
    let entries = entries(3000)
    var buckets = ProofBuckets(entries.prefix(1000))
    for entry in entries[1000..<1500] { buckets.add(entry) }
    buckets.add(ProofBuckets(entries.dropFirst(1500)))
    XCTAssertEqual(buckets, ProofBuckets(entries))
  }

  func testSumsCarryOverAllTheirBytes() throws {
    let ones = ProofBuckets(digests: [UInt8](repeating: 0xFF, count: 32 * ProofBuckets.count))
    var sum = try XCTUnwrap(ones)
    var one = [UInt8](repeating: 0, count: 32 * ProofBuckets.count)
    for bucket in 0..<ProofBuckets.count { one[bucket * 32 + 31] = 1 }
    sum.add(try XCTUnwrap(ProofBuckets(digests: one)))
    XCTAssertEqual(sum, ProofBuckets(), "2^256 − 1 and 1 are 0 again")
  }

  func testWhateverDiffersIsFoundInItsBucketAlone() {
    let all = entries(3000)
    let buckets = ProofBuckets(all)
    let one = all[1234]
    for other in [
      ProofEntry(operation: one.operation, digest: .sm3([9]), sequence: one.sequence, disposition: one.disposition),
      ProofEntry(operation: one.operation, digest: one.digest, sequence: 1, disposition: one.disposition),
      ProofEntry(operation: one.operation, digest: one.digest, sequence: one.sequence, disposition: "refused:x"),
      ProofEntry(
        operation: OperationID(bob, 1235), digest: one.digest, sequence: one.sequence, disposition: one.disposition),
      nil,
    ] {
      let theirs = ProofBuckets(all.filter { $0 != one } + [other].compactMap(\.self))
      XCTAssertNotEqual(buckets.root, theirs.root)
      XCTAssertEqual(buckets.differing(from: theirs), Set([one.bucket, other?.bucket ?? one.bucket]).sorted())
    }
  }

  func testNothingAtAllIsComparedToo() {
    let empty = ProofBuckets()
    XCTAssertEqual(empty.digests, [UInt8](repeating: 0, count: 32 * 1024))
    XCTAssertEqual(empty.differing(from: empty), [])
    XCTAssertEqual(empty.differing(from: ProofBuckets(entries(1))), [entries(1)[0].bucket])
  }

  func testBucketsAreFilledEvenly() {
    let used = Set(
      (1...20_000).map { index in
        ProofEntry(
          operation: OperationID(alice, Int64(index)), digest: .sm3(Array(String(index).utf8)), sequence: 1,
          disposition: "applied"
        ).bucket
      })
    XCTAssertEqual(used.count, ProofBuckets.count)
    XCTAssertTrue(used.allSatisfy { (0..<ProofBuckets.count).contains($0) })
  }

  func testQuestionsAndAnswersAreReadAsTheyAreWritten() throws {
    let cursor = Cursor(timeline: "t1", position: 7, sequence: 3)
    let buckets = ProofBuckets(entries(100))
    let brief = try ProofQuestion.read(ProofQuestion(cursor: cursor, proof: .root(buckets.root)).bytes)
    guard case .root(buckets.root) = brief.proof, brief.cursor == cursor else { return XCTFail("root") }
    XCTAssertLessThan(ProofQuestion(cursor: cursor, proof: .root(buckets.root)).bytes.count, 64)
    let whole = try ProofQuestion.read(ProofQuestion(cursor: cursor, proof: .buckets(buckets)).bytes)
    guard case .buckets(buckets) = whole.proof else { return XCTFail("buckets") }
    for answer in [
      ProofAnswer(differing: nil, behind: []), ProofAnswer(differing: [:], behind: [ApplicationID("a1")]),
      ProofAnswer(differing: [5: entries(2), 1023: []], behind: []),
    ] {
      XCTAssertEqual(ProofAnswer(answer.bytes), answer)
    }
    for bytes in [[], CBOR.encode([nil]), CBOR.encode([1, []]), CBOR.encode([[[1024, []]], []])] {
      XCTAssertNil(ProofAnswer(bytes))
    }
  }

  func testAQuestionOfAnotherVersionIsTold() {
    let cursor = Cursor(timeline: "t1", position: 7, sequence: 3)
    let first = CBOR.encode([cursor.value, .bytes([UInt8](repeating: 0, count: 32 * 1024))])
    let third = CBOR.encode([3, cursor.value, .bytes([UInt8](repeating: 0, count: 32))])
    for (bytes, failure) in [
      (first, MessageFailure.version(1)), (third, .version(3)), ([1], .malformed),
      (CBOR.encode([2, cursor.value, .bytes([1])]), .malformed), (CBOR.encode([2, nil, .bytes([])]), .malformed),
    ] {
      XCTAssertThrowsError(try ProofQuestion.read(bytes)) { XCTAssertEqual($0 as? MessageFailure, failure) }
    }
  }

  func testEntriesComeBack() {
    for entry in entries(10) { XCTAssertEqual(ProofEntry(entry.value), entry) }
    for value: Value in [
      nil, [], ["d:1", .bytes([1]), 1, "applied"], ["d", .bytes([UInt8](repeating: 0, count: 32)), 1, "x"],
    ] {
      XCTAssertNil(ProofEntry(value))
    }
  }
}
