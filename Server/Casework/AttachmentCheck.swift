package import Foundations
package import Journal

/// Looks whether attachments that the log knows of as whole are there: a disk, or whoever copied a backup, may have
/// lost or damaged files, and nobody would ever be asked for them again.
package struct AttachmentCheck {
  /// How many attachments are looked up at a time; of their bytes only a piece is in memory.
  private static let page = 200

  private let journal: any CaseJournal
  private let store: any AttachmentStore

  package init(journal: any CaseJournal, store: any AttachmentStore) {
    self.journal = journal
    self.store = store
  }

  /// Looks at all of them.
  /// - Parameter lost: gets the digest of each that is missing, or has not the bytes it is named by.
  /// - Returns: how many there are.
  package func run(_ lost: (String) throws(Problem) -> Void) throws(Problem) -> Int {
    var (count, last) = (0, "")
    while true {
      let page = try journal.read { reader throws(Problem) in try reader.wholeBlobs(after: last, limit: Self.page) }
      guard let end = page.last else { return count }
      for blob in page where try !store.isWhole(blob.digest) {
        // It may have been erased while we were looking.
        let isExpected = try journal.read { reader throws(Problem) in try reader.blob(blob.digest)?.complete == true }
        if isExpected { try lost(blob.digest) }
      }
      count += page.count
      last = end.digest
    }
  }

  /// Takes those that are lost for never sent, so that whoever has them is asked for them when it brings back what the
  /// log has lost.
  /// - Returns: how many.
  package func giveUpLost() throws(Problem) -> Int {
    var count = 0
    _ = try run { digest throws(Problem) in
      count += 1
      try journal.write { writer throws(Problem) in try writer.loseBlob(digest) }
      try store.drop(digest, senders: [])
    }
    return count
  }
}
