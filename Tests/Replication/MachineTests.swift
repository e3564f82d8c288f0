import Cryptography
import Foundations
import Replication
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
    return IntakeMachine.verdict(request, requestDigest: digest, record: record) { counter in
      guard (1...max(held, 1)).contains(Int(counter)), held > 0 else { return nil }
      return (history[Int(counter) - 1].digest, running(Int(counter)))
    }
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
      ("fork at what was acknowledged", request(slice(3...4), acknowledged: 2, running: .sm3([9])), 2, .forked(at: 2)),
      ("fork at the beginning", request(slice(1...1), running: .sm3([9])), 0, .forked(at: 0)),
      ("fork inside", request(fork, acknowledged: 2), 5, .forked(at: 4)),
      ("fork beyond what is held is none", request(fork, acknowledged: 2), 3, .take(from: 1)),
      ("less than is held: a file brought more", request(slice(1...2)), 4, .take(from: 2)),
      ("nothing, where something is held", request([]), 4, .take(from: 0)),
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
    more: Bool = false, sentThrough: Int64 = 5
  ) throws(DeviceHalt) -> DeviceStep {
    try DeviceMachine.step(
      SyncAnswer(acknowledged: acknowledged, now: Instant(milliseconds: 0), cursor: cursor, more: more),
      sentThrough: sentThrough, record: record)
  }

  private func halt(_ body: () throws(DeviceHalt) -> DeviceStep) -> DeviceHalt? {
    do {
      _ = try body()
      return nil
    } catch { return error }
  }

  private let record = DeviceRecord(
    counter: 5, acknowledged: 3, cursor: Cursor(timeline: "t", position: 4, sequence: 4), pageMax: 200)

  func testADeviceStopsWhereTheServerKnowsMoreOfItThanItself() {
    XCTAssertEqual(halt { () throws(DeviceHalt) in try step(record, acknowledged: 6) }, .restored(held: 6))
    XCTAssertNil(halt { () throws(DeviceHalt) in try step(record, acknowledged: 5) })
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

  func testEqualSetsAgreeInWhateverOrder() {
    let entries = entries(3000)
    let digests = ProofBuckets(entries).digests
    XCTAssertEqual(digests.count, ProofBuckets.count * Digest.byteCount)
    XCTAssertEqual(ProofBuckets(entries.reversed()).digests, digests)
    XCTAssertEqual(ProofBuckets(entries.shuffled()).differing(from: digests), [])
  }

  func testWhateverDiffersIsFoundInItsBucketAlone() {
    let all = entries(3000)
    let buckets = ProofBuckets(all)
    let one = all[1234]
    for other in [
      ProofEntry(operation: one.operation, digest: .sm3([]), sequence: one.sequence, disposition: one.disposition),
      ProofEntry(operation: one.operation, digest: one.digest, sequence: 1, disposition: one.disposition),
      ProofEntry(operation: one.operation, digest: one.digest, sequence: one.sequence, disposition: "refused:x"), nil,
    ] {
      let theirs = ProofBuckets(all.filter { $0 != one } + [other].compactMap(\.self))
      XCTAssertEqual(buckets.differing(from: theirs.digests), [ProofBuckets.bucket(of: one.operation)])
    }
  }

  func testNothingAtAllIsComparedToo() {
    let empty = ProofBuckets([ProofEntry]())
    XCTAssertEqual(empty.digests, [UInt8](repeating: 0, count: 32 * 1024))
    XCTAssertEqual(empty.differing(from: []).count, ProofBuckets.count)
    XCTAssertEqual(empty.differing(from: empty.digests), [])
  }

  func testBucketsAreFilledEvenly() {
    let used = Set(entries(20_000).map { ProofBuckets.bucket(of: $0.operation) })
    XCTAssertEqual(used.count, ProofBuckets.count)
    XCTAssertTrue(used.allSatisfy { (0..<ProofBuckets.count).contains($0) })
  }

  func testEntriesComeBack() {
    for entry in entries(10) { XCTAssertEqual(ProofEntry(entry.value), entry) }
    for value: Value in [
      nil, [], ["d:1", .bytes([1]), 1, "applied"], ["d", .bytes([UInt8](repeating: 0, count: 32)), 1, "x"],
    ] {
      XCTAssertNil(ProofEntry(value))
    }
    let buckets = ProofBuckets(entries(3000))
    XCTAssertEqual(buckets.entries(in: 7), buckets.entries(in: 7).sorted { $0.operation < $1.operation })
    XCTAssertEqual(buckets.entries(in: 5000), [])
  }
}
