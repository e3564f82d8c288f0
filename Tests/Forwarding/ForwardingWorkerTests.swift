import Forwarding
import Foundation
import Foundations
import HTTP
import Journal
import Synchronization
import Transport
import Webhook
import XCTest

@testable import WindowSample

/// The worker against real servers on this machine.
final class ForwardingWorkerTests: XCTestCase {
  /// What a receiver was sent, in order.
  private final class Receipts: Sendable {
    struct State {
      var told: [(id: String, application: String)] = []
      var running = 0
      var runningMax = 0
    }
    let state = Mutex(State())
  }

  private let outbox = FakeOutbox()

  private func worker(_ change: (inout ForwardingSettings) -> Void = { _ in }) -> ForwardingWorker {
    var settings = ForwardingSettings()
    // On a machine that is busy with other tests nothing must look cut off that is only slow.
    settings.patience = HTTPClient.Patience(connectSecondsMax: 30, stallSecondsMax: 30, totalSecondsMax: 60)
    change(&settings)
    let worker = ForwardingWorker(outbox, settings: settings, log: .silent)
    addTeardownBlock { worker.stop() }
    return worker
  }

  /// A receiver with this handler, as the endpoint of a window.
  private func serve(
    _ window: String = "w", _ handler: @escaping @Sendable (HTTP.Request) throws -> HTTP.Response
  ) throws {
    let server = try HTTPServer(ServerSettings(), limits: { _, _ in 1 << 20 }, handler: handler)
    addTeardownBlock { server.stop() }
    outbox.endpoint(window, at: "http://127.0.0.1:\(server.port)")
  }

