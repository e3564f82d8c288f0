internal import SQLite

/// The server's database. `operations` is the truth; everything under "Projections" can be computed from it again,
/// and `bangban-server verify` does.
enum Schema {
  /// "BBjr": a Bangban journal.
  static let applicationID: Int32 = 0x4242_6A72

  /// What brings a journal to the schema this program knows.
  /// - Parameter seals: later versions seal what earlier ones did not.
  static func migrator(_ seals: JournalSeals) -> Migrator {
    Migrator(applicationID: applicationID, migrations(seals))
  }

  /// Every step, in order.
  static func migrations(_ seals: JournalSeals) -> [Migration] {
    [
      Migration(1, first),
      Migration(2) { connection throws(StorageError) in try StaffSealing(seals: seals).apply(connection) },
      Migration(3, reviewTray),
      Migration(4, "ALTER TABLE enrolments ADD COLUMN keys BLOB"),
      Migration(
        5,
        """
        CREATE TABLE expected_blobs(author TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY(author, digest))
          STRICT, WITHOUT ROWID;
        """),
      Migration(6, assignments),
      Migration(7, waiting),
      Migration(8) { connection throws(StorageError) in try clusterByApplication(connection, seals) },
      Migration(9, adoption),
      Migration(10, claims),
      Migration(11, proofs),
      // All that `prove` asks of an operation, without its body.
      Migration(
        12, "CREATE INDEX operations_proof ON operations(sequence, author, counter, digest, disposition)"),
      Migration(13, trayChanges),
      Migration(14, signedBatches),
      // Only how values are sealed: a program that knows the first way alone would take them for damaged.
      Migration(15, ""),
      // Only rows that are written from here on say it; the daily look goes into all others as before.
      Migration(16, "ALTER TABLE proceedings ADD COLUMN deferred INTEGER"),
      Migration(17, places),
      Migration(18, "ALTER TABLE waiting ADD COLUMN assignment INTEGER"),
      // Plain digests of what windows asked for, from which personal data could be guessed; `requests` has them keyed.
      Migration(19, "DELETE FROM documents WHERE kind = 'idempotency'"),
      Migration(20) { connection throws(StorageError) in try AuditEnd.note(connection, seals) },
    ]
  }

  /// The changes of the review tray, counted, so that a device can be told what it does not know yet. A count of its
  /// own: an entry that is replaced must not free the number it had.
  private static let trayChanges = """
    ALTER TABLE reviews ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
    UPDATE reviews SET changed = (SELECT count(*) FROM reviews AS earlier WHERE earlier.id <= reviews.id);
    CREATE INDEX reviews_changed ON reviews(changed);
    CREATE TABLE review_changes(last INTEGER NOT NULL) STRICT;
    INSERT INTO review_changes SELECT count(*) FROM reviews;
    CREATE TRIGGER reviews_added AFTER INSERT ON reviews BEGIN
      UPDATE review_changes SET last = last + 1;
      UPDATE reviews SET changed = (SELECT last FROM review_changes) WHERE id = new.id;
    END;
    CREATE TRIGGER reviews_settled AFTER UPDATE OF status, note ON reviews BEGIN
      UPDATE review_changes SET last = last + 1;
      UPDATE reviews SET changed = (SELECT last FROM review_changes) WHERE id = new.id;
    END;
    """

  /// Who named an attachment, and whether somebody who may has sent it: until now whoever named one that was here
  /// had it. What was whole stays so; what was under way begins again, since nothing told who had sent it.
  private static let claims = """
    CREATE TABLE blob_claims(
      application TEXT NOT NULL, digest TEXT NOT NULL, station TEXT NOT NULL, bytes INTEGER NOT NULL,
      arrived INTEGER NOT NULL, PRIMARY KEY(application, digest, station)) STRICT, WITHOUT ROWID;
    INSERT INTO blob_claims
      SELECT application, digest, coalesce(substr(scope, 9), ''), bytes, complete FROM blob_applications
      JOIN blobs USING(digest) LEFT JOIN (SELECT application, scope FROM scopes WHERE scope LIKE 'station:%')
      USING(application);
    CREATE INDEX blob_claims_digest ON blob_claims(digest);
    ALTER TABLE expected_blobs RENAME TO expected_before;
    CREATE TABLE expected_blobs(
      author TEXT NOT NULL, digest TEXT NOT NULL, application TEXT NOT NULL, bytes INTEGER NOT NULL,
      arrived INTEGER NOT NULL, PRIMARY KEY(author, digest, application)) STRICT, WITHOUT ROWID;
    INSERT INTO expected_blobs
      SELECT author, digest, coalesce(application, ''), bytes, complete FROM expected_before
      JOIN blobs USING(digest) LEFT JOIN blob_applications USING(digest);
    DROP TABLE expected_before;
    DROP TABLE blob_applications;
    ALTER TABLE blobs DROP COLUMN received;
    """

