internal import Catalog
internal import Foundations
internal import Replication
internal import SQLite
internal import TestSupport
internal import TestValues
internal import Wire

/// Whole processes of ours against `sqlite3`: start, look one up, make one durable.
enum ProcessBenchmarks {
  /// What `new` may cost more than the bare insert, and the two others than theirs.
  private static let newRatioMax = 3.0
  private static let lookRatioMax = 5.0

  static func start(rounds: Int) throws -> [Figure] {
    let (ours, sqlite) = (try Programs.ours("bangban"), try Programs.system("sqlite3"))
    let result = try Measure.pair(rounds: rounds) {
      try ProgramRun.seconds(ours, ["--version"])
    } _: {
      try ProgramRun.seconds(sqlite, ["--version"])
    }
    return [figure("process start, `bangban --version` against `sqlite3 --version`", lookRatioMax, result)]
  }

  /// One application of many, another one each time, against the row of its view.
  static func show(_ store: DeviceStore, rounds: Int) throws -> [Figure] {
    let (ours, sqlite) = (try Programs.ours("bangban"), try Programs.system("sqlite3"))
    var random = SeededGenerator(11)
    var id = ""
    let result = try Measure.pair(rounds: rounds) {
      id = store.ids.randomElement(using: &random)?.text ?? ""
      return try ProgramRun.seconds(ours, ["show", id, "--json"], environment: store.environment)
    } _: {
      try ProgramRun.seconds(
        sqlite, [store.database, "SELECT id, code, status, hex(view_sealed) FROM applications WHERE id = '\(id)'"])
    }
    return [
      figure("`show` one of \(count(store)), unlocked, against `sqlite3` reading the same row", lookRatioMax, result)
    ]
  }

  /// A new application from a document, against the bytes that it leaves in the store as one row.
  static func new(_ store: DeviceStore, rounds: Int) throws -> [Figure] {
    let (ours, sqlite) = (try Programs.ours("bangban"), try Programs.system("sqlite3"))
    var people = SyntheticPeople(seed: 23)
    let document = store.scratch.path("new.json")
    let script = store.scratch.path("insert.sql")
    let raw = store.scratch.path("raw.db")
    try Connection(path: raw, mode: .create).execute("CREATE TABLE rows(id INTEGER PRIMARY KEY, body BLOB) STRICT")
    let result = try Measure.pair(rounds: rounds) {
      try Scratch.write(
        JSON.bytes([
          "matter": .text(store.matter.id.text), "applicant": people.applicant(),
          "fields": .object(people.values(of: store.matter)), "consent": true,
        ]), to: document)
      return try ProgramRun.seconds(ours, ["new", "--from", document, "--json"], environment: store.environment)
    } _: {
      // `secure_delete` and `FULL` are not kept in a file; the journal's kind is.
      let insert = "INSERT INTO rows(body) VALUES(x'\(try lastWritten(store))');\n"
      try Scratch.write(("PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;\n" + insert).utf8, to: script)
      return try ProgramRun.seconds(sqlite, [raw], input: script)
    }
    return [
      figure(
        "`new --from`, durable, at \(count(store)), against `sqlite3` inserting the same bytes", newRatioMax, result)
    ]
  }

  /// Everything that the last application has in the store, in hexadecimal.
  private static func lastWritten(_ store: DeviceStore) throws -> String {
    let connection = try Connection(path: store.database, mode: .readOnly)
    let id = try connection.one("SELECT id FROM applications ORDER BY updated DESC LIMIT 1") { $0.text(0) } ?? ""
    let operations = try connection.query(
      "SELECT header, content_sealed, digest, running FROM operations WHERE application = ?", [.text(id)]
    ) { row in (0..<4).flatMap { row.optionalBlob($0) ?? [] } }
    let view = try connection.one("SELECT view_sealed FROM applications WHERE id = ?", [.text(id)]) { $0.blob(0) }
    guard let view, !operations.isEmpty else { throw Failure("`new` left nothing in the store") }
    return Hexadecimal.text(operations.flatMap { $0 } + view)
  }

  private static func figure(
    _ what: String, _ most: Double, _ result: (ours: Double, theirs: Double, ratio: Double)
  ) -> Figure {
    let times = "\(milliseconds(result.ours)) against \(milliseconds(result.theirs)) ms"
    return Figure(
      what: what, reach: "≤ \(Int(most))×", value: "\(rounded(result.ratio, 2))× (\(times))",
      reached: result.ratio <= most)
  }

  private static func milliseconds(_ seconds: Double) -> String { rounded(seconds * 1000, 2) }

  private static func count(_ store: DeviceStore) -> String { grouped(store.ids.count) }
}

/// A count with its thousands set apart.
func grouped(_ number: Int) -> String {
  var text = String(number)
  var place = text.count - 3
  while place > 0 {
    text.insert(",", at: text.index(text.startIndex, offsetBy: place))
    place -= 3
  }
  return text
}
