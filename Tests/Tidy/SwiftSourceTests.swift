import XCTest

/// What the rules stand on: telling code from the rest, finding declarations and calls, reading the manifest.
final class SwiftSourceTests: XCTestCase {
  private func words(_ text: String) -> [String] {
    let swift = SwiftSource(Array(text.utf8))
    return swift.tokens.filter(\.isName).map { swift.text($0) }
  }

  private func literals(_ text: String) -> [String] {
    let swift = SwiftSource(Array(text.utf8))
    return swift.literals.map { swift.text($0.content) }
  }

  func testCommentsAreNoCode() {
    XCTAssertEqual(words("a // b\nc /* d /* e */ f */ g\n/// h\ni"), ["a", "c", "g", "i"])
  }

  func testStringsAreNoCode() {
    XCTAssertEqual(words(#"a "b \" c" d "\\" e"#), ["a", "d", "e"])
    XCTAssertEqual(words(##"a #"b " \n c"# d #"""# e"##), ["a", "d", "e"])
    XCTAssertEqual(words("a \"\"\"\n b \" \"\" c // d\n \"\"\" e"), ["a", "e"])
    XCTAssertEqual(words("a \"\" b"), ["a", "b"])
  }

  func testInterpolationIsCode() {
    XCTAssertEqual(words(#"a "b \(c(d) + "e \(f)") g" h"#), ["a", "c", "d", "f", "h"])
    XCTAssertEqual(words(##"a #"b \(c) \#(d)"# e"##), ["a", "d", "e"])
  }

  func testLiteralsAreFoundWithTheirContent() {
    XCTAssertEqual(literals(#"f("a", ["b"], "")"#), ["a", "b", ""])
    XCTAssertEqual(literals(#""a \("b") c""#), [#"a \("b") c"#, "b"])
  }

  func testAnUnfinishedStringEndsWithItsLine() {
    XCTAssertEqual(words("a \"b\nc"), ["a", "c"])
  }

  func testDeclarationsKnowTheirParentsAndBodies() {
    let swift = SwiftSource(
      Array(
        """
        @frozen
        package final class A: B {
          public class func b(
            c: [Int] = [1].map { $0 }
          ) async throws -> Int where D: E {
            self.init(c: 1)
            actor.init(2)
            if true { return 1 }
          }
          var f: Int { 1 }
          init?() {}
        }
        package protocol G {
          func h()
          var i: Int { get }
        }
        """.utf8))
    let seen = swift.declarations.map { declaration in
      let parent = declaration.parent.map { swift.declarations[$0].name } ?? "-"
      return "\(declaration.name) \(parent) \(declaration.line) \(declaration.body.map { "\($0)" } ?? "-")"
    }
    XCTAssertEqual(
      seen,
      [
        "A - 1 2...12", "b A 3 5...9", "f A 10 10...10", "init A 11 11...11", "G - 13 13...16", "h G 14 -",
        "i G 15 15...15",
      ])
    XCTAssertEqual(swift.declarations.map(\.isShared), [true, true, false, false, true, false, false])
    XCTAssertEqual(swift.declarations.filter(\.hasParameters).map(\.name), ["b"])
  }

  func testCallsAreTakenApart() throws {
    let text = #"func f(_ a: Int) {} ; let x = f("a, b", ["c", "d"], exclude: ["e"], with: { ($0, 1) }, )"#
    let swift = SwiftSource(Array(text.utf8))
    let call = try XCTUnwrap(swift.calls(of: ["f"]).first)
    XCTAssertEqual(swift.calls(of: ["f"]).count, 1)
    XCTAssertEqual(call.arguments.map(\.label), [nil, nil, "exclude", "with"])
    XCTAssertEqual(call.unlabelled.map { swift.literals(in: $0.range).count }, [1, 2])
  }

  func testTheManifestIsReadAsSwiftPMReadsIt() throws {
    let tree = try Tree.here()
    let manifest = Manifest(tree)
    XCTAssertEqual(manifest.problems, [])
    XCTAssertEqual(manifest.target("TidyTests")?.path, "Tests/Tidy")
    XCTAssertEqual(manifest.owner(of: "Tests/Tidy/Manifest.swift")?.name, "TidyTests")
    XCTAssertEqual(manifest.target("CSQLite")?.apt, "libsqlite3-dev")
  }

  func testTheRepositorysOwnOutputIsNotRead() throws {
    let tree = try Tree.here()
    XCTAssertFalse(tree.files.contains { $0.path.hasPrefix(".build/") || $0.path.hasPrefix(".git/") })
  }
}
