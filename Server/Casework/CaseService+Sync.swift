internal import Application
internal import Catalog
internal import Cryptography
internal import Dispatch
package import Foundations
package import Journal
internal import Replication

/// What devices ask: enrolment, exchange, proof.
extension CaseService {
  /// Answers `POST /v1/sync`.
  /// - Parameter bytes: the request's body.
  /// - Returns: the answer's body.
  package func sync(_ bytes: [UInt8]) throws(Problem) -> [UInt8] {
    let (request, device, dictionary, begun) = try takeRequest(bytes, by: .network)
    if let begun { return try begun.result().get() }
    let most = min(request.pageMax, FeedPage.longMin)
    let draft = try draft(request, device, most: most)
    guard draft.page.more, request.pageMax > most else {
      return try draft.answer().bytes(dictionary: dictionary, version: request.version)
    }
    // A new device gets thousands: those who have less to ask go first, from the reading on.
    return try Patient.run {
      Result { () throws(Problem) in
        try self.draft(request, device, most: request.pageMax).answer()
          .bytes(dictionary: dictionary, version: request.version)
      }
    }.get()
  }

  /// One page for a device that stands where a request says, as far as it is read.
  /// - Parameter most: how many operations the page may have.
  func draft(_ request: SyncRequest, _ device: DeviceRow, most: Int) throws(Problem) -> DraftAnswer {
    try journal.read { reader throws(Problem) in
      try self.draft(request, device, most: most, county: try self.county(reader), reader)
    }
  }

  /// Takes a request in, whichever way it came.
  /// - Parameter sender: who wrote the file it came in; nothing else is taken from it.
  /// - Returns: the request, who it is from, the dictionary it was compressed with, and the answer to it, where the
  ///   transaction has begun it.
  func takeRequest(
    _ bytes: [UInt8], by way: RequestWay, from sender: DeviceID? = nil
  ) throws(Problem) -> (
    request: SyncRequest, device: DeviceRow, dictionary: MessageDictionary?, begun: Background<BegunAnswer>?
  ) {
    let (request, signature, dictionary, device, preparation, digest) = try look(at: bytes, from: sender)
    let (taken, begun) = try take(
      request, device, preparation, signature: signature, digest: digest, by: way, answering: dictionary)
    switch taken {
    case .taken(let hasNews):
      if hasNews { log(.info, "sync", [("device", device.id.text), ("operations", String(request.operations.count))]) }
    case .kept(let problem):
      log(.warning, "review", [("device", device.id.text), ("code", problem.code)])
      throw problem
    }
    return (request, device, dictionary, begun)
  }

  /// Reads a request and finds out who it is from. What it is read into is many times as large as what came, and nobody
  /// has proved anything yet: only for a device that there is, and only for a few at a time.
  private func look(
    at bytes: [UInt8], from sender: DeviceID?
  ) throws(Problem) -> (
    request: SyncRequest, signature: [UInt8], dictionary: MessageDictionary?, device: DeviceRow,
    preparation: IntakePreparation, digest: Digest
  ) {
    unpacking.wait()
    defer { unpacking.signal() }
    let county = try journal.read { reader throws(Problem) in try self.county(reader) }
    let opened = try heard { () throws(MessageFailure) in
      try SyncRequest.open(bytes) { $0 == county.dictionary.id ? county.dictionary : nil }
    }
    guard sender == nil || sender == opened.author else { throw Problem(.syncSignature) }
    let device = try journal.read { reader throws(Problem) in try Self.enrolledDevice(opened.author, reader) }
    let key = try VerifyingKey(publicBytes: device.signingKey)
    let (request, signature) = try heard { () throws(MessageFailure) in try SyncRequest.read(opened) }
    // Both take milliseconds: the one runs beside the other.
    let looked = Background {
      (isSigned: request.batch(signature: signature).isSigned(by: key), digest: Digest.sm3(bytes))
    }
    return try journal.read { reader throws(Problem) in
      let preparation = IntakePreparation(
        request.operations, county: county, today: ChinaTime.date(clock.now()), reader: reader)
      let (isSigned, digest) = looked.result()
      guard isSigned else { throw Problem(.syncSignature) }
      // One that is shut out may not bring anything back first; its work goes into the review tray as it stands.
      if device.status == .active {
        for cursor in [request.cursor, request.start] { try Self.checkCursor(cursor, county: county, reader) }
      }
      return (request, signature, opened.dictionary, device, preparation, digest)
    }
  }

  private func heard<Said>(_ body: () throws(MessageFailure) -> Said) throws(Problem) -> Said {
    do { return try body() } catch { throw Self.problem(of: error, "sync") }
  }

