package import Application
internal import Catalog
internal import Cryptography
package import Foundations
package import Replication
internal import SQLite
internal import Wire

/// A row of a listing.
package struct ApplicationRow: Sendable, Hashable {
  package let id: ApplicationID
  package let code: String
  package let matter: MatterID
  package let status: String
  package let version: Int64
  package let updated: Instant
  /// `pending`, `partial` or `synced`.
  package let sync: String
  package let conflicts: Int64
  package let attention: Attention
  /// How many questions about duplicates are open; nil where an earlier program wrote the row.
  package var questions: Int64?
  /// What a listing shows of its contents: `{applicant, duplicates, standsBehind}` of the `show` object.
  package let view: Value
}

/// Why an application may stand in `todo`.
package struct Attention: OptionSet, Sendable, Hashable {
  package let rawValue: Int64
  package init(rawValue: Int64) { self.rawValue = rawValue }

  package static let correction = Attention(rawValue: 1)
  package static let conflict = Attention(rawValue: 2)
  package static let refused = Attention(rawValue: 4)
  package static let deferred = Attention(rawValue: 8)
  package static let certificate = Attention(rawValue: 16)
  package static let draft = Attention(rawValue: 32)
  package static let attachment = Attention(rawValue: 64)
  package static let duplicate = Attention(rawValue: 128)
  /// A version that the server has not had.
  package static let unsentVersion = Attention(rawValue: 256)
  /// Nothing was opened: what it was to be is there under another identity.
  package static let elsewhere = Attention(rawValue: 512)
  /// A window said no, and nobody has recorded that the applicant was told.
  package static let notice = Attention(rawValue: 1024)
  /// No item of it was granted, and none will be.
  package static let denied = Attention(rawValue: 2048)

  init(_ state: ApplicationState, own: Set<DeviceID>) {
    guard !Disposition.standsElsewhere(state.refusal) else {
      // What only this copy wrote there stands nowhere else, and waits for a person.
      self = state.timeline.contains { $0.isRefused(own) } ? [.elsewhere, .refused] : .elsewhere
      return
    }
    var attention: Attention = []
    if !state.inCorrection.isEmpty { attention.insert(.correction) }
    if !state.openConflicts.isEmpty || !state.contestedDuplicates.isEmpty { attention.insert(.conflict) }
    if !state.openDuplicates.isEmpty || state.standsBehind != nil { attention.insert(.duplicate) }
    let isDeclined = state.declined.keys.contains { own.contains($0.device) }
    if isDeclined || state.timeline.contains(where: { $0.isRefused(own) }) { attention.insert(.refused) }
    // Whether what was put off has arrived, and is not only attached here, the files say and not the operations.
    if !state.status.hasEnded, state.versions.contains(where: { !$0.deferred.isEmpty }) { attention.insert(.deferred) }
    // By their places: a proceeding is large, and going through them copies each.
    let (proceedings, places) = (state.proceedings, state.proceedings.indices)
    if places.contains(where: { proceedings[$0].status == .issued }) { attention.insert(.certificate) }
    if state.status == .draft { attention.insert(.draft) }
    if let version = state.version, version.arrivedAt == nil { attention.insert(.unsentVersion) }
    if !state.denialNotices.isEmpty { attention.insert(.notice) }
    if state.denial != nil { attention.insert(.denied) }
    if places.contains(where: { proceedings[$0].status == .awaitingAttachments && !proceedings[$0].awaits.isEmpty }) {
      attention.insert(.attachment)
    }
    self = attention
  }
}

extension TimelineEntry {
  /// Whether this is an operation of this device that the server did not apply.
  /// - Parameter own: the identities this device has and had.
  package func isRefused(_ own: Set<DeviceID>) -> Bool {
    guard own.contains(operation.device), let disposition else { return false }
    return disposition != .applied && !disposition.standsElsewhere
  }
}

/// What is derived from operations.
extension StoreSession {
  /// An application as its operations give it.
  package func state(_ id: ApplicationID) throws(Problem) -> ApplicationState? {
    if let state = states[id], !stale.contains(id) { return state }
    let state =
      if let source = received[id]?.source {
        try source.state(by: store.sealer)
      } else {
        ApplicationState.fold(try operations(of: id))
      }
    states[id] = state
    return state
  }

  /// Writes the projections of what has changed; the last act of a change.
  func finish() throws(Problem) {
    for id in stale { states[id] = nil }
    let changed = dirty.union(stale).sorted()
    guard !changed.isEmpty else { return }
    let own = try ownDevices()
    for start in stride(from: 0, to: changed.count, by: Self.projectedTogether) {
      try project(Array(changed[start..<min(start + Self.projectedTogether, changed.count)]), own: own)
    }
    dirty = []
  }

