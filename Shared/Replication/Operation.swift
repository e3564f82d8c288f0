package import Cryptography
package import Foundations
internal import Wire

/// (device, counter): the counter is gap-free and is taken in the same SQLite transaction as the operation.
package struct OperationID: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let device: DeviceID
  /// From 1.
  package let counter: Int64

  package init(_ device: DeviceID, _ counter: Int64) {
    self.device = device
    self.counter = counter
  }

  /// Reads `device:counter`.
  package init?(text: some StringProtocol) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let counter = Int64(parts[1]), counter > 0,
      parts[1].utf8.elementsEqual(String(counter).utf8)
    else { return nil }
    self.init(DeviceID(String(parts[0])), counter)
  }

  package var text: String { "\(device.text):\(counter)" }
  package var description: String { text }

  package static func < (left: OperationID, right: OperationID) -> Bool {
    left.device == right.device ? left.counter < right.counter : left.device < right.device
  }
}

/// What an operation does. Text, so that a kind this program does not know is kept and passed on.
package struct OperationKind: Sendable, Hashable, CustomStringConvertible {
  package let text: String
  package init(_ text: String) { self.text = text }
  package var description: String { text }

  /// The kind that an application begins with; what the others mean is not replication's business.
  package static let create = OperationKind("create")
}

/// Everything of an operation that stays when its payload is erased. Nothing in it is personal.
package struct OperationHeader: Sendable, Hashable {
  package let id: OperationID
  package let application: ApplicationID
  /// Every operation carries the person who did it.
  package let person: PersonID
  package let kind: OperationKind
  /// The heads this operation saw, by register; the ancestry of values.
  package let parents: [String: [OperationID]]
  /// For operations on the whole application: the highest counter seen of each other author.
  package let saw: [DeviceID: Int64]
  /// The author's clock. It decides nothing; see `JudgedOperation.capturedAt`.
  package let claimedAt: Instant
  /// Counts the jumps the author's clock made: times of one epoch can be corrected together.
  package let clockEpoch: Int64
  /// Whether this is a `create` under the id that follows from its own: found out once, for it costs a digest.
  package let isUnderOwnID: Bool

  package init(
    id: OperationID, application: ApplicationID, person: PersonID, kind: OperationKind,
    parents: [String: [OperationID]] = [:], saw: [DeviceID: Int64] = [:], claimedAt: Instant, clockEpoch: Int64 = 0
  ) {
    self.init(
      id: id, application: application, person: person, kind: kind, parents: parents, saw: saw, claimedAt: claimedAt,
      clockEpoch: clockEpoch, isUnderOwnID: kind == .create && application == ApplicationID(createdBy: id))
  }

  /// - Parameter isUnderOwnID: as it was found out a moment ago.
  init(
    id: OperationID, application: ApplicationID, person: PersonID, kind: OperationKind,
    parents: [String: [OperationID]], saw: [DeviceID: Int64], claimedAt: Instant, clockEpoch: Int64, isUnderOwnID: Bool
  ) {
    self.id = id
    self.application = application
    self.person = person
    self.kind = kind
    self.parents = parents
    self.saw = saw
    self.claimedAt = claimedAt
    self.clockEpoch = clockEpoch
    self.isUnderOwnID = isUnderOwnID
  }
}

/// One immutable change.
///
/// Invariant: *the digest never changes; salt and payload may be erased together.*
package struct Operation: Sendable, Hashable {
  package let header: OperationHeader
  /// `OperationCoding.saltBytes` random bytes that keep an erased payload from being guessed from its digest; empty
  /// once erased.
  package let salt: [UInt8]
  /// Deterministic CBOR; empty once erased.
  package let payload: [UInt8]
  package let digest: Digest
  /// The payload as a value; null where it was erased or cannot be read. Decoded once: it is asked for many times.
  package let content: Value

  package var id: OperationID { header.id }
  package var isErased: Bool { salt.isEmpty }

  /// A new operation, or one whose payload is here: the digest is computed.
  package init(header: OperationHeader, salt: [UInt8], payload: [UInt8]) {
    self.init(header: header, salt: salt, payload: payload, content: (try? CBOR.decode(payload)) ?? .null)
  }

  /// An operation whose payload was just written from this value.
  package init(header: OperationHeader, salt: [UInt8], payload: [UInt8], content: Value) {
    self.header = header
    self.salt = salt
    self.payload = payload
    self.content = content
    digest = Operation.digest(header: header, salt: salt, payload: payload)
  }

  /// An operation from a log that has its digest beside it: whoever receives it computes it anew, and so will notice
  /// what was changed there.
  package init(header: OperationHeader, salt: [UInt8], payload: [UInt8], kept digest: Digest) {
    self.header = header
    self.salt = salt
    self.payload = payload
    content = (try? CBOR.decode(payload)) ?? .null
    self.digest = digest
  }

  /// An operation whose payload has been erased.
  package init(header: OperationHeader, erasedWith digest: Digest) {
    self.header = header
    salt = []
    payload = []
    self.digest = digest
    content = .null
  }

  /// The content follows from the payload and is not compared.
  package static func == (left: Operation, right: Operation) -> Bool {
    left.digest == right.digest && left.salt == right.salt && left.payload == right.payload
      && left.header == right.header
  }

  /// The digest stands for all of it.
  package func hash(into hasher: inout Hasher) { hasher.combine(digest) }

  /// SM3 over the CBOR array [salt, payload, header].
  package static func digest(header: OperationHeader, salt: [UInt8], payload: [UInt8]) -> Digest {
    Digest.sm3(CBOR.encode([.bytes(salt), .bytes(payload), OperationCoding.value(header)]))
  }
}

