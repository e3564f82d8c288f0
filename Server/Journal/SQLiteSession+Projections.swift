internal import Application
internal import Cryptography
internal import Foundations
internal import Replication
internal import SQLite

/// Applications, proceedings, the outbox: rows that are computed from the log.
extension SQLiteSession {
  static let applicationColumns = "place, code, matter, station, status, version, last, submitted, digest, terms"
  static let proceedingColumns = "place, item, window, status, version, received, last, deferred"
  static let dispatchColumns =
    "place, id, item, version, window, status, attempts, next, created, delivered, failure"

  // A place says nothing outside this database: what is read names the application.
  private static let applicationValues =
    "application, code, matter, station, status, version, last, submitted, digest"
  private static let proceedingValues = "application, item, window, status, version, received, last, deferred"
  private static let dispatchValues =
    "application, id, item, version, window, status, attempts, next, created, delivered, failure"

  private func applicationRow(_ row: Statement) -> ApplicationRow {
    ApplicationRow(
      id: ApplicationID(row.text(0)), code: row.text(1), matter: MatterID(row.text(2)),
      station: StationID(row.text(3)), status: row.text(4), version: row.integer(5), lastSequence: row.integer(6),
      submittedAt: Instant(optional: row.optionalInteger(7)), digest: row.blob(8))
  }

  private func proceedingRow(_ row: Statement) -> ProceedingRow {
    let application = ApplicationID(row.text(0))
    return ProceedingRow(
      id: ProceedingID(application, ItemID(row.text(1))), application: application,
      window: row.optionalText(2).map { WindowID($0) }, status: row.text(3), version: row.integer(4),
      receivedAt: Instant(optional: row.optionalInteger(5)), lastSequence: row.integer(6),
      awaitsDeferred: row.optionalInteger(7).map { $0 != 0 })
  }

  private func dispatchRow(_ row: Statement) -> DispatchRow {
    let application = ApplicationID(row.text(0))
    return DispatchRow(
      id: row.text(1), proceeding: ProceedingID(application, ItemID(row.text(2))), application: application,
      version: row.integer(3), window: WindowID(row.text(4)), status: row.text(5), attempts: row.integer(6),
      nextAt: Instant(milliseconds: row.integer(7)), createdAt: Instant(milliseconds: row.integer(8)),
      deliveredAt: Instant(optional: row.optionalInteger(9)), failure: row.optionalText(10))
  }

  func application(_ id: ApplicationID) throws(Problem) -> ApplicationRow? {
    try row(
      "SELECT \(Self.applicationValues) FROM places JOIN applications USING(place) WHERE application = ?",
      [.text(id.text)]
    ) {
      row throws(Problem) in applicationRow(row)
    }
  }

  func applications(since sequence: Int64, limit: Int) throws(Problem) -> [ApplicationRow] {
    try rows(
      """
      SELECT \(Self.applicationValues) FROM applications CROSS JOIN places USING(place)
      WHERE last > ? ORDER BY last LIMIT ?
      """,
      [.integer(sequence), .integer(Int64(limit))]
    ) { row throws(Problem) in applicationRow(row) }
  }

  func listedApplications(since sequence: Int64, limit: Int) throws(Problem) -> [ApplicationRow] {
    try rows(
      """
      SELECT \(Self.applicationValues) FROM applications CROSS JOIN places USING(place)
      WHERE last > ?1 AND coalesce((SELECT disposition FROM operations WHERE operations.place = applications.place
        ORDER BY sequence LIMIT 1), '') NOT IN (?3, ?4) ORDER BY last LIMIT ?2
      """,
      [.integer(sequence), .integer(Int64(limit))] + Self.elsewhere
    ) { row throws(Problem) in applicationRow(row) }
  }

  func applications(beginning text: String, limit: Int) throws(Problem) -> [ApplicationRow] {
    // The last Unicode scalar closes the range of everything that begins with the text. In the order of the index what
    // has just this id or code comes before what only begins with it.
    let end = text + "\u{10FFFF}"
    return try rows(
      """
      SELECT * FROM (SELECT \(Self.applicationValues) FROM places CROSS JOIN applications USING(place)
        WHERE application >= ?1 AND application < ?2 ORDER BY application LIMIT ?3)
      UNION SELECT * FROM (SELECT \(Self.applicationValues) FROM applications CROSS JOIN places USING(place)
        WHERE code >= ?1 AND code < ?2 ORDER BY code LIMIT ?3)
      """, [.text(text), .text(end), .integer(Int64(limit))]
    ) { row throws(Problem) in applicationRow(row) }
  }

