internal import Application
internal import Casework
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// An operation that was lost with the server's log.
struct Owed {
  /// As the lost log had it.
  let entry: LogEntry
  /// The computers that hold it with the server's word for it, by index; who goes back to an older disk, or is shut
  /// out, is none of them any more.
  var holders: Set<Int>
  /// Whether its own author's computers all held it so: it comes back with the judgement that it had.
  let keepsJudgement: Bool
}

/// What becomes of the log when a backup of the server is put back.
extension Oracle {
  /// The server goes back to a backup and begins a new timeline.
  func noteServerRestored(to backup: History, as timeline: String) {
    let lost = history
    past[lost.timeline] = lost
    history = backup
    history.begin(timeline: timeline)
    for entry in lost.log where backup.places[entry.operation.digest] == nil { noteLost(entry) }
    filedBefore = Set(filings.keys)
    let lostPersons = Set(
      lost.log.filter { backup.places[$0.operation.digest] == nil }.map(\.operation.header.person))
    windowsLost.formUnion(windowsTold.intersection(lostPersons))
    windowsTold.subtract(lostPersons)
    readAnew()
  }

  private func noteLost(_ entry: LogEntry) {
    let digest = entry.operation.digest
    let able = devices.filter { revoked[$0.id] == nil && $0.memory.held.contains(digest) }
    let authors = devices.filter { $0.memory.identities.contains(entry.id.device) }
    // Who was moved after it had brought it back has let go of it.
    let before = devices.filter { owed[digest]?.holders.contains($0.index) == true && $0.memory.stations.count == 1 }
    owed[digest] = Owed(
      entry: entry, holders: Set((able + before).map(\.index)),
      keepsJudgement: entry.isServers || (!authors.isEmpty && authors.allSatisfy { $0.memory.held.contains(digest) }))
  }

  /// A computer may have lost what it held.
  func forget(_ device: SimulatedDevice) {
    for digest in owed.keys { owed[digest]?.holders.remove(device.index) }
  }

  /// Who the server is as an author.
  var serverAuthor: DeviceID {
    history.lineage.past.isEmpty ? DeviceID("server") : DeviceID("server-" + history.timeline)
  }

  /// The log of a timeline; the present one where a device knows none yet.
  func history(of timeline: String) -> History { past[timeline] ?? history }

  /// Whether a log that was lost had an operation.
  func wasLost(_ entry: LogEntry) -> Bool { past.values.contains { $0.places[entry.operation.digest] != nil } }

  /// What comes back comes with the times it had; only who never heard of its judgement sends it as new.
  func checkReturn(_ entry: LogEntry, _ service: CaseService) throws {
    guard !past.isEmpty, wasLost(entry) else { return }
    let digest = entry.operation.digest
    let adopted = try service.journal.read { reader throws(Problem) in try reader.adoption(entry.id) } != nil
    guard adopted else {
      if let owed = owed[digest], owed.keepsJudgement, !owed.holders.isEmpty,
        devices.filter({ $0.memory.identities.contains(entry.id.device) }).allSatisfy({
          owed.holders.contains($0.index)
        })
      {
        throw Violation("what comes back keeps its judgement", entry.line)
      }
      return
    }
    let former = past.values.compactMap { $0.entry(digest)?.judged.judgement }
    let isSame = former.contains {
      $0.receivedAt == entry.judged.judgement?.receivedAt && $0.capturedAt == entry.judged.judgement?.capturedAt
        && $0.captureDoubtful == entry.judged.judgement?.captureDoubtful
    }
    guard isSame else { throw Violation("what comes back keeps its times", entry.line) }
  }

  /// Once everything has drained, whatever somebody held is there again, once.
  func checkOwed() throws {
    let origins = Set(log.map { origin(of: $0.operation.digest) })
    // Erased contents prove nothing any more: who holds them brings back the tombstone.
    for (digest, owed) in owed.sorted(by: { $0.key < $1.key })
    where !owed.holders.isEmpty && (owed.entry.operation.header.kind == .purge || !wasPurged(owed.entry.application)) {
      let isBack =
        places[digest] != nil
        || (!owed.entry.isServers && (tray[digest] != nil || origins.contains(origin(of: digest))))
      guard isBack else {
        throw Violation("what was lost comes back", "\(owed.entry.line), with devices \(owed.holders.sorted())")
      }
      // Who had let go of the contents may have been the first to send it again.
      if let place = places[digest], log[place].operation.isErased, !owed.entry.operation.isErased {
        throw Violation(
          "what was lost comes back", "\(log[place].line), without contents, with devices \(owed.holders.sorted())")
      }
    }
    try checkUnmoved()
  }

  /// Where an application is the same operations in the same order as before, it is judged as before.
  private func checkUnmoved() throws {
    for former in past.values.sorted(by: { $0.timeline < $1.timeline }) {
      for application in former.applications.keys.sorted() where !wasPurged(application) {
        let (before, after) = (former.entries(of: application), history.entries(of: application))
        guard before.map(\.operation.digest) == after.map(\.operation.digest) else { continue }
        // Another copy of the device had minted some of it again before it came back.
        let isElsewhere = before.contains { entry in
          history.effects[origin(of: entry.operation.digest)].map { $0 != entry.id } ?? false
        }
        // Of what nobody had the contents any more a person has decided.
        guard !isElsewhere, !after.contains(where: \.operation.isErased) else { continue }
        for (one, other) in zip(before, after) where one.disposition != other.disposition {
          throw Violation("what comes back is judged as before", "\(one.line), now \(other.line)")
        }
      }
    }
  }
}
