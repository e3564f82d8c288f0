internal import FoundationEssentials
internal import Glibc

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
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      // So many a call as the kernel gives: asking it for eight bytes each time would cost more than sealing a record.
      for start in stride(from: 0, to: count, by: Self.bytesPerCall) {
        let end = min(start + Self.bytesPerCall, count)
        let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[start..<end])
        guard unsafe getentropy(piece.baseAddress, piece.count) != 0 else { continue }
        // As the standard library asks, which waits until there is an answer.
        var generator = SystemRandomNumberGenerator()
        for index in piece.indices { unsafe piece[index] = generator.next() }
      }
      filled = count
    }
  }

  /// What `getentropy` gives at once.
  private static let bytesPerCall = 256
}
