internal import SQLite

/// The tables of the device's store. Everything personal is in columns that end in `_sealed`, each box bound to its
/// table, row and column; everything else is readable to whoever holds the file.
enum Schema {
  /// `bbCS`
  static let applicationID: Int32 = 0x6262_4353

  static let migrator = Migrator(
    applicationID: applicationID,
    [
      Migration(
        1,
        """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE operations (
          author TEXT NOT NULL, counter INTEGER NOT NULL, application TEXT NOT NULL,
          header BLOB NOT NULL, content_sealed BLOB, digest BLOB NOT NULL,
          running BLOB, sequence INTEGER, judgement BLOB,
          PRIMARY KEY (author, counter)) WITHOUT ROWID;
        CREATE INDEX operations_by_application ON operations (application, sequence);
        CREATE TABLE applications (
          id TEXT PRIMARY KEY, code TEXT NOT NULL, matter TEXT NOT NULL, status TEXT NOT NULL,
          version INTEGER NOT NULL, updated INTEGER NOT NULL, sync TEXT NOT NULL, conflicts INTEGER NOT NULL,
          attention INTEGER NOT NULL, view_sealed BLOB NOT NULL) WITHOUT ROWID;
        CREATE INDEX applications_by_time ON applications (updated);
        CREATE INDEX applications_by_code ON applications (code);
        CREATE TABLE terms (
          term INTEGER NOT NULL, application TEXT NOT NULL, PRIMARY KEY (term, application)) WITHOUT ROWID;
        CREATE INDEX terms_by_application ON terms (application);
        CREATE TABLE matters (id TEXT PRIMARY KEY, digest TEXT NOT NULL, bytes BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE documents (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE people (id TEXT PRIMARY KEY, name_sealed BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE blobs (
          digest TEXT NOT NULL, application TEXT NOT NULL, bytes INTEGER NOT NULL,
          uploaded INTEGER NOT NULL DEFAULT 0, complete INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY (digest, application)) WITHOUT ROWID;
        CREATE TABLE requests (number INTEGER PRIMARY KEY, digest BLOB NOT NULL, at INTEGER NOT NULL);
        CREATE TABLE serials (day TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE tray (
          author TEXT NOT NULL, counter INTEGER NOT NULL, application TEXT NOT NULL, reason TEXT NOT NULL,
          PRIMARY KEY (author, counter)) WITHOUT ROWID;
        """),
      // Held drafts. Apart from the operations, so that nothing that sends can come across them.
      Migration(
        2,
        """
        CREATE TABLE held (
          application TEXT NOT NULL, place INTEGER NOT NULL, operation_sealed BLOB NOT NULL,
          PRIMARY KEY (application, place)) WITHOUT ROWID;
        """),
      // Applications that the server has not confirmed since the scope changed.
      Migration(3, "CREATE TABLE unconfirmed (application TEXT PRIMARY KEY) WITHOUT ROWID"),
      // The server's word for what it sent, and where in it each operation is spoken of.
      Migration(
        4,
        """
        CREATE TABLE attestations (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
        ALTER TABLE operations ADD COLUMN attestation INTEGER;
        ALTER TABLE operations ADD COLUMN place INTEGER;
        """),
      // Attachments whose bytes here are not those of their digest any more: nobody tries to send them again and again.
      Migration(5, "ALTER TABLE blobs ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0"),
      Migration(6, proofs),
      // What every sync asks, however much is here: what waits, and what a person should look at.
      Migration(
        7,
        """
        CREATE INDEX operations_unsequenced ON operations (application, author, counter) WHERE sequence IS NULL;
        CREATE INDEX applications_by_attention ON applications (updated) WHERE attention <> 0;
        """),
      // The same without the rows themselves: `prove` reads one index, and nothing sealed with it.
      Migration(
        8,
        """
        DROP INDEX operations_by_sequence;
        CREATE INDEX operations_by_sequence ON operations (sequence, application, author, counter, digest, judgement)
          WHERE sequence IS NOT NULL;
        CREATE INDEX applications_in_conflict ON applications (conflicts) WHERE conflicts > 0;
        CREATE INDEX blobs_unsent ON blobs (bytes, digest, application, uploaded, damaged) WHERE complete = 0;
        """),
      // What the county told of its review tray; `tray` is what this device set aside itself.
      Migration(
        9,
        """
        CREATE TABLE county_tray (
          id TEXT PRIMARY KEY, author TEXT NOT NULL, counter INTEGER NOT NULL, application TEXT NOT NULL,
          kind TEXT NOT NULL, reason TEXT NOT NULL, received INTEGER NOT NULL, status TEXT NOT NULL, settled INTEGER,
          note_sealed BLOB, seen INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX county_tray_by_application ON county_tray (application);
        """),
      // Matters as they were when an application was opened that has not ended yet.
      Migration(
        10,
        """
        CREATE TABLE former_matters (
          id TEXT NOT NULL, version INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, version)) WITHOUT ROWID;
        """),
      // Every sync asks how much a person has to look at: the index tells, without the rows and their sealed views.
      Migration(
        11,
        """
        DROP INDEX applications_by_attention;
        CREATE INDEX applications_by_attention ON applications (updated, attention) WHERE attention <> 0;
        """),
      // How many questions about duplicates are open, so that an exchange opens nothing to count them. NULL where an
      // earlier program wrote the row.
      Migration(
        12,
        """
        ALTER TABLE applications ADD COLUMN questions INTEGER;
        DROP INDEX applications_by_attention;
        CREATE INDEX applications_by_attention ON applications (updated, attention, questions) WHERE attention <> 0;
        """),
      // The keys an application is found by stand in its row: an index of them was half of what it cost to write them.
      Migration(
        13,
        """
        ALTER TABLE applications ADD COLUMN terms TEXT;
        UPDATE applications SET terms =
          (SELECT group_concat(term) FROM terms WHERE application = applications.id);
        DROP INDEX terms_by_application;
        """),
      Migration(14, operationsByRow),
      // Attachments of what has ended go once backups of the county hold them. How many backups there were when the
      // county said that it has one: NULL where it was not asked. And which are not here any more.
      Migration(
        15,
        """
        ALTER TABLE blobs ADD COLUMN backups INTEGER;
        ALTER TABLE blobs ADD COLUMN shed INTEGER NOT NULL DEFAULT 0;
        """),
    ])

