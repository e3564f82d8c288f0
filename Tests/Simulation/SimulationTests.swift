import Simulation
import XCTest

/// A few seeds in the tests' own process; `simulate` runs thousands.
final class SimulationTests: XCTestCase {
  func testSeedsKeepEveryPromise() throws {
    let simulation = try Simulation()
    for seed in UInt64(1)...12 {
      let outcome = simulation.run(Script(seed: seed))
      XCTAssertNil(outcome.violation, "seed \(seed)")
      XCTAssertNil(outcome.mishap, "seed \(seed)")
    }
  }

  func testASeedDoesTheSameTwice() throws {
    let first = try Simulation().run(Script(seed: 7))
    let second = try Simulation().run(Script(seed: 7))
    XCTAssertEqual(first.trace, second.trace)
    XCTAssertEqual(first.digest, second.digest)
    XCTAssertNotEqual(first.digest, try Simulation().run(Script(seed: 8)).digest)
  }
}
