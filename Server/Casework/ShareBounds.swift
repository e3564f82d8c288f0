internal import Application
internal import Foundations
internal import Journal
internal import Replication

/// With whom an application may be shared: with stations that there are and with devices, and with few in all. What it
/// says stands in the feed of each.
struct ShareBounds {
  /// The code of a share with what cannot be anybody.
  static let unknown = "share.unknown"
  /// The code of a share with one too many.
  static let tooMany = "share.too-many"

  private let journal: any JournalReader
  /// Into which what a device opens enters.
  private let own: String
  private var scopes: [ApplicationID: Set<String>] = [:]

  /// - Parameter device: whose operations these are.
  init(_ journal: any JournalReader, of device: DeviceRow) {
    self.journal = journal
    own = Intake.scopes(device)[0]
  }

  /// The code by which a `share` is refused; nil for one that is in order, and for everything else. What was shared
  /// before in the same request counts.
  mutating func refusal(of operation: Operation) throws(Problem) -> String? {
    guard operation.header.kind == .share, !operation.isErased else { return nil }
    guard let with = operation.content["with"]?.text, try isSomebody(with) else { return Self.unknown }
    let application = operation.header.application
    var known = scopes[application] ?? []
    if known.isEmpty { known = Set(try journal.scopes(application)) }
    if known.isEmpty { known = [own] }
    guard known.contains(with) || known.count < Limits.scopesMax else { return Self.tooMany }
    known.insert(with)
    scopes[application] = known
    return nil
  }

  /// A device may be one that a lost log knew.
  private func isSomebody(_ scope: String) throws(Problem) -> Bool {
    let parts = scope.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[1].isEmpty else { return false }
    switch parts[0] {
    case "station": return try journal.station(StationID(String(parts[1]))) != nil
    case "device": return parts[1].utf8.count <= 64 && parts[1].utf8.allSatisfy { (0x21...0x7E).contains($0) }
    default: return false
    }
  }
}
