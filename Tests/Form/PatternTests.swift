import Catalog
import Foundations
import TestValues
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
      ("^[一-龥·]{2,5}$", ["张三", "阿依·古丽"], ["张", "Zhang", "张三李四王五"]),
      (#"^\.\-\\$"#, [".-\\"], ["a-\\"]),
      (#"^a{0,2}b?c$"#, ["c", "ac", "aabc"], ["", "aaac", "bbc", "aab"]),
      (#"^[-a\d]{3}$"#, ["-a9"], ["b-a"]),
      (#"^[a\-c]$"#, ["a", "-", "c"], ["b"]),
    ]
    for (expression, yes, no) in cases {
      let pattern = try Pattern(expression)
      for text in yes { XCTAssertTrue(pattern.matches(text), "\(expression) \(text)") }
      for text in no { XCTAssertFalse(pattern.matches(text), "\(expression) \(text)") }
    }
  }

  func testWhatIsNoExpression() {
    let broken = [
      "(", ")", "(a)", "[", "[]", "[z-a]", "[^a]", "[a-\\d]", "a{2", "a{3,2}", "a{}", "a{0}", "a{+1}", "a{1,2,3}",
      "a{,2}",
      "a*", "a??", "a+", "a|b", "\\", "\\q", "\\1", "\\w", "a{1001}", "[\\d-z", ".", "a$b",
      String(repeating: "a{1000}", count: 5),
    ]
    for expression in broken { XCTAssertThrowsError(try Pattern("^\(expression)$"), expression) }
    for expression in ["", "^", "$", "^$", "a", "^a", "a$"] {
      XCTAssertThrowsError(try Pattern(expression), expression)
    }
  }

  func testNoExpressionTakesForever() throws {
    let pattern = try Pattern("^a?a{0,1000}a{0,1000}a?b$")
    XCTAssertFalse(pattern.matches(String(repeating: "a", count: 4000)))
  }

  func testRandomExpressionsNeverCrash() {
    var generator = SeededGenerator(7)
    let pool = Array("ab\\d[]^$(){}?*+|,-019.u😀")
    for round in 0..<10_000 {
      let expression = String((0..<round % 20).compactMap { _ in pool.randomElement(using: &generator) })
      _ = try? Pattern("^\(expression)$").matches("ab0😀")
    }
  }
}
