package import Application
internal import Catalog
package import Cryptography
package import Foundations
package import Replication
internal import SQLite

/// An attachment that is on this device and perhaps not yet on the server.
package struct Blob: Sendable, Hashable {
  package let digest: Digest
  package let application: ApplicationID
  package let bytes: Int64
  /// How much of it the server has.
  package let uploaded: Int64
}

/// A file that has been sealed and can be named in an operation.
package struct TakenFile: Sendable, Hashable {
  package let digest: Digest
  package let bytes: Int64
  package let mediaType: String
  /// The file's own name, without its folder.
  package let name: String

  /// A file that was taken before, under its digest.
  package init(digest: Digest, bytes: Int64, mediaType: String, name: String) {
    self.digest = digest
    self.bytes = bytes
    self.mediaType = mediaType
    self.name = name
  }
}

extension CaptureStore {
  private var attachments: AttachmentFolder { AttachmentFolder(home: folder, sealer: sealer, files: environment.files) }

  /// Checks a file without keeping it, so that all bad ones can be told before anything is saved.
  package func examine(_ path: String) throws(Problem) { _ = try AttachmentFolder.measure(path, in: environment.files) }

  /// Seals a file beside the database; outside a transaction, since it may take long.
  /// - Throws: `attachment.unreadable`, `attachment.empty`, `attachment.too-large`, `store.full`, `store.read-only`.
  package func take(file path: String) throws(Problem) -> TakenFile {
    let (digest, bytes, head) = try AttachmentFolder.measure(path, in: environment.files)
    removeAbandonedFiles()
    try attachments.take(path, digest: digest, bytes: bytes, random: environment.random)
    let name = String(path.split(separator: "/").last ?? "")
    return TakenFile(digest: digest, bytes: bytes, mediaType: Self.mediaType(head), name: String(name.prefix(200)))
  }

  /// Removes what is left of files whose sealing was killed.
  package func removeAbandonedFiles() { attachments.removeAbandoned(now: environment.clock.now()) }

  /// Plain bytes of an attachment, from a position.
  package func read(_ blob: Blob, at position: Int64, count: Int) throws(Problem) -> [UInt8] {
    try attachments.read(blob.digest, bytes: blob.bytes, at: position, count: count)
  }

  /// Whether this device still has all of an attachment as its digest says.
  package func isSound(_ blob: Blob) -> Bool { attachments.isSound(blob.digest, bytes: blob.bytes) }

  /// By the first bytes, since names lie.
  private static func mediaType(_ head: [UInt8]) -> String {
    let kinds: [([UInt8], String)] = [
      ([0xFF, 0xD8, 0xFF], "image/jpeg"), ([0x89, 0x50, 0x4E, 0x47], "image/png"),
      (Array("%PDF".utf8), "application/pdf"), (Array("GIF8".utf8), "image/gif"), (Array("BM".utf8), "image/bmp"),
      ([0x49, 0x49, 0x2A, 0], "image/tiff"), ([0x4D, 0x4D, 0, 0x2A], "image/tiff"),
    ]
    return kinds.first { head.starts(with: $0.0) }?.1 ?? "application/octet-stream"
  }

  func hasFile(_ digest: Digest) -> Bool { attachments.has(digest) }

  func removeFile(_ digest: Digest) { attachments.remove(digest) }
}

extension StoreSession {
  /// Notes that an application has an attachment that is to be sent.
  /// - Throws: `attachment.missing` where the file was dropped with another application since it was taken.
  package func addBlob(_ file: TakenFile, application: ApplicationID) throws(Problem) {
    let isHere = store.hasFile(file.digest)
    // What the county alone keeps is named without being sent again.
    guard try mayBeNamed(file.digest) else { throw ProblemKind.attachmentMissing.with(file.name) }
    try run(
      // Named once more, it is asked for once more: an earlier operation that named it may have been refused.
      """
      INSERT INTO blobs (digest, application, bytes, shed) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT DO UPDATE SET uploaded = 0, complete = 0, backups = NULL, shed = ?4
      """,
      [
        .text(file.digest.text), .text(application.text), .integer(file.bytes), .integer(isHere ? 0 : 1),
      ])
    guard isHere else { return }
    // The file has just been sealed, or found to be sound.
    try run("UPDATE blobs SET damaged = 0, shed = 0 WHERE digest = ?", [.text(file.digest.text)])
  }

