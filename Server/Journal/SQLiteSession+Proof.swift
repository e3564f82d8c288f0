internal import Cryptography
internal import Foundations
package import Replication
internal import SQLite

/// One place in the order in which a scope is pulled.
package struct FeedPlace: Sendable, Hashable, Comparable {
  package let position: Int64
  package let sequence: Int64

  package init(position: Int64, sequence: Int64) {
    self.position = position
    self.sequence = sequence
  }

  package static func < (left: FeedPlace, right: FeedPlace) -> Bool {
    (left.position, left.sequence) < (right.position, right.sequence)
  }
}

/// Places after one and up to another.
package struct FeedRange: Sendable, Hashable {
  package let after: FeedPlace
  package let through: FeedPlace

  package init(after: FeedPlace, through: FeedPlace) {
    self.after = after
    self.through = through
  }
}

/// The sums of everything a scope's feed has up to a place.
package struct ProofMark: Sendable, Hashable {
  package let place: FeedPlace
  package let buckets: ProofBuckets

  package init(place: FeedPlace, buckets: ProofBuckets) {
    self.place = place
    self.buckets = buckets
  }
}

/// What `prove` reads. A scope's feed is in the order in which its devices pull it, so that sums over its beginning can
/// be kept, and a device that stands at a cursor is compared with exactly what is before that.
extension SQLiteSession {
  func proofEntries(
    _ scope: String, _ range: FeedRange, notIn scopes: [String], _ body: (FeedPlace, ProofEntry) -> Void
  ) throws(Problem) {
    // Application by application, and only for the few that came by several scopes.
    let marks = scopes.map { _ in "?" }.joined(separator: ", ")
    let condition =
      scopes.isEmpty
      ? ""
      : """
      AND NOT EXISTS(SELECT 1 FROM scopes WHERE scopes.place = operations.place
        AND scopes.scope IN (\(marks)) AND scopes.entered <= ?)
      """
    let arguments: [Binding] = [
      .text(scope), .integer(range.after.position), .integer(range.after.sequence), .integer(range.through.position),
      .integer(range.through.sequence),
    ]
    // Each row is told as it is read: none is kept.
    _ = try rows(
      """
      SELECT feed.position, operations.sequence, author, counter, digest, disposition
      FROM feed CROSS JOIN operations \(scopes.isEmpty ? "INDEXED BY operations_proof" : "")
        ON operations.sequence = feed.sequence
      WHERE feed.scope = ? AND (feed.position, feed.sequence) > (?, ?) AND (feed.position, feed.sequence) <= (?, ?)
      \(condition) ORDER BY feed.position, feed.sequence
      """,
      arguments + (scopes.isEmpty ? [] : scopes.map(Binding.text) + [.integer(range.through.position)])
    ) { row throws(Problem) in
      guard let digest = Digest(bytes: row.blob(4)) else { throw ProblemKind.storeUnreadable.with("digest") }
      body(
        FeedPlace(position: row.integer(0), sequence: row.integer(1)),
        ProofEntry(
          operation: OperationID(DeviceID(row.text(2)), row.integer(3)), digest: digest, sequence: row.integer(1),
          disposition: row.text(5)))
    }
  }

  func applications(behind cursor: Cursor, in scopes: [String]) throws(Problem) -> [ApplicationID] {
    var found: Set<ApplicationID> = []
    let marks = scopes.map { _ in "?" }.joined(separator: ", ")
    for scope in scopes {
      // What is new, and what is older but had come by no scope up to the cursor.
      found.formUnion(
        try rows(
          """
          SELECT DISTINCT operations.application
          FROM feed CROSS JOIN operations ON operations.sequence = feed.sequence
          WHERE feed.scope = ? AND (feed.position, feed.sequence) > (?, ?) AND (operations.sequence > ?
            OR NOT EXISTS(SELECT 1 FROM scopes WHERE scopes.place = operations.place
              AND scopes.scope IN (\(marks)) AND scopes.entered < ?))
          """,
          [
            .text(scope), .integer(cursor.position), .integer(cursor.sequence), .integer(cursor.position),
          ] + scopes.map(Binding.text) + [.integer(feedEnd(cursor))]
        ) { row throws(Problem) in ApplicationID(row.text(0)) })
    }
    return found.sorted()
  }

  /// What entered before this position has come whole. What enters, enters with the operation of that very sequence
  /// last; a cursor in the midst of it has not all of it.
  private func feedEnd(_ cursor: Cursor) -> Int64 {
    cursor.sequence < cursor.position ? cursor.position : cursor.position + 1
  }

  func proofMark(_ scope: String, upTo cursor: Cursor) throws(Problem) -> ProofMark? {
    try row(
      """
      SELECT position, sequence, sums FROM proofs WHERE scope = ? AND (position, sequence) <= (?, ?)
      ORDER BY position DESC, sequence DESC LIMIT 1
      """, [.text(scope), .integer(cursor.position), .integer(cursor.sequence)]
    ) { row throws(Problem) in
      try Self.mark(row.integer(0), row.integer(1), row.blob(2))
    }
  }

  func proofMarks() throws(Problem) -> [(scope: String, mark: ProofMark)] {
    try rows("SELECT scope, position, sequence, sums FROM proofs ORDER BY scope, position, sequence") {
      row throws(Problem) in
      (row.text(0), try Self.mark(row.integer(1), row.integer(2), row.blob(3)))
    }
  }

  private static func mark(_ position: Int64, _ sequence: Int64, _ sums: [UInt8]) throws(Problem) -> ProofMark {
    guard let buckets = ProofBuckets(digests: sums) else { throw ProblemKind.storeUnreadable.with("proofs.sums") }
    return ProofMark(place: FeedPlace(position: position, sequence: sequence), buckets: buckets)
  }

  func setProofMark(_ scope: String, _ mark: ProofMark) throws(Problem) {
    try run(
      "INSERT OR REPLACE INTO proofs(scope, position, sequence, sums) VALUES(?,?,?,?)",
      [
        .text(scope), .integer(mark.place.position), .integer(mark.place.sequence), .blob(mark.buckets.digests),
      ])
  }
}