  private func temporaryFolder() -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    addTeardownBlock { try? FileManager.default.removeItem(atPath: folder) }
    return folder
  }

  /// The sample window as the endpoint of window `w`.
  /// - Returns: the folder of its store.
  private func serveSample(_ arguments: String...) throws -> String {
    let folder = temporaryFolder()
    let options = try Options(["--secret-file", "-", "--store", folder] + arguments)
    let receiver = Receiver(
      options, key: FakeOutbox.key, store: try DispatchStore(folder), clock: SystemClock(), tell: { _ in })
    addTeardownBlock { receiver.stop() }
    let server = try HTTPServer(ServerSettings(), limits: { _, _ in 1 << 20 }, handler: receiver.respond)
    addTeardownBlock {
      receiver.stop()
      server.stop()
    }
    outbox.endpoint("w", at: "http://127.0.0.1:\(server.port)/")
    return folder
  }

  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
  }

  func testFirstFailureThenSuccess() throws {
    let folder = try serveSample("--fail-first")
    let worker = worker()
    worker.start()
    outbox.add("a")
    outbox.waitFor("delivery") { outbox.rows("delivered").count == 1 }
    // Noted before each time it is told, and what came of it.
    XCTAssertEqual(outbox.state.withLock { $0.records.map(\.status) }, ["queued", "queued", "queued", "delivered"])
    XCTAssertEqual(outbox.rows("delivered").first?.attempts, 2)
    XCTAssertEqual(try files(folder).count, 1)
    outbox.waitFor("metrics") { worker.metrics.delivered == 1 && worker.metrics.running == 0 }
    XCTAssertEqual(worker.metrics.retried, 1)
    XCTAssertEqual(worker.metrics.queued, 0)
  }

  func testEverythingThatIsQueuedBeforeTheStartGoesOutWithValidSignatures() throws {
    try serve { request in
      let id = try StandardWebhook.verify(
        headers: request.headers, body: request.body, key: FakeOutbox.key, now: SystemClock().now())
      let body = try request.json()
      return Response(
        request.headers["idempotency-key"] == id && body["id"]?.text == id
          && request.headers["content-type"] == "application/json" ? 204 : 400)
    }
    for number in 0..<20 { outbox.add("a\(number)") }
    worker().start()
    outbox.waitFor("deliveries") { outbox.rows("delivered").count == 20 }
    XCTAssertTrue(outbox.rows("delivered").allSatisfy { $0.attempts == 1 })
  }

  func testOrderWithinAnApplicationHoldsAcrossFailures() throws {
    let receipts = Receipts()
    try serve { request in
      let version = try request.json()["version"]?.integer ?? 0
      return receipts.state.withLock { state in
        state.told.append(("", "\(version)"))
        // The second version fails once; the third must wait for it.
        return Response(version == 2 && state.told.count == 2 ? 503 : 200)
      }
    }
    worker().start()
    outbox.add("a", versions: 3)
    outbox.waitFor("deliveries") { outbox.rows("delivered").count == 3 }
    XCTAssertEqual(receipts.state.withLock { $0.told.map(\.application) }, ["1", "2", "2", "3"])
  }

  func testApplicationsGoInParallelUpToTheBoundAndNeverTwoOfOne() throws {
    let receipts = Receipts()
    try serve { request in
      receipts.state.withLock { state in
        state.running += 1
        state.runningMax = max(state.runningMax, state.running)
      }
      usleep(100_000)
      receipts.state.withLock { $0.running -= 1 }
      return Response(200)
    }
    let worker = worker { ($0.parallelMax, $0.parallelPerWindowMax) = (3, 3) }
    worker.start()
    outbox.add("one", versions: 4)
    outbox.waitFor("one application") { outbox.rows("delivered").count == 4 }
    XCTAssertEqual(receipts.state.withLock { $0.runningMax }, 1)
    for number in 0..<9 { outbox.add("a\(number)") }
    outbox.waitFor("nine applications") { outbox.rows("delivered").count == 13 }
    XCTAssertEqual(receipts.state.withLock { $0.runningMax }, 3)
  }

  func testWhatIsDeliveredWhileTheOutboxIsReadIsNotToldAgain() throws {
    let receipts = Receipts()
    let reads = Mutex(0)
    let isRead = DispatchSemaphore(value: 0)
    try serve { request in
      receipts.state.withLock { $0.told.append((request.method, "")) }
      isRead.wait()
      return Response(request.method == "POST" ? 200 : 400)
    }
    let worker = worker()
    let outbox = outbox
    outbox.state.withLock { state in
      state.dueRead = {
        // The second look finds the dispatch under way, and goes on only when it is delivered.
        guard
          reads.withLock({ count in
            count += 1
            return count == 2
          })
        else { return }
        isRead.signal()
        outbox.waitFor("delivery") { !outbox.rows("delivered").isEmpty && worker.metrics.running == 0 }
      }
    }
    outbox.add("a")
    worker.start()
    outbox.waitFor("request") { receipts.state.withLock { $0.told.count } == 1 }
    worker.wake()
    outbox.waitFor("third look") { reads.withLock { $0 } >= 3 }
    isRead.signal()
    XCTAssertTrue(worker.stop())
    XCTAssertEqual(receipts.state.withLock { $0.told.map(\.id) }, ["POST"])
    XCTAssertEqual(outbox.rows("delivered").first?.attempts, 1)
  }

  func testGoneDisablesTheEndpointForAll() throws {
    let receipts = Receipts()
    try serve { _ in
      receipts.state.withLock { $0.running += 1 }
      return Response(410)
    }
    worker().start()
    outbox.add("a", versions: 3)
    outbox.waitFor("dead") { outbox.rows("dead").count == 3 }
    XCTAssertTrue(outbox.rows("dead").allSatisfy { $0.failure == "endpoint gone" })
    XCTAssertEqual(outbox.state.withLock { $0.endpoints[WindowID("w")]?.disabled }, true)
    XCTAssertEqual(receipts.state.withLock { $0.running }, 1)
  }

  func testDeadAfterTheLastAttempt() throws {
    try serve { _ in Response(500) }
    let worker = worker { $0.attemptsMax = 2 }
    worker.start()
    outbox.add("a")
    outbox.waitFor("dead") { outbox.rows("dead").count == 1 }
    XCTAssertEqual(outbox.rows("dead").first?.attempts, 2)
    outbox.waitFor("metrics") { worker.metrics.dead == 1 }
  }

  func testRefusedConnectionIsRetriedAndNotAskedAbout() throws {
    let server = try CuttingServer(getStatus: 200)
    outbox.endpoint("w", at: "http://127.0.0.1:\(server.port)")
    server.stop()
    usleep(100_000)
    worker().start()
    outbox.add("a")
    outbox.waitFor("retry") { outbox.rows("queued").first?.failure == "network.unreachable" }
  }

  func testCutAfterAcceptanceIsAskedAndDeliveredOnce() throws {
    let server = try CuttingServer(getStatus: 200)
    outbox.endpoint("w", at: "http://127.0.0.1:\(server.port)/in?x=1")
    worker().start()
    outbox.add("a")
    outbox.waitFor("delivery") { outbox.rows("delivered").count == 1 }
    XCTAssertEqual(server.seen, ["POST", "GET"])
    server.stop()
  }

  func testCutBeforeAcceptanceIsToldAgain() throws {
    let server = try CuttingServer(getStatus: 404)
    outbox.endpoint("w", at: "http://127.0.0.1:\(server.port)")
    worker { $0.attemptsMax = 2 }.start()
    outbox.add("a")
    outbox.waitFor("dead") { outbox.rows("dead").count == 1 }
    XCTAssertEqual(server.seen, ["POST", "GET", "POST", "GET"])
    server.stop()
  }

  /// A library that finds the connection dead on which it has asked would tell once more by itself.
  func testCutOnAKeptConnectionIsToldAgainOnlyAfterAsking() throws {
    let server = try CuttingServer(getStatus: 404, keepsConnections: true)
    outbox.endpoint("w", at: "http://127.0.0.1:\(server.port)")
    outbox.add("a")
    outbox.state.withLock { $0.rows[0].failure = DispatchRow.maybeArrived + "being told" }
    worker { $0.attemptsMax = 1 }.start()
    outbox.waitFor("dead") { outbox.rows("dead").count == 1 }
    XCTAssertEqual(server.seen, ["GET", "POST", "GET"])
    server.stop()
  }

  func testReceiverThatHangsAfterAcceptanceIsAskedAndHasItOnce() throws {
    let folder = try serveSample("--hang-after-accept")
    worker { $0.patience = HTTPClient.Patience(connectSecondsMax: 1, stallSecondsMax: 1, totalSecondsMax: 1) }.start()
    outbox.add("a")
    outbox.waitFor("delivery") { outbox.rows("delivered").count == 1 }
    XCTAssertEqual(outbox.rows("delivered").first?.attempts, 1)
    XCTAssertEqual(try files(folder).count, 1)
  }

  func testReceiverThatHangsAndCannotBeAskedIsUnknown() throws {
    try serve { request in
      guard request.method == "POST" else { return Response(405) }
      usleep(2_000_000)
      return Response(200)
    }
    let worker = worker {
      $0.patience = HTTPClient.Patience(connectSecondsMax: 1, stallSecondsMax: 1, totalSecondsMax: 1)
    }
    worker.start()
    outbox.add("a")
    outbox.waitFor("unknown") { outbox.rows("unknown").count == 1 }
    XCTAssertEqual(outbox.rows("unknown").first?.failure, "may have arrived: asked, HTTP 405")
    outbox.waitFor("metrics") { worker.metrics.unknown == 1 }
  }

  func testStopDuringARequestFinishesItAndBeginsNoOther() throws {
    let receipts = Receipts()
    try serve { _ in
      receipts.state.withLock { $0.running += 1 }
      usleep(500_000)
      return Response(200)
    }
    let worker = worker()
    worker.start()
    outbox.add("a", versions: 2)
    outbox.waitFor("request") { receipts.state.withLock { $0.running == 1 } }
    XCTAssertTrue(worker.stop())
    XCTAssertEqual(outbox.rows("delivered").count, 1)
    outbox.add("b")
    usleep(200_000)
    XCTAssertEqual(receipts.state.withLock { $0.running }, 1)
  }

  func testStopIsBounded() throws {
    try serve { _ in
      usleep(3_000_000)
      return Response(200)
    }
    let worker = worker { $0.stopSecondsMax = 1 }
    worker.start()
    outbox.add("a")
    outbox.waitFor("request") { worker.metrics.running == 1 }
    let began = ContinuousClock.now
    XCTAssertFalse(worker.stop())
    XCTAssertLessThan(ContinuousClock.now - began, .seconds(2))
    outbox.waitFor("end") { worker.metrics.running == 0 }
  }

  func testRecordThatFailsHoldsTheApplicationInsteadOfStormingTheReceiver() throws {
    let receipts = Receipts()
    let outbox = outbox
    try serve { _ in
      receipts.state.withLock { $0.running += 1 }
      outbox.state.withLock { $0.recordFails = true }
      return Response(200)
    }
    worker().start()
    outbox.add("a")
    outbox.waitFor("request") { receipts.state.withLock { $0.running == 1 } }
    for _ in 0..<10 {
      outbox.commit()
      usleep(20_000)
    }
    XCTAssertEqual(receipts.state.withLock { $0.running }, 1)
  }

  func testNothingIsToldThatCouldNotBeNotedBefore() throws {
    let receipts = Receipts()
    try serve { _ in
      receipts.state.withLock { $0.running += 1 }
      return Response(200)
    }
    outbox.state.withLock { $0.recordFails = true }
    worker().start()
    outbox.add("a")
    outbox.waitFor("a try") { outbox.state.withLock { $0.recordsFailed } > 0 }
    usleep(100_000)
    XCTAssertEqual(receipts.state.withLock { $0.running }, 0)
    XCTAssertEqual(outbox.rows("queued").count, 1)
  }

  func testForbiddenAddressesAreNeverCalledAndWindowsWithoutEndpointNeedNone() {
    outbox.endpoint("w", at: "http://169.254.169.254/")
    worker().start()
    outbox.add("a")
    outbox.add("b", window: "inbox")
    outbox.waitFor("dead") { outbox.rows("dead").count == 1 && outbox.rows("delivered").count == 1 }
    XCTAssertEqual(outbox.rows("dead").first?.failure, "forwarding.address")
  }

  func testNamesAreConnectedToTheAddressesThatWereJudged() throws {
    try serve { request in Response(request.headers["host"]?.hasPrefix("localhost:") == true ? 200 : 400) }
    let url = try XCTUnwrap(outbox.state.withLock { $0.endpoints[WindowID("w")]?.url })
    outbox.endpoint("w", at: url.replacingOccurrences(of: "127.0.0.1", with: "localhost"))
    worker().start()
    outbox.add("a")
    outbox.waitFor("delivery") { outbox.rows("delivered").count == 1 }
    XCTAssertEqual(outbox.rows("delivered").first?.attempts, 1)
  }
}
