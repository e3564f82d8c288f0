internal import Application
package import Foundations
package import Journal
internal import Replication

/// Which station a device belongs to: numbers within it, and the change to another.
extension CaseService {
  private static let numberRadix = 36
  private static let numbersEnd = numberRadix * numberRadix
  /// Numbers that are passed over when a backup was put back: more devices than a station gets between two backups.
  private static let numbersPassedOver: Int64 = 16

  /// Has a station's devices numbered after a block of numbers that a lost log may have given out.
  static func passOverNumbers(_ station: StationID, _ writer: any JournalWriter) throws(Problem) {
    try passOverNumbers(through: highestNumber(station, writer) + numbersPassedOver, station, writer)
  }

  /// Has a station's devices numbered after a number, or after a higher one as before.
  static func passOverNumbers(
    through number: Int64, _ station: StationID, _ writer: any JournalWriter
  ) throws(Problem) {
    let former = try writer.document(RegistryKey.numbers, station.text)?.integer ?? 0
    if number > former { try writer.setDocument(RegistryKey.numbers, station.text, .integer(number)) }
  }

  /// The highest number that a station has given to a device, or passed over.
  static func highestNumber(_ station: StationID, _ reader: any JournalReader) throws(Problem) -> Int64 {
    let given = try reader.numbersUsed(station).compactMap { Int64($0, radix: numberRadix) }.max() ?? 0
    return max(given, try reader.document(RegistryKey.numbers, station.text)?.integer ?? 0)
  }

  /// A device's part of the offline numbers it gives out: two characters that no device of the station has or had, so
  /// that numbers never meet.
  static func freeNumber(_ station: StationID, _ reader: any JournalReader) throws(Problem) -> String {
    let taken = try reader.numbersUsed(station)
    // A station that is added after a backup was put back may have been there on the log that was lost.
    let restores = Int64(try County.lineage(reader).past.count)
    let floor =
      try reader.document(RegistryKey.numbers, station.text)?.integer ?? restores * numbersPassedOver
    let candidates = (1..<numbersEnd).lazy.filter { $0 > floor }.map { number in
      String(("0" + String(number, radix: numberRadix, uppercase: true)).suffix(2))
    }
    guard let number = candidates.first(where: { !taken.contains($0) }) else {
      throw ProblemKind.stationNumbers.with(station.text)
    }
    return number
  }

  /// Makes a device one of another station; it learns that at its next sync. What it wrote before is judged as of the
  /// station it knew.
  /// - Throws: `station.unknown`, `device.not-enrolled`, `device.revoked`.
  package func reassignDevice(_ id: DeviceID, station: StationID, actor: String) throws(Problem) -> DeviceRow {
    try journal.write { writer throws(Problem) in
      guard try writer.station(station) != nil else { throw ProblemKind.stationUnknown.with(station.text) }
      guard var device = try writer.device(id) else { throw Problem(.deviceNotEnrolled) }
      guard device.status != .revoked else { throw Problem(.deviceRevoked) }
      guard device.station != station else { return device }
      try Self.expectMissing(of: device, writer)
      device.station = station
      device.number = try Self.freeNumber(station, writer)
      device.assignment = max(device.assignment + 1, try County.lineage(writer).firstAssignment)
      device.assignedSequence = try writer.lastSequence()
      try writer.setDevice(device)
      try County.touch(writer)
      try writer.addAudit(at: clock.now(), actor: actor, action: "device.reassign", subject: id.text)
      return device
    }
  }

  /// Up to which sequence a device is sent what it wrote itself: it may have let go of that when it learned that it had
  /// been moved.
  static func ownThrough(_ device: DeviceRow, _ reader: any JournalReader) throws(Problem) -> Int64 {
    let sent = try reader.document(RegistryKey.formerWork, device.id.text)?.integer ?? 0
    return max(device.assignedSequence, sent)
  }

