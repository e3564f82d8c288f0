internal import CaptureStore
internal import Casework
internal import Foundations
internal import Journal
internal import SQLite
internal import SimulatedDisk

/// A bug that is put between the programs and their surroundings, to see that the simulator finds it.
///
/// None of it is in the programs: a plant is a trigger in a database file, a line that alters what it carries, a disk
/// that lies, or a hand that goes past the use cases. A released program therefore cannot reach one.
package enum Plant: String, Sendable, CaseIterable {
  // Triggers in the server's database.
  /// An operation that is held already is taken again.
  case deduplicationDropped = "deduplication-dropped"
  /// What was refused takes effect all the same.
  case refusedApplied = "refused-applied"
  /// A late edit gets into the version that was submitted.
  case lateApplied = "late-applied"
  /// Some writes of a batch are acknowledged and not kept.
  case lastOfBatchLost = "last-of-batch-lost"
  /// A delivered dispatch goes out again under another id.
  case dispatchedAgain = "dispatched-again"
  /// Every station gets everything.
  case scopeIgnored = "scope-ignored"
  /// Sharing with a device does nothing.
  case shareForgotten = "share-forgotten"
  /// Sharing brings only what comes afterwards.
  case historyForgotten = "history-forgotten"
  /// A proceeding goes out, and its dispatch is not written.
  case outboxForgotten = "outbox-forgotten"
  /// What was given up does not go out again once its window can be reached.
  case givenUpForgotten = "given-up-forgotten"
  /// What has ended stays queued.
  case endedQueued = "ended-queued"
  /// A window's request is carried out again when it is repeated.
  case keyIgnored = "key-ignored"
  /// An attachment counts as whole before it has come.
  case attachmentBelieved = "attachment-believed"
  /// Nobody notes what stands for what: copies of a device mint their common work again, each of them.
  case mintedTwice = "minted-twice"
  /// Some of what goes into the review tray is not kept.
  case trayLost = "tray-lost"
  /// A device is said to be revoked, and is not.
  case revokedServed = "revoked-served"
  // Triggers in the devices' databases.
  /// A counter is given out twice.
  case counterReused = "counter-reused"
  /// A judgement is not kept.
  case judgementDropped = "judgement-dropped"
  /// A file is never sent.
  case attachmentForgotten = "attachment-forgotten"
  /// What is listed stays as it was while operations come in.
  case projectionStale = "projection-stale"
  /// A changed matter is not taken over.
  case catalogueLost = "catalogue-lost"
  /// A device that came from a backup, or has a copy, does not stop.
  case restoredWritesOn = "restored-writes-on"
  // A line that alters what it carries.
  /// A page is passed by.
  case pageSkipped = "page-skipped"
  /// A repeated request is answered with a cursor that has moved on without a page.
  case repeatSkips = "repeat-skips"
  /// The cursor moves though the page with it was lost.
  case cursorBeforePage = "cursor-before-page"
  /// More is acknowledged than has come.
  case acknowledgedTooMuch = "acknowledged-too-much"
  /// Replicas judge again.
  case judgedAgain = "judged-again"
  /// The branch of a copy is acknowledged as if it were in the log.
  case branchAcknowledged = "branch-acknowledged"
  // Disks that lie.
  /// The server acknowledges before the commit is on its disk.
  case acknowledgedBeforeCommit = "acknowledged-before-commit"
  /// A device says "saved" before the commit is on its disk.
  case savedBeforeCommit = "saved-before-commit"
  // A hand that goes past the use cases.
  /// A write forgets what it replaces.
  case parentsForgotten = "parents-forgotten"
  /// A write replaces what its author has not seen.
  case unseenOverwritten = "unseen-overwritten"
  /// A conflict is settled by nobody.
  case settledSilently = "settled-silently"
  /// The members of a group are written apart.
  case groupTakenApart = "group-taken-apart"
  /// The cursor goes to the end of a ferry file whose pages were not read.
  case ferryPageSkipped = "ferry-page-skipped"
  /// A device believes what a ferry file tells another one.
  case ferryOfAnotherBelieved = "ferry-of-another-believed"

  // Duplicates, rules, erasure.
  /// A decision about duplicates holds in one of the two only.
  case mirrorRefused = "mirror-refused"
  /// A decision about duplicates forgets what it replaces.
  case decisionParentsForgotten = "decision-parents-forgotten"
  /// The form has lost its rules.
  case rulesForgotten = "rules-forgotten"
  /// The server keeps some of what was to be erased.
  case contentsKept = "contents-kept"
  /// The server keeps the files of what it has erased.
  case filesKept = "files-kept"
  /// A device keeps some of what was to be erased.
  case erasureForgotten = "erasure-forgotten"
  /// A device keeps the attachments of what was to be erased.
  case attachmentsKept = "attachments-kept"

  // Other stations.
  /// A device keeps what it had at its former station.
  case formerStationKept = "former-station-kept"
  /// A device is moved and never told.
  case moveUntold = "move-untold"
  /// A device that has let go of everything does not get its own again.
  case ownNotSentAgain = "own-not-sent-again"

  // A server whose backup was put back.
  /// What a device brings back is not kept, and counts as taken.
  case returnedDropped = "returned-dropped"
  /// What is left of an erased application is not kept, and counts as taken.
  case remainderDropped = "remainder-dropped"
  /// Nobody looks after duplicates of what came back.
  case returnedUnmended = "returned-unmended"
  /// What is brought back is held to have come now.
  case timesReplaced = "times-replaced"
  /// The server has the same name on two timelines.
  case authorKept = "author-kept"
  /// What comes back goes out under another id.
  case dispatchedAnew = "dispatched-anew"
  /// A device forgets what others had written and the server has lost.
  case lostForgotten = "lost-forgotten"
  /// The server believes whatever is said to have been lost.
  case unprovedBelieved = "unproved-believed"
  /// A device lets go of attachments before a backup holds them.
  case letGoEarly = "let-go-early"

  /// SQL for the server's database.
  private var serverSQL: String? {
    switch self {
    case .moveUntold: Self.moving("assignment = 0")
    case .ownNotSentAgain: Self.moving("assigned = 0") + ";" + Self.ignoring("documents", "new.kind = 'former-work'")
    case .deduplicationDropped:
      """
      DROP INDEX operations_author;
      CREATE TRIGGER planted BEFORE INSERT ON authors
        WHEN new.device <> 'server' AND EXISTS(SELECT 1 FROM authors WHERE device = new.device) AND new.number % 2 = 0
        BEGIN SELECT RAISE(IGNORE); END
      """
    case .refusedApplied: Self.disposition("like 'refused:%'")
    case .lateApplied: Self.disposition("= 'late'")
    case .dispatchedAgain:
      """
      CREATE TRIGGER planted AFTER INSERT ON outbox WHEN new.status = 'delivered' AND new.id NOT LIKE '%!' BEGIN
        INSERT OR IGNORE INTO outbox VALUES(new.place, new.id || '!', new.item, new.version, new.window,
          'queued', 0, new.next, new.created, NULL, NULL);
      END
      """
    case .scopeIgnored:
      """
      CREATE TRIGGER planted AFTER INSERT ON feed WHEN new.scope LIKE 'station:%' BEGIN
        INSERT OR IGNORE INTO feed SELECT 'station:' || id, new.position, new.sequence FROM stations
          WHERE NOT EXISTS(SELECT 1 FROM scopes JOIN operations USING(place)
            WHERE operations.sequence = new.sequence AND scope = 'station:' || stations.id);
      END
      """
    case .timesReplaced:
      """
      CREATE TRIGGER planted AFTER INSERT ON adopted BEGIN
        UPDATE operations SET received = received + 86400000 WHERE author = new.author AND counter = new.counter;
      END
      """
    case .dispatchedAnew:
      """
      CREATE TRIGGER planted AFTER INSERT ON outbox
        WHEN new.id NOT LIKE '%!' AND EXISTS(SELECT 1 FROM documents WHERE kind = 'settings' AND key = 'restored')
        BEGIN UPDATE outbox SET id = new.id || '!' WHERE place = new.place AND id = new.id; END
      """
    case .mirrorRefused:
      """
      CREATE TRIGGER planted AFTER INSERT ON operations
        WHEN new.author LIKE 'server%'
          AND (instr(new.header, CAST('join' AS BLOB)) OR instr(new.header, CAST('apart' AS BLOB)))
        BEGIN UPDATE operations SET disposition = 'refused:planted' WHERE sequence = new.sequence; END
      """
    case .contentsKept:
      """
      CREATE TRIGGER planted BEFORE UPDATE OF body ON operations WHEN new.body IS NULL AND old.sequence % 2 = 0
        BEGIN SELECT RAISE(IGNORE); END
      """
    case .attachmentBelieved:
      """
      CREATE TRIGGER planted AFTER INSERT ON blob_claims WHEN NOT new.arrived BEGIN
        UPDATE blob_claims SET arrived = 1 WHERE application = new.application AND digest = new.digest;
      END
      """
    default: unkept
    }
  }

  /// SQL for the server's database by which something is not kept.
  private var unkept: String? {
    switch self {
    case .lastOfBatchLost: Self.ignoring("operations", "new.author <> 'server' AND new.counter % 6 = 0")
    case .shareForgotten: Self.ignoring("scopes", "new.scope LIKE 'device:%'")
    case .historyForgotten: Self.ignoring("feed", "new.sequence < new.position")
    case .outboxForgotten: Self.ignoring("outbox", "new.version > 0 AND new.item LIKE '%i2'")
    case .givenUpForgotten: Self.ignoring("outbox", "old.status = 'dead' AND new.status = 'queued'", "UPDATE")
    case .endedQueued: Self.ignoring("outbox", "new.status = 'withdrawn'")
    case .keyIgnored: Self.ignoring("documents", "new.kind = 'requests'")
    case .returnedUnmended: Self.ignoring("documents", "new.kind = 'returned'")
    case .mintedTwice: Self.ignoring("documents", "new.kind = 'stands-for'")
    case .trayLost: Self.ignoring("reviews", "new.status = 'open' AND new.counter % 2 = 0")
    case .revokedServed: Self.ignoring("devices", "new.status = 'revoked'")
    case .filesKept: Self.ignoring("documents", "new.kind = 'dropped-blob'")
    default: nil
    }
  }

  /// SQL for a device's database.
  private var deviceSQL: String? {
    switch self {
    case .counterReused:
      Self.ignoring("meta", "new.name = 'record' AND (SELECT count(*) FROM operations) % 7 = 3")
    case .judgementDropped: Self.ignoring("operations", "old.counter % 4 = 0", "UPDATE OF judgement")
    case .attachmentForgotten: Self.ignoring("blobs", "1")
    case .lostForgotten:
      """
      CREATE TRIGGER planted AFTER UPDATE OF sequence ON operations WHEN new.sequence > 1 << 40 BEGIN
        DELETE FROM operations WHERE author = new.author AND counter = new.counter AND running IS NULL;
      END
      """
    case .letGoEarly:
      """
      CREATE TRIGGER planted AFTER UPDATE OF backups ON blobs WHEN new.backups > 0 BEGIN
        UPDATE blobs SET backups = 0 WHERE digest = new.digest AND application = new.application;
        DELETE FROM meta WHERE name = 'ended';
      END
      """
    case .projectionStale:
      """
      CREATE TRIGGER planted BEFORE INSERT ON applications
        WHEN new.version > 0 AND EXISTS(SELECT 1 FROM applications WHERE id = new.id AND version = new.version)
        BEGIN SELECT RAISE(IGNORE); END
      """
    case .catalogueLost: Self.ignoring("matters", "1")
    case .formerStationKept: Self.ignoring("unconfirmed", "1")
    case .rulesForgotten:
      // Until its first sync a device has the forms it was set up with.
      "UPDATE matters SET bytes = CAST(json_remove(CAST(bytes AS TEXT), '$.rules') AS BLOB)"
    case .erasureForgotten:
      """
      CREATE TRIGGER planted BEFORE UPDATE OF content_sealed ON operations
        WHEN new.content_sealed IS NULL AND old.counter % 2 = 1
        BEGIN SELECT RAISE(IGNORE); END
      """
    case .attachmentsKept:
      "CREATE TRIGGER planted BEFORE DELETE ON blobs BEGIN SELECT RAISE(IGNORE); END"
    case .restoredWritesOn: Self.ignoring("meta", "new.name = 'stopped'")
    default: nil
    }
  }

  private static func moving(_ changes: String) -> String {
    """
    CREATE TRIGGER planted_moves AFTER INSERT ON devices WHEN new.assignment > 0
      BEGIN UPDATE devices SET \(changes) WHERE id = new.id; END
    """
  }

  private static func ignoring(_ table: String, _ condition: String, _ change: String = "INSERT") -> String {
    "CREATE TRIGGER planted BEFORE \(change) ON \(table) WHEN \(condition) BEGIN SELECT RAISE(IGNORE); END"
  }

  private static func disposition(_ condition: String) -> String {
    """
    CREATE TRIGGER planted AFTER INSERT ON operations WHEN new.disposition \(condition) BEGIN
      UPDATE operations SET disposition = 'applied' WHERE sequence = new.sequence;
    END
    """
  }

  // MARK: Planting

  /// Prepares the server's disk before its program starts.
  func prepare(server disk: SimulatedDisk) throws(Problem) {
    disk.liesAboutFlushing = self == .acknowledgedBeforeCommit
    try Self.execute(serverSQL, disk.root + Template.journalPath, disk)
  }

  /// Prepares the server's program.
  func prepare(_ service: CaseService) throws(Problem) {
    guard self == .rulesForgotten else { return }
    try service.journal.write { writer throws(Problem) in
      try Template.publish(version: 3, hasRules: false, writer, at: service.clock.now())
    }
  }

  /// Prepares a device's disk before its program starts.
  func prepare(device disk: SimulatedDisk) throws(Problem) {
    disk.liesAboutFlushing = self == .savedBeforeCommit
    try Self.execute(deviceSQL, "\(disk.root)\(Template.home)/\(LockedStore.fileName)", disk)
  }

  private static func execute(_ sql: String?, _ path: String, _ disk: SimulatedDisk) throws(Problem) {
    guard let sql else { return }
    try Problem.storing { () throws(StorageError) in
      try Connection(path: path, mode: .readWrite, fileSystem: disk.sqliteName).execute(sql)
    }
  }
}
