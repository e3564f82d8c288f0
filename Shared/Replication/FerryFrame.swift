package import Cryptography
internal import Foundations
internal import Wire

/// One page of the server's answer in a ferry file, and what it follows on.
package struct FerryPage: Sendable, Hashable {
  /// Where the device must at least stand.
  package let cursor: Cursor
  /// The counter after which it acknowledges and tells judgements.
  package let acknowledged: Int64
  /// The version of the catalogue that its changes are made for.
  package let catalogVersion: String
  /// A `SyncAnswer` on the wire, without a dictionary: nobody could ask for another one.
  package let answer: [UInt8]

  package init(cursor: Cursor, acknowledged: Int64, catalogVersion: String, answer: [UInt8]) {
    self.cursor = cursor
    self.acknowledged = acknowledged
    self.catalogVersion = catalogVersion
    self.answer = answer
  }
}

/// A piece of an attachment in a ferry file.
package struct FerryPart: Sendable, Hashable {
  package let digest: Digest
  package let offset: Int64
  package let bytes: [UInt8]

  package init(digest: Digest, offset: Int64, bytes: [UInt8]) {
    self.digest = digest
    self.offset = offset
    self.bytes = bytes
  }
}

/// What a ferry file consists of, one after the other.
package enum FerryFrame: Sendable, Hashable {
  /// To the server: a signed `SyncRequest` on the wire, the same as over the network.
  case request([UInt8])
  /// To the server: the attachments that the device has not yet heard of as arrived.
  case waiting([Digest])
  /// To the server.
  case part(FerryPart)
  /// To a device, before all pages: the latest request number that was seen of it. One that came back from a backup
  /// goes on after it: its files would pass for old ones for ever.
  case latest(Int64)
  /// To a device, before all pages: the timelines of the server's log where a backup was put back, and the attachments
  /// of the device's applications that it lacks.
  case lineage(Lineage, missing: [Digest])
  /// To the server, before all requests: a `ReturnPage` on the wire, without a dictionary.
  case returned([UInt8])
  /// To a device.
  case page(FerryPage)
  /// To a device: of the attachments it asked about those that are whole here, and those that nobody waits for.
  case settled(arrived: [Digest], unneeded: [Digest])
  /// Of a later program: passed over.
  case unknown

  /// Attachments that one file asks about, and that one answer tells of.
  package static let digestsMax = 100_000

  /// CBOR [kind, …].
  package var bytes: [UInt8] {
    let value: Value =
      switch self {
      case .request(let bytes): ["request", .bytes(bytes)]
      case .waiting(let digests): ["waiting", Self.value(digests)]
      case .part(let part): ["part", .bytes(part.digest.bytes), .integer(part.offset), .bytes(part.bytes)]
      case .latest(let number): ["latest", .integer(number)]
      case .lineage(let lineage, let missing): ["lineage", lineage.value, Self.value(missing)]
      case .returned(let bytes): ["returned", .bytes(bytes)]
      case .page(let page):
        [
          "page", page.cursor.value, .integer(page.acknowledged), .text(page.catalogVersion), .bytes(page.answer),
        ]
      case .settled(let arrived, let unneeded): ["settled", Self.value(arrived), Self.value(unneeded)]
      case .unknown: ["unknown"]
      }
    return CBOR.encode(value)
  }

  /// Reads a frame; nil for what is none.
  package init?(_ bytes: [UInt8]) {
    guard let parts = (try? CBOR.decode(bytes))?.array, let kind = parts.first?.text else { return nil }
    switch (kind, parts.count) {
    case ("request", 2):
      guard let bytes = parts[1].bytes else { return nil }
      self = .request(bytes)
    case ("waiting", 2):
      guard let digests = Self.digests(parts[1]) else { return nil }
      self = .waiting(digests)
    case ("part", 4):
      guard let digest = parts[1].bytes.flatMap({ Digest(bytes: $0) }), let offset = parts[2].integer,
        (0...Int64(Limits.attachmentBytesMax)).contains(offset), let bytes = parts[3].bytes
      else { return nil }
      self = .part(FerryPart(digest: digest, offset: offset, bytes: bytes))
    case ("latest", 2):
      guard let number = parts[1].integer, number >= 0 else { return nil }
      self = .latest(number)
    case ("lineage", 3):
      guard let lineage = Lineage(parts[1]), let missing = Self.digests(parts[2]) else { return nil }
      self = .lineage(lineage, missing: missing)
    case ("returned", 2):
      guard let bytes = parts[1].bytes else { return nil }
      self = .returned(bytes)
    case ("page", 5):
      guard let cursor = Cursor(parts[1]), let acknowledged = parts[2].integer, acknowledged >= 0,
        let version = parts[3].text, let answer = parts[4].bytes
      else { return nil }
      self = .page(
        FerryPage(cursor: cursor, acknowledged: acknowledged, catalogVersion: version, answer: answer))
    case ("settled", 3):
      guard let arrived = Self.digests(parts[1]), let unneeded = Self.digests(parts[2]) else { return nil }
      self = .settled(arrived: arrived, unneeded: unneeded)
    case ("request", _), ("waiting", _), ("part", _), ("latest", _), ("page", _), ("settled", _), ("lineage", _),
      ("returned", _):
      return nil
    default: self = .unknown
    }
  }

  /// All digests in one piece of bytes: a list of values would cost ten times as much memory.
  private static func value(_ digests: [Digest]) -> Value { .bytes(digests.flatMap(\.bytes)) }

  private static func digests(_ value: Value) -> [Digest]? {
    guard let bytes = value.bytes, bytes.count.isMultiple(of: Digest.byteCount),
      bytes.count <= digestsMax * Digest.byteCount
    else { return nil }
    return stride(from: 0, to: bytes.count, by: Digest.byteCount).compactMap {
      Digest(bytes: bytes[$0..<$0 + Digest.byteCount])
    }
  }
}
