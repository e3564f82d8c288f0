import Cryptography
import Foundations
import Replication
import TestValues
import Wire
import XCTest

final class PackingTests: XCTestCase {
  /// By way of bytes, as pages travel.
  private func comesBack(_ operations: [Operation]) throws -> [Operation] {
    let streams = MessageCoding.encode(OperationCoding.pack(operations), templates: .none)
    let packed = try MessageCoding.decode(streams, templates: .none)
    return try OperationCoding.unpack(packed, countMax: max(operations.count, 1))
  }

  func testMixedPagesComeBackByteForByte() throws {
    var generator = SeededGenerator(2)
    for round in 0..<400 {
      let operations = generator.operations(round % 30)
      let back = try comesBack(operations)
      XCTAssertEqual(back, operations)
      XCTAssertEqual(back.map(\.digest), operations.map(\.digest))
    }
  }

  func testEqualCountersOfSeveralDevicesAreNoRun() throws {
    for operations in [
      [operation(alice, 7), operation(bob, 7)], [operation(alice, 1), operation(bob, 1), operation(DeviceID("c"), 1)],
      [operation(alice, .max), operation(bob, .max)], [operation(alice, .max)],
      [operation(alice, 3), operation(alice, 4), operation(alice, 5)], [operation(alice, 1), operation(bob, 2)],
    ] {
      XCTAssertEqual(try comesBack(operations), operations)
    }
  }

  func testAnApplicationCreatedInTheSamePageIsFoundFromOtherDevices() throws {
    let id = ApplicationID(createdBy: OperationID(alice, 1))
    let operations = [
      operation(alice, 1, kind: "create"), operation(bob, 9, application: id), operation(alice, 2, application: id),
      operation(bob, 10, kind: "create"),
      operation(alice, 3, application: ApplicationID(createdBy: OperationID(bob, 10))),
    ]
    XCTAssertEqual(try comesBack(operations), operations)
  }

  func testValuesThatOnlyLookAlikeKeepTheirDigests() throws {
    for pair: [Value] in [["é", "e\u{301}"], [.double(0), .double(-0.0)], [["é": 1], ["e\u{301}": 1]]] {
      let operations = (0..<6).map { operation(alice, Int64($0 + 1), ["set": ["name": pair[$0 % 2]]]) }
      XCTAssertEqual(try comesBack(operations).map(\.digest), operations.map(\.digest))
      XCTAssertEqual(try comesBack(Array(operations.prefix(2))), Array(operations.prefix(2)))
    }
  }

  func testDeepPayloadsStayDeliverable() throws {
    func deep(_ levels: Int) -> Value { levels == 0 ? 1 : ["a": deep(levels - 1)] }
    for levels in [1, 8, 12, 31, 32, 33, 60] {
      let operations = (0..<5).map { operation(alice, Int64($0 + 1), ["set": deep(levels), "n": .integer(Int64($0))]) }
      XCTAssertEqual(try comesBack(operations), operations, "\(levels) levels")
    }
  }

  /// Otherwise an operation would be judged by what nobody can read again.
  func testAnOperationSaysTheSameFromAMessageAsFromAStore() throws {
    func deep(_ levels: Int) -> Value { levels == 0 ? 1 : ["a": deep(levels - 1)] }
    for levels in 1...45 {
      var parts = try XCTUnwrap(OperationCoding.pack([operation(alice, 1)]).array)
      parts[4] = [0, deep(levels)]
      let came = try XCTUnwrap(OperationCoding.unpack(.array(parts), countMax: 1).first)
      let stored = Operation(header: came.header, salt: came.salt, payload: came.payload)
      XCTAssertEqual(came.content, stored.content, "\(levels) levels")
      XCTAssertEqual(came.content.isNull, levels > Limits.jsonDepthMax)
    }
  }

  func testALongerListThanAskedForIsRefused() throws {
    let packed = OperationCoding.pack([operation(alice, 1), operation(alice, 2)])
    XCTAssertNoThrow(try OperationCoding.unpack(packed, countMax: 2))
    XCTAssertNil(try? OperationCoding.unpack(packed, countMax: 1))
  }

