package import Cryptography
package import Foundations

/// What has become of an operation in the review tray 待处理.
package enum ReviewStatus: String, Sendable {
  /// Waits for a person.
  case open
  /// Taken in, as an operation of the server or, where it had waited for a parent, as itself.
  case admitted
  /// Set aside with a reason.
  case declined
  /// Its device sent it again under a new identity.
  case reminted
}

/// One entry of the county's review tray, as the devices that it concerns see it: never what the operation says.
package struct TrayEntry: Sendable, Hashable {
  /// Its name in the county's listings.
  package let id: String
  package let operation: OperationID
  package let application: ApplicationID
  package let kind: OperationKind
  /// The code of why it is no part of the log.
  package let reason: String
  /// When it came.
  package let receivedAt: Instant
  package let status: ReviewStatus
  package let settledAt: Instant?
  /// Why it was set aside, in the administrator's words.
  package let note: String?

  /// The name of the entry of an operation's digest: `r` and 80 bits.
  package static func id(of digest: Digest) -> String {
    "r" + Base32.text(Digest.sm3(Array("bangban-review".utf8) + digest.bytes).bytes.prefix(10))
  }

  package init(
    id: String, operation: OperationID, application: ApplicationID, kind: OperationKind, reason: String,
    receivedAt: Instant, status: ReviewStatus, settledAt: Instant? = nil, note: String? = nil
  ) {
    self.id = id
    self.operation = operation
    self.application = application
    self.kind = kind
    self.reason = reason
    self.receivedAt = receivedAt
    self.status = status
    self.settledAt = settledAt
    self.note = note
  }

  var value: Value {
    [
      .text(id), .text(operation.device.text), .integer(operation.counter), .text(application.text), .text(kind.text),
      .text(reason), .integer(receivedAt.milliseconds), .text(status.rawValue),
      settledAt.map { .integer($0.milliseconds) } ?? .null,
      Value(note),
    ]
  }

  init?(_ value: Value) {
    guard let parts = value.array, parts.count >= 10, let id = parts[0].text, (1...64).contains(id.utf8.count),
      let device = parts[1].text, let counter = parts[2].integer, let application = parts[3].text,
      let kind = parts[4].text, let reason = parts[5].text, let received = parts[6].integer,
      let status = parts[7].text.flatMap(ReviewStatus.init(rawValue:))
    else { return nil }
    self.init(
      id: id, operation: OperationID(DeviceID(device), counter), application: ApplicationID(application),
      kind: OperationKind(kind), reason: reason, receivedAt: Instant(milliseconds: received), status: status,
      settledAt: parts[8].integer.map { Instant(milliseconds: $0) }, note: parts[9].text)
  }
}

/// What has changed in the review tray, of what concerns one device, since it was last told.
///
/// The county counts its tray's changes, and a device says up to which it knows them; so an exchange in which nothing
/// has changed costs nothing, and an answer that is lost is given again.
package struct TrayNews: Sendable, Hashable {
  /// Entries in one answer.
  package static let entriesMax = 200

  /// The change up to which the device knows everything with this.
  package let through: Int64
  /// There is more after it.
  package let more: Bool
  package let entries: [TrayEntry]

  package init(through: Int64, more: Bool, entries: [TrayEntry]) {
    self.through = through
    self.more = more
    self.entries = entries
  }

  var value: Value { [.integer(through), .bool(more), .array(entries.map(\.value))] }

  init?(_ value: Value) {
    guard let parts = value.array, parts.count >= 3, let through = parts[0].integer, through > 0,
      let more = parts[1].bool, let list = parts[2].array, list.count <= Self.entriesMax
    else { return nil }
    let entries = list.compactMap(TrayEntry.init)
    guard entries.count == list.count else { return nil }
    self.init(through: through, more: more, entries: entries)
  }
}
