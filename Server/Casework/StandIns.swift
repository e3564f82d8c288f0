internal import Application
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// Which operations of the log stand for which others, that were written under an identity that has ended.
///
/// Invariant: *what a person entered once stands once, by whichever way it comes and however often.* Copies of a store
/// hold the same unsent work, and a backup holds it still when it was long sent again: each of them mints it again
/// under an identity of its own.
struct StandIns {
  private static let kind = "stands-for"

  let journal: any JournalWriter

  /// The operation of the log that stands for the one of a digest; nil where none does.
  func standIn(for digest: Digest) throws(Problem) -> OperationID? {
    try journal.document(Self.kind, Hexadecimal.text(digest.bytes))?.text.flatMap(OperationID.init(text:))
  }

  /// Whether something else stands in the log already for what an operation is, or stands for.
  func isKnown(_ operation: Operation) throws(Problem) -> Bool {
    if let other = try standIn(for: operation.digest), other != operation.id { return true }
    for former in Former.chain(in: operation.content) {
      if let other = try standIn(for: former.digest), other != operation.id { return true }
      // It came after all, before its device knew; but what was refused is what a person has admitted.
      let held = try journal.held(former.operation.device, former.operation.counter)
      guard held?.digest == former.digest else { continue }
      let isAdmission = ServerIdentity.isServer(operation.id.device)
      guard isAdmission, try wasRefused(former.operation) else { return true }
    }
    return false
  }

  /// The operation of the log that is in the place of another one: it stands for the same, or is what that one was
  /// before. Nil where there is none.
  func counterpart(of operation: Operation) throws(Problem) -> OperationID? {
    for digest in Former.digests(of: operation) {
      if let other = try standIn(for: digest), other != operation.id { return other }
    }
    for former in Former.chain(in: operation.content)
    where try journal.held(former.operation.device, former.operation.counter)?.digest == former.digest {
      return former.operation
    }
    return nil
  }

  private func wasRefused(_ operation: OperationID) throws(Problem) -> Bool {
    switch try journal.operation(operation)?.judgement?.disposition {
    case .refused, .quarantined: true
    case .applied, .late, nil: false
    }
  }

  /// The member of a tombstone that keeps what the operations stood for whose contents are gone:
  /// `{operation: [digest]}`.
  private static let kept = "standsFor"

  /// A tombstone that keeps what the operations of its application stand for: should the log be lost, it is known again
  /// with the tombstone that what they stand for was erased.
  static func keep(_ operations: [Operation], in tombstone: Value) -> Value {
    var stands: Members = [:]
    for operation in operations {
      let chain = Former.chain(in: operation.content)
      if !chain.isEmpty { stands[operation.id.text] = .array(chain.map { .bytes($0.digest.bytes) }) }
    }
    guard !stands.isEmpty else { return tombstone }
    var tombstone = tombstone
    tombstone[kept] = .object(stands)
    return tombstone
  }

  /// Notes what a tombstone keeps that came back.
  /// - Returns: the digests of all that its operations stand for.
  func note(keptIn tombstone: Value) throws(Problem) -> [Digest] {
    var all: [Digest] = []
    for (text, digests) in tombstone[Self.kept]?.object ?? [:] {
      guard let operation = OperationID(text: text) else { continue }
      let known = (digests.array ?? []).compactMap { $0.bytes.flatMap(Digest.init(bytes:)) }
      for digest in known where try standIn(for: digest) == nil { try note(operation, for: [digest]) }
      all += known
    }
    return all
  }

  /// Whether what stands for an operation, or for what it was before, was erased with its application.
  func isErased(_ operation: Operation) throws(Problem) -> Bool {
    for digest in Former.digests(of: operation) {
      guard let other = try standIn(for: digest), other != operation.id else { continue }
      if try journal.operation(other)?.operation.isErased == true { return true }
    }
    return false
  }

  /// Notes that an operation of the log stands for others.
  func note(_ operation: OperationID, for digests: [Digest]) throws(Problem) {
    for digest in digests {
      try journal.setDocument(Self.kind, Hexadecimal.text(digest.bytes), .text(operation.text))
    }
  }
}
