import Simulation
import XCTest

/// A few seeds in the tests' own process; `simulate` runs thousands.
final class SimulationTests: XCTestCase {
  func testSeedsKeepEveryPromise() throws {
    let simulation = try Simulation()
    for seed in UInt64(1)...20 {
      let outcome = simulation.run(Script(seed: seed))
      XCTAssertNil(outcome.violation, "seed \(seed)")
      XCTAssertNil(outcome.mishap, "seed \(seed)")
    }
  }

  func testASeedDoesTheSameTwice() throws {
    for seed in [UInt64(7), 30, 88] {
      let first = try Simulation().run(Script(seed: seed))
      let second = try Simulation().run(Script(seed: seed))
      XCTAssertEqual(first.trace, second.trace)
      XCTAssertEqual(first.digest, second.digest)
      XCTAssertNotEqual(first.digest, try Simulation().run(Script(seed: seed + 1)).digest)
    }
  }

  /// The seeds at which `simulate --plant-all` finds these; all of them are found there.
  func testPlantedBugsAreFound() throws {
    let simulation = try Simulation()
    let plants: [Plant] = [
      .deduplicationDropped, .lastOfBatchLost, .dispatchedAgain, .judgementDropped, .attachmentForgotten,
      .acknowledgedBeforeCommit, .savedBeforeCommit, .groupTakenApart, .keyIgnored, .pageSkipped,
    ]
    for plant in plants {
      let found = (UInt64(1)...16).contains { simulation.run(Script(seed: $0), plant: plant).violation != nil }
      XCTAssertTrue(found, plant.rawValue)
    }
  }

  func testAFailureShrinksToFewerEventsThatFailAlike() throws {
    let simulation = try Simulation()
    let script = Script(seed: 2)
    let outcome = simulation.run(script, plant: .lastOfBatchLost)
    XCTAssertTrue(outcome.hasFailed)
    let shrinker = Shrinker(simulation, plant: .lastOfBatchLost, patience: .seconds(20))
    let (shorter, found) = shrinker.shrink(script, outcome)
    XCTAssertLessThan(shorter.events.count, script.events.count / 2)
    XCTAssertEqual(found.violation?.rule, outcome.violation?.rule)
    let again = simulation.run(script.only(Set(shorter.events.map(\.number))), plant: .lastOfBatchLost)
    XCTAssertEqual(again.violation?.rule, outcome.violation?.rule)
  }
}
