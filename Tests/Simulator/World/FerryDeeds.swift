internal import Assistant
internal import Casework
internal import Foundations
internal import Journal
internal import Replication
internal import TestValues

/// What people do with sealed files.
struct FerryDeeds {
  let world: World
  let device: SimulatedDevice

  func perform(_ kind: Event.Kind, _ chance: inout SeededGenerator) throws(Problem) -> String {
    switch kind {
    case .ferryOut: return try out()
    case .ferryIn: return try takeIn(&chance)
    case .ferryAnswer: return try answer(&chance)
    default: return try read(&chance)
    }
  }

  private func out() throws(Problem) -> String {
    let file = Buffer()
    let summary = try device.assistant().ferry(from: nil) { bytes throws(Problem) in file.bytes += bytes }
    world.mail.requests.append(file.bytes)
    return "pushed \(summary["pushed"]?.integer ?? 0)"
  }

  /// Some file arrives at the county; it may arrive again.
  private func takeIn(_ chance: inout SeededGenerator) throws(Problem) -> String {
    guard var bytes = chance.pick(world.mail.requests) else { return "nothing" }
    if chance.once(in: 12) { bytes = Array(bytes.prefix(bytes.count * chance.number(0...999) / 1000)) }
    let file = Buffer(bytes)
    let report = try world.server.service.takeFerry(
      key: world.template.ferryKey, attachments: world.server.blobs, actor: "admin", read: file.read)
    return "of \(report.device), \(report.operations)"
  }

  /// The county writes files: for one device, or for all, as somebody's round takes them along.
  private func answer(_ chance: inout SeededGenerator) throws(Problem) -> String {
    let everyone = world.devices.map(\.id)
    let chosen = chance.once(in: 3) ? everyone : [chance.pick(everyone) ?? device.id]
    for id in Set(chosen).sorted() {
      let file = Buffer()
      _ = try world.server.service.writeFerry(for: id, actor: "admin") { bytes throws(Problem) in file.bytes += bytes }
      let (held, last) = try world.server.service.journal.read { reader throws(Problem) in
        (try reader.author(id).counter, try reader.lastSequence())
      }
      let end = Cursor(timeline: world.oracle.history.timeline, position: last, sequence: last)
      world.mail.answers.append(Mail.Answer(device: id, acknowledged: held, cursor: end, bytes: file.bytes))
    }
    return "for \(chosen.count)"
  }

  /// Some file reaches the device; a courier brings those of others, too.
  private func read(_ chance: inout SeededGenerator) throws(Problem) -> String {
    let own = world.mail.answers.filter { $0.device == device.id }
    guard let answer = chance.pick(chance.once(in: 6) ? world.mail.answers : own) else { return "nothing" }
    var bytes = answer.bytes
    if chance.once(in: 12) { bytes = Array(bytes.prefix(bytes.count * chance.number(0...999) / 1000)) }
    if answer.device == device.id {
      world.oracle.noteAcknowledgement(answer.acknowledged, device, timeline: answer.cursor.timeline)
    }
    if let plant = world.plant, try PlantedHand(plant: plant, device: device).read(answer) { return "done" }
    let summary = try device.assistant().ferry(from: Buffer(bytes).read, to: nil)
    return "pages \(summary["pages"]?.integer ?? 0), old \(summary["oldPages"]?.integer ?? 0)"
  }
}

/// A file in memory.
private final class Buffer {
  var bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  func read(_ count: Int) throws(Problem) -> [UInt8] {
    let part = Array(bytes[place..<min(bytes.count, place + count)])
    place += part.count
    return part
  }
}
