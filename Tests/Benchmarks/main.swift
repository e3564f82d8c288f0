// Prints the figures of the release's table, measured in one run on this machine.
//
//   Benchmarks [--quick] [--only NAME] [--applications N]
internal import Foundations
internal import Glibc

do {
  let arguments = Array(CommandLine.arguments.dropFirst())
  if arguments.first == Resident.argument {
    try Resident.carryOut(Array(arguments.dropFirst()))
  } else {
    let plan = try Plan(arguments)
    let machine = try Hardware.line()
    let figures = try plan.figures()
    print("Medians of interleaved runs on: \(machine).")
    if plan.isQuick { print("Quick run with small sizes: it shows that this works, not how fast it is.") }
    print("\n" + Report.table(figures))
  }
} catch {
  Report.note("benchmark failed: \(error)")
  exit(1)
}
