package import Cryptography
package import Foundations

/// What a page of a ferry file is to a device.
package enum FerryPageVerdict: Sendable, Hashable {
  /// Something of it is new: this is to be applied, as an answer over the network is.
  case apply(SyncAnswer)
  /// The device has all of it.
  case old
  /// Something between what the device has and the page is missing.
  case gap
}

/// The device's half of an exchange by file: a pure decision.
package enum FerryMachine {
  /// Decides what a page is.
  ///
  /// Files come in any order, come twice, and network syncs go on between them. A page begins where the device stood
  /// when it last reported, so it mostly overlaps what is here. That is harmless: operations and judgements are
  /// received under their ids, and what is known already is taken out here. What must not happen is a cursor or an
  /// acknowledgement that jumps over something: a page that begins behind what the device has is kept out.
  /// - Parameters:
  ///   - catalogVersion: what the device holds: changes to another version would undo later ones.
  ///   - assignment: which of its stations the device knows itself to be of.
  ///   - tray: up to which change of the review tray the device knows it.
  ///   - isScopeDoubted: whether the device still has to hear which of its applications it may keep.
  ///   - lineage: the timelines that the device has pulled from.
  ///   - running: the device's own running digest at a counter.
  package static func verdict(
    _ page: FerryPage, _ answer: SyncAnswer, record: DeviceRecord, catalogVersion: String, assignment: Int64,
    tray: Int64, isScopeDoubted: Bool, lineage: Lineage, running: (_ counter: Int64) throws(Problem) -> Digest
  ) throws(Problem) -> FerryPageVerdict {
    let isSameTimeline = record.cursor.timeline.isEmpty || record.cursor.timeline == answer.cursor.timeline
    // Written before a backup was put back that the device knows of.
    if lineage.hasEnded(answer.cursor.timeline) { return .old }
    // Another timeline, and more acknowledged than was ever written here, are for the machine of both ways to refuse.
    guard isSameTimeline, answer.acknowledged <= record.counter else { return .apply(answer) }
    // A history that is not this device's, too: an older copy of it that has written as much since must not wait for a
    // page that nobody will ever write.
    guard try running(answer.acknowledged).bytes.starts(with: answer.running) else { return .apply(answer) }
    // Of a station that the device has left, or of one that it does not know yet, it says nothing here.
    let isOthers = answer.writtenFor.map { $0 != assignment } ?? false
    guard page.acknowledged <= record.acknowledged, isOthers || page.cursor.place <= record.cursor.place else {
      return .gap
    }
    var fresh = answer
    fresh.more = false
    if isOthers || answer.cursor.place <= record.cursor.place {
      fresh.operations = []
      fresh.left = []
      if isOthers { fresh.tray = nil }
      if !record.cursor.timeline.isEmpty {
        fresh.cursor = record.cursor
      } else if isOthers {
        fresh.cursor = Cursor(
          timeline: answer.cursor.timeline, position: record.cursor.position, sequence: record.cursor.sequence)
      }
    }
    if answer.acknowledged < record.acknowledged {
      fresh.acknowledged = record.acknowledged
      fresh.running = Array(try running(record.acknowledged).bytes.prefix(SyncRequest.runningBytes))
    }
    // Numbers grow on one timeline; one that went with a lost log is not known to the county any more.
    let isCurrent = assignment >= lineage.firstAssignment
    if let told = answer.assignment?["assignment"]?.integer, told == assignment || (told < assignment && isCurrent) {
      fresh.assignment = nil
    }
    fresh.judgements = answer.judgements.filter { $0.key > record.acknowledged }
    if page.catalogVersion != catalogVersion { fresh.catalog = nil }
    // A page begins at what the device last reported: later news are whole.
    if let news = answer.tray, news.through <= tray { fresh.tray = nil }
    let isOld =
      fresh.cursor == record.cursor && fresh.acknowledged == record.acknowledged && fresh.catalog == nil
      && fresh.assignment == nil && fresh.tray == nil
    // Nothing more is in scope, and that is news as well.
    let endsScope =
      isScopeDoubted && !answer.more && answer.writtenFor == assignment && answer.assignment == nil
      && answer.cursor == record.cursor
    return isOld && !endsScope ? .old : .apply(fresh)
  }
}

extension Cursor {
  /// Its place within one timeline.
  var place: (Int64, Int64) { (position, sequence) }
}
