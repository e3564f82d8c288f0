internal import Application
package import Foundations
internal import Replication
internal import SQLite
internal import Wire

/// Held drafts: applications whose applicant has not consented yet.
///
/// Invariant: *nothing of a held draft leaves the device.* Its operations are drafted in a table of their own, which no
/// exchange reads, and take no counter, so that the operations of other applications follow each other without a gap.
extension StoreSession {
  /// A drafted operation counts within its draft, beyond every counter that a device will ever take.
  private static let draftedBase: Int64 = 1 << 62
  /// A drafted operation has no digest that anybody holds; its salt comes with its counter.
  private static let draftedSalt = [UInt8](repeating: 0, count: OperationCoding.saltBytes)
  /// Facts only. What asks something of others waits for the consent.
  private static let draftedKinds: Set<OperationKind> = [.create, .write, .note, .attach, .detach]

  /// The applications that are held back.
  package func heldDrafts() throws(Problem) -> Set<ApplicationID> {
    Set(
      try store.sql { connection throws(StorageError) in
        try connection.query("SELECT DISTINCT application FROM held") { ApplicationID($0.text(0)) }
      })
  }

  /// Whether an application is held back until its applicant consents.
  package func isHeld(_ application: ApplicationID) throws(Problem) -> Bool { try lastPlace(application) > 0 }

  private func lastPlace(_ application: ApplicationID) throws(Problem) -> Int64 {
    try store.sql { connection throws(StorageError) in
      try connection.one(
        "SELECT place FROM held WHERE application = ? ORDER BY place DESC LIMIT 1", [.text(application.text)]
      ) { $0.integer(0) }
    } ?? 0
  }

  /// Whether a deed opens a held draft or goes on with one.
  func isHeldBack(_ deed: Deed) throws(Problem) -> Bool {
    guard let application = deed.application else { return deed.payload["consent"]?["given"] != true }
    return try isHeld(application)
  }

  // MARK: Drafting

  /// Drafts an operation; it is on the disk with the commit, as any other.
  func draft(_ deed: Deed) throws(Problem) -> Operation {
    guard Self.draftedKinds.contains(deed.kind) else { throw Problem(.consentMissing) }
    var deed = deed
    let application: ApplicationID
    if let known = deed.application {
      application = known
    } else {
      let number = try takeHeldNumber()
      application = ApplicationID(heldBy: identity.device, number: number)
      deed.payload["held"] = .integer(number)
    }
    let place = try lastPlace(application) + 1
    let id = OperationID(identity.device, Self.draftedBase + place)
    let operation = try operation(deed, id, application, salt: Self.draftedSalt)
    let before = try stateBefore(operation)
    try insertDrafted(operation, application, place: place)
    fold(operation, into: before)
    return operation
  }

  private static func row(_ application: ApplicationID, _ place: Int64) -> String { "\(application.text) \(place)" }

  /// Numbers are never taken twice: not even one whose draft was removed.
  private func takeHeldNumber() throws(Problem) -> Int64 {
    let number = (try meta("held")?.integer ?? 0) + 1
    guard number <= Limits.heldNumberMax else { throw ProblemKind.unexpected.with("held number") }
    try setMeta("held", .integer(number))
    return number
  }

  /// The drafted operations of an application, in order; none where it is not held.
  func drafted(of application: ApplicationID) throws(Problem) -> [Operation] {
    let rows = try store.sql { connection throws(StorageError) in
      try connection.query(
        "SELECT place, operation_sealed FROM held WHERE application = ? ORDER BY place", [.text(application.text)]
      ) { ($0.integer(0), $0.blob(1)) }
    }
    var operations: [Operation] = []
    for (place, box) in rows {
      let plain = try store.open(box, "held", Self.row(application, place), "operation")
      guard let parts = try Self.decode(plain, "held.operation").array, parts.count == 2,
        let header = try? OperationCoding.header(parts[0]), let payload = parts[1].bytes
      else { throw ProblemKind.storeUnreadable.with("held.operation") }
      operations.append(Operation(header: header, salt: Self.draftedSalt, payload: payload))
    }
    return operations
  }

  // MARK: The end of holding back

