import Foundation
import XCTest

@testable import Foundations

/// Work on several threads: what comes of it never depends on them.
final class ParallelTests: XCTestCase {
  private struct Refusal: Error {}

  func testResultsAreHandedOnInOrderAndOnTheCallersThread() {
    for count in [0, 1, 7, 8, 9, 1000] {
      var received: [Int] = []
      let caller = Thread.current
      Parallel.each(Array(0..<count), fewest: 2) { number in
        // The first ones take longest.
        if number < 4 { usleep(2000) }
        return number * number
      } then: { (place: Int, square: Int) in
        XCTAssertEqual(place, received.count)
        XCTAssertEqual(Thread.current, caller)
        received.append(square)
      }
      XCTAssertEqual(received, (0..<count).map { $0 * $0 })
    }
  }

  func testNothingIsHandedOnAfterARefusal() {
    var received = 0
    XCTAssertThrowsError(
      try Parallel.each(Array(0..<500), fewest: 2) {
        $0
      } then: { (_: Int, number: Int) throws(Refusal) in
        if number == 100 { throw Refusal() }
        received += 1
      })
    XCTAssertEqual(received, 100)
  }

  func testPatientWorkGivesWhatAnyOtherGives() {
    XCTAssertEqual(Patient.map(Array(0..<777)) { $0 + 1 }, Array(1...777))
    XCTAssertEqual(Patient.map([Int]()) { $0 }, [])
    // More at once than there are threads for it.
    let results = Parallel.map(Array(0..<64)) { number in Patient.run { number * 2 } }
    XCTAssertEqual(results, (0..<64).map { $0 * 2 })
  }

  func testTextIsWhatItsBytesAreAndNothingElse() {
    for bytes in [[], [0x41], Array("清涧县 e\u{301}".utf8), Array("\u{FFFD}".utf8)] as [[UInt8]] {
      XCTAssertEqual(String(checking: bytes[...]).map { Array($0.utf8) }, bytes)
    }
    // Cut, overlong, a surrogate, beyond Unicode, a lone continuation; three wrong bytes are as long as their repair.
    let wrong: [[UInt8]] = [
      [0xE6, 0xB8], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xFF, 0x41, 0x42],
    ]
    for bytes in wrong {
      XCTAssertNil(String(checking: bytes[...]), Hexadecimal.text(bytes))
    }
  }
}
