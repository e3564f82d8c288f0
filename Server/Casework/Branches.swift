internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// The histories of one author that part from the log's: what a copy of its device wrote, or the device itself after it
/// went back to an earlier copy of its disk.
///
/// A branch lies in the review tray. Where a log was lost, some of it may have come back into the log, behind what the
/// tray has of it: there nobody else had written under the same id.
struct Branches {
  let journal: any JournalReader
  let author: DeviceID
  /// The reason with which the tray has what belongs to a branch; nil for any.
  var reason: String?

  /// The running digests of the branches that have an operation at a counter, the latest part first.
  func running(at counter: Int64) throws(Problem) -> [Digest] {
    var found: [Digest] = []
    // What came back behind, the last first.
    var behind: [Digest] = []
    var place = counter
    while place > 0 {
      for row in try journal.reviews(author, place) where reason == nil || row.reason == reason {
        guard let running = row.running else { continue }
        found.append(behind.reversed().reduce(running) { Chain.next($0, $1) })
      }
      // Of the log's own history the running digest is known.
      guard let held = try journal.held(author, place), held.running == nil else { break }
      behind.append(held.digest)
      place -= 1
    }
    return found
  }
}