  /// Whether an attachment may be named in an operation: its file is here, or the county alone keeps it.
  package func mayBeNamed(_ digest: Digest) throws(Problem) -> Bool {
    try store.hasFile(digest) ? true : isShed(digest)
  }

  /// What is still to be sent, small before large: of applications whose operations the server has, never of held
  /// drafts, nor what is damaged here.
  package func blobsToSend() throws(Problem) -> [Blob] { try unsentBlobs("NOT damaged") }

  /// What of it is here: the county alone may keep some.
  package func blobsToExamine() throws(Problem) -> [Blob] { try unsentBlobs("NOT damaged AND NOT shed") }

  /// What would be to be sent, if it were not damaged here.
  package func damagedBlobs() throws(Problem) -> [Blob] { try unsentBlobs("damaged") }

  /// What is to be sent in the order of its turn (`UploadTurn`).
  package func uploads(today: CivilDate) throws(Problem) -> [Blob] {
    var green: [ApplicationID: Bool] = [:]
    var turns: [(turn: UploadTurn, blob: Blob)] = []
    for blob in try blobsToSend() + awaitedBlobs() {
      if green[blob.application] == nil {
        let state = try state(blob.application)
        let matter = try state.flatMap { state throws(Problem) in try self.matter(state.matter) }
        green[blob.application] = state.flatMap { GreenChannel($0, matter: matter, today: today) } != nil
      }
      turns.append((UploadTurn(isGreen: green[blob.application] ?? false, bytes: blob.bytes), blob))
    }
    // Stable, so that equals keep the order of their digests.
    return turns.sorted { $0.turn < $1.turn }.map(\.blob)
  }

  /// What a proceeding waits for though this device has sent it: under an identity that has ended, or before a person
  /// took in what names it. The server says what it has.
  private func awaitedBlobs() throws(Problem) -> [Blob] {
    var awaited: Set<String> = []
    for row in try applications(attention: .attachment, limit: Int.max) {
      if let state = try state(row.id) { awaited.formUnion(Self.awaitedDigests(state)) }
    }
    return try sentBlobs(awaited)
  }

  /// What an application's proceedings wait for though this device has sent it: it is sent once more.
  package func awaitedBlobs(of state: ApplicationState) throws(Problem) -> [Blob] {
    try sentBlobs(Self.awaitedDigests(state))
  }

  private static func awaitedDigests(_ state: ApplicationState) -> Set<String> {
    let materials = Set(state.proceedings.flatMap(\.awaits))
    return Set(state.materials.filter { materials.contains($0.material) }.compactMap(\.content.digest))
  }

  /// What of these files is here, whole as far as is known, and was sent.
  private func sentBlobs(_ digests: Set<String>) throws(Problem) -> [Blob] {
    var blobs: [Blob] = []
    for text in digests.sorted() {
      guard let digest = Digest(text), store.hasFile(digest) else { continue }
      let row = try store.sql { connection throws(StorageError) in
        try connection.one(
          "SELECT application, bytes FROM blobs WHERE digest = ? AND complete = 1 AND NOT damaged LIMIT 1",
          [.text(text)]
        ) { (application: ApplicationID($0.text(0)), bytes: $0.integer(1)) }
      }
      if let row { blobs.append(Blob(digest: digest, application: row.application, bytes: row.bytes, uploaded: 0)) }
    }
    return blobs
  }

  private func unsentBlobs(_ condition: String) throws(Problem) -> [Blob] {
    let rows = try store.sql { connection throws(StorageError) in
      try connection.query(
        """
        SELECT digest, application, bytes, uploaded FROM blobs INDEXED BY blobs_unsent
        WHERE complete = 0 AND \(condition) AND application NOT IN (SELECT application FROM held)
        ORDER BY bytes, digest, application
        """
      ) { ($0.text(0), $0.text(1), $0.integer(2), $0.integer(3)) }
    }
    return rows.compactMap { digest, application, bytes, uploaded in
      Digest(digest).map {
        Blob(digest: $0, application: ApplicationID(application), bytes: bytes, uploaded: uploaded)
      }
    }
  }

