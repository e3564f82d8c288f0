import XCTest

/// The rules against their own examples, and the tree against the rules.
final class TidyTests: XCTestCase {
  func testEveryRuleHasExamplesOfBothKinds() {
    for rule in Rule.all {
      XCTAssertTrue(rule.examples.contains { $0.expected != nil }, "\(rule.name) shows nothing it refuses")
      XCTAssertTrue(rule.examples.contains { $0.expected == nil }, "\(rule.name) shows nothing it lets pass")
    }
    XCTAssertEqual(Set(Rule.all.map(\.name)).count, Rule.all.count, "two rules have the same name")
  }

  func testEveryRuleRefusesWhatItShould() {
    for rule in Rule.all {
      for example in rule.examples {
        guard let expected = example.expected else { continue }
        let findings = rule.findings(example.tree)
        XCTAssertEqual(findings.count, 1, "\(rule.name), \(example.name): \(findings)")
        XCTAssertTrue(
          findings.allSatisfy { $0.description.contains(expected) }, "\(rule.name), \(example.name): \(findings)")
      }
    }
  }

  func testEveryRuleLetsTheRestPass() {
    for rule in Rule.all {
      for example in rule.examples where example.expected == nil {
        XCTAssertEqual(rule.findings(example.tree), [], "\(rule.name), \(example.name)")
      }
    }
  }

  func testTheTreeKeepsEveryRule() throws {
    let tree = try Tree.here()
    XCTAssertTrue(tree.contains(Manifest.path), "the tree round \(#filePath) was not found")
    XCTAssertFalse(tree.product.isEmpty, "the tree round \(#filePath) has no product")
    for rule in Rule.all {
      for finding in rule.findings(tree) {
        XCTFail("\(rule.name): \(finding)\n  \(rule.promise)")
      }
    }
  }
}
