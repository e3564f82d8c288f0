import Foundations
import TestValues
import XCTest

final class MembersTests: XCTestCase {
  /// Keys that are hard to tell apart: alike at the beginning, of one length, longer than a byte can count.
  private static let keys = [
    "", "a", "b", "aa", "hk.house", "hk.housf", "hk.householder", "hk.householdes", "hk.householderIdNo", "姓名", "姓各",
    "é", String(repeating: "k", count: 255), String(repeating: "k", count: 256),
    String(repeating: "k", count: 255) + "l",
  ]

  func testItAnswersAsADictionaryDoes() {
    var generator = SeededGenerator(20)
    for _ in 0..<300 {
      var members = Members()
      var model: [String: Value] = [:]
      for step in 0..<40 {
        let key = Self.keys[generator.number(0...Self.keys.count - 1)]
        XCTAssertEqual(members[key], model[key], key)
        switch generator.number(0...3) {
        case 0, 1: (members[key], model[key]) = (nil, nil)
        default: (members[key], model[key]) = (Value(step), Value(step))
        }
        XCTAssertEqual(members.count, model.count)
      }
      for key in Self.keys {
        XCTAssertEqual(members[key], model[key], key)
        XCTAssertEqual(members.index(forKey: key).map { members[$0].key }, model[key] == nil ? nil : key)
        XCTAssertEqual(members[key, default: "none"], model[key] ?? "none")
      }
      XCTAssertEqual(members, Members(model))
      XCTAssertEqual(members.hashValue, Members(model).hashValue)
      XCTAssertEqual(members.compactMapValues(\.integer), model.compactMapValues(\.integer))
    }
  }

  func testTheyStandInTheOrderOfTheirEncodings() {
    var generator = SeededGenerator(21)
    for _ in 0..<100 {
      let keys = Self.keys.filter { _ in generator.number(0...1) == 1 }.shuffled(using: &generator)
      let members = Members(uniqueKeysWithValues: keys.map { ($0, .text($0)) })
      let expected = keys.sorted { left, right in
        left.utf8.count != right.utf8.count
          ? left.utf8.count < right.utf8.count : left.utf8.lexicographicallyPrecedes(right.utf8)
      }
      XCTAssertEqual(members.keys, expected)
      XCTAssertEqual(members.map(\.key), expected)
      XCTAssertEqual(members.values, expected.map(Value.text))
      XCTAssertEqual(MemberKeys(keys)?.members(keys.map(Value.text)), members)
      var appended = Members()
      XCTAssertTrue(expected.allSatisfy { appended.append($0, .text($0)) })
      XCTAssertEqual(appended, members)
      XCTAssertFalse(expected.contains { appended.append($0, .null) })
    }
  }

  func testMergingIsThatOfDictionaries() {
    var generator = SeededGenerator(22)
    for _ in 0..<300 {
      let (left, right) = (some(&generator), some(&generator))
      XCTAssertEqual(
        Members(left).merging(Members(right)) { [$0, $1] }, Members(left.merging(right) { [$0, $1] }))
    }
  }

  private func some(_ generator: inout SeededGenerator) -> [String: Value] {
    var some: [String: Value] = [:]
    for key in Self.keys where generator.number(0...1) == 1 { some[key] = Value(generator.number(0...9)) }
    return some
  }

  func testOfTwoValuesOfOneKeyTheCallerChooses() {
    for count in [3, 100] {
      let pairs = (0..<count).map { ("k\($0 % 3)", Value($0)) }
      XCTAssertEqual(Members(pairs, uniquingKeysWith: { first, _ in first }).values, [0, 1, 2])
      XCTAssertEqual(
        Members(pairs, uniquingKeysWith: { _, last in last }),
        Members(Dictionary(pairs, uniquingKeysWith: { _, last in last })))
    }
    let (left, right): (Members, Members) = (["a": 1, "b": 2], ["b": 3, "cc": 4])
    XCTAssertEqual(left.merging(right) { own, _ in own }, ["a": 1, "b": 2, "cc": 4])
    XCTAssertEqual(left.merging(right) { $1 }, ["a": 1, "b": 3, "cc": 4])
    XCTAssertEqual(Members().merging(right) { $1 }, right)
    XCTAssertEqual(right.filter { $0.key == "cc" }, ["cc": 4])
  }

  /// Somebody who reads both spellings as one text would see one value only.
  func testTwoSpellingsOfOneKeyAreNoObject() {
    XCTAssertNil(MemberKeys(["é", "e\u{301}"]))
    XCTAssertNil(MemberKeys(["a", "b", "a"]))
    XCTAssertNotNil(MemberKeys(["é", "è", "e"]))
    var members: Members = ["é": 1]
    XCTAssertFalse(members.hasTwins)
    members["e\u{301}"] = 2
    XCTAssertEqual(members.count, 2)
    XCTAssertTrue(members.hasTwins)
    XCTAssertNil(Members(["é": 1])["e\u{301}"])
  }
}
