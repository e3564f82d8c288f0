import Foundations
import Glibc
import HTTP
import Transport
import XCTest

/// What a broken or malicious client may send: an answer or a closed connection, never a crash, never a stuck thread.
final class HostileClientTests: XCTestCase {
  private let handled = Box(0)

  private func serve(_ settings: ServerSettings = ServerSettings()) throws -> HTTPServer {
    var router = Router()
    router.add("GET", "/a") { [handled] _ in
      handled.change { $0 += 1 }
      return .text("a!")
    }
    router.add("POST", "/a", body: .memory(bytesMax: 100_000)) { [handled] request in
      handled.change { $0 += 1 }
      return .text("\(request.body.count)!")
    }
    return try HTTPServer(settings, service: router)
  }

  private func assertAlive(_ server: HTTPServer, file: StaticString = #filePath, line: UInt = #line) {
    let answer = try? HTTPClient().send(HTTPClient.Request("GET", "http://127.0.0.1:\(server.port)/a"))
    XCTAssertEqual(answer?.status, 200, file: file, line: line)
  }

  func testGarbageIsRefusedOrCut() throws {
    let server = try serve()
    let garbage = [
      "\r\n\r\n\r\n", "GARBAGE\r\n\r\n", "GET\r\n\r\n", "GET /a\r\n\r\n", "GET /a HTTP/9.9\r\n\r\n",
      "\u{0}\u{1}\u{2}\r\n\r\n", "GET /a HTTP/1.1\r\nno colon\r\n\r\n", "GET /a HTTP/1.1\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n", "{\"json\":true}\n\n",
    ]
    for text in garbage {
      let raw = try RawClient(port: server.port, receiveSeconds: 1)
      raw.send(text)
      let statuses = RawClient.statuses(raw.receive())
      XCTAssertTrue(statuses.allSatisfy { $0 >= 400 }, "\(text.debugDescription) → \(statuses)")
    }
    XCTAssertEqual(handled.value, 0)
    assertAlive(server)
  }

