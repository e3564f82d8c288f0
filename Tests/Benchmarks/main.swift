// Prints the figures of the README's table, measured in one run on this machine.
do {
  for figure in try WireBenchmark.run() + [IntakeBenchmark.run(batches: 20)] {
    print(figure.what, figure.reach, figure.value, figure.reached)
  }
} catch {
  print("benchmark failed: \(error)")
}
