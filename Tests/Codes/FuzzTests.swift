import Application
import Foundations
import TestValues
import XCTest

final class FuzzTests: XCTestCase {
  /// MOD 11-2 finds every single wrong character: a mutation may only be refused.
  func testNoSingleWrongCharacterPassesInIdentityNumbers() {
    for number in Vectors.identity + Vectors.residencePermits {
      for index in 0..<18 {
        for replacement in "0123456789X" {
          var characters = Array(number)
          guard characters[index] != replacement else { continue }
          characters[index] = replacement
          let mutated = String(characters)
          XCTAssertNil(try? IdentityNumber(mutated, today: today), mutated)
        }
      }
    }
  }

  func testNoSwapOfNeighboursPassesInSocialCreditCodes() {
    for code in Vectors.socialCredit {
      for index in 0..<17 {
        var characters = Array(code)
        guard characters[index] != characters[index + 1] else { continue }
        characters.swapAt(index, index + 1)
        XCTAssertNil(try? SocialCreditCode(String(characters)), String(characters))
      }
    }
  }

  func testMadeUpIdentityNumbersAreAcceptedWithTheirBirthAndSex() throws {
    var generator = SeededGenerator(11_643)
    for _ in 0..<2000 {
      let birth = today.adding(days: -Int.random(in: 0...40_000, using: &generator))
      let serial = Int.random(in: 1...999, using: &generator)
      let body = "320830" + birth.text.replacing("-", with: "") + padded(serial, 3)
      let check = try XCTUnwrap(CheckDigit.modulus11(Array(body.utf8)))
      let number = try IdentityNumber(body + String(decoding: [check], as: UTF8.self), today: today)
      XCTAssertEqual(number.birth, birth)
      XCTAssertEqual(number.sex == .male, serial % 2 == 1)
    }
  }

  func testNothingCrashesOnAnything() {
    var generator = SeededGenerator(32_100)
    for round in 0..<10_000 {
      let text = generator.codeText(lengthMax: round % 50)
      for kind in CodeKind.allCases {
        let result = CodeCheck.check(kind: kind, value: text, today: today)
        // What was accepted is in its normal form: checking it again changes nothing.
        if result.isValid {
          XCTAssertEqual(CodeCheck.check(kind: kind, value: result.value, today: today).value, result.value)
        }
      }
      _ = Masking.idNumber(text) + Masking.name(text) + Masking.phone(text) + Masking.address(text)
    }
  }

  func testNothingCrashesOnDamagedVectors() {
    var generator = SeededGenerator(36_904)
    let vectors =
      Vectors.identity + Vectors.socialCredit + Vectors.taskCodes + Vectors.certificateIDs + [Vectors.projectNumber]
    for _ in 0..<3000 {
      var characters = Array(vectors.randomElement(using: &generator) ?? "")
      let place = Int.random(in: 0..<characters.count, using: &generator)
      characters.replaceSubrange(
        place..<min(characters.count, place + 1), with: Array(generator.codeText(lengthMax: 2)))
      for kind in CodeKind.allCases { _ = CodeCheck.check(kind: kind, value: String(characters), today: today) }
    }
  }
}
