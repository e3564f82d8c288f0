internal import Application
internal import Foundations
internal import Journal
internal import Replication

/// Why papers came back, counted for each matter over the whole county: what stands in it names a material or a field
/// and one of a few causes, and nobody. Devices get it beside the catalogue, and warn before anybody leaves the house.
enum ReturnCounts {
  /// The kind of the registry's documents, one a matter: `{"material:m1": {"missing": 3}}`.
  static let registry = "returns"
  /// The settings document that says which edition devices are to have, and what is newer than it.
  static let edition = "returns-edition"

  /// Counts one return.
  static func add(
    _ payload: Value, _ state: ApplicationState, _ proceeding: ProceedingState, _ journal: any JournalWriter
  ) throws(Problem) {
    var counts = try journal.document(registry, state.matter.text)?.object ?? [:]
    for defect in payload["defects"]?.array ?? [] {
      guard let key = key(defect) else { continue }
      let cause = ReturnCause(problem: defect["problem"]?.text ?? "").rawValue
      var causes = counts[key]?.object ?? [:]
      causes[cause] = .integer((causes[cause]?.integer ?? 0) + 1)
      counts[key] = .object(causes)
    }
    try journal.setDocument(registry, state.matter.text, .object(counts))
    var told = try journal.document(RegistryKey.settings, edition) ?? ["edition": 0]
    told["isNewer"] = true
    if payload["override"]?.object != nil {
      let window = proceeding.window?.text ?? ""
      var violations = told["violations"]?.object ?? [:]
      violations[window] = .integer((violations[window]?.integer ?? 0) + 1)
      told["violations"] = .object(violations)
    }
    try journal.setDocument(RegistryKey.settings, edition, told)
  }

  private static func key(_ defect: Value) -> String? {
    if let material = defect["material"]?.text { return "material:" + material }
    return defect["field"]?.text.map { "field:" + Register.name($0) }
  }

  /// Lets devices have what was counted since the last edition; they ask for it with their next exchange.
  static func publish(_ journal: any JournalWriter) throws(Problem) {
    guard var told = try journal.document(RegistryKey.settings, edition), told["isNewer"] == true else { return }
    told["edition"] = .integer((told["edition"]?.integer ?? 0) + 1)
    told["isNewer"] = false
    try journal.setDocument(RegistryKey.settings, edition, told)
  }

  /// The edition that devices are to have; 0 before the first.
  static func edition(_ reader: any JournalReader) throws(Problem) -> Int64 {
    try reader.document(RegistryKey.settings, edition)?["edition"]?.integer ?? 0
  }

  /// All counts, by matter.
  static func all(_ reader: any JournalReader) throws(Problem) -> Value {
    .object(
      Members(try reader.documents(registry).map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }))
  }

  /// How often windows returned the same papers twice 未一次告知, by window.
  static func violations(_ reader: any JournalReader) throws(Problem) -> [String: Int64] {
    (try reader.document(RegistryKey.settings, edition)?["violations"]?.object ?? [:]).compactMapValues(\.integer)
  }
}