  /// Sums over the beginnings of a scope's feed, so that `prove` reads only what came since. A feed only ever grows at
  /// its end; whatever else happens to it, or to the log, by whichever hand, ends the sums that rest on it.
  private static let proofs = """
    CREATE TABLE proofs(
      scope TEXT NOT NULL, position INTEGER NOT NULL, sequence INTEGER NOT NULL, sums BLOB NOT NULL,
      PRIMARY KEY(scope, position, sequence)) STRICT, WITHOUT ROWID;
    CREATE TRIGGER proofs_changed AFTER UPDATE OF sequence, author, counter, application, disposition, digest
      ON operations BEGIN DELETE FROM proofs WHERE position >= min(old.sequence, new.sequence); END;
    CREATE TRIGGER proofs_dropped AFTER DELETE ON operations
      BEGIN DELETE FROM proofs WHERE position >= old.sequence; END;
    CREATE TRIGGER proofs_moved AFTER UPDATE ON feed
      BEGIN DELETE FROM proofs WHERE position >= min(old.position, new.position); END;
    CREATE TRIGGER proofs_left AFTER DELETE ON feed
      BEGIN DELETE FROM proofs WHERE position >= old.position; END;
    """

  /// A device that came back from a backup numbers its ferry files anew: two of its batches may have one number, and
  /// each is kept as it was signed. The columns of the key stand first and in its order: SQLite 3.40 looks for an empty
  /// value in the wrong column of a table without rowids otherwise, and `verify` would report damage that is none.
  private static let signedBatches = """
    CREATE TABLE signed_batches(
      author TEXT NOT NULL, number INTEGER NOT NULL, signature BLOB NOT NULL, first INTEGER NOT NULL,
      count INTEGER NOT NULL, control BLOB NOT NULL, PRIMARY KEY(author, number, signature)) STRICT, WITHOUT ROWID;
    INSERT INTO signed_batches SELECT author, number, signature, first, count, control FROM batches;
    DROP TABLE batches;
    ALTER TABLE signed_batches RENAME TO batches;
    """

  /// What devices brought back after a backup was put back, and the server's own word that stands behind it. Such an
  /// operation has an empty running digest until its author's chain has reached it.
  private static let adoption = """
    CREATE TABLE attestations(
      digest BLOB PRIMARY KEY, timeline TEXT NOT NULL, leaves BLOB NOT NULL, signature BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE adopted(
      author TEXT NOT NULL, counter INTEGER NOT NULL, attestation BLOB NOT NULL, place INTEGER NOT NULL,
      judgement BLOB NOT NULL, PRIMARY KEY(author, counter)) STRICT, WITHOUT ROWID;
    """

  /// What was received and waits for a parent; whether an operation of the log did.
  private static let waiting = """
    CREATE TABLE waiting(
      author TEXT NOT NULL, counter INTEGER NOT NULL, application TEXT NOT NULL, received INTEGER NOT NULL,
      captured INTEGER NOT NULL, doubtful INTEGER NOT NULL, header BLOB NOT NULL, body BLOB NOT NULL,
      digest BLOB NOT NULL, running BLOB NOT NULL, PRIMARY KEY(author, counter)) STRICT, WITHOUT ROWID;
    CREATE INDEX waiting_application ON waiting(application);
    ALTER TABLE operations ADD COLUMN waited INTEGER NOT NULL DEFAULT 0;
    """

  /// The stations a device belonged to, with its number in each: neither is ever given out twice.
  private static let assignments = """
    ALTER TABLE devices ADD COLUMN assignment INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE devices ADD COLUMN assigned INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE assignments(
      device TEXT NOT NULL, assignment INTEGER NOT NULL, station TEXT NOT NULL, number TEXT NOT NULL,
      PRIMARY KEY(device, assignment)) STRICT, WITHOUT ROWID;
    CREATE INDEX assignments_station ON assignments(station);
    INSERT INTO assignments SELECT id, 0, station, number FROM devices;
    """

  /// What was received and is not part of the log, with the batches it was signed in.
  private static let reviewTray = """
    CREATE TABLE reviews(
      id TEXT PRIMARY KEY, author TEXT NOT NULL, counter INTEGER NOT NULL, application TEXT NOT NULL,
      reason TEXT NOT NULL, received INTEGER NOT NULL, captured INTEGER NOT NULL, doubtful INTEGER NOT NULL,
      header BLOB NOT NULL, body BLOB, digest BLOB NOT NULL, running BLOB,
      status TEXT NOT NULL, settled INTEGER, admitted TEXT, note BLOB) STRICT, WITHOUT ROWID;
    CREATE INDEX reviews_author ON reviews(author, counter);
    CREATE INDEX reviews_application ON reviews(application);
    CREATE INDEX reviews_status ON reviews(status, received);
    CREATE TABLE review_batches(
      author TEXT NOT NULL, number INTEGER NOT NULL, signature BLOB NOT NULL, first INTEGER NOT NULL,
      control BLOB NOT NULL, digests BLOB NOT NULL, PRIMARY KEY(author, number, signature)) STRICT, WITHOUT ROWID;
    """

