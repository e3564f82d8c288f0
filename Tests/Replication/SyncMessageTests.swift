import Cryptography
import Foundations
import Replication
import TestValues
import Wire
import XCTest

final class SyncMessageTests: XCTestCase {
  private let dictionary = MessageDictionary(
    bytes: Array("张三姓名身份证号码".utf8), templates: [["set", "note"], ["name", "phone"]])

  private func key() throws -> SigningKey { try SigningKey(privateBytes: [UInt8](repeating: 1, count: 32)) }

  private func request(_ operations: [Operation], acknowledged: Int64 = 0) -> SyncRequest {
    SyncRequest(
      device: alice, number: 4, cursor: Cursor(timeline: "t1", position: 9, sequence: 8), now: Instant(milliseconds: 5),
      clockEpoch: 2, catalogVersion: "c1", pageMax: 100, acknowledged: acknowledged, running: Chain.start(alice),
      operations: operations, assignment: 3)
  }

  private func known(_ id: [UInt8]) -> MessageDictionary? { id == dictionary.id ? dictionary : nil }

  private func failure(_ bytes: [UInt8]) -> MessageFailure? {
    do {
      _ = try SyncRequest.read(bytes, dictionary: known)
      return nil
    } catch { return error }
  }

  func testRequestsComeBackSigned() throws {
    let key = try key()
    let operations = (1...40).map { operation(alice, Int64($0), ["set": ["name": "张三", "phone": "13912345678"]]) }
    for dictionary: MessageDictionary? in [nil, dictionary] {
      for operations in [[], operations, [erased(operations[0])]] {
        let request = request(operations)
        let bytes = try request.bytes(key: key, dictionary: dictionary)
        let (back, signature, used) = try SyncRequest.read(bytes, dictionary: known)
        XCTAssertEqual(back, request)
        XCTAssertEqual(used, dictionary)
        XCTAssertTrue(back.batch(signature: signature).isSigned(by: key.verifyingKey))
      }
    }
  }

  func testASignatureHoldsForNothingElse() throws {
    let key = try key()
    let operations = [operation(alice, 1), operation(alice, 2)]
    let whole = request(operations)
    let (_, signature, _) = try SyncRequest.read(try whole.bytes(key: key, dictionary: nil), dictionary: known)
    func holds(_ change: (inout SyncRequest) -> Void) -> Bool {
      var copy = whole
      change(&copy)
      return copy.batch(signature: signature).isSigned(by: key.verifyingKey)
    }
    XCTAssertTrue(holds { _ in })
    XCTAssertFalse(holds { $0.operations[0] = operation(alice, 1, ["set": ["name": "李四"]]) })
    XCTAssertFalse(holds { $0.operations.removeLast() })
    XCTAssertFalse(holds { $0.operations.reverse() })
    XCTAssertFalse(holds { $0.number += 1 })
    XCTAssertFalse(holds { $0.device = bob })
    XCTAssertFalse(holds { $0.cursor = .start })
    XCTAssertFalse(holds { $0.now = Instant(milliseconds: 6) })
    XCTAssertFalse(holds { $0.clockEpoch = 0 })
    XCTAssertFalse(holds { $0.catalogVersion = "c2" })
    XCTAssertFalse(holds { $0.pageMax = 99 })
    XCTAssertFalse(holds { $0.acknowledged = 1 })
    XCTAssertFalse(holds { $0.running[0] ^= 1 })
    XCTAssertTrue(holds { $0.operations[0] = erased(operations[0]) }, "erasure keeps what was signed")
    let stranger = try SigningKey(privateBytes: [UInt8](repeating: 2, count: 32))
    XCTAssertFalse(whole.batch(signature: signature).isSigned(by: stranger.verifyingKey))
  }

  func testWhereAPageBeginsTravelsBesideWhereTheDeviceStands() throws {
    let key = try key()
    for tray: Int64 in [0, 6] {
      var asked = request([])
      asked.tray = tray
      XCTAssertEqual(asked.start, asked.cursor)
      asked.ahead = Cursor(timeline: "t1", position: 12, sequence: 3)
      let (back, signature, _) = try SyncRequest.read(try asked.bytes(key: key, dictionary: nil), dictionary: known)
      XCTAssertEqual(back, asked)
      XCTAssertEqual(back.start, asked.ahead)
      XCTAssertEqual(back.cursor, request([]).cursor)
      XCTAssertTrue(back.batch(signature: signature).isSigned(by: key.verifyingKey))
      asked.ahead = Cursor(timeline: "t1", position: 13, sequence: 3)
      XCTAssertFalse(asked.batch(signature: signature).isSigned(by: key.verifyingKey))
    }
  }

