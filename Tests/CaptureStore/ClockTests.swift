import CaptureStore
import Foundations
import XCTest

/// What a laptop notices of its clock.
final class ClockTests: XCTestCase {
  private var bench: StoreBench!

  override func setUpWithError() throws { bench = try StoreBench() }

  func testOnlyJumpsOfTheClockRaiseTheEpoch() throws {
    func epoch(_ bootID: String = "boot-1") throws -> Int64 {
      try bench.open(bootID: bootID).change { session throws(Problem) in try session.now().epoch }
    }
    XCTAssertEqual(try epoch(), 0)
    bench.time.wait(86_400_000)
    XCTAssertEqual(try epoch(), 0, "a day, sleep included, is no jump")
    bench.time.set(by: 1500)
    XCTAssertEqual(try epoch(), 0, "drift is no jump")
    bench.time.set(by: 3_600_000)
    XCTAssertEqual(try epoch(), 1)
    bench.time.set(by: -1)
    XCTAssertEqual(try epoch(), 2, "a clock never goes back by itself")
    bench.time.wait(5000)
    XCTAssertEqual(try epoch("boot-2"), 2, "a restart is no jump")
    bench.time.set(by: -60_000)
    XCTAssertEqual(try epoch("boot-3"), 3, "unless the clock came back earlier")
  }

  /// A laptop whose battery has died starts with a time that has been; with the next start it may go right again.
  func testWhatAClockSaidThatHadGoneBackIsInDoubtAfterTheNextRestart() throws {
    func epoch(_ bootID: String) throws -> Int64 {
      try bench.open(bootID: bootID).change { session throws(Problem) in try session.now().epoch }
    }
    func hear(_ bootID: String) throws {
      try bench.open(bootID: bootID).change { session throws(Problem) in try session.heard(self.bench.time.now()) }
    }
    let days: Int64 = 20 * 86_400_000
    XCTAssertEqual(try epoch("boot-1"), 0)
    bench.time.set(by: -days)
    XCTAssertEqual(try epoch("boot-2"), 1)
    bench.time.wait(5000)
    XCTAssertEqual(try epoch("boot-2"), 1)
    bench.time.set(by: days)
    XCTAssertEqual(try epoch("boot-3"), 2, "what was captured meanwhile has a time of its own")
    XCTAssertEqual(try epoch("boot-4"), 2)
    // A clock that ran ahead and goes right again is believed once the server has been heard.
    bench.time.set(by: days)
    XCTAssertEqual(try epoch("boot-5"), 2, "the machine may have been off so long")
    bench.time.set(by: -days)
    XCTAssertEqual(try epoch("boot-6"), 3)
    XCTAssertEqual(try epoch("boot-7"), 4)
    try hear("boot-7")
    bench.time.wait(5000)
    XCTAssertEqual(try epoch("boot-8"), 4)
  }
}
