import Dispatch
import Foundations
import Glibc
import HTTP
import Synchronization
import Transport
import Wire
import XCTest

final class HTTPClientTests: XCTestCase {
  private func request(_ port: UInt16, _ method: String = "GET", bytesMax: Int = 1 << 20) -> HTTPClient.Request {
    var request = HTTPClient.Request(method, "http://127.0.0.1:\(port)/x")
    request.destination = .memory(bytesMax: bytesMax)
    request.patience = HTTPClient.Patience(connectSecondsMax: 2, stallSecondsMax: 2, totalSecondsMax: 5)
    return request
  }

  private func assertFails(
    _ request: HTTPClient.Request, _ code: String, _ exit: ExitStatus = .offline, line: UInt = #line
  ) {
    XCTAssertThrowsError(try HTTPClient().send(request), code, line: line) { error in
      XCTAssertEqual((error as? Problem)?.code, code, line: line)
      XCTAssertEqual((error as? Problem)?.kind.exit, exit, line: line)
      if exit == .offline { XCTAssertTrue((error as? Problem)?.message.contains("办件都已保存在本机") == true, line: line) }
    }
  }

  func testRefusedPortIsUnreachable() throws {
    let server = try ScriptedServer("")
    server.stop()
    usleep(50_000)
    assertFails(request(server.port), "network.unreachable")
  }

  func testGivenAddressesReplaceTheLookUp() throws {
    let server = try ScriptedServer("HTTP/1.1 204 No Content\r\n\r\n")
    var request = request(server.port)
    request.url = "http://no-such-host.invalid:\(server.port)/"
    request.addresses = ["127.0.0.1"]
    XCTAssertEqual(try HTTPClient().send(request).status, 204)
    XCTAssertTrue(String(decoding: server.received, as: UTF8.self).contains("Host: no-such-host.invalid:"))
    server.stop()
  }

  func testUnknownHostIsUnreachable() {
    var request = request(1)
    request.url = "http://no-such-host.invalid/"
    assertFails(request, "network.unreachable")
  }

  func testMalformedURLsAreUsage() {
    for url in [
      "", "example", "ftp://x/", "file:///etc/passwd", "http://", "http:///x", "http://u:p@x/", "http://x:0/",
      "http://x:99999/", "http://x:y/", "http://a b/", "http://x/\r\nX: y", "http://例子/", "//x/", "http://x\\y/",
    ] {
      var request = request(1)
      request.url = url
      assertFails(request, "network.url", .usage)
    }
  }

  func testServerThatCutsIsInterrupted() throws {
    for script in [
      "", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwo",
    ] {
      let server = try ScriptedServer(script)
      assertFails(request(server.port), "network.interrupted")
      server.stop()
    }
  }

