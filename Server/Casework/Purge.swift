internal import Application
package import Foundations
internal import Journal
internal import Replication

/// Erases the contents of an application for good, where a right to erasure or a retention rule asks for it (Personal
/// Information Protection Law 个人信息保护法, article 47). Headers and digests stay: chains, signatures and proofs still
/// verify.
struct Purge {
  let transaction: CaseTransaction

  /// Appends the tombstone and erases everything before it.
  /// - Returns: how many operations were erased, and the attachments that nothing names any longer.
  func run(_ state: ApplicationState, why: String) throws(Problem) -> (operations: Int, attachments: [String]) {
    let journal = transaction.journal
    let id = state.id
    let tombstone = transaction.nextOwnID
    let before = try journal.operations(id).map(\.operation)
    try transaction.appendOwn(.purge, id, StandIns.keep(before, in: state.tombstone(why: why)))
    // What waited for a parent is judged, so that its author is told, and erased with the rest.
    try Intake.release(id, transaction)
    let operations = try journal.operations(id)
    let others = try ghosts(of: operations.map(\.operation))
    var attachments = try erase(id, except: tombstone)
    var erased = operations.count { $0.operation.id != tombstone && !$0.operation.isErased }
    try tell(state.duplicates, of: id)
    for other in others where other != id {
      guard let ghost = try transaction.state(other), ghost.erasure == nil,
        Disposition.standsElsewhere(ghost.refusal)
      else { continue }
      let done = try run(ghost, why: why)
      erased += done.operations
      attachments += done.attachments
    }
    return (erased, attachments)
  }

  /// Tells the duplicates of an application that it was erased: it cannot tell them itself any more.
  func tell(_ duplicates: [DuplicateMark], of id: ApplicationID) throws(Problem) {
    for mark in duplicates {
      guard let told = try transaction.state(mark.other)?.duplicate(id), told.status != .erased else { continue }
      try transaction.tell(mark.other, that: id, is: .erased)
    }
  }

  /// Applications that were opened anew under other ids with the same in them: copies of one store each do so, and only
  /// one of them is in effect.
  private func ghosts(of operations: [Operation]) throws(Problem) -> [ApplicationID] {
    let same = Set(operations.flatMap(Former.digests))
    return try transaction.journal.operationsElsewhere().map(\.operation)
      .filter { $0.opensItsApplication && Former.chain(in: $0.content).contains { same.contains($0.digest) } }
      .map(\.header.application)
  }

  /// Erases everything that is held of an application, except its tombstone; what a device wrote again under a new
  /// identity lies in the tray as it was before, and may have had another application's id there.
  /// - Returns: the attachments that nothing names any longer.
  @discardableResult
  func erase(_ application: ApplicationID, except tombstone: OperationID) throws(Problem) -> [String] {
    let journal = transaction.journal
    let held = try journal.operations(application).map(\.operation) + journal.reviews(of: application).map(\.operation)
    let others = try formers(of: held) + copies(of: held)
    var attachments = try drop(held, of: application)
    try journal.erase(application, except: tombstone)
    // What windows asked for once: a repetition finds nothing any more.
    try journal.dropDocuments(RegistryKey.requests, naming: application.text)
    for former in others where former.header.application != application { attachments += try eraseAlone(former) }
    return attachments
  }

  /// Erases a single operation, wherever it is held, and what it was before: what came after the tombstone, once a
  /// person has set it aside.
  /// - Returns: the attachments that nothing names any longer.
  @discardableResult
  func erase(_ operation: Operation) throws(Problem) -> [String] {
    let formers = try formers(of: [operation])
    var attachments = try eraseAlone(operation)
    for former in formers { attachments += try eraseAlone(former) }
    return attachments
  }

  private func eraseAlone(_ operation: Operation) throws(Problem) -> [String] {
    let attachments = try drop([operation], of: operation.header.application)
    try transaction.journal.erase(operation)
    return attachments
  }

  /// What operations were under former identities, as it lies in the tray.
  private func formers(of operations: [Operation]) throws(Problem) -> [Operation] {
    var formers: [Operation] = []
    for former in operations.flatMap({ Former.chain(in: $0.content) }) {
      if let row = try transaction.journal.review(TrayEntry.id(of: former.digest)), !row.operation.isErased {
        formers.append(row.operation)
      }
    }
    return formers
  }

  /// What of the tray stands for the same as operations do, or for them: their author wrote it under one more identity.
  /// All of the tray is looked through; that is done for a whole application only.
  private func copies(of operations: [Operation]) throws(Problem) -> [Operation] {
    let same = Set(operations.flatMap(Former.digests))
    var copies: [Operation] = []
    for author in try transaction.journal.reviewAuthors() {
      for row in try transaction.journal.reviews(by: author)
      where Former.chain(in: row.operation.content).contains(where: { same.contains($0.digest) }) {
        copies.append(row.operation)
        try ReviewTray.settle(itself: row.operation, transaction)
      }
    }
    return copies
  }

