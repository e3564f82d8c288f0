package import Transport

/// How the worker forwards.
package struct ForwardingSettings: Sendable {
  package var rules = AddressRules()
  /// With pauses of at most 15 minutes these last about a day, so that a system that is down overnight needs nobody's
  /// attention; what is failing can be seen from its first failure.
  package var attemptsMax: Int64 = 100
  /// Applications that are forwarded at the same time.
  package var parallelMax = 16
  /// Of these, to one window: a system that hangs holds a place for a minute or two, again and again, and must leave
  /// some to the others.
  package var parallelPerWindowMax = 2
  package var patience = HTTPClient.Patience(connectSecondsMax: 10, stallSecondsMax: 20, totalSecondsMax: 60)
  /// PEM file of the only authorities to trust for `https`; nil for the machine's.
  package var authoritiesFile: String?
  /// How long `stop()` waits for requests that are under way.
  package var stopSecondsMax = 70

  package init() {}
}

/// What the worker has done since it was made, and what waits.
package struct ForwardingMetrics: Sendable, Hashable {
  package internal(set) var delivered: Int64 = 0
  package internal(set) var retried: Int64 = 0
  package internal(set) var dead: Int64 = 0
  package internal(set) var unknown: Int64 = 0
  /// Dispatches in the queue; nil if the journal could not be asked.
  package internal(set) var queued: Int?
  /// Requests under way.
  package internal(set) var running = 0

  package init() {}

  mutating func count(_ outcome: ForwardingMachine.Outcome) {
    switch outcome {
    case .delivered: delivered += 1
    case .retried: retried += 1
    case .dead: dead += 1
    case .unknown: unknown += 1
    }
  }
}
