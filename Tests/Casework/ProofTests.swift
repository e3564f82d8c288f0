import Application
import Cryptography
import Foundations
import Journal
import Replication
import SQLite
import TestSupport
import XCTest

@testable import Casework

/// What the server says to a device that compares: exactly what differs, however far either of them has come.
final class ProofTests: XCTestCase {
  private var bench: CountyBench!
  private var device: BenchDevice!

  override func setUpWithError() throws {
    bench = try CountyBench()
    device = try bench.device()
  }

  private func submit(_ count: Int = 1) throws {
    for _ in 0..<count { try device.submit(device.create(try bench.matter("qingjian-04"))) }
    try device.sync()
  }

  /// What a device holds up to its cursor.
  private func entries(_ device: BenchDevice) -> [ProofEntry] {
    device.judged.values.joined().compactMap { judged in
      guard let judgement = judged.judgement, judgement.sequence <= device.cursor.position else { return nil }
      return ProofEntry(
        operation: judged.operation.id, digest: judged.operation.digest, sequence: judgement.sequence,
        disposition: judgement.disposition.text)
    }
  }

  private func ask(_ device: BenchDevice, _ proof: ProofQuestion.Proof) throws -> ProofAnswer {
    let row = try XCTUnwrap(try bench.journal.read { reader throws(Problem) in try reader.device(device.id) })
    let question = ProofQuestion(cursor: device.cursor, proof: proof)
    return try XCTUnwrap(ProofAnswer(try bench.service.prove(question.bytes, device: row)))
  }

  /// The entries that only one side has; the first answer alone where the roots agree.
  private func differences(_ device: BenchDevice, holding entries: [ProofEntry]) throws -> Set<ProofEntry> {
    let buckets = ProofBuckets(entries)
    if try ask(device, .root(buckets.root)).differing != nil { return [] }
    let theirs = try XCTUnwrap(try ask(device, .buckets(buckets)).differing)
    return Set(theirs.values.joined()).symmetricDifference(entries.filter { theirs[$0.bucket] != nil })
  }

  func testWhereNothingDiffersTheRootSaysIt() throws {
    try submit(3)
    XCTAssertEqual(try ask(device, .root(ProofBuckets(entries(device)).root)), ProofAnswer(differing: [:], behind: []))
  }

  func testWhatDiffersIsNamedAndNothingElse() throws {
    try submit(3)
    let held = entries(device)
    XCTAssertEqual(try differences(device, holding: held), [])
    for missing in [held[0], held[held.count - 1]] {
      XCTAssertEqual(try differences(device, holding: held.filter { $0 != missing }), [missing])
    }
    let other = ProofEntry(
      operation: held[1].operation, digest: held[1].digest, sequence: held[1].sequence, disposition: "late")
    XCTAssertEqual(try differences(device, holding: held.filter { $0 != held[1] } + [other]), [held[1], other])
    XCTAssertEqual(try differences(device, holding: []), Set(held))
  }

  func testWhatCameAfterTheCursorIsBehindAndDiffersNot() throws {
    try submit(2)
    let id = try XCTUnwrap(device.judged.keys.min())
    let other = try bench.device()
    try other.sync()
    other.write(.note, ["text": "后来的"], id)
    let fresh = other.create(try bench.matter("qingjian-04"))
    try other.sync()
    let root = ProofBuckets(entries(device)).root
    XCTAssertEqual(try ask(device, .root(root)), ProofAnswer(differing: [:], behind: [id, fresh].sorted()))
    try device.sync()
    XCTAssertEqual(try differences(device, holding: entries(device)), [])
  }

  func testAnApplicationSharedWithADeviceIsComparedOnceByWhicheverScope() throws {
    try submit(1)
    let id = try XCTUnwrap(device.judged.keys.first)
    let (neighbour, colleague) = (try bench.device(at: 1), try bench.device())
    for each in [neighbour, colleague] {
      device.write(.share, ["with": .text("device:\(each.id.text)")], id)
    }
    try device.sync()
    for each in [neighbour, colleague] {
      try each.sync()
      XCTAssertNotEqual(entries(each).count, 0)
      let answer = try ask(each, .root(ProofBuckets(entries(each)).root))
      XCTAssertEqual(answer, ProofAnswer(differing: [:], behind: []))
    }
  }