  func applications(terms: [SearchTerm], limit: Int) throws(Problem) -> [ApplicationID] {
    var found: Set<ApplicationID> = []
    for key in keys(of: terms) {
      found.formUnion(
        try rows(
          "SELECT application FROM terms CROSS JOIN places USING(place) WHERE term = ? LIMIT ?",
          [.integer(key), .integer(Int64(limit))]
        ) { row throws(Problem) in ApplicationID(row.text(0)) })
    }
    return Array(found.sorted().prefix(limit))
  }

  func termKeys(_ id: ApplicationID) throws(Problem) -> [Int64] {
    guard let place = try place(of: id) else { return [] }
    var found: [Int64] = []
    for term in try listedTerms(place) {
      found += try rows(
        "SELECT term FROM terms WHERE term = ? AND place = ?", [.integer(term), .integer(place)]
      ) { row throws(Problem) in row.integer(0) }
    }
    return found
  }

  /// The terms that an application's row lists.
  private func listedTerms(_ place: Int64) throws(Problem) -> [Int64] {
    try row("SELECT terms FROM applications WHERE place = ?", [.integer(place)]) { row throws(Problem) in
      TermList.keys(row.blob(0))
    } ?? []
  }

  func termCounts() throws(Problem) -> (listed: Int64, found: Int64) {
    let listed = try row("SELECT coalesce(sum(length(terms)), 0) FROM applications") { row throws(Problem) in
      row.integer(0) / Int64(TermList.keyBytes)
    }
    let found = try row("SELECT count(*) FROM terms") { row throws(Problem) in row.integer(0) }
    return (listed ?? 0, found ?? 0)
  }

  func keys(of terms: [SearchTerm]) -> [Int64] {
    Set(terms.map { seals.index.term($0.kind, $0.value) }).sorted()
  }

  func applicationsUnderWay(
    _ matter: MatterID, terms: [SearchTerm], limit: Int
  ) throws(Problem) -> [ApplicationID] {
    var found: Set<ApplicationID> = []
    for key in keys(of: terms) {
      found.formUnion(
        try rows(
          """
          SELECT application FROM terms CROSS JOIN applications USING(place) CROSS JOIN places USING(place)
          WHERE term = ? AND matter = ? AND status IN ('submitted', 'inProgress', 'correction') LIMIT ?
          """, [.integer(key), .text(matter.text), .integer(Int64(limit))]
        ) { row throws(Problem) in ApplicationID(row.text(0)) })
    }
    return found.sorted()
  }

  func proceeding(_ id: ProceedingID) throws(Problem) -> ProceedingRow? {
    try row(
      "SELECT \(Self.proceedingValues) FROM places JOIN proceedings USING(place) WHERE application = ? AND item = ?",
      [.text(id.application.text), .text(id.item.text)]
    ) { row throws(Problem) in proceedingRow(row) }
  }

  func proceedings(
    window: WindowID, status: String?, after: ProceedingID?, limit: Int
  ) throws(Problem) -> [ProceedingRow] {
    try rows(
      """
      SELECT \(Self.proceedingValues) FROM proceedings CROSS JOIN places USING(place)
      WHERE window = ?1 AND (place, item) > (coalesce((SELECT place FROM places WHERE application = ?2), 0), ?3)
        AND (?4 IS NULL OR status = ?4) ORDER BY place, item LIMIT ?5
      """,
      [
        .text(window.text), .text(after?.application.text ?? ""), .text(after?.item.text ?? ""), Binding(status),
        .integer(Int64(limit)),
      ]
    ) { row throws(Problem) in proceedingRow(row) }
  }

  func unrouted(after: ProceedingID?, limit: Int) throws(Problem) -> [ProceedingRow] {
    let lost = try lostWindows()
    let isThere = lost.isEmpty ? "window IS NULL" : "(window IS NULL OR window IN (SELECT value FROM json_each(?4)))"
    return try rows(
      """
      SELECT \(Self.proceedingValues) FROM proceedings CROSS JOIN places USING(place)
      WHERE \(isThere) AND status NOT IN ('rejected', 'delivered', 'closed', 'terminated')
        AND (place, item) > (coalesce((SELECT place FROM places WHERE application = ?1), 0), ?2)
      ORDER BY place, item LIMIT ?3
      """,
      [.text(after?.application.text ?? ""), .text(after?.item.text ?? ""), .integer(Int64(limit))]
        + (lost.isEmpty ? [] : [.text(JSON.text(.array(lost.map(Value.text))))])
    ) { row throws(Problem) in proceedingRow(row) }
  }

