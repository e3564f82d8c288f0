/// One step from one version of a schema to the next. Once released it never changes.
package struct Migration: Sendable {
  /// The schema version after this step: 1, 2, 3 … without gaps.
  package let number: Int32
  let apply: @Sendable (Connection) throws(StorageError) -> Void

  package init(_ number: Int32, _ apply: @escaping @Sendable (Connection) throws(StorageError) -> Void) {
    self.number = number
    self.apply = apply
  }

  /// A step that is a script of SQL.
  package init(_ number: Int32, _ sql: String) {
    self.init(number) { connection throws(StorageError) in try connection.execute(sql) }
  }
}

/// Brings a database of one kind to the schema this program knows.
///
/// The kind stands in the file as `application_id`, the schema's version as `user_version`.
package struct Migrator: Sendable {
  /// Which kind of database this is: four ASCII letters as a number, shown by `file(1)`.
  package let applicationID: Int32
  private let migrations: [Migration]

  /// - Parameter migrations: in order, numbered 1, 2, 3 …; anything else is thrown by `migrate`.
  package init(applicationID: Int32, _ migrations: [Migration]) {
    self.applicationID = applicationID
    self.migrations = migrations
  }

  /// The newest schema version this program knows.
  package var version: Int32 { Int32(clamping: migrations.count) }

  /// Applies the migrations that are missing, each in one transaction of its own.
  /// - Throws: `.wrongKind` for a database of another kind, `.newerSchema` for one that a newer program has changed.
  ///   Neither is touched.
  package func migrate(_ connection: Connection) throws(StorageError) {
    for (index, migration) in migrations.enumerated() where Int(migration.number) != index + 1 {
      throw .misuse("migration \(migration.number) stands in place \(index + 1)")
    }
    let found = try check(connection)
    for migration in migrations.dropFirst(Int(found)) {
      try connection.transaction { () throws(StorageError) in
        // Another program may have migrated while this one waited for the lock.
        guard try check(connection) == migration.number - 1 else { return }
        try connection.execute("PRAGMA application_id=\(applicationID); PRAGMA defer_foreign_keys=ON")
        try migration.apply(connection)
        try connection.execute("PRAGMA user_version=\(migration.number)")
      }
    }
  }

  /// Whether this program can work with the database as it is.
  /// - Returns: its schema version; 0 for an empty database.
  @discardableResult
  package func check(_ connection: Connection) throws(StorageError) -> Int32 {
    // By one statement: another program may be migrating, and its commit must not fall between two of these.
    let found = try connection.one(
      """
      SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
      FROM pragma_application_id, pragma_user_version
      """
    ) { row in
      (
        kind: Int32(truncatingIfNeeded: row.integer(0)), version: Int32(truncatingIfNeeded: row.integer(1)),
        objects: row.integer(2)
      )
    }
    let (kind, version, objects) = found ?? (0, 0, 0)
    let isEmpty = kind == 0 && version == 0 && objects == 0
    guard isEmpty || kind == applicationID else {
      throw StorageError(.wrongKind, "application_id \(kind), expected \(applicationID)")
    }
    guard version <= self.version else {
      throw StorageError(.newerSchema, "user_version \(version) > \(self.version)")
    }
    guard version >= 0 else { throw StorageError(.unreadable, "user_version \(version)") }
    return version
  }
}
