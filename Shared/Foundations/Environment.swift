internal import FoundationEssentials

/// Where the time comes from. Pure code takes it as an argument; only the programs' rims read the machine's.
package protocol Clock: Sendable {
  func now() -> Instant
}

/// The machine's clock.
package struct SystemClock: Clock {
  package init() {}
  package func now() -> Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}

/// Where random bytes come from. Keys, salts, nonces and codes need a cryptographic source; simulations need a seed.
package protocol RandomSource: Sendable {
  func bytes(_ count: Int) -> [UInt8]
}

/// The kernel's generator (`getrandom`).
package struct SystemRandom: RandomSource {
  package init() {}
  package func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in generator.next() }
  }
}