  /// The bytes of an answer that was begun before the commit.
  typealias BegunAnswer = Result<[UInt8], Problem>

  /// Begins the answer to what has just been taken in: it is signed and packed beside the commit, and nobody gets it
  /// before. Read here, what it tells of still lies in the writer's memory.
  /// - Returns: nil where there is more to tell than may keep others from writing, and where it cannot be read: what
  ///   has been taken in is to be committed all the same.
  private func begin(
    _ request: SyncRequest, _ dictionary: MessageDictionary?, _ transaction: CaseTransaction
  ) -> Background<BegunAnswer>? {
    let most = min(request.pageMax, Parallel.pageMin)
    guard let device = try? Self.enrolledDevice(request.device, transaction.journal),
      let draft = try? draft(request, device, most: most, county: transaction.county, transaction.journal),
      !draft.page.more || request.pageMax == most
    else { return nil }
    return Background {
      Result { () throws(Problem) in try draft.answer().bytes(dictionary: dictionary, version: request.version) }
    }
  }

  /// A device must stand on this timeline. One that stands on another first brings back what may be lost here; one that
  /// is further on than this log has met a database that somebody has put back by hand.
  /// - Throws: `sync.timeline`, `sync.cursor-ahead`.
  static func checkCursor(
    _ cursor: Cursor, county: County, _ reader: any JournalReader
  ) throws(Problem) {
    guard cursor.timeline.isEmpty || cursor.timeline == county.timeline else { throw Problem(.syncTimeline) }
    let last = try reader.lastSequence()
    guard cursor.position <= last else {
      throw ProblemKind.syncCursorAhead.with(String(cursor.position))
    }
  }

  /// A device that has keys, revoked or not.
  static func enrolledDevice(_ id: DeviceID, _ reader: any JournalReader) throws(Problem) -> DeviceRow {
    guard let device = try reader.device(id), device.status != .invited else { throw Problem(.deviceNotEnrolled) }
    return device
  }

  /// A device that may take part; anything else is a refusal with its own code.
  static func activeDevice(_ id: DeviceID, _ reader: any JournalReader) throws(Problem) -> DeviceRow {
    let device = try enrolledDevice(id, reader)
    guard device.status == .active else { throw Problem(.deviceRevoked) }
    return device
  }

  /// What became of a request's operations.
  private enum Taken {
    case taken(hasNews: Bool)
    /// They lie in the review tray, which is committed; the device is told this problem.
    case kept(Problem)
  }

  /// Takes the operations in, unless the request is a repeat or an empty poll of a known number.
  private func take(
    _ request: SyncRequest, _ device: DeviceRow, _ preparation: IntakePreparation, signature: [UInt8], digest: Digest,
    by way: RequestWay, answering dictionary: MessageDictionary?
  ) throws(Problem) -> (Taken, Background<BegunAnswer>?) {
    try transact { transaction throws(Problem) -> Taken in
      // The device may have been revoked between the first look and now.
      let device = try Self.enrolledDevice(device.id, transaction.journal)
      let clock = try ClockOffset.measured(request, by: way, now: transaction.now, transaction.journal)
      let tray = ReviewTray(transaction: transaction, device: device, request: request, clock: clock)
      guard device.status == .active else {
        let unknown = try tray.unknown()
        let through = try tray.keep(reason: ProblemKind.deviceRevoked.code, signature: signature)
        return .kept(
          Self.refusal(Problem(.deviceRevoked), agreed: try tray.agreed(), reviewed: through, unknown: unknown))
      }
      let record = try transaction.journal.author(device.id)
      let adopted = transaction.county.lineage.past.isEmpty ? 0 : try transaction.journal.adoptedThrough(device.id)
      let verdict = try Self.verdict(request, digest, record, transaction.journal, by: way, adoptedThrough: adopted)
      switch verdict {
      case .take(let index):
        try Intake(
          transaction: transaction, device: device, request: request, preparation: preparation, way: way, clock: clock,
          adoptedThrough: adopted
        ).take(from: index, signature: signature, requestDigest: digest)
        return .taken(hasNews: index < request.operations.count)
      case .repeated: return .taken(hasNews: false)
      case .stale(let latest): throw ProblemKind.syncStale.with(String(latest)).telling(["latest": latest])
      case .gap(let expected): throw ProblemKind.syncGap.with(String(expected)).telling(["expected": expected])
      case .forked(let fork):
        let unknown = try tray.unknown()
        let through = try tray.keep(reason: ProblemKind.syncForked.code, signature: signature)
        return .kept(
          Self.refusal(
            ProblemKind.syncForked.with(String(fork.at)), agreed: fork.isFirst ? fork.at - 1 : nil,
            reviewed: through, unknown: unknown))
      }
    } end: { transaction, taken throws(Problem) in
      // A file is answered by another file, and an empty poll has nothing to commit.
      guard way == .network, case .taken(hasNews: true) = taken else { return (taken, nil) }
      return (taken, begin(request, dictionary, transaction))
    }
  }

