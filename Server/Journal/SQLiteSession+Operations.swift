internal import Cryptography
internal import Foundations
internal import Replication
internal import SQLite
internal import Wire

/// The log.
extension SQLiteSession {
  private static let columns =
    "sequence, author, counter, disposition, received, captured, doubtful, header, body, digest, application"

  func author(_ device: DeviceID) throws(Problem) -> AuthorRecord {
    let record = try row(
      "SELECT counter, running, number, request FROM authors WHERE device = ?", [.text(device.text)]
    ) { row throws(Problem) in
      AuthorRecord(
        counter: row.integer(0), running: try Self.digest(row.blob(1)), number: row.integer(2),
        request: row.optionalBlob(3).flatMap(Digest.init(bytes:)))
    }
    return record ?? AuthorRecord(counter: 0, running: Chain.start(device), number: 0, request: nil)
  }

  static func digest(_ bytes: [UInt8]) throws(Problem) -> Digest {
    guard let digest = Digest(bytes: bytes) else { throw ProblemKind.storeUnreadable.with("digest") }
    return digest
  }

  func held(_ device: DeviceID, _ counter: Int64) throws(Problem) -> (digest: Digest, running: Digest?)? {
    try row(
      """
      SELECT digest, running FROM operations WHERE author = ?1 AND counter = ?2
      UNION ALL SELECT digest, running FROM waiting WHERE author = ?1 AND counter = ?2
      """,
      [.text(device.text), .integer(counter)]
    ) { row throws(Problem) in (try Self.digest(row.blob(0)), Digest(bytes: row.blob(1))) }
  }

