package import Cryptography
package import Foundations
package import Replication
internal import SQLite
internal import Wire

/// The server's word for one page of its answer, as it is kept.
struct PageProof {
  let number: Int64
  let places: [OperationID: Int]
}

/// What a device holds that a server may have lost, and the proof of it.
///
/// Invariant: *what the server once acknowledged stays on the device with the server's own signature over it, until the
/// server has it again.* When a backup was put back, everything after it is marked as lost: it is shown as before, in
/// its old order behind everything else, brought back, and takes its new place when the server sends it again. Nothing
/// is ever deleted for that.
extension StoreSession {
  /// What is lost has its sequence in the lost log above this; no log becomes so long.
  static let lostBase: Int64 = 1 << 40

  /// Keeps the server's word for a page; what is received and judged in this transaction is noted with it.
  package func keep(_ page: AttestedPage) throws(Problem) {
    try run("INSERT INTO attestations (value) VALUES (?)", [.blob(CBOR.encode(page.attestation.value))])
    let number = try store.sql { connection throws(StorageError) in
      try connection.one("SELECT max(number) FROM attestations", []) { $0.integer(0) }
    }
    proof = number.map { PageProof(number: $0, places: page.places) }
  }

  /// The columns `attestation` and `place` of an operation.
  func proofPlace(_ id: OperationID) -> [Binding] {
    guard let proof, let place = proof.places[id] else { return [.null, .null] }
    return [.integer(proof.number), .integer(Int64(place))]
  }

  /// The digest of an own operation; nil where this device never wrote so far.
  package func ownDigest(_ counter: Int64) throws(Problem) -> Digest? {
    try store.sql { connection throws(StorageError) in
      try connection.one(
        "SELECT digest FROM operations WHERE author = ? AND counter = ?",
        [.text(identity.device.text), .integer(counter)]
      ) { $0.blob(0) }
    }.flatMap { Digest(bytes: $0) }
  }

  // MARK: Timelines

  /// The timelines of the log that this device has pulled from.
  package func lineage() throws(Problem) -> Lineage {
    if let lineage = Lineage(try meta("lineage")) { return lineage }
    return Lineage(current: try record().cursor.timeline)
  }

  func setLineage(_ lineage: Lineage) throws(Problem) { try setMeta("lineage", lineage.value) }

  /// Follows a server whose backup was put back: everything of its log after `sequence` is lost there, and perhaps what
  /// it had acknowledged without telling how it was judged.
  package func followRestored(_ server: Lineage, lostAfter sequence: Int64) throws(Problem) {
    var record = try record()
    let firstLost = try store.sql { connection throws(StorageError) in
      try connection.one(
        """
        SELECT min(counter) FROM operations
        WHERE author = ?1 AND (sequence > ?2 OR (sequence IS NULL AND counter <= ?3))
        """, [.text(identity.device.text), .integer(sequence), .integer(record.acknowledged)]
      ) { $0.optionalInteger(0) }
    }
    let touched = try store.sql { connection throws(StorageError) in
      try connection.query("SELECT DISTINCT application FROM operations WHERE sequence > ?", [.integer(sequence)]) {
        ApplicationID($0.text(0))
      }
    }
    // What was lost before and has not come back yet stays in front; no two have the same place.
    let base = try store.sql { connection throws(StorageError) in
      try connection.one("SELECT max(sequence) FROM operations WHERE sequence > ?", [.integer(Self.lostBase)]) {
        $0.optionalInteger(0)
      }
    }
    try run(
      "UPDATE operations SET sequence = sequence + ?1 WHERE sequence > ?2 AND sequence < ?3",
      [.integer((base ?? nil) ?? Self.lostBase), .integer(sequence), .integer(Self.lostBase)])
    stale.formUnion(touched)
    record = DeviceMachine.rewound(
      record, to: sequence, timeline: server.current, firstLost: firstLost ?? nil)
    try setRecord(record)
    try setLineage(server)
    try doubtUploads()
    try doubtBackups()
    // What lay in the lost log's review tray is offered again.
    try dropMeta("reviewed")
    try forgetTrayMark(keepsOthers: true)
    try setMeta("returning", LostPlace.start.value)
  }

