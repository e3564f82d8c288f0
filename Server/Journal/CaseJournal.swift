package import Application
package import Cryptography
package import Foundations
package import Replication

/// The operation log with its projections: the one truth of the server.
///
/// Two databases can stand behind it; SQL and its dialects stay behind this protocol. Reads see one snapshot; a write
/// commits whole with everything the body did, or not at all.
package protocol CaseJournal: Sendable {
  /// Runs a body that only reads.
  func read<Result>(_ body: (any JournalReader) throws(Problem) -> Result) throws(Problem) -> Result
  /// Runs a body that writes, alone; what it throws rolls everything back.
  func write<Result>(_ body: (any JournalWriter) throws(Problem) -> Result) throws(Problem) -> Result
  /// Leaves nothing of what was overwritten in the database's own log, as far as nobody is reading from it.
  func emptyLog() throws(Problem)
}

/// What can be asked. Everything throws `store.…` where the database cannot be read, and `seal.invalid`
/// where a sealed column does not open; an id that is not known is nil, or an empty list.
package protocol JournalReader {
  // Operations.
  /// What is held of an author; a fresh record where nothing is.
  func author(_ device: DeviceID) throws(Problem) -> AuthorRecord
  /// Digest and running digest of an author's operation, judged or waiting; no running digest where it was brought back
  /// and its author's chain has not reached it.
  func held(_ device: DeviceID, _ counter: Int64) throws(Problem) -> (digest: Digest, running: Digest?)?
  /// The highest counter of an author's operations that were brought back; 0 where there are none.
  func adoptedThrough(_ device: DeviceID) throws(Problem) -> Int64
  /// Operations that were brought back, in the order of their ids, after one of them.
  func adoptions(after id: OperationID?, limit: Int) throws(Problem) -> [AdoptionRow]
  /// How one operation was brought back; nil for all others.
  func adoption(_ id: OperationID) throws(Problem) -> AdoptionRow?
  /// The server's word that stands behind operations that were brought back.
  func attestation(_ digest: Digest) throws(Problem) -> Attestation?
  /// An operation of the log by its id.
  func operation(_ id: OperationID) throws(Problem) -> JudgedOperation?
  /// The judgements of an author's operations in a range of counters.
  func judgements(_ device: DeviceID, _ counters: ClosedRange<Int64>) throws(Problem) -> [Int64: Judgement]
  /// All operations of an application in the order of their sequence.
  func operations(_ application: ApplicationID) throws(Problem) -> [JudgedOperation]
  /// Operations after a sequence, in order; for `verify`.
  func operations(after sequence: Int64, limit: Int) throws(Problem) -> [JudgedOperation]
  /// How many operations are kept as another application's than their own: nobody would find them by it.
  func misplacedOperations() throws(Problem) -> Int64
  /// The last sequence given out.
  func lastSequence() throws(Problem) -> Int64
  /// Encodes and seals operations, on all cores; nothing is written yet.
  func seal(_ operations: [Operation]) -> [SealedOperation]
  /// What encodes and seals so many operations, one by one and on any thread.
  func sealing(_ count: Int) -> OperationSealing
  /// The batches of an author, for verification, in the order of what they sign: a file may be older than what has come
  /// over the network before it.
  func batches(_ device: DeviceID) throws(Problem) -> [Batch]

  /// What waits to be judged in an application, by author and counter.
  func waiting(_ application: ApplicationID) throws(Problem) -> [WaitingRow]
  /// Whether operations wait in an application, without reading them: of an author, or of anybody for nil.
  func waits(in application: ApplicationID, of author: DeviceID?) throws(Problem) -> Bool
  /// Whether any of those of an author is without contents.
  func waitsForContents(in application: ApplicationID, of author: DeviceID) throws(Problem) -> Bool
  /// An operation that waits to be judged; nil for one that does not.
  func waiting(_ operation: OperationID) throws(Problem) -> WaitingRow?
  /// What waits to be judged, the oldest first.
  func waiting(limit: Int) throws(Problem) -> [WaitingRow]
  /// Everybody of whom anything is held.
  func authors() throws(Problem) -> [DeviceID]

  // Scope.
  /// The scopes an application is in: `station:…`, `device:…`, and `tray:…`, by which nobody pulls (`TrayNews.scope`).
  func scopes(_ application: ApplicationID) throws(Problem) -> [String]
  /// What came, or entered a device's scopes, after a cursor; its own operations excepted, unless it was moved since or
  /// their application has entered since, and it may have let go of them, or they were judged after they had been
  /// acknowledged.
  /// - Parameter ownThrough: up to which sequence it may have let go of its own.
  func feed(
    _ scopes: [String], after cursor: Cursor, limit: Int, for device: DeviceID, ownThrough: Int64
  ) throws(Problem) -> FeedPage
  /// What stands in a range of places of a scope's feed, in order, as `prove` compares it.
  /// - Parameter scopes: what came earlier by one of these does not count again.
  func proofEntries(
    _ scope: String, _ range: FeedRange, notIn scopes: [String], _ body: (FeedPlace, ProofEntry) -> Void
  ) throws(Problem)
  /// Applications of which these scopes have something after a cursor, in the order of their ids.
  func applications(behind cursor: Cursor, in scopes: [String]) throws(Problem) -> [ApplicationID]
  /// The last place of a scope's feed, up to a cursor, at which its sums are kept.
  func proofMark(_ scope: String, upTo cursor: Cursor) throws(Problem) -> ProofMark?
  /// All places at which sums are kept, in order; by scope.
  func proofMarks() throws(Problem) -> [(scope: String, mark: ProofMark)]
  /// Applications in these scopes, each with the sequence at which it first entered one of them.
  func applications(in scopes: [String]) throws(Problem) -> [ApplicationID: Int64]

  // Projections.
  /// The projected row of an application.
  func application(_ id: ApplicationID) throws(Problem) -> ApplicationRow?
  /// Applications whose last sequence is greater, in that order.
  func applications(since sequence: Int64, limit: Int) throws(Problem) -> [ApplicationRow]
  /// As `applications(since:limit:)`, without those whose `create` was refused because it stands in the log already,
  /// under another identity: nobody is to do anything about them.
  func listedApplications(since sequence: Int64, limit: Int) throws(Problem) -> [ApplicationRow]
  /// Applications whose id or code begins with a text, so many of each at most; first what has just this one.
  func applications(beginning text: String, limit: Int) throws(Problem) -> [ApplicationRow]
  /// Applications that have one of these terms.
  func applications(terms: [SearchTerm], limit: Int) throws(Problem) -> [ApplicationID]
  /// Applications of a matter that have one of these terms, were submitted and have not ended.
  func applicationsUnderWay(_ matter: MatterID, terms: [SearchTerm], limit: Int) throws(Problem) -> [ApplicationID]
  /// The terms an application can be found by as they are stored: keyed, sorted.
  func termKeys(_ id: ApplicationID) throws(Problem) -> [Int64]
  /// How many terms the applications list, and how many there are: more would find applications by what they no longer
  /// hold.
  func termCounts() throws(Problem) -> (listed: Int64, found: Int64)
  /// What terms are keyed by, on any thread.
  var termIndex: KeyedIndex { get }
  /// The keys of terms, sorted; for comparing.
  func keys(of terms: [SearchTerm]) -> [Int64]
  /// The projected row of a proceeding.
  func proceeding(_ id: ProceedingID) throws(Problem) -> ProceedingRow?
  /// A window's queue in the order in which the applications came, after one of them; all of it after one that is not
  /// known.
  func proceedings(
    window: WindowID, status: String?, after: ProceedingID?, limit: Int
  ) throws(Problem) -> [ProceedingRow]
  /// Proceedings that no window is there for, in the order of `proceedings`: none matched, or it was added after a
  /// backup and went with a log that was lost.
  func unrouted(after: ProceedingID?, limit: Int) throws(Problem) -> [ProceedingRow]
  /// All projected rows of an application: what `verify` compares.
  func projectedRows(_ id: ApplicationID) throws(Problem) -> [ProceedingRow]
  /// Operations that were refused since what they are stands in the log already.
  func operationsElsewhere() throws(Problem) -> [JudgedOperation]
  /// Operations that were judged `refused` or `quarantined` and wait for a person; those a person has decided about
  /// wait no more, and those that came late wait for their window.
  func tray(limit: Int) throws(Problem) -> [(operation: JudgedOperation, application: ApplicationID)]

  // The review tray.
  /// An entry by its id, `ReviewRow.id`.
  func review(_ id: String) throws(Problem) -> ReviewRow?
  /// Entries of a status, the oldest first.
  func reviews(_ status: ReviewStatus, limit: Int) throws(Problem) -> [ReviewRow]
  /// The entries under an author's counter: branches of one device may have one each.
  func reviews(_ device: DeviceID, _ counter: Int64) throws(Problem) -> [ReviewRow]
  /// The entries of an application, by author and counter.
  func reviews(of application: ApplicationID) throws(Problem) -> [ReviewRow]
  /// An author's entries, by counter.
  func reviews(by device: DeviceID) throws(Problem) -> [ReviewRow]
  /// How many entries an author has, settled ones among them.
  func reviewCount(_ device: DeviceID) throws(Problem) -> Int
  /// Entries after a change of the tray, in the order of their changes, that were written by one of these devices or
  /// belong to an application in one of these scopes.
  func reviews(
    after change: Int64, by devices: Set<DeviceID>, in scopes: [String], limit: Int
  ) throws(Problem) -> [(row: ReviewRow, change: Int64)]
  /// The authors of entries.
  func reviewAuthors() throws(Problem) -> [DeviceID]
  /// What names an attachment that a device may send although it belongs to none of the applications it sees.
  func expectedBlobs(_ digest: String, from device: DeviceID) throws(Problem) -> [BlobClaim]
  /// The batches in which an author's entries were signed.
  func reviewBatches(_ device: DeviceID) throws(Problem) -> [Batch]

  // Outbox.
  /// Dispatches, the oldest first; with `dead` only those that stand for a person: `unknown` and `dead`.
  func dispatches(dead: Bool, limit: Int) throws(Problem) -> [DispatchRow]
  /// A dispatch by its id, `DispatchID`; quickly where its application is known.
  func dispatch(_ id: String, of application: ApplicationID?) throws(Problem) -> DispatchRow?
  /// Dispatches whose time has come, by that time: the first queued one of each application to each window, and of
  /// those the first few to each window, so that no window's backlog hides another's.
  /// - Parameters:
  ///   - each: how many to a window.
  ///   - windows: those that are passed over.
  func dueDispatches(now: Instant, of each: Int, except windows: Set<WindowID>) throws(Problem) -> [DispatchRow]
  /// Whether what a dispatch tells of still lies with its window, in its version, and has not ended.
  func mayGoOut(_ row: DispatchRow) throws(Problem) -> Bool
  /// How many dispatches are queued, due or not.
  func queuedDispatches() throws(Problem) -> Int
  /// The earliest time after another one at which a queued dispatch is due.
  func nextDispatch(after time: Instant) throws(Problem) -> Instant?

  // Registry.
  /// A device, enrolled or only invited.
  func device(_ id: DeviceID) throws(Problem) -> DeviceRow?
  /// All devices in the order of their ids, revoked ones among them.
  func devices() throws(Problem) -> [DeviceRow]
  /// The station a device belonged to under an assignment.
  func station(of device: DeviceID, assignment: Int64) throws(Problem) -> StationID?
  /// The stations a device belonged to before an assignment.
  func stations(of device: DeviceID, before assignment: Int64) throws(Problem) -> [StationID]
  /// The numbers that devices of a station have or had.
  func numbersUsed(_ station: StationID) throws(Problem) -> Set<String>
  /// A station.
  func station(_ id: StationID) throws(Problem) -> StationRow?
  /// All stations in the order of their ids.
  func stations() throws(Problem) -> [StationRow]
  /// Stations that applications are of and the registry does not have: they were added after a backup and went with a
  /// log that was lost.
  func lostStations() throws(Problem) -> [StationID]
  /// A document of the registry by its kind and key: windows, calendars, divisions, settings.
  func document(_ kind: String, _ key: String) throws(Problem) -> Value?
  /// All documents of a kind in the order of their keys.
  func documents(_ kind: String) throws(Problem) -> [(key: String, value: Value)]
  /// An account, disabled or not.
  func user(_ id: PersonID) throws(Problem) -> UserRow?
  /// The account of a name, disabled or not.
  func user(named name: String) throws(Problem) -> UserRow?
  /// All accounts in the order of their names.
  func users() throws(Problem) -> [UserRow]
  /// What a bearer token stands for, or stood for.
  func token(_ token: String) throws(Problem) -> TokenRow?
  /// All tokens with the digests they are kept by, those that have ended among them.
  func tokens() throws(Problem) -> [(digest: [UInt8], row: TokenRow)]
  /// Where a window's own system receives; nil for a window that fetches its queue.
  func endpoint(_ window: WindowID) throws(Problem) -> EndpointRow?

  // Catalogue.
  /// The published version; empty before the first.
  func catalogVersion() throws(Problem) -> String
  /// All catalogues that were published, the last one first.
  func catalogVersions() throws(Problem) -> [String]
  /// Matter id to digest of its file, of a version; nil for an unknown version.
  func catalogManifest(_ version: String) throws(Problem) -> [String: String]?
  /// A matter's file.
  func catalogFile(_ digest: String) throws(Problem) -> [UInt8]?

  // Attachments and audit.
  /// An attachment by its digest `sm3:…`.
  func blob(_ digest: String) throws(Problem) -> BlobRow?
  /// Attachments that are here whole, in the order of their digests, after one of them.
  func wholeBlobs(after digest: String, limit: Int) throws(Problem) -> [BlobRow]
  /// Where an attachment was named.
  func blobClaims(_ digest: String) throws(Problem) -> [BlobClaim]
  /// Attachments of an application that nobody who may has sent whole.
  func missingBlobs(_ application: ApplicationID) throws(Problem) -> [String]
  /// Attachments of all applications in these scopes that have not arrived whole.
  func missingBlobs(in scopes: [String], limit: Int) throws(Problem) -> [String]
  /// Where the audit chain ends, as the server noted it under its key; nil where it has no line yet.
  /// - Throws: `seal.invalid` where somebody else wrote it.
  func auditEnd() throws(Problem) -> AuditEnd?
  /// Lines of the audit chain behind a number, in order.
  func audit(after number: Int64, limit: Int) throws(Problem) -> [AuditRow]
}

