package import Foundations
internal import Glibc

/// Ends the process where a library cannot compute what cannot fail: memory is exhausted, or the library lacks an
/// algorithm that `NationalAlgorithms.check` was there to ask for. A made-up digest or ciphertext would be worse. No
/// input from outside leads here. It ends as a power cut would, which every store survives, and says so in words that
/// need no memory: exit status 5.
func stop(_ reason: StaticString) -> Never {
  for part in ["本机的密码库不能工作（" as StaticString, reason, "），程序已停止；已保存的内容不受影响。\n"] {
    _ = unsafe write(STDERR_FILENO, part.utf8Start, part.utf8CodeUnitCount)
  }
  _exit(ExitStatus.storage.rawValue)
}

/// Whether this machine can do the national algorithms.
package enum NationalAlgorithms {
  /// Asks for every algorithm of this module. Programs call it once when they start, so that an unfit library is a
  /// sentence for the administrator and not a crash.
  package static func check() throws(Problem) {
    guard HashFunction.sm3.isAvailable else { throw ProblemKind.cryptographyFailed.with("SM3") }
    guard HashFunction.sha256.isAvailable else { throw ProblemKind.cryptographyFailed.with("SHA-256") }
    guard SM4CTR.isAvailable else { throw ProblemKind.cryptographyFailed.with("SM4") }
    guard SM2Curve.shared != nil else { throw ProblemKind.cryptographyFailed.with("SM2") }
  }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
package func constantTimeEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  var difference: UInt8 = 0
  for (first, second) in zip(left, right) { difference |= first ^ second }
  return difference == 0
}