  /// Lets go of the attachments that operations name, as far as nothing else does.
  private func drop(_ operations: [Operation], of application: ApplicationID) throws(Problem) -> [String] {
    let digests = operations.compactMap { operation -> String? in
      guard operation.header.kind == .attach, case .file(let digest, _, _, _)? = MaterialContent(operation.content)
      else { return nil }
      return digest
    }
    var dropped: [String] = []
    for digest in Set(digests).sorted() where try transaction.journal.dropBlob(digest, of: application) {
      // The file goes once this is committed: what fails after all must not have cost one.
      try transaction.journal.setDocument(CaseService.droppedBlobs, digest, true)
      dropped.append(digest)
    }
    return dropped
  }
}

/// What a purge did.
package struct Purged: Sendable, Hashable {
  package let id: ApplicationID
  package let code: String
  package let operations: Int
  package let attachments: Int

  package var value: Value {
    [
      "id": .text(id.text), "code": .text(code), "operations": Value(operations), "attachments": Value(attachments),
    ]
  }
}

extension CaseService {
  /// The kind of documents that name attachments whose files are still to be removed.
  static let droppedBlobs = "dropped-blob"

  /// Erases an application's contents, on this server now and on every device at its next sync.
  /// - Parameters:
  ///   - name: its id or its code, whole: what cannot be undone is not to happen for a slip of the pen.
  ///   - why: a person's reason; devices show it, and it is sealed like everything people write.
  ///   - evenLive: whether an application that has not ended is erased as well.
  /// - Throws: `application.not-found`, `application.ambiguous`, `purge.name`, `purge.done`, `purge.live`,
  ///   `purge.reason`.
  package func purge(
    _ name: String, why: String, evenLive: Bool, from store: any AttachmentStore, actor: String
  ) throws(Problem) -> Purged {
    let why = why.trimmed
    guard !why.isEmpty, why.count <= Limits.textCharactersMax else { throw Problem(.purgeReason) }
    let purged = try transact { transaction throws(Problem) in
      let row = try Self.row(named: name, transaction.journal)
      guard row.id.text == name || row.code == name else { throw ProblemKind.purgeName.with(row.code) }
      guard let state = try transaction.state(row.id) else { throw ProblemKind.applicationNotFound.with(name) }
      guard state.erasure == nil else { throw ProblemKind.purgeDone.with(state.code) }
      let hasEnded = state.status == .closed || state.status == .withdrawn || state.refusal != nil
      guard evenLive || hasEnded else { throw ProblemKind.purgeLive.with(state.code) }
      let done = try Purge(transaction: transaction).run(state, why: why)
      try transaction.journal.addAudit(
        at: transaction.now, actor: actor, action: "application.purge", subject: row.id.text)
      return Purged(
        id: row.id, code: state.code, operations: done.operations, attachments: done.attachments.count)
    }
    try forgetErased(from: store)
    return purged
  }

  /// After something was erased: nothing of it stays in files either, attachments or the database's own log.
  func forgetErased(from store: any AttachmentStore) throws(Problem) {
    try removeDropped(from: store)
    try journal.emptyLog()
  }

  /// Removes the files of attachments that were let go of. It can be repeated after a crash.
  package func removeDropped(from store: any AttachmentStore) throws(Problem) {
    let digests = try journal.read { reader throws(Problem) in try reader.documents(Self.droppedBlobs).map(\.key) }
    for digest in digests {
      try journal.write { writer throws(Problem) in
        // Somebody may have named the same bytes again meanwhile.
        if try writer.blob(digest) == nil { try store.drop(digest, senders: try writer.devices().map(\.id)) }
        try writer.setDocument(Self.droppedBlobs, digest, nil)
      }
    }
  }
}

extension ProblemKind {
  package static let purgeDone = ProblemKind(
    "purge.done", status: 409, "这个办件的内容已经清除过了：{}。", remedy: "不用再做；各设备下次同步时也会清除。")
  package static let purgeName = ProblemKind(
    "purge.name", "清除找不回来，要写完整的编号；这是 {} 的开头几位。", remedy: "请核对是不是这个办件，再把编号写全。")
  package static let purgeLive = ProblemKind(
    "purge.live", status: 409, "这个办件还没有办结或撤回：{}。",
    remedy: "请先办结或撤回；确实要现在清除的，加 --although-live，正在办的子办件随之作废。")
  package static let purgeReason = ProblemKind(
    "purge.reason", "清除的理由没有写，或写得太长。", remedy: "请用 --why 写明为什么清除；各站点会看到，请不要写个人信息。")
}
