internal import Application
internal import Assistant
internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Replication
internal import SimulatedDisk
internal import TestValues

/// What people decide about duplicates, and what the administrator erases.
extension Deeds {
  /// A person at a station or at a window decides, or decides otherwise.
  func decide(_ event: Event, _ chance: inout SeededGenerator) throws -> String {
    if chance.once(in: 4) { return try decideAtWindow(event, &chance) }
    let lines = try device.assistant().duplicates(nil)
    guard let line = chance.pick(lines), let id = line["application"]?.text, let other = line["id"]?.text else {
      return "nothing"
    }
    if chance.once(in: 3) {
      if try planted?.keepApart(id, from: other) != true {
        _ = try device.assistant().keepApart(id, from: other)
      }
    } else {
      let keep = chance.once(in: 2) ? nil : chance.once(in: 2) ? id : other
      _ = try device.assistant().join(id, with: other, keeping: keep)
    }
    world.oracle.told(device, wrote: [:], application: id)
    return "done"
  }

  private func decideAtWindow(_ event: Event, _ chance: inout SeededGenerator) throws -> String {
    let service = world.server.service
    guard let window = chance.pick(SimulatedMatters.windows)?.id,
      let line = chance.pick(try service.queue(window, status: nil, limit: 50)["items"]?.array ?? []),
      let id = line["id"]?.text
    else { return "nothing" }
    let actor = Actor(person: PersonID("window:\(window.text)#\(event.number)"), window: window, seesAll: false)
    let proceeding = try service.proceeding(ProceedingID(id), actor: actor)
    guard let mark = chance.pick(proceeding["duplicates"]?.array ?? []), let other = mark["code"]?.text else {
      return "nothing"
    }
    let body: Value = [
      "action": chance.once(in: 3) ? "apart" : "join", "other": .text(other), "version": proceeding["version"] ?? .null,
    ]
    _ = try service.act(ProceedingID(id), body: body, actor: actor, idempotencyKey: "key-\(event.number)")
    if !world.server.disk.isDead { world.oracle.toldWindow(actor.person) }
    return "window"
  }

  /// The administrator erases an application, on the applicant's request.
  func purge(_ chance: inout SeededGenerator) throws -> String {
    // The newest one more often: of an older one a backup may have everything.
    let newest = world.oracle.log.last { $0.operation.header.kind == .create }?.application
    guard let application = chance.once(in: 2) ? newest : chance.pick(world.oracle.applications.keys.sorted()) else {
      return "nothing"
    }
    let purged = try world.server.service.purge(
      application.text, why: "本人要求", evenLive: !chance.once(in: 4), from: world.server.blobs, actor: "admin")
    world.oracle.readAnew()
    return "\(purged.operations) operations, \(purged.attachments) attachments"
  }
}
