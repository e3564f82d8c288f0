internal import Simulation

/// Runs seeds and tells what came of them.
struct Runs {
  let simulation: Simulation
  let options: Options
  private static let patience = Duration.seconds(20)

  private var seeds: Range<UInt64> { options.first..<options.first + options.seeds }

  private func script(_ seed: UInt64) -> Script {
    let script = Script(seed: seed, hazards: options.hazards)
    return options.only.map { script.only($0) } ?? script
  }

  /// - Returns: whether every promise was kept.
  func all() -> Bool {
    let start = ContinuousClock.now
    var counts: [String: Int] = [:]
    for seed in seeds {
      let script = script(seed)
      let outcome = simulation.run(script)
      if options.showsTrace { for line in outcome.trace { print(line) } }
      guard !outcome.hasFailed else {
        tell(script, outcome, plant: nil)
        return false
      }
      counts.merge(outcome.counts, uniquingKeysWith: +)
      if options.seeds == 1 { print("seed \(seed): \(outcome.digest)") }
    }
    let seconds = Self.seconds(ContinuousClock.now - start)
    let rate = Double(options.seeds) / max(seconds, 0.001)
    print("\(options.seeds) seeds kept every promise, \(Self.rounded(seconds)) s, \(Self.rounded(rate)) a second")
    print("how often: " + counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    print("what happened: \((Hazard.faults + Self.names(options.hazards)).joined(separator: ", "))")
    let others = Set(Hazard.allCases).subtracting(options.hazards)
    if !others.isEmpty { print("not yet enabled: \(Self.names(others).joined(separator: ", "))") }
    return true
  }

  /// - Returns: whether every planted bug was found.
  func plants() -> Bool {
    var isEachFound = true
    for plant in options.plants {
      var found: (number: UInt64, script: Script, outcome: Outcome)?
      for seed in seeds where found == nil {
        let script = script(seed)
        let outcome = simulation.run(script, plant: plant)
        if outcome.hasFailed { found = (seed - options.first + 1, script, outcome) }
      }
      if let found {
        let rule = found.outcome.violation?.rule ?? found.outcome.mishap ?? ""
        print("\(plant.rawValue): found after \(found.number) seeds: \(rule)")
        if options.plants.count == 1 { tell(found.script, found.outcome, plant: plant) }
      } else {
        print("\(plant.rawValue): not found in \(options.seeds) seeds")
        isEachFound = false
      }
    }
    return isEachFound
  }

  private func tell(_ script: Script, _ outcome: Outcome, plant: Plant?) {
    let shrinker = Shrinker(simulation, plant: plant, patience: Self.patience)
    let (shorter, found) = shrinker.shrink(script, outcome)
    print("seed \(script.seed) fails: \(found.violation?.rule ?? "the simulator itself")")
    print("  \(found.violation?.detail ?? found.mishap ?? "")")
    print("\(shorter.events.count) of \(script.events.count) events are enough:")
    for event in shorter.events { print("  \(event.line)") }
    let bug = plant.map { " --plant \($0.rawValue)" } ?? ""
    let hazards = options.hazards.subtracting(Hazard.enabled).map { " --with \($0.rawValue)" }.sorted().joined()
    let numbers = shorter.events.map { String($0.number) }.joined(separator: ",")
    print("replay: swift run -c release simulate --seed \(script.seed)\(hazards)\(bug)")
    print("shorter: swift run -c release simulate --seed \(script.seed)\(hazards)\(bug) --only \(numbers) --trace")
  }

  private static func names(_ hazards: Set<Hazard>) -> [String] { hazards.map(\.rawValue).sorted() }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
