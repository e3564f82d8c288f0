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
    // Eight bytes a call: asking the kernel for each byte alone would cost more than sealing a record.
    var generator = SystemRandomNumberGenerator()
    var output: [UInt8] = []
    output.reserveCapacity(count + 7)
    while output.count < count {
      var word: UInt64 = generator.next()
      for _ in 0..<8 {
        output.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
      }
    }
    output.removeLast(output.count - count)
    return output
  }
}