  func judgements(_ device: DeviceID, _ counters: ClosedRange<Int64>) throws(Problem) -> [Int64: Judgement] {
    let pairs = try rows(
      """
      SELECT counter, sequence, disposition, received, captured, doubtful FROM operations
      WHERE author = ? AND counter BETWEEN ? AND ?
      """, [.text(device.text), .integer(counters.lowerBound), .integer(counters.upperBound)]
    ) { row throws(Problem) in
      (
        row.integer(0),
        try Self.judgement(
          sequence: row.integer(1), disposition: row.text(2), received: row.integer(3), captured: row.integer(4),
          doubtful: row.integer(5))
      )
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  static func judgement(
    sequence: Int64, disposition: String, received: Int64, captured: Int64, doubtful: Int64
  ) throws(Problem) -> Judgement {
    guard let disposition = Disposition(text: disposition) else {
      throw ProblemKind.storeUnreadable.with("operations.disposition")
    }
    return Judgement(
      sequence: sequence, disposition: disposition, receivedAt: Instant(milliseconds: received),
      capturedAt: Instant(milliseconds: captured), captureDoubtful: doubtful != 0)
  }

  private func judged(_ row: Statement) throws(Problem) -> JudgedOperation {
    try StoredOperation(row).open(by: seals.sealer, believing: false)
  }

  func operation(_ id: OperationID) throws(Problem) -> JudgedOperation? {
    try row(
      "SELECT \(Self.columns) FROM operations WHERE author = ? AND counter = ?",
      [.text(id.device.text), .integer(id.counter)]
    ) { row throws(Problem) in try judged(row) }
  }

  func operations(_ application: ApplicationID) throws(Problem) -> [JudgedOperation] {
    guard let place = try place(of: application) else { return [] }
    return try operations(where: "place", is: .integer(place))
  }

  /// Operations that have a value in a column, in the order of their sequence.
  func operations(where column: String, is value: Binding) throws(Problem) -> [JudgedOperation] {
    try rows("SELECT \(Self.columns) FROM operations WHERE \(column) = ? ORDER BY sequence", [value]) {
      row throws(Problem) in try judged(row)
    }
  }

  func operations(after sequence: Int64, limit: Int) throws(Problem) -> [JudgedOperation] {
    try rows(
      "SELECT \(Self.columns) FROM operations WHERE sequence > ? ORDER BY sequence LIMIT ?",
      [.integer(sequence), .integer(Int64(limit))]
    ) { row throws(Problem) in try judged(row) }
  }

  func misplacedOperations() throws(Problem) -> Int64 {
    try row(
      """
      SELECT count(*) FROM operations LEFT JOIN places USING(place)
      WHERE places.application IS NOT operations.application
      """
    ) { row throws(Problem) in row.integer(0) } ?? 0
  }

  func lastSequence() throws(Problem) -> Int64 {
    try row("SELECT coalesce(max(sequence), 0) FROM operations") { row throws(Problem) in row.integer(0) } ?? 0
  }

  func batches(_ device: DeviceID) throws(Problem) -> [Batch] {
    let stored = try rows(
      "SELECT number, first, count, control, signature FROM batches WHERE author = ? ORDER BY first, count, number",
      [.text(device.text)]
    ) { row throws(Problem) in
      (
        number: row.integer(0), first: row.integer(1), count: row.integer(2), control: try Self.digest(row.blob(3)),
        signature: row.blob(4)
      )
    }
    var batches: [Batch] = []
    for batch in stored {
      let digests = try rows(
        """
        SELECT digest FROM (SELECT author, counter, digest FROM operations
          UNION ALL SELECT author, counter, digest FROM waiting)
        WHERE author = ? AND counter >= ? AND counter < ? ORDER BY counter
        """,
        [.text(device.text), .integer(batch.first), .integer(batch.first + batch.count)]
      ) { row throws(Problem) in try Self.digest(row.blob(0)) }
      batches.append(
        Batch(
          author: device, number: batch.number, firstCounter: batch.first, digests: digests, control: batch.control,
          signature: batch.signature))
    }
    return batches
  }

  func operationsElsewhere() throws(Problem) -> [JudgedOperation] {
    // By the index of what was not applied.
    try rows(
      """
      SELECT \(Self.columns) FROM operations WHERE disposition <> 'applied' AND disposition IN (?, ?)
      ORDER BY sequence
      """, Self.elsewhere
    ) { row throws(Problem) in try judged(row) }
  }

  /// The dispositions of what stands in the log already.
  static let elsewhere = [Disposition.admittedCode, Disposition.remintedCode].map {
    Binding.text(Disposition.refused($0).text)
  }

  func tray(limit: Int) throws(Problem) -> [(operation: JudgedOperation, application: ApplicationID)] {
    try rows(
      """
      SELECT \(Self.columns) FROM operations WHERE disposition <> 'applied' AND disposition NOT IN (?, ?, ?)
      AND NOT EXISTS(
        SELECT 1 FROM reviews WHERE reviews.author = operations.author AND reviews.counter = operations.counter
          AND reviews.digest = operations.digest AND reviews.status <> 'open')
      ORDER BY sequence LIMIT ?
      """,
      // Nobody has to look at what is there already, and what came late is its window's to decide.
      [.text(Disposition.late.text)] + Self.elsewhere + [.integer(Int64(limit))]
    ) { row throws(Problem) in (try judged(row), ApplicationID(row.text(10))) }
  }

  func sealing(_ count: Int) -> OperationSealing {
    OperationSealing(sealer: seals.sealer, nonces: Nonces(count, seals.random))
  }

  func seal(_ operations: [Operation]) -> [SealedOperation] {
    let sealing = sealing(operations.count)
    return Parallel.map(Array(operations.enumerated())) { sealing.seal($1, at: $0) }
  }

  func append(
    _ judged: JudgedOperation, sealed: SealedOperation, running: Digest?, waited: Bool
  ) throws(Problem) {
    let operation = judged.operation
    guard let judgement = judged.judgement else { throw ProblemKind.unexpected.with("journal append") }
    let place = Binding.integer(try place(for: operation.header.application))
    try tell(
      .operations,
      [
        .integer(judgement.sequence), .text(operation.id.device.text), .integer(operation.id.counter),
        .text(operation.header.application.text), .text(judgement.disposition.text), judgement.receivedAt.binding,
        judgement.capturedAt.binding, .integer(judgement.captureDoubtful ? 1 : 0), .blob(sealed.header),
        Binding(sealed.body), .blob(operation.digest.bytes), .blob(running?.bytes ?? []), .integer(waited ? 1 : 0),
        place,
      ])
    told.appended.append([place, .integer(judgement.sequence)])
  }

  func setAuthor(_ device: DeviceID, _ record: AuthorRecord) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO authors(device, counter, running, number, request) VALUES(?,?,?,?,?)",
      [
        .text(device.text), .integer(record.counter), .blob(record.running.bytes), .integer(record.number),
        Binding(record.request?.bytes),
      ])
  }