  /// Notes whether an attachment's bytes here are damaged.
  package func setDamaged(_ blob: Blob, _ isDamaged: Bool) throws(Problem) {
    try run(
      "UPDATE blobs SET damaged = ? WHERE digest = ?", [.integer(isDamaged ? 1 : 0), .text(blob.digest.text)])
  }

  /// Notes how much of an attachment the server has.
  package func setUploaded(_ blob: Blob, _ offset: Int64, complete: Bool) throws(Problem) {
    try run(
      "UPDATE blobs SET uploaded = ?, complete = ? WHERE digest = ? AND application = ?",
      [.integer(offset), .integer(complete ? 1 : 0), .text(blob.digest.text), .text(blob.application.text)])
    if complete { try dropOfLeft(blob.application) }
  }

  /// Forgets what was sent of an application that has left this device's scope: it waited for nothing else.
  func dropOfLeft(_ application: ApplicationID) throws(Problem) {
    guard try !isListed(application), try !isHeld(application) else { return }
    try dropAttachments(of: application)
  }

  /// Forgets an application's attachments that were sent. The files follow once this is committed: what fails after all
  /// must not have cost a file.
  /// - Parameters:
  ///   - unsent: whether those that were not sent are forgotten, too.
  ///   - kept: those that something else still needs.
  func dropAttachments(of application: ApplicationID, unsent: Bool = false, except kept: [String] = []) throws(Problem)
  {
    let which =
      "application = ? AND (complete = 1 OR ?) AND digest NOT IN (\(kept.map { _ in "?" }.joined(separator: ", ")))"
    let arguments = [.text(application.text), .integer(unsent ? 1 : 0)] + kept.map(Binding.text)
    try forget(which, arguments)
  }

  /// Forgets a file of an application that nothing in it names any more, unless somebody else may have heard of it: a
  /// colleague may have handed it in meanwhile, and the window would wait for it for good.
  /// - Parameter operation: the one that attached it.
  package func forgetUnsent(
    _ digest: String, attached operation: OperationID, of application: ApplicationID
  ) throws(Problem) {
    let (isHeld, offered) = (try isHeld(application), try offered())
    guard isHeld || (operation.device == identity.device && operation.counter > offered) else { return }
    try forget(
      "application = ? AND digest = ? AND complete = 0", [.text(application.text), .text(digest)])
  }

  private func forget(_ which: String, _ arguments: [Binding]) throws(Problem) {
    let digests = try store.sql { connection throws(StorageError) in
      try connection.query("SELECT digest FROM blobs WHERE " + which, arguments) { $0.text(0) }
    }
    guard !digests.isEmpty else { return }
    try run("DELETE FROM blobs WHERE " + which, arguments)
    try noteDropped(digests)
  }

  /// Has files removed once this is committed, those that nothing needs any more.
  func noteDropped(_ digests: [String]) throws(Problem) {
    try setMeta(Self.droppedName, .array(try dropped().map(Value.text) + digests.map(Value.text)))
    hasDropped = true
  }

  private static let droppedName = "dropped"

  /// Digests of attachments that were forgotten while their files may still be there.
  func dropped() throws(Problem) -> [String] { (try meta(Self.droppedName)?.array ?? []).compactMap(\.text) }

  /// Removes the files of forgotten attachments that no application names. It can be repeated after a crash.
  func removeDropped() throws(Problem) {
    for digest in try dropped() {
      let names = try store.sql { connection throws(StorageError) in
        try connection.one("SELECT count(*) FROM blobs WHERE digest = ? AND NOT shed", [.text(digest)]) {
          $0.integer(0)
        }
      }
      if names == 0, let digest = Digest(digest) { store.removeFile(digest) }
    }
    try run("DELETE FROM meta WHERE name = ?", [.text(Self.droppedName)])
  }
}

extension TakenFile {
  /// `sm3:…`
  package var digestText: String { digest.text }
}
