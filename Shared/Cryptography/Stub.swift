package import Foundations
package struct Digest: Sendable, Hashable {
  package let bytes: [UInt8]
  package init?(bytes: [UInt8]) { self.bytes = bytes }
  package static func sm3(_ b: [UInt8]) -> Digest { Digest(bytes: b)! }
  package var text: String { "sm3:" + Hexadecimal.text(bytes) }
}
package final class SigningKey: Sendable { package func sign(_ m: [UInt8]) throws(Problem) -> [UInt8] { [] } }
package final class VerifyingKey: Sendable { package func verify(_ s: [UInt8], of: [UInt8]) -> Bool { false } }