  func testServersOwnStorageTroubleIsToldAsTheServers() throws {
    for code in ["store.full", "store.locked", "blob.storage"] {
      let body = #"{"code":"\#(code)","message":"磁盘空间已满，这次没有保存","remedy":"请清理磁盘空间后再做一次。"}"#
      let server = try ScriptedServer(
        "HTTP/1.1 507 X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      let problem = try HTTPClient().send(request(server.port)).problem
      server.stop()
      XCTAssertEqual(problem.code, "server.storage")
      XCTAssertEqual(problem.kind.exit, .offline)
      XCTAssertTrue(problem.message.contains("县里的服务器") && problem.message.contains(code), problem.message)
      XCTAssertTrue(problem.message.contains("本机内容完好"), problem.message)
      XCTAssertTrue(problem.kind.remedy.contains("管理员"), problem.kind.remedy)
    }
  }

  func testNonsenseIsNoAnswer() throws {
    for script in ["SSH-2.0-OpenSSH_9.2\r\n", "<html>please log in</html>\n\n"] {
      let server = try ScriptedServer(script)
      assertFails(request(server.port), "network.answer")
      server.stop()
    }
  }

  func testAnswerOverItsBoundIsRefused() throws {
    let body = String(repeating: "x", count: 2000)
    for script in [
      "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n\(body)",
      "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n\(body)", "HTTP/1.1 200 OK\r\n\r\n\(body)",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n\(body)\r\n0\r\n\r\n",
    ] {
      let server = try ScriptedServer(script)
      assertFails(request(server.port, bytesMax: 1999), "network.answer-too-large")
      server.stop()
    }
    let headers = (0..<100).map { "X-\($0): \(String(repeating: "y", count: 1000))\r\n" }.joined()
    let server = try ScriptedServer("HTTP/1.1 200 OK\r\n\(headers)\r\n")
    assertFails(request(server.port), "network.answer")
    server.stop()
  }

  func testStalledServerIsATimeout() throws {
    for script in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"] {
      let server = try ScriptedServer(script, then: .stall)
      var stalled = request(server.port)
      stalled.patience = HTTPClient.Patience(connectSecondsMax: 2, stallSecondsMax: 1, totalSecondsMax: nil)
      let began = ContinuousClock.now
      assertFails(stalled, "network.timeout")
      // libcurl looks at the mean of five seconds.
      XCTAssertLessThan(ContinuousClock.now - began, .seconds(10))
      stalled.patience = HTTPClient.Patience(connectSecondsMax: 2, stallSecondsMax: 60, totalSecondsMax: 1)
      assertFails(stalled, "network.timeout")
      server.stop()
    }
  }

  func testBytesAreCountedAsTheyGoOverTheWire() throws {
    let script = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    let server = try ScriptedServer(script)
    defer { server.stop() }
    var post = request(server.port, "POST")
    post.headers = [("Content-Type", "application/json"), ("X-Empty", "")]
    post.body = .bytes([])
    let answer = try HTTPClient(agent: "test").send(post)
    let sent = String(decoding: server.received, as: UTF8.self)
    XCTAssertEqual(answer.bytesSent, Int64(sent.utf8.count))
    XCTAssertEqual(answer.bytesReceived, Int64(script.utf8.count))
    XCTAssertTrue(sent.hasPrefix("POST /x HTTP/1.1\r\n"))
    XCTAssertTrue(sent.contains("\r\nUser-Agent: test\r\n"))
    XCTAssertTrue(sent.contains("\r\nX-Empty:"))
    XCTAssertTrue(sent.contains("\r\nContent-Length: 0\r\n"))
    XCTAssertFalse(sent.contains("Expect"))
    XCTAssertFalse(sent.contains("Accept"))
    post.body = .bytes([UInt8](repeating: 1, count: 3))
    let counted = try HTTPClient(agent: "test").send(post).bytesSent
    XCTAssertEqual(counted, Int64(sent.utf8.count) + 3)
  }

  func testHeaderThatBreaksTheLineIsNotSent() throws {
    var request = request(1)
    request.headers = [("X-A", "b\r\nX-Injected: 1")]
    assertFails(request, "internal.unexpected", .storage)
  }

  func testStatusesAreValuesAndRedirectsAreNotFollowed() throws {
    for status in [204, 302, 404, 409, 500, 503] {
      let server = try ScriptedServer(
        "HTTP/1.1 \(status) X\r\nLocation: http://127.0.0.1:1/\r\nRetry-After: 7\r\nSet-Cookie: a=1\r\n"
          + "Set-Cookie: b=2\r\nContent-Length: 0\r\n\r\n")
      let answer = try HTTPClient().send(request(server.port))
      XCTAssertEqual(answer.status, status)
      XCTAssertEqual(answer.headers["set-cookie"], "a=1, b=2")
      XCTAssertEqual(answer.retryAfterSeconds(now: Instant(milliseconds: 0)), 7)
      XCTAssertEqual(answer.problem.code, "network.answer")
      server.stop()
    }
  }

