package import Foundations

/// The stretches of a server's log. A restored server starts a new timeline: its log is that of the one before up to
/// the backup's last sequence, and its own from there on.
package struct Lineage: Sendable, Hashable {
  /// A timeline that has ended.
  package struct Past: Sendable, Hashable {
    package let timeline: String
    /// The last of its sequences that the next timeline has kept.
    package let through: Int64

    package init(timeline: String, through: Int64) {
      self.timeline = timeline
      self.through = through
    }
  }

  /// The oldest first.
  package let past: [Past]
  package let current: String

  /// Far more often than any county puts a backup back.
  private static let pastMax = 1000

  package init(past: [Past] = [], current: String) {
    self.past = past
    self.current = current
  }

  /// How what a device holds stands to what a server holds.
  package enum Relation: Sendable, Hashable {
    case same
    /// Both have the same log up to this sequence; what the device holds after it, the server has lost.
    case parted(at: Int64)
    /// They have nothing in common: a server that was made anew, or another county's.
    case foreign
  }

  /// Where this lineage and a server's part.
  ///
  /// They share every timeline up to the last one that both name; of that one they share what both have kept.
  package func relation(to server: Lineage) -> Relation {
    if current == server.current { return .same }
    let own = Dictionary(stretches, uniquingKeysWith: { first, _ in first })
    for (timeline, through) in server.stretches.reversed() {
      if let ownThrough = own[timeline] { return .parted(at: min(through, ownThrough)) }
    }
    return .foreign
  }

  /// Every timeline with its last sequence that counts.
  private var stretches: [(String, Int64)] { past.map { ($0.timeline, $0.through) } + [(current, .max)] }

  /// This lineage after a backup was put back whose last sequence is `sequence`.
  package func restored(through sequence: Int64, as timeline: String) -> Lineage {
    Lineage(past: past + [Past(timeline: current, through: sequence)], current: timeline)
  }

  /// This lineage where a backup took the place of a server of another one, which nobody will hear of again. Whoever
  /// stands on a timeline that has ended, or carries a file of it, is known by that.
  package func replacing(_ former: Lineage) -> Lineage {
    guard case .parted(let common) = former.relation(to: self) else { return self }
    let known = Set(stretches.map(\.0))
    let ended = former.stretches.filter { !known.contains($0.0) }
      .map { Past(timeline: $0.0, through: min($0.1, common)) }
    return Lineage(past: past + ended, current: current)
  }

  /// Whether a timeline has ended.
  package func hasEnded(_ timeline: String) -> Bool { past.contains { $0.timeline == timeline } }

  /// The array [current, [timeline, through], …]; the same in CBOR and in JSON.
  package var value: Value {
    .array([.text(current)] + past.map { [.text($0.timeline), .integer($0.through)] })
  }

  /// Reads what `value` writes; nil for anything else.
  package init?(_ value: Value?) {
    guard let parts = value?.array, let current = parts.first?.text, Self.isName(current), parts.count <= Self.pastMax
    else { return nil }
    var past: [Past] = []
    for part in parts.dropFirst() {
      guard let pair = part.array, pair.count == 2, let timeline = pair[0].text, Self.isName(timeline),
        let through = pair[1].integer, through >= 0
      else { return nil }
      past.append(Past(timeline: timeline, through: through))
    }
    self.init(past: past, current: current)
  }

  private static func isName(_ text: String) -> Bool { text.utf8.count <= 64 }
}

extension Lineage {
  /// Numbers of a device's stations that are passed over when a backup is put back: more than it is moved between two.
  private static let assignmentsPassedOver: Int64 = 1000

  /// The first number that is given on the present timeline: one of a lost log must not mean another station now.
  package var firstAssignment: Int64 { Int64(past.count) * Self.assignmentsPassedOver }
}
