import Casework
import Forwarding
import Foundation
import Foundations
import HTTP
import Journal
import TestSupport
import Webhook
import XCTest

@testable import WindowSample

/// From a village's submission to the file in a window's own system, over the real journal.
final class CountyForwardingTests: XCTestCase {
  func testSubmittedProceedingsReachTheWindowsOwnSystemOnce() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let options = try Options(["--secret-file", "-", "--store", folder, "--fail-first"])
    let key = WebhookKey(random: SystemRandom())
    let receiver = Receiver(
      options, key: key, store: try DispatchStore(folder), clock: SystemClock(), tell: { _ in })
    let server = try HTTPServer(ServerSettings(), limits: { _, _ in 1 << 20 }, handler: receiver.respond)
    defer { server.stop() }

    let bench = try CountyBench()
    bench.clock.advance(seconds: (SystemClock().now().milliseconds - bench.clock.now().milliseconds) / 1000)
    try bench.service.journal.write { writer throws(Problem) in
      for window in try writer.documents("window") {
        try writer.setEndpoint(
          EndpointRow(
            window: WindowID(window.key), url: "http://127.0.0.1:\(server.port)", secret: key.bytes, disabled: false))
      }
    }
    let worker = ForwardingWorker(bench.service, log: .silent)
    worker.start()
    defer { worker.stop() }
    let device = try bench.device()
    let id = device.create(try bench.matter("qingjian-04"))
    try device.submit(id)
    try device.sync()
    let queued = try bench.service.journal.read { reader throws(Problem) in
      try reader.dispatches(dead: false, limit: 100)
    }
    XCTAssertFalse(queued.isEmpty)
    let deadline = ContinuousClock.now + .seconds(20)
    while worker.metrics.queued != 0, ContinuousClock.now < deadline {
      // The first failure asks for a pause by the bench's own clock.
      bench.clock.advance(seconds: 1)
      worker.wake()
      usleep(50_000)
    }
    XCTAssertEqual(worker.metrics.queued, 0)
    let rows = try bench.service.journal.read { reader throws(Problem) in
      try reader.dispatches(dead: false, limit: 100)
    }
    XCTAssertEqual(rows.map(\.status), rows.map { _ in "delivered" })
    XCTAssertEqual(rows.map(\.attempts), rows.map { _ in 2 })
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    XCTAssertEqual(Set(files), Set(rows.map { $0.id.dropFirst(4) + ".json" }))
    for file in files {
      let body = try JSONReader.read(Array(XCTUnwrap(FileManager.default.contents(atPath: "\(folder)/\(file)"))))
      XCTAssertEqual(body["type"], "proceeding.dispatched")
      XCTAssertNotNil(body["data"]?["item"]?["name"]?.text)
    }
    // Gone for one window: disabled, and audited.
    let window = try XCTUnwrap(rows.first?.window)
    try bench.service.disableEndpoint(window, url: "http://elsewhere/")
    XCTAssertEqual(try bench.service.endpoint(window)?.disabled, false)
    try bench.service.disableEndpoint(window, url: "http://127.0.0.1:\(server.port)")
    XCTAssertEqual(try bench.service.endpoint(window)?.disabled, true)
  }
}