  /// Lets a held draft go: its drafted operations become operations of this device, in their order, with the times and
  /// persons they have. Nothing happens to an application that is not held.
  /// - Parameter consent: what its `create` says from now on about the consent.
  /// - Throws: `device.stopped`; `document.too-large`.
  package func release(_ application: ApplicationID, consent: Value) throws(Problem) {
    try checkRunning()
    var taken: [OperationID: OperationID] = [:]
    for drafted in try drafted(of: application) {
      let id = OperationID(identity.device, try record().counter + 1)
      taken[drafted.id] = id
      try commit(try released(drafted, as: id, consent: consent) { taken[$0] ?? $0 })
    }
    try run("DELETE FROM held WHERE application = ?", [.text(application.text)])
    stale.insert(application)
  }

  /// A drafted operation under its counter, with what it names of its draft under theirs.
  private func released(
    _ drafted: Operation, as id: OperationID, consent: Value, renamed: (OperationID) -> OperationID
  ) throws(Problem) -> Operation {
    let header = drafted.header
    var content = drafted.content
    switch header.kind {
    case .create:
      content["consent"] = consent
      // The device may have been moved since it was drafted: it is an application of where its applicant agreed.
      content["station"] = .text(identity.station.text)
    case .detach:
      if let target = content["operation"]?.text.flatMap(OperationID.init(text:)) {
        content["operation"] = .text(renamed(target).text)
      }
    default: break
    }
    return Operation(
      header: OperationHeader(
        id: id, application: header.application, person: header.person, kind: header.kind,
        parents: header.parents.mapValues { $0.map(renamed) }, saw: header.saw, claimedAt: header.claimedAt,
        clockEpoch: header.clockEpoch),
      salt: newSalt(), payload: try Self.bounded(CBOR.encode(content)))
  }

  /// Drafts what is held anew under the device's new identity: the ids of held drafts follow from who drafted them.
  func draftAgain() throws(Problem) {
    for former in try heldDrafts().sorted() {
      let number = try takeHeldNumber()
      let application = ApplicationID(heldBy: identity.device, number: number)
      for (place, drafted) in try drafted(of: former).enumerated() {
        try insertDrafted(
          try redrafted(drafted, application, number: number), application, place: Int64(place) + 1)
      }
      try run("DELETE FROM held WHERE application = ?", [.text(former.text)])
      try rename(former, application)
      stale.insert(application)
    }
  }

  private func redrafted(
    _ drafted: Operation, _ application: ApplicationID, number: Int64
  ) throws(Problem) -> Operation {
    func own(_ id: OperationID) -> OperationID { OperationID(identity.device, id.counter) }
    let header = drafted.header
    var content = drafted.content
    if header.kind == .create { content["held"] = .integer(number) }
    if let target = content["operation"]?.text.flatMap(OperationID.init(text:)) {
      content["operation"] = .text(own(target).text)
    }
    return Operation(
      header: OperationHeader(
        id: own(header.id), application: application, person: header.person, kind: header.kind,
        parents: header.parents.mapValues { $0.map(own) }, saw: header.saw, claimedAt: header.claimedAt,
        clockEpoch: header.clockEpoch),
      salt: Self.draftedSalt, payload: try Self.bounded(CBOR.encode(content)))
  }

  private func insertDrafted(
    _ operation: Operation, _ application: ApplicationID, place: Int64
  ) throws(Problem) {
    let content = CBOR.encode([OperationCoding.value(operation.header), .bytes(operation.payload)])
    try run(
      "INSERT INTO held VALUES (?, ?, ?)",
      [
        .text(application.text), .integer(place),
        store.seal(content, "held", Self.row(application, place), "operation"),
      ])
  }

  /// Removes a held draft, and the attachments that only it has, from this device: nobody else ever had them.
  package func discard(_ application: ApplicationID) throws(Problem) {
    try run("DELETE FROM held WHERE application = ?", [.text(application.text)])
    hasErased = true
    try unproject(application)
    try dropAttachments(of: application, unsent: true)
  }
}

extension ProblemKind {
  /// A held draft is asked for more than facts.
  package static let consentMissing = ProblemKind(
    "consent.missing", status: 409, "申请人还没有同意，这份草稿只保存在这台电脑上，还不能这样做。",
    remedy: "请先向申请人说明；同意了就用 bangban consent 登记，再做这一步。")
}
