package import Cryptography
package import Foundations
package import Replication
internal import Wire

/// Mints operations again under another author: what a device wrote under an identity that has ended, under its new
/// one; what lies in the review tray, under the server's name. Pure.
///
/// Invariant: *what is minted again says the same, of the same person, at the same claimed time, and names the
/// operation it stands for.* References among the operations are carried over: parents, applications, entries taken
/// out.
package struct Reminting: Sendable {
  /// What each former operation is now; several, where others stand for it.
  private var operations: [OperationID: [OperationID]] = [:]
  /// What each operation that never happened had seen, by register.
  private var unmade: [OperationID: [String: [OperationID]]] = [:]
  private var applications: [ApplicationID: ApplicationID] = [:]

  package init() {}

  /// Notes that references to an operation mean others from now on.
  package mutating func replace(_ former: OperationID, with others: [OperationID]) { operations[former] = others }

  /// Notes that an operation never happened: whoever followed on it follows on what it had seen.
  package mutating func seeThrough(_ former: Operation) { unmade[former.id] = former.header.parents }

  /// Notes that an application was opened again under another id.
  package mutating func replace(_ former: ApplicationID, with other: ApplicationID) { applications[former] = other }

  /// The application that stands for another; itself where none does.
  package func application(_ former: ApplicationID) -> ApplicationID { applications[former] ?? former }

  /// The operation under a new id.
  /// - Parameters:
  ///   - salt: `OperationCoding.saltBytes` fresh random bytes.
  ///   - saw: what its author had seen of authors that were itself before: their highest counters.
  package mutating func mint(
    _ former: Operation, as id: OperationID, salt: [UInt8], saw: [DeviceID: Int64] = [:]
  ) -> Operation {
    let header = former.header
    var application = application(header.application)
    if former.opensItsApplication {
      application = ApplicationID(createdBy: id)
      replace(header.application, with: application)
    }
    replace(former.id, with: [id])
    let parents = Dictionary(
      uniqueKeysWithValues: header.parents.map { register, ids in (register, followed(ids, in: register)) })
    return Operation(
      header: OperationHeader(
        id: id, application: application, person: header.person, kind: header.kind, parents: parents,
        saw: header.saw.merging(saw) { max($0, $1) }, claimedAt: header.claimedAt, clockEpoch: header.clockEpoch),
      salt: salt, payload: payload(of: former))
  }

  /// What parents are now, each once.
  private func followed(_ parents: [OperationID], in register: String) -> [OperationID] {
    var found: [OperationID] = []
    var seen: Set<OperationID> = []
    var open = Array(parents.reversed())
    while let next = open.popLast() {
      guard seen.insert(next).inserted else { continue }
      if let before = unmade[next] {
        open += (before[register] ?? []).reversed()
      } else {
        for now in operations[next] ?? [next] where !found.contains(now) { found.append(now) }
      }
    }
    return found
  }

  private func payload(of former: Operation) -> [UInt8] {
    var content = former.content
    guard content.object != nil else { return former.payload }
    if let named = content["operation"]?.text.flatMap(OperationID.init(text:)), let now = operations[named]?.first {
      content["operation"] = .text(now.text)
    }
    // The number of a held draft counts for the author who drafted it.
    content["held"] = nil
    let before = Former.chain(in: content)
    content[Former.key] = Former(former).value
    content[Former.earlierKey] = before.isEmpty ? nil : .array(before.map(\.value))
    let payload = CBOR.encode(content)
    return payload.count <= Limits.payloadBytesMax ? payload : former.payload
  }
}

/// The operation that another one stands for.
package struct Former: Sendable, Hashable {
  /// The key in a payload.
  package static let key = "standsFor"
  /// The key of those that the former one stood for in its turn.
  package static let earlierKey = "standsForEarlier"

  package let operation: OperationID
  package let digest: Digest

  init(_ operation: Operation) {
    self.operation = operation.id
    digest = operation.digest
  }

  /// What an operation stands for; nil where it stands for itself.
  package init?(in payload: Value) {
    guard let former = payload[Self.key].flatMap(Self.init(value:)) else { return nil }
    self = former
  }

  /// Everything that an operation stands for, the latest first: it may have been minted again more than once.
  package static func chain(in payload: Value) -> [Former] {
    guard let former = Former(in: payload) else { return [] }
    return [former] + (payload[earlierKey]?.array ?? []).compactMap(Self.init(value:))
  }

  /// The digests of an operation and of everything that it stands for: two that share one say the same.
  package static func digests(of operation: Operation) -> [Digest] {
    [operation.digest] + chain(in: operation.content).map(\.digest)
  }

  private init?(value: Value) {
    guard let parts = value.array, parts.count == 2,
      let operation = parts[0].text.flatMap(OperationID.init(text:)),
      let digest = parts[1].bytes.flatMap(Digest.init(bytes:))
    else { return nil }
    self.operation = operation
    self.digest = digest
  }

  var value: Value { [.text(operation.text), .bytes(digest.bytes)] }
}
