internal import Application
internal import Assistant
internal import Casework
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication
internal import SimulatedDisk
internal import TestValues

/// What an administrator does: ends identities and gives new ones, and decides what lies in the review tray.
extension Deeds {
  func revoke() throws(Problem) -> String {
    let isKnown = try world.server.service.journal.write { writer throws(Problem) in
      guard var row = try writer.device(device.id) else { return false }
      row.status = .revoked
      try writer.setDevice(row)
      return true
    }
    guard isKnown else { return "nothing" }
    if !world.server.disk.isDead { world.oracle.noteRevoked(device.id) }
    return "done"
  }

  /// The administrator moves the device to some station; it learns of it at its next exchange.
  func reassign(_ chance: inout SeededGenerator) throws(Problem) -> String {
    let station = Template.station(chance.number(0...Template.stationsMax - 1))
    let row = try world.server.service.reassignDevice(device.id, station: station, actor: "admin")
    return row.assignment > 0 ? "to \(station)" : "nothing"
  }

  /// The administrator gives a code, and the device enrols again with it; where no answer came, with the same again.
  func enrol() throws(Problem) {
    let code: String
    if let known = device.code {
      code = known
    } else {
      let (id, fresh) = try world.server.service.inviteDevice(station: device.station, name: "接替", actor: "admin")
      world.oracle.noteInvited(id)
      (device.code, device.invited) = (fresh, id)
      code = fresh
    }
    do throws(Problem) {
      _ = try device.assistant().enroll(url: "http://127.0.0.1:1", code: code, name: nil)
    } catch {
      // The store went back to before it had made the keys that the code is for.
      if error.code == "enroll.code-invalid" { device.code = nil }
      throw error
    }
  }

  /// A device says of something that nobody wrote that the server had it: the words are in order, and not signed by the
  /// server.
  func forgeReturn(_ chance: inout SeededGenerator) throws -> String {
    let (row, held) = try world.server.service.journal.read { reader throws(Problem) in
      (try reader.device(device.id), try reader.author(device.id).counter)
    }
    guard let row, row.status == .active, let entry = chance.pick(world.oracle.log) else { return "nothing" }
    let header = OperationHeader(
      id: OperationID(device.id, held + 1), application: entry.application, person: entry.operation.header.person,
      kind: .note, claimedAt: entry.operation.header.claimedAt)
    let operation = Replication.Operation(
      header: header, salt: [UInt8](repeating: 9, count: OperationCoding.saltBytes), payload: entry.operation.payload)
    let judgement = Judgement(
      sequence: 1000, disposition: .applied, receivedAt: header.claimedAt, capturedAt: header.claimedAt,
      captureDoubtful: false)
    let leaf = Attestation.leaf(operation.id, operation.digest, judgement).bytes
    // A server that asks for no proof believes as it would believe its own.
    let key = world.plant == .unprovedBelieved ? world.template.serverKey : world.template.devices[0].key
    let timeline = world.oracle.history.timeline
    let attestation = Attestation(
      timeline: timeline, leaves: leaf, signature: try key.sign(Attestation.message(timeline: timeline, leaves: leaf)))
    let page = ReturnPage(
      attestations: [attestation],
      operations: [ReturnedOperation(operation, judgement, attestation: 0, place: 0)])
    let receipt = ReturnReceipt(
      try world.server.service.takeBack(page.bytes(dictionary: nil), device: row, from: world.server.blobs))
    return "taken \(receipt?.taken ?? 0), unproved \(receipt?.unproved ?? 0)"
  }

  func review(_ chance: inout SeededGenerator) throws(Problem) -> String {
    let open = world.oracle.tray.filter { $0.value == .open }.keys.sorted()
    let refused = try world.server.service.journal.read { reader throws(Problem) in
      try reader.tray(limit: 20).map(\.operation.operation.digest)
    }
    guard let digest = chance.pick(open + refused) else { return "nothing" }
    guard !chance.once(in: 4) else {
      try decline(digest)
      return "decline"
    }
    return "admit " + (try admit(digest)["disposition"]?.text ?? "")
  }

  /// The id by which the administrator names an entry.
  private func entry(_ digest: Digest) -> String {
    guard world.oracle.tray[digest] == nil, let place = world.oracle.places[digest] else {
      return TrayEntry.id(of: digest)
    }
    return world.oracle.log[place].id.text
  }

  func admit(_ digest: Digest) throws(Problem) -> Value {
    world.oracle.noteAdmission(of: digest)
    return try world.server.service.admit(entry(digest), actor: "admin")
  }

  func decline(_ digest: Digest) throws(Problem) {
    // It may be set aside though the answer does not come.
    world.oracle.declined.insert(digest)
    world.oracle.readAnew()
    _ = try world.server.service.decline(entry(digest), why: "重复", from: world.server.blobs, actor: "admin")
  }
}