  /// Applications that are projected at once: a page touches hundreds, a recomputation all there are.
  private static let projectedTogether = 512

  private func project(_ ids: [ApplicationID], own: Set<DeviceID>) throws(Problem) {
    var sources: [ProjectionSource] = []
    for id in ids { sources.append(try source(id)) }
    let nonces = Nonces(ids.count, store.environment.random)
    let (sealer, index) = (store.sealer, store.index)
    var written = Projected()
    try Parallel.each(Array(sources.enumerated()), fewest: Self.projectedMin) { place, source in
      Result { () throws(Problem) in
        try StoredProjection(source, own: own, sealer: sealer, index: index, nonce: nonces[place])
      }
    } then: { (place, projection) throws(Problem) in
      let id = ids[place]
      if let projection = try projection.get() {
        if let erasure = projection.state.erasure { try erase(id, erasure) }
        try write(projection, received[id], &written)
        // Of an erased one nothing is kept.
        if received[id] != nil, projection.state.erasure == nil {
          left[id] = Standing(state: projection.state, terms: projection.terms)
        }
      } else {
        // What opened it is gone.
        try unproject(id)
      }
      // A page of an exchange touches hundreds; none is asked for again before the commit.
      stale.remove(id)
      states[id] = nil
      received[id] = nil
    }
    try write(written)
  }

  /// Rows of projections that are written together.
  private struct Projected {
    var applications: [[Binding]] = []
    var terms: [[Binding]] = []
  }

  /// Fewer applications than these are projected by one thread.
  private static let projectedMin = 8

  private func source(_ id: ApplicationID) throws(Problem) -> ProjectionSource {
    if let state = states[id], !stale.contains(id) { return .state(state) }
    if let source = received[id]?.source { return source }
    return .stored(try sealedOperations(of: id), drafted: try drafted(of: id))
  }

  /// - Parameter received: what tells which terms are here of it; nil where they are to be looked up.
  private func write(
    _ projection: StoredProjection, _ received: Received?, _ written: inout Projected
  ) throws(Problem) {
    let row = projection.row
    let id = Binding.text(row.id.text)
    written.applications.append([
      id, .text(row.code), .text(row.matter.text), .text(row.status), .integer(row.version),
      .integer(row.updated.milliseconds), .text(row.sync), .integer(row.conflicts), .integer(row.attention.rawValue),
      .blob(projection.view), Binding(row.questions), .text(Self.list(projection.terms)),
    ])
    if received == nil || received?.before.map({ $0.terms != projection.terms }) == true { try dropTerms(row.id) }
    if received?.before?.terms != projection.terms {
      written.terms += projection.terms.sorted().map { [.integer($0), id] }
    }
    guard written.applications.count == ManyRows.most else { return }
    try write(written)
    written = Projected()
  }

  private func write(_ written: Projected) throws(Problem) {
    try store.sql { connection throws(StorageError) in
      try connection.run(Self.applicationRows, written.applications)
      try connection.run(Self.termRows, written.terms)
    }
  }

  private static let applicationRows = ManyRows(
    """
    INSERT OR REPLACE INTO applications(
      id, code, matter, status, version, updated, sync, conflicts, attention, view_sealed, questions, terms)
    """)
  /// Some may be there where a row was lost that named them.
  private static let termRows = ManyRows("INSERT OR IGNORE INTO terms(term, application)")

  /// The keys an application is found by, as its row names them: what is found by a key needs no second index to be
  /// taken out again.
  private static func list(_ terms: Set<Int64>) -> String { terms.sorted().map(String.init).joined(separator: ",") }

  private func dropTerms(_ application: ApplicationID) throws(Problem) {
    try run(
      """
      DELETE FROM terms WHERE application = ?1 AND term IN
        (SELECT value FROM json_each('[' || (SELECT terms FROM applications WHERE id = ?1) || ']'))
      """, [.text(application.text)])
  }

  /// Takes an application out of every listing and search.
  func unproject(_ application: ApplicationID) throws(Problem) {
    try dropTerms(application)
    try run("DELETE FROM applications WHERE id = ?", [.text(application.text)])
    states[application] = nil
    received[application] = nil
    earlier[application] = nil
    left[application] = nil
    stale.remove(application)
    dirty.remove(application)
  }

  // MARK: Listing

