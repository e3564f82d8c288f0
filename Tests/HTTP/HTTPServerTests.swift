import Dispatch
import Foundations
import Glibc
import HTTP
import Transport
import XCTest

final class HTTPServerTests: XCTestCase {
  private func echo(_ settings: ServerSettings = ServerSettings(), bytesMax: Int = 64 << 20) throws -> HTTPServer {
    try HTTPServer(settings, limits: { _, _ in bytesMax }) { request in
      Response(
        200,
        headers: [("X-Method", request.method), ("X-Path", "\(request.path.utf8.count)"), ("X-Peer", request.peer)],
        body: request.body)
    }
  }

  private func url(_ server: HTTPServer, _ path: String = "/") -> String { "http://127.0.0.1:\(server.port)\(path)" }

  func testRoundTripCarriesMethodPathPeerAndBody() throws {
    let server = try echo()
    let client = HTTPClient()
    for method in ["POST", "PUT", "PATCH"] {
      var request = HTTPClient.Request(method, url(server, "/%E5%8A%9E?a=1"))
      request.body = .bytes(Array("hello".utf8))
      let answer = try client.send(request)
      XCTAssertEqual(answer.status, 200)
      XCTAssertEqual(answer.body, Array("hello".utf8))
      XCTAssertEqual(answer.headers["x-method"], method)
      XCTAssertEqual(answer.headers["x-path"], "4")
      XCTAssertEqual(answer.headers["x-peer"], "127.0.0.1")
      XCTAssertEqual(answer.headers["x-content-type-options"], "nosniff")
      XCTAssertEqual(answer.headers["cache-control"], "no-store")
    }
  }