  /// Sums over what `prove` compares, up to a sequence. Whatever changes anything under them, by whichever hand, ends
  /// them: the next time they are reckoned from what is there.
  private static let proofs = """
    CREATE TABLE proofs (position INTEGER PRIMARY KEY, sums BLOB NOT NULL);
    CREATE INDEX operations_by_sequence ON operations (sequence) WHERE sequence IS NOT NULL;
    """ + proofsOfOperations + proofsOfApplications

  private static let proofsOfOperations = """

    CREATE TRIGGER proofs_added AFTER INSERT ON operations WHEN new.sequence IS NOT NULL
      BEGIN DELETE FROM proofs WHERE position >= new.sequence; END;
    CREATE TRIGGER proofs_changed AFTER UPDATE OF author, counter, application, digest, sequence, judgement
      ON operations
      BEGIN DELETE FROM proofs WHERE position >= old.sequence OR position >= new.sequence; END;
    CREATE TRIGGER proofs_dropped AFTER DELETE ON operations WHEN old.sequence IS NOT NULL
      BEGIN DELETE FROM proofs WHERE position >= old.sequence; END;
    """

  private static let proofsOfApplications = """

    CREATE TRIGGER proofs_entered BEFORE INSERT ON applications
      WHEN NOT EXISTS (SELECT 1 FROM applications WHERE id = new.id)
      BEGIN DELETE FROM proofs WHERE position >=
        (SELECT min(sequence) FROM operations WHERE application = new.id AND sequence IS NOT NULL); END;
    CREATE TRIGGER proofs_left AFTER DELETE ON applications
      BEGIN DELETE FROM proofs WHERE position >=
        (SELECT min(sequence) FROM operations WHERE application = old.id AND sequence IS NOT NULL); END;
    """

  /// An operation may be longer than a quarter of a page; a table without row numbers gives each of those a page of its
  /// own beside it, and the store was half as long again as it had to be.
  private static let operationsByRow =
    """
    DROP TRIGGER proofs_entered;
    DROP TRIGGER proofs_left;
    CREATE TABLE operations_by_row (
      author TEXT NOT NULL, counter INTEGER NOT NULL, application TEXT NOT NULL,
      header BLOB NOT NULL, content_sealed BLOB, digest BLOB NOT NULL,
      running BLOB, sequence INTEGER, judgement BLOB, attestation INTEGER, place INTEGER,
      PRIMARY KEY (author, counter));
    INSERT INTO operations_by_row
      SELECT author, counter, application, header, content_sealed, digest, running, sequence, judgement, attestation,
        place FROM operations ORDER BY author, counter;
    DROP TABLE operations;
    ALTER TABLE operations_by_row RENAME TO operations;
    CREATE INDEX operations_by_application ON operations (application, sequence);
    CREATE INDEX operations_unsequenced ON operations (application, author, counter) WHERE sequence IS NULL;
    CREATE INDEX operations_by_sequence ON operations (sequence, application, author, counter, digest, judgement)
      WHERE sequence IS NOT NULL;
    """ + proofsOfOperations + proofsOfApplications
}
