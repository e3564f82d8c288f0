import Foundations
import TestValues
import Wire
import XCTest

final class CBORTests: XCTestCase {
  private func hex(_ text: String) -> [UInt8] { Hexadecimal.bytes(text.filter { $0 != " " }) ?? [] }

  private func failure(_ bytes: [UInt8]) -> CBOR.Failure? {
    do {
      _ = try CBOR.decode(bytes)
      return nil
    } catch { return error }
  }

  /// RFC 8949, appendix A, as far as `Value` goes.
  func testTheVectorsOfTheStandardAreWrittenAndRead() {
    let vectors: [(String, Value)] = [
      ("00", 0), ("01", 1), ("0a", 10), ("17", 23), ("1818", 24), ("1819", 25), ("1864", 100), ("1903e8", 1000),
      ("1a000f4240", 1_000_000), ("1b000000e8d4a51000", 1_000_000_000_000), ("20", -1), ("29", -10), ("3863", -100),
      ("3903e7", -1000), ("3b7fffffffffffffff", .integer(.min)), ("1b7fffffffffffffff", .integer(.max)),
      ("fb3ff199999999999a", .double(1.1)), ("fb7e37e43c8800759c", .double(1.0e300)),
      ("fbc010666666666666", .double(-4.1)), ("f4", false), ("f5", true), ("f6", .null), ("40", .bytes([])),
      ("4401020304", .bytes([1, 2, 3, 4])), ("60", ""), ("6161", "a"), ("6449455446", "IETF"), ("62225c", "\"\\"),
      ("62c3bc", "\u{FC}"), ("63e6b0b4", "水"), ("64f0908591", "\u{10151}"), ("80", []), ("83010203", [1, 2, 3]),
      ("8301820203820405", [1, [2, 3], [4, 5]]), ("a0", [:]), ("a26161016162820203", ["a": 1, "b": [2, 3]]),
      ("826161a161626163", ["a", ["b": "c"]]),
      ("a56161614161626142616361436164614461656145", ["a": "A", "b": "B", "c": "C", "d": "D", "e": "E"]),
      (
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
        .array((1...25).map { .integer($0) })
      ),
    ]
    for (text, value) in vectors {
      XCTAssertEqual(Hexadecimal.text(CBOR.encode(value)), text)
      XCTAssertEqual(try CBOR.decode(hex(text)), value, text)
    }
  }

  func testWhatTheStandardHasAndValueHasNotIsRefused() {
    for text in [
      "f97e00", "f93c00", "fa47c35000", "f7", "f0", "f8ff", "f800", "c074323031332d30332d32315432303a30343a30305a",
      "c11a514b67b0",
      "d74401020304", "5f42010243030405ff", "7f657374726561646d696e67ff", "9fff", "bfff", "a201020304", "a1f600", "ff",
      "1c",
      "3f", "1bffffffffffffffff", "3bffffffffffffffff", "1b8000000000000000",
    ] {
      XCTAssertEqual(failure(hex(text)), .unsupported, text)
    }
    XCTAssertEqual(failure(hex("0000")), .trailingBytes)
    XCTAssertEqual(failure(hex("62c328")), .invalidText)
    XCTAssertEqual(failure(hex("63eda080")), .invalidText)
  }

  func testASecondEncodingOfTheSameValueIsRefused() {
    for text in [
      "1800", "1817", "190000", "1900ff", "1a00000000", "1a0000ffff", "1b0000000000000000", "1b00000000ffffffff",
      "3800",
      "580101", "7800", "9800", "b800", "a2616201616101", "a2616101616102", "a26261610161620 1", "a2616101781801",
    ] {
      XCTAssertNotNil(failure(hex(text)), text)
    }
    XCTAssertEqual(failure(hex("a2616201616101")), .notDeterministic, "keys out of order")
    XCTAssertEqual(failure(hex("a2616101616102")), .notDeterministic, "a key twice")
    XCTAssertEqual(failure(hex("a262c3a90163 65cc8101")), .notDeterministic, "two spellings of one key")
  }

  func testKeysStandInTheOrderOfTheirBytes() {
    let value: Value = ["b": 1, "aa": 2, "é": 3, "": 4, "a": 5]
    XCTAssertEqual(Hexadecimal.text(CBOR.encode(value)), "a56004616105616201626161" + "0262c3a903")
  }

  func testEveryTruncationIsNoticed() throws {
    var generator = SeededGenerator(7049)
    for _ in 0..<200 {
      let bytes = CBOR.encode(generator.value())
      for count in 0..<bytes.count { XCTAssertEqual(failure(Array(bytes.prefix(count))), .truncated) }
    }
  }

