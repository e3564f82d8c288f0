internal import Foundations
internal import Glibc

/// Medians of interleaved runs: both sides of a ratio are measured in turn, so that a machine whose speed drifts
/// drifts for both.
enum Measure {
  /// Seconds that a body takes.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try body()
    let duration = clock.now - start
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  /// Seconds of all cores that this process has used so far: what a busy neighbour on the machine does not change.
  static var processorSeconds: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The median.
  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  /// The smallest value that so many per cent do not exceed.
  static func percentile(_ values: [Double], _ percent: Int) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    return sorted[min(sorted.count - 1, sorted.count * percent / 100)]
  }

  /// Runs both bodies in turn and returns their medians and the median of the pairwise ratios.
  static func pair(
    rounds: Int, _ ours: () throws -> Double, _ theirs: () throws -> Double
  ) rethrows -> (ours: Double, theirs: Double, ratio: Double) {
    var first: [Double] = []
    var second: [Double] = []
    for _ in 0..<rounds {
      first.append(try ours())
      second.append(try theirs())
    }
    return (median(first), median(second), median(zip(first, second).map { $0 / $1 }))
  }
}

/// One line of the table that is printed.
struct Figure {
  let what: String
  let reach: String
  let value: String
  let reached: Bool
}