  /// Windows that proceedings lie with and the registry does not have. From one name to the next, by the index: there
  /// are few windows and many proceedings.
  private func lostWindows() throws(Problem) -> [String] {
    try rows(
      """
      WITH RECURSIVE used(window) AS (
        SELECT min(window) FROM proceedings
        UNION ALL SELECT (SELECT min(window) FROM proceedings WHERE window > used.window) FROM used
          WHERE used.window IS NOT NULL)
      SELECT window FROM used WHERE window IS NOT NULL
        AND NOT EXISTS(SELECT 1 FROM documents WHERE kind = 'window' AND key = used.window)
      """
    ) { row throws(Problem) in row.text(0) }
  }

  func projectedRows(_ id: ApplicationID) throws(Problem) -> [ProceedingRow] {
    try rows(
      """
      SELECT \(Self.proceedingValues) FROM places CROSS JOIN proceedings USING(place) WHERE application = ?
      ORDER BY item
      """, [.text(id.text)]
    ) { row throws(Problem) in proceedingRow(row) }
  }

  var termIndex: KeyedIndex { seals.index }

  func setApplication(
    _ row: ApplicationRow, terms wanted: Set<Int64>, proceedings: [ProceedingRow], isNew: Bool
  ) throws(Problem) {
    let number = try place(for: row.id)
    let held = isNew ? [] : try listedTerms(number)
    let place = Binding.integer(number)
    try tell(
      .applications,
      [
        place, .text(row.code), .text(row.matter.text), .text(row.station.text), .text(row.status),
        .integer(row.version), .integer(row.lastSequence), Binding(row.submittedAt?.milliseconds), .blob(row.digest),
        .blob(TermList.bytes(wanted)),
      ])
    for term in held where !wanted.contains(term) {
      try run("DELETE FROM terms WHERE term = ? AND place = ?", [.integer(term), place])
    }
    let fresh = held.isEmpty ? wanted : wanted.subtracting(held)
    for term in fresh.sorted() { try tell(.terms, [.integer(term), place]) }
    for proceeding in proceedings {
      try tell(
        .proceedings,
        [
          place, .text(proceeding.id.item.text), Binding(proceeding.window?.text), .text(proceeding.status),
          .integer(proceeding.version), Binding(proceeding.receivedAt?.milliseconds),
          .integer(proceeding.lastSequence), Binding(proceeding.awaitsDeferred.map { $0 ? 1 : 0 }),
        ])
    }
  }

  // MARK: Outbox

  func dispatches(dead: Bool, limit: Int) throws(Problem) -> [DispatchRow] {
    try rows(
      """
      SELECT \(Self.dispatchValues) FROM outbox CROSS JOIN places USING(place)
      WHERE NOT ?1 OR status IN ('dead', 'unknown') ORDER BY created, id LIMIT ?2
      """, [.integer(dead ? 1 : 0), .integer(Int64(limit))]
    ) { row throws(Problem) in dispatchRow(row) }
  }

  /// Rows are ordered by application: without it all of them are looked through, which only a person's question does.
  func dispatch(_ id: String, of application: ApplicationID?) throws(Problem) -> DispatchRow? {
    try row(
      application == nil
        ? "SELECT \(Self.dispatchValues) FROM outbox CROSS JOIN places USING(place) WHERE id = ?1"
        : "SELECT \(Self.dispatchValues) FROM places CROSS JOIN outbox USING(place) WHERE id = ?1 AND application = ?2",
      [.text(id)] + (application.map { [.text($0.text)] } ?? [])
    ) { row throws(Problem) in dispatchRow(row) }
  }

  /// In order per application: a dispatch waits for the earlier ones of its application to the same window.
  func dueDispatches(now: Instant, of each: Int, except windows: Set<WindowID>) throws(Problem) -> [DispatchRow] {
    let passed = JSON.text(.array(windows.map { .text($0.text) }))
    return try rows(
      """
      SELECT \(Self.dispatchValues) FROM (
        SELECT place, id, row_number() OVER (PARTITION BY window ORDER BY next, place, id) AS turn
        FROM outbox AS this
        WHERE status = 'queued' AND next <= ?1 AND window NOT IN (SELECT value FROM json_each(?3)) AND NOT EXISTS(
          SELECT 1 FROM outbox AS earlier WHERE earlier.place = this.place
            AND earlier.window = this.window AND earlier.status = 'queued'
            AND (earlier.version, earlier.created, earlier.id) < (this.version, this.created, this.id)))
        CROSS JOIN outbox USING(place, id) CROSS JOIN places USING(place)
      WHERE turn <= ?2 ORDER BY next, place, id
      """, [now.binding, .integer(Int64(each)), .text(passed)]
    ) { row throws(Problem) in dispatchRow(row) }
  }