  /// Applications, the latest changed first.
  /// - Parameters:
  ///   - status: only these.
  ///   - text: only those that a search for this text finds.
  ///   - term: only those that are found by this; as much as a person's number tells, they may be of others, too.
  ///   - attention: only those with one of these.
  package func applications(
    status: String? = nil, text: String? = nil, term: SearchTerm? = nil, attention: Attention? = nil, limit: Int
  ) throws(Problem) -> [ApplicationRow] {
    // What stands elsewhere is listed there; here it counts only for what was refused of it.
    let hidden: Attention = attention?.contains(.refused) == true ? [.elsewhere, .refused] : .elsewhere
    let isListed = "attention & \(hidden.rawValue) <> \(Attention.elsewhere.rawValue)"
    var conditions = [isListed]
    var arguments: [Binding] = []
    if let status {
      conditions.append("status = ?")
      arguments.append(.text(status))
    }
    if let attention {
      // The first by its index: few of many want any.
      conditions.append("attention <> 0 AND attention & ? <> 0")
      arguments.append(.integer(attention.rawValue))
    }
    if let term {
      conditions.append("id IN (SELECT application FROM terms WHERE term = ?)")
      arguments.append(.integer(store.index.term(term.kind, term.value)))
    }
    if let text {
      let terms = SearchTerm.meant(by: text).map { store.index.term($0.kind, $0.value) }
      let marks = terms.map { _ in "?" }.joined(separator: ", ")
      // Both by their indexes: looking through the applications themselves reads the whole store.
      let found = try rows(
        conditions + [
          "id IN (SELECT application FROM terms WHERE term IN (\(marks)) "
            + "UNION ALL SELECT id FROM applications WHERE code LIKE ? ESCAPE '!')"
        ], arguments + terms.map(Binding.integer) + [.text(Self.pattern(text))], limit: limit)
      guard found.isEmpty, MatterID(text).isSound else { return found }
      conditions.append("matter = ?")
      arguments.append(.text(text))
    }
    return try rows(conditions, arguments, limit: limit)
  }

  private func rows(
    _ conditions: [String], _ arguments: [Binding], limit: Int
  ) throws(Problem) -> [ApplicationRow] {
    let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    return try rows(condition + " ORDER BY updated DESC, id LIMIT ?", arguments + [Binding(Int64(limit))])
  }

  private static func pattern(_ text: String) -> String {
    // SQLite refuses long patterns; what is cut off here is longer than any id or code, and so matches none either way.
    let short = String(String.UnicodeScalarView(text.trimmed.unicodeScalars.prefix(200)))
    return "%" + short.replacing("!", with: "!!").replacing("%", with: "!%").replacing("_", with: "!_") + "%"
  }

  private func rows(_ condition: String, _ arguments: [Binding]) throws(Problem) -> [ApplicationRow] {
    let found = try store.sql { connection throws(StorageError) in
      try connection.query("SELECT * FROM applications " + condition, arguments) { row in
        (
          row.text(0), row.text(1), row.text(2), row.text(3), row.integer(4), row.integer(5), row.text(6),
          row.integer(7), row.integer(8), row.blob(9), row.optionalInteger(10)
        )
      }
    }
    var output: [ApplicationRow] = []
    for (id, code, matter, status, version, updated, sync, conflicts, attention, box, questions) in found {
      let view = ApplicationRow.listed(
        try Self.decode(try store.open(box, "applications", id, "view"), "applications.view"))
      output.append(
        ApplicationRow(
          id: ApplicationID(id), code: code, matter: MatterID(matter), status: status, version: version,
          updated: Instant(milliseconds: updated), sync: sync, conflicts: conflicts,
          attention: Attention(rawValue: attention), questions: questions, view: view))
    }
    return output
  }

  /// Every application in this device's scope.
  package func applicationIDs() throws(Problem) -> [ApplicationID] {
    try store.sql { connection throws(StorageError) in
      try connection.query("SELECT id FROM applications ORDER BY id") { ApplicationID($0.text(0)) }
    }
  }

  /// How many applications are listed here, held drafts among them; counted without reading them.
  package func applicationCount() throws(Problem) -> Int {
    try store.sql { connection throws(StorageError) in
      try connection.one("SELECT count(*) FROM applications INDEXED BY applications_by_code") {
        Int(clamping: $0.integer(0))
      }
    } ?? 0
  }

  /// How many applications want something of a person; counted by an index, without reading them.
  package func applicationCount(wanting attention: Attention) throws(Problem) -> Int64 {
    try store.sql { connection throws(StorageError) in
      try connection.one(
        """
        SELECT count(*) FROM applications INDEXED BY applications_by_attention
        WHERE attention <> 0 AND attention & ? <> 0
        """, [.integer(attention.rawValue)]
      ) { $0.integer(0) }
    } ?? 0
  }

