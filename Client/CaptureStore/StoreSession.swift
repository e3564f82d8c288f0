internal import Application
package import Cryptography
package import Foundations
package import Replication
internal import SQLite
internal import Wire

/// One transaction on the store.
///
/// Invariant: *when a change is committed, every projection is what its operations say.*
package final class StoreSession {
  package let store: CaptureStore
  /// Applications as they stand within this transaction.
  var states: [ApplicationID: ApplicationState] = [:]
  /// Applications whose projection is to be written before the commit.
  var dirty: Set<ApplicationID> = []
  /// Applications whose operations changed otherwise than by appending: to be folded anew.
  var stale: Set<ApplicationID> = []
  /// All that is here of applications of which nothing was here before this transaction, as it came: a new device gets
  /// thousands of them, and need not read back and open what it has just sealed. Of those that the page before left,
  /// what has come since.
  var received: [ApplicationID: Received] = [:]
  /// Applications as the page before left them, where nothing has touched any since.
  var earlier: [ApplicationID: Standing] = [:]
  /// Applications as this page leaves them.
  var left: [ApplicationID: Standing] = [:]
  /// Applications that this transaction has found to be in scope.
  var confirmed: Set<ApplicationID> = []
  /// Whether there was any that nothing has confirmed; nil where nobody has looked.
  var isScopeDoubted: Bool?
  /// The server's word for the page that is being applied.
  var proof: PageProof?
  /// Whether attachments were forgotten whose files are to follow.
  var hasDropped = false
  /// Whether contents were erased that must not stay in the database's log either.
  var hasErased = false

  init(store: CaptureStore) { self.store = store }

  package var identity: DeviceIdentity { store.identity }

  /// Looks who this device is now; a store that is being made does not know yet.
  func readIdentity() throws(Problem) {
    guard let value = try meta("identity") else { return }
    guard let identity = DeviceIdentity(enrolment: value) else {
      throw ProblemKind.storeUnreadable.with("meta.identity")
    }
    store.identity = identity
  }

  /// Makes this device another one, or moves it.
  func replaceIdentity(_ identity: DeviceIdentity) throws(Problem) {
    try setMeta("identity", identity.value)
    store.identity = identity
  }

  // MARK: Small facts

  /// A fact that is not personal.
  package func meta(_ name: String) throws(Problem) -> Value? {
    let bytes = try store.sql { connection throws(StorageError) in
      try connection.one("SELECT value FROM meta WHERE name = ?", [.text(name)]) { $0.blob(0) }
    }
    return try bytes.map { bytes throws(Problem) in try Self.decode(bytes, "meta.\(name)") }
  }

  /// Keeps a fact that is not personal.
  package func setMeta(_ name: String, _ value: Value) throws(Problem) {
    try run("INSERT OR REPLACE INTO meta VALUES (?, ?)", [.text(name), .blob(CBOR.encode(value))])
  }

  func dropMeta(_ name: String) throws(Problem) { try run("DELETE FROM meta WHERE name = ?", [.text(name)]) }

  /// A private key, sealed.
  package func secret(_ name: String) throws(Problem) -> [UInt8] {
    guard let box = try meta(name)?.bytes else { throw ProblemKind.storeUnreadable.with("meta.\(name)") }
    return try store.open(box, "meta", name, "value")
  }

  func setSecret(_ name: String, _ bytes: [UInt8]) throws(Problem) {
    let box = store.sealer.seal(bytes, at: SealPlace("meta", name, "value"), random: store.environment.random)
    try setMeta(name, .bytes(box))
  }

  func run(_ sql: String, _ arguments: [Binding] = []) throws(Problem) {
    _ = try store.sql { connection throws(StorageError) in try connection.run(sql, arguments) }
  }

  static func decode(_ bytes: [UInt8], _ place: String) throws(Problem) -> Value {
    guard let value = try? CBOR.decode(bytes) else { throw ProblemKind.storeUnreadable.with(place) }
    return value
  }

  // MARK: The device's side of the exchange

  /// Where this device stands in the exchange.
  package func record() throws(Problem) -> DeviceRecord {
    guard let parts = try meta("record")?.array, parts.count == 4, let counter = parts[0].integer,
      let acknowledged = parts[1].integer, let cursor = Cursor(parts[2]), let pageMax = parts[3].integer
    else { throw ProblemKind.storeUnreadable.with("meta.record") }
    return DeviceRecord(
      counter: counter, acknowledged: acknowledged, cursor: cursor, pageMax: Int(clamping: pageMax))
  }

  /// Keeps where this device stands in the exchange.
  package func setRecord(_ record: DeviceRecord) throws(Problem) {
    try setMeta(
      "record",
      [.integer(record.counter), .integer(record.acknowledged), record.cursor.value, Value(record.pageMax)])
  }

  /// Takes the next request number; it is on the disk before the request is sent.
  package func takeRequestNumber(atLeast minimum: Int64 = 0) throws(Problem) -> Int64 {
    let last = try meta("request")?.integer ?? 0
    let number = max(last, minimum) + 1
    try setMeta("request", .integer(number))
    return number
  }

  /// Notes what was sent under a number.
  package func noteRequest(_ number: Int64, digest: Digest) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO requests VALUES (?, ?, ?)",
      [.integer(number), .blob(digest.bytes), .integer(store.environment.clock.now().milliseconds)])
    try run("DELETE FROM requests WHERE number < ?", [.integer(number - 100)])
  }

  // MARK: Settings and people

  /// A setting; nil where it was never set.
  package func setting(_ name: String) throws(Problem) -> String? {
    try store.sql { connection throws(StorageError) in
      try connection.one("SELECT value FROM settings WHERE name = ?", [.text(name)]) { $0.text(0) }
    }
  }

  /// All settings, by name.
  package func settings() throws(Problem) -> [(name: String, value: String)] {
    try store.sql { connection throws(StorageError) in
      try connection.query("SELECT name, value FROM settings ORDER BY name") { (name: $0.text(0), value: $0.text(1)) }
    }
  }

  /// Keeps a setting; nothing personal belongs here.
  package func set(setting name: String, to value: String) throws(Problem) {
    try run("INSERT OR REPLACE INTO settings VALUES (?, ?)", [.text(name), .text(value)])
  }

  /// Adds a person who shares this device; the name is sealed.
  package func addPerson(_ name: String) throws(Problem) -> PersonID {
    let id = PersonID("p" + Base32.text(store.environment.random.bytes(6)))
    try run(
      "INSERT INTO people VALUES (?, ?)",
      [.text(id.text), store.seal(Array(name.utf8), "people", id.text, "name")])
    return id
  }

  /// The people who share this device, in the order of their names.
  package func people() throws(Problem) -> [(id: PersonID, name: String)] {
    let rows = try store.sql { connection throws(StorageError) in
      try connection.query("SELECT id, name_sealed FROM people") { ($0.text(0), $0.blob(1)) }
    }
    var people: [(id: PersonID, name: String)] = []
    for (id, box) in rows {
      people.append((PersonID(id), String(decoding: try store.open(box, "people", id, "name"), as: UTF8.self)))
    }
    return people.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
  }

  /// Who works with the device now.
  package func person() throws(Problem) -> PersonID {
    guard let id = try setting("person") else { throw ProblemKind.storeUnreadable.with("settings.person") }
    return PersonID(id)
  }

  /// The next serial of a local number on a day.
  package func takeSerial(day: CivilDate) throws(Problem) -> Int {
    try run(
      "INSERT INTO serials VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET last = last + 1", [.text(day.text)])
    let serial = try store.sql { connection throws(StorageError) in
      try connection.one("SELECT last FROM serials WHERE day = ?", [.text(day.text)]) { $0.integer(0) }
    }
    return Int(clamping: serial ?? 1)
  }
}
