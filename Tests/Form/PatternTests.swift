import Catalog
import Foundations
import XCTest

final class PatternTests: XCTestCase {
  func testWhatTheFormsUse() throws {
    let cases: [(String, yes: [String], no: [String])] = [
      (
        #"^B?J\d{6}-\d{4}-\d{6}$"#, ["J320830-2024-000123", "BJ320830-2024-000123"],
        ["L320830-2024-000123", "J320830-2024-00012", "xJ320830-2024-000123"]
      ),
      (#"^[A-Z]\d{9}$"#, ["U320001234"], ["u320001234", "U32000123", "U3200012345", "U320001234\n"]),
      (
        #"^\d{17}[0-9X][1-7][1-4]B?\d{0,2}$"#, ["32083019870412980X43", "32083019870412980X43B1"],
        ["32083019870412980X83"]
      ),
      (#"[\u4e00-\u9fa5·]{2,5}"#, ["张三", "阿依·古丽"], ["张", "Zhang", "张三李四王五"]),
      (#"(ab|c)+d?"#, ["ab", "cabd", "c"], ["", "d", "abb"]),
      (#"[^0-9]*"#, ["", "abc"], ["a1"]),
      (#"a|b|"#, ["a", "b", ""], ["ab"]),
      (#"\.\-\\"#, [".-\\"], ["a-\\"]),
      (#"(?:x{2,}y)?"#, ["", "xxy", "xxxxy"], ["xy"]),
      (#"[-a\d]+"#, ["-a9"], ["b"]),
      (".+", ["a😀"], ["", "a\nb"]),
      ("", [""], ["a"]),
    ]
    for (expression, yes, no) in cases {
      let pattern = try XCTUnwrap(Pattern(expression), expression)
      for text in yes { XCTAssertTrue(pattern.matches(text), "\(expression) \(text)") }
      for text in no { XCTAssertFalse(pattern.matches(text), "\(expression) \(text)") }
    }
  }

  func testWhatIsNoExpression() {
    let broken = [
      "(", ")", "[", "[]", "[z-a]", "a{2", "a{3,2}", "a{}", "*", "a**", "+", "a|*", "\\", "\\q", "\\1", "a{100000}",
      "((a{100}){100}){100}", "[\\d-z", "(?=a)", "\\u12", "\\u+123", String(repeating: "(", count: 100),
    ]
    for expression in broken { XCTAssertNil(Pattern(expression), expression) }
  }

  func testNoExpressionTakesForever() throws {
    let pattern = try XCTUnwrap(Pattern("(a|a)*(a*)*(a?){50}b"))
    XCTAssertFalse(pattern.matches(String(repeating: "a", count: 4000)))
  }

  func testRandomExpressionsNeverCrash() {
    var generator = SeededGenerator(state: 7)
    let pool = Array("ab\\d[]^$(){}?*+|,-019.u😀")
    for round in 0..<10_000 {
      let expression = String((0..<round % 20).compactMap { _ in pool.randomElement(using: &generator) })
      _ = Pattern(expression)?.matches("ab0😀")
    }
  }
}