  /// A refusal that tells what of the device's work is here: `acknowledged`, up to where it is part of the log;
  /// `reviewed`, up to where all of it is here; and `unknown`, a counter that the device takes to be here and is not.
  private static func refusal(_ problem: Problem, agreed: Int64?, reviewed: Int64?, unknown: Int64?) -> Problem {
    var numbers: [String: Int64] = [:]
    if let unknown { numbers["unknown"] = unknown }
    if let agreed { numbers["acknowledged"] = agreed }
    if let reviewed { numbers["reviewed"] = reviewed }
    return problem.telling(numbers)
  }

  private static func verdict(
    _ request: SyncRequest, _ digest: Digest, _ record: AuthorRecord, _ journal: any JournalReader, by way: RequestWay,
    adoptedThrough: Int64
  ) throws(Problem) -> IntakeVerdict {
    do {
      return try IntakeMachine.verdict(
        request, requestDigest: digest, record: record, isFerried: way == .file, adoptedThrough: adoptedThrough,
        held: { try journal.held(request.device, $0) },
        reviewed: { try Branches(journal: journal, author: request.device).running(at: $0) })
    } catch {
      throw (error as? Problem) ?? ProblemKind.unexpected.with("verdict")
    }
  }

  private func running(
    of device: DeviceID, at counter: Int64, _ record: AuthorRecord, _ reader: any JournalReader
  ) throws(Problem) -> Digest {
    if counter == record.counter { return record.running }
    return try reader.held(device, counter)?.running ?? Chain.start(device)
  }

  private func draft(
    _ request: SyncRequest, _ device: DeviceRow, most: Int, county: County, _ reader: any JournalReader
  ) throws(Problem) -> DraftAnswer {
    let start = Cursor(
      timeline: county.timeline, position: request.start.position, sequence: request.start.sequence)
    // A device that does not know its station yet learns it first; its cursor means nothing in the new scope.
    var assignment: Value?
    if request.assignment != device.assignment, let station = try reader.station(device.station) {
      assignment = Self.assignment(device, station)
    }
    let page =
      assignment != nil
      ? FeedPage(at: start)
      : try reader.feed(
        Intake.scopes(device), after: start, limit: max(1, most), for: device.id,
        ownThrough: try Self.ownThrough(device, reader))
    let record = try reader.author(device.id)
    // Judgements of what follows on what the device knew to be acknowledged, and none twice on later requests; a ferry
    // file may have brought more than one answer tells.
    let last = min(record.counter, request.acknowledged + Int64(Limits.operationsPerPageMax))
    let judged =
      last > request.acknowledged ? try reader.judgements(device.id, request.acknowledged + 1...last) : [:]
    // What a device may see is another matter once it knows its station.
    let tray = assignment == nil ? try TrayNews.since(request.tray, for: device, reader) : nil
    var answer = SyncAnswer(
      acknowledged: last, running: try running(of: device.id, at: last, record, reader), now: clock.now(),
      cursor: page.cursor, more: page.more, judgements: judged,
      catalog: try CatalogChanges.since(request.catalogVersion, county: county, reader), assignment: assignment,
      tray: tray)
    answer.servesAhead = page.more
    return DraftAnswer(
      page: page, told: answer, own: try own(judged, request, reader), timeline: county.timeline, key: identity.key)
  }

  /// What an answer says of the device's own operations, as it is attested.
  private func own(
    _ judgements: [Int64: Judgement], _ request: SyncRequest, _ reader: any JournalReader
  ) throws(Problem) -> [AttestedLine] {
    // What has just come need not be read again.
    let sent = Dictionary(
      request.operations.map { ($0.id.counter, $0.digest) }, uniquingKeysWith: { first, _ in first })
    var own: [AttestedLine] = []
    for (counter, judgement) in judgements.sorted(by: { $0.key < $1.key }) {
      var known = sent[counter]
      if known == nil { known = try reader.held(request.device, counter)?.digest }
      guard let digest = known else { continue }
      own.append(AttestedLine(id: OperationID(request.device, counter), digest: digest, judgement: judgement))
    }
    return own
  }
}

