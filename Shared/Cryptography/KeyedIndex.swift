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
    let message = Array(kind.utf8) + [0] + Array(value.utf8)
    let code = key.code { $0.update(message) }
    return Int64(bitPattern: code.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }
}