  /// Of what is lost and of what is not sent yet the server may have lost the attachments, too: an upload that it has
  /// costs a question.
  private func doubtUploads() throws(Problem) {
    let digests = try store.sql { connection throws(StorageError) in
      try connection.query(
        """
        SELECT DISTINCT digest FROM blobs WHERE complete AND application IN (
          SELECT application FROM operations WHERE author = ? AND (sequence IS NULL OR sequence > ?))
        """, [.text(identity.device.text), .integer(Self.lostBase)]
      ) { $0.text(0) }
    }
    try sendAgain(digests.compactMap { Digest($0) })
  }

  /// Whether something is still to be brought back.
  package func isReturning() throws(Problem) -> Bool { try meta("returning") != nil }

  /// Everything lost was brought back; it takes its places as the server sends it.
  ///
  /// What others wrote and was erased since says nothing any more and cannot be brought back, and what left this
  /// device's scope was kept only to be brought back: the server will never send either, and so they go.
  package func finishReturning() throws(Problem) {
    try run(
      """
      DELETE FROM operations WHERE sequence > ? AND author <> ?
        AND (content_sealed IS NULL OR application NOT IN (SELECT id FROM applications))
      """, [.integer(Self.lostBase), .text(identity.device.text)])
    try dropMeta("returning")
  }

  /// The county, whose backup was put back, has another operation in the place of one that it lost, and this one in its
  /// review tray: it comes back into no log, whoever brings it. What this device wrote under its present identity it
  /// goes on holding.
  func dropKeptAside(_ entry: TrayEntry) throws(Problem) {
    guard entry.reason == StopReason.forked.rawValue, entry.operation.device != identity.device else { return }
    let digest = try store.sql { connection throws(StorageError) in
      try connection.one(
        "SELECT digest FROM operations WHERE author = ? AND counter = ? AND sequence > ?",
        [.text(entry.operation.device.text), .integer(entry.operation.counter), .integer(Self.lostBase)]
      ) { $0.blob(0) }
    }
    guard let digest = digest.flatMap({ Digest(bytes: $0) }), TrayEntry.id(of: digest) == entry.id else { return }
    try drop(entry.operation, of: entry.application)
    if entry.kind == .create { try dropLost(of: entry.application) }
  }

  /// Nothing of an application comes back whose beginning does not; the county has what this device brought back of it.
  private func dropLost(of application: ApplicationID) throws(Problem) {
    let lost = try store.sql { connection throws(StorageError) in
      try connection.query(
        """
        SELECT author, counter FROM operations
        WHERE application = ? AND sequence > ? AND author <> ? AND attestation IS NOT NULL
        """, [.text(application.text), .integer(Self.lostBase), .text(identity.device.text)]
      ) { OperationID(DeviceID($0.text(0)), $0.integer(1)) }
    }
    for operation in lost { try drop(operation, of: application) }
  }

  /// Notes up to where the server has what was lost.
  package func noteReturned(_ place: LostPlace) throws(Problem) {
    try setMeta("returning", place.value)
  }

  /// Up to where the server has what was lost.
  package func returned() throws(Problem) -> LostPlace {
    LostPlace(try meta("returning"))
  }

  /// A page of what was lost: application by application, each in the order of the lost log; then, of applications
  /// whose contents were erased, what is left of everything but their tombstones.
  ///
  /// So a server knows that something was erased before it is given what has no contents any more.
  /// - Parameters:
  ///   - countMax, bytesMax: bounds of the page; one operation is always in it.
  /// - Returns: nil where nothing is left.
  package func lost(
    after place: LostPlace, countMax: Int, bytesMax: Int
  ) throws(Problem) -> (page: ReturnPage, last: LostPlace)? {
    let countMax = max(1, countMax)
    if !place.isErased {
      let rows = try lostRows("content_sealed IS NOT NULL", after: place, limit: countMax + 1)
      if let page = try page(rows, countMax: countMax, bytesMax: bytesMax) { return page }
    }
    // What is without contents because it left this device's scope is for others to bring.
    let rows = try lostRows(
      "content_sealed IS NULL AND application IN (SELECT id FROM applications WHERE status = 'erased')",
      after: place.isErased ? place : .startOfErased, limit: countMax + 1)
    return try page(rows, countMax: countMax, bytesMax: bytesMax)
  }

