internal import Dispatch
package import Foundations
internal import Journal
internal import Synchronization
internal import Transport

/// Takes due dispatches out of the outbox and forwards them, in order within an application and several applications at
/// a time.
///
/// It looks when something was committed, when a request is over, when the next dispatch is due, and once a minute,
/// should the clock have been set. A crash between an answer and its record leads to a repetition with the same id,
/// which the receiver answers with 409.
package final class ForwardingWorker: Sendable {
  private let outbox: any Outbox
  private let settings: ForwardingSettings
  private let log: Log
  private let state = Mutex(State())
  /// All looking happens here, one look after another.
  private let looking = DispatchQueue(label: "bangban.forwarding")
  private let running = DispatchGroup()

  private struct State {
    var isStarted = false
    var isStopping = false
    /// A look is queued already.
    var looks = false
    /// Counts the timers; an older one that still fires does nothing.
    var timer = 0
    /// Applications that are not to be touched: nil while one is under way, else until this time.
    var held: [ApplicationID: Instant?] = [:]
    var metrics = ForwardingMetrics()
  }

  /// Dispatches that one look weighs.
  private static let lookMax = 256
  private static let lookSecondsMax: Int64 = 60
  /// After the journal has refused: a dispatch that was sent and could not be recorded must not be sent in a loop.
  private static let holdSeconds: Int64 = 30

  package init(_ outbox: any Outbox, settings: ForwardingSettings = ForwardingSettings(), log: Log) {
    self.outbox = outbox
    self.settings = settings
    self.log = log
  }

  /// Begins to forward. Only the first call does anything.
  package func start() {
    let isFirst = state.withLock { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    guard isFirst else { return }
    outbox.onCommit { [weak self] in self?.wake() }
    wake()
  }

  /// Looks for due dispatches soon. Returns at once, so that it can be called from a commit.
  package func wake() {
    let isNew = state.withLock { state in
      guard !state.looks, state.isStarted, !state.isStopping else { return false }
      state.looks = true
      return true
    }
    if isNew { looking.async { [weak self] in self?.look() } }
  }

  /// Begins nothing any more and waits, for at most `stopSecondsMax`, for what is under way.
  /// - Returns: whether everything that was under way is recorded.
  @discardableResult
  package func stop() -> Bool {
    state.withLock { $0.isStopping = true }
    // Behind this, no look can begin anything.
    looking.sync {}
    return running.wait(timeout: .now() + .seconds(settings.stopSecondsMax)) == .success
  }

  /// What was done so far, and what waits now.
  package var metrics: ForwardingMetrics {
    let queued = try? outbox.queuedDispatches()
    return state.withLock { state in
      var metrics = state.metrics
      metrics.queued = queued
      metrics.running = state.held.values.count { $0 == nil }
      return metrics
    }
  }

  // MARK: Looking

  private func look() {
    let now = outbox.clock.now()
    let heldBefore = state.withLock { state in
      // Before the journal is read: what is committed from here on queues the next look.
      state.looks = false
      state.held = state.held.filter { $0.value.map { $0 > now } ?? true }
      return state.held
    }
    var nextAt = now.adding(seconds: Self.lookSecondsMax)
    do throws(Problem) {
      // All, not only the due ones: the first that is not due says when to look again. (The journal's earliest time
      // would not do: it counts those that wait behind a failed one.)
      let rows = try outbox.dueDispatches(now: Instant(milliseconds: .max), limit: Self.lookMax)
      for row in rows {
        guard row.nextAt <= now else {
          nextAt = min(nextAt, row.nextAt)
          break
        }
        // What was held when the journal was read may be free by now, and this row carried meanwhile: the end of that
        // has queued the next look.
        if heldBefore[row.application] == nil, hold(row.application) { carry(row) }
      }
      nextAt = min(nextAt, state.withLock { $0.held.values.compactMap(\.self).min() } ?? nextAt)
    } catch {
      log(.error, "forwarding.look", [("problem", error.code)])
      nextAt = now.adding(seconds: 5)
    }
    look(after: nextAt.milliseconds - now.milliseconds)
  }

  private func look(after milliseconds: Int64) {
    let number = state.withLock { state in
      state.timer += 1
      return state.timer
    }
    looking.asyncAfter(deadline: .now() + .milliseconds(Int(clamping: max(milliseconds, 1)))) { [weak self] in
      guard let self, state.withLock({ $0.timer == number }) else { return }
      wake()
    }
  }

  /// Takes an application for one dispatch, if it is free and there is room.
  private func hold(_ application: ApplicationID) -> Bool {
    state.withLock { state in
      let underWay = state.held.values.count { $0 == nil }
      guard !state.isStopping, underWay < settings.parallelMax, state.held[application] == nil else { return false }
      state.held.updateValue(nil, forKey: application)
      return true
    }
  }

  // MARK: Carrying

  private func carry(_ row: DispatchRow) {
    running.enter()
    // A serial queue of its own has a thread of its own; a concurrent one stops at the number of cores, and a request
    // that waits for a slow window holds its thread. `parallelMax` bounds how many there are.
    DispatchQueue(label: "bangban.forwarding.carrying").async { [self] in
      let courier = Courier(outbox: outbox, settings: settings, line: HTTPClient(agent: "bangban-server")) { [self] in
        state.withLock { $0.isStopping }
      }
      do throws(Problem) {
        let outcome = try courier.carry(row)
        log(
          outcome == .delivered || outcome == .retried ? .info : .warning, "forwarding.round",
          [("dispatch", row.id), ("window", row.window.text), ("outcome", outcome.rawValue)])
        state.withLock { state in
          state.held.removeValue(forKey: row.application)
          state.metrics.count(outcome)
        }
      } catch {
        log(.error, "forwarding.record", [("dispatch", row.id), ("problem", error.code)])
        let until = outbox.clock.now().adding(seconds: Self.holdSeconds)
        state.withLock { _ = $0.held.updateValue(until, forKey: row.application) }
      }
      running.leave()
      wake()
    }
  }
}
