import Application
import Foundations
import Replication
import Transport
import XCTest

/// The window clerk's tour of the README over plain HTTP, and the description of the API.
final class WindowTests: XCTestCase {
  private let window = "w-610830-rs"

  func testWhatNoWindowIsThereForGoesOutOnceTheCountyHasOne() throws {
    let county = try County(self)
    let device = try county.device("a")
    let windows = try county.administer("window", "list")
    func change(_ authorities: Value?) throws -> Value? {
      var line = try XCTUnwrap(windows.first { $0["id"]?.text == window })
      if let authorities { line["authorities"] = authorities }
      let file = try county.write(JSON.bytes(line), to: "windows.json")
      return try county.administer("window", "import", file).first?["routed"]
    }
    XCTAssertEqual(try change(["县残联"]), 0)
    let id = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: true))["id"]?.text ?? ""
    try device.sync()
    let wanting = try county.administer("tray", "list").filter { $0["kind"] == "unrouted" }
    XCTAssertFalse(wanting.isEmpty)
    XCTAssertEqual(wanting.first?["why"]?.text?.contains("县人社局"), true, "\(wanting)")
    let line = wanting.first?["id"]?.text ?? ""
    XCTAssertEqual(try county.administer("tray", "show", line), [wanting[0]])
    XCTAssertEqual(try county.attempt("tray", "decline", line, "--why", "不办").code, "tray.unrouted")
    let shown = try county.spawn(.bangban, ["--home", device.home, "show", id]).finish()
    XCTAssertTrue(shown.output.contains("还没有窗口，等县里安排"), shown.output + shown.errors)
    XCTAssertEqual(try change(nil), Value(wanting.count))
    XCTAssertEqual(try county.administer("tray", "list").filter { $0["kind"] == "unrouted" }, [])
    XCTAssertEqual(try county.queue(window, "?status=dispatched").count, 1, "the other items wait for this one")
    try device.sync()
    let proceedings = try device.ask("show", id)["proceedings"]?.array ?? []
    XCTAssertTrue(proceedings.allSatisfy { $0["window"]?.text?.isEmpty == false }, "\(proceedings)")
    try county.checkVerify()
  }

  func testTheClerksTourWorks() throws {
    let county = try County(self)
    let device = try county.device("a")
    let id = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: true))["id"]?.text ?? ""
    try device.sync()
    let queue = try county.queue(window, "?status=dispatched")
    XCTAssertEqual(queue.count, 1, "the other items wait for this one")
    let proceeding = queue.first?["id"]?.text ?? ""
    let path = "/v1/proceedings/\(proceeding)"
    let whole = try county.ask("GET", path, window: window)
    let keys = "id version window application item applicant fields materials receivedAt due statutoryDue estimated"
    for key in (keys + " status history").split(separator: " ").map(String.init) {
      XCTAssertNotNil(whole.value.object?[key], key)
    }
    func act(_ body: Value, key: String? = nil) throws -> (status: Int, value: Value) {
      try county.ask("POST", path + "/actions", window: window, body: body, key: key)
    }
    let defect: Value = ["field": "w.job", "problem": "写得太笼统", "remedy": "请写明平台和工种"]
    let until = ChinaTime.date(SystemClock().now()).adding(days: 30).text
    let correct: Value = ["action": "correct", "version": 1, "until": .text(until), "defects": [defect]]
    for _ in 0..<3 { XCTAssertEqual(try act(correct, key: "1").status, 200, "the same key repeats") }
    XCTAssertEqual(try act(["action": "accept", "version": 1], key: "1").status, 422, "a key belongs to one request")
    let late = try act(["action": "accept", "version": 1])
    XCTAssertEqual(late.status, 409)
    XCTAssertEqual(late.value["current"]?["status"], "correction")
    XCTAssertEqual(late.value["current"]?["id"]?.text, proceeding)
    XCTAssertEqual(try device.run("sync").status, 3)
    XCTAssertEqual(try device.list("todo").first?["kind"], "correction")
    try device.ask("edit", id, "w.job=美团外卖配送员")
    XCTAssertEqual(try device.ask("submit", id)["version"], 2)
    try device.sync()
    XCTAssertEqual(try county.queue(window, "?status=dispatched").first?["version"], 2)
    XCTAssertEqual(try act(["action": "accept", "version": 1]).status, 409, "an old version")
    let certificate: Value = ["name": "就业创业证", "number": "示例0001", "validUntil": "2030-01-01"]
    for body: Value in [
      ["action": "verify", "version": 2, "material": "m01", "result": "核对无误"], ["action": "accept", "version": 2],
      ["action": "suspend", "version": 2, "procedure": "听证", "reason": "听证", "workingDays": 5],
      ["action": "resume", "version": 2],
      ["action": "extend", "version": 2, "days": 5, "reason": "核实", "approver": "张主任"],
      ["action": "decide", "version": 2, "outcome": "approve"],
      ["action": "issue", "version": 2, "certificate": certificate],
      ["action": "deliver", "version": 2, "method": "站点代领", "receivedBy": "郑海波"],
    ] {
      let answer = try act(body, key: JSON.text(body))
      XCTAssertEqual(answer.status, 200, "\(body): \(answer.value)")
      XCTAssertEqual(try act(body, key: JSON.text(body)).status, 200)
    }
    XCTAssertEqual(try act(["action": "terminate", "version": 2, "reason": "晚了"]).status, 409)
    XCTAssertEqual(try county.queue(window, "?status=dispatched").count, 1, "the next item has come")
    try device.sync()
    let shown = try device.ask("show", id)["proceedings"]?.array?.first { $0["id"]?.text == proceeding }
    XCTAssertEqual(shown?["status"], "delivered")
    XCTAssertEqual(shown?["certificate"]?["number"], "示例0001")
    try county.checkVerify()
  }

  func testAQueueIsReadPageByPage() throws {
    let county = try County(self)
    let device = try county.device("a")
    let document = Documents.complete(try device.matter("qingjian-10"), submit: true)
    for _ in 0..<5 { _ = try device.capture(document) }
    try device.sync()
    var (seen, after, pages): ([String], String?, Int) = ([], "", 0)
    while let from = after, pages < 10 {
      let query = "?status=dispatched&limit=2&after=\(from)"
      let page = try county.ask("GET", "/v1/windows/\(window)/proceedings\(query)", window: window)
      XCTAssertEqual(page.status, 200)
      seen += (page.value["items"]?.array ?? []).compactMap { $0["id"]?.text }
      after = page.value["next"]?.text
      pages += 1
    }
    for wrong in ["?status=dispached", "?limit=zwei"] {
      let answer = try county.ask("GET", "/v1/windows/\(window)/proceedings\(wrong)", window: window)
      XCTAssertEqual([answer.status, answer.value["code"] == "request.query" ? 1 : 0], [400, 1], wrong)
    }
    XCTAssertEqual(pages, 3)
    XCTAssertEqual(seen.count, 5)
    XCTAssertEqual(Set(seen).count, 5)
  }

  func testAWindowReadsAttachmentsAndSendsNone() throws {
    let county = try County(self)
    let device = try county.device("a")
    let id = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: false))["id"]?.text ?? ""
    let file = try county.write((0..<5000).map { UInt8(truncatingIfNeeded: $0) }, to: "photo.jpg")
    let digest = try XCTUnwrap(try device.list("attach", id, "m04", file).first?["digest"]?.text)
    try device.ask("submit", id, allowed: [0, 3])
    try device.sync()
    let path = "/v1/blobs/\(digest)"
    let token = [("Authorization", "Bearer \(try county.token("w-610830-rs"))")]
    let read = try county.send("GET", path, headers: token)
    XCTAssertEqual(read.status, 200)
    XCTAssertEqual(read.body.count, 5000)
    let standing = try county.send("HEAD", path, headers: token)
    XCTAssertEqual(standing.headers["upload-complete"], "?1")
    for (method, body) in [("PATCH", [UInt8](repeating: 1, count: 10)), ("DELETE", nil)] as [(String, [UInt8]?)] {
      let type = [("Content-Type", "application/partial-upload")]
      let sent = try county.send(method, path, headers: token + type, body: body)
      XCTAssertEqual(sent.status, 403, method)
      XCTAssertEqual(sent.problem.code, "blob.device-only", method)
      let unknown = try county.send(method, path, headers: [("Authorization", "Bearer no")] + type, body: body)
      XCTAssertEqual(unknown.problem.code, "token.invalid", method)
    }
    XCTAssertEqual(try county.send("GET", path, headers: token).body, read.body)
  }

  func testWhoeverIsNotLetInIsToldOfTheScheme() throws {
    let county = try County(self)
    let document = try JSONReader.read(try county.send("GET", "/openapi.json").body)
    let schemes = ["token": "Bearer", "device": "Bangban-Signature"]
    for (path, methods) in document["paths"]?.object ?? [:] {
      let real = path.split(separator: "/").map { $0.hasPrefix("{") ? "x" : $0 }.joined(separator: "/")
      for (method, operation) in methods.object ?? [:] {
        let security = (operation["security"]?.array ?? []).compactMap { $0.object?.keys.first }
        guard !security.isEmpty else { continue }
        let body: [UInt8]? = ["get", "head", "delete"].contains(method) ? nil : []
        let answer = try county.send(
          method.uppercased(), "/" + real, headers: [("Content-Type", "application/partial-upload")], body: body)
        XCTAssertEqual(answer.status, 401, "\(method) \(path)")
        let scheme = answer.headers["www-authenticate"]?.split(separator: " ").first
        XCTAssertTrue(security.contains { schemes[$0] == scheme.map(String.init) }, "\(method) \(path)")
      }
    }
  }

  func testEveryActionIsDescribedWithWhatItNeeds() throws {
    let county = try County(self)
    let device = try county.device("a")
    _ = try device.capture(Documents.complete(try device.matter("qingjian-10"), submit: true))
    try device.sync()
    let path = "/v1/proceedings/\(try county.queue(window, "?status=dispatched").first?["id"]?.text ?? "")/actions"
    let document = try JSONReader.read(try county.send("GET", "/openapi.json").body)
    let post = document["paths"]?["/v1/proceedings/{id}/actions"]?["post"]
    let schemas = post?["requestBody"]?["content"]?["application/json"]?["schema"]?["oneOf"]?.array ?? []
    XCTAssertEqual(
      Set(schemas.compactMap { $0["properties"]?["action"]?["const"]?.text }),
      Set((OperationKind.windowActions + OperationKind.decisions).map(\.text)))
    let sound: Members = [
      "reason": "a", "defects": [["field": "w.job", "problem": "a", "remedy": "b"]], "confirmedBy": "a",
      "fields": ["w.job": "保洁员"], "procedure": "听证", "workingDays": 5, "days": 5, "approver": "a",
      "by": ["a", "b"], "finding": "a", "parties": "a", "content": "a", "material": "m01", "result": "a",
      "outcome": "approve", "certificate": ["name": "a", "number": "1"], "method": "a", "receivedBy": "a",
      "operation": "a", "note": "a", "other": "a",
    ]
    for schema in schemas {
      let name = schema["properties"]?["action"]?["const"] ?? .null
      let needs = (schema["required"]?.array ?? []).compactMap(\.text).filter { $0 != "action" && $0 != "version" }
      for missing in needs {
        var body: Members = ["action": name, "version": 1]
        for key in needs where key != missing { body[key] = try XCTUnwrap(sound[key], key) }
        let answer = try county.ask("POST", path, window: window, body: .object(body))
        XCTAssertEqual(answer.status, 422, "\(name) without \(missing)")
        XCTAssertEqual(answer.value["field"]?.text, missing, "\(name)")
      }
    }
    let shown = try county.ask("GET", String(path.dropLast("/actions".count)), window: window).value
    for name in ["Dispatch", "Proceeding"] {
      let schema = document["components"]?["schemas"]?[name]
      for key in (schema?["required"]?.array ?? []).compactMap(\.text) { XCTAssertNotNil(shown.object?[key], key) }
      XCTAssertFalse((schema?["required"]?.array ?? []).isEmpty, name)
    }
    let told = document["webhooks"]?["proceeding.dispatched"]?["post"]?["requestBody"]
    XCTAssertNotNil(told?["content"]?["application/json"]?["schema"])
  }

  func testTheDescriptionOfTheAPIIsTrueAndWhole() throws {
    let county = try County(self)
    let document = try JSONReader.read(try county.send("GET", "/openapi.json").body)
    XCTAssertEqual(document["openapi"]?.text?.hasPrefix("3.1"), true)
    var described: Set<String> = []
    for (path, methods) in document["paths"]?.object ?? [:] {
      let real = path.split(separator: "/").map { $0.hasPrefix("{") ? "x" : $0 }.joined(separator: "/")
      for (method, operation) in methods.object ?? [:] {
        let body: [UInt8]? = operation["requestBody"] == nil ? nil : Array("{}".utf8)
        let answer = try county.send(method.uppercased(), "/" + real, body: body)
        XCTAssertFalse([404, 405, 500].contains(answer.status), "\(method) \(path): \(answer.status)")
        XCTAssertFalse((operation["responses"]?.object ?? [:]).isEmpty, "\(method) \(path)")
        described.insert("\(method.uppercased()) \(path)")
        for parameter in path.split(separator: "/") where parameter.hasPrefix("{") {
          let name = parameter.dropFirst().dropLast()
          XCTAssertTrue((operation["parameters"]?.array ?? []).contains { $0["name"]?.text == String(name) }, path)
        }
      }
    }
    let promised = [
      "POST /v1/enroll", "POST /v1/sync", "POST /v1/prove", "HEAD /v1/blobs/{digest}", "PATCH /v1/blobs/{digest}",
      "GET /v1/blobs/{digest}", "DELETE /v1/blobs/{digest}", "GET /v1/windows/{window}/proceedings",
      "GET /v1/applications/{id}",
      "GET /v1/proceedings/{id}", "POST /v1/proceedings/{id}/actions", "GET /v1/supervision/summary", "GET /healthz",
      "GET /readyz", "GET /metrics", "GET /openapi.json",
    ]
    XCTAssertEqual(Set(promised).subtracting(described), [])
    // A path that answers other methods says which; all of them are described.
    for path in Set(promised.map { String($0.split(separator: " ")[1]) }) {
      let real = path.split(separator: "/").map { $0.hasPrefix("{") ? "x" : $0 }.joined(separator: "/")
      let allowed = try county.send("PUT", "/" + real).headers["allow"] ?? ""
      for method in allowed.split(separator: ",").map({ String($0).trimmed }) where method != "HEAD" {
        XCTAssertTrue(described.contains("\(method) \(path)"), "\(method) \(path) is not described")
      }
    }
  }
}
