internal import COpenSSL
package import Foundations
internal import Glibc

/// The algorithms of OpenSSL's library that this module uses, each looked up once: a lookup costs more than a digest.
@safe final class HashFunction: Sendable {
  static let sm3 = HashFunction("SM3")
  static let sha256 = HashFunction("SHA256")

  // Fetched algorithms are immutable and counted atomically; these live as long as the process.
  private nonisolated(unsafe) let fetched: OpaquePointer?

  private init(_ name: String) {
    unsafe fetched = CryptographyLibrary.isReady ? EVP_MD_fetch(nil, name, nil) : nil
  }

  var isAvailable: Bool { unsafe fetched != nil }

  /// The algorithm's handle.
  var handle: OpaquePointer {
    guard let fetched = unsafe fetched else { stop("the digest is missing") }
    return unsafe fetched
  }
}

/// SM4 in counter mode as OpenSSL names it.
@safe final class CipherFunction: Sendable {
  static let sm4CTR = CipherFunction("SM4-CTR")

  // As in HashFunction.
  private nonisolated(unsafe) let fetched: OpaquePointer?

  private init(_ name: String) {
    unsafe fetched = CryptographyLibrary.isReady ? EVP_CIPHER_fetch(nil, name, nil) : nil
  }

  var isAvailable: Bool { unsafe fetched != nil }

  /// The algorithm's handle.
  var handle: OpaquePointer {
    guard let fetched = unsafe fetched else { stop("the cipher is missing") }
    return unsafe fetched
  }
}

/// Ends the process where OpenSSL cannot compute what cannot fail: memory is exhausted, or the library lacks an
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
    guard CipherFunction.sm4CTR.isAvailable else { throw ProblemKind.cryptographyFailed.with("SM4") }
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