  func addBatch(_ batch: Batch) throws(Problem) {
    try run(
      "INSERT INTO batches(author, number, first, count, control, signature) VALUES(?,?,?,?,?,?)",
      [
        .text(batch.author.text), .integer(batch.number), .integer(batch.firstCounter),
        .integer(Int64(batch.digests.count)), .blob(batch.control.bytes), .blob(batch.signature),
      ])
  }

  // MARK: Scope

  func scopes(_ application: ApplicationID) throws(Problem) -> [String] {
    guard let place = try place(of: application) else { return [] }
    return try rows("SELECT scope FROM scopes WHERE place = ? ORDER BY scope", [.integer(place)]) {
      row throws(Problem) in row.text(0)
    }
  }

  func applications(in scopes: [String]) throws(Problem) -> [ApplicationID: Int64] {
    var found: [ApplicationID: Int64] = [:]
    for scope in scopes {
      let entries = try rows(
        "SELECT application, entered FROM scopes CROSS JOIN places USING(place) WHERE scope = ?", [.text(scope)]
      ) { row throws(Problem) in (ApplicationID(row.text(0)), row.integer(1)) }
      for (id, entered) in entries { found[id] = min(found[id] ?? .max, entered) }
    }
    return found
  }

  func enter(_ scope: String, _ application: ApplicationID, at sequence: Int64) throws(Problem) {
    guard told.entered.insert(ToldRows.Entry(scope: scope, application: application)).inserted else { return }
    told.entering.append([.text(scope), .integer(try place(for: application)), .integer(sequence)])
  }

  func feed(
    _ scopes: [String], after cursor: Cursor, limit: Int, for device: DeviceID, ownThrough: Int64
  ) throws(Problem) -> FeedPage {
    var places: Set<FeedPlace> = []
    for scope in scopes {
      places.formUnion(
        try rows(
          """
          SELECT position, sequence FROM feed
          WHERE scope = ?1 AND (position, sequence) > (?2, ?3) ORDER BY position, sequence LIMIT ?4
          """, [.text(scope), .integer(cursor.position), .integer(cursor.sequence), .integer(Int64(limit) + 1)]
        ) { row throws(Problem) in FeedPlace(position: row.integer(0), sequence: row.integer(1)) })
    }
    let ordered = places.sorted()
    var last = FeedPlace(position: cursor.position, sequence: cursor.sequence)
    var found: [StoredOperation] = []
    var (count, bytes) = (0, 0)
    for place in ordered.prefix(limit) {
      // Of its own what others brought back, too, until its chain has reached it, and what it wrote before the
      // application came into its scope: it may not have it any more.
      let stored = try row(
        """
        SELECT \(Self.columns) FROM operations
        WHERE sequence = ?1 AND (author <> ?2 OR sequence <= ?3 OR sequence < ?4 OR waited OR length(running) = 0)
        """,
        [.integer(place.sequence), .text(device.text), .integer(ownThrough), .integer(place.position)]
      ) { row throws(Problem) in StoredOperation(row) }
      bytes += stored?.bytes ?? 0
      // Large operations make a short page: nobody could read it otherwise.
      guard found.isEmpty || bytes <= Limits.pageBytesMax else { break }
      if let stored { found.append(stored) }
      last = place
      count += 1
    }
    return FeedPage(
      found, sealer: seals.sealer,
      cursor: Cursor(timeline: cursor.timeline, position: last.position, sequence: last.sequence),
      more: ordered.count > count)
  }
}
