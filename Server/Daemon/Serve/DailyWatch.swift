internal import API
internal import Casework
internal import Dispatch
internal import Foundations
internal import Synchronization

/// Lets the law's days take effect while a server runs: once at its start, then as each day begins. It looks every
/// hour, too, should the clock have been set or the machine have slept; and whatever of an erased application is still
/// there goes then, and whatever of an upload that nobody went on with.
final class DailyWatch: Sendable {
  private let casework: CaseService
  private let blobs: BlobFiles
  private let log: Log
  private let queue = DispatchQueue(label: "bangban.days")
  private let state = Mutex(State())
  private static let lookSeconds = 3600

  private struct State {
    var isStopping = false
    /// The last day that took effect.
    var passed: CivilDate?
  }

  init(_ casework: CaseService, _ blobs: BlobFiles, log: Log) {
    self.casework = casework
    self.blobs = blobs
    self.log = log
  }

  /// Begins to look. That it does is on record before anybody can ask for anything.
  func start() {
    attempt("days") { () throws(Problem) in try casework.beginDay() }
    queue.async { [weak self] in self?.look() }
  }

  /// Waits for what is under way and looks no more.
  func stop() {
    state.withLock { $0.isStopping = true }
    queue.sync {}
  }

  private func look() {
    let today = ChinaTime.date(casework.clock.now())
    let (isStopping, passed) = state.withLock { ($0.isStopping, $0.passed) }
    guard !isStopping else { return }
    let pause = Self.pauseSeconds(now: casework.clock.now())
    queue.asyncAfter(deadline: .now() + .seconds(pause)) { [weak self] in self?.look() }
    // What a purge could not remove any more: its program ended, or the disk was full.
    attempt("erase") { () throws(Problem) in try casework.removeDropped(from: blobs) }
    let abandoned = casework.clock.now().adding(seconds: -Limits.uploadDaysMax * 86_400)
    attempt("uploads") { () throws(Problem) in
      let dropped = try blobs.dropUnfinished(since: abandoned)
      if dropped > 0 { log(.info, "uploads", [("dropped", String(dropped))]) }
    }
    guard passed != today else { return }
    attempt("days") { () throws(Problem) in
      let report = try casework.passDay()
      state.withLock { $0.passed = today }
      guard report != .nothing else { return }
      log(
        .warning, "days",
        [
          ("deemed", String(report.deemed)), ("ended", String(report.ended)), ("routed", String(report.routed)),
          ("released", String(report.released)),
        ])
    }
  }

  /// Until the next look: an hour, or as far as the next day in China.
  static func pauseSeconds(now: Instant) -> Int {
    let tomorrow = ChinaTime.start(of: ChinaTime.date(now).adding(days: 1))
    let left = (tomorrow.milliseconds - now.milliseconds + 999) / 1000
    return min(lookSeconds, max(1, Int(clamping: left)))
  }

  /// What fails is tried again with the next look.
  private func attempt(_ what: StaticString, _ body: () throws(Problem) -> Void) {
    do throws(Problem) { try body() } catch { log(.error, what, [("code", error.code)]) }
  }
}