extension ApplicationID {
  /// The id of the application that an operation creates: no two operations have the same id, so no two applications
  /// can, and nothing needs to be sent for it.
  package init(createdBy id: OperationID) {
    self.init(digestOf: "bangban-application \(id.text)")
  }

  /// The id of an application that began as a held draft: it needs one before any operation has created it, and keeps
  /// it. Its `create` states the number, so that everybody can check whose it is.
  /// - Parameter number: counts the held drafts of a device, from 1 to `Limits.heldNumberMax`.
  package init(heldBy device: DeviceID, number: Int64) {
    self.init(digestOf: "bangban-held-draft \(device.text):\(number)")
  }

  /// 80 bits of the SM3 over what an application is named after.
  private init(digestOf name: String) {
    self.init("a" + Base32.text(Digest.sm3(Array(name.utf8)).bytes.prefix(10)))
  }
}

/// The server's one judgement of an operation; replicas apply it and never judge again.
package enum Disposition: Sendable, Hashable, CustomStringConvertible {
  case applied
  /// Kept and shown beside the pinned version; takes effect only if the window admits it.
  case late
  case refused(String)
  /// Nobody can apply it yet: an unknown kind, a parent that never arrived.
  case quarantined(String)

  package var text: String {
    switch self {
    case .applied: "applied"
    case .late: "late"
    case .refused(let code): "refused:\(code)"
    case .quarantined(let code): "quarantined:\(code)"
    }
  }
  package var description: String { text }

  package init?(text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch (parts.first, parts.count) {
    case ("applied", 1): self = .applied
    case ("late", 1): self = .late
    case (_, 2) where parts[1].isEmpty: return nil
    case ("refused", 2): self = .refused(parts[1])
    case ("quarantined", 2): self = .quarantined(parts[1])
    default: return nil
    }
  }
}

extension Disposition {
  /// The code of what a person has taken in from the review tray under another identity.
  package static let admittedCode = "review.admitted"
  /// The code of what somebody else stands for in the log already.
  package static let remintedCode = "review.reminted"

  /// Whether a code says that what was written is in the log already, under another identity: nobody has refused it,
  /// and nothing is to be done about it.
  package static func standsElsewhere(_ code: String?) -> Bool { code == admittedCode || code == remintedCode }

  /// Whether the operation is in the log already, under another identity.
  package var standsElsewhere: Bool {
    guard case .refused(let code) = self else { return false }
    return Self.standsElsewhere(code)
  }
}

/// What the server adds to an operation, once and for all.
package struct Judgement: Sendable, Hashable {
  /// The server's gap-free commit number.
  package let sequence: Int64
  package let disposition: Disposition
  package let receivedAt: Instant
  /// Legal capture time.
  package let capturedAt: Instant
  /// The author's clock jumped: `capturedAt` is the time of arrival, and a clerk should look.
  package let captureDoubtful: Bool

  package init(
    sequence: Int64, disposition: Disposition, receivedAt: Instant, capturedAt: Instant, captureDoubtful: Bool
  ) {
    self.sequence = sequence
    self.disposition = disposition
    self.receivedAt = receivedAt
    self.capturedAt = capturedAt
    self.captureDoubtful = captureDoubtful
  }
}

/// An operation with its judgement; without one it is this device's own and unsent.
package struct JudgedOperation: Sendable, Hashable {
  package let operation: Operation
  package let judgement: Judgement?

  package init(_ operation: Operation, _ judgement: Judgement?) {
    self.operation = operation
    self.judgement = judgement
  }
}
