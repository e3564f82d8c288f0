internal import API
internal import Application
internal import CaptureStore
internal import Casework
internal import Catalog
internal import Foundations
internal import Journal
internal import Replication

/// What holds at the county once the faults have stopped and everything has drained.
struct CountyCheck {
  let oracle: Oracle
  let server: SimulatedServer

  func run() throws {
    let report = try server.service.verify()
    guard report.problems.isEmpty else { throw Violation("verify is clean", report.problems.joined(separator: " ")) }
    let unrouted = try server.service.journal.read { reader throws(Problem) in
      try reader.unrouted(after: nil, limit: 1000)
    }
    if let first = unrouted.first { throw Violation("every proceeding has a window", first.id.text) }
    try checkOutbox()
    try checkAttachments()
    try checkErased()
    for application in oracle.applications.keys.sorted() { try DuplicateCheck(oracle, application).run() }
    try DuplicateCheck.checkFound(oracle)
    let stamp = try server.service.journal.read { reader throws(Problem) in
      try CatalogChanges.stamp(try server.service.county(reader), reader)
    }
    for device in oracle.devices { try checkCatalogue(device, stamp) }
    if let open = oracle.tray.first(where: { $0.value == .open })?.key {
      throw Violation("everything drains", "\(oracle.saved[open]?.id.text ?? "") lies in the tray")
    }
    for device in oracle.devices {
      let lost = device.memory.own.first {
        oracle.places[$0.digest] == nil && !oracle.wasPurged($0.header.application)
      }
      if let lost {
        throw Violation("everything drains", "device \(device.index): \(lost.id) is not in the log")
      }
      try checkNothingLost(device)
      try DeviceCheck(oracle, device).checkLeft()
      for (application, tombstone) in oracle.history.purges.sorted(by: { $0.key < $1.key }) {
        try DeviceCheck(oracle, device).checkErased(application, tombstone.sequence)
      }
    }
    try oracle.checkOwed()
  }

  /// What a device had marked as lost has its place in the log again, or was taken aside by it. Of what it does not see
  /// any more nobody tells it the new place.
  private func checkNothingLost(_ device: SimulatedDevice) throws {
    for digest in try device.lost() where oracle.tray[digest] == nil {
      let entry = oracle.past.values.compactMap { $0.entry(digest) }.first
      if let entry, oracle.history.entered(entry.application, device) == nil { continue }
      throw Violation("everything drains", "device \(device.index) holds \(entry?.line ?? "something") as lost")
    }
  }

  /// Every dispatch to a window's own system is there, or stands for a person; and no filing is from nowhere.
  private func checkOutbox() throws {
    let rows = try server.service.journal.read { reader throws(Problem) in
      try reader.dispatches(dead: false, limit: 100_000)
    }
    for row in rows where server.ownSystems.contains(row.window) {
      switch row.status {
      case "delivered":
        if oracle.filings[row.id] == nil { throw Violation("what is delivered has been filed", row.proceeding.text) }
      case "dead" where !mayGoOut(row), "unknown" where !mayGoOut(row): break
      case "withdrawn" where isTakenBack(row): break
      default: throw Violation("everything drains", "\(row.proceeding) is \(row.status)")
      }
    }
    let known = Set(rows.map(\.id))
    // What nobody held of a log that was lost the windows' own systems may know alone.
    for key in oracle.filings.keys.sorted()
    where !known.contains(key) && !oracle.filedBefore.contains(key) && !oracle.isOfPurged(filing: key) {
      throw Violation("what is filed was dispatched", key)
    }
  }

  /// Whether a window is still to be told, in this version.
  private func mayGoOut(_ row: DispatchRow) -> Bool {
    let state = ApplicationState.fold(oracle.entries(of: row.application).map(\.judged))
    guard let proceeding = state?.proceeding(row.proceeding) else { return false }
    return proceeding.window == row.window && proceeding.version == row.version && !proceeding.status.isFinal
  }

