internal import Dispatch
package import Foundations
internal import Journal
internal import Synchronization
internal import Transport

/// Takes due dispatches out of the outbox and forwards them, in order within an application and several applications
/// at a time.
///
/// Invariant: *a window has so many places and no more*, however much is queued to it and however long its system
/// takes; a free one goes to the window that has had none for longest.
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
    /// Dispatches under way to each window.
    var underWay: [WindowID: Int] = [:]
    /// When a window last had a place, in places given since the worker was made.
    var turns: [WindowID: Int] = [:]
    var turn = 0
    var metrics = ForwardingMetrics()

    /// A dispatch to a window is no longer under way.
    mutating func leave(_ window: WindowID) {
      let left = (underWay[window] ?? 0) - 1
      underWay[window] = left > 0 ? left : nil
    }
  }

  /// Dispatches that one look weighs for each window: more than may be held of those before them.
  private static let lookMax = 32
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
    let (heldBefore, full, hasRoom) = state.withLock { state in
      // Before the journal is read: what is committed from here on queues the next look.
      state.looks = false
      state.held = state.held.filter { $0.value.map { $0 > now } ?? true }
      let full = state.underWay.filter { $0.value >= settings.parallelPerWindowMax }.keys
      return (state.held, Set(full), state.underWay.values.reduce(0, +) < settings.parallelMax)
    }
    // The end of one of those that are under way queues the next look.
    guard hasRoom else { return }
    var nextAt = now.adding(seconds: Self.lookSecondsMax)
    do throws(Problem) {
      let rows = try outbox.dueDispatches(now: now, of: Self.lookMax, except: full)
      // What was held when the journal was read may be free by now, and this row carried meanwhile: the end of that has
      // queued the next look.
      for row in inTurn(rows.filter { heldBefore[$0.application] == nil }) where hold(row) { carry(row) }
      nextAt = min(nextAt, try outbox.nextDispatch(after: now) ?? nextAt)
      nextAt = min(nextAt, state.withLock { $0.held.values.compactMap(\.self).min() } ?? nextAt)
    } catch {
      log(.error, "forwarding.look", [("problem", error.code)])
      nextAt = now.adding(seconds: 5)
    }
    look(after: nextAt.milliseconds - now.milliseconds)
  }

  /// Dispatches in the order in which they are to be given places: one to each window, then the next to each, and first
  /// to those that have had none for longest.
  /// - Parameter rows: by their time.
  private func inTurn(_ rows: [DispatchRow]) -> [DispatchRow] {
    let turns = state.withLock { $0.turns }
    var seen: [WindowID: Int] = [:]
    let places = rows.enumerated().map { index, row in
      defer { seen[row.window, default: 0] += 1 }
      return (round: seen[row.window] ?? 0, turn: turns[row.window] ?? 0, index: index)
    }
    return places.sorted { ($0.round, $0.turn, $0.index) < ($1.round, $1.turn, $1.index) }.map { rows[$0.index] }
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

  /// Takes an application for one dispatch, if it is free and there is room for it and for its window.
  private func hold(_ row: DispatchRow) -> Bool {
    state.withLock { state in
      guard !state.isStopping, state.held[row.application] == nil,
        state.underWay.values.reduce(0, +) < settings.parallelMax,
        state.underWay[row.window] ?? 0 < settings.parallelPerWindowMax
      else { return false }
      state.held.updateValue(nil, forKey: row.application)
      state.underWay[row.window, default: 0] += 1
      state.turn += 1
      state.turns[row.window] = state.turn
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
          state.leave(row.window)
        }
      } catch {
        log(.error, "forwarding.record", [("dispatch", row.id), ("problem", error.code)])
        let until = outbox.clock.now().adding(seconds: Self.holdSeconds)
        state.withLock { state in
          state.held.updateValue(until, forKey: row.application)
          state.leave(row.window)
        }
      }
      running.leave()
      wake()
    }
  }
}