  func testAServerSaysThatItServesAheadOnlyWhereThereIsMore() throws {
    let told = TrayNews(through: 3, more: false, entries: [])
    for (more, tray) in [(true, nil), (true, told), (false, nil)] as [(Bool, TrayNews?)] {
      var answer = SyncAnswer(
        acknowledged: 7, running: .sm3([3]), now: Instant(milliseconds: 1),
        cursor: Cursor(timeline: "t", position: 3, sequence: 2), more: more, tray: tray)
      let before = answer.bytes(dictionary: nil).count
      XCTAssertFalse(try SyncAnswer.read(answer.bytes(dictionary: nil), dictionary: known).servesAhead)
      answer.servesAhead = true
      let back = try SyncAnswer.read(answer.bytes(dictionary: nil), dictionary: known)
      XCTAssertEqual(back.servesAhead, more)
      XCTAssertEqual(back.tray, tray)
      XCTAssertLessThanOrEqual(answer.bytes(dictionary: nil).count, before + 8)
      XCTAssertFalse(
        try SyncAnswer.read(answer.bytes(dictionary: nil, version: 1), dictionary: known).servesAhead,
        "the first version knows nothing of it")
    }
  }

  func testRequestsThatContradictThemselvesAreRefused() throws {
    let key = try key()
    let gap = request([operation(alice, 1), operation(alice, 3)])
    let foreign = request([operation(bob, 1)])
    let ahead = request([operation(alice, 1)], acknowledged: 1)
    var greedy = request([])
    greedy.pageMax = Limits.operationsPerPageMax + 1
    var short = request([])
    short.running = [1]
    for request in [gap, foreign, ahead, greedy, short, request([], acknowledged: .max - 1)] {
      XCTAssertEqual(failure(try request.bytes(key: key, dictionary: nil)), .malformed)
    }
  }

  func testAnotherVersionIsToldPlainly() {
    XCTAssertEqual(failure(CBOR.encode([3, "whatever"])), .version(3))
    XCTAssertEqual(failure(CBOR.encode([0])), .version(0))
    XCTAssertEqual(failure([]), .malformed)
    XCTAssertEqual(failure(CBOR.encode(["1"])), .malformed)
  }

  func testAnUnknownDictionaryIsToldPlainly() throws {
    let other = MessageDictionary(bytes: [1, 2, 3])
    XCTAssertEqual(failure(try request([]).bytes(key: try key(), dictionary: other)), .dictionary)
    XCTAssertNotEqual(
      MessageDictionary(bytes: [1], templates: [["a"]]).id, MessageDictionary(bytes: [1], templates: [["b"]]).id)
    XCTAssertEqual(MessageDictionary(dictionary.value), dictionary)
  }

  func testABombInsideARequestIsRefused() throws {
    let bomb = try Deflate.compress([UInt8](repeating: 0, count: Limits.inflatedBytesMax + 1))
    let head: Value = ["d", 1, .bytes([UInt8](repeating: 0, count: 64))]
    let empty = Value.bytes([])
    XCTAssertEqual(failure(CBOR.encode([1, head, nil, .bytes(bomb), empty, empty, empty])), .tooLarge)
    XCTAssertEqual(failure(CBOR.encode([1, head, nil, empty, empty, .bytes([1] + bomb), empty])), .malformed)
  }

  func testNoDamagedRequestCrashesOrPassesForAnother() throws {
    let key = try key()
    let operations = (1...5).map { operation(alice, Int64($0), ["set": ["name": "张三", "phone": "13912345678"]]) }
    let request = request(operations)
    let bytes = try request.bytes(key: key, dictionary: dictionary)
    var generator = SeededGenerator(4)
    var signed = 0
    for round in 0..<10_000 {
      let damaged = generator.damaged(bytes)
      guard let (back, signature, _) = try? SyncRequest.read(damaged, dictionary: known) else { continue }
      // The check of a signature is what takes time here.
      guard round.isMultiple(of: 4), back.batch(signature: signature).isSigned(by: key.verifyingKey) else { continue }
      signed += 1
      XCTAssertEqual(back, request)
    }
    XCTAssertLessThan(signed, 200)
  }

