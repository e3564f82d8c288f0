import Foundations
import TestValues
import XCTest

final class TextTests: XCTestCase {
  func testHexadecimalIsReadInEitherCaseAndWrittenInLower() {
    XCTAssertEqual(Hexadecimal.text([0, 15, 0xAB, 255]), "000fabff")
    XCTAssertEqual(Hexadecimal.bytes("000FabFF"), [0, 15, 0xAB, 255])
    XCTAssertEqual(Hexadecimal.bytes(""), [])
    for text in ["0", "0g", "+1", "-1", " 0", "0 ", "0x00", "００", "é"] { XCTAssertNil(Hexadecimal.bytes(text), text) }
    var generator = SeededGenerator(16)
    for count in 0..<200 {
      let bytes = generator.bytes(count)
      XCTAssertEqual(Hexadecimal.bytes(Hexadecimal.text(bytes)), bytes)
    }
  }

  func testBase32IsCrockfordsInLowerCase() {
    XCTAssertEqual(Base32.text([]), "")
    XCTAssertEqual(Base32.text([0]), "00")
    XCTAssertEqual(Base32.text([255]), "zw")
    XCTAssertEqual(Base32.text(Array("foobar".utf8)), "csqpyrk1e8")
    XCTAssertEqual(Base32.text(Array(repeating: 255, count: 10)), String(repeating: "z", count: 16))
    var seen: Set<String> = []
    for first in UInt8.min...UInt8.max {
      for second in UInt8.min...UInt8.max { seen.insert(Base32.text([first, second])) }
    }
    XCTAssertEqual(seen.count, 65_536, "different bytes, different texts")
    XCTAssertTrue(seen.joined().allSatisfy { !"ilou".contains($0) && !$0.isUppercase })
  }

  func testFullWidthCharactersBecomeTheirTwins() {
    XCTAssertEqual("１３９－ＡＢｃ！～　（Ｘ）".halfWidth, "139-ABc!~ (X)")
    XCTAssertEqual("张三，。、《》".halfWidth, "张三,。、《》")
    XCTAssertEqual("abc 1".halfWidth, "abc 1")
    XCTAssertEqual("".halfWidth, "")
    XCTAssertEqual("￠😀e\u{301}".halfWidth, "￠😀e\u{301}")
  }

  func testWhiteSpaceAtTheEndsGoes() {
    XCTAssertEqual(" \t\n张 三\u{3000}\r\n".trimmed, "张 三")
    XCTAssertEqual(" \u{A0} ".trimmed, "")
    XCTAssertEqual("".trimmed, "")
    XCTAssertEqual("a".trimmed, "a")
    XCTAssertEqual(" e\u{301} ".trimmed, "e\u{301}")
    XCTAssertEqual("\u{200B} 张\u{200D}三\u{2060}\u{AD}\u{2800}".trimmed, "张\u{200D}三", "what joins inside stays")
    XCTAssertEqual("\u{3164}\u{FE0F}\u{E0100}".trimmed, "")
    // Which of its shapes a character has in a name is part of the name.
    XCTAssertEqual(" 葛\u{E0100}\u{200B} ".trimmed, "葛\u{E0100}")
  }

  /// What is an array or a text of its own has a quicker way, which says the same.
  func testQuickWaysSayTheSameAsTheOthers() {
    let scalars: [Unicode.Scalar] = [
      " ", "\t", "a", "~", "\u{7F}", "\u{85}", "\u{A0}", "é", "\u{1680}", "\u{2003}", "\u{3000}", "\u{3FFF}",
      "\u{4DFF}",
      "\u{4E00}", "\u{5000}", "张", "\u{9FFF}", "\u{E000}", "\u{FEFF}", "\u{200B}", "\u{2800}", "\u{3164}", "\u{E0100}",
      "，", "Ａ", "😀", "\u{301}",
    ]
    for first in scalars {
      for second in scalars {
        for text in ["", String(first), "\(first)\(second)", "\(first)槐\(second)", "\(first) b \(second)"] {
          XCTAssertEqual(text.trimmed, text[...].trimmed)
          XCTAssertEqual(text.halfWidth, text[...].halfWidth)
        }
      }
    }
    let bytes = [UInt8](0...255)
    XCTAssertEqual(Hexadecimal.text(bytes), Hexadecimal.text(bytes[...]))
  }

