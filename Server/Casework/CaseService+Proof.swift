internal import Cryptography
package import Foundations
package import Journal
internal import Replication

/// What a device may compare with what it holds: the sums over its scopes' feeds up to its cursor.
struct ScopeProof {
  let journal: any JournalReader
  /// The largest first: what comes by it does not count again by the others.
  let scopes: [String]
  let cursor: Cursor
  /// Sums that are worth keeping, found on the way.
  private(set) var marks: [ProofMark] = []

  /// Sums are kept at every so many places of a feed: a device at any cursor costs reading no more than these.
  private let placesPerMark: Int

  init(journal: any JournalReader, scopes: [String], cursor: Cursor, placesPerMark: Int = 4096) {
    self.journal = journal
    self.scopes = scopes
    self.cursor = cursor
    self.placesPerMark = placesPerMark
  }

  private var end: FeedPlace { FeedPlace(position: cursor.position, sequence: cursor.sequence) }

  /// The sums of everything in scope up to the cursor.
  mutating func buckets() throws(Problem) -> ProofBuckets {
    var buckets = ProofBuckets()
    for (index, scope) in scopes.enumerated() {
      if index == 0 {
        buckets.add(try whole(scope))
      } else {
        let earlier = Array(scopes[..<index])
        try journal.proofEntries(scope, FeedRange(after: .start, through: end), notIn: earlier) { buckets.add($1) }
      }
    }
    return buckets
  }

  /// The sums of a scope for itself, from the last mark on.
  private mutating func whole(_ scope: String) throws(Problem) -> ProofBuckets {
    let known = try journal.proofMark(scope, upTo: cursor)
    var buckets = known?.buckets ?? ProofBuckets()
    var (count, last): (Int, FeedPlace?) = (0, nil)
    var found: [ProofMark] = []
    try journal.proofEntries(scope, FeedRange(after: known?.place ?? .start, through: end), notIn: []) { place, entry in
      if count >= placesPerMark, let last {
        found.append(ProofMark(place: last, buckets: buckets))
        count = 0
      }
      buckets.add(entry)
      last = place
      count += 1
    }
    marks = found
    return buckets
  }

  /// What is in some buckets here: everything in scope is read.
  func contents(of differing: Set<Int>) throws(Problem) -> [Int: [ProofEntry]] {
    var contents = Dictionary(uniqueKeysWithValues: differing.map { ($0, [ProofEntry]()) })
    for (index, scope) in scopes.enumerated() {
      let earlier = Array(scopes[..<index])
      try journal.proofEntries(scope, FeedRange(after: .start, through: end), notIn: earlier) { _, entry in
        if differing.contains(entry.bucket) { contents[entry.bucket, default: []].append(entry) }
      }
    }
    return contents
  }
}

extension FeedPlace {
  /// Before the first.
  static let start = FeedPlace(position: 0, sequence: 0)
}

extension CaseService {
  /// Answers `POST /v1/prove`: which of the device's buckets differ, and what is in them here.
  /// - Parameter body: a `ProofQuestion`.
  /// - Throws: `sync.malformed`, `sync.protocol-version`, `sync.timeline`, `sync.cursor-ahead`.
  package func prove(_ body: [UInt8], device: DeviceRow) throws(Problem) -> [UInt8] {
    let question = try Self.question(body)
    let scopes = Intake.scopes(device)
    let (answer, marks) = try journal.read { reader throws(Problem) in
      try Self.checkCursor(question.cursor, county: try county(reader), reader)
      var proof = ScopeProof(journal: reader, scopes: scopes, cursor: question.cursor)
      let own = try proof.buckets()
      var differing: [Int: [ProofEntry]]? = [:]
      switch question.proof {
      case .root(let root): if root != own.root { differing = nil }
      case .buckets(let theirs): differing = try proof.contents(of: Set(own.differing(from: theirs)))
      }
      let behind = try reader.applications(behind: question.cursor, in: scopes)
      return (ProofAnswer(differing: differing, behind: behind), proof.marks)
    }
    if !marks.isEmpty {
      try journal.write { writer throws(Problem) in
        for mark in marks { try writer.setProofMark(scopes[0], mark) }
      }
    }
    return answer.bytes
  }

  private static func question(_ body: [UInt8]) throws(Problem) -> ProofQuestion {
    do {
      return try ProofQuestion.read(body)
    } catch {
      if case .version(let version) = error { throw ProblemKind.protocolVersion.with(String(version)) }
      throw ProblemKind.syncMalformed.with("prove")
    }
  }
}

extension Verification {
  /// Sums that are kept over the beginnings of feeds are what the log gives.
  mutating func checkProofs() throws(Problem) {
    let marks = Dictionary(grouping: try journal.proofMarks()) { $0.scope }
    for scope in marks.keys.sorted() {
      var buckets = ProofBuckets()
      var place = FeedPlace.start
      for (_, mark) in marks[scope] ?? [] {
        try journal.proofEntries(scope, FeedRange(after: place, through: mark.place), notIn: []) { buckets.add($1) }
        if mark.buckets != buckets { add("\(scope) 到序号 \(mark.place.position) 的核对摘要与操作不符。") }
        place = mark.place
      }
    }
  }
}