  func testAnswersComeBack() throws {
    var generator = SeededGenerator(5)
    for dictionary: MessageDictionary? in [nil, dictionary] {
      for count in [0, 1, 2, 30] {
        let operations = generator.operations(count)
        let dispositions: [Disposition] = [.applied, .late, .refused("x.y"), .quarantined("z")]
        let answer = SyncAnswer(
          acknowledged: 7, running: .sm3([3]), now: Instant(milliseconds: .max),
          cursor: Cursor(timeline: "t", position: 3, sequence: 2),
          more: true,
          operations: operations.enumerated().map { index, operation in
            JudgedOperation(operation, judgement(Int64(index * 3 + 1), dispositions[index % 4], at: Int64(index * 999)))
          },
          judgements: count == 0 ? [:] : [5: judgement(9), 7: judgement(4, .refused("a:b"), at: .min)],
          left: [ApplicationID("a1")], catalog: count == 0 ? Value?.none : ["version": "2"],
          assignment: count == 1 ? ["assignment": 2, "number": "03", "station": ["id": "s2"]] : Value?.none,
          attestation: count == 0 ? nil : [UInt8](repeating: 7, count: 64))
        XCTAssertEqual(try SyncAnswer.read(answer.bytes(dictionary: dictionary), dictionary: known), answer)
      }
    }
  }

  func testWhoeverAsksInTheFirstVersionIsAnsweredInIt() throws {
    let answer = SyncAnswer(
      acknowledged: 7, running: .sm3([3]), now: Instant(milliseconds: 1),
      cursor: Cursor(timeline: "t", position: 3, sequence: 2), more: false,
      catalog: ["numbers": .array((0..<200).map { _ in "61083019991231988X" })])
    let versions = try ([nil, 1] as [Int64?]).map { version in
      let bytes = answer.bytes(dictionary: nil, version: version)
      XCTAssertEqual(try SyncAnswer.read(bytes, dictionary: known), answer)
      return try XCTUnwrap(try CBOR.decode(bytes).array)
    }
    XCTAssertEqual(versions.map { $0[0] }, [2, 1])
    XCTAssertNotNil(versions[0][5].bytes.flatMap(StreamPacking.probableDigits))
    XCTAssertNil(versions[1][5].bytes.flatMap(StreamPacking.probableDigits), "it could not read that")
    // An empty request is the same in both but for its number.
    let request = SyncRequest(
      device: alice, number: 1, cursor: .start, now: Instant(milliseconds: 1), clockEpoch: 0, catalogVersion: "",
      pageMax: 10, acknowledged: 0, running: Chain.start(alice), operations: [])
    var parts = try XCTUnwrap(
      try CBOR.decode(try request.bytes(key: SigningKey(random: SystemRandom()), dictionary: nil)).array)
    for version: Int64 in [1, 2] {
      parts[0] = .integer(version)
      XCTAssertEqual(try SyncRequest.read(CBOR.encode(.array(parts)), dictionary: known).request.version, version)
    }
    parts[0] = 3
    XCTAssertThrowsError(try SyncRequest.read(CBOR.encode(.array(parts)), dictionary: known)) {
      XCTAssertEqual($0 as? MessageFailure, .version(3))
    }
  }

  func testNoDamagedAnswerCrashes() {
    var generator = SeededGenerator(6)
    let answer = SyncAnswer(
      acknowledged: 7, running: .sm3([3]), now: Instant(milliseconds: 1),
      cursor: Cursor(timeline: "t", position: 3, sequence: 2),
      more: false,
      operations: generator.operations(6).map { JudgedOperation($0, judgement(1)) }, judgements: [1: judgement(2)],
      left: [ApplicationID("a1")], catalog: ["version": "2"])
    let bytes = answer.bytes(dictionary: dictionary)
    var refused = 0
    for _ in 0..<10_000 where (try? SyncAnswer.read(generator.damaged(bytes), dictionary: known)) == nil {
      refused += 1
    }
    XCTAssertGreaterThan(refused, 5000)
  }
}