  func testRandomBytesAreAsManyAsAsked() {
    let random = SystemRandom()
    for count in [0, 1, 7, 8, 9, 12, 16, 33, 1000] { XCTAssertEqual(random.bytes(count).count, count) }
    XCTAssertNotEqual(random.bytes(16), random.bytes(16))
    XCTAssertGreaterThan(Set(random.bytes(4096)).count, 200)
  }

  func testNumbersArePaddedAndNeverCut() {
    XCTAssertEqual(padded(7, 3), "007")
    XCTAssertEqual(padded(1234, 3), "1234")
    XCTAssertEqual(padded(0, 0), "0")
  }

  func testADetailStandsWhereTheSentenceWantsIt() {
    let named = ProblemKind("a.b", "第{}行有误", remedy: "改")
    XCTAssertEqual(named.with("3").message, "第3行有误")
    XCTAssertEqual(Problem(named).message, "第行有误")
    XCTAssertEqual(named.with("{}").message, "第{}行有误", "a detail is not looked into")
    let plain = ProblemKind("a.c", "有误", remedy: "改")
    XCTAssertEqual(plain.with("3").message, "有误（3）")
    XCTAssertEqual(Problem(plain).message, "有误")
    XCTAssertEqual(ProblemKind("a.d", "{}和{}", remedy: "改").with("1").message, "1和{}")
    XCTAssertEqual(ProblemKind("a.e", "{}", remedy: "改").with("1").message, "1")
  }

  func testAProblemSaysItsFieldAndTheOthers() {
    let kind = ProblemKind("a.b", "有误", remedy: "改")
    var problem = kind.at("name", "3")
    problem.others = [kind.at("phone")]
    XCTAssertEqual(
      problem.value,
      [
        "code": "a.b", "message": "有误（3）", "remedy": "改", "field": "name",
        "others": [["code": "a.b", "message": "有误", "remedy": "改", "field": "phone"]],
      ])
  }

  func testAProceedingIsNamedByItsApplicationAndItem() {
    let id = ProceedingID(ApplicationID("a1"), ItemID("x.y"))
    XCTAssertEqual(id.text, "a1.x.y")
    XCTAssertEqual(id.application, ApplicationID("a1"))
    XCTAssertEqual(id.item, ItemID("x.y"))
    XCTAssertEqual(ProceedingID("nothing").item, ItemID(""))
  }

  func testALogLineNeedsNoQuotesOnlyWhereItIsPlain() {
    final class Lines: @unchecked Sendable { var all: [String] = [] }
    let lines = Lines()
    let log = Log(minimum: .info) { lines.all.append($0) }
    log(.debug, "quiet")
    log(.info, "sync", [("device", "d1"), ("name", "张 三\n"), ("empty", "")])
    XCTAssertEqual(lines.all, [#"level=info event=sync device=d1 name="张 三\n" empty="""#])
  }

  func testValuesAreEqualOnlyWhereTheirBytesAre() {
    XCTAssertNotEqual(Value.text("é"), Value.text("e\u{301}"))
    XCTAssertNotEqual(Value.double(0), Value.double(-0.0))
    XCTAssertEqual(Value.double(.nan), Value.double(.nan))
    XCTAssertNotEqual(Value.object(["é": 1]), Value.object(["e\u{301}": 1]))
    XCTAssertNotEqual(Value.object(["a": ["é"]]), Value.object(["a": ["e\u{301}"]]))
    XCTAssertNotEqual(Value.null, Value.array([]))
    XCTAssertNotEqual(Value.integer(1), Value.bool(true))
    XCTAssertEqual(Set<Value>([["a": 1, "b": [2]], ["b": [2], "a": 1]]).count, 1)
  }

  func testBlankIsWhatSaysNothing() {
    for blank: Value in [
      nil, "", " \n\u{3000}", [], [:], "\u{200B}", "\u{2060}\u{AD}", "\u{3164}", "\u{2800}", " \u{FE0F} ",
    ] { XCTAssertTrue(blank.isBlank) }
    for full: Value in [0, false, "a", [nil], ["a": nil], .bytes([]), "\u{200B}张", "·", "⠁"] {
      XCTAssertFalse(full.isBlank)
    }
  }
}
