import Dispatch
import Forwarding
import Foundations
import HTTP
import Journal
import Synchronization
import Transport
import XCTest

/// A window has its places and no more, however much is queued to it and however long its system takes.
final class WindowTurnTests: XCTestCase {
  private let outbox = FakeOutbox()
  /// The windows that were told, in order.
  private let told = Told()

  private final class Told: Sendable {
    let windows = Mutex<[String]>([])
  }

  private func worker(_ change: (inout ForwardingSettings) -> Void = { _ in }) -> ForwardingWorker {
    var settings = ForwardingSettings()
    settings.patience = HTTPClient.Patience(connectSecondsMax: 60, stallSecondsMax: 60, totalSecondsMax: 120)
    change(&settings)
    let worker = ForwardingWorker(outbox, settings: settings, log: .silent)
    addTeardownBlock { worker.stop() }
    return worker
  }

  /// A window's system, which answers once the gate is open.
  private func serve(_ window: String, behind gate: Gate? = nil) throws {
    let told = told
    let server = try HTTPServer(ServerSettings(), limits: { _, _ in 1 << 20 }) { _ in
      told.windows.withLock { $0.append(window) }
      gate?.pass()
      return Response(200)
    }
    addTeardownBlock {
      gate?.open()
      server.stop()
    }
    outbox.endpoint(window, at: "http://127.0.0.1:\(server.port)")
  }

  private final class Gate: Sendable {
    private let isOpen = DispatchSemaphore(value: 0)

    func pass() {
      isOpen.wait()
      isOpen.signal()
    }

    func open() { isOpen.signal() }
  }

  private func delivered(_ window: String) -> [DispatchRow] {
    outbox.rows("delivered").filter { $0.window.text == window }
  }

  func testAWindowThatHangsHoldsUpNoOther() throws {
    let gates = ["s1", "s2", "s3"].map { _ in Gate() }
    for (index, gate) in gates.enumerated() {
      try serve("s\(index + 1)", behind: gate)
      for number in 0..<300 { outbox.add("s\(index + 1)-\(number)", window: "s\(index + 1)") }
    }
    try serve("q")
    let worker = worker()
    worker.start()
    outbox.waitFor("all places that the slow ones may have") { told.windows.withLock { $0.count } == 6 }
    for number in 0..<40 { outbox.add("q\(number)", window: "q") }
    outbox.waitFor("the quick one", seconds: 60) { delivered("q").count == 40 }
    XCTAssertEqual(outbox.rows("delivered").count, 40)
    XCTAssertEqual(told.windows.withLock { $0.filter { $0 != "q" }.count }, 6, "two places a window")
    for gate in gates { gate.open() }
    outbox.waitFor("the others", seconds: 120) { outbox.rows("queued").isEmpty }
    XCTAssertEqual(outbox.rows("delivered").count, 940)
    XCTAssertEqual(told.windows.withLock { $0.count }, 940, "each once")
  }

  func testWindowsTakeTurnsAndWhatIsOldestGoesFirstWithinEach() throws {
    for window in ["w1", "w2", "w3"] { try serve(window) }
    for number in 0..<4 { outbox.add("a\(number)", window: "w1") }
    for number in 0..<2 { outbox.add("b\(number)", window: "w2") }
    outbox.add("c", window: "w3")
    let worker = worker { $0.parallelMax = 1 }
    worker.start()
    outbox.waitFor("deliveries") { outbox.rows("queued").isEmpty }
    XCTAssertEqual(told.windows.withLock { $0 }, ["w1", "w2", "w3", "w1", "w2", "w1", "w1"])
    let order = outbox.state.withLock { $0.records.filter { $0.status == "delivered" && $0.window.text == "w1" } }
    XCTAssertEqual(order.map(\.application.text), ["a0", "a1", "a2", "a3"])
  }
}