  func testHugeCountsReserveNothing() {
    for head in ["9b7fffffffffffffff", "bb7fffffffffffffff", "5b7fffffffffffffff", "7b7fffffffffffffff", "9affffffff"] {
      XCTAssertEqual(failure(hex(head)), .truncated, head)
      XCTAssertEqual(failure(hex(head + "00")), .truncated, head)
    }
    // Arrays in arrays, each of which says that all the rest is its own items.
    var bytes: [UInt8] = []
    for _ in 0..<30 { bytes += [0x9A, 0x00, 0x1F, 0x00, 0x00] }
    bytes += [UInt8](repeating: 0xF6, count: 0x1F_0000)
    XCTAssertEqual(failure(bytes), .truncated)
  }

  func testDepthIsBounded() {
    let depth = Limits.jsonDepthMax
    XCTAssertNil(failure([UInt8](repeating: 0x81, count: depth) + [0xF6]))
    XCTAssertEqual(failure([UInt8](repeating: 0x81, count: depth + 1) + [0xF6]), .tooDeep)
    XCTAssertEqual(failure([UInt8](repeating: 0x81, count: 1 << 20)), .tooDeep)
    XCTAssertEqual(failure(Array([[UInt8]](repeating: [0xA1, 0x61, 0x61], count: 1 << 18).joined())), .tooDeep)
  }

  func testAMillionTinyValuesAreTooMany() {
    let count = Limits.valuesMax
    let head: [UInt8] = [
      0x9A, UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255),
    ]
    XCTAssertEqual(failure(head + [UInt8](repeating: 0xF6, count: count)), .tooMany)
  }

  func testWhatIsWrittenIsReadAgain() {
    var generator = SeededGenerator(8949)
    for round in 0..<10_000 {
      var value = generator.value()
      if round.isMultiple(of: 3) { value = ["bytes": .bytes(generator.bytes(round % 300)), "value": value] }
      XCTAssertEqual(try CBOR.decode(CBOR.encode(value)), value)
    }
  }

  /// *What can be read is what `encode` writes, byte for byte.*
  func testDamagedBytesAreRefusedOrAreTheOnlyEncodingOfWhatTheySay() {
    var generator = SeededGenerator(4942)
    var read = 0
    for _ in 0..<10_000 {
      let bytes = generator.damaged(CBOR.encode(generator.value()))
      guard let value = try? CBOR.decode(bytes) else { continue }
      read += 1
      XCTAssertEqual(CBOR.encode(value), bytes)
    }
    XCTAssertGreaterThan(read, 500)
    for _ in 0..<10_000 {
      let bytes = generator.bytes(generator.number(0...12))
      if let value = try? CBOR.decode(bytes) { XCTAssertEqual(CBOR.encode(value), bytes) }
    }
  }

  func testNumbersThatAreNoneKeepTheirBits() {
    for bits: UInt64 in [0x7FF8_0000_0000_0000, 0x7FF0_0000_0000_0001, 0xFFF8_0000_DEAD_BEEF, 0x8000_0000_0000_0000] {
      let value = Value.double(Double(bitPattern: bits))
      XCTAssertEqual(try CBOR.decode(CBOR.encode(value)), value)
    }
  }

  func testASpareMemberStandsWhereEncodingPutsIt() throws {
    let members: Members = ["b": 1, "aa": ["x": 2], "version": 3, "materials": [], "proceedings": "p"]
    for size in 0...members.count {
      let some = Members(uniqueKeysWithValues: members.sorted { $0.key < $1.key }.prefix(size).map { ($0, $1) })
      for key in ["a", "documents", "zzzzzzzzzzzz"] {
        var whole = some
        whole[key] = ["kind": "D02"]
        let spare = try XCTUnwrap(CBOR.Spare(key, in: .object(some)))
        XCTAssertEqual(
          spare.filled(CBOR.encode(.object(some)), with: ["kind": "D02"]), CBOR.encode(.object(whole)), key)
      }
    }
    let many = Members(uniqueKeysWithValues: (0..<23).map { ("k\($0)", Value($0)) })
    let spare = try XCTUnwrap(CBOR.Spare("k5x", in: .object(many)))
    XCTAssertEqual(
      spare.filled(CBOR.encode(.object(many)), with: nil),
      CBOR.encode(.object(many.merging(["k5x": nil]) { first, _ in first })))
    XCTAssertNil(CBOR.Spare("b", in: .object(members)))
    XCTAssertNil(CBOR.Spare("b", in: []))
  }
}
