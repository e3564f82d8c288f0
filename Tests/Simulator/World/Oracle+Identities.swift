internal import Application
internal import Casework
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// What becomes of devices and of what they wrote when their identities end: copies, backups, revocation, the review
/// tray, and minting again.
extension Oracle {
  func noteRevoked(_ device: DeviceID) {
    revoked[device] = revoked[device] ?? (history.timeline, Int64(log.count))
    for holder in devices where holder.id == device { forget(holder) }
    bereft.insert(device)
  }

  /// - Parameter device: as it stands at the county, whether it was moved just now or before.
  func noteMoved(_ device: DeviceRow) {
    if let before = moved[device.id], before.timeline == history.timeline, before.station == device.station { return }
    moved[device.id] = (history.timeline, Int64(log.count), device.station)
  }

  /// A computer goes on from an earlier copy of its disk.
  func noteRestored(_ device: SimulatedDevice, to memory: DiskMemory) {
    bereft.insert(device.id)
    forget(device)
    device.memory = memory
    bereft.insert(device.id)
  }

  /// There is another computer.
  func add(_ device: SimulatedDevice) { devices.append(device) }

  func noteInvited(_ device: DeviceID) { invited.insert(device) }

  func noteAdmission(of operation: Digest) { admitted.insert(operation) }

  /// Takes over what a person did on a device.
  func noteSaved(_ operation: Replication.Operation, on device: SimulatedDevice) {
    saved[operation.digest] = operation
    // What of others was here before the event began, and everything of its own.
    seen[operation.digest] = device.memory.held.union(device.memory.own.map(\.digest)).union(device.memory.earlier)
    device.memory.add(operation)
  }

  /// Takes over what a device writes again under another identity, for what it wrote under the former one.
  func noteIdentity(
    _ id: DeviceID, _ minted: [Replication.Operation], for former: [Replication.Operation], on device: SimulatedDevice
  ) throws {
    guard invited.contains(id) else { throw Violation("an identity comes from the administrator", id.text) }
    device.memory.take(id, again: Set(former.map(\.digest)))
    device.code = nil
    var known: [Digest: Digest] = [:]
    for (operation, before) in zip(minted, former) {
      saved[operation.digest] = operation
      origins[operation.digest] = origin(of: before.digest)
      let before = before.digest
      seen[operation.digest] = (seen[before] ?? []).union((seen[before] ?? []).compactMap { known[$0] })
      known[before] = operation.digest
      device.memory.add(operation)
    }
  }

  /// What was shared with an identity goes on being shared with the one that takes its place, unless the former was
  /// revoked.
  /// - Parameter given: where the server says the new one's own scope begins, by application.
  func noteSuccession(_ device: DeviceID, after former: DeviceID, given: [ApplicationID: Int64]) throws {
    let scope = "device:\(device.text)"
    for (application, sequence) in given where history.scopes[application]?[scope] == nil {
      guard history.scopes[application]?["device:\(former.text)"] != nil, revoked[former] == nil else {
        throw Violation("nobody gets what is not in scope", "\(device) after \(former): \(application)")
      }
      history.scopes[application, default: [:]][scope] = sequence
    }
  }

  // MARK: The review tray

  /// Everything that lies or lay in the county's review tray.
  static func tray(_ service: CaseService) throws(Problem) -> [ReviewRow] {
    try service.journal.read { reader throws(Problem) in
      var rows: [ReviewRow] = []
      for author in try reader.reviewAuthors() { rows += try reader.reviews(by: author) }
      return rows
    }
  }

  /// Reads the county's review tray: what lay in it lies in it still, and is decided once.
  func readTray(_ service: CaseService) throws {
    let rows = try Self.tray(service)
    var now: [Digest: ReviewStatus] = [:]
    for row in rows {
      let digest = row.operation.digest
      now[digest] = row.status
      // A person may also look at what the server itself wrote in a log that was lost.
      let isServers = row.operation.id.device.isServers && seen[digest] != nil
      guard saved[digest] != nil || isServers || row.operation.isErased else {
        throw Violation("nothing comes from nowhere", "\(row.id) \(row.operation.id) in the tray")
      }
      if row.status == .admitted, !admitted.contains(digest) {
        throw Violation("the tray is opened by a person only", row.id)
      }
    }
    for (digest, status) in tray where now[digest] != status {
      let isOverruled =
        status == .declined && (now[digest] == .reminted || (now[digest] == .admitted && wasAdmittedBefore(digest)))
      guard now[digest] != nil, status == .open || isOverruled, now[digest] != .open else {
        throw Violation("what lies in the tray stays", "\(saved[digest]?.id.text ?? "") was \(status)")
      }
    }
    history.tray = now
  }

  /// Whether it was taken in on a log that was lost: that comes back, in effect, though it was set aside meanwhile.
  private func wasAdmittedBefore(_ digest: Digest) -> Bool {
    past.values.contains { lost in
      lost.log.contains { $0.isServers && Former(in: $0.operation.content)?.digest == digest }
    }
  }
}

extension Replication.Operation {
  /// Whether it says what another one says, under another id.
  func says(the other: Replication.Operation) -> Bool {
    let isSame =
      header.kind == other.header.kind && header.person == other.header.person
      && header.claimedAt == other.header.claimedAt
    // What it refers to has other ids, too.
    let changing: Set<String> = [Former.key, Former.earlierKey, "held", "operation"]
    func rest(_ value: Value) -> Members { (value.object ?? [:]).filter { !changing.contains($0.key) } }
    return isSame && rest(content) == rest(other.content)
  }
}
