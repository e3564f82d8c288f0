internal import Application
package import Foundations
internal import SQLite

/// Which application a person means.
extension StoreSession {
  /// The application a person means by its id, its code, an unambiguous beginning of either, or the code's ending. Of
  /// several under one code it is the one that was not refused.
  /// - Throws: `application.not-found`, `application.ambiguous`.
  package func application(named text: String) throws(Problem) -> ApplicationID {
    let wanted = text.halfWidth.trimmed
    guard !wanted.isEmpty else { throw ProblemKind.applicationNotFound.with("（空）") }
    let ids = try beginnings("id", wanted.lowercased())
    let codes = try beginnings("code", wanted.uppercased())
    var found = ids + codes.filter { code in !ids.contains { $0.id == code.id } }
    // All codes of a station begin alike; what people read out is the end.
    if found.isEmpty, wanted.utf8.count >= Self.endingMin { found = try endings(wanted.uppercased()) }
    guard let first = found.first else { throw ProblemKind.applicationNotFound.with(String(wanted.prefix(60))) }
    // In the order of the index a whole id or code stands before everything that only begins with it. Codes are made on
    // laptops: one that two applications have means neither.
    let whole = ids.filter(\.isWhole).isEmpty ? codes.filter(\.isWhole) : ids.filter(\.isWhole)
    if let sure = found.count == 1 || whole.count == 1 ? whole.first ?? first : nil { return ApplicationID(sure.id) }
    guard whole.count > 1 else {
      throw ProblemKind.applicationAmbiguous.with("“\(wanted.prefix(60))”")
    }
    return try theOneNotRefused(code: wanted.uppercased())
  }

  /// How many ids a person is told of.
  private static let namedMax = 5

  /// The one application of a code that the county has not refused to open. What it refused lies in the county's tray,
  /// and when it is admitted stands under the same code as an application of its own: that is what the villager's paper
  /// means.
  /// - Throws: `application.ambiguous` with the ids, where several are real or all were refused.
  private func theOneNotRefused(code: String) throws(Problem) -> ApplicationID {
    let ids = try store.sql { connection throws(StorageError) in
      try connection.query("SELECT id FROM applications WHERE code = ? ORDER BY id", [.text(code)]) {
        ApplicationID($0.text(0))
      }
    }
    var real: [ApplicationID] = []
    for id in ids where try state(id)?.refusal == nil { real.append(id) }
    if real.count == 1, let one = real.first { return one }
    let meant = real.isEmpty ? ids : real
    let named = meant.prefix(Self.namedMax).map(\.text).joined(separator: "、")
    throw ProblemKind.applicationAmbiguous.with(
      "“\(code.prefix(60))”（id 是 \(named)\(meant.count > Self.namedMax ? " 等" : "")）")
  }

  /// An application whose id or code begins with a text.
  private struct Beginning {
    let id: String
    /// Whether there is nothing behind the beginning.
    let isWhole: Bool
  }

  /// The first two applications whose column begins with a text. By the index, not by LIKE: that would read the whole
  /// table, sealed views and all.
  private func beginnings(_ column: String, _ text: String) throws(Problem) -> [Beginning] {
    try store.sql { connection throws(StorageError) in
      try connection.query(
        """
        SELECT id, \(column) = ?1 FROM applications
        WHERE \(column) >= ?1 AND \(column) < ?2 ORDER BY \(column) LIMIT 2
        """,
        [.text(text), .text(text + "\u{10FFFF}")]
      ) { Beginning(id: $0.text(0), isWhole: $0.integer(1) != 0) }
    }
  }

  /// An ending shorter than this fits too many codes.
  private static let endingMin = 4

  /// The first two applications whose code ends with a text: the index has the codes without the sealed views.
  private func endings(_ text: String) throws(Problem) -> [Beginning] {
    try store.sql { connection throws(StorageError) in
      try connection.query(
        "SELECT id FROM applications INDEXED BY applications_by_code WHERE substr(code, -length(?1)) = ?1 LIMIT 2",
        [.text(text)]
      ) { Beginning(id: $0.text(0), isWhole: false) }
    }
  }
}
