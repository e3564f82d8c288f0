/// Takes events out of a failing script while it still breaks the same promise.
package struct Shrinker {
  private let simulation: Simulation
  private let plant: Plant?
  private let deadline: ContinuousClock.Instant

  /// - Parameter patience: when to stop, whatever could still be taken out.
  package init(_ simulation: Simulation, plant: Plant?, patience: Duration) {
    self.simulation = simulation
    self.plant = plant
    deadline = .now + patience
  }

  /// The shortest script found, and what it comes to.
  package func shrink(_ script: Script, _ outcome: Outcome) -> (Script, Outcome) {
    var best = (script, outcome)
    var piece = max(1, script.events.count / 2)
    while piece >= 1 {
      var start = 0
      var hasShrunk = false
      while start < best.0.events.count, ContinuousClock.now < deadline {
        var shorter = best.0
        shorter.events.removeSubrange(start..<min(start + piece, shorter.events.count))
        if let found = fails(shorter, like: outcome) {
          best = (shorter, found)
          hasShrunk = true
        } else {
          start += piece
        }
      }
      if !hasShrunk || piece > best.0.events.count { piece /= 2 }
      if ContinuousClock.now >= deadline { break }
    }
    return withoutFaults(best, outcome)
  }

  /// Faults that the failure does not need are left out, too.
  private func withoutFaults(_ found: (Script, Outcome), _ outcome: Outcome) -> (Script, Outcome) {
    var best = found
    for index in best.0.events.indices where !best.0.events[index].faults.isEmpty && ContinuousClock.now < deadline {
      var plainer = best.0
      plainer.events[index].faults = []
      if let found = fails(plainer, like: outcome) { best = (plainer, found) }
    }
    return best
  }

  private func fails(_ script: Script, like outcome: Outcome) -> Outcome? {
    let found = simulation.run(script, plant: plant)
    guard found.hasFailed, found.violation?.rule == outcome.violation?.rule else { return nil }
    return found
  }
}

extension Script {
  /// Only the events of these numbers.
  package func only(_ numbers: Set<Int>) -> Script {
    var script = self
    script.events = events.filter { numbers.contains($0.number) }
    return script
  }
}
