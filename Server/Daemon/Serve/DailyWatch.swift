internal import Casework
internal import Dispatch
internal import Foundations
internal import Synchronization

/// Lets the law's days take effect while a server runs: once at its start, then once a day. It looks every hour, should
/// the clock have been set or the machine have slept.
final class DailyWatch: Sendable {
  private let casework: CaseService
  private let log: Log
  private let queue = DispatchQueue(label: "bangban.days")
  private let state = Mutex(State())
  private static let lookSeconds = 3600

  private struct State {
    var isStopping = false
    /// The last day that took effect.
    var passed: CivilDate?
  }

  init(_ casework: CaseService, log: Log) {
    self.casework = casework
    self.log = log
  }

  /// Begins to look.
  func start() { queue.async { [weak self] in self?.look() } }

  /// Waits for what is under way and looks no more.
  func stop() {
    state.withLock { $0.isStopping = true }
    queue.sync {}
  }

  private func look() {
    let today = ChinaTime.date(casework.clock.now())
    let (isStopping, passed) = state.withLock { ($0.isStopping, $0.passed) }
    guard !isStopping else { return }
    queue.asyncAfter(deadline: .now() + .seconds(Self.lookSeconds)) { [weak self] in self?.look() }
    guard passed != today else { return }
    do throws(Problem) {
      let report = try casework.passDay()
      state.withLock { $0.passed = today }
      guard report.deemed + report.ended > 0 else { return }
      log(.warning, "days", [("deemed", String(report.deemed)), ("ended", String(report.ended))])
    } catch {
      log(.error, "days", [("code", error.code)])
    }
  }
}
