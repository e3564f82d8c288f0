internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication
internal import SQLite

/// How a request came to the server.
enum RequestWay: Sendable {
  case network
  /// In a ferry file.
  case file
}

/// By how much a device's clock is behind the server's.
struct ClockOffset: Sendable, Hashable {
  let milliseconds: Int64
  /// How often the device's clock had been set when this was measured; after another setting it means nothing.
  let epoch: Int64

  /// What is known of a device's clock. It is measured when device and server talk to each other. A stick takes days:
  /// for a file the measure of the last contact holds, as long as the clock was not set since.
  static func measured(
    _ request: SyncRequest, by way: RequestWay, now: Instant, _ reader: any JournalReader
  ) throws(Problem) -> ClockOffset? {
    switch way {
    case .network:
      ClockOffset(milliseconds: now.milliseconds &- request.now.milliseconds, epoch: request.clockEpoch)
    case .file: try Reported.read(request.device, reader).clock
    }
  }
}

extension ClockOffset? {
  /// Legal capture time: claimed time corrected by the measured offset, if the clock has not jumped in between; else
  /// the time of arrival, flagged. Never later than the arrival, nor so much earlier that nobody would believe it: a
  /// laptop without a battery starts in 1970, and an application of that year would count as accepted on arrival.
  func captureTime(of operation: Operation, now: Instant) -> (Instant, doubtful: Bool) {
    guard let self, operation.header.clockEpoch == self.epoch else { return (now, true) }
    let corrected = Instant(milliseconds: operation.header.claimedAt.milliseconds &+ self.milliseconds)
    let earliest = now.adding(seconds: -Limits.captureDaysMax * 86_400)
    return (earliest...now).contains(corrected) ? (corrected, false) : (now, true)
  }
}

/// What a device last reported of itself, by whichever way. A file for it begins here: so that a file that is lost, or
/// never fetched, costs nothing but a larger next one.
struct Reported {
  var cursor = Cursor.start
  var acknowledged: Int64 = 0
  var catalogVersion = ""
  /// Which of its stations the device knew itself to be of.
  var assignment: Int64 = 0
  /// Up to which change of the review tray it had been told.
  var tray: Int64 = 0
  /// The version of its messages: it is answered in the same. Nil for the present one.
  var version: Int64?
  /// Measured at the last contact over the network; nil before the first.
  var clock: ClockOffset?
  /// The attachments its latest file asked about.
  var waiting: [Digest] = []
  /// The number of that file's last request: files come in any order.
  var waitingNumber: Int64 = 0

  private static let kind = "reported"

  private init() {}

  /// What a request reports, beside what stays as it was.
  init(_ request: SyncRequest, way: RequestWay, now: Instant, _ reader: any JournalReader) throws(Problem) {
    self = try Self.read(request.device, reader)
    cursor = request.cursor
    acknowledged = request.acknowledged
    catalogVersion = request.catalogVersion
    assignment = request.assignment
    tray = request.tray
    version = request.version == SyncRequest.currentVersion ? nil : request.version
    clock = try ClockOffset.measured(request, by: way, now: now, reader)
  }

  /// What is on record; nothing yet where a device never reported.
  static func read(_ device: DeviceID, _ reader: any JournalReader) throws(Problem) -> Reported {
    var reported = Reported()
    guard let value = try reader.document(kind, device.text) else { return reported }
    guard let cursor = Cursor(value["cursor"]), let acknowledged = value["acknowledged"]?.integer,
      let version = value["catalog"]?.text
    else { throw ProblemKind.storeUnreadable.with("documents.reported") }
    reported.cursor = cursor
    reported.acknowledged = acknowledged
    reported.catalogVersion = version
    reported.assignment = value["assignment"]?.integer ?? 0
    reported.tray = value["tray"]?.integer ?? 0
    reported.version = value["version"]?.integer
    if let clock = value["clock"]?.array, clock.count == 2, let offset = clock[0].integer, let epoch = clock[1].integer
    {
      reported.clock = ClockOffset(milliseconds: offset, epoch: epoch)
    }
    reported.waitingNumber = value["waitingNumber"]?.integer ?? 0
    let bytes = value["waiting"]?.bytes ?? []
    reported.waiting = stride(from: 0, to: bytes.count, by: Digest.byteCount).compactMap {
      Digest(bytes: bytes[$0..<min($0 + Digest.byteCount, bytes.count)])
    }
    return reported
  }

  /// Puts this on record.
  func write(_ device: DeviceID, _ writer: any JournalWriter) throws(Problem) {
    var value: Value = [
      "cursor": cursor.value, "acknowledged": .integer(acknowledged), "catalog": .text(catalogVersion),
    ]
    if let version { value["version"] = .integer(version) }
    if tray > 0 { value["tray"] = .integer(tray) }
    if assignment > 0 { value["assignment"] = .integer(assignment) }
    if let clock { value["clock"] = [.integer(clock.milliseconds), .integer(clock.epoch)] }
    if waitingNumber > 0 { value["waitingNumber"] = .integer(waitingNumber) }
    if !waiting.isEmpty { value["waiting"] = .bytes(waiting.flatMap(\.bytes)) }
    try writer.setDocument(Self.kind, device.text, value)
  }
}