  /// How many questions about duplicates are open, in all applications; counted by an index, without reading them. Only
  /// what an earlier program wrote last is opened for it.
  package func openDuplicateCount() throws(Problem) -> Int64 {
    let (counted, uncounted) = try store.sql { connection throws(StorageError) in
      let found = """
        FROM applications INDEXED BY applications_by_attention
        WHERE attention <> 0 AND attention & \(Attention.duplicate.rawValue) <> 0
        """
      return (
        try connection.one("SELECT coalesce(sum(questions), 0) \(found)") { $0.integer(0) } ?? 0,
        try connection.query("SELECT id \(found) AND questions IS NULL") { ApplicationID($0.text(0)) }
      )
    }
    var count = counted
    for id in uncounted { count += Int64(try state(id)?.openDuplicates.count ?? 0) }
    return count
  }

  /// How many conflicts wait for a person, in all applications.
  package func conflictCount() throws(Problem) -> Int64 {
    try store.sql { connection throws(StorageError) in
      try connection.one(
        "SELECT coalesce(sum(conflicts), 0) FROM applications INDEXED BY applications_in_conflict WHERE conflicts > 0"
      ) { $0.integer(0) }
    } ?? 0
  }

  /// Whether an application is listed here.
  package func isListed(_ application: ApplicationID) throws(Problem) -> Bool {
    try store.sql { connection throws(StorageError) in
      try connection.one("SELECT 1 FROM applications WHERE id = ?", [.text(application.text)]) { _ in true }
    } ?? false
  }

  // MARK: Checking

  /// Folds every application anew and compares with what is stored.
  /// - Returns: ids whose projection differs; empty in a sound store.
  package func differingProjections() throws(Problem) -> [ApplicationID] {
    let ids = try store.sql { connection throws(StorageError) in
      try connection.query(
        """
        SELECT application FROM operations WHERE content_sealed IS NOT NULL
        UNION SELECT application FROM held
        """
      ) { ApplicationID($0.text(0)) }
    }
    let own = try ownDevices()
    let left = Set(try tray().map(\.application))
    var terms: [ApplicationID: Set<Int64>] = [:]
    let rows = try store.sql { connection throws(StorageError) in
      try connection.query("SELECT application, term FROM terms") { (ApplicationID($0.text(0)), $0.integer(1)) }
    }
    for (id, term) in rows { terms[id, default: []].insert(term) }
    var differing: [ApplicationID] = []
    for id in ids.sorted() {
      guard let state = ApplicationState.fold(try operations(of: id)) else { continue }
      let stored = try self.rows("WHERE id = ?", [.text(id.text)]).first
      if stored == nil, left.contains(id) { continue }
      var expected = ApplicationRow(state, own: own)
      if stored?.questions == nil { expected.questions = nil }
      let isSame = stored == expected && terms[id] ?? [] == store.index.terms(of: state)
      if !isSame { differing.append(id) }
    }
    return differing
  }

  /// What projections are made by; raised whenever a change of the code makes them say something else.
  private static let projectionVersion: Int64 = 6

  /// Whether the projections are this program's.
  func isUpToDate() throws(Problem) -> Bool { try meta("projection")?.integer == Self.projectionVersion }

  /// Makes projections of an older program anew.
  func bringUpToDate() throws(Problem) {
    guard try !isUpToDate() else { return }
    try recompute()
    try setMeta("projection", .integer(Self.projectionVersion))
  }

  /// Writes every projection anew.
  package func recompute() throws(Problem) {
    stale.formUnion(try applicationIDs())
    try finish()
  }

  /// The identities this device has and had.
  package func ownDevices() throws(Problem) -> Set<DeviceID> { Set(try formerDevices() + [identity.device]) }

  /// Keeps an edit aside that has no place any more.
  func setAside(_ operation: Operation, _ reason: String) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO tray VALUES (?, ?, ?, ?)",
      [
        .text(operation.id.device.text), .integer(operation.id.counter), .text(operation.header.application.text),
        .text(reason),
      ])
  }

  /// Unsent edits that have no place any more.
  package func tray() throws(Problem) -> [(operation: OperationID, application: ApplicationID, reason: String)] {
    try store.sql { connection throws(StorageError) in
      try connection.query("SELECT author, counter, application, reason FROM tray ORDER BY counter") {
        (
          operation: OperationID(DeviceID($0.text(0)), $0.integer(1)), application: ApplicationID($0.text(2)),
          reason: $0.text(3)
        )
      }
    }
  }
}
