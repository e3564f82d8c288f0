internal import Cryptography
internal import Foundations
internal import SQLite
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

/// The last line of the audit chain. It is sealed and written with every line: digests alone do not tell whether lines
/// at the end were taken away, and whoever can write the database has not its key.
package struct AuditEnd: Sendable, Hashable {
  /// Of the last line.
  package let number: Int64
  package let digest: [UInt8]

  /// Kind and key of the document that it is.
  static let place = (kind: "audit", key: "end")

  func sealed(_ seals: JournalSeals) -> Value {
    let plain = CBOR.encode([.integer(number), .bytes(digest)])
    return .bytes(seals.sealer.seal(plain, at: Self.sealPlace, random: seals.random))
  }

  init(number: Int64, digest: [UInt8]) {
    self.number = number
    self.digest = digest
  }

  /// - Throws: `seal.invalid`.
  init(_ value: Value, _ seals: JournalSeals) throws(Problem) {
    let plain = try seals.sealer.open(value.bytes ?? [], at: Self.sealPlace)
    guard let parts = (try? CBOR.decode(plain))?.array, parts.count == 2, let number = parts[0].integer,
      let digest = parts[1].bytes
    else { throw ProblemKind.storeUnreadable.with("audit.end") }
    self.init(number: number, digest: digest)
  }

  private static let sealPlace = SealPlace("documents", place.kind, place.key)

  /// Notes the end of a chain that an earlier program wrote.
  static func note(_ connection: Connection, _ seals: JournalSeals) throws(StorageError) {
    let last = try connection.one("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1", []) {
      AuditEnd(number: $0.integer(0), digest: $0.blob(1))
    }
    guard let last else { return }
    try connection.run(
      "INSERT OR REPLACE INTO documents(kind, key, value) VALUES(?,?,?)",
      [.text(place.kind), .text(place.key), .blob(CBOR.encode(last.sealed(seals)))])
  }
}