  func testPartsThatContradictEachOtherAreRefused() throws {
    let whole = operation(alice, 1)
    let parts = try XCTUnwrap(OperationCoding.pack([whole, erased(operation(alice, 2))]).array)
    XCTAssertNoThrow(try OperationCoding.unpack(.array(parts), countMax: 2))
    let salt = Value.bytes(whole.salt)
    let wrong: [(Int, Value)] = [
      (0, 1), (0, 3), (0, -1), (0, "2"), (1, []), (2, [salt]), (2, [salt, salt]), (2, [.bytes([1]), .bytes([])]),
      (2, [salt, "x"]), (3, nil), (3, "x"), (3, [nil]), (3, [nil, 1]), (3, [nil, .bytes([1, 2])]), (4, [0, [:]]),
      (4, [0, [:], [:]]), (4, nil),
    ]
    for (index, value) in wrong {
      var copy = parts
      copy[index] = value
      XCTAssertNil(try? OperationCoding.unpack(.array(copy), countMax: 2), "\(index): \(JSON.text(value))")
    }
    var columns = try XCTUnwrap(parts[1].array)
    columns[7] = [0, "now", 0]
    var copy = parts
    copy[1] = .array(columns)
    XCTAssertNil(try? OperationCoding.unpack(.array(copy), countMax: 2), "a claimed time is a number")
  }

  func testAConstantColumnOfGreatValuesIsRefusedBeforeItIsMade() {
    let count = Limits.operationsPerPageMax
    func packed(parents: Value, payload: Value) -> Value {
      let columns: [Value] = [
        [1, "d"], [0, 1], [1, nil], [1, "p"], [1, "write"], [1, parents], [1, [:]], [1, 0], [1, 0],
      ]
      let salts = Array(repeating: Value.bytes([UInt8](repeating: 0, count: OperationCoding.saltBytes)), count: count)
      return [.integer(Int64(count)), .array(columns), .array(salts), nil, [1, payload]]
    }
    XCTAssertEqual(try? OperationCoding.unpack(packed(parents: [:], payload: [:]), countMax: count).count, count)
    let megabyte = Value.object(["a": .text(String(repeating: "a", count: 1_000_000))])
    XCTAssertNil(try? OperationCoding.unpack(packed(parents: [:], payload: megabyte), countMax: count))
    let many = Value.object(["name": .array(Array(repeating: 1, count: 100_000))])
    XCTAssertNil(try? OperationCoding.unpack(packed(parents: many, payload: [:]), countMax: count))
  }

  func testABuriedPayloadOverItsBoundIsRefused() {
    let large = operation(alice, 1, ["t": .text(String(repeating: "a", count: Limits.payloadBytesMax))])
    XCTAssertNil(try? OperationCoding.unpack(OperationCoding.pack([large]), countMax: 1))
  }

  func testNoDamageCrashesUnpacking() throws {
    var generator = SeededGenerator(3)
    var unpacked = 0
    var bytes: [UInt8] = []
    for round in 0..<10_000 {
      if round.isMultiple(of: 50) { bytes = CBOR.encode(OperationCoding.pack(generator.operations(5))) }
      guard let packed = try? CBOR.decode(generator.damaged(bytes)) else { continue }
      if (try? OperationCoding.unpack(packed, countMax: 10)) != nil { unpacked += 1 }
    }
    XCTAssertGreaterThan(unpacked, 100)
  }

  func testJudgementsComeBack() throws {
    for one in [
      judgement(1), judgement(.max, .refused("a:b"), at: .max), judgement(2, .late), judgement(3, .quarantined("x")),
    ] {
      XCTAssertEqual(try OperationCoding.judgement(OperationCoding.value(one)), one)
    }
    XCTAssertNil(try? OperationCoding.judgement([1, "applied", 0, 0]))
    XCTAssertNil(try? OperationCoding.judgement([1, "no", 0, 0, false]))
  }
}
