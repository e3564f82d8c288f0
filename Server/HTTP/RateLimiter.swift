package import Foundations

/// A token bucket for each key, as pure arithmetic: the clock is an argument.
///
/// Kept as one time a key, the moment its bucket will be full again (the generic cell rate algorithm), so that a key
/// whose bucket is full needs no entry at all.
package struct RateLimiter: Sendable {
  /// Whether a request may pass.
  package enum Decision: Sendable, Hashable {
    case admitted
    /// Not before this many seconds have passed; at least 1.
    case refused(retryAfterSeconds: Int)
  }

  /// One token each.
  private let intervalMilliseconds: Int64
  private let burst: Int64
  private let keysMax: Int
  /// When each bucket will be full again, in milliseconds since 1970.
  private var fullAt: [String: Int64] = [:]

  /// - Parameters:
  ///   - burst: how many requests may come at once; at least 1.
  ///   - perMinute: how many tokens come back in a minute; 1 to 60,000.
  ///   - keysMax: how many keys are remembered; beyond, those nearest to a full bucket are forgotten first.
  package init(burst: Int, perMinute: Int, keysMax: Int = 10_000) {
    self.burst = Int64(min(max(1, burst), 1_000_000))
    intervalMilliseconds = 60_000 / Int64(min(max(1, perMinute), 60_000))
    self.keysMax = max(2, keysMax)
  }

  /// How many keys are remembered.
  package var keyCount: Int { fullAt.count }

  /// Takes one token from the key's bucket, if there is one.
  package mutating func admit(_ key: String, at now: Instant) -> Decision {
    let empty = now.adding(seconds: burst * intervalMilliseconds / 1000).milliseconds
    // No bucket is emptier than empty: the clock was set back, and whoever asks is not to blame for that.
    let known = fullAt[key].flatMap { $0 > empty ? nil : $0 }
    let start = max(known ?? now.milliseconds, now.milliseconds)
    let (next, overflow) = start.addingReportingOverflow(intervalMilliseconds)
    let excess = next.subtractingReportingOverflow(now.milliseconds).partialValue - burst * intervalMilliseconds
    guard !overflow, excess <= 0 else {
      fullAt[key] = start
      return .refused(retryAfterSeconds: Int(clamping: max(1, (excess + 999) / 1000)))
    }
    if fullAt[key] == nil, fullAt.count >= keysMax { forget(now) }
    fullAt[key] = next
    return .admitted
  }

  /// Drops what needs no memory; if nothing does, the half that asked least, so that this stays rare.
  private mutating func forget(_ now: Instant) {
    fullAt = fullAt.filter { $0.value > now.milliseconds }
    guard fullAt.count >= keysMax else { return }
    let kept = fullAt.sorted { ($0.value, $0.key) > ($1.value, $1.key) }.prefix(keysMax / 2)
    fullAt = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
  }
}