  private static let first = """
    -- The log.
    CREATE TABLE operations(
      sequence INTEGER PRIMARY KEY,
      author TEXT NOT NULL, counter INTEGER NOT NULL,
      application TEXT NOT NULL,
      disposition TEXT NOT NULL,
      received INTEGER NOT NULL, captured INTEGER NOT NULL, doubtful INTEGER NOT NULL,
      header BLOB NOT NULL,
      body BLOB,             -- sealed salt and payload; null once erased
      digest BLOB NOT NULL, running BLOB NOT NULL) STRICT;
    CREATE UNIQUE INDEX operations_author ON operations(author, counter);
    CREATE INDEX operations_application ON operations(application, sequence);
    CREATE INDEX operations_tray ON operations(sequence) WHERE disposition <> 'applied';
    CREATE TABLE authors(
      device TEXT PRIMARY KEY, counter INTEGER NOT NULL, running BLOB NOT NULL,
      number INTEGER NOT NULL, request BLOB) STRICT, WITHOUT ROWID;
    CREATE TABLE batches(
      author TEXT NOT NULL, number INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL,
      control BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY(author, number)) STRICT, WITHOUT ROWID;
    CREATE TABLE scopes(
      application TEXT NOT NULL, scope TEXT NOT NULL, entered INTEGER NOT NULL,
      PRIMARY KEY(application, scope)) STRICT, WITHOUT ROWID;
    CREATE INDEX scopes_scope ON scopes(scope);

    -- Projections.
    CREATE TABLE feed(
      scope TEXT NOT NULL, position INTEGER NOT NULL, sequence INTEGER NOT NULL,
      PRIMARY KEY(scope, position, sequence)) STRICT, WITHOUT ROWID;
    CREATE TABLE applications(
      id TEXT PRIMARY KEY, code TEXT NOT NULL, matter TEXT NOT NULL, station TEXT NOT NULL, status TEXT NOT NULL,
      version INTEGER NOT NULL, last INTEGER NOT NULL, submitted INTEGER, digest BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX applications_last ON applications(last);
    CREATE INDEX applications_code ON applications(code);
    CREATE TABLE terms(
      term INTEGER NOT NULL, application TEXT NOT NULL, PRIMARY KEY(term, application)) STRICT, WITHOUT ROWID;
    CREATE INDEX terms_application ON terms(application);
    CREATE TABLE proceedings(
      id TEXT PRIMARY KEY, application TEXT NOT NULL, window TEXT, status TEXT NOT NULL, version INTEGER NOT NULL,
      received INTEGER, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX proceedings_window ON proceedings(window, id);
    CREATE INDEX proceedings_application ON proceedings(application);

    -- Forwarding.
    CREATE TABLE outbox(
      id TEXT PRIMARY KEY, proceeding TEXT NOT NULL, application TEXT NOT NULL, version INTEGER NOT NULL,
      window TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL, next INTEGER NOT NULL,
      created INTEGER NOT NULL, delivered INTEGER, failure TEXT) STRICT, WITHOUT ROWID;
    CREATE INDEX outbox_due ON outbox(next) WHERE status = 'queued';
    CREATE INDEX outbox_application ON outbox(application, created);

    -- Registry.
    CREATE TABLE devices(
      id TEXT PRIMARY KEY, station TEXT NOT NULL, name TEXT NOT NULL, number TEXT NOT NULL, status TEXT NOT NULL,
      signing BLOB NOT NULL, encryption BLOB NOT NULL, enrolled INTEGER, seen INTEGER) STRICT, WITHOUT ROWID;
    CREATE TABLE enrolments(code BLOB PRIMARY KEY, device TEXT NOT NULL, until INTEGER NOT NULL)
      STRICT, WITHOUT ROWID;
    CREATE TABLE stations(
      id TEXT PRIMARY KEY, name TEXT NOT NULL, division TEXT NOT NULL, level TEXT NOT NULL, sample INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE documents(kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY(kind, key))
      STRICT, WITHOUT ROWID;
    CREATE TABLE users(
      id TEXT PRIMARY KEY, name BLOB NOT NULL, role TEXT NOT NULL, window TEXT, disabled INTEGER NOT NULL,
      secret BLOB NOT NULL, salt BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE tokens(digest BLOB PRIMARY KEY, holder TEXT NOT NULL, until INTEGER) STRICT, WITHOUT ROWID;
    CREATE TABLE endpoints(
      window TEXT PRIMARY KEY, url TEXT NOT NULL, secret BLOB NOT NULL, disabled INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- Catalogue.
    CREATE TABLE catalogs(version TEXT PRIMARY KEY, published INTEGER NOT NULL, manifest BLOB NOT NULL)
      STRICT, WITHOUT ROWID;
    CREATE TABLE catalog_files(digest TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

    -- Attachments.
    CREATE TABLE blobs(
      digest TEXT PRIMARY KEY, bytes INTEGER NOT NULL, received INTEGER NOT NULL, complete INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE blob_applications(
      digest TEXT NOT NULL, application TEXT NOT NULL, PRIMARY KEY(application, digest)) STRICT, WITHOUT ROWID;
    CREATE INDEX blob_applications_digest ON blob_applications(digest);

    -- The audit chain.
    CREATE TABLE audit(
      number INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
      subject TEXT NOT NULL, digest BLOB NOT NULL) STRICT;
    """
}
