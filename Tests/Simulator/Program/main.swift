internal import Foundations
internal import Glibc
internal import Simulation

let simulation = try Simulation()
let clock = ContinuousClock()
let start = clock.now
let first = UInt64(CommandLine.arguments.dropFirst().first ?? "1") ?? 1
let count = UInt64(CommandLine.arguments.dropFirst(2).first ?? "1") ?? 1
var failures = 0
for seed in first..<first + count {
  let outcome = simulation.run(Script(seed: seed))
  if outcome.hasFailed || count == 1 {
    failures += 1
    if count == 1 { for line in outcome.trace { print(line) } }
    print(seed, outcome.digest, outcome.violation.map { "\($0.rule): \($0.detail)" } ?? "", outcome.mishap ?? "")
  }
}
print("\(count) seeds, \(failures) failed, \(clock.now - start)")
