package import Foundations
package import Journal

/// How many backups of the county were made. Devices are told beside the catalogue: until a backup holds what they
/// have, their copies are what would bring it back (replication, section 5).
package enum BackupCount {
  /// The settings document, and what devices know it by: `{"number": 3}`.
  static let name = "backups"

  /// Counts a backup that is whole. Backups are made one after the other, so that the next one begins after this.
  package static func add(_ journal: any JournalWriter) throws(Problem) {
    let value: Value = ["number": .integer(try number(journal) + 1)]
    try journal.setDocument(RegistryKey.settings, name, value)
  }

  /// On this timeline and those it went on from, as far as the backup that was put back knew.
  static func number(_ reader: any JournalReader) throws(Problem) -> Int64 {
    try reader.document(RegistryKey.settings, name)?["number"]?.integer ?? 0
  }

  /// As devices are told.
  static func value(_ reader: any JournalReader) throws(Problem) -> Value { ["number": .integer(try number(reader))] }
}
