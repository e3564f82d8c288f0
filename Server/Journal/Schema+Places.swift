internal import Application
internal import Cryptography
internal import Foundations
internal import SQLite

/// Where rows of applications lie in the file: it decides how many pages a batch writes.
extension Schema {
  /// Rows of one application lie together, so that taking one in touches few pages, however many there are: an id of
  /// random characters in front of a key costs a page for every row. An application's terms stand in its row as well,
  /// where they are looked up when it changes, instead of in an index of their own.
  static func clusterByApplication(_ connection: Connection, _ seals: JournalSeals) throws(StorageError) {
    try connection.execute(
      """
      DROP INDEX terms_application;
      DROP INDEX proceedings_application;
      ALTER TABLE applications ADD COLUMN terms BLOB NOT NULL DEFAULT x'';
      CREATE TABLE outbox_clustered(
        id TEXT NOT NULL, proceeding TEXT NOT NULL, application TEXT NOT NULL, version INTEGER NOT NULL,
        window TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL, next INTEGER NOT NULL,
        created INTEGER NOT NULL, delivered INTEGER, failure TEXT, PRIMARY KEY(application, id)) STRICT, WITHOUT ROWID;
      INSERT INTO outbox_clustered SELECT * FROM outbox;
      DROP TABLE outbox;
      ALTER TABLE outbox_clustered RENAME TO outbox;
      CREATE INDEX outbox_due ON outbox(next) WHERE status = 'queued';
      """)
    let session = SQLiteSession(connection: connection, seals: seals)
    let ids = try connection.query("SELECT id FROM applications ORDER BY id") { $0.text(0) }
    for id in ids {
      do throws(Problem) {
        guard let state = ApplicationState.fold(try session.operations(where: "application", is: .text(id))) else {
          continue
        }
        try session.run(
          "UPDATE applications SET digest = ?, terms = ? WHERE id = ?",
          [.blob(state.fingerprint.bytes), .blob(TermList.bytes(session.keys(of: SearchTerm.of(state)))), .text(id)])
      } catch {
        throw StorageError(.failed, "applications \(id): \(error.message)")
      }
    }
  }

  /// Every application gets a place: a number in the order in which they came. What is kept of applications lies in
  /// that order, so that taking some in touches few pages however many there are already: under keys that begin with
  /// random characters every row lies on a page of its own, and all these pages are written with each commit.
  static let places = """
    CREATE TABLE places(place INTEGER PRIMARY KEY, application TEXT NOT NULL UNIQUE) STRICT;
    INSERT INTO places(application) SELECT application FROM
      (SELECT application, min(sequence) AS first FROM operations GROUP BY application) ORDER BY first;
    INSERT OR IGNORE INTO places(application)
      SELECT application FROM scopes UNION SELECT id FROM applications UNION SELECT application FROM outbox;

    DROP INDEX operations_application;
    ALTER TABLE operations ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
    UPDATE operations SET place = (SELECT place FROM places WHERE places.application = operations.application);
    CREATE INDEX operations_place ON operations(place);

    CREATE TABLE placed_scopes(
      place INTEGER NOT NULL, scope TEXT NOT NULL, entered INTEGER NOT NULL, PRIMARY KEY(place, scope)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO placed_scopes
      SELECT place, scope, entered FROM scopes JOIN places USING(application) ORDER BY place, scope;
    DROP TABLE scopes;
    ALTER TABLE placed_scopes RENAME TO scopes;
    CREATE INDEX scopes_scope ON scopes(scope);

    CREATE TABLE placed_terms(term INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY(term, place))
      STRICT, WITHOUT ROWID;
    INSERT INTO placed_terms SELECT term, place FROM terms JOIN places USING(application) ORDER BY term, place;
    DROP TABLE terms;
    ALTER TABLE placed_terms RENAME TO terms;

    CREATE TABLE placed_applications(
      place INTEGER PRIMARY KEY, code TEXT NOT NULL, matter TEXT NOT NULL, station TEXT NOT NULL, status TEXT NOT NULL,
      version INTEGER NOT NULL, last INTEGER NOT NULL, submitted INTEGER, digest BLOB NOT NULL, terms BLOB NOT NULL
    ) STRICT;
    INSERT INTO placed_applications
      SELECT place, code, matter, station, status, version, last, submitted, digest, terms
      FROM applications JOIN places ON places.application = applications.id ORDER BY place;
    DROP TABLE applications;
    ALTER TABLE placed_applications RENAME TO applications;
    CREATE INDEX applications_last ON applications(last);
    CREATE INDEX applications_code ON applications(code);

    CREATE TABLE placed_proceedings(
      place INTEGER NOT NULL, item TEXT NOT NULL, window TEXT, status TEXT NOT NULL, version INTEGER NOT NULL,
      received INTEGER, last INTEGER NOT NULL, deferred INTEGER, PRIMARY KEY(place, item)) STRICT, WITHOUT ROWID;
    INSERT INTO placed_proceedings
      SELECT place, substr(id, length(application) + 2), window, status, version, received, last, deferred
      FROM proceedings JOIN places USING(application) ORDER BY 1, 2;
    DROP TABLE proceedings;
    ALTER TABLE placed_proceedings RENAME TO proceedings;
    CREATE INDEX proceedings_window ON proceedings(window, place, item);

    CREATE TABLE placed_outbox(
      place INTEGER NOT NULL, id TEXT NOT NULL, item TEXT NOT NULL, version INTEGER NOT NULL, window TEXT NOT NULL,
      status TEXT NOT NULL, attempts INTEGER NOT NULL, next INTEGER NOT NULL, created INTEGER NOT NULL,
      delivered INTEGER, failure TEXT, PRIMARY KEY(place, id)) STRICT, WITHOUT ROWID;
    INSERT INTO placed_outbox
      SELECT place, id, substr(proceeding, length(application) + 2), version, window, status, attempts, next, created,
        delivered, failure
      FROM outbox JOIN places USING(application) ORDER BY place, id;
    DROP TABLE outbox;
    ALTER TABLE placed_outbox RENAME TO outbox;
    CREATE INDEX outbox_due ON outbox(next) WHERE status = 'queued';
    """
}