  func testRandomBytesNeverKillIt() throws {
    let server = try serve()
    var state: UInt64 = 42
    for _ in 0..<60 {
      let bytes = (0..<2000).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
      }
      let raw = try RawClient(port: server.port)
      raw.send(bytes)
      raw.send("\r\n\r\n")
    }
    assertAlive(server)
  }

  func testMalformedTargetsAre400() throws {
    let server = try serve()
    for target in [
      "/../etc/passwd", "/a/%2e%2e/b", "/a/..%2f", "/%00", "/a%", "/a%zz", "/a%2", "/%ff%fe", "/a?b=%00", "/a?b=%g1",
      "*", "a", "/a%0d%0a", "/a%5c..", "/" + String(repeating: "x", count: 5000), "/a#b", "/.",
    ] {
      let raw = try RawClient(port: server.port)
      raw.send("GET \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      let text = raw.receive()
      XCTAssertEqual(RawClient.statuses(text), [400], "\(target.prefix(40))")
      XCTAssertTrue(text.contains("http.request-malformed"), "\(target.prefix(40))")
    }
    XCTAssertEqual(handled.value, 0)
  }

  func testAbsoluteFormIsUnderstood() throws {
    let server = try serve()
    let raw = try RawClient(port: server.port)
    raw.send("GET http://example.test/a?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    XCTAssertTrue(raw.receive().hasSuffix("a!"))
  }

  func testHugeHeadersAreRefused() throws {
    let server = try serve()
    let raw = try RawClient(port: server.port)
    raw.send("GET /a HTTP/1.1\r\nHost: x\r\n")
    for index in 0..<20 { raw.send("X-\(index): \(String(repeating: "y", count: 10_000))\r\n") }
    raw.send("\r\n")
    XCTAssertTrue([[], [413], [431]].contains(RawClient.statuses(raw.receive())))

    let many = try RawClient(port: server.port)
    many.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
    for index in 0..<150 { many.send("X-\(index): y\r\n") }
    many.send("\r\n")
    XCTAssertEqual(RawClient.statuses(many.receive()), [400])
    XCTAssertEqual(handled.value, 0)
    assertAlive(server)
  }

  func testBodyOfTwoLengthsIsRefused() throws {
    let server = try serve()
    for lengths in [
      "Content-Length: 3\r\nContent-Length: 5\r\n", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
      "Content-Length: +3\r\n", "Content-Length: 3, 3\r\n",
    ] {
      let raw = try RawClient(port: server.port, receiveSeconds: 2)
      raw.send("POST /a HTTP/1.1\r\nHost: x\r\n\(lengths)Connection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
      XCTAssertEqual(RawClient.statuses(raw.receive()).first, 400, lengths)
    }
    XCTAssertEqual(handled.value, 0)
  }

  func testHalfABodyThenCloseRunsNoHandler() throws {
    let bucket = Bucket()
    let ran = Box(false)
    let records = Box<[RequestRecord]>([])
    var router = Router()
    router.add("PATCH", "/b", body: .chosen { _ in .sink(bucket, bytesMax: 1 << 20) }) { _ in
      ran.change { $0 = true }
      return .text("no")
    }
    let server = try HTTPServer(ServerSettings(), service: router) { record in records.change { $0.append(record) } }
    do {
      let raw = try RawClient(port: server.port)
      raw.send("PATCH /b HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "x", count: 400))
      XCTAssertTrue(bucket.bytes.wait { $0 == 400 })
    }
    XCTAssertTrue(bucket.isAbandoned.wait { $0 })
    XCTAssertTrue(records.wait { $0.count == 1 })
    XCTAssertEqual(records.value.first?.status, 0)
    XCTAssertFalse(ran.value)
  }

  func testPipelinedRequestsAreAnsweredInOrder() throws {
    let server = try serve()
    let raw = try RawClient(port: server.port)
    raw.send(
      "GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        + "GET /none HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    let text = raw.receive()
    XCTAssertEqual(RawClient.statuses(text), [200, 200, 404, 200])
    XCTAssertTrue(text.contains("3!"))
  }

  func testSilentClientIsClosed() throws {
    var settings = ServerSettings()
    settings.idleSecondsMax = 1
    let server = try serve(settings)
    let raw = try RawClient(port: server.port)
    raw.send("GET /a HT")
    let began = ContinuousClock.now
    XCTAssertEqual(RawClient.statuses(raw.receive()).filter { $0 < 400 }, [])
    XCTAssertLessThan(ContinuousClock.now - began, .seconds(5))
  }

  func testTricklingClientIsClosedThoughItIsNeverIdle() throws {
    var settings = ServerSettings()
    settings.headerSecondsMax = 1
    let server = try serve(settings)
    let raw = try RawClient(port: server.port)
    raw.send("GET /a HTTP/1.1\r\nX-Slow: ")
    let began = ContinuousClock.now
    while raw.send("x"), ContinuousClock.now - began < .seconds(8) { usleep(100_000) }
    XCTAssertLessThan(ContinuousClock.now - began, .seconds(5))
    assertAlive(server)
  }

  func testTricklingBodyIsClosed() throws {
    var settings = ServerSettings()
    settings.headerSecondsMax = 1
    let server = try serve(settings)
    let raw = try RawClient(port: server.port)
    raw.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
    let began = ContinuousClock.now
    while raw.send("x"), ContinuousClock.now - began < .seconds(8) { usleep(100_000) }
    XCTAssertLessThan(ContinuousClock.now - began, .seconds(5))
    XCTAssertEqual(handled.value, 0)
  }

  func testConnectionsOfOneAddressAreBounded() throws {
    var settings = ServerSettings()
    settings.connectionsPerAddressMax = 4
    let server = try serve(settings)
    do {
      let kept = try (0..<4).map { _ in try RawClient(port: server.port) }
      for raw in kept {
        raw.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        XCTAssertEqual(RawClient.statuses(raw.receive(answers: 1)), [200])
      }
      let fifth = try RawClient(port: server.port, receiveSeconds: 2)
      fifth.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
      XCTAssertEqual(fifth.receive(), "")
    }
    usleep(300_000)
    assertAlive(server)
  }

  func testStopDoesNotWaitForSilentConnections() throws {
    let server = try serve()
    let idle = try RawClient(port: server.port)
    idle.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    _ = idle.receive(answers: 1)
    let half = try RawClient(port: server.port)
    half.send("GET /a HTTP/1.1\r\n")
    usleep(50_000)
    let began = ContinuousClock.now
    server.stop()
    XCTAssertLessThan(ContinuousClock.now - began, .seconds(3))
  }
}
