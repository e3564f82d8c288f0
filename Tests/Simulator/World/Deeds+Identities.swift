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
    try world.server.service.journal.write { writer throws(Problem) in
      guard var row = try writer.device(device.id) else { return }
      row.status = .revoked
      try writer.setDevice(row)
    }
    if !world.server.disk.isDead { world.oracle.noteRevoked(device.id) }
    return "done"
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
      return ReviewRow.id(of: digest)
    }
    return world.oracle.log[place].id.text
  }

  func admit(_ digest: Digest) throws(Problem) -> Value {
    world.oracle.noteAdmission(of: digest)
    return try world.server.service.admit(entry(digest), actor: "admin")
  }

  func decline(_ digest: Digest) throws(Problem) {
    _ = try world.server.service.decline(entry(digest), why: "重复", actor: "admin")
  }
}