  /// Whether nothing is to go out: the application was erased, stands behind another one, or the window has it in
  /// hand, or another version goes out.
  private func isTakenBack(_ row: DispatchRow) -> Bool {
    let state = ApplicationState.fold(oracle.entries(of: row.application).map(\.judged))
    let proceeding = state?.proceeding(row.proceeding)
    return state?.erasure != nil || state?.standsBehind != nil
      || proceeding?.status != .dispatched || proceeding?.version != row.version
  }

  /// Whether an attachment was taken back and no version has it: its file need not come.
  private func isTakenBack(_ entry: LogEntry) -> Bool {
    let entries = oracle.entries(of: entry.operation.header.application)
    let isRemoved = entries.contains { other in
      other.operation.header.kind == .detach && (other.disposition == .applied || other.disposition == .late)
        && other.operation.content["operation"]?.text == entry.id.text
    }
    guard isRemoved, let state = ApplicationState.fold(entries.map(\.judged)) else { return false }
    return !state.versions.contains { version in version.materials.contains { $0.operation == entry.id } }
  }

  /// Every attachment that an operation in effect names is whole, and its application knows it.
  private func checkAttachments() throws {
    // A computer that went back to a copy of its disk may have lost the file, and one that was revoked the application.
    let present = Set(oracle.devices.map(\.id)).subtracting(oracle.bereft)
    // One that has changed its station let go of the files that a log had which was lost since.
    let moved = Set(oracle.devices.filter { $0.memory.stations.count > 1 }.map(\.id))
    for entry in oracle.log where entry.operation.header.kind == .attach && present.contains(entry.id.device) {
      guard entry.disposition == .applied || entry.disposition == .late,
        case .file(let digest, let bytes, _, _)? = MaterialContent(entry.operation.content)
      else { continue }
      guard !isTakenBack(entry) else { continue }
      let row = try server.service.journal.read { reader throws(Problem) in try reader.blob(digest) }
      let held = (try? server.blobs.read(digest))?.count
      let isWhole = row?.complete == true && held == Int(bytes)
      guard isWhole || (moved.contains(entry.id.device) && oracle.wasLost(entry)) else {
        throw Violation("attachments are whole", "\(entry.line) \(digest.prefix(12))")
      }
      // Somebody else may have sent the same bytes elsewhere: what counts is that nothing waits for them here.
      let missing = try server.service.journal.read { reader throws(Problem) in
        try reader.missingBlobs(entry.application)
      }
      guard moved.contains(entry.id.device) || !missing.contains(digest) else {
        throw Violation("nobody waits for what has come", "\(entry.line) \(digest.prefix(12))")
      }
    }
  }

  /// Nothing of what was erased is left where it lies as it was before it was minted again, and no file that only
  /// erased applications named.
  private func checkErased() throws {
    guard !oracle.history.purges.isEmpty else { return }
    let erased = Set(oracle.log.filter(\.operation.isErased).map { oracle.origin(of: $0.operation.digest) })
    for row in try Oracle.tray(server.service)
    where !row.operation.isErased && erased.contains(oracle.origin(of: row.operation.digest)) {
      throw Violation("what is purged is gone", "\(row.id) in the tray")
    }
    let needed = oracle.attachmentsNeeded()
    for entry in oracle.log where entry.operation.isErased {
      for digest in oracle.attachments(entry.operation.digest) where !needed.contains(digest) {
        guard (try? server.blobs.read(digest)) == nil else {
          throw Violation("what is purged is gone", "attachment \(digest.prefix(12)) of \(entry.application)")
        }
      }
    }
  }

  private func checkCatalogue(_ device: SimulatedDevice, _ stamp: String) throws {
    let (version, matters) = try device.store().read { session throws(Problem) in
      (try session.catalogVersion(), try session.catalog().matters)
    }
    let county = try server.service.journal.read { reader throws(Problem) in try server.service.county(reader) }
    guard version == stamp,
      matters.sorted(by: { $0.id < $1.id }) == county.catalog.matters.sorted(by: { $0.id < $1.id })
    else { throw Violation("the catalogue is the published one", "device \(device.index): \(version), not \(stamp)") }
  }
}
