internal import Application
internal import Casework
internal import Cryptography
internal import Foundations
internal import Journal
internal import Replication

/// The log of one of the server's timelines, with everything that follows from it. A value: a backup comes with a copy.
struct History {
  /// The timelines up to this one.
  private(set) var lineage: Lineage
  private(set) var log: [LogEntry] = []
  /// Places in the log by digest.
  private(set) var places: [Digest: Int] = [:]
  /// Places in the log by application.
  private(set) var applications: [ApplicationID: [Int]] = [:]
  /// By application, the scopes it is in and the sequence at which it entered each.
  var scopes: [ApplicationID: [String: Int64]] = [:]
  /// Of each operation that somebody entered, what of it is in effect.
  var effects: [Digest: OperationID] = [:]
  /// What the server told anybody under an identity that it holds.
  var acknowledged: [DeviceID: Int64] = [:]
  /// The tombstones of erased applications.
  private(set) var purges: [ApplicationID: (digest: Digest, sequence: Int64)] = [:]
  /// What lies or lay in the county's review tray.
  var tray: [Digest: ReviewStatus] = [:]
  /// What was acknowledged and waits to be judged.
  var waiting: [OperationID: Digest] = [:] { didSet { waited.formUnion(waiting.keys) } }
  /// What waited at any time: others of its author may have been judged before it.
  private(set) var waited: Set<OperationID> = []
  /// Of each author the counter up to which everything is here, and what is here beyond it.
  private var through: [DeviceID: Int64] = [:]
  private var beyond: Set<OperationID> = []

  init(timeline: String) { lineage = Lineage(current: timeline) }

  var timeline: String { lineage.current }

  /// Up to which counter everything of an author is here.
  func through(_ author: DeviceID) -> Int64 { through[author] ?? 0 }

  /// Whether an operation of this id is acknowledged and waits, or was judged since.
  func waits(_ id: OperationID) -> Bool { waiting[id] != nil || has(id) }

  /// Whether there is an operation of this id.
  func has(_ id: OperationID) -> Bool { id.counter <= through(id.device) || beyond.contains(id) }

  mutating func append(_ entry: LogEntry) {
    applications[entry.application, default: []].append(log.count)
    places[entry.operation.digest] = log.count
    log.append(entry)
    if entry.operation.header.kind == .purge, entry.disposition == .applied, purges[entry.application] == nil {
      purges[entry.application] = (entry.operation.digest, entry.sequence)
    }
    beyond.insert(entry.id)
    var next = through(entry.id.device) + 1
    while beyond.remove(OperationID(entry.id.device, next)) != nil { next += 1 }
    through[entry.id.device] = next - 1
  }

  func entries(of application: ApplicationID) -> [LogEntry] { applications[application, default: []].map { log[$0] } }

  func entry(_ digest: Digest) -> LogEntry? { places[digest].map { log[$0] } }

  /// The contents of an entry are gone.
  mutating func noteErased(_ entry: LogEntry) {
    if let place = places[entry.operation.digest] { log[place] = entry }
  }

  /// A new timeline begins with what the backup had.
  mutating func begin(timeline: String) { lineage = lineage.restored(through: Int64(log.count), as: timeline) }
}
