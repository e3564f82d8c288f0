internal import Cryptography
internal import Foundations
internal import Replication
internal import SQLite
internal import Wire

/// Devices, stations, people, settings.
extension SQLiteSession {
  private static let deviceColumns =
    "id, station, name, number, status, signing, encryption, enrolled, seen, assignment, assigned"
  private static let stationColumns = "id, name, division, level, sample"
  private static let userColumns = "id, name, role, window, disabled, secret, salt"

  private func deviceRow(_ row: Statement) throws(Problem) -> DeviceRow {
    guard let status = DeviceStatus(rawValue: row.text(4)) else {
      throw ProblemKind.storeUnreadable.with("devices.status")
    }
    let name = try open(row.blob(2), "devices", row.text(0), "name")
    return DeviceRow(
      id: DeviceID(row.text(0)), station: StationID(row.text(1)), name: String(decoding: name, as: UTF8.self),
      number: row.text(3),
      status: status, signingKey: row.blob(5), encryptionKey: row.blob(6),
      enrolledAt: Instant(optional: row.optionalInteger(7)), seenAt: Instant(optional: row.optionalInteger(8)),
      assignment: row.integer(9), assignedSequence: row.integer(10))
  }

  func device(_ id: DeviceID) throws(Problem) -> DeviceRow? {
    try row("SELECT \(Self.deviceColumns) FROM devices WHERE id = ?", [.text(id.text)]) { row throws(Problem) in
      try deviceRow(row)
    }
  }

  func devices() throws(Problem) -> [DeviceRow] {
    try rows("SELECT \(Self.deviceColumns) FROM devices ORDER BY id") { row throws(Problem) in try deviceRow(row) }
  }

