package import Foundations
package import Journal

/// What becomes of one dispatch 转办件: events in, actions out.
///
/// Pure: clock and randomness are arguments. A machine lives for one round, from taking a due dispatch to recording
/// what became of it; what the next round must know stands in the row.
///
/// Invariant: *a dispatch that may have been accepted is asked for before it is told again.* Every repetition carries
/// the same `Idempotency-Key` as well, but a receiver that ignores it would open a second case for one citizen, and no
/// answer header proves that it does not; so the key is the second net and asking is the first. Where asking tells
/// nothing for good, the dispatch stands as `unknown` for a person.
package struct ForwardingMachine: Sendable {
  /// What happened.
  package enum Event: Sendable, Hashable {
    /// The round begins.
    case taken
    /// The window has no system of its own any more: the built-in inbox has the dispatch already.
    case withoutEndpoint
    /// Nothing may be sent there until a person has changed something: why, in a few words.
    case barred(String)
    /// The dispatch was told and this was the answer.
    case answered(status: Int, retryAfterSeconds: Int?)
    /// The dispatch surely did not arrive whole: a problem's code.
    case notReached(String)
    /// The whole dispatch was sent and no answer came: a problem's code.
    case unanswered(String)
    /// It was asked for, and this was the answer; `isOther` where what came with it is about something else: a page for
    /// people answers 200 to everything.
    case askAnswered(status: Int, isOther: Bool = false)
    /// It was asked for, and no answer came: a problem's code.
    case askUnanswered(String)
  }

  /// What to do. `record` ends the round.
  package enum Action: Sendable, Hashable {
    case tell
    case ask
    case disableEndpoint
    case record(Outcome)
  }

  /// How a round ended.
  package enum Outcome: String, Sendable {
    case delivered, retried, dead, unknown
  }

  /// The dispatch as it is to be recorded.
  package private(set) var row: DispatchRow
  private let attemptsMax: Int64
  private var wasTold = false

  /// `DispatchRow.failure` after 410.
  package static let endpointGone = "endpoint gone"
  /// The longest pause that back-off makes; `Retry-After` may ask for more.
  package static let pauseSecondsMax: Int64 = 900

  package init(_ row: DispatchRow, attemptsMax: Int64) {
    self.row = row
    self.attemptsMax = attemptsMax
  }

  /// - Parameter chance: at least 0 and less than 1, anew each time.
  package mutating func handle(_ event: Event, now: Instant, chance: Double) -> [Action] {
    switch event {
    case .taken: return row.mayHaveArrived ? [.ask] : tell()
    case .withoutEndpoint: return deliver(now)
    case .barred(let reason):
      return row.mayHaveArrived ? end(.unknown, DispatchRow.maybeArrived + reason) : end(.dead, reason)
    case .answered(let status, let seconds): return answered(status, seconds, now, chance)
    case .notReached(let code):
      // Not this time; what an earlier round has sent may still be there.
      return row.mayHaveArrived && !wasTold ? askAgain(code, now, chance) : again(code, nil, now, chance)
    case .unanswered(let code):
      row.failure = DispatchRow.maybeArrived + code
      return [.ask]
    case .askAnswered(200, isOther: true): return end(.unknown, DispatchRow.maybeArrived + "asked, a page for people")
    case .askAnswered(let status, _): return askAnswered(status, now, chance)
    case .askUnanswered(let code): return askAgain(code, now, chance)
    }
  }

  /// The dispatch as it is to stand in the outbox before a receiver is told: should the program end meanwhile, the
  /// receiver may have it, and is asked first.
  package var rowWhileTelling: DispatchRow {
    var row = row
    row.failure = DispatchRow.maybeArrived + "being told"
    return row
  }

  private mutating func tell() -> [Action] {
    row.attempts += 1
    wasTold = true
    return [.tell]
  }

  private mutating func answered(_ status: Int, _ seconds: Int?, _ now: Instant, _ chance: Double) -> [Action] {
    switch status {
    case 200...299, 409: deliver(now)
    case 410: [.disableEndpoint] + end(.dead, Self.endpointGone)
    default: again("HTTP \(status)", seconds, now, chance)
    }
  }

  private mutating func askAnswered(_ status: Int, _ now: Instant, _ chance: Double) -> [Action] {
    switch status {
    case 200: return deliver(now)
    case 404:
      // A receiver that cuts every request must not keep this round going for ever; and the first request may still be
      // under way within it, so a second one had better come later.
      guard wasTold else { return tell() }
      return again("not arrived", nil, now, chance)
    case 429, 500...: return askAgain("HTTP \(status)", now, chance)
    default: return end(.unknown, DispatchRow.maybeArrived + "asked, HTTP \(status)")
    }
  }

  /// Asking told nothing, but may do so later: the receiver is down.
  private mutating func askAgain(_ reason: String, _ now: Instant, _ chance: Double) -> [Action] {
    if !wasTold { row.attempts += 1 }
    let failure = DispatchRow.maybeArrived + "not answered, " + reason
    guard row.attempts < attemptsMax else { return end(.unknown, failure) }
    return pause(failure, nil, now, chance)
  }

  private mutating func again(_ reason: String, _ seconds: Int?, _ now: Instant, _ chance: Double) -> [Action] {
    if !wasTold { row.attempts += 1 }
    guard row.attempts < attemptsMax else { return end(.dead, reason) }
    return pause(reason, seconds, now, chance)
  }

  private mutating func pause(_ reason: String, _ seconds: Int?, _ now: Instant, _ chance: Double) -> [Action] {
    let backOff = Self.pauseMilliseconds(attempts: row.attempts, chance: chance)
    let asked = Int64(clamping: seconds ?? 0).multipliedReportingOverflow(by: 1000)
    row.nextAt = Instant(milliseconds: now.milliseconds + max(backOff, asked.overflow ? 0 : asked.partialValue))
    row.failure = reason
    return [.record(.retried)]
  }

  private mutating func deliver(_ now: Instant) -> [Action] {
    row.status = "delivered"
    row.deliveredAt = now
    row.failure = nil
    return [.record(.delivered)]
  }

  private mutating func end(_ outcome: Outcome, _ reason: String) -> [Action] {
    row.status = outcome.rawValue
    row.failure = reason
    return [.record(outcome)]
  }

  /// 1 s, 2 s, 4 s … at most `pauseSecondsMax`, less up to a quarter: receivers that come back are not stormed by
  /// everybody at once.
  package static func pauseMilliseconds(attempts: Int64, chance: Double) -> Int64 {
    let doublings = min(max(attempts, 1) - 1, 20)
    let full = min(1 << doublings, pauseSecondsMax) * 1000
    return full - Int64(Double(full) / 4 * min(max(chance, 0), 1))
  }
}