  func testLargeBodyComesBackWhole() throws {
    let server = try echo()
    var request = HTTPClient.Request("POST", url(server))
    let body = (0..<(20 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    request.body = .bytes(body)
    request.destination = .memory(bytesMax: 32 << 20)
    let answer = try HTTPClient().send(request)
    XCTAssertTrue(answer.body == body)
  }

  func testAnnouncedBodyOverItsBoundIsRefused() throws {
    let server = try echo(bytesMax: 1000)
    let client = HTTPClient()
    for size in [1001, 100_000, 1 << 20] {
      var request = HTTPClient.Request("POST", url(server))
      request.body = .bytes([UInt8](repeating: 7, count: size))
      let answer = try client.send(request)
      XCTAssertEqual(answer.status, 413)
      XCTAssertEqual(answer.headers["content-type"], "application/problem+json")
      XCTAssertEqual(answer.problem.code, "document.too-large")
    }
    var request = HTTPClient.Request("POST", url(server))
    request.body = .bytes([UInt8](repeating: 7, count: 1000))
    XCTAssertEqual(try client.send(request).status, 200, "exactly at the bound")
  }

  func testHugeAnnouncedBodyIsRefusedBeforeItIsRead() throws {
    let server = try echo(bytesMax: 1000)
    let raw = try RawClient(port: server.port)
    raw.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000000\r\n\r\n")
    let text = raw.receive()
    XCTAssertEqual(RawClient.statuses(text), [413])
    XCTAssertTrue(text.contains("document.too-large"))
  }

  func testChunkedBodyIsBounded() throws {
    let server = try echo(bytesMax: 1000)
    let raw = try RawClient(port: server.port)
    let piece = "200\r\n" + String(repeating: "x", count: 512) + "\r\n"
    raw.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + piece + piece + "0\r\n\r\n")
    XCTAssertEqual(RawClient.statuses(raw.receive(answers: 1)), [413])

    let endless = try RawClient(port: server.port)
    endless.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    let many = String(repeating: piece, count: 128)
    let cut = (0..<1000).firstIndex { _ in !endless.send(many) }
    XCTAssertNotNil(cut, "64 MB were taken")

    let fitting = try RawClient(port: server.port)
    fitting.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n")
    XCTAssertTrue(fitting.receive(answers: 1).hasSuffix("hello!"))
  }

  func testHeadSendsNoBodyAndGetsItsLength() throws {
    var router = Router()
    router.add("GET", "/a") { _ in .text("four") }
    let server = try HTTPServer(ServerSettings(), service: router)
    let raw = try RawClient(port: server.port)
    raw.send("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    let text = raw.receive()
    XCTAssertTrue(text.contains("Content-Length: 4\r\n"))
    XCTAssertTrue(text.hasSuffix("\r\n\r\n"))
    XCTAssertEqual(try HTTPClient().send(HTTPClient.Request("HEAD", url(server, "/a"))).status, 200)
  }

  func testProblemsSpeakRFC9457() throws {
    var router = Router()
    let kind = ProblemKind("field.id-number.checksum", status: 422, "身份证号不对：{}", remedy: "请核对。")
    router.add("POST", "/bad") { _ in throw kind.at("idNumber", "第18位") }
    router.add("GET", "/worse") { _ in throw Secret() }
    let server = try HTTPServer(ServerSettings(), service: router)
    let client = HTTPClient()
    let bad = try client.send(HTTPClient.Request("POST", url(server, "/bad")))
    XCTAssertEqual(bad.status, 422)
    let value = try JSONReader.read(bad.body)
    XCTAssertEqual(value["type"], "about:blank")
    XCTAssertEqual(value["title"], "身份证号不对")
    XCTAssertEqual(value["status"], 422)
    XCTAssertEqual(value["detail"], "身份证号不对：第18位")
    XCTAssertEqual(value["code"], "field.id-number.checksum")
    XCTAssertEqual(value["remedy"], "请核对。")
    XCTAssertEqual(value["field"], "idNumber")
    XCTAssertEqual(bad.problem.kind.exit, .refused)
    XCTAssertEqual(bad.problem.message, "身份证号不对：第18位")

    let worse = try client.send(HTTPClient.Request("GET", url(server, "/worse")))
    XCTAssertEqual(worse.status, 500)
    XCTAssertEqual(worse.problem.code, "internal.unexpected")
    XCTAssertFalse(String(decoding: worse.body, as: UTF8.self).contains("Secret"))
    XCTAssertEqual(try client.send(HTTPClient.Request("GET", url(server, "/none"))).problem.code, "http.not-found")
    let method = try client.send(HTTPClient.Request("DELETE", url(server, "/worse")))
    XCTAssertEqual(method.status, 405)
    XCTAssertEqual(method.headers["allow"], "GET, HEAD")
  }

  private struct Secret: Error {}

  func testUnsendableAnswersBecome500() throws {
    var router = Router()
    router.add("GET", "/header") { _ in Response(200, headers: [("X-Name", "a\r\nX-Injected: 1")]) }
    router.add("GET", "/status") { _ in Response(99) }
    router.add("GET", "/file") { _ in Response(file: "/nonexistent", length: 3, type: "text/plain") }
    let server = try HTTPServer(ServerSettings(), service: router)
    for path in ["/header", "/status", "/file"] {
      let answer = try HTTPClient().send(HTTPClient.Request("GET", url(server, path)))
      XCTAssertEqual(answer.status, 500, path)
      XCTAssertNil(answer.headers["x-injected"])
    }
  }

  func testFilesAreSentInPartsAndNeverThroughLinks() throws {
    let folder = "/tmp/bangban-http-\(getpid())"
    unsafe mkdir(folder, 0o700)
    defer {
      unsafe unlink("\(folder)/link")
      unsafe unlink("\(folder)/file")
      unsafe rmdir(folder)
    }
    let file = unsafe open("\(folder)/file", O_WRONLY | O_CREAT, 0o600)
    XCTAssertEqual(unsafe write(file, "0123456789", 10), 10)
    close(file)
    unsafe symlink("\(folder)/file", "\(folder)/link")
    var router = Router()
    router.add("GET", "/part") { _ in Response(206, file: "\(folder)/file", offset: 2, length: 5, type: "text/plain") }
    router.add("GET", "/past") { _ in Response(file: "\(folder)/file", offset: 8, length: 5, type: "text/plain") }
    router.add("GET", "/link") { _ in Response(file: "\(folder)/link", length: 5, type: "text/plain") }
    let server = try HTTPServer(ServerSettings(), service: router)
    let part = try HTTPClient().send(HTTPClient.Request("GET", url(server, "/part")))
    XCTAssertEqual(part.status, 206)
    XCTAssertEqual(part.body, Array("23456".utf8))
    XCTAssertEqual(try HTTPClient().send(HTTPClient.Request("GET", url(server, "/past"))).status, 500)
    XCTAssertEqual(try HTTPClient().send(HTTPClient.Request("GET", url(server, "/link"))).status, 500)
  }

  private struct Count: BodySource {
    let failsAt: Int64

    func read(at position: Int64, most: Int) throws -> [UInt8] {
      guard position < failsAt else { throw Secret() }
      // Less than is asked for, and never in step with it.
      return (0..<Int64(min(most, 10_007))).map { UInt8(truncatingIfNeeded: (position + $0) % 251) }
    }
  }

  func testStreamIsSentWholeOrTheConnectionIsCut() throws {
    let length: Int64 = 3_000_001
    var router = Router()
    for (path, end) in [("/whole", .max), ("/cut", 2_000_000)] as [(String, Int64)] {
      router.add("GET", path) { _ in
        Response(200, headers: [("Content-Type", "text/plain")], stream: Count(failsAt: end), length: length)
      }
    }
    let server = try HTTPServer(ServerSettings(), service: router)
    let whole = try HTTPClient().send(HTTPClient.Request("GET", url(server, "/whole")))
    XCTAssertEqual(whole.status, 200)
    XCTAssertEqual(whole.headers["content-length"], String(length))
    XCTAssertTrue(whole.body == (0..<length).map { UInt8(truncatingIfNeeded: $0 % 251) })
    XCTAssertThrowsError(try HTTPClient().send(HTTPClient.Request("GET", url(server, "/cut")))) {
      XCTAssertEqual(($0 as? Problem)?.code, "network.interrupted")
    }
    XCTAssertEqual(try HTTPClient().send(HTTPClient.Request("HEAD", url(server, "/cut"))).status, 200)
  }

  func testSinkTakesABodyThatNeverSitsInMemory() throws {
    let bucket = Bucket()
    var router = Router()
    router.add("PATCH", "/v1/blobs/{digest}", body: .chosen { _ in .sink(bucket, bytesMax: 64 << 20) }) { request in
      XCTAssertNotNil(request.sink)
      XCTAssertTrue(request.body.isEmpty)
      return .text(request.parameters["digest"] ?? "")
    }
    let server = try HTTPServer(ServerSettings(), service: router)
    var request = HTTPClient.Request("PATCH", url(server, "/v1/blobs/sm3:ab"))
    request.body = .reader(length: 30 << 20) { _, most in [UInt8](repeating: 1, count: min(most, 10_000)) }
    let answer = try HTTPClient().send(request)
    XCTAssertEqual(answer.body, Array("sm3:ab".utf8))
    XCTAssertEqual(bucket.bytes.value, 30 << 20)
    XCTAssertFalse(bucket.isAbandoned.value)
  }

  func testSinkThatRefusesIsAbandonedAndItsProblemAnswered() throws {
    let full = ProblemKind("storage.full", status: 507, "满了", remedy: "")
    let bucket = Bucket(refuseAfter: 1000, refusal: Problem(full))
    var router = Router()
    router.add("PATCH", "/b", body: .chosen { _ in .sink(bucket, bytesMax: 1 << 20) }) { _ in .text("no") }
    let server = try HTTPServer(ServerSettings(), service: router)
    var request = HTTPClient.Request("PATCH", url(server, "/b"))
    request.body = .bytes([UInt8](repeating: 1, count: 200_000))
    XCTAssertEqual(try HTTPClient().send(request).problem.code, "storage.full")
    XCTAssertTrue(bucket.isAbandoned.value)
    XCTAssertLessThan(bucket.bytes.value, 200_000)
  }

  func testRefusalBeforeTheBodyNeedsNoBody() throws {
    let denied = ProblemKind("auth.missing", status: 401, "没有凭证", remedy: "")
    var router = Router()
    router.add("PATCH", "/b", body: .chosen { _ in throw Problem(denied) }) { _ in .text("no") }
    let server = try HTTPServer(ServerSettings(), service: router)
    let raw = try RawClient(port: server.port)
    raw.send("PATCH /b HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n")
    XCTAssertEqual(RawClient.statuses(raw.receive()), [401])
  }

  func testEightThreadsAtOnceGetTheirOwnAnswers() throws {
    let server = try echo()
    let good = Box(0)
    let port = server.port
    onThreads(8) { thread in
      let client = HTTPClient()
      for round in 0..<50 {
        var request = HTTPClient.Request("POST", "http://127.0.0.1:\(port)/")
        let body = Array("\(thread)/\(round)".utf8) + [UInt8](repeating: UInt8(thread), count: round * 500)
        request.body = .bytes(body)
        if let answer = try? client.send(request), answer.body == body { good.change { $0 += 1 } }
      }
    }
    XCTAssertEqual(good.value, 400)
  }

  func testSlowHandlerHoldsUpNobodyElse() throws {
    let gate = DispatchSemaphore(value: 0)
    var router = Router()
    router.add("GET", "/slow") { _ in
      _ = gate.wait(timeout: .now() + 10)
      return .text("late")
    }
    router.add("GET", "/quick") { _ in .text("now") }
    let server = try HTTPServer(ServerSettings(), service: router)
    let port = server.port
    let late = Box("")
    let done = DispatchSemaphore(value: 0)
    DispatchQueue.global().async {
      let answer = try? HTTPClient().send(HTTPClient.Request("GET", "http://127.0.0.1:\(port)/slow"))
      late.change { $0 = String(decoding: answer?.body ?? [], as: UTF8.self) }
      done.signal()
    }
    usleep(50_000)
    XCTAssertEqual(try HTTPClient().send(HTTPClient.Request("GET", url(server, "/quick"))).body, Array("now".utf8))
    XCTAssertEqual(late.value, "")
    gate.signal()
    done.wait()
    XCTAssertEqual(late.value, "late")
  }

  func testStopFinishesRunningRequestsAndRefusesNewOnes() throws {
    let running = DispatchSemaphore(value: 0)
    var router = Router()
    router.add("GET", "/slow") { _ in
      running.signal()
      usleep(300_000)
      return .text("done")
    }
    let server = try HTTPServer(ServerSettings(), service: router)
    let port = server.port
    let answer = Box("")
    let group = DispatchGroup()
    DispatchQueue.global().async(group: group) {
      let response = try? HTTPClient().send(HTTPClient.Request("GET", "http://127.0.0.1:\(port)/slow"))
      answer.change { $0 = String(decoding: response?.body ?? [], as: UTF8.self) }
    }
    running.wait()
    server.stop()
    server.stop()
    group.wait()
    XCTAssertEqual(answer.value, "done")
    XCTAssertThrowsError(try HTTPClient().send(HTTPClient.Request("GET", "http://127.0.0.1:\(port)/slow"))) {
      XCTAssertEqual(($0 as? Problem)?.code, "network.unreachable")
    }
  }

  func testLogNamesTheRouteAndNeverThePath() throws {
    let records = Box<[RequestRecord]>([])
    var router = Router()
    router.add("POST", "/p/{code}") { _ in .text("four") }
    let server = try HTTPServer(ServerSettings(), service: router) { record in records.change { $0.append(record) } }
    var request = HTTPClient.Request("POST", url(server, "/p/secret?name=secret"))
    request.body = .bytes([1, 2, 3])
    _ = try HTTPClient().send(request)
    XCTAssertTrue(records.wait { $0.count == 1 })
    _ = try HTTPClient().send(HTTPClient.Request("GET", url(server, "/other/secret")))
    XCTAssertTrue(records.wait { $0.count == 2 })
    XCTAssertEqual(records.value.map(\.route), ["/p/{code}", "-"])
    XCTAssertEqual(records.value.map(\.status), [200, 404])
    XCTAssertEqual(records.value.first?.bytesReceived, 3)
    XCTAssertEqual(records.value.first?.bytesSent, 4)
  }

  func testLogNamesOnlyMethodsThatAreSome() throws {
    let records = Box<[RequestRecord]>([])
    var router = Router()
    router.add("GET", "/a") { _ in .text("four") }
    let server = try HTTPServer(ServerSettings(), service: router) { record in records.change { $0.append(record) } }
    let methods = ["GET", "PATCH", "get", "A\",b=\"", "X\(String(repeating: "Y", count: 3000))"]
    for (index, method) in methods.enumerated() {
      let raw = try RawClient(port: server.port)
      raw.send("\(method) /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      _ = raw.receive()
      XCTAssertTrue(records.wait { $0.count == index + 1 }, method)
    }
    XCTAssertEqual(records.value.map(\.method), ["GET", "PATCH", "other", "other", "other"])
    XCTAssertEqual(records.value.map(\.status), [200, 405, 405, 405, 405])
  }

  func testPortInUseIsAClearProblem() throws {
    let server = try echo()
    var settings = ServerSettings()
    settings.port = server.port
    XCTAssertThrowsError(try echo(settings)) { XCTAssertEqual(($0 as? Problem)?.code, "serve.address-in-use") }
    settings.host = "no such host"
    XCTAssertThrowsError(try echo(settings)) { XCTAssertEqual(($0 as? Problem)?.code, "http.listen") }
    settings = ServerSettings()
    settings.tls = (certificate: "no PEM", key: "no PEM")
    XCTAssertThrowsError(try echo(settings)) { XCTAssertEqual(($0 as? Problem)?.code, "http.certificate") }
  }
}
