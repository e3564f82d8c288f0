internal import Cryptography
internal import Foundations
internal import Wire

/// The audit chain: every line's digest covers the line and the digest before it, so that none can be altered, taken
/// out or put in without all later ones changing.
package enum AuditChain {
  /// SM3 over the CBOR of [previous digest, number, time, actor, action, subject].
  package static func digest(_ row: AuditRow, after previous: [UInt8]) -> [UInt8] {
    Digest.sm3(
      CBOR.encode([
        .bytes(previous), .integer(row.number), .integer(row.at.milliseconds), .text(row.actor), .text(row.action),
        .text(row.subject),
      ])
    ).bytes
  }
}
