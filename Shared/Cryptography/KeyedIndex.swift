/// A blind index: equal values find each other in the database, and without the key nobody can tell or guess them,
/// though an identity number has few enough possibilities to try them all against a plain digest.
package final class KeyedIndex: Sendable {
  private let key: HMACKey

  /// - Parameter key: any length; 32 random bytes in practice. The sealing key may be given: a key is made from it.
  package init(key: [UInt8]) {
    self.key = HMACKey(.sm3, HMACSM3.code(Array("bangban keyed index 1".utf8), key: key))
  }

  /// The first 8 bytes of HMAC-SM3(kind ‖ 0 ‖ value). Different values meet about once in 2⁶⁴ pairs, so what a term
  /// finds is compared again once it is opened.
  /// - Parameters:
  ///   - kind: what is indexed, such as `idno` or `name-prefix`; without a zero character.
  ///   - value: normalised by the caller.
  package func term(_ kind: String, _ value: String) -> Int64 {
    var message: [UInt8] = []
    message.reserveCapacity(kind.utf8.count + 1 + value.utf8.count)
    message += kind.utf8
    message.append(0)
    message += value.utf8
    let code = key.code { $0.update(message) }
    return unsafe code.withUnsafeBytes { unsafe Int64(bigEndian: $0.loadUnaligned(as: Int64.self)) }
  }
}
