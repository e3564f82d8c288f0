import Cryptography
import Foundations
import Synchronization
import XCTest

/// Random bytes that are the same in every run (SplitMix64).
final class SeededRandom: RandomSource {
  private let state: Mutex<UInt64>

  init(_ seed: UInt64) { state = Mutex(seed) }

  func bytes(_ count: Int) -> [UInt8] {
    state.withLock { state in
      (0..<count).map { _ in
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return UInt8(truncatingIfNeeded: mixed >> 56)
      }
    }
  }
}

/// The code of the problem a body throws; nil if it throws none.
func problemCode(_ body: () throws(Problem) -> Void) -> String? {
  do {
    try body()
    return nil
  } catch { return error.code }
}

func hex(_ text: String) -> [UInt8] { Hexadecimal.bytes(text.filter { !$0.isWhitespace }) ?? [] }

/// A copy with one bit changed.
func flipped(_ bytes: [UInt8], at index: Int) -> [UInt8] {
  var copy = bytes
  copy[index] ^= 1 << UInt8(index % 8)
  return copy
}