  func setDevice(_ row: DeviceRow) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO devices(\(Self.deviceColumns)) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
      [
        .text(row.id.text), .text(row.station.text),
        .blob(seal(Array(row.name.utf8), "devices", row.id.text, "name")), .text(row.number),
        .text(row.status.rawValue), .blob(row.signingKey), .blob(row.encryptionKey),
        Binding(row.enrolledAt?.milliseconds),
        Binding(row.seenAt?.milliseconds), .integer(row.assignment), .integer(row.assignedSequence),
      ])
    try run(
      "INSERT OR REPLACE INTO assignments(device, assignment, station, number) VALUES(?,?,?,?)",
      [.text(row.id.text), .integer(row.assignment), .text(row.station.text), .text(row.number)])
  }

  func station(of device: DeviceID, assignment: Int64) throws(Problem) -> StationID? {
    try row(
      "SELECT station FROM assignments WHERE device = ? AND assignment = ?", [.text(device.text), .integer(assignment)]
    ) { row throws(Problem) in StationID(row.text(0)) }
  }

  func stations(of device: DeviceID, before assignment: Int64) throws(Problem) -> [StationID] {
    try rows(
      "SELECT DISTINCT station FROM assignments WHERE device = ? AND assignment < ? ORDER BY station",
      [.text(device.text), .integer(assignment)]
    ) { row throws(Problem) in StationID(row.text(0)) }
  }

  func numbersUsed(_ station: StationID) throws(Problem) -> Set<String> {
    Set(
      try rows("SELECT number FROM assignments WHERE station = ?", [.text(station.text)]) { row throws(Problem) in
        row.text(0)
      })
  }

  func setEnrolmentCode(_ digest: [UInt8], device: DeviceID, until: Instant) throws(Problem) {
    try run("DELETE FROM enrolments WHERE device = ?", [.text(device.text)])
    try run(
      "INSERT INTO enrolments(code, device, until) VALUES(?,?,?)", [.blob(digest), .text(device.text), until.binding])
  }

  func takeEnrolmentCode(_ digest: [UInt8], keys: Digest, now: Instant) throws(Problem) -> DeviceID? {
    let device = try row(
      "SELECT device FROM enrolments WHERE code = ? AND until > ? AND (keys IS NULL OR keys = ?)",
      [.blob(digest), now.binding, .blob(keys.bytes)]
    ) { row throws(Problem) in DeviceID(row.text(0)) }
    if device != nil {
      try run("UPDATE enrolments SET keys = ? WHERE code = ?", [.blob(keys.bytes), .blob(digest)])
    }
    return device
  }

  private func stationRow(_ row: Statement) -> StationRow {
    StationRow(
      id: StationID(row.text(0)), name: row.text(1), division: row.text(2), level: row.text(3),
      sample: row.integer(4) != 0)
  }

  func station(_ id: StationID) throws(Problem) -> StationRow? {
    try row("SELECT \(Self.stationColumns) FROM stations WHERE id = ?", [.text(id.text)]) { row throws(Problem) in
      stationRow(row)
    }
  }

  func stations() throws(Problem) -> [StationRow] {
    try rows("SELECT \(Self.stationColumns) FROM stations ORDER BY id") { row throws(Problem) in stationRow(row) }
  }

  func lostStations() throws(Problem) -> [StationID] {
    // From one scope to the next, by the index: there are few stations and many applications.
    try rows(
      """
      WITH RECURSIVE used(scope) AS (
        SELECT min(scope) FROM scopes WHERE scope >= 'station:' AND scope < 'station;'
        UNION ALL SELECT (SELECT min(scope) FROM scopes WHERE scope > used.scope AND scope < 'station;') FROM used
          WHERE used.scope IS NOT NULL)
      SELECT substr(scope, length('station:') + 1) AS station FROM used WHERE scope IS NOT NULL
        AND NOT EXISTS(SELECT 1 FROM stations WHERE id = station)
      """
    ) { row throws(Problem) in StationID(row.text(0)) }
  }

  func setStation(_ row: StationRow) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO stations(\(Self.stationColumns)) VALUES(?,?,?,?,?)",
      [
        .text(row.id.text), .text(row.name), .text(row.division), .text(row.level), .integer(row.sample ? 1 : 0),
      ])
  }

  // MARK: Documents

  func document(_ kind: String, _ key: String) throws(Problem) -> Value? {
    try row("SELECT value FROM documents WHERE kind = ? AND key = ?", [.text(kind), .text(key)]) {
      row throws(Problem) in try Self.value(row.blob(0), kind)
    }
  }

  func documents(_ kind: String) throws(Problem) -> [(key: String, value: Value)] {
    try rows("SELECT key, value FROM documents WHERE kind = ? ORDER BY key", [.text(kind)]) { row throws(Problem) in
      (row.text(0), try Self.value(row.blob(1), kind))
    }
  }

  func setDocument(_ kind: String, _ key: String, _ value: Value?) throws(Problem) {
    guard let value else {
      try run("DELETE FROM documents WHERE kind = ? AND key = ?", [.text(kind), .text(key)])
      return
    }
    try run(
      "INSERT OR REPLACE INTO documents(kind, key, value) VALUES(?,?,?)",
      [.text(kind), .text(key), .blob(CBOR.encode(value))])
  }

  func dropDocuments(_ kind: String, naming text: String) throws(Problem) {
    // Texts stand in CBOR as they are.
    try run(
      "DELETE FROM documents WHERE kind = ? AND instr(value, CAST(? AS BLOB)) > 0", [.text(kind), .text(text)])
  }

  private static func value(_ bytes: [UInt8], _ place: String) throws(Problem) -> Value {
    do { return try CBOR.decode(bytes) } catch { throw ProblemKind.storeUnreadable.with(place) }
  }

  // MARK: People

  private func userRow(_ row: Statement) throws(Problem) -> UserRow {
    let name = try open(row.blob(1), "users", row.text(0), "name")
    return UserRow(
      id: PersonID(row.text(0)), name: String(decoding: name, as: UTF8.self), role: row.text(2),
      window: row.optionalText(3).map { WindowID($0) }, disabled: row.integer(4) != 0, secret: row.blob(5),
      salt: row.blob(6))
  }

  func user(_ id: PersonID) throws(Problem) -> UserRow? {
    try row("SELECT \(Self.userColumns) FROM users WHERE id = ?", [.text(id.text)]) { row throws(Problem) in
      try userRow(row)
    }
  }

  func user(named name: String) throws(Problem) -> UserRow? {
    try rows("SELECT \(Self.userColumns) FROM users WHERE term = ?", [.integer(seals.userTerm(name))]) {
      row throws(Problem) in try userRow(row)
    }.first { $0.name.isSpelled(like: name) }
  }

  func users() throws(Problem) -> [UserRow] {
    try rows("SELECT \(Self.userColumns) FROM users") { row throws(Problem) in try userRow(row) }
      .sorted { ($0.name, $0.id) < ($1.name, $1.id) }
  }

  func setUser(_ row: UserRow) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO users(\(Self.userColumns), term) VALUES(?,?,?,?,?,?,?,?)",
      [
        .text(row.id.text), .blob(seal(Array(row.name.utf8), "users", row.id.text, "name")), .text(row.role),
        Binding(row.window?.text), .integer(row.disabled ? 1 : 0), .blob(row.secret), .blob(row.salt),
        .integer(seals.userTerm(row.name)),
      ])
  }

  /// Tokens are kept by their digest: the database does not let anyone in.
  func token(_ token: String) throws(Problem) -> TokenRow? {
    try row("SELECT holder, until FROM tokens WHERE digest = ?", [.blob(Digest.sm3(Array(token.utf8)).bytes)]) {
      row throws(Problem) in
      TokenRow(holder: row.text(0), until: Instant(optional: row.optionalInteger(1)))
    }
  }

  func tokens() throws(Problem) -> [(digest: [UInt8], row: TokenRow)] {
    try rows("SELECT digest, holder, until FROM tokens ORDER BY digest") { row throws(Problem) in
      (row.blob(0), TokenRow(holder: row.text(1), until: Instant(optional: row.optionalInteger(2))))
    }
  }

  func setToken(_ token: String, holder: String, until: Instant?) throws(Problem) {
    try setToken(digest: Digest.sm3(Array(token.utf8)).bytes, TokenRow(holder: holder, until: until))
  }

  func setToken(digest: [UInt8], _ row: TokenRow) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO tokens(digest, holder, until) VALUES(?,?,?)",
      [.blob(digest), .text(row.holder), Binding(row.until?.milliseconds)])
  }

  func endTokens(of holder: String, at: Instant) throws(Problem) {
    try run(
      "UPDATE tokens SET until = ?1 WHERE holder = ?2 AND (until IS NULL OR until > ?1)",
      [at.binding, .text(holder)])
  }

  func endTokens(at: Instant) throws(Problem) {
    try run("UPDATE tokens SET until = ?1 WHERE until IS NULL OR until > ?1", [at.binding])
  }

  func endpoint(_ window: WindowID) throws(Problem) -> EndpointRow? {
    try row("SELECT url, secret, disabled FROM endpoints WHERE window = ?", [.text(window.text)]) {
      row throws(Problem) in
      EndpointRow(
        window: window, url: row.text(0), secret: try open(row.blob(1), "endpoints", window.text, "secret"),
        disabled: row.integer(2) != 0)
    }
  }

  func removeEndpoint(_ window: WindowID) throws(Problem) -> Bool {
    try run("DELETE FROM endpoints WHERE window = ?", [.text(window.text)])
    return connection.changes > 0
  }

  func setEndpoint(_ row: EndpointRow) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO endpoints(window, url, secret, disabled) VALUES(?,?,?,?)",
      [
        .text(row.window.text), .text(row.url), .blob(seal(row.secret, "endpoints", row.window.text, "secret")),
        .integer(row.disabled ? 1 : 0),
      ])
  }
}