  func testInterimAnswersAreSkipped() throws {
    let server = try ScriptedServer(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    defer { server.stop() }
    let answer = try HTTPClient().send(request(server.port))
    XCTAssertEqual(answer.status, 200)
    XCTAssertNil(answer.headers["link"])
  }

  func testRetryAfterAsADateOrNonsense() throws {
    let now = ChinaTime.instant("1994-11-06T08:49:00Z") ?? Instant(milliseconds: 0)
    for (text, expected) in [
      ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
      ("Sun, 06 Nov 2094 08:00:00 GMT", 86_400), ("99999999999999999999", 86_400), ("soon", nil), ("-5", nil),
    ] as [(String, Int?)] {
      let server = try ScriptedServer("HTTP/1.1 503 X\r\nRetry-After: \(text)\r\nContent-Length: 0\r\n\r\n")
      XCTAssertEqual(try HTTPClient().send(request(server.port)).retryAfterSeconds(now: now), expected, text)
      server.stop()
    }
  }

  func testProxyOfTheEnvironmentIsNotAskedForTheMachineItself() throws {
    unsafe setenv("http_proxy", "http://127.0.0.1:1", 1)
    defer { unsafe unsetenv("http_proxy") }
    let server = try ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    defer { server.stop() }
    XCTAssertEqual(try HTTPClient().send(request(server.port)).status, 200)
    var far = request(1)
    far.url = "http://bangban.invalid/"
    XCTAssertThrowsError(try HTTPClient().send(far))
  }
}

final class JudgedAddressTests: XCTestCase {
  func testProxyOfTheEnvironmentIsNotAskedForJudgedAddresses() throws {
    let proxy = try ScriptedServer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    defer { proxy.stop() }
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
      unsafe setenv(name, "http://127.0.0.1:\(proxy.port)", 1)
    }
    defer { for name in ["http_proxy", "https_proxy", "all_proxy"] { unsafe unsetenv(name) } }
    let server = try ScriptedServer("HTTP/1.1 204 No Content\r\n\r\n")
    defer { server.stop() }
    var request = HTTPClient.Request("POST", "http://office.invalid:\(server.port)/hook")
    request.body = .bytes(Array("private".utf8))
    request.addresses = ["127.0.0.1"]
    XCTAssertEqual(try HTTPClient().send(request).status, 204)
    request.url = "https://office.invalid:\(server.port)/hook"
    XCTAssertThrowsError(try HTTPClient().send(request), "no TLS there")
    XCTAssertEqual(String(decoding: proxy.received, as: UTF8.self), "")
  }

  func testAddressThatIsItsOwnNameNeedsNoOther() throws {
    var settings = ServerSettings()
    settings.host = "::1"
    guard let server = try? HTTPServer(settings, limits: { _, _ in 1000 }, handler: { _ in Response(204) }) else {
      throw XCTSkip("no IPv6 here")
    }
    defer { server.stop() }
    var request = HTTPClient.Request("GET", "http://[::1]:\(server.port)/hook")
    request.addresses = ["[0:0:0:0:0:0:0:1]"]
    XCTAssertEqual(try HTTPClient().send(request).status, 204)
  }
}

final class StreamingTests: XCTestCase {
  private func serve(_ handler: @escaping @Sendable (Request) throws -> Response) throws -> HTTPServer {
    try HTTPServer(ServerSettings(), limits: { _, _ in 64 << 20 }, handler: handler)
  }

  func testAttachmentIsSentFromAFileAndAnOffset() throws {
    let path = "/tmp/bangban-upload-\(getpid())"
    let file = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    defer {
      close(file)
      unsafe unlink(path)
    }
    let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    XCTAssertEqual(unsafe content.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }, content.count)
    let got = Mutex<[UInt8]>([])
    let server = try serve { request in
      got.withLock { $0 = request.body }
      return Response(204)
    }
    var request = HTTPClient.Request("PATCH", "http://127.0.0.1:\(server.port)/")
    request.body = .file(descriptor: file, offset: 1_000_001, length: 1_500_000)
    let answer = try HTTPClient().send(request)
    XCTAssertEqual(answer.status, 204)
    XCTAssertTrue(got.withLock { $0 == Array(content[1_000_001..<2_500_001]) })
    XCTAssertGreaterThan(answer.bytesSent, 1_500_000)

