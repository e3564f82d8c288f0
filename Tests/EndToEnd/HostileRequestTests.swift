import Foundation
import Foundations
import HTTP
import Synchronization
import Transport
import XCTest

/// Requests as nobody should send them: a refusal with a code, and the server goes on (issue 2, "Bad input").
final class HostileRequestTests: XCTestCase {
  private static let routes = [
    ("POST", "/v1/enroll"), ("POST", "/v1/sync"), ("POST", "/v1/prove"), ("HEAD", "/v1/blobs/{digest}"),
    ("PATCH", "/v1/blobs/{digest}"), ("DELETE", "/v1/blobs/{digest}"), ("GET", "/v1/blobs/{digest}"),
    ("GET", "/v1/windows/{window}/proceedings"),
    ("GET", "/v1/applications/{id}"), ("GET", "/v1/proceedings/{id}"), ("POST", "/v1/proceedings/{id}/actions"),
    ("GET", "/v1/supervision/summary"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"),
    ("GET", "/openapi.json"),
  ]

  private func filled(_ path: String) -> String {
    path.replacingOccurrences(of: "{digest}", with: "sm3:" + String(repeating: "ab", count: 32))
      .replacingOccurrences(of: "{window}", with: "w-610830-rs").replacingOccurrences(of: "{id}", with: "x")
  }

  /// That an answer is a problem with a code, and never the server's own failure.
  private func refused(_ response: HTTPClient.Response, _ what: String, _ statuses: Int..., line: UInt = #line) {
    XCTAssertTrue((400...499).contains(response.status), "\(what): \(response.status)", line: line)
    if !statuses.isEmpty {
      XCTAssertTrue(statuses.contains(response.status), "\(what): \(response.status)", line: line)
    }
    guard !what.hasPrefix("HEAD") else { return }
    XCTAssertTrue(response.headers["content-type"]?.hasPrefix("application/problem+json") ?? false, what, line: line)
    let problem = (try? JSONReader.read(response.body)) ?? .null
    XCTAssertFalse((problem["code"]?.text ?? "").isEmpty, what, line: line)
  }

  private func isWell(_ county: County, line: UInt = #line) throws {
    XCTAssertTrue(county.isServing, line: line)
    XCTAssertEqual(try county.send("GET", "/readyz").status, 200, line: line)
  }

  func testGarbageOnEveryRouteIsRefusedAndTheServerGoesOn() throws {
    let county = try County(self)
    let token = try county.token("w-610830-rs")
    var bodies: [[UInt8]] = [[], Array("{".utf8), Array("null".utf8), Array("{\"a\":\"\u{0}\"}".utf8)]
    bodies.append(Array(String(repeating: "[", count: 50_000).utf8))
    bodies.append((0..<5000).map { _ in UInt8.random(in: 0...255) })
    bodies.append([0x9F] + [UInt8](repeating: 0x9F, count: 60_000))
    bodies.append([0xBB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
    for (method, path) in Self.routes where method == "POST" || method == "PATCH" {
      for (index, body) in bodies.enumerated() {
        let headers = [("Authorization", "Bearer \(token)")]
        let response = try county.send(method, filled(path), headers: headers, body: body)
        refused(response, "\(method) \(path) body \(index)")
      }
    }
    for (method, path) in Self.routes {
      let known = Set(Self.routes.filter { $0.1 == path }.map(\.0))
      for wrong in ["DELETE", "PUT", "PATCH", "POST", "GET"] where !known.contains(wrong) {
        refused(try county.send(wrong, filled(path), body: wrong == "GET" ? nil : [1]), "\(wrong) \(path)", 405)
      }
      _ = method
    }
    refused(try county.send("GET", "/v2/nothing"), "unknown path", 404)
    refused(try county.send("POST", "/v1/enroll", body: [UInt8](repeating: 0x61, count: 70_000)), "70 kB", 413)
    try isWell(county)
    try county.checkVerify()
  }

  func testRequestsThatAreHardlyHTTPAreRefused() throws {
    let county = try County(self)
    let head = "Host: a\r\nConnection: close\r\n"
    let digest = "sm3:" + String(repeating: "a", count: 64)
    for (text, statuses): (String, [Int]) in [
      ("POST /v1/sync HTTP/1.1\r\n\(head)Content-Length: 99999999999999\r\n\r\n", [413, 400]),
      ("POST /v1/sync HTTP/1.1\r\n\(head)Content-Length: 9437184\r\n\r\n", [413]),
      ("POST /v1/sync HTTP/1.1\r\n\(head)Content-Length: -5\r\n\r\n", [400]),
      ("POST /v1/sync HTTP/1.1\r\n\(head)Content-Length: 18446744073709551617\r\n\r\n", [400, 413]),
      ("GET /v1/blobs/../../keys/store.key HTTP/1.1\r\n\(head)\r\n", [400, 404]),
      ("GET /v1/blobs/..%2F..%2Fkeys%2Fstore.key HTTP/1.1\r\n\(head)\r\n", [400, 401, 404]),
      ("GET /v1/blobs/%2e%2e/%2e%2e/journal.db HTTP/1.1\r\n\(head)\r\n", [400, 404]),
      ("GET /v1/blobs/\(digest)%00 HTTP/1.1\r\n\(head)\r\n", [400, 401, 404]),
      ("GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\n\(head)\r\n", [400, 404, 414, 431]),
      ("GET /healthz HTTP/1.1\r\nX: \(String(repeating: "a", count: 200_000))\r\n\(head)\r\n", [400, 413, 431]),
      ("BANG\r\n\r\n", [0, 400]), ("\u{0}\u{1}\u{2}\r\n\r\n", [0, 400]),
    ] {
      let answer = try RawRequest.send(text, to: county.url)
      XCTAssertTrue(statuses.contains(RawRequest.status(answer)), "\(text.prefix(60)): \(answer.prefix(200))")
    }
    try isWell(county)
  }

  func testMetricsStayReadableWhateverIsAsked() throws {
    let county = try County(self)
    for method in ["A\"b", "x\\n", "a=b", "GETS"] {
      for path in ["/v1/sync", "/\""] {
        let request = "\(method) \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        _ = try RawRequest.send(request, to: county.url)
      }
    }
    let text = String(decoding: try county.send("GET", "/metrics").body, as: UTF8.self)
    XCTAssertTrue(text.contains("method=\"other\",route=\"/v1/sync\",status=\"405\"} 4\n"), text)
    for line in text.split(separator: "\n") where line.hasPrefix("bangban_http") {
      XCTAssertEqual(line.filter { $0 == "\"" }.count, 6, "\(line)")
      XCTAssertFalse(line.contains("\\"), "\(line)")
    }
  }

  func testTokensAndWindowsAreKeptApart() throws {
    let county = try County(self)
    let device = try county.device("a")
    let id = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: true))["id"]?.text ?? ""
    try device.sync()
    let proceeding = try XCTUnwrap(try county.queue("w-610830-rs").first?["id"]?.text)
    let path = "/v1/proceedings/\(proceeding)"
    let accept: Value = ["action": "accept", "version": 1]
    for header in [
      [], [("Authorization", "Bearer no")], [("Authorization", "Basic YTpi")], [("Authorization", "Bearer ")],
    ] {
      refused(try county.send("GET", path, headers: header), "token", 401)
      refused(try county.send("POST", path + "/actions", headers: header, body: JSON.bytes(accept)), "token", 401)
    }
    let foreign = "w-610830-cl"
    for (method, path, isAction) in [
      ("GET", "/v1/windows/w-610830-rs/proceedings", false), ("GET", path, false), ("POST", path + "/actions", true),
      ("GET", "/v1/applications/\(id)", false), ("GET", "/v1/supervision/summary", false),
    ] {
      let status = try county.ask(method, path, window: foreign, body: isAction ? accept : Optional.none).status
      XCTAssertTrue([403, 404].contains(status), "\(method) \(path): \(status)")
    }
    for body: Value in [
      [:], [], ["action": "destroy", "version": 1], ["action": "accept"], ["action": "accept", "version": "1"],
      ["action": "reject", "version": 1], ["action": "correct", "version": 1, "defects": [], "until": "2026-12-31"],
      ["action": "correct", "version": 1, "defects": [["field": "no.such", "problem": "a", "remedy": "b"]]],
      ["action": "correct", "version": 1, "defects": [7], "until": "morgen"],
      ["action": "decide", "version": 1, "outcome": "maybe"], ["action": 7, "version": 1],
      ["action": "accept", "version": 99], ["action": "decide", "version": 1, "outcome": "approve"],
      ["action": "admit", "version": 1, "operation": "x"],
    ] {
      let answer = try county.ask("POST", path + "/actions", window: "w-610830-rs", body: body)
      XCTAssertTrue((400...499).contains(answer.status), "\(body): \(answer.status)")
      XCTAssertFalse((answer.value["code"]?.text ?? "").isEmpty, "\(body)")
    }
    XCTAssertEqual(try county.ask("GET", path, window: "w-610830-rs").value["status"], "dispatched")
    try county.checkVerify()
  }

  func testRecordedRequestsCannotBeForgedOrReplayed() throws {
    let county = try County(self)
    let device = try county.device("a")
    let ear = try Eavesdropper(between: device)
    defer { ear.stop() }
    let document = Documents.complete(try device.matter("qingjian-10"), submit: true)
    let file = try county.write((0..<70_000).map { _ in UInt8.random(in: 0...255) }, to: "photo.jpg")
    for _ in 0..<3 {
      let id = try device.capture(document)["id"]?.text ?? ""
      _ = try device.list("attach", id, "m01", file)
      try device.sync()
    }
    try device.ask("prove")
    let recorded = ear.messages
    XCTAssertTrue(Set(recorded.map(\.method)).isSuperset(of: ["POST", "PATCH"]), "\(recorded.map(\.path))")
    let before = try county.administer("applications")
    // Again, oldest first and backwards: what is old is known or refused.
    for message in recorded + recorded.reversed() {
      let answer = try Eavesdropper.send(message, to: county.url)
      XCTAssertLessThan(answer.status, 500, "\(message.method) \(message.path)")
    }
    // One bit changed anywhere in a signed message: refused.
    for message in recorded where !message.body.isEmpty {
      for _ in 0..<6 {
        var body = message.body
        body[Int.random(in: 0..<body.count)] ^= 1 << UInt8.random(in: 0...7)
        let forged = Eavesdropper.Message(
          method: message.method, path: message.path, headers: message.headers, body: body)
        refused(try Eavesdropper.send(forged, to: county.url), "\(message.method) \(message.path)")
      }
    }
    for message in recorded where message.headers["bangban-device"] != nil {
      for (key, value) in [("bangban-signature", "00"), ("bangban-device", "dnobody"), ("bangban-time", "1")] {
        let headers = message.headers.merging([key: value]) { $1 }
        let forged = Eavesdropper.Message(
          method: message.method, path: message.path, headers: headers, body: message.body)
        refused(try Eavesdropper.send(forged, to: county.url), "\(message.method) \(message.path) \(key)")
      }
    }
    XCTAssertEqual(try county.administer("applications"), before, "nothing has come of it")
    try device.ask("config", "server", county.url)
    try device.sync()
    XCTAssertEqual(try device.ask("prove")["differ"], [])
    try isWell(county)
    try county.checkVerify()
  }
}