/// What can be written. Everything happens in the transaction of `CaseJournal.write`, and throws `store.…` where the
/// database refuses. `set…` replaces the row of that id or makes it.
package protocol JournalWriter: JournalReader {
  /// Appends an operation with its judgement; the sequence must be the next one.
  /// - Parameters:
  ///   - running: nil for one that was brought back, until `chain`.
  ///   - waited: whether it was acknowledged before, so that its author gets the judgement with the feed.
  func append(_ operation: JudgedOperation, sealed: SealedOperation, running: Digest?, waited: Bool) throws(Problem)
  /// An operation that was brought back has its place in its author's chain.
  func chain(_ operation: OperationID, running: Digest) throws(Problem)
  /// Keeps what stands behind an operation that was brought back.
  func addAdoption(_ row: AdoptionRow, _ attestation: Attestation) throws(Problem)
  /// Erases what the operations of an application say and were salted with, except the tombstone; what the review tray
  /// holds of it; its proceedings; and lets nothing of it out of the queue any more.
  func erase(_ application: ApplicationID, except tombstone: OperationID) throws(Problem)
  /// Erases what one operation says, in the log and in the review tray, and nothing of another under the same id.
  func erase(_ operation: Operation) throws(Problem)
  /// An attachment belongs to an application no more, nor is it expected from anybody's work on it.
  /// - Returns: whether nothing names it any longer.
  func dropBlob(_ digest: String, of application: ApplicationID) throws(Problem) -> Bool
  /// Keeps an operation that waits to be judged.
  func setWaiting(_ row: WaitingRow) throws(Problem)
  /// An operation waits no more.
  func dropWaiting(_ operation: OperationID) throws(Problem)
  /// What is held of an author from now on.
  func setAuthor(_ device: DeviceID, _ record: AuthorRecord) throws(Problem)
  /// Keeps a batch as it was signed, for `verify`.
  func addBatch(_ batch: Batch) throws(Problem)
  /// Brings an application into a scope at a sequence; nothing happens where it is there already.
  func enter(_ scope: String, _ application: ApplicationID, at sequence: Int64) throws(Problem)
  /// Keeps a scope's sums at a place of its feed. They go by themselves once anything before it is changed.
  func setProofMark(_ scope: String, _ mark: ProofMark) throws(Problem)
  /// Replaces an application's projection whole: the row, the keys of the search terms, the proceedings.
  /// - Parameter isNew: whether nothing of it was here before this transaction, so that nothing need be looked up.
  func setApplication(
    _ row: ApplicationRow, terms: Set<Int64>, proceedings: [ProceedingRow], isNew: Bool
  ) throws(Problem)
  /// Keeps an entry of the review tray.
  func setReview(_ row: ReviewRow) throws(Problem)
  /// Expects an attachment of this size from a device, whatever it sees: an entry of its own in the review tray, or an
  /// application that has left its scope, names it.
  func expectBlob(
    _ digest: String, from device: DeviceID, application: ApplicationID, bytes: Int64
  ) throws(Problem)
  /// Keeps a batch that entries of the review tray were signed in, whole.
  func addReviewBatch(_ batch: Batch) throws(Problem)
  /// Queues a dispatch; one that is there already stays as it is.
  func addDispatch(_ row: DispatchRow) throws(Problem)
  /// Takes back those of an application's dispatches that are queued or were given up and are over now, visibly.
  func withdrawDispatches(of application: ApplicationID, where isOver: (DispatchRow) -> Bool) throws(Problem)
  /// Queues a window's dead and unknown dispatches again, and brings forward what waits for its next attempt. What has
  /// ended, lies with another window by now or goes out in another version stays as it is.
  /// - Returns: how many.
  func queueAgain(to window: WindowID, at now: Instant) throws(Problem) -> Int
  /// A dispatch after an attempt; one that was taken out of the queue meanwhile does not come back into it.
  func setDispatch(_ row: DispatchRow) throws(Problem)
  /// A device; its keys are set at enrolment. Its station and number stay on record under its assignment.
  func setDevice(_ row: DeviceRow) throws(Problem)
  /// Sets a one-time code for a device, by its digest.
  func setEnrolmentCode(_ digest: [UInt8], device: DeviceID, until: Instant) throws(Problem)
  /// Uses up a one-time code for some keys, by a digest of them; with the same ones it may be used again, since the
  /// first answer may have been lost.
  func takeEnrolmentCode(_ digest: [UInt8], keys: Digest, now: Instant) throws(Problem) -> DeviceID?
  /// A station.
  func setStation(_ row: StationRow) throws(Problem)
  /// A document of the registry; nil removes it.
  func setDocument(_ kind: String, _ key: String, _ value: Value?) throws(Problem)
  /// Removes the documents of a kind in whose value a text stands.
  func dropDocuments(_ kind: String, naming text: String) throws(Problem)
  /// An account.
  func setUser(_ row: UserRow) throws(Problem)
  /// Lets a bearer token stand for a holder, `window:…` or `user:…`, until an instant or for good. Only its digest is
  /// kept.
  func setToken(_ token: String, holder: String, until: Instant?) throws(Problem)
  /// Keeps a token that only its digest is known of, as it stands elsewhere.
  func setToken(digest: [UInt8], _ row: TokenRow) throws(Problem)
  /// Ends every token of a holder that has not ended yet.
  func endTokens(of holder: String, at: Instant) throws(Problem)
  /// Ends every token that has not ended yet.
  func endTokens(at: Instant) throws(Problem)
  /// Where a window's own system receives.
  func setEndpoint(_ row: EndpointRow) throws(Problem)
  /// The window has no system of its own any more.
  /// - Returns: whether it had one.
  func removeEndpoint(_ window: WindowID) throws(Problem) -> Bool
  /// Makes a version of the catalogue the published one.
  /// - Parameters:
  ///   - manifest: matter id to digest of its file.
  ///   - files: digest to the bytes of every file that is not held yet.
  func publishCatalog(version: String, manifest: [String: String], files: [String: [UInt8]], at: Instant)
    throws(Problem)
  /// Adds a version that was published before the one in force; one that is known stays as it is.
  func addFormerCatalog(version: String, manifest: [String: String], files: [String: [UInt8]]) throws(Problem)
  /// An attachment's bytes are here.
  func setBlob(_ row: BlobRow) throws(Problem)
  /// Notes that an attachment, `sm3:…`, was named; a claim that has arrived stays so.
  func addBlob(_ digest: String, claim: BlobClaim) throws(Problem)
  /// A device has sent an attachment whole: what it named itself has arrived, and these applications' claims of its
  /// station.
  func setArrived(_ digest: String, from device: DeviceRow, applications: [ApplicationID]) throws(Problem)
  /// The bytes of an attachment that was whole are lost: nobody has sent it, whoever did.
  func loseBlob(_ digest: String) throws(Problem)
  /// Adds a line to the audit chain.
  /// - Parameters:
  ///   - actor: `device:…`, `window:…`, `user:…` or `admin-cli`.
  ///   - subject: the id of what was changed; never record contents.
  func addAudit(at: Instant, actor: String, action: String, subject: String) throws(Problem)
}
