import Forwarding
import Foundations
import Glibc
import Journal
import Synchronization
import Webhook
import XCTest

/// An outbox in memory.
final class FakeOutbox: Outbox {
  struct State {
    var rows: [DispatchRow] = []
    var endpoints: [WindowID: EndpointRow] = [:]
    var records: [DispatchRow] = []
    var recordFails = false
    var recordsFailed = 0
    var listeners: [@Sendable () -> Void] = []
    /// Called when the due dispatches have been read, before their reader gets them.
    var dueRead: (@Sendable () -> Void)?
  }

  let state = Mutex(State())
  let clock: any Clock = SystemClock()
  let random: any RandomSource = SystemRandom()
  static let key = WebhookKey(bytes: Array(0..<32))

  func endpoint(_ window: String, at url: String) {
    let id = WindowID(window)
    state.withLock {
      $0.endpoints[id] = EndpointRow(window: id, url: url, secret: Self.key.bytes, disabled: false)
    }
  }

  /// Queues dispatches and commits.
  func add(_ application: String, versions: Int64 = 1, window: String = "w") {
    let now = clock.now()
    state.withLock { state in
      for version in 1...versions {
        let proceeding = ProceedingID("\(application).i")
        let id = "sm3:" + String(repeating: "0", count: 40) + Hexadecimal.text("\(application)\(version)".utf8)
        let padded = id + String(repeating: "f", count: max(0, 68 - id.utf8.count))
        state.rows.append(
          DispatchRow(
            id: padded, proceeding: proceeding, application: ApplicationID(application), version: version,
            window: WindowID(window), status: "queued", attempts: 0, nextAt: now, createdAt: now))
      }
    }
    commit()
  }

  func commit() { for listener in state.withLock({ $0.listeners }) { listener() } }

  func rows(_ status: String) -> [DispatchRow] { state.withLock { $0.rows.filter { $0.status == status } } }

  func waitFor(_ what: String, seconds: Double = 10, line: UInt = #line, _ condition: () -> Bool) {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !condition() {
      guard ContinuousClock.now < deadline else {
        return XCTFail("\(what): \(state.withLock { $0.rows.map { "\($0.status) \($0.failure ?? "")" } })", line: line)
      }
      usleep(5000)
    }
  }

  // MARK: Outbox

  func dueDispatches(now: Instant, of each: Int, except windows: Set<WindowID>) throws(Problem) -> [DispatchRow] {
    let (due, dueRead) = state.withLock { state in
      var seen: Set<String> = []
      var given: [WindowID: Int] = [:]
      let heads = state.rows.filter {
        $0.status == "queued" && seen.insert("\($0.application) \($0.window)").inserted && $0.nextAt <= now
      }
      let due = heads.sorted { $0.nextAt < $1.nextAt }.filter {
        given[$0.window, default: 0] += 1
        return given[$0.window] ?? 0 <= each && !windows.contains($0.window)
      }
      return (due, state.dueRead)
    }
    dueRead?()
    return due
  }

  func nextDispatch(after time: Instant) throws(Problem) -> Instant? {
    rows("queued").map(\.nextAt).filter { $0 > time }.min()
  }

  func queuedDispatches() throws(Problem) -> Int { rows("queued").count }

  func endpoint(_ window: WindowID) throws(Problem) -> EndpointRow? { state.withLock { $0.endpoints[window] } }

  func disableEndpoint(_ window: WindowID, url: String) throws(Problem) {
    state.withLock { $0.endpoints[window]?.disabled = true }
  }

  func dispatchBody(_ row: DispatchRow) throws(Problem) -> [UInt8] {
    JSON.bytes(["type": "proceeding.dispatched", "id": .text(row.id), "version": .integer(row.version)])
  }

  func recordDispatch(_ row: DispatchRow) throws(Problem) {
    let isWritten = state.withLock { state in
      guard !state.recordFails else {
        state.recordsFailed += 1
        return false
      }
      state.records.append(row)
      state.rows = state.rows.map { $0.id == row.id ? row : $0 }
      return true
    }
    guard isWritten else { throw ProblemKind.unexpected.with("record") }
    commit()
  }

  func onCommit(_ listener: @escaping @Sendable () -> Void) { state.withLock { $0.listeners.append(listener) } }
}
