internal import Glibc
internal import Simulation

/// Hashing has another seed in every process, and the order of sets with it; the programs do not depend on it, and
/// nor shall a trace.
private func makeHashingDeterministic() {
  let name = "SWIFT_DETERMINISTIC_HASHING"
  guard unsafe getenv(name) == nil else { return }
  unsafe setenv(name, "1", 1)
  var arguments = unsafe CommandLine.arguments.map { unsafe strdup($0) } + [nil]
  // Comes back only where it fails; then the order of sets differs, and nothing else.
  unsafe execv("/proc/self/exe", &arguments)
}

makeHashingDeterministic()
let options: Options
do {
  options = try Options(Array(CommandLine.arguments.dropFirst()))
} catch {
  print(error.text)
  print(Options.usage)
  exit(2)
}
if options.namesPlants {
  for plant in Plant.allCases { print(plant.rawValue) }
  exit(0)
}
let runs = Runs(simulation: try Simulation(), options: options)
exit((options.plants.isEmpty ? runs.all() : runs.plants()) ? 0 : 1)
