package import Catalog
package import Foundations
package import Replication
internal import SQLite
internal import Wire

/// The county's published catalogue as this device has it.
extension StoreSession {
  private static let dictionaryName = "dictionary"

  /// Takes the catalogue's changes in: `{version, matters:[[id, digest, bytes or text]…], removed:[id…],
  /// documents:{name:value…}}`. Null changes nothing.
  /// - Throws: `sync.contradiction` for anything else, before anything was changed for good.
  package func takeCatalog(_ changes: Value) throws(Problem) {
    guard !changes.isNull else { return }
    guard let version = changes["version"]?.text else { throw ProblemKind.syncContradiction.with("catalog") }
    for entry in changes["matters"]?.array ?? [] {
      guard let parts = entry.array, parts.count == 3, let id = parts[0].text, let digest = parts[1].text,
        let bytes = parts[2].bytes ?? parts[2].text.map({ Array($0.utf8) })
      else { throw ProblemKind.syncContradiction.with("catalog") }
      try keepFormer(MatterID(id))
      try run("INSERT OR REPLACE INTO matters VALUES (?, ?, ?)", [.text(id), .text(digest), .blob(bytes)])
    }
    for id in (changes["removed"]?.array ?? []).compactMap(\.text) {
      try keepFormer(MatterID(id))
      try run("DELETE FROM matters WHERE id = ?", [.text(id)])
    }
    for (name, value) in changes["documents"]?.object ?? [:] { try set(document: name, to: value) }
    try set(document: Self.dictionaryName, to: FormDictionary.dictionary(catalog: try catalog()).value)
    store.matters = [:]
    store.sharing = nil
    try setMeta("catalog", .text(version))
  }

  /// The version of the catalogue that this device holds, as the server named it.
  package func catalogVersion() throws(Problem) -> String { try meta("catalog")?.text ?? "" }

  /// The compression dictionary made from this catalogue's forms; nil before there is one.
  package func dictionary() throws(Problem) -> MessageDictionary? {
    MessageDictionary(try document(Self.dictionaryName))
  }

  /// All matters. Files that this program cannot read, as of a newer format, are left out.
  package func catalog() throws(Problem) -> MatterCatalog {
    let files = try store.sql { connection throws(StorageError) in
      try connection.query("SELECT id, bytes FROM matters ORDER BY id") { ($0.text(0), $0.blob(1)) }
    }
    let sharing = try sharing()
    let matters = files.compactMap { Self.matter($0.0, $0.1).map(sharing.knowing) }
    return MatterCatalog(version: try catalogVersion(), matters: matters)
  }

  /// One matter, without reading the others.
  package func matter(_ id: MatterID) throws(Problem) -> Matter? {
    if let known = store.matters[id] { return known }
    let bytes = try store.sql { connection throws(StorageError) in
      try connection.one("SELECT bytes FROM matters WHERE id = ?", [.text(id.text)]) { $0.blob(0) }
    }
    let sharing = try sharing()
    let matter = bytes.flatMap { Self.matter(id.text, $0) }.map(sharing.knowing)
    store.matters[id] = matter
    return matter
  }

  /// Keeps a matter as it is where something is under way for it: whoever began on it may finish on it.
  private func keepFormer(_ id: MatterID) throws(Problem) {
    guard let matter = try matter(id) else { return }
    try run(
      """
      INSERT OR IGNORE INTO former_matters SELECT id, ?2, bytes FROM matters WHERE id = ?1 AND EXISTS
      (SELECT 1 FROM applications WHERE matter = ?1 AND status NOT IN ('closed', 'withdrawn', 'erased'))
      """, [.text(id.text), .integer(Int64(matter.version))])
  }

  /// A matter as of a version of its file; as it is published now where that version is not here.
  package func matter(_ id: MatterID, version: Int64) throws(Problem) -> Matter? {
    let present = try matter(id)
    guard present.map({ Int64($0.version) }) != version else { return present }
    let bytes = try store.sql { connection throws(StorageError) in
      try connection.one(
        "SELECT bytes FROM former_matters WHERE id = ? AND version = ?", [.text(id.text), .integer(version)]
      ) { $0.blob(0) }
    }
    let sharing = try sharing()
    return bytes.flatMap { Self.matter(id.text, $0) }.map(sharing.knowing) ?? present
  }

  /// A matter's name, without decoding its form: all that a listing needs.
  package func matterName(_ id: MatterID) throws(Problem) -> String? {
    try store.sql { connection throws(StorageError) in
      try connection.one(
        """
        SELECT CASE WHEN json_valid(CAST(bytes AS TEXT)) THEN json_extract(CAST(bytes AS TEXT), '$.name') END
        FROM matters WHERE id = ?
        """, [.text(id.text)]
      ) { $0.optionalText(0) }
    } ?? nil
  }

  /// The county's register of shared data; without entries where it has none.
  private func sharing() throws(Problem) -> SharingRegister {
    if let known = store.sharing { return known }
    let register = SharingDocument.published(try document("sharing"))
    store.sharing = register
    return register
  }

  private static func matter(_ id: String, _ bytes: [UInt8]) -> Matter? {
    MatterDecoder.published(CatalogFile(name: id, bytes: bytes))
  }

  /// A document the county publishes: `calendar`, `divisions`, `county`, `stations`, `windows`.
  package func document(_ name: String) throws(Problem) -> Value? {
    let bytes = try store.sql { connection throws(StorageError) in
      try connection.one("SELECT value FROM documents WHERE name = ?", [.text(name)]) { $0.blob(0) }
    }
    return try bytes.map { bytes throws(Problem) in try Self.decode(bytes, "documents.\(name)") }
  }

  private func set(document name: String, to value: Value) throws(Problem) {
    try run("INSERT OR REPLACE INTO documents VALUES (?, ?)", [.text(name), .blob(CBOR.encode(value))])
  }
}