  /// Shuts a device out. What it had not sent yet still goes into the review tray, and the attachments that its own
  /// operations have named still come: nobody else may have them.
  /// - Returns: the device as it is then.
  @discardableResult
  package static func revoke(_ device: DeviceRow, _ writer: any JournalWriter) throws(Problem) -> DeviceRow {
    var device = device
    if device.status == .active { try expectMissing(of: device, writer, onlyItsOwn: true) }
    device.status = .revoked
    try writer.setDevice(device)
    return device
  }

  /// Attachments on their way stay expected from the device that has them.
  /// - Parameter onlyItsOwn: not those that others of its station have named, which are no longer for it to know of.
  private static func expectMissing(
    of device: DeviceRow, _ writer: any JournalWriter, onlyItsOwn: Bool = false
  ) throws(Problem) {
    for application in try writer.applications(in: Intake.scopes(device)).keys.sorted() {
      let missing = try writer.missingBlobs(application)
      guard !missing.isEmpty else { continue }
      let named = onlyItsOwn ? try digestsNamed(by: device.id, in: application, writer) : Set(missing)
      for digest in missing where named.contains(digest) {
        let claims = try writer.blobClaims(digest)
        for claim in claims where claim.application == application && claim.station == device.station {
          try writer.expectBlob(digest, from: device.id, application: application, bytes: claim.bytes)
        }
      }
    }
  }

  private static func digestsNamed(
    by author: DeviceID, in application: ApplicationID, _ reader: any JournalReader
  ) throws(Problem) -> Set<String> {
    Set(
      try reader.operations(application).lazy.map(\.operation)
        .filter { $0.header.kind == .attach && $0.id.device == author }
        .compactMap { $0.content["digest"]?.text })
  }

  /// What a device learns of its station.
  static func assignment(_ device: DeviceRow, _ station: StationRow) -> Value {
    [
      "assignment": .integer(device.assignment), "number": .text(device.number),
      "station": [
        "id": .text(station.id.text), "name": .text(station.name), "division": .text(station.division),
        "level": .text(station.level),
      ],
    ]
  }
}

extension Intake {
  /// Notes that the device did not know yet where it is when it sent what was just taken in, or that it knows of a move
  /// that went with a lost log: it takes everything for what may have left its scope once it is told.
  func noteFormerWork() throws(Problem) {
    guard request.assignment != device.assignment else { return }
    try transaction.journal.setDocument(
      RegistryKey.formerWork, device.id.text, .integer(transaction.nextSequence - 1))
  }

  /// The station that the device knew when it wrote this request's operations. A device learns of another only once all
  /// it wrote before is here, so that one request has one answer.
  func knownStation() throws(Problem) -> StationID {
    guard request.assignment != device.assignment else { return device.station }
    return try transaction.journal.station(of: device.id, assignment: request.assignment) ?? device.station
  }

  /// Whose operation this is, by what the device may see of the application now.
  func author(of id: ApplicationID, in state: ApplicationState?) throws(Problem) -> Author {
    guard let state else { return .device }
    let scopes = try transaction.journal.scopes(id)
    if scopes.contains(where: Self.scopes(device).contains) { return .device }
    if hasWaited, scopes.contains("station:\(try knownStation().text)") { return .device }
    return try isUnsentWork(state) ? .device : .outsider
  }

  /// Whether the device opened the application itself before it knew that it had moved: all of that comes at once, and
  /// belongs to the station it knew.
  private func isUnsentWork(_ state: ApplicationState) throws(Problem) -> Bool {
    guard request.assignment != device.assignment, let first = state.timeline.first?.operation,
      first.device == device.id
    else { return false }
    return (try transaction.journal.operation(first)?.judgement?.sequence ?? 0) > device.assignedSequence
  }

  /// Whether an application left the device's scope: it could see it at a former station.
  func hasLeft(_ application: ApplicationID) throws(Problem) -> Bool {
    guard device.assignment > 0 else { return false }
    let scopes = try transaction.journal.scopes(application)
    let former = try transaction.journal.stations(of: device.id, before: device.assignment)
    return former.contains { scopes.contains("station:\($0.text)") }
  }
}

extension ProblemKind {
  package static let stationNumbers = ProblemKind(
    "station.numbers-used-up", status: 409, "站点 {} 的设备号已用完。", remedy: "请另设一个站点，再登记设备。")
}
