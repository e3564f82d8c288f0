internal import FoundationEssentials

/// Where the time comes from. Pure code takes it as an argument; only the programs' rims read the machine's.
package protocol Clock: Sendable {
  /// The time now.
  func now() -> Instant
}

/// The machine's clock.
package struct SystemClock: Clock {
  package init() {}
  /// The time now, as precise as the machine tells it.
  package func now() -> Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}

/// Where random bytes come from. Keys, salts, nonces and codes need a cryptographic source; simulations need a seed.
package protocol RandomSource: Sendable {
  /// So many random bytes.
  func bytes(_ count: Int) -> [UInt8]
}

/// The kernel's generator (`getrandom`).
package struct SystemRandom: RandomSource {
  package init() {}
  /// So many bytes from the kernel.
  package func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in generator.next() }
  }
}