    request.body = .file(descriptor: file, offset: 2_900_000, length: 500_000)
    XCTAssertThrowsError(try HTTPClient().send(request), "the file is shorter than announced")
  }

  func testDownloadGoesToAWriterAndRefusalsDoNot() throws {
    let server = try serve { request in
      request.path == "/no"
        ? .problem(Problem(.httpNotFound)) : Response(200, body: [UInt8](repeating: 3, count: 5_000_000))
    }
    var received = 0
    var request = HTTPClient.Request("GET", "http://127.0.0.1:\(server.port)/yes")
    request.destination = .writer(bytesMax: 5_000_000) { piece throws(Problem) in received += piece.count }
    let answer = try HTTPClient().send(request)
    XCTAssertEqual(received, 5_000_000)
    XCTAssertTrue(answer.body.isEmpty)
    XCTAssertGreaterThan(answer.bytesReceived, 5_000_000)

    request.url = "http://127.0.0.1:\(server.port)/no"
    let refusal = try HTTPClient().send(request)
    XCTAssertEqual(received, 5_000_000)
    XCTAssertEqual(refusal.problem.code, "http.not-found")

    request.url = "http://127.0.0.1:\(server.port)/yes"
    let full = ProblemKind("storage.full", exit: .storage, "满了", remedy: "")
    request.destination = .writer(bytesMax: 5_000_000) { _ throws(Problem) in throw Problem(full) }
    XCTAssertThrowsError(try HTTPClient().send(request)) { XCTAssertEqual(($0 as? Problem)?.code, "storage.full") }
  }

  func testAPackedBodyIsUnpackedAndBounded() throws {
    let packed = try Deflate.gzip([UInt8](repeating: 0, count: 300_000))
    let asked = Mutex<[String?]>([])
    let server = try serve { question in
      asked.withLock { $0.append(question.headers["accept-encoding"]) }
      let bytes = question.path == "/broken" ? Array(packed.dropFirst(9)) : packed
      return Response(200, headers: [("Content-Encoding", "gzip")], body: bytes)
    }
    var request = HTTPClient.Request("GET", "http://127.0.0.1:\(server.port)/whole")
    request.takesPacked = true
    let answer = try HTTPClient().send(request)
    XCTAssertEqual(answer.body, [UInt8](repeating: 0, count: 300_000))
    XCTAssertLessThan(answer.bytesReceived, 1000)
    request.destination = .memory(bytesMax: 299_999)
    XCTAssertThrowsError(try HTTPClient().send(request)) {
      XCTAssertEqual(($0 as? Problem)?.code, "network.answer-too-large")
    }
    request.url = "http://127.0.0.1:\(server.port)/broken"
    XCTAssertThrowsError(try HTTPClient().send(request)) { XCTAssertEqual(($0 as? Problem)?.code, "network.answer") }
    request.takesPacked = false
    XCTAssertEqual(try HTTPClient().send(request).body.count, packed.count - 9)
    XCTAssertEqual(asked.withLock { $0 }, ["gzip", "gzip", "gzip", nil])
  }

  func testProblemOfTheReaderComesBack() throws {
    let server = try serve { _ in Response(204) }
    let gone = ProblemKind("attachment.gone", exit: .storage, "没了", remedy: "")
    var request = HTTPClient.Request("PATCH", "http://127.0.0.1:\(server.port)/")
    request.body = .reader(length: 100) { _, _ throws(Problem) in throw Problem(gone) }
    XCTAssertThrowsError(try HTTPClient().send(request)) { XCTAssertEqual(($0 as? Problem)?.code, "attachment.gone") }
  }

  func testKeptConnectionThatDiedIsReplacedAndTheBodySentAgain() throws {
    let client = HTTPClient()
    let first = try serve { Response(200, body: $0.body) }
    var request = HTTPClient.Request("POST", "http://127.0.0.1:\(first.port)/")
    request.body = .bytes(Array("one".utf8))
    XCTAssertEqual(try client.send(request).body, Array("one".utf8))
    var settings = ServerSettings()
    settings.port = first.port
    first.stop()
    let second = try HTTPServer(settings, limits: { _, _ in 1000 }) { Response(200, body: $0.body) }
    XCTAssertEqual(try client.send(request).body, Array("one".utf8))
    second.stop()
  }

  func testServerThatAnswersBeforeTheBodyIsHeard() throws {
    let server = try HTTPServer(ServerSettings(), limits: { _, _ in 10 }) { _ in Response(204) }
    var request = HTTPClient.Request("PATCH", "http://127.0.0.1:\(server.port)/")
    request.body = .reader(length: 60 << 20) { _, most in [UInt8](repeating: 1, count: most) }
    do {
      let answer = try HTTPClient().send(request)
      XCTAssertEqual(answer.status, 413)
      XCTAssertLessThan(answer.bytesSent, 60 << 20)
    } catch {
      // The kernel may have thrown the answer away together with the connection.
      XCTAssertEqual(error.code, "network.interrupted")
    }
  }
}

