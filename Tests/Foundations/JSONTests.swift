import Foundations
import TestValues
import XCTest

final class JSONTests: XCTestCase {
  private func read(_ text: String) -> Value? { try? JSONReader.read(Array(text.utf8)) }

  private func failure(_ bytes: [UInt8]) -> JSONReader.Failure? {
    do {
      _ = try JSONReader.read(bytes)
      return nil
    } catch { return error }
  }

  func testWhatRFC8259AllowsIsRead() {
    let table: [(String, Value)] = [
      ("null", .null), (" true ", true), ("\t\r\nfalse\n", false), ("0", 0), ("-0", 0), ("-12", -12),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.50", .double(1.5)), ("1e2", .double(100)),
      ("1E-2", .double(0.01)), ("-0.0", .double(-0.0)), ("\"\"", ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
      (#""\u5f20\u5F20""#, "张张"), (#""\ud83d\ude00""#, "😀"), (#""\u0000""#, "\u{0}"), ("\"\u{7F}张😀\"", "\u{7F}张😀"),
      ("[]", []), ("[ ]", []), ("[1 , [ ], {}]", [1, [], [:]]), ("{}", [:]),
      (#"{ "a" : { "b" : [ null ] } }"#, ["a": ["b": [nil]]]),
      ("\u{FEFF}{\"a\":1}", ["a": 1]),
    ]
    for (text, value) in table { XCTAssertEqual(read(text), value, text) }
  }

  func testWhatRFC8259ForbidsIsRefused() {
    let table = [
      "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "+1", "01", "-01", "1.", ".5", "-", "1e", "1e+",
      "0x10",
      "1_000", "--1", "'a'", "\"", "\"a", "\"\\\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\u+123\"",
      "\"\\u-123\"",
      "\"\\u 123\"", "\"a\nb\"", "\"\u{1}\"", "[", "]", "[1", "[1,", "[,1]", "[1,]", "[1 2]", "{", "}", "{a:1}",
      "{\"a\"}",
      "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "{1:2}", "1 2", "{} {}", "// a\n1", "[1]]", "\u{FEFF}",
      "1e400",
      "-1e400", "\u{FEFF}\u{FEFF}1", "\u{A0}1", "\"\\",
    ]
    for text in table { XCTAssertNil(read(text), text) }
  }

  func testHalfASurrogatePairIsRefused() {
    for text in [
      #""\ud83d""#, #""\ude00""#, #""\ud83d\ud83d""#, #""\ud83dA""#, #""\ud83d\n""#, #""\ud83d\u""#, #""\ud83d\u0041""#,
      #""\ude00\ud83d""#,
    ] {
      XCTAssertNil(read(text), text)
    }
  }

  func testBytesThatAreNotUTF8AreRefused() {
    for bytes: [UInt8] in [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE5, 0xBC], [0xF4, 0x90, 0x80, 0x80], [0x80],
      [0xF0, 0x80, 0x80, 0xAF],
    ] {
      XCTAssertNotNil(failure([0x22] + bytes + [0x22]), "\(bytes)")
      XCTAssertNotNil(failure(bytes), "\(bytes)")
    }
    XCTAssertNotNil(failure([0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00]), "UTF-16")
  }

  func testReasonsAreForPeopleToRead() {
    for text in ["", "x", "{a", "{\"a\" 1}", "[1 2]", "[1,", "\"a", "\"\\x\"", "01", "-", "nul", "1 1", "\"\\ud800\""] {
      let reason = failure(Array(text.utf8))?.reason ?? ""
      XCTAssertTrue(reason.unicodeScalars.contains { $0.value >= 0x4E00 }, "\(text): \(reason)")
    }
  }

  func testTheSameKeyTwiceIsRefusedWhereItStandsAgain() {
    let failure = failure(Array("{\n  \"a\": 1,\n  \"a\": 2\n}".utf8))
    XCTAssertEqual(failure?.reason, "名称“a”写了两次")
    XCTAssertEqual(failure?.line, 3)
    XCTAssertEqual(failure?.column, 3)
    XCTAssertNil(read("{\"\\u0061\":1,\"a\":2}"), "an escape does not hide it")
    XCTAssertNil(read("{\"é\":1,\"e\u{301}\":2}"), "nor does another spelling")
  }

  func testNestingIsBoundedWithoutExhaustingTheStack() {
    let depth = Limits.jsonDepthMax
    XCTAssertNotNil(read(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)))
    XCTAssertNil(read(String(repeating: "[", count: depth + 1) + String(repeating: "]", count: depth + 1)))
    XCTAssertNil(read(String(repeating: "[", count: 1 << 20)))
    XCTAssertNil(read(String(repeating: "{\"a\":", count: 1 << 18)))
    XCTAssertNotNil(read("[" + Array(repeating: "[]", count: 1000).joined(separator: ",") + "]"), "breadth is no depth")
  }

  func testAFailureNamesLineAndColumn() {
    let table: [(String, Int, Int)] = [
      ("x", 1, 1), ("", 1, 1), ("[1,\n 2,\n x]", 3, 2), ("{\n\"a\" 1}", 2, 5), ("\n\n\n]", 4, 1),
      ("[\r\n1,\r\n,]", 3, 1),
      ("{\"张\": x}", 1, 9), ("1\n\n2", 3, 1),
    ]
    for (text, line, column) in table {
      let failure = failure(Array(text.utf8))
      XCTAssertEqual(failure?.line, line, text)
      XCTAssertEqual(failure?.column, column, text)
    }
  }

  func testEachMemberKnowsItsLine() throws {
    let text = "{\n \"items\": [\n  {\"id\": \"a\",\n   \"name\":\n    1},\n  {\"id\": \"b\"}\n ],\n\n \"last\": 0 }"
    let lines = try JSONReader.readWithLines(Array(text.utf8)).lines
    XCTAssertEqual(
      lines,
      [
        "items": 2, "items.0": 3, "items.0.id": 3, "items.0.name": 4, "items.1": 6, "items.1.id": 6, "last": 9,
      ])
  }

  func testALargeCatalogueFileIsReadInOnePass() throws {
    var text = "{\n"
    for index in 0..<120_000 { text += "\"field\(index)\": [\(index),\n\"张三\"],\n" }
    text += "\"last\": 1}"
    let bytes = Array(text.utf8)
    XCTAssertGreaterThan(bytes.count, 3 << 20)
    let lines = try JSONReader.readWithLines(bytes).lines
    XCTAssertEqual(lines["field119999.1"], 240_001)
    XCTAssertEqual(lines["last"], 240_002)
  }

  func testLongKeysDoNotMultiplyIntoPaths() throws {
    let key = String(repeating: "k", count: 1 << 20)
    let inner = (0..<10_000).map { "\"a\($0)\":1" }.joined(separator: ",")
    let lines = try JSONReader.readWithLines(Array("{\"\(key)\":{\(inner)},\"b\":\n{\"c\":1}}".utf8)).lines
    XCTAssertEqual(lines, ["b": 1, "b.c": 2])
  }

  func testWhatIsWrittenIsReadAgain() throws {
    var generator = SeededGenerator(8259)
    for _ in 0..<10_000 {
      let value = generator.value()
      XCTAssertEqual(try JSONReader.read(JSON.bytes(value)), value)
      XCTAssertEqual(try JSONReader.read(Array(JSON.pretty(value).utf8)), value)
    }
  }

  func testNoDamageCrashesTheReader() {
    var generator = SeededGenerator(4627)
    var read = 0
    for _ in 0..<10_000 {
      let bytes = generator.damaged(JSON.bytes(generator.value()))
      if let value = try? JSONReader.read(bytes) {
        read += 1
        XCTAssertEqual(try JSONReader.read(JSON.bytes(value)), value)
      }
    }
    XCTAssertGreaterThan(read, 100)
  }

  func testWhatJSONCannotSayIsWrittenAsSomethingItCan() {
    XCTAssertEqual(JSON.text([.double(.nan), .double(.infinity), .double(-.infinity)]), "[null,null,null]")
    XCTAssertEqual(JSON.text(.bytes([0, 255])), "\"00ff\"")
    XCTAssertEqual(JSON.text("a\"\\\n\u{1}\u{7F}张"), "\"a\\\"\\\\\\n\\u0001\u{7F}张\"")
  }

  func testKeysAreWrittenInOneOrder() {
    XCTAssertEqual(JSON.text(["b": 1, "a": [:], "aa": []]), #"{"a":{},"aa":[],"b":1}"#)
    XCTAssertEqual(JSON.pretty(["b": [1, 2], "a": [:]]), "{\n  \"a\": {},\n  \"b\": [\n    1,\n    2\n  ]\n}\n")
  }
}
