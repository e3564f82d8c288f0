internal import Cryptography

/// What a run of one seed came to.
package struct Outcome: Sendable {
  package let seed: UInt64
  /// `sm3:…` over the trace's lines.
  package let digest: String
  package let trace: [String]
  package let violation: Violation?
  /// What happened how often.
  package let counts: [String: Int]
  /// What failed otherwise than by a broken promise: the simulator itself.
  package let mishap: String?

  package var hasFailed: Bool { violation != nil || mishap != nil }
}

/// Runs seeds on one template, which is made once.
package final class Simulation {
  private let template: Template

  /// - Throws: what the product throws where the template cannot be made.
  package init() throws { template = try Template() }

  /// Runs a script from its beginning.
  package func run(_ script: Script, plant: Plant? = nil) -> Outcome {
    var world: World?
    var violation: Violation?
    var mishap: String?
    do {
      let made = try World(template, script, plant: plant)
      world = made
      try made.run(script)
    } catch let found as Violation {
      violation = found
    } catch {
      mishap = String(describing: error)
    }
    world?.end()
    let trace = world?.trace ?? Trace()
    return Outcome(
      seed: script.seed, digest: trace.digest.text, trace: trace.lines, violation: violation,
      counts: world?.oracle.tally.counts ?? [:], mishap: mishap)
  }
}