  private func lostRows(_ which: String, after place: LostPlace, limit: Int) throws(Problem) -> [LostRow] {
    try store.sql { connection throws(StorageError) in
      try connection.query(
        """
        SELECT header, content_sealed, digest, judgement, application, sequence, attestation, place FROM operations
        WHERE (application, sequence) > (?1, ?2) AND sequence > ?3 AND attestation IS NOT NULL AND \(which)
        ORDER BY application, sequence LIMIT ?4
        """,
        [
          .text(place.application.text), .integer(place.sequence), .integer(Self.lostBase), .integer(Int64(limit)),
        ]
      ) {
        LostRow(
          sealed: SealedOperation(
            header: $0.blob(0), content: $0.optionalBlob(1), digest: $0.blob(2), judgement: $0.blob(3)),
          place: LostPlace(
            application: ApplicationID($0.text(4)), sequence: $0.integer(5), isErased: place.isErased),
          attestation: $0.integer(6), leaf: Int(clamping: $0.integer(7)))
      }
    }
  }

  private func page(
    _ rows: [LostRow], countMax: Int, bytesMax: Int
  ) throws(Problem) -> (page: ReturnPage, last: LostPlace)? {
    var page = ReturnPage()
    var numbers: [Int64: Int] = [:]
    var bytes = 0
    var last: LostPlace?
    for row in rows {
      let judged = try row.sealed.open(by: store.sealer)
      bytes += judged.operation.payload.count
      if numbers[row.attestation] == nil {
        guard let attestation = try attestation(row.attestation) else { continue }
        bytes += attestation.leaves.count
        if last == nil || bytes <= bytesMax {
          numbers[row.attestation] = page.attestations.count
          page.attestations.append(attestation)
        }
      }
      guard last == nil || (page.operations.count < countMax && bytes <= bytesMax) else {
        page.continues = row.place.application == last?.application
        break
      }
      guard let number = numbers[row.attestation], let judgement = judged.judgement else { continue }
      page.operations.append(
        ReturnedOperation(judged.operation, judgement, attestation: number, place: row.leaf))
      last = row.place
    }
    return last.map { (page, $0) }
  }

  private func attestation(_ number: Int64) throws(Problem) -> Attestation? {
    let bytes = try store.sql { connection throws(StorageError) in
      try connection.one("SELECT value FROM attestations WHERE number = ?", [.integer(number)]) { $0.blob(0) }
    }
    return try bytes.flatMap { bytes throws(Problem) in Attestation(try Self.decode(bytes, "attestations")) }
  }

  /// Has attachments sent again that the server lacks.
  package func sendAgain(_ digests: [Digest]) throws(Problem) {
    for digest in digests where store.hasFile(digest) {
      try run("UPDATE blobs SET uploaded = 0, complete = 0, backups = NULL WHERE digest = ?", [.text(digest.text)])
    }
  }
}

/// A place in the order in which what was lost is brought back.
package struct LostPlace: Sendable, Hashable {
  package let application: ApplicationID
  /// As it is kept: above every sequence of a log.
  package let sequence: Int64
  /// Whether it is among what has no contents any more, which comes last.
  package let isErased: Bool

  package init(application: ApplicationID, sequence: Int64, isErased: Bool) {
    self.application = application
    self.sequence = sequence
    self.isErased = isErased
  }

  /// Before everything.
  package static let start = LostPlace(application: ApplicationID(""), sequence: 0, isErased: false)
  static let startOfErased = LostPlace(application: ApplicationID(""), sequence: 0, isErased: true)

  /// The array [application, sequence, whether erased].
  var value: Value { [.text(application.text), .integer(sequence), .bool(isErased)] }

  /// Reads what `value` writes, or an older store's without the last; anything else is the beginning.
  init(_ value: Value?) {
    let parts = value?.array ?? []
    guard parts.count >= 2, let application = parts[0].text, let sequence = parts[1].integer else {
      self = .start
      return
    }
    self.init(
      application: ApplicationID(application), sequence: sequence, isErased: parts.count > 2 && parts[2] == true)
  }
}

private struct LostRow {
  let sealed: SealedOperation
  let place: LostPlace
  let attestation: Int64
  let leaf: Int
}