  func queuedDispatches() throws(Problem) -> Int {
    try row("SELECT count(*) FROM outbox WHERE status = 'queued'") { row throws(Problem) in
      Int(clamping: row.integer(0))
    } ?? 0
  }

  func nextDispatch(after time: Instant) throws(Problem) -> Instant? {
    try row("SELECT min(next) FROM outbox WHERE status = 'queued' AND next > ?", [time.binding]) {
      row throws(Problem) in Instant(optional: row.optionalInteger(0))
    } ?? nil
  }

  func addDispatch(_ row: DispatchRow) throws(Problem) { try tell(.outbox, bindings(row)) }

  func setDispatch(_ row: DispatchRow) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO outbox(\(Self.dispatchColumns)) VALUES(?,?,?,?,?,?,?,?,?,?,?)", bindings(row))
  }

  func withdrawDispatches(of application: ApplicationID, where isOver: (DispatchRow) -> Bool) throws(Problem) {
    let rows = try rows(
      """
      SELECT \(Self.dispatchValues) FROM places CROSS JOIN outbox USING(place)
      WHERE application = ? AND status IN ('queued', 'dead', 'unknown')
      """,
      [.text(application.text)]
    ) { row throws(Problem) in dispatchRow(row) }
    for var row in rows where isOver(row) {
      row.status = DispatchRow.withdrawn
      try setDispatch(row)
    }
  }

  func queueAgain(to window: WindowID, at now: Instant) throws(Problem) -> Int {
    // What may have arrived keeps its failure, by which the receiver is asked before it is told. A receiver that asked
    // for a long pause is there again.
    try run(
      """
      UPDATE outbox SET status = 'queued', attempts = 0, next = ?2,
        failure = CASE status WHEN 'dead' THEN NULL ELSE failure END
      WHERE window = ?1 AND (status IN ('dead', 'unknown') OR (status = 'queued' AND next > ?2))
        AND \(Self.isCurrent)
      """, [.text(window.text), now.binding])
    return connection.changes
  }

  /// Whether what is to be told of still lies with its window, in this version.
  private static let isCurrent = """
    EXISTS(
      SELECT 1 FROM proceedings WHERE proceedings.place = outbox.place AND proceedings.item = outbox.item
        AND proceedings.window = outbox.window AND proceedings.version = outbox.version
        AND proceedings.status NOT IN ('rejected', 'delivered', 'closed', 'terminated'))
    """

  func mayGoOut(_ row: DispatchRow) throws(Problem) -> Bool {
    try self.row(
      """
      SELECT 1 FROM places CROSS JOIN outbox USING(place) WHERE application = ? AND id = ? AND \(Self.isCurrent)
      """, [.text(row.application.text), .text(row.id)]
    ) { row throws(Problem) in true } ?? false
  }

  private func bindings(_ row: DispatchRow) throws(Problem) -> [Binding] {
    [
      .integer(try place(for: row.application)), .text(row.id), .text(row.proceeding.item.text), .integer(row.version),
      .text(row.window.text), .text(row.status), .integer(row.attempts), row.nextAt.binding, row.createdAt.binding,
      Binding(row.deliveredAt?.milliseconds), Binding(row.failure),
    ]
  }
}

/// The keys of an application's search terms as its row holds them: eight bytes each, sorted.
enum TermList {
  static let keyBytes = 8

  static func bytes(_ keys: some Sequence<Int64>) -> [UInt8] {
    var bytes: [UInt8] = []
    for key in keys.sorted() {
      for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: key >> Int64(shift))) }
    }
    return bytes
  }

  static func keys(_ bytes: [UInt8]) -> [Int64] {
    stride(from: 0, to: bytes.count - bytes.count % keyBytes, by: keyBytes).map { start in
      bytes[start..<start + keyBytes].reduce(0) { $0 << 8 | Int64($1) }
    }
  }
}