/// An operation whose judgement an answer tells.
struct AttestedLine: Sendable {
  let id: OperationID
  let digest: Digest
  let judgement: Judgement
}

/// An answer as it was read; the rest is reckoned without a connection, which others may be waiting for.
struct DraftAnswer: Sendable {
  let page: FeedPage
  /// All but the operations.
  fileprivate let told: SyncAnswer
  fileprivate let own: [AttestedLine]
  fileprivate let timeline: String
  fileprivate let key: SigningKey

  /// The whole answer, signed where it says something.
  /// - Throws: `store.unreadable`, `seal.invalid`.
  func answer() throws(Problem) -> SyncAnswer {
    let operations = try page.open()
    var answer = told
    answer.operations = operations
    var leaves: [UInt8] = []
    for leaf in Attestation.leaves(operations.filter { $0.judgement != nil }) ?? [] { leaves += leaf.bytes }
    for leaf in Parallel.map(own, { Attestation.leaf($0.id, $0.digest, $0.judgement) }) { leaves += leaf.bytes }
    if !leaves.isEmpty { answer.attestation = try key.sign(Attestation.message(timeline: timeline, leaves: leaves)) }
    return answer
  }
}

/// What of the catalogue a device does not have yet.
package enum CatalogChanges {
  /// - Parameter version: what the device holds; an unknown one gets everything.
  /// - Returns: `{version, matters:[[id, digest, bytes]], removed:[id], documents:{calendar, divisions, …}}`, or
  ///   nil where it is up to date.
  package static func since(
    _ version: String, county: County, _ reader: any JournalReader
  ) throws(Problem) -> Value? {
    let current = try stamp(county, reader)
    guard version != current else { return nil }
    // What is counted changes every day; for that alone nobody fetches the rest again.
    if registry(version) == registry(current) {
      var documents: Members = [:]
      if counted(0, version) != counted(0, current) { documents[ReturnCounts.registry] = try ReturnCounts.all(reader) }
      if counted(1, version) != counted(1, current) { documents[BackupCount.name] = try BackupCount.value(reader) }
      return ["version": .text(current), "matters": [], "removed": [], "documents": .object(documents)]
    }
    let known = try reader.catalogManifest(String(version.prefix { $0 != "+" })) ?? [:]
    let manifest = try reader.catalogManifest(county.catalog.version) ?? [:]
    var matters: [Value] = []
    for id in manifest.keys.sorted() where known[id] != manifest[id] {
      guard let digest = manifest[id], let bytes = try reader.catalogFile(digest) else { continue }
      matters.append([.text(id), .text(digest), .bytes(bytes)])
    }
    let removed = known.keys.filter { manifest[$0] == nil }.sorted()
    return [
      "version": .text(current), "matters": .array(matters), "removed": .array(removed.map(Value.text)),
      "documents": [
        "calendar": try reader.document(RegistryKey.data, RegistryKey.calendar) ?? .null,
        "divisions": try reader.document(RegistryKey.data, RegistryKey.divisions) ?? .null,
        "county": try reader.document(RegistryKey.settings, RegistryKey.county) ?? .null,
        RegistryKey.sharing: try reader.document(RegistryKey.data, RegistryKey.sharing) ?? .null,
        RegistryKey.facts: try reader.document(RegistryKey.data, RegistryKey.facts) ?? .null,
        "stations": .array(
          try reader.stations().map { ["id": .text($0.id.text), "name": .text($0.name)] }),
        RegistryKey.ferry: try reader.document(RegistryKey.settings, RegistryKey.ferry) ?? .null,
        ReturnCounts.registry: try ReturnCounts.all(reader), BackupCount.name: try BackupCount.value(reader),
      ],
    ]
  }

  /// What a device's catalogue is called: the published version, the registry's revision, the edition of what was
  /// counted of returns, and how many backups were made; without what is 0 at the end.
  package static func stamp(_ county: County, _ reader: any JournalReader) throws(Problem) -> String {
    let (edition, backups) = (try ReturnCounts.edition(reader), try BackupCount.number(reader))
    let counted = backups > 0 ? "+\(edition)+\(backups)" : edition > 0 ? "+\(edition)" : ""
    return "\(county.catalog.version)+\(county.revision)" + counted
  }

  /// A stamp without what is counted.
  private static func registry(_ stamp: String) -> [Substring] { Array(stamp.split(separator: "+").prefix(2)) }

  /// What is counted in a stamp: the edition of the returns, then the backups.
  private static func counted(_ place: Int, _ stamp: String) -> Substring {
    stamp.split(separator: "+").dropFirst(2 + place).first ?? "0"
  }
}