final class TLSTests: XCTestCase {
  func testCertificatesAreChecked() throws {
    let certificates = try Certificates()
    defer { certificates.remove() }
    var settings = ServerSettings()
    settings.tls = (certificate: try certificates.text("server.pem"), key: try certificates.text("server.key"))
    let server = try HTTPServer(settings, limits: { _, _ in 10 << 20 }) { Response(200, body: $0.body) }

    func send(_ host: String, _ authorities: String?) throws(Problem) -> HTTPClient.Response {
      var request = HTTPClient.Request("POST", "https://\(host):\(server.port)/")
      request.body = .bytes([UInt8](repeating: 5, count: 3_000_000))
      request.authoritiesFile = authorities
      return try HTTPClient().send(request)
    }
    func assertRefused(_ host: String, _ authorities: String?, line: UInt = #line) {
      XCTAssertThrowsError(try send(host, authorities), line: line) {
        XCTAssertEqual(($0 as? Problem)?.code, "network.certificate", line: line)
      }
    }
    XCTAssertEqual(try send("127.0.0.1", certificates.file("server.pem")).body.count, 3_000_000)
    XCTAssertEqual(try send("localhost", certificates.file("server.pem")).status, 200)
    assertRefused("127.0.0.1", nil)
    assertRefused("127.0.0.1", certificates.file("other.pem"))
    assertRefused("127.0.0.1", certificates.file("missing.pem"))
    server.stop()

    settings.tls = (certificate: try certificates.text("other.pem"), key: try certificates.text("other.key"))
    let other = try HTTPServer(settings, limits: { _, _ in 10 }) { _ in Response(200) }
    var request = HTTPClient.Request("GET", "https://127.0.0.1:\(other.port)/")
    request.authoritiesFile = certificates.file("other.pem")
    XCTAssertThrowsError(try HTTPClient().send(request)) {
      XCTAssertEqual(($0 as? Problem)?.code, "network.certificate", "the name does not match")
    }
    assertSchemeIsNamed("http://127.0.0.1:\(other.port)/")
  }

  func testTheOtherSchemeIsNamedWhereTheServerSpeaksIt() throws {
    let server = try HTTPServer(ServerSettings(), limits: { _, _ in 10 }) { _ in Response(200) }
    defer { server.stop() }
    assertSchemeIsNamed("https://127.0.0.1:\(server.port)/")
  }

  private func assertSchemeIsNamed(_ url: String, line: UInt = #line) {
    XCTAssertThrowsError(try HTTPClient().send(HTTPClient.Request("GET", url)), line: line) {
      let problem = $0 as? Problem
      XCTAssertEqual(problem?.code, "network.interrupted", line: line)
      XCTAssertEqual(problem?.kind.remedy.contains("http 还是 https"), true, problem?.kind.remedy ?? "", line: line)
    }
  }
}