  func testAShareThatHasNotComeYetIsBehind() throws {
    try submit(1)
    let id = try XCTUnwrap(device.judged.keys.first)
    let neighbour = try bench.device(at: 1)
    try neighbour.sync()
    device.write(.share, ["with": .text("device:\(neighbour.id.text)")], id)
    try device.sync()
    let answer = try ask(neighbour, .root(ProofBuckets().root))
    XCTAssertEqual(answer, ProofAnswer(differing: [:], behind: [id]))
  }

  // MARK: Sums that are kept

  private func proof(upTo cursor: Cursor, placesPerMark: Int) throws -> (buckets: ProofBuckets, marks: [ProofMark]) {
    try bench.journal.read { reader throws(Problem) in
      var proof = ScopeProof(
        journal: reader, scopes: ["station:\(self.device.station.text)"], cursor: cursor, placesPerMark: placesPerMark)
      return (try proof.buckets(), proof.marks)
    }
  }

  private func keepMarks() throws {
    let marks = try proof(upTo: device.cursor, placesPerMark: 3).marks
    XCTAssertGreaterThan(marks.count, 2)
    try bench.journal.write { writer throws(Problem) in
      for mark in marks { try writer.setProofMark("station:\(self.device.station.text)", mark) }
    }
  }

  private func marks() throws -> [FeedPlace] {
    try bench.journal.read { reader throws(Problem) in try reader.proofMarks().map(\.mark.place) }
  }

  func testSumsThatAreKeptGiveTheSameAtEveryCursor() throws {
    try submit(4)
    let cursors = (0...device.cursor.position).map {
      Cursor(timeline: device.cursor.timeline, position: $0, sequence: $0)
    }
    let before = try cursors.map { try proof(upTo: $0, placesPerMark: 1000).buckets }
    XCTAssertEqual(Set(before).count, cursors.count, "each cursor has its own")
    try keepMarks()
    XCTAssertEqual(try cursors.map { try proof(upTo: $0, placesPerMark: 1000).buckets }, before)
    XCTAssertEqual(try bench.service.verify().problems, [])
  }

  func testWhateverIsChangedUnderThemEndsThem() throws {
    try submit(4)
    try keepMarks()
    let all = try marks()
    let held = entries(device)
    let connection = try Connection(path: bench.folder + "/journal.db", mode: .readWrite)
    let changed = all[1].position
    try connection.run("UPDATE operations SET disposition = 'late' WHERE sequence = ?", [.integer(changed)])
    XCTAssertEqual(try marks(), Array(all.prefix(1)))
    XCTAssertEqual(try differences(device, holding: held).map(\.sequence), [changed, changed], "and prove names it")
    try connection.run("DELETE FROM feed WHERE position = ?", [.integer(all[0].position)])
    XCTAssertEqual(try marks(), [])
  }

  func testSumsThatAreWrongAreFoundByVerify() throws {
    try submit(4)
    try keepMarks()
    let connection = try Connection(path: bench.folder + "/journal.db", mode: .readWrite)
    try connection.run("UPDATE proofs SET sums = zeroblob(32768)")
    XCTAssertEqual(try bench.service.verify().problems.count, try marks().count)
  }

  func testAnOlderProgramIsToldToBeRenewed() throws {
    let row = try XCTUnwrap(try bench.journal.read { reader throws(Problem) in try reader.device(device.id) })
    let body = CBORPayload([device.cursor.value, .bytes([UInt8](repeating: 0, count: 32 * 1024))])
    XCTAssertEqual(bench.refusal { _ = try bench.service.prove(body, device: row) }?.code, "sync.protocol-version")
    XCTAssertEqual(bench.refusal { _ = try bench.service.prove([1], device: row) }?.code, "sync.malformed")
  }

  func testACursorThatIsFurtherThanTheLogIsRefused() throws {
    let row = try XCTUnwrap(try bench.journal.read { reader throws(Problem) in try reader.device(device.id) })
    for position in [device.cursor.position + 1000, Int64.max - 1, Int64.max] {
      for timeline in ["", device.cursor.timeline] {
        let cursor = Cursor(timeline: timeline, position: position, sequence: Int64.max)
        let question = ProofQuestion(cursor: cursor, proof: .root(ProofBuckets([]).root))
        XCTAssertEqual(
          bench.refusal { _ = try bench.service.prove(question.bytes, device: row) }?.code, "sync.cursor-ahead")
      }
    }
  }

}
