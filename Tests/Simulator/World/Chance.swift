internal import Foundations
internal import TestValues

/// Randomness of one machine: the bytes follow from a seed, which every event sets anew, so that taking one event out
/// of a script leaves the others as they were.
///
/// `@unchecked`: a simulation runs in one thread.
final class SimulatedRandom: RandomSource, @unchecked Sendable {
  private var generator = SeededGenerator(0)

  func seed(_ seed: UInt64) { generator = SeededGenerator(seed) }

  func bytes(_ count: Int) -> [UInt8] { generator.bytes(count) }
}

/// The world's own time, which no machine knows exactly.
///
/// `@unchecked`: a simulation runs in one thread.
final class WorldTime: @unchecked Sendable {
  private(set) var milliseconds: Int64 = 1_795_395_600_000  // 2026-11-23T09:00:00+08:00, a Monday

  func pass(milliseconds: Int64) { self.milliseconds += milliseconds }
}

/// A machine's clock: it goes with the world's time, and stands wrong by an offset that jumps.
final class MachineClock: Clock, @unchecked Sendable {
  private let time: WorldTime
  var offsetMilliseconds: Int64 = 0
  private var bootedAt: Int64

  init(_ time: WorldTime) {
    self.time = time
    bootedAt = time.milliseconds - 60_000
  }

  func now() -> Instant { Instant(milliseconds: time.milliseconds + offsetMilliseconds) }

  /// CLOCK_BOOTTIME in milliseconds.
  func bootTime() -> Int64 { time.milliseconds - bootedAt }

  func reboot() { bootedAt = time.milliseconds - 20_000 }
}

extension SeededGenerator {
  /// One of a list; nil where it is empty.
  mutating func pick<Element>(_ list: [Element]) -> Element? { list.isEmpty ? nil : list[number(0...list.count - 1)] }
}
