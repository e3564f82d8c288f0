import Simulation
import XCTest

/// A few seeds in the tests' own process; `simulate` runs thousands.
final class SimulationTests: XCTestCase {
  func testSeedsKeepEveryPromiseAndWhatIsRareHappens() throws {
    let simulation = try Simulation()
    var counts: [String: Int] = [:]
    // The last three are seeds at which something was found.
    for seed in Array(1...40) + [20_185, 22_170, 27_003] {
      let outcome = simulation.run(Script(seed: UInt64(seed)))
      XCTAssertNil(outcome.violation, "seed \(seed)")
      XCTAssertNil(outcome.mishap, "seed \(seed)")
      counts.merge(outcome.counts, uniquingKeysWith: +)
    }
    let rare = [
      "conflicts of a field", "conflicts of a group", "conflicts of a rule", "duplicates found", "joined", "kept apart",
      "decided otherwise", "applications erased", "restores of the server", "restores of the server cut off",
      "worlds with 1 of the windows' own systems", "worlds with 2 of the windows' own systems",
      "worlds with 3 of the windows' own systems",
    ]
    for what in rare { XCTAssertGreaterThan(counts[what] ?? 0, 0, what) }
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
    var (script, outcome) = (Script(seed: 1), simulation.run(Script(seed: 1), plant: .lastOfBatchLost))
    for seed in UInt64(2)...16 where !outcome.hasFailed || script.events.count < 20 {
      script = Script(seed: seed)
      outcome = simulation.run(script, plant: .lastOfBatchLost)
    }
    XCTAssertTrue(outcome.hasFailed)
    let shrinker = Shrinker(simulation, plant: .lastOfBatchLost, patience: .seconds(20))
    let (shorter, found) = shrinker.shrink(script, outcome)
    XCTAssertLessThan(shorter.events.count, script.events.count / 2)
    XCTAssertEqual(found.violation?.rule, outcome.violation?.rule)
    let again = simulation.run(script.only(Set(shorter.events.map(\.number))), plant: .lastOfBatchLost)
    XCTAssertEqual(again.violation?.rule, outcome.violation?.rule)
  }
}
