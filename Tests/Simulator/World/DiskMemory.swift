internal import Cryptography
internal import Foundations
internal import Replication

/// What the oracle knows a computer's disk to hold. A copy of the disk comes with a copy of this.
struct DiskMemory {
  /// The identities that it has and had; the last is the present one.
  private(set) var identities: [DeviceID]
  /// The stations that it is and was of, as it knew; the last is the present one.
  private(set) var stations: [StationID]
  /// What it has saved under its present identity, by counter from 1.
  private(set) var own: [Replication.Operation] = []
  /// Its running digest over that.
  private(set) var running: Digest
  /// The highest counter under its present identity that it was told the server holds, by timeline.
  var told: [String: Int64] = [:]
  /// The highest of these that a refusal told it, by the timeline that told it: it counts wherever the device stands.
  var toldInRefusals: [String: Int64] = [:]
  /// The timeline of the server that it stood on; empty before its first exchange.
  var timeline = ""
  /// What it had noted of that when it was last looked at.
  var acknowledged: Int64 = 0
  /// Up to where it had noted that the county's review tray has the rest.
  var reviewed: Int64 = 0
  /// Whether it had stopped writing.
  var isStopped = false
  /// Whether it needs another identity: it has stopped, or the server does not know it.
  var needsIdentity = false
  /// The digests of everything judged that it had of all authors.
  var held: Set<Digest> = []
  /// The digests of what it had saved under former identities and did not mint again: the county has it, and the
  /// judgement may not have come.
  private(set) var earlier: Set<Digest> = []

  init(_ id: DeviceID, of station: StationID) {
    identities = [id]
    stations = [station]
    running = Chain.start(id)
  }

  var id: DeviceID { identities[identities.count - 1] }
  var station: StationID { stations[stations.count - 1] }

  /// It has learned that it is of a station.
  mutating func move(to station: StationID) { if station != self.station { stations.append(station) } }

  /// It has saved another operation.
  mutating func add(_ operation: Replication.Operation) {
    own.append(operation)
    running = Chain.next(running, operation.digest)
  }

  /// It begins anew under another identity.
  /// - Parameter again: what it minted again.
  mutating func take(_ id: DeviceID, again: Set<Digest>) {
    identities.append(id)
    earlier.formUnion(Set(own.map(\.digest)).subtracting(again))
    own = []
    running = Chain.start(id)
    (told, toldInRefusals) = ([:], [:])
    (acknowledged, reviewed, isStopped, needsIdentity) = (0, 0, false, false)
  }
}
