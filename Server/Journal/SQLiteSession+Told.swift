internal import Application
internal import Foundations
internal import Replication
internal import SQLite

/// Rows that a transaction was told to write, until there are enough to be written by one statement: a statement costs
/// more than most rows do.
///
/// Invariant: *nobody sees the difference.* All of them are written before anything else is asked or changed, and
/// before the commit; a transaction that is rolled back forgets them.
struct ToldRows {
  /// Into what, and how. None of these rows depends on another.
  enum Table: Int, CaseIterable {
    case places, operations, applications, terms, proceedings, outbox
  }

  /// An application that enters a scope.
  struct Entry: Hashable {
    let scope: String
    let application: ApplicationID
  }

  var rows = [[[Binding]]](repeating: [], count: Table.allCases.count)
  /// Scope, the application's place and the position at which it enters.
  var entering: [[Binding]] = []
  var entered: Set<Entry> = []
  /// The application's place and the sequence of what was appended: it stands in the feeds of the scopes that the
  /// application is in.
  var appended: [[Binding]] = []
  /// The places of applications that this transaction has asked for; nil for one that has none.
  var places: [ApplicationID: Int64?] = [:]
  /// The last place given out; nil before this transaction has given out any.
  var lastPlace: Int64?

  var isEmpty: Bool { appended.isEmpty && entering.isEmpty && rows.allSatisfy { $0.isEmpty } }
}

extension SQLiteSession {
  /// Runs a transaction that writes.
  func writing<Result>(_ transaction: () throws(Problem) -> Result) throws(Problem) -> Result {
    isWriting = true
    defer { (told, isWriting) = (ToldRows(), false) }
    return try transaction()
  }

  // MARK: Places

  /// The place of an application; nil for one of which nothing was ever here.
  func place(of application: ApplicationID) throws(Problem) -> Int64? {
    if let known = told.places[application] { return known }
    let place = try row("SELECT place FROM places WHERE application = ?", [.text(application.text)]) {
      row throws(Problem) in row.integer(0)
    }
    // Who only reads has a snapshot of his own each time.
    if isWriting { told.places[application] = .some(place) }
    return place
  }

  /// The place of an application, the next one if it has none yet.
  func place(for application: ApplicationID) throws(Problem) -> Int64 {
    if let place = try place(of: application) { return place }
    var last = told.lastPlace
    if last == nil { last = try row("SELECT max(place) FROM places") { row throws(Problem) in row.integer(0) } }
    let place = (last ?? 0) + 1
    told.lastPlace = place
    told.places[application] = .some(place)
    try tell(.places, [.integer(place), .text(application.text)])
    return place
  }

  // MARK: Rows

  /// Writes a row together with others of its table.
  func tell(_ table: ToldRows.Table, _ row: [Binding]) throws(Problem) {
    told.rows[table.rawValue].append(row)
    if told.rows[table.rawValue].count == ManyRows.most { try write(table) }
  }

  /// Writes all that was told.
  func writeTold() throws(Problem) {
    guard !told.isEmpty else { return }
    for table in ToldRows.Table.allCases { try write(table) }
    let (entering, appended) = (told.entering, told.appended)
    (told.entering, told.entered, told.appended) = ([], [], [])
    // Entering a scope brings everything the application has so far, at the position of entry; what it is in already,
    // it does not enter again. What comes later has a place of its own in each feed.
    try run(Self.enteringFeed, entering)
    try run(Self.enteringScopes, entering)
    try run(Self.appendedFeed, appended)
  }

  private func write(_ table: ToldRows.Table) throws(Problem) {
    let rows = told.rows[table.rawValue]
    told.rows[table.rawValue] = []
    try run(Self.insertions[table.rawValue], rows)
  }

  private func run(_ statement: ManyRows, _ rows: [[Binding]]) throws(Problem) {
    do { try connection.run(statement, rows) } catch { throw error.problem }
  }

  /// By `ToldRows.Table`. What fails ends the transaction, and so needs no way back of its own: `OR FAIL`.
  private static let insertions = [
    ManyRows("INSERT OR FAIL INTO places(place, application)"),
    ManyRows(
      """
      INSERT OR FAIL INTO operations(sequence, author, counter, application, disposition, received, captured, doubtful,
        header, body, digest, running, waited, place)
      """),
    ManyRows("INSERT OR REPLACE INTO applications(\(applicationColumns))"),
    ManyRows("INSERT OR FAIL INTO terms(term, place)"),
    ManyRows("INSERT OR REPLACE INTO proceedings(\(proceedingColumns))"),
    ManyRows("INSERT OR IGNORE INTO outbox(\(dispatchColumns))"),
  ]

  private static let enteringFeed = ManyRows(columns: 3) { rows in
    """
    WITH entering(scope, place, position) AS (VALUES\(rows))
    INSERT OR IGNORE INTO feed(scope, position, sequence)
      SELECT entering.scope, entering.position, operations.sequence FROM entering CROSS JOIN operations
        ON operations.place = entering.place AND operations.sequence <= entering.position
      WHERE NOT EXISTS(
        SELECT 1 FROM scopes WHERE scopes.place = entering.place AND scopes.scope = entering.scope)
    """
  }

  private static let enteringScopes = ManyRows("INSERT OR IGNORE INTO scopes(scope, place, entered)")

  private static let appendedFeed = ManyRows(columns: 2) { rows in
    """
    WITH appended(place, sequence) AS (VALUES\(rows))
    INSERT OR FAIL INTO feed(scope, position, sequence)
      SELECT scope, appended.sequence, appended.sequence FROM appended CROSS JOIN scopes
        ON scopes.place = appended.place AND scopes.entered < appended.sequence
    """
  }
}
